// Mail::SpamAssassin::Plugin::ExtractText: the text of attachments, as programs of the
// administrator's choice print it (pdftotext, antiword, tesseract ...). It takes the place of the
// part's rendered text, so that body rules and Bayes see it; X-ExtractText-* pseudo-headers and
// tags tell what was done.

#include <algorithm>
#include <map>
#include <system_error>

#include "plugins/arguments.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/regexp_syntax.h"
#include "util/log.h"
#include "util/strings.h"
#include "util/subprocess.h"
#include "util/temporary_file.h"

namespace plugins {

namespace {

using rules::MessageStatus;

struct Tool {
    std::vector<std::string> command;  // with {} for the file
    std::vector<std::pair<std::string, std::string>> environment;
};

// Which parts a tool is for.
struct Use {
    std::string tool;
    bool by_type = false;  // else by file name
    std::shared_ptr<const regex::Regex> pattern;
};

struct ExtractTextSettings {
    double max_parts = 10;  // leaves of a message, text included; 0: all
    double timeout = 5;     // seconds for one program
    double total_timeout = 10;
    double max_output = 4 * 1024 * 1024;  // bytes of one program; the rest is dropped
    std::map<std::string, Tool> tools;    // by name, in lower case
    std::vector<Use> uses;
};

// What the programs said about a message, each thing once and in order.
struct Findings {
    std::vector<std::string> tools, types, extensions, flags, uris;
    long characters = 0, words = 0;
};

void add(std::vector<std::string>& list, std::string value) {
    if (std::find(list.begin(), list.end(), value) == list.end())
        list.push_back(std::move(value));
}

// split(/\W+/) less one: an empty field in front counts, those at the end do not.
long word_count(std::string_view text) {
    long words = !text.empty() && !util::is_word(static_cast<unsigned char>(text[0])) ? 1 : 0;
    bool inside = false, any = false;
    for (unsigned char c : text) {
        words += util::is_word(c) && !inside ? 1 : 0;
        inside = util::is_word(c);
        any = any || inside;
    }
    return any ? words - 1 : -1;
}

// Words between double quotes are one.
std::vector<std::string> without_quotes(const std::vector<std::string>& words) {
    std::vector<std::string> out;
    std::string quoted;
    bool inside = false;
    for (const auto& word : words) {
        bool begins = word.starts_with('"'), ends = word.ends_with('"');
        if (!inside && (!begins || ends)) {
            out.push_back(word);
            continue;
        }
        quoted += inside ? " " + word : word.substr(1);
        inside = !ends;
        if (ends) {
            quoted.pop_back();
            out.push_back(std::move(quoted));
            quoted.clear();
        }
    }
    return out;
}

class ExtractText : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::ExtractText"; }

    void register_in(rules::Registration& r) override {
        using config::ValueType;
        auto add_keyword = [&](const char* name, ValueType type, const char* value,
                               const char* help, config::Setter set) {
            r.keyword({.name = name,
                       .type = type,
                       .who = config::Who::Admin,
                       .default_value = value,
                       .help = help,
                       .set = std::move(set)});
        };
        add_keyword("extracttext_maxparts", ValueType::Number, "10",
                    "Parts of a message that are looked at, texts included; 0 is all.",
                    config::set_number(&ExtractTextSettings::max_parts));
        add_keyword("extracttext_timeout", ValueType::Special, "5 10",
                    "Seconds for one program, and for all of a message.", set_timeout());
        add_keyword("extracttext_max_output", ValueType::Number, "4194304",
                    "Bytes that are taken of the output of one program.",
                    config::set_number(&ExtractTextSettings::max_output));
        add_keyword("extracttext_external", ValueType::Special, "",
                    "Defines a program: its name, {VARIABLE=value}, the command with {} for the "
                    "file.",
                    [this](config::Settings& s, const config::Directive& d,
                           config::Diagnostics& diagnostics) { define_tool(s, d, diagnostics); });
        add_keyword("extracttext_use", ValueType::Special, "",
                    "Says which parts a program is for: extensions, file names, MIME types.",
                    [](config::Settings& s, const config::Directive& d,
                       config::Diagnostics& diagnostics) { use_tool(s, d, diagnostics); });
    }

