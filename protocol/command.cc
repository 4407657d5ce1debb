#include "protocol/command.h"

namespace protocol {

std::string_view command_name(Command command) {
    switch (command) {
        case Command::Check:
            return "CHECK";
        case Command::Symbols:
            return "SYMBOLS";
        case Command::Report:
            return "REPORT";
        case Command::ReportIfspam:
            return "REPORT_IFSPAM";
        case Command::Process:
            return "PROCESS";
        case Command::Headers:
            return "HEADERS";
        case Command::Tell:
            return "TELL";
        case Command::Ping:
            return "PING";
        case Command::Skip:
            return "SKIP";
    }
    return "";
}

std::string_view result_name(ResultCode code) {
    switch (code) {
        case ResultCode::Ok:
            return "EX_OK";
        case ResultCode::Usage:
            return "EX_USAGE";
        case ResultCode::DataErr:
            return "EX_DATAERR";
        case ResultCode::NoInput:
            return "EX_NOINPUT";
        case ResultCode::NoUser:
            return "EX_NOUSER";
        case ResultCode::NoHost:
            return "EX_NOHOST";
        case ResultCode::Unavailable:
            return "EX_UNAVAILABLE";
        case ResultCode::Software:
            return "EX_SOFTWARE";
        case ResultCode::OsErr:
            return "EX_OSERR";
        case ResultCode::OsFile:
            return "EX_OSFILE";
        case ResultCode::CantCreat:
            return "EX_CANTCREAT";
        case ResultCode::IoErr:
            return "EX_IOERR";
        case ResultCode::TempFail:
            return "EX_TEMPFAIL";
        case ResultCode::Protocol:
            return "EX_PROTOCOL";
        case ResultCode::NoPerm:
            return "EX_NOPERM";
        case ResultCode::Config:
            return "EX_CONFIG";
        case ResultCode::Timeout:
            return "EX_TIMEOUT";
        case ResultCode::TooBig:
            return "EX_TOOBIG";
    }
    return "";
}

}  // namespace protocol
