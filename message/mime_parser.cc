#include "message/mime_parser.h"

#include <algorithm>

#include "message/content_type.h"
#include "message/date.h"
#include "message/header_decode.h"
#include "util/strings.h"

namespace message {

namespace {

constexpr size_t kMaxBodyLine = 2048;    // MIME body lines are broken there
constexpr size_t kMaxBlankLines = 20;    // longer runs are shortened to this
constexpr int kToleratedBadHeaders = 3;  // lines that are no header fields

std::string_view next_line(std::string_view text, size_t at) {
    size_t end = text.find('\n', at);
    return text.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

bool is_field_char(unsigned char c) {
    return c >= 041 && c <= 0176 && c != ':';
}

// Length of a field name at the start of the line if a colon follows it, else npos. Blanks before
// the colon are allowed when `blanks`.
size_t field_name_length(std::string_view line, bool blanks) {
    size_t n = 0;
    while (n < line.size() && is_field_char(line[n]))
        ++n;
    if (n == 0)
        return std::string_view::npos;
    size_t colon = n;
    while (blanks && colon < line.size() && (line[colon] == ' ' || line[colon] == '\t'))
        ++colon;
    return colon < line.size() && line[colon] == ':' ? n : std::string_view::npos;
}

bool is_blank(std::string_view line) {
    return std::all_of(line.begin(), line.end(), [](unsigned char c) { return util::is_space(c); });
}

// "From " line of an mbox, or the line in front of each message of an mbx file.
bool is_mbox_separator(std::string_view line) {
    if (!line.starts_with("From") || line.size() < 5 || !util::is_space(line[4]))
        return false;
    // /^From\s+(?!:)/: backtracking lets more than one blank stand before a colon
    size_t i = 4;
    while (i < line.size() && util::is_space(line[i]))
        ++i;
    return i - 4 > 1 || i >= line.size() || line[i] != ':';
}

// The separator of a mbx file (Washington's IMAP server): "12-Jan-2006 01:02:03 +0100,1234;...".
bool is_mbx_separator(std::string_view line) {
    auto digits = [&](size_t from, size_t n) {
        for (size_t i = from; i < from + n; ++i)
            if (i >= line.size() || !util::is_digit(line[i]))
                return false;
        return true;
    };
    if (line.size() < 21 || (!util::is_digit(line[0]) && !util::is_space(line[0])) ||
        !digits(1, 1) || line[2] != '-' || line[6] != '-' || !digits(7, 4) ||
        !util::is_space(line[11]) || !digits(12, 2) || line[14] != ':' || !digits(15, 2) ||
        line[17] != ':' || !digits(18, 2))
        return false;
    for (size_t i = 3; i < 6; ++i)
        if (!util::is_alpha(line[i]))
            return false;
    // ",size;twelve hex digits-eight word characters" at the end
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.size() < 20 + 24 || line[line.size() - 9] != '-' || line[line.size() - 22] != ';')
        return false;
    for (size_t i = line.size() - 8; i < line.size(); ++i)
        if (!util::is_word(line[i]))
            return false;
    for (size_t i = line.size() - 21; i < line.size() - 9; ++i)
        if (!util::is_digit(line[i]) && (line[i] < 'a' || line[i] > 'f'))
            return false;
    size_t size_end = line.size() - 22, size_start = size_end;
    while (size_start > 20 && util::is_digit(line[size_start - 1]))
        --size_start;
    return size_start < size_end && size_start > 20 && line[size_start - 1] == ',';
}

// The mbox line that stands for an mbx separator; the sender is taken from the first From field.
std::string mbox_from_mbx(std::string_view line, std::string_view message) {
    std::string address;
    for (size_t at = 0; at < message.size();) {
        std::string_view field = next_line(message, at);
        at += field.size();
        if (!field.starts_with("From:"))
            continue;
        size_t open = field.find('<'), close = field.find('>', open);
        if (open != std::string_view::npos && close != std::string_view::npos && close > open + 1) {
            address = field.substr(open + 1, close - open - 1);
            break;
        }
        std::string_view rest = util::trim_left(field.substr(5));
        rest = rest.substr(0, rest.find_first_of("<> "));
        if (!rest.empty()) {
            address = rest;
            break;
        }
    }
    std::string_view day = line.substr(0, 2), month = line.substr(3, 3), year = line.substr(7, 4),
                     time = line.substr(12, 8);
    std::string date = std::string(day) + " " + std::string(month) + " " + std::string(year);
    static constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    auto noon = parse_date(date + " 12:00:00 +0000");
    std::string weekday = noon ? kDays[*noon / 86400 % 7] : "";
    return "From " + address + " " + weekday + " " + std::string(month) + " " + std::string(day) +
           " " + std::string(time) + " " + std::string(year) + "\n";
}

// The lines of a body, one behind the other in `text`: CR LF made LF when `crlf`, runs of more than
// kMaxBlankLines blank lines shortened to that (a run at the top may have one more, and the lines
// that go are the ones behind its second). Answers where each line ends.
std::vector<size_t> read_body(std::string_view body, bool crlf, std::string& text) {
    text.reserve(body.size());
    std::vector<size_t> ends;
    std::vector<std::string_view> blanks;
    bool at_top = true;
    auto add = [&](std::string_view line) {
        if (crlf && line.ends_with("\r\n")) {
            text.append(line.substr(0, line.size() - 2));
            text += '\n';
        } else {
            text.append(line);
        }
        ends.push_back(text.size());
    };
    auto add_blanks = [&] {
        size_t counted = blanks.size() - (at_top ? 1 : 0);
        size_t extra = counted > kMaxBlankLines ? counted - kMaxBlankLines : 0;
        size_t first = at_top ? 2 : 1;
        for (size_t i = 0; i < blanks.size(); ++i)
            if (i < first || i >= first + extra)
                add(blanks[i]);
        blanks.clear();
    };
    for (size_t at = 0; at < body.size();) {
        std::string_view line = next_line(body, at);
        at += line.size();
        if (is_blank(line)) {
            blanks.push_back(line);
            continue;
        }
        if (!blanks.empty())
            add_blanks();
        at_top = false;
        add(line);
    }
    if (!blanks.empty())
        add_blanks();
    return ends;
}

std::string to_crlf(std::string_view line) {
    std::string out;
    for (size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\n' && (i == 0 || line[i - 1] != '\r'))
            out += '\r';
        out += line[i];
    }
    return out;
}

}  // namespace

void MimeParser::add_header(Part& part, std::string_view name, std::string raw) {
    HeaderField& field = part.headers_.emplace_back();
    field.name = std::string(name);
    field.decoded = decode_header(raw, name);
    field.raw = std::move(raw);
}

Part* MimeParser::new_part(Part& parent) {
    auto part = std::unique_ptr<Part>(new Part());
    part->message_ = &message_;
    part->parent_ = &parent;
    parent.children_.push_back(std::move(part));
    parent.is_leaf_ = false;
    return parent.children_.back().get();
}

Envelope MimeParser::begin_message(std::string_view bytes, Part& part, size_t depth_left,
                                   Defects& defects) {
    Envelope envelope;
    static constexpr std::string_view kNothing = "\n";
    if (bytes.empty())
        bytes = kNothing;
    size_t at = 0;
    std::string_view first = next_line(bytes, 0);
    if (is_mbox_separator(first)) {
        envelope.mbox_separator = std::string(first);
        at = first.size();
    } else if (is_mbx_separator(first)) {
        at = first.size();
        envelope.mbox_separator = mbox_from_mbx(first, bytes.substr(at));
    }
    if (at < bytes.size()) {
        size_t last_start =
            bytes.size() > 1 ? bytes.rfind('\n', bytes.size() - 2) : std::string_view::npos;
        std::string_view last =
            last_start == std::string_view::npos ? bytes : bytes.substr(last_start + 1);
        envelope.crlf = next_line(bytes, at).find("\r\n") != std::string_view::npos ||
                        last.find("\r\n") != std::string_view::npos;
    }
    std::string_view line_end = envelope.crlf ? "\r\n" : "\n";

    // Header section.
    std::string field;
    bool has_field = false;
    int bad_lines = 0;
    std::string repaired;
    auto end_field = [&] {
        if (!has_field)
            return;
        std::string_view text = field;
        size_t colon = text.find(':');
        if (colon == std::string_view::npos)
            return;
        std::string_view name = text.substr(0, colon);
        std::string value(text.substr(colon + 1));
        if (envelope.crlf)
            value = util::replace_all(std::move(value), "\r\n", "\n");
        while (!name.empty() && (name.back() == ' ' || name.back() == '\t'))
            name.remove_suffix(1);
        if (name.size() > limits_.max_header_key) {
            name = name.substr(0, limits_.max_header_key);
            defects.insert("truncated_header");
        }
        if (value.size() > limits_.max_header_value) {
            value.resize(limits_.max_header_value);
            defects.insert("truncated_header");
        }
        add_header(part, name, std::move(value));
    };
    while (true) {
        bool eof = at >= bytes.size();
        std::string_view raw = eof ? line_end : next_line(bytes, at);
        std::string_view line = raw;
        if (envelope.crlf && raw.ends_with('\n') && !raw.ends_with("\r\n")) {
            repaired = to_crlf(raw);
            line = repaired;
        }
        if (line.starts_with(' ') || line.starts_with('\t')) {
            has_field = true;
            field += line;
            envelope.headers += line;
            at += raw.size();
            continue;
        }
        end_field();
        if (line == line_end) {
            if (eof) {
                defects.insert("missing_head_body_separator");
            } else {
                envelope.headers += line;
                at += raw.size();
            }
            break;
        }
        if (line.starts_with("--") || (field_name_length(line, true) == std::string_view::npos &&
                                       ++bad_lines > kToleratedBadHeaders)) {
            defects.insert("missing_head_body_separator");
            if (line.size() != raw.size()) {  // repaired, and of the body nevertheless
                envelope.body_front = repaired;
                at += raw.size();
            }
            break;
        }
        field.assign(line);
        has_field = true;
        envelope.headers += line;
        at += raw.size();
    }
    envelope.body = bytes.substr(std::min(at, bytes.size()));

    auto text = std::make_shared<std::string>();
    std::vector<size_t> ends;
    if (envelope.body_front.empty())
        ends = read_body(envelope.body, envelope.crlf, *text);
    else
        ends = read_body(envelope.body_front + std::string(envelope.body), envelope.crlf, *text);
    ContentType type = parse_content_type(part.header("content-type"));
    part.type_ = type.type;
    Job job{&part, type.boundary, text, {}, depth_left};
    job.lines.reserve(ends.size() + 1);
    for (size_t start = 0; size_t end : ends) {
        job.lines.push_back(std::string_view(*text).substr(start, end - start));
        start = end;
    }
    // A multipart body that starts at once gets a blank line in front, lest its text be taken for
    // the headers of a part.
    if (type.type.starts_with("multipart/") && job.lines.size() > 1 && !is_blank(job.lines[0]) &&
        (!type.boundary || !job.lines[0].starts_with("--" + *type.boundary)))
        job.lines.insert(job.lines.begin(), kNothing);
    queue_.push_back(std::move(job));
    return envelope;
}

Envelope MimeParser::parse(std::string_view bytes, Part& root) {
    root.message_ = &message_;
    Envelope envelope = begin_message(bytes, root, limits_.max_mime_depth, defects_);
    while (!queue_.empty()) {
        Job job = std::move(queue_.front());
        queue_.pop_front();
        if (job.part->type_.starts_with("multipart/") && job.boundary && job.depth_left > 0) {
            parse_multipart(job);
            continue;
        }
        parse_normal(job);
        Part& part = *job.part;
        if (job.depth_left > 0 &&
            (part.type_ == "message/rfc822" || part.type_ == "message/global")) {
            std::string inner = part.decoded();
            if (!inner.empty()) {
                Defects ignored;  // a message within keeps its oddities to itself
                begin_message(inner, *new_part(part), job.depth_left - 1, ignored);
                part.raw_body_.clear();
                part.decoded_.reset();
                part.has_body_ = false;
            }
        }
    }
    for (const auto& [boundary, state] : boundary_state_)
        if (state != 0)
            defects_.insert("missing_mime_boundary");
    return envelope;
}

namespace {

// "--boundary" or "--boundary--", then nothing but blanks.
struct BoundaryLine {
    bool matches = false, closes = false;
};
BoundaryLine boundary_line(std::string_view line, const std::string& boundary) {
    if (!line.starts_with("--") || line.compare(2, boundary.size(), boundary) != 0)
        return {};
    std::string_view rest = line.substr(2 + boundary.size());
    if (is_blank(rest))
        return {true, false};
    if (rest.starts_with("--") && is_blank(rest.substr(2)))
        return {true, true};
    return {};
}

void append_broken(std::string& text, std::string_view line) {
    while (line.size() > kMaxBodyLine) {
        text.append(line.substr(0, kMaxBodyLine));
        text += '\n';
        line.remove_prefix(kMaxBodyLine);
    }
    text.append(line);
}

}  // namespace

void MimeParser::parse_multipart(Job& job) {
    const std::string& boundary = *job.boundary;
    Part& parent = *job.part;
    parent.is_leaf_ = false;
    parent.boundary_ = boundary;
    const auto& lines = job.lines;
    size_t first = 0;
    for (size_t i = 0; i < lines.size(); ++i) {
        BoundaryLine b = boundary_line(lines[i], boundary);
        if (b.matches && !b.closes) {
            boundary_state_[boundary] = 1;
            if (i + 1 < lines.size() &&
                field_name_length(lines[i + 1], false) == std::string_view::npos)
                defects_.insert("missing_mime_headers");
            first = i + 1;
            break;
        }
    }
    std::unique_ptr<Part> part;
    std::string text, field;
    bool in_body = false, has_text = false, nested = false;
    size_t count = 0;
    auto start_part = [&] {
        part.reset(new Part());
        part->message_ = &message_;
        part->parent_ = &parent;
        text.clear();
        field.clear();
        in_body = has_text = false;
    };
    // "Name: value" with the blanks behind the colon gone, folds and line end kept.
    auto end_field = [&] {
        size_t colon = field.find(':');
        std::string_view value = std::string_view(field).substr(colon + 1);
        while (!value.empty() && util::is_space(value.front()))
            value.remove_prefix(1);
        add_header(*part, std::string_view(field).substr(0, colon), std::string(value));
    };
    start_part();
    for (size_t i = first; i < lines.size(); ++i) {
        std::string_view line = lines[i];
        BoundaryLine b = boundary_line(line, boundary);
        bool ends = b.matches;
        if (ends && nested) {
            // A part that announces the very boundary it stands in: its own lines come first.
            ends = false;
            nested = !b.closes;
        }
        bool is_last = i + 1 == lines.size();
        if (is_last || ends) {
            if (!ends) {
                append_broken(text, line);
            } else if (has_text) {
                if (text.ends_with('\n'))
                    text.pop_back();  // the line end belongs to the boundary
            }
            ContentType type = parse_content_type(part->header("content-type"));
            part->type_ = type.type;
            if (type.was_missing && parent.type_ == "multipart/digest")
                part->type_ = "message/rfc822";
            auto owned = std::make_shared<std::string>(std::move(text));
            Job child{part.get(),
                      type.boundary ? type.boundary : job.boundary,
                      owned,
                      {},
                      job.depth_left - 1};
            if (child.boundary && (child.boundary->empty() || *child.boundary == "0"))
                child.boundary = job.boundary;
            for (size_t at = 0; at < owned->size();) {
                std::string_view own = next_line(*owned, at);
                child.lines.push_back(own);
                at += own.size();
            }
            queue_.push_back(std::move(child));
            parent.children_.push_back(std::move(part));
            if (b.matches && b.closes && ends) {
                --boundary_state_[boundary];
                note_epilogue(lines, i + 1);
                return;
            }
            if (!is_last && field_name_length(lines[i + 1], false) == std::string_view::npos)
                defects_.insert("missing_mime_headers");
            if (++count == limits_.max_mime_parts) {
                defects_.insert("mimepart_limit_exceeded");
                return;
            }
            start_part();
            continue;
        }
        if (!in_body) {
            if (field_name_length(line, true) != std::string_view::npos) {
                if (!field.empty())
                    end_field();
                field.assign(line);
                continue;
            }
            if ((line.starts_with(' ') || line.starts_with('\t')) && !field.empty()) {
                field.append(line);
                continue;
            }
            if (!field.empty()) {
                end_field();
                if (util::istarts_with(field, "content-type:")) {
                    auto own = parse_content_type(part->header("content-type")).boundary;
                    nested |= own && *own == boundary;
                }
            }
            in_body = true;
            if (line == "\n" || line == "\r\n" || line == "\r" || line.empty())
                continue;
            defects_.insert("missing_mime_head_body_separator");
        }
        append_broken(text, line);
        has_text = true;
    }
}

// Text behind the last boundary, dots and blanks apart.
void MimeParser::note_epilogue(const std::vector<std::string_view>& lines, size_t from) {
    for (size_t i = from; i < lines.size(); ++i)
        for (char c : lines[i])
            if (c != '.' && !util::is_space(c)) {
                defects_.insert("mime_epilogue_exists");
                return;
            }
}

namespace {

// What name="..." holds in a Content-Disposition, up to a quote or semicolon.
std::string disposition_name(std::string_view value) {
    for (size_t at = util::ifind(value, "name="); at != std::string_view::npos;
         at = util::ifind(value, "name=", at + 5)) {
        std::string_view behind = value.substr(at + 5);
        std::string_view rest = util::trim_left(behind);
        auto ends = [](std::string_view s) { return s.empty() || s[0] == '"' || s[0] == ';'; };
        if (rest.starts_with('"') && !ends(rest.substr(1)))
            rest.remove_prefix(1);
        if (ends(rest)) {
            // Nothing but white space: the last of it is the name.
            if (rest.size() == behind.size())
                continue;
            return std::string(behind.substr(behind.size() - rest.size() - 1, 1));
        }
        return std::string(rest.substr(0, rest.find_first_of("\";")));
    }
    return {};
}

}  // namespace

void MimeParser::parse_normal(Job& job) {
    Part& part = *job.part;
    ContentType type = parse_content_type(part.header("content-type"));
    if (!type.was_missing)
        part.type_ =
            type.type.starts_with("multipart/") && !job.boundary ? "text/plain" : type.type;
    part.charset_ = util::lower(type.charset.value_or("us-ascii"));
    part.has_charset_ = type.charset.has_value();
    if (auto disposition = part.header("content-disposition")) {
        part.disposition_ = std::string(*disposition);
        part.name_ = disposition_name(*disposition);
    }
    part.transfer_encoding_ = util::lower(part.header("content-transfer-encoding").value_or(""));
    if (part.name_.empty() && type.name != "0")
        part.name_ = type.name;
    if (job.boundary)
        part.boundary_ = *job.boundary;
    size_t size = 0;
    for (auto line : job.lines)
        size += line.size();
    part.raw_body_.reserve(size);
    for (auto line : job.lines)
        part.raw_body_.append(line);
    part.has_body_ = true;
}

}  // namespace message
