#include "message/header_decode.h"

#include <doctest/doctest.h>

#include "message/content_type.h"

using namespace message;

TEST_CASE("header: values are unfolded, trimmed and decoded") {
    struct Row {
        const char* raw;
        const char* name;
        const char* expected;
    };
    for (const Row& row : {
             Row{" hello\n", "Subject", "hello"},
             Row{" one\n \t two\n", "Subject", "one two"},
             Row{" =?utf-8?Q?caf=C3=A9_au_lait?=\n", "Subject", "caf\xc3\xa9 au lait"},
             Row{" =?iso-8859-1?B?Y2Fm6Q==?=\n", "Subject", "caf\xc3\xa9"},
             Row{" =?ISO-8859-1*fr?q?caf=E9?=\n", "Subject", "caf\xc3\xa9"},
             // White space between words is no text, behind a word it is.
             Row{" =?utf-8?Q?a?=\n =?utf-8?Q?b?= c\n", "Subject", "ab c"},
             // A character cut in two by the mailer.
             Row{" =?utf-8?B?w6k=?= =?utf-8?B?4oI=?=\t=?utf-8?B?rA==?=\n", "Subject",
                 "\xc3\xa9\xe2\x82\xac"},
             Row{" =?utf-8?X?a?= =?utf-8?Q?a\n", "Subject", "=?utf-8?X?a?= =?utf-8?Q?a"},
             Row{" =?utf-8?Q?a?=b=?utf-8?Q?c?=\n", "Subject", "abc"},
             Row{" =?utf-8?Q?a?=\n", "Received", "=?utf-8?Q?a?="},
             Row{" =?utf-8?Q?a?=\n", "List-Id", "=?utf-8?Q?a?="},
             Row{" caf\xe9\n", "Subject", "caf\xc3\xa9"},
             Row{" caf\xc3\xa9\n", "Subject", "caf\xc3\xa9"},
             Row{" =?nonsense?Q?caf=E9?=\n", "Subject", "caf\xc3\xa9"},
             Row{"\n", "Subject", ""},
         }) {
        CAPTURE(row.raw);
        CHECK(decode_header(row.raw, row.name) == row.expected);
    }
}

TEST_CASE("content type: what a mail reader would show as text is text/plain") {
    struct Row {
        const char* value;
        const char* type;
        bool missing;
    };
    for (const Row& row : {
             Row{"text/plain; charset=utf-8", "text/plain", false},
             Row{"TEXT/HTML", "text/html", false},
             Row{"text/enriched", "text/plain", false},
             Row{"text", "text/plain", false},
             Row{"text plain", "text/plain", false},
             Row{"text/x-vcard", "text/x-vcard", false},
             Row{"text/calendar", "text/calendar", false},
             Row{"text/html charset=x", "text/html", false},
             Row{"Image/GIF/x", "image/gif", false},
             Row{"\"image/gif\"", "image/gif", false},
             Row{"; charset=x", "text/plain", true},
             Row{"", "text/plain", true},
             Row{"0", "text/plain", true},
         }) {
        CAPTURE(row.value);
        ContentType type = parse_content_type(row.value);
        CHECK(type.type == row.type);
        CHECK(type.was_missing == row.missing);
    }
}

TEST_CASE("content type: parameters are read through quotes that do not close") {
    struct Row {
        const char* value;
        const char* boundary;  // nullptr: none
        const char* charset;
        const char* name;
    };
    for (const Row& row : {
             Row{"a/b; boundary=\"x y\"; charset=\"UTF-8\"", "x y", "UTF-8", ""},
             Row{"a/b; boundary = x;charset='utf-8'", "x", "utf-8", ""},
             Row{"a/b; boundary=\"x", "x", nullptr, ""},
             Row{"a/b; boundary=x\"y", nullptr, nullptr, ""},
             Row{"a/b; xboundary=x; boundary=y", "y", nullptr, ""},
             Row{"a/b; charset=", nullptr, "", ""},
             Row{"a/b; name=\"f.txt\"", nullptr, nullptr, "f.txt"},
             Row{"a/b; filename=f.txt", nullptr, nullptr, "f.txt"},
             Row{"a/b; name*0=\"one\"; name*1=\"two.txt\"", nullptr, nullptr, "onetwo.txt"},
         }) {
        CAPTURE(row.value);
        ContentType type = parse_content_type(row.value);
        CHECK(type.boundary.has_value() == (row.boundary != nullptr));
        CHECK(type.boundary.value_or("") == (row.boundary ? row.boundary : ""));
        CHECK(type.charset.has_value() == (row.charset != nullptr));
        CHECK(type.charset.value_or("") == (row.charset ? row.charset : ""));
        CHECK(type.name == row.name);
    }
}
