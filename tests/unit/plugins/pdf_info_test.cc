#include <doctest/doctest.h>

#include "plugin_bench.h"

namespace {

const char kPdf[] =
    "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/XObject/Subtype/Image\n"
    "630 0 0 149 0 0 cm\r\n/Width 10/Height 20\n>>\nstream\n"
    "<</S/URI/URI(http://pdf.spam.example/x)>>\n/URI (https://second.example/y)\n"
    "(http://third.example/long/enough)>>\n"
    "<</Author(Foo \\(Bar\\))/Creator<FEFF00410042>/Producer(\\101\\102)>>\n"
    "/Title(T)/CreationDate(D:20070703144220)/ModDate (D:2008)\n/Encrypt 5 0 R\n";

PluginBench bench(std::string_view rules) {
    return PluginBench("PDFInfo", rules);
}

}  // namespace

TEST_CASE("pdf info: sizes, properties and links are read without decompressing") {
    auto b = bench(
        "body COUNT eval:pdf_count('1','1')\nbody NONE eval:pdf_count('2')\n"
        "body ENC eval:pdf_is_encrypted()\nbody NAMED eval:pdf_named('a.pdf')\n"
        "body NAME_RE eval:pdf_name_regex('/^A\\.PDF$/i')\nbody BAD_RE eval:pdf_name_regex('/(/')\n"
        "body IMAGES eval:pdf_image_count('1','1')\nbody EXACT "
        "eval:pdf_image_size_exact('149','630')\n"
        "body RANGE eval:pdf_image_size_range('100','600','150','700')\n"
        "body RANGE_NO eval:pdf_image_size_range('100','600','120')\n"
        "body COVER eval:pdf_pixel_coverage('93870','93870')\n"
        "body AUTHOR eval:pdf_match_details('author','/^Foo \\(Bar\\)$/')\n"
        "body CREATOR eval:pdf_match_details('creator','/^AB$/')\n"
        "body PRODUCER eval:pdf_match_details('producer','/^AB$/')\n"
        "body CREATED eval:pdf_match_details('created','/^20070703144220$/')\n"
        "body EMPTY0 eval:pdf_is_empty_body()\nbody EMPTY20 eval:pdf_is_empty_body('20')\n"
        "body RATIO eval:pdf_image_to_text_ratio('0','0.001')\n"
        "body RATIO_NO eval:pdf_image_to_text_ratio('0.5','1')\n");
    auto c = b.check(mail_with("application/pdf", "a.pdf", kPdf));
    for (const char* rule :
         {"COUNT", "ENC", "NAMED", "NAME_RE", "IMAGES", "EXACT", "RANGE", "COVER", "AUTHOR",
          "CREATOR", "PRODUCER", "CREATED", "EMPTY20", "RATIO"}) {
        CAPTURE(rule);
        CHECK(c.hit(rule));
    }
    for (const char* rule : {"NONE", "BAD_RE", "RANGE_NO", "EMPTY0", "RATIO_NO"}) {
        CAPTURE(rule);
        CHECK_FALSE(c.hit(rule));
    }
    CHECK(c.has_uri("http://pdf.spam.example/x"));
    CHECK(c.has_uri("https://second.example/y"));
    CHECK(c.has_uri("http://third.example/long/enough"));
    CHECK(c.tag("PDFVERSION") == "1.4");
    CHECK(c.tag("PDFAUTHOR") == "Foo (Bar)");
    CHECK(c.tag("PDFIMGDIM") == "149x630");
    CHECK(c.tag("PDFCOUNT") == "1");
}

TEST_CASE("pdf info: the name or the type makes a PDF, the magic makes it readable") {
    auto b = bench("body COUNT eval:pdf_count('1')\nbody NAMED eval:pdf_named('x.FDF')\n");
    CHECK(b.check(mail_with("application/octet-stream", "x.FDF", kPdf)).hit("NAMED"));
    CHECK_FALSE(b.check(mail_with("application/octet-stream", "x.dat", kPdf)).hit("COUNT"));
    CHECK_FALSE(b.check(mail_with("text/plain", "x.pdf", kPdf)).hit("COUNT"));
    auto unreadable = b.check(mail_with("application/pdf", "x.FDF", "no magic"));
    CHECK(unreadable.hit("COUNT"));
    CHECK_FALSE(unreadable.hit("NAMED"));
}

TEST_CASE("pdf info: digests know files, and files that differ in size and place of pictures") {
    auto b = bench(
        "body MD5 eval:pdf_match_md5('d8b6be0a7f1b9ba0f3d29f6c10fd4bb8')\n"
        "body FUZZY eval:pdf_match_fuzzy_md5('8277e0910d750195b448797616e091ad')\n");
    // The name of the first dictionary key, "d", makes the tag digest.
    auto c = b.check(mail_with("application/pdf", "a.pdf", "%PDF-1.4\n/d(x)\n"));
    CHECK(c.hit("FUZZY"));
    CHECK_FALSE(c.hit("MD5"));
    auto other = b.check(mail_with("application/pdf", "a.pdf", "%PDF-1.4\n/d(y)\n"));
    CHECK(other.hit("FUZZY"));
    CHECK(c.tag("PDFMD5FUZZY1") != other.tag("PDFMD5FUZZY1"));
    CHECK(c.tag("PDFMD5FUZZY2") == other.tag("PDFMD5FUZZY2"));
}

TEST_CASE("pdf info: brackets that never close cost no more than their length") {
    std::string data = "%PDF-1.4\n";
    for (int i = 0; i < 100000; ++i)
        data += "/S/URI/URI(/Author(";
    auto b = bench("body COUNT eval:pdf_count('1')\n");
    CHECK(b.check(mail_with("application/pdf", "a.pdf", data)).hit("COUNT"));
}
