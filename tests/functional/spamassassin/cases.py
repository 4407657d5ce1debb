"""The situations of situations.py."""
import base64
import os
import re

HEAD = ("Received: from mail.example.net (mail.example.net [192.0.2.9]) by mx.example.org with ESMTP id 1;\n"
        "\tMon, 5 Jan 2026 10:00:00 +0000\nFrom: Alice Example <alice@example.net>\nTo: bob@example.org\n"
        "Subject: A note on prices\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <1@example.net>\n")
MAIL = HEAD + "\nDear Bob, the price is 100 and the PRICE is 200.\n\nSee http://www.example.com/path?x=1 soon.\n"
REPORT = "clear_report_template\nreport _SUMMARY_\n"

BAD = ["body A /unbalanced(/", "header A Subject =~ no delimiters", "nonsense 5", "score A abc", "required_score", "if (version > 3", "endif", "ifplugin X\nheader A Subject =~ /x/", "describe NOSUCH x",
       "header A eval:no_such()", "meta AA B &&", "meta AA (B", "report_safe 3", "rewrite_header Foo x", "include nosuch.cf", "tflags A nonsense", "score A 1 2", "header A exists:", "body A /a||b/", "body A /(?{x})/", "meta AA B C"]


def html(page, head=HEAD):
    return head + "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + page.encode().decode("latin-1") + "\n"


def case(name, cf, *mails, **more):
    made = dict(more, name=name, cf=cf)
    if mails:
        made["mails"] = list(mails)
    return made


