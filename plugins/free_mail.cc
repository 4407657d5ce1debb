// Mail::SpamAssassin::Plugin::FreeMail: addresses at providers where anybody gets one.

#include <algorithm>
#include <set>
#include <unordered_set>

#include "plugins/correspondents.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/address_lists.h"
#include "rules/core_settings.h"
#include "rules/plugin.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;
using StringSet = std::unordered_set<std::string, util::StringHash, std::equal_to<>>;

struct FreeMailSettings {
    double max_body_emails = 5, max_body_freemails = 3;
    bool skip_when_over_max = true, skip_bulk_envfrom = true, add_describe_email = true;
    bool import_welcomelist_auth = false, import_def_welcomelist_auth = false;
    StringSet domains, wildcard_domains, welcomelist;
    std::shared_ptr<const regex::Regex> wildcards;  // of wildcard_domains, made when all is read
};

// Addresses in the body, read once a message.
struct BodyEmails {
    bool parsed = false, over_limit = false;
    std::vector<std::string> freemails;
};

// Local part and domain by the rules of this plugin; the top-level domain (group 2) is looked up
// by the caller, not spelled out here.
constexpr char kEmail[] =
    "(?=.{0,64}\\@)(?<![a-z0-9!#$%&'*+\\/=?^_`{|}~-])([a-z0-9!#$%&'*+\\/"
    "=?^_`{|}~-]+(?:\\.[a-z0-9!#$%&'*+\\/=?^_`{|}~-]+)*\\@"
    "(?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\\.){1,4}(?<![a-zA-Z0-9-])([a-z0-9-]+)(?!(?:[a-zA-Z0-9-"
    "]|\\.[a-zA-Z0-9])))";

class FreeMail : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::FreeMail"; }

    void register_in(rules::Registration& r) override {
        auto value = [&](const char* keyword, config::ValueType type, const char* fallback,
                         config::Setter set, std::vector<std::string> aliases = {}) {
            r.keyword({.name = keyword,
                       .aliases = std::move(aliases),
                       .type = type,
                       .default_value = fallback,
                       .set = std::move(set)});
        };
        using config::ValueType;
        value("freemail_max_body_emails", ValueType::Number, "5",
              config::set_number(&FreeMailSettings::max_body_emails));
        value("freemail_max_body_freemails", ValueType::Number, "3",
              config::set_number(&FreeMailSettings::max_body_freemails));
        value("freemail_skip_when_over_max", ValueType::Number, "1",
              config::set_number(&FreeMailSettings::skip_when_over_max));
        value("freemail_skip_bulk_envfrom", ValueType::Number, "1",
              config::set_number(&FreeMailSettings::skip_bulk_envfrom));
        value("freemail_add_describe_email", ValueType::Number, "1",
              config::set_number(&FreeMailSettings::add_describe_email));
        value("freemail_import_welcomelist_auth", ValueType::Number, "0",
              config::set_number(&FreeMailSettings::import_welcomelist_auth),
              {"freemail_import_whitelist_auth"});
        value("freemail_import_def_welcomelist_auth", ValueType::Number, "0",
              config::set_number(&FreeMailSettings::import_def_welcomelist_auth),
              {"freemail_import_def_whitelist_auth"});
        value("freemail_domains", ValueType::Globs, "", add_domains);
        value("freemail_welcomelist", ValueType::Words, "", add_welcome, {"freemail_whitelist"});

        r.prepared_eval("check_freemail_header",
                        [this](const EvalCall& c, config::Diagnostics& d,
                               const config::SourcePosition& p) -> rules::EvalFunction {
                            if (c.args.empty()) {
                                d.warn(p, "freemail: check_freemail_header needs argument");
                                return [](MessageStatus&, const EvalCall&) -> double { return 0; };
                            }
                            return with_regex(c, 1, d, p,
                                              [this](MessageStatus& s, const EvalCall& call,
                                                     const regex::Regex* re) {
                                                  auto addresses = addresses_of(s, call.arg(0));
                                                  return any_freemail(s, call, addresses, re);
                                              });
                        });
        r.prepared_eval("check_freemail_from", [this](const EvalCall& c, config::Diagnostics& d,
                                                      const config::SourcePosition& p) {
            return with_regex(
                c, 0, d, p, [this](MessageStatus& s, const EvalCall& call, const regex::Regex* re) {
                    return any_freemail(s, call, senders(s), re);
                });
        });
        r.prepared_eval("check_freemail_body", [this](const EvalCall& c, config::Diagnostics& d,
                                                      const config::SourcePosition& p) {
            return with_regex(
                c, 0, d, p, [this](MessageStatus& s, const EvalCall& call, const regex::Regex* re) {
                    return body_hit(s, call, re);
                });
        });
        r.eval("check_freemail_replyto",
               [this](MessageStatus& s, const EvalCall& c) -> double { return replyto(s, c); });
    }

    void finish_parsing_end(rules::RuleSetBuilder&, config::Settings& settings,
                            config::Diagnostics&) override {
        const auto& now = settings.get<FreeMailSettings>();
        if (now.wildcard_domains.empty())
            return;
        std::string all;
        for (std::string domain : now.wildcard_domains) {
            domain = util::replace_all(std::move(domain), ".", "\\.");
            domain = util::replace_all(std::move(domain), "?", ".");
            domain = util::replace_all(std::move(domain), "*", "[^.]*");
            all += (all.empty() ? "" : "|") + domain;
        }
        auto compiled = regex::Regex::compile("\\@(?:" + all + ")$");
        if (compiled)
            settings.edit<FreeMailSettings>().wildcards =
                std::make_shared<regex::Regex>(std::move(*compiled));
    }

