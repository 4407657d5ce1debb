// One node of the MIME tree.
//
// A Part belongs to its Message and must not outlive it. Building the tree never fails: what a
// mail reader would forgive, we forgive too, and we note it as one of the message's Defects,
// because spam hides in exactly those places. Depth and part count are capped by ParseLimits;
// beyond them the rest is kept as one opaque leaf. Follows RFC 2045/2046 with the tolerance of
// SpamAssassin's Message.pm and Message/Node.pm.

#ifndef MESSAGE_PART_H
#define MESSAGE_PART_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "html/renderer.h"

namespace message {

class Message;

// One header field as it stands in a header block.
struct HeaderField {
    std::string name;     // as written
    std::string raw;      // after the colon, folds and the final newline kept, CRLF as LF
    std::string decoded;  // unfolded, trimmed, RFC 2047 decoded to UTF-8 (see Message)
};

class Part {
public:
    ~Part();
    const Part* parent() const { return parent_; }
    const std::vector<std::unique_ptr<Part>>& children() const { return children_; }
    // False for every multipart and unpacked message/*, even one without children.
    bool is_leaf() const { return is_leaf_; }

    // Effective content type, lower case without parameters ("text/plain" when absent or broken).
    const std::string& type() const { return type_; }
    // Type after looking at the file name (a part named *.htm(l)/.shtm(l) counts as text/html).
    std::string effective_type() const;
    const std::string& charset() const { return charset_; }  // lower case, "us-ascii" when absent
    bool has_charset() const { return has_charset_; }        // declared, or no type declared at all
    const std::string& name() const { return name_; }        // file name, decoded
    const std::string& disposition() const { return disposition_; }
    const std::string& boundary() const { return boundary_; }
    const std::string& transfer_encoding() const { return transfer_encoding_; }  // lower case

    const std::vector<HeaderField>& headers() const { return headers_; }
    // All values of a header (case-insensitive name), top to bottom.
    std::vector<std::string_view> header_values(std::string_view name) const;
    std::optional<std::string_view> header(std::string_view name) const;  // last instance, decoded
    std::optional<std::string_view> raw_header(std::string_view name) const;  // last instance, raw

    // Undecoded body bytes, line ends as LF.
    std::string_view raw_body() const { return raw_body_; }
    // Transfer encoding undone; quoted-printable, and base64 of text/* and message/*, have CRLF
    // made LF. Cached.
    const std::string& decoded() const;

    // Rendered text of a text leaf, UTF-8 under normalize_charset; "" for the rest.
    const std::string& rendered() const;
    const std::string& visible_rendered() const;
    const std::string& invisible_rendered() const;
    // HTML facts when this leaf was rendered as HTML, else nullptr.
    const html::Results* html_results() const;
    // "text/plain", "text/html" when rendered as that; "" if not rendered.
    const std::string& rendered_type() const;
    // Whether the texts above are strings of characters to Perl (see charset.h).
    bool rendered_is_characters() const;
    bool visible_is_characters() const;
    bool invisible_is_characters() const;
    // A plugin puts its own text in place (ExtractText, XML text).
    void set_rendered(std::string text, std::string type = "text/plain");

private:
    friend class Message;
    friend class MimeParser;
    Part();
    void render() const;

    const Message* message_ = nullptr;
    const Part* parent_ = nullptr;
    std::vector<std::unique_ptr<Part>> children_;
    std::vector<HeaderField> headers_;
    std::string type_ = "text/plain", charset_ = "us-ascii", name_, disposition_, boundary_,
                transfer_encoding_;
    std::string raw_body_;
    bool is_leaf_ = true;
    bool has_charset_ = false;  // declared
    bool has_body_ = false;     // false once a message/rfc822 is unpacked
    struct Rendering;
    mutable std::unique_ptr<Rendering> rendering_;
    mutable std::optional<std::string> decoded_;
};

}  // namespace message

#endif  // MESSAGE_PART_H