def rules():
    yield case("priorities", "header A Subject =~ /note/\nheader B Subject =~ /note/\npriority A 5\npriority B -5\nmeta MA A && B\npriority MA -10\nmeta M2 A && !B\n" + REPORT)
    yield case("meta over rules that do not run", "header N eval:check_rbl('x', 'zen.example.')\nmeta MM N\nmeta M2 !N\nmeta M3 N || __X\nheader __X Subject =~ /note/\nmeta M4 __NONE\nmeta M5 !__NONE\n" + REPORT)
    yield case("meta over net rules", "header N Subject =~ /note/\ntflags N net\nmeta MM N\nmeta M2 !N\nmeta M3 N || A\nheader A Subject =~ /note/\n" + REPORT)
    yield case("if and else", """
if (version >= 3.004) && (version < 5)
header V1 Subject =~ /./
else
header V2 Subject =~ /./
endif
if can(Mail::SpamAssassin::Conf::feature_bug6558_free)
header C1 Subject =~ /./
elsif (1 == 1)
header C2 Subject =~ /./
endif
if has(Mail::SpamAssassin::Plugin::BodyEval::check_body_length)
header H1 Subject =~ /./
endif
if !has(Mail::SpamAssassin::Plugin::BodyEval::no_such_thing)
header H2 Subject =~ /./
endif
if plugin ( Mail::SpamAssassin::Plugin::BodyEval )
ifplugin Mail::SpamAssassin::Plugin::NoSuch
header P1 Subject =~ /./
else
header P2 Subject =~ /./
endif
endif
if (local_tests_only)
header L1 Subject =~ /./
endif
if perl_version > 5.008
header R1 Subject =~ /./
endif
if !(version == 4.000001)
header V3 Subject =~ /./
endif
""" + REPORT)
    yield case("multiple and maxhits", "body A /price/i\ntflags A multiple\nbody B /e/\ntflags B multiple maxhits=4\nuri U /example/\ntflags U multiple\nheader H Received =~ /example/\ntflags H multiple\nrawbody R /p/\ntflags R multiple maxhits=2\nfull F /e/\ntflags F multiple maxhits=7\nmeta MM A > 1\nmeta M2 B == 4\nmeta M3 F >= 7\nscore A 0.7\n" + REPORT)
    yield case("mimeheader", "mimeheader A Content-Type =~ /html/\nmimeheader B Content-Type !~ /html/\nmimeheader C X-None =~ /^gone$/ [if-unset: gone]\nmimeheader D Content-Type:raw =~ /;\\n/\nmimeheader E ANY =~ /part-two/\nmimeheader F Content-Type =~ /text/\ntflags F multiple\n" + REPORT,
               HEAD + "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain;\n charset=us-ascii\n\none\n--b\nContent-Type: text/html\nX-Mark: part-two\n\n<b>two</b>\n--b--\n")
    yield case("captures", "header A From:addr =~ /^(?<LOCALPART>[^@]+)\\@(?<DOM>.*)$/\nbody B /Dear (?<WHO>\\w+)/\nbody C /is (?<NUM>\\d+)/\ntflags C multiple\nbody D /price is %{NUM}/i\nheader E To =~ /%{WHO}/i\nbody F /%{NEVER}/\nheader G To:addr =~ /%{LOCALPART}|%{WHO}/i\npriority B -10\npriority C -10\nadd_header all Tags l=_LOCALPART_ d=_DOM_ w=_WHO_ n=_NUM_\n" + REPORT, arguments=["-t"])
    yield case("names", "header A-B Subject =~ /./\nheader 1A Subject =~ /./\nheader A1 Subject =~ /./\nheader __A Subject =~ /./\nheader T_A Subject =~ /./\nheader " + "A" * 60 + " Subject =~ /./\nheader " + "B" * 130 + " Subject =~ /./\nheader a_lower Subject =~ /./\n" + REPORT)
    yield case("types", "body A /x/\nheader A Subject =~ /note/\nheader B Subject =~ /note/\nbody B /nothing/\nmeta CC 1\nbody CC /nothing/\n" + REPORT)
    yield case("relative scores", "header A Subject =~ /note/\nscore A 2\nscore A (1.5)\nheader B Subject =~ /note/\nscore B 1 2 3 4\nscore B (0.5) (0.5) (0.5) (0.5)\nscore B (-0.25)\nheader C Subject =~ /note/\nscore C (3)\n" + REPORT)
    yield case("duplicates", "header A Subject =~ /note/\nheader B Subject =~ /note/\nheader C Subject =~ /note/i\nbody D /price/\nbody E /price/\ndescribe A one\ndescribe B two\nscore B 2\nmeta MM A + B + C\n" + REPORT)
    yield case("long descriptions", "header A Subject =~ /note/\ndescribe A " + "word " * 40 + "\nheader B Subject =~ /note/\ndescribe B " + "x" * 120 + "\nheader " + "L" * 40 + " Subject =~ /note/\ndescribe " + "L" * 40 + " short\nscore A 123.456\nscore B -12.5\n" + REPORT)
    yield case("shortcircuit", "header A Subject =~ /note/\nshortcircuit A on\npriority A -100\nheader B Subject =~ /note/\nheader S Subject =~ /spammy/\nshortcircuit S spam\npriority S -90\nheader H Subject =~ /hammy/\nshortcircuit H ham\npriority H -80\n", MAIL, MAIL.replace("A note", "spammy"), MAIL.replace("A note", "hammy"), MAIL.replace("A note", "other"), plugins=["Shortcircuit"], arguments=[])
    yield case("body and its changes", "body A /A note on prices/\nbody B /^Dear Bob, the/\nbody C /200\\. See/\nrawbody D /200\\.\\n\\nSee/\nbody E /Dear\\s+Bob/\ntflags E nosubject\nbody F /note/\ntflags F nosubject\n" + REPORT)
    yield case("uris", "uri A /^http:\\/\\/www\\.example\\.com\\/path/\nuri B /^mailto:/\nuri C /bare\\.example/\nuri_detail D domain =~ /^example\\.com$/\nuri_detail E text =~ /click/ raw =~ /other/\nuri_detail F type =~ /^a$/ cleaned !~ /www/\nuri_detail G host =~ /^other/\n" + REPORT,
               MAIL, html("<a href=\"http://other.example.org/x%41y\">click</a> <img src=http://img.example.com/a.gif> me@example.com www.bare.example.com"), plugins=["URIDetail"])
    yield case("replace tags", "replace_start <\nreplace_end >\nreplace_tag P [p\\xfe]\nreplace_pre X x?\nreplace_inter W \\W*\nbody A /<inter W><P>ri<P>?ce/i\nreplace_rules A\nbody B /<P>rice/\n" + REPORT)
    yield case("subject prefix and rewrite", "header A Subject =~ /note/\nsubjprefix A [TAG]\nrewrite_header Subject *SPAM _SCORE_*\nrewrite_header From spam\nrewrite_header To (x)\nrequired_score 0.5\nreport_safe 0\n", arguments=[])


def markup():
    for safe in "012":
        yield case("report_safe " + safe, "report_safe %s\nheader A Subject =~ /note/\nscore A 9\n" % safe, MAIL, html("<b>bold \u20ac</b>"), MAIL.replace("Subject: A note", "Subject: A\xfc note"), MAIL.replace("\n", "\r\n"), arguments=[])
    yield case("utf8 headers", "header A Subject =~ /note/\ndescribe A Gr\xc3\xbc\xc3\x9fe\nscore A 9\nreport_safe 0\nreport_charset utf-8\nadd_header all Text \xc3\xa4\xc3\xb6_SUBJECT_ _HEADER(Subject)_ _YESNO_ _YESNOCAPS_\nrewrite_header Subject \xc3\xa4[_SCORE(0)_]\n", MAIL, MAIL.replace("A note", "=?utf-8?B?%s?= note" % base64.b64encode("\u00fcber".encode()).decode()), arguments=[])
    yield case("header formats", "header A Subject =~ /note/\nclear_headers\nadd_header ham One _TESTS_|_TESTSSCORES_|_STARS(*)_|_BAYES_|_REQD_|_VERSION_\nadd_header spam Two x\nadd_header all Long " + "word " * 30 + "\nadd_header all Lines a\\nb\\tc\nadd_header all Odd _NOSUCHTAG_ _REPORT_\nremove_header all Odd\nfold_headers 1\n", arguments=[])
    yield case("reports", "header A Subject =~ /note/\nscore A 9\nclear_report_template\nreport Hello _HITS_ of _REQD_ on _CONTACTADDRESS_\nreport _PREVIEW_\nreport   indented\nreport_contact me@example.com\nreport _SUMMARY_\n", arguments=["-t"])
    yield case("8-bit report", "header A Subject =~ /note/\nscore A 9\ndescribe A M\xe4rchen\nclear_report_template\nreport \xfcber _SUMMARY_\nreport_charset iso-8859-1\n", arguments=[])
    marked = ("X-Spam-Flag: YES\nX-Spam-Level: ****\nX-Spam-Status: Yes, score=9.0 required=5.0 tests=A\n\tautolearn=no version=4.0.1\nX-Spam-Prev-Subject: before\n"
              "X-Spam-Other: x\nX-Foreign: y\n")
    yield case("marks of others", "header A X-Spam-Flag =~ /YES/\nheader B X-Spam-Other =~ /x/\nheader C ALL =~ /X-Spam/\n" + REPORT, marked + MAIL)
    yield case("-d on marks", "header A Subject =~ /note/\n", marked + MAIL, (marked + MAIL).replace("\n", "\r\n"), MAIL, arguments=["-d"])
    yield case("gtube", "header A Subject =~ /note/\n", HEAD + "\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n", arguments=["-t"])


