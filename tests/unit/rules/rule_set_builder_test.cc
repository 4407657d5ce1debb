#include "rules/rule_set_builder.h"

#include <doctest/doctest.h>

#include "rules_bench.h"

using namespace rules;

TEST_CASE("rules: each kind of definition is kept") {
    RulesBench f;
    f.read(
         "header H Subject:raw !~ m{a}i [if-unset: x]\nheader E exists:To\nbody B /b/\n"
         "rawbody R /r/s\nfull F /f/m\nuri U /u/\nmeta M H && B\nmeta P ()\nreuse Q\n"
         "body BE eval:fn('a', 2)\nheader HE rbleval:check_rbl('x')\n")
        .build();
    CHECK(f.errors() == 0);
    CHECK(f.rule("H").type == RuleType::Header);
    CHECK(f.rule("H").header == "Subject:raw");
    CHECK(f.rule("H").pattern == "a");
    CHECK(f.rule("H").flag_letters == "i");
    CHECK(f.rule("H").negated);
    CHECK(f.rule("H").if_unset == "x");
    CHECK(f.rule("E").exists);
    CHECK(f.rule("R").type == RuleType::RawBody);
    CHECK(f.rule("F").type == RuleType::Full);
    CHECK(f.rule("U").type == RuleType::Uri);
    CHECK(f.rule("M").type == RuleType::Meta);
    CHECK(f.rule("P").type == RuleType::Placeholder);
    CHECK(f.rule("Q").type == RuleType::Placeholder);
    CHECK(f.rule("BE").header == "fn");
    CHECK(f.rule("BE").eval_args == std::vector<std::string>{"a", "2"});
    CHECK(f.rule("HE").type == RuleType::HeaderEval);
    CHECK(f.rule("B").position.to_string() == "x.cf:3");
}

TEST_CASE("rules: a later definition replaces, a refused one does not") {
    RulesBench f;
    f.read(
         "tflags A multiple\nbody A /one/\nheader A To =~ /two/\nbody A /bad(/\nbody A three\n"
         "meta A B +\nreuse A\n")
        .build();
    CHECK(f.errors() == 3);
    CHECK(f.rule("A").type == RuleType::Header);
    CHECK(f.rule("A").pattern == "two");
    CHECK(f.rule("A").has(kMultiple));
}

TEST_CASE("rules: wrong lines are errors and define nothing") {
    for (const char* line :
         {"body A",         "body",          "body 1A /a/",   "body A-B /a/",   "header A Subject",
          "uri A eval:f()", "body A eval:f", "meta A B ** C", "meta A B C",     "meta A B / C",
          "reuse",          "score A",       "score A 1 2",   "score A x",      "score A .5",
          "score A +1",     "score A (1)",   "priority A",    "priority A 1.5", "priority 1A 5",
          "tflags A",       "describe A"}) {
        CAPTURE(line);
        RulesBench f;
        f.read(line).build();
        CHECK(f.errors() == 1);
        RuleId id = f.rules.find("A");
        CHECK((id == kNoRule || f.rules.rule(id).type == RuleType::Unset));
    }
}

TEST_CASE("rules: names beyond 40 characters are an error for lint only, beyond 100 always") {
    std::string line =
        "body " + std::string(41, 'A') + " /a/\nbody __" + std::string(41, 'A') + " /a/\n";
    RulesBench f;
    f.read(line);
    CHECK(f.errors() == 0);
    RulesBench lint;
    lint.builder.set_lint(true);
    lint.read(line).build();
    CHECK(lint.errors() == 1);
    CHECK(lint.rules.find(std::string(41, 'A')) != kNoRule);
    RulesBench beyond;
    beyond.read("body " + std::string(101, 'A') + " /a/").build();
    CHECK(beyond.errors() == 1);
    CHECK(beyond.rules.size() == 0);
}

