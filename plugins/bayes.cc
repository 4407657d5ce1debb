#include "plugins/bayes.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>

#include "bayes/learner.h"
#include "bayes/sqlite_store.h"
#include "plugins/correspondents.h"
#include "regex/regex.h"
#include "rules/address_lists.h"
#include "rules/core_settings.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/strings.h"

namespace plugins {

namespace {

constexpr size_t kOpenStores = 16;
constexpr size_t kTouchBatch = 50;  // messages
// While the database is locked more are kept; beyond these the oldest are forgotten, which only
// makes their tokens look older.
constexpr size_t kTouchMost = 1000;
constexpr std::time_t kTouchDelay = 30;  // seconds
constexpr std::time_t kExpiryCheck = 600;
// How long a lock is waited for, in milliseconds. Reading waits hardly ever (WAL), upkeep can be
// done another time.
constexpr int kScoringWait = 2000, kLearningWait = 10000, kAutoLearningWait = 2000;
constexpr int kUpkeepWait = 5;

// The words of a stock installation without its stop word file.
constexpr std::string_view kEnglish =
    "(?:able|a(?:lready|ll|n[dy]|re)|because|both|c(?:an|ome)|each|email|even|few|first|f(?:or|rom)"
    "|"
    "give|ha(?:ve|s)|http|in(?:formation|to)|it's|just|know|l(?:ike|ong|ook)|made|mail(?:ing|to)?|"
    "ma(?:ke|ny)|mo(?:re|st)|much|need|no[tw]|number|o(?:ff|nly|ne|ut|wn)|people|place|right|s(?:"
    "ame|"
    "ee|uch)|th(?:at|is|rough|e)|time|using|web|wh(?:ere|y)|with(?:out)?|wor(?:ld|k)|years?|you(?:'"
    "re|r)?)";

// A user who has learned nothing yet: no trouble, so it is not logged as one.
class NoStore : public util::Error {
public:
    using Error::Error;
};

struct MessageState {
    std::string state_dir;
    bool judged = false;  // or given up
    bool tagged = false;
    bayes::Classification result;
};

// For -D bayes, in SpamAssassin's words where they are looked for.
void explain(const bayes::Classification& c, const bayes::ClassifierSettings& settings) {
    if (!util::debugging("bayes"))
        return;
    auto say = [](const std::string& text) { util::log_debug("bayes", "bayes: " + text); };
    if (c.learned.spam < settings.min_spam)
        return say(fmt::format("not available for scanning, only {} spam(s) in bayes DB < {}",
                               c.learned.spam, settings.min_spam));
    if (c.learned.ham < settings.min_ham)
        return say(fmt::format("not available for scanning, only {} ham(s) in bayes DB < {}",
                               c.learned.ham, settings.min_ham));
    say(fmt::format("corpus size: nspam = {}, nham = {}", c.learned.spam, c.learned.ham));
    say(fmt::format("tokens: {}, of which the database knows {}", c.tokens, c.tokens_learned));
    for (const auto* side : {&c.spammy, &c.hammy})
        for (const bayes::SignificantToken& token : *side)
            say(fmt::format("token '{}' => {:.15g}", token.text, token.probability));
    if (c.score)
        say(fmt::format("score = {:.15g}", *c.score));
    else
        say(c.looked_up ? "not scoring: no token says enough" : "not scoring: no token is known");
}

// Milliseconds: half of what is left, as a request may meet more than one lock.
int wait_within(const util::Deadline& deadline, int most) {
    auto left = deadline.milliseconds_left();
    return left ? static_cast<int>(std::min<long>(*left / 2, most)) : most;
}

bool is_language(std::string_view word) {
    return word.size() == 2 && util::is_alpha(static_cast<unsigned char>(word[0])) &&
           util::is_alpha(static_cast<unsigned char>(word[1]));
}

void set_languages(config::Settings& settings, const config::Directive& d,
                   config::Diagnostics& diagnostics) {
    std::vector<std::string> languages;
    if (d.value.empty())
        return config::report_missing(d, diagnostics);
    if (d.value != "disable") {
        std::string lower = util::lower(d.value);
        std::replace(lower.begin(), lower.end(), ',', ' ');
        for (std::string_view word : util::words(lower)) {
            if (!is_language(word))
                return config::report_invalid(d, diagnostics);
            languages.emplace_back(word);
        }
        if (languages.empty())
            return config::report_missing(d, diagnostics);
    }
    settings.edit<BayesSettings>().stop_word_languages = std::move(languages);
}

void set_stop_words(config::Settings& settings, const config::Directive& d,
                    config::Diagnostics& diagnostics) {
    std::string_view language = std::string_view(d.keyword).substr(sizeof("bayes_stopword_") - 1);
    if (!is_language(language))
        return config::report_invalid(d, diagnostics);
    // Of several patterns on one line the last counts.
    for (std::string_view pattern : util::words(d.value)) {
        if (!regex::Regex::compile("^(?i)" + std::string(pattern) + "$").has_value())
            return config::report_invalid(d, diagnostics);
        settings.edit<BayesSettings>().stop_words[std::string(language)] = std::string(pattern);
    }
}

}  // namespace

bool is_bayes_ignored(rules::MessageStatus& status) {
    const auto& lists = status.settings().get<rules::AddressLists>();
    auto any = [](const rules::AddressList* list, const std::vector<std::string>& addresses) {
        return list != nullptr &&
               std::any_of(addresses.begin(), addresses.end(), [&](const std::string& address) {
                   return list->matches(util::lower(address));
               });
    };
    return any(lists.find("bayes_ignore_from"), senders(status)) ||
           any(lists.find("bayes_ignore_to"), recipients(status));
}

bayes::TokenizerSettings tokenizer_settings(const config::Settings& settings) {
    const auto& core = settings.get<rules::CoreSettings>();
    const auto& own = settings.get<BayesSettings>();
    bayes::TokenizerSettings t;
    if (auto it = core.other.find("bayes_token_sources"); it != core.other.end()) {
        auto has = [&](std::string_view name) {
            return std::find(it->second.begin(), it->second.end(), name) != it->second.end();
        };
        t.header = has("header");
        t.visible = has("visible");
        t.invisible = has("invisible");
        t.uri = has("uri");
        t.mimepart = has("mimepart");
    }
    t.max_token_length = static_cast<size_t>(std::max(0.0, own.max_token_length));
    if (auto it = core.other.find("bayes_ignore_header"); it != core.other.end())
        for (const std::string& header : it->second)
            t.ignored_headers.insert(util::lower(header));
    for (const std::string& language : own.stop_word_languages) {
        auto it = own.stop_words.find(language);
        if (it != own.stop_words.end())
            t.stop_words.push_back(it->second);
        else if (language == "en")
            t.stop_words.emplace_back(kEnglish);
    }
    return t;
}

bayes::ClassifierSettings classifier_settings(const config::Settings& settings) {
    const auto& core = settings.get<rules::CoreSettings>();
    bayes::ClassifierSettings c;
    c.min_ham = static_cast<int64_t>(core.other_number_or("bayes_min_ham_num", 200));
    c.min_spam = static_cast<int64_t>(core.other_number_or("bayes_min_spam_num", 200));
    c.use_hapaxes = core.other_number_or("bayes_use_hapaxes", 1) != 0;
    return c;
}

bayes::ExpirySettings expiry_settings(const config::Settings& settings) {
    const auto& core = settings.get<rules::CoreSettings>();
    bayes::ExpirySettings e;
    e.automatic = core.other_number_or("bayes_auto_expire", 1) != 0;
    e.max_db_size = static_cast<int64_t>(core.other_number_or("bayes_expiry_max_db_size", 150000));
    return e;
}

std::string bayes_file(const config::Settings& settings, std::string_view state_dir) {
    const auto& core = settings.get<rules::CoreSettings>();
    std::string path(core.other_or("bayes_path", "__userstate__/bayes"));
    const char* home = std::getenv("HOME");
    std::string own_home = home == nullptr ? "" : home;
    std::string state = state_dir.empty() ? own_home + "/.spamassassin" : std::string(state_dir);
    path = util::replace_all(std::move(path), "__userstate__", state);
    if (path.substr(0, 2) == "~/")
        path.replace(0, 1, own_home);
    return path + ".sqlite";
}

unsigned bayes_file_mode(const config::Settings& settings) {
    const auto& core = settings.get<rules::CoreSettings>();
    std::string mode(core.other_or("bayes_file_mode", "0700"));
    return static_cast<unsigned>(std::strtoul(mode.c_str(), nullptr, 8));
}

// The open databases and tokenizers of this process.
struct Bayes::Stores {
    struct Open {
        dev_t device = 0;
        ino_t inode = 0;
        std::unique_ptr<bayes::SqliteStore> store;
        std::vector<std::pair<std::vector<bayes::TokenKey>, int64_t>> touched;
        std::time_t touched_since = 0, expiry_checked = 0;
        bayes::ExpirySettings expiry;
        std::unique_ptr<bayes::Expiry> expiring;
        bool broken = false;  // failed otherwise than by a lock: opened anew next time
    };
    pid_t pid = 0;
    std::map<std::string, Open> open;
    // The tokenizer of the settings it was made from.
    std::shared_ptr<const rules::CoreSettings> core;
    std::shared_ptr<const BayesSettings> own;
    std::unique_ptr<bayes::Tokenizer> tokenizer;

