"""Messages of our own making, the same ones each time: ordinary mail of many kinds, and mail that is
odd in one way or in several. all_messages() gives pairs of a name and the bytes."""
import base64
import quopri
import random

WORDS = """account offer money free winner urgent bank transfer million dollars beneficiary click here
unsubscribe invoice payment order meeting project report schedule release patch build test server
backup update security password verify confirm identity login mailbox quota exceeded pharmacy pills
viagra cialis rolex replica watches casino bonus loan credit mortgage investment bitcoin wallet
lottery prize inheritance attorney barrister deceased kin confidential proposal business partner
dear friend sir madam customer subscriber thank regards sincerely hello attached please find document
weekly newsletter discount sale percent limited time act now guarantee risk trial membership weight
loss diet skin cream hair growth enlarge performance natural herbal supplement college degree diploma""".split()

HOSTS = ["mail.example.com", "mx1.example.org", "smtp-out.example.net", "dsl-10-2-3-4.pool.example.de",
         "host-198-51-100-7.example.br", "localhost", "unknown", "relay.isp.example", "[192.0.2.17]",
         "a.b.c.d.example.co.uk", "mx.google.com", "mta5.am0.yahoodns.net"]

ADDRESSES = ["198.51.100.7", "203.0.113.5", "192.0.2.33", "10.1.2.3", "127.0.0.1", "172.16.5.6", "8.8.4.4",
             "2001:db8::1:2", "::ffff:192.0.2.9", "193.99.144.80", "81.169.145.64"]

TEXTS = {
    "utf-8": "Gr\u00fc\u00dfe aus K\u00f6ln \u2013 na\u00efve caf\u00e9 \u20ac 100 \u201cquoted\u201d",
    "iso-8859-1": "Gr\u00fc\u00dfe aus K\u00f6ln, na\u00efve caf\u00e9 \u00a3 100",
    "iso-8859-2": "P\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148",
    "iso-8859-15": "100 \u20ac f\u00fcr \u0160ari",
    "windows-1252": "It\u2019s \u201cfree\u201d \u2013 100 \u20ac\u2026",
    "windows-1251": "\u041f\u0440\u0438\u0432\u0435\u0442, \u043f\u043e\u043b\u0443\u0447\u0438\u0442\u0435 \u043f\u0440\u0438\u0437",
    "koi8-r": "\u041f\u0440\u0438\u0432\u0435\u0442, \u044d\u0442\u043e \u0440\u0430\u0441\u0441\u044b\u043b\u043a\u0430",
    "iso-2022-jp": "\u3053\u3093\u306b\u3061\u306f\u3001\u4e16\u754c\u3002\u7121\u6599\u3067\u3059",
    "shift_jis": "\u3053\u3093\u306b\u3061\u306f\u3001\u30c6\u30b9\u30c8",
    "euc-jp": "\u3053\u3093\u306b\u3061\u306f\u3001\u65e5\u672c\u8a9e",
    "gb2312": "\u4f60\u597d\uff0c\u514d\u8d39\u5956\u54c1\uff0c\u8bf7\u70b9\u51fb",
    "gbk": "\u4f60\u597d\uff0c\u5f00\u53d1\u7968",
    "gb18030": "\u4f60\u597d\uff0c\u4ee3\u5f00\u53d1\u7968\u20ac",
    "big5": "\u4f60\u597d\uff0c\u514d\u8cbb\u734e\u54c1",
    "euc-kr": "\uc548\ub155\ud558\uc138\uc694, \uad11\uace0\uc785\ub2c8\ub2e4",
    "windows-1256": "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645",
    "iso-8859-7": "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1",
    "windows-1255": "\u05e9\u05dc\u05d5\u05dd",
    "iso-8859-9": "\u0130stanbul \u011f\u00fc\u015f",
    "tis-620": "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "utf-16le": "Hello \u4e16\u754c",
    "utf-16be": "Hello \u4e16\u754c",
    "us-ascii": "plain words only",
}

URIS = ["http://www.example.com/", "https://example.org/path?q=1&r=2#frag", "http://192.0.2.1/login.php",
        "http://user:pass@example.net:8080/x", "www.example.info", "example.biz/offer", "ftp.example.com/pub",
        "mailto:sales@example.com?subject=hi", "http://0x7f.0x0.0x0.0x1/", "http://3221225985/",
        "http://example%2ecom/%41%42", "http://www.example.com.", "HTTP://EXAMPLE.COM/UPPER",
        "http://xn--bcher-kva.example/", "http://b\u00fccher.example/", "//example.com/relative",
        "http:///example.com/three", "http:\\\\example.com\\back", "https://example.com/redir?url=http://evil.example/",
        "http://www.google.com/url?q=http%3A%2F%2Fspam.example%2F", "http://bit.ly/2abcDEF", "info@example.org",
        "http://example.com:80", "http://[2001:db8::1]/", "http://a.b.c.d.e.example.co.uk/x.html",
        "javascript:alert(1)", "data:text/html,hi", "tel:+4912345", "cid:image1", "http://example.com/a b",
        "http://example.com/(paren)", "<http://example.com/angle>", "\"http://example.com/quoted\"",
        "http://example.com/a,b;c", "http://exa\u00admple.com/shy", "http://example.ru/", "http://example.xyz",
        "http://\u0435xample.com/", "http://example.com/%E2%82%AC", "https://storage.googleapis.com/bucket/x.html",
        "http://example.com/\u2026", "http://foo.blogspot.com/", "http://www.example.com/?to=user@example.org",
        "url: example.top/abc", "http://example.com%00.evil.example/", "http://.example.com/", "http://example..com/"]


# Where nothing is declared, libchardet and Encode::Detect guess these differently (doc/differences.md).
GUESSED_DIFFERENTLY = ("iso-8859-1", "iso-8859-2", "tis-620")


def crlf(text):
    return text.replace("\n", "\r\n")


def raw(text):
    return text.encode("utf-8", "surrogateescape")


def sentence(rng, n):
    return " ".join(rng.choice(WORDS) for _ in range(n))


def paragraphs(rng, n):
    out = []
    for _ in range(n):
        lines = []
        for _ in range(rng.randint(1, 5)):
            line = sentence(rng, rng.randint(3, 12))
            if rng.random() < 0.15:
                line = line.upper()
            if rng.random() < 0.2:
                line += " " + rng.choice(URIS)
            if rng.random() < 0.1:
                line += rng.choice([" $10,000,000", " 50% off!!!", " US$ 5.5 million", " \u00a31,500,000.00", " (c)2024"])
            lines.append(line)
        out.append("\n".join(lines))
    return "\n\n".join(out) + "\n"


def header(received=None, **fields):
    """A normal header; fields=None leaves one out; underscores stand for hyphens."""
    h = {"From": "Alice Example <alice@example.com>", "To": "bob@example.org", "Subject": "A note",
         "Date": "Tue, 5 Mar 2024 10:11:12 +0100", "Message-ID": "<20240305101112.1234@mail.example.com>"}
    for key, value in fields.items():
        h[key.replace("_", "-")] = value
    if received is None:
        received = ["from mail.example.com (mail.example.com [198.51.100.7])\n\tby mx.example.org (Postfix) "
                    "with ESMTPS id 4XYZ\n\tfor <bob@example.org>; Tue, 5 Mar 2024 10:11:14 +0100 (CET)"]
    lines = ["Received: " + r for r in received]
    lines += ["%s: %s" % (k, v) for k, v in h.items() if v is not None]
    return "\n".join(lines) + "\n"


def mail(head, body, eol="\n"):
    data = raw(head) + b"\n" + (body if isinstance(body, bytes) else raw(body))
    return data if eol == "\n" else data.replace(b"\n", b"\r\n")


