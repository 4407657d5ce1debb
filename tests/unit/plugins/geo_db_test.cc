#include "plugins/geo_db.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "mmdb_file.h"
#include "plugin_bench.h"
#include "tests/support/temporary_directory.h"

namespace {

std::string place(std::string_view country, std::string_view continent) {
    return MmdbFile::map({{"country", MmdbFile::map({{"iso_code", MmdbFile::text(country)}})},
                          {"continent", MmdbFile::map({{"code", MmdbFile::text(continent)}})}});
}

// Databases under their usual names.
struct GeoFiles {
    TemporaryDirectory top;
    const std::string& directory = top.path;
    GeoFiles() {
        MmdbFile country;
        country.add("192.0.2.0", 24, place("FI", "EU"));
        country.add("198.51.100.0", 24, place("JP", "AS"));
        country.add("2001:db8::", 32, place("NZ", "OC"));
        country.add("203.0.113.128", 25, MmdbFile::map({}));
        write("GeoLite2-Country.mmdb", country);
        MmdbFile isp;
        isp.add("192.0.2.0", 24,
                MmdbFile::map({{"isp", MmdbFile::text("Data Rancid")},
                               {"autonomous_system_number", MmdbFile::number(64500)},
                               {"autonomous_system_organization", MmdbFile::text("Rancid Oy")}}));
        isp.add("198.51.100.0", 24,
                MmdbFile::map({{"autonomous_system_number", MmdbFile::number(64501)}}));
        write("GeoIP2-ISP.mmdb", isp);
    }
    void write(std::string_view name, const MmdbFile& file) const {
        std::ofstream(directory + "/" + std::string(name), std::ios::binary) << file.bytes();
    }
    std::string config(std::string_view more = "") const {
        return "geodb_search_path " + directory + "\n" + std::string(more);
    }
};

std::string received(std::string_view ip) {
    return "Received: from a.example (a.example [" + std::string(ip) +
           "]) by b.example with ESMTP; Thu, 1 Jan 2026 00:00:00 +0000\n";
}

std::string mail(std::string_view headers, std::string_view body = "Hello\n") {
    return std::string(headers) + "From: x@y.example\nSubject: hi\n\n" + std::string(body);
}

}  // namespace

TEST_CASE("geo db: addresses are found in databases of either kind") {
    GeoFiles files;
    PluginBench bench("RelayCountry", files.config());
    config::Diagnostics diagnostics;
    using plugins::GeoKind;
    auto geo = plugins::GeoDb::open(
        bench.settings, {GeoKind::City, GeoKind::Country, GeoKind::Isp, GeoKind::Asn}, diagnostics);
    CHECK(diagnostics.all().empty());
    CHECK(geo.has_country());
    CHECK(geo.has_isp());
    CHECK(geo.has_asn());
    CHECK(geo.country("192.0.2.7") == "FI");
    CHECK(geo.country("2001:db8:1::2") == "NZ");
    CHECK(geo.country("203.0.113.7") == "XX");
    CHECK(geo.country("203.0.113.200") == "XX");
    CHECK(geo.country("10.1.2.3") == "**");
    CHECK(geo.country("mail.example") == "XX");
    CHECK(geo.country("") == "");
    CHECK(geo.continent("198.51.100.255") == "AS");
    CHECK(geo.continent("10.1.2.3") == "XX");
    CHECK(geo.isp("192.0.2.255").value_or("(none)") == "Data Rancid");
    CHECK_FALSE(geo.isp("198.51.100.1").has_value());
    CHECK(geo.asn("198.51.100.1").value_or("(none)") == "64501");
    CHECK(geo.asn_organization("192.0.2.1") == "Rancid Oy");
    CHECK(geo.asn_organization("198.51.100.1") == "");
}

