#include "scan/scanner.h"

#include <doctest/doctest.h>

#include "scan_bench.h"

namespace {

const char kRules[] =
    "clear_headers\nadd_header all Status _YESNO_, score=_SCORE_ tests=_TESTS_ "
    "autolearn=_AUTOLEARN_\n"
    "header SUBJ Subject =~ /buy/\ndescribe SUBJ Wants to sell\nscore SUBJ 3.0\n"
    "body WORD /\\bpill/\ntflags WORD multiple\nscore WORD 1.25\n"
    "body __SUB /now/\nreport_safe 0\n"
    "report Points: _SCORE_ of _REQD_\nreport _SUMMARY_";

const char kSpam[] = "From: a@b.example\nSubject: buy\n\npills and pills, now\n";

}  // namespace

TEST_CASE("scanner: a scan has its verdict, its tests and its report") {
    ScanBench bench(kRules);
    auto scan = bench.scan(kSpam);
    CHECK(scan->is_spam());
    CHECK(scan->score() == 5.5);
    CHECK(scan->tests() == "SUBJ,WORD,WORD");
    CHECK(scan->subtests() == "__SUB");
    CHECK(scan->report() ==
          "Points: 5.5 of 5.0\n"
          " 3.0 SUBJ                   Wants to sell\n"
          " 1.2 WORD                   BODY: No description available.\n"
          " 1.2 WORD                   BODY: No description available.\n\n");
    CHECK(scan->log_message_id() == "(unknown)");
}

TEST_CASE("scanner: the message comes back with our headers on top") {
    ScanBench bench(kRules);
    auto scan = bench.scan(kSpam);
    std::string out = scan->rewritten_message();
    CAPTURE(out);
    CHECK(out.find("X-Spam-Status: Yes, score=5.5 tests=SUBJ,WORD,WORD autolearn=no\n"
                   "\tautolearn_force=no\n") != std::string::npos);
    CHECK(out.find("X-Spam-Report: \n\t*  3.0 SUBJ Wants to sell\n\t*  1.2 WORD BODY: No "
                   "description available.\n\t*  1.2 WORD BODY: No description available.\nFrom: "
                   "a@b.example\n") != std::string::npos);
    CHECK(out.ends_with("\n\npills and pills, now\n"));
    CHECK(scan->rewritten_headers().ends_with("Subject: buy\n\n"));
}

TEST_CASE("scanner: ham just below the threshold does not show the threshold") {
    ScanBench bench("score SUBJ 4.97\nheader SUBJ Subject =~ /x/");
    auto scan = bench.scan("Subject: x\n\n");
    CHECK_FALSE(scan->is_spam());
    CHECK(scan->shown_score() == 4.9);
    CHECK(scan->shown_score_text() == "4.9");
}

TEST_CASE("scanner: an empty message is scanned as a newline") {
    ScanBench bench("header NO_SUBJECT exists:Subject\nmeta M !NO_SUBJECT\nscore M 2");
    CHECK(bench.scan("")->tests() == "M");
}

TEST_CASE("scanner: domains of sender and author are tags") {
    ScanBench bench("add_header all D _SENDERDOMAIN_ _AUTHORDOMAIN_ _LASTEXTERNALIP_");
    auto scan = bench.scan("Return-Path: <x@sender.example>\nFrom: <y@b\xC3\xBC.example>\n\n");
    CHECK(scan->expand("_SENDERDOMAIN_ _AUTHORDOMAIN_") == "sender.example xn--b-eha.example");
    CHECK(scan->expand("_HEADER(From:addr:host)_") == "b\xC3\xBC.example");
    CHECK(bench.scan("\n")->expand("_SENDERDOMAIN_") == "_SENDERDOMAIN_");
}

TEST_CASE("scanner: a rule with %{TAG} takes the value of this message, where templates are on") {
    const std::string rules =
        "header __TO To:addr =~ /(?<TO_ADDR>.*)/\n"
        "body NAMED /for %{TO_ADDR}/\nfull NAMED_FULL /for %{TO_ADDR}/\n";
    const char mail[] = "To: <me@b.example>\nSubject: x\n\nfor me@b.example\n";
    CHECK(ScanBench(rules).scan(mail)->tests() == "NAMED,NAMED_FULL");
    CHECK(ScanBench(rules).scan("To: you@b.example\n\nfor me@b.example\n")->tests() == "");
    CHECK(ScanBench(rules + "rule_templates_per_message 0\n").scan(mail)->tests() == "NAMED_FULL");
}

