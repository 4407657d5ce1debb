// Mail::SpamAssassin::Plugin::TextCat: guesses the language of the text, for rules on what the user
// does not read. The guess is the pseudo-header X-Languages.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "plugins/language_models.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "plugins/text_lines.h"
#include "rules/core_settings.h"
#include "util/file.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

// Enough to tell, and cheap.
constexpr size_t kBytesLookedAt = 10000;
// With less a guess is worth nothing.
constexpr size_t kBytesNeeded = 256;
constexpr size_t kResultsInTag = 20;
constexpr char kModelFolder[] = "/usr/share/libexttextcat";

struct TextCatSettings {
    std::string ok = "all";
    std::string inactive = "bs cy eo et eu fy ga gd is la lt lv rm sa sco sl yi";
    std::string models;  // path, "" = search
    double max_languages = 3, optimal_ngrams = 0, max_ngrams = 400, acceptable_score = 1.02;
};

class TextCat : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::TextCat"; }

    void register_in(rules::Registration& r) override {
        using S = TextCatSettings;
        auto text = [&](const char* keyword, std::string S::*member, const char* fallback,
                        const char* help) {
            r.keyword({.name = keyword,
                       .type = config::ValueType::String,
                       .default_value = fallback,
                       .help = help,
                       .set = config::set_string(member)});
        };
        text("ok_languages", &S::ok, "all", "Languages that the user reads, or \"all\".");
        text("inactive_languages", &S::inactive, S().inactive.c_str(),
             "Languages not thought of unless ok_languages has them.");
        auto number = [&](const char* keyword, double S::*member, const char* fallback,
                          const char* help) {
            r.keyword({.name = keyword,
                       .type = config::ValueType::Number,
                       .default_value = fallback,
                       .help = help,
                       .set = config::set_number(member)});
        };
        number("textcat_max_languages", &S::max_languages, "3",
               "With more candidates than that the language is unknown.");
        number("textcat_optimal_ngrams", &S::optimal_ngrams, "0",
               "Leave out what does not occur more often than that.");
        number("textcat_max_ngrams", &S::max_ngrams, "400",
               "So many n-grams of the text are compared.");
        number("textcat_acceptable_score", &S::acceptable_score, "1.02",
               "Languages this much farther off than the nearest are candidates.");
        r.keyword({.name = "textcat_models",
                   .type = config::ValueType::String,
                   .who = config::Who::Admin,
                   .help = "SpamAssassin's file of languages, or a folder of libexttextcat.",
                   .set = config::set_string(&S::models)});

        r.eval("check_language",
               [this](MessageStatus& s, const EvalCall& c) { return check_language(s, c.rule); });
        r.eval("check_body_8bits", [this](MessageStatus& s, const EvalCall& c) -> double {
            if (models_.empty())
                return 0;
            const auto& own = s.settings().get<TextCatSettings>();
            for (auto language : util::words(own.ok))
                if (eight_bit_languages_(language))
                    return 0;
            for (const auto& line : text_lines(s, c))
                if (eight_bits_(line))
                    return 1;
            return 0;
        });
    }

    void finish_parsing_end(rules::RuleSetBuilder&, config::Settings& settings,
                            config::Diagnostics& diagnostics) override {
        models_ = LanguageModels();
        std::string path = settings.get<TextCatSettings>().models;
        if (path.empty())
            path = settings.get<rules::CoreSettings>().languages_path;
        if (path.empty() && util::is_directory(kModelFolder))
            path = kModelFolder;
        if (path.empty()) {
            diagnostics.warn({}, "textcat: languages filename not defined");
            return;
        }
        try {
            if (util::is_directory(path))
                models_.add_folder(path);
            else
                models_.add_languages_file(util::read_file(path));
        } catch (const std::system_error& e) {
            diagnostics.warn(
                {}, "textcat: cannot open languages file " + path + ": " + e.code().message());
            return;
        }
        if (models_.empty())
            diagnostics.warn({}, "textcat: no language models loaded");
    }

    void extract_metadata(message::Message& message, const config::Settings& settings,
                          MessageStatus* status) override {
        if (models_.empty())
            return;
        std::string text = util::join(message.body_lines(), "\n");
        // Prefixes of the subject, links and addresses say nothing of the language.
        regex::MatchData m;
        if (reply_prefixes_(text, m))
            text.erase(0, m.end());
        auto blank = [](const regex::MatchData&) { return std::string_view(" "); };
        for (const Pattern* pattern : {&link_, &address_, &web_host_})
            text = regex::replace_all(pattern->re(), text, blank);
        text.resize(std::min(text.size(), kBytesLookedAt));
        message.put_metadata("X-Languages-Length", std::to_string(text.size()));
        std::vector<std::string> languages;
        if (text.size() >= kBytesNeeded)
            languages = classify(text, settings.get<TextCatSettings>(), status);
        message.put_metadata("X-Languages", util::join(languages, " "));
    }