def part(content_type, body, encoding=None, more=""):
    head = "Content-Type: %s\n" % content_type
    data = body if isinstance(body, bytes) else raw(body)
    if encoding:
        head += "Content-Transfer-Encoding: %s\n" % encoding
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data)
    return raw(head + more) + b"\n" + data


def multipart(kind, parts, boundary="=_b1", close=True, preamble="This is a multi-part message in MIME format.\n",
              epilogue="", quote=True, more=""):
    q = '"%s"' % boundary if quote else boundary
    head = "MIME-Version: 1.0\nContent-Type: multipart/%s; boundary=%s%s\n" % (kind, q, more)
    body = raw(preamble)
    for p in parts:
        body += raw("\n--%s\n" % boundary) + p
    if close:
        body += raw("\n--%s--\n" % boundary)
    return head, body + raw(epilogue)


PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
GIF = b"GIF89a" + bytes([0x58, 2, 0x90, 1, 0x80, 0, 0]) + b"\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"


# ---- families ------------------------------------------------------------------------------------

def headers():
    odd = {
        "normal": {},
        "no-date": {"Date": None},
        "bad-date": {"Date": "yesterday at noon"},
        "future-date": {"Date": "Tue, 5 Mar 2034 10:11:12 +0100"},
        "old-date": {"Date": "Mon, 01 Jan 1990 00:00:00 GMT"},
        "two-digit-year": {"Date": "5 Mar 24 10:11 EST"},
        "zone-odd": {"Date": "Tue, 5 Mar 2024 10:11:12 +2500"},
        "date-comment": {"Date": "Tue, 5 Mar 2024 10:11:12 +0100 (CET) (winter)"},
        "no-from": {"From": None},
        "no-to": {"To": None},
        "no-subject": {"Subject": None},
        "empty-subject": {"Subject": ""},
        "blank-subject": {"Subject": "   "},
        "no-msgid": {"Message-ID": None},
        "msgid-no-brackets": {"Message-ID": "abc@example.com"},
        "msgid-odd": {"Message-ID": "<$RND@[]>"},
        "msgid-spaces": {"Message-ID": "<a b c@d e>"},
        "msgid-ratware": {"Message-ID": "<000001c0d5f7$8a1b2c30$0100007f@abcdefgh>", "X-Mailer": "Microsoft Outlook Express 6.00.2900.2180"},
        "caps-subject": {"Subject": "THIS IS A VERY IMPORTANT NOTICE FOR YOU"},
        "gappy-subject": {"Subject": "F R E E   V I A G R A"},
        "subject-dollars": {"Subject": "Make $$$ FAST!!! 100% FREE"},
        "subject-q": {"Subject": "=?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?="},
        "subject-b": {"Subject": "=?utf-8?B?" + base64.b64encode("K\u00f6ln \u20ac".encode()).decode() + "?="},
        "subject-two-words": {"Subject": "=?utf-8?Q?a=C3?= =?utf-8?Q?=A4b?= plain =?utf-8?q?c?="},
        "subject-broken-word": {"Subject": "=?utf-8?Q?unfinished"},
        "subject-unknown-charset": {"Subject": "=?x-unknown?Q?a=E4b?="},
        "subject-bad-base64": {"Subject": "=?utf-8?B?####?="},
        "subject-raw-8bit": {"Subject": "Gr\u00fc\u00dfe \u20ac"},
        "subject-raw-latin1": {"Subject": "Gr\udcfcn\udce9"},
        "subject-language": {"Subject": "=?utf-8*en?Q?tagged?="},
        "subject-folded": {"Subject": "one\n two\n\tthree\n   four"},
        "subject-folded-empty": {"Subject": "one\n \n two"},
        "subject-tabs": {"Subject": "a\tb\t\tc"},
        "subject-trailing": {"Subject": "trailing   \t"},
        "subject-long": {"Subject": "word " * 300},
        "subject-control": {"Subject": "bell\x07 del\x7f esc\x1b"},
        "subject-underscores": {"Subject": "_SCORE_ _TESTS_ _HOSTNAME_"},
        "subject-zwsp": {"Subject": "V\u200bI\u200bA\u200bG\u200bR\u200bA \u00ad now"},
        "from-comment": {"From": "alice@example.com (Alice (in) Wonder)"},
        "from-quoted": {"From": "\"Example, Alice \\\"A\\\"\" <alice@example.com>"},
        "from-two": {"From": "alice@example.com, Carol <carol@example.net>"},
        "from-group": {"From": "Friends: alice@example.com, bob@example.org;"},
        "from-empty": {"From": "<>"},
        "from-no-address": {"From": "Alice"},
        "from-address-in-name": {"From": "\"service@paypal.com\" <x@evil.example>"},
        "from-encoded": {"From": "=?utf-8?Q?J=C3=B6rg?= <joerg@example.de>"},
        "from-encoded-quoted": {"From": "\"=?utf-8?Q?J=C3=B6rg,_M=2E?=\" <joerg@example.de>"},
        "from-spaces": {"From": "  Alice   < alice@example.com >  "},
        "from-8bit": {"From": "J\udcf6rg <joerg@example.de>"},
        "from-two-headers": {"From": "a@example.com\nFrom: b@example.net"},
        "from-ip": {"From": "root@[192.0.2.1]"},
        "from-freemail": {"From": "John Doe <john.doe1234@gmail.com>", "Reply-To": "other.person@yahoo.com"},
        "from-digits": {"From": "12345678@example.com"},
        "from-idn": {"From": "x@b\u00fccher.example"},
        "to-undisclosed": {"To": "undisclosed-recipients:;"},
        "to-many": {"To": ", ".join("user%d@example.org" % i for i in range(30))},
        "to-sorted": {"To": ", ".join("%s@example.org" % n for n in "aaron adam adrian alan albert alex alfred allan".split())},
        "to-cc": {"Cc": "carol@example.net, \"Dave\" <dave@example.net>", "Bcc": "eve@example.net"},
        "to-is-from": {"To": "Alice <alice@example.com>"},
        "reply-to": {"Reply-To": "reply@other.example"},
        "sender": {"Sender": "robot@example.com", "Errors-To": "bounce@example.com"},
        "return-path": {"Return-Path": "<bounce-1-bob=example.org@lists.example.com>"},
        "return-path-empty": {"Return-Path": "<>"},
        "envelope-from": {"X-Envelope-From": "<env@example.net>"},
        "resent": {"Resent-From": "carol@example.net", "Resent-To": "x@example.com", "Resent-Message-Id": "<r@example.net>"},
        "list": {"List-Id": "A list <list.example.com>", "List-Unsubscribe": "<mailto:u@example.com>, <http://example.com/u>",
                 "Precedence": "list", "List-Post": "<mailto:list@example.com>", "Mailing-List": "contact x-help@example.com; run by ezmlm"},
        "bulk": {"Precedence": "bulk", "X-Mailer": "The Bat! (v2.00.1) Personal"},
        "priority": {"X-Priority": "1 (Highest)", "X-MSMail-Priority": "High", "Importance": "high", "X-Mailer": "Microsoft Outlook, Build 10.0.2616"},
        "x-headers": {"X-Originating-IP": "[203.0.113.77]", "X-Mailer": "PHPMailer 5.2", "X-PHP-Originating-Script": "1000:mail.php"},
        "spam-headers": {"X-Spam-Status": "Yes, score=99", "X-Spam-Flag": "YES", "X-Spam-Prev-Subject": "old", "x-spam-level": "*****\n *****"},
        "habeas": {"X-Habeas-SWE-1": "winter into spring"},
        "auth-results": {"Authentication-Results": "mx.example.org; spf=pass smtp.mailfrom=alice@example.com; dkim=fail header.d=example.com"},
        "dkim": {"DKIM-Signature": "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=k; h=from:to;\n\tbh=abc=; b=AbCd"},
        "lowercase-names": {"subject": "lower", "Subject": None, "from": "a@example.com", "From": None},
        "uppercase-names": {"SUBJECT": "upper", "Subject": None, "MESSAGE-ID": "<u@example.com>", "Message-ID": None},
        "duplicate-subject": {"Subject": "first\nSubject: second"},
        "user-agent": {"User-Agent": "Mozilla/5.0 (X11; Linux) Thunderbird/102.0"},
        "in-reply-to": {"In-Reply-To": "<1@example.com>", "References": "<0@example.com>\n <1@example.com>", "Subject": "Re: A note"},
        "re-no-refs": {"Subject": "RE: your order"},
        "content-type-odd": {"Content-Type": "text/plain; charset"},
        "content-type-empty": {"Content-Type": ""},
        "content-type-bad": {"Content-Type": "text"},
        "content-type-two": {"Content-Type": "text/plain\nContent-Type: text/html"},
        "name-with-space": {"X-Odd Name": "x"},
        "empty-value": {"X-Empty": ""},
        "long-value": {"X-Long": "y" * 9000},
        "long-name": {"X-" + "n" * 400: "v"},
        "many-headers": {"X-H%d" % i: "v" * 100 for i in range(800)},
    }
    for name, fields in odd.items():
        head = "Received: from mail.example.com (mail.example.com [198.51.100.7]) by mx.example.org (Postfix) with ESMTP id 4XYZ; Tue, 5 Mar 2024 10:11:14 +0100\n"
        base = {"From": "Alice Example <alice@example.com>", "To": "bob@example.org", "Subject": "A note",
                "Date": "Tue, 5 Mar 2024 10:11:12 +0100", "Message-ID": "<20240305101112.1234@mail.example.com>"}
        base.update(fields)
        lines = "".join("%s: %s\n" % (k, v) for k, v in base.items() if v is not None)
        yield "headers/" + name, mail(head + lines, "Hello Bob,\n\nthis is a note about the project.\n\nAlice\n")


