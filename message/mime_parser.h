// Turns bytes into header fields and a MIME tree, as SpamAssassin's Message.pm does.
//
// Parts are parsed from a queue, not by recursion, so nesting costs no stack; multipart and
// message/rfc822 nesting is followed ParseLimits::max_mime_depth deep, and max_mime_parts caps the
// parts of one multipart. Every oddity that evals ask about is noted in `defects`.

#ifndef MESSAGE_MIME_PARSER_H
#define MESSAGE_MIME_PARSER_H

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "message/message.h"
#include "message/part.h"

namespace message {

// The outer shell of a message: separator line, header section and body, as bytes.
struct Envelope {
    std::string mbox_separator;
    std::string
        headers;  // with line ends repaired (bare LF in a CRLF message), blank line included
    std::string body_front;  // repaired first line of the body, in front of `body`
    std::string_view body;   // into the input
    bool crlf = false;       // first or last line ends in CR LF
};

class MimeParser {
public:
    MimeParser(const Message& message, const ParseLimits& limits, Defects& defects)
        : message_(message), limits_(limits), defects_(defects) {}

    // Fills `root` and its tree. `bytes` must live until parse() returns; the envelope's body view
    // points into it.
    Envelope parse(std::string_view bytes, Part& root);

private:
    struct Job {
        Part* part;
        std::optional<std::string> boundary;
        std::shared_ptr<std::string> text;  // owns the lines
        std::vector<std::string_view> lines;
        size_t depth_left;
    };
    // Header section and body lines of a message into a job; for the outermost one and for every
    // message/rfc822 inside.
    Envelope begin_message(std::string_view bytes, Part& part, size_t depth_left, Defects& defects);
    void add_header(Part& part, std::string_view name, std::string raw);
    void parse_multipart(Job& job);
    void parse_normal(Job& job);
    void note_epilogue(const std::vector<std::string_view>& lines, size_t from);
    Part* new_part(Part& parent);

    const Message& message_;
    const ParseLimits& limits_;
    Defects& defects_;
    std::deque<Job> queue_;
    std::map<std::string, int> boundary_state_;  // opened and not closed
};

}  // namespace message

#endif  // MESSAGE_MIME_PARSER_H
