"""A spamd that says exactly what a case tells it to, however wrong.

A script is a list of connections; each connection is a list of steps:
    "read"            take the request until the client half-closes (under TLS: until it is whole)
    "head"            take the request until the first blank line
    bytes             send them
    float             sleep that many seconds
    ("trickle", b, s) send b one byte at a time, s seconds apart
    "reset"           close with RST
The connection is closed when its steps are done; the last connection's steps serve all later ones.
"""
import os
import re
import socket
import struct
import threading
import time


class FakeServer:
    # SpamAssassin's spamc ends its side under TLS too, and an end left unread resets the connection.
    reads_tls_to_end = False

    def __init__(self, script, unix_path=None, host="127.0.0.1", tls=None):
        self.script = script
        self.requests = []
        self.tls = tls
        if unix_path:
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(unix_path)
            self.port = 0
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self.listener = socket.socket(family, socket.SOCK_STREAM)
            self.listener.bind((host, 0))
            self.port = self.listener.getsockname()[1]
        self.unix_path = unix_path
        self.listener.listen(16)
        self.closing = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.closing = True
        self.listener.close()
        if self.unix_path and os.path.exists(self.unix_path):
            os.unlink(self.unix_path)

    def _serve(self):
        number = 0
        while not self.closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            steps = self.script[min(number, len(self.script) - 1)] if self.script else []
            number += 1
            index = len(self.requests)
            self.requests.append(b"")
            try:
                if self.tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                self._play(connection, steps, index)
            except OSError:
                pass
            finally:
                try:
                    connection.close()
                except OSError:
                    pass

    def _has_enough(self, step, request):
        head, blank, body = request.partition(b"\r\n\r\n")
        if not blank or (step == "read" and (self.reads_tls_to_end or not self.tls)):
            return step == "head" and bool(blank)
        length = re.search(rb"\r\nContent-length: (\d+)", head)
        return step == "head" or len(body) >= (int(length.group(1)) if length else 0)

    def _play(self, connection, steps, index):
        connection.settimeout(20)
        for step in steps:
            if step == "read" or step == "head":
                while not self._has_enough(step, self.requests[index]):
                    data = connection.recv(65536)
                    if not data:
                        break
                    self.requests[index] += data
            elif isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, (int, float)):
                time.sleep(step)
            elif step == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            elif step[0] == "trickle":
                for i in range(len(step[1])):
                    connection.sendall(step[1][i:i + 1])
                    time.sleep(step[2])
