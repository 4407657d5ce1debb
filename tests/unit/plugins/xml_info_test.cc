#include <doctest/doctest.h>

#include "plugin_bench.h"
#include "plugins/xml_document.h"
#include "zip_file.h"

namespace {

using plugins::XmlCollector;
using plugins::XmlFacts;
using plugins::XmlSettings;

XmlFacts facts_of(std::string_view xml, const XmlSettings& settings = {}) {
    XmlFacts facts;
    XmlCollector(facts, settings, util::Deadline()).read(xml);
    return facts;
}

bool has(const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

constexpr char kSvg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\">";

std::string svg(std::string_view inside) {
    return kSvg + std::string(inside) + "</svg>";
}

}  // namespace

TEST_CASE("xml: a script is one whatever it hides behind") {
    struct {
        std::string xml;
        bool script, redirect;
        std::string_view uri;
    } rows[] = {
        {svg("<script>alert(1)</script>"), true, false, ""},
        {svg("<script "
             "type=\"application/ecmascript\"><![CDATA[window.location.href='https://e.example/"
             "x';]]></script>"),
         true, true, "https://e.example/x"},
        {svg("<script>location.replace(atob(\"aHR0cHM6Ly9oaWRkZW4uZXhhbXBsZS9w\"))</script>"), true,
         true, "https://hidden.example/p"},
        {"<s:svg xmlns:s=\"http://www.w3.org/2000/svg\"><s:script>x()</s:script></s:svg>", true,
         false, ""},
        {svg("<script xlink:href=\"https://e.example/a.js\"/>"), true, false,
         "https://e.example/a.js"},
        {svg("<rect onload=\"go()\"/>"), true, false, ""},
        {svg("<a href=\" java&#10;script:top.location='https://e.example/'\"><text>x</text></a>"),
         true, true, "https://e.example/"},
        {svg("<a><set attributeName=\"href\" to=\"javascript:x()\"/></a>"), true, false, ""},
        {svg("<foreignObject><iframe "
             "srcdoc=\"&lt;script&gt;x()&lt;/script&gt;\"/></foreignObject>"),
         true, false, ""},
        {svg("<embed "
             "src=\"data:text/html,%3Cscript%3Elocation='http://e.example/q'%3C/script%3E\"/>"),
         true, true, "http://e.example/q"},
        // None.
        {svg("<script/>"), false, false, ""},
        {svg("<script type=\"application/ld+json\">{\"a\":1}</script>"), false, false, ""},
        {svg("<rect on=\"1\" onload=\"\"/><text>location.replace(</text>"), false, false, ""},
        {"<report><script>x()</script><item onload=\"y()\"/></report>", false, false, ""},
        {svg("<image href=\"data:image/svg+xml;base64," + base64(svg("<script>x()</script>")) +
             "\"/>"),
         false, false, ""},
        {"<svg><script>x()", true, false, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.xml);
        auto f = facts_of(row.xml);
        CHECK(f.script == row.script);
        CHECK(f.redirect == row.redirect);
        CHECK_FALSE(f.refused);
        if (!row.uri.empty())
            CHECK(has(f.uris, row.uri));
    }
}

TEST_CASE("xml: a drawing in a data URI is read as one, two deep") {
    std::string inner = svg("<script>location='https://deep.example/'</script>");
    std::string once = svg("<iframe src=\"data:image/svg+xml;base64," + base64(inner) + "\"/>");
    std::string twice = svg("<iframe src=\"data:image/svg+xml;base64," + base64(once) + "\"/>");
    std::string thrice = svg("<iframe src=\"data:image/svg+xml;base64," + base64(twice) + "\"/>");
    CHECK(has(facts_of(once).uris, "https://deep.example/"));
    CHECK(facts_of(twice).script);
    CHECK_FALSE(facts_of(thrice).script);
    CHECK(facts_of(once).data_types.count("image/svg+xml") == 1);
}

TEST_CASE("xml: pages redirect by meta refresh, drawings by the page inside them") {
    auto page = facts_of(
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta http-equiv=\"Refresh\" "
        "content=\"0; "
        "URL='https://next.example/a'\"/></head><body>&nbsp;Wait&hellip;</body></html>");
    CHECK(page.redirect);
    CHECK_FALSE(page.script);
    CHECK_FALSE(page.foreign);
    CHECK(has(page.uris, "https://next.example/a"));
    CHECK(page.text.find("Wait") != std::string::npos);
    auto drawing = facts_of(
        svg("<foreignObject width=\"100%\"><body xmlns=\"http://www.w3.org/1999/xhtml\"><form "
            "action=\"https://collect.example/p\"><input name=\"pw\"/></form></body>"
            "</foreignObject>"));
    CHECK(drawing.foreign);
    CHECK(has(drawing.uris, "https://collect.example/p"));
    // As drawing programs put their labels.
    CHECK_FALSE(facts_of(svg("<foreignObject><div>Box</div></foreignObject>")).foreign);
    CHECK_FALSE(facts_of("<html><form action=\"/x\"/></html>").foreign);
}

TEST_CASE("xml: fetched on opening and merely linked are told apart") {
    auto f = facts_of(
        "<?xml version=\"1.0\"?><?xml-stylesheet href=\"http://css.example/s.css\"?>"
        "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" "
        "\"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\" [<!ENTITY x SYSTEM "
        "\"http://xxe.example/e\">]>" +
        svg("&x;<style>@import url('http://style.example/i.css');</style>"
            "<image href=\"https://pic.example/1.png\"/><image href=\"#local\"/>"
            "<a href=\"https://link.example/\"><text>hello <tspan>big</tspan> "
            "world</text></a>"));
    for (const char* uri : {"http://css.example/s.css", "http://xxe.example/e",
                            "http://style.example/i.css", "https://pic.example/1.png"}) {
        CAPTURE(uri);
        CHECK(has(f.external, uri));
        CHECK(has(f.uris, uri));
    }
    CHECK(f.external.size() == 4);
    CHECK(f.uris.size() == 5);
    CHECK(has(f.uris, "https://link.example/"));
    CHECK(f.text == "hello big world\n");
}

TEST_CASE("xml: feeds give their links, none of them fetched") {
    auto rss = facts_of(
        "<rss version=\"2.0\"><channel><title>News</title><link> https://rss.example/ </link><item>"
        "<enclosure url=\"https://rss.example/a.mp3\"/><description>&lt;a "
        "href=\"https://in.example/\"&gt;x&lt;/a&gt;</description></item></channel></rss>");
    CHECK(has(rss.uris, "https://rss.example/"));
    CHECK(has(rss.uris, "https://rss.example/a.mp3"));
    CHECK(has(rss.uris, "https://in.example/"));
    CHECK(rss.external.empty());
    auto atom = facts_of(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><link rel=\"alternate\" "
        "href=\"https://atom.example/\"/></feed>");
    CHECK(has(atom.uris, "https://atom.example/"));
    CHECK(atom.external.empty());
}

TEST_CASE("xml: entities that grow are refused, those of drawing programs are not") {
    std::string laughs = "<!DOCTYPE svg [<!ENTITY a0 \"laughing out loud\">";
    for (int i = 1; i < 12; ++i) {
        laughs += "<!ENTITY a" + std::to_string(i) + " \"";
        for (int k = 0; k < 10; ++k)
            laughs += "&a" + std::to_string(i - 1) + ";";
        laughs += "\">";
    }
    auto bomb = facts_of(laughs + "]><svg><text>&a11;</text></svg>");
    CHECK(bomb.refused);
    CHECK(bomb.text.size() <= 65536);
    std::string quadratic =
        "<!DOCTYPE svg [<!ENTITY a \"" + std::string(50000, 'x') + "\">]><svg><text>";
    std::string attributes = quadratic;
    for (int i = 0; i < 20000; ++i)
        quadratic += "&a;";
    CHECK(facts_of(quadratic + "</text></svg>").refused);
    for (int i = 0; i < 2000; ++i)
        attributes += "<g class=\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"/>";
    CHECK(facts_of(attributes + "</text></svg>").refused);
    // A parameter entity that names itself is an error, and so the end.
    CHECK_FALSE(facts_of("<!DOCTYPE svg [<!ENTITY % p \"%p;\"> %p;]><svg/>").refused);
    auto drawing = facts_of(
        "<!DOCTYPE svg [<!ENTITY ns_svg \"http://www.w3.org/2000/svg\">]>"
        "<svg xmlns=\"&ns_svg;\"><script>x()</script></svg>");
    CHECK(drawing.script);
    CHECK_FALSE(drawing.refused);
}

TEST_CASE("xml: limits on depth, size, documents, text and time hold") {
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "<g>";
    CHECK(facts_of("<svg>" + deep).refused);
    XmlSettings settings;
    settings.max_depth = 400;
    CHECK_FALSE(facts_of("<svg>" + deep, settings).refused);

    settings = {};
    settings.max_size = 100;
    std::string padded = "<svg>" + std::string(200, ' ') + "<script>x()</script></svg>";
    CHECK_FALSE(facts_of(padded, settings).script);
    CHECK(facts_of(padded).script);

    settings = {};
    settings.max_text = 10;
    CHECK(facts_of("<svg><text>abcdefghijklmnop</text></svg>", settings).text.size() == 10);

    settings = {};
    settings.max_uris = 1;
    CHECK(facts_of(svg("<a href=\"http://a.example\"/><a href=\"http://b.example\"/>"), settings)
              .uris.size() == 1);

    settings = {};
    settings.time_limit = 0;
    CHECK(facts_of("<svg><script>x()</script></svg>", settings).refused);

    settings = {};
    settings.max_documents = 0;
    CHECK(facts_of("<svg><script>x()</script></svg>", settings).documents == 0);
    settings.max_size = -1;
    settings.max_uris = -1;
    CHECK_FALSE(facts_of("<svg><script>x()</script></svg>", settings).script);
}

TEST_CASE("xml: relationships of office documents name what is loaded from outside") {
    std::string rels =
        "<?xml version=\"1.0\"?><Relationships "
        "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        "<Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
        "relationships/attachedTemplate\" Target=\"https://tmpl.example/t.dotm\" "
        "TargetMode=\"External\"/>"
        "<Relationship Id=\"r2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
        "relationships/hyperlink\" Target=\"https://link.example/\" TargetMode=\"External\"/>"
        "<Relationship Id=\"r3\" Type=\"http://x/oleObject\" "
        "Target=\"mhtml:http://ole.example/a.html!x-usc:http://ole.example/a.html\" "
        "TargetMode=\"External\"/>"
        "<Relationship Id=\"r4\" Type=\"http://x/styles\" Target=\"styles.xml\"/></Relationships>";
    std::string zip =
        zip_of({{"[Content_Types].xml", "<Types><x href=\"http://not.example/\"/></Types>"},
                {"word/_rels/document.xml.rels", rels},
                {"word/document.xml",
                 "<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>Ple</w:t></w:r><w:r><w:t>ase "
                 "pay</w:t></w:r></w:p><w:p><w:r><w:instrText>HYPERLINK "
                 "\"http://field.example/\"</w:instrText></w:r></w:p></w:body></w:document>"}});
    XmlFacts f;
    CHECK(XmlCollector(f, XmlSettings(), util::Deadline()).read_archive(zip));
    CHECK(f.external.size() == 2);
    CHECK(has(f.external, "https://tmpl.example/t.dotm"));
    CHECK(has(f.uris, "https://link.example/"));
    CHECK(has(f.uris, "http://field.example/"));
    CHECK_FALSE(has(f.uris, "http://not.example/"));
    CHECK(f.text.find("Please pay\n") != std::string::npos);
    XmlFacts none;
    CHECK_FALSE(XmlCollector(none, XmlSettings(), util::Deadline()).read_archive("PK no"));
    CHECK_FALSE(XmlCollector(none, XmlSettings(), util::Deadline())
                    .read_archive("PK\003\004" + std::string(100, 'x')));
    CHECK(none.documents == 0);
}

TEST_CASE("xml: an archive that unpacks to far more stops at the limit") {
    std::string zip = zip_of({{"content.xml", "<a>" + std::string(20'000'000, ' ') + "</a>"},
                              {"x.svg", "<svg><script>x()</script></svg>"}});
    XmlFacts f;
    CHECK(XmlCollector(f, XmlSettings(), util::Deadline()).read_archive(zip));
    CHECK(f.documents == 1);
    CHECK_FALSE(f.script);
}

TEST_CASE("xml: other charsets are read") {
    std::string utf16 = "\xff\xfe";
    for (char c : std::string("<svg><script>x()</script></svg>"))
        utf16 += std::string{c, '\0'};
    CHECK(facts_of(utf16).script);
    CHECK(XmlCollector::looks_like_xml(utf16));
    CHECK(facts_of("<?xml version=\"1.0\" encoding=\"windows-1251\"?><svg><text>\xcf</text>"
                   "<script>x()</script></svg>")
              .script);
    CHECK(facts_of("\n  <?xml version=\"1.0\"?><svg><script>x()</script></svg>").script);
}

TEST_CASE("xml info: evals, URIs and text reach the rules") {
    std::string config =
        "body SCRIPT eval:xml_has_script()\nbody REDIRECT eval:xml_redirect()\n"
        "body EXTERNAL eval:xml_external_uri()\n"
        "body EXTERNAL_AT eval:xml_external_uri('/pic\\.example/')\n"
        "body EXTERNAL_NOT eval:xml_external_uri('/link\\.example/')\n"
        "body FOREIGN eval:xml_foreign_object()\nbody DATA eval:xml_data_uri('/^image/')\n"
        "body DATA_ANY eval:xml_data_uri()\nbody DATA_NOT eval:xml_data_uri('/html/')\n"
        "body TEXT eval:xml_text_match('/verify your/i')\nbody TEXT_NONE eval:xml_text_match()\n"
        "body TEXT_BAD eval:xml_text_match('/(/')\n"
        "body CODE eval:xml_script_match('/alert/')\nbody REFUSED eval:xml_refused()\n"
        "body ONE eval:xml_count('1','1')\nbody TWO eval:xml_count('2')\n"
        "uri URI /link\\.example/\nbody BODY /Verify your account/\n";
    std::string drawing = svg(
        "<script>alert(1)</script><image href=\"https://pic.example/1.png\"/><image "
        "href=\"data:image/png;base64,AAAA\"/><a href=\"https://link.example/x\"><text>Verify your "
        "account</text></a>");
    PluginBench b("Miharu::XMLInfo", config);
    auto c = b.check(mail_with("image/svg+xml", "invoice.svg", drawing));
    for (const char* rule :
         {"SCRIPT", "EXTERNAL", "EXTERNAL_AT", "DATA", "DATA_ANY", "TEXT", "CODE", "ONE", "URI"}) {
        CAPTURE(rule);
        CHECK(c.hit(rule));
    }
    for (const char* rule : {"REDIRECT", "EXTERNAL_NOT", "FOREIGN", "DATA_NOT", "TEXT_BAD",
                             "REFUSED", "TWO", "BODY"}) {
        CAPTURE(rule);
        CHECK_FALSE(c.hit(rule));
    }
    CHECK(c.has_uri("https://link.example/x"));

    PluginBench with_text("Miharu::XMLInfo", config + "xml_text_in_body 1\n");
    CHECK(with_text.check(mail_with("image/svg+xml", "a.svg", drawing)).hit("BODY"));
}

TEST_CASE("xml info: which parts are read") {
    PluginBench b("Miharu::XMLInfo", "body SCRIPT eval:xml_has_script()\n");
    std::string drawing = svg("<script>x()</script>");
    for (auto [type, name] : {std::pair("image/svg+xml", "x"),
                              {"application/octet-stream", "x"},
                              {"application/octet-stream", "a.SVG"},
                              {"text/xml", "x"},
                              {"text/plain", "a.svg"},
                              {"application/xhtml+xml", "x"},
                              {"image/png", "a.png"}}) {
        CAPTURE(std::string(type));
        CAPTURE(std::string(name));
        CHECK(b.check(mail_with(type, name, drawing)).hit("SCRIPT"));
    }
    for (auto [type, name] :
         {std::pair("text/plain", "a.txt"), {"text/html", "a.html"}, {"audio/mpeg", "a.mp3"}}) {
        CAPTURE(type);
        CHECK_FALSE(b.check(mail_with(type, name, drawing)).hit("SCRIPT"));
    }
    CHECK(b.check(mail_with("application/zip", "a.zip", zip_of({{"in/a.svg", drawing}})))
              .hit("SCRIPT"));
    CHECK_FALSE(b.check(mail_with("image/svg+xml", "a.svg", "")).hit("SCRIPT"));
}
