// The links of a document, each once, in the order first seen.

#ifndef HTML_LINK_TABLE_H
#define HTML_LINK_TABLE_H

#include <cstdint>
#include <string>
#include <vector>

#include "html/char_string.h"
#include "html/element.h"
#include "html/renderer.h"
#include "util/strings.h"

namespace html {

class LinkTable {
public:
    // `element` shows the link.
    void add(CharView uri, Element element, bool nofollow);
    // An <a> opens; what is appended to the anchor until the next one belongs to `uri`.
    void open_anchor(CharView uri);
    void append_to_anchor(CharView text);

    // Both hand their contents over.
    std::vector<std::string> take_anchors();
    std::vector<Link> take_links();

private:
    struct Entry {
        CharString uri;
        uint32_t types = 0;  // bit set of the elements that show it
        bool nofollow = false;
        std::vector<size_t> anchors;
    };
    Entry& entry(CharView uri);

    std::vector<Entry> entries_;
    util::StringMap<size_t> index_;  // by the characters, in UTF-8
    std::vector<CharString> anchors_;
};

}  // namespace html

#endif  // HTML_LINK_TABLE_H
