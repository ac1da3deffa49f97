#!/usr/bin/env python3
"""bootstrap serve: what it starts, keeps running, refuses and stops."""

import atexit
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from urllib.parse import urlencode

from claims import Claims, expect, rows
from stack import BUILD, PATIENCE, SOURCE, clean_environment, free_port, \
    wait_for

SCRIPT = os.path.join(SOURCE, "bootstrap")
CHILDREN = ("redis", "madang", "nginx")
GUARDS = ("Content-Security-Policy", "X-Content-Type-Options",
          "X-Frame-Options", "Referrer-Policy", "Permissions-Policy")


def environment(**changes):
    env = clean_environment()
    env.update(changes)
    return env


def bootstrap(*arguments, script=SCRIPT, **changes):
    """A call that ends by itself."""
    return subprocess.run(["sh", script, *arguments], capture_output=True,
                          env=environment(**changes), text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


def expect_refused(result, *words):
    assert result.returncode != 0, f"it went well: {result.stdout}"
    for word in words:
        assert word in result.stderr, f"no {word!r} in {result.stderr!r}"


def temporary_folder():
    # Short: the path of a unix socket has 107 bytes.
    folder = tempfile.mkdtemp(prefix="madang-", dir="/tmp")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def processes_of(groups):
    """The pids in these process groups; zombies don't count."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                state, _, group = file.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if state != "Z" and int(group) in groups:
            found.append(int(pid))
    return found


class Board:
    """One STATE and PORT, on which bootstrap is started and stopped."""

    def __init__(self):
        self.state = os.path.join(temporary_folder(), "state")
        self.port = free_port()
        self.settings = {"STATE": self.state, "PORT": str(self.port),
                         "BUILD": BUILD}
        self.process = None
        self.errors = tempfile.TemporaryFile()

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode()

    def start(self):
        self.process = subprocess.Popen(
            ["sh", SCRIPT, "serve"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env=environment(**self.settings), start_new_session=True,
            # A shell can't trap what is ignored when it starts (nohup).
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
        # No line and no end: the test must not wait for ever.
        signal.alarm(PATIENCE * 2)
        line = self.process.stdout.readline()
        signal.alarm(0)
        expect(line, f"Madang is at http://localhost:{self.port}\n",
               f"the line it prints ({self.said()})")

    def stop(self, number):
        """To its whole group, as a terminal does; its exit status."""
        os.killpg(self.process.pid, number)
        status = self.process.wait(PATIENCE * 2)
        self.process.stdout.close()
        return status

    def read(self, name):
        try:
            with open(os.path.join(self.state, name), encoding="utf-8",
                      errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def log(self):
        return self.read("log/bootstrap.log")

    def pid(self, child):
        return int(re.findall(rf"{child} runs \(process (\d+)\)",
                              self.log())[-1])

    def groups(self):
        """The supervisor's and its children's; each child has its own."""
        return {self.process.pid, *map(self.pid, CHILDREN)}

    def ask(self, path, method="GET", fields=None):
        client = http.client.HTTPConnection("127.0.0.1", self.port,
                                            timeout=10)
        headers = {}
        body = None
        if fields:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            client.request(method, path, body, headers)
            answer = client.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            client.close()

    def answers(self):
        return self.ask("/healthz").status == 200

    def redis(self, *command):
        return subprocess.run(
            ["redis-cli", "-s", os.path.join(self.state, "redis.sock"),
             *command], capture_output=True, check=True, text=True,
            timeout=10).stdout.splitlines()


# On one board that runs

def the_board_answers_when_the_line_is_printed(board):
    answer = board.ask("/")
    expect(answer.status, 200)
    assert 'name="full_name"' in answer.text, answer.text[:500]


def a_second_start_on_the_same_state_is_refused(board):
    settings = dict(board.settings, PORT=str(free_port()))
    expect_refused(bootstrap("serve", **settings), board.state,
                   str(board.process.pid))
    assert board.answers()


def a_port_in_use_is_refused_before_anything_starts(board):
    state = os.path.join(temporary_folder(), "other")
    settings = dict(board.settings, STATE=state)
    expect_refused(bootstrap("serve", **settings), str(board.port))
    assert not os.path.exists(f"{state}/log/bootstrap.log"), "it started"


def a_port_of_another_program_is_refused(board):
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = str(other.getsockname()[1])
        settings = dict(board.settings, PORT=port, STATE=temporary_folder())
        expect_refused(bootstrap("serve", **settings), port)


@rows([
    ("port", "port", "0"),
    ("appendonly", "appendonly", "yes"),
    ("appendfsync", "appendfsync", "always"),
    ("during a rewrite", "no-appendfsync-on-rewrite", "no"),
    ("save", "save", ""),
    ("maxmemory-policy", "maxmemory-policy", "noeviction"),
    ("listpack", "hash-max-ziplist-value", "128"),
    ("private", "unixsocketperm", "700"),
])
def redis_runs_with_the_settings_of_redis_conf(board, name, value):
    expect(board.redis("CONFIG", "GET", name), [name, value])


def data_and_sockets_are_private(board):
    for name in ("", "redis", "log", "nginx.conf", "madang.sock",
                 "redis.sock"):
        mode = os.stat(os.path.join(board.state, name)).st_mode & 0o777
        expect(mode & 0o007, 0, f"others' rights to {name or 'STATE'}")


@rows([
    ("a page", "/", 200),
    ("a page of the worker's that is not there", "/none", 404),
    ("a static file that is not there", "/static/none.css", 404),
    ("a request that nginx refuses", "/" + "x" * 20000, 414),
])
def every_answer_has_each_security_header_once(board, path, status):
    answer = board.ask(path)
    expect(answer.status, status)
    for name in GUARDS:
        expect(len(answer.headers.get_all(name, [])), 1, name)


def static_files_are_for_ever_but_their_absence_is_not(board):
    style = re.search(r'"(/static/[^"]*\.css)"', board.ask("/").text)[1]
    answer = board.ask(style)
    expect(answer.status, 200)
    expect(answer.headers["Cache-Control"],
           "public, max-age=31536000, immutable")
    expect(answer.headers["X-Content-Type-Options"], "nosniff")
    expect(board.ask("/static/none.css").headers["Cache-Control"], "no-store")


def while_there_is_no_worker_a_page_says_that_it_comes_back(board):
    # The supervisor, which would start it again at once, has to wait.
    os.kill(board.process.pid, signal.SIGSTOP)
    try:
        os.kill(board.pid("madang"), signal.SIGKILL)
        for method, path in (("GET", "/write"), ("POST", "/"),
                             ("GET", "/all?x=1")):
            answer = board.ask(path, method)
            expect(answer.status, 503, path)
            assert "Back in a moment" in answer.text, answer.text
            assert int(answer.headers["Retry-After"]) > 0
            expect(answer.headers["Cache-Control"], "no-store")
            for name in GUARDS:
                expect(len(answer.headers.get_all(name, [])), 1, name)
    finally:
        os.kill(board.process.pid, signal.SIGCONT)
    wait_for("the board", board.answers)
    expect(board.ask("/away.html").status, 404, "its address")


@rows([(child, child) for child in CHILDREN])
def a_child_that_is_killed_comes_back(board, child):
    old = board.pid(child)
    os.kill(old, signal.SIGKILL)
    wait_for(f"another {child}", lambda: board.pid(child) != old)
    wait_for("the board", board.answers)
    told = f"{child} (process {old}) was killed by SIGKILL; it starts again"
    assert told in board.log(), board.log()
    expect(processes_of({old}), [], "left of the old one")


def a_child_that_keeps_ending_waits_longer_each_time(board):
    before = len(board.log())
    for _ in range(3):
        old = board.pid("madang")
        os.kill(old, signal.SIGKILL)
        wait_for("another madang", lambda: board.pid("madang") != old)
    delays = [float(delay) for delay in re.findall(
        r"madang .* starts again in ([\d.]+) s", board.log()[before:])]
    expect(len(delays), 3, "restarts in the log")
    assert delays[0] < delays[1] < delays[2], f"delays are {delays}"
    wait_for("the board", board.answers)


# Starting and stopping

@rows([(number.name, number) for number in
       (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)])
def a_signal_stops_everything_and_the_next_start_has_the_data(board, number):
    text = f"before {number.name}"
    expect(board.ask("/", "POST", {"full_name": "홍길동", "data": text})
           .status, 303)
    groups = board.groups()
    expect(board.stop(number), 0, "exit status")
    expect(processes_of(groups), [], "left")
    board.start()
    assert text in board.ask("/latest").text, "the post is gone"


def a_supervisor_that_is_killed_leaves_no_process(board):
    if not shutil.which("setpriv"):
        print("# without setpriv it leaves them, and refuses to start again")
        return
    groups = board.groups()
    expect(board.stop(signal.SIGKILL), -signal.SIGKILL)
    wait_for("the end of its children", lambda: not processes_of(groups))
    board.start()


# Without a board

@rows([
    ("a port that is a word", {"PORT": "http"}, "PORT=http"),
    ("a port over 65535", {"PORT": "65536"}, "PORT=65536"),
    ("a port of 0", {"PORT": "0"}, "PORT=0"),
    ("a space in STATE", {"STATE": "/tmp/a b"}, "STATE=/tmp/a b"),
    ("a quote in STATE", {"STATE": "/tmp/a'b"}, "STATE=/tmp/a'b"),
    ("a STATE too long for a socket", {"STATE": "/tmp/" + "x" * 100}, "107"),
    ("nothing built", {"BUILD": "/nonexistent"}, "/nonexistent"),
])
def settings_that_can_not_work_are_refused(changes, word):
    settings = {"PORT": str(free_port()), "STATE": "/tmp/madang-refused",
                "BUILD": BUILD, **changes}
    expect_refused(bootstrap("serve", **settings), word)
    assert not os.path.exists(settings["STATE"]), "it made the folder"


def an_unknown_verb_is_answered_with_the_usage():
    result = bootstrap("frobnicate")
    expect(result.returncode, 2)
    assert "Usage: ./bootstrap" in result.stderr
    expect(bootstrap().returncode, 0)
    assert "Usage: ./bootstrap" in bootstrap().stdout


def the_private_nginx_has_nothing_of_the_system_in_it():
    result = bootstrap("nginx-conf", PORT="8123", STATE="/tmp/s", BUILD="/b")
    expect(result.returncode, 0, result.stderr)
    statements = re.sub(r"#.*", "", result.stdout)
    for path in ("/var/", "/run/", "/usr/", "/etc/", "www-data"):
        assert path not in statements, f"{path} in {statements}"
    expect(re.findall(r"listen (\S+)", statements)[0], "127.0.0.1:8123")


@rows([(text, text) for text in (
    "listen 80 ", "user www-data;", "/run/madang/madang.sock",
    "/usr/share/madang/web", "/var/lib/nginx/")])
def an_example_without_what_bootstrap_replaces_is_refused(text):
    folder = temporary_folder()
    copy = shutil.copy(SCRIPT, folder)
    with open(os.path.join(SOURCE, "nginx.conf.example"),
              encoding="utf-8") as file:
        example = file.read()
    with open(os.path.join(folder, "nginx.conf.example"), "w",
              encoding="utf-8") as file:
        file.write(example.replace(text, "other "))
    expect_refused(bootstrap("nginx-conf", script=copy), text)


WHILE_IT_RUNS = (
    the_board_answers_when_the_line_is_printed,
    a_second_start_on_the_same_state_is_refused,
    a_port_in_use_is_refused_before_anything_starts,
    a_port_of_another_program_is_refused,
    redis_runs_with_the_settings_of_redis_conf,
    data_and_sockets_are_private,
    every_answer_has_each_security_header_once,
    static_files_are_for_ever_but_their_absence_is_not,
    while_there_is_no_worker_a_page_says_that_it_comes_back,
    a_child_that_is_killed_comes_back,
    a_child_that_keeps_ending_waits_longer_each_time,
    a_signal_stops_everything_and_the_next_start_has_the_data,
    a_supervisor_that_is_killed_leaves_no_process,
)
BEFORE = (
    settings_that_can_not_work_are_refused,
    an_unknown_verb_is_answered_with_the_usage,
    the_private_nginx_has_nothing_of_the_system_in_it,
    an_example_without_what_bootstrap_replaces_is_refused,
)


def too_late(*_):
    raise TimeoutError("it said nothing")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGALRM, too_late)
    # A shell starts what it puts into the background with SIGINT ignored, and
    # what is ignored at start a shell can't trap: not to be inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    claims = Claims()
    for test in BEFORE:
        claims.run(test)
    board = Board()
    try:
        claims.run(board_starts, board)
        if not claims.failed:
            for test in WHILE_IT_RUNS:
                claims.run(test, board)
    finally:
        if board.process and board.process.poll() is None:
            board.stop(signal.SIGTERM)
    sys.exit(1 if claims.failed else 0)


def board_starts(board):
    board.start()


if __name__ == "__main__":
    main()
