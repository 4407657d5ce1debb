// TLS over a connected, non-blocking descriptor. The only place that includes OpenSSL, which is
// loaded when TLS is asked for: to load it would be most of the start of every spamc.
//
// spamd is verified only when an authority is given, and then by its chain, not by its name: -d
// often holds an address, and spamc never looked at names. Protocol versions and ciphers are what
// the system's OpenSSL allows.

#ifndef CLIENT_TLS_H
#define CLIENT_TLS_H

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "util/expected.h"

namespace client {

struct TlsSettings {
    std::string certificate_file;
    std::string key_file;
    std::string ca_file;
    std::string ca_path;
};

class TlsStream {
public:
    enum class Status { Done, WantRead, WantWrite, Closed, Failed };

    // `fd` stays the caller's and must outlive the stream. The error says what cannot be used.
    static util::Expected<std::unique_ptr<TlsStream>, std::string> create(
        const TlsSettings& settings, int fd);
    virtual ~TlsStream() = default;

    // Each is called again when the descriptor is ready for what it wants.
    virtual Status handshake() = 0;
    virtual Status write(std::string_view bytes, size_t& written) = 0;
    virtual Status read(char* buffer, size_t size, size_t& got) = 0;
    // Says farewell in this direction. Tried once: it is a courtesy, the length tells all.
    virtual void finish() = 0;
    // Why the last call failed.
    virtual std::string reason() const = 0;
};

// "OpenSSL 3.0.15 3 Sep 2024"; "no OpenSSL" where it cannot be loaded.
std::string tls_library_version();

}  // namespace client

#endif  // CLIENT_TLS_H
