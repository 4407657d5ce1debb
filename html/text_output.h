// The rendered text as it grows, chunk by chunk, with the white space rules of HTML.pm's
// display_text, and what is counted where two chunks of text meet.

#ifndef HTML_TEXT_OUTPUT_H
#define HTML_TEXT_OUTPUT_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "html/char_string.h"

namespace html {

class TextOutput {
public:
    explicit TextOutput(size_t size_hint) { bytes_.reserve(size_hint); }

    // Runs of ASCII white space become one blank. A blank at the start goes if white space of an
    // element stands before (and the text is visible).
    void add_text(CharView text, bool is_invisible);
    // White space of an element ("\n", " ", "\n\n"): takes the place of a blank just before it.
    void add_space(std::string_view space);

    // To be called before add_text: counts a word torn apart by markup.
    void note_seam(CharView text);
    size_t obfuscations() const { return obfuscations_; }
    // Distinct pairs of fragment lengths (1..7 characters each).
    size_t backhair_count() const { return static_cast<size_t>(__builtin_popcountll(backhair_)); }

    enum class Which : uint8_t { All, Visible, Invisible };
    // Hands the text over when asked for All: call that last.
    CharString take(Which which);

private:
    // Consecutive chunks of the same kind.
    struct Segment {
        size_t begin;
        bool is_invisible;
        bool utf8;
    };
    void begin_chunk(bool is_invisible, bool utf8, bool is_space);
    CharView last_chunk() const {
        return {std::string_view(bytes_).substr(last_begin_), last_utf8_};
    }

    std::string bytes_;
    std::vector<Segment> segments_;
    bool has_chunk_ = false;
    size_t last_begin_ = 0;
    bool last_is_space_ = false;
    bool last_is_invisible_ = false;
    bool last_utf8_ = false;
    size_t obfuscations_ = 0;
    uint64_t backhair_ = 0;
};

// Nothing but ASCII white space and the octets (or characters) C2 A0.
bool is_blank_text(CharView text);

}  // namespace html

#endif  // HTML_TEXT_OUTPUT_H
