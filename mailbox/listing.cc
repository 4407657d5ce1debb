#include "mailbox/listing.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "mailbox/input.h"
#include "mailbox/separators.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/strings.h"

namespace mailbox {

namespace {

constexpr uint64_t kMbxHeader = 2048;  // bytes in front of the first message
constexpr int kMaxDepth = 100;         // nested directories

bool is_compressed_name(std::string_view path) {
    for (std::string_view suffix : {".gz", ".bz2", ".xz", ".lz", ".lz4", ".lzo"})
        if (path.size() > suffix.size() &&
            util::iequals(path.substr(path.size() - suffix.size()), suffix))
            return true;
    return false;
}

bool has_space(std::string_view name) {
    return std::any_of(name.begin(), name.end(), [](unsigned char c) { return util::is_space(c); });
}

class Lister {
public:
    explicit Lister(const Options& options) : options_(options) {}

    void list(const Target& target) {
        is_spam_ = target.is_spam;
        for (const auto& path : expand_location(target.location))
            list_path(path, target.format);
    }

    std::vector<Entry> take() { return std::move(entries_); }

private:
    void warn(const std::string& text) const {
        if (options_.warn)
            options_.warn("archive-iterator: " + text);
    }
    void no_access(const std::string& path) const {
        warn("no access to " + path + ": " + std::strerror(errno));
    }

    bool is_taken() const {
        return options_.probability >= 1 || !options_.random ||
               options_.random() < options_.probability;
    }
    void add(Format format, const std::string& path, uint64_t offset) {
        if (is_taken())
            entries_.push_back({is_spam_, format, path, offset});
    }

    void list_path(const std::string& path, Format format) {
        if (format == Format::Detect) {
            struct stat st {};
            if (::stat(path.c_str(), &st) != 0) {
                no_access(path);
                return;
            }
            format = S_ISDIR(st.st_mode)              ? Format::Directory
                     : util::icontains(path, ".mbox") ? Format::Mbox
                                                      : Format::File;
        }
        switch (format) {
            case Format::Directory:
                list_directory(path, 0);
                break;
            case Format::Mbox:
            case Format::Mbx:
                list_mailboxes(path, format);
                break;
            default:
                list_file(path);
        }
    }

    // Names in a directory, sorted; the reason why there are none is in errno.
    std::optional<std::vector<std::string>> names_in(const std::string& directory) const {
        DIR* dir = ::opendir(directory.c_str());
        if (dir == nullptr)
            return std::nullopt;
        std::vector<std::string> names;
        while (const dirent* entry = ::readdir(dir)) {
            std::string name = entry->d_name;
            if (name != "." && name != "..")
                names.push_back(std::move(name));
        }
        ::closedir(dir);
        std::sort(names.begin(), names.end());
        return names;
    }

    std::vector<std::string> message_files(const std::string& directory) const {
        std::vector<std::string> files;
        auto take = [&](const std::string& sub, auto&& is_wanted) {
            auto names = names_in(directory + sub);
            if (!names)
                throw std::system_error(errno, std::generic_category(),
                                        "open directory " + directory + sub);
            for (const auto& name : *names)
                if (is_wanted(name))
                    files.push_back(directory + sub + "/" + name);
        };
        if (util::is_directory(directory + "/new") && util::is_directory(directory + "/cur") &&
            util::is_directory(directory + "/tmp")) {
            // Maildir. What is marked as deleted is not read.
            auto is_wanted = [](const std::string& name) {
                size_t flags = name.find(":2,");
                return name[0] != '.' && (flags == std::string::npos ||
                                          name.find('T', flags + 3) == std::string::npos);
            };
            take("/new", is_wanted);
            take("/cur", is_wanted);
            return files;
        }
        if (util::is_regular_file(directory + "/cyrus.header")) {
            take("", [](const std::string& name) {
                if (has_space(name))
                    return false;
                for (std::string_view own :
                     {"cyrus.index", "cyrus.header", "cyrus.cache", "cyrus.seen"})
                    if (name.starts_with(own))
                        return false;
                return true;
            });
            return files;
        }
        // Dot files are MH's notes, a comma marks its deleted messages.
        take("", [](const std::string& name) { return name[0] != '.' && name[0] != ','; });
        return files;
    }

    void list_directory(const std::string& directory, int depth) {
        std::vector<std::string> below;
        for (const auto& path : message_files(directory)) {
            struct stat st {};
            if (::stat(path.c_str(), &st) != 0) {
                if (errno != ENOENT)
                    no_access(path);
            } else if (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)) {
                list_file(path);
            } else if (S_ISDIR(st.st_mode)) {
                below.push_back(path);
            } else {
                warn(path + " is not a plain file or directory");
            }
        }
        if (depth == kMaxDepth) {
            if (!below.empty())
                warn(directory + " is nested too deeply");
            return;
        }
        for (const auto& path : below)
            list_directory(path, depth + 1);
    }

    void list_file(const std::string& path) {
        struct stat st {};
        if (::stat(path.c_str(), &st) != 0) {
            no_access(path);
            return;
        }
        if (options_.skip_empty && st.st_size == 0)
            return;
        add(Format::File, path, 0);
    }

