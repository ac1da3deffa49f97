"""What Madang is measured against, each in its simplest form, in an nginx
server of its own: a file, a program with the page in memory, the least
program that makes the list.
"""

import os
import re
import signal
import socket
import subprocess

from boards import BUILD, wait_for  # which knows where stack is
from drive import PROGRAMS
from stack import SOURCE, free_port

# What nginx says by itself, whatever the answer is.
OF_NGINX = {"server", "date", "connection", "content-length",
            "transfer-encoding", "content-encoding", "content-type"}
GZIP = {"Accept-Encoding": "gzip"}


def headers_to_send(answer):
    """The headers of an answer that its maker sent, nginx's own left out."""
    return [(name, value) for name, value in answer.headers
            if name.lower() not in OF_NGINX and
            (name.lower(), value) != ("vary", "Accept-Encoding")]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def place_of_file(name, folder, answer):
    """The file with the answer's headers, and those only."""
    named = dict((n.lower(), v) for n, v in answer.headers)
    lines = [f"location = /file/{name} {{", f"alias {folder}/{name};",
             "types { }", "charset off;", "gzip_static on;",
             f"default_type {quoted(named['content-type'])};"]
    sent = headers_to_send(answer)
    # nginx's own of a file are left to it, where the answer has them so.
    if re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+"', named.get("etag", "")):
        sent = [(n, v) for n, v in sent if n.lower() != "etag"]
    else:
        lines.append("etag off;")
    if "last-modified" in named:
        sent = [(n, v) for n, v in sent if n.lower() != "last-modified"]
    else:
        lines.append('add_header Last-Modified "";')
    if "accept-ranges" in named:
        sent = [(n, v) for n, v in sent if n.lower() != "accept-ranges"]
    else:
        lines.append("max_ranges 0;")
    lines += [f"add_header {n} {quoted(v)};" for n, v in sent]
    return "\n".join(lines + ["}"])


def place_of_program(path, sock, parameters):
    return "\n".join([f"location = {path} {{", f"fastcgi_pass unix:{sock};",
                      *parameters, "}"])


def fastcgi_settings(conf):
    """All that an nginx.conf says of FastCGI but where and for what."""
    lines = re.findall(r"^\s*(fastcgi_(?!pass\b|temp_path\b)\w+\s[^;]*;)",
                       conf, re.M)
    return list(dict.fromkeys(lines))


class Limits:
    """with Limits(board, answers) as limits: limits.url("file", "list") …

    answers: of each page by its name, what a file sends (plain, gzip) and
    what a program sends.
    """

    def __init__(self, board, answers):
        self.board, self.answers = board, answers
        self.port = free_port()
        self.processes = []

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()

    def url(self, kind, name):
        path = "/least" if kind == "least" else f"/{kind}/{name}"
        return f"http://127.0.0.1:{self.port}{path}"

    def _start(self):
        with open(self.board.path("nginx.conf"), encoding="utf-8") as file:
            conf = file.read()
        parameters = fastcgi_settings(conf)
        folder = self.board.path("file")
        os.mkdir(folder)
        places = []
        for name, (plain, packed, made) in self.answers.items():
            self._write(os.path.join(folder, name), plain.body)
            self._write(os.path.join(folder, name + ".gz"), packed.body)
            places.append(place_of_file(name, folder, plain))
            head = self._write(self.board.path(f"{name}.answer"),
                               self._head(made) + b"Content-Length: %d\r\n\r\n"
                               % len(made.body) + made.body)
            sock = self._program(name, "memory", head)
            places.append(place_of_program(f"/memory/{name}", sock,
                                           parameters))
        head = self._write(self.board.path("least.head"),
                           self._head(self.answers["list"][2]))
        sock = self._program(
            "least", "least", head, self.board.redis_socket,
            os.path.join(SOURCE, "templates"),
            os.path.join(BUILD, "web", "assets.hdf"),
            self.board.settings["SITE_URL"])
        places.append(place_of_program("/least", sock, parameters))
        self._add_server(conf, places)

    @staticmethod
    def _write(path, content):
        with open(path, "wb") as file:
            file.write(content)
        return path

    @staticmethod
    def _head(answer):
        sent = headers_to_send(answer)
        sent.append(("Content-Type", answer.header("Content-Type")))
        return "".join(f"{n}: {v}\r\n" for n, v in sent).encode()

    def _program(self, name, program, *words):
        """Started as spawn-fcgi would, on a socket of its own."""
        path = self.board.path(f"{name}.sock")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        os.chmod(path, 0o666)
        listening.listen(4096)
        self.processes.append(subprocess.Popen(
            [os.path.join(PROGRAMS, program), *words], stdin=listening))
        listening.close()
        return path

    def _add_server(self, conf, places):
        server = "\n".join(["server {",
                            f"listen 127.0.0.1:{self.port} backlog=4096;",
                            *places, "}", "server {"])
        with open(self.board.path("nginx.conf"), "w",
                  encoding="utf-8") as file:
            file.write(conf.replace("server {", server, 1))
        self.board.nginx.send(signal.SIGHUP)

        def answers():
            with socket.create_connection(("127.0.0.1", self.port)):
                return True
        wait_for("nginx's reload", answers)
