#include "html/tokenizer.h"

#include <doctest/doctest.h>

#include <string>

namespace {

// One line an event, as "S a href=x", "E a", "T text", "R raw text", "C comment", "D declaration".
class Recorder : public html::TokenSink {
public:
    void on_start(std::string_view name, const std::vector<html::Attribute>& attributes) override {
        line("S", name);
        for (const auto& a : attributes) {
            events.pop_back();
            events += " " + std::string(a.name);
            if (a.has_value)
                events += "=" + std::string(a.value);
            events += "\n";
        }
    }
    void on_end(std::string_view name) override { line("E", name); }
    void on_text(std::string_view text, bool is_cdata) override {
        line(is_cdata ? "R" : "T", text);
    }
    void on_comment(std::string_view whole) override { line("C", whole); }
    void on_declaration(std::string_view whole) override { line("D", whole); }

    std::string events;

private:
    void line(const char* kind, std::string_view what) {
        events += kind;
        events += " ";
        events += what;
        events += "\n";
    }
};

std::string events_of(std::string_view source) {
    Recorder recorder;
    html::Tokenizer tokenizer(source, recorder);
    tokenizer.run();
    recorder.events += "--\n";
    tokenizer.finish();
    return recorder.events;
}

struct Row {
    const char* source;
    const char* events;  // "--" is where finish() begins
};

void check(std::initializer_list<Row> rows) {
    for (const Row& row : rows) {
        CAPTURE(row.source);
        CHECK(events_of(row.source) == row.events);
    }
}

}  // namespace

TEST_CASE("tokenizer: tags are what stands between < and >, in any spelling") {
    check({
        {"<a b=c D='e f' g=\"h>i\" j k = l>", "S a b=c D=e f g=h>i j k=l\n--\n"},
        {"<b\x0bX=1>", "S b X=1\n--\n"},
        {"<br/>", "S br/\n--\n"},
        {"<br / >", "S br /\n--\n"},
        {"<a =b c==d e= f='g'h>", "S a =b c==d e=f='g'h\n--\n"},
        {"<a b=>x<i>", "S a b=\nT x\nS i\n--\n"},
        {"<_x><:y>", "S _x\nS :y\n--\n"},
        {"<a<b>", "S a<b\n--\n"},
        {"</b/></a foo></a b='>'>", "E b/\nE a\nE a\n--\n"},
    });
}

TEST_CASE("tokenizer: a < that opens nothing is text of its own chunk") {
    check({
        {"a < b<i>", "T a \nT < b\nS i\n--\n"},
        {"<<i>", "T <\nS i\n--\n"},
        {"<1><i>", "T <1>\nS i\n--\n"},
    });
}

TEST_CASE("tokenizer: a last word waits for the end of the input") {
    check({
        {"foo bar baz", "T foo bar\n--\nT  baz\n"},
        {"foo ", "T foo\n--\nT  \n"},
        {"foo", "--\nT foo\n"},
    });
}

TEST_CASE("tokenizer: comments, and what is taken for one") {
    check({
        {"<!-- a -- >b<i>", "C <!-- a -- >\nT b\nS i\n--\n"},
        {"<!-->x--><i>", "C <!-->x-->\nS i\n--\n"},
        {"<!><!-><!foo bar></ ></>", "C <!>\nC <!->\nC <!foo bar>\nC </ >\nC </>\n--\n"},
        {"<![if !mso]>x<![endif]>", "C <![if !mso]>\nT x\nC <![endif]>\n--\n"},
        {"<?php x ?>y<i>", "T y\nS i\n--\n"},
    });
}

TEST_CASE("tokenizer: declarations may hold quoted > and comments") {
    check({
        {"<!DOCTYPE a 'b>c' -- x > y -- d>", "D <!DOCTYPE a 'b>c' -- x > y -- d>\n--\n"},
        {"<!entity 'a'>", "D <!entity 'a'>\n--\n"},
        {"<!doctype- x>", "C <!doctype- x>\n--\n"},
        // Malformed: a comment up to the > after the place that is.
        {"<!DOCTYPE '>' -x>y<i>", "C <!DOCTYPE '>' -x>\nT y\nS i\n--\n"},
    });
}

TEST_CASE("tokenizer: some elements hold text up to their end tag") {
    check({
        {"<script>a<b>\"</script>c<i>", "S script\nR a<b>\"\nE script\nT c\nS i\n--\n"},
        {"<title>a<b></titlex></TITLE >", "S title\nT a<b></titlex>\nE title\n--\n"},
        {"<textarea><b></textarea>", "S textarea\nT <b>\nE textarea\n--\n"},
        {"<xmp>&amp;<b></xmp>", "S xmp\nR &amp;<b>\nE xmp\n--\n"},
        {"<plaintext>a</plaintext>b", "S plaintext\n--\nR a</plaintext>b\n"},
    });
}

TEST_CASE("tokenizer: an element left open gives way at the end") {
    check({
        {"<title>a <b>x y", "S title\n--\nT a \nE title\nS b\nT x\nT  y\n"},
        {"<script>a <b> c", "S script\n--\nE script\nR a \nS b\nR  c\n"},
        {"<textarea>a <b> c", "S textarea\n--\nT a <b> c\n"},
    });
}

TEST_CASE("tokenizer: unterminated markup becomes a comment at the end") {
    check({
        {"x <!-- a <b>y z", "T x \n--\nC <!-- a <b>\nT y\nT  z\n"},
        {"x <b foo", "T x \n--\nC <b foo\n"},
        {"x <", "T x \n--\nC <\n"},
        {"x <1", "T x \n--\nT <1\n"},
        {"x <?y", "T x \n--\nC <?y\n"},
    });
}

TEST_CASE("tokenizer: marked sections are obeyed") {
    check({
        {"a<![CDATA[<b>&amp;]] ]]>c<i>", "T a\nR <b>&amp;]] \nT c\nS i\n--\n"},
        {"<![ IGNORE [<b>x]]>y<i>", "T y\nS i\n--\n"},
        {"<![INCLUDE[<b>x]]>y<i>", "S b\nT x\nT y\nS i\n--\n"},
        {"<![RCDATA[<b>]]>y<i>", "T <b>\nT y\nS i\n--\n"},
        {"<![CDATA[x ]", "--\nR x ]\n"},
        {"<![[x y]", "T x\n--\nT  y]\n"},
    });
}

TEST_CASE("tokenizer: more input joins what is pending") {
    Recorder recorder;
    html::Tokenizer tokenizer("<style>a</sty", recorder);
    tokenizer.run();
    tokenizer.append("</style>");
    tokenizer.run();
    tokenizer.finish();
    CHECK(recorder.events == "S style\nR a</sty\nE style\n");
}

TEST_CASE("tokenizer: nothing follows once the sink has stopped it") {
    struct Stopper : Recorder {
        html::Tokenizer* tokenizer = nullptr;
        void on_end(std::string_view name) override {
            Recorder::on_end(name);
            tokenizer->stop();
        }
    } stopper;
    html::Tokenizer tokenizer("<a>b</a>c<i>", stopper);
    stopper.tokenizer = &tokenizer;
    tokenizer.run();
    tokenizer.finish();
    CHECK(stopper.events == "S a\nT b\nE a\n");
}
