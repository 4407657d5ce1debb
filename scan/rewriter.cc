#include "scan/rewriter.h"

#include <fmt/core.h>

#include <set>
#include <vector>

#include "scan/header_format.h"
#include "util/strings.h"
#include "util/version.h"

namespace scan {

const char kEncapsulatedDescription[] = "original message before SpamAssassin";

namespace {

// What the stock configuration says; an administrator's own wording is left alone.
constexpr std::string_view kStockCheckerVersion =
    "SpamAssassin _VERSION_ (_SUBVERSION_) on _HOSTNAME_";

std::string in_one_line(std::string text) {
    for (char& c : text)
        if (c == '\n')
            c = ' ';
    return text;
}

const std::string* rewrite_template(const Markup& markup, std::string_view header) {
    auto it = markup.settings.rewrite_header.find(std::string(header));
    return it == markup.settings.rewrite_header.end() ? nullptr : &it->second;
}

bool is_markup_line(std::string_view line) {
    return util::istarts_with(line, "X-Spam-") && !util::istarts_with(line.substr(7), "Prev-");
}

bool is_fold(std::string_view line) {
    return !line.empty() && (line[0] == ' ' || line[0] == '\t');
}

// The lines of the header without earlier markup; the blank line at the end goes to `separator`.
std::vector<std::string> unmarked_lines(std::string_view headers, std::string& separator) {
    std::vector<std::string> lines;
    bool dropping = false;
    for (size_t p = 0; p < headers.size();) {
        size_t newline = headers.find('\n', p);
        size_t end = newline == std::string_view::npos ? headers.size() : newline + 1;
        auto line = headers.substr(p, end - p);
        dropping = is_markup_line(line) || (dropping && is_fold(line));
        if (!dropping)
            lines.emplace_back(line);
        p = end;
    }
    if (!lines.empty() && util::trim(lines.back()).empty()) {
        separator = std::move(lines.back());
        lines.pop_back();
    }
    return lines;
}

// "Name: rest" -> "Name: TAG rest"; a tag that is there already is not put there twice.
void put_tag_in_front(std::string& line, const std::string& tag) {
    size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0)
        return;
    size_t rest = colon + 1;
    while (rest < line.size() && (line[rest] == ' ' || line[rest] == '\t'))
        ++rest;
    if (util::istarts_with(std::string_view(line).substr(rest), tag + " "))
        rest += tag.size() + 1;
    line = line.substr(0, colon + 1) + " " + tag + " " + line.substr(rest);
}

// "From", "Subject" or "To" when the line starts that header.
std::string_view rewritable_name(std::string_view line) {
    for (std::string_view name : {"From", "Subject", "To"})
        if (util::istarts_with(line, name) && line.size() > name.size() && line[name.size()] == ':')
            return name;
    return {};
}

// Tags the header lines that rewrite_header names. Subject prefixes of rules go into ham too, but
// only where a Subject rewrite is asked for.
void rewrite_lines(std::vector<std::string>& lines, const PristineMessage& message,
                   const Markup& markup) {
    bool created_subject =
        rewrite_template(markup, "Subject") != nullptr && !message.header("Subject");
    if (created_subject)
        lines.push_back("Subject: \n");

    std::string prefix;
    if (markup.subject_prefix) {
        prefix = in_one_line(expand_template(*markup.subject_prefix, markup.tags));
        prefix = util::trim_right(prefix);
    }
    std::vector<std::string> previous;
    for (auto& line : lines) {
        auto name = rewritable_name(line);
        if (name.empty() || (!markup.is_spam && name != "Subject"))
            continue;
        const std::string* text = rewrite_template(markup, name);
        if (text == nullptr)
            continue;
        if (markup.is_spam)
            previous.push_back(created_subject ? "X-Spam-Prev-Subject: (nonexistent)\n"
                                               : "X-Spam-Prev-" + line);
        if (markup.subject_prefix)
            put_tag_in_front(line, prefix);
        if (!markup.is_spam)
            continue;
        std::string tag = in_one_line(expand_template(*text, markup.tags));
        if (name != "Subject")
            tag = "(" + tag + ")";
        put_tag_in_front(line, tag);
    }
    for (auto& line : previous)
        lines.push_back(std::move(line));
}

std::string marked_headers(const PristineMessage& message, const Markup& markup) {
    std::string separator;
    auto lines = unmarked_lines(message.headers, separator);
    rewrite_lines(lines, message, markup);

    // A Return-Path at the very top is the delivery agent's and stays there.
    std::string out;
    size_t next = 0;
    if (!lines.empty() && util::istarts_with(lines[0], "Return-Path:")) {
        out += lines[next++];
        while (next < lines.size() && is_fold(lines[next]))
            out += lines[next++];
    }
    out += added_headers(markup.settings, markup.is_spam, markup.tags);
    for (; next < lines.size(); ++next)
        out += lines[next];
    out += separator;
    return message.has_crlf ? with_line_ends(out, "\r\n") : out;
}

// The comment at the end of From and To in a wrapper: before the last newline, once.
void put_comment_at_end(std::string& value, const std::string& tag) {
    std::string comment = "\t(" + tag + ")";
    size_t end = value.ends_with('\n') ? value.size() - 1 : value.size();
    if (std::string_view(value).substr(0, end).ends_with(comment))
        return;
    value.insert(end, comment);
}

// The headers of the wrapper, lines ending in LF: what the original shows in a list of mails, our
// markup, and what report_safe_copy_headers asks for.
std::string wrapper_headers(const PristineMessage& message, const Markup& markup) {
    auto from = message.header("From"), to = message.header("To"), cc = message.header("Cc"),
         subject = message.header("Subject"), date = message.header("Date"),
         id = message.header("Message-Id");

    if (const auto* text = rewrite_template(markup, "Subject")) {
        std::string value = subject.value_or("\n");
        if (markup.subject_prefix)
            value = in_one_line(expand_template(*markup.subject_prefix, markup.tags)) + value;
        std::string tag = in_one_line(expand_template(*text, markup.tags)) + " ";
        if (value.starts_with(tag))
            value.erase(0, tag.size());
        subject = tag + value;
    }
    if (const auto* text = rewrite_template(markup, "To")) {
        if (!to)
            to = "\n";
        put_comment_at_end(*to, in_one_line(expand_template(*text, markup.tags)));
    }
    if (const auto* text = rewrite_template(markup, "From")) {
        if (!from)
            from = "\n";
        put_comment_at_end(*from, util::replace_all(expand_template(*text, markup.tags), "\n", ""));
    }

    std::string out;
    auto add = [&out](std::string_view name, const std::optional<std::string>& value) {
        if (value) {
            out += name;
            out += ": ";
            out += *value;
        }
    };
    add("From", from);
    add("To", to);
    add("Cc", cc);
    add("Subject", subject);
    add("Date", date);
    add("Message-Id", id);
    out += added_headers(markup.settings, true, markup.tags);

    std::set<std::string> added = {"from", "to", "cc", "subject", "date", "message-id"};
    std::string received;
    for (const auto& name : markup.settings.report_safe_copy_headers) {
        std::string key = util::lower(name);
        if (!added.insert(key).second)
            continue;
        for (const auto& value : message.header_values(name))
            (key == "received" ? received : out) += name + ": " + value;
    }
    return fmt::format("Received: from localhost by {}\n\twith SpamAssassin (version {});\n\t{}\n",
                       markup.host_name, kCompatibleVersion, markup.date) +
           received + out;
}

// Does the line "--boundary" or "--boundary--" (the boundary itself starts with dashes) occur?
bool has_line(std::string_view text, std::string_view boundary) {
    for (size_t p = text.find(boundary); p != std::string_view::npos;
         p = text.find(boundary, p + 1)) {
        if (p != 0 && text[p - 1] != '\n')
            continue;
        auto rest = text.substr(p + boundary.size());
        if (rest.starts_with("--"))
            rest.remove_prefix(2);
        if (rest.empty() || rest[0] == '\n')
            return true;
    }
    return false;
}

std::string boundary_for(const PristineMessage& message, const Markup& markup) {
    std::string boundary = fmt::format("----------=_{:08X}.{:08X}",
                                       static_cast<uint32_t>(markup.now), markup.random());
    while (has_line(message.headers, boundary) || has_line(message.body, boundary))
        boundary += fmt::format("/{:08X}", markup.random());
    return boundary;
}

std::string wrapper_before_original(const PristineMessage& message, const Markup& markup,
                                    const std::string& boundary) {
    std::string report = markup.report();
    // An empty Content-Type is not a plain one.
    bool is_plain = !markup.content_type || util::icontains(*markup.content_type, "text/plain");
    if (!is_plain)
        report += expand_template(markup.settings.unsafe_report_template, markup.tags);
    const std::string& charset =
        markup.settings.report_charset.empty() ? "UTF-8" : markup.settings.report_charset;

    std::string out = wrapper_headers(message, markup);
    out += fmt::format("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"{}\"\n\n",
                       boundary);
    out += "This is a multi-part message in MIME format.\n\n";
    out += fmt::format("--{}\nContent-Type: text/plain; charset={}\n", boundary, charset);
    out += "Content-Disposition: inline\nContent-Transfer-Encoding: 8bit\n\n";
    out += report + "\n\n";
    out += fmt::format(
        "--{}\nContent-Type: {}; x-spam-type=original\nContent-Description: {}\n"
        "Content-Disposition: {}\nContent-Transfer-Encoding: 8bit\n\n",
        boundary, markup.settings.report_safe > 1 ? "text/plain" : "message/rfc822",
        kEncapsulatedDescription, is_plain ? "inline" : "attachment");
    return message.has_crlf ? with_line_ends(out, "\r\n") : out;
}

// Behind the first "\n\n" (either with a CR), npos if there is none.
size_t end_of_blank_line(std::string_view text) {
    for (size_t p = 0; (p = text.find('\n', p)) != std::string_view::npos; ++p) {
        size_t next = p + 1;
        if (next < text.size() && text[next] == '\r')
            ++next;
        if (next < text.size() && text[next] == '\n')
            return next + 1;
    }
    return std::string_view::npos;
}

}  // namespace

