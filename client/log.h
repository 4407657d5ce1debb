// Where spamc complains: syslog (ident spamc, facility mail) or, with -l, standard error. Never
// standard output, which belongs to the message.

#ifndef CLIENT_LOG_H
#define CLIENT_LOG_H

#include <string>

namespace client {

class Log {
public:
    void to_stderr(bool yes) { to_stderr_ = yes; }
    void error(const std::string& text) const;
    void notice(const std::string& text) const;

private:
    void write(int priority, const std::string& text) const;

    bool to_stderr_ = false;
};

}  // namespace client

#endif  // CLIENT_LOG_H
