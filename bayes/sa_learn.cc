// sa-learn: teaches the Bayes database from the command line, with the options, output lines and
// exit codes of SpamAssassin's program of that name.

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>

#include "bayes/backup.h"
#include "bayes/berkeley_file.h"
#include "bayes/dbm_import.h"
#include "bayes/expiry.h"
#include "bayes/learner.h"
#include "bayes/sqlite_store.h"
#include "mailbox/listing.h"
#include "mailbox/standard_input.h"
#include "mailbox/target.h"
#include "options/options.h"
#include "plugins/bayes.h"
#include "regex/regex.h"
#include "rules/core_settings.h"
#include "rules/matcher.h"
#include "rules/regexp_syntax.h"
#include "scan/engine.h"
#include "scan/markup_remover.h"
#include "util/error.h"
#include "util/log.h"
#include "util/strings.h"

namespace {

using options::Argument;

constexpr int kUsage = 64, kFailed = 2;
constexpr size_t kBatch = 50;  // messages a transaction
// What is done without learning; the first of them counts.
constexpr const char* kAlone[] = {"dump", "import", "import-db", "clear", "backup", "restore"};

volatile std::sig_atomic_t interrupted = 0;

const options::Table& table() {
    static const options::Table t(
        {
            {"ham", 0, Argument::None, "", "Learn the following messages as ham", {"nonspam"}},
            {"spam", 0, Argument::None, "", "Learn the following messages as spam"},
            {"forget", 0, Argument::None, "", "Forget the following messages"},
            {"use-ignores", 0, Argument::None, "", "Use bayes_ignore_from and bayes_ignore_to"},
            {"sync", 0, Argument::None, "", "Bring the database up to date"},
            {"rebuild", 0, Argument::None, "", ""},
            {"force-expire", 0, Argument::None, "", "Drop old tokens now", {"expire"}},
            {"dbpath", 0, Argument::Required, "PATH", "Database, as bayes_path names it", {"db"}},
            {"dump", 0, Argument::Optional, "all|data|magic", "Print what the database holds"},
            {"regexp", 0, Argument::Required, "RE", "With --dump: only tokens that match", {"re"}},
            {"folders", 'f', Argument::Required, "FILE", "Read the list of targets from a file"},
            {"dir", 0, Argument::None, "", "Ignored: directories are recognised"},
            {"file", 0, Argument::None, "", "Ignored: files are recognised"},
            {"single", 0, Argument::None, "", "Ignored, as --file"},
            {"mbox", 0, Argument::None, "", "The sources are mbox files"},
            {"mbx", 0, Argument::None, "", "The sources are mbx files"},
            {"max-size", 0, Argument::Required, "BYTES", "Pass over larger messages; 0 = no limit"},
            {"stopafter", 0, Argument::Required, "N", "Stop after this many learned messages"},
            {"learnprob", 0, Argument::Required, "P", "Learn each message with this probability"},
            {"randseed", 0, Argument::Required, "N", "Seed for --learnprob"},
            {"showdots", 0, Argument::None, "", "A dot a message"},
            {"progress", 0, Argument::None, "", "A progress bar on standard error"},
            {"no-sync", 0, Argument::None, "", "Do not expire after learning", {"nosync"}},
            {"no-rebuild", 0, Argument::None, "", "", {"norebuild"}},
            {"local", 'L', Argument::None, "", "Do not ask the network"},
            {"import", 0, Argument::None, "", "Take over the files of SpamAssassin's beside it"},
            {"import-db", 0, Argument::Required, "PATH", "Replace the database by SpamAssassin's"},
            {"clear", 0, Argument::None, "", "Wipe the database"},
            {"backup", 0, Argument::None, "", "Write the database to standard output"},
            {"restore", 0, Argument::Required, "FILE", "Replace the database by a backup"},
            {"username", 'u', Argument::Required, "NAME", "User, for databases with many"},
            {"configpath",
             'C',
             Argument::Required,
             "PATH",
             "Directory of the rules",
             {"config-file", "config-dir"}},
            {"c", 'c', Argument::Required, "PATH", ""},
            {"prefspath", 'p', Argument::Required, "FILE", "User preferences", {"prefs-file"}},
            {"siteconfigpath", 0, Argument::Required, "PATH",
             "Directory of the site's configuration"},
            {"cf", 0, Argument::Required, "LINE", "One more line of configuration"},
            {"quiet", 'q', Argument::None, "", "Do not report what was learned"},
            {"debug", 'D', Argument::Optional, "AREAS", "Debugging output", {"debug-level"}},
            {"version", 'V', Argument::None, "", "Print the version"},
            {"help", 'h', Argument::None, "", "Print this"},
            {"?", '?', Argument::None, "", ""},
        },
        false);
    return t;
}

int usage(const std::string& text) {
    std::cout << "SpamAssassin version 4.0.1\n" << std::flush;
    std::cerr << text << "\n\nUsage: sa-learn [options] [target ...]\n\nOptions:\n"
              << table().help();
    return kUsage;
}

// As there: "please re-run" is what scripts look for.
int returned_an_error(std::string_view what, std::string_view reason) {
    std::cerr << "ERROR: Bayes " << what
              << " returned an error, please re-run with -D for more information\n";
    if (!reason.empty())
        std::cerr << "sa-learn: " << reason << '\n';
    return kFailed;
}

// Without -D: warnings alone, as they are.
class WarningSink : public util::LogSink {
public:
    void write(util::LogLevel level, std::string_view text) override {
        if (level == util::LogLevel::Warn || level == util::LogLevel::Error)
            std::cerr << text << '\n';
    }
};

// The options whose argument is a number; the name of one that has something else.
std::string not_a_number(const options::Parsed& parsed) {
    for (const char* name : {"stopafter", "randseed", "max-size"})
        for (const std::string& value : parsed.values(name))
            if (!util::parse_int(value))
                return name;
    for (const std::string& value : parsed.values("learnprob"))
        if (!util::parse_double(value))
            return "learnprob";
    return {};
}

// "/re/" or "re".
std::string bare_pattern(std::string_view text) {
    if (text.size() >= 2 && text.front() == '/' && text.back() == '/')
        text = text.substr(1, text.size() - 2);
    return std::string(text);
}

bool is_dump_option(std::string_view what) {
    return what.empty() || what == "all" || what == "magic" || what == "data";
}

// How far it is, on standard error: a line drawn over again on a terminal, else one line a tenth.
class Progress {
public:
    explicit Progress(size_t total)
        : total_(std::max<size_t>(total, 1)), is_terminal_(::isatty(STDERR_FILENO) == 1) {}
    void show(size_t done) {
        size_t step = is_terminal_ ? 100 : 10;
        size_t at = std::min(done, total_) * step / total_;
        if (at == shown_)
            return;
        shown_ = at;
        size_t percent = at * 100 / step;
        if (is_terminal_)
            std::cerr << '\r';
        std::cerr << fmt::format("{:>3}% [{:<50}] {}/{}", percent, std::string(percent / 2, '='),
                                 done, total_)
                  << (is_terminal_ ? "" : "\n") << std::flush;
    }
    void end(size_t done) {
        show(done);
        if (is_terminal_)
            std::cerr << '\n';
    }

private:
    size_t total_, shown_ = 0;
    bool is_terminal_;
};

class Program {
public:
    explicit Program(options::Parsed parsed) : parsed_(std::move(parsed)) {}
    int run();

private:
    enum class Targets { Found, WithoutClass, Unreadable };
    Targets collect_targets();
    void warn_of_old_ways() const;
    int refuse_without_bayes() const;
    int dump();
    int restore();
    int import_beside(const std::string& path);
    int import(const std::string& path);
    int sync();
    int learn();
    bool take(std::string text, bayes::Class as);
    bool is_ignored(const message::Message& message) const;
    bool skips_sync() const { return parsed_.has("no-sync") || parsed_.has("no-rebuild"); }
    const config::Settings& settings() const { return engine_->settings(); }
    const rules::CoreSettings& core() const { return settings().get<rules::CoreSettings>(); }

