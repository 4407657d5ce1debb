// The verbs of SPAMC and the result codes of SPAMD, under the names the field knows them by.
//
// Result codes are the numbers of sysexits(3) with one addition (79, a timeout). spamd sends only
// Ok, Unavailable, Protocol and Timeout; spamc ends with any of them as its exit code.

#ifndef PROTOCOL_COMMAND_H
#define PROTOCOL_COMMAND_H

#include <string_view>

namespace protocol {

enum class Command { Check, Symbols, Report, ReportIfspam, Process, Headers, Tell, Ping, Skip };

// As on the wire: "CHECK", "REPORT_IFSPAM", ...
std::string_view command_name(Command command);

// CHECK and its relatives: a message is scanned and the reply tells the score.
constexpr bool scans_message(Command command) {
    return command != Command::Tell && command != Command::Ping && command != Command::Skip;
}
constexpr bool carries_message(Command command) {
    return command != Command::Ping && command != Command::Skip;
}

enum class ResultCode : int {
    Ok = 0,
    Usage = 64,
    DataErr = 65,
    NoInput = 66,
    NoUser = 67,
    NoHost = 68,
    Unavailable = 69,
    Software = 70,
    OsErr = 71,
    OsFile = 72,
    CantCreat = 73,
    IoErr = 74,
    TempFail = 75,
    Protocol = 76,
    NoPerm = 77,
    Config = 78,
    Timeout = 79,
    TooBig = 98,  // spamc's own: the message is larger than --max-size
};

// "EX_OK", "EX_PROTOCOL", ...
std::string_view result_name(ResultCode code);

}  // namespace protocol

#endif  // PROTOCOL_COMMAND_H
