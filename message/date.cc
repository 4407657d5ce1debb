#include "message/date.h"

#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "util/strings.h"

namespace message {
namespace {

struct Zone {
    const char* name;
    int minutes;
};

// The names SpamAssassin knows; all others count as UTC.
constexpr Zone kZones[] = {
    {"UT", 0},      {"UTC", 0},     {"GMT", 0},     {"WET", 0},    {"NDT", -150},  {"AST", -240},
    {"ADT", -180},  {"NST", -210},  {"EST", -300},  {"EDT", -240}, {"CST", -360},  {"CDT", -300},
    {"MST", -420},  {"MDT", -360},  {"PST", -480},  {"PDT", -420}, {"HST", -600},  {"AKST", -540},
    {"AKDT", -480}, {"HADT", -540}, {"HAST", -600}, {"BST", 60},   {"IST", 60},    {"WEST", 60},
    {"CET", 60},    {"CEST", 120},  {"EET", 120},   {"EEST", 180}, {"MSK", 180},   {"MSD", 240},
    {"MET", 60},    {"MEZ", 60},    {"MEST", 120},  {"MESZ", 120}, {"BRST", -120}, {"BRT", -180},
    {"AEST", 600},  {"AEDT", 660},  {"ACST", 570},  {"ACDT", 630}, {"AWST", 480},  {"NZST", 720},
    {"NZDT", 780},  {"JST", 540},   {"KST", 540},   {"HKT", 480},  {"SGT", 480},   {"PHT", 480},
    {"IDT", 180},
};

constexpr const char* kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
constexpr const char* kMonthNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr const char* kDayNames[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// 1..12 for the three letters at `at`, or 0.
int month_at(std::string_view s, size_t at) {
    if (at + 3 > s.size())
        return 0;
    char m[3] = {util::to_lower(s[at]), util::to_lower(s[at + 1]), util::to_lower(s[at + 2])};
    for (int i = 0; i < 12; ++i)
        if (std::memcmp(m, kMonths + 3 * i, 3) == 0)
            return i + 1;
    return 0;
}

size_t digits_at(std::string_view s, size_t at) {
    size_t n = 0;
    while (at + n < s.size() && util::is_digit(s[at + n]))
        ++n;
    return n;
}

char char_at(std::string_view s, size_t at) {
    return at < s.size() ? s[at] : '\0';
}

// Saturates: a day of 99999999999 is only ever "too high".
int number(std::string_view digits) {
    int n = 0;
    for (char c : digits)
        n = n > 1000000 ? n : n * 10 + (c - '0');
    return n;
}

struct Fields {
    int day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0;
    size_t year_digits = 4;
};

// Blanks made single and commas dropped, with one blank at either end, so that every word stands
// between blanks.
std::string squeeze(std::string_view text) {
    std::string s = " ";
    for (char c : text) {
        if (c == ',' || util::is_space(c)) {
            if (s.back() != ' ')
                s += ' ';
        } else {
            s += c;
        }
    }
    if (s.back() != ' ')
        s += ' ';
    return s;
}

void cut(std::string& s, size_t from, size_t to) {
    s.replace(from, to - from, " ");
}

// " 5 Jan 2006 " with a year of `min` to `max` digits.
bool take_day_month_year(std::string& s, Fields& f, size_t min, size_t max) {
    for (size_t i = 0; (i = s.find(' ', i)) != std::string::npos; ++i) {
        size_t d = digits_at(s, i + 1);
        size_t m = i + 1 + d;
        if (d == 0 || char_at(s, m) != ' ')
            continue;
        int month = month_at(s, m + 1);
        if (month == 0 || char_at(s, m + 4) != ' ')
            continue;
        size_t y = digits_at(s, m + 5);
        if (y < min || y > max || char_at(s, m + 5 + y) != ' ')
            continue;
        f.day = number(std::string_view(s).substr(i + 1, d));
        f.month = month;
        f.year = number(std::string_view(s).substr(m + 5, y));
        f.year_digits = y;
        cut(s, i, m + 5 + y + 1);
        return true;
    }
    return false;
}

// " Jan 5 15:04:05 2006 ": SpamAssassin drops the time of day along with the date here.
bool take_asctime(std::string& s, Fields& f) {
    for (size_t i = 0; (i = s.find(' ', i)) != std::string::npos; ++i) {
        int month = month_at(s, i + 1);
        if (month == 0 || char_at(s, i + 4) != ' ')
            continue;
        size_t d = digits_at(s, i + 5);
        size_t at = i + 5 + d;
        if (d == 0 || char_at(s, at) != ' ')
            continue;
        bool ok = true;
        ++at;
        for (char end : {':', ':', ' '}) {
            size_t n = digits_at(s, at);
            at += n;
            if (n == 0 || char_at(s, at) != end) {
                ok = false;
                break;
            }
            ++at;
        }
        if (!ok || digits_at(s, at) != 4 || char_at(s, at + 4) != ' ')
            continue;
        f.day = number(std::string_view(s).substr(i + 5, d));
        f.month = month;
        f.year = number(std::string_view(s).substr(at, 4));
        cut(s, i, at + 5);
        return true;
    }
    return false;
}

void take_time(std::string& s, Fields& f) {
    for (size_t i = 0; (i = s.find(' ', i)) != std::string::npos; ++i) {
        size_t h = digits_at(s, i + 1);
        size_t m = i + 1 + h;
        if (h < 1 || h > 2 || char_at(s, m) != ':' || digits_at(s, m + 1) != 2)
            continue;
        size_t end = m + 3;
        int second = 0;
        if (char_at(s, end) == ':') {
            if (digits_at(s, end + 1) != 2)
                continue;
            second = number(std::string_view(s).substr(end + 1, 2));
            end += 3;
        }
        if (char_at(s, end) != ' ')
            continue;
        f.hour = number(std::string_view(s).substr(i + 1, h));
        f.minute = number(std::string_view(s).substr(m + 1, 2));
        f.second = second;
        cut(s, i, end + 1);
        return;
    }
}

// Seconds east of UTC. The first word that looks like a zone name decides, known or not.
int zone_offset(const std::string& s) {
    for (size_t i = 0; (i = s.find(' ', i)) != std::string::npos; ++i) {
        char sign = char_at(s, i + 1);
        if ((sign != '+' && sign != '-') || digits_at(s, i + 2) != 4 || char_at(s, i + 6) != ' ')
            continue;
        int hours = number(std::string_view(s).substr(i + 2, 2));
        int minutes = number(std::string_view(s).substr(i + 4, 2));
        int seconds = (hours * 60 + minutes) * 60;
        return sign == '-' ? -seconds : seconds;
    }
    for (size_t i = 0; i < s.size(); ++i) {
        if (!util::is_upper(s[i]) || (i > 0 && util::is_word(s[i - 1])))
            continue;
        size_t n = 0;
        while (util::is_upper(char_at(s, i + n)))
            ++n;
        if (n >= 2 && n <= 4 && !util::is_word(char_at(s, i + n))) {
            std::string_view name = std::string_view(s).substr(i, n);
            if (std::string_view(s).substr(i + n, 4) == "-DST" &&
                !util::is_word(char_at(s, i + n + 4)))
                return 0;  // a -DST name is in no table
            for (const Zone& zone : kZones)
                if (name == zone.name)
                    return zone.minutes * 60;
            return 0;
        }
        i += n;
    }
    return 0;
}

int days_in_month(int month, int year) {
    if (month == 2)
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::time_t to_epoch(const Fields& f) {
    static constexpr int kDaysBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    std::time_t days =
        (f.year - 1970) * 365 + (f.year - 1969) / 4 + kDaysBefore[f.month - 1] + f.day - 1;
    if (f.month > 2 && days_in_month(2, f.year) == 29)
        ++days;
    return ((days * 24 + f.hour) * 60 + f.minute) * 60 + f.second;
}

void clamp(Fields& f) {
    if (f.year_digits == 2 && f.year < 50)
        f.year += 2000;
    else if (f.year_digits != 4)
        f.year += 1900;
    f.second = f.second > 59 ? 59 : f.second;
    f.minute = f.minute > 59 ? 59 : f.minute;
    f.hour = f.hour > 23 ? 23 : f.hour;
    if (f.day > days_in_month(f.month, f.year)) {
        f.day = 1;
        if (++f.month > 12) {
            f.month = 1;
            ++f.year;
        }
    }
    f.year = f.year > 2037 ? 2037 : f.year < 1970 ? 1970 : f.year;
}

bool has_zone_like_word(std::string_view s) {
    for (size_t i = 0; i < s.size(); ++i) {
        if ((s[i] == '+' || s[i] == '-') && digits_at(s, i + 1) >= 4)
            return true;
        if (util::is_upper(s[i]) && (i == 0 || !util::is_word(s[i - 1]))) {
            size_t n = 0;
            while (util::is_upper(char_at(s, i + n)))
                ++n;
            if (n >= 2 && n <= 4 && !util::is_word(char_at(s, i + n)))
                return true;
        }
    }
    return false;
}

// A local hand-over to qmail, or a hop whose words show 127.0.0.1 or localhost as its source.
bool is_local_received(std::string_view s) {
    for (size_t at = 0; (at = s.find("qmail ", at)) != std::string_view::npos; ++at) {
        size_t d = digits_at(s, at + 6);
        std::string_view rest = s.substr(at + 6 + d);
        constexpr std::string_view kInvoked = " invoked by uid ";
        if (d > 0 && rest.substr(0, kInvoked.size()) == kInvoked &&
            util::is_digit(char_at(rest, kInvoked.size())))
            return true;
    }
    for (size_t at = 0; (at = s.find("from ", at)) != std::string_view::npos; ++at) {
        if (at > 0 && util::is_word(s[at - 1]))
            continue;
        std::string_view rest = s.substr(at + 5);
        if (rest.substr(0, 9) == "localhost" && util::is_space(char_at(rest, 9)))
            return true;
        // The address within the second or third word; words are parted by single blanks.
        for (int word = 0; word < 3; ++word) {
            size_t n = 0;
            while (n < rest.size() && !util::is_space(rest[n]))
                ++n;
            std::string_view w = rest.substr(0, n);
            constexpr std::string_view kLoopback = "127.0.0.1";
            for (size_t i = 0; word > 0 && (i = w.find(kLoopback, i)) != std::string_view::npos;
                 ++i)
                if ((i == 0 || !util::is_word(w[i - 1])) && !util::is_word(char_at(w, i + 9)))
                    return true;
            if (n == 0 || char_at(rest, n) != ' ')
                break;
            rest.remove_prefix(n + 1);
        }
    }
    return false;
}

// "by localhost with POP3 (fetchmail-6.3"
bool is_fetchmail_received(std::string_view s) {
    constexpr std::string_view kBy = "by localhost with ";
    for (size_t at = 0; (at = s.find(kBy, at)) != std::string_view::npos; ++at) {
        if (at > 0 && util::is_word(s[at - 1]))
            continue;
        size_t i = at + kBy.size();
        size_t n = 0;
        while (util::is_word(char_at(s, i + n)))
            ++n;
        std::string_view rest = s.substr(i + n);
        constexpr std::string_view kFetchmail = " (fetchmail-";
        if (n > 0 && rest.substr(0, kFetchmail.size()) == kFetchmail &&
            (util::is_digit(char_at(rest, kFetchmail.size())) ||
             char_at(rest, kFetchmail.size()) == '.'))
            return true;
    }
    return false;
}

// The first of them that holds a date (the epoch itself counts as none).
std::optional<std::time_t> first_date(const std::vector<std::string_view>& texts) {
    for (std::string_view text : texts)
        if (auto t = parse_date(text); t && *t != 0)
            return t;
    return std::nullopt;
}

// What follows `name` and white space on the first line that starts so; as the white space may
// hold line ends, an empty field takes the next line for its value. "" if none.
std::string_view line_after(const std::vector<std::string_view>& lines, std::string_view name,
                            bool blank_needed) {
    for (size_t i = 0; i < lines.size(); ++i) {
        if (!util::istarts_with(lines[i], name))
            continue;
        std::string_view rest = lines[i].substr(name.size());
        std::string_view value = util::trim_left(rest);
        bool blank = value.size() < rest.size();
        for (size_t next = i + 1; value.empty() && next < lines.size(); ++next) {
            value = util::trim_left(lines[next]);
            blank = true;
        }
        if (!value.empty() && (blank || !blank_needed))
            return value;
    }
    return {};
}

}  // namespace

std::optional<std::time_t> parse_date(std::string_view text) {
    std::string s = squeeze(text);
    Fields f;
    if (!take_day_month_year(s, f, 4, 4) && !take_asctime(s, f) && !take_day_month_year(s, f, 2, 3))
        return std::nullopt;
    take_time(s, f);
    int offset = zone_offset(s);
    clamp(f);
    if (f.day == 0)
        return std::nullopt;
    std::time_t t = to_epoch(f) - offset;
    return t < 0 && offset > 0 ? 0 : t;
}

std::string local_zone() {
    std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char out[64];
    long minutes = local.tm_gmtoff / 60;
    std::snprintf(out, sizeof out, "%c%02ld%02ld", minutes < 0 ? '-' : '+', std::labs(minutes) / 60,
                  std::labs(minutes) % 60);
    return out;
}

std::string format_date(std::time_t when) {
    std::tm t{};
    localtime_r(&when, &t);
    char out[64];
    std::snprintf(out, sizeof out, "%s, %02d %s %4d %02d:%02d:%02d %s", kDayNames[t.tm_wday],
                  t.tm_mday, kMonthNames[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec,
                  local_zone().c_str());
    return out;
}

std::optional<std::time_t> find_receive_date(std::string_view headers) {
    std::string unfolded;
    for (size_t i = 0; i < headers.size(); ++i) {
        if (headers[i] == '\n' &&
            (char_at(headers, i + 1) == ' ' || char_at(headers, i + 1) == '\t')) {
            while (char_at(headers, i + 1) == ' ' || char_at(headers, i + 1) == '\t')
                ++i;
            unfolded += ' ';
        } else {
            unfolded += headers[i];
        }
    }
    std::vector<std::string_view> lines = util::split(unfolded, '\n');
    std::vector<std::string_view> received, local;
    for (std::string_view line : lines)
        if (util::istarts_with(line, "Received:"))
            received.push_back(line.substr(9));

    size_t next = 0;  // the first of `received` still to be looked at
    if (!received.empty()) {
        if (is_local_received(received[0])) {
            local.push_back(received[0]);
            next = 1;
        }
        if (next < received.size() && is_fetchmail_received(received[next])) {
            local.push_back(received[next]);
            ++next;
        } else if (!local.empty()) {
            next = 0;
            local.clear();
        }
    }
    if (next < received.size()) {
        if (auto t = first_date({received[next]}))
            return t;
        ++next;
    }
    if (auto t = first_date(local))
        return t;
    std::string_view from = line_after(lines, "From", true);
    std::string_view x_from = line_after(lines, "X-From-Line:", true);
    // Whichever stands first in the block; the mbox line is in front of everything.
    if (!from.empty() && !x_from.empty() && x_from.data() < from.data())
        from = x_from;
    if (from.empty())
        from = x_from;
    if (!from.empty()) {
        std::string text(from);
        if (!has_zone_like_word(text))
            text += " " + local_zone();
        if (auto t = first_date({text}))
            return t;
    }
    if (auto t = first_date(std::vector<std::string_view>(
            received.begin() + std::min(next, received.size()), received.end())))
        return t;
    for (std::string_view name : {"Resent-Date:", "Date:"})
        if (std::string_view value = line_after(lines, name, false); !value.empty())
            if (auto t = first_date({value}))
                return t;
    return std::nullopt;
}

}  // namespace message