    void message_parsed(message::Message& message, const config::Settings& settings,
                        const util::Deadline& deadline) override {
        const auto& own = settings.get<ExtractTextSettings>();
        if (own.uses.empty() || own.tools.empty())
            return;
        Findings found;
        double parts = 0;
        auto all = util::Deadline::after(seconds(own.total_timeout)).sooner(deadline);
        look_at(message.mutable_root(), own, all, parts, found);
        if (found.tools.empty())
            return;
        auto put = [&](const char* what, std::string value) {
            message.put_metadata(std::string("X-ExtractText-") + what, std::move(value));
        };
        put("Words", std::to_string(found.words));
        put("Chars", std::to_string(found.characters));
        put("Tools", util::join(found.tools, " "));
        put("Types", util::join(found.types, " "));
        put("Extensions", util::join(found.extensions, " "));
        put("Flags", util::join(found.flags, " "));
        put("Uris", util::join(found.uris, " "));
    }

    void parsed_metadata(MessageStatus& status) override {
        for (const char* what : {"Words", "Chars", "Tools", "Types", "Extensions", "Flags", "Uris"})
            if (auto value = status.message().metadata(std::string("X-ExtractText-") + what))
                status.set_tag(std::string("ExtractText") + what, std::string(*value));
    }

private:
    static std::chrono::nanoseconds seconds(double number) {
        return std::chrono::seconds(as_size(std::min(number, 1e6)));
    }

    static config::Setter set_timeout() {
        return
            [](config::Settings& s, const config::Directive& d, config::Diagnostics& diagnostics) {
                auto words = util::words(d.value);
                double numbers[2] = {0, 0};
                bool valid = words.size() <= 2;
                for (size_t i = 0; valid && i < words.size(); ++i) {
                    valid = std::all_of(words[i].begin(), words[i].end(), util::is_digit);
                    numbers[i] = number(words[i]);
                }
                if (words.empty()) {
                    report_missing(d, diagnostics);
                } else if (!valid) {
                    report_invalid(d, diagnostics);
                } else {
                    auto& own = s.edit<ExtractTextSettings>();
                    own.timeout = numbers[0];
                    own.total_timeout = words.size() == 2 ? numbers[1] : std::max(numbers[0], 10.0);
                }
            };
    }

    // The line with single backslashes; nullopt: it names a program that prints HTML.
    static std::optional<std::string> value_of(const config::Directive& d,
                                               config::Diagnostics& diagnostics) {
        static const Pattern kHtmlTool("(?:to|2)html\\b");
        std::string value = d.value;
        if (value.find("\\\\") != std::string::npos) {
            value = util::replace_all(value, "\\\\", "\\");
            diagnostics.warn(d.position,
                             "extracttext: DOUBLE BACKSLASHES DEPRECATED, one was taken for two: " +
                                 d.keyword + " " + value);
        }
        if (!kHtmlTool(value))
            return value;
        diagnostics.warn(d.position,
                         "extracttext: HTML tools are not supported, the line has no effect: " +
                             d.keyword + " " + value);
        return std::nullopt;
    }

    void define_tool(config::Settings& s, const config::Directive& d,
                     config::Diagnostics& diagnostics) const {
        auto value = value_of(d, diagnostics);
        if (!value)
            return;
        Tool tool;
        std::string line = regex::replace_all(variable_.re(), *value, [&](const auto& match) {
            std::string text(match.text(1));
            size_t equals = text.find('=');
            tool.environment.push_back({text.substr(0, equals), equals == std::string::npos
                                                                    ? std::string()
                                                                    : text.substr(equals + 1)});
            return " ";
        });
        std::vector<std::string> words;
        for (auto word : util::words(line))
            words.emplace_back(word);
        if (words.size() < 3) {
            report_invalid(d, diagnostics);
            return;
        }
        std::string name = util::lower(words[0]);
        words.erase(words.begin());
        tool.command = without_quotes(words);
        if (!s.edit<ExtractTextSettings>().tools.emplace(name, std::move(tool)).second)
            report_line(d, "extracttext: duplicate tool defined: " + name, diagnostics);
    }

    static void use_tool(config::Settings& s, const config::Directive& d,
                         config::Diagnostics& diagnostics) {
        auto value = value_of(d, diagnostics);
        if (!value)
            return;
        auto words = util::words(*value);
        if (words.size() < 2) {
            report_invalid(d, diagnostics);
            return;
        }
        for (size_t i = 1; i < words.size(); ++i) {
            std::string pattern(words[i]);
            Use use;
            use.tool = util::lower(words[0]);
            use.by_type = pattern.find('/') != std::string::npos;
            bool is_extension = pattern.size() > 1 && pattern[0] == '.' &&
                                std::all_of(pattern.begin() + 1, pattern.end(),
                                            [](unsigned char c) { return util::is_alnum(c); });
            if (!use.by_type && is_extension)
                pattern.insert(0, ".*\\");
            auto compiled = rules::compile_regexp("^(?i)" + pattern + "$", rules::Delimiters::None);
            if (!compiled) {
                report_invalid(d, diagnostics);
                return;
            }
            use.pattern = std::make_shared<const regex::Regex>(std::move(*compiled));
            s.edit<ExtractTextSettings>().uses.push_back(std::move(use));
        }
    }

