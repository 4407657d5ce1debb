// Mail::SpamAssassin::Plugin::DecodeShortURLs: links through URL shorteners.
//
// Not handled: following them. No HTTP request is ever made, so short_url() answers and the
// functions about redirections never hit.

#include "plugins/makers.h"
#include "rules/core_settings.h"
#include "rules/rule_set_builder.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

struct ShortenerSettings {
    util::StringMap<bool> hosts;  // ".host" stands for any one label before it; true: ask with GET
};

struct ShortUrls {
    bool checked = false, found = false;
};

// The host, lower case, and whether anything but punctuation follows it; "" when it is no HTTP URL.
std::string host_of(std::string_view uri, bool& has_path) {
    if (util::istarts_with(uri, "http://"))
        uri.remove_prefix(7);
    else if (util::istarts_with(uri, "https://"))
        uri.remove_prefix(8);
    else
        return {};
    // user:password@, unless nothing follows that could be a host.
    size_t at = uri.find_first_of("@/?#");
    if (at != std::string_view::npos && uri[at] == '@' && at + 1 < uri.size() &&
        std::string_view("/?#:").find(uri[at + 1]) == std::string_view::npos)
        uri.remove_prefix(at + 1);
    size_t end = std::min(uri.find_first_of("/?#:"), uri.size());
    std::string host = util::lower(uri.substr(0, end));
    std::string_view rest = uri.substr(end);
    if (rest.size() > 1 && rest[0] == ':' && util::is_digit(rest[1])) {
        rest.remove_prefix(1);
        while (!rest.empty() && util::is_digit(rest[0]))
            rest.remove_prefix(1);
    }
    rest = rest.substr(0, rest.find('\n'));
    has_path =
        std::any_of(rest.begin(), rest.end(), [](unsigned char c) { return util::is_word(c); });
    return host;
}

bool is_short(std::string_view uri, const ShortenerSettings& own) {
    bool has_path = false;
    std::string host = host_of(uri.substr(0, uri.find_first_of("#?")), has_path);
    if (host.empty())
        return false;
    auto dots = std::count(host.begin(), host.end(), '.');
    // A bare xxx.yy leads nowhere.
    if (dots == 1 && !has_path)
        return false;
    auto known = [&](std::string_view name) { return own.hosts.find(name) != own.hosts.end(); };
    if (known(host))
        return true;
    size_t first = host.find('.');
    if (dots != 2 || first == 0 || host[first + 1] == '.' || host.ends_with('.'))
        return false;
    std::string_view name(host);
    if (name.starts_with("www."))
        return known(name.substr(4));
    return !name.starts_with("www") && known(name.substr(first));
}

class DecodeShortUrls : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::DecodeShortURLs"; }

    void register_in(rules::Registration& r) override {
        add_lists(r);
        add_request_keywords(r);
        r.eval("short_url", [](MessageStatus& s, const EvalCall&) -> double {
            auto& state = s.state<ShortUrls>();
            if (!state.checked) {
                state.checked = true;
                state.found = any_short(s);
            }
            return state.found;
        });
        for (const char* function :
             {"short_url_redir", "short_url_200", "short_url_404", "short_url_code",
              "short_url_chained", "short_url_maxchain", "short_url_loop", kLegacy})
            r.eval(function, [](MessageStatus&, const EvalCall&) -> double { return 0; });
        for (const char* feature :
             {"has_short_url", "has_autoclean", "has_short_url_code", "has_user_agent", "has_get",
              "has_clear", "has_timeout", "has_max_redirections", "has_short_url_redir"})
            r.feature(feature);
    }

    void finish_parsing_start(rules::RuleSetBuilder& builder, config::Settings&,
                              config::Diagnostics& diagnostics) override {
        for (rules::RuleId id = 0; id < builder.size(); ++id)
            if (builder.rule(id).header == kLegacy)
                diagnostics.warn(builder.rule(id).position,
                                 "DecodeShortURLs: eval function short_url_tests() is no longer "
                                 "supported, rules have to name short_url() and the like");
    }

private:
    static constexpr char kLegacy[] = "short_url_tests";

    static void add_lists(rules::Registration& r) {
        auto add = [&](const char* keyword, bool get, const char* help) {
            r.keyword({.name = keyword,
                       .help = help,
                       .set = [get](config::Settings& s, const config::Directive& d,
                                    config::Diagnostics& diagnostics) {
                           if (d.value.empty())
                               return config::report_missing(d, diagnostics);
                           for (auto word : util::words(d.value))
                               s.edit<ShortenerSettings>().hosts[util::lower(word)] = get;
                       }});
        };
        add("url_shortener", false, "Hosts that shorten URLs.");
        add("url_shortener_get", true, "Hosts that shorten URLs and answer GET only.");
        r.keyword(
            {.name = "clear_url_shortener",
             .help = "Takes hosts off the list, or all.",
             .set = [](config::Settings& s, const config::Directive& d, config::Diagnostics&) {
                 auto& hosts = s.edit<ShortenerSettings>().hosts;
                 if (d.value.empty())
                     hosts.clear();
                 for (auto word : util::words(d.value))
                     hosts.erase(util::lower(word));
             }});
    }

    // About requests and their cache: read and checked.
    static void add_request_keywords(rules::Registration& r) {
        using config::ValueType;
        using config::Who;
        static constexpr struct {
            const char* name;
            ValueType type;
            Who who;
            const char* value;
        } kRows[] = {
            {"url_shortener_cache_type", ValueType::String, Who::Privileged, ""},
            {"url_shortener_cache_dsn", ValueType::String, Who::Privileged, ""},
            {"url_shortener_cache_username", ValueType::String, Who::Privileged, ""},
            {"url_shortener_cache_password", ValueType::String, Who::Privileged, ""},
            {"url_shortener_cache_ttl", ValueType::Number, Who::Admin, "86400"},
            {"url_shortener_cache_autoclean", ValueType::Number, Who::Admin, "1000"},
            {"url_shortener_loginfo", ValueType::Bool, Who::Admin, "0"},
            {"url_shortener_timeout", ValueType::Number, Who::Admin, "5"},
            {"max_short_urls", ValueType::Number, Who::Admin, "10"},
            {"max_short_url_redirections", ValueType::Number, Who::Admin, "10"},
            {"url_shortener_user_agent", ValueType::String, Who::Admin, ""},
        };
        for (const auto& row : kRows)
            r.keyword({.name = row.name,
                       .type = row.type,
                       .who = row.who,
                       .default_value = row.value,
                       .help = "Read, without effect: no request is made.",
                       .set = rules::keep_in_other(row.type)});
    }

    static bool any_short(MessageStatus& s) {
        const auto& own = s.settings().get<ShortenerSettings>();
        if (own.hosts.empty())
            return false;
        for (const message::Uri& uri : s.message().uri_details())
            if (!uri.domains.empty() && !uri.cleaned.empty() && is_short(uri.raw, own))
                return true;
        return false;
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_decode_short_urls() {
    return std::make_unique<DecodeShortUrls>();
}

}  // namespace plugins
