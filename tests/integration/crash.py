#!/usr/bin/env python3
"""kill -9 of the worker, and then of Redis, in the middle of 32 clients who
post and who send again what was not answered: every post that was answered
is there once, none is there twice, none is there half.
"""

import http.client
import os
import threading
import time

from claims import expect
from stack import main, posted_id, wait_for

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))
CLIENTS = 32
# Between two kills: enough that every client is in the middle of something.
POSTS_A_ROUND = 48
# A post is one when it is sent again within 60 s.
GIVE_UP_SECONDS = 50
AGAIN = (502, 503, 504)


class Crowd:
    """Clients that post until they are told to stop."""

    def __init__(self, stack, label):
        self.stack, self.label = stack, label
        self.answered = {}   # text: the ids it was answered with
        self.again = 0       # how often something was sent again
        self.faults = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._client, args=(n,))
                         for n in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_posts(self, count):
        """Until so many more were answered."""
        target = len(self.answered) + count
        wait_for(f"{count} answers", lambda: self.faults or
                 len(self.answered) >= target, GIVE_UP_SECONDS, 0.002)

    def _client(self, number):
        post = 0
        while not self._stop.is_set() and not self.faults:
            post += 1
            self._submit(f"{self.label} {number}",
                         f"{self.label} {number} wrote {post} {'글' * 40}.")

    def _submit(self, name, text):
        end = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < end:
            try:
                answer = self.stack.post(name, text)
            except (OSError, http.client.HTTPException):
                status = 0  # nginx is alive: this is not expected, but fair
            else:
                status = answer.status
                if status == 303:
                    number = posted_id(answer)
                    with self._lock:
                        self.answered.setdefault(text, []).append(number)
                    return
            if status and status not in AGAIN:
                self.faults.append(f"{text[:30]}: {status}")
                return
            with self._lock:
                self.again += 1
            time.sleep(0.02)
        self.faults.append(f"{text[:30]}: never answered")


def board_agrees(stack, crowds):
    """The board has exactly what was answered."""
    with stack.redis_client() as redis:
        ids = [int(i) for i in redis("LRANGE", "post_id", 0, -1)]
        names = redis.pipeline([("GET", f"news:name:{i}") for i in ids])
        texts = redis.pipeline([("GET", f"news:post:{i}") for i in ids])
        last = int(redis("GET", "last_id"))
        stored = len(redis("KEYS", "news:post:*"))
    expect(ids, sorted(set(ids), reverse=True), "ids in order, each once")
    expect([i for i, n, t in zip(ids, names, texts) if not n or not t], [],
           "half posts")
    expect(stored, len(ids), "texts without an entry in the list")
    assert last >= ids[0], f"last_id {last}, newest {ids[0]}"
    there = {i: t.decode() for i, t in zip(ids, texts)}
    answered = {}
    for crowd in crowds:
        answered.update(crowd.answered)
    lost = [(text[:30], numbers) for text, numbers in answered.items()
            if {there.get(n) for n in numbers} != {text}]
    expect(lost[:5], [], "answered and not there")
    expect(len(there) - len(set(there.values())), 0, "texts stored twice")
    expect(set(there.values()) - set(answered), set(), "never answered")


CROWDS = []


def killed_again_and_again(stack, label, kill, start):
    with Crowd(stack, label) as crowd:
        for _ in range(ROUNDS):
            crowd.wait_for_posts(POSTS_A_ROUND)
            kill()
            start()
        crowd.wait_for_posts(POSTS_A_ROUND)
    CROWDS.append(crowd)
    expect(crowd.faults[:5], [], "clients")
    print(f"# {label}: {ROUNDS} kills, {len(crowd.answered)} posts, "
          f"{crowd.again} sent again", flush=True)
    assert crowd.again > 0, "no kill hit a request: the test shows nothing"
    board_agrees(stack, CROWDS)


def kill_9_of_the_worker_loses_and_doubles_nothing(stack):
    killed_again_and_again(stack, "worker", stack.worker.kill,
                           stack.start_worker)


def kill_9_of_redis_loses_and_doubles_nothing(stack):
    killed_again_and_again(stack, "redis", stack.redis.kill,
                           stack.start_redis)


def every_post_is_on_the_page_afterwards(stack):
    answer = stack.http("GET", "/all")
    expect(answer.status, 200)
    with stack.redis_client() as redis:
        newest = redis("GET", b"news:post:" + redis("LINDEX", "post_id", 0))
    assert newest.decode() in answer.page.words, "the newest is not on /all"


if __name__ == "__main__":
    main(({"nginx": True, "errors": True, "slots": 8}, [
        kill_9_of_the_worker_loses_and_doubles_nothing,
        kill_9_of_redis_loses_and_doubles_nothing,
        every_post_is_on_the_page_afterwards,
    ]))
