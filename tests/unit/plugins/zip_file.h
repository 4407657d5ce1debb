// Zip archives for tests, made in memory.

#ifndef TESTS_UNIT_PLUGINS_ZIP_FILE_H
#define TESTS_UNIT_PLUGINS_ZIP_FILE_H

#include <doctest/doctest.h>
#include <zip.h>

#include <string>
#include <utility>
#include <vector>

inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* to = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(to);
    zip_t* zip = zip_open_from_source(to, ZIP_TRUNCATE, &error);
    REQUIRE(zip != nullptr);
    for (const auto& [name, bytes] : entries)
        zip_file_add(zip, name.c_str(), zip_source_buffer(zip, bytes.data(), bytes.size(), 0), 0);
    REQUIRE(zip_close(zip) == 0);
    zip_source_open(to);
    zip_source_seek(to, 0, SEEK_END);
    std::string out(static_cast<size_t>(zip_source_tell(to)), '\0');
    zip_source_seek(to, 0, SEEK_SET);
    zip_source_read(to, out.data(), out.size());
    zip_source_close(to);
    zip_source_free(to);
    return out;
}

#endif  // TESTS_UNIT_PLUGINS_ZIP_FILE_H
