#include "bayes/backup.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <istream>
#include <ostream>

#include "bayes/classifier.h"
#include "regex/regex.h"
#include "util/strings.h"

namespace bayes {

namespace {

std::string hex(const TokenKey& key) {
    return util::to_hex({key.data(), key.size()});
}

bool from_hex(std::string_view text, TokenKey& key) {
    if (text.size() != 2 * key.size())
        return false;
    for (size_t i = 0; i < key.size(); ++i) {
        int high = util::hex_value(static_cast<unsigned char>(text[2 * i]));
        int low = util::hex_value(static_cast<unsigned char>(text[2 * i + 1]));
        if (high < 0 || low < 0)
            return false;
        key[i] = static_cast<char>(high * 16 + low);
    }
    return true;
}

// Cuts `line` at runs of white space into at most `most` fields; the last takes the rest.
std::vector<std::string_view> fields(std::string_view line, size_t most) {
    std::vector<std::string_view> out;
    auto space = [](char c) { return util::is_space(static_cast<unsigned char>(c)); };
    while (out.size() + 1 < most) {
        size_t end = 0;
        while (end < line.size() && !space(line[end]))
            ++end;
        if (end == line.size())
            break;
        out.push_back(line.substr(0, end));
        while (end < line.size() && space(line[end]))
            ++end;
        line.remove_prefix(end);
    }
    out.push_back(line);
    return out;
}

int64_t number(std::string_view text) {
    return std::strtoll(std::string(text).c_str(), nullptr, 10);
}

int db_version(std::string_view line) {
    auto f = fields(line, 3);
    if (f.size() < 3 || f[0] != "v" || f[2].substr(0, 10) != "db_version" || f[1].empty() ||
        f[1].find_first_not_of("0123456789") != std::string_view::npos)
        return -1;
    return static_cast<int>(number(f[1]));
}

void restore_token(TokenStore& store, const std::vector<std::string_view>& f, int version,
                   int64_t now) {
    if (f.size() < 5)
        return;
    TokenCounts counts;
    auto count = [](std::string_view text) {
        return static_cast<uint32_t>(std::clamp<int64_t>(number(text), 0, UINT32_MAX));
    };
    counts.spam = count(f[1]);
    counts.ham = count(f[2]);
    counts.atime = std::min(number(f[3]), now);
    TokenKey key{};
    if (!counts.known())
        return;
    if (version < 3)
        key = token_key(f[4]);
    else if (!from_hex(f[4], key))
        return;
    store.put_token(key, counts);
}

void write_state(TokenStore& store, std::ostream& out) {
    auto counts = store.message_counts();
    out << "v\t3\tdb_version # this must be the first line!!!\n"
        << "v\t" << counts.spam << "\tnum_spam\n"
        << "v\t" << counts.ham << "\tnum_nonspam\n";
    store.each_token([&](const TokenKey& key, const TokenCounts& c) {
        out << "t\t" << c.spam << '\t' << c.ham << '\t' << c.atime << '\t' << hex(key) << '\n';
    });
    store.each_seen([&](std::string_view id, Class as) {
        out << (as == Class::Spam ? "s\ts\t" : "s\th\t") << id << '\n';
    });
}

}  // namespace

void write_backup(TokenStore& store, std::ostream& out) {
    store.read_at_once([&] { write_state(store, out); });
}

std::string restore_backup(TokenStore& store, std::istream& in, int64_t now) {
    std::string line;
    if (!std::getline(in, line) || db_version(line) < 0)
        return "the first line does not tell the database version";
    int version = db_version(line);
    if (version != 2 && version != 3)
        return "database version " + std::to_string(version) +
               " is unsupported, must be version 2 or 3";
    std::optional<int64_t> spam, ham;
    store.begin();
    try {
        store.clear();
        while (std::getline(in, line)) {
            if (line.size() < 2 || !util::is_space(static_cast<unsigned char>(line[1])))
                continue;
            if (line[0] == 'v') {
                auto f = fields(line, 3);
                if (f.size() == 3 && f[2] == "num_spam")
                    spam = number(f[1]);
                else if (f.size() == 3 && f[2] == "num_nonspam")
                    ham = number(f[1]);
            } else if (line[0] == 't') {
                restore_token(store, fields(line, 5), version, now);
            } else if (line[0] == 's') {
                auto f = fields(line, 3);
                if (f.size() == 3 && (f[1] == "h" || f[1] == "s") && !f[2].empty())
                    store.set_seen(f[2], f[1] == "s" ? Class::Spam : Class::Ham);
            }
        }
        if (!spam || !ham) {
            store.rollback();
            return "the counts of learned messages are missing";
        }
        store.put_message_counts({*spam, *ham});
        store.commit();
    } catch (...) {
        store.rollback();
        throw;
    }
    return {};
}

bool write_dump(TokenStore& store, const DumpOptions& options, std::ostream& out) {
    auto line = [&](double probability, int64_t spam, int64_t ham, int64_t atime,
                    std::string_view text) {
        out << fmt::format("{:.3f} {:>10} {:>10} {:>10}  {}\n", probability, spam, ham, atime,
                           text);
    };
    StoreStatistics s = store.statistics();
    if (options.magic) {
        const std::pair<int64_t, std::string_view> rows[] = {
            {3, "bayes db version"},
            {s.nspam, "nspam"},
            {s.nham, "nham"},
            {s.ntokens, "ntokens"},
            {s.oldest_atime, "oldest atime"},
            {s.newest_atime, "newest atime"},
            {s.last_sync, "last journal sync atime"},
            {s.last_expire, "last expiry atime"},
            {s.last_atime_delta, "last expire atime delta"},
            {s.last_expire_reduction, "last expire reduction count"},
        };
        for (const auto& [value, name] : rows)
            line(0, 0, value, 0, "non-token data: " + std::string(name));
    }
    if (!options.tokens)
        return true;
    regex::Regex pattern;
    if (!options.pattern.empty()) {
        auto compiled = regex::Regex::compile(options.pattern);
        if (!compiled.has_value())
            return false;
        pattern = std::move(*compiled);
    }
    TokenStore::MessageCounts learned{s.nspam, s.nham};
    store.each_token([&](const TokenKey& key, const TokenCounts& c) {
        if (pattern.is_compiled() && !pattern.search(std::string_view(key.data(), key.size())))
            return;
        line(token_probability(c, learned, options.use_hapaxes).value_or(0.5), c.spam, c.ham,
             c.atime, hex(key));
    });
    return true;
}

}  // namespace bayes
