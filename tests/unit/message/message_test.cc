#include "message/message.h"

#include <doctest/doctest.h>

#include "util/digest.h"
#include "util/strings.h"

using namespace message;
using namespace std::string_literals;

namespace {

MessageSettings settings() {
    MessageSettings s;
    auto registry = std::make_shared<Registry>();
    for (const char* tld : {"com", "org", "net", "uk", "de"})
        registry->add_tld(tld);
    registry->add_2tld("co.uk");
    s.registry = registry;
    return s;
}

const MessageSettings kSettings = settings();

// The values of a spec with "|" between them and "$" for a line end; "-" if there are none.
std::string shown(const Message& m, const char* spec) {
    std::string out;
    for (const auto& value : m.values(spec))
        out += (out.empty() ? "" : "|") + util::replace_all(value, "\n", "$");
    return m.values(spec).empty() ? "-" : out;
}

}  // namespace

TEST_CASE("header view: modifiers of real headers") {
    Message m(
        "From: \"'Joe  Doe'\" <joe@mail.example.co.uk>, b@example.org\n"
        "To: =?utf-8?Q?Caf=C3=A9?= <cafe@example.com>\n"
        "Cc: other@example.net\n"
        "Subject: =?utf-8?Q?one?=\n  two\n"
        "Received: from [192.0.2.1] (unknown [192.0.2.77]) by mx.example.com\n"
        "Received: from second\n"
        "X-Ip: IPv6:2001:db8::1 here\n"
        "X-Spam-Flag: YES\n"
        "Message-Id: <abc@host.example.com>\n"
        "\nbody\n",
        kSettings);
    struct Row {
        const char* spec;
        const char* expected;
    };
    for (const Row& row : {
             Row{"Subject", "one two$"},
             Row{"subject", "one two$"},
             Row{"Subject:raw", " =?utf-8?Q?one?=$  two$"},
             Row{"From:addr", "joe@mail.example.co.uk|b@example.org"},
             Row{"From:name", "Joe Doe"},
             Row{"From:name:raw", "'Joe  Doe' "},
             Row{"From:addr:host", "mail.example.co.uk|example.org"},
             Row{"From:addr:domain", "example.co.uk|example.org"},
             Row{"From:host", "example.org"},
             Row{"To:name", "Caf\xc3\xa9"},
             Row{"To:name:raw", "=?utf-8?Q?Caf=C3=A9?= "},
             Row{"ToCc", "Caf\xc3\xa9 <cafe@example.com>$|other@example.net$"},
             Row{"ToCc:addr", "cafe@example.com|other@example.net"},
             Row{"Received:first", "from [192.0.2.1] (unknown [192.0.2.77]) by mx.example.com$"},
             Row{"Received:last", "from second$"},
             Row{"Received:ip", "192.0.2.1"},
             Row{"Received:first:revip", "1.2.0.192"},
             Row{"Received:host", "mx.example.com"},
             Row{"X-Ip:ip", "IPv6:2001:db8::1"},
             Row{"X-Spam-Flag", "-"},
             Row{"X-Absent", "-"},
             Row{"X-Absent:addr", "-"},
             Row{"MESSAGEID", "<abc@host.example.com>$"},
             Row{"MESSAGEID:host", "host.example.com"},
             Row{"ALL:raw:first",
                 "From: \"'Joe  Doe'\" <joe@mail.example.co.uk>, b@example.org$"
                 "To: =?utf-8?Q?Caf=C3=A9?= <cafe@example.com>$"
                 "Cc: other@example.net$"
                 "Subject: =?utf-8?Q?one?=$  two$"
                 "Received: from [192.0.2.1] (unknown [192.0.2.77]) by "
                 "mx.example.com$Received: from second$"
                 "X-Ip: IPv6:2001:db8::1 here$X-Spam-Flag: YES$"
                 "Message-Id: <abc@host.example.com>$"},
         }) {
        CAPTURE(row.spec);
        CHECK(shown(m, row.spec) == row.expected);
    }
    CHECK_FALSE(m.get("X-Absent"));
    CHECK(m.get("From:addr") == "joe@mail.example.co.uk\nb@example.org");
    CHECK(m.get("Received") ==
          "from [192.0.2.1] (unknown [192.0.2.77]) by mx.example.com\nfrom second\n");
    CHECK(m.get_or("X-Absent", "none") == "none");
    CHECK(m.get_or("ALL", "").find("X-Spam-Flag") == std::string_view::npos);
}

