#include "html/text_output.h"

#include <algorithm>

#include "util/strings.h"

namespace html {

namespace {

constexpr size_t kMaxFragment = 7;  // characters

// A non-breaking space in UTF-8 octets. Within characters it is U+00C2 U+00A0: HTML.pm compares
// octets even there, so a real U+00A0 character stays.
std::string_view nbsp(bool utf8) {
    return utf8 ? "\xC3\x82\xC2\xA0" : "\xC2\xA0";
}

bool is_punctuation(char32_t c) {
    return c > 0x20 && c < 0x7F && !util::is_alnum(static_cast<unsigned char>(c));
}

// Part of a word that spammers tear apart: no white space, no ASCII punctuation.
bool is_fragment_character(char32_t c, bool utf8) {
    return !is_punctuation(c) && !is_space(c, utf8);
}

// Length of the longest run of at most seven fragment characters at the end of `s` that starts at a
// word boundary; 0 if there is none.
size_t fragment_at_end(CharView s) {
    size_t found = 0;
    size_t count = 0;
    bool next_is_word = false;  // the character at the run's start
    for (;;) {
        bool at_start = s.empty();
        Character c = at_start ? Character{} : last_character(s);
        bool this_is_word = !at_start && is_word(c.code, s.utf8);
        if (count > 0 && this_is_word != next_is_word)
            found = count;
        if (at_start || count == kMaxFragment || !is_fragment_character(c.code, s.utf8))
            return found;
        ++count;
        next_is_word = this_is_word;
        s.bytes.remove_suffix(c.size);
    }
}

// The same at the start, ending at a word boundary.
size_t fragment_at_start(CharView s) {
    size_t found = 0;
    size_t count = 0;
    bool previous_is_word = false;
    for (;;) {
        bool at_end = s.empty();
        Character c = at_end ? Character{} : first_character(s);
        bool this_is_word = !at_end && is_word(c.code, s.utf8);
        if (count > 0 && this_is_word != previous_is_word)
            found = count;
        if (at_end || count == kMaxFragment || !is_fragment_character(c.code, s.utf8))
            return found;
        ++count;
        previous_is_word = this_is_word;
        s.bytes.remove_prefix(c.size);
    }
}

}  // namespace

bool is_blank_text(CharView text) {
    std::string_view rest = text.bytes;
    std::string_view hard = nbsp(text.utf8);
    while (!rest.empty()) {
        if (util::is_space(static_cast<unsigned char>(rest[0])))
            rest.remove_prefix(1);
        else if (rest.starts_with(hard))
            rest.remove_prefix(hard.size());
        else
            return false;
    }
    return true;
}

void TextOutput::begin_chunk(bool is_invisible, bool utf8, bool is_space) {
    has_chunk_ = true;
    last_begin_ = bytes_.size();
    last_is_space_ = is_space;
    last_is_invisible_ = is_invisible;
    last_utf8_ = utf8;
    // Element white space is ASCII, which suits either kind.
    if (segments_.empty() || segments_.back().is_invisible != is_invisible ||
        (segments_.back().utf8 != utf8 && !is_space))
        segments_.push_back({bytes_.size(), is_invisible, utf8});
}

void TextOutput::add_text(CharView text, bool is_invisible) {
    bool drop_first_blank = has_chunk_ && last_is_space_ && !is_invisible;
    begin_chunk(is_invisible, text.utf8, false);
    std::string_view hard = nbsp(text.utf8);
    const char* p = text.bytes.data();
    const char* const end = p + text.bytes.size();
    while (p < end) {
        const char* run = p;
        while (p < end && !util::is_space(static_cast<unsigned char>(*p)) && *p != hard[0])
            ++p;
        bytes_.append(run, static_cast<size_t>(p - run));
        if (p == end)
            break;
        bool is_blank = true;
        if (util::is_space(static_cast<unsigned char>(*p))) {
            while (p < end && util::is_space(static_cast<unsigned char>(*p)))
                ++p;
        } else if (std::string_view(p, static_cast<size_t>(end - p)).starts_with(hard)) {
            p += hard.size();
        } else {
            bytes_.push_back(*p++);
            is_blank = false;
        }
        if (is_blank && !(drop_first_blank && bytes_.size() == last_begin_))
            bytes_.push_back(' ');
        else if (is_blank)
            drop_first_blank = false;
    }
}

void TextOutput::add_space(std::string_view space) {
    if (has_chunk_ && !last_is_space_ && !last_is_invisible_ && bytes_.size() > last_begin_ &&
        bytes_.back() == ' ')
        bytes_.pop_back();
    begin_chunk(false, false, true);
    bytes_ += space;
}

void TextOutput::note_seam(CharView text) {
    CharView before = last_chunk();
    if (text.empty() || before.empty())
        return;
    Character left = last_character(before);
    if (!is_fragment_character(left.code, before.utf8))
        return;
    Character right = first_character(text);
    if (!is_fragment_character(right.code, text.utf8))
        return;
    ++obfuscations_;
    size_t start = fragment_at_end(before);
    size_t end = start > 0 ? fragment_at_start(text) : 0;
    if (end > 0)
        backhair_ |= uint64_t{1} << (start * (kMaxFragment + 1) + end);
}

CharString TextOutput::take(Which which) {
    auto wanted = [&](const Segment& s) {
        return which == Which::All || s.is_invisible == (which == Which::Invisible);
    };
    CharString out;
    bool needs_upgrade = false;
    size_t total = 0;
    for (size_t i = 0; i < segments_.size(); ++i) {
        if (!wanted(segments_[i]))
            continue;
        size_t end = i + 1 < segments_.size() ? segments_[i + 1].begin : bytes_.size();
        std::string_view piece =
            std::string_view(bytes_).substr(segments_[i].begin, end - segments_[i].begin);
        total += piece.size();
        out.utf8 |= segments_[i].utf8;
        needs_upgrade |= !segments_[i].utf8 && !is_ascii(piece);
    }
    if (!(out.utf8 && needs_upgrade) && total == bytes_.size()) {
        if (which == Which::All)
            out.bytes = std::move(bytes_);
        else
            out.bytes = bytes_;
        return out;
    }
    out.bytes.reserve(total);
    for (size_t i = 0; i < segments_.size(); ++i) {
        if (!wanted(segments_[i]))
            continue;
        size_t end = i + 1 < segments_.size() ? segments_[i + 1].begin : bytes_.size();
        std::string_view piece =
            std::string_view(bytes_).substr(segments_[i].begin, end - segments_[i].begin);
        if (out.utf8 && !segments_[i].utf8)
            append_latin1_as_utf8(out.bytes, piece);
        else
            out.bytes += piece;
    }
    return out;
}

}  // namespace html