def structure():
    body = "Hello Bob,\n\nfree money for you at http://www.example.com/x\n"
    yield "structure/empty", b""
    yield "structure/newline", b"\n"
    yield "structure/crlf-only", b"\r\n"
    yield "structure/two-newlines", b"\n\n"
    yield "structure/no-header", b"\n" + raw(body)
    yield "structure/body-only", raw(body)
    yield "structure/header-only", raw(header())
    yield "structure/header-only-no-eol", raw(header())[:-1]
    yield "structure/header-blank", raw(header()) + b"\n"
    yield "structure/crlf", mail(header(), body, "\r\n")
    yield "structure/cr", mail(header(), body).replace(b"\n", b"\r")
    yield "structure/lf-header-crlf-body", raw(header()) + b"\n" + raw(crlf(body))
    yield "structure/crlf-header-lf-body", raw(crlf(header())) + b"\r\n" + raw(body)
    yield "structure/crlf-last-line", raw(header()) + b"\n" + raw(body) + b"last\r\n"
    yield "structure/mixed-header", raw(crlf(header())).replace(b"\r\n", b"\n", 2) + b"\r\n" + raw(body)
    yield "structure/crcrlf", mail(header(), body).replace(b"\n", b"\r\r\n")
    yield "structure/mbox", b"From alice@example.com Tue Mar  5 10:11:12 2024\n" + mail(header(), body)
    yield "structure/mbox-crlf", b"From alice@example.com Tue Mar  5 10:11:12 2024\r\n" + mail(header(), body, "\r\n")
    yield "structure/mbox-quoted", b">From alice@example.com Tue Mar  5 10:11:12 2024\n" + mail(header(), body)
    yield "structure/missing-separator", raw(header()) + raw(body)
    yield "structure/missing-separator-boundary", raw(header() + "Content-Type: multipart/mixed; boundary=xx\n") + b"--xx\n\ntext\n--xx--\n"
    yield "structure/garbage-line", raw(header().replace("Subject:", "this is no header\nSubject:")) + b"\n" + raw(body)
    yield "structure/garbage-lines", raw(header().replace("Subject:", "no\nnot\nnone\nnever\nSubject:")) + b"\n" + raw(body)
    yield "structure/leading-space", b" leading\n" + mail(header(), body)
    yield "structure/leading-blank", b"\n" + mail(header(), body)
    yield "structure/blank-with-space", raw(header()) + b" \n" + raw(body)
    yield "structure/space-colon", raw(header().replace("Subject:", "Subject :")) + b"\n" + raw(body)
    yield "structure/colon-first", b": odd\n" + mail(header(), body)
    yield "structure/nul", mail(header(Subject="nul\0inside"), body + "nul \0 here\n")
    yield "structure/no-final-newline", mail(header(), body)[:-1]
    yield "structure/blank-lines-end", mail(header(), body + "\n" * 20)
    yield "structure/blank-lines-many", mail(header(), "a\n" + "\n" * 300 + "b\n")
    yield "structure/long-line", mail(header(), "word " * 3000 + "\n")
    yield "structure/long-word", mail(header(), "x" * 20000 + "\n")
    yield "structure/return-path-first", b"Return-Path: <a@example.com>\n" + mail(header(), body)
    yield "structure/return-path-folded", b"Return-Path:\n <a@example.com>\n" + mail(header(), body)
    yield "structure/return-path-crlf", b"Return-Path: <a@example.com>\r\n" + mail(header(), body, "\r\n")
    yield "structure/spam-header-first", b"X-Spam-Flag: YES\nReturn-Path: <a@b.example>\n" + mail(header(), body)
    yield "structure/gtube", mail(header(), "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n")
    yield "structure/gtube-crlf", mail(header(), "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n", "\r\n")
    yield "structure/formfeed", mail(header(), "a\fb\vc\n\f\nd\n")
    yield "structure/quoted", mail(header(), "> quoted text here\n>> more\n> \nanswer below\n-- \nsignature\n")
    yield "structure/big", mail(header(), "line of text number one\n" * 8000)
    yield "structure/folded-everything", mail(header(Subject="a\n b", From="Alice\n <alice@example.com>", To="bob@example.org,\n carol@example.net"), body)


