#include "rules/rule_cache.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "regex/translate.h"
#include "rules/pattern_compiler.h"
#include "rules/prefilter.h"
#include "tests/support/temporary_directory.h"
#include "util/digest.h"
#include "util/file.h"

using namespace rules;

namespace {

const std::vector<std::string> kPatterns = {"offer[ab]cd",           "(?:free|gratis) money",
                                            "viagra|c[i1!]alis",     ".*",
                                            "[0-9]{6}x(?:yz|\\xC3)", "winner\\s+takes"};

struct Made {
    std::vector<CompiledPattern> patterns;
    Prefilter filter;
    RuleCacheBuilder collected;
};

// Loads the patterns as a program is loaded.
Made load(const RuleCache* known, const std::vector<std::string>& patterns = kPatterns) {
    Made made;
    PatternCompiler compiler;
    for (const auto& pattern : patterns)
        compiler.add(pattern, {}, true);
    made.patterns = compiler.run(2, known);
    for (const auto& pattern : made.patterns) {
        made.filter.add(pattern.required.factors);
        for (const auto* sought : {&pattern.required, &pattern.starts}) {
            if (!sought->key)
                continue;
            made.collected.add(*sought->key, sought->factors);
            if (!sought->was_known)
                made.collected.set_news();
        }
    }
    made.filter.finish(known, &made.collected);
    return made;
}

std::string cache_bytes(const std::vector<std::string>& patterns = kPatterns) {
    RuleCache empty;
    return load(&empty, patterns).collected.bytes();
}

bool same(const std::optional<RequiredFactors>& a, const std::optional<RequiredFactors>& b) {
    if (!a || !b)
        return a.has_value() == b.has_value();
    return a->factors == b->factors && a->classes == b->classes && a->shares == b->shares &&
           a->frequency == b->frequency && a->finds == b->finds;
}

// Whether whatever the cache says makes no other program than no cache does.
void check_same_as_without(const RuleCache& cache, const Made& expected) {
    Made made = load(&cache);
    for (size_t i = 0; i < kPatterns.size(); ++i) {
        CHECK(same(made.patterns[i].required.factors, expected.patterns[i].required.factors));
        CHECK(same(made.patterns[i].starts.factors, expected.patterns[i].starts.factors));
    }
    CHECK(made.filter.slots() == expected.filter.slots());
    const std::string text = "a free money offeracd c1alis 123456xyz winner  takes offerzcd";
    Prefilter::Candidates found, wanted;
    found.reset(made.filter);
    wanted.reset(expected.filter);
    made.filter.scan(text, 0, found);
    expected.filter.scan(text, 0, wanted);
    for (uint32_t slot = 0; slot < expected.filter.slots(); ++slot)
        CHECK(found.of(slot) == wanted.of(slot));
}

}  // namespace

TEST_CASE("rule cache: what was found out is found again, and nothing else is news") {
    RuleCache empty;
    Made first = load(&empty);
    CHECK(first.collected.has_news());
    auto cache = RuleCache::parse(first.collected.bytes());
    REQUIRE(cache.has_value());
    CHECK(cache->size() == 2 * kPatterns.size() + 1);  // and the groups
    Made second = load(&*cache);
    CHECK_FALSE(second.collected.has_news());
    for (const auto& pattern : second.patterns) {
        CHECK(pattern.required.was_known);
        CHECK(pattern.starts.was_known);
    }
    CHECK(second.collected.bytes() == first.collected.bytes());
    check_same_as_without(*cache, load(nullptr));

    // One more pattern is news; what is not used any more is dropped.
    auto other = kPatterns;
    other.back() = "loser\\s+takes";
    Made third = load(&*cache, other);
    CHECK(third.collected.has_news());
    CHECK(third.patterns[0].required.was_known);
    CHECK_FALSE(third.patterns.back().required.was_known);
    auto again = RuleCache::parse(third.collected.bytes());
    REQUIRE(again.has_value());
    CHECK(again->size() == cache->size());
    CHECK_FALSE(again->factors(RuleCache::pattern_key("winner\\s+takes", {})).has_value());
}

TEST_CASE("rule cache: a pattern has its flags in its key") {
    regex::Flags caseless;
    caseless.caseless = true;
    CHECK_FALSE(RuleCache::pattern_key("a", {}) == RuleCache::pattern_key("a", caseless));
    CHECK_FALSE(RuleCache::pattern_key("a", {}) == RuleCache::pattern_key("b", {}));
    CHECK_FALSE(RuleCache::pattern_key("000000a", {}) == RuleCache::groups_key("000000a"));
}

TEST_CASE("rule cache: a file cut short or changed anywhere is not used") {
    const std::string good = cache_bytes();
    REQUIRE(RuleCache::parse(good).has_value());
    for (size_t size = 0; size < good.size(); ++size)
        CHECK_FALSE(RuleCache::parse(good.substr(0, size)).has_value());
    CHECK_FALSE(RuleCache::parse(good + '\0').has_value());
    for (size_t at = 0; at < good.size(); ++at) {
        for (char flip : {'\x01', '\x80', '\xFF'}) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ flip);
            CHECK_FALSE(RuleCache::parse(bad).has_value());
        }
    }
}