std::string added_headers(const rules::CoreSettings& settings, bool is_spam,
                          const TagSource& tags) {
    std::string out;
    for (const auto& header : is_spam ? settings.headers_spam : settings.headers_ham) {
        std::string text = header.value;
        if (text == kStockCheckerVersion && util::iequals(header.name, "Checker-Version"))
            text = fmt::format("Miharu {} (SpamAssassin _VERSION_ compatible) on _HOSTNAME_",
                               kMiharuVersion);
        std::string value =
            fold_header_value(header.name, expand_template(text, tags), settings.fold_headers);
        out += fmt::format("X-Spam-{}: {}\n", header.name, encode_header_value(value));
    }
    return out;
}

std::string rewrite_message(const PristineMessage& message, const Markup& markup) {
    std::string out = message.mbox_separator;
    if (!markup.is_spam || markup.settings.report_safe == 0) {
        out += marked_headers(message, markup);
        out += message.body;
        return out;
    }
    std::string boundary = boundary_for(message, markup);
    out += wrapper_before_original(message, markup, boundary);
    out += message.headers;
    out += message.body;
    out += with_line_ends("\n--" + boundary + "--\n\n", message.line_end());
    return out;
}

std::string rewrite_headers(const PristineMessage& message, const Markup& markup) {
    // Cut at the first blank line of the whole, wherever that is: a header without a blank line
    // runs on into the body.
    std::string text = message.mbox_separator;
    bool wraps = markup.is_spam && markup.settings.report_safe != 0;
    text += wraps ? wrapper_before_original(message, markup, boundary_for(message, markup))
                  : marked_headers(message, markup);
    size_t end = end_of_blank_line(text);
    if (end == std::string::npos) {
        text += message.body;
        end = end_of_blank_line(text);
    }
    if (end != std::string::npos)
        text.resize(end);
    return text;
}

}  // namespace scan
