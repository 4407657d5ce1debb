// Mail::SpamAssassin::Plugin::PDFInfo: what the bytes of attached PDF files say without being
// decompressed: sizes of images, document properties, links, and digests that tell known files.
//
// Lines are looked at one by one as SpamAssassin does, with scanners instead of its regexes, so
// that a file full of unclosed brackets costs no more than its length.

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "plugins/arguments.h"
#include "plugins/makers.h"
#include "plugins/text_lines.h"
#include "rules/regexp_syntax.h"
#include "util/digest.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

constexpr size_t kMagicWithin = 1024;
constexpr size_t kFuzzyLines = 70;
constexpr size_t kMaxUris = 20;
constexpr size_t kMaxString = 256;
constexpr size_t kMaxTag = 2048;
constexpr size_t npos = std::string_view::npos;

using Names = std::set<std::string, std::less<>>;

struct PdfFacts {
    double files = 0, images = 0, pixels = 0;
    bool has_pixels = false, encrypted = false;
    Names names, sizes, md5, fuzzy_md5;
    std::map<std::string, Names, std::less<>> details;  // "author", "creator" ...
};

size_t skip_spaces(std::string_view s, size_t at, size_t most) {
    while (most-- > 0 && at < s.size() && util::is_space(s[at]))
        ++at;
    return at;
}

std::string_view digits_at(std::string_view s, size_t at) {
    size_t end = at;
    while (end < s.size() && util::is_digit(s[end]))
        ++end;
    return s.substr(std::min(at, s.size()), end - at);
}

// "(...)" up to a bracket without a backslash before it, or "<...>".
class Delimited {
public:
    explicit Delimited(std::string_view line) : line_(line) {}
    std::string_view at(size_t begin) {
        if (begin >= line_.size())
            return {};
        if (line_[begin] == '<' && begin >= no_angle_from_)
            return {};
        if (line_[begin] == '<') {
            size_t end = line_.find('>', begin);
            if (end == npos)
                no_angle_from_ = begin;
            return end == npos ? std::string_view() : line_.substr(begin, end + 1 - begin);
        }
        if (line_[begin] != '(' || begin >= no_round_from_)
            return {};
        for (size_t end = begin + 1; (end = line_.find(')', end)) != npos; ++end)
            if (line_[end - 1] != '\\')
                return line_.substr(begin, end + 1 - begin);
        no_round_from_ = begin;
        return {};
    }

private:
    std::string_view line_;
    // From here on there is no closing bracket.
    size_t no_round_from_ = npos, no_angle_from_ = npos;
};

// The text of a string object: octal and hexadecimal undone, UTF-16 by dropping its NULs.
std::string string_text(std::string_view raw) {
    std::string s;
    auto strip_utf16 = [&s] {
        if (s.starts_with("\xfe\xff") || s.starts_with("\xff\xfe")) {
            s.erase(0, 2);
            s.erase(std::remove(s.begin(), s.end(), '\0'), s.end());
        }
    };
    if (raw.starts_with('<')) {
        for (size_t i = 0; i + 1 < raw.size();) {
            int high = util::hex_value(raw[i]), low = util::hex_value(raw[i + 1]);
            if (high >= 0 && low >= 0) {
                s += static_cast<char>(high * 16 + low);
                i += 2;
            } else {
                ++i;
            }
        }
        strip_utf16();
    } else {
        if (raw.starts_with('('))
            raw.remove_prefix(1);
        if (raw.ends_with(')'))
            raw.remove_suffix(1);
        auto octal = [&](size_t i, char most) { return raw[i] >= '0' && raw[i] <= most; };
        for (size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '\\' && i + 3 < raw.size() && octal(i + 1, '3') && octal(i + 2, '7') &&
                octal(i + 3, '7') && (i == 0 || raw[i - 1] != '\\')) {
                s += static_cast<char>((raw[i + 1] - '0') * 64 + (raw[i + 2] - '0') * 8 +
                                       (raw[i + 3] - '0'));
                i += 3;
            } else {
                s += raw[i];
            }
        }
        strip_utf16();
        std::string plain;
        for (size_t i = 0; i < s.size(); ++i) {
            if (s[i] == '\\' && i + 1 < s.size() &&
                (s[i + 1] == '(' || s[i + 1] == ')' || s[i + 1] == '\\'))
                ++i;
            plain += s[i];
        }
        s = std::move(plain);
    }
    if (s.size() > kMaxString)
        s.resize(kMaxString);
    return s;
}

