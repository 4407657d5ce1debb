#include "client/tls.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <limits>

namespace client {

namespace {

// OpenSSL, loaded when it is used for the first time: linked in, it would be most of the time that
// a spamc without TLS takes to start. Members have the names of the functions they hold.
#define CLIENT_OPENSSL_FUNCTIONS(X)  \
    X(TLS_client_method)             \
    X(SSL_CTX_new)                   \
    X(SSL_CTX_free)                  \
    X(SSL_CTX_ctrl)                  \
    X(SSL_CTX_set_options)           \
    X(SSL_CTX_set_verify)            \
    X(SSL_CTX_load_verify_locations) \
    X(SSL_CTX_use_certificate_file)  \
    X(SSL_CTX_use_PrivateKey_file)   \
    X(SSL_CTX_check_private_key)     \
    X(SSL_new)                       \
    X(SSL_free)                      \
    X(SSL_set_fd)                    \
    X(SSL_connect)                   \
    X(SSL_write_ex)                  \
    X(SSL_read_ex)                   \
    X(SSL_shutdown)                  \
    X(SSL_get_error)                 \
    X(SSL_get_verify_result)         \
    X(ERR_get_error)                 \
    X(ERR_clear_error)               \
    X(ERR_error_string_n)            \
    X(X509_verify_cert_error_string) \
    X(OpenSSL_version)

struct OpenSsl {
#define CLIENT_MEMBER(name) decltype(&::name) name = nullptr;
    CLIENT_OPENSSL_FUNCTIONS(CLIENT_MEMBER)
#undef CLIENT_MEMBER
    std::string problem;  // why it cannot be used; "" = it can

    OpenSsl() {
        // Stays loaded: OpenSSL does not like to be taken out.
        void* library = ::dlopen(CLIENT_LIBSSL, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) {
            const char* why = ::dlerror();
            problem = why != nullptr ? why : "cannot load " CLIENT_LIBSSL;
            return;
        }
        // Those of libcrypto are found through libssl.
#define CLIENT_LOOK_UP(name)                                                     \
    if (name = reinterpret_cast<decltype(name)>(::dlsym(library, #name)); !name) \
        problem = CLIENT_LIBSSL " has no " #name;
        CLIENT_OPENSSL_FUNCTIONS(CLIENT_LOOK_UP)
#undef CLIENT_LOOK_UP
    }
};

const OpenSsl& openssl() {
    static const OpenSsl instance;
    return instance;
}

struct Deleter {
    void operator()(SSL_CTX* context) const { openssl().SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { openssl().SSL_free(ssl); }
};

std::string last_error() {
    const unsigned long code = openssl().ERR_get_error();
    openssl().ERR_clear_error();
    if (code == 0)
        return "unknown TLS error";
    char text[256];
    openssl().ERR_error_string_n(code, text, sizeof text);
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
        openssl().ERR_clear_error();
        return status_of(openssl().SSL_connect(ssl_.get()));
    }
    Status write(std::string_view bytes, size_t& written) override {
        openssl().ERR_clear_error();
        return status_of(openssl().SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written));
    }
    Status read(char* buffer, size_t size, size_t& got) override {
        openssl().ERR_clear_error();
        return status_of(openssl().SSL_read_ex(ssl_.get(), buffer, size, &got));
    }
    void finish() override { openssl().SSL_shutdown(ssl_.get()); }
    std::string reason() const override { return reason_; }

private:
    Status status_of(int result) {
        if (result == 1)
            return Status::Done;
        switch (openssl().SSL_get_error(ssl_.get(), result)) {
            case SSL_ERROR_WANT_READ:
                return Status::WantRead;
            case SSL_ERROR_WANT_WRITE:
                return Status::WantWrite;
            case SSL_ERROR_ZERO_RETURN:
                return Status::Closed;
            default:
                break;
        }
        const long verified = openssl().SSL_get_verify_result(ssl_.get());
        reason_ = last_error();
        if (verified != X509_V_OK)
            reason_ += std::string(": ") + openssl().X509_verify_cert_error_string(verified);
        return Status::Failed;
    }

    std::unique_ptr<SSL_CTX, Deleter> context_;
    std::unique_ptr<SSL, Deleter> ssl_;
    std::string reason_;
};

}  // namespace

util::Expected<std::unique_ptr<TlsStream>, std::string> TlsStream::create(
    const TlsSettings& settings, int fd) {
    if (!openssl().problem.empty())
        return util::Unexpected("TLS: " + openssl().problem);
    const auto fail = [](const std::string& what) {
        return util::Unexpected(what + ": " + last_error());
    };
    std::unique_ptr<SSL_CTX, Deleter> context(openssl().SSL_CTX_new(openssl().TLS_client_method()));
    if (!context)
        return fail("TLS");
    // A spamd that closes without a farewell is checked by its Content-length.
    openssl().SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    openssl().SSL_CTX_ctrl(context.get(), SSL_CTRL_MODE,
                           SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
                           nullptr);
    if (!settings.ca_file.empty() || !settings.ca_path.empty()) {
        if (openssl().SSL_CTX_load_verify_locations(context.get(), or_null(settings.ca_file),
                                                    or_null(settings.ca_path)) != 1)
            return fail("certificate authorities " + settings.ca_file + " " + settings.ca_path);
        openssl().SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    }
    if (!settings.certificate_file.empty()) {
        if (openssl().SSL_CTX_use_certificate_file(context.get(), settings.certificate_file.c_str(),
                                                   SSL_FILETYPE_PEM) != 1)
            return fail("certificate " + settings.certificate_file);
        if (openssl().SSL_CTX_use_PrivateKey_file(context.get(), settings.key_file.c_str(),
                                                  SSL_FILETYPE_PEM) != 1)
            return fail("key " + settings.key_file);
        if (openssl().SSL_CTX_check_private_key(context.get()) != 1)
            return fail("key " + settings.key_file + " for " + settings.certificate_file);
    }
    std::unique_ptr<SSL, Deleter> ssl(openssl().SSL_new(context.get()));
    if (!ssl || openssl().SSL_set_fd(ssl.get(), fd) != 1)
        return fail("TLS");
    return std::unique_ptr<TlsStream>(
        std::make_unique<OpenSslStream>(std::move(context), std::move(ssl)));
}

std::string tls_library_version() {
    return openssl().problem.empty() ? openssl().OpenSSL_version(OPENSSL_VERSION) : "no OpenSSL";
}

}  // namespace client
