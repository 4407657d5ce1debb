// Marks a message up: X-Spam-* headers, tagged Subject/From/To, and for spam under report_safe 1
// and 2 the report with the original attached (PerMsgStatus.pm rewrite_mail).
//
// The body of a message, and a whole message that gets attached, goes out byte for byte as it came.
// What is inserted takes the line ends of the message.

#ifndef SCAN_REWRITER_H
#define SCAN_REWRITER_H

#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rules/core_settings.h"
#include "scan/pristine.h"
#include "scan/template.h"

namespace scan {

// "original message before SpamAssassin": how an attached original is described, and recognised.
extern const char kEncapsulatedDescription[];

struct Markup {
    const rules::CoreSettings& settings;
    TagSource tags{};
    bool is_spam = false;
    std::optional<std::string> subject_prefix{};  // a template; see Verdict
    // Only asked for when the original gets wrapped.
    std::function<std::string()> report{};
    std::optional<std::string> content_type{};  // of the message, decoded
    std::string host_name{};
    std::string date{};                  // RFC 5322, for the Received line
    std::time_t now = 0;                 // for the boundary
    std::function<uint32_t()> random{};  // for the boundary
};

std::string rewrite_message(const PristineMessage& message, const Markup& markup);
// As rewrite_message, but only up to and including the first blank line.
std::string rewrite_headers(const PristineMessage& message, const Markup& markup);

// The X-Spam-* block for spam or ham, lines ending in LF.
std::string added_headers(const rules::CoreSettings& settings, bool is_spam, const TagSource& tags);

}  // namespace scan

#endif  // SCAN_REWRITER_H
