#!/usr/bin/python3
"""Writers and readers at once, for a minute, while workers are killed and
connections to Redis are cut: no reader gets a page that is older than a write
which was answered before his request began.

Two workers share a page store; nginx stands before the first, and the second
is written to beside it. SECONDS in the environment says how long (60).
"""

import json
import os
import random
import sys
import threading
import time
from urllib.parse import urlencode

import stack as stacks
from answer import Answer
from claims import expect
from resp import Redis
from stack import FORM, Stack, main, posted_id, wait_for

SECONDS = float(os.environ.get("SECONDS", "60"))
WRITERS, READERS = 4, 4
PASSWORD = "sesame-7"


class Truth:
    """What was acknowledged, and what was seen that should not have been."""

    def __init__(self):
        self.lock = threading.Lock()
        self.newest = 0         # id of a post
        self.posts = set()      # their ids
        self.replies = 0        # to post 1
        self.stale = []
        self.counts = {}

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def posted(self, number):
        with self.lock:
            self.newest = max(self.newest, number)
            self.posts.add(number)

    def replied(self):
        with self.lock:
            self.replies += 1

    def now(self):
        with self.lock:
            return self.newest, self.replies


class Crowd:
    def __init__(self, stack):
        self.stack, self.truth = stack, Truth()
        self.end = time.monotonic() + SECONDS
        self.failures = []

    def running(self):
        return time.monotonic() < self.end

    def post(self, beside, path, fields):
        body = urlencode(fields).encode()
        headers = {"Content-Type": FORM, "Host": "localhost"}
        try:
            if beside:
                return stacks.fastcgi.ask(self.stack.beside.socket, "POST",
                                          path, body, headers)
            return self.stack.http("POST", path, body, headers)
        except (OSError, ConnectionError, AssertionError, ValueError):
            return Answer(0, [], b"")  # the worker was killed

    def write(self, number):
        random.seed(number)
        done = 0
        while self.running():
            beside = random.random() < 0.5
            text = {"full_name": f"w{number}", "data": f"{number}.{done}"}
            if random.random() < 0.5:
                answer = self.post(beside, "/", text)
                if answer.status == 303:
                    self.truth.posted(posted_id(answer))
                    self.truth.count("posts")
            else:
                answer = self.post(beside, "/posts/1/reply", text)
                if answer.status == 303:
                    self.truth.replied()
                    self.truth.count("replies")
            if answer.status != 303:
                self.truth.count(f"writes answered {answer.status}")
            done += 1
            time.sleep(random.random() * 0.05)

    def read(self, number):
        random.seed(100 + number)
        while self.running():
            newest, replies = self.truth.now()
            path = random.choice(("/list.json", "/posts/1.json", "/list",
                                  "/latest", "/"))
            try:
                answer = self.stack.http("GET", path)
            except (OSError, ConnectionError):
                self.truth.count("reads cut")
                continue
            if answer.status != 200:
                # While a worker is away; nothing is missing, ever.
                expect(answer.status, 503, path)
                self.truth.count("reads answered 503")
                continue
            self.truth.count("files" if answer.header("Server-Timing") is None
                             else "pages made")
            self.look(path, answer, newest, replies)

    def look(self, path, answer, newest, replies):
        if path == "/posts/1.json":
            seen, wanted = json.loads(answer.body)["total"], replies
        elif path == "/list.json":
            posts = json.loads(answer.body)["posts"]
            seen, wanted = max(post["id"] for post in posts), newest
        else:
            seen = max((int(link.split("/posts/")[1].split("#")[0])
                        for link in answer.page.links
                        if link.split("/posts/")[-1].isdigit() and
                        "/posts/" in link), default=0)
            wanted = newest
        if seen < wanted:
            self.truth.stale.append((path, seen, wanted, answer.header(
                "Server-Timing") or "a file"))

    def disturb(self):
        random.seed(1000)
        while self.running():
            time.sleep(0.5 + random.random())
            what = random.choice(("cut", "cut", "kill", "kill beside"))
            self.truth.count(what)
            if what == "cut":
                with Redis(self.stack.redis_socket) as redis:
                    redis("CLIENT", "KILL", "TYPE", random.choice(
                        ("normal", "pubsub")), "SKIPME", "yes")
            elif what == "kill":
                self.stack.worker.kill()
                self.stack.start_worker()
            else:
                self.stack.beside.kill()
                self.stack.beside.start()

    def guard(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as failure:  # told by the test
            self.failures.append(f"{work.__name__}: {failure!r}")

    def run(self):
        threads = [threading.Thread(target=self.guard, args=(self.write, i))
                   for i in range(WRITERS)]
        threads += [threading.Thread(target=self.guard, args=(self.read, i))
                    for i in range(READERS)]
        threads.append(threading.Thread(target=self.guard,
                                        args=(self.disturb,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def beside_answers(stack):
    wait_for("the other worker", lambda: stacks.fastcgi.ask(
        stack.beside.socket, "GET", "/healthz").status == 200)


class Two:
    def __init__(self):
        self.stack = Stack(nginx=True, pages=True, slots=2, errors=True)

    def __enter__(self):
        stack = self.stack.__enter__()
        socket = stack.path("beside.sock")
        stack.beside = stacks.Part(
            [stacks.WORKER, "serve", "--listen", socket, "--slots", "2"],
            stack.path("beside.log"),
            stacks.clean_environment(**stack.settings))
        stack.beside.start()
        stack.beside.socket = socket
        beside_answers(stack)
        expect(posted_id(stack.post("first", "the thread")), 1)
        return stack

    def __exit__(self, *what):
        beside_answers(self.stack)
        expect(self.stack.beside.stop(), 0, "how the other worker ended")
        expect(stacks.FAULTS.findall(self.stack.beside.said()), [])
        self.stack.__exit__(*what)


def no_page_is_older_than_an_answered_write(stack):
    crowd = Crowd(stack)
    stack.truth = crowd.truth
    crowd.run()
    counts = crowd.truth.counts
    print("# " + ", ".join(f"{counts[k]} {k}" for k in sorted(counts)),
          flush=True)
    expect(crowd.failures, [])
    expect(crowd.truth.stale[:5], [], f"{len(crowd.truth.stale)} stale pages")
    assert counts.get("files", 0) > SECONDS and counts["posts"] > SECONDS
    assert counts["replies"] > SECONDS and counts.get("cut", 0) > 0


def nothing_acknowledged_is_lost(stack):
    truth = stack.truth
    with stack.redis_client() as redis:
        ids = [int(number) for number in redis("LRANGE", "post_id", 0, -1)]
        replies = redis("LLEN", "news:replies:1")
    expect(len(set(ids)), len(ids), "ids in the list")
    expect(truth.posts - set(ids), set(), "posts that are lost")
    expect(len(truth.posts), truth.counts["posts"], "ids that were told")
    assert replies >= truth.replies, f"{replies} of {truth.replies} replies"


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main((Two, [no_page_is_older_than_an_answered_write,
                nothing_acknowledged_is_lost]))
