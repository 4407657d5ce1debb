// The recorded transcripts under tests/wire, without a daemon: every request must parse to what
// the recorded answer shows, and every answer must come out of our printer as it was recorded.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "protocol/request_parser.h"
#include "protocol/response.h"
#include "protocol/response_parser.h"
#include "util/file.h"

namespace fs = std::filesystem;

using protocol::Command;
using protocol::RequestParser;

namespace {

const fs::path kWire = fs::path(TEST_SOURCE_DIR) / "wire";

std::vector<fs::path> requests_in(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".in")
            found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    REQUIRE(!found.empty());
    return found;
}

fs::path answer_of(fs::path request) {
    return request.replace_extension(".out");
}

}  // namespace

TEST_CASE("transcripts: a request fails with spamd's words, or is complete") {
    for (const char* folder :
         {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "errors", "no-tell", "departures"}) {
        for (const fs::path& path : requests_in(kWire / folder)) {
            CAPTURE(path.string());
            const std::string answer = util::read_file(answer_of(path));
            RequestParser parser({}, std::string(folder) != "no-tell");
            if (parser.feed(util::read_file(path)) == RequestParser::State::NeedMore) {
                // What leaves the connection open must be complete without an end.
                CHECK(path.string().find(".open.") == std::string::npos);
                parser.finish();
            }
            const bool is_error =
                answer.rfind("SPAMD/1.0 ", 0) == 0 && answer.rfind("SPAMD/1.0 0 ", 0) != 0;
            if (is_error) {
                CHECK(parser.state() == RequestParser::State::Failed);
                CHECK(protocol::print_error(parser.error()) == answer);
            } else {
                CHECK(parser.state() == RequestParser::State::Complete);
            }
        }
    }
}

TEST_CASE("transcripts: what version 1.5 answers, printed for another version, is its recording") {
    for (const char* version : {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5"}) {
        for (const fs::path& path : requests_in(kWire / version)) {
            CAPTURE(path.string());
            RequestParser request;
            if (request.feed(util::read_file(path)) == RequestParser::State::NeedMore)
                request.finish();
            const Command command = request.request().command;

            protocol::Response response;
            response.command = command;
            response.version = std::strtod(version, nullptr);
            if (command != Command::Skip) {
                const fs::path newest = kWire / "1.5" / answer_of(path).filename();
                protocol::ResponseParser parser(command);
                parser.feed(util::read_file(newest));
                parser.finish();
                REQUIRE(parser.state() == protocol::ResponseParser::State::Complete);
                const protocol::Reply& reply = parser.reply();
                // Spam says "Yes" to REPORT_IFSPAM, which its reader takes for ham.
                response.is_spam =
                    reply.is_spam || (command == Command::ReportIfspam && !reply.body.empty());
                response.score = static_cast<double>(reply.score);
                response.required_score = static_cast<double>(reply.required_score);
                response.body = reply.body;
                response.did_set = reply.did_set;
                response.did_remove = reply.did_remove;
            }
            CHECK(protocol::print_response(response) == util::read_file(answer_of(path)));
        }
    }
}
