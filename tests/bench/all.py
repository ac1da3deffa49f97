"""Madang beside limits that stand still, at several sizes, all in one run and
in turn. Needs wrk and redis-benchmark. Run by `make bench`, or as

    TOP_SRCDIR=.. TOP_BUILDDIR=. python3 tests/bench/all.py

Environment: SIZES (1000,100000,1000000 posts), ROUNDS (5), SECONDS (1, of one
measurement), RATE (500 requests a second, where times are measured),
MACHINE (what the report calls it).

The report goes to standard output and to bench/ of the build folder: the
tables report.md, all figures report.json, the plot report.svg. What was
promised and is missed is no failure of this program.

What it said on 2 cores, shared: requests a second of 32 connections with a
million posts, and in brackets beside nginx with one fixed file of the same
bytes and headers (a), and beside the least program that makes the list from the
same Redis commands and the same template (c). At a thousand and at a hundred
thousand posts all of it is within 1.3 of this.

                    from the store    made anew                  a file (a)
list                60,379 (0.98 a)   4,796 (0.08 a, 1.12 c)     60,806
list, gzip          70,380 (1.04 a)   3,790 (0.06 a, 1.09 c)     68,398
thread              62,356 (0.97 a)   7,674 (0.12 a)             62,876
thread, gzip        68,541 (1.01 a)   5,547 (0.08 a)             68,573
latest              63,385 (1.01 a)   8,905 (0.14 a)             63,621
feed                57,068 (0.98 a)   4,613 (0.08 a)             56,479
form                never published   11,336 (0.18 a)            65,093

posts a second      4,214, each on the disk (appendfsync always) before it is
                    answered: 0.87 of redis-benchmark with that script
a worker            8 MB at first, 11 MB after a million requests: 8 slots, a
                    set of templates for each of 2 processors
a post in Redis     749 bytes, as `madang fill` writes them
"""

import contextlib
import inspect
import itertools
import json
import os
import sys
import time

import drive
from boards import commands_of, fill, freshen, settle
from limits import GZIP, Limits, headers_to_send
from plot import svg
from report import ENCODINGS, markdown
from stack import BUILD, Stack

SIZES = [int(size) for size in
         os.environ.get("SIZES", "1000,100000,1000000").split(",")]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "1"))
RATE = int(os.environ.get("RATE", "500"))
MACHINE = os.environ.get("MACHINE", "2 cores, shared")
# Writes are counted, as they are by default, and none is refused.
COUNTED = {"WRITING_ALL_BURST": 1000000, "WRITING_ALL_PER_HOUR": 3600000}
SLOTS = 8
# Else a page has the port in it that it was asked for at.
SITE = "https://board.example"
FIRST_BYTES = 200
WRITE_SECONDS = 2 * SECONDS
PACE_SECONDS = 3 * SECONDS
NEVER_PUBLISHED = ("form",)
# How often it is asked for before it must be a file.
ASKED = 20


def has_store():
    return "pages" in inspect.signature(Stack.__init__).parameters


def tell(words):
    print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