    const bayes::Tokenizer& tokenizer_for(const config::Settings& settings) {
        auto c = settings.share<rules::CoreSettings>();
        auto o = settings.share<BayesSettings>();
        if (!tokenizer || c != core || o != own) {
            tokenizer = std::make_unique<bayes::Tokenizer>(tokenizer_settings(settings));
            core = std::move(c);
            own = std::move(o);
        }
        return *tokenizer;
    }

    // For learning: null, and the reason in the log, when there is no way to open or make it.
    Open* writable(const Lesson& lesson, int most) {
        try {
            Open& entry = get(lesson.settings, lesson.state_dir, true,
                              wait_within(lesson.deadline, kScoringWait));
            if (entry.store->is_read_only())
                throw util::Error("the database cannot be written: " +
                                  bayes_file(lesson.settings, lesson.state_dir));
            entry.store->set_busy_timeout(wait_within(lesson.deadline, most));
            return &entry;
        } catch (const std::exception& e) {
            util::log_debug("bayes", std::string("bayes: ") + e.what());
            return nullptr;
        }
    }

    Open& get(const config::Settings& settings, std::string_view state_dir, bool create,
              int wait_ms) {
        if (pid != ::getpid()) {
            // Handles of a parent must not even be closed here: that would drop its locks.
            for (auto& [path, entry] : open)
                static_cast<void>(entry.store.release());
            open.clear();
            pid = ::getpid();
        }
        std::string path = bayes_file(settings, state_dir);
        struct stat st {};
        bool there = ::stat(path.c_str(), &st) == 0;
        auto it = open.find(path);
        if (it != open.end() && there && it->second.device == st.st_dev &&
            it->second.inode == st.st_ino && !it->second.broken && !it->second.store->is_stale())
            return it->second;
        if (it != open.end()) {
            if (there && !it->second.broken)
                flush(it->second);
            open.erase(it);
        }
        if (!create && !there)
            throw NoStore("no token store " + path);
        if (open.size() >= kOpenStores)
            close_all();
        bayes::SqliteStore::Options options;
        options.create = create;
        options.file_mode = bayes_file_mode(settings);
        options.busy_timeout_ms = wait_ms;
        if (create && !there)
            util::make_parent_directories(path, 0700);
        Open entry;
        entry.store = std::make_unique<bayes::SqliteStore>(path, options);
        if (::stat(path.c_str(), &st) == 0) {
            entry.device = st.st_dev;
            entry.inode = st.st_ino;
        }
        return open.emplace(path, std::move(entry)).first->second;
    }

