// Mail::SpamAssassin::Plugin::MIMEEval: tests over the MIME structure and its encodings.

#include <algorithm>

#include "plugins/arguments.h"
#include "plugins/locales.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "plugins/text_lines.h"
#include "rules/core_settings.h"
#include "rules/plugin.h"
#include "util/strings.h"

namespace plugins {

namespace {

using message::Part;
using rules::EvalCall;
using rules::MessageStatus;

// What one walk over the parts found; the names are those that check_for_mime asks for.
struct Attachments {
    bool walked = false;
    double base64_count = 0, qp_count = 0, attachment = 0;
    double body_html_count = 0, body_text_count = 0;
    bool base64_encoded_text = false, faraway_charset = false, missing_boundary = false;
    bool multipart_alternative = false, qp_long_line = false, bad_iso_charset = false;
    double multipart_ratio = 1.0, qp_ratio = 0, qp_bytes = 0;
    double ascii_text_illegal = 0, text_unicode_ratio = 0;
    std::string charsets;  // of all parts, blank-separated

    double value(std::string_view name) const {
        const std::pair<std::string_view, double> rows[] = {
            {"mime_base64_count", base64_count},
            {"mime_base64_encoded_text", base64_encoded_text},
            {"mime_body_html_count", body_html_count},
            {"mime_body_text_count", body_text_count},
            {"mime_faraway_charset", faraway_charset},
            {"mime_missing_boundary", missing_boundary},
            {"mime_multipart_alternative", multipart_alternative},
            {"mime_multipart_ratio", multipart_ratio},
            {"mime_qp_count", qp_count},
            {"mime_qp_long_line", qp_long_line},
            {"mime_qp_ratio", qp_ratio},
            {"mime_qp_bytes", qp_bytes},
            {"mime_ascii_text_illegal", ascii_text_illegal},
            {"mime_text_unicode_ratio", text_unicode_ratio},
            {"mime_bad_iso_charset", bad_iso_charset},
            {"mime_attachment", attachment},
            {"mime_html_charsets", !charsets.empty()},
        };
        for (auto [known, number] : rows)
            if (known == name)
                return number;
        return 0;
    }
};

struct Uppercase {
    bool computed = false;
    double percent = 0;
};
struct Base64Length {
    bool computed = false;
    size_t longest = 0;
};

template <typename Fn>
void for_each_line(std::string_view text, Fn&& fn) {
    while (!text.empty()) {
        size_t end = text.find('\n');
        size_t n = end == std::string_view::npos ? text.size() : end + 1;
        fn(text.substr(0, n));
        text.remove_prefix(n);
    }
}

std::string lower_header(const Part& part, std::string_view name) {
    auto value = part.header(name);
    std::string out = value ? util::lower(*value) : std::string();
    return out == "0" ? std::string() : out;  // false to Perl
}

// Encoded octets of a quoted-printable line that need no encoding ("=41"), trailing blanks apart.
long needless_qp(std::string_view line) {
    auto needless = [](unsigned char a, unsigned char b) {
        bool hex = util::is_digit(b) || (b >= 'A' && b <= 'F');
        if (a == '0')
            return b == '9';
        if (a == '3')
            return util::is_digit(b) || b == 'A' || b == 'B' || b == 'C' || b == 'E' || b == 'F';
        if (a == '2' || a == '4' || a == '5' || a == '6')
            return hex;
        return a == '7' && (util::is_digit(b) || (b >= 'A' && b <= 'E'));
    };
    long count = 0;
    for (size_t i = 0; i + 2 < line.size();) {
        if (line[i] == '=' && needless(line[i + 1], line[i + 2])) {
            ++count;
            i += 3;
        } else {
            ++i;
        }
    }
    if (count > 0) {
        std::string_view end = util::trim_right(line);
        while (end.ends_with("=09") || end.ends_with("=20")) {
            --count;
            end.remove_suffix(3);
        }
    }
    return count;
}

class MIMEEval : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::MIMEEval"; }

