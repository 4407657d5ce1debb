#include "util/digest.h"

#include <openssl/evp.h>

#include "util/check.h"

namespace util {

static std::string digest(const EVP_MD* kind, std::string_view bytes) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    UTIL_CHECK(EVP_Digest(bytes.data(), bytes.size(), out, &size, kind, nullptr) == 1);
    return std::string(reinterpret_cast<char*>(out), size);
}

std::string sha1(std::string_view bytes) {
    return digest(EVP_sha1(), bytes);
}
std::string md5(std::string_view bytes) {
    return digest(EVP_md5(), bytes);
}
std::string sha256(std::string_view bytes) {
    return digest(EVP_sha256(), bytes);
}

}  // namespace util
