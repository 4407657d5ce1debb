#include "scan/filter_settings.h"

#include "util/strings.h"

namespace scan {

using options::Argument;

const options::Table& filter_options() {
    static const options::Table table({
        {.name = "local",
         .letter = 'L',
         .help = "local tests only, nothing that needs the network",
         .aliases = {"local-only"}},
        {.name = "report", .letter = 'r', .help = "report the message as spam, and learn it"},
        {.name = "revoke", .letter = 'k', .help = "take such a report back, and learn it as ham"},
        {.name = "remove-markup",
         .letter = 'd',
         .help = "give the message back as it was before the markup",
         .aliases = {"despamassassinify"}},
        {.name = "configpath",
         .letter = 'C',
         .argument = Argument::Required,
         .value_name = "PATH",
         .help = "directory of the rules",
         .aliases = {"config-file", "config-dir"}},
        {.name = "c", .letter = 'c', .argument = Argument::Required, .value_name = "PATH"},
        {.name = "prefspath",
         .letter = 'p',
         .argument = Argument::Required,
         .value_name = "FILE",
         .help = "user preferences file",
         .aliases = {"prefs-file"}},
        {.name = "siteconfigpath",
         .argument = Argument::Required,
         .value_name = "PATH",
         .help = "directory of the site's configuration"},
        {.name = "cf",
         .argument = Argument::Required,
         .value_name = "LINE",
         .help = "one more line of configuration"},
        {.name = "pre",
         .argument = Argument::Required,
         .value_name = "LINE",
         .help = "a line of configuration before all others"},
        {.name = "x", .letter = 'x', .help = "do not create a user preferences file"},
        {.name = "create-prefs",
         .help = "create one when there is none (default)",
         .negatable = true},
        {.name = "error-code",
         .letter = 'e',
         .argument = Argument::OptionalNumber,
         .value_name = "CODE",
         .help = "exit with CODE (5) when a message was spam",
         .aliases = {"exit-code"}},
        {.name = "mbox", .help = "the targets are mbox files"},
        {.name = "mbx", .help = "the targets are UW mbx files"},
        {.name = "test-mode",
         .letter = 't',
         .help = "add the report to the end of the message",
         .aliases = {"test"}},
        {.name = "lint", .help = "check the configuration and exit"},
        {.name = "json", .help = "with --lint: say it in JSON, on standard output"},
        {.name = "net", .help = "with --lint: the network may be asked"},
        {.name = "add-to-welcomelist",
         .letter = 'W',
         .help = "add the addresses of the message to the welcomelist",
         .aliases = {"add-to-whitelist"}},
        {.name = "add-to-blocklist",
         .help = "add the addresses of the message to the blocklist",
         .aliases = {"add-to-blacklist"}},
        {.name = "remove-from-welcomelist",
         .letter = 'R',
         .help = "remove the addresses of the message from the lists",
         .aliases = {"remove-from-whitelist"}},
        {.name = "add-addr-to-welcomelist",
         .argument = Argument::Required,
         .value_name = "ADDR",
         .help = "add ADDR to the welcomelist",
         .aliases = {"add-addr-to-whitelist"}},
        {.name = "add-addr-to-blocklist",
         .argument = Argument::Required,
         .value_name = "ADDR",
         .help = "add ADDR to the blocklist",
         .aliases = {"add-addr-to-blacklist"}},
        {.name = "remove-addr-from-welcomelist",
         .argument = Argument::Required,
         .value_name = "ADDR",
         .help = "remove ADDR from the lists",
         .aliases = {"remove-addr-from-whitelist"}},
        {.name = "username",
         .letter = 'u',
         .argument = Argument::Required,
         .value_name = "NAME",
         .help = "user, instead of the one that runs this"},
        {.name = "4", .help = "IPv4 only", .aliases = {"ipv4only", "ipv4-only", "ipv4"}},
        {.name = "6", .help = "IPv6 only"},
        {.name = "progress", .help = "show how far it is, on standard error"},
        {.name = "debug",
         .letter = 'D',
         .argument = Argument::Optional,
         .value_name = "AREAS",
         .help = "debug output, of these areas or all"},
        {.name = "version", .letter = 'V', .help = "print the version"},
        {.name = "help", .letter = 'h', .help = "print this"},
        {.name = "?"},
        {.name = "pipe", .letter = 'P'},
        {.name = "stop-at-threshold", .letter = 'S'},
        {.name = "log-to-mbox", .letter = 'l', .argument = Argument::Optional},
        {.name = "F", .letter = 'F', .argument = Argument::OptionalNumber},
        {.name = "add-from", .negatable = true},
        {.name = "warning-from", .letter = 'w', .argument = Argument::Optional},
        {.name = "whitelist-factory", .letter = 'M', .argument = Argument::Optional},
    });
    return table;
}

util::Expected<FilterSettings, FilterRefusal> make_filter_settings(const options::Parsed& parsed) {
    FilterSettings s;
    for (const auto& o : parsed.in_order()) {
        auto removed = [&](const char* option) {
            return util::Unexpected(FilterRefusal{
                std::string("The ") + option +
                    " option has been removed, please take it out of the command line.",
                2});
        };
        using Change = FilterSettings::ListChange;
        if (o.name == "configpath" || o.name == "c")
            s.load.config_path = o.value;
        else if (o.name == "x")
            s.create_prefs = false;
        else if (o.name == "create-prefs")
            s.create_prefs = !o.negated;
        else if (o.name == "mbox")
            s.format = mailbox::Format::Mbox;
        else if (o.name == "mbx")
            s.format = mailbox::Format::Mbx;
        else if (o.name == "error-code")
            // 0 and what is no number stand for the default, as there.
            s.spam_exit_code = static_cast<int>(util::parse_int(o.value).value_or(0) & 255);
        else if (o.name == "add-addr-to-welcomelist")
            s.one_address = Change::AddWelcome;
        else if (o.name == "remove-addr-from-welcomelist")
            s.one_address = Change::RemoveWelcome;
        else if (o.name == "add-addr-to-blocklist")
            s.one_address = Change::AddBlock;
        else if (o.name == "F")
            return removed("-F");
        else if (o.name == "add-from")
            return removed("--add-from");
        else if (o.name == "warning-from")
            return removed("-w");
        else if (o.name == "whitelist-factory")
            return removed("-M");
        else if (o.name == "pipe")
            s.warnings.emplace_back("The -P option is the default now, ignored.");
        else if (o.name == "stop-at-threshold")
            s.warnings.emplace_back("The -S option is no longer supported, ignored.");
        else if (o.name == "log-to-mbox")
            s.warnings.emplace_back("The -l option is no longer supported, ignored.");
    }
    if (parsed.has("error-code") && s.spam_exit_code == 0)
        s.spam_exit_code = 5;
    if (parsed.has("add-to-welcomelist"))
        s.message_addresses = FilterSettings::ListChange::AddWelcome;
    else if (parsed.has("remove-from-welcomelist"))
        s.message_addresses = FilterSettings::ListChange::RemoveWelcome;
    else if (parsed.has("add-to-blocklist"))
        s.message_addresses = FilterSettings::ListChange::AddBlock;
    s.load.site_config_path = parsed.value("siteconfigpath").value_or("");
    s.load.user_prefs = parsed.value("prefspath").value_or("");
    s.load.pre_lines = parsed.values("pre");
    s.load.cf_lines = parsed.values("cf");
    s.lint = parsed.has("lint");
    s.load.lint = s.lint;
    s.lint_json = s.lint && parsed.has("json");
    // Checking a configuration must not ask the network unless that is wanted.
    s.load.local_tests_only = parsed.has("local") || (s.lint && !parsed.has("net"));
    s.user = parsed.value("username").value_or("");
    if (auto areas = parsed.value("debug"))
        s.debug_areas = areas->empty() ? "all" : *areas;
    s.test_mode = parsed.has("test-mode");
    s.remove_markup = parsed.has("remove-markup");
    s.report = parsed.has("report");
    s.revoke = parsed.has("revoke");
    s.progress = parsed.has("progress");
    s.targets = parsed.positional();
    if (s.targets.empty())
        s.targets.emplace_back("-");
    return s;
}

std::string filter_version_text() {
    return "SpamAssassin version 4.0.1\n  running as Miharu, without Perl\n";
}

std::string filter_usage_text() {
    return "Usage:\n"
           "  spamassassin [options] [ < mailmessage | path ... ]\n"
           "  spamassassin -d [ < mailmessage | path ... ]\n"
           "  spamassassin -r|-k [ < mailmessage | path ... ]\n"
           "  spamassassin -W|-R [ < mailmessage | path ... ]\n"
           "\n"
           "Options:\n" +
           filter_options().help();
}

}  // namespace scan
