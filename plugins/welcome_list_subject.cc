// Mail::SpamAssassin::Plugin::WelcomeListSubject: subjects that are always, or never, welcome.

#include "plugins/makers.h"
#include "rules/address_lists.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

struct SubjectLists {
    // Globs that match anywhere in the subject, lower case.
    std::vector<std::string> welcome, block;
};

// '*' any run, '?' one character, found anywhere in `text`.
bool contains_glob(std::string_view text, std::string_view glob) {
    // A glob with a star at either end is the same question for the whole text.
    std::string pattern = "*" + std::string(glob) + "*";
    size_t t = 0, p = 0, star = std::string::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) &&
            pattern[p] != '*') {
            ++t;
            ++p;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (star != std::string::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

double listed(MessageStatus& s, std::vector<std::string> SubjectLists::*list) {
    std::string subject = util::lower(s.get("Subject"));
    if (subject.empty())
        return 0;
    for (const auto& glob : s.settings().get<SubjectLists>().*list)
        if (contains_glob(subject, glob))
            return 1;
    return 0;
}

class WelcomeListSubject : public rules::Plugin {
public:
    std::string_view name() const override {
        return "Mail::SpamAssassin::Plugin::WelcomeListSubject";
    }
    std::vector<std::string_view> aliases() const override {
        return {"Mail::SpamAssassin::Plugin::WhiteListSubject"};
    }

    void register_in(rules::Registration& r) override {
        auto keyword = [&](const char* name, const char* old,
                           std::vector<std::string> SubjectLists::*list) {
            r.keyword({.name = name,
                       .aliases = {old},
                       .type = config::ValueType::Globs,
                       .set = [list](config::Settings& s, const config::Directive& d,
                                     config::Diagnostics& diagnostics) {
                           if (d.value.empty())
                               config::report_missing(d, diagnostics);
                           else
                               (s.edit<SubjectLists>().*list).push_back(util::lower(d.value));
                       }});
        };
        keyword("welcomelist_subject", "whitelist_subject", &SubjectLists::welcome);
        keyword("blocklist_subject", "blacklist_subject", &SubjectLists::block);
        for (const char* function : {"check_subject_in_welcomelist", "check_subject_in_whitelist"})
            r.eval(function, [](MessageStatus& s, const EvalCall&) {
                return listed(s, &SubjectLists::welcome);
            });
        for (const char* function : {"check_subject_in_blocklist", "check_subject_in_blacklist"})
            r.eval(function, [](MessageStatus& s, const EvalCall&) {
                return listed(s, &SubjectLists::block);
            });
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_welcome_list_subject() {
    return std::make_unique<WelcomeListSubject>();
}

}  // namespace plugins