TEST_CASE("header view: headers above and below the last trusted hop") {
    Message m(
        "X-Top: 1\n"
        "Received: from inner (inner [127.0.0.1]) by mx.example.com with ESMTP id 1; Mon\n"
        "X-Mid: 2\n"
        "Received: from outer.example.org (outer.example.org [192.0.2.7]) by inner with ESMTP id "
        "2; "
        "Mon\n"
        "X-Low: 3\n\n",
        kSettings);
    CHECK(m.get_or("ALL-TRUSTED", "").find("X-Mid") != std::string_view::npos);
    CHECK(m.get_or("ALL-TRUSTED", "").find("X-Low") == std::string_view::npos);
    CHECK(m.get_or("ALL-UNTRUSTED", "").find("X-Mid") == std::string_view::npos);
    CHECK(m.get_or("ALL-UNTRUSTED", "").find("outer.example.org") != std::string_view::npos);
    CHECK(m.get_or("ALL-UNTRUSTED", "").find("X-Low") != std::string_view::npos);
}

TEST_CASE("header view: raw fields keep their folds and drop what is none") {
    Message m("From: a\n b\nX-Top: 1\nReceived: (x)\n\ty\nX-Low: =?utf-8?q?a=0ARECEIVED:_b?=\n\n",
              kSettings);
    CHECK(shown(m, "ALL:raw") ==
          "From: a$ b$X-Top: 1$Received: (x)$\ty$X-Low: =?utf-8?q?a=0ARECEIVED:_b?=$");
    CHECK(shown(m, "ALL") == "From: a b$X-Top: 1$Received: (x) y$X-Low: a$RECEIVED: b$");
    // The one real hop says nothing, so trust reaches to the next header, if there is one: a line
    // end in a word makes a Received header of what is none.
    CHECK(shown(m, "ALL-TRUSTED:raw") == shown(m, "ALL:raw"));
    CHECK(shown(m, "ALL-UNTRUSTED:raw") == "-");
    CHECK(shown(m, "ALL-TRUSTED") == shown(m, "ALL"));
    CHECK(shown(m, "ALL-UNTRUSTED") == "RECEIVED: b$");
    Message relayed(
        "X-A: 1\nReceived: from a (b [203.0.113.5])\n by c with SMTP id d; x\nX-B: 2\n folded\n"
        "Received: from e (f [203.0.113.6]) by g with SMTP id h; x\nX-C: 3\n\n",
        kSettings);
    CHECK(shown(relayed, "ALL-TRUSTED:raw") ==
          "X-A: 1$Received: from a (b [203.0.113.5])$ by c with SMTP id d; x$");
    CHECK(shown(relayed, "ALL-UNTRUSTED:raw") ==
          "Received: from a (b [203.0.113.5])$ by c with SMTP id d; x$X-B: 2$ folded$"
          "Received: from e (f [203.0.113.6]) by g with SMTP id h; x$X-C: 3$");
    CHECK(shown(Message(" fold\n", kSettings), "ALL:raw") == "-");
    CHECK(shown(Message("X-A: 1", kSettings), "ALL:raw") == "-");
    CHECK(shown(Message("X-A: 1", kSettings), "ALL-UNTRUSTED:raw") == "-");
}

TEST_CASE("header view: the envelope sender is looked for where mail servers leave it") {
    struct Row {
        const char* headers;
        const char* expected;
    };
    for (const Row& row : {
             Row{"Return-Path: <a@example.com>\n", "a@example.com"},
             Row{"Received: from x\nReturn-Path: <a@example.com>\n", "-"},
             Row{"X-Envelope-From: a@example.com\nReturn-Path: <b@example.com>\n", "a@example.com"},
             Row{"Received: from x\nX-Envelope-From: a@example.com\nReturn-Path: <b@example.com>\n",
                 "-"},
             Row{"Envelope-Sender: <a@example.com>\n", "a@example.com"},
             Row{"Return-Path: <>\n", "-"},
             Row{"X-Sender: l@example.com\nReceived: by x with POP3 (fetchmail-6)\n"
                 "Return-Path: <a@example.com>\n",
                 "-"},
             Row{"From: a@example.com\n", "-"},
             Row{"X-A: =?utf-8?q?a=0Areceived:_b?=\nReturn-Path: <a@example.com>\n", "-"},
             Row{"X-A: =?utf-8?q?a=0AReceived?=\nReturn-Path: <a@example.com>\n", "a@example.com"},
         }) {
        CAPTURE(row.headers);
        Message m(std::string(row.headers) + "\n", kSettings);
        CHECK(shown(m, "EnvelopeFrom") == row.expected);
    }
    MessageSettings configured = settings();
    configured.envelope_sender_header = "X-From-Env";
    Message m("Return-Path: <b@example.com>\nX-From-Env: <a@example.com>\n\n", configured);
    CHECK(shown(m, "EnvelopeFrom") == "a@example.com");
    configured.envelope_sender_header = "EnvelopeFrom";
    CHECK(shown(Message("Return-Path: <b@example.com>\n\n", configured), "EnvelopeFrom") == "-");
}

