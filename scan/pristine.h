// The bytes of a message, cut where SpamAssassin cuts them (Message.pm): what stands before the
// mail (an mbox "From " line), the header block with its blank line if there is one, and the body.
// Rewriting and markup removal work on this; the MIME tree is not needed for either.
//
// Not quite pristine in one case, as there: in a mail with CRLF line ends, header lines that end in
// a bare LF get their CR, and so does the first body line where no blank line sets it apart.

#ifndef SCAN_PRISTINE_H
#define SCAN_PRISTINE_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scan {

struct PristineMessage {
    std::string mbox_separator;  // "From ..." line with its newline, "" = none
    std::string headers;
    std::string_view body;  // into the bytes given to split_message, or into repaired_body
    std::shared_ptr<const std::string> repaired_body;  // when its first line was taken for a header
    bool has_crlf = false;                             // the first or the last line ends in CRLF
    bool has_separator = false;

    std::string_view line_end() const { return has_crlf ? "\r\n" : "\n"; }
    // Values of a header as they stand, folds and final newline included, top to bottom. A header
    // that runs into the end of the mail without a newline is given unfolded and trimmed (encoded
    // words are left as they are there, which SpamAssassin would decode).
    std::vector<std::string> header_values(std::string_view name) const;
    std::optional<std::string> header(std::string_view name) const;  // the last one
};

// `bytes` must outlive the result. An empty message counts as a single newline.
PristineMessage split_message(std::string_view bytes);

// Every "\r\n" and "\n" as `line_end`.
std::string with_line_ends(std::string_view text, std::string_view line_end);

}  // namespace scan

#endif  // SCAN_PRISTINE_H
