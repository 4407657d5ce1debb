#include "client/options.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace client {

namespace {

using Set = std::optional<std::string> (*)(Options&, const std::string& value);

// Reads a number as atoi(3) does: what is none is 0. Bounded, as nothing here wants billions.
int number(const std::string& value) {
    const long n = std::strtol(value.c_str(), nullptr, 10);
    return static_cast<int>(std::clamp<long>(n, -1'000'000'000, 1'000'000'000));
}

std::optional<std::string> set_max_size(Options& o, const std::string& value) {
    const int size = number(value);
    if (size > static_cast<int>(kMaxMessageBytes))
        return "-s takes at most " + std::to_string(kMaxMessageBytes) + " bytes";
    o.max_size = size < 0 ? 0 : static_cast<size_t>(size);
    return std::nullopt;
}

std::optional<std::string> set_learntype(Options& o, const std::string& value) {
    if (value == "spam")
        o.tell = Tell::LearnSpam;
    else if (value == "ham")
        o.tell = Tell::LearnHam;
    else if (value == "forget")
        o.tell = Tell::Forget;
    else
        return "-L learns spam, ham or forget, not '" + value + "'";
    return std::nullopt;
}

std::optional<std::string> set_reporttype(Options& o, const std::string& value) {
    if (value == "report")
        o.tell = Tell::Report;
    else if (value == "revoke")
        o.tell = Tell::Revoke;
    else
        return "-C takes report or revoke, not '" + value + "'";
    return std::nullopt;
}

std::optional<std::string> set_tls(Options& o, const std::string& value) {
    if (!value.empty())
        return "-S chooses the protocol version itself: '" + value + "' cannot be asked for";
    o.uses_tls = true;
    return std::nullopt;
}

std::optional<std::string> set_tempfail(Options& o, const std::string&) {
    if (o.falls_back)
        o.warnings.push_back("-X means something only after -x");
    else
        o.unavailable_is_tempfail = true;
    return std::nullopt;
}

template <auto Member, auto Value>
std::optional<std::string> put(Options& o, const std::string&) {
    o.*Member = Value;
    return std::nullopt;
}
template <auto Member>
std::optional<std::string> put_number(Options& o, const std::string& value) {
    o.*Member = number(value);
    return std::nullopt;
}
template <auto Group, auto Member>
std::optional<std::string> put_inner(Options& o, const std::string& value) {
    (o.*Group).*Member = value;
    return std::nullopt;
}
std::optional<std::string> ignore(Options&, const std::string&) {
    return std::nullopt;
}

struct Option {
    char letter;           // 0: none
    const char* name;      // nullptr: none
    const char* argument;  // nullptr: takes none
    Set set;
    const char* help;  // nullptr: not shown
};

// clang-format off (a table)
constexpr std::array kOptions{
    Option{'d', "dest", "host[,host...]",
           [](Options& o, const std::string& v) -> std::optional<std::string> {
               o.hosts.names = v;
               return std::nullopt;
           },
           "Connect to spamd on these hosts, the next when one fails. [default: this host]"},
    Option{'H', "randomize", nullptr,
           [](Options& o, const std::string&) -> std::optional<std::string> {
               o.hosts.randomize = true;
               return std::nullopt;
           },
           "Begin at a random one of the hosts."},
    Option{'p', "port", "port",
           [](Options& o, const std::string& v) -> std::optional<std::string> {
               o.hosts.port = static_cast<uint16_t>(number(v));
               return std::nullopt;
           },
           "Connect to this port. [default: 783]"},
    Option{'S', "ssl", nullptr, set_tls, "Talk TLS to spamd."},
    Option{0, "ssl-cert", "file", put_inner<&Options::tls, &TlsSettings::certificate_file>,
           "Show this certificate (PEM) to spamd; needs --ssl-key."},
    Option{0, "ssl-key", "file", put_inner<&Options::tls, &TlsSettings::key_file>,
           "The key (PEM) of that certificate."},
    Option{0, "ssl-ca-file", "file", put_inner<&Options::tls, &TlsSettings::ca_file>,
           "Accept only a spamd whose certificate these authorities (PEM) have signed."},
    Option{0, "ssl-ca-path", "directory", put_inner<&Options::tls, &TlsSettings::ca_path>,
           "Likewise, for a directory of authorities."},
    Option{'U', "socket", "path",
           [](Options& o, const std::string& v) -> std::optional<std::string> {
               o.socket_path = v;
               o.uses_socket = true;
               return std::nullopt;
           },
           "Connect to spamd by this Unix socket instead."},
    Option{'4', nullptr, nullptr,
           [](Options& o, const std::string&) -> std::optional<std::string> {
               o.hosts.family = AddressFamily::Ipv4;
               return std::nullopt;
           },
           "Connect by IPv4 only."},
    Option{'6', nullptr, nullptr,
           [](Options& o, const std::string&) -> std::optional<std::string> {
               o.hosts.family = AddressFamily::Ipv6;
               return std::nullopt;
           },
           "Connect by IPv6 only."},
    Option{'F', "config", "path", ignore,
           "Read further options from this file, before those given here."},
    Option{'t', "timeout", "seconds", put_number<&Options::timeout>,
           "Wait this long for spamd's answer; 0: for ever. [default: 600]"},
    Option{
        'n', "connect-timeout", "seconds", nullptr,
        "Wait this long for a connection; 0: for ever. [default: as -t if given, else for ever]"},
    Option{0, "connect-retries", "tries", put_number<&Options::connect_retries>,
           "Try this often to connect by TCP. [default: 3]"},
    Option{0, "retry-sleep", "seconds", put_number<&Options::retry_sleep>,
           "Sleep between these tries. [default: 1]"},
    Option{0, "filter-retries", "tries", put_number<&Options::filter_retries>,
           "Ask this often when no answer comes. [default: 1]"},
    Option{0, "filter-retry-sleep", "seconds", put_number<&Options::filter_retry_sleep>,
           "Sleep between these tries. [default: 1]"},
    Option{'s', "max-size", "bytes", set_max_size,
           "Pass larger messages through unseen. [default: 512000, at most 256 MiB]"},
    Option{'u', "username", "name",
           [](Options& o, const std::string& v) -> std::optional<std::string> {
               o.username = v;
               return std::nullopt;
           },
           "Have spamd use the preferences of this user. [default: who runs spamc]"},
    Option{'L', "learntype", "spam|ham|forget", set_learntype,
           "Have the message learned or forgotten."},
    Option{'C', "reporttype", "report|revoke", set_reporttype,
           "Report the message to the collaborative databases, or take that back."},
    Option{'B', "bsmtp", nullptr, put<&Options::is_bsmtp, true>,
           "The input is one message in BSMTP: filter what stands between DATA and the dot."},
    Option{'c', "check", nullptr, put<&Options::check, true>,
           "Print score/threshold only; exit with 1 for spam, 0 for ham."},
    Option{'y', "tests", nullptr, put<&Options::symbols, true>,
           "Print the names of the rules hit only."},
    Option{'r', "full-spam", nullptr, put<&Options::report_ifspam, true>,
           "Print the report only, and that for spam only."},
    Option{'R', "full", nullptr, put<&Options::report, true>,
           "Print score/threshold and the report only."},
    Option{0, "headers", nullptr, put<&Options::headers, true>,
           "Let only the header section be rewritten; the body stays here."},
    Option{'E', "exitcode", nullptr, put<&Options::sets_exit_code, true>,
           "Filter, and exit with 1 for spam, 0 for ham."},
    Option{'x', "no-safe-fallback", nullptr, put<&Options::falls_back, false>,
           "On trouble exit with an error code instead of passing the message through."},
    Option{'X', "unavailable-tempfail", nullptr, set_tempfail,
           "After -x: make 'unavailable' (69) a temporary failure (75)."},
    Option{'z', "compress", nullptr, put<&Options::compresses, true>,
           "Send the message compressed."},
    Option{'l', "log-to-stderr", nullptr, put<&Options::logs_to_stderr, true>,
           "Log to standard error instead of syslog."},
    Option{'e', "pipe-to", "command [argument...]", nullptr,
           "Feed the result to this command. Must come last."},
    Option{'K', nullptr, nullptr, put<&Options::ping, true>, "Only ask whether spamd is there."},
    Option{'h', "help", nullptr, put<&Options::shows_help, true>, "Print this and exit."},
    Option{'V', "version", nullptr, put<&Options::shows_version, true>,
           "Print the version and exit."},
    Option{'f', nullptr, nullptr, ignore, "Ignored, for old scripts."},
    Option{'0', nullptr, "value", ignore, nullptr},
    Option{'1', nullptr, "value", ignore, nullptr},
    Option{'2', nullptr, "value", ignore, nullptr},
};
// clang-format on

const Option* by_letter(char letter) {
    for (const Option& option : kOptions) {
        if (option.letter == letter)
            return &option;
    }
    return nullptr;
}

const Option* by_name(std::string_view name) {
    for (const Option& option : kOptions) {
        if (option.name && option.name == name)
            return &option;
    }
    return nullptr;
}

// One option of the command line, with its value, and where the next begins.
struct Word {
    const Option* option = nullptr;  // nullptr: not known
    std::string shown;               // "-p" or "--port"
    std::optional<std::string> value;
    bool is_bundle = false;  // further letters follow the first
    size_t next = 0;
};

bool is_option_word(const std::string& word) {
    return word.size() >= 2 && word[0] == '-' && word != "--";
}

Word read_word(const std::vector<std::string>& arguments, size_t i) {
    const std::string& text = arguments[i];
    Word word;
    word.next = i + 1;
    if (text[1] == '-') {
        const size_t equals = text.find('=');
        word.shown = text.substr(0, equals);
        word.option = by_name(std::string_view(word.shown).substr(2));
        if (equals != text.npos)
            word.value = text.substr(equals + 1);
    } else {
        word.shown = text.substr(0, 2);
        word.option = by_letter(text[1]);
        word.is_bundle = text.size() > 2;
        // A glued value would be taken for letters by spamc.
        if (word.is_bundle && word.option && word.option->argument)
            return word;
    }
    if (word.option && word.option->argument && !word.value && word.next < arguments.size() &&
        arguments[word.next].substr(0, 1) != "-")
        word.value = arguments[word.next++];
    return word;
}

std::optional<UsageError> find_contradiction(const Options& o) {
    const auto error = [](std::string text) { return UsageError{std::move(text), false}; };
    if (o.tls.certificate_file.empty() != o.tls.key_file.empty())
        return error("--ssl-cert and --ssl-key go together");
    if (o.learns()) {
        const struct {
            bool is_set;
            const char* name;
        } others[] = {{o.check, "-c"},
                      {o.ping, "-K"},
                      {o.report_ifspam, "-r"},
                      {o.report, "-R"},
                      {o.symbols, "-y"}};
        for (const auto& other : others) {
            if (other.is_set)
                return error(std::string("-L excludes ") + other.name);
        }
    }
    return std::nullopt;
}

}  // namespace

