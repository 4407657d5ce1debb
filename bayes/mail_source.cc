#include "bayes/mail_source.h"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "regex/regex.h"

namespace bayes {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxDepth = 64;

std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
        names.push_back(it->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

bool is_dir(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

bool names_mbox(std::string path) {
    std::transform(path.begin(), path.end(), path.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return path.find(".mbox") != std::string::npos;
}

}  // namespace

bool MailSource::read(const std::string& format, const std::string& location) {
    glob_t found{};
    int rc = ::glob(location.c_str(), GLOB_NOCHECK | GLOB_BRACE | GLOB_TILDE | GLOB_NOMAGIC,
                    nullptr, &found);
    std::vector<std::string> paths;
    if (rc == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    else
        paths.push_back(location);
    ::globfree(&found);
    for (const std::string& path : paths)
        if (!read_one(format, path))
            return false;
    return true;
}

bool MailSource::read_one(const std::string& format, const std::string& location) {
    std::error_code error;
    if (!fs::exists(location, error)) {
        warn("archive-iterator: no access to " + location + ": " +
             std::strerror(error ? error.value() : ENOENT));
        return true;
    }
    if (format == "dir" || (format == "detect" && is_dir(location)))
        return read_directory(location, 0);
    if (format == "mbox" || (format == "detect" && names_mbox(location))) {
        if (!is_dir(location))
            return read_mbox(location);
        for (const std::string& name : names_in(location))
            if (name[0] != '.' && fs::is_regular_file(location + "/" + name, error) &&
                !read_mbox(location + "/" + name))
                return false;
        return true;
    }
    if (format == "detect" || format == "file")
        return read_file(location);
    warn("archive-iterator: format " + format + " (from " + format + ") unknown!");
    return true;
}

bool MailSource::read_directory(const std::string& path, int depth) {
    if (depth > kMaxDepth)
        return true;
    std::vector<std::string> names, subdirectories;
    if (is_dir(path + "/new") && is_dir(path + "/cur") && is_dir(path + "/tmp")) {
        for (const char* sub : {"new", "cur"})
            for (const std::string& name : names_in(path + "/" + sub)) {
                size_t flags = name.find(":2,");
                bool deleted =
                    flags != std::string::npos && name.find('T', flags + 3) != std::string::npos;
                if (name[0] != '.' && !deleted)
                    names.push_back(std::string(sub) + "/" + name);
            }
    } else {
        for (std::string& name : names_in(path))
            if (name[0] != '.' && name[0] != ',')
                names.push_back(std::move(name));
    }
    for (const std::string& name : names) {
        std::string file = path + "/" + name;
        if (is_dir(file))
            subdirectories.push_back(file);
        else if (!read_file(file))
            return false;
    }
    for (const std::string& directory : subdirectories)
        if (!read_directory(directory, depth + 1))
            return false;
    return true;
}

bool MailSource::read_file(const std::string& path) {
    std::error_code error;
    auto size = fs::file_size(path, error);
    if (!error && max_size != 0 && size > max_size)
        return true;
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        warn("archive-iterator: unable to open " + path + ": " + std::strerror(errno));
        return true;
    }
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (max_size != 0 && text.size() > max_size)
        return true;
    return message(std::move(text));
}

bool MailSource::read_mbox(const std::string& path) {
    static constexpr const char* kUsual =
        R"(^From \S+  ?(?:\S\S\S \S\S\S .\d .\d:\d\d:\d\d \d{4}|.\d-\d\d-\d{4}_\d\d:\d\d:\d\d_))";
    auto compiled = regex::Regex::compile(mbox_from_regex.empty() ? kUsual : mbox_from_regex);
    if (!compiled.has_value()) {
        warn("archive-iterator: bad mbox_format_from_regex");
        return true;
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        warn("archive-iterator: unable to open " + path + ": " + std::strerror(errno));
        return true;
    }
    std::string line, text;
    bool skipping = true;  // what stands before the first separator is no message
    auto flush = [&] {
        bool go_on = text.empty() || skipping || message(std::move(text));
        text.clear();
        return go_on;
    };
    while (std::getline(in, line)) {
        if (!in.eof())
            line += '\n';
        if (line.compare(0, 5, "From ") == 0 && compiled->search(line)) {
            if (!flush())
                return false;
            skipping = false;
        }
        if (skipping)
            continue;
        text += line;
        if (max_size != 0 && text.size() > max_size) {
            text.clear();
            skipping = true;
        }
    }
    return flush();
}

}  // namespace bayes
