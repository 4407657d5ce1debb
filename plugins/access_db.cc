// Mail::SpamAssassin::Plugin::AccessDB: does the access map of the mail server refuse the sender?
//
// SpamAssassin opens the Berkeley DB that makemap or postmap made. Here the text that those are
// made from is read instead: for "/etc/mail/access.db" that is "/etc/mail/access". It is read when
// the configuration is, and again once it has changed.

#include "plugins/access_db.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "plugins/correspondents.h"
#include "plugins/makers.h"
#include "util/file.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

class AccessFile {
public:
    explicit AccessFile(std::string path) : path_(std::move(path)) {}

    // Empty while the file cannot be read.
    const AccessMap& map() {
        struct stat now {};
        if (::stat(path_.c_str(), &now) != 0 || !S_ISREG(now.st_mode)) {
            map_.clear();
            is_read_ = false;
            return map_;
        }
        if (is_read_ && now.st_mtim.tv_sec == read_.st_mtim.tv_sec &&
            now.st_mtim.tv_nsec == read_.st_mtim.tv_nsec && now.st_size == read_.st_size &&
            now.st_ino == read_.st_ino)
            return map_;
        try {
            map_ = parse_access_map(util::read_file(path_));
        } catch (const std::system_error&) {
            map_.clear();
        }
        read_ = now;
        is_read_ = true;
        return map_;
    }

private:
    std::string path_;
    AccessMap map_;
    struct stat read_ {};
    bool is_read_ = false;
};

class AccessDb : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::AccessDB"; }

    void register_in(rules::Registration& r) override {
        r.prepared_eval("check_access_database",
                        [](const EvalCall& c, config::Diagnostics&,
                           const config::SourcePosition&) -> rules::EvalFunction {
                            std::string_view path = c.arg(0);
                            if (path.ends_with(".db"))
                                path.remove_suffix(3);
                            auto file = std::make_shared<AccessFile>(std::string(path));
                            file->map();
                            return [file](MessageStatus& s, const EvalCall&) -> double {
                                const AccessMap& map = file->map();
                                return !map.empty() && is_refused(map, keys(s));
                            };
                        });
    }

private:
    static std::vector<std::string> keys(MessageStatus& s) {
        std::vector<std::string> all;
        for (const auto& address : senders(s))
            add_address_keys(address, all);
        const auto& untrusted = s.message().trust_path().untrusted;
        if (!untrusted.empty()) {
            const message::Relay& relay = untrusted.front();
            if (!relay.no_reverse_dns)
                add_host_keys(relay.lc_rdns(), all);
            add_network_keys(relay.ip, all);
        }
        return all;
    }
};

void add_key(std::string_view key, std::vector<std::string>& keys) {
    for (std::string candidate : {"From:" + std::string(key), std::string(key)})
        if (std::find(keys.begin(), keys.end(), candidate) == keys.end())
            keys.push_back(std::move(candidate));
}

}  // namespace

AccessMap parse_access_map(std::string_view text) {
    AccessMap map;
    for (auto line : util::split(text, '\n')) {
        line = util::trim(line);
        if (line.starts_with('#'))
            continue;
        // A key with blanks in it stands in quotes.
        size_t end = line.starts_with('"') ? std::min(line.find('"', 1), line.size() - 1) + 1
                                           : std::min(line.find_first_of(" \t"), line.size());
        std::string_view key = line.substr(0, end), value = util::trim(line.substr(end));
        if (key.size() >= 2 && key.front() == '"')
            key = key.substr(1, key.size() - 2);
        if (!key.empty() && !value.empty())
            map.emplace(util::lower(key), std::string(value));
    }
    return map;
}

void add_host_keys(std::string_view host, std::vector<std::string>& keys) {
    while (!host.empty()) {
        add_key(host, keys);
        size_t dot = host.find('.');
        if (dot == std::string_view::npos)
            return;
        host.remove_prefix(dot + 1);
    }
}

void add_address_keys(std::string_view address, std::vector<std::string>& keys) {
    size_t at = std::min(address.find('@'), address.size());
    add_key(address, keys);
    if (at > 0)
        add_key(std::string(address.substr(0, at)) + "@", keys);
    if (at < address.size())
        add_host_keys(address.substr(at + 1), keys);
}

void add_network_keys(std::string_view ip, std::vector<std::string>& keys) {
    while (!ip.empty()) {
        add_key(ip, keys);
        size_t dot = ip.rfind('.');
        if (dot == std::string_view::npos)
            return;
        ip = ip.substr(0, dot);
    }
}

bool is_refused(const AccessMap& map, const std::vector<std::string>& keys) {
    bool refused = false;
    for (const auto& key : keys) {
        auto it = map.find(util::lower(key));
        if (it == map.end())
            continue;
        std::string_view value = it->second;
        auto end = std::find_if_not(value.begin(), value.end(),
                                    [](unsigned char c) { return util::is_word(c); });
        std::string action = util::lower(value.substr(0, static_cast<size_t>(end - value.begin())));
        if (action == "ok" || action == "skip")
            return false;
        bool is_code = !action.empty() && std::all_of(action.begin(), action.end(), util::is_digit);
        refused =
            refused || is_code || action == "reject" || action == "error" || action == "discard";
    }
    return refused;
}

std::unique_ptr<rules::Plugin> make_access_db() {
    return std::make_unique<AccessDb>();
}

}  // namespace plugins