TEST_CASE("scores: defaults, one or four numbers, relative ones, printed as Perl prints them") {
    RulesBench f;
    f.read(
         "body A /a/\nbody T_B /b/\nbody N /n/\ntflags N nice\nbody T_N /n/\ntflags T_N nice\n"
         "body __S /s/\nbody C /c/\nscore C 1.50\nscore C (0.25)\nbody D /d/\nscore D 1 -2.10 0 3\n"
         "score D (1) (0.1) (0) (0)\nscore ELSE 0.1\nscore ELSE (0.2)\n")
        .build();
    CHECK(f.errors() == 0);
    CHECK(f.score("A") == "1 1 1 1");
    CHECK(f.score("T_B") == "0.01 0.01 0.01 0.01");
    CHECK(f.score("N") == "-1 -1 -1 -1");
    CHECK(f.score("T_N") == "-0.01 -0.01 -0.01 -0.01");
    CHECK(f.score("__S") == "1 1 1 1");
    CHECK(f.score("C") == "1.75 1.75 1.75 1.75");
    CHECK(f.score("D") == "2 -2 0 3");
    CHECK(f.score("ELSE") == "0.3 0.3 0.3 0.3");
}

TEST_CASE("priorities: net rules start at -100, captures first, metas pull down what they need") {
    RulesBench f;
    f.read(
         "body N /n/\ntflags N net\nbody P /p/\npriority P 7\nbody C /(?<CAP>c)/\npriority C 5\n"
         "body C2 /(?<CAP>c)/\nmeta M A && NN\npriority M -500\nbody A /a/\nbody NN /a/\n"
         "tflags NN net\nmeta M2 B || U\npriority M2 -50\nmeta B D\nbody D /d/\npriority D 3\n"
         "meta LATE D\npriority LATE 100\n")
        .build();
    CHECK(f.rule("N").priority == -100);
    CHECK(f.rule("P").priority == 7);
    CHECK(f.rule("C").priority == 5);
    CHECK(f.rule("C2").priority == -10000);
    CHECK(f.rule("A").priority == -500);
    CHECK(f.rule("NN").priority == -100);
    CHECK(f.rule("B").priority == -50);
    CHECK(f.rule("D").priority == -50);
}

TEST_CASE("tflags: metas over net rules are net rules, all the way up") {
    RulesBench f;
    f.read("body N /n/\ntflags N net\nmeta A N\nmeta B A && X\nbody X /x/\nmeta C X\n").build();
    CHECK(f.rule("A").has(kNet));
    CHECK(f.rule("B").has(kNet));
    CHECK_FALSE(f.rule("C").has(kNet));
}

TEST_CASE("metas: those in a cycle or over one never hit") {
    RulesBench f;
    f.read(
         "meta A B\nmeta B A || X\nmeta C A\nmeta D D\nmeta E X\nbody X /x/\n"
         "meta G rules_matching(G*) + rules_matching(X*)\n")
        .build();
    CHECK(f.errors() == 4);
    for (const char* name : {"A", "B", "C", "D"})
        CHECK(f.rule(name).type == RuleType::Placeholder);
    CHECK(f.rule("E").type == RuleType::Meta);
    CHECK(f.rule("G").type == RuleType::Meta);
}

TEST_CASE("metas: characters of Perl code are refused with a warning") {
    RulesBench f;
    f.read("meta A $x\nmeta B A::C\nmeta C A->B\n").build();
    CHECK(f.errors() == 0);
    CHECK(f.diagnostics.all().size() == 3);
    CHECK(f.rules.size() == 0);
}

