#include <doctest/doctest.h>

#include "plugin_bench.h"
#include "plugins/office_document.h"
#include "zip_file.h"

using plugins::OfficeFacts;
using plugins::OfficeInspector;
using plugins::OfficeSettings;
using namespace std::string_literals;

namespace {

// The head of a compound file, and `rest` from byte 1024 on.
std::string compound(std::string_view rest) {
    std::string file = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"s;
    file.resize(1024, '\0');
    return file + std::string(rest);
}

const std::string kMacro = "\0Attribut\0e VB_Name"s;

OfficeFacts facts_of(std::string_view name, const std::string& bytes,
                     const OfficeSettings& settings = {}) {
    OfficeFacts facts;
    OfficeInspector(facts, settings, true, true).look_at(name, bytes);
    return facts;
}

OfficeSettings extended() {
    OfficeSettings settings;
    settings.extended_scan = true;
    return settings;
}

std::string relationship(std::string_view target) {
    return "<Relationship Id=\"a\" Target=\"" + std::string(target) +
           "\" TargetMode=\"External\"/>";
}

// Every entry marked as encrypted, in both places.
std::string with_password(std::string zip) {
    for (auto [signature, flags] : {std::pair("PK\3\4", 6), std::pair("PK\1\2", 8)})
        for (size_t at = 0; (at = zip.find(signature, at)) != std::string::npos; at += 4)
            zip[at + static_cast<size_t>(flags)] |= 1;
    return zip;
}

}  // namespace

TEST_CASE("olevbmacro: macros of old documents are known by the source they carry") {
    CHECK(facts_of("a.doc", compound(kMacro)).macro);
    CHECK_FALSE(facts_of("a.doc", compound("nothing")).macro);
    CHECK_FALSE(facts_of("a.doc", " " + compound(kMacro)).macro);
    CHECK_FALSE(facts_of("a.txt", compound(kMacro)).macro);
    CHECK_FALSE(facts_of("A.DOC", compound(kMacro)).macro);  // as Perl's compiled patterns do
    CHECK(facts_of("a.rtf", "{\\rtf1{\\object\\objdata 01}}").macro);
    CHECK_FALSE(facts_of("a.doc", compound(kMacro)).malice);
    CHECK(facts_of("a.doc", compound(kMacro + "Sub Document_Open()")).malice);
}

TEST_CASE("olevbmacro: encrypted documents are known by their streams and flags") {
    auto flagged = [](size_t at, char value, std::string_view streams = "") {
        std::string file = compound(streams);
        file[at] = value;
        return file;
    };
    CHECK(facts_of("a.docx", compound("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"s))
              .encrypted);
    CHECK(facts_of("a.doc", flagged(0x20b, '\x13')).encrypted);
    CHECK(facts_of("a.doc", flagged(0x208, '\xfe')).encrypted);
    CHECK(facts_of("a.doc", flagged(0x214, '\x2f')).encrypted);
    CHECK_FALSE(facts_of("a.doc", compound("")).encrypted);
    CHECK_FALSE(facts_of("a.xls", flagged(0x20b, '\x13', "W\0o\0r\0k\0b\0o\0o\0k\0"s)).encrypted);
    CHECK_FALSE(facts_of("a.doc", "\xd0\xcf\x11\xe0").encrypted);
}

