#include "protocol/response.h"

#include <doctest/doctest.h>

#include <vector>

#include "protocol/request_parser.h"

using protocol::Command;
using protocol::Response;

TEST_CASE("response: the shape follows the client's version") {
    struct Row {
        Command command;
        double version;
        const char* bytes;
    };
    const char* const check = "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 15.3 / 5.0\r\n\r\n";
    const std::vector<Row> rows{
        {Command::Check, 1.0, check},
        {Command::Check, 1.5, check},
        {Command::Process, 1.1, "SPAMD/1.0 0 EX_OK\r\nbody"},
        {Command::Process, 1.2, "SPAMD/1.1 0 EX_OK\r\nContent-length: 4\r\n\r\nbody"},
        {Command::Headers, 1.3,
         "SPAMD/1.1 0 EX_OK\r\nContent-length: 4\r\nSpam: True ; 15.3 / 5.0\r\n\r\nbody"},
        {Command::Symbols, 1.2, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 15.3 / 5.0\r\n\r\nbody\r\n"},
        {Command::Symbols, 1.3,
         "SPAMD/1.1 0 EX_OK\r\nContent-length: 4\r\nSpam: True ; 15.3 / 5.0\r\n\r\nbody"},
        {Command::Report, 1.1, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 15.3 / 5.0\r\n\r\nbody"},
        {Command::ReportIfspam, 1.5,
         "SPAMD/1.1 0 EX_OK\r\nContent-length: 4\r\nSpam: Yes ; 15.3 / 5.0\r\n\r\nbody"},
        {Command::Ping, 1.0, "SPAMD/1.5 0 PONG\r\n"},
        {Command::Skip, 1.5, ""},
        {Command::Tell, 1.5, "SPAMD/1.1 0 EX_OK\r\n\r\n\r\n"},
    };
    for (const Row& row : rows) {
        Response response;
        response.command = row.command;
        response.version = row.version;
        response.is_spam = true;
        response.score = 15.3;
        response.body = "body";
        CAPTURE(row.version);
        CHECK(protocol::print_response(response) == row.bytes);
    }
}

TEST_CASE("response: REPORT_IFSPAM says No for ham, others say False") {
    Response response;
    response.score = -0.01;
    response.command = Command::ReportIfspam;
    CHECK(protocol::print_response(response) ==
          "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: No ; -0.0 / 5.0\r\n\r\n");
    response.command = Command::Check;
    CHECK(protocol::print_response(response) ==
          "SPAMD/1.1 0 EX_OK\r\nSpam: False ; -0.0 / 5.0\r\n\r\n");
}

TEST_CASE("response: TELL names what was done") {
    Response response;
    response.command = Command::Tell;
    response.did_set = {true, true};
    response.did_remove = {false, true};
    CHECK(protocol::print_response(response) ==
          "SPAMD/1.1 0 EX_OK\r\nDidSet: local,remote\r\nDidRemove: remote\r\n\r\n\r\n");
}

TEST_CASE("response: ham never shows the required score") {
    struct Row {
        double score, required;
        bool is_spam;
        const char* text;
    };
    // clang-format off (a table)
    const std::vector<Row> rows{
        {4.94, 5, false, "4.9"},     {4.96, 5, false, "4.9"},   {5, 5, true, "5.0"},
        {5.96, 6, false, "5.9"},     {5.06, 5.1, false, "5"},   {9.97, 10, false, "9.9"},
        {4.96, 5, true, "5.0"},      {-0.03, 0, false, "-0.1"}, {1.24, 1.25, false, "1.1"},
        {99.96, 100, false, "99.9"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.score);
        CAPTURE(row.required);
        CHECK(protocol::score_text(row.score, row.required, row.is_spam) == row.text);
    }
}

TEST_CASE("response: an error is one line, its words belong to its code") {
    using protocol::ResultCode;
    CHECK(protocol::print_error(
              {ResultCode::Timeout, "(300 second timeout while trying to CHECK)"}) ==
          "SPAMD/1.0 79 Timeout: (300 second timeout while trying to CHECK)\r\n");
    CHECK(protocol::print_error({ResultCode::Unavailable, "x"}) ==
          "SPAMD/1.0 69 Service Unavailable: x\r\n");
}

TEST_CASE("response: the header section ends with the first blank line of either kind") {
    CHECK(protocol::header_section("A: b\n\nbody\n\n") == "A: b\n\n");
    CHECK(protocol::header_section("A: b\r\n\r\nbody") == "A: b\r\n\r\n");
    CHECK(protocol::header_section("A: b\n\r\nbody") == "A: b\n\r\n");
    CHECK(protocol::header_section("A: b\n") == "A: b\n");
    CHECK(protocol::header_section("\n\nx") == "\n\n");
}
