#include "daemon/user_preferences.h"

#include <fmt/core.h>
#include <unistd.h>

#include "daemon/sql_preferences.h"
#include "daemon/vpopmail.h"
#include "scan/user_prefs_file.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/strings.h"

namespace spamd {

std::string expand_virtual_dir(const std::string& pattern, std::string_view user) {
    std::string safe(user);
    for (char& c : safe)
        if (!util::is_alnum(c) && std::string_view("-+_.,@=").find(c) == std::string_view::npos)
            c = '_';
    // A name of dots alone would climb out of the tree.
    auto harmless = [](std::string part) {
        return part == "." || part == ".." ? std::string(part.size(), '_') : part;
    };
    std::string local, domain;
    if (size_t at = safe.rfind('@'); at != std::string::npos) {
        local = harmless(safe.substr(0, at));
        domain = harmless(safe.substr(at + 1));
    }
    safe = harmless(safe);
    if (pattern.find("%x") != std::string::npos) {
        std::string own = util::replace_all(pattern, "%x", safe);
        if (util::is_regular_file(own + "/user_prefs"))
            return own;
        return util::replace_all(pattern, "%x", domain);
    }
    std::string out = util::replace_all(pattern, "%u", safe);
    out = util::replace_all(out, "%l", local);
    out = util::replace_all(out, "%d", domain);
    return util::replace_all(out, "%%", "%");
}

bool UserPreferences::runs_as_users(const Settings& settings) {
    return settings.username.empty() && ::getuid() == 0 && !settings.vpopmail &&
           settings.virtual_config_dir.empty() &&
           (!settings.sql_config || settings.setuid_with_sql);
}

void UserPreferences::read_file(const std::string& path, Lines& lines) const {
    try {
        lines.text = util::read_file(path, kMaxPreferenceBytes);
        lines.name = path;
    } catch (const std::system_error& e) {
        util::log_warn(fmt::format("config: cannot open \"{}\": {}", path, e.code().message()));
    }
}

void UserPreferences::apply(const Lines& lines, UserContext& context) {
    if (lines.text.empty())
        return;
    context.scanner = user_engines_.find(lines.text, lines.name);
    if (context.scanner != nullptr)
        return;
    config::Diagnostics diagnostics;
    context.settings = engine_.with_preferences(lines.text, lines.name, diagnostics);
    log_preference_problems(diagnostics, lines.name);
}

void UserPreferences::create_from_template(const std::string& path, const std::string& user) const {
    util::log_info("spamd: creating default_prefs: " + path);
    if (auto problem = scan::create_user_prefs(path, {engine_.site_dir(), engine_.rules_dir()});
        !problem.empty())
        util::log_info(fmt::format("spamd: failed to create readable default_prefs: {} for {}: {}",
                                   path, user, problem));
}

UserContext UserPreferences::virtual_user(const std::string& user, Lines& lines) {
    UserContext context;
    context.name = user;
    context.state_dir = expand_virtual_dir(settings_.virtual_config_dir, user);
    std::string file = context.state_dir + "/user_prefs";
    util::log_info(fmt::format("spamd: using default config for {}: {}", user, file));
    if (util::is_regular_file(file))
        read_file(file, lines);
    return context;
}

util::Expected<UserContext, PreferenceRefusal> UserPreferences::resolve(
    const std::optional<std::string>& user) {
    Lines rows;
    if (settings_.sql_config || settings_.setuid_with_sql) {
        // A request that names nobody gets the preferences of that name, as in spamd.
        const std::string name = user.value_or("nobody");
        try {
            auto source = open_preference_source(engine_.settings());
            if (!source)
                throw util::Error(source.error());
            if (*source != nullptr)
                rows.text = (*source)->fetch(name);
            rows.name = "(sql config)";
        } catch (const util::Error& e) {
            std::string text = fmt::format(
                "config: failed to load user ({}) scores from SQL database: {}", name, e.what());
            if (!falls_back_to_global(engine_.settings()))
                return util::Unexpected(PreferenceRefusal{text, true});
            util::log_info(text + ", using the site's preferences");
        }
    }
    Lines lines;
    auto context = find(user, lines);
    if (!context)
        return util::Unexpected(PreferenceRefusal{context.error(), false});
    if (!rows.text.empty()) {
        if (!lines.text.empty() && lines.text.back() != '\n')
            lines.text += '\n';
        lines.text += rows.text;
        lines.name += lines.name.empty() ? rows.name : " " + rows.name;
    }
    // Rules of the user's own are compiled with his rights.
    if (!lines.text.empty() && context->become && ::geteuid() == 0)
        become_user_for_request(*context->become);
    apply(lines, *context);
    return std::move(*context);
}

util::Expected<UserContext, std::string> UserPreferences::find(
    const std::optional<std::string>& user, Lines& lines) {
    UserContext context;
    bool as_user = changes_user();
    auto fall_back = [&]() -> std::optional<std::string> {
        if (!as_user)
            return std::nullopt;
        if (settings_.paranoid)
            return "spamd: in paranoid mode, still running as root: closing connection";
        util::log_warn(
            fmt::format("spamd: still running as root: user not specified with -u, not found, or "
                        "set to root, falling back to {}",
                        settings_.default_user));
        context.become = find_account(settings_.default_user);
        if (!context.become || context.become->uid == 0)
            return fmt::format("spamd: setuid to {} failed", settings_.default_user);
        return std::nullopt;
    };
    if (!user) {
        if (auto refused = fall_back())
            return util::Unexpected(*refused);
        return context;
    }
    context.name = *user;
    if (!settings_.user_config && !settings_.virtual_config_dir.empty())
        return virtual_user(*user, lines);

    const std::string& suidto = settings_.username.empty() ? *user : settings_.username;
    auto account = find_account(suidto);
    if (!account) {
        std::string text =
            fmt::format("spamd: handle_user (getpwnam) unable to find user: '{}'", suidto);
        if (settings_.paranoid)
            return util::Unexpected(text);
        util::log_info(text);
        if (auto refused = fall_back())
            return util::Unexpected(*refused);
        return context;
    }
    if (as_user) {
        if (account->uid == 0) {
            if (auto refused = fall_back())
                return util::Unexpected(*refused);
            return context;
        }
        context.become = account;
        util::log_info(fmt::format("spamd: setuid to {} succeeded", suidto));
    }
    if (settings_.user_config) {
        std::optional<std::string> home;
        if (*user == suidto)
            home = account->home;
        else if (settings_.vpopmail)
            home = find_vpopmail_home(account->home, *user);
        else if (auto found = find_account(*user))
            home = found->home;
        if (!home) {
            std::string text =
                fmt::format("spamd: handle_user (userdir) unable to find user: '{}'", *user);
            if (settings_.paranoid)
                return util::Unexpected(text);
            util::log_info(text);
            return context;
        }
        context.state_dir = *home + "/.spamassassin";
        // The file belongs to the user: it is created and read with his rights.
        std::string file = context.state_dir + "/user_prefs";
        bool switched = context.become && ::geteuid() == 0;
        if (switched)
            become_user_for_request(*context.become);
        if (::access(file.c_str(), R_OK) != 0 && settings_.create_prefs)
            create_from_template(file, *user);
        if (util::is_regular_file(file))
            read_file(file, lines);
    } else {
        context.state_dir.clear();
    }
    return context;
}

}  // namespace spamd
