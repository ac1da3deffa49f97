"""A FastCGI client of our own (FastCGI 1.0, responder): talks to the worker's
socket as a web server does, and, where a test asks for it, as none would.
"""

import os
import socket
import struct
import time
from urllib.parse import unquote_to_bytes

from answer import Answer

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
RECORD_MAX = 65535


def record(kind, content=b"", request_id=1):
    return struct.pack(">BBHHBx", 1, kind, request_id, len(content),
                       0) + content


def stream(kind, data):
    """A stream's records, its empty last one not included."""
    return b"".join(record(kind, data[i:i + RECORD_MAX])
                    for i in range(0, len(data), RECORD_MAX))


def pairs(params):
    """Name-value pairs; names and values are str or bytes."""
    def length(n):
        return bytes([n]) if n < 128 else struct.pack(">I", n | 1 << 31)
    out = []
    for name, value in params.items():
        name, value = os.fsencode(name), os.fsencode(value)
        out += [length(len(name)), length(len(value)), name, value]
    return b"".join(out)


def environment(method, target, headers=None, length=0):
    """The CGI variables that nginx would send for a request."""
    path, _, query = target.partition("?")
    params = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path), "QUERY_STRING": query,
        "REQUEST_URI": target, "SERVER_PROTOCOL": "HTTP/1.1",
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_SCHEME": "http",
        "REMOTE_ADDR": "192.0.2.7", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost",
        "CONTENT_LENGTH": str(length) if length else "",
    }
    for name, value in (headers or {}).items():
        name = name.upper().replace("-", "_")
        if name != "CONTENT_TYPE":
            name = "HTTP_" + name
        params[name] = value
    return params


def connect(address, timeout=10):
    """address: a path, or (host, port)."""
    if isinstance(address, tuple):
        return socket.create_connection(address, timeout)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(address)
    return connection


class Request:
    """One request on a connection of its own, sent piece by piece."""

    def __init__(self, address, params, timeout=10):
        self.began = time.monotonic()
        self.socket = connect(address, timeout)
        self.send(record(BEGIN, struct.pack(">HB5x", 1, 0)) +
                  stream(PARAMS, pairs(params)) + record(PARAMS))

    def send(self, data):
        """A worker may answer and close before it read everything."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # what it answered tells

    def body(self, data):
        self.send(stream(STDIN, data))
        return self

    def end(self):
        self.send(record(STDIN))
        return self

    def close(self):
        self.socket.close()

    def answer(self):
        """Reads to the end of the request; the connection is then closed."""
        with self.socket, self.socket.makefile("rb") as incoming:
            out = []
            while True:
                head = incoming.read(8)
                if len(head) < 8:
                    raise ConnectionError("the worker closed without an end")
                _, kind, _, length, padding = struct.unpack(">BBHHBx", head)
                content = incoming.read(length + padding)[:length]
                if kind == STDOUT:
                    out.append(content)
                elif kind == END:
                    break
        return parse(b"".join(out), time.monotonic() - self.began)


def parse(output, seconds=0.0):
    """An Answer from CGI output (RFC 3875 section 6)."""
    head, separator, body = output.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError(f"no end of the headers in {output[:200]!r}")
    headers = []
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"not a header: {line!r}")
        headers.append((name, value.strip()))
    status = 200
    for name, value in headers:
        if name.lower() == "status":
            status = int(value.split()[0])
    return Answer(status, headers, body, seconds)


def ask(address, method, target, body=b"", headers=None, timeout=10,
        **params):
    """One whole request. params are CGI variables over the usual ones."""
    variables = environment(method, target, headers, len(body))
    variables.update(params)
    request = Request(address, variables, timeout)
    return request.body(body).end().answer()