    void look_at(message::Part& part, const ExtractTextSettings& own, const util::Deadline& all,
                 double& parts, Findings& found) const {
        for (const auto& child : part.children())
            look_at(*child, own, all, parts, found);
        if (!part.is_leaf() || (own.max_parts > 0 && ++parts > own.max_parts) || all.expired() ||
            !part.rendered_type().empty())
            return;
        std::vector<std::string_view> done;
        for (const Use& use : own.uses) {
            auto tool = own.tools.find(use.tool);
            const std::string& subject = use.by_type ? part.type() : part.name();
            if (tool == own.tools.end() || subject.empty() || !use.pattern->search(subject) ||
                std::find(done.begin(), done.end(), use.tool) != done.end())
                continue;
            done.push_back(use.tool);
            auto text = run(tool->second, part, own,
                            util::Deadline::after(seconds(own.timeout)).sooner(all));
            if (text)
                take(std::move(*text), use.tool, part, found);
        }
    }

    // nullopt: the program failed. One that takes too long or prints too much has said something.
    static std::optional<std::string> run(const Tool& tool, const message::Part& part,
                                          const ExtractTextSettings& own,
                                          const util::Deadline& deadline) {
        using End = util::ProgramResult::End;
        util::ProgramResult result;
        try {
            util::TemporaryFile file(part.decoded());
            auto command = tool.command;
            for (auto& word : command)
                if (size_t at = word.find("{}"); at != std::string::npos)
                    word.replace(at, 2, file.path());
            util::ProgramLimits limits;
            limits.deadline = deadline;
            limits.max_output = as_size(own.max_output);
            result = util::run_program(command, tool.environment, limits);
        } catch (const std::system_error& e) {
            util::log_warn(std::string("extracttext: ") + e.what());
            return std::nullopt;
        }
        if (!result.succeeded() && result.end != End::TimedOut && result.end != End::TooLong) {
            warn_of(tool.command[0], result);
            return std::nullopt;
        }
        return std::move(result.output);
    }

    // What is wrong with the program; that it cannot read what came in mail is not worth a line.
    static void warn_of(const std::string& program, const util::ProgramResult& result) {
        static const Pattern kMisconfigured("\\b(?:Usage:|No such file or directory)");
        static const Pattern kNotItsKind(
            "^(?:Syntax (?:Warning|Error): (?:May not be a PDF file|Couldn't find trailer "
            "dictionary)|Error in (?:findFileFormatStream|fopenReadStream): (?:truncated file|file "
            "not found)|libpng error:|Corrupt JPEG data:|\\S+ is not a Word Document)");
        std::string error = result.errors.substr(0, result.errors.find('\n'));
        bool found_no_code = result.status == 4 && program.find("zbarimg") != std::string::npos;
        if (result.end == util::ProgramResult::End::NotStarted || kMisconfigured(error))
            util::log_warn("extracttext: error from " + program +
                           ", please verify configuration: " + error);
        else if (!kNotItsKind(error) && !found_no_code && result.output.empty())
            util::log_warn("extracttext: error (" + std::to_string(result.status) + ") from " +
                           program + ": " + error);
    }

    void take(std::string text, const std::string& tool, message::Part& part,
              Findings& found) const {
        if (util::trim(text).empty())
            text.clear();
        add(found.types, part.type());
        regex::MatchData match;
        if (extension_(part.name(), match) && match.text(1) != "0")
            add(found.extensions, std::string(match.text(1)));
        add(found.tools, tool);
        if (text.empty()) {
            add(found.flags, "NoText");
            return;
        }
        if (link_(text)) {
            add(found.flags, "ActionURI");
            add(found.uris, "");  // noted without the address
        } else if (qr_code_(text, match)) {
            add(found.flags, "QR-Code");
            add(found.uris, std::string(match.text(1)));
        }
        if (text.find("NoText") != std::string::npos)
            add(found.flags, "NoText");
        found.characters += static_cast<long>(text.size());
        found.words += word_count(text);
        part.set_rendered(std::move(text));
    }

    Pattern variable_{"\\{(.+?)\\}"};
    Pattern extension_{"\\.([^.\\\\/]+)$"};
    Pattern link_{"<a(?:\\s+[^>]+)?\\s+href=\"([^\">]*)\""};
    Pattern qr_code_{"QR-Code:([^\\s]*)"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_extract_text() {
    return std::make_unique<ExtractText>();
}

}  // namespace plugins
