#include "daemon/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "util/error.h"

namespace spamd {

namespace {

std::string last_error() {
    char text[256] = "unknown error";
    unsigned long code = ERR_get_error();
    if (code != 0)
        ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return text;
}

struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

// Runs one OpenSSL call until it is done, waiting for the socket as it asks.
template <typename Call>
IoResult drive(SSL* ssl, const util::Deadline& deadline, Call&& call, int& result) {
    while (true) {
        ERR_clear_error();
        result = call();
        if (result > 0)
            return IoResult::Ok;
        int why = SSL_get_error(ssl, result);
        if (why == SSL_ERROR_ZERO_RETURN)
            return IoResult::End;
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            return IoResult::Failed;
        IoResult ready =
            wait_for(SSL_get_fd(ssl), why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline);
        if (ready != IoResult::Ok)
            return ready;
    }
}

class TlsTransport : public Transport {
public:
    explicit TlsTransport(SslPtr ssl) : ssl_(std::move(ssl)) {}
    ~TlsTransport() override { TlsTransport::end_output(); }

    IoResult read_some(std::span<char> into, size_t& got, const util::Deadline& deadline) override {
        int n = 0;
        int room = static_cast<int>(std::min<size_t>(into.size(), 1 << 20));
        IoResult r = drive(
            ssl_.get(), deadline, [&] { return SSL_read(ssl_.get(), into.data(), room); }, n);
        if (r == IoResult::Ok)
            got = static_cast<size_t>(n);
        // A peer that closes without a TLS goodbye has still said all it had to say.
        if (r == IoResult::Failed && SSL_get_shutdown(ssl_.get()) == 0 && ERR_peek_error() == 0)
            return IoResult::End;
        return r;
    }
    IoResult write_all(std::string_view bytes, const util::Deadline& deadline) override {
        while (!bytes.empty()) {
            int n = 0;
            int chunk = static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20));
            IoResult r = drive(
                ssl_.get(), deadline, [&] { return SSL_write(ssl_.get(), bytes.data(), chunk); },
                n);
            if (r != IoResult::Ok)
                return r;
            bytes.remove_prefix(static_cast<size_t>(n));
        }
        return IoResult::Ok;
    }
    void end_output() override {
        if (std::exchange(ended_, true))
            return;
        SSL_shutdown(ssl_.get());
        ::shutdown(SSL_get_fd(ssl_.get()), SHUT_WR);
    }
    std::string describe() const override {
        return std::string(SSL_get_version(ssl_.get())) + "/" + SSL_get_cipher_name(ssl_.get());
    }

private:
    SslPtr ssl_;
    bool ended_ = false;
};

}  // namespace

struct TlsContext::Impl {
    SSL_CTX* context = nullptr;
    ~Impl() { SSL_CTX_free(context); }
};

TlsContext::TlsContext(const Settings& s) : impl_(std::make_unique<Impl>()) {
    impl_->context = SSL_CTX_new(TLS_server_method());
    SSL_CTX* c = impl_->context;
    if (c == nullptr)
        throw util::Error("spamd: TLS cannot be initialised: " + last_error());
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(c, s.server_cert.c_str()) != 1)
        throw util::Error("spamd: server certificate file " + s.server_cert + ": " + last_error());
    if (SSL_CTX_use_PrivateKey_file(c, s.server_key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw util::Error("spamd: server key file " + s.server_key + ": " + last_error());
    if (s.ssl_verify) {
        const char* file = s.ssl_ca_file.empty() ? nullptr : s.ssl_ca_file.c_str();
        const char* path = s.ssl_ca_path.empty() ? nullptr : s.ssl_ca_path.c_str();
        int loaded = file || path ? SSL_CTX_load_verify_locations(c, file, path)
                                  : SSL_CTX_set_default_verify_paths(c);
        if (loaded != 1)
            throw util::Error("spamd: certificate authorities: " + last_error());
        SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
}

TlsContext::~TlsContext() = default;

util::Expected<std::unique_ptr<Transport>, std::string> TlsContext::accept(
    int fd, const util::Deadline& deadline) const {
    SslPtr ssl(SSL_new(impl_->context));
    if (!ssl || SSL_set_fd(ssl.get(), fd) != 1)
        return util::Unexpected(last_error());
    int n = 0;
    IoResult r = drive(
        ssl.get(), deadline, [&] { return SSL_accept(ssl.get()); }, n);
    if (r == IoResult::Timeout)
        return util::Unexpected(std::string("TLS handshake timed out"));
    if (r != IoResult::Ok)
        return util::Unexpected("TLS handshake failed: " + last_error());
    return std::unique_ptr<Transport>(new TlsTransport(std::move(ssl)));
}

}  // namespace spamd
