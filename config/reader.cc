#include "config/reader.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "config/condition.h"
#include "util/file.h"

namespace config {

std::string locale_from_environment() {
    auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value == nullptr || std::strcmp(value, "0") == 0 ? "" : value);
    };
    std::string locale = variable("LANGUAGE");
    locale.erase(std::min(locale.find(':'), locale.size()));
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (locale.empty())
            locale = variable(name);
    if (locale.empty() || locale == "C" || locale == "POSIX")
        return "en_US";
    locale.erase(std::min(locale.find_first_of("@.+,"), locale.size()));
    return locale;
}

std::vector<std::string> files_in_directory(const std::string& directory,
                                            std::string_view extension) {
    std::vector<std::string> names;
    if (DIR* dir = opendir(directory.c_str())) {
        while (const dirent* entry = readdir(dir)) {
            std::string_view name = entry->d_name;
            struct stat st {};
            if (name.size() >= extension.size() &&
                util::iequals(name.substr(name.size() - extension.size()), extension) &&
                stat((directory + "/" + entry->d_name).c_str(), &st) == 0 && S_ISREG(st.st_mode))
                names.emplace_back(name);
        }
        closedir(dir);
    }
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
        constexpr std::string_view kOfficial = "updates_spamassassin_org.cf";
        if ((a == kOfficial) != (b == kOfficial))
            return a == kOfficial;
        return a < b;
    });
    for (auto& name : names)
        name = directory + "/" + name;
    return names;
}

// The state of reading: where we are, which blocks are open, whether lines count.
class Reader::Parse {
public:
    Parse(Reader& reader, Settings& settings, const ReadOptions& options)
        : reader_(reader), settings_(settings), options_(options) {
        directive_.from_user = options.from_user;
    }

    void file(const std::string& name, std::string_view text, int depth = 0) {
        start_file(name);
        lines(text, depth);
        end_file();
    }

private:
    struct Block {
        std::string type;
        bool skipping_before;
        int line;
    };
    struct File {
        std::shared_ptr<const std::string> name;  // null: no file
        int* line;
    };

    void start_file(std::string_view name) {
        stack_.push_back(current_);
        auto it = line_numbers_.try_emplace(std::string(name), 0).first;
        current_ = {std::make_shared<const std::string>(name), &it->second};
    }
    void end_file() {
        for (const Block& block : blocks_)
            error(fmt::format("config: unclosed '{}' found in {} (line {})", block.type,
                              file_name(), block.line));
        blocks_.clear();
        skipping_ = false;
        if (stack_.empty()) {
            current_ = {nullptr, &no_file_line_};
        } else {
            current_ = stack_.back();
            stack_.pop_back();
        }
    }
    std::string file_name() const { return current_.name ? *current_.name : "(no file)"; }
    SourcePosition position() const { return {current_.name, *current_.line}; }
    void error(std::string text) { reader_.diagnostics_.error(position(), std::move(text)); }
    std::string here() const {
        return fmt::format(" in {} (line {})", file_name(), *current_.line);
    }

    void lines(std::string_view text, int depth) {
        while (!text.empty()) {
            size_t end = text.find('\n');
            std::string_view line = text.substr(0, end);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            one_line(line, depth);
        }
    }

    void one_line(std::string_view line, int depth) {
        if (line.substr(0, 5) != "file ")
            ++*current_.line;
        if (line.find('#') != std::string_view::npos) {
            note_update_stamp(line);
            line = without_comment(line);
        }
        line = util::trim(line);
        if (line.empty() || line == "0")
            return;
        if (line[0] == 'l' && line.substr(0, 4) == "lang" && !strip_language(line))
            return;

        size_t key_end = 0;
        while (key_end < line.size() && !util::is_space(static_cast<unsigned char>(line[key_end])))
            ++key_end;
        key_.assign(line.substr(0, key_end));
        for (char& c : key_)
            c = c == '-' ? '_' : util::to_lower(c);
        std::string_view value = util::trim_left(line.substr(key_end));
        directive_.written.assign(key_);
        directive_.line.assign(line);
        directive_.position.line = *current_.line;
        if (directive_.position.file != current_.name)
            directive_.position.file = current_.name;

        if (structure(value, depth) || skipping_)
            return;
        if (key_ == "require_version")
            require_version(value);
        else
            set(value);
    }

