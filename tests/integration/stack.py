"""The real stack for a test: redis-server, the worker, nginx; in a folder of
its own, on unix sockets and one free port of the loopback.

A test is a function whose name is a claim; main() runs them, one line each.
"""

import atexit
import http.client
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from urllib.parse import urlencode

import fastcgi
from answer import Answer
from claims import Claims, expect
from resp import Redis

SOURCE = os.path.abspath(os.environ.get("TOP_SRCDIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.abspath(os.environ.get("TOP_BUILDDIR") or
                        os.path.join(SOURCE, "build"))
SANITIZERS = os.environ.get("SANITIZERS", "")
# FULL=1: all of it, however long it takes. Else one web server's tests leave out
# what those of another have shown of the same worker; and under a sanitizer,
# which sees our program alone, what is only the server's.
FULL = os.environ.get("FULL", "") not in ("", "0")
ALSO_SERVERS = FULL or not SANITIZERS
WORKER = os.path.join(BUILD, "madang")
# Debian keeps nginx where only root's PATH looks.
os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"

# What a process has to be ready, or gone; sanitizers are slow.
PATIENCE = 30 if SANITIZERS else 15
FAULTS = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|"
                    r"MemorySanitizer|runtime error:|Assertion .* failed")
FORM = "application/x-www-form-urlencoded"
SKIPPED = 77


def wait_for(what, ready, seconds=PATIENCE, every=0.02):
    """Until ready() is true; connection errors mean not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
            last = ""
        except (OSError, ConnectionError, http.client.HTTPException) as e:
            last = f": {e}"
        if time.monotonic() > end:
            raise TimeoutError(f"{what} took over {seconds} s{last}")
        time.sleep(every)


def example(name):
    """One of those in conf/."""
    with open(os.path.join(SOURCE, "conf", name), encoding="utf-8") as file:
        return file.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def many_files(count):
    """Lets this process and those it starts open so many files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return True


def clean_environment(**settings):
    """Ours without settings of Madang's, and then those given."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("MADANG_")}
    known = os.path.join(SOURCE, "tests", "integration", "lsan.supp")
    env["LSAN_OPTIONS"] = ":".join(filter(None, (
        env.get("LSAN_OPTIONS"), f"suppressions={known}",
        "print_suppressions=0")))
    env.update({f"MADANG_{k}": str(v) for k, v in settings.items()})
    return env


def end(process):
    if process.poll() is None:
        process.kill()
        process.wait()


class Part:
    """A process of the stack, its output in a log file of its own."""

    def __init__(self, argv, log, env=None):
        self.argv, self.log, self.env = argv, log, env
        self.process = None
        self.files = None  # a low RLIMIT_NOFILE

    def start(self, stdin=subprocess.DEVNULL):
        argv = self.argv
        if self.files:
            argv = ["sh", "-c", f'ulimit -n {self.files}; exec "$@"', "sh",
                    *argv]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(argv, stdin=stdin, stdout=log,
                                            stderr=log, env=self.env)
        # Where a claim fails before it has stopped what it has started.
        atexit.register(end, self.process)

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        return self.process.wait(seconds)

    def stop(self, seconds=PATIENCE):
        """SIGTERM; the exit status."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def said(self):
        """Its log so far."""
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""


