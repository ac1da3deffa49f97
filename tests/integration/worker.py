#!/usr/bin/env python3
"""The worker as a process: how it starts, reloads and stops. Settings and
the command line are in command.py, what peers do to it in peers.py.
"""

import os
import signal
import socket
import subprocess
import threading
import time
from urllib.parse import urlencode

import fastcgi
from claims import expect, rows
from stack import (FORM, PATIENCE, WORKER, Stack, Threads, main, posted_id,
                   wait_for)


def half_a_post(stack, text):
    """A request whose body has not come yet, and the rest of it."""
    body = urlencode({"full_name": "slow", "data": text}).encode()
    params = fastcgi.environment("POST", "/", {"Content-Type": FORM},
                                 len(body))
    request = fastcgi.Request(stack.socket, params)
    request.body(body[:7])
    return request, body[7:]


def restart(stack):
    if not stack.worker.running():
        stack.start_worker()


# Stopping

def sigterm_when_idle_ends_within_a_second(stack):
    began = time.monotonic()
    expect(stack.worker.stop(), 0, "exit status")
    seconds = time.monotonic() - began
    restart(stack)
    assert seconds < 1, f"it took {seconds:.2f} s"


def silent_peers_do_not_hold_up_the_end(stack):
    peers = [fastcgi.connect(stack.socket) for _ in range(20)]
    time.sleep(0.2)
    began = time.monotonic()
    try:
        expect(stack.worker.stop(), 0, "exit status")
        seconds = time.monotonic() - began
    finally:
        for peer in peers:
            peer.close()
        restart(stack)
    assert seconds < 2, f"it took {seconds:.2f} s"


def sigterm_lets_a_request_in_hand_end(stack):
    request, rest = half_a_post(stack, "finished after SIGTERM")
    time.sleep(0.2)
    stack.worker.send(signal.SIGTERM)
    time.sleep(0.4)
    try:
        assert stack.worker.running(), "it did not wait"
        number = posted_id(request.body(rest).end().answer())
        expect(stack.worker.wait(), 0, "exit status")
    finally:
        restart(stack)
    with stack.redis_client() as redis:
        expect(redis("GET", f"news:post:{number}"),
               b"finished after SIGTERM")


def sigterm_again_and_again_changes_nothing(stack):
    request, rest = half_a_post(stack, "finished after three SIGTERMs")
    time.sleep(0.2)
    for _ in range(3):
        stack.worker.send(signal.SIGTERM)
        time.sleep(0.1)
    try:
        posted_id(request.body(rest).end().answer())
        expect(stack.worker.wait(), 0, "exit status")
    finally:
        restart(stack)


def a_lingering_worker_still_takes_requests(stack):
    """mod_fcgid's httpd has some for it when it is told to end."""
    with Stack(LINGER_MS=3000) as other:
        began = time.monotonic()
        other.worker.send(signal.SIGTERM)
        while time.monotonic() < began + 1:
            expect(other.ask("GET", "/healthz").status, 200)
        expect(other.worker.wait(), 0, "exit status")
        seconds = time.monotonic() - began
        assert 3 <= seconds < 3 + PATIENCE, seconds
        other.start_worker()
        began = time.monotonic()
        other.worker.send(signal.SIGTERM)
        expect(other.ask("GET", "/healthz").status, 200)
        # A second one ends it; one that comes before the first is taken is
        # none to the kernel.
        wait_for("its end", lambda: other.worker.send(signal.SIGTERM) or
                 not other.worker.running())
        expect(other.worker.wait(), 0, "exit status")
        assert time.monotonic() - began < 3
        expect(other.faults, [])


def sigterm_waits_for_a_slow_redis(stack):
    stack.ask("GET", "/all")
    stack.redis.send(signal.SIGSTOP)
    try:
        request = fastcgi.Request(stack.socket,
                                  fastcgi.environment("GET", "/all"))
        request.end()
        time.sleep(0.2)
        stack.worker.send(signal.SIGTERM)
        time.sleep(0.2)
    finally:
        stack.redis.send(signal.SIGCONT)
    try:
        expect(request.answer().status, 200)
        expect(stack.worker.wait(), 0, "exit status")
    finally:
        restart(stack)


def a_killed_worker_starts_again_on_its_old_socket(stack):
    stack.worker.kill()
    assert os.path.exists(stack.socket)
    stack.start_worker()
    expect(stack.ask("GET", "/all").status, 200)


def a_second_worker_on_a_socket_in_use_is_refused(stack):
    second = subprocess.run(stack.worker.argv, env=stack.worker.env,
                            timeout=20, capture_output=True)
    assert second.returncode != 0
    assert stack.socket.encode() in second.stderr, second.stderr
    expect(stack.ask("GET", "/all").status, 200, "the first goes on")


def the_socket_is_for_its_group_only(stack):
    expect(oct(os.stat(stack.socket).st_mode & 0o777), oct(0o660))


# Reloading

