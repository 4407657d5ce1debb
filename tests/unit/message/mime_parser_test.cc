#include "message/mime_parser.h"

#include <doctest/doctest.h>

#include "message/message.h"

using namespace message;

namespace {

const MessageSettings kSettings;

// "type{child,child}" of the tree.
std::string tree(const Part& part) {
    std::string out = part.type();
    if (part.is_leaf())
        return out;
    out += '{';
    for (const auto& child : part.children())
        out += (out.back() == '{' ? "" : ",") + tree(*child);
    return out + '}';
}

std::string joined(const Defects& defects) {
    std::string out;
    for (const auto& defect : defects)
        out += (out.empty() ? "" : " ") + defect;
    return out;
}

}  // namespace

TEST_CASE("mime: trees grow from good and from broken structure") {
    struct Row {
        const char* mail;
        const char* tree;
        const char* defects;
    };
    for (const Row& row : {
             Row{"Subject: x\n\nbody\n", "text/plain", ""},
             Row{"", "text/plain", ""},
             Row{"Subject: x\n", "text/plain", "missing_head_body_separator"},
             Row{"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n"
                 "<p>\n--b\n\nplain\n--b--\n",
                 "multipart/mixed{text/html,text/plain}", "missing_mime_headers"},
             // An unterminated boundary still yields its last part.
             Row{"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\nx\n",
                 "multipart/mixed{text/html}", "missing_mime_boundary"},
             // No boundary at all: the text is one part.
             Row{"Content-Type: multipart/mixed; boundary=b\n\nhello\nworld\n",
                 "multipart/mixed{text/plain}", ""},
             Row{"Content-Type: multipart/mixed\n\nhello\n", "text/plain", ""},
             Row{"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/x; "
                 "boundary=c\n\n--c\n\ninner\n--c--\n--b--\n",
                 "multipart/mixed{multipart/x{text/plain}}", "missing_mime_headers"},
             // Inner multipart without a boundary of its own takes the outer one.
             Row{"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/x\n\n"
                 "y\n--b--\n",
                 "multipart/mixed{multipart/x{text/plain}}", ""},
             Row{"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\nx\n--b--\n",
                 "multipart/digest{message/rfc822{text/plain}}", "missing_mime_headers"},
             Row{"Content-Type: message/rfc822\n\nContent-Type: text/html\n\n<p>\n",
                 "message/rfc822{text/html}", ""},
             Row{"Content-Type: message/partial\n\nContent-Type: text/html\n\n<p>\n",
                 "message/partial", ""},
             Row{"Content-Type: message/rfc822\n\n", "message/rfc822", ""},
             Row{"Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\nx\n--b--\ntail\n",
                 "multipart/mixed{text/plain}", "mime_epilogue_exists"},
             Row{"Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\nx\n--b--\n .\n\n",
                 "multipart/mixed{text/plain}", ""},
         }) {
        CAPTURE(row.mail);
        Message m(row.mail, kSettings);
        CHECK(tree(m.root()) == row.tree);
        CHECK(joined(m.defects()) == row.defects);
    }
}

TEST_CASE("mime: three lines that are no header fields are forgiven, the fourth begins the body") {
    Message three("A: 1\nbad one\nbad two\nbad three\nB: 2\n\nbody\n", kSettings);
    CHECK(three.root().header("B") == "2");
    CHECK(three.pristine_body() == "body\n");
    Message four("A: 1\nbad 1\nbad 2\nbad 3\nbad 4\nB: 2\n\nbody\n", kSettings);
    CHECK_FALSE(four.root().header("B"));
    CHECK(four.pristine_body() == "bad 4\nB: 2\n\nbody\n");
    CHECK(four.defects().count("missing_head_body_separator") == 1);
    Message boundary("A: 1\n--b\nB: 2\n\n", kSettings);
    CHECK(boundary.pristine_body() == "--b\nB: 2\n\n");
}

TEST_CASE("mime: names and values beyond the limits are cut") {
    Message m(std::string(300, 'N') + ": v\nLong: " + std::string(9000, 'v') + "\n\n", kSettings);
    REQUIRE(m.header_fields().size() == 2);
    CHECK(m.header_fields()[0].name.size() == 256);
    CHECK(m.header_fields()[1].raw.size() == 8192);
    CHECK(m.defects().count("truncated_header") == 1);
}

TEST_CASE("mime: the mbox line is taken off, a From field is not taken for one") {
    CHECK(Message("From a@b Mon\nA: 1\n\n", kSettings).mbox_separator() == "From a@b Mon\n");
    CHECK(Message("From a@b Mon\nA: 1\n\n", kSettings).pristine() == "A: 1\n\n");
    CHECK(Message("From: a\n\n", kSettings).mbox_separator() == "");
    CHECK(Message("From : a\n\n", kSettings).mbox_separator() == "");
    CHECK(Message("From  : a\n\n", kSettings).mbox_separator() == "From  : a\n");
    CHECK(Message(" 2-Jan-2006 15:04:05 +0000,1234;000000000001-0000abcd\nFrom: x <a@b>\n\n",
                  kSettings)
              .mbox_separator() == "From a@b Mon Jan  2 15:04:05 2006\n");
}