class Size:
    """A board of one size, the limits beside it, and what was measured."""

    def __init__(self, posts, stack, stored):
        self.posts, self.board, self.stored = posts, stack, stored
        self.rates, self.writes, self.notes = {}, {}, []
        self.pace, self.first = {}, {}
        self.resident = []
        self.note_memory()
        self.script_number = 2000
        self.pages = self.limits = self.script = None
        self.published = ()

    def note(self, words):
        self.notes.append(words)
        tell(f"# {self.posts:,} posts: {words}\n")

    def note_memory(self):
        found = drive.resident(self.board)
        if self.stored is not None:
            found["worker"] = max(found["worker"],
                                  drive.resident(self.stored)["worker"])
        self.resident.append(found)

    # Before it begins

    def publish(self):
        """Which pages are files by now: nothing tells a file's time."""
        if self.stored is None:
            return
        self.published = []
        for name, path in self.pages.items():
            if name in NEVER_PUBLISHED:
                continue
            for _ in range(ASKED):
                answer = self.stored.http("GET", path)
                if answer.header("Server-Timing") is None:
                    self.published.append(name)
                    break
                time.sleep(0.1)
            else:
                self.note(f"{path} was asked for {ASKED} times and is no "
                          "published file: left out")

    def answers(self):
        """Of each page: what the file beside it sends, plain and packed, and
        what a program sends.
        """
        found = {}
        for name, path in self.pages.items():
            made = self.board.http("GET", path)
            origin = self.stored if name in self.published else self.board
            found[name] = (origin.http("GET", path),
                           origin.http("GET", path, headers=GZIP), made)
            if found[name][0].body != made.body:
                self.note(f"{path} as published is not what is made anew")
        return found

    def check(self):
        """That the limits send what Madang does."""
        board = self.board
        for name, path in self.pages.items():
            for headers in ({}, GZIP):
                origin = self.stored if name in self.published else board
                self._same("file", name, headers, origin, path)
            self._same("memory", name, {}, board, path)
        self._same("least", "list", {}, board, "/list")
        madang = commands_of(board, lambda: board.http("GET", "/list"))
        least = commands_of(board, lambda: self._ask("least", "list", {}))
        if madang != least:
            self.note(f"least.c sends {len(least)} commands to Redis, Madang "
                      f"{len(madang)}, and they differ: least.c is out of "
                      "date")

    def _ask(self, kind, name, headers):
        """Of a limit, through its own port."""
        board, own = self.board, self.board.port
        board.port = self.limits.port
        try:
            return board.http("GET", self.limits.url(kind, name)
                              .split(str(board.port), 1)[1], headers=headers)
        finally:
            board.port = own

    def _same(self, kind, name, headers, origin, path):
        limit = self._ask(kind, name, headers)
        madang = origin.http("GET", path, headers=headers)
        if limit.body != madang.body:
            sys.exit(f"{kind} of {name} sends {len(limit.body)} bytes, not "
                     f"the {len(madang.body)} of Madang")

        def compared(answer):
            return sorted(n for n, _ in headers_to_send(answer)
                          if n.lower() not in ("vary", "last-modified"))
        if compared(limit) != compared(madang):
            self.note(f"{kind} of {name} sends other headers: "
                      f"{set(compared(limit)) ^ set(compared(madang))}")

    # Rounds

    def url(self, kind, name):
        if kind in ("file", "memory", "least"):
            return self.limits.url(kind, name)
        stack = self.stored if kind == "store" else self.board
        return f"http://127.0.0.1:{stack.port}{self.pages[name]}"

    def kinds(self, name):
        kinds = ["file", "memory", "dynamic"]
        if name == "list":
            kinds.append("least")
        if name in self.published:
            kinds.append("store")
        return kinds

    def read_round(self, number):
        """What is compared is asked for in turn, in slices."""
        for name, encoding in itertools.product(self.pages, ENCODINGS):
            tell(f"reads, round {number} of {ROUNDS}: {self.posts:,} posts, "
                 f"{name}, {encoding}")
            kinds = self.kinds(name)
            rates = drive.turns([self.url(kind, name) for kind in kinds],
                                SECONDS, encoding)
            if number == 0:  # it warms up
                continue
            for kind, rate in zip(kinds, rates):
                self.rates.setdefault(f"{name}/{encoding}/{kind}",
                                      []).append(rate)

    def write_round(self, number):
        measures = {
            "dynamic": lambda: drive.posting(self.board, self.board,
                                             WRITE_SECONDS),
            "script": lambda: self.run_script(SLOTS),
            "script32": lambda: self.run_script(drive.CLIENTS)}
        if self.stored is not None:
            measures["store"] = lambda: drive.posting(
                self.stored, self.board, WRITE_SECONDS)
        names = list(measures)
        for kind in names if number % 2 else reversed(names):
            tell(f"writes, round {number} of {ROUNDS}: {self.posts:,} posts, "
                 f"{kind}")
            rate = measures[kind]()
            if number > 0:
                self.writes.setdefault(kind, []).append(rate)

    def run_script(self, clients):
        words = drive.script_words(self.script)
        rate = drive.scripting(self.board, words, clients, self.script_number)
        self.script_number = int(rate * WRITE_SECONDS)
        return rate

    def measure_times(self):
        for name in self.pages:
            for kind in self.kinds(name):
                if kind == "memory":
                    continue
                tell(f"times: {self.posts:,} posts, {name} {kind}")
                key = f"{name}, {kind}"
                self.pace[key] = drive.pace(self.url(kind, name), RATE,
                                            PACE_SECONDS)
                if name in ("list", "thread"):
                    self.first[key] = drive.first_byte(self.url(kind, name),
                                                      FIRST_BYTES)

    def result(self, made, answers):
        self.note_memory()
        return {"fill": made, "pages": list(self.pages), "notes": self.notes,
                "bytes": {name: [len(plain.body), len(packed.body)]
                          for name, (plain, packed, _) in answers.items()},
                "rates": self.rates, "writes": self.writes,
                "pace": self.pace, "first": self.first,
                "resident": self.resident}


