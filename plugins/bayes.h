// Bayes: the check_bayes eval and the template tags of SpamAssassin's plugin, and the way in for
// those who learn: auto-learning, TELL and sa-learn.
//
// Stores are opened on first use in the process that uses them and kept, one a database; nothing is
// open across a fork. A database that is locked, damaged or unreadable leaves a message undecided:
// no BAYES rule hits, the score set is the one without Bayes, and the log says so once a message.
// The atimes of tokens that helped to judge are collected and written in batches, after an answer
// or when the worker ends; a database that is locked just then waits for the next batch. A lock is
// never waited for longer than half the time a request has left, so that there is an answer in time
// however many waits it meets. Automatic
// expiry runs there too, a slice at a time (bayes::ExpirySettings::slice_ms).

#ifndef PLUGINS_BAYES_H
#define PLUGINS_BAYES_H

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bayes/classifier.h"
#include "bayes/expiry.h"
#include "bayes/tokenizer.h"
#include "config/settings.h"
#include "rules/plugin.h"
#include "rules/plugin_registry.h"
#include "util/clock.h"

namespace plugins {

struct BayesSettings {
    double max_token_length = 15;
    std::vector<std::string> stop_word_languages = {"en"};
    std::map<std::string, std::string> stop_words;  // language -> pattern
};

bayes::TokenizerSettings tokenizer_settings(const config::Settings& settings);
bayes::ClassifierSettings classifier_settings(const config::Settings& settings);
bayes::ExpirySettings expiry_settings(const config::Settings& settings);
// bayes_path with "__userstate__" put in place and ".sqlite" behind it. `state_dir` "" = the
// directory .spamassassin of the user who runs this.
std::string bayes_file(const config::Settings& settings, std::string_view state_dir);
// bayes_ignore_from or bayes_ignore_to names a correspondent.
bool is_bayes_ignored(rules::MessageStatus& status);
unsigned bayes_file_mode(const config::Settings& settings);

// Whose database learns, and by when the lesson must be over.
struct Lesson {
    const config::Settings& settings;
    std::string_view state_dir;  // as for bayes_file()
    util::Deadline deadline;
};

class Bayes : public rules::Plugin {
public:
    Bayes();
    ~Bayes() override;
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::Bayes"; }
    void register_in(rules::Registration& r) override;
    void finish_parsing_end(rules::RuleSetBuilder&, config::Settings&,
                            config::Diagnostics&) override;

    void request_done() override;
    void worker_end() override;

    // Says whose database to ask for this message. The answer is whether it can be judged: switched
    // on, a database there, enough learned. Trouble with the database counts as no, and check_bayes
    // does not try again.
    bool prepare(rules::MessageStatus& status, std::string_view state_dir);

    // The answer says whether anything was learned or forgotten (Learner); false when no database
    // can be opened or made. Throw util::Error when writing fails, bayes::StoreBusy when it is
    // locked for too long.
    bool learn(const message::Message& message, const Lesson& lesson, bayes::Class as,
               bool relearn);
    // The message that was just checked, never one that was learned as the other class.
    bool learn_checked(rules::MessageStatus& status, bayes::Class as);
    bool forget(const message::Message& message, const Lesson& lesson);

private:
    struct Stores;
    double check(rules::MessageStatus& status, const rules::EvalCall& call);
    void undecided(rules::MessageStatus& status, const std::string& reason);
    void judge(rules::MessageStatus& status);
    std::unique_ptr<Stores> stores_;
};

std::unique_ptr<rules::Plugin> make_bayes();
// Null when no loadplugin line named it.
Bayes* find_bayes(const rules::PluginRegistry& registry);

}  // namespace plugins

#endif  // PLUGINS_BAYES_H
