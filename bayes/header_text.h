// What of the header Bayes looks at: which fields, and how their values are cut down before they
// are made into words, so that ids, dates and boundaries do not fill the database with tokens that
// are seen once. Follows SpamAssassin's Plugin/Bayes.pm (_tokenize_headers and the pre-chewing).

#ifndef BAYES_HEADER_TEXT_H
#define BAYES_HEADER_TEXT_H

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "message/message.h"

namespace bayes {

struct HeaderText {
    std::string name;   // token prefix without "H" and ":", e.g. "*F" for From
    std::string value;  // values of equal names joined by a blank
};

std::vector<HeaderText> header_texts(const message::Message& message,
                                     const std::set<std::string, std::less<>>& ignored,
                                     bool checked = false);

// Fields that say nothing about the mail or would leak a verdict into it. Name in lower case.
bool is_ignored_header(std::string_view name);
// Fields of which only the presence counts. Name in lower case.
bool is_presence_only_header(std::string_view name);

std::string chew_received(std::string_view value);
std::string chew_message_id(std::string_view value);
std::string chew_content_type(std::string_view value);
std::string chew_addresses(std::string_view value);

}  // namespace bayes

#endif  // BAYES_HEADER_TEXT_H
