#include "bayes/tokenizer.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "bayes/header_text.h"
#include "util/strings.h"

using bayes::Tokenizer;
using Region = bayes::Tokenizer::Region;

namespace {

std::set<std::string> tokens_of(std::string_view line, Region region = Region::Body,
                                std::string_view prefix = "") {
    bayes::TokenizerSettings settings;
    settings.stop_words = {"(?:that|with|from)"};
    Tokenizer tokenizer(settings);
    bayes::TokenSet out;
    tokenizer.tokenize_line(line, prefix, region, out);
    std::set<std::string> texts;
    for (size_t i = 0; i < out.size(); ++i)
        texts.emplace(out.text(i));
    return texts;
}

std::set<std::string> message_tokens(std::string text, bool checked = false) {
    message::MessageSettings settings;
    message::Message message(std::move(text), settings);
    Tokenizer tokenizer({});
    bayes::TokenSet out = tokenizer.texts(message, checked);
    std::set<std::string> texts;
    for (size_t i = 0; i < out.size(); ++i)
        texts.emplace(out.text(i));
    return texts;
}

using Set = std::set<std::string>;

}  // namespace

TEST_CASE("tokenizer: words are made as the databases in use have them") {
    struct Row {
        const char* line;
        Set tokens;
    };
    const Row rows[] = {
        {"cheap pills", {"cheap", "pills"}},
        {"an ox ate", {"ate"}},                     // under three bytes
        {"that WITH us", {}},                       // stop words in any case
        {"\"quoted\" -dash-", {"quoted", "dash"}},  // marks at the ends go
        {"wait...what", {"wait", "what"}},          // dots between words split
        {"well--known", {"well", "known"}},
        {"a1......b1......c1", {}},
        {"Hello there", {"hello", "there"}},  // only starts the sentence
        {"so it went. Nobody knew", {"went", "nobody", "knew"}},
        {"buy NOW", {"buy", "NOW", "now"}},  // shouting keeps its case
        {"Buy This", {"buy", "This", "this"}},
        {"don't", {"don't", "dont"}},
        {"$100!", {"$100!", "100"}},
        {"abcdefghijklmno", {"abcdefghijklmno"}},  // fifteen bytes are fine
        {"abcdefghijklmnop", {"sk:abcdefg"}},      // sixteen are not
        {"joe@mail.example.com",
         {"U*joe", "D*mail.example.com", "D*example.com", "D*com", "sk:joe@mai", "skjoemai",
          "sk:joemai"}},
        {"see example.org", {"see", "UD:example.org", "UD:org", "example.org", "exampleorg"}},
        {"tab\tand#hash", {"tab", "and", "hash"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        Set got = tokens_of(row.line);
        Set wanted = row.tokens;
        wanted.erase("skjoemai");
        CHECK(got == wanted);
    }
}

TEST_CASE("tokenizer: long words in wide characters become one token a character") {
    std::string line = "\xe4\xbd\xa0\xe5\xa5\xbd\xe5\x90\x97\xe6\x88\x91\xe5\xa5\xbd\xe5\x90\x97";
    CHECK(tokens_of(line) ==
          Set{"u8:\xe4\xbd\xa0", "u8:\xe5\xa5\xbd", "u8:\xe5\x90\x97", "u8:\xe6\x88\x91"});
}

TEST_CASE("tokenizer: headers keep case and long words are cut, URIs stay whole") {
    CHECK(tokens_of("Hello Worlds", Region::Header, "H*x:") == Set{"H*x:Hello", "H*x:Worlds"});
    CHECK(tokens_of("abcdefghijklmnop", Region::Header, "HX:") == Set{"HX:sk:abcdefg"});
    CHECK(tokens_of("http://verylonghost.example.com", Region::Uri)
              .count("verylonghost.example.com") == 1);
}

TEST_CASE("tokenizer: the key is the tail of the SHA-1") {
    // SHA-1("abc") ends in 9cd0d89d.
    auto key = bayes::token_key("abc");
    CHECK(util::to_hex({key.data(), key.size()}) == "6c9cd0d89d");
}

TEST_CASE("tokenizer: header values are cut down to what repeats") {
    CHECK(util::words(bayes::chew_message_id(" <20240102030405.ABCDEF0123@mx.example>")) ==
          std::vector<std::string_view>{"mx", "example"});
    std::string outlook = bayes::chew_message_id("<000501c2abcd$01234567$89abcdef@pc.example>");
    CHECK(outlook.find("OEA0005") != std::string::npos);
    CHECK(outlook.find("OEB0123") != std::string::npos);
    CHECK(outlook.find("OEC89abcdef") != std::string::npos);
    std::string received = bayes::chew_received(
        " from a.example ([192.0.2.7]) by mx with ESMTP id 0A1B2C3D4E5F for <u@x>; "
        "Tue, 2 Jan 2024 03:04:05 +0100 (CET)");
    CHECK(received.find("192.0.2 ip*192.0.2.7 ") != std::string::npos);
    CHECK(received.find("2024") == std::string::npos);
    CHECK(received.find("0A1B2C3D4E5F") == std::string::npos);
    CHECK(bayes::chew_content_type("text/plain; boundary=\"--ab12_xyz\"").find("-- HHHH _ xyz") !=
          std::string::npos);
    CHECK(bayes::chew_content_type("text/plain").find("text") == std::string::npos);
}

TEST_CASE("tokenizer: verdicts, list noise and ids in the header are not looked at") {
    for (const char* name : {"x-spam-status", "list-id", "x-list-id", "date", "subject", "x-uidl",
                             "x-dcc-abc-metrics", "x-spamcop-note", "x-vm-v5-data", "sender"})
        CHECK_MESSAGE(bayes::is_ignored_header(name), name);
    for (const char* name : {"from", "x-mailer", "x-spam-other", "x-dcc-a-metrics", "subject2",
                             "x-subject", "x-spamcop-"})
        CHECK_MESSAGE(!bayes::is_ignored_header(name), name);
    CHECK(bayes::is_presence_only_header("x-pgp-key-fingerprint"));
    CHECK(!bayes::is_presence_only_header("x-pgp-key"));
}

TEST_CASE("tokenizer: a message gives text, header and group tokens") {
    Set tokens = message_tokens(
        "From: Jane Doe <jane@example.com>\nTo: joe@example.org\nSubject: offers\n"
        "X-Mailer: Mutt\nDate: Tue, 2 Jan 2024 03:04:05 +0000\n\ncheap meds today\n");
    for (const char* token : {"cheap", "meds", "today", "offers", "H*F:N*Jane", "H*F:U*jane",
                              "H*F:D*example.com", "H*Ad:U*joe", "H*x:Mutt", "H*UA:Mutt"})
        CHECK_MESSAGE(tokens.count(token) == 1, token);
    for (const std::string& token : tokens)
        CHECK(token.find("2024") == std::string::npos);
}

TEST_CASE(
    "tokenizer: a checked message has its domains, a learned one the marks of other filters") {
    const std::string mail =
        "From: jane@example.com\nX-Spam-Checked-In-Group: friends\nX-Spam-Status: Yes\n\nhello\n";
    Set learned = message_tokens(mail), checked = message_tokens(mail, true);
    CHECK(learned.count("HX-Spam-Checked-In-Group:friends") == 1);
    CHECK(checked.count("HX-Spam-Checked-In-Group:friends") == 0);
    CHECK(learned.count("Hx-authordomain:example.com") == 0);
    CHECK(checked.count("Hx-authordomain:example.com") == 1);
    CHECK(learned.count("HX-Spam-Status:Yes") == 0);
}

TEST_CASE(
    "tokenizer: links of HTML beyond ASCII are characters: letters are letters, wide ones blanks") {
    Tokenizer tokenizer({});
    bayes::TokenSet out;
    tokenizer.tokenize_line("caf\xe9-bar.example", "", Region::Uri, out, true);
    std::set<std::string> texts;
    for (size_t i = 0; i < out.size(); ++i)
        texts.emplace(out.text(i));
    CHECK(texts.count("caf\xe9"
                      "barexample") == 1);
    CHECK(tokens_of("caf\xe9-bar.example", Region::Uri).count("cafbarexample") == 1);

    // U+0306 in a link of a part that is not all ASCII.
    Set tokens = message_tokens(
        "Content-Type: text/html; charset=utf-8\n\n"
        "<p>\xc8\x99i</p><a href=\"http://example.com/Captura\xcc\x86-de.png\">x</a>\n");
    CHECK(tokens.count("de.png") == 1);
    CHECK(tokens.count("Captura\xcc\x86-de.png") == 0);
}
