#!/usr/bin/env python3
"""A board with several workers, by conf/nginx-upstream.conf: what may happen to
one of them under load costs no reader anything, and no writer a post, nor gives
him two. On unix sockets with a page store; and over TCP on addresses of their
own, as on other machines. UPSTREAM_SECONDS (2) is how long each lasts.
"""

import http.client
import itertools
import os
import re
import shutil
import signal
import socket
import sys
import threading
import time
from urllib.parse import urlencode

import contract
import fastcgi
import servers
import stack as stacks
from claims import expect, rows
from sites import Team, needs
from stack import BUILD, FORM, SKIPPED, free_port, main, wait_for

SECONDS = float(os.environ.get("UPSTREAM_SECONDS", "2"))
READERS, WRITERS = 6, 3
PATHS = ("/list", "/list?x=1", "/all?x=2", "/latest", "/posts/1?x=3", "/write")
THIS_MACHINE, OTHERS = "server unix:", "#server 10.0.0."
# Longer than the patience of a stack that waits for slow machines.
LONG = 60


class Replaceable(Team):
    """Workers whose program can be replaced."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.program = self.path("madang")
        self.install()
        for worker in self.workers:
            worker.argv[0] = self.program

    def install(self):
        """As a package does it."""
        shutil.copy(os.path.join(BUILD, "madang"), self.program + ".new")
        os.rename(self.program + ".new", self.program)

    def reached(self, i):
        return bool(fastcgi.ask(self.reach(i), "GET", "/healthz",
                                       b"", {}).status)

    def start_member(self, i):
        self.workers[i].start()
        wait_for("a worker", lambda: self.reached(i))


class Machines(Replaceable):
    """Workers on addresses of their own, without a page store."""

    addresses = ["127.0.0.2", "127.0.0.3"]

    def __init__(self, **settings):
        self.tcp = free_port()
        super().__init__(pages=False, **settings)

    def listen(self, i):
        return f"{self.addresses[i]}:{self.tcp}"

    def reach(self, i):
        return self.addresses[i], self.tcp

    def site(self):
        text = super().site()
        assert text.count(OTHERS) == len(self.addresses), text
        text = re.sub(rf"\t{THIS_MACHINE}.*\n", "", text)
        return text.replace(OTHERS, "server 127.0.0.").replace(
            ":9000", f":{self.tcp}")


class Load:
    """Readers and writers without a pause, each request a connection."""

    numbers = itertools.count(1)

    def __init__(self, stack, tries=2):
        self.tries, self.longest = tries, 0
        self.stack, self.over = stack, threading.Event()
        self.reads = self.resent = self.times = 0
        self.faults, self.posted = [], {}
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self.guard, args=(work,))
            for work in [self.read] * READERS + [self.write] * WRITERS]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def guard(self, work):
        while not self.over.is_set():
            try:
                work()
            except (OSError, AssertionError,
                    http.client.HTTPException) as fault:
                with self.lock:
                    self.faults.append(f"{work.__name__}: {fault!r}")

    def read(self):
        for path in PATHS:
            answer = self.stack.http("GET", path, timeout=LONG)
            expect(answer.status, 200, f"{path}: {answer.page.headings}")
            with self.lock:
                self.reads += 1
                self.longest = max(self.longest, answer.seconds)

    def write(self):
        """Told that nobody knows, a writer sends it again."""
        text = f"number {next(self.numbers)}."
        body = urlencode({"full_name": "n", "data": text}).encode()
        for left in reversed(range(self.tries)):
            answer = self.stack.http("POST", "/", body, {"Content-Type": FORM},
                                     timeout=LONG)
            if answer.status == 503 and left:
                with self.lock:
                    self.resent += 1
                continue
            with self.lock:
                self.posted[text] = stacks.posted_id(answer)
            return

    def during(self, what):
        """Its figures, once all that was acknowledged is found once."""
        expect(self.faults[:3], [], what)
        with self.stack.redis_client() as redis:
            ids = redis("LRANGE", "post_id", 0, -1)
            texts = redis("MGET", *[b"news:post:" + i for i in ids])
        found = [text.decode() for text in texts]
        expect(len(found), len(set(found)), f"{what}: a post is there twice")
        missing = set(self.posted) - set(found)
        expect(sorted(missing)[:3], [], f"{what}: lost")
        for text, number in self.posted.items():
            expect(found[ids.index(b"%d" % number)], text)
        assert self.reads > 20 and len(self.posted) > 5, self.reads
        print(f"# {what} {self.times} times: {self.reads} reads, "
              f"{len(self.posted)} posts, {self.resent} of them sent twice",
              flush=True)


class Kept(Load):
    """Its readers keep their connections, as browsers do. nginx may close one
    that waits for a request, and cannot know that one is on its way: what got
    no byte of an answer on a kept connection is sent again (RFC 9110, section
    9.2.2)."""

    again = 0

    def read(self):
        client = self.stack.client(10)
        try:
            for path in PATHS * 20:
                self.ask(client, path)
        finally:
            client.close()

    def ask(self, client, path):
        kept = client.sock is not None
        try:
            client.request("GET", path)
            reply = client.getresponse()
        except ConnectionError:
            client.close()
            assert kept, "a new connection is closed"
            with self.lock:
                self.again += 1
            self.ask(client, path)
            return
        reply.read()
        expect(reply.status, 200, path)
        with self.lock:
            self.reads += 1


def prepare(stack):
    with stack.redis_client() as redis:
        stacks.fill(redis, [(f"n{i}", f"text {i}") for i in range(60)])
    expect(stack.http("GET", "/list").status, 200)


def under_load(stack, what, disturb, tries=2, kind=Load):
    """The load, with how often it was disturbed."""
    with kind(stack, tries) as load:
        end = time.monotonic() + SECONDS
        for i in itertools.cycle(range(len(stack.workers))):
            disturb(i)
            load.times += 1
            time.sleep(0.1)
            if time.monotonic() > end and i == len(stack.workers) - 1:
                break
    load.during(what)
    return load


def ticks(part):
    """The time of a processor that a process has had."""
    with open(f"/proc/{part.process.pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().split()[13:15]))


def all_workers_take_part(stack):
    prepare(stack)
    before = [ticks(worker) for worker in stack.workers]
    expect(under_load(stack, "undisturbed", lambda i: None).resent, 0)
    for worker, then in zip(stack.workers, before):
        assert ticks(worker) > then + 1, "one had nothing to do"


def a_reload_of_nginx_loses_nothing(stack):
    expect(under_load(stack, "nginx reloaded",
                      lambda i: stack.reload_nginx()).resent, 0)


def a_reload_of_nginx_loses_nothing_on_kept_connections(stack):
    load = under_load(stack, "nginx reloaded, connections kept",
                      lambda i: stack.reload_nginx(), kind=Kept)
    print(f"# {load.again} sent again")
    expect(load.resent, 0)
    assert load.again <= READERS * load.times, load.again


def a_reload_of_the_workers_loses_nothing(stack):
    expect(under_load(
        stack, "workers reloaded",
        lambda i: stack.workers[i].send(signal.SIGHUP)).resent, 0)


def a_restart_one_after_another_loses_nothing(stack):
    def restart(i):
        expect(stack.workers[i].stop(), 0)
        stack.start_member(i)
    expect(under_load(stack, "workers restarted", restart).resent, 0)


def an_upgrade_one_after_another_loses_nothing(stack):
    stack.install()

    def upgrade(i):
        before = os.readlink(f"/proc/{stack.workers[i].process.pid}/exe")
        if "deleted" in before:
            expect(stack.workers[i].stop(), 0)
            stack.start_member(i)
    expect(under_load(stack, "workers upgraded", upgrade).resent, 0)
    for worker in stack.workers:
        expect(os.readlink(f"/proc/{worker.process.pid}/exe"), stack.program)


def a_worker_that_is_killed_costs_no_reader_and_no_post(stack):
    """Posts that it had in hand are the writers' to send again: no other."""
    def kill(i):
        stack.workers[i].kill()
        time.sleep(0.1)
        stack.start_member(i)
    # Whoever sends it again at once may meet with the next that is killed.
    load = under_load(stack, "workers killed", kill, tries=6)
    assert load.resent <= WRITERS * load.times, load.resent


