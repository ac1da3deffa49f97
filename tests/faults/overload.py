#!/usr/bin/env python3
"""Ten times as much as the slots can do: nobody waits for long, whoever can't
be served is told to come back, and nothing typed is lost.

What makes them slow is a Redis whose answers take DELAY_MS longer: so the
machine has no part in how much they can do.
"""

import os
import sys
import threading
import time
from urllib.parse import urlencode

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from claims import expect
from proxy import Harm, Proxy
from stack import FORM, Stack, fill, main, posted_id, wait_for

SLOTS = 2
DELAY_MS = 200
# A list takes two round trips; ten times what the slots can do is asked.
CAPACITY = SLOTS * 1000 / (2 * DELAY_MS)
TIMES = 10
SECONDS = 5
VISITORS = 4 * SECONDS
# The last of a hundred; also while the machine does something else.
WAIT_SECONDS = 2.0


class Crowd(threading.Thread):
    """Readers at a constant rate, whatever becomes of those before."""

    def __init__(self, stack):
        super().__init__(daemon=True)
        self.stack = stack
        self.over = threading.Event()
        self.readers = []
        self.statuses = []

    def _read(self):
        self.statuses.append(self.stack.http("GET", "/list",
                                             timeout=20).status)

    def run(self):
        began = time.monotonic()
        while not self.over.wait(max(
                0, began + len(self.readers) / (TIMES * CAPACITY) -
                time.monotonic())):
            self.readers.append(threading.Thread(target=self._read,
                                                 daemon=True))
            self.readers[-1].start()
        for reader in self.readers:
            reader.join()


def ask(stack, i, answers):
    """A visitor: every second one writes."""
    text = f"what visitor {i} wrote"
    if i % 2:
        body = urlencode({"full_name": "홍길동", "data": text}).encode()
        answer = stack.http("POST", "/", body, {"Content-Type": FORM}, 20)
    else:
        answer = stack.http("GET", "/list", timeout=20)
    answers.append((i, text, answer))


def visit(stack):
    """Visitors at a constant rate while the crowd is there."""
    answers, threads = [], []
    for i in range(VISITORS):
        threads.append(threading.Thread(target=ask, args=(stack, i, answers)))
        threads[-1].start()
        time.sleep(SECONDS / VISITORS)
    for thread in threads:
        thread.join()
    expect(len(answers), VISITORS)
    return answers


def check(i, text, answer):
    if answer.status == 503:
        assert int(answer.header("Retry-After")) > 0
        assert answer.header("Cache-Control") == "no-store"
        if i % 2:
            expect(answer.page.fields["data"], text)
            expect(answer.page.fields["full_name"], "홍길동")
    elif i % 2:
        posted_id(answer)
    else:
        expect(answer.status, 200)


def nobody_waits_for_long_and_nothing_typed_is_lost(stack):
    with stack.redis_client() as redis:
        fill(redis, [(f"name {i}", f"text {i}") for i in range(50)])
    stack.proxy.harm(Harm("delay", "answered", seconds=DELAY_MS / 1000))
    crowd = Crowd(stack)
    crowd.start()
    # Till more wait than can be served in time.
    wait_for("the crowd", lambda: "more is asked" in stack.worker.said())
    answers = visit(stack)
    crowd.over.set()
    crowd.join()
    stack.proxy.heal()
    assert set(crowd.statuses) == {200, 503}, set(crowd.statuses)
    expect(len(crowd.statuses), len(crowd.readers), "answers to the crowd")
    for i, text, answer in answers:
        check(i, text, answer)
    waited = sorted(answer.seconds for _, _, answer in answers)
    refused = sum(answer.status == 503 for _, _, answer in answers)
    print(f"# {len(crowd.readers)} came to {SLOTS} slots that can do {CAPACITY:.0f} a "
          f"second; {VISITORS} visitors, {refused} told to come back; the "
          f"longest wait {waited[-1]:.2f} s")
    assert waited[-1] < WAIT_SECONDS, waited
    assert refused > 0, "nobody was told to come back"


def the_log_says_that_it_began_and_that_it_is_over(stack):
    def is_over():
        expect(stack.http("GET", "/list").status, 200)
        return "nobody waits any more" in stack.worker.said()
    wait_for("the end of the crowd", is_over)
    said = stack.worker.said()
    expect(said.count("more is asked"), said.count("nobody waits any more"))
    assert len(said.splitlines()) < 50, said


def afterwards_all_is_as_before(stack):
    for i in range(20):
        expect(stack.http("GET", "/list").status, 200)
        posted_id(stack.post("one", f"afterwards {i}"))


class SlowStack(Stack):
    """Its worker reaches Redis through a proxy."""

    def __init__(self):
        super().__init__(nginx=True, slots=SLOTS, LIMITS_QUEUE_MS=500)
        address = self.path("slow.sock")
        self.worker.env["MADANG_REDIS_ADDRESS"] = address
        self.proxy = Proxy(self.redis_socket, address)

    def start_worker(self, stdin=None):
        self.proxy.__enter__()
        super().start_worker()

    def __exit__(self, *_):
        self.proxy.__exit__(*_)
        super().__exit__(*_)


if __name__ == "__main__":
    main((SlowStack, [nobody_waits_for_long_and_nothing_typed_is_lost,
                      the_log_says_that_it_began_and_that_it_is_over,
                      afterwards_all_is_as_before]))