TEST_CASE("evals: bad arguments and wrong kinds make the rule inert") {
    struct Known : Plugin {
        std::string_view name() const override { return "Mail::SpamAssassin::Plugin::Known"; }
        void register_in(Registration& r) override {
            for (const char* f :
                 {"html_range", "check_dkim_signed", "check_rbl", "check_no_relays"})
                r.eval(f, [](MessageStatus&, const EvalCall&) { return 0.0; });
        }
    };
    RulesBench f;
    f.plugins.add_known([] { return std::make_unique<Known>(); });
    f.read(
         "loadplugin Mail::SpamAssassin::Plugin::Known\n"
         "body OK1 eval:html_range('a')\nrawbody OK2 eval:html_range('a')\n"
         "full OK3 eval:check_dkim_signed()\nheader OK4 eval:check_rbl('a','b')\n"
         "body OK5 eval:check_no_relays()\nheader OK6 eval:unknown('a')\n"
         "header W1 eval:html_range('a')\nbody W2 eval:check_dkim_signed()\n"
         "body W3 eval:check_rbl('a','b')\nbody W4 eval:html_range(a b)\n")
        .build();
    CHECK(f.errors() == 4);
    for (const char* name : {"OK1", "OK2", "OK3", "OK4", "OK5", "OK6"})
        CHECK(f.rule(name).type != RuleType::Placeholder);
    for (const char* name : {"W1", "W2", "W3", "W4"})
        CHECK(f.rule(name).type == RuleType::Placeholder);
}

TEST_CASE("plugins: loading, aliases, features and unknown classes") {
    struct Known : Plugin {
        std::string_view name() const override { return "Mail::SpamAssassin::Plugin::DMARC"; }
        void register_in(Registration& r) override {
            r.feature("has_it");
            r.eval("its_eval", [](MessageStatus&, const EvalCall&) { return 0.0; });
        }
    };
    RulesBench f;
    f.plugins.add_known([] { return std::make_unique<Known>(); });
    f.read(
         "if has(Mail::SpamAssassin::Plugin::DMARC::has_it)\nbody EARLY /a/\nendif\n"
         "loadplugin Mail::SpamAssassin::Plugin::Dmarc\n"
         "loadplugin Mail::SpamAssassin::Plugin::DMARC some/file.pm\n"
         "if (can(Mail::SpamAssassin::Plugin::DMARC::has_it) && "
         "plugin(Mail::SpamAssassin::Plugin::Dmarc))\nbody A /a/\nendif\n"
         "if has(Mail::SpamAssassin::Plugin::DMARC::its_eval)\nbody B /b/\nendif\n"
         "enable_compat xyz\nif can(Mail::SpamAssassin::Conf::compat_xyz)\nbody C /c/\nendif\n"
         "tryplugin No::Such\n")
        .build();
    CHECK(f.diagnostics.all().empty());
    CHECK(f.plugins.loaded().size() == 1);
    CHECK(f.rules.find("EARLY") == kNoRule);
    for (const char* name : {"A", "B", "C"})
        CHECK(f.rules.find(name) != kNoRule);
    f.read(
        "loadplugin No::Such\nloadplugin\nloadplugin No-Such\nloadplugin A b.txt\n"
        "enable_compat x y\n");
    CHECK(f.errors() == 4);
    CHECK(f.diagnostics.all()[0].severity == config::Severity::Warning);
    CHECK(f.diagnostics.all()[0].text.find("x.cf:1") != std::string::npos);
}

TEST_CASE("user preferences: scores and texts lie over the site's, rules stay") {
    RulesBench f;
    f.read("body A /a/\nscore A 2\ndescribe A site\nbody B /b/\n").build();
    config::Settings mine = f.settings;
    config::ReadOptions options;
    options.from_user = true;
    config::Reader(f.schema, f.conditions, f.diagnostics)
        .read_text(
            "score A (1)\nscore NEW 1\ndescribe A mine\ndescribe NEW x\nbody C /c/\n"
            "tflags A net\nrequired_score 3\nadd_header all Mine x\n",
            "user_prefs", mine, options);
    CHECK(f.errors() == 2);
    CHECK(f.score("A") == "2 2 2 2");
    CHECK(f.score("A", mine) == "3 3 3 3");
    CHECK(f.settings.get<Descriptions>().by_rule[0] == "site");
    CHECK(mine.get<Descriptions>().by_rule[0] == "mine");
    CHECK(f.settings.get<CoreSettings>().required_score == 5);
    CHECK(mine.get<CoreSettings>().required_score == 3);
    CHECK(mine.get<CoreSettings>().headers_ham.size() == 2);
    CHECK(f.settings.get<CoreSettings>().headers_ham.size() == 1);
}

