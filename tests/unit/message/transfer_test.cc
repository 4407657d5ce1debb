#include "message/transfer.h"

#include <doctest/doctest.h>

using message::decode_base64;
using message::decode_quoted_printable;

TEST_CASE("transfer: base64 forgives what mailers and spammers do to it") {
    struct Row {
        const char* text;
        const char* expected;
    };
    for (const Row& row : {
             Row{"aGVsbG8=", "hello"},
             Row{"aGVs\r\nbG8=\n", "hello"},
             Row{"aGVsbG8", "hello"},              // padding missing
             Row{"aGVsbG8====", "hello"},          // too much of it
             Row{"a-G*V#sbG8=", "hello"},          // foreign bytes
             Row{"aGVs=bG8", "hel\x01\xb1\xbc"},   // inner "=" in whole quartets is an "A"
             Row{"aGVs=bG8h", "hel\xfd\xb1\xbc"},  // and else the digit 63
             Row{"aGVsb", "hel"},                  // a lone digit is dropped
             Row{"", ""},
             Row{"====", ""},
         }) {
        CAPTURE(row.text);
        CHECK(decode_base64(row.text) == row.expected);
    }
}

TEST_CASE("transfer: quoted-printable drops blanks at line ends before anything else") {
    struct Row {
        const char* text;
        const char* expected;
    };
    for (const Row& row : {
             Row{"caf=C3=A9", "caf\xc3\xa9"},
             Row{"caf=c3=a9", "caf\xc3\xa9"},
             Row{"one=\ntwo", "onetwo"},
             Row{"one= \t\r\ntwo", "onetwo"},
             Row{"one  \r\ntwo", "one\r\ntwo"},
             Row{"=3\n=3=\nD", "=3\n="},  // a soft break within an escape
             Row{"=XY =4", "=XY =4"},     // no hex
             Row{"==3D= =", "=== ="},     // each by itself
             Row{"=3D", "="},
             Row{"=3", "=3"},
             Row{"trailing  ", "trailing  "},  // no line end, no trimming
             Row{"==\n\n", "=\n"},
         }) {
        CAPTURE(row.text);
        CHECK(decode_quoted_printable(row.text) == row.expected);
    }
}
