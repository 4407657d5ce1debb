// Mail::SpamAssassin::Plugin::Phishing: links that stand in downloaded lists of phishing pages
// (OpenPhish, PhishTank, PhishStats). The lists are local files, read with the configuration.

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "plugins/arguments.h"
#include "plugins/makers.h"
#include "rules/core_settings.h"
#include "util/file.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

struct PhishingSettings {
    std::string openphish, phishtank, phishstats;  // paths
    double phishstats_min_score = 6;
    bool without_parameters = false;
};

std::string_view cut_parameters(std::string_view uri) {
    return uri.substr(0, uri.find('?'));
}

class Phishing : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::Phishing"; }

    void register_in(rules::Registration& r) override {
        using config::Who;
        auto feed = [&](const char* keyword, std::string PhishingSettings::*member,
                        const char* help) {
            r.keyword({.name = keyword,
                       .type = config::ValueType::String,
                       .who = Who::Admin,
                       .help = help,
                       .set = config::set_string(member)});
        };
        feed("phishing_openphish_feed", &PhishingSettings::openphish,
             "Path of the downloaded OpenPhish list.");
        feed("phishing_phishtank_feed", &PhishingSettings::phishtank,
             "Path of the downloaded PhishTank list.");
        feed("phishing_phishstats_feed", &PhishingSettings::phishstats,
             "Path of the downloaded PhishStats list.");
        r.keyword({.name = "phishing_phishstats_minscore",
                   .type = config::ValueType::Number,
                   .who = Who::Admin,
                   .default_value = "6",
                   .help = "Entries of PhishStats count above this score.",
                   .set = config::set_number(&PhishingSettings::phishstats_min_score)});
        r.keyword({.name = "phishing_uri_noparam",
                   .type = config::ValueType::Bool,
                   .who = Who::Admin,
                   .default_value = "0",
                   .help = "Compare without what follows the question mark.",
                   .set = config::set_bool(&PhishingSettings::without_parameters)});

        r.eval("check_phishing", [this](MessageStatus& s, const EvalCall& c) -> double {
            bool cut = s.settings().get<PhishingSettings>().without_parameters;
            for (const message::Uri& uri : s.message().uri_details()) {
                if (util::istarts_with(uri.raw, "mailto:") || uri.hosts.empty() ||
                    (uri.types.count("a") == 0 && uri.types.count("parsed") == 0))
                    continue;
                for (const std::string& form : uri.cleaned) {
                    std::string_view key = cut ? cut_parameters(form) : form;
                    // The bare page of a redirector says nothing.
                    if (cut && std::count(key.begin(), key.end(), '/') <= 3)
                        continue;
                    auto it = pages_.find(key);
                    if (it == pages_.end())
                        continue;
                    std::string domain =
                        message::uri_host_and_domain(form, s.message().settings()).domain;
                    s.test_log(c.rule, it->second + " (" + domain + ")");
                    return 1;
                }
            }
            return 0;
        });
    }

    void finish_parsing_end(rules::RuleSetBuilder&, config::Settings& settings,
                            config::Diagnostics& diagnostics) override {
        pages_.clear();
        const auto& own = settings.get<PhishingSettings>();
        Reading reading{own, settings.get<rules::CoreSettings>().message, diagnostics};
        read(own.openphish, reading, false,
             [&](std::string_view line) { add(line, "OpenPhish", reading); });
        read(own.phishtank, reading, true, [&](std::string_view line) {
            auto fields = util::split(line, ',');
            if (fields.size() >= 2)
                add(unquoted(fields[1]), "PhishTank", reading);
        });
        // Date,Score,URL,IP
        read(own.phishstats, reading, true, [&](std::string_view line) {
            auto fields = util::split(line, ',');
            if (fields.size() >= 3 && number(unquoted(fields[1])) > own.phishstats_min_score)
                add(unquoted(fields[2]), "PhishStats", reading);
        });
    }

private:
    struct Reading {
        const PhishingSettings& settings;
        const message::MessageSettings& message;
        config::Diagnostics& diagnostics;
    };

    static std::string unquoted(std::string_view field) {
        std::string text(field);
        text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
        return text;
    }

    template <typename Take>
    static void read(const std::string& path, Reading& reading, bool has_title, Take take) {
        struct stat about {};
        // A list that is not there yet is none.
        if (path.empty() || ::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode))
            return;
        std::string text;
        try {
            text = util::read_file(path);
        } catch (const std::system_error& e) {
            reading.diagnostics.warn({}, std::string("phishing: ") + e.what());
            return;
        }
        for (auto line : util::split(text, '\n')) {
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            bool skip = has_title || util::trim_left(line).starts_with('#');
            has_title = false;
            if (!skip)
                take(line);
        }
    }

    void add(std::string_view uri, const char* feed, const Reading& reading) {
        if (message::uri_host_and_domain(uri, reading.message).domain.empty())
            return;
        pages_.emplace(reading.settings.without_parameters ? cut_parameters(uri) : uri, feed);
    }

    util::StringMap<std::string> pages_;  // to the first list that has it
};

}  // namespace

std::unique_ptr<rules::Plugin> make_phishing() {
    return std::make_unique<Phishing>();
}

}  // namespace plugins
