#include "bayes/dbm_import.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "util/strings.h"

namespace bayes {

namespace {

constexpr std::string_view kMagic = "\x0d\x01\x07\x09\x03";
constexpr int64_t kVersion = 3;

uint32_t little_endian(std::string_view bytes, size_t at) {
    uint32_t n = 0;
    for (size_t i = 4; i-- > 0;)
        n = n << 8 | static_cast<unsigned char>(bytes[at + i]);
    return n;
}

using Figures = std::map<std::string, int64_t>;

// A file that was cut off is read without an error as far as it goes: it must have about as many
// tokens as it says. Not exactly, as that figure drifts when SpamAssassin is killed.
std::string what_is_wrong(Figures& figures, int64_t read) {
    if (figures["DBVERSION"] != kVersion)
        return "database version " + std::to_string(figures["DBVERSION"]) +
               " is unsupported, must be version 3 (SpamAssassin's own sa-learn --import makes one "
               "of it)";
    if (figures.count("NTOKENS") == 0 || read < figures["NTOKENS"] - figures["NTOKENS"] / 100)
        return "only " + std::to_string(read) + " tokens of " + std::to_string(figures["NTOKENS"]) +
               " can be read, it is damaged";
    return {};
}

bool is_file(const std::string& path) {
    struct stat st {};
    return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

}  // namespace

DbmFiles find_dbm_files(std::string path) {
    for (std::string_view end : {"_toks", "_toks.db", "_seen", "_seen.db"})
        if (path.ends_with(end)) {
            path.resize(path.size() - end.size());
            break;
        }
    auto find = [&](const char* name) -> std::string {
        for (const char* end : {"", ".db"})
            if (std::string file = path + name + end; is_file(file))
                return file;
        return {};
    };
    return {find("_toks"), find("_seen"), find("_journal")};
}

PackedToken unpack_dbm_token(std::string_view value) {
    PackedToken token;
    if (value.empty())
        return token;
    auto first = static_cast<unsigned char>(value[0]);
    if ((first & 0xc0) == 0xc0 && value.size() >= 5) {
        token.is_known = true;
        token.counts = {(first >> 3) & 7u, first & 7u, little_endian(value, 1)};
    } else if ((first & 0xc0) == 0 && value.size() >= 13) {
        token.is_known = true;
        token.counts = {little_endian(value, 1), little_endian(value, 5), little_endian(value, 9)};
    }
    return token;
}

std::string import_dbm(TokenStore& store, const Records& tokens, const Records& seen, int64_t now) {
    Figures figures;
    int64_t read = 0;
    store.begin();
    try {
        store.clear();
        tokens([&](std::string_view key, std::string_view value) {
            if (key.starts_with(kMagic) && key.size() > kMagic.size()) {
                figures[std::string(key.substr(kMagic.size()))] =
                    std::max<int64_t>(0, util::parse_int(value).value_or(0));
                return;
            }
            TokenKey bytes{};
            if (key.size() != bytes.size())
                return;
            ++read;
            PackedToken token = unpack_dbm_token(value);
            if (!token.counts.known())
                return;
            std::memcpy(bytes.data(), key.data(), bytes.size());
            token.counts.atime = std::min(token.counts.atime, now);
            store.put_token(bytes, token.counts);
        });
        if (std::string problem = what_is_wrong(figures, read); !problem.empty()) {
            store.rollback();
            return problem;
        }
        seen([&](std::string_view id, std::string_view as) {
            if (!id.empty() && (as == "s" || as == "h"))
                store.set_seen(id, as == "s" ? Class::Spam : Class::Ham);
        });
        store.put_message_counts({figures["NSPAM"], figures["NHAM"]});
        store.set_last_expire(figures["LASTEXPIRE"], figures["LASTATIMEDELTA"],
                              figures["LASTEXPIREREDUCE"]);
        store.set_last_sync(figures["LASTJOURNALSYNC"]);
        store.commit();
    } catch (...) {
        store.rollback();
        throw;
    }
    return {};
}

}  // namespace bayes