protocol::Command Options::command() const {
    using protocol::Command;
    if (tell != Tell::None)
        return Command::Tell;
    if (ping)
        return Command::Ping;
    if (check)
        return Command::Check;
    if (report_ifspam)
        return Command::ReportIfspam;
    if (report)
        return Command::Report;
    if (symbols)
        return Command::Symbols;
    if (headers)
        return Command::Headers;
    return Command::Process;
}

util::Expected<Options, UsageError> parse_options(const std::vector<std::string>& arguments) {
    Options options;
    bool has_timeout = false;
    bool has_connect_timeout = false;
    bool learned = false;
    bool reported = false;
    std::optional<std::string> wrong_value;
    const auto fail = [&](std::string text, bool shows_usage) {
        return util::Unexpected(UsageError{std::move(text), shows_usage, options.logs_to_stderr});
    };
    for (size_t i = 0; i < arguments.size() && is_option_word(arguments[i]);) {
        const Word word = read_word(arguments, i);
        if (!word.option)
            return fail("there is no option " + word.shown, true);
        if (word.option->argument && !word.value)
            return fail(word.shown + " needs a value", true);
        if (word.is_bundle) {
            options.warnings.push_back("of " + arguments[i] + " only " + word.shown +
                                       " counts: write options apart");
        }
        if (word.option->letter == 'e') {
            options.pipe_to.push_back(*word.value);
            options.pipe_to.insert(options.pipe_to.end(),
                                   arguments.begin() + static_cast<std::ptrdiff_t>(word.next),
                                   arguments.end());
            break;
        }
        has_timeout |= word.option->letter == 't';
        learned |= word.option->letter == 'L';
        reported |= word.option->letter == 'C';
        if (word.option->letter == 'n') {
            options.connect_timeout = number(*word.value);
            has_connect_timeout = true;
        } else if (auto error = word.option->set(options, word.value.value_or(""))) {
            // A wrong value is not the last word: -V may follow.
            if (!wrong_value)
                wrong_value = std::move(error);
        }
        // What comes after these is not even looked at.
        if (options.shows_help || options.shows_version)
            return options;
        i = word.next;
    }
    if (wrong_value)
        return fail(std::move(*wrong_value), false);
    if (learned && reported)
        return fail("-L and -C exclude each other", false);
    if (auto contradiction = find_contradiction(options))
        return fail(std::move(contradiction->text), false);
    if (has_timeout && !has_connect_timeout)
        options.connect_timeout = options.timeout;
    if (options.connect_retries < 1)
        options.connect_retries = 3;
    options.filter_retries = std::max(options.filter_retries, 1);
    return options;
}

