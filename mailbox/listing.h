// Finds the messages of targets (SpamAssassin's ArchiveIterator): lists them first, reads them one
// by one later. Memory holds the list and one message.
//
// What cannot be read is told to `warn` and left out. A file named as mbx that is none throws
// util::Error, as there.

#ifndef MAILBOX_LISTING_H
#define MAILBOX_LISTING_H

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/target.h"

namespace mailbox {

class Input;

struct Options {
    size_t max_size = 0;             // bytes; larger messages are skipped; 0 = no limit
    double probability = 1;          // of each message to be taken
    bool skip_empty = false;         // files of no bytes
    std::function<double()> random;  // 0 <= x < 1, for `probability`
    // Other mbox separators than the usual (mbox_format_from_regex); asked for lines that start
    // with "From " only.
    std::function<bool(std::string_view line)> is_separator;
    std::function<void(const std::string&)> warn;
};

struct Entry {
    bool is_spam = false;
    Format format = Format::File;  // File, Mbox or Mbx
    std::string path;
    uint64_t offset = 0;  // of the message in a mailbox
    // "path", or "path.offset" in a mailbox.
    std::string name() const;
};

// Spam first, then ham, in the order of the targets; files of a directory by name.
std::vector<Entry> list_messages(const std::vector<Target>& targets, const Options& options);

class MessageReader {
public:
    explicit MessageReader(const Options& options);
    ~MessageReader();
    // nullopt when the file is gone or cannot be read, or the message is too large.
    std::optional<std::string> read(const Entry& entry);

private:
    std::optional<std::string> read_file(const Entry& entry);
    std::optional<std::string> read_from_mailbox(const Entry& entry);

    const Options& options_;
    std::unique_ptr<Input> mailbox_;  // the last one stays open: its messages come in order
    std::string mailbox_path_;
};

}  // namespace mailbox

#endif  // MAILBOX_LISTING_H