TEST_CASE("olevbmacro: zip documents say it in their entries") {
    auto macros = facts_of("a.docx", zip_of({{"word/VBAproject.bin", "Sub AutoOpen()"}}));
    CHECK(macros.macro);
    CHECK(macros.malice);
    CHECK_FALSE(facts_of("a.docx", zip_of({{"word/other.bin", "Sub AutoOpen()"}})).malice);
    CHECK(facts_of("a.xlsx", zip_of({{"[Content_Types].xml", "x macroEnabled y"}})).macro);
    CHECK_FALSE(facts_of("a.xlsx", zip_of({{"[Content_Types].xml", "x"}})).macro);
    CHECK(facts_of("a.xlsx", zip_of({{"xl/embeddings/a", "x"}})).object);
    CHECK(facts_of("a.docx", zip_of({{"word/chunk.rtf", "x"}})).rtf_object);
    CHECK_FALSE(facts_of("a.docx", zip_of({{"other/chunk.rtf", "x"}})).rtf_object);

    auto links = facts_of("a.docx", zip_of({{"a.rels", relationship("http://a.example/") +
                                                           relationship("mhtml:http://b.example/") +
                                                           relationship("file://c.example/")}}));
    CHECK(links.redirect_uris ==
          std::vector<std::string>{"http://a.example/", "http://b.example/"});
    CHECK(links.mhtml_uris == std::vector<std::string>{"mhtml:http://b.example/"});
    std::string many;
    for (int i = 0; i < 30; ++i)
        many += relationship("mhtml:http://" + std::to_string(i) + ".example/");
    links = facts_of("a.docx", zip_of({{"a.rels", many}}));
    CHECK(links.redirect_uris.size() == 10);
    CHECK(links.mhtml_uris.size() == 5);
}

TEST_CASE("olevbmacro: a wrong checksum hides nothing, a broken entry is skipped") {
    std::string zip = zip_of({{"[Content_Types].xml", "macroEnabled"}});
    std::string wrong = zip;
    for (auto [signature, crc] : {std::pair("PK\3\4", 14), std::pair("PK\1\2", 16)})
        wrong[wrong.find(signature) + static_cast<size_t>(crc)] ^= 1;
    CHECK(facts_of("a.docx", wrong).macro);
    CHECK_FALSE(facts_of("a.docx", zip.substr(0, zip.size() - 10)).macro);
    CHECK_FALSE(facts_of("a.docx", "PK").macro);
}

TEST_CASE("olevbmacro: archives are followed as deep and as far as the settings say") {
    std::string doc = zip_of({{"a.doc", compound(kMacro)}});
    CHECK(facts_of("a.zip", doc).macro);
    std::string nested = zip_of({{"b.zip", doc}});
    CHECK(facts_of("a.zip", nested).macro);
    std::string deeper = zip_of({{"c.zip", nested}});
    CHECK_FALSE(facts_of("a.zip", deeper).macro);
    OfficeSettings settings;
    settings.zip_depth = 3;
    CHECK(facts_of("a.zip", deeper, settings).macro);

    std::string second = zip_of({{"x.doc", "x"}, {"a.doc", compound(kMacro)}});
    settings.max_entries = 1;
    CHECK_FALSE(facts_of("a.zip", second, settings).macro);
    settings.max_entries = 2;
    CHECK(facts_of("a.zip", second, settings).macro);
    settings.max_entries = 0;
    CHECK_FALSE(facts_of("a.zip", second, settings).macro);
    settings.max_entries = 8;
    settings.max_names = 1;
    CHECK_FALSE(facts_of("a.zip", second, settings).macro);
}

TEST_CASE("olevbmacro: unpacking ends at its limit, and what is there is looked at") {
    OfficeSettings settings;
    settings.max_unpacked = 2000;
    std::string behind =
        zip_of({{"bomb.doc", std::string(100000, '\0')}, {"a.doc", compound(kMacro)}});
    CHECK_FALSE(facts_of("a.zip", behind, settings).macro);
    std::string before = zip_of({{"a.doc", compound(kMacro) + std::string(100000, '\0')}});
    CHECK(facts_of("a.zip", before, settings).macro);
}

TEST_CASE("olevbmacro: passwords on entries are noted, and macros under a macro's name") {
    auto facts = facts_of("a.zip", with_password(zip_of({{"a.txt", "x"}})));
    CHECK(facts.zip_password);
    CHECK_FALSE(facts.macro);
    CHECK(facts_of("a.zip", with_password(zip_of({{"a.docm", "x"}}))).macro);
    CHECK_FALSE(facts_of("a.zip", with_password(zip_of({{"a.pptx", "x"}}))).zip_password);
    CHECK_FALSE(facts_of("a.zip", zip_of({{"a.txt", "x"}})).zip_password);
}

