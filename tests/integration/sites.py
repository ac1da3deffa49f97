"""Sites of nginx that are made of the parts of nginx.conf.example: as the
examples in conf/ have them, in an nginx.conf like Debian's, of which only names,
ports and paths are changed.
"""

import gzip
import http.client
import os
import re
import shutil
import signal
import ssl
import subprocess
import time

from answer import Answer
from claims import expect
from stack import (BUILD, FAULTS, Part, Stack, clean_environment, example,
                   free_port)

NAME = "localhost"
# What Debian 12 has in its nginx.conf, and what an own user can't have.
DEBIAN = """
user {user};
worker_processes 2;
pid {state}/nginx/nginx.pid;
events {{
	worker_connections 768;
}}
http {{
	client_body_temp_path {state}/nginx/body;
	fastcgi_temp_path {state}/nginx/fastcgi;
	proxy_temp_path {state}/nginx/proxy;
	scgi_temp_path {state}/nginx/scgi;
	uwsgi_temp_path {state}/nginx/uwsgi;
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;
	types {{
		text/html html;
		text/css css;
		text/plain txt;
	}}
	default_type application/octet-stream;
	ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
	ssl_prefer_server_ciphers on;
	access_log {state}/log/others.log;
	gzip on;
	include {state}/site.conf;
}}
"""


class Site(Stack):
    """A Stack whose nginx has an example's site, with a page store."""

    example = None
    path_of_board = ""

    def __init__(self, **settings):
        super().__init__(nginx=True, **{"pages": True, **settings})
        self.base = self.path_of_board
        self.plain_port = self.port
        if "PAGES_FOLDER" in self.settings:
            self.settings["SITE_URL"] = self.url("")
            self.store = self.settings["PAGES_FOLDER"] + "/pages"
        self.worker.env = clean_environment(**self.settings)

    def start_nginx(self):
        os.mkdir(self.path("parts"))
        for name in os.listdir(os.path.join(BUILD, "nginx")):
            with open(os.path.join(BUILD, "nginx", name),
                      encoding="utf-8") as file:
                self.write("parts/" + name, self.ours(file.read()))
        self.write("nginx.conf", DEBIAN.format(
            state=self.state, user="root" if os.getuid() == 0 else "nobody"))
        self.write("site.conf", self.site())
        tried = subprocess.run([*self.nginx.argv, "-t"], check=False,
                               capture_output=True, text=True)
        # It warns of the user where it is not root's to choose.
        assert "test is successful" in tried.stderr, tried.stderr
        assert os.getuid() or "[warn]" not in tried.stderr, tried.stderr
        self.wait_nginx()

    def site(self):
        return self.ours(example(self.example))

    def ours(self, text):
        """A configuration with the names, ports and paths of this stack."""
        for theirs, here in (
                ("/usr/share/madang/nginx", self.path("parts")),
                ("/var/cache/madang/pages", self.path("pages/pages")),
                ("/run/madang/", self.state + "/"),
                ("/var/log/nginx/madang.log", self.path("log/access.log")),
                ("example.org", NAME),
                ("listen 80", f"listen 127.0.0.1:{self.plain_port}"),
                ("listen 443", f"listen 127.0.0.1:{self.port}"),
                ("/etc/letsencrypt/live/" + NAME, self.state),
                ("/var/www/html", self.path("html"))):
            text = text.replace(theirs, here)
        text = re.sub(r"listen \[::\].*\n", "\n", text)
        text = re.sub(r"\S+/madang/web/", BUILD + "/web/", text)
        if self.patient:
            text = re.sub(r"(fastcgi_read_timeout) \d+ms;", r"\1 30s;", text)
        return text

    def reload_nginx(self):
        self.nginx.send(signal.SIGHUP)


class Tls(Site):
    """HTTP/1.1 over TLS, by Python; curl speaks HTTP/2 to it."""

    example = "nginx-tls.conf"
    scheme = "https"

    def __init__(self, **settings):
        super().__init__(**settings)
        self.plain_port = free_port()
        self.context = None

    def start_nginx(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", f"/CN={NAME}", "-addext",
             f"subjectAltName=DNS:{NAME},IP:127.0.0.1",
             "-keyout", self.path("privkey.pem"),
             "-out", self.path("fullchain.pem")],
            check=True, capture_output=True)
        self.context = ssl.create_default_context(
            cafile=self.path("fullchain.pem"))
        # For the claims' curl.
        os.environ["CURL_CA_BUNDLE"] = self.path("fullchain.pem")
        super().start_nginx()

    def client(self, timeout):
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=timeout, context=self.context)

    def plain(self, target, host=NAME):
        """An answer of the server on port 80."""
        client = http.client.HTTPConnection("127.0.0.1", self.plain_port)
        client.request("GET", target, headers={"Host": host})
        reply = client.getresponse()
        answer = Answer(reply.status, reply.getheaders(), reply.read())
        client.close()
        return answer