// "W n n H n n cm": six numbers; false if it is none.
bool is_placement(std::string_view line, std::string_view& width, std::string_view& height) {
    std::string_view numbers[6];
    size_t at = 0;
    for (auto& n : numbers) {
        n = digits_at(line, at);
        at += n.size();
        size_t after = skip_spaces(line, at, npos);
        if (n.empty() || after == at)
            return false;
        at = after;
    }
    width = numbers[0];
    height = numbers[3];
    return line.substr(at) == "cm";
}

// "/Width 12" at `at`; the digits, "" if it is not there.
std::string_view dimension_at(std::string_view line, size_t at, std::string_view name) {
    if (line.substr(at, name.size()) != name)
        return {};
    at += name.size();
    return at < line.size() && util::is_space(line[at]) ? digits_at(line, at + 1)
                                                        : std::string_view();
}

struct Uri {
    bool found = false;
    std::string_view object, plain;  // one of them is set
};

// A link annotation, "/S /URI /URI (...)" or "/URI (...)" as first of its line, or
// "(http://...)>>".
Uri find_uri(std::string_view line, Delimited& delimited) {
    auto object_at = [&](size_t at) -> std::string_view {
        if (line.substr(at, 4) != "/URI")
            return {};
        return delimited.at(skip_spaces(line, at + 4, 2));
    };
    for (size_t at = 0; at < line.size(); ++at) {
        at = at == 0 ? 0 : line.find_first_of("/(", at);
        if (at == npos)
            break;
        if (line.substr(at, 2) == "/S") {
            size_t action = skip_spaces(line, at + 2, 2);
            if (line.substr(action, 4) == "/URI") {
                auto object = object_at(skip_spaces(line, action + 4, 2));
                if (!object.empty())
                    return {true, object, {}};
            }
        }
        if (at == 0) {
            auto object = object_at(skip_spaces(line, 0, npos));
            if (!object.empty())
                return {true, object, {}};
        }
        if (line[at] != '(')
            continue;
        std::string_view rest = line.substr(at + 1);
        size_t scheme = rest.starts_with("https://") ? 8 : rest.starts_with("http://") ? 7 : 0;
        if (scheme == 0)
            continue;
        // The last end within reach counts.
        size_t end = rest.substr(0, scheme + 256 + 3).rfind(")>>");
        if (end != npos && end >= scheme + 8)
            return {true, {}, rest.substr(0, end)};
    }
    return {};
}

// The value of "/Author(...)", "" if the line has none.
std::string_view find_property(std::string_view line, std::string_view name, Delimited& delimited) {
    for (size_t at = 0; (at = line.find(name, at)) != npos; ++at) {
        auto value = delimited.at(skip_spaces(line, at + name.size(), 2));
        if (!value.empty())
            return value;
    }
    return {};
}

// The digits of "/ModDate (D:2007...".
std::string_view find_date(std::string_view line, std::string_view name) {
    for (size_t at = 0; (at = line.find(name, at)) != npos; ++at) {
        size_t open = skip_spaces(line, at + name.size(), 2);
        if (line.substr(open, 3) == "(D:") {
            auto digits = digits_at(line, open + 3);
            if (!digits.empty())
                return digits;
        }
    }
    return {};
}

void append_tag(MessageStatus& status, std::string_view name, std::string_view value) {
    if (value.empty())
        return;
    auto known = status.tag(name);
    if (!known)
        status.set_tag(name, std::string(value));
    else if (known->size() < kMaxTag)
        status.set_tag(name, *known + " " + std::string(value));
}

std::string number_text(double value) {
    char text[64];
    std::snprintf(text, sizeof text, "%.15g", value);
    return text;
}

std::string upper_hex(std::string_view digest) {
    return util::upper(util::to_hex(digest));
}

// One file, line by line.
class PdfReader {
public:
    PdfReader(MessageStatus& status, PdfFacts& facts) : status_(status), facts_(facts) {}