def odd_mail():
    rule = "header A Subject =~ /./\nbody B /./\nheader M eval:check_for_missing_to_header()\nbody P eval:check_msg_parse_flags('missing_head_body_separator')\nbody T eval:check_msg_parse_flags('truncated_headers')\nmeta MP __MIME\nheader __MIME exists:MIME-Version\n" + REPORT
    yield case("no separator", rule, HEAD + "this is no header\nDear Bob\n", HEAD, "just text\n", "", "\n", "\n\nbody only\n", "From x@example.com Mon Jan  5 10:00:00 2026\n" + MAIL, each=True)
    yield case("bad types", rule, *[HEAD + "MIME-Version: 1.0\nContent-Type: %s\n\n<b>hello</b> price\n" % t for t in ("text", "text/", "text/plain charset=x", "/html", "text/html; charset=\"\"", "multipart/mixed", "text/plain; charset=nonsense-1")])
    yield case("dates", "header A eval:check_for_shifted_date('-3', '-6')\nheader B eval:check_for_shifted_date('6', '12')\nheader C eval:check_for_shifted_date('96', 'undef')\nheader D eval:received_within_months('6','undef')\n" + REPORT,
               *[MAIL.replace("Date: Mon, 5 Jan 2026 10:00:00 +0000", "Date: " + d) for d in ("Mon, 5 Jan 2026 18:00:00 +0000", "Mon, 5 Jan 2026 05:30:00 +0000", "5 Jan 26 10:00 EST", "Thu, 1 Jan 1970 00:00:00 GMT", "nonsense", "Mon, 05 Feb 2026 10:00:00")])
    yield case("hidden html", "body A /visible/\nbody B /secret/\nrawbody C /secret/\nbody D eval:html_test('html_hidden')\nbody E /free/i\nbody F eval:html_tag_exists('script')\nbody G eval:html_range('length','0','100')\n" + REPORT,
               html("<div style=\"display:none\">secret</div>visible <font size=0>tiny</font>"), html("<font color=white>secret</font> visible"), html("<body bgcolor=#000000><font color='#010101'>secret</font> visible"),
               html("fr<!-- x -->ee f<b></b>ree"), html("&#102;&#x72;ee \u00fc<script>secret()</script>"), html("<span style='color:rgb(255,255,254);background:white'>secret</span> visible"))


