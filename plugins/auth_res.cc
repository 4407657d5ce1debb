#include "plugins/auth_res.h"

#include <algorithm>

#include "plugins/makers.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

struct Method {
    std::string_view name, results, properties;  // properties: "ptype.name", "*" for any name
};

// What is registered for e-mail authentication, and what is seen in the wild beside it.
constexpr Method kMethods[] = {
    {"arc", "fail none pass", "smtp.remote-ip header.oldest-pass arc.chain"},
    {"auth", "fail none pass permerror temperror", "smtp.auth smtp.mailfrom"},
    {"dkim", "fail neutral none pass permerror policy temperror",
     "header.d header.i header.b header.a header.s"},
    {"dkim-adsp", "discard fail none nxdomain pass permerror temperror unknown", "header.from"},
    {"dkim-atps", "fail none pass permerror temperror neutral", "header.from"},
    {"dmarc", "bestguesspass fail none pass permerror temperror", "header.from policy.dmarc"},
    {"dnswl", "none pass permerror temperror", "dns.zone dns.sec policy.ip policy.txt"},
    {"domainkeys", "fail neutral none permerror policy pass temperror",
     "header.d header.from header.sender"},
    {"iprev", "fail pass permerror temperror", "policy.iprev"},
    {"rrvs", "fail none pass permerror temperror unknown", "smtp.rcptto"},
    {"sender-id", "fail hardfail neutral none pass permerror policy softfail temperror",
     "header.*"},
    {"smime", "fail neutral none pass permerror policy temperror",
     "body.smime-part body.smime-identifer body.smime-serial body.smime-issuer"},
    {"spf", "fail hardfail neutral none pass permerror policy softfail temperror",
     "smtp.mailfrom smtp.mfrom smtp.helo smtp.rcpttodomain"},
    {"vbr", "fail none pass permerror temperror", "header.md header.mv"},
};

const Method* find_method(std::string_view name) {
    for (const Method& m : kMethods)
        if (m.name == name)
            return &m;
    return nullptr;
}

bool has_word(std::string_view words, std::string_view word) {
    auto all = util::words(words);
    return std::find(all.begin(), all.end(), word) != all.end();
}

bool has_ptype(const Method& m, std::string_view ptype) {
    auto all = util::words(m.properties);
    return std::any_of(all.begin(), all.end(), [&](std::string_view p) {
        return p.size() > ptype.size() && p.starts_with(ptype) && p[ptype.size()] == '.';
    });
}

bool has_property(const Method& m, const std::string& ptype, const std::string& name) {
    return has_word(m.properties, ptype + "." + name) || has_word(m.properties, ptype + ".*");
}

bool is_token(unsigned char c) {
    return c > 0x20 && c < 0x80 &&
           std::string_view("()<>@,;:/[]?=\"").find(static_cast<char>(c)) == std::string_view::npos;
}
bool is_atom(unsigned char c) {
    return util::is_alnum(c) ||
           (c != 0 && std::string_view("@!#$%&\\'*+-/=?^_`{|}~").find(static_cast<char>(c)) !=
                          std::string_view::npos);
}
bool is_name(unsigned char c) {
    return util::is_word(c) || c == '-';
}

// Each step answers whether it could be taken; one that cannot ends the header.
class FieldParser {
public:
    FieldParser(std::string_view text, const AuthServers& servers) : s_(text), servers_(servers) {}

    bool parse(bool is_arc, std::vector<std::pair<std::string, AuthResult>>& methods) {
        int arc_index = 0;
        if (is_arc && !arc(arc_index))
            return false;
        std::string authserv = util::lower(run(is_token));
        // "spf=pass": somebody left the server out.
        if (authserv.empty() || at('='))
            return false;
        if (!servers_.trusted.empty() && servers_.trusted.count(authserv) == 0)
            return false;
        if (servers_.ignored.count(authserv) != 0)
            return false;
        if (!skip())
            return false;
        if (!run(util::is_digit).empty() && !skip())
            return false;
        if (!take(';') || !skip())
            return false;
        while (pos_ < s_.size()) {
            AuthResult r;
            r.authserv = authserv;
            r.arc_index = arc_index;
            std::string method;
            if (!one_method(authserv, method, r))
                return false;
            methods.emplace_back(std::move(method), std::move(r));
        }
        return true;
    }

private:
    bool at(char c) const { return pos_ < s_.size() && s_[pos_] == c; }
    bool take(char c) {
        if (!at(c))
            return false;
        ++pos_;
        return true;
    }
    template <typename Is>
    std::string_view run(Is is) {
        size_t from = pos_;
        while (pos_ < s_.size() && is(static_cast<unsigned char>(s_[pos_])))
            ++pos_;
        return s_.substr(from, pos_ - from);
    }
    bool take_word(std::string_view word) {
        if (!util::iequals(s_.substr(pos_, word.size()), word))
            return false;
        size_t end = pos_ + word.size();
        if (end < s_.size() && util::is_word(static_cast<unsigned char>(s_[end])))
            return false;
        pos_ = end;
        return true;
    }

