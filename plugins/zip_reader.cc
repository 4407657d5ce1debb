#include "plugins/zip_reader.h"

#include <zip.h>

#include <algorithm>
#include <vector>

namespace plugins {

struct ZipReader::Archive {
    struct Close {
        void operator()(zip_t* z) const { zip_discard(z); }
    };
    std::unique_ptr<zip_t, Close> zip;
};

ZipReader::ZipReader(std::string_view bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source != nullptr) {
        if (zip_t* zip = zip_open_from_source(source, ZIP_RDONLY, &error)) {
            archive_ = std::make_unique<Archive>();
            archive_->zip.reset(zip);
        } else {
            zip_source_free(source);
        }
    }
    zip_error_fini(&error);
}

ZipReader::~ZipReader() = default;

size_t ZipReader::entry_count() const {
    if (!archive_)
        return 0;
    return static_cast<size_t>(
        std::max<zip_int64_t>(0, zip_get_num_entries(archive_->zip.get(), 0)));
}

ZipReader::Entry ZipReader::entry(size_t index) const {
    Entry entry;
    if (!archive_)
        return entry;
    if (const char* name = zip_get_name(archive_->zip.get(), index, ZIP_FL_ENC_RAW))
        entry.name = name;
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive_->zip.get(), index, 0, &stat) == 0) {
        if ((stat.valid & ZIP_STAT_SIZE) != 0)
            entry.size = stat.size;
        entry.encrypted =
            (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE;
    }
    return entry;
}

bool ZipReader::read(size_t index, size_t most,
                     const std::function<bool(std::string_view)>& take) const {
    if (!archive_)
        return false;
    struct Close {
        void operator()(zip_file_t* f) const { zip_fclose(f); }
    };
    std::unique_ptr<zip_file_t, Close> file(zip_fopen_index(archive_->zip.get(), index, 0));
    if (!file)
        return false;
    std::vector<char> buffer(std::min<size_t>(most, 16384));
    while (most > 0) {
        auto got = zip_fread(file.get(), buffer.data(), std::min(most, buffer.size()));
        if (got <= 0)
            return got == 0 || zip_error_code_zip(zip_file_get_error(file.get())) == ZIP_ER_CRC;
        auto bytes = static_cast<size_t>(got);
        most -= bytes;
        if (!take(std::string_view(buffer.data(), bytes)))
            return false;
    }
    return true;
}

std::string ZipReader::read(size_t index, size_t most) const {
    std::string out;
    read(index, most, [&](std::string_view bytes) {
        out += bytes;
        return true;
    });
    return out;
}

}  // namespace plugins