TEST_CASE("geo db: a database that cannot be read is a warning, one that is not there is none") {
    GeoFiles files;
    auto warnings = [&](const std::string& config) {
        PluginBench bench("RelayCountry", config);
        std::string all;
        for (const auto& d : bench.diagnostics.all())
            all += d.text + "\n";
        return all;
    };
    CHECK(warnings("geodb_search_path /nonexistent\n").empty());
    std::string missing = warnings("geodb_options country:/nonexistent/x.mmdb\n");
    CHECK(missing == "geodb: country database /nonexistent/x.mmdb: No such file\n");
    std::ofstream(files.directory + "/broken.mmdb") << "no database";
    std::string broken = warnings("geodb_options country:" + files.directory + "/broken.mmdb\n");
    CHECK(broken.starts_with("geodb: country database " + files.directory + "/broken.mmdb: "));
    CHECK(warnings("geodb_module geoip\n") ==
          "geodb: geodb_module geoip is not supported, geoip2 is\n");
}

TEST_CASE("relay country: hops become pseudo-headers and tags") {
    GeoFiles files;
    PluginBench bench("RelayCountry",
                      files.config("trusted_networks 198.51.100.1\ninternal_networks 198.51.100.1\n"
                                   "header FINLAND X-Relay-Countries =~ /\\bFI\\b/\n"));
    auto c = bench.check(mail(received("198.51.100.1") + received("203.0.113.5") +
                              received("192.0.2.9") + received("10.1.1.1")));
    CHECK(c.hit("FINLAND"));
    CHECK(c.metadata("X-Relay-Countries") == "XX FI **");
    CHECK(c.metadata("X-Relay-Countries-External") == "XX FI **");
    CHECK(c.metadata("X-Relay-Countries-All") == "JP XX FI **");
    CHECK(c.metadata("X-Relay-Countries-Auth") == "");
    CHECK(c.tag("RELAYCOUNTRY") == "XX FI **");
    CHECK(c.tag("RELAYCOUNTRYALL") == "JP XX FI **");

    SUBCASE("without hops they are empty") {
        CHECK(bench.check(mail("")).metadata("X-Relay-Countries") == "");
    }
    SUBCASE("without a database there are none") {
        PluginBench bare("RelayCountry", "geodb_search_path /nonexistent\n");
        auto b = bare.check(mail(received("192.0.2.9")));
        CHECK(b.metadata("X-Relay-Countries") == "(none)");
        CHECK(b.tag("RELAYCOUNTRY") == "(none)");
    }
}

TEST_CASE("relay country: hops behind an authenticated one are told apart") {
    GeoFiles files;
    PluginBench bench("RelayCountry", files.config("trusted_networks 198.51.100/24\n"));
    auto c = bench.check(mail(received("198.51.100.1") +
                              "Received: from me (h.example [192.0.2.4]) by b.example with ESMTPSA"
                              " id 1; Thu, 1 Jan 2026 00:00:00 +0000\n"));
    CHECK(c.metadata("X-Relay-Countries-Auth") == "FI");
}

TEST_CASE("asn: the last external hop is looked up") {
    GeoFiles files;
    auto config = [&](std::string_view more) {
        return files.config(
            "header IN_AS eval:check_asn('/^AS6450[0]\\b/')\n"
            "header IN_TAG eval:check_asn('64500', 'asn')\n"
            "meta BOTH IN_AS && IN_TAG\n" +
            std::string(more));
    };
    PluginBench bench("ASN", config(""));
    REQUIRE(bench.diagnostics.all().empty());
    auto c = bench.check(mail(received("192.0.2.9") + received("198.51.100.1")));
    CHECK(c.tag("ASN") == "AS64500 Rancid Oy");
    CHECK(c.metadata("X-ASN") == "64500");
    CHECK(c.hit("IN_AS"));
    CHECK(c.hit("IN_TAG"));
    CHECK(c.hit("BOTH"));
    CHECK(c.details("IN_AS") == "ASN: AS64500 Rancid Oy");

    auto other = bench.check(mail(received("198.51.100.1")));
    CHECK(other.tag("ASN") == "AS64501");
    CHECK_FALSE(other.hit("IN_AS"));
    CHECK(bench.check(mail(received("10.0.0.1"))).tag("ASN") == "(none)");
    CHECK(bench.check(mail("")).metadata("X-ASN") == "(none)");

    PluginBench plain("ASN", config("asn_prefix ''\nasn_lookup asn.example _A_ _R_\n"));
    auto p = plain.check(mail(received("192.0.2.9")));
    CHECK(p.tag("ASN") == "64500 Rancid Oy");
    CHECK(p.tag("A") == "");
    CHECK(p.tag("R") == "");
    PluginBench off("ASN", config("asn_use_geodb 0\n"));
    CHECK(off.check(mail(received("192.0.2.9"))).tag("ASN") == "(none)");
}

