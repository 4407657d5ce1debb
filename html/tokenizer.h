// Cuts HTML into start tags, end tags, text, comments and declarations.
//
// The grammar is that of Perl's HTML::Parser 3.8x in its lax default mode with marked sections on
// (the configuration of Mail::SpamAssassin::HTML), not HTML5: names may hold anything but blanks
// and ">", an end tag skips quoted ">", unknown declarations and "</ >" are comments, "<!-- " needs
// "--", blanks, ">". What stands in script, style, xmp, iframe, title, textarea is text up to the
// end tag; plaintext never ends. Marked sections (CDATA, RCDATA, INCLUDE, IGNORE) are obeyed.
//
// Also kept: the way input ends. run() gives out what is certain; text after the last blank and
// markup that has no end yet stay pending until finish(), which then reads an unterminated comment
// up to the first ">", and other unterminated markup as one comment to the end.
//
// The source must outlive the tokenizer; every view handed to the sink is valid during the call.
// Any bytes are fine; the time is linear in the input; there is no recursion.

#ifndef HTML_TOKENIZER_H
#define HTML_TOKENIZER_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace html {

struct Attribute {
    std::string_view name;   // as written; names compare without ASCII case
    std::string_view value;  // quotes taken off, entities as written
    bool has_value = false;  // `<a href>`: the value is then the name
};

class TokenSink {
public:
    virtual ~TokenSink() = default;
    virtual void on_start(std::string_view name, const std::vector<Attribute>& attributes) = 0;
    virtual void on_end(std::string_view name) = 0;
    // Entities are as written; in CDATA they mean themselves.
    virtual void on_text(std::string_view text, bool is_cdata) = 0;
    virtual void on_comment(std::string_view whole) = 0;      // with its "<!--" and "-->"
    virtual void on_declaration(std::string_view whole) = 0;  // <!DOCTYPE ...> or <!ENTITY ...>
};

class Tokenizer {
public:
    Tokenizer(std::string_view source, TokenSink& sink) : input_(source), sink_(sink) {}
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;

    void run();
    // More input; only what is pending is copied.
    void append(std::string_view more);
    void finish();
    // A sink may call this from within a call: no event follows.
    void stop() { stopped_ = true; }
    // Within an IGNORE section, where nothing is given out.
    bool is_ignoring() const { return section_ == Section::Ignore; }

private:
    enum class Literal : uint8_t { None, Script, Style, Title, Iframe, TextArea, Xmp, PlainText };
    enum class Section : uint8_t { None, Include, RcData, CData, Ignore };
    static constexpr size_t kNotMarkup = static_cast<size_t>(-1);

    unsigned char at(size_t i) const {
        return i < input_.size() ? static_cast<unsigned char>(input_[i]) : '\0';
    }
    std::string_view range(size_t begin, size_t end) const {
        return input_.substr(begin, end - begin);
    }
    size_t find(char c, size_t from) const;  // input_.size() if absent

    bool scan_literal(size_t from);
    bool scan_character_section(size_t from);
    size_t scan_text(size_t from);
    void release_certain_text();

    // Each returns the position after the construct, its own start if more input is needed, or
    // kNotMarkup.
    size_t scan_markup(size_t start);
    size_t scan_start_tag(size_t start);
    size_t scan_end_tag(size_t start);
    size_t scan_comment(size_t start);
    size_t scan_declaration(size_t start);
    size_t scan_declaration_body(size_t start, size_t after_name);
    size_t scan_marked_section(size_t start);
    size_t scan_bogus_comment(size_t start, size_t from);
    size_t skip_to_unquoted_gt(size_t from) const;

    void push_section(Section section);
    void pop_section();
    void before_markup();
    void emit_text(size_t begin, size_t end);
    void emit_end(std::string_view name);
    void emit_comment(std::string_view whole);

    std::string_view input_;
    TokenSink& sink_;
    std::string tail_;  // pending input plus what was appended
    size_t pos_ = 0;    // everything before is given out
    bool stopped_ = false;
    bool lone_gt_ends_comment_ = false;

    Literal literal_ = Literal::None;
    bool is_cdata_ = false;
    std::string_view pending_end_;   // an end tag owed since finish() left an open <title>
    uint8_t unclosed_literals_ = 0;  // bit n: no end tag of literal n ahead (input is complete)
    bool complete_ = false;

    std::vector<Section> sections_;  // innermost last; each is the strongest of those around it
    Section section_ = Section::None;

    std::vector<Attribute> attributes_;
};

}  // namespace html

#endif  // HTML_TOKENIZER_H
