#include "scan/header_format.h"

#include <doctest/doctest.h>

using scan::encode_header_value;
using scan::fold_header_value;

TEST_CASE("header format: a long value folds at 79 columns behind commas and blanks") {
    std::string value = "No, tests=";
    for (int i = 0; i < 10; ++i)
        value += "SOME_RULE_NAME,";
    CHECK(fold_header_value("Status", value, true) ==
          "No, tests=SOME_RULE_NAME,SOME_RULE_NAME,SOME_RULE_NAME,\n"
          "\tSOME_RULE_NAME,SOME_RULE_NAME,SOME_RULE_NAME,SOME_RULE_NAME,\n"
          "\tSOME_RULE_NAME,SOME_RULE_NAME,SOME_RULE_NAME,");
    CHECK(fold_header_value("Status", value, false) == value);
}

TEST_CASE("header format: an over-long word stays and leaves no blank line") {
    std::string word(120, 'x');
    CHECK(fold_header_value("A", "b " + word + " c", true) == "b\n\t" + word + "\n\tc");
}

TEST_CASE("header format: lines of a value stay lines") {
    CHECK(fold_header_value("R", "\n* one \n\n  * two\n\n", true) == "\n\t* one\n\t* two");
    CHECK(fold_header_value("R", "a\nb\r\n", false) == "a b");
    CHECK(fold_header_value("R", "", true) == "");
}

TEST_CASE("header format: only the words that need it are encoded") {
    const char* rows[][2] = {
        {"plain text", "plain text"},
        {"Gr\xC3\xBC\xC3\x9F"
         "e an alle",
         "=?UTF-8?B?R3LDvMOfZQ==?= an alle"},
        {"ein sch\xC3\xB6ner Tag im M\xC3\xA4rz so",
         "ein =?UTF-8?Q?sch=C3=B6ner_Tag_im_M=C3=A4rz?= so"},
        {"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", "=?UTF-8?B?5pel5pys6Kqe?="},
        {"a\xC3\xA4\n\tb", "=?UTF-8?B?YcOk?=\n\tb"},
        {"a = b_c \x01", "a = b_c =?UTF-8?Q?=01?="},
        {"", ""},
    };
    for (auto& row : rows) {
        CAPTURE(std::string(row[0]));
        CHECK(encode_header_value(row[0]) == std::string(row[1]));
    }
}

TEST_CASE("header format: base64 pads") {
    CHECK(scan::base64_encode("") == "");
    CHECK(scan::base64_encode("a") == "YQ==");
    CHECK(scan::base64_encode("ab") == "YWI=");
    CHECK(scan::base64_encode("abc") == "YWJj");
    CHECK(scan::base64_encode("abcd") == "YWJjZA==");
}
