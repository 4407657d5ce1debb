// URIs in running text.
//
// Which strings are URIs is decided by one large expression in SpamAssassin (PerMsgStatus::
// _tbirdurire), a mixture of what Thunderbird and Outlook turn into links. It is matched here by
// hand, byte for byte the same:
//   known      http:// https:// ftp:// www.  www0.-www99.  ftp.  and 1..2048 bytes up to an `end`
//   mail       mailto: and 1..2048 bytes up to a `mail end`, or
//              1..251 bytes, "@", 1..251 bytes up to a `mail end`
//   schemeless a host name with a known TLD, a dot, a port and a path, all optional, up to an `end`
// The leftmost start wins, and at one start the first of the three. A start needs a word boundary,
// an opening delimiter or an ISO-2022 shift (ESC ( x) before it; schemeless needs punctuation.
//
// No match crosses an `end` byte, so the text is looked at word by word, and only words with an
// anchor in them: "://", "mailto:", "@", or a dot inside. Within a word the ends of all runs are
// kept, so a word costs its length, whatever it consists of.

#include <array>
#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "message/host_name.h"
#include "message/uri.h"
#include "util/strings.h"

namespace message {
namespace {

constexpr auto npos = std::string_view::npos;

// Classes of bytes.
constexpr uint8_t kEnd = 1;        // ends any URI
constexpr uint8_t kMailEnd = 2;    // ends a mail address
constexpr uint8_t kLocalEnd = 4;   // kMailEnd or "@"
constexpr uint8_t kOpen = 8;       // a URI may begin behind it
constexpr uint8_t kBareOpen = 16;  // a bare host name may begin behind it
constexpr uint8_t kHost = 32;      // may stand in a bare host name
constexpr uint8_t kWord = 64;
constexpr uint8_t kAnchor = 128;  // . : @

constexpr std::array<uint8_t, 256> make_classes() {
    std::array<uint8_t, 256> classes{};
    auto add = [&](std::string_view bytes, uint8_t bits) {
        for (char c : bytes)
            classes[static_cast<unsigned char>(c)] |= bits;
    };
    for (int c = 0x80; c < 0x100; ++c)
        classes[static_cast<size_t>(c)] = kMailEnd | kLocalEnd;
    add("><\"`}]{[| \t\n\r\f\v\x1B\xA0", kEnd | kMailEnd | kLocalEnd);
    add(",('", kMailEnd | kLocalEnd);
    add("@", kLocalEnd);
    add("><\"'`,{[(| \t\n\r\f\v\x1B\xA0", kOpen);
    add("!\"#$&'()*+,/:;<=>?@[\\]^`{|}~ \t\n\r\f\v\x1B\xA0", kBareOpen);
    for (int c = 0; c < 0x80; ++c) {
        auto byte = static_cast<unsigned char>(c);
        if (util::is_alnum(byte) || c == '.' || c == '_' || c == '-')
            classes[byte] |= kHost;
        if (util::is_word(byte))
            classes[byte] |= kWord;
    }
    add(".:@", kAnchor);
    return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

bool is(char c, uint8_t bits) {
    return (kClasses[static_cast<unsigned char>(c)] & bits) != 0;
}

bool is_letter(char c, char lower_case) {
    return (c | 0x20) == lower_case;
}

constexpr size_t kMaxRest = 2048;  // of a URI behind its prefix
constexpr size_t kMaxMail = 251;   // on each side of the "@"
constexpr size_t kMaxBare = 252;   // of a bare host before its last dot

enum class Kind { Known, Mail, Schemeless };

// The end of the run of bytes without `stop`, from anywhere in a word. Questions must not go
// backwards; then all of them together cost the word's length.
class RunEnd {
public:
    RunEnd(std::string_view text, uint8_t stop) : text_(text), stop_(stop) {}
    size_t from(size_t pos, size_t limit) {
        if (pos > end_ || !known_) {
            end_ = pos;
            while (end_ < limit && !is(text_[end_], stop_))
                ++end_;
            known_ = true;
        }
        return end_;
    }

private:
    std::string_view text_;
    uint8_t stop_;
    size_t end_ = 0;
    bool known_ = false;
};

// Calls found(kind, start, end, host_end) for every match in one line.
template <typename Found>
class LineScanner {
public:
    LineScanner(std::string_view text, const Registry* registry, Found& found)
        : text_(text), registry_(registry), found_(found) {}

    void run() {
        size_t done = 0;
        for (size_t i = next_anchor(0); i < text_.size(); i = next_anchor(i)) {
            if (!may_belong_to_uri(i)) {
                ++i;
                continue;
            }
            size_t begin = i;
            while (begin > done && !is(text_[begin - 1], kEnd))
                --begin;
            size_t end = i + 1;
            while (end < text_.size() && !is(text_[end], kEnd))
                ++end;
            scan_word(begin, end);
            i = done = end;
        }
    }

private:
    size_t next_anchor(size_t i) const {
        const char* p = text_.data();
        // Most of a body has no anchor: sixteen bytes at a time until one is near.
        using Block = unsigned char __attribute__((vector_size(16)));
        for (; i + sizeof(Block) <= text_.size(); i += sizeof(Block)) {
            Block block;
            std::memcpy(&block, p + i, sizeof block);
            auto hits = (block == '.') | (block == ':') | (block == '@');
            std::array<uint64_t, 2> halves;
            std::memcpy(halves.data(), &hits, sizeof hits);
            if ((halves[0] | halves[1]) != 0)
                break;
        }
        while (i < text_.size() && !is(p[i], kAnchor))
            ++i;
        return i;
    }

    // Cheap, and right in one direction: every match has an anchor for which this is true.
    bool may_belong_to_uri(size_t i) const {
        if (i == 0 || i + 1 >= text_.size())
            return false;
        char before = text_[i - 1];
        char after = text_[i + 1];
        switch (text_[i]) {
            case ':':
                return after == '/' ? text_.substr(i, 3) == "://" : is_letter(before, 'o');
            case '.':
                if (is(after, kEnd))
                    return false;
                return (util::is_alnum(after) && is(before, kHost)) || is_letter(before, 'w') ||
                       is_letter(before, 'p') || util::is_digit(before);
            default:
                return !is(before, kLocalEnd) && !is(after, kMailEnd);
        }
    }

    bool may_start(size_t p) const {
        bool word = is(text_[p], kWord);
        if (p == 0)
            return word;
        if (is(text_[p - 1], kWord) != word || is(text_[p - 1], kOpen))
            return true;
        return p >= 3 && text_[p - 3] == '\x1B' && text_[p - 2] == '(' && text_[p - 1] != '\n';
    }

    bool letters_at(size_t p, size_t end, std::string_view lower_case) const {
        return end - p >= lower_case.size() &&
               util::iequals(text_.substr(p, lower_case.size()), lower_case);
    }

    // Bytes of "http://", "www1." and so on at p, or 0.
    size_t known_prefix(size_t p, size_t end) const {
        switch (text_[p] | 0x20) {
            case 'h':
                if (letters_at(p, end, "http://"))
                    return 7;
                return letters_at(p, end, "https://") ? 8 : 0;
            case 'f':
                if (letters_at(p, end, "ftp."))
                    return 4;
                return letters_at(p, end, "ftp://") ? 6 : 0;
            case 'w': {
                if (!letters_at(p, end, "www"))
                    return 0;
                size_t i = p + 3;
                while (i < end && i < p + 5 && util::is_digit(text_[i]))
                    ++i;
                return i < end && text_[i] == '.' ? i + 1 - p : 0;
            }
            default:
                return 0;
        }
    }

    bool is_known(size_t p, size_t end) const {
        size_t prefix = known_prefix(p, end);
        return prefix > 0 && end - p > prefix && end - p - prefix <= kMaxRest;
    }

    // The end of a host name's last label, port and path, if that is how the run of host bytes
    // up to `run` goes on.
    struct BareHost {
        size_t last_dot = npos;
        size_t host_end = 0;
        bool good = false;
    };
    BareHost bare_host(size_t begin, size_t run, size_t end) const {
        BareHost host;
        host.host_end = run;
        if (text_[run - 1] == '.')
            --host.host_end;
        size_t dot = host.host_end;
        while (dot > begin && text_[dot - 1] != '.')
            --dot;
        if (dot == begin)
            return host;
        host.last_dot = dot - 1;
        if (!registry_ || !registry_->is_valid_tld(text_.substr(dot, host.host_end - dot)))
            return host;
        size_t i = run;
        if (i < end && text_[i] == ':') {
            size_t digits = i + 1;
            while (digits < end && digits <= i + 5 && util::is_digit(text_[digits]))
                ++digits;
            if (digits == i + 1)
                return host;
            i = digits;
        }
        if (i < end) {
            size_t path = end - i - 1;
            if (text_[i] != '/' || path == 0 || path > kMaxRest)
                return host;
        }
        host.good = true;
        return host;
    }

    void scan_word(size_t begin, size_t end) {
        RunEnd local(text_, kLocalEnd);
        RunEnd mail(text_, kMailEnd);
        RunEnd mailto(text_, kMailEnd);
        const bool has_at = text_.substr(begin, end - begin).find('@') != npos;
        for (size_t p = begin; p < end;) {
            if (may_start(p)) {
                if (is_known(p, end)) {
                    found_(Kind::Known, p, end, npos);
                    return;
                }
                size_t mail_end = 0;
                if (is_letter(text_[p], 'm') && letters_at(p, end, "mailto:")) {
                    size_t stop = mailto.from(p + 7, end);
                    if (stop > p + 7 && stop - p - 7 <= kMaxRest)
                        mail_end = stop;
                }
                if (has_at && mail_end == 0) {
                    size_t at = local.from(p, end);
                    if (at < end && text_[at] == '@' && at > p && at - p <= kMaxMail) {
                        size_t stop = mail.from(at + 1, end);
                        if (stop > at + 1 && stop - at - 1 <= kMaxMail)
                            mail_end = stop;
                    }
                }
                if (mail_end > 0) {
                    found_(Kind::Mail, p, mail_end, npos);
                    p = mail_end;
                    continue;
                }
            }
            if (!is(text_[p], kHost)) {
                ++p;
                continue;
            }
            if (util::is_alnum(text_[p]) && (p == 0 || is(text_[p - 1], kBareOpen))) {
                // Such a start is the first of its run of host bytes, so each run is read once.
                size_t run = p;
                while (run < end && is(text_[run], kHost))
                    ++run;
                BareHost host = bare_host(p, run, end);
                if (host.good && host.last_dot > p && host.last_dot - p <= kMaxBare) {
                    found_(Kind::Schemeless, p, end, host.host_end);
                    return;
                }
            }
            ++p;
        }
    }

    std::string_view text_;
    const Registry* registry_;
    Found& found_;
};

// Thunderbird ends a URI at ")" when no "(" is before it, and leaves punctuation out.
std::string_view without_tail(std::string_view raw) {
    size_t close = raw.substr(0, raw.find('(')).rfind(')');
    if (close != npos)
        raw = raw.substr(0, close);
    size_t last = raw.find_last_not_of("-~!@#^&*()_+=:;'?,.");
    return raw.substr(0, last == npos ? 0 : last + 1);
}

// "http://" and nothing behind it.
bool is_bare_scheme(std::string_view s) {
    size_t word = 0;
    while (word < s.size() && util::is_word(static_cast<unsigned char>(s[word])))
        ++word;
    std::string_view rest = s.substr(word);
    return word > 0 && (rest == ":" || rest == ":/" || rest == "://");
}

bool starts_with_www(std::string_view s) {
    if (!util::istarts_with(s, "www"))
        return false;
    size_t i = 3;
    while (i < s.size() && i < 5 && util::is_digit(s[i]))
        ++i;
    return i < s.size() && s[i] == '.';
}

bool has_scheme(std::string_view s) {
    for (std::string_view scheme : {"http:", "https:", "ftp:", "mailto:"})
        if (util::istarts_with(s, scheme))
            return true;
    return false;
}

// "e-mail:a@example.com", "::a@example.com" -> "a@example.com"
std::string_view without_misparsed_prefix(std::string_view s) {
    size_t start = 0;
    for (std::string_view word : {"skype:", "email:", "e-mail:", "-mail:", "mail:"})
        if (util::istarts_with(s, word)) {
            start = word.size() - 1;
            break;
        }
    if (start < s.size() && s[start] == ':') {
        while (start < s.size() && s[start] == ':')
            ++start;
        s.remove_prefix(start);
    }
    return s;
}

// Gives a raw match its scheme and says whether it stands up as a URI.
bool complete(TextUri& found, const MessageSettings& settings) {
    std::string_view raw = found.raw;
    std::string& uri = found.uri;
    if (has_scheme(raw)) {
        uri = raw;
    } else {
        found.schemeless = true;
        size_t at = raw.find('@');
        size_t slash = raw.find('/');
        if (util::istarts_with(raw, "ftp.")) {
            uri = "ftp://";
            uri += raw;
        } else if (starts_with_www(raw)) {
            uri = "http://";
            uri += raw;
        } else if (slash != npos && at != npos && raw.rfind('@') >= slash + 2 &&
                   raw.rfind('@') != npos) {
            // With a "/" before the "@" it is no address.
            uri = "http://";
            uri += raw;
        } else if (at != npos) {
            // Not "Vi@gra"; a dot must follow, undecoded.
            if (raw.find('.', at + 2) == npos || raw.find("&nbsp;") != npos)
                return false;
            uri = "mailto:";
            uri += without_misparsed_prefix(raw);
        } else {
            if (raw.find('.') == npos)
                return false;
            uri = "http://";
            uri += raw;
            found.unlinked = true;
        }
    }
    if (util::istarts_with(uri, "mailto:")) {
        for (size_t i = uri.find('%'); i != npos && i + 2 < uri.size(); i = uri.find('%', i + 1)) {
            if (util::is_xdigit(uri[i + 1]) && util::is_xdigit(uri[i + 2])) {
                uri = url_encode(uri);
                break;
            }
        }
        size_t at = uri.find('@');
        if (at == npos || !settings.registry)
            return false;
        std::string_view host = std::string_view(uri).substr(at + 1);
        host = host.substr(0, host.find_first_of("?&>"));
        while (host.size() >= 3 && host.substr(host.size() - 3) == "%20")
            host.remove_suffix(3);
        return settings.registry->is_domain_valid(host);
    }
    return true;
}

class TextUriFinder {
public:
    explicit TextUriFinder(const MessageSettings& settings) : settings_(settings) {}

    void add_line(std::string_view line) {
        auto found = [&](Kind kind, size_t start, size_t end, size_t host_end) {
            add(kind, line.substr(start, end - start),
                host_end == npos ? std::string_view() : line.substr(start, host_end - start));
        };
        LineScanner<decltype(found)>(line, settings_.registry.get(), found).run();
    }
    std::vector<TextUri> take() { return std::move(uris_); }

private:
    void add(Kind kind, std::string_view match, std::string_view bare_host) {
        std::string_view raw = without_tail(match);
        if (uris_.size() >= settings_.limits.max_uris || !seen_.insert(raw).second)
            return;
        if (kind == Kind::Mail && raw.find('@') == npos)
            return;
        if (kind == Kind::Schemeless && !is_fqdn_valid(bare_host))
            return;
        // "[cid:image001.png@01D4986E.E3459640]" is no address.
        if (util::istarts_with(raw, "cid:") || util::istarts_with(raw, "mid:") ||
            is_bare_scheme(raw))
            return;
        TextUri uri;
        uri.raw = raw;
        if (complete(uri, settings_))
            uris_.push_back(std::move(uri));
    }

    const MessageSettings& settings_;
    std::unordered_set<std::string_view> seen_;  // views of the caller's lines
    std::vector<TextUri> uris_;
};

}  // namespace

std::vector<TextUri> find_text_uris(const std::vector<std::string>& lines,
                                    const MessageSettings& settings) {
    TextUriFinder finder(settings);
    for (const std::string& line : lines)
        finder.add_line(line);
    return finder.take();
}

std::vector<TextUri> find_text_uris(std::string_view line, const MessageSettings& settings) {
    TextUriFinder finder(settings);
    finder.add_line(line);
    return finder.take();
}

}  // namespace message
