#include "rules/rule_cache.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <system_error>
#include <type_traits>

#include "util/digest.h"
#include "util/file.h"
#include "util/unique_fd.h"

#ifndef MIHARU_ANALYSIS
#error "MIHARU_ANALYSIS: digest of the sources that say what is in the cache"
#endif

namespace rules {

using regex::ByteSet;

namespace {

// Magic, digest of the sources, digest of what follows; then the count and table of classes, the
// count of entries, and the entries. Numbers are as this machine has them: another one's file does
// not have these bytes in front.
constexpr std::string_view kMagic = "MiharuRC";
constexpr std::string_view kAnalysis = MIHARU_ANALYSIS;
constexpr uint32_t kByteOrder = 0x01020304;
constexpr size_t kDigest = 32;
constexpr size_t kClassBytes = 32 + sizeof(double);
constexpr uint32_t kMaxFinds = 255;

enum Kind : uint8_t { kNoFactors = 1, kFactors = 2, kGroups = 3 };

template <typename T>
void put(std::string& to, T value) {
    static_assert(std::is_arithmetic_v<T>);
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string header() {
    std::string out(kMagic);
    put(out, kByteOrder);
    put(out, static_cast<uint32_t>(kAnalysis.size()));
    out += kAnalysis;
    return out;
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    template <typename T>
    T take() {
        T value{};
        if (std::string_view bytes = take_bytes(sizeof(T)); bytes.size() == sizeof(T))
            std::memcpy(&value, bytes.data(), sizeof(T));
        return value;
    }
    // Empty when there are not so many left.
    std::string_view take_bytes(size_t n) {
        if (n > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        std::string_view out = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return out;
    }
    size_t left() const { return rest_.size(); }
    // False once more was asked for than there is.
    bool ok() const { return ok_; }
    bool done() const { return ok_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

void put(std::string& to, const ByteSet& set) {
    for (size_t byte = 0; byte < 256; byte += 8) {
        unsigned bits = 0;
        for (size_t b = 0; b < 8; ++b)
            bits |= static_cast<unsigned>(set.test(byte + b)) << b;
        to += static_cast<char>(bits);
    }
}

ByteSet byte_set(std::string_view bytes) {
    ByteSet set;
    for (size_t word = 4; word-- > 0;) {
        uint64_t bits = 0;
        for (size_t i = 8; i-- > 0;)
            bits = bits << 8 | static_cast<unsigned char>(bytes[word * 8 + i]);
        set <<= 64;
        set |= ByteSet(bits);
    }
    return set;
}

RuleCache::Key key_of(std::string_view bytes) {
    std::string digest = util::sha256(bytes);
    RuleCache::Key key;
    std::memcpy(key.digest.data(), digest.data(), sizeof key.digest);
    return key;
}

// Why others than root and this process's user could have made what `st` is about.
std::optional<std::string> distrust(const std::string& path, const struct stat& st) {
    if (st.st_uid != 0 && st.st_uid != ::geteuid())
        return path + " is somebody else's";
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return path + " can be written by others";
    return std::nullopt;
}

std::optional<std::string> distrust_directory_of(const std::string& path) {
    size_t slash = path.rfind('/');
    std::string directory = slash == std::string::npos ? "."
                            : slash == 0               ? "/"
                                                       : path.substr(0, slash);
    struct stat st {};
    if (::stat(directory.c_str(), &st) != 0)
        return directory + ": " + std::strerror(errno);
    if (!S_ISDIR(st.st_mode))
        return directory + " is no directory";
    return distrust(directory, st);
}

}  // namespace

static RuleCache::Key key_of(char kind, std::string_view translated, regex::Flags flags) {
    std::string all(1, kind);
    for (bool flag : {flags.caseless, flags.multiline, flags.dotall, flags.extended,
                      flags.extended_more, flags.no_capture})
        all += flag ? '1' : '0';
    all += translated;
    return key_of(all);
}

RuleCache::Key RuleCache::pattern_key(std::string_view translated, regex::Flags flags) {
    return key_of('p', translated, flags);
}

RuleCache::Key RuleCache::starts_key(std::string_view translated, regex::Flags flags) {
    return key_of('s', translated, flags);
}

RuleCache::Key RuleCache::groups_key(std::string_view content) {
    return key_of("g" + std::string(content));
}

util::Expected<RuleCache, std::string> RuleCache::parse(std::string bytes) {
    RuleCache cache;
    cache.bytes_ = std::move(bytes);
    std::string_view all = cache.bytes_;
    const std::string expected = header();
    if (!all.starts_with(kMagic))
        return util::Unexpected<std::string>("not a rule cache");
    if (!all.starts_with(expected))
        return util::Unexpected<std::string>("of another version");
    Reader reader(all.substr(expected.size()));
    std::string_view digest = reader.take_bytes(kDigest);
    if (!reader.ok() || digest != util::sha256(all.substr(all.size() - reader.left())))
        return util::Unexpected<std::string>("damaged");
    // From here on it is what was written; it is looked at as closely all the same.
    cache.class_count_ = reader.take<uint32_t>();
    cache.classes_begin_ = all.size() - reader.left();
    if (cache.class_count_ > reader.left() / kClassBytes)
        return util::Unexpected<std::string>("malformed");
    reader.take_bytes(cache.class_count_ * kClassBytes);
    auto count = reader.take<uint32_t>();
    for (uint32_t i = 0; i < count && reader.ok(); ++i) {
        Key key;
        for (uint64_t& half : key.digest)
            half = reader.take<uint64_t>();
        Entry entry;
        entry.kind = reader.take<uint8_t>();
        entry.size = reader.take<uint32_t>();
        entry.begin = all.size() - reader.left();
        reader.take_bytes(entry.size);
        cache.entries_.emplace(key, entry);
    }
    if (!reader.done() || cache.entries_.size() != count)
        return util::Unexpected<std::string>("malformed");
    return cache;
}

util::Expected<RuleCache, std::string> RuleCache::load(const std::string& path) {
    if (auto why = distrust_directory_of(path))
        return util::Unexpected<std::string>(*why);
    util::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat st {};
    if (!fd || ::fstat(fd.get(), &st) != 0)
        return util::Unexpected(path + ": " + std::strerror(errno));
    if (!S_ISREG(st.st_mode))
        return util::Unexpected(path + " is no file");
    if (auto why = distrust(path, st))
        return util::Unexpected<std::string>(*why);
    if (st.st_size < 0 || static_cast<uint64_t>(st.st_size) > kMaxBytes)
        return util::Unexpected(path + " is too large");
    std::string bytes;
    try {
        bytes = util::read_fd(fd.get(), kMaxBytes);
    } catch (const std::system_error& e) {
        return util::Unexpected(path + ": " + e.what());
    }
    auto cache = parse(std::move(bytes));
    if (!cache)
        return util::Unexpected(path + " is " + cache.error());
    return cache;
}

const RuleCache::Entry* RuleCache::find(const Key& key, uint8_t kind) const {
    auto it = entries_.find(key);
    return it != entries_.end() && it->second.kind == kind ? &it->second : nullptr;
}

std::optional<std::optional<RequiredFactors>> RuleCache::factors(const Key& key) const {
    std::string_view all = bytes_;
    if (const Entry* none = find(key, kNoFactors); none != nullptr && none->size == 0)
        return std::optional<RequiredFactors>();
    const Entry* entry = find(key, kFactors);
    if (entry == nullptr)
        return std::nullopt;
    Reader reader(all.substr(entry->begin, entry->size));
    RequiredFactors out;
    out.frequency = reader.take<double>();
    out.finds = reader.take<uint32_t>();
    auto classes = reader.take<uint32_t>();
    // Each takes four bytes here: no more is made than there is.
    if (!(out.frequency >= 0) || out.finds == 0 || out.finds > kMaxFinds ||
        classes > reader.left() / sizeof(uint32_t))
        return std::nullopt;
    for (uint32_t i = 0; i < classes; ++i) {
        auto number = reader.take<uint32_t>();
        if (number >= class_count_)
            return std::nullopt;
        Reader row(all.substr(classes_begin_ + number * kClassBytes, kClassBytes));
        out.classes.push_back(byte_set(row.take_bytes(kClassBytes - sizeof(double))));
        auto share = row.take<double>();
        if (!(share >= 0 && share <= 1))
            return std::nullopt;
        out.shares.push_back(share);
    }
    auto count = reader.take<uint32_t>();
    if (count == 0 || count > RequiredFactors::kMaxFactors)
        return std::nullopt;
    for (uint32_t i = 0; i < count; ++i) {
        RequiredFactors::Factor factor;
        factor.length = reader.take<uint8_t>();
        // Those of one byte are never sought.
        if (factor.length < 2 || factor.length > RequiredFactors::kMaxLength)
            return std::nullopt;
        for (size_t place = 0; place < factor.length; ++place) {
            factor.classes[place] = reader.take<uint16_t>();
            if (factor.classes[place] >= classes)
                return std::nullopt;
        }
        out.factors.push_back(factor);
    }
    if (!reader.done())
        return std::nullopt;
    return out;
}

std::optional<RuleCache::Groups> RuleCache::groups(const Key& key, size_t entries,
                                                   size_t most_groups) const {
    const Entry* entry = find(key, kGroups);
    if (entry == nullptr)
        return std::nullopt;
    Reader reader(std::string_view(bytes_).substr(entry->begin, entry->size));
    auto count = reader.take<uint32_t>();
    if (count > most_groups)
        return std::nullopt;
    Groups out(count);
    std::vector<bool> is_there(entries);
    size_t found = 0;
    for (auto& group : out) {
        auto size = reader.take<uint32_t>();
        if (size == 0 || size > entries - found)
            return std::nullopt;
        for (uint32_t i = 0; i < size; ++i) {
            auto number = reader.take<uint32_t>();
            if (number >= entries || is_there[number])
                return std::nullopt;
            is_there[number] = true;
            group.push_back(number);
        }
        found += size;
    }
    if (found != entries || !reader.done())
        return std::nullopt;
    return out;
}

bool RuleCacheBuilder::begin_entry(const RuleCache::Key& key, uint8_t kind) {
    auto& same = keys_[key.digest[0]];
    for (uint64_t other : same)
        if (other == key.digest[1])
            return false;
    same.push_back(key.digest[1]);
    for (uint64_t half : key.digest)
        put(entries_, half);
    put(entries_, kind);
    put(entries_, uint32_t{0});  // the size, see end_entry()
    ++entry_count_;
    return true;
}

void RuleCacheBuilder::end_entry(size_t begin) {
    auto size = static_cast<uint32_t>(entries_.size() - begin);
    std::memcpy(entries_.data() + begin - sizeof size, &size, sizeof size);
}

uint32_t RuleCacheBuilder::class_number(const ByteSet& set, double share) {
    auto [it, is_new] = class_numbers_.try_emplace(set, class_count_);
    if (is_new) {
        put(classes_, set);
        put(classes_, share);
        ++class_count_;
    }
    return it->second;
}

void RuleCacheBuilder::add(const RuleCache::Key& key,
                           const std::optional<RequiredFactors>& factors) {
    if (!begin_entry(key, factors ? kFactors : kNoFactors) || !factors)
        return;
    size_t begin = entries_.size();
    put(entries_, factors->frequency);
    put(entries_, factors->finds);
    put(entries_, static_cast<uint32_t>(factors->classes.size()));
    for (size_t i = 0; i < factors->classes.size(); ++i)
        put(entries_, class_number(factors->classes[i], factors->shares[i]));
    put(entries_, static_cast<uint32_t>(factors->factors.size()));
    for (const auto& factor : factors->factors) {
        put(entries_, factor.length);
        for (size_t place = 0; place < factor.length; ++place)
            put(entries_, static_cast<uint16_t>(factor.classes[place]));
    }
    end_entry(begin);
}

void RuleCacheBuilder::add(const RuleCache::Key& key, const RuleCache::Groups& groups) {
    if (!begin_entry(key, kGroups))
        return;
    size_t begin = entries_.size();
    put(entries_, static_cast<uint32_t>(groups.size()));
    for (const auto& group : groups) {
        put(entries_, static_cast<uint32_t>(group.size()));
        for (uint32_t number : group)
            put(entries_, number);
    }
    end_entry(begin);
}

std::string RuleCacheBuilder::bytes() const {
    std::string payload;
    put(payload, class_count_);
    payload += classes_;
    put(payload, entry_count_);
    payload += entries_;
    return header() + util::sha256(payload) + payload;
}

std::optional<std::string> RuleCacheUpdate::store() const {
    if (path.empty() || bytes.empty())
        return std::nullopt;
    if (auto why = distrust_directory_of(path))
        return why;
    try {
        util::replace_file(path, bytes);
    } catch (const std::system_error& e) {
        return e.what();
    }
    return std::nullopt;
}

}  // namespace rules
