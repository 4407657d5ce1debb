#include "tests/support/settings_pages.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <vector>

#include "bayes/expiry.h"
#include "bayes/tokenizer.h"
#include "config/reader.h"
#include "daemon/settings.h"
#include "daemon/sql_preferences.h"
#include "daemon/user_engines.h"
#include "daemon/user_preferences.h"
#include "daemon/vpopmail.h"
#include "html/renderer.h"
#include "message/settings.h"
#include "plugins/plugins.h"
#include "protocol/request_parser.h"
#include "protocol/response_parser.h"
#include "rules/core_settings.h"
#include "rules/rule_set_builder.h"
#include "scan/markup_remover.h"
#include "util/check.h"

namespace {

// Plugins whose keywords are read and do nothing, by short name.
std::map<std::string, bool>& inert_plugins() {
    static std::map<std::string, bool> inert;
    return inert;
}

std::string short_name(std::string_view plugin) {
    constexpr std::string_view kPrefix = "Mail::SpamAssassin::Plugin::";
    return std::string(plugin.starts_with(kPrefix) ? plugin.substr(kPrefix.size()) : plugin);
}

std::string number_text(unsigned long long n) {
    std::string text = std::to_string(n);
    for (size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

// "constexpr size_t kMaxLine = 2048;" of a file: 2,048.
std::string constant(const std::string& sources, const std::string& path, const std::string& name) {
    std::ifstream file(sources + "/" + path);
    std::stringstream all;
    all << file.rdbuf();
    std::string text = all.str();
    for (size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += name.size()) {
        size_t from = at + name.size();
        if (text.compare(from, 3, " = ") == 0)
            from += 3;
        else if (text[from] == '{')
            from += 1;
        else
            continue;
        std::string value = text.substr(from, text.find_first_of(",;}", from) - from);
        value.erase(std::remove(value.begin(), value.end(), '\''), value.end());
        // A product, as 64 * 1024.
        unsigned long long product = 1;
        std::stringstream factors(value);
        for (std::string factor; factors >> factor;)
            if (factor != "*")
                product *= std::stoull(factor);
        return number_text(product);
    }
    return "?";
}

class Page {
public:
    Page(const config::Schema& schema, std::string sources)
        : schema_(schema), sources_(std::move(sources)) {}

    void section(const char* title) {
        out +=
            "\n## " + std::string(title) +
            "\n\n| limit | default | unit | when it is reached | set by |\n|---|---|---|---|---|\n";
    }
    void row(const std::string& what, const std::string& value, const std::string& unit,
             const std::string& reached, const std::string& where) {
        out +=
            "| " + what + " | " + value + " | " + unit + " | " + reached + " | " + where + " |\n";
    }
    void built_in(const std::string& what, unsigned long long value, const std::string& unit,
                  const std::string& reached, const std::string& name) {
        row(what, number_text(value), unit, reached, "built in: `" + name + "`");
    }
    void constant_of(const std::string& what, const std::string& path, const std::string& name,
                     const std::string& unit, const std::string& reached) {
        row(what, constant(sources_, path, name), unit, reached,
            "built in: `" + name + "` in " + path);
    }
    void keyword(const std::string& name, const std::string& unit, const std::string& reached) {
        const config::Keyword* k = schema_.find(name);
        UTIL_CHECK(k != nullptr);
        std::string help = k->help;
        if (!help.empty() && help.back() == '.')
            help.pop_back();
        row("`" + name + "`: " + help, k->default_value, unit, reached,
            k->who == config::Who::User         ? "site's files, user_prefs"
            : k->who == config::Who::Privileged ? "site's files; user_prefs under allow_user_rules"
                                                : "site's files");
    }
    void option(const std::string& name, unsigned long long value, const std::string& unit,
                const std::string& reached) {
        row("`" + name + "`", number_text(value), unit, reached, "command line of spamd");
    }

    std::string out =
        "# Limits\n\n"
        "Made from the code by `settings_pages doc`; a unit test compares. No limit ends a scan or "
        "loses a\n"
        "message: what is over it is not looked at, or the request is refused with a code that "
        "lets "
        "spamc\n"
        "hand the message on as it came.\n";

private:
    const config::Schema& schema_;
    std::string sources_;
};

spamd::Settings daemon_defaults() {
    return spamd::Settings{};
}

std::string type_name(config::ValueType type) {
    switch (type) {
        case config::ValueType::None:
            return "";
        case config::ValueType::Bool:
            return "0|1";
        case config::ValueType::Number:
            return "number";
        case config::ValueType::Duration:
            return "time";
        case config::ValueType::String:
            return "text";
        case config::ValueType::Words:
            return "word ...";
        case config::ValueType::Globs:
            return "address ...";
        case config::ValueType::Networks:
            return "network ...";
        case config::ValueType::KeyValue:
            return "name value";
        case config::ValueType::Template:
            return "text";
        case config::ValueType::Special:
            return "value";
    }
    return "";
}

// As text of a page of mdoc.
std::string mdoc(std::string_view text) {
    std::string out;
    for (char c : text)
        out += c == '\\' ? std::string("\\e") : std::string(1, c);
    if (!out.empty() && (out[0] == '.' || out[0] == '\''))
        out.insert(0, "\\&");
    return out;
}

}  // namespace

const config::Schema& whole_schema() {
    // Setters hold on to these.
    static auto& registry = *new rules::PluginRegistry;
    static auto& builder = *new rules::RuleSetBuilder;
    static auto& conditions = *new rules::RegistryConditions(registry, false);
    static auto& schema = *new config::Schema;
    static const bool made = [] {
        plugins::add_all_keywords(schema, registry, builder);
        config::Settings settings;
        rules::init_core_settings(settings);
        config::Diagnostics diagnostics;
        config::ReadOptions options;
        std::string lines;
        for (const auto& plugin : registry.table()) {
            inert_plugins()[short_name(plugin.name)] = plugin.state == "accepted and inert";
            lines += "loadplugin " + plugin.name + "\n";
        }
        config::Reader(schema, conditions, diagnostics).read_text(lines, "pre", settings, options);
        UTIL_CHECK(diagnostics.error_count() == 0);
        return true;
    }();
    static_cast<void>(made);
    return schema;
}

std::string limits_page(const std::string& sources) {
    const config::Schema& schema = whole_schema();
    Page p(schema, sources);
    const spamd::Settings d = daemon_defaults();
    const protocol::RequestLimits request;
    const protocol::ResponseLimits response;
    const message::ParseLimits parse;
    const html::Limits html;
    const bayes::TokenLimits tokens;
    const bayes::ExpirySettings expiry;
    const spamd::SqlLimits sql;
    const config::ReadOptions read;
    const scan::RemovalLimits removal;

    p.section("A request");
    p.option("--max-size", d.max_message_size, "bytes, as sent and as unpacked",
             "refused with code 69 before it is read; spamc hands the message on");
    p.option("--timeout-tcp", static_cast<unsigned>(d.timeout_tcp), "seconds, 0 for ever",
             "no first line by then: refused with code 79");
    p.option("--timeout-child", static_cast<unsigned>(d.timeout_child), "seconds, 0 for ever",
             "a request that is not there by then is refused with code 79; a scan ends as under "
             "time_limit; a client that does not read its answer is left");
    p.constant_of("over `--timeout-child`", "daemon/master.cc", "kHungGrace", "seconds",
                  "the master kills the worker and starts another; spamc hands the message on");
    p.constant_of("TLS handshake", "daemon/session.cc", "kTlsHandshakeTime", "seconds",
                  "the connection is closed, with a line in the log");
    p.built_in("header lines", request.max_header_lines, "lines", "refused with code 76",
               "protocol::RequestLimits");
    p.built_in("one line", request.max_line_bytes, "bytes", "refused with code 76",
               "protocol::RequestLimits");
    p.built_in("spamc: one line of an answer", response.max_line_bytes, "bytes",
               "the answer is refused, the message handed on", "protocol::ResponseLimits");

    p.section("The daemon");
    p.option("--max-children", static_cast<unsigned>(d.max_children), "processes",
             "further clients wait in the backlog, in order; PING too");
    p.option("--max-conn-per-child", static_cast<unsigned>(d.max_conn_per_child), "requests",
             "the worker is replaced");
    p.constant_of("stopping", "daemon/master.cc", "kStopGrace", "seconds",
                  "workers that are not done are killed");
    p.constant_of("start of `-d`", "daemon/spamd.cc", "kReadyTime", "milliseconds",
                  "whoever started it is told that it is not ready, code 255");

    p.section("A scan");
    p.keyword("time_limit", "seconds, 0 for ever",
              "what was found until then counts, TIME_LIMIT_EXCEEDED hits, the answer is a normal "
              "one");
    p.constant_of("one match of a pattern", "regex/match_state.h", "kMatchLimit", "steps",
                  "the rule does not hit");
    p.constant_of("memory of one match", "regex/match_state.h", "kHeapLimitKiB", "KiB",
                  "the rule does not hit");
    p.constant_of("stack of one match", "regex/match_state.h", "kJitStackMax", "bytes",
                  "the rule does not hit");
    p.constant_of("groups of a pattern that are reported", "regex/match_state.h", "kMaxGroups",
                  "groups", "further ones capture nothing");

    p.section("The message");
    p.built_in("header name", parse.max_header_key, "bytes",
               "cut; the message counts as one with a truncated header", "message::ParseLimits");
    p.built_in("header value", parse.max_header_value, "bytes",
               "cut; the message counts as one with a truncated header", "message::ParseLimits");
    p.built_in("all headers, as rules see them", parse.max_headers, "bytes",
               "further ones are not seen; the message counts as one with a truncated header",
               "message::ParseLimits");
    p.built_in("Received headers", parse.max_received, "headers", "further ones are no relays",
               "message::ParseLimits");
    p.built_in("parts of a multipart", parse.max_mime_parts, "parts",
               "the rest stays one text; MIMEPART_LIMIT_EXCEEDED can hit", "message::ParseLimits");
    p.built_in("parts inside each other", parse.max_mime_depth, "levels",
               "deeper ones are not opened", "message::ParseLimits");
    p.constant_of("line of a MIME body", "message/mime_parser.cc", "kMaxBodyLine", "bytes",
                  "broken there");
    p.constant_of("blank lines behind each other", "message/mime_parser.cc", "kMaxBlankLines",
                  "lines", "further ones are left out");
    p.keyword("body_part_scan_size", "bytes, 0 for all", "the rest is not seen by body rules");
    p.keyword("rawbody_part_scan_size", "bytes, 0 for all",
              "the rest is not seen by rawbody rules");
    p.constant_of("line of body text", "message/text_view.cc", "kMaxLine", "bytes",
                  "broken at a blank before it");
    p.built_in("distinct URIs", parse.max_uris, "URIs", "further ones are not seen",
               "message::ParseLimits");
    p.built_in("one URI", parse.max_uri_length, "bytes", "cut; `uri_truncated` is set",
               "message::ParseLimits");
    p.built_in("URIs inside one URI", parse.max_redirect_targets, "URIs",
               "further ones are not followed", "message::ParseLimits");
    p.built_in("link targets of an HTML part together", html.max_link_bytes, "bytes",
               "further ones are dropped", "html::Limits");
    p.built_in("X-Spam-Prev- headers put back", removal.max_restored_headers, "headers",
               "further ones stay", "scan::RemovalLimits");

    p.section("Attached XML, office documents and PDF");
    p.keyword("olemacro_num_mime", "attachments", "further ones are not looked at");
    p.keyword("olemacro_max_file", "bytes of an attachment", "the rest is not looked at");
    p.keyword("olemacro_num_zip", "files of an archive", "further ones are not looked at");
    p.keyword("olemacro_zip_depth", "archives inside each other",
              "deeper ones are not looked into");
    p.keyword("olemacro_max_names", "entries of an archive", "further ones are not seen");
    p.keyword("olemacro_max_unpacked", "bytes unpacked", "the rest is not looked at");
    p.keyword("extracttext_maxparts", "parts", "further ones are not looked at");
    p.keyword("extracttext_timeout", "seconds for one program and for a message",
              "the program is stopped; what it printed counts");
    p.keyword("extracttext_max_output", "bytes of one program",
              "the program is stopped; what it printed counts");
    p.keyword("xml_max_size", "bytes", "the rest is not read");
    p.keyword("xml_max_documents", "documents", "further ones are not read");
    p.keyword("xml_max_depth", "levels", "the document is left; `xml_refused()` hits");
    p.keyword("xml_max_expansion", "times", "the document is left; `xml_refused()` hits");
    p.keyword("xml_max_text", "bytes", "the rest is not kept");
    p.keyword("xml_max_uris", "URIs", "further ones are not kept");
    p.keyword("xml_time_limit", "seconds", "the document is left; `xml_refused()` hits");
    p.constant_of("entries of an archive", "plugins/xml_document.cc", "kMaxEntries", "entries",
                  "further ones are not looked at");
    p.constant_of("documents in data: URIs inside each other", "plugins/xml_document.cc",
                  "kMaxNesting", "levels", "deeper ones are not read");
    p.constant_of("URIs of a PDF file", "plugins/pdf_info.cc", "kMaxUris", "URIs",
                  "further ones are not seen");

    p.section("Bayes");
    p.built_in("tokens of the visible text", tokens.body, "tokens",
               "the text ends after the line that reaches it", "bayes::TokenLimits");
    p.built_in("tokens of the invisible text", tokens.invisible, "tokens",
               "the text ends after the line that reaches it", "bayes::TokenLimits");
    p.built_in("tokens of URIs", tokens.uri, "tokens", "further URIs give none",
               "bayes::TokenLimits");
    p.built_in("tokens of headers", tokens.header, "tokens", "further headers give none",
               "bayes::TokenLimits");
    p.keyword("bayes_max_token_length", "bytes", "the word is shortened");
    p.keyword("bayes_expiry_max_db_size", "tokens", "old ones are dropped, a little at a time");
    p.built_in("expiry after one message", static_cast<unsigned>(expiry.slice_ms), "milliseconds",
               "goes on after the next message; one batch is done in any case",
               "bayes::ExpirySettings");
    p.built_in("tokens of one transaction of expiry", expiry.batch, "tokens",
               "others may write in between", "bayes::ExpirySettings");
    p.constant_of("waiting for a locked store: scoring", "plugins/bayes.cc", "kScoringWait",
                  "milliseconds, at most half of what is left of time_limit and --timeout-child",
                  "the message is scored without Bayes");
    p.constant_of("waiting for a locked store: TELL", "plugins/bayes.cc", "kLearningWait",
                  "milliseconds, at most half of what is left of --timeout-child",
                  "the answer says that nothing was learned");
    p.constant_of("waiting for a locked store: learning on its own", "plugins/bayes.cc",
                  "kAutoLearningWait",
                  "milliseconds, at most half of what is left of time_limit and --timeout-child",
                  "`autolearn=unavailable`");
    p.constant_of("waiting for the log of a store to be given to its owner",
                  "bayes/sqlite_store.cc", "kAppearing", "milliseconds",
                  "as if the store could not be opened");
    p.constant_of("stores that a worker keeps open", "plugins/bayes.cc", "kOpenStores", "stores",
                  "the one not used for longest is closed");

    p.section("Configuration and preferences");
    p.built_in("files that include each other", static_cast<unsigned>(read.max_include_depth),
               "levels", "an error with file and line; the line is left out",
               "config::ReadOptions");
    p.constant_of("parentheses of an `if` inside each other", "config/expression.h",
                  "kMaxExpressionDepth", "levels", "an error with file and line");
    p.constant_of("parentheses of a meta rule inside each other", "rules/meta_expression.cc",
                  "kMaxNesting", "levels", "an error with file and line; the rule never hits");
    p.constant_of("pattern that is read for what its matches must contain",
                  "rules/required_factors.cc", "kMaxPattern", "bytes",
                  "a longer one is matched with every text, which is slower");
    p.constant_of("rule cache", "rules/rule_cache.h", "kMaxBytes", "bytes",
                  "a larger file is not read, all is found out anew");
    p.constant_of("mail for which spamassassin builds no prefilter", "scan/filter.cc",
                  "kMinFiltered", "bytes", "for more it builds one");
    p.constant_of("threads that share the work of loading", "scan/engine.cc", "kMaxLoadingThreads",
                  "threads", "fewer where the machine has fewer processors");
    p.constant_of("name of a rule", "rules/rule_set_builder.cc", "kMaxRuleName", "bytes",
                  "an error with file and line; the rule is left out");
    p.constant_of("pattern after replace_tag", "plugins/replace_tags.cc", "kMaxPattern", "bytes",
                  "a warning; the rule stays as it was");
    p.built_in("user_prefs of one user", spamd::kMaxPreferenceBytes, "bytes",
               "the file does not count, with a line in the log", "spamd::kMaxPreferenceBytes");
    const spamd::VpopmailLimits vpopmail;
    p.built_in("vpopmail's answer on one user", static_cast<unsigned>(vpopmail.time.count()),
               "milliseconds", "its program is killed, the user counts as unknown",
               "spamd::VpopmailLimits");
    p.built_in("bytes of that answer", vpopmail.max_output, "bytes",
               "its program is killed, the user counts as unknown", "spamd::VpopmailLimits");
    p.built_in("aliases followed", vpopmail.max_lookups, "names", "the user counts as unknown",
               "spamd::VpopmailLimits");
    p.built_in("rows of one user from SQL", sql.max_rows, "rows",
               "as if the database did not answer (user_scores_fallback_to_global)",
               "spamd::SqlLimits");
    p.built_in("bytes of one user from SQL", sql.max_bytes, "bytes",
               "as if the database did not answer (user_scores_fallback_to_global)",
               "spamd::SqlLimits");
    p.built_in("waiting for a locked SQL database, or for PostgreSQL",
               static_cast<unsigned>(sql.busy_timeout_ms), "milliseconds",
               "as if the database did not answer (user_scores_fallback_to_global)",
               "spamd::SqlLimits");
    p.built_in("users with rules of their own that a worker keeps", spamd::UserEngines::kKept,
               "users", "the one not seen for longest is compiled anew next time",
               "spamd::UserEngines");

    p.section("Plugins");
    p.keyword("freemail_max_body_emails", "addresses", "none of the body counts");
    p.keyword("freemail_max_body_freemails", "addresses", "none of the body counts");
    p.keyword("textcat_max_languages", "languages", "more candidates: the language is unknown");
    p.keyword("textcat_max_ngrams", "n-grams", "rarer ones do not count");
    return p.out;
}

std::string keyword_list() {
    const config::Schema& schema = whole_schema();
    std::map<std::string, std::vector<const config::Keyword*>> by_owner;
    for (const config::Keyword& k : schema.all())
        // A later one of the same name replaces.
        if (schema.find(k.name) == &k || k.name.ends_with('*'))
            by_owner[k.owner == "core" ? "" : k.owner].push_back(&k);
    std::string out;
    for (auto& [owner, keywords] : by_owner) {
        std::sort(keywords.begin(), keywords.end(),
                  [](const auto* a, const auto* b) { return a->name < b->name; });
        const bool inert = inert_plugins()[owner];
        out += ".Ss " + (owner.empty() ? "Without a plugin" : owner) + "\n";
        if (inert)
            out += "Read and checked, and without effect.\n";
        out += ".Bl -tag -width Ds -compact\n";
        for (const config::Keyword* k : keywords) {
            out += ".It Ic " + k->name;
            for (const std::string& alias : k->aliases)
                out += " , " + alias;
            if (std::string value = type_name(k->type); !value.empty())
                out += " Ar " + value;
            out += "\n";
            if (!k->help.empty())
                out += mdoc(k->help) + "\n";
            if (!k->default_value.empty())
                out += "Default: " + mdoc(k->default_value) + ".\n";
            if (k->who != config::Who::User)
                out += k->who == config::Who::Admin ? "Not for users.\n"
                                                    : "For users only under allow_user_rules.\n";
        }
        out += ".El\n";
    }
    return out;
}

std::string with_keyword_list(const std::string& page) {
    size_t begin = page.find(kKeywordsBegin), end = page.find(kKeywordsEnd);
    if (begin == std::string::npos || end == std::string::npos || end < begin)
        return {};
    begin += std::string_view(kKeywordsBegin).size();
    return page.substr(0, begin) + keyword_list() + page.substr(end);
}
