#include "scan/report.h"

#include <doctest/doctest.h>

namespace {

std::vector<scan::ReportedHit> sample() {
    scan::ReportedHit a{.rule = "SHORT", .score = 1.25, .description = "Short text"};
    scan::ReportedHit b{
        .rule = "A_RULE_WITH_A_LONG_NAME_INDEED",
        .score = -100,
        .area = "BODY: ",
        .description = "A description that is too long for one line of the report",
        .details = {"example.com", "a detail of more than forty-seven bytes is cut at a blank"}};
    return {a, b};
}

}  // namespace

TEST_CASE("report: header form, one star a line, details in brackets") {
    CHECK(scan::report_lines(sample(), 75) ==
          "*  1.2 SHORT Short text\n"
          "* -100 A_RULE_WITH_A_LONG_NAME_INDEED BODY: A description that is too long\n"
          "*      for one line of the report\n"
          "*      [example.com]\n"
          "[a detail of more than forty-seven bytes is cut]\n"
          "[at a blank]\n");
}

TEST_CASE("report: body form in columns, long details flush right") {
    CHECK(scan::summary_lines(sample(), 75) ==
          " 1.2 SHORT                  Short text\n"
          "-100 A_RULE_WITH_A_LONG_NAME_INDEED BODY: A description that is too long\n"
          "                            for one line of the report\n"
          "                            [example.com]\n"
          "                            [a detail of more than forty-seven bytes is cut]\n"
          "                            [at a blank]\n");
    scan::ReportedHit hit{.rule = "R", .description = "d", .details = {std::string(48, 'x')}};
    CHECK(scan::summary_lines({hit}, 75) == " 0.0 R                      d\n" +
                                                std::string(28, ' ') + "[" + std::string(48, 'x') +
                                                "]\n");
}

TEST_CASE("report: the preview is three lines, without ornaments, cut at two hundred bytes") {
    CHECK(scan::content_preview({"Subject", "one\n", "two ---------- \n", "three\n", "four\n"},
                                1) == "one two three ");
    std::string preview = scan::content_preview({std::string(250, 'x') + "\n"});
    CHECK(preview == std::string(200, 'x') + "\n   [...] ");
    CHECK(scan::content_preview({}) == "");
}

TEST_CASE("report: the preview stops at a quoted original") {
    CHECK(scan::content_preview({"yes -----Original Message----- no\nand\n"}) == "yes and ");
}

TEST_CASE("report: it ends in exactly two newlines") {
    auto none = [](std::string_view, std::optional<std::string_view>) {
        return std::optional<std::string>();
    };
    CHECK(scan::expand_report("text\n\n\n\n", none) == "text\n\n");
    CHECK(scan::expand_report("", none) == "(no report template found)\n\n");
}
