#include "scan/markup_remover.h"

#include <doctest/doctest.h>

#include "scan/rewriter.h"

using scan::remove_markup;

namespace {

std::string marked(std::string_view message, int report_safe) {
    rules::CoreSettings settings;
    settings.report_safe = report_safe;
    settings.headers_spam = {{"Flag", "YES"}, {"Long", std::string(60, 'x') + " folded value"}};
    settings.rewrite_header = {{"Subject", "TAG"}, {"From", "F"}, {"To", "T"}};
    scan::Markup m{
        .settings = settings,
        .tags = [](std::string_view,
                   std::optional<std::string_view>) { return std::optional<std::string>(); },
        .is_spam = true,
        .subject_prefix = std::nullopt,
        .report = [] { return std::string("report\n\n"); },
        .content_type = std::nullopt,
        .host_name = "h",
        .date = "d",
        .now = 1,
        .random = [] { return 1u; }};
    return scan::rewrite_message(scan::split_message(message), m);
}

}  // namespace

TEST_CASE("markup: what we mark up comes back byte for byte") {
    for (std::string_view message :
         {"From: a@b\nTo: c\nSubject: one\nDate: now\n\nbody\n",
          "From x y\nReceived: r\n\tfolded\nFrom: a@b\nSubject: two\n\nbody\n\n--x\n",
          "From: a@b\r\nTo: c\r\nSubject: three\r\n\r\nbody\r\n", "Received: a\n\nno subject\n"})
        for (int report_safe : {0, 1, 2}) {
            CAPTURE(message);
            CAPTURE(report_safe);
            CHECK(remove_markup(marked(message, report_safe)) == message);
        }
}

TEST_CASE("markup: other attachments are left alone") {
    std::string_view message =
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        "Subject: x\n\ny\n--b--\n";
    CHECK(remove_markup(message) == message);
}

TEST_CASE("markup: wrappers are known by the type's mark or by the description") {
    CHECK(remove_markup(
              "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n"
              "Content-Type: text/plain; x-spam-type=original\n\nSubject: x\n\ny\n\n--b--\n") ==
          "Subject: x\n\ny\n");
    CHECK(remove_markup("Content-Type: multipart/mixed;\n boundary=b\n\n--b\n"
                        "Content-Type: message/rfc822\n"
                        "Content-Description: original message before SpamAssassin\n\n"
                        "Subject: x\n\ny\n--b--\n") == "Subject: x\n\ny\n");
}

TEST_CASE("markup: folded headers go whole") {
    CHECK(remove_markup("X-Spam-Status: a\n\tb\n  c\nFrom: x\n y\nX-Spam-Foo: z\n\nbody") ==
          "From: x\n y\n\nbody");
}

TEST_CASE("markup: a saved value without its header is put back at the end") {
    CHECK(remove_markup("To: x\nX-Spam-Prev-Subject: old\n\nbody\n") ==
          "To: x\nSubject: old\n\nbody\n");
}

TEST_CASE("markup: the marks of version 2 are undone where rewriting is configured") {
    std::map<std::string, std::string> rewrite = {{"Subject", "*SPAM _HITS_*"}, {"From", "x"}};
    CHECK(remove_markup("Subject: *SPAM 12.30* *SPAM 05.00* buy\nFrom: a@b\t(SPAM 5)\n\n"
                        "SPAM: ---- Start ----\nSPAM: text\nSPAM: ---- End ----\n\nreal\n",
                        rewrite) == "Subject: buy\nFrom: a@b\n\nreal\n");
    CHECK(remove_markup("Subject: *SPAM 12.3* buy\n\n", rewrite) == "Subject: *SPAM 12.3* buy\n\n");
}

TEST_CASE("markup: endless saved headers cost no endless time") {
    std::string message;
    for (int i = 0; i < 100000; ++i)
        message += "X-Spam-Prev-A: b\n";
    message += "To: c\n\n";
    std::string clean = remove_markup(message);
    CHECK(clean == "To: c\nA: b\n\n");
    CHECK(clean.find("X-Spam") == std::string::npos);
}

TEST_CASE("markup: the checker's header is what tells marked mail") {
    CHECK(scan::has_checker_version("X-Spam-Checker-Version: Miharu\n\n"));
    CHECK_FALSE(scan::has_checker_version("X-Spam-Flag: YES\n\nX-Spam-Checker-Version: no\n"));
}
