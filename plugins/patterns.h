// Patterns that several plugins share (SpamAssassin's Constants.pm), and a short way to keep a
// plugin's own patterns compiled before the fork: as members of the plugin object.

#ifndef PLUGINS_PATTERNS_H
#define PLUGINS_PATTERNS_H

#include <string>
#include <string_view>

#include "regex/regex.h"

namespace plugins {

// An IPv4 or IPv6 address anywhere in a text; meant for Pattern's "@IP@".
extern const char kIpAddress[];
// One IPv4 address, bounded by word boundaries; "@IP4@".
extern const char kIpv4Address[];
// Names of charsets whose encoded letters look like capitals; "@CAPS@" (needs flag i).
extern const char kCharsetsLikeCaps[];

// A compiled pattern of our own source; "@IP@", "@IP4@", "@CAPS@" in it stand for the above.
class Pattern {
public:
    explicit Pattern(std::string_view text, std::string_view flags = "");
    bool operator()(std::string_view subject) const { return re_.search(subject); }
    bool operator()(std::string_view subject, regex::MatchData& m, size_t from = 0) const {
        return re_.search(subject, m, from);
    }
    const regex::Regex& re() const { return re_; }

private:
    regex::Regex re_;
};

// s/\s+/ /g
std::string squeeze(std::string_view text);
// A literal piece of a pattern, as \Q...\E.
std::string quote(std::string_view text);
// False: no pattern that contains quote(literal) matches in `text`, whatever its flags. A look
// before a pattern is compiled for one message; case is ignored more freely than any pattern does.
bool may_contain(std::string_view text, std::string_view literal);

}  // namespace plugins

#endif  // PLUGINS_PATTERNS_H