TEST_CASE("core keywords: headers are added, replaced, removed and unescaped") {
    RulesBench f;
    f.read(
        "add_header all One \"a\\tb\\nc\\qd\\\\e\"\nadd_header spam one two \n"
        "add_header ham Gone x\nremove_header ham gone\nremove_header all Checker-Version\n"
        "add_header some Bad x\nadd_header all Bad\nremove_header all Bad x\n");
    const auto& core = f.settings.get<CoreSettings>();
    CHECK(f.errors() == 3);
    REQUIRE(core.headers_ham.size() == 2);
    CHECK(core.headers_ham[0].name == "Checker-Version");
    CHECK(core.headers_ham[1].value == "a\tb\ncd\\e");
    REQUIRE(core.headers_spam.size() == 2);
    CHECK(core.headers_spam[1].name == "one");
    CHECK(core.headers_spam[1].value == "two");
    f.read("report_safe 0\nreport_safe 1\n");
    CHECK(core.headers_spam.back().name == "Report");
    f.read("clear_headers\n");
    CHECK(f.settings.get<CoreSettings>().headers_spam.size() == 1);
}

TEST_CASE("core keywords: templates and rewriting") {
    RulesBench f;
    f.read(
        "report one\nreport \"two \"\nreport\nrewrite_header subject [SPAM]\n"
        "rewrite_header FROM (x)\nrewrite_header To y\nrewrite_header To\nrewrite_header Cc z\n"
        "subjprefix A pre fix\n");
    const auto& core = f.settings.get<CoreSettings>();
    CHECK(core.report_template == "one\ntwo \n\n");
    CHECK(core.rewrite_header.size() == 2);
    CHECK(core.rewrite_header.at("Subject") == "[SPAM]");
    CHECK(core.rewrite_header.at("From") == "[x]");
    CHECK(core.subjprefix.at("A") == "pre fix");
    CHECK(f.errors() == 1);
    f.read("clear_report_template\n");
    CHECK(f.settings.get<CoreSettings>().report_template.empty());
}

TEST_CASE("core keywords: values are checked by type, and kept") {
    RulesBench f;
    f.read(
        "required_hits 6.5\ntime_limit 2 m\nuse_bayes NO\nok_locales en ja\n"
        "bayes_file_mode 770\nbayes_token_ttl 1d\nbayes_auto_expire yes\n"
        "bayes_ignore_header X-A x-b\nbayes_token_sources all nouri\nlock_method flock\n"
        "body_part_scan_size 100\nnormalize_charset 0\n");
    CHECK(f.errors() == 0);
    const auto& core = f.settings.get<CoreSettings>();
    CHECK(core.required_score == 6.5);
    CHECK(core.time_limit == 120);
    CHECK_FALSE(core.use_bayes);
    CHECK(core.ok_locales == "en ja");
    CHECK(core.other_or("bayes_file_mode", "") == "0770");
    CHECK(core.other_number_or("bayes_token_ttl", 0) == 86400);
    CHECK(core.other_or("bayes_auto_expire", "") == "1");
    CHECK(core.other_or("bayes_path", "none") == "none");
    CHECK(util::join(core.other.at("bayes_ignore_header"), " ") == "x-a x-b");
    CHECK(util::join(core.other.at("bayes_token_sources"), " ") ==
          "header visible invisible mimepart");
    CHECK(core.message.body_part_scan_size == 100);
    CHECK_FALSE(core.message.normalize_charset);
    for (const char* line :
         {"required_score", "required_score x", "time_limit -1", "use_bayes maybe", "ok_locales",
          "bayes_file_mode 888", "bayes_path /", "lock_method x", "clear_headers x",
          "report_safe 3", "allow_user_rules yes", "util_rb_tld a.b", "util_rb_2tld a",
          "redirector_pattern x", "trusted_networks", "bayes_token_sources x"}) {
        CAPTURE(line);
        RulesBench wrong;
        wrong.read(line);
        CHECK(wrong.errors() == 1);
    }
}

