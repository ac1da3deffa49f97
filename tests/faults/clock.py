#!/usr/bin/env python3
"""A clock that is set, by an hour or a day, forward or back, under Redis and
under the worker: posts keep their order, nobody waits for it, a post that is
sent again is still one, and no limit lasts as long as the clock was wrong.
Needs a compiler (clock.c); the monotonic clock goes on, as the kernel's does.
"""

import datetime
import json
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

import witness
from claims import expect, rows
from stack import (SANITIZERS, SKIPPED, SOURCE, WORKER, Stack,
                   clean_environment, main, posted_id, wait_for)
from witness import Log, read, write

COMPILER = shlex.split(os.environ.get("CC") or "cc")
HOUR, DAY = 3600, 86400
BURST, PER_HOUR = 3, 3600
JUMPS = [("an hour forward", HOUR), ("back again", 0),
         ("an hour back", -HOUR), ("a day forward", DAY),
         ("two days back", -DAY), ("and right", 0)]


class Clock(Stack):
    """The real stack, one part of it by a clock that a file sets."""

    def __init__(self, which):
        super().__init__(nginx=True, errors=True, pages=True,
                         WRITING_CLIENT_BURST=BURST,
                         WRITING_CLIENT_PER_HOUR=PER_HOUR)
        self.offset, loaded = self.path("clock"), self.path("clock.so")
        subprocess.run(
            [*COMPILER, "-shared", "-fPIC", "-O1", "-o", loaded,
             os.path.join(SOURCE, "tests", "faults", "clock.c")], check=True)
        part = getattr(self, which)
        part.env = dict(part.env or os.environ, LD_PRELOAD=loaded,
                        CLOCK_OFFSET_FILE=self.offset)
        self.which = which
        with open(self.offset, "wb") as file:
            file.write(bytes(8))

    def set(self, seconds):
        with open(self.offset, "r+b", 0) as file:
            file.write(struct.pack("=q", seconds))

    def there(self):
        """What time it is there."""
        if self.which == "redis":
            with self.redis_client() as redis:
                return int(redis("TIME")[0])
        # Of the worker its log tells.
        self.worker.send(signal.SIGHUP)
        with Log(self.worker) as log:
            wait_for("a line", log.lines)
            word = log.lines()[0].split()[0]
        return datetime.datetime.fromisoformat(
            word.replace("Z", "+00:00")).timestamp()


def written(stack, text):
    """Till the limits let it in, which they do in a few seconds."""
    answers = []

    def taken():
        answers.append(write(stack, text=text))
        assert answers[-1].status in (303, 429), answers[-1]
        return answers[-1].status == 303
    wait_for("a write", taken, 10, 0.3)
    return posted_id(answers[-1])


def listed(stack):
    return [item["id"] for item in
            json.loads(read(stack, "/list.json").body)["posts"]]


@rows(JUMPS)
def a_clock_that_jumps_disturbs_nobody(stack, seconds):
    stack.set(seconds)
    wrong = stack.there() - time.time() - seconds
    assert abs(wrong) < 60, f"the clock is not set: {wrong} s"
    with Log(stack.worker) as log:
        last = written(stack, f"first {time.monotonic()}")
        for number in range(BURST + 1):
            text = f"next {time.monotonic()} {number}"
            post = written(stack, text)
            expect(post, last + 1, "its id")
            expect(written(stack, text), post, "sent again")
            last = post
            assert text in read(stack, "/all").text, "not seen at once"
        ids = listed(stack)
        expect(ids, sorted(ids, reverse=True), "the order")
        expect(ids[0], last, "the newest")
        expect(read(stack, f"/posts/{last}").status, 200)
        expect(log.lines(), [])


def a_jump_makes_no_waiting_longer(stack):
    stack.redis.send(signal.SIGSTOP)
    try:
        for seconds in (-DAY, DAY, 0):
            answers = []
            thread = threading.Thread(target=lambda: answers.append(
                read(stack, "/list?x=1")))
            thread.start()
            stack.set(seconds)
            thread.join()
            expect(answers[0].status, 503)
    finally:
        stack.redis.send(signal.SIGCONT)
    wait_for("Redis", lambda: read(stack, "/healthz").status == 200)
    written(stack, "when it goes on")


def check(stack, **more):
    """What `madang check` says of clocks; with more in its environment."""
    env = dict(clean_environment(**stack.settings), **more)
    done = subprocess.run([WORKER, "check", "--listen", stack.socket],
                          env=env, timeout=60, capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if " clock:" in line]


def check_tells_of_clocks_that_are_apart(stack):
    for seconds in (HOUR, -HOUR):
        stack.set(seconds)
        lines = check(stack)
        assert len(lines) == 1 and re.match(
            r"WRONG  clock: Redis's .* (3599|36\d\d) seconds apart", lines[0]), \
            lines
    stack.set(0)
    expect(check(stack), [])


def check_tells_of_a_clock_that_was_never_set(stack):
    if SANITIZERS:  # they want to be loaded first themselves
        return
    stack.set(-20 * 365 * DAY)
    lines = check(stack, **{name: stack.redis.env[name] for name in (
        "LD_PRELOAD", "CLOCK_OFFSET_FILE")})
    stack.set(0)
    assert len(lines) == 1 and "before this program" in lines[0], lines


if __name__ == "__main__":
    if shutil.which(COMPILER[0]) is None:
        print(f"# no {COMPILER[0]}")
        sys.exit(SKIPPED)
    tests = [a_clock_that_jumps_disturbs_nobody,
             a_jump_makes_no_waiting_longer]
    groups = [(lambda: Clock("redis"), tests + [
        check_tells_of_clocks_that_are_apart,
        check_tells_of_a_clock_that_was_never_set])]
    if not SANITIZERS:  # they want to be loaded first themselves
        groups.append((lambda: Clock("worker"), tests))
    main(*groups)