    // Blanks, one comment, blanks. False when the comment does not end.
    bool skip() {
        run(util::is_space);
        if (!take('('))
            return true;
        for (int depth = 1; depth > 0; ++pos_) {
            pos_ = std::min(s_.find_first_of("()", pos_), s_.size());
            if (pos_ == s_.size())
                return false;
            depth += s_[pos_] == '(' ? 1 : -1;
        }
        run(util::is_space);
        return true;
    }

    // "i=1;"
    bool arc(int& index) {
        if (!at('i') || !take_word("i") || !skip() || !take('=') || !skip())
            return false;
        index = static_cast<int>(util::parse_int(run(util::is_digit)).value_or(0));
        return index >= 1 && index <= 50 && skip() && take(';') && skip();
    }

    bool one_method(const std::string& authserv, std::string& method, AuthResult& r) {
        // Some say again who they are.
        if (s_.substr(pos_, authserv.size()) == authserv) {
            size_t end = pos_ + authserv.size();
            while (end < s_.size() && util::is_space(static_cast<unsigned char>(s_[end])))
                ++end;
            if (end < s_.size() && s_[end] == ';') {
                pos_ = end + 1;
                if (!skip())
                    return false;
            }
        }
        if (take_word("none"))
            return false;
        method = util::lower(run(is_name));
        const Method* known = find_method(method);
        if (known == nullptr || !skip())
            return false;
        if (take('/') && (!skip() || run(util::is_digit).empty() || !skip()))
            return false;
        if (!take('=') || !skip())
            return false;
        r.result = std::string(run(util::is_word));
        if (r.result.empty() || !has_word(known->results, r.result) || !skip())
            return false;
        if (take_word("reason") &&
            !(skip() && take('=') && skip() && loose_text(r.reason) && skip()))
            return false;
        std::string ignored;
        if (take_word("action") &&
            !(skip() && take('=') && skip() && loose_text(ignored) && skip()))
            return false;
        while (pos_ < s_.size()) {
            if (take(';'))
                return skip();
            if (!property(*known, r))
                return false;
            if (take(';'))
                return skip();
        }
        return true;
    }

    // ptype.name=value
    bool property(const Method& method, AuthResult& r) {
        std::string ptype = util::lower(run(is_name));
        if (ptype.empty() || !has_ptype(method, ptype) || !skip() || !take('.') || !skip())
            return false;
        std::string name = util::lower(run(is_name));
        if (name.empty() || !has_property(method, ptype, name) || !skip() || !take('=') || !skip())
            return false;
        return value(r.properties[ptype][name]) && skip();
    }

    bool quoted(std::string& out) {
        if (!take('"'))
            return false;
        size_t from = pos_;
        while (pos_ < s_.size() && s_[pos_] != '"') {
            if (s_[pos_] == '\\' && pos_ + 1 == s_.size())
                break;
            pos_ += s_[pos_] == '\\' ? 2 : 1;
        }
        out = s_.substr(from, pos_ - from);
        take('"');
        return true;
    }

    // A quoted string here, or the next token wherever it stands.
    bool loose_text(std::string& out) {
        if (quoted(out))
            return true;
        while (pos_ < s_.size() && !is_token(static_cast<unsigned char>(s_[pos_])))
            ++pos_;
        out = run(is_token);
        return !out.empty();
    }

    // A quoted string here, or the next words that end at a blank, a semicolon or the end.
    bool value(std::string& out) {
        if (quoted(out))
            return true;
        auto ends = [&](size_t end) {
            return end == s_.size() || s_[end] == ';' ||
                   util::is_space(static_cast<unsigned char>(s_[end]));
        };
        size_t atoms_end = 0, token_end = 0;  // of the runs that the position lies in
        for (size_t p = pos_; p < s_.size(); ++p) {
            auto c = static_cast<unsigned char>(s_[p]);
            if (is_atom(c)) {
                if (p >= atoms_end)
                    atoms_end = end_of_atoms(p);
                if (ends(atoms_end)) {
                    out = s_.substr(p, atoms_end - p);
                    pos_ = atoms_end;
                    return true;
                }
            }
            if (is_token(c)) {
                if (p >= token_end)
                    for (token_end = p; token_end < s_.size() &&
                                        is_token(static_cast<unsigned char>(s_[token_end]));)
                        ++token_end;
                if (ends(token_end)) {
                    out = s_.substr(p, token_end - p);
                    pos_ = token_end;
                    return true;
                }
            }
        }
        return false;
    }