def charsets():
    for charset, text in TEXTS.items():
        data = text.encode(charset)
        lines = data + "\n".encode(charset)
        for encoding in ("8bit", "base64", "quoted-printable"):
            if charset.startswith("utf-16") and encoding == "8bit":
                continue
            subject = "=?%s?B?%s?=" % (charset, base64.b64encode(data).decode())
            head = header(Subject=subject, MIME_Version="1.0", From="=?%s?Q?%s?= <x@example.com>" % (
                charset, "".join("=%02X" % b for b in data[:20])))
            if encoding == "quoted-printable" and charset not in ("utf-8", "koi8-r", "gb2312"):
                continue
            yield "charsets/%s-%s" % (charset, encoding), raw(head) + part('text/plain; charset="%s"' % charset, lines * 3, encoding)
        if not charset.startswith("utf-16") and charset not in GUESSED_DIFFERENTLY:
            yield "charsets/%s-undeclared" % charset, raw(header(Subject="x")) + b"\n" + lines * 4
            yield "charsets/%s-html-meta" % charset, raw(header(MIME_Version="1.0")) + part(
                "text/html", b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=%s"></head><body>' % charset.encode() + lines * 2 + b"</body></html>", "8bit")
    yield "charsets/wrong-declared", raw(header(MIME_Version="1.0")) + part("text/plain; charset=us-ascii", TEXTS["windows-1252"].encode("windows-1252"), "8bit")
    yield "charsets/utf8-as-latin1", raw(header(MIME_Version="1.0")) + part("text/plain; charset=iso-8859-1", TEXTS["utf-8"], "8bit")
    yield "charsets/latin1-as-utf8", raw(header(MIME_Version="1.0")) + part("text/plain; charset=utf-8", "Gr\u00fcn, na\u00efve caf\u00e9\n".encode("iso-8859-1"), "8bit")
    yield "charsets/unknown", raw(header(MIME_Version="1.0")) + part("text/plain; charset=x-martian", TEXTS["utf-8"], "8bit")
    yield "charsets/utf7", raw(header(MIME_Version="1.0")) + part("text/plain; charset=utf-7", b"Hi +AKM-100 +ZeVnLIqe-\n")
    yield "charsets/cp1252-alias", raw(header(MIME_Version="1.0")) + part("text/plain; charset=cp1252", TEXTS["windows-1252"].encode("cp1252"), "8bit")
    yield "charsets/bom", raw(header(MIME_Version="1.0")) + part("text/plain; charset=utf-8", b"\xef\xbb\xbfhello\n", "8bit")
    yield "charsets/invalid-utf8", raw(header(MIME_Version="1.0")) + part("text/plain; charset=utf-8", b"ok \xc3\x28 \xa0\xa1 \xe2\x28\xa1 \xf0\x90\x28\xbc \xed\xa0\x80\n", "8bit")
    yield "charsets/8bit-soup", raw(header()) + b"\n" + bytes(range(128, 256)) + b"\n" + bytes(range(1, 32)) + b"\n"


def mime():
    text = "Dear friend, please find the invoice attached.\nhttp://www.example.com/a\n"
    page = "<html><body><p>Dear friend, please find the <b>invoice</b> attached.</p><a href=\"http://www.example.com/a\">click</a></body></html>\n"
    tp, th = part("text/plain; charset=utf-8", text, "8bit"), part("text/html; charset=utf-8", page, "8bit")

    def of(name, kind, parts, **kw):
        head, body = multipart(kind, parts, **kw)
        return "mime/" + name, mail(header() + head, body)

    yield of("alternative", "alternative", [tp, th])
    yield of("alternative-reversed", "alternative", [th, tp])
    yield of("alternative-different", "alternative", [part("text/plain", "Quite other words in this part of the mail entirely.\n"), th])
    yield of("alternative-empty-text", "alternative", [part("text/plain", "\n"), th])
    yield of("alternative-no-close", "alternative", [tp, th], close=False)
    yield of("mixed", "mixed", [tp, part("image/png; name=x.png", PNG, "base64", "Content-Disposition: inline; filename=x.png\n")])
    yield of("gif", "related", [th, part("image/gif; name=x.gif", GIF, "base64", "Content-ID: <image1>\n")])
    yield of("pdf", "mixed", [tp, part("application/pdf; name=\"a.pdf\"", b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<<>>\n%%EOF", "base64")])
    yield of("exe", "mixed", [tp, part("application/octet-stream; name=\"a.exe\"", b"MZ\x90\0", "base64", "Content-Disposition: attachment; filename=a.exe\n")])
    yield of("zip-wrong-type", "mixed", [tp, part("text/plain; name=\"a.zip\"", b"PK\3\4", "base64")])
    yield of("rfc822", "mixed", [tp, raw("Content-Type: message/rfc822\n\n") + mail(header(Subject="inner viagra"), text)])
    yield of("rfc822-base64", "mixed", [tp, part("message/rfc822", mail(header(Subject="inner"), text), "base64")])
    yield of("nested", "mixed", [raw(multipart("alternative", [tp, th], boundary="in")[0]) + b"\n" + multipart("alternative", [tp, th], boundary="in")[1], tp])
    yield of("same-boundary", "mixed", [raw(multipart("alternative", [tp, th])[0]) + b"\n" + multipart("alternative", [tp, th])[1]])
    yield of("prefix-boundary", "mixed", [raw(multipart("alternative", [tp, th], boundary="=_b1x")[0]) + b"\n" + multipart("alternative", [tp, th], boundary="=_b1x")[1]])
    yield of("unquoted", "mixed", [tp], boundary="abc", quote=False)
    yield of("boundary-odd", "mixed", [tp], boundary="a'()+_,-./:=?b")
    yield of("boundary-space", "mixed", [tp], boundary="a b")
    yield of("boundary-trailing", "mixed", [tp], boundary="ab ")
    yield of("boundary-empty", "mixed", [tp], boundary="")
    yield of("epilogue", "mixed", [tp], epilogue="epilogue text viagra http://epilogue.example/\n")
    yield of("no-parts", "mixed", [])
    yield of("digest", "digest", [b"\n" + mail(header(Subject="d1"), "one\n"), b"\n" + mail(header(Subject="d2"), "two\n")])
    yield of("signed", "signed", [tp, part("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----\n")], more="; protocol=\"application/pgp-signature\"; micalg=pgp-sha1")
    yield of("report", "report", [part("text/plain", "Delivery failed.\n"), part("message/delivery-status", "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; x@example.com\nAction: failed\nStatus: 5.1.1\n"), raw("Content-Type: message/rfc822\n\n") + mail(header(), text)], more="; report-type=delivery-status")
    yield of("blank-types", "mixed", [b"\nplain without type\n", part("", "empty type\n"), part("text", "half type\n")])
    yield of("name-2231", "mixed", [tp, part("application/octet-stream; name*=utf-8''%e2%82%ac.exe", b"x", "base64")])
    yield of("name-2231-parts", "mixed", [tp, part("application/octet-stream; name*0=\"ab\"; name*1=\"c.exe\"", b"x", "base64")])
    yield of("name-encoded", "mixed", [tp, part("application/octet-stream; name=\"=?utf-8?Q?a=2Eexe?=\"", b"x", "base64")])
    yield of("part-header-garbage", "mixed", [b"Content-Type: text/plain\ngarbage line here\nX: y\n\nbody of part\n"])
    yield of("part-no-blank", "mixed", [b"just text no header\nmore text\n"])
    yield of("calendar", "alternative", [tp, th, part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR\nEND:VCALENDAR\n")])
    yield of("enriched", "alternative", [tp, part("text/enriched", "<bold>rich</bold>\n"), part("text/x-amp-html", page)])
    yield of("many-parts", "mixed", [part("text/plain", "part %d\n" % i) for i in range(120)])
    deep = tp
    for i in range(30):
        h, b = multipart("mixed", [deep], boundary="d%d" % i)
        deep = raw(h) + b"\n" + b
    yield "mime/deep", raw(header()) + deep
    deep = mail(header(Subject="innermost"), text)
    for i in range(30):
        deep = raw(header(Subject="level %d" % i)) + b"Content-Type: message/rfc822\n\n" + deep
    yield "mime/deep-rfc822", deep
    yield "mime/base64-text", raw(header(MIME_Version="1.0")) + part("text/plain", text * 3, "base64")
    yield "mime/base64-html", raw(header(MIME_Version="1.0")) + part("text/html", page * 2, "base64")
    yield "mime/base64-broken", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="base64")) + b"\nSGVsbG8gd29ybGQ*!!\nQUJD=RA==\nnot base64 at all\n"
    yield "mime/base64-long-line", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="base64")) + b"\n" + base64.b64encode(raw(text) * 20) + b"\n"
    yield "mime/qp", raw(header(MIME_Version="1.0")) + part("text/plain; charset=utf-8", TEXTS["utf-8"] + "\n" + text, "quoted-printable")
    yield "mime/qp-broken", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="quoted-printable")) + b"\na=ZZ b= \nc=3D=3d d=\ne=4\nlast="
    yield "mime/qp-html", raw(header(MIME_Version="1.0")) + part("text/html; charset=utf-8", page, "quoted-printable")
    yield "mime/encoding-case", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="BASE64")) + b"\n" + base64.encodebytes(raw(text))
    yield "mime/encoding-junk", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="base64; foo")) + b"\n" + base64.encodebytes(raw(text))
    yield "mime/encoding-unknown", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="x-rot13")) + b"\nuryyb\n"
    yield "mime/encoding-7bit-lie", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="7bit")) + b"\n" + raw(TEXTS["utf-8"]) + b"\n"
    yield "mime/uuencode", mail(header(), "text before\nbegin 644 file.txt\n+2&5L;&\\@=V]R;&0*\n`\nend\nafter\n")
    yield "mime/uuencode-open", mail(header(), "begin 644 file.exe\n+2&5L;&\\@=V]R;&0*\nno end here\n")
    yield "mime/uuencode-type", raw(header(MIME_Version="1.0", Content_Transfer_Encoding="x-uuencode")) + b"\nbegin 644 x\n+2&5L;&\\@=V]R;&0*\n`\nend\n"
    yield "mime/html-only", raw(header(MIME_Version="1.0")) + part("text/html", page)
    yield "mime/html-no-version", raw(header()) + part("text/html", page)
    yield "mime/image-only", raw(header(MIME_Version="1.0")) + part("image/png; name=a.png", PNG, "base64")
    yield "mime/no-boundary-param", raw(header(MIME_Version="1.0", Content_Type="multipart/mixed")) + b"\n--x\n\ntext\n--x--\n"
    yield "mime/boundary-never", raw(header(MIME_Version="1.0", Content_Type="multipart/mixed; boundary=never")) + b"\ntext only viagra\n"
    yield "mime/type-comment", raw(header(MIME_Version="1.0", Content_Type="text/html (comment); charset=(c)utf-8")) + b"\n" + raw(page)
    yield "mime/type-folded", raw(header(MIME_Version="1.0", Content_Type="text/html;\n\tcharset=\"utf-8\";\n format=flowed")) + b"\n" + raw(page)
    yield "mime/flowed", raw(header(MIME_Version="1.0", Content_Type="text/plain; format=flowed; delsp=yes")) + b"\nlong \nline \nhere\n"
    for eol in ("alternative", "mixed"):
        head, body = multipart(eol, [tp, th])
        yield "mime/%s-crlf" % eol, mail(header() + head, body, "\r\n")


