#!/usr/bin/env python3
"""Restarts, reloads and an upgrade while people read and write: no request
is lost, no post that was acknowledged is missing, none is there twice.

The worker is started as systemd does it by conf/systemd/madang.service: its
socket is the manager's, on file descriptor 0, and stays while one worker ends
and the next one begins. RESTARTS (5), RELOADS (4): how often.
"""

import collections
import http.client
import os
import shutil
import signal
import socket
import threading
import time
from urllib.parse import urlencode

import fastcgi
from claims import expect
from stack import (FORM, PATIENCE, SANITIZERS, WORKER, Stack, Threads, main,
                   posted_id, wait_for)

RESTARTS = int(os.environ.get("RESTARTS", "5"))
RELOADS = int(os.environ.get("RELOADS", "4"))
READERS, WRITERS = 5, 3
# nginx gives up after so long, by nginx.conf.example; not here, where what is
# slow shall be told from what is lost.
WITHOUT_SECONDS = 20 if SANITIZERS else 1.7


class Managed(Stack):
    """A stack whose worker's socket is ours, as a service manager's."""

    def __init__(self, **settings):
        super().__init__(nginx=True, **settings)
        self.binary = self.path("madang")
        shutil.copy(WORKER, self.binary)
        self.worker.argv = [self.binary, "serve", "--slots", "4"]
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen(64)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.settimeout(PATIENCE)
        self.manager.bind(self.path("notify"))
        self.worker.env["NOTIFY_SOCKET"] = self.path("notify")

    def start_worker(self, stdin=None):
        self.worker.start(self.listener)
        self.hear("READY=1")

    def hear(self, state):
        """The next thing that the manager is told begins with that."""
        said = self.manager.recv(4096).decode()
        assert said.startswith(state), f"{said!r} in place of {state}"
        return said

    def restart(self):
        """As `systemctl restart` does it; the seconds without a worker."""
        self.worker.send(signal.SIGTERM)
        self.hear("STOPPING=1")
        expect(self.worker.wait(), 0, "exit status")
        began = time.monotonic()
        self.start_worker()
        return time.monotonic() - began

    def reload(self):
        # As systemd leaves a StandardInput=socket for ExecReload=.
        self.listener.setblocking(True)
        self.worker.send(signal.SIGHUP)
        self.hear("RELOADING=1")
        self.hear("READY=1")

    def __exit__(self, *error):
        super().__exit__(*error)
        self.listener.close()
        self.manager.close()


class Crowd(Threads):
    """Threads that read and write without a pause, through nginx."""

    def __init__(self, stack):
        self.stack, self.faults = stack, []
        self.reads, self.acknowledged, self.slowest = 0, [], 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(what, i))
            for what, count in ((self._read, READERS), (self._write, WRITERS))
            for i in range(count)]

    def _run(self, what, number):
        count = 0
        while not self._stop.is_set():
            try:
                seconds = what(f"{id(self)} {number} {count}")
                with self._lock:
                    self.slowest = max(self.slowest, seconds)
            except (AssertionError, OSError, http.client.HTTPException) as e:
                self.faults.append(f"{what.__name__}: {e!r}")
            count += 1

    def _read(self, _):
        answer = self.stack.http("GET", "/list")
        expect(answer.status, 200, "GET /list")
        with self._lock:
            self.reads += 1
        return answer.seconds

    def _write(self, text):
        body = urlencode({"full_name": "writer", "data": text})
        answer = self.stack.http("POST", "/", body.encode(),
                                 {"Content-Type": FORM})
        posted = posted_id(answer)
        with self._lock:
            self.acknowledged.append((posted, text))
        return answer.seconds

    def tell(self, what):
        print(f"# {what}: {self.reads} pages read, {len(self.acknowledged)} "
              f"posts written, {len(self.faults)} failed; the slowest took "
              f"{self.slowest * 1000:.0f} ms", flush=True)

    def check(self):
        expect(collections.Counter(self.faults).most_common(5), [])
        assert self.reads > 20 and len(self.acknowledged) > 20
        with self.stack.redis_client() as redis:
            ids = redis("LRANGE", "post_id", 0, -1)
            texts = redis.pipeline([("GET", f"news:post:{int(i)}")
                                    for i in ids])
        there = {int(i): text.decode() for i, text in zip(ids, texts)}
        for posted, text in self.acknowledged:
            expect(there.get(posted), text, f"post {posted}")
        twice = [text for text, count in
                 collections.Counter(texts).items() if count > 1]
        expect(twice, [], "are there twice")