TEST_CASE("asn: bad lines and bad regexes are reported") {
    PluginBench bench("ASN",
                      "asn_lookup zone.example _ASN_\nasn_lookup\nclear_asn_lookups all\n"
                      "asn_lookup zone.example. _A_ _B_\n"
                      "header NONE eval:check_asn()\nheader BAD eval:check_asn('/(/')\n");
    CHECK(bench.diagnostics.error_count() == 3);
    CHECK(bench.diagnostics.all().size() >= 5);
    CHECK_FALSE(bench.check(mail(received("192.0.2.9"))).hit("BAD"));
}

TEST_CASE("uri local bl: links are judged by where their address stands") {
    GeoFiles files;
    PluginBench bench("URILocalBL", files.config("uri_block_cc FINLAND fi\n"
                                                 "uri_block_cc ABROAD !fi !nz\n"
                                                 "uri_block_cont ASIA as af\n"
                                                 "uri_block_isp RANCID \"data  rancid\" other\n"
                                                 "uri_block_cidr NEAR 203.0.113.0/24 192.0.2.77\n"
                                                 "uri_block_cc SPARED jp\n"
                                                 "uri_block_exclude SPARED 198.51.100.8\n"));
    REQUIRE(bench.diagnostics.all().empty());
    auto hits = [&](std::string_view link) {
        auto c = bench.check(mail("", "See " + std::string(link) + " now\n"));
        std::string all;
        for (const char* rule : {"FINLAND", "ABROAD", "ASIA", "RANCID", "NEAR", "SPARED"})
            if (c.hit(rule))
                all += (all.empty() ? "" : " ") + std::string(rule);
        return all;
    };
    CHECK(hits("http://192.0.2.5/x") == "FINLAND RANCID");
    CHECK(hits("http://192.0.2.77/x") == "FINLAND RANCID NEAR");
    CHECK(hits("http://198.51.100.9/") == "ABROAD ASIA SPARED");
    CHECK(hits("http://198.51.100.8/") == "ABROAD ASIA");
    CHECK(hits("http://203.0.113.4/") == "ABROAD NEAR");
    CHECK(hits("http://www.y.example/") == "");
    auto c = bench.check(mail("", "See http://192.0.2.77/x now\n"));
    CHECK(c.details("FINLAND") == "Host: 192.0.2.77 in country FI");
    CHECK(c.details("RANCID") == "Host: 192.0.2.77 in isp Data Rancid");
    CHECK(c.details("NEAR") == "Host: 192.0.2.77 in cidr");
}

TEST_CASE("uri local bl: bad lines are reported and define nothing") {
    PluginBench bench("URILocalBL",
                      "uri_block_cc MIXED fi !se\nuri_block_cc LONG fin\nuri_block_cc 1BAD fi\n"
                      "uri_block_cont DIGIT e1\nuri_block_cidr NET nowhere\nuri_block_cc EMPTY\n"
                      "uri_block_cidr GOOD 203.0.113.0/24\n");
    CHECK(bench.diagnostics.error_count() == 6);
    CHECK(bench.rules.find("MIXED") == rules::kNoRule);
    // Networks need no database.
    CHECK(bench.check(mail("", "See http://203.0.113.4/ now\n")).hit("GOOD"));
}
