// A message as it was before SpamAssassin (or we) marked it up: an attached original is taken out
// again; else X-Spam-* headers go and X-Spam-Prev-* values come back. Marks of 2.x versions are
// known too: the tag in Subject, comments in From and To, "SPAM: ----" reports in the body.
// Follows SpamAssassin.pm remove_spamassassin_markup.
//
// What is not marked up comes back as it was, except that line ends are made those of the first or
// last line, as there.

#ifndef SCAN_MARKUP_REMOVER_H
#define SCAN_MARKUP_REMOVER_H

#include <map>
#include <string>
#include <string_view>

namespace scan {

// Caps on hostile input.
struct RemovalLimits {
    size_t max_restored_headers = 100;  // X-Spam-Prev-* values put back; we write three at most
};

// `rewrite_header` as configured ("Subject" -> tag), for the marks of old versions.
std::string remove_markup(std::string_view message,
                          const std::map<std::string, std::string>& rewrite_header,
                          const RemovalLimits& limits = {});

// The same where no rewrite_header is set.
std::string remove_markup(std::string_view message);

// Does the header carry our checker's mark? (spamd unwraps before it learns only then.)
bool has_checker_version(std::string_view message);

}  // namespace scan

#endif  // SCAN_MARKUP_REMOVER_H
