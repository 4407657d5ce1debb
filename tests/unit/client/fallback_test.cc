#include "client/fallback.h"

#include <doctest/doctest.h>

#include <vector>

using client::Fallback;
using protocol::ResultCode;
using Shown = client::Fallback::Shown;

namespace {

client::Options options(const std::vector<std::string>& arguments) {
    auto parsed = client::parse_options(arguments);
    REQUIRE(parsed);
    return *parsed;
}

}  // namespace

TEST_CASE("fallback: without -x the message goes on and all is well") {
    for (const ResultCode code : {ResultCode::Unavailable, ResultCode::Software, ResultCode::IoErr,
                                  ResultCode::Protocol, ResultCode::NoHost, ResultCode::TooBig}) {
        const Fallback fallback = client::fall_back(options({"-E"}), code);
        CHECK(fallback.shown == Shown::Original);
        CHECK(fallback.exit_code == 0);
    }
}

TEST_CASE("fallback: each mode has its own way to say that nothing came of it") {
    struct Row {
        std::vector<std::string> arguments;
        ResultCode trouble;
        Shown shown;
        int exit_code;
    };
    const ResultCode down = ResultCode::Unavailable;
    const std::vector<Row> rows{
        {{"-x"}, down, Shown::Nothing, 69},
        {{"-x", "-X"}, down, Shown::Nothing, 75},
        {{"-X", "-x"}, down, Shown::Nothing, 69},
        {{"-x", "-X"}, ResultCode::Software, Shown::Nothing, 70},
        {{"-x"}, ResultCode::TooBig, Shown::Original, 0},
        {{"-c"}, down, Shown::ZeroScore, 0},
        {{"-c", "-x"}, down, Shown::ZeroScore, 69},
        {{"-c", "-x"}, ResultCode::TooBig, Shown::ZeroScore, 0},
        {{"-r"}, down, Shown::ZeroScore, 0},
        {{"-R"}, down, Shown::ZeroScore, 0},
        {{"-y"}, down, Shown::BlankLine, 0},
        {{"-y", "-R"}, down, Shown::ZeroScore, 0},
        {{"-K"}, down, Shown::Nothing, 69},
        {{"-L", "ham"}, down, Shown::Nothing, 69},
        {{"-L", "ham", "-x", "-X"}, down, Shown::Nothing, 69},
        {{"-L", "spam"}, ResultCode::TooBig, Shown::Nothing, 98},
        {{"-C", "report"}, down, Shown::Original, 0},
        {{"-C", "report", "-x"}, down, Shown::Nothing, 69},
    };
    for (size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(i);
        const Fallback fallback = client::fall_back(options(rows[i].arguments), rows[i].trouble);
        CHECK(fallback.shown == rows[i].shown);
        CHECK(fallback.exit_code == rows[i].exit_code);
    }
}