    void register_in(rules::Registration& r) override {
        r.feature("has_check_for_ascii_text_illegal");
        r.feature("has_check_abundant_unicode_ratio");
        r.feature("has_check_qp_ratio");
        r.eval("check_for_mime", [this](MessageStatus& s, const EvalCall& c) -> double {
            return attachments(s).value(c.arg(0)) != 0;
        });
        r.eval("check_for_mime_html", [this](MessageStatus& s, const EvalCall&) -> double {
            return util::istarts_with(s.get("Content-Type"), "text/html") ||
                   attachments(s).body_html_count > 0;
        });
        r.eval("check_for_mime_html_only", [this](MessageStatus& s, const EvalCall&) -> double {
            return util::istarts_with(s.get("Content-Type"), "text/html") ||
                   (attachments(s).body_html_count > 0 && attachments(s).body_text_count == 0);
        });
        r.eval("check_mime_multipart_ratio", [this](MessageStatus& s, const EvalCall& c) -> double {
            double ratio = attachments(s).multipart_ratio;
            return ratio >= number(c.arg(0)) && ratio < number(c.arg(1));
        });
        r.eval("check_msg_parse_flags", [](MessageStatus& s, const EvalCall& c) -> double {
            return s.message().defects().count(c.arg(0)) != 0;
        });
        r.eval("check_for_ascii_text_illegal", [this](MessageStatus& s, const EvalCall&) -> double {
            return attachments(s).ascii_text_illegal > 0;
        });
        r.eval("check_abundant_unicode_ratio",
               [this](MessageStatus& s, const EvalCall& c) -> double {
                   return ratio_form_(c.arg(0)) &&
                          attachments(s).text_unicode_ratio >= number(c.arg(0));
               });
        r.eval("check_for_faraway_charset",
               [this](MessageStatus& s, const EvalCall& c) -> double { return faraway(s, c); });
        r.eval("check_for_uppercase", [this](MessageStatus& s, const EvalCall& c) -> double {
            double percent = uppercase(s, c);
            return percent > number(c.arg(0)) && percent <= number(c.arg(1));
        });
        r.eval("check_ma_non_text", [](MessageStatus& s, const EvalCall&) -> double {
            return alternative_with_non_text(s);
        });
        r.eval("check_base64_length", [](MessageStatus& s, const EvalCall& c) -> double {
            double longest = static_cast<double>(longest_base64_line(s));
            return (c.args.size() < 2 || longest <= number(c.arg(1))) &&
                   longest >= number(c.arg(0));
        });
        r.eval("check_qp_ratio", [this](MessageStatus& s, const EvalCall& c) -> double {
            return attachments(s).qp_ratio >= number(c.arg(0));
        });
    }

private:
    const Attachments& attachments(MessageStatus& s) const {
        auto& a = s.state<Attachments>();
        if (a.walked)
            return a;
        a.walked = true;
        auto locales = ok_locales(s.settings().get<rules::CoreSettings>().ok_locales);
        double qp_encoded = 0, normal_bytes = 0, entities = 0;
        struct Size {
            std::string_view type;
            double bytes;
        };
        std::vector<Size> sizes;  // leaves that are not attachments
        for (const Part* part : s.message().find_parts([](const Part&) { return true; })) {
            const std::string& type = part->type();
            if (type == "multipart/alternative")
                a.multipart_alternative = true;
            std::string encoding = lower_header(*part, "Content-Transfer-Encoding");
            std::string disposition = lower_header(*part, "Content-Disposition");
            note_header(a, type, encoding, disposition, part->charset(), locales);
            if (!part->is_leaf())
                continue;
            bool attached = disposition.find("attachment") != std::string::npos;
            double bytes = 0;
            bool is_plain = type == "text/plain";
            bool is_qp = encoding == "quoted-printable";
            bool counts_size =
                a.multipart_alternative && !attached && (is_plain || type == "text/html");
            bool must_be_ascii = is_plain && part->charset() == "us-ascii";
            bool is_literal =
                is_plain && (encoding.empty() || encoding == "7bit" || encoding == "8bit");
            if (counts_size)
                bytes = static_cast<double>(part->raw_body().size());
            if (is_qp || must_be_ascii || is_literal)
                for_each_line(part->raw_body(), [&](std::string_view line) {
                    if (is_qp && !line.starts_with("SPAM: ")) {
                        a.qp_long_line |= line.size() > 79;
                        a.qp_bytes += static_cast<double>(line.size());
                        qp_encoded += static_cast<double>(needless_qp(line));
                    }
                    if (must_be_ascii)
                        for (unsigned char c : line)
                            if (c == 0 || c == '\r' || c >= 0x80) {
                                ++a.ascii_text_illegal;
                                break;
                            }
                    if (is_literal) {
                        size_t found = count_entities(line);
                        entities += static_cast<double>(found);
                        normal_bytes += static_cast<double>(line.size() - found * 8);
                    }
                });
            if (!attached)
                sizes.push_back({type, bytes});
        }
        if (a.qp_bytes > 0) {
            a.qp_ratio = qp_encoded / a.qp_bytes;
            a.qp_count = qp_encoded;
        }
        if (normal_bytes > 0)
            a.text_unicode_ratio = entities / normal_bytes;
        if (a.multipart_alternative) {
            std::optional<double> text, html;
            for (auto it = sizes.rbegin(); it != sizes.rend() && !(text && html); ++it) {
                if (!html && it->type == "text/html")
                    html = it->bytes;
                else if (!text && it->type == "text/plain")
                    text = it->bytes;
            }
            if (text && html && *html > 0)
                a.multipart_ratio = *text / *html;
        }
        a.missing_boundary = s.message().defects().count("missing_mime_boundary") != 0;
        return a;
    }