HTML = {
    "plain": "<p>one<p>two<br>three",
    "hidden-style": "<p style=\"display:none\">hidden words</p><p>shown</p>",
    "hidden-visibility": "<span style='visibility: hidden'>gone</span>seen",
    "white-on-white": "<body bgcolor=#ffffff><font color=#ffffff>invisible ink</font>visible</body>",
    "near-white": "<font color=\"#fefefe\">low contrast</font> high",
    "font-size-0": "<span style=\"font-size:0px\">tiny</span><font size=1>small</font><font size=\"+3\">BIG</font>",
    "font-size-units": "<span style=\"font-size:1pt\">a</span><span style=\"font-size:0.1em\">b</span><span style=\"font-size:1%\">c</span>",
    "rgb": "<span style=\"color:rgb(255,255,255);background-color: rgb(100%,100%,100%)\">a</span><span style=\"color:#fff\">b</span>",
    "named-colors": "<font color=white>w</font><font color=rebeccapurple>p</font><font color=nosuch>n</font><font color=ff00>x</font>",
    "entities": "&lt;&gt;&amp;&nbsp;&copy;&#65;&#x42;&#8364;&euro;&bogus;&amp &#0;&#128;&#150;&#1114112;&shy;x&zwnj;y&#8203;z",
    "comments": "a<!-- hidden -->b<!-- a -- b -->c<!>d<!-->e<!--->f<!-- open",
    "cdata": "<![CDATA[ raw ]]>x<?php echo 1 ?>y<!DOCTYPE html>z",
    "script": "<script>var a = '<b>x</b>';</script>text<style>p {color:red}</style>more",
    "script-open": "before<script>never closed http://in.script.example/",
    "title": "<title>Buy now</title><title>Second</title>body",
    "anchors": "<a href=\"http://a.example/\">http://b.example/</a><a href='https://c.example'>https://d.example</a><a href=e.example>x</a><a>y</a>",
    "anchor-text-spoof": "<a href=\"http://evil.example/login\">https://www.paypal.com/login</a>",
    "base": "<base href=\"http://base.example/dir/\"><a href=\"rel/path\">r</a><a href=\"/abs\">a</a><a href=\"../up\">u</a><img src=i.png>",
    "img": "<img src=\"http://img.example/a.gif\" width=600 height=400><img src=cid:x><img src=\"http://img.example/1x1\" width=1 height=1>",
    "img-only": "<img src=\"http://img.example/a.gif\" width=\"800\" height=\"600\">",
    "img-link": "<a href=http://l.example><img src=http://img.example/b.jpg alt=\"some alt words\"></a>",
    "form": "<form action=\"http://form.example/post\" method=post><input type=password name=p><input type=submit></form>",
    "form-mailto": "<form action=mailto:x@example.com><textarea>t</textarea><select><option>o</select></form>",
    "iframe": "<iframe src=\"http://frame.example/\"></iframe><frame src=http://f.example><embed src=http://e.example/x.swf><object data=\"http://o.example\"></object>",
    "meta-refresh": "<meta http-equiv=refresh content=\"0;url=http://refresh.example/\">",
    "link": "<link rel=stylesheet href=\"http://css.example/a.css\">",
    "tables": "<table bgcolor=black><tr><td bgcolor=white><font color=white>x</font><td>y<tr><th>z</table>",
    "unclosed": "<b><i><u>a</b></i><font><div><table><tr>b",
    "closed-too-often": "a</b></b></p></div></table></html></body>b",
    "body-twice": "<body><body>a</body></body></html><html>b</html>",
    "after-html": "<html><body>a</body></html>text after the end http://after.example/",
    "attributes": "<p align=center onclick=\"x()\" foo foo=bar foo='baz' =x \"q\">t</p><a href = 'http://sp.example' >x</a>",
    "bad-tags": "<1b>x</1b><b/>y<b/ >z< b>w<b<i>v<>u</>t<o:p>s</o:p><xyz>r</xyz>",
    "tag-open-eof": "text <a href=\"http://cut.example/",
    "quote-open": "<a href=\"http://quote.example>x</a> \"y\" z",
    "upper": "<P><FONT COLOR=\"RED\" FACE=Arial>X</FONT><A HREF=\"HTTP://UPPER.EXAMPLE/\">Y</A></P>",
    "obfuscated": "v<b></b>i<i></i>a<!-- x -->g<font></font>r<span>a</span>",
    "split-words": "V<span style=display:none>x</span>i<span style=display:none>y</span>agra",
    "zero-width": "f\u200br\u200be\u200be\u00ad \u202etxet\u202c \ufeff",
    "fullwidth": "\uff36\uff49\uff41\uff47\uff52\uff41 \U0001d5d9\U0001d5e5\U0001d5d8\U0001d5d8",
    "homoglyphs": "P\u0430yP\u0430l \u0430ccount \u0455us\u0440ended",
    "pre": "<pre>  keep   spaces\n   lines\n</pre>  fold   spaces\n lines",
    "lists": "<ul><li>a<li>b</ul><ol><li>c</ol><dl><dt>d<dd>e</dl><hr>f<center>g</center><blockquote>h</blockquote>",
    "headings": "<h1>BIG</h1><h2>mid</h2><h6>small</h6><strong>s</strong><em>e</em><big>b</big><blink>k</blink><marquee>m</marquee>",
    "nbsp": "a&nbsp;&nbsp;&nbsp;b\u00a0\u00a0c",
    "uri-in-text": "visit http://text.example/path?a=b&amp;c=d now, or www.text2.example. mail x@text3.example",
    "uri-entities": "<a href=\"http&#58;//ent.example/&#97;\">x</a><a href=\"&#104;ttp://ent2.example\">y</a>",
    "uri-newline": "<a href=\"http://nl.exa\nmple/pa\nth\">x</a><a href=\" http://sp.example/ \">y</a>",
    "uri-javascript": "<a href=\"javascript:window.open('http://js.example')\">x</a><a href=\"JaVaScRiPt:x\">y</a><a onmouseover=x href=#>z</a>",
    "uri-numeric": "<a href=\"http://0300.0250.1/\">a</a><a href=\"http://0xC0A80001\">b</a><a href=\"http://3232235521/\">c</a>",
    "uri-8bit": "<a href=\"http://b\u00fccher.example/\u00e4\">x</a>",
    "area": "<map><area href=http://area.example shape=rect></map><q cite=http://cite.example>q</q>",
    "background": "<body background=\"http://bg.example/b.gif\"><td background=http://td.example>x",
    "long-attr": "<a href=\"http://long.example/" + "a" * 3000 + "\">x</a>",
    "many-links": "".join("<a href=http://h%d.example/>l%d</a> " % (i, i) for i in range(200)),
    "nested-deep": "<div>" * 400 + "deep" + "</div>" * 400,
    "style-inherit": "<div style=\"color:white;background:white\"><p>inherit</p><span style=\"color:black\">own</span></div>",
    "style-odd": "<p style=\"COLOR : #FFF ; ; background-color:;font-size:;display : NONE\">x</p><p style=color:red>y</p>",
    "opacity": "<p style=\"opacity:0\">o</p><p style=\"width:0;height:0;overflow:hidden\">w</p><p style=\"mso-hide:all\">m</p><p hidden>h</p>",
    "max-height": "<p style=\"max-height:0px;font-size:0\">preheader</p>text",
    "text-indent": "<p style=\"text-indent:-9999px\">i</p><p style=\"line-height:0\">l</p>",
    "xml": "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><body><p/>x<br/>y</body></html>",
    "noscript": "<noscript>n</noscript><noframes>f</noframes><xmp><b>raw</b></xmp><plaintext>rest <b>raw</b>",
    "textarea": "<textarea><b>in</b> textarea</textarea><title><b>in</b> title</title>",
    "ratio-low": "<img src=http://i.example/a.jpg width=400 height=300>few words",
    "mailto": "<a href=\"mailto:a@example.com?subject=x&amp;body=http://inmail.example/\">m</a>",
    "credit": "<b>You have won US$ 1,000,000.00!!!</b> Reply to <a href=mailto:win@gmail.com>win@gmail.com</a>",
    "nul": "a<b\0>c\0d</b>",
}