def trust():
    received = ["from a.example (a.example [203.0.113.1]) by b.example with SMTP; Mon, 5 Jan 2026 10:00:00 +0000",
                "from [10.0.0.1] (helo=x.example) by a.example with esmtpa (Exim 4.9) id 1; Mon, 5 Jan 2026 09:59:00 +0000",
                "from unknown (HELO y.example) (198.51.100.7) by c.example with SMTP; 5 Jan 2026 09:58:00 -0000",
                "from z.example ([2001:db8::7]) (authenticated bits=0) by a.example (8.14/8.14) with ESMTPSA id 2; Mon, 5 Jan 2026 09:57:00 +0000"]
    tags = "add_header all T _RELAYSTRUSTED_\nadd_header all U _RELAYSUNTRUSTED_\nadd_header all I _RELAYSINTERNAL_\nadd_header all E _RELAYSEXTERNAL_\nadd_header all L _LASTEXTERNALIP_ _LASTEXTERNALRDNS_ _LASTEXTERNALHELO_\nheader A eval:check_all_trusted()\nheader B ALL-UNTRUSTED =~ /198/\n"
    for name, networks in (("none", ""), ("trusted", "trusted_networks 203.0.113/24 10/8\n"), ("internal", "trusted_networks 203.0.113/24 10/8\ninternal_networks 203.0.113.1\n"),
                           ("msa", "trusted_networks 203.0.113/24 10/8 198.51.100/24\ninternal_networks 203.0.113.1 10.0.0.1\nmsa_networks 10.0.0.1\n"),
                           ("excluded", "trusted_networks !203.0.113.1 203.0.113/24\n"), ("odd", "trusted_networks 203.0.113.1 nonsense 300.1.2.3 1.2.3.4/33\n"), ("cleared", "trusted_networks 203.0.113.1\nclear_trusted_networks\ntrusted_networks 198.51.100.7\n")):
        yield case("networks " + name, networks + tags, *["".join("Received: %s\n" % r for r in chosen) + MAIL.split("+0000\n", 1)[1] for chosen in (received, received[::-1], received[1:3], [])], arguments=[])
    yield case("originating ip", "originating_ip_headers X-Yahoo-Post-IP X-Mine\n" + tags, "X-Mine: 203.0.113.77\nX-Originating-IP: [203.0.113.78]\n" + MAIL, "X-Originating-IP: [203.0.113.78]\n" + MAIL,
               "X-Mine: 203.0.113.77\nX-Mine: 203.0.113.79\n" + MAIL, "X-Mine: 203.0.113.77\nX-Mine: none\n" + MAIL, arguments=[])
    yield case("envelope sender", "header A EnvelopeFrom =~ /(?<ENV>.*)/\nheader B EnvelopeFrom:addr =~ /alice/\nenvelope_sender_header X-Env\nadd_header all Env _ENV_ _SENDERDOMAIN_ _AUTHORDOMAIN_\n", MAIL, "X-Env: <env@example.net>\n" + MAIL, "Return-Path: <rp@example.net>\n" + MAIL, arguments=[])


def lists():
    check = "header W eval:check_from_in_welcomelist()\ntflags W nice userconf\nscore W -7\nheader B eval:check_from_in_blocklist()\nheader D eval:check_from_in_default_welcomelist()\nheader T eval:check_to_in_welcomelist()\nheader M eval:check_to_in_more_spam()\nheader A eval:check_to_in_all_spam()\nheader K eval:check_to_in_blocklist()\nheader F eval:check_forged_in_welcomelist()\n" + REPORT
    for name, lines in (("old names", "whitelist_from *@example.net\nblacklist_from alice@*\ndef_whitelist_from_rcvd *@example.net example.net\nwhitelist_to bob@example.org\nmore_spam_to bob@*\nall_spam_to *@example.org\nblacklist_to bob@example.org"),
                        ("new names", "welcomelist_from *@example.net\nblocklist_from alice@*\ndef_welcomelist_from_rcvd *@example.net example.net\nwelcomelist_to bob@example.org\nblocklist_to bob@example.org"),
                        ("rcvd", "welcomelist_from_rcvd alice@example.net example.net"), ("rcvd ip", "welcomelist_from_rcvd alice@example.net [192.0.2.0/24]"), ("rcvd other", "welcomelist_from_rcvd alice@example.net other.example"),
                        ("taken back", "welcomelist_from *@example.net alice@example.net\nunwelcomelist_from *@example.net\nblocklist_from alice@example.net\nunblocklist_from alice@example.net"),
                        ("relays allowed", "welcomelist_allows_relays alice@example.net\nwelcomelist_from_rcvd alice@example.net other.example"), ("mixed", "whitelist_from a*@example.n?t\nunwelcomelist_from a*@example.n?t\nwhitelist-from ALICE@EXAMPLE.NET")):
        yield case("lists " + name, check + lines + "\n", arguments=["-t"])
        yield case("lists of the user " + name, check, prefs=lines + "\n")
    yield case("compatibility of names", "enable_compat welcomelist_blocklist\nif can(Mail::SpamAssassin::Conf::compat_welcomelist_blocklist)\nheader NEW Subject =~ /./\nelse\nheader OLD Subject =~ /./\nendif\nwelcomelist_from *@example.net\n" + check)
    yield case("no compatibility", "if can(Mail::SpamAssassin::Conf::compat_welcomelist_blocklist)\nheader NEW Subject =~ /./\nelse\nheader OLD Subject =~ /./\nendif\n" + REPORT)
    yield case("uri hosts", "blocklist_uri_host example.com\nwelcomelist_uri_host www.example.com\nenlist_uri_host (MINE) example.com !www.example.com\nbody B eval:check_uri_host_in_blocklist()\nbody W eval:check_uri_host_in_welcomelist()\nbody M eval:check_uri_host_listed('MINE')\nheader L eval:check_uri_host_listed('OTHER')\n" + REPORT)
    yield case("address lists", "enlist_addrlist (GOOD) *@example.net\nheader G eval:check_from_in_list('GOOD')\nheader H eval:check_replyto_in_list('GOOD')\nheader I eval:check_to_in_list('GOOD')\n" + REPORT)
    yield case("subject lists", "welcomelist_subject note on\nblocklist_subject A note\nheader W eval:check_subject_in_welcomelist()\nheader B eval:check_subject_in_blocklist()\n" + REPORT)