    void read(const message::Part& part) {
        std::string_view data = part.decoded();
        if (data.starts_with("\xef\xbb\xbf"))
            data.remove_prefix(3);
        std::string version = find_version(data);
        if (version.empty())
            return;
        append_tag(status_, "PDFVERSION", version);
        append_tag(status_, "PDFNAME", part.name());
        if (!part.name().empty() && part.name() != "0")
            facts_.names.insert(part.name());
        for (size_t at = 0; at < data.size();) {
            size_t end = std::min(data.find('\n', at), data.size());
            if (end > at)
                line(data.substr(at, end - at));
            at = end + 1;
        }
        finish(data);
    }

private:
    // The last one near the front.
    static std::string find_version(std::string_view data) {
        static constexpr std::string_view kMagic = "%PDF-";
        for (size_t at = kMagicWithin; (at = data.rfind(kMagic, at)) != npos; --at) {
            std::string_view v = data.substr(at + kMagic.size(), 3);
            if (v.size() == 3 && util::is_digit(v[0]) && v[1] == '.' && util::is_digit(v[2]))
                return std::string(v);
            if (at == 0)
                break;
        }
        return {};
    }

    void line(std::string_view s) {
        if (!no_more_fuzzy_ && ++lines_ < kFuzzyLines) {
            std::string_view width, height;
            if (!s.starts_with('%') && !s.starts_with("/Height") && !s.starts_with("/Width") &&
                !s.starts_with("/MediaBox") && !s.starts_with("/CropBox") &&
                !is_placement(s, width, height)) {
                s = util::trim_right(s);
                fuzzy_ += s;
            }
            // Behind the first stream everything is data.
            no_more_fuzzy_ = s.find("stream") != npos;
        }
        in_image_ = in_image_ || s.find("/Image") != npos;
        if (s.starts_with("/Encrypt"))
            facts_.encrypted = true;
        if (in_image_)
            image(s);
        if (s.find('/') != npos)
            names_and_strings(s);
    }

    void image(std::string_view s) {
        std::string_view width, height;
        if (!is_placement(s, width, height)) {
            width = dimension_at(s, 0, "/Width");
            if (width.empty() && dimension_at(s, 0, "/Height").empty()) {
                for (size_t at = 0; (at = s.find("/Width", at)) != npos; ++at) {
                    width = dimension_at(s, at, "/Width");
                    if (width.empty())
                        continue;
                    height =
                        dimension_at(s, static_cast<size_t>(width.end() - s.begin()), "/Height");
                    if (!height.empty())
                        break;
                }
            }
        }
        if (width.empty() || height.empty() || width == "0" || height == "0")
            return;
        no_more_fuzzy_ = true;
        in_image_ = false;
        double w = number(width), h = number(height);
        total_width_ += w;
        total_height_ += h;
        total_area_ += w * h;
        std::string size = std::string(height) + "x" + std::string(width);
        facts_.sizes.insert(size);
        ++facts_.images;
        append_tag(status_, "PDFIMGDIM", size);
    }

    void names_and_strings(std::string_view s) {
        if (s[0] == '/') {
            size_t end = 1;
            while (end < s.size() && util::is_alpha(s[end]))
                ++end;
            tags_ += s.substr(1, end - 1);
        }
        Delimited delimited(s);
        if (uris_.size() < kMaxUris) {
            Uri uri = find_uri(s, delimited);
            // A link that is no use ends the line, as in SpamAssassin.
            if (uri.found && !take(uri))
                return;
        }
        static constexpr struct {
            std::string_view name, detail, tag;
        } kProperties[] = {{"/Author", "author", "PDFAUTHOR"},
                           {"/Creator", "creator", "PDFCREATOR"},
                           {"/Producer", "producer", "PDFPRODUCER"},
                           {"/Title", "title", "PDFTITLE"}};
        for (const auto& p : kProperties) {
            auto value = find_property(s, p.name, delimited);
            if (value.empty())
                continue;
            std::string text = string_text(value);
            append_tag(status_, p.tag, text);
            facts_.details[std::string(p.detail)].insert(std::move(text));
        }
        static constexpr struct {
            std::string_view name, detail;
        } kDates[] = {{"/CreationDate", "created"}, {"/ModDate", "modified"}};
        for (const auto& p : kDates) {
            auto digits = find_date(s, p.name);
            if (!digits.empty())
                facts_.details[std::string(p.detail)].insert(string_text(digits));
        }
    }