TEST_CASE("header view: more address lists than are remembered, each asked for twice") {
    std::string headers;
    for (char c = 'a'; c <= 'l'; ++c)
        headers += std::string("X-") + c + ": N" + c + " <" + c + "@example.com>\n";
    Message m(headers + "\n", kSettings);
    for (const char* modifier : {":addr", ":name", ":addr:host"})
        for (char c = 'a'; c <= 'l'; ++c) {
            std::string expected = modifier == std::string(":addr")
                                       ? c + std::string("@example.com")
                                   : modifier == std::string(":name") ? std::string("N") + c
                                                                      : "example.com";
            CHECK(shown(m, (std::string("x-") + c + modifier).c_str()) == expected);
        }
}

TEST_CASE("header view: metadata stand in for headers that are not there") {
    Message m("From: a@example.com\nX-Real: header\n\n", kSettings);
    m.put_metadata("X-Languages", "en");
    m.put_metadata("X-Real", "metadata");
    CHECK(m.get("x-languages") == "en");
    CHECK(m.get("X-Real") == "header\n");
    CHECK(m.get("X-AuthorDomain") == "example.com");
    CHECK_FALSE(m.get("X-SenderDomain"));
    auto all = m.all_metadata();
    REQUIRE(all.size() == 7);
    CHECK(all[0].first == "x-authordomain");
    CHECK(all[1].first == "x-languages");
}

TEST_CASE("body view: the subject first, then paragraphs with their blanks single") {
    Message m(
        "Subject: hello\nContent-Type: text/plain; charset=utf-8\n\n"
        "one\ntwo  three\n\n \n\tfour\xc2\xa0 five\n",
        kSettings);
    CHECK(m.body_lines() == std::vector<std::string>{"hello\n", "one two three\n", " four five "});
    CHECK(m.invisible_body_lines().empty());
    Message none("To: x\n\nbody\n", kSettings);
    CHECK(none.body_lines() == std::vector<std::string>{"\n", "body "});
    Message nul("Subject: x\n\na\0b\n"s, kSettings);
    CHECK(nul.body_lines() == std::vector<std::string>{"x\n", "a\n", "b "});
}

TEST_CASE("body view: control characters stay, NUL ends a line, wide blanks are blanks") {
    auto line = [](std::string body) {
        Message m("Content-Type: text/plain; charset=utf-8\n\n" + std::move(body), kSettings);
        std::string all;
        for (const auto& text : m.body_lines())
            all += text;
        return all.substr(1);  // without the subject
    };
    CHECK(line("a\x01\x1f b\n") == "a\x01\x1f b ");
    CHECK(line(std::string("a\0\0b\n", 5)) == "a\n\nb ");
    CHECK(line("\u00e9t\u00e9\u2003 \u00c2z\u00e9\n") == "\u00e9t\u00e9 \u00c2z\u00e9 ");
}

TEST_CASE("body view: parts are cut near the limit, at a line or word if one is near") {
    MessageSettings small = settings();
    small.body_part_scan_size = 10;
    Message m("Subject: s\n\n" + std::string(10, 'a') + "bb cc dd\n", small);
    CHECK(m.body_lines()[1] == std::string(10, 'a') + "bb cc dd ");  // the line end is near
    Message word("Subject: s\n\n" + std::string(10, 'a') + "bb " + std::string(2000, 'c'), small);
    CHECK(word.body_lines()[1] == std::string(10, 'a') + "bb ");
    Message hard("Subject: s\n\n" + std::string(3000, 'a'), small);
    CHECK(hard.body_lines()[1] == std::string(10, 'a'));
    // Characters count, not bytes.
    Message wide(
        "Subject: s\nContent-Type: text/plain; charset=utf-8\n\n" +
            [] {
                std::string s;
                for (int i = 0; i < 3000; ++i)
                    s += "\xc3\xa4";
                return s;
            }(),
        small);
    CHECK(wide.body_lines()[1].size() == 20);
}

