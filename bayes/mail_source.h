// The messages sa-learn is given: files, directories (maildir, MH), mbox files.
//
// Follows SpamAssassin's ArchiveIterator for what is taken and what is passed over. Not handled:
// mbx folders and compressed files.

#ifndef BAYES_MAIL_SOURCE_H
#define BAYES_MAIL_SOURCE_H

#include <cstdint>
#include <functional>
#include <string>

namespace bayes {

struct MailSource {
    size_t max_size = 500 * 1024;  // bytes; larger messages are passed over, 0 = no limit
    std::string mbox_from_regex;   // "" = the usual one
    // Gets each message; false stops.
    std::function<bool(std::string message)> message;
    std::function<void(const std::string& text)> warn;

    // `format`: detect, file, dir or mbox. `location` may have wildcards. False after a stop.
    bool read(const std::string& format, const std::string& location);

private:
    bool read_one(const std::string& format, const std::string& location);
    bool read_directory(const std::string& path, int depth);
    bool read_file(const std::string& path);
    bool read_mbox(const std::string& path);
};

}  // namespace bayes

#endif  // BAYES_MAIL_SOURCE_H