def html():
    for name, body in HTML.items():
        yield "html/" + name, raw(header(MIME_Version="1.0")) + part("text/html; charset=utf-8", body + "\n", "8bit")
        alternative = [part("text/plain; charset=utf-8", "one two three shown text words\n", "8bit"),
                       part("text/html; charset=utf-8", "<html><body>" + body + "</body></html>\n", "quoted-printable")]
        head, data = multipart("alternative", alternative)
        yield "html/%s-alternative" % name, mail(header() + head, data)
    yield "html/plain-declared-html", raw(header(MIME_Version="1.0")) + part("text/html", "no tags here, free money\n\nat all\n")
    yield "html/html-declared-plain", raw(header(MIME_Version="1.0")) + part("text/plain", "<html><body><b>tags</b></body></html>\n")
    yield "html/latin1", raw(header(MIME_Version="1.0")) + part("text/html; charset=iso-8859-1", b"<p>Gr\xfc\xdfe &uuml; \x80</p>\n", "8bit")
    yield "html/windows-1251", raw(header(MIME_Version="1.0")) + part("text/html; charset=windows-1251", "<p>\u041f\u0440\u0438\u0432\u0435\u0442 <b>\u043f\u0440\u0438\u0437</b></p>\n".encode("windows-1251"), "8bit")


def uris():
    for i, uri in enumerate(URIS):
        text = "Look at %s now.\n\n(%s) and \"%s\", <%s>; %s\n" % (uri, uri, uri, uri, uri)
        yield "uris/text-%02d" % i, raw(header(MIME_Version="1.0")) + part("text/plain; charset=utf-8", text, "8bit")
    page = "".join("<a href=\"%s\">%s</a>\n" % (u.replace('"', "&quot;"), sentence(random.Random(u), 2)) for u in URIS)
    yield "uris/all-html", raw(header(MIME_Version="1.0")) + part("text/html; charset=utf-8", page, "8bit")
    yield "uris/all-text", raw(header(MIME_Version="1.0")) + part("text/plain; charset=utf-8", "\n".join(URIS) + "\n", "8bit")
    yield "uris/subject", mail(header(Subject="visit http://subject.example/ and www.subject2.example"), "x\n")
    yield "uris/headers", mail(header(List_Unsubscribe="<http://unsub.example/x>", X_Url="http://x.example"), "x\n")
    yield "uris/wrapped", mail(header(), "http://wrapped.example/very/long/\npath/goes/on\n<http://angle.example/a\nb>\n")
    yield "uris/dots", mail(header(), "end.Start of sentence.com and e.g. i.e. foo.bar.baz a.b.c.com file.txt x.pl y.sh z.py me.to\n")
    yield "uris/schemes", mail(header(), "ftp://f.example/ gopher://g.example https:example.com http:/one.example hxxp://x.example HTTPS://UP.example\n")