    void note_update_stamp(std::string_view line) {
        constexpr std::string_view kStamp = "# UPDATE version ";
        if (line.substr(0, kStamp.size()) != kStamp || !current_.name)
            return;
        std::string_view number = line.substr(kStamp.size());
        if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos)
            return;
        for (auto& [name, version] : reader_.update_versions_) {
            if (name == *current_.name) {
                version = number;
                return;
            }
        }
        reader_.update_versions_.emplace_back(*current_.name, number);
    }

    std::string_view without_comment(std::string_view line) {
        size_t hash = line.find('#');
        bool escaped = false;
        while (hash != std::string_view::npos && hash > 0 && line[hash - 1] == '\\') {
            escaped = true;
            hash = line.find('#', hash + 1);
        }
        line = line.substr(0, hash);
        if (!escaped)
            return line;
        unescaped_.clear();
        for (size_t i = 0; i < line.size(); ++i) {
            if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '#')
                continue;
            unescaped_ += line[i];
        }
        return unescaped_;
    }

    // "lang de describe X ..." -> "describe X ..." if German is spoken; false: not for us.
    bool strip_language(std::string_view& line) {
        std::string_view rest = line.substr(4);
        if (rest.empty() || !util::is_space(static_cast<unsigned char>(rest[0])))
            return true;
        rest = util::trim_left(rest);
        size_t end = 0;
        while (end < rest.size() && !util::is_space(static_cast<unsigned char>(rest[end])))
            ++end;
        if (end == rest.size())
            return true;
        if (!util::istarts_with(options_.locale, rest.substr(0, end)))
            return false;
        line = util::trim_left(rest.substr(end));
        return true;
    }

    // if, else, endif, ifplugin, include, file. True: the line was one of these.
    bool structure(std::string_view value, int depth) {
        switch (key_[0]) {
            case 'e':
                if (key_ == "endif") {
                    end_block(value);
                    return true;
                }
                if (key_ == "else") {
                    other_branch(value);
                    return true;
                }
                return false;
            case 'i':
                if (key_ == "ifplugin" || key_ == "if") {
                    if (value.empty())
                        missing_condition();
                    else if (key_ == "if")
                        begin_block(value);
                    else
                        begin_block(fmt::format("plugin ({})", value));
                    return true;
                }
                if (key_ == "include") {
                    include(value, depth);
                    return true;
                }
                return false;
            case 'f':
                if (key_ == "file") {
                    if (util::words(value).size() > 1 && value.substr(0, 5) == "start" &&
                        util::is_space(static_cast<unsigned char>(value[5])))
                        start_file(util::trim_left(value.substr(5)));
                    else if (value.size() > 4 && value.substr(0, 3) == "end" &&
                             util::is_space(static_cast<unsigned char>(value[3])))
                        end_file();
                    else
                        report_line(directive_, "config: missing 'file' value",
                                    reader_.diagnostics_);
                    return true;
                }
                return false;
            default:
                return false;
        }
    }
    void missing_condition() {
        report_line(directive_, fmt::format("config: missing '{}' condition", key_),
                    reader_.diagnostics_);
    }

    void begin_block(std::string_view condition) {
        std::string cache_key = fmt::format("{} {}", key_, condition);
        Block block{key_, skipping_, *current_.line};
        auto decided = reader_.decided_.find(cache_key);
        if (decided != reader_.decided_.end()) {
            blocks_.push_back(std::move(block));
            if (!decided->second)
                skipping_ = true;
            return;
        }
        std::string name = file_name();
        bool user_prefs = name.size() >= 10 &&
                          name.compare(name.size() - 10, 10, "user_prefs") == 0 &&
                          (name.size() == 10 ||
                           !util::is_word(static_cast<unsigned char>(name[name.size() - 11])));
        ConditionResult result = evaluate_condition(condition, reader_.conditions_, user_prefs);
        if (!result.bad_token_error.empty()) {
            error(result.bad_token_error + here());
            return;
        }
        blocks_.push_back(std::move(block));
        if (!result.bad_argument_error.empty())
            error(result.bad_argument_error + here());
        if (result.asked_can_in_user_prefs)
            reader_.diagnostics_.warn(
                position(), fmt::format("config: 'if {}' not available in user_prefs", condition));
        if (!result.syntax_error.empty())
            reader_.diagnostics_.warn(
                position(), fmt::format("config: error parsing conditional{}: {} ({})", here(),
                                        condition, result.syntax_error));
        reader_.decided_.emplace(std::move(cache_key), result.truth);
        if (!result.truth)
            skipping_ = true;
    }
    void end_block(std::string_view value) {
        if (!value.empty()) {
            report_line(directive_, "config: 'endif' must be standalone", reader_.diagnostics_);
        } else if (blocks_.empty()) {
            report_line(directive_, "config: missing starting 'if' for 'endif'",
                        reader_.diagnostics_);
        } else {
            skipping_ = blocks_.back().skipping_before;
            blocks_.pop_back();
        }
    }
    void other_branch(std::string_view value) {
        if (!value.empty()) {
            report_line(directive_, "config: 'else' must be standalone", reader_.diagnostics_);
        } else if (blocks_.empty()) {
            report_line(directive_, "config: 'else' missing starting if", reader_.diagnostics_);
        } else {
            bool outer = std::any_of(blocks_.begin(), blocks_.end(),
                                     [](const Block& b) { return b.skipping_before; });
            skipping_ = outer || !skipping_;
        }
    }

    void include(std::string_view value, int depth) {
        if (value.empty()) {
            report_line(directive_, "config: missing 'include' value", reader_.diagnostics_);
            return;
        }
        std::string path(value);
        if (options_.expand_path)
            path = options_.expand_path(path);
        std::string including = file_name();
        if (path.empty() || path[0] != '/') {
            size_t slash = including.rfind('/');
            if (slash != std::string::npos)
                path = including.substr(0, slash + 1) + path;
        }
        if (depth >= options_.max_include_depth) {
            error(fmt::format("config: include nested too deeply{}: {}", here(), path));
            return;
        }
        end_file();
        struct stat st {};
        if (stat(path.c_str(), &st) == 0) {
            std::vector<std::string> paths = {path};
            if (S_ISDIR(st.st_mode))
                paths = files_in_directory(path, ".cf");
            // All are marked first, for the same reason as in read_files().
            paths.erase(std::remove_if(paths.begin(), paths.end(),
                                       [&](const auto& p) { return !reader_.first_time(p); }),
                        paths.end());
            for (const auto& p : paths) {
                std::string text;
                if (reader_.load(p, text))
                    file(p, text, depth + 1);
            }
        }
        start_file(including);
    }

    void require_version(std::string_view value) {
        if (value.empty()) {
            report_line(directive_, "config: missing 'require_version' value",
                        reader_.diagnostics_);
            return;
        }
        if (value == "@@VERSION@@" || value == kSpamAssassinVersionText)
            return;
        error(
            fmt::format("config: configuration file '{}' requires version {} of SpamAssassin, but "
                        "this is code version {}. Maybe you need to use the -C switch, or remove "
                        "the old config files? Skipping this file.",
                        file_name(), value, kSpamAssassinVersionText));
        skipping_ = true;
    }

    void set(std::string_view value) {
        const Keyword* keyword = reader_.schema_.find(key_);
        if (keyword == nullptr) {
            if (key_ == "ok_languages")  // TextCat took it over; no reason to fail an old file
                report_line(directive_, "config: failed to parse line, now a plugin",
                            reader_.diagnostics_, Severity::Warning);
            else
                report_line(directive_, "config: failed to parse line", reader_.diagnostics_);
            return;
        }
        if (options_.from_user && (keyword->who == Who::Admin || (keyword->who == Who::Privileged &&
                                                                  !options_.allow_user_rules))) {
            std::string_view why = keyword->who == Who::Admin
                                       ? "config: not parsing, administrator setting"
                                       : "config: not parsing, 'allow_user_rules' is 0";
            reader_.diagnostics_.note(position(), fmt::format("{}: {}", why, directive_.line));
            report_line(directive_, "config: failed to parse line", reader_.diagnostics_);
            return;
        }
        if (!keyword->set)
            return;
        if (keyword->name.back() == '*')
            directive_.keyword.assign(key_);
        else
            directive_.keyword.assign(keyword->name);
        directive_.value.assign(value);
        keyword->set(settings_, directive_, reader_.diagnostics_);
    }

    Reader& reader_;
    Settings& settings_;
    const ReadOptions& options_;
    int no_file_line_ = 0;
    File current_{nullptr, &no_file_line_};
    std::vector<File> stack_;
    std::unordered_map<std::string, int> line_numbers_;
    std::vector<Block> blocks_;
    bool skipping_ = false;
    Directive directive_;
    std::string key_, unescaped_;
};

bool Reader::load(const std::string& path, std::string& text) {
    try {
        text = util::read_file(path);
    } catch (const std::system_error& e) {
        diagnostics_.warn({std::make_shared<const std::string>(path), 0},
                          fmt::format("config: cannot open \"{}\": {}", path, e.code().message()));
        return false;
    }
    files_read_.push_back(path);
    return true;
}

void Reader::read_files(const std::vector<std::string>& paths, Settings& settings,
                        const ReadOptions& options) {
    std::vector<const std::string*> fresh;
    for (const auto& path : paths)
        if (first_time(path))
            fresh.push_back(&path);
    Parse parse(*this, settings, options);
    std::string text;
    for (const std::string* path : fresh)
        if (load(*path, text))
            parse.file(*path, text);
}

void Reader::read_text(std::string_view text, const std::string& name, Settings& settings,
                       const ReadOptions& options) {
    Parse(*this, settings, options).file(name, text);
}

}  // namespace config
