#include "scan/rewriter.h"

#include <doctest/doctest.h>

#include "util/strings.h"
#include "util/version.h"

namespace {

struct Bench {
    rules::CoreSettings settings;
    bool is_spam = true;
    std::optional<std::string> prefix;
    std::optional<std::string> content_type;

    Bench() {
        settings.headers_spam = {{"Flag", "YES"}, {"Level", "_STARS_"}};
        settings.headers_ham = {{"Level", "_STARS_"}};
        settings.report_safe = 0;
        settings.unsafe_report_template = "unsafe\n";
    }

    scan::Markup markup() const {
        scan::Markup m{.settings = settings,
                       .tags = [](std::string_view name,
                                  std::optional<std::string_view>) -> std::optional<std::string> {
                           if (name == "STARS")
                               return "***";
                           if (name == "SCORE")
                               return "3.0";
                           return std::nullopt;
                       },
                       .is_spam = is_spam,
                       .subject_prefix = prefix,
                       .report = [] { return std::string("the report\n\n"); },
                       .content_type = content_type,
                       .host_name = "host.example",
                       .date = "Tue, 24 Nov 2026 02:36:35 +0000",
                       .now = 0x6553F100,
                       .random = [] { return 0x1234u; }};
        return m;
    }
    std::string rewrite(std::string_view message) const {
        return scan::rewrite_message(scan::split_message(message), markup());
    }
    std::string headers(std::string_view message) const {
        return scan::rewrite_headers(scan::split_message(message), markup());
    }
};

}  // namespace

TEST_CASE("rewriter: new headers go to the top, old ones of ours away") {
    Bench b;
    CHECK(b.rewrite(
              "X-Spam-Flag: NO\n\tfolded\nFrom: a\nx-spam-status: y\nX-Spam-Prev-To: z\n\nbody") ==
          "X-Spam-Flag: YES\nX-Spam-Level: ***\nFrom: a\nX-Spam-Prev-To: z\n\nbody");
    b.is_spam = false;
    CHECK(b.rewrite("From: a\n\nbody\n") == "X-Spam-Level: ***\nFrom: a\n\nbody\n");
}

TEST_CASE("rewriter: an mbox separator and a Return-Path stay above them") {
    Bench b;
    CHECK(b.rewrite("From x y\nReturn-Path: <a>\n\t(b)\nTo: c\n\n") ==
          "From x y\nReturn-Path: <a>\n\t(b)\nX-Spam-Flag: YES\nX-Spam-Level: ***\nTo: c\n\n");
    CHECK(b.rewrite("To: c\nReturn-Path: <a>\n\n") ==
          "X-Spam-Flag: YES\nX-Spam-Level: ***\nTo: c\nReturn-Path: <a>\n\n");
}

TEST_CASE("rewriter: the stock checker line names us, an administrator's own is left alone") {
    Bench b;
    b.settings.headers_spam = {
        {"Checker-Version", "SpamAssassin _VERSION_ (_SUBVERSION_) on _HOSTNAME_"}};
    CHECK(b.rewrite("\n") == "X-Spam-Checker-Version: Miharu " + std::string(kMiharuVersion) +
                                 " (SpamAssassin _VERSION_ compatible) on\n\t_HOSTNAME_\n\n");
    b.settings.headers_spam = {{"Checker-Version", "mine"}};
    CHECK(b.rewrite("\n") == "X-Spam-Checker-Version: mine\n\n");
}

TEST_CASE("rewriter: tags go in front of the value, once, and the old line is kept below") {
    Bench b;
    b.settings.headers_spam.clear();
    b.settings.rewrite_header = {{"Subject", "[SPAM\n_SCORE_]"}, {"From", "F"}};
    CHECK(b.rewrite("subject:   hello\n there\nFrom: x@y\nTo: z\n\n") ==
          "subject: [SPAM 3.0] hello\n there\nFrom: (F) x@y\nTo: z\n"
          "X-Spam-Prev-subject:   hello\nX-Spam-Prev-From: x@y\n\n");
    CHECK(b.rewrite("Subject: [spam 3.0] hello\n\n") ==
          "Subject: [SPAM 3.0] hello\nX-Spam-Prev-Subject: [spam 3.0] hello\n\n");
}

TEST_CASE("rewriter: a missing Subject is made, and said to be made") {
    Bench b;
    b.settings.headers_spam.clear();
    b.settings.headers_ham.clear();
    b.settings.rewrite_header = {{"Subject", "TAG"}};
    CHECK(b.rewrite("To: z\n\n") == "To: z\nSubject: TAG \nX-Spam-Prev-Subject: (nonexistent)\n\n");
    b.is_spam = false;
    CHECK(b.rewrite("To: z\n\n") == "To: z\nSubject: \n\n");
}

TEST_CASE("rewriter: prefixes of rules mark the Subject of ham too") {
    Bench b;
    b.settings.headers_ham.clear();
    b.settings.headers_spam.clear();
    b.prefix = "[bulk] ";
    b.settings.rewrite_header = {{"Subject", "TAG"}};
    CHECK(b.rewrite("Subject: x\n\n") == "Subject: TAG [bulk] x\nX-Spam-Prev-Subject: x\n\n");
    b.is_spam = false;
    CHECK(b.rewrite("Subject: x\n\n") == "Subject: [bulk] x\n\n");
}