def under_load(stack, what, act, times):
    with Crowd(stack) as crowd:
        without = []
        for _ in range(times):
            time.sleep(0.3)
            without.append(act() or 0)
        time.sleep(0.3)
    crowd.tell(f"{times} {what}, {max(without) * 1000:.0f} ms without a "
               "worker at most")
    crowd.check()
    assert max(without) < WITHOUT_SECONDS, without


def a_restart_under_load_loses_no_request(stack):
    under_load(stack, "restarts", stack.restart, RESTARTS)


def a_reload_under_load_loses_no_request(stack):
    under_load(stack, "reloads", stack.reload, RELOADS)


def an_upgrade_under_load_loses_no_request(stack):
    """The program is another file, as a package manager puts it there."""
    def upgrade():
        before = os.stat(f"/proc/{stack.worker.process.pid}/exe").st_ino
        shutil.copy(WORKER, stack.binary + ".new")
        with open(stack.binary + ".new", "ab") as program:
            program.write(b"another build\n")
        os.rename(stack.binary + ".new", stack.binary)
        seconds = stack.restart()
        after = os.stat(f"/proc/{stack.worker.process.pid}/exe").st_ino
        assert before != after, "the old program runs again"
        return seconds
    under_load(stack, "upgrade", upgrade, 1)


def a_reload_of_nginx_under_load_loses_no_request(stack):
    """Each request has a connection of its own: a kept one may be closed by
    any server at any time, which clients must know how to bear.
    """
    def reload():
        before = children(stack.nginx.process.pid)
        stack.nginx.send(signal.SIGHUP)
        wait_for("new workers of nginx", lambda: not (
            before & children(stack.nginx.process.pid)))
    under_load(stack, "reloads of nginx", reload, RELOADS)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return set(file.read().split())


def a_worker_that_died_loses_only_what_it_had_in_hand(stack):
    """Who connects while there is none is served by the next one."""
    stack.worker.kill()
    requests = [fastcgi.Request(stack.socket,
                                fastcgi.environment("GET", "/list"))
                for _ in range(50)]
    for request in requests:
        request.end()
    stack.start_worker()
    expect({request.answer().status for request in requests}, {200})


# A worker that opens its socket by itself

def who_connects_while_it_ends_is_answered_or_refused(stack):
    """Never reset: a refused connection is safe to try elsewhere, where one
    that broke off may have been a post that was written.
    """
    ended = threading.Event()
    faults, counts = [], collections.Counter()

    def ask():
        while not ended.is_set():
            try:
                answer = fastcgi.ask(stack.socket, "GET", "/list")
                counts[answer.status] += 1
            except (ConnectionRefusedError, FileNotFoundError):
                counts["refused"] += 1
                time.sleep(0.001)
            except Exception as fault:
                faults.append(repr(fault))
    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(RESTARTS):
            time.sleep(0.1)
            expect(stack.worker.stop(), 0, "exit status")
            stack.start_worker()
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    print(f"# {RESTARTS} restarts: {dict(counts)}", flush=True)
    expect(faults[:3], [])
    expect(set(counts), {200, "refused"})


def its_successor_may_begin_before_it_has_ended(stack):
    body = b"full_name=slow&data=written+by+the+one+that+ends"
    params = fastcgi.environment("POST", "/", {"Content-Type": FORM},
                                 len(body))
    request = fastcgi.Request(stack.socket, params).body(body[:9])
    time.sleep(0.2)
    old = stack.worker.process
    stack.worker.send(signal.SIGTERM)
    wait_for("its socket to go", lambda: not os.path.exists(stack.socket))
    stack.start_worker()
    posted_id(request.body(body[9:]).end().answer())
    expect(old.wait(PATIENCE), 0, "exit status")
    expect(stack.ask("GET", "/list").status, 200, "from the successor")


if __name__ == "__main__":
    main((lambda: Managed(), [
        a_restart_under_load_loses_no_request,
        a_reload_under_load_loses_no_request,
        an_upgrade_under_load_loses_no_request,
        a_reload_of_nginx_under_load_loses_no_request,
        a_worker_that_died_loses_only_what_it_had_in_hand,
    ]), (lambda: Managed(pages=True), [
        a_restart_under_load_loses_no_request,
    ]), ({}, [
        who_connects_while_it_ends_is_answered_or_refused,
        its_successor_may_begin_before_it_has_ended,
    ]))