    // Only collects: nothing is written while somebody waits for an answer.
    static void touch(Open& entry, std::vector<bayes::TokenKey> keys, int64_t atime,
                      const bayes::ExpirySettings& expiry) {
        if (entry.store->is_read_only())
            return;
        entry.expiry = expiry;
        if (entry.touched.empty())
            entry.touched_since = std::time(nullptr);
        if (entry.touched.size() >= kTouchMost)
            entry.touched.erase(entry.touched.begin(),
                                entry.touched.begin() + static_cast<long>(kTouchBatch));
        entry.touched.emplace_back(std::move(keys), atime);
    }

    static void flush(Open& entry) {
        if (entry.touched.empty())
            return;
        try {
            entry.store->set_busy_timeout(kUpkeepWait);
            entry.store->begin();
            for (const auto& [touched, when] : entry.touched)
                entry.store->touch(touched, when);
            entry.store->commit();
            entry.touched.clear();
        } catch (const std::exception& e) {
            util::log_debug("bayes", std::string("bayes: times not written yet: ") + e.what());
            rollback(entry);
            entry.broken = dynamic_cast<const bayes::StoreBusy*>(&e) == nullptr;
        }
    }

    static void expire(Open& entry, const std::string& path) {
        std::time_t now = std::time(nullptr);
        try {
            entry.store->set_busy_timeout(kUpkeepWait);
            if (!entry.expiring) {
                if (entry.store->is_read_only() || now - entry.expiry_checked < kExpiryCheck)
                    return;
                entry.expiry_checked = now;
                if (!bayes::may_be_due(entry.store->vitals(), entry.expiry, now))
                    return;
                entry.expiring = std::make_unique<bayes::Expiry>(*entry.store, entry.expiry, false);
            }
            if (!entry.expiring->step(now, std::chrono::milliseconds(entry.expiry.slice_ms)))
                return;
            const bayes::ExpiryResult& result = entry.expiring->result();
            if (result.ran)
                util::log_info(
                    fmt::format("bayes: expired old tokens of {}: {} entries kept, {} deleted",
                                path, result.kept, result.deleted));
            entry.expiring.reset();
        } catch (const bayes::StoreBusy&) {
            // Goes on after the next message.
        } catch (const std::exception& e) {
            util::log_warn(std::string("bayes: expiry given up: ") + e.what());
            entry.expiring.reset();
        }
    }