    bool take(const Uri& uri) {
        auto has_dot = [](std::string_view s) {
            size_t dot = s.find('.');
            return dot != npos && dot > 0;
        };
        std::string location;
        if (has_dot(uri.object))
            location = string_text(uri.object);
        if (!has_dot(location)) {
            if (uri.plain.empty())
                return false;
            location = string_text(uri.plain);
        }
        if (!has_dot(location) || location.find('\0') != npos)
            return false;
        if (uris_.insert(location).second)
            status_.message().add_uri(location, "parsed");
        return true;
    }

    void finish(std::string_view data) {
        // Of several images, the sum is a size too.
        if (total_height_ != 0 && total_width_ != 0)
            facts_.sizes.insert(number_text(total_height_) + "x" + number_text(total_width_));
        if (total_area_ != 0) {
            facts_.pixels = total_area_;
            facts_.has_pixels = true;
            append_tag(status_, "PDFIMGAREA", number_text(total_area_));
        }
        facts_.md5.insert(upper_hex(util::md5(data)));
        auto is_true = [](std::string_view s) { return !s.empty() && s != "0"; };
        if (is_true(fuzzy_)) {
            std::string digest = upper_hex(util::md5(fuzzy_));
            // Both tags have it; so they do in SpamAssassin.
            append_tag(status_, "PDFMD5", digest);
            append_tag(status_, "PDFMD5FUZZY1", digest);
            facts_.fuzzy_md5.insert(std::move(digest));
        }
        if (is_true(tags_)) {
            std::string digest = upper_hex(util::md5(tags_));
            append_tag(status_, "PDFMD5FUZZY2", digest);
            facts_.fuzzy_md5.insert(std::move(digest));
        }
    }

    MessageStatus& status_;
    PdfFacts& facts_;
    size_t lines_ = 0;
    bool no_more_fuzzy_ = false, in_image_ = false;
    double total_width_ = 0, total_height_ = 0, total_area_ = 0;
    std::string fuzzy_, tags_;
    std::set<std::string> uris_;
};

bool in_range(const EvalCall& c, double value) {
    return !c.args.empty() && value >= number(c.arg(0)) &&
           (c.args.size() < 2 || value <= number(c.arg(1)));
}

// Argument `at` is a regex for any of these names.
rules::EvalFactory any_name_matches(
    size_t at, std::function<const Names*(const PdfFacts&, const EvalCall&)> names) {
    return [at, names](const EvalCall& c, config::Diagnostics& d,
                       const config::SourcePosition& p) -> rules::EvalFunction {
        if (c.args.size() <= at)
            return [](MessageStatus&, const EvalCall&) -> double { return 0; };
        auto compiled = rules::compile_regexp(c.arg(at), rules::Delimiters::Optional);
        if (!compiled) {
            d.warn(p, "pdfinfo: invalid regexp for " + std::string(c.rule_name) + " '" +
                          std::string(c.arg(at)) + "': " + compiled.error());
            return [](MessageStatus&, const EvalCall&) -> double { return 0; };
        }
        auto re = std::make_shared<regex::Regex>(std::move(*compiled));
        return [re, names](MessageStatus& s, const EvalCall& call) -> double {
            const Names* all = names(s.state<PdfFacts>(), call);
            return all != nullptr && std::any_of(all->begin(), all->end(), [&](const auto& name) {
                       return re->search(name);
                   });
        };
    };
}

