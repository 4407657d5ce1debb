// Learning and judging by what was learned, over a whole engine.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "bayes/sqlite_store.h"
#include "rules/plugin.h"
#include "scan/scanner.h"
#include "tests/support/site_directories.h"

namespace {

constexpr const char* kRules =
    "loadplugin Mail::SpamAssassin::Plugin::Bayes\n"
    "loadplugin Mail::SpamAssassin::Plugin::AutoLearnThreshold\n"
    "body BAYES_00 eval:check_bayes('0.00', '0.01')\n"
    "body BAYES_50 eval:check_bayes('0.40', '0.60')\n"
    "body BAYES_99 eval:check_bayes('0.99', '1.00')\n"
    "tflags BAYES_00 nice learn\ntflags BAYES_50 learn\ntflags BAYES_99 learn\n"
    "score BAYES_00 0 0 -1.5 -1.9\nscore BAYES_50 0 0 2 0.8\nscore BAYES_99 0 0 3.8 3.5\n"
    "bayes_min_ham_num 1\nbayes_min_spam_num 1\n";

std::string mail(const std::string& words) {
    return "From: jane@example.com\nTo: joe@example.org\nSubject: note\n"
           "Date: Tue, 2 Jan 2024 03:04:05 +0000\n\n" +
           words + "\n";
}

const std::string kSpam = mail("cheap pills casino winner lottery viagra mortgage refinance");
const std::string kHam = mail("meeting agenda compiler release branch review kernel patches");

struct Room {
    SiteDirectories directories;
    const std::string& root = directories.root;
    std::unique_ptr<const scan::Engine> engine;
    std::unique_ptr<scan::Scanner> scanner;

    explicit Room(const std::string& more = "bayes_auto_learn 0\n") {
        directories.write("rules/1.cf", kRules + ("bayes_path " + root) + "/bayes\n" + more);
        config::Diagnostics diagnostics;
        engine = scan::Engine::load(directories.options(), diagnostics);
        CHECK(diagnostics.error_count() == 0);
        scanner = std::make_unique<scan::Scanner>(*engine);
    }
    std::optional<bool> learn(const std::string& text, std::optional<bool> is_spam) {
        scan::LearnRequest request;
        request.message = text;
        request.is_spam = is_spam;
        return scanner->learn(request);
    }
    std::unique_ptr<scan::Scan> check(const std::string& text) {
        scan::ScanRequest request;
        request.message = text;
        return scanner->scan(std::move(request));
    }
};

}  // namespace

TEST_CASE("bayes: nothing is judged before enough was learned of both classes") {
    Room room;
    CHECK(room.check(kSpam)->tests().empty());
    CHECK(room.learn(kSpam, true) == true);
    CHECK(room.check(kSpam)->tests().empty());
    CHECK(!room.check(kSpam)->bayes_score().has_value());
}

TEST_CASE("bayes: learned mail is recognised, and the tags tell how") {
    Room room;
    CHECK(room.learn(kSpam, true) == true);
    CHECK(room.learn(kHam, false) == true);
    CHECK(room.learn(kSpam, true) == false);
    auto spam = room.check(kSpam);
    CHECK(spam->tests() == "BAYES_99");
    CHECK(spam->score() == doctest::Approx(3.8));
    CHECK(spam->expand("_BAYES_").substr(0, 3) != "0.5");
    CHECK(spam->expand("_SPAMMYTOKENS(99,short)_").find("casino") != std::string::npos);
    CHECK(spam->expand("_HAMMYTOKENS(99,short)_").find("casino") == std::string::npos);
    CHECK(spam->expand("_TOKENSUMMARY_").substr(0, 12) == "Tokens: new,");
    CHECK(spam->expand("_SUMMARY_").find("[score: ") != std::string::npos);

    auto ham = room.check(kHam);
    CHECK(ham->tests() == "BAYES_00");
    // A score far below one in ten thousand is a number like any other.
    REQUIRE(ham->bayes_score().has_value());
    CHECK(*ham->bayes_score() < 0.01);
    CHECK(ham->expand("_BAYES_").substr(0, 4) == "0.00");
}

