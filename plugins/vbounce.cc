// Mail::SpamAssassin::Plugin::VBounce: tells bounces of our own mail from bounces of mail that was
// forged in our name, by the relays that the bounced headers show.

#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/address_lists.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

constexpr char kList[] = "welcomelist_bounce_relays";

const rules::AddressList* relays(MessageStatus& s) {
    const auto* list = s.settings().get<rules::AddressLists>().find(kList);
    return list != nullptr && !list->index().empty() ? list : nullptr;
}

class VBounce : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::VBounce"; }

    void register_in(rules::Registration& r) override {
        r.keyword({.name = kList,
                   .aliases = {"whitelist_bounce_relays"},
                   .type = config::ValueType::Globs,
                   .set = rules::add_to_address_list(kList)});
        r.eval("have_any_bounce_relays",
               [](MessageStatus& s, const EvalCall&) -> double { return relays(s) != nullptr; });
        for (const char* function :
             {"check_welcomelist_bounce_relays", "check_whitelist_bounce_relays"})
            r.eval(function, [this](MessageStatus& s, const EvalCall&) -> double {
                return own_relay_shown(s);
            });
    }

private:
    bool names_own(const Pattern& pattern, std::string_view text,
                   const rules::AddressList& list) const {
        bool found = false;
        regex::MatchData m;
        regex::for_each_match(pattern.re(), text, m, [&](const regex::MatchData& host) {
            found = list.matches(util::lower(host.text(1)));
            return !found;
        });
        return found;
    }

    bool own_relay_shown(MessageStatus& s) const {
        const rules::AddressList* list = relays(s);
        if (list == nullptr)
            return false;
        for (const auto& line : s.message().body_lines())
            if (received_(line) && names_own(host_in_line_, line, *list))
                return true;
        // Attached messages are not part of the body text: look at the bytes too.
        std::string_view body = s.message().pristine_body();
        if (!util::icontains(body, "Received:"))
            return false;
        std::string field;
        bool started = false;
        for (auto line : util::split(body, '\n')) {
            if (!started && !received_(line))
                continue;
            started = true;
            if (!line.empty() && util::is_space(line[0]))
                field.append(line);
            else
                field.assign(line);
            // A field grows with each continuation; one absurdly long is not looked at over again.
            if (field.size() <= kMaxField && received_(field) &&
                names_own(host_in_field_, field, *list))
                return true;
        }
        return false;
    }

    static constexpr size_t kMaxField = 16384;
    Pattern received_{"^[> ]*Received:", "i"};
    Pattern host_in_line_{" (\\S+\\.\\S+) "};
    Pattern host_in_field_{"\\s(\\S+\\.\\S+)\\s", "s"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_vbounce() {
    return std::make_unique<VBounce>();
}

}  // namespace plugins
