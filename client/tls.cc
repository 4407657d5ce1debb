#include "client/tls.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <limits>

namespace client {

namespace {

struct Deleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

std::string last_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0)
        return "unknown TLS error";
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    return text;
}

const char* or_null(const std::string& s) {
    return s.empty() ? nullptr : s.c_str();
}

class OpenSslStream : public TlsStream {
public:
    OpenSslStream(std::unique_ptr<SSL_CTX, Deleter> context, std::unique_ptr<SSL, Deleter> ssl)
        : context_(std::move(context)), ssl_(std::move(ssl)) {}

    Status handshake() override {
        ERR_clear_error();
        return status_of(SSL_connect(ssl_.get()));
    }
    Status write(std::string_view bytes, size_t& written) override {
        ERR_clear_error();
        return status_of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written));
    }
    Status read(char* buffer, size_t size, size_t& got) override {
        ERR_clear_error();
        return status_of(SSL_read_ex(ssl_.get(), buffer, size, &got));
    }
    void finish() override { SSL_shutdown(ssl_.get()); }
    std::string reason() const override { return reason_; }

private:
    Status status_of(int result) {
        if (result == 1)
            return Status::Done;
        switch (SSL_get_error(ssl_.get(), result)) {
            case SSL_ERROR_WANT_READ:
                return Status::WantRead;
            case SSL_ERROR_WANT_WRITE:
                return Status::WantWrite;
            case SSL_ERROR_ZERO_RETURN:
                return Status::Closed;
            default:
                break;
        }
        const long verified = SSL_get_verify_result(ssl_.get());
        reason_ = last_error();
        if (verified != X509_V_OK)
            reason_ += std::string(": ") + X509_verify_cert_error_string(verified);
        return Status::Failed;
    }

    std::unique_ptr<SSL_CTX, Deleter> context_;
    std::unique_ptr<SSL, Deleter> ssl_;
    std::string reason_;
};

}  // namespace

util::Expected<std::unique_ptr<TlsStream>, std::string> TlsStream::create(
    const TlsSettings& settings, int fd) {
    const auto fail = [](const std::string& what) {
        return util::Unexpected(what + ": " + last_error());
    };
    std::unique_ptr<SSL_CTX, Deleter> context(SSL_CTX_new(TLS_client_method()));
    if (!context)
        return fail("TLS");
    // A spamd that closes without a farewell is checked by its Content-length.
    SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!settings.ca_file.empty() || !settings.ca_path.empty()) {
        if (SSL_CTX_load_verify_locations(context.get(), or_null(settings.ca_file),
                                          or_null(settings.ca_path)) != 1)
            return fail("certificate authorities " + settings.ca_file + " " + settings.ca_path);
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    }
    if (!settings.certificate_file.empty()) {
        if (SSL_CTX_use_certificate_file(context.get(), settings.certificate_file.c_str(),
                                         SSL_FILETYPE_PEM) != 1)
            return fail("certificate " + settings.certificate_file);
        if (SSL_CTX_use_PrivateKey_file(context.get(), settings.key_file.c_str(),
                                        SSL_FILETYPE_PEM) != 1)
            return fail("key " + settings.key_file);
        if (SSL_CTX_check_private_key(context.get()) != 1)
            return fail("key " + settings.key_file + " for " + settings.certificate_file);
    }
    std::unique_ptr<SSL, Deleter> ssl(SSL_new(context.get()));
    if (!ssl || SSL_set_fd(ssl.get(), fd) != 1)
        return fail("TLS");
    return std::unique_ptr<TlsStream>(
        std::make_unique<OpenSslStream>(std::move(context), std::move(ssl)));
}

std::string tls_library_version() {
    return OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace client