def script_of(board):
    """The words of the script that Redis gets for a post."""
    [words] = [words for words in commands_of(
        board, lambda: board.post("Kim", "This one is looked at."))
        if words[0] == b"EVALSHA"]
    return words


def open_size(stacks, posts):
    """A filled board at rest, its limits, and the store beside it."""
    tell(f"filling a board with {posts:,} posts")
    board = stacks.enter_context(Stack(nginx=True, slots=SLOTS,
                                       SITE_URL=SITE, **COUNTED))
    made = fill(board, posts)
    script = script_of(board)
    pages = freshen(board)
    stored = None
    if has_store():
        stored = stacks.enter_context(Stack(
            nginx=True, slots=SLOTS, redis=False, pages=True,
            SITE_URL=SITE, REDIS_ADDRESS=board.redis_socket,
            **COUNTED))
    size = Size(posts, board, stored)
    size.script, size.pages = script, pages
    size.publish()
    answers = size.answers()
    size.limits = stacks.enter_context(Limits(board, answers))
    size.check()
    with board.redis_client() as redis:
        settle(redis)
    return size, made, answers


def measure(sizes):
    for number in range(ROUNDS + 1):
        for size, *_ in sizes:
            size.read_round(number)
    for size, *_ in sizes:
        size.measure_times()
    for number in range(ROUNDS + 1):
        for size, *_ in sizes:
            size.write_round(number)


def main():
    began = time.monotonic()
    if not has_store():
        tell("# this build has no page store: its series are left out\n")
    with contextlib.ExitStack() as stacks:
        sizes = [open_size(stacks, posts) for posts in SIZES]
        measure(sizes)
        result = {
            "machine": MACHINE, "rate": RATE,
            "how": f"{drive.CLIENTS} connections. Medians of {ROUNDS} "
                   f"rounds: in each every page for {SECONDS} s, in turn "
                   f"with its limits by slices of {drive.SLICE_MS} ms; posts "
                   f"for {WRITE_SECONDS} s. Ratios are medians of the ratios "
                   f"within a round. A worker of {SLOTS} slots; appendfsync "
                   "always. (d) has as many clients as the worker has slots: "
                   "that is what Redis sees of it.",
            "sizes": {str(size.posts): size.result(made, answers)
                      for size, made, answers in sizes}}
    folder = os.path.join(BUILD, "bench")
    os.makedirs(folder, exist_ok=True)
    text = markdown(result)
    for name, content in (("report.json", json.dumps(result, indent=1)),
                          ("report.md", text), ("report.svg", svg(result))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(content)
    tell(f"# {time.monotonic() - began:.0f} seconds; see {folder}\n")
    print(text)


if __name__ == "__main__":
    main()