def plugins():
    yield case("freemail", "freemail_domains freemail.example *.post.example\nfreemail_whitelist ok@freemail.example\nheader F eval:check_freemail_from()\nheader R eval:check_freemail_replyto('replyto')\nheader Y eval:check_freemail_replyto('reply')\nbody B eval:check_freemail_body()\nheader H eval:check_freemail_header('X-Ad')\n" + REPORT,
               *[MAIL.replace("alice@example.net", a) + b for a, b in (("alice@freemail.example", ""), ("alice@x.post.example", "write to carol@freemail.example\n"), ("ok@freemail.example", ""), ("a@example.net", "dave@freemail.example\n"))], "Reply-To: c@freemail.example\nX-Ad: <x@freemail.example>\n" + MAIL.replace("alice@example.net", "b@freemail.example"))
    yield case("fromnamespoof", "header S eval:check_fromname_spoof()\nheader D eval:check_fromname_different()\nheader O eval:check_fromname_owners_differ()\nheader M eval:check_fromname_domain_differ()\nheader C eval:check_fromname_contains_email()\nheader T eval:check_fromname_equals_to()\nheader R eval:check_fromname_equals_replyto()\nadd_header all N _FNSFNAMEADDR_ _FNSFADDRADDR_ _FNSFNAMEDOMAIN_ _FNSFNAMEOWNER_ _FNSFADDROWNER_\n",
               *[MAIL.replace("Alice Example <alice@example.net>", f) for f in ("\"boss@example.com\" <alice@example.net>", "bob@example.org <alice@example.net>", "\"alice@example.net\" <alice@example.net>", "\"x@a.example.net\" <alice@example.net>")], plugins=["FromNameSpoof"], arguments=[])
    yield case("decodeshorturls", "url_shortener short.example.com .sho.rt\nurl_shortener_get get.example.com\nbody S eval:short_url()\nbody R eval:short_url_redir()\nbody T eval:short_url_tests()\n" + REPORT, MAIL + "http://short.example.com/abc https://x.sho.rt/def\n", MAIL, plugins=["DecodeShortURLs"])
    yield case("phishing", "phishing_openphish_feed DIR/feed\nbody P eval:check_phishing()\ndescribe P Listed\n" + REPORT, plugins=["Phishing"])
    yield case("vbounce", "welcomelist_bounce_relays mx.example.org\nheader H eval:have_any_bounce_relays()\nbody W eval:check_welcomelist_bounce_relays()\n" + REPORT)
    yield case("bodyeval", "body L eval:check_body_length('200')\nrawbody N eval:check_blank_line_ratio('1','100','2')\nbody S eval:check_stock_info('2')\nbody P eval:plaintext_body_length('10', '500')\n" + REPORT)
    yield case("language of descriptions", "header A Subject =~ /note/\ndescribe A english\nlang de describe A deutsch\nlang de report_contact x\nlang fr describe A francais\n" + REPORT)


def configuration():
    yield case("lint, good", "header A Subject =~ /note/\ndescribe A one\n", arguments=["--lint"], errors=True)
    for i, line in enumerate(BAD):
        yield case("lint %02d" % i, "header GOOD Subject =~ /note/\n" + line + "\n", arguments=["--lint"], errors=True)
    for i, line in enumerate(BAD):
        if i % 7 == 0:
            yield case("bad lines from %02d" % i, "".join("%s\nheader AFTER%d Subject =~ /note/\n" % (l.replace(" A ", " A%d " % n), n) for n, l in enumerate(BAD[i:i + 7])) + REPORT)
    yield case("includes", "include more.inc\nheader A Subject =~ /note/\n" + REPORT, files={"site/more.inc": "header I Subject =~ /note/\ninclude deeper.inc\n", "site/deeper.inc": "header D Subject =~ /note/\n"})
    yield case("include of itself", "include case.cf\nheader A Subject =~ /note/\n" + REPORT)
    yield case("includes of the user", "header A Subject =~ /note/\n" + REPORT, prefs="include other\nscore A 3\n", files={"other": "score A 4\n"})
    yield case("rules of the user", "header A Subject =~ /note/\n" + REPORT, prefs="header U Subject =~ /note/\nscore A 2.5\nscore NOSUCH 1\ndescribe A mine\n")
    yield case("rules of the user, allowed", "allow_user_rules 1\nheader A Subject =~ /note/\n" + REPORT, prefs="header U Subject =~ /note/\nscore A 2.5\n")
    yield case("case and blanks", "  HEADER   A   Subject=~/note/  # comment\nheader B subject =~ /note\\#/ # x\nScore A 2\nheader-x\nrequired-score 3\nreport-safe 0\nbody C /pri\\x63e/\n" + REPORT)