def what_is_written_by_one_is_read_by_all_at_once(stack):
    for i in range(30):
        servers.get(stack, "/list")
        expect(stack.post("lee", f"here is {i} at once").status, 303)
        assert f"here is {i} at once" in servers.get(stack, "/list").text
        assert f"here is {i} at once" in servers.get(stack, "/list?x").text


def one_that_hangs_costs_time_and_nothing_else(stack):
    """nginx, which is not patient here, gives up after 1.7 seconds. What it
    gave up on is done late, and is no second post."""
    stack.workers[1].send(signal.SIGSTOP)
    try:
        with Load(stack, tries=10) as load:
            time.sleep(5)
    finally:
        stack.workers[1].send(signal.SIGCONT)
    time.sleep(1)
    load.during(f"one hangs, {load.longest:.1f} s at most")
    assert 1.5 < load.longest < 4, load.longest


class Dying:
    """In a worker's place one that dies in the middle of its answer."""

    half = b"<p>half</p>" * 500

    def __init__(self, path, head):
        self.head = head
        self.door = socket.socket(socket.AF_UNIX)
        os.unlink(path)
        self.door.bind(path)
        os.chmod(path, 0o666)
        self.door.listen()
        self.thread = threading.Thread(target=self.answer)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.thread.join()
        self.door.close()

    def answer(self):
        self.door.settimeout(10)
        visitor = self.door.accept()[0]
        with visitor:
            request = b""
            while not request.endswith(fastcgi.record(fastcgi.STDIN)):
                request += visitor.recv(65536)
            visitor.sendall(fastcgi.record(fastcgi.STDOUT, (
                "Status: 200 OK\r\nContent-Type: text/html\r\n"
                f"{self.head}\r\n").encode() + self.half))


