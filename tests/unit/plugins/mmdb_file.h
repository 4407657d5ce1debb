// Writes small MaxMind databases (format 2.0, IPv6 tree, records of 24 bits), by the published
// description of the format.

#ifndef TESTS_UNIT_PLUGINS_MMDB_FILE_H
#define TESTS_UNIT_PLUGINS_MMDB_FILE_H

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "message/net_set.h"

class MmdbFile {
public:
    using Map = std::vector<std::pair<std::string_view, std::string>>;  // key, encoded value

    static std::string text(std::string_view s) { return control(2, s.size()) + std::string(s); }
    static std::string number(uint32_t n) {
        std::string bytes;
        for (; n != 0; n >>= 8)
            bytes.insert(bytes.begin(), static_cast<char>(n & 0xff));
        return control(6, bytes.size()) + bytes;
    }
    static std::string map(const Map& entries) {
        std::string all = control(7, entries.size());
        for (const auto& [key, value] : entries)
            all += text(key) + value;
        return all;
    }

    // `bits` counts from the left of the address as written.
    void add(std::string_view address, int bits, const std::string& value) {
        auto ip = message::IpAddress::parse(address);
        auto bytes = ip->bytes;
        if (ip->is_v4) {
            // IPv4 stands at ::/96, not at its mapped place.
            bytes[10] = bytes[11] = 0;
            bits += 96;
        }
        size_t node = 0;
        for (int i = 0; i < bits; ++i) {
            size_t side = bytes[static_cast<size_t>(i / 8)] >> (7 - i % 8) & 1;
            if (i + 1 == bits) {
                nodes_[node][side] = -2 - static_cast<long>(data_.size());
            } else {
                if (nodes_[node][side] < 0) {
                    nodes_[node][side] = static_cast<long>(nodes_.size());
                    nodes_.push_back({-1, -1});
                }
                node = static_cast<size_t>(nodes_[node][side]);
            }
        }
        data_ += value;
    }

    std::string bytes() const {
        std::string all;
        long count = static_cast<long>(nodes_.size());
        for (const auto& node : nodes_)
            for (long record : {node[0], node[1]}) {
                long value = record >= 0 ? record : record == -1 ? count : count + 16 - 2 - record;
                for (int shift : {16, 8, 0})
                    all += static_cast<char>(value >> shift & 0xff);
            }
        all += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
        return all + map({{"binary_format_major_version", small(2)},
                          {"binary_format_minor_version", small(0)},
                          {"build_epoch", std::string("\x04\x02\x60\x00\x00\x00", 6)},
                          {"database_type", text("Test")},
                          {"description", map({{"en", text("made by a test")}})},
                          {"ip_version", small(6)},
                          {"languages", std::string("\x01\x04", 2) + text("en")},
                          {"node_count", number(static_cast<uint32_t>(count))},
                          {"record_size", small(24)}});
    }

private:
    struct Node {
        long side[2];
        long& operator[](size_t i) { return side[i]; }
        long operator[](size_t i) const { return side[i]; }
    };
    // Lengths below 285 only.
    static std::string control(int type, size_t size) {
        if (size < 29)
            return std::string(1, static_cast<char>(type << 5 | static_cast<int>(size)));
        return std::string(1, static_cast<char>(type << 5 | 29)) + static_cast<char>(size - 29);
    }
    static std::string small(int n) {
        return n == 0 ? control(5, 0) : control(5, 1) + static_cast<char>(n);
    }

    std::vector<Node> nodes_{{{-1, -1}}};  // -1: nothing; below: data at -2 - offset
    std::string data_;
};

#endif  // TESTS_UNIT_PLUGINS_MMDB_FILE_H