# Points for one rule, so that mail with the note in its subject is spam.
SPAMMY = "header A Subject =~ /note/\nscore A 9\nreport_safe 0\nclear_headers\nadd_header all Status _YESNO_ _TESTS_\n"
LUNCH = MAIL.replace("A note on prices", "lunch")
ENVELOPE = "From alice@example.net Mon Jan  5 10:00:00 2026\n"


def mbx(*mails):
    """A mailbox of c-client's kind: lines that end in CRLF behind a head of 2048 bytes."""
    out = ("*mbx*\r\n" + "00000000000f0000\r\n").ljust(2046) + "\r\n"
    for mail in mails:
        mail = mail.replace("\n", "\r\n")
        out += " 5-Jan-2026 10:00:00 +0000,%d;000000000000-00000001\r\n%s" % (len(mail), mail)
    return out


def options():
    yield case("exit codes", SPAMMY, MAIL, LUNCH, each=True, commands=[["-e"], ["-e", "7"], ["--exit-code", "3"], ["--error-code=2", "-t"], []])
    yield case("mailboxes", SPAMMY, files={"box": ENVELOPE + MAIL + "\n" + ENVELOPE + LUNCH + "\n>From here\n\n" + ENVELOPE + "\njust text\n", "other.mbx": mbx(LUNCH), "folder/2": LUNCH, "folder/1": MAIL, "folder/.3": MAIL, "folder/sub/4": MAIL},
               commands=[["--mbox", "DIR/box"], ["--mbx", "DIR/other.mbx"], ["DIR/folder/1", "DIR/folder/2"], ["--mbox", "-d", "DIR/box"], ["-e", "--mbox", "DIR/box"], ["DIR/nothing"], ["DIR/folder/1", "DIR/nothing"]], unordered=True)
    yield case("a mailbox on standard input", SPAMMY, ENVELOPE + MAIL + "\n" + ENVELOPE + LUNCH, commands=[["--mbox"], ["-"], ["DIR/none", "-"]], unordered=True)
    yield case("lines of configuration", SPAMMY, commands=[["--cf", "score A 1"], ["--cf=score A 1", "--cf", "required_score 0.5"], ["--pre", "loadplugin Mail::SpamAssassin::Plugin::Shortcircuit", "--cf", "shortcircuit A spam"], ["--cf=nonsense"], ["--lint", "--cf=nonsense"]])
    yield case("files of preferences", SPAMMY, files={"more": "score A 1\n"}, commands=[["-p", "DIR/more"], ["--prefspath=DIR/more"], ["--prefs-file", "DIR/more"], ["-p", "DIR/none"], ["-x"], ["-t", "--nocreate-prefs"]])
    yield case("lint and preferences", SPAMMY, prefs="score A 1\nnonsense 1\n", arguments=["--lint"], errors=True)
    yield case("lint makes no preferences", SPAMMY, commands=[["-C", "DIR/rules", "--siteconfigpath", "DIR/site", "--lint"]], bare=True, made=[".spamassassin/user_prefs"])
    yield case("preferences are made", SPAMMY, commands=[["-L", "-C", "DIR/rules", "--siteconfigpath", "DIR/site"]], bare=True, made=[".spamassassin/user_prefs"])
    yield case("wrong options", SPAMMY, commands=[["-e", "x"], ["-F", "1"], ["-P"], ["--mbox=x"], ["--report-safe"]])


