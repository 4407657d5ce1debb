// What comes on standard input as a file, because mailboxes are listed first and read later.

#ifndef MAILBOX_STANDARD_INPUT_H
#define MAILBOX_STANDARD_INPUT_H

#include <string>

namespace mailbox {

class StandardInput {
public:
    // `program` starts the name of the file.
    explicit StandardInput(std::string program) : program_(std::move(program)) {}
    ~StandardInput();  // the file goes with the object
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

    // Reads everything on the first call. Throws when the file cannot be made or written.
    const std::string& file();
    bool was_read() const { return !name_.empty(); }

private:
    std::string program_, name_;
};

}  // namespace mailbox

#endif  // MAILBOX_STANDARD_INPUT_H
