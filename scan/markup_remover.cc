#include "scan/markup_remover.h"

#include <optional>

#include "scan/pristine.h"
#include "scan/rewriter.h"
#include "util/strings.h"

namespace scan {

namespace {

bool is_space(char c) {
    return util::is_space(static_cast<unsigned char>(c));
}

bool is_blank(std::string_view line) {
    return util::trim(line).empty();
}

std::string_view line_at(std::string_view text, size_t start) {
    size_t newline = text.find('\n', start);
    return text.substr(start, newline == std::string_view::npos ? newline : newline + 1 - start);
}

void skip_spaces(std::string_view& s) {
    while (!s.empty() && is_space(s.front()))
        s.remove_prefix(1);
}

// boundary= of a Content-Type that says multipart/mixed, nullopt for anything else.
std::optional<std::string> mixed_boundary(std::string_view content_type) {
    skip_spaces(content_type);
    if (!util::istarts_with(content_type, "multipart/mixed;"))
        return std::nullopt;
    content_type.remove_prefix(16);
    if (content_type.empty() || !is_space(content_type.front()))
        return std::nullopt;
    skip_spaces(content_type);
    if (!util::istarts_with(content_type, "boundary"))
        return std::nullopt;
    content_type.remove_prefix(8);
    skip_spaces(content_type);
    if (content_type.empty() || content_type.front() != '=')
        return std::nullopt;
    content_type.remove_prefix(1);
    skip_spaces(content_type);
    auto is_quote = [](char c) { return c == '"' || c == '\''; };
    if (content_type.size() > 1 && is_quote(content_type.front()))
        content_type.remove_prefix(1);
    // At least one character, then up to an optional quote before a semicolon or the end.
    size_t end = content_type.find_first_of(";\n", 1);
    end = std::min(end, content_type.size());
    auto boundary = content_type.substr(0, end);
    if (boundary.size() > 1 && is_quote(boundary.back()))
        boundary.remove_suffix(1);
    if (boundary.empty())
        return std::nullopt;
    return std::string(boundary);
}

// "Content-Type: x" -> "x" when the line is that header of a part.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
    if (!util::istarts_with(line, name) || line.size() <= name.size() || line[name.size()] != ':')
        return std::nullopt;
    auto value = line.substr(name.size() + 1);
    if (value.empty() || !is_space(value.front()))
        return std::nullopt;
    value = util::trim(value);
    if (value.empty())
        return std::nullopt;
    return value;
}

bool is_attached_original(std::string_view type, std::string_view description) {
    if (type == "message/rfc822" && description == kEncapsulatedDescription)
        return true;
    for (std::string_view kind : {"message/rfc822;", "text/plain;"}) {
        if (!type.starts_with(kind))
            continue;
        auto rest = type.substr(kind.size());
        if (rest.empty() || !is_space(rest.front()))
            continue;
        skip_spaces(rest);
        if (rest.starts_with("x-spam-type=original"))
            return true;
    }
    return false;
}

// The original out of a report_safe wrapper.
std::optional<std::string_view> attached_original(std::string_view body,
                                                  std::string_view boundary) {
    const std::string delimiter = "--" + std::string(boundary);
    bool in_part_header = false;
    std::string_view type, description;
    for (size_t p = 0; p < body.size();) {
        auto line = line_at(body, p);
        p += line.size();
        if (!in_part_header) {
            if (!line.starts_with(delimiter))
                continue;
            auto rest = line.substr(delimiter.size());
            if (rest.starts_with('\r'))
                rest.remove_prefix(1);
            if (!rest.empty() && rest != "\n")
                continue;
        }
        if (!is_blank(line)) {
            in_part_header = true;
            if (auto t = value_of(line, "Content-Type"))
                type = *t;
            else if (auto d = value_of(line, "Content-Description"))
                description = *d;
            continue;
        }
        if (is_attached_original(type, description)) {
            // Up to the next delimiter, less the blank line before that.
            auto original = body.substr(p);
            size_t last_line = 0;
            for (size_t q = 0; q < original.size();) {
                auto inner = line_at(original, q);
                if (inner.starts_with(delimiter)) {
                    bool blank_before = q > 0 && is_blank(line_at(original, last_line));
                    return original.substr(0, blank_before ? last_line : q);
                }
                last_line = q;
                q += inner.size();
            }
            return original;
        }
        in_part_header = false;
        type = description = {};
    }
    return std::nullopt;
}

// Folded X-Spam-* lines (not the saved X-Spam-Prev-* ones) each on one line.
std::string with_unfolded_markup(std::string_view headers) {
    static constexpr std::string_view kPrefix = "X-Spam-";
    std::string out;
    bool unfolding = false;
    for (size_t p = 0; p < headers.size();) {
        auto line = line_at(headers, p);
        p += line.size();
        if (unfolding && (line[0] == ' ' || line[0] == '\t') && line.ends_with('\n')) {
            size_t text = line.find_first_not_of(" \t");
            if (!is_space(line[text])) {
                out.back() = ' ';
                out += line.substr(text);
                continue;
            }
        }
        unfolding = line.starts_with(kPrefix) && line.size() > kPrefix.size() + 1 &&
                    !line.substr(kPrefix.size()).starts_with("Prev");
        out += line;
    }
    return out;
}

// What the tag of an old version looked like in the Subject: its numbers always had two digits
// each.
bool skip_old_tag(std::string_view& subject, std::string_view tag) {
    auto rest = subject;
    for (size_t p = 0; p < tag.size();) {
        bool is_number = false;
        for (std::string_view name : {"_HITS_", "_SCORE_", "_REQD_"})
            if (tag.substr(p).starts_with(name)) {
                auto digit = [&](size_t i) {
                    return util::is_digit(static_cast<unsigned char>(rest[i]));
                };
                if (rest.size() < 5 || !digit(0) || !digit(1) || rest[2] != '.' || !digit(3) ||
                    !digit(4))
                    return false;
                rest.remove_prefix(5);
                p += name.size();
                is_number = true;
                break;
            }
        if (is_number)
            continue;
        if (rest.empty() || rest.front() != tag[p])
            return false;
        rest.remove_prefix(1);
        ++p;
    }
    if (!rest.starts_with(' '))
        return false;
    subject = rest.substr(1);
    return true;
}

std::string without_old_subject_tag(std::string_view headers, std::string_view tag) {
    static constexpr std::string_view kSubject = "Subject: ";
    std::string out;
    for (size_t p = 0; p < headers.size();) {
        auto line = line_at(headers, p);
        p += line.size();
        if (line.starts_with(kSubject)) {
            line.remove_prefix(kSubject.size());
            while (skip_old_tag(line, tag)) {
            }
            out += kSubject;
        }
        out += line;
    }
    return out;
}

// "From: x<TAB>(comment)" -> "From: x"
std::string without_old_comment(std::string_view headers, std::string_view name) {
    std::string out;
    for (size_t p = 0; p < headers.size();) {
        auto line = line_at(headers, p);
        p += line.size();
        std::string_view text = line;
        if (text.ends_with('\n'))
            text.remove_suffix(1);
        bool is_wanted = text.starts_with(name) && text.size() > name.size() + 1 &&
                         text[name.size()] == ':' &&
                         (text[name.size() + 1] == ' ' || text[name.size() + 1] == '\t');
        size_t comment = std::string_view::npos;
        if (is_wanted && text.ends_with(')')) {
            // The first tab and parenthesis that no ')' follows before the last one.
            size_t earlier = text.substr(0, text.size() - 1).rfind(')');
            size_t from = earlier == std::string_view::npos ? 0 : earlier + 1;
            comment = text.find("\t(", std::max(from, name.size() + 2));
        }
        if (comment == std::string_view::npos) {
            out += line;
        } else {
            out += text.substr(0, comment);
            out += line.substr(text.size());
        }
    }
    return out;
}

bool has_header_line(std::string_view headers, std::string_view start) {
    for (size_t p = 0; p < headers.size();) {
        auto line = line_at(headers, p);
        if (util::istarts_with(line, start))
            return true;
        p += line.size();
    }
    return false;
}

// Reports that 2.4 and older put on top of the body.
std::string_view without_old_report(std::string_view body) {
    static constexpr std::string_view kRule = "SPAM: ----";
    auto is_rule = [](std::string_view line) {
        return line.starts_with(kRule) && line.size() > kRule.size() + 1 && line.ends_with('\n');
    };
    for (;;) {
        size_t p = body.starts_with('\n') ? 1 : 0;
        if (!is_rule(line_at(body, p)))
            return body;
        p += line_at(body, p).size();
        // The last rule with a blank line behind it ends the report.
        size_t end = 0;
        for (auto line = line_at(body, p); line.starts_with("SPAM:") && line.ends_with('\n');
             line = line_at(body, p)) {
            p += line.size();
            if (is_rule(line) && p < body.size() && body[p] == '\n')
                end = p + 1;
        }
        if (end == 0)
            return body;
        body.remove_prefix(end);
    }
}

// End of a header that starts at `start`: its line and the lines behind it that start with white
// space, blank ones among them if text follows.
size_t header_end(std::string_view text, size_t start) {
    size_t end = start + line_at(text, start).size();
    for (;;) {
        size_t p = end;
        while (p < text.size() && is_space(text[p]))
            ++p;
        if (p == end || p == text.size())
            return end;
        auto line = line_at(text, p);
        if (!line.ends_with('\n'))
            return end;
        end = p + line.size();
    }
}

// Position of the first line for which `wanted` holds, npos if there is none.
template <typename Predicate>
size_t find_line(std::string_view text, Predicate wanted) {
    for (size_t p = 0; p < text.size();) {
        auto line = line_at(text, p);
        if (wanted(line))
            return p;
        p += line.size();
    }
    return std::string_view::npos;
}

// A Subject we had to create goes with everything behind it: it was the last header but its note.
void drop_created_subject(std::string& headers) {
    static constexpr std::string_view kNone = "(nonexistent)", kPrev = "X-Spam-Prev-Subject:";
    size_t note = find_line(headers, [](std::string_view line) {
        if (line.ends_with('\n'))
            line.remove_suffix(1);
        return line.starts_with(kPrev) && util::trim_left(line.substr(kPrev.size())) == kNone;
    });
    if (note == std::string::npos)
        return;
    // The original may really have said so.
    if (find_line(headers, [](std::string_view line) {
            return line.starts_with("Subject:") && line.find(kNone) != line.npos;
        }) != std::string::npos)
        return;
    size_t length = line_at(headers, note).size();
    if (headers[note + length - 1] == '\n')
        headers.replace(note, length, "\n");
    size_t subject =
        find_line(headers, [](std::string_view line) { return line.starts_with("Subject:"); });
    size_t last = headers.rfind('\n');
    if (subject != std::string::npos && last != std::string::npos && last > subject)
        headers.replace(subject, last + 1 - subject, "\n");
}

void restore_previous(std::string& headers, const RemovalLimits& limits) {
    static constexpr std::string_view kPrev = "X-Spam-Prev-";
    for (size_t done = 0; done < limits.max_restored_headers; ++done) {
        size_t start = find_line(headers, [](std::string_view line) {
            size_t colon = line.find(':');
            return line.starts_with(kPrev) && line.ends_with('\n') && colon != line.npos &&
                   colon > kPrev.size();
        });
        if (start == std::string::npos)
            return;
        size_t end = header_end(headers, start);
        std::string saved = headers.substr(start + kPrev.size(), end - start - kPrev.size());
        headers.erase(start, end - start);
        std::string name = saved.substr(0, saved.find(':') + 1);
        size_t current = find_line(headers, [&](std::string_view line) {
            return line.starts_with(name) && line.ends_with('\n');
        });
        if (current != std::string::npos) {
            headers.replace(current, header_end(headers, current) - current, saved);
        } else if (size_t blank = headers.find("\n\n"); blank != std::string::npos) {
            headers.insert(blank + 1, saved);
        }
    }
}

std::string without_markup_lines(std::string_view headers) {
    std::string out;
    for (size_t p = 0; p < headers.size();) {
        auto line = line_at(headers, p);
        p += line.size();
        if (!line.starts_with("X-Spam-") || !line.ends_with('\n'))
            out += line;
    }
    return out;
}

// The last Content-Type, unfolded.
std::string content_type_of(const PristineMessage& message) {
    auto value = message.header("Content-Type");
    if (!value)
        return {};
    std::string text = with_line_ends(*value, "\n"), out;
    for (size_t p = 0; p < text.size(); ++p) {
        if (text[p] == '\n' && p + 1 < text.size() && (text[p + 1] == ' ' || text[p + 1] == '\t')) {
            out += ' ';
            while (p + 1 < text.size() && (text[p + 1] == ' ' || text[p + 1] == '\t'))
                ++p;
        } else {
            out += text[p];
        }
    }
    return std::string(util::trim(out));
}

}  // namespace