TEST_CASE("rule cache: nonsense with a good digest is read without harm") {
    const std::string good = cache_bytes();
    const Made expected = load(nullptr);
    // Behind the magic, the byte order, and the digest of the sources with its length.
    const size_t digest_at = 8 + 4 + 4 + 64, payload_at = digest_at + 32;
    REQUIRE(good.substr(digest_at, 32) == util::sha256(good.substr(payload_at)));
    auto sealed = [&](const std::string& payload) {
        return good.substr(0, digest_at) + util::sha256(payload) + payload;
    };
    const std::string payload = good.substr(payload_at);
    size_t used = 0;
    auto use = [&](const std::string& changed) {
        auto cache = RuleCache::parse(sealed(changed));
        if (!cache)
            return;
        ++used;
        for (const auto& pattern : kPatterns) {
            auto translated = regex::translate(pattern, {});
            auto found = cache->factors(RuleCache::pattern_key(*translated, {}));
            if (!found || !*found)
                continue;
            for (const auto& factor : (*found)->factors) {
                CHECK(factor.length >= 2);
                CHECK(factor.length <= RequiredFactors::kMaxLength);
                for (size_t i = 0; i < factor.length; ++i)
                    CHECK(factor.classes[i] < (*found)->classes.size());
            }
            CHECK((*found)->shares.size() == (*found)->classes.size());
        }
        // Must not crash; sanitizers look on.
        Made made = load(&*cache);
        Prefilter::Candidates found;
        found.reset(made.filter);
        made.filter.scan("a free money offeracd c1alis 123456xyz winner  takes", 0, found);
    };
    for (size_t at = 0; at < payload.size(); ++at) {
        std::string changed = payload;
        changed[at] = static_cast<char>(changed[at] ^ 0x80);
        use(changed);
        if (at % 7 == 0)
            use(payload.substr(0, at));
    }
    CHECK(used > 100);
    use("");
    use(std::string(100, '\xFF'));
    auto whole = RuleCache::parse(sealed(payload));
    REQUIRE(whole.has_value());
    check_same_as_without(*whole, expected);
}

TEST_CASE("rule cache: groups must hold each entry once") {
    auto key = RuleCache::groups_key("content");
    auto read = [&](const RuleCache::Groups& groups, size_t entries, size_t most) {
        RuleCacheBuilder builder;
        builder.add(key, groups);
        auto cache = RuleCache::parse(builder.bytes());
        REQUIRE(cache.has_value());
        return cache->groups(key, entries, most);
    };
    RuleCache::Groups good = {{2, 0}, {1}};
    CHECK(read(good, 3, 2) == good);
    CHECK_FALSE(read(good, 3, 1).has_value());
    CHECK_FALSE(read(good, 2, 2).has_value());
    CHECK_FALSE(read(good, 4, 2).has_value());
    CHECK_FALSE(read({{2, 0}, {2}}, 3, 2).has_value());
    CHECK_FALSE(read({{3, 0}, {1}}, 3, 2).has_value());
    CHECK_FALSE(read({{2, 0}, {1}, {}}, 3, 8).has_value());
    RuleCacheBuilder other;
    other.add(key, std::optional<RequiredFactors>());
    CHECK_FALSE(RuleCache::parse(other.bytes())->groups(key, 0, 8).has_value());
}

TEST_CASE("rule cache: a file is stored whole, and read only where nobody else can write") {
    TemporaryDirectory directory;
    const std::string path = directory.path + "/rules";
    RuleCacheUpdate update{path, cache_bytes()};
    CHECK_FALSE(RuleCache::load(path).has_value());
    CHECK_FALSE(update.store().has_value());
    CHECK(util::read_file(path) == update.bytes);
    REQUIRE(RuleCache::load(path).has_value());
    CHECK(RuleCache::load(path)->size() == 2 * kPatterns.size() + 1);
    CHECK_FALSE(update.store().has_value());  // again, over the old one
    CHECK(std::distance(std::filesystem::directory_iterator(directory.path), {}) == 1);

    for (mode_t mode : {0664, 0646, 0666}) {
        ::chmod(path.c_str(), mode);
        CHECK_FALSE(RuleCache::load(path).has_value());
    }
    ::chmod(path.c_str(), 0644);
    for (mode_t mode : {0775, 0757, 01777}) {
        ::chmod(directory.path.c_str(), mode);
        CHECK_FALSE(RuleCache::load(path).has_value());
        CHECK(update.store().has_value());
    }
    ::chmod(directory.path.c_str(), 0755);
    CHECK(RuleCache::load(path).has_value());
    if (::geteuid() == 0) {
        CHECK(::chown(path.c_str(), 12345, 12345) == 0);
        CHECK_FALSE(RuleCache::load(path).has_value());
        CHECK(::chown(path.c_str(), 0, 0) == 0);
        CHECK(::chown(directory.path.c_str(), 12345, 12345) == 0);
        CHECK_FALSE(RuleCache::load(path).has_value());
        CHECK(::chown(directory.path.c_str(), 0, 0) == 0);
    }
    // Neither links nor what is no file.
    CHECK(::symlink(path.c_str(), (path + ".link").c_str()) == 0);
    CHECK_FALSE(RuleCache::load(path + ".link").has_value());
    CHECK(::mkfifo((path + ".fifo").c_str(), 0644) == 0);
    CHECK_FALSE(RuleCache::load(path + ".fifo").has_value());
    CHECK_FALSE(RuleCache::load(directory.path).has_value());
    CHECK_FALSE(RuleCache::load(directory.path + "/none/rules").has_value());
    CHECK(RuleCacheUpdate{directory.path + "/none/rules", "x"}.store().has_value());
    CHECK(::truncate(path.c_str(), RuleCache::kMaxBytes + 1) == 0);
    CHECK_FALSE(RuleCache::load(path).has_value());
    CHECK_FALSE(RuleCacheUpdate{}.store().has_value());  // nothing to do
}
