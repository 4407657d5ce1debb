#include "protocol/request_parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "protocol/response.h"
#include "protocol/zlib.h"

using protocol::Command;
using protocol::RequestLimits;
using protocol::RequestParser;
using protocol::ResultCode;
using State = protocol::RequestParser::State;

namespace {

RequestParser parse(std::string_view bytes, const RequestLimits& limits = {}, bool tell = true) {
    RequestParser parser(limits, tell);
    if (parser.feed(bytes) == State::NeedMore)
        parser.finish();
    return parser;
}

std::string answer_to(std::string_view bytes, const RequestLimits& limits = {}, bool tell = true) {
    const RequestParser parser = parse(bytes, limits, tell);
    return parser.state() == State::Failed ? protocol::print_error(parser.error()) : "complete";
}

}  // namespace

TEST_CASE("request parser: every verb is understood, wherever it stands in the line") {
    struct Row {
        const char* line;
        Command command;
        double version;
    };
    const std::vector<Row> rows{
        {"CHECK SPAMC/1.0\r\n", Command::Check, 1.0},
        {"SYMBOLS SPAMC/1.0\r\n", Command::Symbols, 1.0},
        {"REPORT SPAMC/0.9\n", Command::Report, 0.9},
        {"REPORT_IFSPAM SPAMC/1.0\r\n", Command::ReportIfspam, 1.0},
        {"PROCESS SPAMC/1\r\n", Command::Process, 1},
        {"HEADERS SPAMC/abc\r\n", Command::Headers, 0},
        {"PING SPAMC/1.2\r\n", Command::Ping, 1.2},
        {"SKIP SPAMC/1.4", Command::Skip, 1.4},
        {"xxCHECK SPAMC/1.0 trailing\r\n", Command::Check, 1.0},
        {"PING SPAMC/1.2 CHECK SPAMC/1.0\r\n", Command::Check, 1.0},
        {"CHECK SPAMC/1.0 PROCESS SPAMC/0.5\r\n", Command::Check, 1.0},
        {"CHECK SPAMC/1e0\r\n", Command::Check, 1.0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const RequestParser parser = parse(row.line);
        CHECK(parser.state() == State::Complete);
        CHECK(parser.request().command == row.command);
        CHECK(parser.request().version == row.version);
    }
    CHECK(parse("CHECK SPAMC/1.10\r\n\r\n").request().version == 1.1);
}

TEST_CASE("request parser: what is no request is quoted back") {
    CHECK(answer_to("GET / HTTP/1.0\r\n") == "SPAMD/1.0 76 Bad header line: GET / HTTP/1.0\r\n");
    CHECK(answer_to("check SPAMC/1.5\r\n") == "SPAMD/1.0 76 Bad header line: check SPAMC/1.5\r\n");
    CHECK(answer_to("CHECK  SPAMC/1.5\n") == "SPAMD/1.0 76 Bad header line: CHECK  SPAMC/1.5\r\n");
    CHECK(answer_to("\r\n") == "SPAMD/1.0 76 Bad header line: \r\n");
    CHECK(answer_to("") == "SPAMD/1.0 76 Bad header line: (closed before headers)\r\n");
}

TEST_CASE("request parser: headers are errors, ignored or taken as spamd does") {
    const std::string check = "CHECK SPAMC/1.5\r\n";
    struct Row {
        const char* headers;
        const char* answer;
    };
    const std::vector<Row> rows{
        {"", "(EOF during headers)"},
        {"User: joe\r\n", "(EOF during headers)"},
        {"nonsense\r\n", "(header not in 'Name: value' format)"},
        {"nonsense", "(header not in 'Name: value' format)"},
        {"Content-length: 1x\r\n", "(Content-Length contains non-numeric bytes)"},
        {"Content-length: -1\r\n", "(Content-Length contains non-numeric bytes)"},
        {"Content-length: 5 \r\n", "(Content-Length contains non-numeric bytes)"},
        {"User: a\tb\r\n", "(User header contains control chars)"},
        {"Compress: gzip\r\n", "(compression type not supported: gzip)"},
        {"Content-length: 7\r\n\r\nabc\n",
         "(Content-Length mismatch: Expected 7 bytes, got 4 bytes)"},
        {"Content-length: 2\r\n\r\nabc\nd\n",
         "(Content-Length mismatch: Expected 2 bytes, got 4 bytes)"},
        {"Content-length: 007\r\n\r\nabc\n",
         "(Content-Length mismatch: Expected 007 bytes, got 4 bytes)"},
        {"Content-length:\r\n\r\nabc\n", "(Content-Length mismatch: Expected  bytes, got 4 bytes)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.headers);
        CHECK(answer_to(check + row.headers) ==
              "SPAMD/1.0 76 Bad header line: " + std::string(row.answer) + "\r\n");
    }
    const RequestParser parser = parse(check +
                                       "X: y\r\n: z\r\nuser:  Joe B\xE9\r\nUser: jim\r\n"
                                       "Content-length: 4\r\n\r\nabc\nbeyond\n");
    CHECK(parser.state() == State::Complete);
    CHECK(parser.request().user == "jim");
    CHECK(parser.request().body == "abc\n");
}

TEST_CASE("request parser: the blank line must come within 256 lines") {
    std::string head = "CHECK SPAMC/1.5\r\n";
    for (int i = 0; i < 255; ++i)
        head += "X: y\r\n";
    CHECK(answer_to(head + "\r\n") == "complete");
    CHECK(answer_to(head + "X: y\r\n\r\n") ==
          "SPAMD/1.0 76 Bad header line: (too many headers)\r\n");
}

TEST_CASE(
    "request parser: a client that does not close its side is served at the announced length") {
    for (const char* bytes :
         {"CHECK SPAMC/1.5\r\nContent-length: 3\r\n\r\nabc",
          "CHECK SPAMC/1.5\r\nCONTENT-LENGTH: 3\r\n\r\nabc",
          "CHECK SPAMC/1.5\nContent-Length: 3\n\nabc", "PING SPAMC/1.5\n\n", "PING SPAMC/1.4\r\n",
          "CHECK SPAMC/1.5\r\nContent-length: 0\r\n\r\n"}) {
        CAPTURE(bytes);
        RequestParser parser;
        CHECK(parser.feed(bytes) == State::Complete);
    }
}

TEST_CASE("request parser: without a length the message ends with the connection") {
    RequestParser parser;
    CHECK(parser.feed("PROCESS SPAMC/1.5\r\nUser: x\r\n\r\nabc\r\n") == State::NeedMore);
    CHECK(parser.feed("\r\ndef") == State::NeedMore);
    CHECK(parser.finish() == State::Complete);
    CHECK(parser.request().body == "abc\r\n\r\ndef");
}

TEST_CASE("request parser: up to version 1.0 the body starts on the second line, except for TELL") {
    CHECK(parse("CHECK SPAMC/1.0\r\nUser: x\r\n\r\nabc").request().body == "User: x\r\n\r\nabc");
    CHECK(parse("TELL SPAMC/1.0\r\nUser: x\r\n\r\nabc").request().body == "abc");
}

TEST_CASE("request parser: TELL is refused before its message is read") {
    const std::string both = "TELL SPAMC/1.5\r\nSet: LOCAL, x\r\nRemove: local\r\n\r\n";
    CHECK(answer_to(both, {}, false) ==
          "SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled, set the --allow-tell "
          "switch.\r\n");
    CHECK(answer_to(both) ==
          "SPAMD/1.0 76 Bad header line: Unable to set local and remove local in the same "
          "operation.\r\n");
    CHECK(answer_to("TELL SPAMC/1.5\r\nSet: remote\r\nRemove: local, remote\r\n\r\n") ==
          "SPAMD/1.0 76 Bad header line: Unable to set remote and remove remote in the same "
          "operation.\r\n");
    const RequestParser parser = parse(
        "TELL SPAMC/1.5\r\nMessage-class: spam\r\nSet: local\r\nSet: Remote\r\n"
        "Remove: local\r\n\r\nx");
    CHECK(parser.state() == State::Complete);
    CHECK(parser.request().is_spam_class());
    CHECK_FALSE(parser.request().set.local);
    CHECK(parser.request().set.remote);
    CHECK(parser.request().remove.local);
    CHECK_FALSE(parse("TELL SPAMC/1.5\r\nMessage-class: Spam\r\n\r\n").request().is_spam_class());
}

TEST_CASE("request parser: a compressed message is unpacked byte for byte") {
    const std::string message = "Subject: x\n\nbody without line end";
    const std::string packed = *protocol::deflate_stream(message, 3);
    const std::string length = "Content-length: " + std::to_string(packed.size()) + "\r\n";
    const std::string head = "CHECK SPAMC/1.5\r\nCompress: zlib\r\n" + length + "\r\n";
    RequestParser parser;
    CHECK(parser.feed(head + packed + "surplus") == State::Complete);
    CHECK(parser.request().body == message);
    CHECK(parser.request().is_compressed);

    CHECK(answer_to("CHECK SPAMC/1.5\r\nCompress: ZLIB\r\n\r\n") ==
          "SPAMD/1.0 69 Service Unavailable: Compress requires Content-length header\r\n");
    CHECK(answer_to(head + packed.substr(0, packed.size() - 1)) ==
          "SPAMD/1.0 69 Service Unavailable: zlib: failed to find end of zlib stream\n\r\n");
    CHECK(answer_to(head + std::string(packed.size(), 'x')) ==
          "SPAMD/1.0 69 Service Unavailable: zlib: failed to find end of zlib stream\n\r\n");
}

TEST_CASE("request parser: sizes are limited, packed, unpacked and by line") {
    RequestLimits limits;
    limits.max_line_bytes = 30;
    limits.max_message_bytes = 100;
    limits.max_decompressed_bytes = 200;
    CHECK(answer_to("CHECK SPAMC/1.5\r\nContent-length: 101\r\n\r\n", limits) ==
          "SPAMD/1.0 69 Service Unavailable: message of 101 bytes is over the limit of 100\r\n");
    CHECK(answer_to("CHECK SPAMC/1.5\r\nContent-length: 99999999999999999999999999999999999999",
                    {}) == "SPAMD/1.0 76 Bad header line: (EOF during headers)\r\n");
    CHECK(answer_to("CHECK SPAMC/1.5\r\nContent-length: 999999999999999999999999999\r\n\r\n", {}) ==
          "SPAMD/1.0 69 Service Unavailable: message of 999999999999999999999999999 bytes is over "
          "the limit of 268435456\r\n");
    CHECK(answer_to("CHECK SPAMC/1.0\r\n" + std::string(101, 'x'), limits) ==
          "SPAMD/1.0 69 Service Unavailable: message is over the limit of 100 bytes\r\n");
    CHECK(answer_to(std::string(31, 'x'), limits) ==
          "SPAMD/1.0 76 Bad header line: (line too long)\r\n");
    for (const size_t size : {200, 201}) {
        const std::string packed = *protocol::deflate_stream(std::string(size, 'x'), 9);
        CAPTURE(size);
        CHECK(answer_to("CHECK SPAMC/1.5\r\nCompress: zlib\r\nContent-length: " +
                            std::to_string(packed.size()) + "\r\n\r\n" + packed,
                        limits) ==
              (size == 200 ? "complete"
                           : "SPAMD/1.0 69 Service Unavailable: zlib: message is over the limit of "
                             "200 bytes\r\n"));
    }
}

TEST_CASE("request parser: the size of the pieces does not matter") {
    const std::string request =
        "REPORT SPAMC/1.3\r\nUser: joe\r\nContent-length: 12\r\n\r\nA: b\r\n\r\nbody";
    for (size_t step = 1; step < request.size(); ++step) {
        RequestParser parser;
        for (size_t i = 0; i < request.size(); i += step) {
            CHECK(parser.state() == State::NeedMore);
            parser.feed(std::string_view(request).substr(i, step));
        }
        CHECK(parser.state() == State::Complete);
        CHECK(parser.request().body == "A: b\r\n\r\nbody");
        CHECK(parser.request().user == "joe");
    }
}

TEST_CASE("request: spamc's own request is what it writes") {
    protocol::Request request;
    request.command = Command::Tell;
    request.message_class = "ham";
    request.set.local = true;
    request.remove.remote = true;
    request.user = "joe";
    CHECK(protocol::print_request_head(request, 18) ==
          "TELL SPAMC/1.5\r\nMessage-class: ham\r\nSet: local\r\nRemove: remote\r\nUser: joe\r\n"
          "Content-length: 18\r\n\r\n");
    request.command = Command::Ping;
    CHECK(protocol::print_request_head(request, 18) == "PING SPAMC/1.5\r\n\r\n");
}

TEST_CASE("request parser: memory follows what is sent, not what is announced") {
    constexpr size_t kMegabyte = 1024 * 1024, kAnnounced = 100 * kMegabyte;
    RequestParser parser;
    parser.feed("CHECK SPAMC/1.5\r\nContent-length: " + std::to_string(kAnnounced) + "\r\n\r\n");
    CHECK(parser.request().body.capacity() < 2 * kMegabyte);
    const std::string piece(64 * 1024, 'x');
    size_t moves = 0;
    const char* where = parser.request().body.data();
    for (size_t sent = piece.size(); sent <= kAnnounced; sent += piece.size()) {
        parser.feed(piece);
        const std::string& body = parser.request().body;
        REQUIRE(body.size() == sent);
        REQUIRE(body.capacity() <= 2 * kMegabyte + RequestParser::kTrust * sent);
        moves += body.data() != where;
        where = body.data();
    }
    CHECK(parser.state() == State::Complete);
    CHECK(moves <= 2);
    CHECK(parser.request().body.capacity() <= kAnnounced);
}