    void list_mailboxes(std::string path, Format format) {
        struct stat st {};
        if (::stat(path.c_str(), &st) != 0) {
            if (errno != ENOENT)
                no_access(path);
            return;
        }
        std::vector<std::string> files;
        if (S_ISREG(st.st_mode)) {
            files.push_back(path);
        } else if (S_ISDIR(st.st_mode)) {
            if (path.size() > 1 && path.ends_with('/'))
                path.pop_back();
            auto names = names_in(path);
            if (!names) {
                warn("can't open '" + path + "' dir: " + std::strerror(errno));
                return;
            }
            for (const auto& name : *names) {
                std::string file = path + "/" + name;
                if (name[0] != '.' && !has_space(name) && ::stat(file.c_str(), &st) == 0 &&
                    S_ISREG(st.st_mode))
                    files.push_back(file);
            }
        } else {
            warn(path + " is not a plain file or directory");
        }
        for (const auto& file : files) {
            if (is_compressed_name(file)) {
                warn("compressed mailbox files are not supported: " + file);
                continue;
            }
            try {
                if (format == Format::Mbox)
                    list_mbox(file);
                else
                    list_mbx(file);
            } catch (const std::system_error& e) {
                warn(std::string("no access to ") + e.what());
            }
        }
    }

    void list_mbox(const std::string& file) {
        Input input(file);
        for (;;) {
            uint64_t start = input.position();
            auto line = input.line();
            if (line.empty())
                return;
            if (line.starts_with("From ") &&
                (options_.is_separator ? options_.is_separator(line) : is_mbox_separator(line)))
                add(Format::Mbox, file, start);
        }
    }

    void list_mbx(const std::string& file) {
        Input input(file);
        if (input.line().find("*mbx*") == std::string_view::npos)
            throw util::Error("archive-iterator: error: mailbox not in mbx format: " + file);
        input.seek(kMbxHeader);
        for (;;) {
            auto line = input.line();
            if (line.empty())
                return;
            auto size = mbx_message_size(line);
            if (!size)
                throw util::Error("archive-iterator: error: failure to read message body: " + file);
            uint64_t start = input.position();
            add(Format::Mbx, file, start);
            if (*size > UINT64_MAX - start)
                return;
            input.seek(start + *size);
        }
    }

    const Options& options_;
    bool is_spam_ = false;
    std::vector<Entry> entries_;
};

void note_large(size_t size, size_t limit) {
    util::log_info("archive-iterator: skipping large message: size " + std::to_string(size) +
                   ", limit " + std::to_string(limit) + " bytes");
}

}  // namespace

std::string Entry::name() const {
    return format == Format::File ? path : path + "." + std::to_string(offset);
}

std::vector<Entry> list_messages(const std::vector<Target>& targets, const Options& options) {
    Lister lister(options);
    for (const auto& target : targets)
        lister.list(target);
    auto entries = lister.take();
    std::stable_partition(entries.begin(), entries.end(),
                          [](const Entry& entry) { return entry.is_spam; });
    return entries;
}

MessageReader::MessageReader(const Options& options) : options_(options) {}
MessageReader::~MessageReader() = default;

std::optional<std::string> MessageReader::read(const Entry& entry) {
    try {
        return entry.format == Format::File ? read_file(entry) : read_from_mailbox(entry);
    } catch (const std::system_error& e) {
        // Mail that was there a moment ago may have been moved since.
        if (e.code().value() != ENOENT && options_.warn)
            options_.warn(std::string("archive-iterator: no access to ") + e.what());
    } catch (const util::Error& e) {
        if (options_.warn)
            options_.warn(std::string("archive-iterator: ") + e.what());
    }
    return std::nullopt;
}

std::optional<std::string> MessageReader::read_file(const Entry& entry) {
    Input input(entry.path);
    if (options_.max_size != 0 && input.file_size() > options_.max_size) {
        note_large(input.file_size(), options_.max_size);
        return std::nullopt;
    }
    std::string message(static_cast<size_t>(input.file_size()), 0);
    size_t size = 0;
    for (;;) {
        if (size == message.size())
            message.resize(std::max<size_t>(65536, size + size / 2));
        size_t n = input.read(message.data() + size, message.size() - size);
        if (n == 0)
            break;
        size += n;
        if (options_.max_size != 0 && size > options_.max_size) {
            note_large(size, options_.max_size);
            return std::nullopt;
        }
    }
    message.resize(size);
    return message;
}

std::optional<std::string> MessageReader::read_from_mailbox(const Entry& entry) {
    if (!mailbox_ || mailbox_path_ != entry.path) {
        mailbox_.reset();
        mailbox_ = std::make_unique<Input>(entry.path);
        mailbox_path_ = entry.path;
    }
    mailbox_->seek(entry.offset);
    std::string message;
    for (;;) {
        auto line = mailbox_->line();
        if (line.empty())
            break;
        bool is_next = entry.format == Format::Mbx
                           ? mbx_message_size(line).has_value()
                           : !message.empty() && line.starts_with("From ") &&
                                 (options_.is_separator ? options_.is_separator(line)
                                                        : is_mbox_separator(line));
        if (is_next)
            break;
        message += line;
        if (options_.max_size != 0 && message.size() > options_.max_size) {
            note_large(message.size(), options_.max_size);
            return std::nullopt;
        }
    }
    return message;
}

}  // namespace mailbox
