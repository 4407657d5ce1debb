#include "protocol/response_parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using protocol::Command;
using protocol::ResponseParser;
using protocol::ResultCode;
using State = protocol::ResponseParser::State;

namespace {

ResponseParser parse(Command command, std::string_view bytes) {
    ResponseParser parser(command);
    if (parser.feed(bytes) == State::NeedMore)
        parser.finish();
    return parser;
}

const std::string kOk = "SPAMD/1.1 0 EX_OK\r\n";
const std::string kSpam = "Spam: True ; 15.3 / 5.0\r\n";

}  // namespace

TEST_CASE("response parser: an answer with a body must have exactly the announced length") {
    const std::string head = kOk + "Content-length: 5\r\n" + kSpam + "\r\n";
    const ResponseParser good = parse(Command::Process, head + "hello");
    CHECK(good.state() == State::Complete);
    CHECK(good.reply().body == "hello");
    CHECK(good.reply().is_spam);
    CHECK(good.reply().score_line() == "15.3/5.0");
    for (const char* body : {"hell", "hello!", ""}) {
        CAPTURE(body);
        CHECK(parse(Command::Process, head + body).code() == ResultCode::Protocol);
    }
    CHECK(parse(Command::Report, kOk + kSpam + "\r\nhello").code() == ResultCode::Protocol);
    CHECK(parse(Command::Report, kOk + "Content-Length: 5\r\n\r\nhello").code() ==
          ResultCode::Protocol);
    CHECK(parse(Command::Report, kOk + "Content-length: -5\r\n\r\nhello").code() ==
          ResultCode::Protocol);
}

TEST_CASE("response parser: CHECK and TELL end at the blank line, PING at the first") {
    ResponseParser check(Command::Check);
    CHECK(check.feed(kOk + kSpam + "\r\n") == State::Complete);
    ResponseParser tell(Command::Tell);
    CHECK(tell.feed(kOk + "DidSet: local\r\nDidRemove:remote\r\n\r\n") == State::Complete);
    CHECK(tell.reply().did_set.local);
    CHECK_FALSE(tell.reply().did_set.remote);
    CHECK(tell.reply().did_remove.remote);
    ResponseParser ping(Command::Ping);
    CHECK(ping.feed("SPAMD/1.5 0 PONG\r\n") == State::Complete);
    CHECK(ping.reply().version_text == "1.5");
}

TEST_CASE("response parser: a CHECK without a well-formed score fails") {
    for (const char* line : {"", "spam: True ; 1.0 / 5.0\r\n", "Spam: True; 15.3/5.0\r\n",
                             "Spam: Truely ; 1.0 / 5.0\r\n", "Spam: True ; 1.0\r\n"}) {
        CAPTURE(line);
        CHECK(parse(Command::Check, kOk + line + "\r\n").code() == ResultCode::Protocol);
    }
}

TEST_CASE("response parser: scores are read without a locale and shown as spamc shows them") {
    struct Row {
        const char* header;
        bool is_spam;
        const char* line;
    };
    const std::vector<Row> rows{
        {"Spam: False ; -0.0 / 5.0\r\n", false, "0.0/5.0"},
        {"Spam: FALSE ; -1.25 / 5.05\r\n", false, "-1.2/5.1"},
        {"Spam:TRUE ; 1.05 /0.45\r\n", true, "1.0/0.4"},
        {"Spam: Yes ; 1000000000000 / 5\r\n", false, "10000000000.0/5.0"},
        {"Spam: x ; y / 1e3\r\n", false, "0.0/1.0"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.header);
        const ResponseParser parser = parse(Command::Check, kOk + row.header + "\n");
        CHECK(parser.state() == State::Complete);
        CHECK(parser.reply().is_spam == row.is_spam);
        CHECK(parser.reply().score_line() == row.line);
    }
}

TEST_CASE("response parser: what ends too early is an input error, and says where") {
    for (const char* bytes : {"", "SPAMD/1.1 0 EX_OK"}) {
        CAPTURE(bytes);
        const ResponseParser parser = parse(Command::Check, bytes);
        CHECK(parser.code() == ResultCode::IoErr);
        CHECK(parser.failed_at_first_line());
    }
    const ResponseParser parser = parse(Command::Check, kOk + kSpam);
    CHECK(parser.code() == ResultCode::IoErr);
    CHECK_FALSE(parser.failed_at_first_line());
    // An error answer has no headers.
    CHECK(parse(Command::Check, "SPAMD/1.0 69 Service Unavailable: x\r\n").code() ==
          ResultCode::IoErr);
}

TEST_CASE("response parser: what is not spamd is refused") {
    for (const char* line : {"HELLO\r\n", "\r\n", "SPAMD/1.1 x EX_OK\r\n", "SPAMD/0.9 0 EX_OK\r\n",
                             "SPAMD/1.1\r\n", "SPAMD/x 0 EX_OK\r\n"}) {
        CAPTURE(line);
        const ResponseParser parser = parse(Command::Ping, line);
        CHECK(parser.code() == ResultCode::Protocol);
        CHECK_FALSE(parser.failed_at_first_line());
    }
    CHECK(parse(Command::Ping, "SPAMD/ 1.x 7\n").reply().code == 7);
}

TEST_CASE("response parser: lines and bodies have limits") {
    const std::string rest = "\r\nContent-length: 1\r\n" + kSpam + "\r\nx";
    CHECK(parse(Command::Process, kOk + std::string(8185, 'x') + rest).state() == State::Complete);
    CHECK(parse(Command::Process, kOk + std::string(8186, 'x') + rest).code() ==
          ResultCode::TooBig);
    ResponseParser parser(Command::Process, {.max_line_bytes = 100, .max_body_bytes = 4});
    CHECK(parser.feed(kOk + "Content-length: 5\r\n\r\n12345") == State::Failed);
    CHECK(parser.code() == ResultCode::TooBig);
}

TEST_CASE("response parser: the size of the pieces does not matter") {
    const std::string bytes = kOk + "Content-length: 5\r\n" + kSpam + "\r\nhello";
    for (size_t step = 1; step < bytes.size(); ++step) {
        ResponseParser parser(Command::Headers);
        for (size_t i = 0; i < bytes.size(); i += step)
            parser.feed(std::string_view(bytes).substr(i, step));
        CHECK(parser.finish() == State::Complete);
        CHECK(parser.reply().body == "hello");
    }
}
