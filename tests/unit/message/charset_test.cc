#include "message/charset.h"

#include <doctest/doctest.h>

#include "message/charset_detector.h"
#include "message/charset_name.h"

using namespace message;

TEST_CASE("charset: labels are known by all the names that Perl's Encode has for them") {
    struct Row {
        const char* label;
        const char* name;
    };
    for (const Row& row : {
             Row{"UTF-8", "utf-8-strict"},
             Row{"utf_8", "utf-8-strict"},
             Row{"x-utf-8", "utf-8-strict"},
             Row{"ISO-8859-15", "iso-8859-15"},
             Row{"iso_8859-2", "iso-8859-2"},
             Row{"iso8859-7", "iso-8859-7"},
             Row{"latin2", "iso-8859-2"},
             Row{"latin9", "iso-8859-15"},
             Row{"greek", "iso-8859-7"},
             Row{"x-sjis", "shiftjis"},
             Row{"Shift_JIS", "shiftjis"},
             Row{"windows-31j", "cp932"},
             Row{"gb2312", "euc-cn"},
             Row{"GBK", "cp936"},
             Row{"big5", "big5-eten"},
             Row{"x-windows-949", "cp949"},
             Row{"koi8-R", "koi8-r"},
             Row{"cp-1251", "cp1251"},
             Row{"ANSI_X3.4-1968", "ascii"},
             Row{"us ascii", "ascii"},
             Row{"gb18030", ""},
             Row{"iso-8859-8-i", ""},
             Row{"unknown-8bit", ""},
             Row{"", ""},
         }) {
        CAPTURE(row.label);
        CHECK(std::string(find_charset(row.label).name) == row.name);
    }
}

TEST_CASE("charset: text is UTF-8 if it is, then what it says, then Windows-1252") {
    struct Row {
        const char* bytes;
        const char* declared;
        const char* text;
        bool is_characters;
    };
    for (const Row& row : {
             Row{"plain", "us-ascii", "plain", false},
             Row{"plain", "iso-8859-1", "plain", false},
             Row{"plain", "gb2312", "plain", true},  // decoded all the same
             Row{"caf\xc3\xa9", "iso-8859-1", "caf\xc3\xa9", true},
             Row{"caf\xe9", "iso-8859-1", "caf\xc3\xa9", true},
             Row{"caf\xe9", "utf-8", "caf\xc3\xa9", true},
             Row{"caf\xe9", "no-such-charset", "caf\xc3\xa9", true},
             Row{"\x93hi\x94", "iso-8859-1", "\xe2\x80\x9chi\xe2\x80\x9d", true},
             Row{"\xcf\xf0\xe8", "windows-1251", "\xd0\x9f\xd1\x80\xd0\xb8", true},
             Row{"\xa1 \x81", "windows-1252", "\xc2\xa1 \xef\xbf\xbd", true},
             Row{"\xc4\xe3\xba\xc3", "gb2312", "\xe4\xbd\xa0\xe5\xa5\xbd", true},
             Row{"\xc4\xe3\xba\xc3", "gb18030", "\xe4\xbd\xa0\xe5\xa5\xbd", true},
             Row{"\xa7\x41\xa6\x6e", "big5", "\xe4\xbd\xa0\xe5\xa5\xbd", true},
             Row{"\x1b$B$\"\x1b(B", "iso-2022-jp", "\xe3\x81\x82", true},
             Row{"\x82\xa0", "shift_jis", "\xe3\x81\x82", true},
             Row{"\xa4\xa2", "euc-jp", "\xe3\x81\x82", true},
             Row{"\xb0\xa1", "euc-kr", "\xea\xb0\x80", true},
             Row{"\xb0\xa1\xb0", "euc-kr", "\xea\xb0\x80", true},  // a half character at the end
             Row{"~{VP~}!", "hz", "\xe4\xb8\xad!", true},
             Row{"+AOk-!", "utf-7", "\xc3\xa9!", true},
         }) {
        CAPTURE(row.bytes);
        CAPTURE(row.declared);
        Text text = normalize_text(row.bytes, row.declared);
        CHECK(text.bytes == row.text);
        CHECK(text.is_characters == row.is_characters);
    }
}

