// The fence around libzip: reads archives that are already in memory.
//
// Total: an archive that libzip refuses is no archive, an entry that is broken ends early. Nothing
// is ever written or extracted to a file. How much an entry may unpack to is the caller's limit.

#ifndef PLUGINS_ZIP_READER_H
#define PLUGINS_ZIP_READER_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace plugins {

class ZipReader {
public:
    struct Entry {
        std::string name;   // bytes as they stand in the archive
        uint64_t size = 0;  // unpacked, as the archive claims; do not trust it
        bool encrypted = false;
    };

    // Does it begin as an archive with entries does?
    static bool looks_like_zip(std::string_view bytes) { return bytes.starts_with("PK\003\004"); }

    // `bytes` must outlive the reader.
    explicit ZipReader(std::string_view bytes);
    ~ZipReader();
    ZipReader(const ZipReader&) = delete;
    ZipReader& operator=(const ZipReader&) = delete;

    bool is_open() const { return archive_ != nullptr; }
    // 0 when not open.
    size_t entry_count() const;
    Entry entry(size_t index) const;
    // Unpacks an entry piece by piece, `most` bytes at most, until `take` returns false. False when
    // the entry could not be read to its end or to `most` (encrypted, broken, unknown method). A
    // checksum that is not right is no reason: what is there is there.
    bool read(size_t index, size_t most, const std::function<bool(std::string_view)>& take) const;
    std::string read(size_t index, size_t most) const;

private:
    struct Archive;
    std::unique_ptr<Archive> archive_;
};

}  // namespace plugins

#endif  // PLUGINS_ZIP_READER_H
