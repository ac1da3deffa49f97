#!/usr/bin/env python3
"""Ten times as much as the slots can do: nobody waits for long, whoever can't
be served is told to come back, and nothing typed is lost.

What makes them slow is a Redis whose answers take DELAY_MS longer: so the
machine has no part in how much they can do.

Environment: CROWD_SECONDS (5) that it lasts.
"""

import os
import re
import statistics
import sys
import threading
import time
from urllib.parse import urlencode

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from claims import expect
from proxy import Harm, Proxy
from stack import FORM, SANITIZERS, Stack, fill, main, posted_id, wait_for

SLOTS = 2
DELAY_MS = 200
# A list takes two round trips; ten times what the slots can do is asked.
CAPACITY = SLOTS * 1000 / (2 * DELAY_MS)
TIMES = 10
SECONDS = int(os.environ.get("CROWD_SECONDS", "5"))
VISITORS = 4 * SECONDS
# The last of a hundred; also while the machine does something else.
WAIT_SECONDS = 2.0
# Each slot has met a larger page meanwhile.
KEPT_KIB = 2048


class Crowd(threading.Thread):
    """Readers at a constant rate, whatever becomes of those before."""

    def __init__(self, stack):
        super().__init__(daemon=True)
        self.stack = stack
        self.over = threading.Event()
        self.readers = []
        self.answers = []

    def _read(self):
        self.answers.append(self.stack.http("GET", "/list", timeout=20))

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
    stack.proxy.harm(Harm("delay", "answered", seconds=DELAY_MS / 1000))
    crowd = Crowd(stack)
    crowd.start()
    # Till more wait than can be served in time.
    wait_for("the crowd", lambda: "more is asked" in stack.worker.said())
    answers = visit(stack)
    crowd.over.set()
    crowd.join()
    stack.proxy.heal()
    statuses = [answer.status for answer in crowd.answers]
    assert set(statuses) == {200, 503}, set(statuses)
    expect(len(statuses), len(crowd.readers), "answers to the crowd")
    for i, text, answer in answers:
        check(i, text, answer)
    waited = sorted(answer.seconds for answer in crowd.answers +
                    [answer for _, _, answer in answers])
    refused = sum(answer.status == 503 for _, _, answer in answers)
    print(f"# {len(crowd.readers)} came in {SECONDS} s to {SLOTS} slots that "
          f"can do {CAPACITY:.0f} a second, {statuses.count(200)} were "
          f"served; of {VISITORS} others {refused} told to come back; of all "
          f"p50 {waited[len(waited) // 2]:.2f} s, "
          f"p99 {waited[len(waited) * 99 // 100]:.2f} s, "
          f"the longest wait {waited[-1]:.2f} s")
    assert waited[-1] < WAIT_SECONDS, waited
    assert refused > 0, "nobody was told to come back"


def before_it_is_measured(stack):
    """What a page takes and what the worker holds, when it is warm."""
    with stack.redis_client() as redis:
        fill(redis, [(f"name {i}", f"text {i}") for i in range(50)])
    for i in range(20):
        posted_id(stack.post("one", f"before {i}"))
    stack.before = measured(stack)


def measured(stack):
    seconds = []
    for _ in range(50):
        answer = stack.http("GET", "/list")
        expect(answer.status, 200)
        seconds.append(answer.seconds)
    with open(f"/proc/{stack.worker.process.pid}/status",
              encoding="ascii") as file:
        kib = int(re.search(r"VmRSS:\s*(\d+)", file.read())[1])
    return seconds[0] * 1000, statistics.median(seconds) * 1000, kib


def the_log_says_that_it_began_and_that_it_is_over(stack):
    def is_over():
        expect(stack.http("GET", "/list").status, 200)
        return "nobody waits any more" in stack.worker.said()
    wait_for("the end of the crowd", is_over)
    said = stack.worker.said()
    expect(said.count("more is asked"), said.count("nobody waits any more"))
    assert len(said.splitlines()) < 50, said


def afterwards_all_is_as_before(stack):
    _, ms, kib = stack.before
    first, ms_after, kib_after = measured(stack)
    print(f"# a page took {ms:.2f} ms before, the first {first:.2f} now, "
          f"others {ms_after:.2f}; the worker had {kib:,} KiB and has "
          f"{kib_after:,}")
    assert ms_after < 5 * ms + 20, "it is slower than before"
    if not SANITIZERS:  # they keep what was freed
        assert kib_after < kib + KEPT_KIB, "it keeps the crowd's memory"
    for i in range(20):
        expect(stack.http("GET", "/list").status, 200)
        posted_id(stack.post("one", f"afterwards {i}"))


class SlowStack(Stack):
    """Its worker reaches Redis through a proxy."""

    def __init__(self):
        super().__init__(nginx=True, slots=SLOTS, patient=False)
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
    main((SlowStack, [before_it_is_measured,
                      nobody_waits_for_long_and_nothing_typed_is_lost,
                      the_log_says_that_it_began_and_that_it_is_over,
                      afterwards_all_is_as_before]))