    options::Parsed parsed_;
    std::unique_ptr<const scan::Engine> engine_;
    std::unique_ptr<bayes::SqliteStore> store_;
    std::unique_ptr<bayes::Tokenizer> tokenizer_;
    std::unique_ptr<bayes::Learner> learner_;
    std::vector<mailbox::Target> targets_;
    std::mt19937 random_{std::random_device{}()};
    size_t examined_ = 0, learned_ = 0, in_batch_ = 0;
    std::optional<size_t> stop_after_;
    std::unique_ptr<Progress> progress_;
};

// Targets take the class said last before them.
Program::Targets Program::collect_targets() {
    std::optional<bayes::Class> as;
    for (const auto& o : parsed_.in_order()) {
        if (o.name == "ham")
            as = bayes::Class::Ham;
        else if (o.name == "spam")
            as = bayes::Class::Spam;
    }
    const bool forget = parsed_.has("forget");
    mailbox::Target defaults;
    defaults.is_spam = as == bayes::Class::Spam;
    defaults.format = parsed_.has("mbox")  ? mailbox::Format::Mbox
                      : parsed_.has("mbx") ? mailbox::Format::Mbx
                                           : mailbox::Format::Detect;
    auto add = [&](const std::string& location) {
        if (!as && !forget)
            return false;
        targets_.push_back(defaults);
        targets_.back().location = location;
        return true;
    };
    for (const std::string& location : parsed_.positional())
        if (!add(location))
            return Targets::WithoutClass;
    auto folders = parsed_.value("folders");
    if (folders) {
        std::ifstream in(*folders);
        if (!in) {
            std::cerr << "cannot open " << *folders << ": " << std::strerror(errno) << '\n';
            return Targets::Unreadable;
        }
        std::string line;
        while (std::getline(in, line)) {
            if (util::trim(line).empty())
                continue;
            if (line.compare(0, 4, "ham:") != 0 && line.compare(0, 5, "spam:") != 0) {
                if (!add(line))
                    return Targets::WithoutClass;
                continue;
            }
            mailbox::ParsedTarget target = mailbox::parse_target(line, defaults);
            if (target.error.empty())
                targets_.push_back(std::move(target.target));
            else
                std::cerr << target.error << '\n';
        }
    }
    if (targets_.empty() && !folders && !add("-"))
        return Targets::WithoutClass;
    return Targets::Found;
}

void Program::warn_of_old_ways() const {
    if (parsed_.has("rebuild"))
        std::cerr << "The --rebuild option has been deprecated.  Please use --sync instead.\n";
    if (parsed_.has("no-rebuild"))
        std::cerr
            << "The --no-rebuild option has been deprecated.  Please use --no-sync instead.\n";
    if (parsed_.has("forget") && skips_sync())
        std::cerr << "sa-learn warning: --forget requires read/write access to the database, and "
                     "is incompatible with --no-sync\n";
}

int Program::refuse_without_bayes() const {
    constexpr std::string_view kReason = "configuration specifies 'use_bayes 0'";
    if (auto what = parsed_.value("dump"); what && !is_dump_option(*what)) {
        std::cerr << "Unknown dump option '" << *what << "'\n";
        return 1;
    }
    for (const char* what : kAlone)
        if (parsed_.has(what))
            return returned_an_error(what, kReason);
    std::cerr << "ERROR: " << kReason << ", sa-learn disabled\n";
    return 1;
}

int Program::dump() {
    std::string what = *parsed_.value("dump");
    bayes::DumpOptions options;
    if (what == "magic")
        options.tokens = false;
    else if (what == "data")
        options.magic = false;
    else if (!is_dump_option(what)) {
        std::cerr << "Unknown dump option '" << what << "'\n";
        return 1;
    }
    if (auto text = parsed_.value("regexp")) {
        auto regexp = rules::parse_regexp(*text, rules::Delimiters::Optional);
        if (!regexp.has_value() || rules::regexp_error(*regexp))
            return returned_an_error("dump", "Invalid dump_tokens regex '" + *text + "'");
        options.pattern = "(?" + regexp->flags + ":" + regexp->pattern + ")";
    }
    options.use_hapaxes = plugins::classifier_settings(settings()).use_hapaxes;
    if (!bayes::write_dump(*store_, options, std::cout))
        return returned_an_error("dump", "Invalid dump_tokens regex '" + options.pattern + "'");
    return 0;
}

int Program::restore() {
    std::string path = *parsed_.value("restore");
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return returned_an_error("restore", path + ": " + std::strerror(errno));
    std::string problem = bayes::restore_backup(*store_, in, std::time(nullptr));
    return problem.empty() ? 0 : returned_an_error("restore", path + ": " + problem);
}

// There is no older form of this store, but there may be one of SpamAssassin's beside it.
int Program::import_beside(const std::string& path) {
    std::string beside = path.substr(0, path.size() - std::strlen(".sqlite"));
    std::string tokens = bayes::find_dbm_files(beside).tokens;
    if (tokens.empty())
        return 0;
    if (!bayes::BerkeleyFile::is_built_in()) {
        std::cerr << "sa-learn: " << tokens
                  << " is a database of SpamAssassin, which is carried over by\n"
                  << "its own sa-learn --backup > FILE and this program's --restore FILE\n";
        return 1;
    }
    if (bayes::StoreStatistics s = store_->vitals(); s.nspam + s.nham + s.ntokens > 0) {
        std::cerr << "sa-learn: " << path << " holds something already; --import-db " << beside
                  << " replaces it\n";
        return 1;
    }
    return import(beside);
}

int Program::import(const std::string& path) {
    bayes::DbmFiles files = bayes::find_dbm_files(path);
    if (files.tokens.empty())
        return returned_an_error("import", path + "_toks: " + std::strerror(ENOENT));
    auto records = [](const std::string& file) -> bayes::Records {
        return [&file](const auto& fn) {
            if (!file.empty())
                bayes::BerkeleyFile(file).each(fn);
        };
    };
    std::string problem;
    try {
        problem = bayes::import_dbm(*store_, records(files.tokens), records(files.seen),
                                    std::time(nullptr));
        if (!problem.empty())
            problem = files.tokens + ": " + problem;
    } catch (const bayes::StoreBusy&) {
        throw;
    } catch (const util::Error& e) {
        problem = e.what();
    }
    if (!problem.empty())
        return returned_an_error("import", problem);
    std::error_code error;
    if (!files.journal.empty() && std::filesystem::file_size(files.journal, error) > 0)
        std::cerr << "sa-learn: " << files.journal
                  << " has what is not in the database yet; SpamAssassin's own sa-learn --sync "
                     "puts it there\n";
    bayes::StoreStatistics s = store_->vitals();
    if (!parsed_.has("quiet"))
        std::cout << "Imported " << s.ntokens << " token(s) of " << s.nspam << " spam and "
                  << s.nham << " ham message(s)\n";
    return 0;
}

int Program::sync() {
    std::time_t now = std::time(nullptr);
    store_->set_last_sync(now);
    bayes::ExpirySettings expiry = plugins::expiry_settings(settings());
    if (!parsed_.has("force-expire") && !bayes::is_expiry_due(*store_, expiry, now))
        return 0;
    bayes::ExpiryResult result = bayes::expire(*store_, expiry, now);
    if (result.ran && !parsed_.has("quiet"))
        std::cout << "expired old bayes database entries in " << std::time(nullptr) - now
                  << " seconds\n"
                  << result.kept << " entries kept, " << result.deleted << " deleted\n";
    return 0;
}

bool Program::is_ignored(const message::Message& message) const {
    rules::StatusOptions options;
    message::Message copy(std::string(message.pristine()), core().message);
    rules::MessageStatus status(engine_->rules(), settings(), copy, options);
    return plugins::is_bayes_ignored(status);
}

bool Program::take(std::string text, bayes::Class as) {
    if (interrupted != 0)
        throw util::Error("interrupted");
    if (auto p = parsed_.value("learnprob")) {
        double probability = util::parse_double(*p).value_or(1);
        if (std::uniform_real_distribution<double>(0, 1)(random_) >= probability) {
            if (parsed_.has("showdots"))
                std::cerr << '_';
            return true;
        }
    }
    if (stop_after_ && learned_ > *stop_after_)
        return false;
    ++examined_;
    if (scan::has_checker_version(text))
        text = scan::remove_markup(text, core().rewrite_header);
    message::Message message(std::move(text), core().message);
    rules::prepare_message(engine_->plugins(), message, settings());
    if (in_batch_ == 0)
        store_->begin();
    bool done = false;
    if (parsed_.has("forget"))
        done = learner_->forget(message);
    else if (!parsed_.has("use-ignores") || !is_ignored(message))
        done = learner_->learn(message, as);
    learned_ += done ? 1 : 0;
    if (++in_batch_ >= kBatch) {
        store_->commit();
        in_batch_ = 0;
    }
    if (parsed_.has("showdots"))
        std::cerr << '.';
    if (progress_)
        progress_->show(examined_);
    return true;
}

int Program::learn() {
    if (auto n = parsed_.value("stopafter"))
        if (auto value = util::parse_int(*n); value && *value >= 0)
            stop_after_ = static_cast<size_t>(*value);
    if (auto seed = parsed_.value("randseed"))
        random_.seed(static_cast<unsigned>(util::parse_int(*seed).value_or(0)));
    tokenizer_ = std::make_unique<bayes::Tokenizer>(plugins::tokenizer_settings(settings()));
    learner_ = std::make_unique<bayes::Learner>(*store_, *tokenizer_);
    if (skips_sync() && !parsed_.has("forget"))
        learner_->defer_seen();
    mailbox::Options options;
    options.max_size = 500 * 1024;
    if (auto size = parsed_.value("max-size"))
        options.max_size =
            static_cast<size_t>(std::max<int64_t>(0, util::parse_int(*size).value_or(500 * 1024)));
    options.warn = [](const std::string& text) { std::cerr << text << '\n'; };
    regex::Regex separator;
    if (auto text = core().other_or("mbox_format_from_regex", ""); !text.empty()) {
        if (auto compiled = regex::Regex::compile(bare_pattern(text)); compiled.has_value()) {
            separator = std::move(*compiled);
            options.is_separator = [&](std::string_view line) { return separator.search(line); };
        }
    }
    mailbox::StandardInput standard_input("sa-learn");
    for (mailbox::Target& target : targets_) {
        if (target.location == "-")
            target.location = standard_input.file();
    }
    mailbox::MessageReader reader(options);
    bool any = false;
    const auto entries = mailbox::list_messages(targets_, options);
    if (parsed_.has("progress") && !parsed_.has("quiet"))
        progress_ = std::make_unique<Progress>(entries.size());
    for (const mailbox::Entry& entry : entries) {
        std::optional<std::string> text = reader.read(entry);
        if (!text)
            continue;
        any = true;
        if (!take(std::move(*text), entry.is_spam ? bayes::Class::Spam : bayes::Class::Ham))
            break;
    }
    if (in_batch_ > 0)
        store_->commit();
    learner_->flush_seen();
    if (progress_)
        progress_->end(entries.size());
    if (parsed_.has("showdots"))
        std::cerr << '\n';
    if (!parsed_.has("quiet"))
        std::cout << (parsed_.has("forget") ? "Forgot" : "Learned") << " tokens from " << learned_
                  << " message(s) (" << examined_ << " message(s) examined)\n";
    return any ? 0 : 1;  // as there, having found no message at all is a failure
}

int Program::run() {
    if (std::string name = not_a_number(parsed_); !name.empty()) {
        std::cerr << "the argument for option '--" << name << "' is not a number\n";
        return usage("Unknown option!");
    }
    if (parsed_.has("help") || parsed_.has("?"))
        return usage("For more information read the manual page");
    if (parsed_.has("version")) {
        std::cout << "SpamAssassin version 4.0.1\n";
        return 0;
    }
    if (parsed_.has("showdots") && parsed_.has("progress")) {
        std::cout << "--showdots and --progress may not be used together, please select just one\n";
        return 0;
    }
    bool learns = parsed_.has("ham") || parsed_.has("spam") || parsed_.has("forget") ||
                  parsed_.has("folders");
    bool syncs = parsed_.has("sync") || parsed_.has("rebuild") || parsed_.has("force-expire");
    bool other = false;
    for (const char* name : kAlone)
        other |= parsed_.has(name);
    if (!learns && !syncs && !other && !parsed_.positional().empty())
        return usage("Please select either --spam or --ham or --forget before the first target");
    if (!learns && !syncs && !other)
        return usage(
            "Please select either --spam, --ham, --folders, --forget, --sync, --import,\n"
            "--dump, --clear, --backup or --restore");

    warn_of_old_ways();
    if (auto areas = parsed_.value("debug")) {
        util::log().set_areas(areas->empty() ? "all" : *areas);
        util::log().add_sink(util::make_stderr_sink());
    } else {
        util::log().add_sink(std::make_unique<WarningSink>());
    }

    scan::LoadOptions load;
    load.config_path = parsed_.value("configpath").value_or(parsed_.value("c").value_or(""));
    load.site_config_path = parsed_.value("siteconfigpath").value_or("");
    load.user_prefs = parsed_.value("prefspath").value_or("");
    load.local_tests_only = true;
    load.compiles_rules = false;
    if (auto path = parsed_.value("dbpath")) {
        std::error_code error;
        std::string file = std::filesystem::is_directory(*path, error) ? *path + "/bayes" : *path;
        load.cf_lines.push_back("bayes_path " + file);
    }
    if (other)
        load.cf_lines.emplace_back("use_bayes 1");
    for (const std::string& line : parsed_.values("cf"))
        load.cf_lines.push_back(line);
    config::Diagnostics diagnostics;
    engine_ = scan::Engine::load(load, diagnostics);
    if (!core().use_bayes)
        return refuse_without_bayes();
    if (!other && !syncs) {
        Targets targets = collect_targets();
        if (targets == Targets::Unreadable)
            return kFailed;
        if (targets == Targets::WithoutClass)
            return usage(
                "Please select either --spam or --ham or --forget before the first target");
    }

    std::string path = plugins::bayes_file(settings(), "");
    // Looking does not make a database.
    for (const char* what : {"dump", "backup"})
        if (parsed_.has(what) && ::access(path.c_str(), F_OK) != 0)
            return returned_an_error(what, path + ": " + std::strerror(errno));
    if (std::string directory = std::filesystem::path(path).parent_path().string();
        !directory.empty()) {
        std::error_code error;
        std::filesystem::create_directories(directory, error);
    }
    bayes::SqliteStore::Options options;
    options.file_mode = plugins::bayes_file_mode(settings());
    options.busy_timeout_ms = 60000;
    store_ = std::make_unique<bayes::SqliteStore>(path, options);
    std::ios::sync_with_stdio(false);

    if (parsed_.has("dump"))
        return dump();
    if (parsed_.has("import"))
        return import_beside(path);
    if (parsed_.has("import-db"))
        return import(*parsed_.value("import-db"));
    if (parsed_.has("clear")) {
        store_->clear();
        return 0;
    }
    if (parsed_.has("backup")) {
        bayes::write_backup(*store_, std::cout);
        return 0;
    }
    if (parsed_.has("restore"))
        return restore();
    if (syncs)
        return sync();
    return learn();
}

}  // namespace

int main(int argc, char** argv) {
    for (int s : {SIGHUP, SIGINT, SIGTERM})
        std::signal(s, [](int) { interrupted = 1; });
    std::signal(SIGPIPE, SIG_IGN);
    // A limit on the size of files is an error of the write, with the name of the database.
    std::signal(SIGXFSZ, SIG_IGN);
    std::vector<std::string> arguments(argv + 1, argv + argc);
    if (std::adjacent_find(arguments.begin(), arguments.end(), [](const auto& a, const auto& b) {
            return a == "--restore" && b.empty();
        }) != arguments.end()) {
        std::cerr << "ERROR: You must specify a filename to restore.\n";
        return kFailed;
    }
    auto parsed = table().parse(arguments);
    if (!parsed.has_value()) {
        std::cerr << parsed.error() << '\n';
        return usage("Unknown option!");
    }
    try {
        int rc = Program(std::move(*parsed)).run();
        std::cout.flush();
        return std::cout ? rc : 255;
    } catch (const std::exception& e) {
        std::cerr << "ERROR: " << e.what() << '\n';
        return 255;
    }
}