TEST_CASE("charset: text that is not what it says is read as what it looks like") {
    if (!has_charset_detector())
        return;
    struct Row {
        const char* bytes;
        const char* declared;
        const char* text;
    };
    for (const Row& row : {
             // "Hello, this is a test. What do you think of it?" in Chinese, GBK
             Row{"\xc4\xe3\xba\xc3\xa3\xac\xd5\xe2\xca\xc7\xd2\xbb\xb8\xf6\xb2\xe2\xca\xd4\xa1\xa3"
                 "\xc4\xe3\xbe\xf5\xb5\xc3\xd4\xf5\xc3\xb4\xd1\xf9\xa3\xbf",
                 "us-ascii",
                 "\xe4\xbd\xa0\xe5\xa5\xbd\xef\xbc\x8c\xe8\xbf\x99\xe6\x98\xaf\xe4\xb8\x80\xe4\xb8"
                 "\xaa"
                 "\xe6\xb5\x8b\xe8\xaf\x95\xe3\x80\x82\xe4\xbd\xa0\xe8\xa7\x89\xe5\xbe\x97\xe6\x80"
                 "\x8e"
                 "\xe4\xb9\x88\xe6\xa0\xb7\xef\xbc\x9f"},
         }) {
        CAPTURE(row.bytes);
        CHECK(normalize_text(row.bytes, row.declared).bytes == row.text);
    }
    CHECK(detect_charset(std::string_view("\xff\xfe"
                                          "a\0",
                                          4)) == "UTF-16LE");
    CHECK(detect_charset(std::string_view("\xff\xfe\0\0a\0\0\0", 8)) == "UTF-32LE");
    CHECK(detect_charset("plain") == "");
    // Letters and marks of Western mail are not asked about at all.
    CHECK(normalize_text("\xe9\xe8\xf4\xfb", "us-ascii").bytes ==
          "\xc3\xa9\xc3\xa8\xc3\xb4\xc3\xbb");
}

TEST_CASE("charset: UTF-16 without a byte order mark tells its endianness by its blanks") {
    std::string little, big;
    for (char c : std::string("a b c")) {
        little += c;
        little += '\0';
        big += '\0';
        big += c;
    }
    CHECK(normalize_text(little, "utf-16").bytes == "a b c");
    CHECK(normalize_text(big, "utf-16").bytes == "a b c");
    CHECK(decode_charset("\xfe\xff", "utf-16be", OnMalformed::Fail) == "\xef\xbb\xbf");
    CHECK_FALSE(decode_charset("abc", "utf-16be", OnMalformed::Fail));
}

TEST_CASE("charset: malformed input is replaced as Encode replaces it") {
    struct Row {
        const char* bytes;
        const char* label;
        const char* text;  // R stands for U+FFFD
    };
    for (const Row& row : {
             Row{"\xe2\x82!", "utf-8", "R!"},
             Row{"\xff\xfe!", "utf-8", "RR!"},
             Row{"\xf4\x90\x80\x80!", "utf-8", "R!"},
             Row{"\xef\xbf\xbf!", "utf-8", "R!"},  // a noncharacter
             Row{"\xb0\xff!", "gb2312", "RR!"},
             Row{"\x81 !", "gbk", "R !"},
             Row{"a\xb0", "gb2312", "a"},
             Row{"\x81!", "windows-1252", "R!"},
             Row{"\x81\x82!", "us-ascii", "RR!"},
         }) {
        CAPTURE(row.bytes);
        std::string expected;
        for (const char* c = row.text; *c; ++c)
            expected += *c == 'R' ? std::string("\xef\xbf\xbd") : std::string(1, *c);
        CHECK(decode_charset(row.bytes, row.label, OnMalformed::Replace) == expected);
    }
}

TEST_CASE("charset: characters are counted and cut as characters") {
    CHECK(count_characters("a\xc3\xa9\xe2\x82\xac") == 3);
    CHECK(character_offset("a\xc3\xa9\xe2\x82\xac", 2) == 3);
    CHECK(character_offset("a", 1) == std::string_view::npos);
    CHECK(wide_space_at("\xc2\xa0", 0) == 2);
    CHECK(wide_space_at("\xe3\x80\x80", 0) == 3);
    CHECK(wide_space_at("\xe2\x80\x8b", 0) == 0);  // ZERO WIDTH SPACE is none
}
