// What the user names to be read: files, directories, mailboxes, with wildcards.

#ifndef MAILBOX_TARGET_H
#define MAILBOX_TARGET_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailbox {

enum class Format {
    Detect,     // a directory; an mbox when ".mbox" is in its path; else one message
    File,       // one message
    Directory,  // one message a file: Maildir, MH, Cyrus or any other
    Mbox,       // or a directory of them
    Mbx         // or a directory of them
};
std::optional<Format> parse_format(std::string_view name);  // detect file dir mbox mbx

struct Target {
    bool is_spam = false;
    Format format = Format::Detect;
    std::string location;  // may hold wildcards, ~ and {a,b}
};

// "class:format:location" ("spam:mbox:/x", ":dir:/y") or a plain location, which takes the
// defaults. The error, if any, is a sentence.
struct ParsedTarget {
    Target target;
    std::string error;
};
ParsedTarget parse_target(std::string_view text, const Target& defaults);

// The paths a location stands for, sorted. One without wildcards stands for itself whether it
// exists or not; a blank in it is no separator.
std::vector<std::string> expand_location(const std::string& location);

}  // namespace mailbox

#endif  // MAILBOX_TARGET_H
