// The command line of spamd, read into plain values. Every option of SpamAssassin 4.0.1's spamd is
// known; what it refuses to do any more (-F, --add-from) we refuse too.
//
// The namespace of this folder is spamd, not daemon: <unistd.h> owns that name.

#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <optional>
#include <string>
#include <vector>

#include "message/net_set.h"
#include "options/options.h"
#include "util/expected.h"

namespace spamd {

struct Settings {
    // What to read.
    std::string config_path, site_config_path;
    std::vector<std::string> pre_lines, cf_lines;
    bool local_tests_only = false;

    // Where to listen.
    std::vector<std::string> listen;  // as written: "[ssl:]host:port" or a path
    bool listens_by_default = false;  // none was named: sockets handed over at start come first
    std::string port = "783";
    bool ipv4_only = false, ipv6_only = false;
    std::string socket_owner, socket_group;
    unsigned socket_mode = 0666;
    message::NetSet allowed_ips;

    // TLS.
    bool ssl = false, ssl_verify = false;
    std::string ssl_port, server_key, server_cert, ssl_ca_file, ssl_ca_path;

    // Who we are.
    std::string username, groupname, default_user = "nobody";
    bool daemonize = false;
    std::string pidfile;
    bool paranoid = false;
    bool confine = true;  // no-new-privs for workers
    bool seccomp = true;  // and, if so, the filter of daemon/system_call_filter.h

    // Users' preferences.
    bool user_config = true;
    bool create_prefs = false;
    std::string virtual_config_dir;
    bool sql_config = false, setuid_with_sql = false;
    bool vpopmail = false;
    std::optional<std::string> helper_home_dir;
    bool check_peer_user = false;  // User: must be the peer of the Unix socket

    // Workers and time; seconds, 0 = no limit.
    int max_children = 5, min_children = 1, min_spare = 1, max_spare = 2;
    int max_conn_per_child = 200;
    bool round_robin = false;
    int timeout_tcp = 30, timeout_child = 300;
    size_t max_message_size = 256u << 20;  // bytes; larger requests are refused

    bool allow_tell = false;
    bool timing = false;
    bool lint = false;
    bool lint_json = false;

    // Log.
    std::string syslog = "mail", syslog_socket;
    std::optional<std::string> log_timestamp_format;
    std::string debug_areas = "info";

    // For whatever is relative to it.
    std::string start_directory;
};

const options::Table& option_table();

struct Refusal {
    std::string text;  // for standard error
    int exit_code = 64;
};
// -h and -V are answered by the caller before this.
util::Expected<Settings, Refusal> make_settings(const options::Parsed& parsed);

// The text of --version and the usage text of --help.
std::string version_text();
std::string usage_text();

}  // namespace spamd

#endif  // DAEMON_SETTINGS_H