TEST_CASE("core keywords: redirectors answer their target") {
    RulesBench f;
    f.read(
         "redirector_pattern /^https?:\\/\\/r\\.example\\/(\\w+)$/i\n"
         "redirector_pattern m'^https?://r\\.example/\\?u=(.+)'\n")
        .build();
    const auto& target = f.settings.get<CoreSettings>().message.redirector_target;
    REQUIRE(target);
    CHECK(target("http://r.example/?u=x.org") == "x.org");
    CHECK_FALSE(target("http://r.example/word"));
    CHECK_FALSE(target("http://other.example/"));
}

TEST_CASE("core keywords: networks that are internal must be trusted") {
    RulesBench f;
    f.read(
         "trusted_networks 10.0.0.0/8\ninternal_networks 10.1.0.0/16 192.0.2.0/24 !10.1.2.3\n"
         "msa_networks 198.51.100.7\n")
        .build();
    CHECK(f.errors() == 2);
    const auto& m = f.settings.get<CoreSettings>().message;
    CHECK(m.internal_networks.contains("10.1.1.1"));
    CHECK_FALSE(m.internal_networks.contains("192.0.2.1"));
    CHECK(m.internal_networks.contains("127.0.0.1"));
    CHECK_FALSE(m.msa_networks.contains("198.51.100.7"));
    f.read("clear_trusted_networks\n");
    const auto& cleared = f.settings.get<CoreSettings>().message;
    CHECK_FALSE(cleared.trusted_networks.contains("10.1.1.1"));
    CHECK(cleared.trusted_networks.contains("::1"));
    CHECK_FALSE(cleared.trusted_networks_configured);
}

TEST_CASE("dns keywords: servers, options, restrictions, timeouts and ports") {
    RulesBench f;
    f.read(
        "dns_server 192.0.2.1\ndns_server [2001:db8::1]:5353\ndns_server fe80::1%eth0\n"
        "dns_options rotate,nov6 edns=1400\ndns_query_restriction deny .Example.com.\n"
        "dns_query_restriction allow a.example.com\ndns_block_rule R .Zone.org a.b\n"
        "rbl_timeout 10 2\nrbl_timeout 1m 5s .Slow.org\ndns_local_ports_avoid 2000-2009 70\n"
        "dns_available test: a b\n");
    CHECK(f.errors() == 0);
    const auto& dns = f.settings.get<DnsSettings>();
    CHECK(util::join(dns.servers, " ") == "[192.0.2.1]:53 [2001:db8::1]:5353 [fe80::1%eth0]:53");
    CHECK(dns.rotate);
    CHECK_FALSE(dns.v6);
    CHECK(dns.edns == 1400);
    CHECK(dns.query_restriction.at("example.com"));
    CHECK_FALSE(dns.query_restriction.at("a.example.com"));
    CHECK(dns.block_rules.at("R").count("zone.org") == 1);
    CHECK(dns.timeout.longest == 10);
    CHECK(dns.timeout_by_zone.at("slow.org").shortest == 5);
    CHECK(dns.local_ports->count() == 65536 - 1024 - 10);
    for (const char* line :
         {"dns_server x", "dns_server 192.0.2.1:0", "dns_options x", "dns_options edns=100",
          "dns_query_restriction deny", "dns_block_rule R a/b", "rbl_timeout", "rbl_timeout x",
          "rbl_timeout 1 2 3", "dns_local_ports_permit 0", "dns_available maybe"}) {
        CAPTURE(line);
        RulesBench wrong;
        wrong.read(line);
        CHECK(wrong.errors() == 1);
    }
}
