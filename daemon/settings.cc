#include "daemon/settings.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "util/strings.h"
#include "util/version.h"

namespace spamd {

using options::Argument;

const options::Table& option_table() {
    static const options::Table table({
        {.name = "allow-tell", .letter = 'l', .help = "allow TELL: learning and reporting"},
        {.name = "create-prefs",
         .letter = 'c',
         .help = "create users' preference files",
         .negatable = true},
        {.name = "configpath",
         .letter = 'C',
         .argument = Argument::Required,
         .value_name = "PATH",
         .help = "directory of the rules"},
        {.name = "siteconfigpath",
         .argument = Argument::Required,
         .value_name = "PATH",
         .help = "directory of the site's configuration"},
        {.name = "cf",
         .argument = Argument::Required,
         .value_name = "LINE",
         .help = "a line of configuration, read last"},
        {.name = "pre",
         .argument = Argument::Required,
         .value_name = "LINE",
         .help = "a line of configuration, read first"},
        {.name = "daemonize", .letter = 'd', .help = "go to the background", .negatable = true},
        {.name = "debug",
         .letter = 'D',
         .argument = Argument::Optional,
         .value_name = "AREAS",
         .help = "log debug lines of these areas"},
        {.name = "help", .letter = 'h', .help = "print this and exit"},
        {.name = "version", .letter = 'V', .help = "print the version and exit"},
        {.name = "helper-home-dir",
         .letter = 'H',
         .argument = Argument::Optional,
         .value_name = "DIR",
         .help = "home directory for external programs"},
        {.name = "listen",
         .letter = 'i',
         .argument = Argument::Optional,
         .value_name = "ADDRESS",
         .help = "listen on [ssl:]address[:port] or a socket path",
         .aliases = {"listen-ip", "ip-address"}},
        {.name = "port",
         .letter = 'p',
         .argument = Argument::Required,
         .value_name = "PORT",
         .help = "TCP port (783)"},
        {.name = "4", .help = "IPv4 only"},
        {.name = "ipv4-only", .aliases = {"ipv4only", "ipv4"}},
        {.name = "6", .help = "IPv6 only"},
        {.name = "socketpath",
         .argument = Argument::Required,
         .value_name = "PATH",
         .help = "listen on a Unix socket"},
        {.name = "socketowner",
         .argument = Argument::Required,
         .value_name = "NAME",
         .help = "owner of Unix sockets"},
        {.name = "socketgroup",
         .argument = Argument::Required,
         .value_name = "NAME",
         .help = "group of Unix sockets"},
        {.name = "socketmode",
         .argument = Argument::Required,
         .value_name = "MODE",
         .help = "mode of Unix sockets, octal (666)"},
        {.name = "allowed-ips",
         .letter = 'A',
         .argument = Argument::Required,
         .value_name = "NETS",
         .help = "networks that may connect (127.0.0.1,::1)"},
        {.name = "local",
         .letter = 'L',
         .help = "no test that asks the network",
         .negatable = true},
        {.name = "max-children",
         .letter = 'm',
         .argument = Argument::Required,
         .value_name = "N",
         .help = "most workers (5)"},
        {.name = "min-children",
         .argument = Argument::Required,
         .value_name = "N",
         .help = "fewest workers (1)"},
        {.name = "min-spare",
         .argument = Argument::Required,
         .value_name = "N",
         .help = "fewest idle workers (1)"},
        {.name = "max-spare",
         .argument = Argument::Required,
         .value_name = "N",
         .help = "most idle workers (2)"},
        {.name = "max-conn-per-child",
         .argument = Argument::Required,
         .value_name = "N",
         .help = "requests a worker serves before it is replaced (200)"},
        {.name = "round-robin", .help = "keep a fixed number of workers", .negatable = true},
        {.name = "timeout-tcp",
         .letter = 'T',
         .argument = Argument::Required,
         .value_name = "SECS",
         .help = "wait for the first line of a request (30, 0 = for ever)"},
        {.name = "timeout-child",
         .letter = 't',
         .argument = Argument::Required,
         .value_name = "SECS",
         .help = "time for one request (300, 0 = no limit)"},
        {.name = "max-size",
         .argument = Argument::Required,
         .value_name = "BYTES",
         .help = "largest message taken (256 MiB)"},
        {.name = "pidfile",
         .letter = 'r',
         .argument = Argument::Required,
         .value_name = "PATH",
         .help = "write the process id here"},
        {.name = "syslog",
         .letter = 's',
         .argument = Argument::Required,
         .value_name = "WHERE",
         .help = "facility, stderr, null, file or a path"},
        {.name = "syslog-socket",
         .argument = Argument::Required,
         .value_name = "TYPE",
         .help = "how to reach syslog; none = standard error"},
        {.name = "log-timestamp-fmt",
         .argument = Argument::Optional,
         .value_name = "FORMAT",
         .help = "strftime(3) format of log times"},
        {.name = "timing", .help = "log how long each stage took"},
        {.name = "username",
         .letter = 'u',
         .argument = Argument::Required,
         .value_name = "NAME",
         .help = "run workers as this user"},
        {.name = "groupname",
         .letter = 'g',
         .argument = Argument::Required,
         .value_name = "NAME",
         .help = "and this group"},
        {.name = "default-user",
         .letter = 'U',
         .argument = Argument::Required,
         .value_name = "NAME",
         .help = "user for requests that name none (nobody)"},
        {.name = "nouser-config", .letter = 'x', .help = "do not read users' preference files"},
        {.name = "user-config", .help = "read users' preference files"},
        {.name = "virtual-config-dir",
         .argument = Argument::Required,
         .value_name = "PATTERN",
         .help = "preferences of virtual users: %u %l %d %x %%"},
        {.name = "sql-config", .letter = 'q', .help = "preferences from SQL", .negatable = true},
        {.name = "setuid-with-sql", .letter = 'Q', .help = "preferences from SQL, as the user"},
        {.name = "ldap-config", .help = "not supported; refused", .negatable = true},
        {.name = "setuid-with-ldap", .help = "not supported; refused"},
        {.name = "vpopmail", .letter = 'v', .help = "vpopmail home directories", .negatable = true},
        {.name = "paranoid",
         .letter = 'P',
         .help = "refuse unknown users instead of using defaults",
         .negatable = true},
        {.name = "check-peer-user",
         .help = "User: must be the user at the other end of a Unix socket"},
        {.name = "confine", .help = "confine workers (default; --no-confine)", .negatable = true},
        {.name = "seccomp",
         .help = "filter system calls of workers (default; --no-seccomp)",
         .negatable = true},
        {.name = "lint", .help = "check the configuration and exit"},
        {.name = "json", .help = "with --lint: say it in JSON, on standard output"},
        {.name = "ssl", .help = "TLS on TCP sockets"},
        {.name = "ssl-port",
         .argument = Argument::Required,
         .value_name = "PORT",
         .help = "port for TLS"},
        {.name = "server-key",
         .argument = Argument::Required,
         .value_name = "FILE",
         .help = "TLS private key"},
        {.name = "server-cert",
         .argument = Argument::Required,
         .value_name = "FILE",
         .help = "TLS certificate"},
        {.name = "ssl-verify", .help = "demand a client certificate"},
        {.name = "ssl-ca-file",
         .argument = Argument::Required,
         .value_name = "FILE",
         .help = "authorities for it"},
        {.name = "ssl-ca-path",
         .argument = Argument::Required,
         .value_name = "DIR",
         .help = "authorities for it"},
        {.name = "F", .argument = Argument::Optional},
        {.name = "add-from", .negatable = true},
        {.name = "stop-at-threshold", .letter = 'S'},
    });
    return table;
}

std::string version_text() {
    return fmt::format(
        "SpamAssassin Server version {}\n"
        "  running on Miharu {}\n"
        "  with SSL support (OpenSSL)\n"
        "  with zlib support (zlib)\n",
        kCompatibleVersion, kMiharuVersion);
}

std::string usage_text() {
    return "Usage: spamd [options]\n\nOptions:\n" + option_table().help();
}

namespace {

// A path that stays good after chdir("/").
std::string absolute(const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

struct Reader {
    const options::Parsed& parsed;
    std::optional<Refusal> refusal;

    void refuse(std::string text, int code = 64) {
        if (!refusal)
            refusal = Refusal{std::move(text), code};
    }
    std::string text(const char* name, std::string fallback = "") {
        return parsed.value(name).value_or(std::move(fallback));
    }
    int number(const char* name, int fallback) {
        auto given = parsed.value(name);
        if (!given)
            return fallback;
        auto value = util::parse_int(*given);
        if (!value || *value < INT32_MIN || *value > INT32_MAX) {
            refuse(fmt::format("spamd: option {} requires an integer argument, not '{}'", name,
                               *given));
            return fallback;
        }
        return static_cast<int>(*value);
    }
};

}  // namespace

util::Expected<Settings, Refusal> make_settings(const options::Parsed& parsed) {
    Settings s;
    Reader r{parsed, std::nullopt};

    for (const char* gone : {"F", "add-from"})
        if (parsed.flag(gone))
            r.refuse(fmt::format("spamd: option {} no longer exists, please remove it", gone), 2);
    if (parsed.has("ldap-config") || parsed.has("setuid-with-ldap"))
        r.refuse("spamd: preferences from LDAP are not supported; use SQL (-q) or files", 64);
    if (!parsed.positional().empty())
        r.refuse("spamd: unexpected argument: " + parsed.positional().front());

    s.start_directory = std::filesystem::current_path().string();
    s.config_path = absolute(r.text("configpath"));
    s.site_config_path = absolute(r.text("siteconfigpath"));
    s.pre_lines = parsed.values("pre");
    s.cf_lines = parsed.values("cf");
    s.local_tests_only = parsed.has("local");

    s.listen = parsed.values("listen");
    if (auto path = parsed.value("socketpath"); path && !path->empty())
        s.listen.push_back(absolute(*path));
    if (s.listen.empty()) {
        s.listen.push_back("localhost");
        s.listens_by_default = true;
    }
    s.port = r.text("port", "783");
    for (const auto& o : parsed.in_order()) {
        if (o.name == "4" || o.name == "ipv4-only")
            s.ipv4_only = true, s.ipv6_only = false;
        else if (o.name == "6")
            s.ipv6_only = true, s.ipv4_only = false;
        else if (o.name == "nouser-config")
            s.user_config = false;
        else if (o.name == "user-config")
            s.user_config = true;
    }
    s.socket_owner = r.text("socketowner");
    s.socket_group = r.text("socketgroup");
    if (auto mode = parsed.value("socketmode"); mode && !mode->empty()) {
        char* end = nullptr;
        s.socket_mode = static_cast<unsigned>(std::strtoul(mode->c_str(), &end, 8));
        if (*end != '\0' || s.socket_mode > 07777)
            r.refuse("spamd: socketmode is not an octal mode: " + *mode);
    }
    auto allowed = parsed.values("allowed-ips");
    if (allowed.empty())
        allowed = {"127.0.0.1", "::1"};
    for (const auto& list : allowed)
        for (auto net : util::split(list, ','))
            if (!util::trim(net).empty() && !s.allowed_ips.add(util::trim(net)))
                r.refuse(fmt::format("spamd: not a network: {}", net));

    s.ssl_ca_file = r.text("ssl-ca-file");
    s.ssl_ca_path = r.text("ssl-ca-path");
    s.ssl_verify = parsed.has("ssl-verify") || !s.ssl_ca_file.empty() || !s.ssl_ca_path.empty();
    s.ssl = parsed.has("ssl") || s.ssl_verify;
    s.ssl_port = r.text("ssl-port");
    s.server_key = absolute(r.text("server-key"));
    s.server_cert = absolute(r.text("server-cert"));
    for (const auto& [name, path] :
         {std::pair{"ssl-ca-file", s.ssl_ca_file}, {"ssl-ca-path", s.ssl_ca_path}})
        if (!path.empty() && ::access(path.c_str(), F_OK) != 0)
            r.refuse(fmt::format("spamd: {} {} does not exist", name, path), 78);

    s.username = r.text("username");
    s.groupname = r.text("groupname");
    s.default_user = r.text("default-user", "nobody");
    s.daemonize = parsed.has("daemonize");
    s.pidfile = absolute(r.text("pidfile"));
    s.paranoid = parsed.has("paranoid");
    s.confine = parsed.flag("confine").value_or(true);
    s.seccomp = parsed.flag("seccomp").value_or(true);
    s.create_prefs = parsed.has("create-prefs");
    s.virtual_config_dir = r.text("virtual-config-dir");
    s.sql_config = parsed.has("sql-config");
    s.setuid_with_sql = parsed.has("setuid-with-sql");
    s.vpopmail = parsed.has("vpopmail");
    if (auto dir = parsed.value("helper-home-dir"))
        s.helper_home_dir = absolute(*dir);
    s.check_peer_user = parsed.has("check-peer-user");
    if (s.username.empty()) {
        if (s.vpopmail)
            r.refuse("spamd: cannot use --vpopmail without -u", 255);
        if (!s.virtual_config_dir.empty())
            r.refuse("spamd: cannot use --virtual-config-dir without -u", 255);
        if (s.sql_config && !s.setuid_with_sql)
            r.refuse("spamd: cannot use --sql-config without -u", 255);
    }

    // Values that make no sense fall back to the default, as the real one does.
    s.max_children = r.number("max-children", 5);
    if (s.max_children < 1)
        s.max_children = 5;
    s.max_conn_per_child = r.number("max-conn-per-child", 200);
    if (s.max_conn_per_child < 1)
        s.max_conn_per_child = 200;
    s.min_children = std::min(std::max(1, r.number("min-children", 1)), s.max_children);
    s.min_spare = std::max(0, r.number("min-spare", 1));
    if (s.min_spare > s.max_children)
        s.min_spare = s.max_children - 1;
    s.max_spare = r.number("max-spare", 2);
    if (s.max_spare < s.min_spare)
        s.max_spare = s.min_spare + 1;
    s.round_robin = parsed.has("round-robin");
    s.timeout_tcp = r.number("timeout-tcp", 30);
    if (s.timeout_tcp < 0)
        s.timeout_tcp = 30;
    s.timeout_child = r.number("timeout-child", 300);
    if (s.timeout_child < 0)
        s.timeout_child = 300;
    if (int size = r.number("max-size", 0); size > 0)
        s.max_message_size = static_cast<size_t>(size);

    s.allow_tell = parsed.has("allow-tell");
    s.timing = parsed.has("timing");
    s.lint = parsed.has("lint");
    s.lint_json = parsed.has("json");

    s.syslog = r.text("syslog", "mail");
    s.syslog_socket = util::lower(r.text("syslog-socket"));
    s.log_timestamp_format = parsed.value("log-timestamp-fmt");
    if (s.log_timestamp_format && util::iequals(*s.log_timestamp_format, "default"))
        s.log_timestamp_format.reset();
    if (auto areas = parsed.value("debug"))
        s.debug_areas = areas->empty() ? "all" : *areas;

    if (r.refusal)
        return util::Unexpected(std::move(*r.refusal));
    return s;
}

}  // namespace spamd
