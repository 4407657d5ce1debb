// message_dump: prints what the message library makes of mails, one view element a line, so that
// two builds (or another program's dump of the same form) can be compared with diff.
//
//   message_dump [--cf FILE]... [--specs FILE] [--root DIR] [--time N] < LIST
//
// --cf reads util_rb_tld, util_rb_2tld, util_rb_3tld and redirector_pattern lines; --specs names
// the header specs to print, one a line. LIST has one path a line. With --time every message is
// taken apart N times and the mean time of each step is printed instead.

#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "message/message.h"
#include "regex/regex.h"
#include "util/digest.h"
#include "util/file.h"
#include "util/strings.h"

namespace {

std::string escaped(std::string_view s) {
    std::string out;
    for (unsigned char c : s) {
        if (c < 0x20 || c >= 0x7f || c == '\\')
            out += fmt::format("\\x{:02x}", c);
        else
            out += static_cast<char>(c);
    }
    return out;
}

template <typename Range>
std::string joined(const Range& range, const char* separator) {
    std::string out;
    bool first = true;
    for (const auto& item : range) {
        out += (first ? "" : separator) + escaped(item);
        first = false;
    }
    return out;
}

struct Redirectors {
    std::vector<regex::Regex> patterns;
    std::optional<std::string> target(std::string_view uri) const {
        regex::MatchData match;
        for (const regex::Regex& pattern : patterns)
            if (pattern.search(uri, match) && match.group(1) &&
                match.text(1).find('.') != std::string_view::npos)
                return std::string(match.text(1));
        return std::nullopt;
    }
};

// "/re/flags" or "m{re}flags".
void add_redirector(std::string_view text, Redirectors& redirectors) {
    if (text.starts_with('m'))
        text.remove_prefix(1);
    char close = text[0] == '{' ? '}' : text[0] == '(' ? ')' : text[0];
    size_t end = text.rfind(close);
    auto flags = regex::Flags::parse(text.substr(end + 1));
    auto compiled = regex::Regex::compile(text.substr(1, end - 1), flags.value_or(regex::Flags{}));
    if (compiled)
        redirectors.patterns.push_back(std::move(*compiled));
    else
        fmt::print(stderr, "redirector_pattern {}: {}\n", text, compiled.error().message);
}

void read_cf(const std::string& path, message::Registry& registry, Redirectors& redirectors) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        auto words = util::words(line);
        if (words.empty())
            continue;
        if (words[0] == "redirector_pattern" && words.size() > 1)
            add_redirector(util::trim(line.substr(line.find("pattern") + 7)), redirectors);
        for (size_t i = 1; i < words.size() && words[0].starts_with("util_rb_"); ++i) {
            if (words[0] == "util_rb_tld")
                registry.add_tld(words[i]);
            else if (words[0] == "util_rb_2tld")
                registry.add_2tld(words[i]);
            else if (words[0] == "util_rb_3tld")
                registry.add_3tld(words[i]);
        }
    }
}

void dump_part(const message::Part& part, int depth) {
    bool leaf = part.is_leaf();
    fmt::print("P\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", depth, escaped(part.type()), leaf ? 1 : 0,
               leaf ? escaped(part.charset()) : "", leaf ? escaped(part.name()) : "",
               leaf ? util::to_hex(util::sha1(part.decoded())) : "-",
               leaf ? escaped(part.rendered_type()) : "-");
    for (const auto& field : part.headers())
        fmt::print("F\t{}\t{}\t{}\t{}\n", depth, escaped(field.name), escaped(field.raw),
                   escaped(field.decoded));
    for (const auto& child : part.children())
        dump_part(*child, depth + 1);
}