RECEIVED = [
    "from a.example (a.example [198.51.100.7]) by mx.example.org (Postfix) with ESMTP id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example (unknown [203.0.113.5]) by mx.example.org (8.12.8/8.12.8) with SMTP id h2; Tue, 5 Mar 2024 10:11:14 +0100",
    "from [192.0.2.17] (helo=a.example) by mx.example.org with esmtp (Exim 4.94) id 1aBcDe; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example ([192.0.2.17] ident=root) by mx.example.org with smtp (Exim 3.36 #1) id 17; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example ([192.0.2.17]:4321 helo=[10.0.0.1]) by mx.example.org with esmtpsa (TLS1.2) (Exim 4.80) (envelope-from <e@example.com>) id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example (HELO b.example) (198.51.100.8) by mx.example.org with SMTP; 5 Mar 2024 09:11:14 -0000",
    "from unknown (HELO b.example) (user@198.51.100.8) by mx.example.org (qmail) with ESMTPA; 5 Mar 2024 09:11:14 -0000",
    "(qmail 1234 invoked by uid 500); 5 Mar 2024 09:11:14 -0000",
    "(qmail 1234 invoked from network); 5 Mar 2024 09:11:14 -0000",
    "by 10.1.2.3 with SMTP id abc; Tue, 05 Mar 2024 01:11:14 -0800 (PST)",
    "from mail-x.google.com (mail-x.google.com. [209.85.1.2]) by mx.google.com with ESMTPS id x for <bob@example.org> (version=TLS1_3); Tue, 05 Mar 2024 01:11:14 -0800 (PST)",
    "from local by mx.example.org with local (Exim 4.9) id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTP id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from EX1.corp.example (10.1.2.3) by EX2.corp.example (10.1.2.4) with Microsoft SMTP Server (TLS) id 15.0.1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from EX1.corp.example ([fe80::1]) by EX2.corp.example ([fe80::2%10]) with mapi id 15.0; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example ([2001:db8::1]) by mx.example.org (Postfix) with ESMTPS id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example (a.example [IPv6:2001:db8::5]) (using TLSv1.3) (Authenticated sender: bob) by mx.example.org (Postfix) with ESMTPSA id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from web.example (203.0.113.9 [203.0.113.9]) by mx.example.org (Lotus Domino Release 5.0) with SMTP id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from [203.0.113.44] by web1.mail.yahoo.com via HTTP; Tue, 05 Mar 2024 01:11:14 PST",
    "from 203.0.113.44 (SquirrelMail authenticated user bob) by mail.example.org with HTTP; Tue, 5 Mar 2024 10:11:14 +0100 (CET)",
    "from mail pickup service by hotmail.com with Microsoft SMTPSVC; Tue, 5 Mar 2024 10:11:14 -0800",
    "from 203.0.113.45 by sea1.hotmail.msn.com with HTTP; Tue, 05 Mar 2024 10:11:14 GMT",
    "from a.example ([203.0.113.46]) by mx.example.org with Microsoft SMTPSVC(6.0.3790); Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example(203.0.113.47) by mx.example.org via smap (V2.1) id x; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example ([203.0.113.48]) by mx.example.org (MERAK 5.6) with SMTP id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "FROM a.example (203.0.113.49) BY mx.example.org WITH smtp; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example [203.0.113.50] by mx.example.org [198.51.100.9] with SMTP (MDaemon.v3) ; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example (EHLO b.example) ([203.0.113.51]) by mx.example.org (MOS 3.8) with ESMTP id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from h.example ([203.0.113.52] [203.0.113.52]) by mx.example.org (Fastmail) with ESMTP; Tue, 5 Mar 2024 10:11:14 +0100",
    "from dsl-203-0-113-53.pool.example.net (dsl-203-0-113-53.pool.example.net [203.0.113.53]) by mx.example.org (Postfix) with SMTP id 2; Tue, 5 Mar 2024 10:11:14 +0100",
    "from [203.0.113.54] (port=1234 helo=x) by mx.example.org with esmtpa (Exim 4) (envelope-from <x@y.example>) id 3; Tue, 5 Mar 2024 10:11:14 +0100",
    "from x.example ([203.0.113.55] verified) by mx.example.org (CommuniGate Pro SMTP 4.1) with ESMTP id 9; Tue, 05 Mar 2024 10:11:14 +0100",
    "from unknown [203.0.113.56] by mx.example.org (ArGoSoft) id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example (b.example. [203.0.113.57]) by 192.0.2.200 with SMTP id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from bob by mx.example.org with local-bsmtp (Exim) id 1; Tue, 5 Mar 2024 10:11:14 +0100",
    "from mx.example.org ([unix socket]) by mx.example.org (Cyrus v2.2) with LMTPA; Tue, 05 Mar 2024 10:11:14 +0100",
    "by mx.example.org (Postfix, from userid 1000) id 5; Tue, 5 Mar 2024 10:11:14 +0100 (CET)",
    "from cpe-203-0-113-58 (HELO ?203.0.113.58?) (bob@203.0.113.58) by smtp.mail.yahoo.com with SMTP; 5 Mar 2024 09:11:14 -0000",
    "from a.example (proxying for 10.0.0.5) (SquirrelMail authenticated user x) by y.example with HTTP; Tue, 5 Mar 2024 10:11:14 +0100",
    "garbage that nobody can read",
    "from ; by ; with",
    "from a.example (999.999.999.999) by mx.example.org; Tue, 5 Mar 2024 10:11:14 +0100",
    "from [127.0.0.1] (HELO localhost) (127.0.0.1) by mx.example.org with SMTP; Tue, 5 Mar 2024 10:11:14 +0100",
    "from a.example (a.example [198.51.100.7])\n        by mx.example.org (Postfix)\n        with ESMTP id 1\n        for <bob@example.org>; Tue,  5 Mar 2024 10:11:14 +0100",
    "from a.example\n (a.example [198.51.100.77]) by mx.example.org id 5;\n Tue, 5 Mar 2024 10:11:14 +0100",
]


def received():
    body = "Hello,\n\nplease click http://www.example.com/ for the offer.\n"
    for i, line in enumerate(RECEIVED):
        yield "received/one-%02d" % i, mail(header(received=[line]), body)
    rng = random.Random(7)
    for i in range(25):
        yield "received/chain-%02d" % i, mail(header(received=rng.sample(RECEIVED, rng.randint(2, 6))), body)
    local = "from x.local (x.local [10.0.0.%d]) by y.local (Postfix) with ESMTP id 1; Tue, 5 Mar 2024 10:11:14 +0100"
    yield "received/all-private", mail(header(received=[local % 1, local % 2, RECEIVED[12]]), body)
    yield "received/none", mail(header(received=[]), body)
    yield "received/many", mail(header(received=RECEIVED * 3), body)
    yield "received/dates-apart", mail(header(received=[RECEIVED[0], RECEIVED[1].replace("5 Mar", "1 Jan")]), body)
    for name in ("X-Originating-IP", "X-Yahoo-Post-IP", "X-Apparently-From", "X-SenderIP", "X-Client-IP", "X-AOL-IP"):
        yield "received/" + name.lower(), mail(header(received=[RECEIVED[0]]) + "%s: [203.0.113.99]\n" % name, body)
    for name in ("X-Envelope-From", "Envelope-Sender", "X-Sender", "Return-Path", "X-Envelope-To", "X-Original-To", "Delivered-To", "Apparently-To", "X-Rcpt-To"):
        yield "received/" + name.lower(), mail("%s: <who@where.example>\n" % name + header(received=[RECEIVED[1]]), body)
        yield "received/after-" + name.lower(), mail(header(received=[RECEIVED[1]]) + "%s: <who@where.example>\n" % name, body)