class Readers(Threads):
    """Threads that read without a pause and note what is wrong."""

    def __init__(self, stack):
        self.stack, self.faults, self.answers = stack, [], 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read)
                         for _ in range(6)]

    def _read(self):
        while not self._stop.is_set():
            try:
                answer = self.stack.ask("GET", "/all")
                if answer.status != 200:
                    self.faults.append(answer.status)
            except Exception as fault:
                self.faults.append(repr(fault))
            self.answers += 1


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def titles(stack, count=24):
    """The titles that so many answers show: all slots have their turn."""
    return {stack.ask("GET", "/all").page.title for _ in range(count)}


def reload(stack, title, seconds=10):
    stack.worker.send(signal.SIGHUP)
    wait_for(f"the title {title}", lambda: all(
        title in t for t in titles(stack)), seconds)


def sighup_takes_a_new_title_without_a_failed_request(stack):
    with Readers(stack) as readers:
        for title in ("Second title", "셋째 제목"):
            write(stack.path("madang.hdf"), f'site.title = "{title}"\n')
            reload(stack, title)
    expect(readers.faults[:3], [])
    assert readers.answers > 20, readers.answers


@rows([
    ("a syntax error", "site {\n", 'site.title = "x"\nsite {\n'),
    ("an unknown setting", "site.colour", 'site.colour = "red"\n'),
    ("a value out of range", "site.page_size",
     "site.title = Broken\nsite.page_size = 0\n"),
])
def sighup_with_a_broken_file_keeps_the_old(stack, word, text):
    path = stack.path("madang.hdf")
    write(path, 'site.title = "Kept title"\n')
    reload(stack, "Kept title")
    before = len(stack.worker.said())
    write(path, text)
    stack.worker.send(signal.SIGHUP)
    wait_for("a line in the log", lambda: "madang.hdf" in
             stack.worker.said()[before:], 5)
    for title in titles(stack):
        assert "Kept title" in title, title
    write(path, 'site.title = "Mended title"\n')
    reload(stack, "Mended title")


def sighup_takes_changed_templates(stack):
    path = stack.path("templates/stream.cs")
    with open(path, encoding="utf-8") as file:
        whole = file.read()
    write(path, whole + "<?cs if:Broken ?>\n")
    before = len(stack.worker.said())
    stack.worker.send(signal.SIGHUP)
    wait_for("a line in the log", lambda: "stream.cs" in
             stack.worker.said()[before:], 5)
    expect(stack.ask("GET", "/all").status, 200, "the old one is kept")
    write(path, whole + "<!-- a new ending -->\n")
    stack.worker.send(signal.SIGHUP)
    wait_for("the new template", lambda: all(
        b"a new ending" in stack.ask("GET", "/all").body
        for _ in range(24)), 10)


def many_sighups_in_a_row_are_survived(stack):
    with Readers(stack) as readers:
        for _ in range(20):
            stack.worker.send(signal.SIGHUP)
            time.sleep(0.02)
    expect(readers.faults[:3], [])
    expect(stack.ask("GET", "/all").status, 200)


# Other ways to be started

@rows([("without a word", []), ("told to serve", ["serve"])])
def a_socket_on_fd_0_is_served(stack, words):
    """As spawn-fcgi, mod_fcgid and lighttpd start a FastCGI program."""
    path = stack.path("fd0.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(16)
        process = subprocess.Popen([WORKER, *words], stdin=listening,
                                   env=stack.worker.env,
                                   stderr=subprocess.DEVNULL)
    try:
        expect(fastcgi.ask(path, "GET", "/all").status, 200)
        process.terminate()
        expect(process.wait(10), 0, "exit status")
    finally:
        process.kill()
        process.wait()
        os.unlink(path)


def a_port_is_listened_on(stack):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    process = subprocess.Popen(
        [WORKER, "serve", "--listen", f"127.0.0.1:{address[1]}"],
        env=stack.worker.env, stderr=subprocess.DEVNULL)
    try:
        wait_for("the port", lambda: fastcgi.ask(
            address, "GET", "/all").status == 200)
        process.terminate()
        expect(process.wait(10), 0, "exit status")
    finally:
        process.kill()
        process.wait()


def own_files():
    """A stack whose configuration and templates a test may change."""
    stack = Stack(errors=True, slots=4)
    stack.own_templates()
    write(stack.path("madang.hdf"), 'site.title = "First title"\n')
    stack.worker.argv += ["--config", stack.path("madang.hdf")]
    return stack


if __name__ == "__main__":
    main(
        ({"errors": True}, [
            sigterm_when_idle_ends_within_a_second,
            silent_peers_do_not_hold_up_the_end,
            sigterm_lets_a_request_in_hand_end,
            sigterm_again_and_again_changes_nothing,
            a_lingering_worker_still_takes_requests,
            sigterm_waits_for_a_slow_redis,
            a_killed_worker_starts_again_on_its_old_socket,
            a_second_worker_on_a_socket_in_use_is_refused,
            the_socket_is_for_its_group_only,
            a_socket_on_fd_0_is_served,
            a_port_is_listened_on,
        ]),
        (own_files, [
            sighup_takes_a_new_title_without_a_failed_request,
            sighup_with_a_broken_file_keeps_the_old,
            sighup_takes_changed_templates,
            many_sighups_in_a_row_are_survived,
        ]),
    )