void dump(const message::Message& m, const std::vector<std::string>& specs) {
    for (const std::string& spec : specs) {
        fmt::print("H\t{}", spec);
        const auto& values = m.values(spec);
        for (const auto& value : values)
            fmt::print("\t{}", escaped(value));
        fmt::print("{}\n", values.empty() ? "\t-" : "");
    }
    for (const auto& line : m.body_lines())
        fmt::print("B\t{}\n", escaped(line));
    for (const auto& line : m.visible_body_lines())
        fmt::print("V\t{}\n", escaped(line));
    for (const auto& line : m.invisible_body_lines())
        fmt::print("I\t{}\n", escaped(line));
    for (const auto& chunk : m.rawbody_chunks())
        fmt::print("R\t{}\n", escaped(chunk));
    dump_part(m.root(), 0);
    fmt::print("D");
    std::string boundary = "\t";
    for (const auto& defect : m.defects()) {
        if (defect == "missing_mime_boundary")
            boundary += defect;
        else if (defect != "uri_truncated")
            fmt::print("\t{}", defect);
    }
    fmt::print("{}\n", boundary);
    fmt::print("M\tid\t{}\nM\tgen\t{}\n", escaped(m.message_id()), m.generated_message_id());
    std::time_t date = m.receive_date();
    fmt::print("M\tdate\t{}\n", date >= std::time(nullptr) - 100 ? "now" : std::to_string(date));
    fmt::print("M\tdigest\t{}\n", m.pristine_body_digest());
    fmt::print("M\tpristine\t{} {} {} {}\n", util::to_hex(util::sha1(m.pristine())),
               util::to_hex(util::sha1(m.pristine_headers())), escaped(m.mbox_separator()),
               m.has_crlf_line_ends() ? 1 : 0);
    std::multimap<std::string, const message::Uri*> uris;
    for (const auto& uri : m.uri_details())
        uris.emplace(uri.raw, &uri);
    for (const auto& [raw, uri] : uris) {
        std::set<std::string> cleaned(uri->cleaned.begin(), uri->cleaned.end());
        std::string hosts;
        for (const auto& [host, domain] : uri->hosts)
            hosts += (hosts.empty() ? "" : ",") + escaped(host) + "=" + escaped(domain);
        fmt::print("U\t{}\t{}\t{}\t{}\t{}\t{}\n", escaped(raw), joined(uri->types, ","),
                   joined(cleaned, " | "), joined(uri->domains, ","), hosts,
                   joined(uri->anchor_text, " | "));
    }
}

struct Times {
    double parse = 0, headers = 0, body = 0, rawbody = 0, uris = 0;
    size_t bytes = 0, messages = 0;
};

void time_views(const std::string& bytes, const message::MessageSettings& settings,
                const std::vector<std::string>& specs, int rounds, Times& times) {
    using Clock = std::chrono::steady_clock;
    auto since = [](Clock::time_point& t) {
        auto now = Clock::now();
        double us = std::chrono::duration<double, std::micro>(now - t).count();
        t = now;
        return us;
    };
    for (int i = 0; i < rounds; ++i) {
        auto t = Clock::now();
        message::Message m(bytes, settings);
        times.parse += since(t);
        for (const auto& spec : specs)
            m.values(spec);
        times.headers += since(t);
        m.body_lines();
        m.visible_body_lines();
        m.invisible_body_lines();
        times.body += since(t);
        m.rawbody_chunks();
        times.rawbody += since(t);
        m.uris();
        times.uris += since(t);
        times.bytes += bytes.size();
        ++times.messages;
    }
}

}  // namespace

int main(int argc, char** argv) {
    auto registry = std::make_shared<message::Registry>();
    Redirectors redirectors;
    std::vector<std::string> specs;
    std::string root;
    int rounds = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        std::string_view option = argv[i];
        if (option == "--cf") {
            read_cf(argv[i + 1], *registry, redirectors);
        } else if (option == "--specs") {
            std::ifstream in(argv[i + 1]);
            for (std::string line; std::getline(in, line);)
                specs.push_back(line);
        } else if (option == "--root") {
            root = std::string(argv[i + 1]) + "/";
        } else if (option == "--time") {
            rounds = std::stoi(argv[i + 1]);
        }
    }
    message::MessageSettings settings;
    settings.registry = registry;
    settings.redirector_target = [&](std::string_view uri) { return redirectors.target(uri); };
    Times times;
    for (std::string path; std::getline(std::cin, path);) {
        std::string bytes = util::read_file(root + path);
        if (rounds > 0) {
            time_views(bytes, settings, specs, rounds, times);
            continue;
        }
        message::Message m(std::move(bytes), settings);
        fmt::print("== {}\n", path);
        dump(m, specs);
    }
    if (times.messages > 0) {
        double n = static_cast<double>(times.messages);
        fmt::print(
            "{} bytes a message; us: parse {:.1f}, headers {:.1f}, body {:.1f}, rawbody {:.1f}, "
            "uris {:.1f}\n",
            times.bytes / times.messages, times.parse / n, times.headers / n, times.body / n,
            times.rawbody / n, times.uris / n);
    }
}