std::string remove_markup(std::string_view message,
                          const std::map<std::string, std::string>& rewrite_header,
                          const RemovalLimits& limits) {
    PristineMessage parts = split_message(message);
    if (auto boundary = mixed_boundary(content_type_of(parts)))
        if (auto original = attached_original(parts.body, *boundary))
            return parts.mbox_separator + std::string(*original);

    std::string headers = with_unfolded_markup(with_line_ends(parts.headers, "\n"));
    std::string body = with_line_ends(parts.body, "\n");
    for (const auto& [name, tag] : rewrite_header) {
        if (has_header_line(headers, "X-Spam-Prev-" + name + ":"))
            continue;
        headers = name == "Subject" ? without_old_subject_tag(headers, tag)
                                    : without_old_comment(headers, name);
    }
    drop_created_subject(headers);
    restore_previous(headers, limits);
    headers = without_markup_lines(headers);

    std::string_view rest = without_old_report(body);
    if (!parts.has_crlf)
        return parts.mbox_separator + headers + std::string(rest);
    return parts.mbox_separator +
           util::replace_all(headers + std::string(rest), "\n", std::string("\r\n"));
}

std::string remove_markup(std::string_view message) {
    return remove_markup(message, {});
}

bool has_checker_version(std::string_view message) {
    return split_message(message).header("X-Spam-Checker-Version").has_value();
}

}  // namespace scan