TEST_CASE("body view: lines longer than 2048 bytes are split behind a blank") {
    Message m("Subject: s\n\n" + std::string(2000, 'a') + " " + std::string(2047, 'b') + " c",
              kSettings);
    const auto& lines = m.body_lines();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].size() == 2001);
    CHECK(lines[2].size() == 2048);
    CHECK(lines[3] == "c");
}

TEST_CASE("rawbody view: text and message parts, decoded, in pieces of 2 to 4 kB") {
    Message m(
        "Content-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>=41\n"
        "--b\nContent-Type: image/gif\n\nGIF\n"
        "--b\nContent-Type: text/calendar\n\nBEGIN\n"
        "--b\nContent-Type: message/delivery-status\n\nX: y\n--b--\n",
        kSettings);
    CHECK(m.rawbody_chunks() == std::vector<std::string>{"<p>A", "X: y"});
    std::string line = std::string(99, 'x') + "\n", text;
    for (int i = 0; i < 100; ++i)
        text += line;
    Message big("Subject: s\n\n" + text, kSettings);
    std::vector<size_t> sizes;
    for (const auto& chunk : big.rawbody_chunks())
        sizes.push_back(chunk.size());
    CHECK(sizes == std::vector<size_t>{2100, 2100, 2100, 3700});
}

TEST_CASE("message: ids, digests and dates") {
    Message m(
        "Received: from a by b; Mon, 02 Jan 2006 15:04:05 +0000\n"
        "To: x@example.com\nDate: Mon, 02 Jan 2006 15:00:00 +0000\nMessage-Id:  <a@b> "
        "\r\n\r\nbody\r\n",
        kSettings);
    CHECK(m.message_id() == "a@b");
    CHECK(m.receive_date() == 1136214245);
    std::string body = util::to_hex(util::sha1("body\n"));
    CHECK(m.pristine_body_digest() == body);
    CHECK(m.generated_message_id() ==
          util::to_hex(util::sha1("x@example.com\n" + std::string(1, '\0') +
                                  "Mon, 02 Jan 2006 15:00:00 +0000\n" + std::string(1, '\0') +
                                  body)) +
              "@sa_generated");
    CHECK(m.part_digests() == std::vector<std::string>{body + ":text/plain"});
}

TEST_CASE("uri view: text, links and signatures, each URI once with all its forms") {
    Message m(
        "Subject: s\nDKIM-Signature: v=1; d=example.org; s=x\n"
        "Content-Type: text/html\n\n"
        "<a href=\"http://www.example.com/%61\">click</a> see http://www.example.com/%61 or "
        "joe@example.net\n",
        kSettings);
    std::set<std::string> raw;
    for (const Uri& uri : m.uri_details())
        raw.insert(uri.raw);
    CHECK(raw == std::set<std::string>{"domainkeys:example.org", "http://www.example.com/%61",
                                       "mailto:joe@example.net"});
    const auto& uris = m.uris();
    CHECK(std::set<std::string>(uris.begin(), uris.end()) ==
          std::set<std::string>{"http://www.example.com/%61", "http://www.example.com/a",
                                "mailto:joe@example.net"});
    for (const Uri& uri : m.uri_details())
        if (uri.raw == "http://www.example.com/%61") {
            CHECK(uri.types == std::set<std::string>{"a", "parsed"});
            CHECK(uri.anchor_text == std::vector<std::string>{"click"});
            CHECK(uri.domains == std::set<std::string>{"example.com"});
        }
    m.add_uri("http://added.example.de/", "parsed");
    CHECK(m.uris().back() == "http://added.example.de/");
}

TEST_CASE("message: of several headers that name the address of origin, the last counts") {
    MessageSettings own = kSettings;
    own.originating_ip_headers = {"X-Mine"};
    Message two("X-Mine: 203.0.113.77\nX-Mine: [203.0.113.79]\n\n", own);
    CHECK(shown(two, "X-Spam-Relays-Untrusted").find("ip=203.0.113.79 ") != std::string::npos);
    CHECK(shown(two, "X-Spam-Relays-Untrusted").find("ip=203.0.113.77 ") == std::string::npos);
    Message none("X-Mine: 203.0.113.77\nX-Mine: none\n\n", own);
    CHECK(shown(none, "X-Spam-Relays-Untrusted").find("ip=") == std::string::npos);
}