TEST_CASE("mime: CRLF mail is read as LF, kept as CRLF, and repaired where a header lost its CR") {
    Message m("Subject: a\r\n b\nTo: c\r\n\r\none\r\ntwo\r\n", kSettings);
    CHECK(m.has_crlf_line_ends());
    CHECK(m.root().raw_header("Subject") == " a\n b\n");
    CHECK(m.root().raw_body() == "one\ntwo\n");
    CHECK(m.pristine() == "Subject: a\r\n b\r\nTo: c\r\n\r\none\r\ntwo\r\n");
}

TEST_CASE("mime: long runs of blank lines are shortened to twenty") {
    std::string blank(40, '\n');
    Message m("A: 1\n\nx\n" + blank + "y\n", kSettings);
    CHECK(m.root().raw_body() == "x\n" + std::string(20, '\n') + "y\n");
    Message top("A: 1\n\n" + blank + "y\n", kSettings);
    CHECK(top.root().raw_body() == std::string(21, '\n') + "y\n");
    CHECK(m.pristine_body().size() == 44);
}

TEST_CASE("mime: lines of parts are broken at 2048 bytes") {
    Message m("Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\n" +
                  std::string(3000, 'x') + "\n--b--\n",
              kSettings);
    REQUIRE(m.root().children().size() == 1);
    CHECK(m.root().children()[0]->raw_body() ==
          std::string(2048, 'x') + "\n" + std::string(952, 'x'));
}

TEST_CASE("mime: parts know their names and decode themselves") {
    Message m(
        "Content-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain; charset=\"ISO-8859-1\"; name=a.txt\n"
        "Content-Transfer-Encoding: Quoted-Printable\n\n=41\r\n\n"
        "--b\nContent-Type: application/octet-stream; name=b.bin\n"
        "Content-Disposition: attachment; filename=\"c.SHTML\"\n"
        "Content-Transfer-Encoding: base64\n\nQQ0KQg==\n"
        "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nQQ0KQg==\n--b--\n",
        kSettings);
    const auto& parts = m.root().children();
    REQUIRE(parts.size() == 3);
    CHECK(parts[0]->name() == "a.txt");
    CHECK(parts[0]->charset() == "iso-8859-1");
    CHECK(parts[0]->decoded() == "A\n");
    CHECK(parts[1]->name() == "c.SHTML");
    CHECK(parts[1]->effective_type() == "text/html");
    CHECK(parts[1]->type() == "application/octet-stream");
    CHECK(parts[1]->decoded() == "A\r\nB");
    CHECK(parts[2]->decoded() == "A\nB");
    CHECK_FALSE(parts[2]->has_charset());
}

TEST_CASE("mime: hostile sizes stay linear and within the limits") {
    SUBCASE("ten thousand parts: a thousand are kept") {
        std::string mail = "Content-Type: multipart/mixed; boundary=b\n\n";
        for (int i = 0; i < 10000; ++i)
            mail += "--b\nA: b\n\nx\n";
        Message m(mail, kSettings);
        CHECK(m.root().children().size() == 1000);
        CHECK(m.defects().count("mimepart_limit_exceeded") == 1);
    }
    SUBCASE("a hundred thousand headers: views hold 64 kB of them") {
        std::string mail;
        for (int i = 0; i < 100000; ++i)
            mail += "X-" + std::to_string(i) + ": y\n";
        Message m(mail + "\n", kSettings);
        CHECK(m.header_fields().size() == 100000);
        CHECK(m.get_or("ALL", "").size() <= 65536);
        CHECK(m.get_or("X-99999", "") == "y\n");
        CHECK(m.defects().count("truncated_header") == 1);
    }
    SUBCASE("messages within messages end at twenty levels") {
        std::string mail;
        for (int i = 0; i < 10000; ++i)
            mail += "Content-Type: message/rfc822\n\n";
        Message m(mail, kSettings);
        size_t depth = 0;
        const Part* part = &m.root();
        for (; !part->is_leaf(); part = part->children().front().get())
            ++depth;
        CHECK(depth == 20);
    }
    SUBCASE("multiparts within multiparts end at twenty levels") {
        std::string mail = "Content-Type: multipart/x; boundary=b0\n\n";
        for (int i = 0; i < 1000; ++i)
            mail += "--b" + std::to_string(i) + "\nContent-Type: multipart/x; boundary=b" +
                    std::to_string(i + 1) + "\n\n";
        Message m(mail, kSettings);
        size_t depth = 0;
        const Part* part = &m.root();
        for (; !part->is_leaf() && !part->children().empty(); part = part->children().front().get())
            ++depth;
        CHECK(depth == 20);
    }
}