    // Of atom(.atom)*
    size_t end_of_atoms(size_t p) const {
        auto atom = [&](size_t i) {
            return i < s_.size() && is_atom(static_cast<unsigned char>(s_[i]));
        };
        while (atom(p) || (p < s_.size() && s_[p] == '.' && atom(p + 1)))
            ++p;
        return p;
    }

    std::string_view s_;
    size_t pos_ = 0;
    const AuthServers& servers_;
};

struct AuthResSettings {
    std::string networks = "internal";
    AuthServers servers;
};

config::Setter add_servers(std::set<std::string, std::less<>> AuthServers::*list) {
    return
        [list](config::Settings& s, const config::Directive& d, config::Diagnostics& diagnostics) {
            if (d.value.empty())
                return config::report_missing(d, diagnostics);
            for (auto word : util::words(d.value))
                (s.edit<AuthResSettings>().servers.*list).insert(util::lower(word));
        };
}

class AuthRes : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::AuthRes"; }
    // Others build on the results.
    int parsed_metadata_order() const override { return -10; }

    void register_in(rules::Registration& r) override {
        using config::Who;
        r.keyword({.name = "authres_networks",
                   .type = config::ValueType::String,
                   .who = Who::Admin,
                   .default_value = "internal",
                   .help = "Whose headers count: internal, trusted or all.",
                   .set = [](config::Settings& s, const config::Directive& d,
                             config::Diagnostics& diagnostics) {
                       std::string value = util::lower(d.value);
                       if (value.empty())
                           return config::report_missing(d, diagnostics);
                       if (value != "internal" && value != "trusted" && value != "all")
                           return config::report_invalid(d, diagnostics);
                       s.edit<AuthResSettings>().networks = std::move(value);
                   }});
        r.keyword({.name = "authres_trusted_authserv",
                   .who = Who::Admin,
                   .help = "Servers whose headers count; without any, all do.",
                   .set = add_servers(&AuthServers::trusted)});
        r.keyword({.name = "authres_ignored_authserv",
                   .who = Who::Admin,
                   .help = "Servers whose headers do not count.",
                   .set = add_servers(&AuthServers::ignored)});
        r.eval("check_authres_result", [](MessageStatus& s, const EvalCall& c) -> double {
            auto result = result_of(s, c.arg(0));
            std::string wanted = util::lower(c.arg(1));
            return wanted == "missing" ? !result : result && *result == wanted;
        });
    }

    void parsed_metadata(MessageStatus& s) override {
        const auto& own = s.settings().get<AuthResSettings>();
        std::string_view headers = s.get(own.networks == "internal"  ? "ALL-INTERNAL"
                                         : own.networks == "trusted" ? "ALL-TRUSTED"
                                                                     : "ALL");
        for (auto line : util::split(headers, '\n')) {
            size_t colon = line.find(':');
            if (colon == std::string_view::npos)
                continue;
            auto field = line.substr(0, colon), value = util::trim_left(line.substr(colon + 1));
            if (!value.empty() && (util::iequals(field, "Authentication-Results") ||
                                   util::iequals(field, "ARC-Authentication-Results")))
                parse_auth_results(field, value, own.servers, s.state<AuthResults>());
        }
    }

private:
    // "pass" wins over the others, then the first.
    static std::optional<std::string_view> result_of(MessageStatus& s, std::string_view method) {
        const auto& all = s.state<AuthResults>();
        auto it = all.find(method);
        if (it == all.end())
            return std::nullopt;
        for (const AuthResult& r : it->second)
            if (r.result == "pass")
                return r.result;
        return it->second.front().result;
    }
};

}  // namespace

bool parse_auth_results(std::string_view name, std::string_view value, const AuthServers& servers,
                        AuthResults& results) {
    std::vector<std::pair<std::string, AuthResult>> methods;
    if (!FieldParser(value, servers).parse(util::istarts_with(name, "ARC-"), methods))
        return false;
    for (auto& [method, result] : methods)
        results[method].push_back(std::move(result));
    return true;
}

const AuthResults& auth_results(rules::MessageStatus& status) {
    return status.state<AuthResults>();
}

std::unique_ptr<rules::Plugin> make_auth_res() {
    return std::make_unique<AuthRes>();
}

}  // namespace plugins
