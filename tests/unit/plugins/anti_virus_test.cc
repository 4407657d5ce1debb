#include <doctest/doctest.h>

#include "plugin_bench.h"

namespace {

const char kConfig[] =
    "body EXE eval:check_microsoft_executable()\n"
    "body NAME eval:check_suspect_name()\n";

std::string mail(std::string_view type, std::string_view body = "hello\n",
                 std::string_view encoding = "7bit") {
    return "From: a@b.example\nSubject: papers\nMIME-Version: 1.0\n"
           "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: " +
           std::string(type) + "\nContent-Transfer-Encoding: " + std::string(encoding) + "\n\n" +
           std::string(body) + "--x--\n";
}

}  // namespace

TEST_CASE("antivirus: programs are known by name and by their first bytes") {
    PluginBench bench("AntiVirus", kConfig);
    auto runs = [&](std::string text) { return bench.check(std::move(text)).hit("EXE"); };
    CHECK(runs(mail("application/octet-stream; name=\"Invoice.EXE\"")));
    CHECK(runs(mail("application/x-zip; name=a.zip.scr?")));
    CHECK_FALSE(runs(mail("application/octet-stream; name=\"exe\"")));
    CHECK_FALSE(runs(mail("application/octet-stream; name=a.exe.txt")));
    CHECK_FALSE(
        runs(mail("application/octet-stream\nContent-Disposition: attachment; filename=a.exe")));
    CHECK(runs(mail("application/pdf", "TVqQAAMAAAAEAAAA//8AALgAAAA\n", "base64")));
    CHECK_FALSE(runs(mail("application/pdf", "TVqQAAMAAAAEAAAA//8AALgAAAA\n")));
    CHECK_FALSE(
        runs(mail("application/pdf", "JVBERi0xLjQK\nTVqQAAMAAAAEAAAA//8AALgAAAA\n", "base64")));
    CHECK(runs(mail("text/plain", "see\nbegin 644 x\nM35J0``@````$````\n")));
    CHECK_FALSE(runs(mail("application/x-uu", "M35J0``@````$````\n")));
}

TEST_CASE("antivirus: a name that does not go with its type is suspect") {
    PluginBench bench("AntiVirus", kConfig);
    const std::pair<const char*, bool> rows[] = {
        {"application/zip; name=a.txt", true},
        {"text/plain; name=a.txt", false},
        {"application/octet-stream; name=a.txt", false},
        {"text/plain; name=a.gif", true},
        {"image/pjpeg; name=a.jpg", false},
        {"text/x-vcard; name=me.vcf", false},
        {"text/directory; name=me.vcf", true},
        {"audio/x-wav; name=a.exe", true},
        {"application/x-msdownload; name=a.exe", false},
        {"application/vnd.ms-word; name=a.doc", false},
        {"application/x-msword; name=a.doc", false},
        {"image/png; name=a.doc", true},
        {"application/vnd.ms-powerpoint; name=a.ppt", false},
        {"application/pdf; name=a.ppt", true},
        {"application/vnd.ms-excel; name=a.xls", false},
        {"application/x-excel-sheet; name=a.xls", true},
        {"application/zip; name=a.tar.gz", false},
        {"application/zip; name=txt", true},
        {"application/zip", false},
    };
    for (const auto& [type, suspect] : rows) {
        CAPTURE(type);
        CHECK(bench.check(mail(type)).hit("NAME") == suspect);
    }
}