TEST_CASE("bayes: what is forgotten or learned the other way round counts no more") {
    Room room;
    room.learn(kSpam, true);
    room.learn(kHam, false);
    CHECK(room.learn(kSpam, false) == true);
    CHECK(room.check(kSpam)->tests() != "BAYES_99");
    CHECK(room.learn(kSpam, std::nullopt) == true);
    CHECK(room.learn(kSpam, std::nullopt) == false);
}

TEST_CASE("bayes: a plain ham teaches itself, once") {
    Room room("");
    CHECK(room.check(kHam)->autolearn_text() == "ham autolearn_force=no");
    CHECK(room.check(kHam)->autolearn_text() == "unavailable autolearn_force=no");
    CHECK(room.learn(kHam, std::nullopt) == true);
}

TEST_CASE("bayes: mail of those named by bayes_ignore_from is not judged") {
    Room room("bayes_auto_learn 0\nbayes_ignore_from jane@example.com\n");
    room.learn(kSpam, true);
    room.learn(kHam, false);
    CHECK(room.check(kSpam)->tests().empty());
}

TEST_CASE("bayes: without a database that can be opened mail goes through unjudged") {
    Room room("bayes_path /dev/null/dir/bayes\n");
    CHECK(room.learn(kSpam, true) == false);
    auto scan = room.check(kSpam);
    CHECK(scan->tests().empty());
    CHECK(scan->autolearn_text() == "unavailable autolearn_force=no");
}

TEST_CASE("bayes: a damaged database leaves mail undecided, and the verdict stands") {
    Room room("");
    room.learn(kSpam, true);
    room.learn(kHam, false);
    CHECK(room.check(kHam)->tests() == "BAYES_00");
    // Another file in its place, as after a restore gone wrong.
    std::filesystem::remove(room.root + "/bayes.sqlite-wal");
    std::filesystem::remove(room.root + "/bayes.sqlite-shm");
    std::ofstream(room.root + "/other") << std::string(100000, 'x');
    std::filesystem::rename(room.root + "/other", room.root + "/bayes.sqlite");
    auto scan = room.check(kHam);
    CHECK(scan->tests().empty());
    CHECK(!scan->bayes_score().has_value());
    CHECK(scan->expand("_BAYES_") == "0.5");
    CHECK(scan->autolearn_text().substr(0, 11) == "unavailable");
}

TEST_CASE("bayes: times of tokens are written when the worker ends, not before") {
    Room room;
    room.learn(kSpam, true);
    room.learn(kHam, false);
    bayes::SqliteStore store(room.root + "/bayes.sqlite", {});
    auto newest = [&] { return store.statistics().newest_atime; };
    const int64_t learned = newest();
    std::string later = kSpam;
    later.replace(later.find("2024"), 4, "2025");
    CHECK(room.check(later)->tests() == "BAYES_99");
    for (const auto& plugin : room.engine->plugins().loaded())
        plugin->request_done();
    CHECK(newest() == learned);
    for (const auto& plugin : room.engine->plugins().loaded())
        plugin->worker_end();
    CHECK(newest() == learned + 366 * 86400);
    // And it can go on.
    CHECK(room.check(later)->tests() == "BAYES_99");
}

TEST_CASE("bayes: times of tokens wait while the database is locked") {
    Room room;
    room.learn(kSpam, true);
    room.learn(kHam, false);
    bayes::SqliteStore store(room.root + "/bayes.sqlite", {});
    const int64_t learned = store.statistics().newest_atime;
    std::string later = kSpam;
    later.replace(later.find("2024"), 4, "2025");
    store.begin();
    for (int i = 0; i < 60; ++i) {  // more than a batch
        CHECK(room.check(later)->tests() == "BAYES_99");
        for (const auto& plugin : room.engine->plugins().loaded())
            plugin->request_done();
    }
    store.rollback();
    CHECK(store.statistics().newest_atime == learned);
    CHECK(room.check(later)->tests() == "BAYES_99");
    for (const auto& plugin : room.engine->plugins().loaded())
        plugin->request_done();
    CHECK(store.statistics().newest_atime == learned + 366 * 86400);
}
