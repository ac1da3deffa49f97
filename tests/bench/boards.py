"""Boards to measure: filled, at rest, and with a first page that is the same
at every size.
"""

import os
import re
import subprocess
import sys
import time
from urllib.parse import urlencode

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))
from resp import encode  # noqa: E402
from stack import (  # noqa: E402
    BUILD, FORM, clean_environment, wait_for)

REWRITE_SECONDS = 300
PAGE_SIZE = 20
THREAD_REPLIES = 3


def settle(redis):
    """Until Redis rests: a copy of itself that writes the file anew takes a
    processor, and makes each first touch of memory a copy.
    """
    def rests():
        said = redis("INFO", "persistence").decode()
        return ("aof_rewrite_in_progress:0" in said and
                "aof_rewrite_scheduled:0" in said and
                "rdb_bgsave_in_progress:0" in said)

    wait_for("the end of Redis' rewriting", rests, REWRITE_SECONDS, 0.5)


def used_memory(redis):
    return int(redis.info("memory")["used_memory"])


def fill(stack, posts):
    """So many posts with their replies; what that took."""
    with stack.redis_client(60) as redis:
        before = used_memory(redis)
        began = time.monotonic()
        subprocess.run([os.path.join(BUILD, "madang"), "fill", str(posts)],
                       env=clean_environment(**stack.settings), check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        settle(redis)
        return {"seconds": time.monotonic() - began,
                "bytes": used_memory(redis) - before,
                "posts": posts,
                "with_replies": int(redis("GET", "last_id"))}


def oldest(redis, count):
    """The ids of the oldest posts, which are the same on every filled board,
    the oldest first.
    """
    return [int(i) for i in reversed(redis("LRANGE", "post_id", -count, -1))]


def post_again(stack, redis, number):
    """One of the oldest posts once more, by the form; its new id or None."""
    title, category, flags = redis("HMGET", f"news:meta:{number}", "title",
                                   "category", "flags")
    if not title or flags:
        return None
    name, text = redis("MGET", f"news:name:{number}", f"news:post:{number}")
    body = urlencode({"full_name": name, "data": text, "title": title,
                      "category": category or b""}).encode()
    answer = stack.ask("POST", "/write", body, {"Content-Type": FORM})
    found = re.search(r"posted=(\d+)", answer.header("Location"))
    return int(found[1])


def freshen(stack):
    """Puts on top what is the same at every size: the newest posts and the
    notices differ by their numbers only, so that sizes can be compared. Each
    has a title: least.c knows no other.
    """
    with stack.redis_client() as redis:
        made = []
        for number in oldest(redis, 10 * PAGE_SIZE):
            if len(made) < PAGE_SIZE:
                made += filter(None, [post_again(stack, redis, number)])
        assert len(made) == PAGE_SIZE, made
        redis("DEL", "news:notices")
        redis("RPUSH", "news:notices", made[1], made[0])
        threads = [i for i in oldest(redis, 10 * PAGE_SIZE)
                   if redis("LLEN", f"news:replies:{i}") == THREAD_REPLIES]
        # It rewrites its file when that has doubled: in the middle of a round
        # as a rule. It shall do so before, and not again.
        redis("CONFIG", "SET", "auto-aof-rewrite-percentage", 0)
        settle(redis)
    return {"list": "/list", "thread": f"/posts/{threads[0]}",
            "latest": "/latest", "feed": "/list.atom", "form": "/write"}


WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)")
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}


def unescape(word):
    def byte(found):
        what = found[1]
        if what[:1] == b"x" and len(what) == 3:
            return bytes([int(what[1:], 16)])
        return PLAIN.get(what, what)
    return ESCAPE.sub(byte, word)


def commands_of(stack, ask):
    """The commands that Redis gets while ask() runs, each a list of words;
    what a script does is not among them.
    """
    mark = b"the end of it"
    with stack.redis_client() as watcher, stack.redis_client() as redis:
        watcher.socket.sendall(encode(["MONITOR"]))
        watcher.stream.readline()
        ask()
        redis("ECHO", mark)
        found = []
        while True:
            line = watcher.stream.readline()
            words = [unescape(word) for word in WORD.findall(line)]
            if words == [b"ECHO", mark]:
                return found
            if b" lua] " not in line.split(b'"')[0]:
                found.append(words)