class Threads:
    """Work that others do: with it, those in self._threads run, and end once
    self._stop is set."""

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Stack:
    """with Stack(nginx=True, LIMITS_BODY_MS=300) as stack: …

    errors=True where a test makes the worker log errors on purpose;
    pages=True: with a page store, whose pages nginx sends;
    patient=False: visitors wait as little as with the settings as they come,
    which is too little for tests of other things under a sanitizer.
    """

    def __init__(self, nginx=False, slots=4, errors=False, redis=True,
                 pages=False, patient=True, **settings):
        # Short: the path of a unix socket has 107 bytes.
        self.state = tempfile.mkdtemp(prefix="madang-", dir="/tmp")
        atexit.register(shutil.rmtree, self.state, ignore_errors=True)
        os.chmod(self.state, 0o755)
        self.socket = self.path("madang.sock")
        self.redis_socket = self.path("redis.sock")
        self.port = free_port()
        self.errors = errors
        self.faults = []      # what went wrong while stopping
        self.cookies = []     # (method, path) of answers with Set-Cookie
        self.with_redis, self.with_nginx = redis, nginx
        for folder in ("redis", "nginx", "log"):
            os.mkdir(self.path(folder))
        self.redis = Part(
            ["redis-server", os.path.join(SOURCE, "conf", "redis.conf"),
             "--unixsocket", self.redis_socket, "--port", "0",
             "--dir", self.path("redis"), "--daemonize", "no"],
            self.path("redis.log"))
        values = {"REDIS_ADDRESS": self.redis_socket,
                  "FILES_TEMPLATES": os.path.join(SOURCE, "templates"),
                  "FILES_ASSETS": os.path.join(BUILD, "web", "assets.hdf"),
                  "WRITING_CLIENT_BURST": 0, "WRITING_ALL_BURST": 0}
        self.patient = patient
        if patient:
            values["LIMITS_QUEUE_MS"] = 20000
        if pages:
            values.update(PAGES_FOLDER=self.path("pages"),
                          SITE_URL=f"http://localhost:{self.port}")
        values.update(settings)
        self.settings = values
        self.worker = Part(
            [WORKER, "serve", "--listen", self.socket, "--slots", str(slots)],
            self.path("worker.log"), clean_environment(**values))
        self.nginx = Part(
            ["nginx", "-c", self.path("nginx.conf"), "-p",
             self.path("nginx/"), "-e", self.path("log/nginx.log"),
             "-g", "daemon off;"], self.path("nginx-start.log"))

    def path(self, name):
        return os.path.join(self.state, name)

    def write(self, name, text):
        """A file of the stack; gives its path."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def own_templates(self):
        """Has the worker use a copy, which a test may change; its folder."""
        folder = self.path("templates")
        shutil.copytree(os.path.join(SOURCE, "templates"), folder)
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
        self.settings["FILES_TEMPLATES"] = folder
        self.worker.env["MADANG_FILES_TEMPLATES"] = folder
        return folder

    # Starting and stopping

    def __enter__(self):
        try:
            if self.with_redis:
                self.start_redis()
            self.start_worker()
            if self.with_nginx:
                self.start_nginx()
        except BaseException:
            self._tell_logs()
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, *_):
        for part in (self.nginx, self.worker, self.redis):
            if not part.running():
                continue
            try:
                status = part.stop()
                if status and part is self.worker:
                    self.faults.append(f"the worker exited with {status}")
            except subprocess.TimeoutExpired:
                part.kill()
                self.faults.append(f"{part.argv[0]} did not stop")
        self.faults += self.found_in_log()
        shutil.rmtree(self.state, ignore_errors=True)

    def start_redis(self):
        self.redis.start()
        wait_for("redis-server", self._redis_answers)

    def _redis_answers(self):
        with Redis(self.redis_socket, 1) as redis:
            # While it loads its file it refuses, which is an answer too;
            # between the two files of its AOF it seems ready for a moment.
            for _ in range(3):
                if redis.info("persistence")["loading"] != "0":
                    return False
                time.sleep(0.03)
            return True

    def start_worker(self, stdin=subprocess.DEVNULL):
        self.worker.start(stdin)
        self.wait_worker()

    def wait_worker(self):
        def answers():
            if not self.worker.running():
                raise RuntimeError("the worker ended at start:\n" +
                                   self.worker.said()[-2000:])
            return self.ask("GET", "/healthz").status in (200, 503)
        wait_for("the worker", answers)

    def start_nginx(self):
        env = dict(os.environ, PORT=str(self.port), STATE=self.state,
                   BUILD=BUILD)
        conf = subprocess.run(
            ["sh", os.path.join(SOURCE, "bootstrap"), "nginx-conf"], env=env,
            check=True, capture_output=True, cwd=SOURCE).stdout
        if self.patient:
            conf, found = re.subn(rb"(fastcgi_read_timeout) [0-9]+ms;",
                                  rb"\1 30s;", conf)
            assert found == 1, found
        with open(self.path("nginx.conf"), "wb") as file:
            file.write(conf)
        self.wait_nginx()

    def wait_nginx(self):
        self.nginx.start()
        wait_for("nginx", lambda: self.http("GET", "/healthz"))

    def found_in_log(self):
        """The lines of the worker's log that tell of a fault."""
        found, more = [], 0
        for line in self.worker.said().splitlines():
            if FAULTS.search(line):
                more = 25  # where it was
            if more or (line.startswith("error ") and not self.errors):
                found.append(line)
            more = max(0, more - 1)
        return found[:60]

    def _tell_logs(self):
        for part in (self.redis, self.worker, self.nginx):
            for line in part.said().splitlines()[-15:]:
                print(f"# {os.path.basename(part.log)}: {line}")

    # Asking

    def redis_client(self, timeout=10):
        return Redis(self.redis_socket, timeout)

    def ask(self, method, target, body=b"", headers=None, **params):
        """Straight to the worker."""
        answer = fastcgi.ask(self.socket, method, target, body, headers,
                             **params)
        return self._noted(method, target, answer)

    def http(self, method, target, body=None, headers=None, timeout=10):
        """Through nginx, no redirect followed."""
        began = time.monotonic()
        client = self.client(timeout)
        try:
            client.request(method, self.base + target, body, headers or {})
            reply = client.getresponse()
            answer = Answer(reply.status, reply.getheaders(), reply.read())
        finally:
            client.close()
        answer.seconds = time.monotonic() - began
        return self._noted(method, target, self.below_base(answer))

    # What a board with TLS, or below a path, has in place of these.

    base = ""
    scheme = "http"

    def client(self, timeout):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout)

    def below_base(self, answer):
        """It, as it would be without a path before the board."""
        return answer

    def _noted(self, method, target, answer):
        if answer.all("Set-Cookie"):
            self.cookies.append((method, target))
        return answer

    def post(self, name, text, headers=None, timeout=10, via_nginx=True):
        """Submits the form."""
        body = urlencode({"full_name": name, "data": text}).encode()
        headers = {"Content-Type": FORM, **(headers or {})}
        if via_nginx:
            return self.http("POST", "/", body, headers, timeout)
        return self.ask("POST", "/", body, headers)

    def url(self, path="/", host="localhost"):
        return f"{self.scheme}://{host}:{self.port}{self.base}{path}"