private:
    std::vector<std::string> classify(std::string_view text, const TextCatSettings& own,
                                      MessageStatus* status) const {
        std::set<std::string, std::less<>> skipped;
        for (auto language : util::words(own.inactive))
            skipped.emplace(language);
        for (auto language : util::words(own.ok))
            if (auto it = skipped.find(language); it != skipped.end())
                skipped.erase(it);

        auto ngrams =
            rank_ngrams(text, models_.of_characters(), own.max_ngrams, own.optimal_ngrams);
        auto results = models_.distances(ngrams, own.max_ngrams, [&](std::string_view language) {
            return skipped.find(language) != skipped.end();
        });
        if (results.empty())
            return {};
        double best = results.front().second;
        if (status != nullptr) {
            std::string tag;
            for (size_t i = 0; i < std::min(results.size(), kResultsInTag); ++i) {
                const auto& [language, distance] = results[i];
                tag += fmt::format("{}{}:{:.15g}", i == 0 ? "" : " ", language, distance);
                tag += best != 0 ? fmt::format("({:.2f})", distance / best) : "(unknown)";
            }
            status->set_tag("TEXTCATRESULTS", std::move(tag));
        }
        std::vector<std::string> answers{results.front().first};
        for (size_t i = 1; i < results.size() && results[i].second < own.acceptable_score * best;
             ++i)
            answers.push_back(results[i].first);
        if (static_cast<double>(answers.size()) > own.max_languages)
            return {};
        return answers;
    }

    double check_language(MessageStatus& s, rules::RuleId rule) const {
        if (models_.empty())
            return 0;
        auto ok = util::words(s.settings().get<TextCatSettings>().ok);
        if (std::find(ok.begin(), ok.end(), "all") != ok.end())
            return 0;
        const auto& message = s.message();
        auto guesses = util::words(message.metadata("X-Languages").value_or(""));
        if (guesses.empty())
            return 0;
        auto length =
            util::parse_int(message.metadata("X-Languages-Length").value_or("0")).value_or(0);
        // Short texts in English look like Scots.
        bool is_short = length < 1024 * static_cast<int64_t>(guesses.size());
        auto plain = [&](std::string_view language) {
            language = language.substr(0, language.find('.'));
            return is_short && language == "sco" ? std::string_view("en") : language;
        };
        std::string detected;
        for (auto& guess : guesses) {
            guess = plain(guess);
            for (auto language : ok)
                if (guess == (is_short && language == "sco" ? "en" : language))
                    return 0;
            detected += (detected.empty() ? "" : " ") + std::string(guess);
        }
        s.test_log(rule, "Languages detected: " + detected);
        return 1;
    }

    LanguageModels models_;
    Pattern reply_prefixes_{"\\A(?:[a-z]{2,12}:\\s*){1,10}", "i"};
    Pattern link_{"https?(?:://|:&#x2F;&#x2F;|%3A%2F%2F)\\S{1,1024}"};
    Pattern address_{"\\S{1,64}?@[a-zA-Z]\\S{1,128}"};
    Pattern web_host_{"\\bwww\\.\\S{1,128}"};
    // Languages whose text may have many high bytes in a row.
    Pattern eight_bit_languages_{
        "^(?:all|am|ar|be|bg|cs|el|et|fa|fi|he|hi|hy|is|ja|ka|ko|mr|pt|ru|ta|th|tr|uk|vi|yi|zh)$"};
    Pattern eight_bits_{"[\\x80-\\xff]{8}"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_text_cat() {
    return std::make_unique<TextCat>();
}

}  // namespace plugins
