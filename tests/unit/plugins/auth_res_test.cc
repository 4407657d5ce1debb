#include "plugins/auth_res.h"

#include <doctest/doctest.h>

#include "plugin_bench.h"

using plugins::AuthResults;

namespace {

// "method=result" of all, or "(refused)".
std::string parsed(std::string_view value, std::string_view name = "Authentication-Results",
                   const plugins::AuthServers& servers = {}) {
    AuthResults results;
    if (!plugins::parse_auth_results(name, value, servers, results)) {
        CHECK(results.empty());
        return "(refused)";
    }
    std::string all;
    for (const auto& [method, found] : results)
        for (const auto& r : found) {
            all += (all.empty() ? "" : " ") + method + "=" + r.result;
            for (const auto& [ptype, properties] : r.properties)
                for (const auto& [property, text] : properties)
                    all += "," + ptype + "." + property + "=" + text;
        }
    return all;
}

}  // namespace

TEST_CASE("authres: fields are read as servers write them, or not at all") {
    const std::pair<const char*, const char*> rows[] = {
        {"mx.example; spf=pass smtp.mailfrom=a@b.example", "spf=pass,smtp.mailfrom=a@b.example"},
        {"mx.example 1; spf=fail (not (really)) smtp.helo=x; dkim=none",
         "dkim=none spf=fail,smtp.helo=x"},
        {"mx.example (hi) ; SPF = softfail reason=\"a \\\" b\" ;", "spf=softfail"},
        {"mx.example; mx.example; dmarc=pass action=none header.from=b.example",
         "dmarc=pass,header.from=b.example"},
        {"mx.example; sender-id/1=pass header.anything=x.y", "sender-id=pass,header.anything=x.y"},
        {"mx.example; dkim=pass header.i=@b.example header.b=\"q w\"",
         "dkim=pass,header.b=q w,header.i=@b.example"},
        {"mx.example; none", "(refused)"},
        {"mx.example", "(refused)"},
        {"spf=pass", "(refused)"},
        {"mx.example; spf=maybe", "(refused)"},
        {"mx.example; spf=PASS", "(refused)"},
        {"mx.example; teapot=pass", "(refused)"},
        {"mx.example; spf=pass header.d=x", "(refused)"},
        {"mx.example; spf=pass smtp.colour=x", "(refused)"},
        {"mx.example; spf=pass (open", "(refused)"},
        {"mx.example; dkim=pass; spf=nope", "(refused)"},
        {"; spf=pass", "(refused)"},
    };
    for (const auto& [value, expected] : rows) {
        CAPTURE(value);
        CHECK(parsed(value) == expected);
    }
    CHECK(parsed("i=2; mx.example; arc=pass", "ARC-Authentication-Results") == "arc=pass");
    CHECK(parsed("i=51; mx.example; arc=pass", "ARC-Authentication-Results") == "(refused)");
    CHECK(parsed("mx.example; arc=pass", "ARC-Authentication-Results") == "(refused)");
}

TEST_CASE("authres: servers may be trusted or ignored by name") {
    plugins::AuthServers servers;
    servers.trusted = {"mx.example"};
    CHECK(parsed("MX.Example; spf=pass", "Authentication-Results", servers) == "spf=pass");
    CHECK(parsed("evil.example; spf=pass", "Authentication-Results", servers) == "(refused)");
    servers.trusted.clear();
    servers.ignored = {"mx.example"};
    CHECK(parsed("mx.example; spf=pass", "Authentication-Results", servers) == "(refused)");
}

TEST_CASE("authres: rules ask for a result, pass wins, and headers below the border do not count") {
    const char mail[] =
        "Authentication-Results: mx.example; spf=fail; dkim=neutral\n"
        "Authentication-Results: mx.example; spf=pass\n"
        "Received: from x.example (x.example [192.0.2.7]) by mx.example; Mon, 1 Jan 2024 "
        "00:00:00 +0000\n"
        "Authentication-Results: evil.example; dmarc=pass\nFrom: a@b.example\n\nbody\n";
    std::string rules =
        "header SPF eval:check_authres_result('spf', 'Pass')\n"
        "header DKIM eval:check_authres_result('dkim', 'neutral')\n"
        "header NO_DMARC eval:check_authres_result('dmarc', 'missing')\n"
        "header DMARC eval:check_authres_result('dmarc', 'pass')\n";
    PluginBench own("AuthRes", rules);
    auto c = own.check(mail);
    CHECK(c.hit("SPF"));
    CHECK(c.hit("DKIM"));
    CHECK(c.hit("NO_DMARC"));
    CHECK_FALSE(c.hit("DMARC"));
    CHECK(plugins::auth_results(*c.status).at("spf").size() == 2);
    PluginBench all("AuthRes", rules + "authres_networks All\n");
    CHECK(all.check(mail).hit("DMARC"));
    PluginBench bad("AuthRes", "authres_networks some\nauthres_trusted_authserv\n");
    CHECK(bad.diagnostics.error_count() == 2);
}