def fill(redis, posts):
    """Writes posts, (name, text) from the oldest on, as the tutorial does."""
    commands = []
    for name, text in posts:
        commands.append(("INCR", "last_id"))
    ids = redis.pipeline(commands)
    commands = []
    for post_id, (name, text) in zip(ids, posts):
        commands += [("SET", f"news:name:{post_id}", name),
                     ("SET", f"news:post:{post_id}", text),
                     ("LPUSH", "post_id", post_id)]
    redis.pipeline(commands)
    return ids


def posted_id(answer):
    """The id of a post that was taken; anything else is a failure."""
    expect(answer.status, 303, "status")
    location = answer.header("Location")
    found = re.fullmatch(r"/\?posted=(\d+)(&mine=[0-9a-f]{32})?", location)
    assert found, f"Location is {location}"
    return int(found[1])


def main(*groups):
    """Each group: its Stack's settings, or what makes it; and its tests."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    claims = Claims()
    for settings, tests in groups:
        try:
            made = settings() if callable(settings) else Stack(**settings)
            if callable(settings):
                print(f"# {type(made).__name__}", flush=True)
            with made as stack:
                for test in tests:
                    claims.run(test, stack)
        except Exception:
            claims.tell("the stack starts", traceback.format_exc())
            continue
        claims.tell(f"the worker ends well after {tests[0].__name__} …",
                    "\n".join(stack.faults))
    sys.exit(1 if claims.failed else 0)