def kinds():
    lines = {
        "nigeria": "Dear Friend,\n\nI am Barrister John Musa, attorney to the late Mr. Smith. He died with his next of kin in a plane crash and left US$25,500,000.00 (Twenty Five Million Five Hundred Thousand United States Dollars) in a security company. I need your assistance to transfer the fund into your bank account. Contact me urgently at john.musa@yahoo.com, this is 100% risk free and strictly confidential.\n\nMr. John Musa\nLagos, Nigeria\n",
        "lottery": "CONGRATULATIONS! Your email address has won the sum of 1,000,000.00 Euros in the Microsoft lottery ballot. Contact our claims agent with your full name, address, age, occupation and phone number.\n",
        "pharmacy": "V1AGRA and C1AL1S at 80% OFF! No prescription needed. Click here: http://pills.example.ru/?id=123\nTo be removed from future mailings, click http://pills.example.ru/remove\n",
        "stock": "HOT STOCK ALERT! Symbol: XYZA.PK Current price: $0.45, target price $2.50. Strong buy!!! This is not investment advice.\n",
        "phish": "Your mailbox has exceeded its storage limit of 20GB. You will not be able to send mail until you re-validate your mailbox. Click here to verify your account: http://webmail-upgrade.example.tk/login.php\nSystem Administrator\n",
        "extortion": "I know your password is hunter2. I have installed malware on your device and recorded you while you visited adult websites. Send $900 in Bitcoin to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa within 48 hours or I will send the video to all your contacts.\n",
        "seo": "We can place your website on top of Google first page. Our SEO services are affordable. Reply with your phone number for a proposal.\n",
        "loan": "Do you need a loan? We offer loans at 3% interest rate, no credit check. Apply now! Amount needed, duration, name, country.\n",
        "diploma": "Obtain a university degree, bachelor, masters or doctorate based on your life experience. No tests, no classes. Call 1-206-555-0100 now!!\n",
        "dating": "Hi dear! My name is Olga, i am 26 y.o. nice russian girl. I saw your profile and i want to know you. Write me at olga2024@mail.ru I will send my photos.\n",
        "watch": "Replica watches! Rolex, Omega, Breitling, Cartier from $199. Swiss made. Lowest prices. http://watch.example.cn\n",
        "newsletter": "This month's news from the project.\n\n* Release 2.0 is out\n* Meeting on Friday\n\nYou receive this mail because you are subscribed to the list.\nUnsubscribe: http://lists.example.org/unsubscribe\n",
        "patch": "From: Alice <alice@example.com>\n\n---\n drivers/net/x.c | 2 +-\n 1 file changed\n\ndiff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1,3 +1,3 @@\n-old\n+new\n",
        "bounce": "This is the mail system at host mx.example.org.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<x@example.com>: host mx.example.com said: 550 5.1.1 User unknown\n",
        "challenge": "Please confirm your message by replying to this mail. Your message is being held until you confirm. Challenge-response.\n",
        "vacation": "I am out of the office until Monday.\n",
        "virus-bounce": "Our virus detector has just been triggered by a message you sent: VIRUS W32/Sobig.F\n",
        "receipt": "Thank you for your order #12345. Total: $49.99. Track your package at https://shop.example.com/track/12345\n",
        "caps": "THIS IS THE OFFER OF A LIFETIME. CALL NOW. YOU WILL BE RICH. DO NOT DELETE THIS MAIL. " * 5 + "\n",
        "gappy": "F-R-E-E   V.I.A.G.R.A   m o n e y   b*a*c*k   g u a r a n t e e\n",
        "base64-in-text": base64.encodebytes(bytes(range(256)) * 4).decode(),
        "random-words": "asdkjh qwelkj zxcmnb poiqwe lkjasd mnbzxc qpwoei alskdj zmxncb\n" * 6,
        "short": "hi\n", "blank": "\n\n\n", "one-char": "x", "url-only": "http://only.example/\n", "dots": ".....\n-----\n*****\n_____\n",
        "japanese": "\u3053\u3093\u306b\u3061\u306f\u3002\u7121\u6599\u30e1\u30fc\u30eb\u3067\u3059\u3002\n",
        "mixed-scripts": "Hello \u041f\u0440\u0438\u0432\u0435\u0442 \u4f60\u597d \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd\n",
        "unsub": "To unsubscribe reply with REMOVE in the subject. This message complies with the CAN-SPAM act of 2003. 123 Main Street, Suite 5, Miami, FL 33101\n",
    }
    froms = {"bounce": ("MAILER-DAEMON@mx.example.org", "Undelivered Mail Returned to Sender"),
             "vacation": ("bob@example.net", "Out of office: A note"), "virus-bounce": ("postmaster@example.net", "VIRUS IN YOUR MAIL"),
             "challenge": ("x@example.net", "Please confirm your message"), "nigeria": ("\"Barrister John Musa\" <john.musa@yahoo.com>", "URGENT BUSINESS PROPOSAL"),
             "lottery": ("claims@hotmail.com", "YOU HAVE WON!!!"), "phish": ("\"Webmail Admin\" <info@example.tk>", "Mailbox quota exceeded"),
             "patch": ("alice@example.com", "[PATCH v2] x: fix it")}
    for name, text in lines.items():
        sender, subject = froms.get(name, ("Alice <alice@example.com>", "About " + name))
        yield "kinds/" + name, mail(header(From=sender, Subject=subject, Content_Type="text/plain; charset=utf-8", MIME_Version="1.0"), text)
        page = "<html><head><title>%s</title></head><body bgcolor=white><div>%s</div></body></html>\n" % (name, text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>\n"))
        head, data = multipart("alternative", [part("text/plain; charset=utf-8", text, "8bit"), part("text/html; charset=utf-8", page, "quoted-printable")])
        yield "kinds/%s-html" % name, mail(header(From=sender, Subject=subject, received=[RECEIVED[len(name) % 30], RECEIVED[(len(text) + 3) % 30]]) + head, data)


def mixtures():
    """Pieces of everything thrown together."""
    rng = random.Random(20240305)
    fields = ["X-Mailer: Microsoft Outlook Express 6.00.2600.0000", "X-Priority: 1", "List-Id: <l.example.com>", "Precedence: bulk",
              "Reply-To: other@gmail.com", "X-Originating-IP: [203.0.113.77]", "Content-Language: en-us", "Cc: x@example.net, y@example.net",
              "Sender: s@example.com", "X-Spam-Level: *****", "Thread-Index: AQHX", "X-MimeOLE: Produced By Microsoft MimeOLE V6.00",
              "Errors-To: e@example.com", "In-Reply-To: <1@example.com>", "References: <1@example.com> <2@example.com>",
              "X-Virus-Scanned: amavisd-new", "Importance: High", "Mime-Version: 1.0 (Apple Message framework v624)", "X-Antivirus: AVG"]
    for i in range(60):
        charset = rng.choice(list(TEXTS)[:-3])
        words = TEXTS[charset]
        parts = []
        for _ in range(rng.randint(1, 3)):
            kind = rng.choice(["plain", "html", "html2", "attachment"])
            encoding = rng.choice(["8bit", "base64", "quoted-printable"])
            if kind == "plain":
                text = paragraphs(rng, rng.randint(1, 3)) + words + "\n"
                parts.append(part("text/plain; charset=%s" % charset, text.encode(charset, "replace"), encoding))
            elif kind == "attachment":
                parts.append(part(rng.choice(["image/gif; name=a.gif", "application/msword; name=\"b.doc\"", "application/x-zip; name=c.zip"]), GIF, "base64"))
            else:
                text = "<html><body>" + "".join("<p>%s</p>%s" % (sentence(rng, 8), rng.choice(list(HTML.values())))
                                                for _ in range(rng.randint(1, 4))) + words + "</body></html>\n"
                parts.append(part("text/html; charset=\"%s\"" % charset, text.encode(charset, "replace"), encoding))
        head, data = multipart(rng.choice(["mixed", "alternative", "related"]), parts, boundary="----=_Part_%d" % i, close=rng.random() < 0.9)
        subject = rng.choice([sentence(rng, 4), sentence(rng, 3).upper() + "!!!", "=?%s?B?%s?=" % (charset, base64.b64encode(words.encode(charset)).decode())])
        lines = header(received=rng.sample(RECEIVED, rng.randint(0, 4)), Subject=subject,
                       From=rng.choice(["a@example.com", "\"%s\" <%s@gmail.com>" % (sentence(rng, 2), rng.choice(WORDS)), "x@example.ru"]),
                       To=rng.choice(["bob@example.org", "undisclosed-recipients:;", "a@example.org, b@example.org, c@example.org"]))
        lines += "".join(f + "\n" for f in rng.sample(fields, rng.randint(0, 5)))
        yield "mixtures/%02d" % i, mail(lines + head, data, rng.choice(["\n", "\n", "\r\n"]))


def all_messages():
    for family in (headers, structure, charsets, mime, html, uris, received, kinds, mixtures):
        yield from family()
