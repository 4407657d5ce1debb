#include "html/element.h"

#include <array>

#include "util/strings.h"

namespace html {

namespace {

struct Row {
    std::string_view name;
    uint8_t traits;
};

constexpr Row kRows[] = {
#define HTML_ROW(id, name, traits) {name, (traits)},
    HTML_ELEMENTS(HTML_ROW)
#undef HTML_ROW
};

constexpr size_t kLongestName = 10;
constexpr size_t kSlots = 512;

constexpr size_t hash(std::string_view name) {
    size_t h = name.size();
    for (char c : name)
        h = h * 31 + static_cast<unsigned char>(util::to_lower(c));
    return (h ^ h >> 9) % kSlots;
}

constexpr std::array<uint8_t, kSlots> make_index() {
    std::array<uint8_t, kSlots> index{};
    for (auto& slot : index)
        slot = static_cast<uint8_t>(Element::Unknown);
    for (size_t i = 0; i < kElementCount; ++i) {
        size_t h = hash(kRows[i].name);
        while (index[h] != static_cast<uint8_t>(Element::Unknown))
            h = (h + 1) % kSlots;
        index[h] = static_cast<uint8_t>(i);
    }
    return index;
}
constexpr std::array<uint8_t, kSlots> kIndex = make_index();

}  // namespace

Element find_element(std::string_view name) {
    if (name.size() > kLongestName)
        return Element::Unknown;
    for (size_t h = hash(name);; h = (h + 1) % kSlots) {
        if (kIndex[h] == static_cast<uint8_t>(Element::Unknown))
            return Element::Unknown;
        if (util::iequals(kRows[kIndex[h]].name, name))
            return static_cast<Element>(kIndex[h]);
    }
}

std::string_view element_name(Element element) {
    return kRows[static_cast<size_t>(element)].name;
}

uint8_t element_traits(Element element) {
    return kRows[static_cast<size_t>(element)].traits;
}

}  // namespace html