TEST_CASE("scanner: a rule with %{TAG} knows nothing of the messages before") {
    ScanBench bench(
        "header __TO To:addr =~ /(?<TO_ADDR>.*)/\nbody NAMED /for %{TO_ADDR}/\n"
        "full NAMED_FULL /for %{TO_ADDR}/\n");
    CHECK(bench.scan("To: you@b.example\n\nfor you@b.example\n")->tests() == "NAMED,NAMED_FULL");
    CHECK(bench.scan("To: me@b.example\n\nfor you@b.example\n")->tests() == "");
    CHECK(bench.scan("To: me@b.example\n\nfor me@b.example\n")->tests() == "NAMED,NAMED_FULL");
}

TEST_CASE(
    "scanner: a rule with %{TAG} beside others, and no meta that waits for it, hits as alone") {
    ScanBench bench(
        "header __TO To:addr =~ /(?<TO_ADDR>.*)/\n"
        "body NAMED /dear %{TO_ADDR}, (?:write|call)/i\n"
        "body B1 /first/\nbody B2 /second/\nbody B3 /third/\nbody B4 /fourth/\n"
        "meta M !NAMED\n");
    CHECK(bench.scan("To: me@b.example\n\nthird. Dear me@b.example, call\n")->tests() ==
          "B3,NAMED");
    CHECK(bench.scan("To: me@b.example\n\nDear you@b.example, call\n")->tests() == "M");
    CHECK(bench.scan("To: me@b.example\n\nsecond\n")->tests() == "B2,M");
    CHECK(bench.scan("Subject: x\n\nDear me@b.example, call\n")->tests() == "M");
}

TEST_CASE("scanner: many mimeheader rules of one header hit as each would alone") {
    const std::vector<std::string> rules = {
        "mimeheader BOTH Content-Type =~ /plain\\napplication/\ntflags BOTH concat\n",
        "mimeheader COUNT Content-Type =~ /application\\/\\w+/\ntflags COUNT multiple\n",
        "mimeheader EMPTY Content-Type =~ /^$/\n",
        "mimeheader IMAGE Content-Type =~ /image\\/(?:gif|png)/\n",
        "mimeheader NAME Content-Type =~ /name=\"?invoice/\n",
        "mimeheader NONE Content-Type =~ /missing/ [if-unset: missing]\n",
        "mimeheader NOT_TEXT Content-Type !~ /text\\/plain/\n",
        "mimeheader PDF Content-Type =~ /application\\/pdf/\n",
        "mimeheader TEXT Content-Type =~ /text\\/plain/\n"};
    const std::string mail =
        "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\na\n"
        "--b\nContent-Type: application/pdf; name=invoice.pdf\n\nb\n"
        "--b\nContent-Type: application/zip\n\nc\n--b\n\nd\n--b--\n";
    const std::string plugin = "loadplugin Mail::SpamAssassin::Plugin::MIMEHeader\n";
    std::string all = plugin, alone;
    for (const std::string& rule : rules) {
        all += rule;
        std::string hit = ScanBench(plugin + rule).scan(mail)->tests();
        alone += (alone.empty() || hit.empty() ? "" : ",") + hit;
    }
    CHECK(alone == "BOTH,COUNT,EMPTY,NAME,NONE,NOT_TEXT,PDF,TEXT");
    CHECK(ScanBench(all).scan(mail)->tests() == alone);
}

TEST_CASE("scanner: a named group that matched nothing empties its tag") {
    ScanBench bench(
        "clear_headers\nadd_header all Tags f=_FIRST_ s=_SECOND_ t=_THIRD_\n"
        "header A Subject =~ /^(?<FIRST>\\w+) (?<SECOND>x?)/\n"
        "header B X-Mark =~ /^z(?<FIRST>y*)(?<lower>y*)/\npriority B 1\n");
    auto one = bench.scan("Subject: buy now\n\n")->rewritten_headers();
    CAPTURE(one);
    CHECK(one.find("X-Spam-Tags: f=buy s= t=_THIRD_\n") != std::string::npos);
    auto two = bench.scan("Subject: buy now\nX-Mark: z\n\n")->rewritten_headers();
    CAPTURE(two);
    CHECK(two.find("X-Spam-Tags: f= s= t=_THIRD_\n") != std::string::npos);
}

TEST_CASE("scanner: what a site adds to the version is in _VERSION_") {
    ScanBench bench("version_tag MyRules=1.0\nclear_headers\nadd_header all V _VERSION_");
    auto headers = bench.scan("Subject: x\n\n")->rewritten_headers();
    CAPTURE(headers);
    CHECK(headers.find("X-Spam-V: 4.0.1-myrules_1.0\n") != std::string::npos);
}