class PdfInfo : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::PDFInfo"; }
    // URIs are added before the other plugins look at them.
    int parsed_metadata_order() const override { return -1; }

    void parsed_metadata(MessageStatus& status) override {
        auto& facts = status.state<PdfFacts>();
        for (const message::Part* part : status.message().leaves()) {
            std::string_view type = part->type();
            bool pdf = type == "image/pdf" || type == "application/pdf";
            if (!pdf && type != "image/octet-stream" && type != "application/octet-stream")
                continue;
            std::string name = util::lower(part->name());
            if (!pdf && !name.ends_with(".pdf") && !name.ends_with(".fdf"))
                continue;
            PdfReader(status, facts).read(*part);
            ++facts.files;
        }
        append_tag(status, "PDFCOUNT", number_text(facts.files));
        append_tag(status, "PDFIMGCOUNT", number_text(facts.images));
    }

    void register_in(rules::Registration& r) override {
        auto facts = [](MessageStatus& s) -> const PdfFacts& { return s.state<PdfFacts>(); };
        auto yes_no = [&](const char* function,
                          std::function<bool(const PdfFacts&, const EvalCall&)> answer) {
            r.eval(function, [answer, facts](MessageStatus& s, const EvalCall& c) -> double {
                return answer(facts(s), c);
            });
        };
        yes_no("pdf_count", [](const auto& f, const auto& c) { return in_range(c, f.files); });
        yes_no("pdf_image_count",
               [](const auto& f, const auto& c) { return in_range(c, f.images); });
        yes_no("pdf_pixel_coverage",
               [](const auto& f, const auto& c) { return f.has_pixels && in_range(c, f.pixels); });
        yes_no("pdf_is_encrypted", [](const auto& f, const auto&) { return f.encrypted; });
        yes_no("pdf_named", [](const auto& f, const auto& c) {
            return !c.args.empty() && f.names.find(c.arg(0)) != f.names.end();
        });
        yes_no("pdf_match_md5", [](const auto& f, const auto& c) {
            return !c.args.empty() && f.md5.count(util::upper(c.arg(0))) != 0;
        });
        yes_no("pdf_match_fuzzy_md5", [](const auto& f, const auto& c) {
            return !c.args.empty() && f.fuzzy_md5.count(util::upper(c.arg(0))) != 0;
        });
        yes_no("pdf_image_size_exact", [](const auto& f, const auto& c) {
            return c.args.size() >= 2 &&
                   f.sizes.count(std::string(c.arg(0)) + "x" + std::string(c.arg(1))) != 0;
        });
        yes_no("pdf_image_size_range", size_in_range);
        r.eval("pdf_image_to_text_ratio", [](MessageStatus& s, const EvalCall& c) -> double {
            const auto& f = s.state<PdfFacts>();
            if (c.args.size() < 2 || f.pixels == 0)
                return 0;
            double text = 0;
            for (const auto& line : text_lines(s, c))
                text += static_cast<double>(line.size());
            double ratio = text / f.pixels;
            return text != 0 && ratio >= number(c.arg(0)) && ratio < number(c.arg(1));
        });
        r.eval("pdf_is_empty_body", [](MessageStatus& s, const EvalCall& c) -> double {
            return s.state<PdfFacts>().files > 0 && text_size(text_lines(s, c)) <= number(c.arg(0));
        });
        r.prepared_eval(
            "pdf_name_regex",
            any_name_matches(0, [](const PdfFacts& f, const EvalCall&) { return &f.names; }));
        r.prepared_eval(
            "pdf_match_details",
            any_name_matches(1, [](const PdfFacts& f, const EvalCall& c) -> const Names* {
                auto it = f.details.find(c.arg(0));
                return it == f.details.end() ? nullptr : &it->second;
            }));
    }

private:
    static bool size_in_range(const PdfFacts& f, const EvalCall& c) {
        if (c.args.size() < 2)
            return false;
        for (const auto& size : f.sizes) {
            size_t x = size.find('x');
            double height = number(std::string_view(size).substr(0, x));
            double width = number(std::string_view(size).substr(x + 1));
            if (height >= number(c.arg(0)) && width >= number(c.arg(1)) &&
                (c.args.size() < 3 || height <= number(c.arg(2))) &&
                (c.args.size() < 4 || width <= number(c.arg(3))))
                return true;
        }
        return false;
    }

    // Bytes of the lines that are not blank, without the subject.
    static double text_size(const std::vector<std::string>& lines) {
        size_t bytes = 0;
        for (size_t i = 1; i < lines.size(); ++i)
            if (!util::trim(lines[i]).empty())
                bytes += lines[i].size();
        return static_cast<double>(bytes);
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_pdf_info() {
    return std::make_unique<PdfInfo>();
}

}  // namespace plugins