@rows([
    ("its length is known", f"Content-Length: {2 * len(Dying.half)}\r\n", {}),
    ("its length is unknown", "", {}),
    ("it is compressed", f"Content-Length: {2 * len(Dying.half)}\r\n",
     {"Accept-Encoding": "gzip"}),
])
def an_answer_that_breaks_off_is_no_whole_one(stack, head, headers):
    """Its reader has to know, and at once: what he has is not the page."""
    for worker in stack.workers:
        worker.kill()
    try:
        with Dying(stack.listen(1), head):
            answer = stack.http("GET", "/list?x", None, headers, timeout=5)
        raise AssertionError(f"{answer.status} with {len(answer.body)} bytes")
    except http.client.IncompleteRead:
        pass
    finally:
        for i in range(len(stack.workers)):
            stack.start_member(i)


def without_the_last_worker_pages_are_read(stack):
    servers.published(stack, "/list")
    for worker in stack.workers:
        worker.kill()
    assert servers.is_file(servers.get(stack, "/list"))
    expect(servers.get(stack, "/list?x").status, 503)
    expect(stack.post("n", "too late").status, 503)
    for i in range(len(stack.workers)):
        stack.start_member(i)
    expect(servers.get(stack, "/list?x").status, 200)


DISTURBED = [all_workers_take_part,
             what_is_written_by_one_is_read_by_all_at_once,
             a_reload_of_nginx_loses_nothing,
             a_reload_of_nginx_loses_nothing_on_kept_connections,
             a_reload_of_the_workers_loses_nothing,
             a_restart_one_after_another_loses_nothing,
             an_upgrade_one_after_another_loses_nothing,
             a_worker_that_is_killed_costs_no_reader_and_no_post]

if __name__ == "__main__":
    if needs("curl"):
        print("# curl is missing")
        sys.exit(SKIPPED)
    main((lambda: Replaceable(errors=True),
          [*DISTURBED, an_answer_that_breaks_off_is_no_whole_one,
           without_the_last_worker_pages_are_read]),
         (lambda: Replaceable(patient=False, errors=True),
          [all_workers_take_part,
           one_that_hangs_costs_time_and_nothing_else]),
         (lambda: Machines(errors=True), DISTURBED),
         (lambda: Replaceable(pages=False), contract.CLAIMS),
         (Machines, contract.CLAIMS),
         (lambda: Replaceable(errors=True), servers.CLAIMS))