class Http2(Tls):
    """The same by HTTP/2: each request is a curl."""

    def http(self, method, target, body=None, headers=None, timeout=10):
        argv = ["curl", "--silent", "--show-error", "--include", "--noproxy",
                "*", "--http2", "--max-time", str(timeout), "--path-as-is"]
        # Python's client says no more than these.
        argv += ["--header", "Accept:", "--header", "User-Agent:"]
        argv += ["--head"] if method == "HEAD" else ["--request", method]
        for name, value in (headers or {}).items():
            argv += ["--header", f"{name}: {value}"]
        if body is not None:
            argv += ["--data-binary", "@-"]
            if "Content-Type" not in (headers or {}):
                argv += ["--header", "Content-Type:"]
        began = time.monotonic()
        run = subprocess.run([*argv, self.url(target, "127.0.0.1")],
                             input=body or b"", capture_output=True,
                             check=False)
        if run.returncode:
            raise ConnectionError(run.stderr.decode())
        head, _, body = run.stdout.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        expect(status.split()[0], "HTTP/2")
        answer = Answer(int(status.split()[1]),
                        [tuple(line.split(": ", 1)) for line in lines], body)
        answer.seconds = time.monotonic() - began
        return self._noted(method, target, self.below_base(answer))


LINK = re.compile(rb'(<[^>]* (?:href|src|action)=")(/[^"]*)')


class Below(Site):
    """A board below a path; what is linked or led to must be below it, too,
    and is seen without it."""

    example = "nginx-subpath.conf"
    path_of_board = "/board"

    def below_base(self, answer):
        def shorter(target):
            assert target.startswith(self.base + "/"), f"a way to {target}"
            return target[len(self.base):]
        headers = []
        for name, value in answer.headers:
            if name.lower() == "location" and not value.startswith("http"):
                value = shorter(value)
            if name.lower() == "set-cookie":
                assert f"; Path={self.base}/;" in value, value
            headers.append((name, value))
        body = answer.body
        if any("text/html" in value for value in answer.all("Content-Type")) \
                and not answer.all("Content-Encoding"):
            body = LINK.sub(lambda found: found[1] + shorter(
                found[2].decode()).encode(), body)
        return Answer(answer.status, headers, body, answer.seconds)

    def http_raw(self, method, target, headers=None):
        """Of any path of the site."""
        client = self.client(10)
        client.request(method, target, None, headers or {})
        reply = client.getresponse()
        answer = Answer(reply.status, reply.getheaders(), reply.read())
        client.close()
        return answer


class Team(Site):
    """Several workers, in unix sockets; Machines: on addresses of their own,
    as those of other machines, and without a page store."""

    example = "nginx-upstream.conf"
    addresses = ["1.sock", "2.sock", "3.sock"]

    def __init__(self, **settings):
        super().__init__(**settings)
        self.workers = [self.member(i) for i in range(len(self.addresses))]
        self.worker, self.socket = self.workers[0], self.reach(0)

    def listen(self, i):
        return self.path(self.addresses[i])

    def reach(self, i):
        """The same as fastcgi.py takes it."""
        return self.listen(i)

    def member(self, i):
        return Part([*self.worker.argv[:2], "--listen", self.listen(i),
                     "--slots", "4"], self.path(f"worker{i}.log"),
                    clean_environment(**self.settings))

    def start_worker(self, stdin=None):
        for worker in self.workers[1:]:
            worker.start()
        super().start_worker()

    def __exit__(self, *reason):
        for worker in self.workers[1:]:
            if worker.running() and worker.stop():
                self.faults.append("a worker did not end well")
            self.faults += FAULTS.findall(worker.said())
        super().__exit__(*reason)


def unpacked(answer):
    if answer.header("Content-Encoding") == "gzip":
        return gzip.decompress(answer.body)
    return answer.body


def needs(*programs):
    return [program for program in programs if not shutil.which(program)]