std::optional<std::string> find_config_option(const std::vector<std::string>& arguments) {
    for (size_t i = 0; i < arguments.size() && is_option_word(arguments[i]);) {
        const Word word = read_word(arguments, i);
        if (!word.option || word.option->letter == 'e')
            return std::nullopt;
        if (word.option->letter == 'F')
            return word.value;
        i = word.next;
    }
    return std::nullopt;
}

std::string usage_text() {
    constexpr size_t kColumn = 22;
    constexpr size_t kWidth = 78;
    std::string text = "Usage: spamc [options] [-e command [argument...]] < message\n\nOptions:\n";
    for (const Option& option : kOptions) {
        if (!option.help)
            continue;
        std::string line = "  ";
        if (option.letter)
            line += std::string("-") + option.letter;
        if (option.name)
            line += std::string(option.letter ? ", " : "") + "--" + option.name;
        if (option.argument)
            line += std::string(" ") + option.argument;
        if (line.size() >= kColumn - 1) {
            text += line + "\n";
            line.clear();
        }
        line.resize(kColumn, ' ');
        std::string_view help = option.help;
        while (!help.empty()) {
            size_t n = help.size();
            if (n > kWidth - kColumn)
                n = help.rfind(' ', kWidth - kColumn);
            text += line + std::string(help.substr(0, n)) + "\n";
            help.remove_prefix(std::min(help.size(), n + 1));
            line.assign(kColumn, ' ');
        }
    }
    return text;
}

}  // namespace client