TEST_CASE("olevbmacro: renamed documents are found when every file is looked at") {
    CHECK_FALSE(facts_of("a.dat", compound("")).renamed);
    CHECK(facts_of("a.dat", compound(""), extended()).renamed);
    CHECK(facts_of("a.dat", zip_of({{"[Content_Types].xml", ""}}), extended()).renamed);
    CHECK_FALSE(facts_of("a.dat", zip_of({{"a.txt", "x"}}), extended()).renamed);
    CHECK(facts_of("a.dat", zip_of({{"b.dat", compound(kMacro)}}), extended()).macro);
    CHECK_FALSE(facts_of("a.doc", compound(""), extended()).renamed);
}

TEST_CASE("olevbmacro: programs that a document fetches, tables that start one") {
    auto fetches = [](const std::string& text) { return facts_of("a.doc", text).download; };
    CHECK(fetches("x\0https://bad.example/dir/a.exe\0"s));
    CHECK(fetches("x\0HTTP://bad.example/dir/aXbat|"s));
    CHECK(fetches("\0http://"s + std::string(2000, 'a') + ".cmd\x06"s));
    CHECK_FALSE(fetches("\0http://"s + std::string(2001, 'a') + ".cmd\x06"s));
    CHECK_FALSE(fetches("x\0http://b.ex/a.exe\0"s));
    CHECK_FALSE(fetches("x\0http://bad.example/dir/a.exe "s));
    CHECK_FALSE(fetches("x http://bad.example/dir/a.exe\0"s));
    CHECK(fetches("cmd.exe /c ms^h^ta ht^tps:/^/x"));
    CHECK(facts_of("a.csv", "=MSEXCEL|'..\\Windows\\System32\\cmd.exe'").csv);
    CHECK_FALSE(facts_of("a.txt", "=MSEXCEL|'..\\Windows\\System32\\cmd.exe'").csv);
}

TEST_CASE("olevbmacro: attachments are chosen by name, encoding and type, and counted") {
    PluginBench bench("OLEVBMacro",
                      "body MACRO eval:check_olemacro()\n"
                      "body TARGET eval:check_olemacro_redirect_uri()\n"
                      "olemacro_max_file 5000\n");
    std::string macro = compound(kMacro);
    CHECK(bench.check(mail_with("application/msword", "a.doc", macro)).hit("MACRO"));
    CHECK_FALSE(bench.check(mail_with("text/plain", "a.doc", macro)).hit("MACRO"));
    CHECK_FALSE(
        bench.check(mail_with("application/msword", "a.doc", std::string(6000, 'x') + "\\objdata"))
            .hit("MACRO"));
    std::string mail = mail_with("application/msword", "a.doc", macro);
    mail.replace(mail.find("filename=\"a.doc\""), 16, "filename=\"b.txt\"");
    CHECK_FALSE(bench.check(mail).hit("MACRO"));
    PluginBench other("OLEVBMacro",
                      "body MACRO eval:check_olemacro()\n"
                      "olemacro_prefer_contentdisposition 0\nolemacro_exts \\.dat$\n");
    CHECK_FALSE(other.check(mail).hit("MACRO"));
    mail.replace(mail.find("name=\"a.doc\""), 12, "name=\"a.dat\"");
    CHECK(other.check(mail).hit("MACRO"));

    auto linked = bench.check(mail_with(
        "application/x", "a.docx", zip_of({{"a.rels", relationship("http://far.example/x")}})));
    CHECK(linked.details("TARGET") == "http://far.example/x");
    CHECK(linked.has_uri("http://far.example/x"));
}

TEST_CASE("olevbmacro: a pattern that does not compile is reported and changes nothing") {
    PluginBench bench("OLEVBMacro", "body MACRO eval:check_olemacro()\nolemacro_exts (\n");
    CHECK(bench.diagnostics.error_count() == 1);
    CHECK(bench.check(mail_with("application/msword", "a.doc", compound(kMacro))).hit("MACRO"));
}