def tests_of_its_own():
    """What SpamAssassin's own tests ask of the program."""
    check = "describe %s old\nheader %s eval:check_%s()\n"
    yield case("functions of the old names", "whitelist_from *@example.net\nblacklist_from alice@*\nwhitelist_to bob@example.org\nblacklist_uri_host www.example.com\nwhitelist_subject note\nblacklist_subject A note\nwhitelist_bounce_relays mx.example.org\ndef_whitelist_from_rcvd *@example.net example.net\n" +
               "".join(check % (n.upper(), n.upper(), n) for n in ("from_in_whitelist", "from_in_blacklist", "to_in_whitelist", "to_in_blacklist", "from_in_default_whitelist", "subject_in_whitelist", "subject_in_blacklist", "forged_in_whitelist", "forged_in_default_whitelist", "uri_host_in_whitelist", "uri_host_in_blacklist")) + REPORT)
    for compat in ("", "enable_compat welcomelist_blocklist\n"):
        yield case("stock lists" + (", compatible" if compat else ""), "whitelist_from *@example.net\nblacklist_from alice@*\nwhitelist_to bob@example.org\nblacklist_uri_host www.example.com\nwhitelist_subject note\nmore_spam_to bob@example.org\n" + REPORT,
                   files={"site/compat.pre": compat}, stock=True)
    yield case("headers and their parts", """
header T_AD From:addr =~ /^alice\\@example\\.net$/
header T_NA From:name =~ /^Alice Example$/
header T_RA From:raw =~ /^ Alice Example <alice/
header T_HO From:host =~ /^example\\.net$/
header T_DO From:domain =~ /^example\\.net$/
header T_IP Received:ip =~ /^192\\.0\\.2\\.9$/
header T_RE Received:revip =~ /^9\\.2\\.0\\.192$/
header T_LA X-Twice:last =~ /^two$/
header T_FI X-Twice:first =~ /^one$/
header T_BO X-Twice =~ /one\\ntwo/
header T_TC ToCc =~ /bob.*carol/s
header T_MI MESSAGEID =~ /^<1\\@example\\.net>/m
header T_AL ALL =~ /^X-Twice: one$/m
header T_AR ALL:raw =~ /^X-Fold: a\\n b$/m
header T_AF ALL =~ /^X-Fold: a b$/m
header T_UN X-None =~ /^unset$/ [if-unset: unset]
header T_UU X-None =~ /^UNSET$/
header T_NE X-None !~ /x/
header T_EX exists:X-Twice
header T_EN exists:X-None
header T_EA exists:From:addr
header T_EN2 X-Spam-Relays-External =~ /ip=192\\.0\\.2\\.9/
header T_8B X-Eight =~ /\\xc3\\xa9/
header T_8R X-Eight:raw =~ /\\?Q\\?/
header T_COMB X-Twice:last:raw =~ /two/
header T_COMC X-Twice:raw:first =~ /one/
""" + REPORT, "X-Twice: one\nX-Fold: a\n b\nX-Eight: =?iso-8859-1?Q?caf=E9?=\n" + MAIL.replace("Subject:", "X-Twice: two\nCc: carol@example.com\nSubject:"))
    yield case("captures of other types", "uri U1 /example\\.com\\/(?<PATHNAME>\\w+)/\nrawbody R1 /price is (?<PRICE>\\d+)/\nfull F1 /^Date: (?<DAY>\\w+)/m\nmeta MM U1 && R1\nbody B1 /the %{PRICE}|is %{PRICE}/\nadd_header all Tags p=_PATHNAME_ c=_PRICE_ d=_DAY_\n" + REPORT, arguments=["-t"])
    for normalize in "01":
        utf8 = "Gr\u00fc\u00dfe aus K\u00f6ln".encode()
        yield case("headers in UTF-8, normalize_charset " + normalize, "normalize_charset %s\nheader S1 Subject =~ /Gr\xc3\xbc\xc3\x9fe/\nheader S2 Subject =~ /Gr\\xfc\\xdfe/\nbody B1 /Gr\xc3\xbc\xc3\x9fe/\nbody B2 /Gr\\xfc\\xdfe/\nbody B3 /Gr..e aus/\nscore S1 9\nrewrite_header Subject [SP\xc3\x84M]\nreport_safe 0\nadd_header all Subj _SUBJECT_ _HEADER(From:name)_ _HEADER(From:addr)_\nadd_header all Dom _AUTHORDOMAIN_ _PREVIEW_\n" % normalize,
                   *[MAIL.encode().replace(b"A note on prices", s).replace(b"Alice Example", s).replace(b"Dear", b + b"\n\nDear").replace(b"\n\n", ("\nMIME-Version: 1.0\nContent-Type: text/plain; charset=%s\n\n" % c).encode(), 1)
                     for s, b, c in ((utf8, utf8, "utf-8"), (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", utf8.decode().encode("latin-1"), "iso-8859-1"), (b"=?iso-8859-1?Q?Gr=FC=DFe?=", utf8, "us-ascii"))],
                   b"From: \"M\xc3\xbcller\" <m@b\xc3\xbccher.example>\nTo: x@b\xc3\xbccher.example\nSubject: =?utf-8?B?%s?=\n\n%s\n" % (base64.b64encode(utf8), utf8), arguments=[])
    yield case("deep nesting", "header A Subject =~ /note/\nbody B /innermost/\nmimeheader C Content-Type =~ /boundary=\"?b39/\n" + REPORT,
               HEAD + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0\n\n" + "".join("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (i, i + 1) for i in range(120)) + "--b120\n\ninnermost\n",
               HEAD + "MIME-Version: 1.0\nContent-Type: message/rfc822\n\n" + "Content-Type: message/rfc822\n\n" * 60 + "innermost\n")
    yield case("versions wanted", "header GOOD Subject =~ /note/\nrequire_version 9.9\nheader AFTER Subject =~ /note/\n" + REPORT, commands=[["-t"], ["--lint"]])
    yield case("versions wanted, met", "require_version 4.000001\nversion_tag myrules=1.0\nheader GOOD Subject =~ /note/\nadd_header all V _VERSION_ _RULESVERSION_\nlang de_DE describe GOOD gut\nlang en describe GOOD good\nlang xx\n" + REPORT, commands=[["-t"], ["--lint"]])
    yield case("short circuits and their tags", "header A1 Subject =~ /note/\nshortcircuit A1 spam\npriority A1 -100\nscore A1 2\nheader B1 Subject =~ /./\nshortcircuit_spam_score 33\nshortcircuit_ham_score -44\nheader H1 Subject =~ /lunch/\nshortcircuit H1 ham\npriority H1 -99\nadd_header all SC _SCTYPE_ _SCRULE_ _SC_\nmeta M1 B1 && A1\n", MAIL, LUNCH, plugins=["Shortcircuit"], arguments=["-t"])
    yield case("scores of nothing", "header A1 Subject =~ /note/\nscore A1 0\nheader B1 Subject =~ /note/\nscore B1 0 0 0 0\nmeta M1 A1\nmeta M2 !A1\nheader T_X Subject =~ /note/\nheader __S Subject =~ /note/\nscore __S 5\nmeta M3 __S\nscore M3 0.01\nmeta M4 (A1 + B1 + __S) == 1\nmeta M5 3 > 2\nmeta M6 1 && (0 || 1)\nmeta M7 M3 * 2 - 1\nmeta M8 rules_matching(M*)\nmeta M9 rules_matching(__*) > 0\n" + REPORT)
    yield case("bodies and modifiers", "body B1 /dear bob/i\nbody B2 /dear bob/\nbody B3 m{www\\.example}\nbody B4 m!price!x\nbody B5 /the price\\b.*\\bPRICE/s\nbody B6 /^See/m\nbody B7 'price'\nbody B8 m'price'\nbody B9 /pri\\/ce|price/\nbody B10 /price/ # comment\nbody B11 /p r i c e/x\nbody B12 m#price#\nrawbody R1 /^Dear Bob.*\\n/\nrawbody R2 /200\\.$/m\nfull F1 /^Subject: A note.*\\n\\nDear/ms\n" + REPORT)
    yield case("report templates", SPAMMY.replace("report_safe 0", "report_safe 1") + "clear_report_template\nreport\nreport _YESNO_ _YESNOCAPS_ _SCORE(00)_ _REQD_ _TESTS(,)_ _TESTSSCORES(, )_ _SUBTESTS(;)_ _STARS(x)_ _AUTOLEARN_ _RULESVERSION_ _LASTEXTERNALIP_ _HEADER(Subject)_ _HEADER(X-None)_ _LANGUAGES_ _ADDEDHEADERHAM_ _ADDEDHEADERSPAM_ _TOKENSUMMARY_ _HAMMYTOKENS(2)_ _BAYESTC_ _NOTHERE_\nreport _SUMMARY_ end\nclear_unsafe_report_template\nunsafe_report not safe\nreport_hostname host.example.com\nreport at _HOSTNAME_\nreport_contact me\nreport _CONTACTADDRESS_\n",
               MAIL, html("<p>A page of its own</p><script>x</script>"), HEAD + "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAECAw==\n", commands=[[], ["-t"]])
    yield case("subjects taken out", "header A Subject =~ /note/\nscore A 9\nrewrite_header Subject ***SPAM***\nrewrite_header From (_SCORE_)\n", "X-Spam-Prev-Subject: A note on prices\nX-Spam-Flag: YES\n" + MAIL.replace("Subject: A", "Subject: ***SPAM*** A"), commands=[["-d"], []])


def features():
    """Which features, plugins and functions a configuration may ask for: taken from the original's sources."""
    base = "/usr/share/perl5/Mail/SpamAssassin"
    # Loaded by Debian's configuration, and here.
    more = ["AccessDB", "AntiVirus", "ASN", "AuthRes", "DecodeShortURLs", "FromNameSpoof", "OLEVBMacro", "PDFInfo", "Phishing", "RelayCountry", "Shortcircuit", "TextCat", "URILocalBL", "URIDetail"]
    loaded = set(more)
    for name in os.listdir("/etc/spamassassin"):
        if name.endswith(".pre") and name != "sa-compile.pre":
            with open("/etc/spamassassin/" + name) as f:
                loaded |= set(re.findall(r"(?m)^loadplugin Mail::SpamAssassin::Plugin::(\w+)", f.read()))
    lines, number = "", 0
    for path in ["Conf.pm"] + ["Plugin/%s.pm" % name for name in sorted(loaded)]:
        if not os.path.exists(os.path.join(base, path)):
            continue
        with open(os.path.join(base, path), encoding="latin-1") as f:
            text = f.read()
        package = "Mail::SpamAssassin::" + path[:-3].replace("/", "::")
        for function in sorted(set(re.findall(r"(?m)^sub ((?:has|feature|compat)_\w+)", text) + re.findall(r"register_eval_rule\s*\(\s*[\"'](\w+)", text))):
            # can() calls the function.
            for word in ("has",) if path != "Conf.pm" and not function.startswith(("has_", "feature_")) else ("has", "can"):
                number += 1
                lines += "if %s(%s::%s)\nheader T%03d Subject =~ /./\ndescribe T%03d %s %s::%s\nendif\n" % (word, package, function, number, number, word, package[20:], function)
        number += 1
        lines += "ifplugin %s\nheader T%03d Subject =~ /./\ndescribe T%03d plugin %s\nendif\n" % (package, number, number, package[20:])
    yield case("features", lines + REPORT, plugins=more)


def all_cases():
    for family in (rules, markup, odd_mail, trust, lists, plugins, configuration, options, tests_of_its_own, features):
        yield from family()
