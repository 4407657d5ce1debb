#include "scan/filter.h"

#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>

#include <iostream>

#include "mailbox/listing.h"
#include "mailbox/standard_input.h"
#include "rules/core_settings.h"
#include "rules/matcher.h"
#include "scan/configuration_log.h"
#include "scan/markup_remover.h"
#include "scan/paths.h"
#include "scan/user_prefs_file.h"
#include "util/error.h"
#include "util/log.h"

namespace scan {

static volatile sig_atomic_t interrupted = 0;

// Bytes of mail from which on finding required factors takes less time than it saves.
static constexpr uint64_t kMinFiltered = 512 * 1024;

void Filter::interrupt() {
    interrupted = 1;
}

Filter::Filter(FilterSettings settings, std::ostream& out)
    : settings_(std::move(settings)), out_(out) {}
Filter::~Filter() = default;

void Filter::load(config::Diagnostics& diagnostics) {
    PathNames names = default_path_names();
    std::string& file = settings_.load.user_prefs;
    if (file.empty())
        file = names.user_state_dir + "/user_prefs";
    if (settings_.create_prefs && !settings_.lint) {
        std::string rules =
            settings_.load.config_path.empty() ? find_rules_dir(names) : settings_.load.config_path;
        std::string site = settings_.load.site_config_path.empty()
                               ? find_site_dir(names)
                               : settings_.load.site_config_path;
        struct stat st {};
        if (::stat(file.c_str(), &st) == 0) {
            if (!S_ISREG(st.st_mode))
                util::log_warn("config: default user preference file " + file +
                               " is not a regular file");
        } else if (auto problem = create_user_prefs(file, {site, rules}); problem.empty()) {
            util::log_warn("config: created user preferences file: " + file);
        } else {
            util::log_warn("config: cannot create user preferences file " + file + ": " + problem);
            util::log_warn("config: failed to create default user preference file " + file);
        }
    }
    // A default only: a line of the configuration overrides it, as there.
    if (settings_.test_mode)
        settings_.load.pre_lines.emplace_back("bayes_auto_learn 0");
    settings_.load.threads = loading_threads();
    settings_.load.seeks_factors = !settings_.lint && bytes_of_targets() > kMinFiltered;
    engine_ = Engine::load(settings_.load, diagnostics);
    log_configuration(*engine_);
    if (settings_.lint_json)
        out_ << diagnostics_json(diagnostics);
    else
        log_diagnostics(diagnostics);
    if (!has_any_rule(engine_->rules()))
        throw util::Error("config: no rules were found!  Do you need to run 'sa-update'?");
    for (const auto& plugin : engine_->plugins().loaded())
        plugin->worker_start(engine_->settings());
    scanner_ = std::make_unique<Scanner>(*engine_);
    for_scans_ = engine_->settings();
    if (settings_.lint)
        for_scans_.edit<rules::CoreSettings>().bayes_auto_learn = false;
}

int Filter::lint() {
    config::Diagnostics diagnostics;
    load(diagnostics);
    ScanRequest request;
    request.message =
        "From: ignore@compiling.spamassassin.taint.org\nSubject: \n"
        "Message-Id:  <1@lint_rules>\n\nA message to run every rule on once.\n";
    request.settings = &for_scans_;
    scanner_->scan(std::move(request));
    size_t issues = diagnostics.error_count();
    if (issues > 0 && !settings_.debug_areas && !settings_.lint_json)
        util::log_warn(fmt::format(
            "lint: {} issues detected, please rerun with debug enabled for more information",
            issues));
    return issues > 0 ? 1 : 0;
}

void Filter::report(const std::string& message) {
    std::string clean =
        remove_markup(message, for_scans_.get<rules::CoreSettings>().rewrite_header);
    auto learn = [&](bool is_spam) {
        if (for_scans_.get<rules::CoreSettings>().other_number_or("bayes_learn_during_report", 1) ==
            0)
            return;
        LearnRequest lesson;
        lesson.message = clean;
        lesson.is_spam = is_spam;
        lesson.settings = &for_scans_;
        try {
            scanner_->learn(lesson);
        } catch (const std::exception& e) {
            util::log_warn(std::string("bayes: learning failed: ") + e.what());
        }
    };
    auto fail = [&](const char* what, const char* methods) {
        // Reports to others go over the network, which this program does not use.
        util::log_warn(
            fmt::format("reporter: no {} methods available, so couldn't {}", methods, what));
        util::log_warn(fmt::format("spamassassin: warning, unable to {} message", what));
        util::log_warn(
            "spamassassin: for more information, re-run with -D option to see debug output");
    };
    if (settings_.report) {
        learn(true);
        fail("report", "reporting");
    }
    if (settings_.revoke) {
        learn(false);
        fail("revoke", "revoke");
    }
}

void Filter::check(std::string message) {
    ScanRequest request;
    request.message = std::move(message);
    request.user = settings_.user;
    request.settings = &for_scans_;
    request.all_subrules = false;
    auto scan = scanner_->scan(std::move(request));
    out_ << scan->rewritten_message();
    if (settings_.test_mode)
        out_ << scan->report();
    if (settings_.spam_exit_code != 0 && scan->is_spam())
        exit_code_ = settings_.spam_exit_code;
    if (util::debugging("check")) {
        util::log_debug("check", fmt::format("check: is spam? score={} required={}",
                                             scan->shown_score_text(), scan->required_score()));
        util::log_debug("check", "check: tests=" + scan->tests());
        util::log_debug("check", "check: subtests=" + scan->subtests());
    }
    util::log_debug("timing", "timing: " + scan->timing_text());
}

void Filter::take(std::string message) {
    ++taken_;
    if (settings_.message_addresses != FilterSettings::ListChange::None)
        return;
    if (settings_.remove_markup) {
        message = remove_markup(message, for_scans_.get<rules::CoreSettings>().rewrite_header);
        if (!settings_.test_mode) {
            out_ << message;
            return;
        }
    }
    if (settings_.report || settings_.revoke)
        report(message);
    else
        check(std::move(message));
}

// Reads standard input where it is one of them.
void Filter::find_targets() {
    mailbox::Target defaults;
    defaults.format = settings_.format;
    for (const std::string& text : settings_.targets) {
        mailbox::ParsedTarget parsed = mailbox::parse_target(text, defaults);
        if (!parsed.error.empty()) {
            util::log_warn(parsed.error);
            continue;
        }
        if (parsed.target.location == "-") {
            if (standard_input_.was_read()) {
                util::log_warn("skipping extra stdin target (" + text + ")");
                continue;
            }
            parsed.target.location = standard_input_.file();
        }
        targets_.push_back(std::move(parsed.target));
    }
}

// UINT64_MAX where it takes more than a look to know.
uint64_t Filter::bytes_of_targets() const {
    uint64_t bytes = 0;
    for (const mailbox::Target& target : targets_) {
        struct stat st {};
        if (::stat(target.location.c_str(), &st) != 0 || !S_ISREG(st.st_mode))
            return UINT64_MAX;
        bytes += static_cast<uint64_t>(st.st_size);
    }
    return bytes;
}

int Filter::filter_all() {
    mailbox::Options options;
    options.warn = [](const std::string& text) { util::log_warn(text); };
    mailbox::MessageReader reader(options);
    size_t examined = 0;
    auto entries = mailbox::list_messages(targets_, options);
    for (const mailbox::Entry& entry : entries) {
        auto message = reader.read(entry);
        if (interrupted != 0)
            throw util::Error("interrupted");
        if (!message)
            continue;
        take(std::move(*message));
        ++examined;
        if (settings_.progress)
            std::cerr << fmt::format("\r{:3.0f}% {} of {} messages",
                                     100.0 * static_cast<double>(examined) /
                                         static_cast<double>(entries.size()),
                                     examined, entries.size())
                      << std::flush;
    }
    if (settings_.progress && examined > 0)
        std::cerr << '\n';
    if (settings_.report || settings_.revoke ||
        settings_.message_addresses != FilterSettings::ListChange::None)
        out_ << taken_ << " message(s) examined.\n";
    if (exit_code_ == 0 && examined == 0)
        return 1;
    return exit_code_;
}

int Filter::run() {
    for (const std::string& text : settings_.warnings)
        util::log_warn(text);
    if (settings_.lint)
        return lint();
    if (settings_.one_address == FilterSettings::ListChange::None)
        find_targets();
    config::Diagnostics diagnostics;
    load(diagnostics);
    bool lists = settings_.one_address != FilterSettings::ListChange::None ||
                 settings_.message_addresses != FilterSettings::ListChange::None;
    if (lists)
        util::log_warn(
            "spamassassin: no plugin keeps persistent address lists, nothing was changed");
    if (settings_.one_address != FilterSettings::ListChange::None)
        return 0;  // as SpamAssassin answers when no plugin keeps such lists
    return filter_all();
}

}  // namespace scan