    void mark_broken(const std::string& path, const std::exception& e) {
        if (dynamic_cast<const bayes::StoreBusy*>(&e) != nullptr)
            return;
        if (auto it = open.find(path); it != open.end())
            it->second.broken = true;
    }

    static void rollback(Open& entry) {
        try {
            entry.store->rollback();
        } catch (const std::exception&) {
            // Nothing was begun.
        }
    }

    void request_done() {
        std::time_t now = std::time(nullptr);
        for (auto& [path, entry] : open) {
            if (entry.touched.size() >= kTouchBatch || now - entry.touched_since >= kTouchDelay)
                flush(entry);
            if (entry.touched_since != 0)  // it has scored
                expire(entry, path);
        }
    }

    void close_all() {
        if (pid != ::getpid())
            return;
        for (auto& [path, entry] : open)
            flush(entry);
        open.clear();
    }
};

Bayes::Bayes() : stores_(std::make_unique<Stores>()) {}
Bayes::~Bayes() {
    worker_end();
}

void Bayes::request_done() {
    if (stores_->pid == ::getpid())
        stores_->request_done();
}

void Bayes::worker_end() {
    if (stores_->pid == ::getpid())
        stores_->close_all();
    else  // handles of a parent must not be closed here
        for (auto& [path, entry] : stores_->open)
            static_cast<void>(entry.store.release());
}

void Bayes::register_in(rules::Registration& r) {
    r.eval("check_bayes", [this](rules::MessageStatus& status, const rules::EvalCall& call) {
        return check(status, call);
    });
    config::Keyword length;
    length.name = "bayes_max_token_length";
    length.type = config::ValueType::Number;
    length.default_value = "15";
    length.help = "Bytes beyond which a word is shortened.";
    length.set = config::set_number(&BayesSettings::max_token_length);
    r.keyword(std::move(length));
    config::Keyword languages;
    languages.name = "bayes_stopword_languages";
    languages.default_value = "en";
    languages.help = "Languages whose most common words are no tokens.";
    languages.set = set_languages;
    r.keyword(std::move(languages));
    config::Keyword words;
    words.name = "bayes_stopword_*";
    words.type = config::ValueType::Words;
    words.help = "A pattern for the most common words of a language.";
    words.set = set_stop_words;
    r.keyword(std::move(words));

    // Where no rule has asked for an opinion, the tags are empty.
    auto list = [](std::vector<bayes::SignificantToken> bayes::Classification::*member) {
        return [member](rules::MessageStatus& status, std::string_view arguments) -> std::string {
            const auto& state = status.state<MessageState>();
            if (!state.tagged)
                return {};
            return bayes::describe_tokens(state.result.*member, state.result.learned,
                                          classifier_settings(status.settings()).use_hapaxes,
                                          arguments, std::time(nullptr));
        };
    };
    r.tag("HAMMYTOKENS", list(&bayes::Classification::hammy));
    r.tag("SPAMMYTOKENS", list(&bayes::Classification::spammy));
    r.tag("TOKENSUMMARY", [](rules::MessageStatus& status, std::string_view) -> std::string {
        const auto& state = status.state<MessageState>();
        if (!state.tagged)
            return {};
        const bayes::Classification& c = state.result;
        if (!c.looked_up)
            return "Bayes not run.";
        return fmt::format("Tokens: new, {}; hammy, {}; neutral, {}; spammy, {}.",
                           c.tokens - c.tokens_learned, c.hammy.size(),
                           c.tokens_learned - c.hammy.size() - c.spammy.size(), c.spammy.size());
    });
}

void Bayes::finish_parsing_end(rules::RuleSetBuilder&, config::Settings& settings,
                               config::Diagnostics&) {
    // Languages nobody gave words for are passed over.
    const auto& own = settings.get<BayesSettings>();
    std::vector<std::string> known;
    for (const std::string& language : own.stop_word_languages)
        if (language == "en" || own.stop_words.count(language) != 0)
            known.push_back(language);
    if (known != own.stop_word_languages)
        settings.edit<BayesSettings>().stop_word_languages = std::move(known);
}

// Also says so once a message: what could not be decided must not look like an opinion.
void Bayes::undecided(rules::MessageStatus& status, const std::string& reason) {
    util::log_warn("bayes: could not decide: " + reason);
    auto& state = status.state<MessageState>();
    state.judged = true;
    state.result = {};
}

bool Bayes::prepare(rules::MessageStatus& status, std::string_view state_dir) {
    auto& state = status.state<MessageState>();
    state.state_dir = std::string(state_dir);
    const config::Settings& settings = status.settings();
    const auto& core = settings.get<rules::CoreSettings>();
    if (!core.use_bayes || !core.use_learner || !core.use_bayes_rules)
        return false;
    try {
        auto& entry =
            stores_->get(settings, state_dir, false, wait_within(status.deadline(), kScoringWait));
        entry.store->set_busy_timeout(wait_within(status.deadline(), kScoringWait));
        bayes::Classification nothing;
        nothing.learned = entry.store->message_counts();
        if (bayes::is_usable(nothing.learned, classifier_settings(settings)))
            return true;
        explain(nothing, classifier_settings(settings));
        return false;
    } catch (const NoStore& e) {
        util::log_debug("bayes", std::string("bayes: ") + e.what());
        state.judged = true;
        return false;
    } catch (const std::exception& e) {
        stores_->mark_broken(bayes_file(settings, state_dir), e);
        undecided(status, e.what());
        return false;
    }
}

void Bayes::judge(rules::MessageStatus& status) {
    auto& state = status.state<MessageState>();
    const config::Settings& settings = status.settings();
    try {
        if (!state.judged && is_bayes_ignored(status)) {
            util::log_debug("bayes", "bayes: not using bayes, bayes_ignore_from or _to rule");
        } else if (!state.judged) {
            auto& entry = stores_->get(settings, state.state_dir, false,
                                       wait_within(status.deadline(), kScoringWait));
            entry.store->set_busy_timeout(wait_within(status.deadline(), kScoringWait));
            std::vector<bayes::Token> tokens =
                stores_->tokenizer_for(settings).tokenize(status.message(), true);
            state.result = bayes::classify(tokens, *entry.store, classifier_settings(settings));
            explain(state.result, classifier_settings(settings));
            if (state.result.score) {
                std::time_t now = std::time(nullptr);
                Stores::touch(entry, state.result.significant,
                              std::min(status.message().receive_date(), now),
                              expiry_settings(settings));
            }
        }
        state.judged = true;
    } catch (const NoStore& e) {
        util::log_debug("bayes", std::string("bayes: ") + e.what());
        state.judged = true;
    } catch (const std::exception& e) {
        stores_->mark_broken(bayes_file(settings, state.state_dir), e);
        undecided(status, e.what());
    }
    state.tagged = true;
    const bayes::Classification& c = state.result;
    status.set_tag("BAYESTCHAMMY", std::to_string(c.hammy.size()));
    status.set_tag("BAYESTCSPAMMY", std::to_string(c.spammy.size()));
    if (c.looked_up) {
        status.set_tag("BAYESTCLEARNED", std::to_string(c.tokens_learned));
        status.set_tag("BAYESTC", std::to_string(c.tokens));
    }
    if (c.score)
        status.set_tag("BAYES", fmt::format("{:.17f}", *c.score));  // no exponent: it is read again
}

double Bayes::check(rules::MessageStatus& status, const rules::EvalCall& call) {
    const auto& core = status.settings().get<rules::CoreSettings>();
    if (!core.use_learner || !core.use_bayes || !core.use_bayes_rules)
        return 0;
    auto& state = status.state<MessageState>();
    if (!state.tagged)
        judge(status);
    if (!state.result.score)
        return 0;
    double score = *state.result.score;
    double above = util::parse_double(call.arg(0)).value_or(0);
    bool hit = (above == 0 || score > above) &&
               (call.arg(1) == "undef" || score <= util::parse_double(call.arg(1)).value_or(0));
    if (hit)
        status.test_log(call.rule, fmt::format("score: {:.4f}", score));
    return hit ? 1 : 0;
}

bool Bayes::learn(const message::Message& message, const Lesson& lesson, bayes::Class as,
                  bool relearn) {
    auto* entry = stores_->writable(lesson, kLearningWait);
    return entry != nullptr &&
           bayes::Learner(*entry->store, stores_->tokenizer_for(lesson.settings))
               .learn(message, as, relearn);
}

bool Bayes::learn_checked(rules::MessageStatus& status, bayes::Class as) {
    auto* entry = stores_->writable(
        {status.settings(), status.state<MessageState>().state_dir, status.deadline()},
        kAutoLearningWait);
    if (entry == nullptr)
        return false;
    bayes::Learner learner(*entry->store, stores_->tokenizer_for(status.settings()));
    learner.set_checked(true);
    return learner.learn(status.message(), as, false);
}

bool Bayes::forget(const message::Message& message, const Lesson& lesson) {
    auto* entry = stores_->writable(lesson, kLearningWait);
    return entry != nullptr &&
           bayes::Learner(*entry->store, stores_->tokenizer_for(lesson.settings)).forget(message);
}

std::unique_ptr<rules::Plugin> make_bayes() {
    return std::make_unique<Bayes>();
}

Bayes* find_bayes(const rules::PluginRegistry& registry) {
    for (const auto& plugin : registry.loaded())
        if (auto* bayes = dynamic_cast<Bayes*>(plugin.get()))
            return bayes;
    return nullptr;
}

}  // namespace plugins