    // "&#x0041;"
    static size_t count_entities(std::string_view line) {
        size_t count = 0;
        for (size_t at = 0; (at = line.find("&#x", at)) != std::string_view::npos;) {
            bool whole = at + 8 <= line.size() && line[at + 7] == ';';
            for (size_t i = at + 3; whole && i < at + 7; ++i)
                whole = util::is_digit(line[i]) || (line[i] >= 'A' && line[i] <= 'F');
            count += whole;
            at += whole ? 8 : 1;
        }
        return count;
    }

    void note_header(Attachments& a, const std::string& type, const std::string& encoding,
                     const std::string& disposition, const std::string& charset,
                     const std::vector<std::string>& locales) const {
        if (type == "text/html")
            ++a.body_html_count;
        else if (type.starts_with("text"))
            ++a.body_text_count;
        bool base64 = encoding.find("base64") != std::string::npos;
        if (base64)
            ++a.base64_count;
        else if (encoding.find("quoted-printable") != std::string::npos)
            ++a.qp_count;
        a.attachment += disposition.find("attachment") != std::string::npos;
        if (type.starts_with("text") && base64 && (charset.empty() || ascii_charset_(charset)) &&
            !disposition.starts_with("attachment") && !disposition.starts_with("inline"))
            a.base64_encoded_text = true;
        if (odd_iso_charset_(charset) && !known_iso_charset_(charset))
            a.bad_iso_charset = true;
        if (std::any_of(charset.begin(), charset.end(),
                        [](unsigned char c) { return util::is_alpha(c); })) {
            a.charsets += (a.charsets.empty() ? "" : " ") + charset;
            if (!is_all(locales) && !is_charset_ok(charset, locales))
                a.faraway_charset = true;
        }
    }

    // charset= of the message's own Content-Type line, as written.
    std::optional<std::string> header_charset(MessageStatus& s) const {
        std::string_view type = s.get("Content-Type");
        regex::MatchData m;
        for (const Pattern* form : {&charset_double_, &charset_single_, &charset_bare_})
            if ((*form)(type, m))
                return std::string(m.text(1));
        return std::nullopt;
    }