TEST_CASE("rewriter: what is inserted takes the line ends of the mail, the body stays") {
    Bench b;
    CHECK(b.rewrite("To: z\r\n\r\nmixed\nends\r\n") ==
          "X-Spam-Flag: YES\r\nX-Spam-Level: ***\r\nTo: z\r\n\r\nmixed\nends\r\n");
}

TEST_CASE("rewriter: without a blank line nothing is put behind the header") {
    Bench b;
    b.settings.headers_spam.clear();
    CHECK(b.rewrite("To: z\n--b\nx\n") == "To: z\n--b\nx\n");
}

TEST_CASE("rewriter: only no Content-Type and text/plain are safe to show at once") {
    Bench b;
    b.settings.report_safe = 1;
    auto disposition = [&](std::optional<std::string> type) {
        b.content_type = std::move(type);
        std::string text = b.rewrite("To: z\n\nx\n");
        bool attached = text.find("Content-Disposition: attachment") != std::string::npos;
        CHECK(attached == (text.find("unsafe") != std::string::npos));
        return attached;
    };
    CHECK_FALSE(disposition(std::nullopt));
    CHECK_FALSE(disposition("TEXT/PLAIN; charset=x"));
    CHECK(disposition("image/png"));
    CHECK(disposition(""));  // a header without a value
}

TEST_CASE("rewriter: spam is attached to its report") {
    Bench b;
    b.settings.report_safe = 1;
    b.settings.rewrite_header = {{"Subject", "TAG"}, {"To", "T"}};
    b.settings.report_safe_copy_headers = {"Received", "X-Mailer", "received"};
    b.content_type = "text/html";
    CHECK(b.rewrite("From s\nReceived: one\nReceived: two\n three\nSubject: x\nX-Mailer: m\n"
                    "Content-Type: text/html\nTo: z\n\n<p>\n") ==
          "From s\n"
          "Received: from localhost by host.example\n\twith SpamAssassin (version 4.0.1);\n"
          "\tTue, 24 Nov 2026 02:36:35 +0000\n"
          "Received: one\nReceived: two\n three\n"
          "To: z\t(T)\nSubject: TAG x\n"
          "X-Spam-Flag: YES\nX-Spam-Level: ***\nX-Mailer: m\n"
          "MIME-Version: 1.0\n"
          "Content-Type: multipart/mixed; boundary=\"----------=_6553F100.00001234\"\n\n"
          "This is a multi-part message in MIME format.\n\n"
          "------------=_6553F100.00001234\n"
          "Content-Type: text/plain; charset=UTF-8\nContent-Disposition: inline\n"
          "Content-Transfer-Encoding: 8bit\n\n"
          "the report\n\nunsafe\n\n\n"
          "------------=_6553F100.00001234\n"
          "Content-Type: message/rfc822; x-spam-type=original\n"
          "Content-Description: original message before SpamAssassin\n"
          "Content-Disposition: attachment\nContent-Transfer-Encoding: 8bit\n\n"
          "Received: one\nReceived: two\n three\nSubject: x\nX-Mailer: m\n"
          "Content-Type: text/html\nTo: z\n\n<p>\n"
          "\n------------=_6553F100.00001234--\n\n");
}

TEST_CASE("rewriter: report_safe 2 attaches as text, plain mail inline") {
    Bench b;
    b.settings.report_safe = 2;
    std::string out = b.rewrite("Subject: x\r\n\r\nbody\r\n");
    CHECK(out.find("Content-Type: text/plain; x-spam-type=original\r\n") != std::string::npos);
    CHECK(out.find("Content-Disposition: inline\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                   "Subject: x\r\n\r\nbody\r\n\r\n--") != std::string::npos);
    CHECK(util::replace_all(out, "\r\n", "").find('\n') == std::string::npos);
}

TEST_CASE("rewriter: a boundary that the mail has already is not used") {
    Bench b;
    b.settings.report_safe = 1;
    std::string out = b.rewrite("\n----------=_6553F100.00001234\n");
    CHECK(out.find("boundary=\"----------=_6553F100.00001234/00001234\"") != std::string::npos);
    out = b.rewrite("\nx----------=_6553F100.00001234\n----------=_6553F100.00001234x\n");
    CHECK(out.find("boundary=\"----------=_6553F100.00001234\"") != std::string::npos);
}

TEST_CASE("rewriter: headers alone end behind the first blank line") {
    Bench b;
    b.settings.headers_spam.clear();
    CHECK(b.headers("To: z\n\nbody\n\nmore\n") == "To: z\n\n");
    CHECK(b.headers("To: z\n--b\nx\n\nmore\n") == "To: z\n--b\nx\n\n");
    CHECK(b.headers("To: z\n") == "To: z\n");
    b.settings.report_safe = 1;
    CHECK(b.headers("To: z\r\n\r\nx\r\n").ends_with(".00001234\"\r\n\r\n"));
}
