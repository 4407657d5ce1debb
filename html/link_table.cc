#include "html/link_table.h"

#include <iterator>

namespace html {

namespace {

// Alphabetical.
constexpr Element kTypes[] = {Element::A,      Element::Area,  Element::Base, Element::Bgsound,
                              Element::Body,   Element::Embed, Element::Form, Element::Frame,
                              Element::Iframe, Element::Img,   Element::Link, Element::Meta,
                              Element::Script, Element::Table, Element::Td,   Element::Tr};

uint32_t type_bit(Element element) {
    for (size_t i = 0; i < std::size(kTypes); ++i) {
        if (kTypes[i] == element)
            return 1u << i;
    }
    return 0;
}

}  // namespace

LinkTable::Entry& LinkTable::entry(CharView uri) {
    std::string key;
    std::string_view lookup = uri.bytes;
    if (!uri.utf8 && !is_ascii(uri.bytes)) {
        append_latin1_as_utf8(key, uri.bytes);
        lookup = key;
    }
    if (auto found = index_.find(lookup); found != index_.end())
        return entries_[found->second];
    index_.emplace(std::string(lookup), entries_.size());
    Entry& added = entries_.emplace_back();
    added.uri.append(uri);
    return added;
}

void LinkTable::add(CharView uri, Element element, bool nofollow) {
    Entry& e = entry(uri);
    e.types |= type_bit(element);
    e.nofollow |= nofollow;
}

void LinkTable::open_anchor(CharView uri) {
    entry(uri).anchors.push_back(anchors_.size());
    anchors_.emplace_back();
}

void LinkTable::append_to_anchor(CharView text) {
    if (!anchors_.empty())
        anchors_.back().append(text);
}

std::vector<std::string> LinkTable::take_anchors() {
    std::vector<std::string> texts;
    texts.reserve(anchors_.size());
    for (const CharString& anchor : anchors_)
        texts.push_back(anchor.regex_subject());
    return texts;
}

std::vector<Link> LinkTable::take_links() {
    std::vector<Link> links;
    links.reserve(entries_.size());
    for (Entry& e : entries_) {
        Link& link = links.emplace_back();
        link.uri = std::move(e.uri.bytes);
        link.is_characters = e.uri.utf8;
        link.nofollow = e.nofollow;
        for (size_t i = 0; i < std::size(kTypes); ++i) {
            if (e.types & 1u << i)
                link.types.emplace_back(element_name(kTypes[i]));
        }
        link.anchor_texts.reserve(e.anchors.size());
        for (size_t anchor : e.anchors)
            link.anchor_texts.push_back(anchors_[anchor].regex_subject());
    }
    entries_.clear();
    index_.clear();
    return links;
}

}  // namespace html
