// What spamc does when it cannot do what it was asked: by default it hands the message on as it
// came and says that all is well, because a mail filter that fails must not lose or delay mail.
//
//   mode                   shown            exit code
//   filtering, reporting   the message (-C) 0; with -x nothing, and the code of the trouble
//   -c -r -R               "0/0"            0; with -x the code
//   -y                     a line feed      0; with -x the code
//   -L -K                  nothing          the code
//
// With -X after -x, Unavailable becomes TempFail. A message larger than --max-size is no trouble
// but the filter's settled answer: -x does not change it.

#ifndef CLIENT_FALLBACK_H
#define CLIENT_FALLBACK_H

#include "client/options.h"
#include "protocol/command.h"

namespace client {

struct Fallback {
    enum class Shown { Nothing, Original, ZeroScore, BlankLine };
    Shown shown = Shown::Original;
    int exit_code = 0;
};

Fallback fall_back(const Options& options, protocol::ResultCode trouble);

}  // namespace client

#endif  // CLIENT_FALLBACK_H
