#include "message/charset_table.h"

#include <iconv.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace message {
namespace {

constexpr char32_t kInvalid = CharsetTable::kInvalid;
constexpr char32_t kLead = CharsetTable::kLead;

// `count` codes from `code` on decode to the code points from `first` on; first 0: to nothing.
struct Run {
    uint16_t code;
    uint16_t count;
    uint32_t first;
};

// Where Encode's tables know more than iconv's, or other things.
// clang-format off
constexpr Run kCp936[] = {
    {0x00ff, 1, 0xf8f5}, {0xa140, 63, 0xe4c6}, {0xa180, 33, 0xe505}, {0xa240, 63, 0xe526},
    {0xa280, 33, 0xe565}, {0xa2ab, 6, 0xe766}, {0xa2e3, 2, 0xe76c}, {0xa2ef, 2, 0xe76e},
    {0xa2fd, 2, 0xe770}, {0xa340, 63, 0xe586}, {0xa380, 33, 0xe5c5}, {0xa440, 63, 0xe5e6},
    {0xa480, 33, 0xe625}, {0xa4f4, 11, 0xe772}, {0xa540, 63, 0xe646}, {0xa580, 33, 0xe685},
    {0xa5f7, 8, 0xe77d}, {0xa640, 63, 0xe6a6}, {0xa680, 33, 0xe6e5}, {0xa6b9, 8, 0xe785},
    {0xa6d9, 7, 0xe78d}, {0xa6ec, 2, 0xe794}, {0xa6f3, 1, 0xe796}, {0xa6f6, 9, 0xe797},
    {0xa740, 63, 0xe706}, {0xa780, 33, 0xe745}, {0xa7c2, 15, 0xe7a0}, {0xa7f2, 13, 0xe7af},
    {0xa896, 11, 0xe7bc}, {0xa8bc, 1, 0xe7c7}, {0xa8bf, 1, 0xe7c8}, {0xa8c1, 4, 0xe7c9},
    {0xa8ea, 21, 0xe7cd}, {0xa958, 1, 0xe7e2}, {0xa95b, 1, 0xe7e3}, {0xa95d, 3, 0xe7e4},
    {0xa989, 13, 0xe7e7}, {0xa997, 13, 0xe7f4}, {0xa9f0, 15, 0xe801}, {0xaaa1, 94, 0xe000},
    {0xaba1, 94, 0xe05e}, {0xaca1, 94, 0xe0bc}, {0xada1, 94, 0xe11a}, {0xaea1, 94, 0xe178},
    {0xafa1, 94, 0xe1d6}, {0xd7fa, 5, 0xe810}, {0xf8a1, 94, 0xe234}, {0xf9a1, 94, 0xe292},
    {0xfaa1, 94, 0xe2f0}, {0xfba1, 94, 0xe34e}, {0xfca1, 94, 0xe3ac}, {0xfda1, 94, 0xe40a},
    {0xfe50, 47, 0xe815}, {0xfe80, 33, 0xe844}, {0xfea1, 94, 0xe468},
};

constexpr Run kBig5Eten[] = {
    {0x0080, 1, 0x0000}, {0xa2cc, 3, 0x3038}, {0xc255, 1, 0x5f5e}, {0xc6a1, 10, 0x2460},
    {0xc6ab, 10, 0x2474}, {0xc6b5, 10, 0x2170}, {0xc6bf, 2, 0x2f02}, {0xc6c1, 1, 0x2f05},
    {0xc6c2, 1, 0x2f07}, {0xc6c3, 3, 0x2f0c}, {0xc6c6, 1, 0x2f13}, {0xc6c7, 1, 0x2f16},
    {0xc6c8, 1, 0x2f19}, {0xc6c9, 1, 0x2f1b}, {0xc6ca, 1, 0x2f22}, {0xc6cb, 1, 0x2f27},
    {0xc6cc, 1, 0x2f2e}, {0xc6cd, 3, 0x2f33}, {0xc6d0, 2, 0x2f39}, {0xc6d2, 1, 0x2f41},
    {0xc6d3, 1, 0x2f46}, {0xc6d4, 2, 0x2f67}, {0xc6d6, 1, 0x2fa1}, {0xc6d7, 1, 0x2faa},
    {0xc6d8, 1, 0x00a8}, {0xc6d9, 1, 0x02c6}, {0xc6da, 2, 0x30fd}, {0xc6dc, 2, 0x309d},
    {0xc6e0, 3, 0x3005}, {0xc6e3, 1, 0x30fc}, {0xc6e4, 1, 0xff3b}, {0xc6e5, 1, 0xff3d},
    {0xc6e6, 1, 0x273d}, {0xc6e7, 24, 0x3041}, {0xc740, 59, 0x3059}, {0xc77b, 4, 0x30a1},
    {0xc7a1, 82, 0x30a5}, {0xc7f3, 6, 0x0410}, {0xc7f9, 1, 0x0401}, {0xc7fa, 5, 0x0416},
    {0xc840, 27, 0x041b}, {0xc85b, 1, 0x0451}, {0xc85c, 26, 0x0436}, {0xc876, 1, 0x21e7},
    {0xc877, 2, 0x21b8}, {0xc87a, 1, 0x200cc}, {0xc87b, 1, 0x4e5a}, {0xc87c, 1, 0x2008a},
    {0xc87d, 1, 0x5202}, {0xc8a2, 1, 0x5188}, {0xc8a4, 1, 0x27607}, {0xc8cd, 1, 0xffe2},
    {0xc8ce, 1, 0xffe4}, {0xc8cf, 1, 0xff07}, {0xc8d0, 1, 0xff02}, {0xc8d1, 1, 0x3231},
    {0xc8d2, 1, 0x2116}, {0xc8d3, 1, 0x2121}, {0xc8d4, 2, 0x309b}, {0xc8d6, 1, 0x2e80},
    {0xc8d7, 1, 0x2e84}, {0xc8d8, 3, 0x2e86}, {0xc8db, 1, 0x2e8a}, {0xc8dc, 2, 0x2e8c},
    {0xc8de, 1, 0x2e95}, {0xc8df, 2, 0x2e9c}, {0xc8e1, 1, 0x2ea5}, {0xc8e2, 1, 0x2ea7},
    {0xc8e3, 1, 0x2eaa}, {0xc8e4, 1, 0x2eac}, {0xc8e5, 1, 0x2eae}, {0xc8e6, 1, 0x2eb6},
    {0xc8e7, 1, 0x2ebc}, {0xc8e8, 1, 0x2ebe}, {0xc8e9, 1, 0x2ec6}, {0xc8ea, 1, 0x2eca},
    {0xc8eb, 2, 0x2ecc}, {0xc8ed, 1, 0x2ecf}, {0xc8ee, 2, 0x2ed6}, {0xc8f0, 1, 0x2ede},
    {0xc8f1, 1, 0x2ee3}, {0xc8f2, 3, 0x0000}, {0xc8f5, 1, 0x0283}, {0xc8f6, 1, 0x0250},
    {0xc8f7, 1, 0x025b}, {0xc8f8, 1, 0x0254}, {0xc8f9, 1, 0x0275}, {0xc8fa, 1, 0x0153},
    {0xc8fb, 1, 0x00f8}, {0xc8fc, 1, 0x014b}, {0xc8fd, 1, 0x028a}, {0xc8fe, 1, 0x026a},
};

constexpr Run kCp950[] = {
    {0x00ff, 1, 0xf8f8}, {0x8140, 63, 0xeeb8}, {0x81a1, 94, 0xeef7}, {0x8240, 63, 0xef55},
    {0x82a1, 94, 0xef94}, {0x8340, 63, 0xeff2}, {0x83a1, 94, 0xf031}, {0x8440, 63, 0xf08f},
    {0x84a1, 94, 0xf0ce}, {0x8540, 63, 0xf12c}, {0x85a1, 94, 0xf16b}, {0x8640, 63, 0xf1c9},
    {0x86a1, 94, 0xf208}, {0x8740, 63, 0xf266}, {0x87a1, 94, 0xf2a5}, {0x8840, 63, 0xf303},
    {0x88a1, 94, 0xf342}, {0x8940, 63, 0xf3a0}, {0x89a1, 94, 0xf3df}, {0x8a40, 63, 0xf43d},
    {0x8aa1, 94, 0xf47c}, {0x8b40, 63, 0xf4da}, {0x8ba1, 94, 0xf519}, {0x8c40, 63, 0xf577},
    {0x8ca1, 94, 0xf5b6}, {0x8d40, 63, 0xf614}, {0x8da1, 94, 0xf653}, {0x8e40, 63, 0xe311},
    {0x8ea1, 94, 0xe350}, {0x8f40, 63, 0xe3ae}, {0x8fa1, 94, 0xe3ed}, {0x9040, 63, 0xe44b},
    {0x90a1, 94, 0xe48a}, {0x9140, 63, 0xe4e8}, {0x91a1, 94, 0xe527}, {0x9240, 63, 0xe585},
    {0x92a1, 94, 0xe5c4}, {0x9340, 63, 0xe622}, {0x93a1, 94, 0xe661}, {0x9440, 63, 0xe6bf},
    {0x94a1, 94, 0xe6fe}, {0x9540, 63, 0xe75c}, {0x95a1, 94, 0xe79b}, {0x9640, 63, 0xe7f9},
    {0x96a1, 94, 0xe838}, {0x9740, 63, 0xe896}, {0x97a1, 94, 0xe8d5}, {0x9840, 63, 0xe933},
    {0x98a1, 94, 0xe972}, {0x9940, 63, 0xe9d0}, {0x99a1, 94, 0xea0f}, {0x9a40, 63, 0xea6d},
    {0x9aa1, 94, 0xeaac}, {0x9b40, 63, 0xeb0a}, {0x9ba1, 94, 0xeb49}, {0x9c40, 63, 0xeba7},
    {0x9ca1, 94, 0xebe6}, {0x9d40, 63, 0xec44}, {0x9da1, 94, 0xec83}, {0x9e40, 63, 0xece1},
    {0x9ea1, 94, 0xed20}, {0x9f40, 63, 0xed7e}, {0x9fa1, 94, 0xedbd}, {0xa040, 63, 0xee1b},
    {0xa0a1, 94, 0xee5a}, {0xfa40, 63, 0xe000}, {0xfaa1, 94, 0xe03f}, {0xfb40, 63, 0xe09d},
    {0xfba1, 94, 0xe0dc}, {0xfc40, 63, 0xe13a}, {0xfca1, 94, 0xe179}, {0xfd40, 63, 0xe1d7},
    {0xfda1, 94, 0xe216}, {0xfe40, 63, 0xe274}, {0xfea1, 94, 0xe2b3},
};

constexpr Run kCp932[] = {{0x80, 1, 0x80}, {0xa0, 1, 0xf8f0}, {0xfd, 3, 0xf8f1}};
constexpr Run kCp949[] = {{0x80, 1, 0x80}, {0xff, 1, 0xf8f7}, {0xc9a1, 94, 0xe000}, {0xfea1, 94, 0xe05e}};
constexpr Run kEucJp[] = {
    {0x80, 14, 0}, {0x90, 16, 0}, {0xa2d6, 2, 0x2985}, {0xaea1, 1, 0}, {0xaffe, 1, 0},
    {0xcfd4, 1, 0}, {0xcffe, 1, 0}, {0xf4a7, 1, 0}, {0xfefa, 5, 0},
};
constexpr Run kEucKr[] = {{0x80, 32, 0}, {0xa2e8, 1, 0}};
constexpr Run kJohab[] = {{0x5c, 1, 0x5c}, {0x7f, 1, 0}, {0xd9e8, 1, 0}};
constexpr Run kShiftJis[] = {{0x5c, 1, 0x5c}, {0x7e, 1, 0x7e}};
constexpr Run kMacRoman[] = {{0x7f, 1, 0}, {0xc6, 1, 0x2206}, {0xf0, 1, 0xf8ff}};
constexpr Run kMacCyrillic[] = {{0x7f, 1, 0}, {0xff, 1, 0x20ac}};
constexpr Run kMacCentral[] = {{0x7f, 1, 0}};
// clang-format on

class Converter {
public:
    explicit Converter(const char* from) : handle_(iconv_open("UTF-32LE", from)) {}
    ~Converter() {
        if (handle_ != reinterpret_cast<iconv_t>(-1))
            iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    // The one code point that these bytes are, or kInvalid.
    char32_t convert(const unsigned char* bytes, size_t size) const {
        if (handle_ == reinterpret_cast<iconv_t>(-1))
            return kInvalid;
        char in[4];
        std::memcpy(in, bytes, size);
        char* from = in;
        unsigned char out[32];
        char* to = reinterpret_cast<char*>(out);
        size_t left = size, room = sizeof out;
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        if (iconv(handle_, &from, &left, &to, &room) == static_cast<size_t>(-1) || left != 0)
            return kInvalid;
        iconv(handle_, nullptr, nullptr, &to, &room);
        if (sizeof out - room != 4)
            return kInvalid;
        return static_cast<char32_t>(out[0]) | static_cast<char32_t>(out[1]) << 8 |
               static_cast<char32_t>(out[2]) << 16 | static_cast<char32_t>(out[3]) << 24;
    }

private:
    iconv_t handle_;
};

void fill(CharsetTable& table, const Converter& converter) {
    bool all_single = true;
    for (unsigned i = 0; i < 256; ++i) {
        unsigned char byte = static_cast<unsigned char>(i);
        if (table.one[i] == kInvalid)
            table.one[i] = converter.convert(&byte, 1);
        all_single = all_single && (i < 0x80 || table.one[i] != kInvalid);
    }
    if (all_single && table.two.empty())
        return;
    std::vector<char32_t> two =
        table.two.empty() ? std::vector<char32_t>(128 * 256, kInvalid) : table.two;
    bool any = !table.two.empty();
    for (unsigned lead = 0x80; lead < 256; ++lead) {
        if (table.one[lead] != kInvalid)
            continue;
        for (unsigned trail = 0x30; trail < 256; ++trail) {
            unsigned char bytes[2] = {static_cast<unsigned char>(lead),
                                      static_cast<unsigned char>(trail)};
            char32_t& slot = two[(lead - 0x80) * 256 + trail];
            if (slot == kInvalid && (slot = converter.convert(bytes, 2)) != kInvalid)
                any = true;
        }
    }
    if (any)
        table.two = std::move(two);
}

void fill_three(CharsetTable& table, const Converter& converter) {
    if (table.three.empty())
        table.three.assign(94 * 94, kInvalid);
    for (unsigned lead = 0; lead < 94; ++lead)
        for (unsigned trail = 0; trail < 94; ++trail) {
            unsigned char bytes[3] = {0x8f, static_cast<unsigned char>(lead + 0xa1),
                                      static_cast<unsigned char>(trail + 0xa1)};
            char32_t& slot = table.three[lead * 94 + trail];
            if (slot == kInvalid)
                slot = converter.convert(bytes, 3);
        }
}

template <size_t N>
void lay_over(CharsetTable& table, const Run (&runs)[N]) {
    for (const Run& run : runs)
        for (unsigned i = 0; i < run.count; ++i) {
            char32_t c = run.first == 0 ? kInvalid : static_cast<char32_t>(run.first + i);
            unsigned code = run.code + i;
            if (code < 0x100)
                table.one[code] = c;
            else if (!table.two.empty())
                table.two[code - 0x8000] = c;
        }
}

CharsetTable build(const std::string& name) {
    CharsetTable table;
    table.one.fill(kInvalid);
    fill(table, Converter(name.c_str()));
    if (name == "EUC-JP") {
        // Encode's EUC-JP is JIS X 0208 and 0212 with the rest of JIS X 0213 around them.
        fill_three(table, Converter("EUC-JP"));
        Converter jisx0213("EUC-JISX0213");
        fill(table, jisx0213);
        fill_three(table, jisx0213);
        lay_over(table, kEucJp);
        table.three[(0xa2 - 0xa1) * 94 + 0xb7 - 0xa1] = 0x7e;
        table.three[(0xfd - 0xa1) * 94 + 0xbb - 0xa1] = 0x9b1d;
    } else if (name == "CP936") {
        lay_over(table, kCp936);
    } else if (name == "BIG5") {
        lay_over(table, kBig5Eten);
    } else if (name == "CP950") {
        lay_over(table, kCp950);
    } else if (name == "CP932") {
        lay_over(table, kCp932);
    } else if (name == "CP949") {
        lay_over(table, kCp949);
    } else if (name == "EUC-KR") {
        lay_over(table, kEucKr);
    } else if (name == "JOHAB") {
        lay_over(table, kJohab);
    } else if (name == "SHIFT_JIS") {
        lay_over(table, kShiftJis);
    } else if (name == "MACINTOSH") {
        lay_over(table, kMacRoman);
    } else if (name == "MAC-CYRILLIC") {
        lay_over(table, kMacCyrillic);
    } else if (name == "MAC-CENTRALEUROPE") {
        lay_over(table, kMacCentral);
    }
    // A byte that begins two-byte characters is a lead, so that its absence of a partner shows.
    for (unsigned lead = 0x80; lead < 256 && !table.two.empty(); ++lead) {
        if (table.one[lead] != kInvalid)
            continue;
        for (unsigned trail = 0; trail < 256; ++trail)
            if (table.two[(lead - 0x80) * 256 + trail] != kInvalid) {
                table.one[lead] = kLead;
                break;
            }
    }
    if (!table.three.empty())
        table.one[0x8f] = kLead;
    return table;
}

}  // namespace

const CharsetTable& charset_table(std::string_view iconv_name) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<CharsetTable>, std::less<>> tables;
    std::lock_guard lock(mutex);
    auto it = tables.find(iconv_name);
    if (it == tables.end()) {
        std::string name(iconv_name);
        auto table = std::make_unique<CharsetTable>(build(name));
        it = tables.emplace(std::move(name), std::move(table)).first;
    }
    return *it->second;
}

const std::array<char32_t, 256>& windows1252_table() {
    static const std::array<char32_t, 256> table = [] {
        constexpr char32_t kHigh[32] = {
            0x20ac,   kInvalid, 0x201a, 0x0192, 0x201e, 0x2026,   0x2020, 0x2021,
            0x02c6,   0x2030,   0x0160, 0x2039, 0x0152, kInvalid, 0x017d, kInvalid,
            kInvalid, 0x2018,   0x2019, 0x201c, 0x201d, 0x2022,   0x2013, 0x2014,
            0x02dc,   0x2122,   0x0161, 0x203a, 0x0153, kInvalid, 0x017e, 0x0178};
        std::array<char32_t, 256> t{};
        for (unsigned i = 0; i < 256; ++i)
            t[i] = i >= 0x80 && i < 0xa0 ? kHigh[i - 0x80] : i;
        return t;
    }();
    return table;
}

}  // namespace message
