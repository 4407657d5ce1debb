"""Messages with attached texts of our own making, for programs that print them. all_messages() gives pairs of
a name and the bytes."""
import documents
from documents import mail, part

TEXTS = {
    "plain": b"Buy our free money today, printed here.\nSecond line\n\nSecond paragraph http://text.example/path\n",
    "empty": b"",
    "blank": b" \r\n\t\n",
    "link": b"See <a class=x href=\"http://link.example/\">this</a> http://other.example/",
    "link-first": b"<a href=\"http://link.example/\">",
    "qr": b"QR-Code:https://code.example/x?y=1 and QR-Code:second\n",
    "qr-link": b"QR-Code:https://code.example/ <a  href=\"http://link.example/\">",
    "notext": b"It says NoText here",
    "punctuation": b"--- !!! ---\n",
    "leading": b", one two; three\n",
    "utf8": "Gr\u00fc\u00dfe aus K\u00f6ln: Gewinn \u20ac 100\n".encode(),
    "latin1": "Gr\u00fc\u00dfe aus K\u00f6ln: Gewinn\n".encode("latin-1"),
    "nul": b"one\0two\0printed",
    "html": b"<html><body><b>bold</b> text &amp; more</body></html>",
    "long": b"word " * 30000,
    "crlf": b"first line\r\nsecond line\r\n\r\nnew paragraph\r\n",
}

KINDS = [("a.show", "application/octet-stream"), ("a.SHOW", "application/x"), ("a.bin", "application/x-show"),
         ("b.twice", "application/x"), ("c.fail", "application/x-show"), ("d.other", "image/png"), ("show", "application/x"),
         ("e.txt", "text/plain"), ("f.show", "text/calendar"), ("", "application/x-show"), ("g.last", "application/x"),
         ("a.show.zip", "application/x"), ("x/y.show", "application/x"), ("h.missing", "application/x")]


def all_messages():
    for text, data in TEXTS.items():
        for name, kind in KINDS if text in ("plain", "qr") else KINDS[:4]:
            yield "text/%s-%s-%s" % (text, name.replace("/", "_") or "none", kind.replace("/", "_")), mail(part(name, data, kind))
    for count in (1, 2, 3, 4, 5):
        yield "several/%d" % count, mail(*[part("%d.show" % i, list(TEXTS.values())[i * 2 % 7 + 1], "application/x%d" % i) for i in range(count)])
    yield "several/mixed", mail(part("a.twice", TEXTS["qr"]), part("b.show", TEXTS["link"]), part("c.show", TEXTS["empty"]), part("d.fail", TEXTS["plain"]))
    yield "none/none", mail()
    yield "none/root", (b"From: a@example.com\nSubject: root\nMIME-Version: 1.0\n" + part("a.show", TEXTS["plain"]))
    yield "none/message", mail(b"Content-Type: message/rfc822\n\n" + mail(part("a.show", TEXTS["plain"])))
    for name, data in list(documents.documents())[:3]:
        yield "binary/" + name, mail(part("a.show", data))