    bool faraway(MessageStatus& s, const EvalCall& c) const {
        auto locales = ok_locales(s.settings().get<rules::CoreSettings>().ok_locales);
        if (is_all(locales))
            return false;
        auto charset = header_charset(s);
        if (!charset || is_charset_ok(*charset, locales))
            return false;
        size_t high = 0, low = 0;
        for (const auto& line : text_lines(s, c)) {
            ++low;  // the newline that joins
            for (unsigned char b : line)
                ++(b >= 0x80 ? high : low);
        }
        low -= low > 0;
        return low <= high && high > 3;
    }

    double uppercase(MessageStatus& s, const EvalCall& c) const {
        auto& u = s.state<Uppercase>();
        if (u.computed)
            return u.percent;
        u.computed = true;
        if (auto charset = header_charset(s); charset && caps_charset_(*charset))
            return 0;
        for (auto charset : util::words(attachments(s).charsets))
            if (caps_charset_(charset))
                return 0;
        size_t length = 0, lower = 0, upper = 0;
        for (const auto& line : text_lines(s, c)) {
            if (!has_words(line) || encoded_lines_(line))
                continue;
            std::string stripped;
            std::string_view text = line;
            if (line.find('\x1b') != std::string::npos) {
                stripped = regex::replace_all(
                    japanese_.re(), line, [](const regex::MatchData&) { return std::string(); });
                text = stripped;
            }
            length += text.size();
            for (unsigned char b : text) {
                lower += (b >= 'a' && b <= 'z') || util::is_digit(b);
                upper += util::is_upper(b);
            }
        }
        if (length >= 200 && upper + lower > 0)
            u.percent = static_cast<double>(upper) / static_cast<double>(upper + lower) * 100;
        return u.percent;
    }

    // /\S\s+\S/
    static bool has_words(std::string_view line) {
        bool word = false, gap = false;
        for (unsigned char c : line) {
            if (util::is_space(c))
                gap = word;
            else if (gap)
                return true;
            else
                word = true;
        }
        return false;
    }

    static bool alternative_with_non_text(MessageStatus& s) {
        for (const Part* alternative : s.message().find_parts(
                 [](const Part& p) { return p.type() == "multipart/alternative"; }))
            for (const auto& child : alternative->children())
                if (child->is_leaf() && child->type() != "multipart/related" &&
                    child->type() != "application/rtf" && !child->type().starts_with("text/"))
                    return true;
        return false;
    }

    static size_t longest_base64_line(MessageStatus& s) {
        auto& state = s.state<Base64Length>();
        if (state.computed)
            return state.longest;
        state.computed = true;
        for (const Part* part : s.message().leaves()) {
            std::string encoding = lower_header(*part, "content-transfer-encoding");
            if (part->type() == "application/ics" ||
                (encoding != "base64" && encoding != "base64\n"))
                continue;
            for_each_line(part->raw_body(), [&](std::string_view line) {
                state.longest = std::max(state.longest, line.size());
            });
        }
        return state.longest;
    }

    Pattern ratio_form_{"^\\d{0,3}\\.\\d{1,3}$"};
    Pattern ascii_charset_{
        "(?:us-ascii|ansi_x3\\.4-1968|iso-ir-6|ansi_x3\\.4-1986|iso_646\\.irv:1991|ascii|iso646-us|"
        "us|ibm367|cp367|"
        "csascii)"};
    Pattern odd_iso_charset_{"iso-\\S+-\\S+\\b", "i"};
    Pattern known_iso_charset_{"iso-(?:8859-\\d{1,2}|2022-(?:jp|kr))\\b"};
    Pattern charset_double_{"charset=\"([^\"]+)\"", "i"};
    Pattern charset_single_{"charset='([^']+)'", "i"};
    Pattern charset_bare_{"charset=(\\S+)", "i"};
    Pattern caps_charset_{"^(?i:@CAPS@)$"};
    Pattern encoded_lines_{"^(?:[A-Za-z0-9+\\/=]{60,76} ){2}"};
    Pattern japanese_{"\\x1b\\$B.*\\x1b\\(B", "s"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_mime_eval() {
    return std::make_unique<MIMEEval>();
}

}  // namespace plugins
