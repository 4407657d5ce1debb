// Message digests (fence around libcrypto). SHA-1 and MD5 are here because SpamAssassin's token
// keys, message ids and part digests are made of them, not for security.

#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include <string>
#include <string_view>

namespace util {

// Raw digest bytes: 20 for SHA-1, 16 for MD5, 32 for SHA-256.
std::string sha1(std::string_view bytes);
std::string md5(std::string_view bytes);
std::string sha256(std::string_view bytes);

}  // namespace util

#endif  // UTIL_DIGEST_H
