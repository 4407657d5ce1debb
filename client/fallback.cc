#include "client/fallback.h"

namespace client {

Fallback fall_back(const Options& options, protocol::ResultCode trouble) {
    using protocol::ResultCode;
    using Shown = Fallback::Shown;
    if (options.learns() || options.ping)
        return {Shown::Nothing, static_cast<int>(trouble)};

    Fallback fallback;
    const bool strict = !options.falls_back && trouble != ResultCode::TooBig;
    if (strict) {
        const bool later = trouble == ResultCode::Unavailable && options.unavailable_is_tempfail;
        fallback.exit_code = static_cast<int>(later ? ResultCode::TempFail : trouble);
    }
    if (options.check || options.report || options.report_ifspam)
        fallback.shown = Shown::ZeroScore;
    else if (options.symbols)
        fallback.shown = Shown::BlankLine;
    else
        fallback.shown = strict ? Shown::Nothing : Shown::Original;
    return fallback;
}

}  // namespace client