private:
    static void add_domains(config::Settings& settings, const config::Directive& d,
                            config::Diagnostics& diagnostics) {
        auto& s = settings.edit<FreeMailSettings>();
        for (auto word : util::words(d.value)) {
            bool good = std::all_of(word.begin(), word.end(), [](unsigned char c) {
                return util::is_alnum(c) || c == '.' || c == '*' || c == '?' || c == '-';
            });
            if (!good)
                diagnostics.warn(d.position,
                                 "freemail: invalid freemail_domains: " + std::string(word));
            else if (word.find_first_of("*?") != std::string_view::npos)
                s.wildcard_domains.insert(util::lower(word));
            else
                s.domains.insert(util::lower(word));
        }
    }

    static void add_welcome(config::Settings& settings, const config::Directive& d,
                            config::Diagnostics& diagnostics) {
        for (auto word : util::words(d.value)) {
            bool good = false;
            for (size_t i = 1; i + 1 < word.size(); ++i)
                good |= (word[i] == '.' || word[i] == '@') && util::is_word(word[i - 1]) &&
                        util::is_word(word[i + 1]);
            if (good)
                settings.edit<FreeMailSettings>().welcomelist.insert(util::lower(word));
            else
                diagnostics.warn(d.position,
                                 "freemail: invalid freemail_welcomelist: " + std::string(word));
        }
    }

    // Compiles the rule's optional regex argument once.
    template <typename Test>
    static rules::EvalFunction with_regex(const EvalCall& c, size_t argument,
                                          config::Diagnostics& diagnostics,
                                          const config::SourcePosition& position, Test test) {
        std::shared_ptr<const regex::Regex> re;
        if (argument < c.args.size()) {
            auto compiled = regex::Regex::compile(c.args[argument]);
            if (!compiled) {
                diagnostics.warn(position, "freemail: invalid regexp for " +
                                               std::string(c.rule_name) + ": " +
                                               compiled.error().message);
                return [](MessageStatus&, const EvalCall&) -> double { return 0; };
            }
            re = std::make_shared<regex::Regex>(std::move(*compiled));
        }
        return [re, test](MessageStatus& s, const EvalCall& call) -> double {
            return test(s, call, re.get());
        };
    }

    static bool available(const FreeMailSettings& f) {
        return !f.domains.empty() || !f.wildcard_domains.empty();
    }

    // `email` in lower case.
    bool is_freemail(MessageStatus& s, std::string_view email) const {
        const auto& f = s.settings().get<FreeMailSettings>();
        if (email.empty() || f.welcomelist.find(email) != f.welcomelist.end())
            return false;
        size_t at = email.rfind('@');
        std::string_view domain = at == std::string_view::npos ? email : email.substr(at + 1);
        if (f.welcomelist.find(domain) != f.welcomelist.end() || functional_(email))
            return false;
        const auto& lists = s.settings().get<rules::AddressLists>();
        auto imported = [&](bool wanted, const char* name) {
            const rules::AddressList* list = wanted ? lists.find(name) : nullptr;
            return list != nullptr && list->matches(email);
        };
        if (imported(f.import_welcomelist_auth, "welcomelist_auth") ||
            imported(f.import_def_welcomelist_auth, "def_welcomelist_auth"))
            return false;
        return f.domains.find(domain) != f.domains.end() ||
               (f.wildcards && f.wildcards->search(email));
    }

    static void log_address(MessageStatus& s, const EvalCall& c, std::string text) {
        if (s.settings().get<FreeMailSettings>().add_describe_email)
            s.test_log(c.rule, util::replace_all(std::move(text), "@", "(at)"));
    }

    bool any_freemail(MessageStatus& s, const EvalCall& c,
                      const std::vector<std::string>& addresses, const regex::Regex* re) const {
        if (!available(s.settings().get<FreeMailSettings>()))
            return false;
        for (const auto& address : addresses) {
            std::string email = util::lower(address);
            if (is_freemail(s, email) && (re == nullptr || re->search(email))) {
                log_address(s, c, email);
                return true;
            }
        }
        return false;
    }

    bool has_valid_tld(MessageStatus& s, const regex::MatchData& m) const {
        const auto& registry = s.message().settings().registry;
        return registry && registry->is_valid_tld(m.text(2));
    }

    // nullptr when there are more addresses than the limits allow.
    const std::vector<std::string>* body_freemails(MessageStatus& s) const {
        auto& body = s.state<BodyEmails>();
        if (body.parsed)
            return body.over_limit ? nullptr : &body.freemails;
        body.parsed = true;
        constexpr size_t kMostFromLinks = 20, kMost = 40;
        std::vector<std::string> emails;
        auto add = [&](std::string email) {
            if (std::find(emails.begin(), emails.end(), email) == emails.end())
                emails.push_back(std::move(email));
        };
        regex::MatchData m;
        for (const auto& uri : s.message().uri_details()) {
            if (uri.types.count("a") == 0 || uri.types.count("parsed") != 0 ||
                !util::istarts_with(uri.raw, "mailto:"))
                continue;
            if (mailto_(uri.raw, m) && has_valid_tld(s, m)) {
                add(util::lower(m.text(1)));
                if (emails.size() >= kMostFromLinks)
                    break;
            }
        }
        // What is cut from a line here (links with an address in them, "Name <address>") stays cut
        // for the body rules that follow, since SpamAssassin edits the very lines they look at.
        for (std::string& line : s.message().editable_body_lines()) {
            if (line.find('@') == std::string::npos && line.find("%40") == std::string::npos)
                continue;
            line = regex::replace_all(link_with_address_.re(), line,
                                      [](const regex::MatchData&) { return std::string(" "); });
            line = regex::replace_all(
                labelled_address_.re(), line, [&](const regex::MatchData& found) {
                    return has_valid_tld(s, found) ? std::string(" ") : std::string(found.text(0));
                });
            bool full = false;
            regex::for_each_match(email_.re(), line, m, [&](const regex::MatchData& found) {
                if (has_valid_tld(s, found))
                    add(util::lower(found.text(1)));
                full = emails.size() >= kMost;
                return !full;
            });
            if (full)
                break;
        }
        const auto& f = s.settings().get<FreeMailSettings>();
        double all = 0, free = 0;
        for (const auto& email : emails) {
            if (++all == f.max_body_emails && f.skip_when_over_max) {
                body.over_limit = true;
                return nullptr;
            }
            if (!is_freemail(s, email))
                continue;
            if (++free == f.max_body_freemails && f.skip_when_over_max) {
                body.over_limit = true;
                return nullptr;
            }
            body.freemails.push_back(email);
        }
        return &body.freemails;
    }

    bool body_hit(MessageStatus& s, const EvalCall& c, const regex::Regex* re) const {
        if (!available(s.settings().get<FreeMailSettings>()))
            return false;
        const auto* emails = body_freemails(s);
        if (emails == nullptr || emails->empty())
            return false;
        if (re == nullptr) {
            log_address(s, c, util::join(*emails, ", "));
            return true;
        }
        for (const auto& email : *emails)
            if (re->search(email)) {
                log_address(s, c, email);
                return true;
            }
        return false;
    }

    bool replyto(MessageStatus& s, const EvalCall& c) const {
        const auto& f = s.settings().get<FreeMailSettings>();
        std::string_view what = c.args.empty() ? std::string_view("replyto") : c.arg(0);
        if (!available(f) || (what != "replyto" && what != "reply"))
            return false;
        if (f.skip_bulk_envfrom)
            if (auto envelope = s.message().get("EnvelopeFrom");
                envelope && bulk_sender_(*envelope))
                return false;
        auto lower_all = [](std::vector<std::string> addresses) {
            for (auto& address : addresses)
                util::lower_in_place(address);
            return addresses;
        };
        auto from = lower_all(addresses_of(s, "From")),
             reply = lower_all(addresses_of(s, "Reply-To"));
        auto any = [&](const std::vector<std::string>& list) {
            return std::any_of(list.begin(), list.end(),
                               [&](const auto& address) { return is_freemail(s, address); });
        };
        bool from_is_free = any(from), reply_is_free = any(reply);
        bool shared = std::any_of(from.begin(), from.end(), [&](const auto& address) {
            return std::find(reply.begin(), reply.end(), address) != reply.end();
        });
        if (from_is_free && reply_is_free && !shared) {
            log_address(s, c, util::join(from, ",") + " -> " + util::join(reply, ","));
            return true;
        }
        if (what == "replyto" ? !reply_is_free
                              : (!reply.empty() && !reply_is_free) || !from_is_free)
            return false;
        const auto* body = body_freemails(s);
        if (body == nullptr)
            return false;
        const auto& answers = what == "replyto" || reply_is_free ? reply : from;
        for (const auto& email : *body)
            for (const auto& answer : answers)
                if (email != answer) {
                    log_address(s, c, answer + ", " + email);
                    return true;
                }
        return false;
    }

    // Mailboxes that providers and lists use for themselves.
    Pattern functional_{
        "^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host|domain)master|"
        "undisclosed.*|request-[a-f0-9]{16}|"
        "bounced?-|[a-f0-9]{8}(?:\\.[a-f0-9]{8}|-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})|"
        ".+=.+=.+)\\@",
        "i"};
    Pattern bulk_sender_{
        "(?:^(?:post|host|domain)master|^double-bounce|^(?:sentto|owner|return|(?:gr)?bounced?)-.+|"
        "-(?:request|bounces?|admin|owner)|\\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)\\@",
        "i"};
    Pattern email_{kEmail, "i"};
    Pattern mailto_{std::string("^mailto:") + kEmail, "i"};
    Pattern link_with_address_{"<?https?:\\/\\/\\S{0,255}(?:\\@|%40)\\S{0,255}", "i"};
    Pattern labelled_address_{
        std::string("<?(?<!mailto:)") + kEmail +
            "(?:>|\\s{1,10}(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)",
        "i"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_free_mail() {
    return std::make_unique<FreeMail>();
}

}  // namespace plugins
