#!/usr/bin/env python3
"""madang fsck: a fault of each kind is put into a live board, is found, is
mended where that can be done without guessing, and nothing else is said; a
board that nobody broke has none, also while people write.
"""

import os
import re
import subprocess
import threading

import healthy
from broken import (FAULTS_OF_LISTS, FAULTS_OF_POSTS, FAULTS_OF_THREADS,
                    LEFT, MENDED, UNKNOWN)
from claims import expect, rows
from stack import (FAULTS, WORKER, Threads, clean_environment, fill, main,
                   wait_for)

ROUNDS = int(os.environ.get("FSCK_ROUNDS", "3"))
AT_ONCE = """
local id = redis.call('INCR', 'last_id')
redis.call('SET', 'news:name:' .. id, 'john')
redis.call('SET', 'news:post:' .. id, ARGV[1])
redis.call('LPUSH', 'post_id', id)
"""
SAID = re.compile(r"board (\S+): (?:post (\d+): )?(.*): "
                  r"(left as it is|repaired|can be repaired)")


def fsck(stack, *words, **settings):
    """Its exit status, and the findings: (board, post, words, end) each."""
    env = clean_environment(**{**stack.settings, **settings})
    done = subprocess.run([WORKER, "fsck", *words], env=env, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stdout.decode()
    assert not FAULTS.search(done.stderr.decode(errors="replace")), said
    found = [m.groups() for m in map(SAID.fullmatch, said.splitlines()) if m]
    if done.returncode != 2:
        assert " were looked at, in " in said, (said, done.stderr)
    return done.returncode, found, said


def keys_of(stack):
    """Every key with its value; whether it expires."""
    with stack.redis_client() as redis:
        names = sorted(redis("KEYS", "*"))
        values = redis.pipeline([("DUMP", n) for n in names])
        ends = redis.pipeline([("PTTL", n) for n in names])
    return {n: (v, e) for n, v, e in zip(names, values, ends)
            if v is not None and (e == -1 or e > 0)}


def put_back(stack, kept):
    with stack.redis_client() as redis:
        redis("CONFIG", "SET", "appendfsync", "no")
        redis("FLUSHALL")
        redis.pipeline([("RESTORE", n, max(e, 0), v)
                        for n, (v, e) in kept.items()])


def differences(before, after):
    """Names of keys whose value, or whether they expire, changed. What passes
    in a minute is left out, and sets, whose members have no order.
    """
    def told(kept, name):
        value, left = kept.get(name, (None, 0))
        return (None if b"news:recommend:" in name else value), left > 0
    return [n for n in sorted(before.keys() | after.keys())
            if b"madang:once:" not in n and told(before, n) != told(after, n)]


class Healthy:
    """The board that each fault is put into, made once."""
    ids, kept = {}, {}

    @classmethod
    def of(cls, stack):
        if not cls.kept:
            cls.ids = healthy.make(stack)
            cls.kept = keys_of(stack)
        put_back(stack, cls.kept)
        return cls.ids


def the_board_is_well(stack):
    status, found, said = fsck(stack)
    expect(found, [], "findings")
    expect(status, 0, said)
    with stack.redis_client() as redis:
        ids = redis("LRANGE", "post_id", 0, -1)
        there = redis.pipeline([("EXISTS", b"news:name:" + i,
                                 b"news:post:" + i) for i in ids])
    expect(there, [2] * len(ids), "the contract")


def a_board_that_nobody_broke_has_no_faults(stack):
    Healthy.of(stack)
    for words in ((), ("--repair",), ("--board", "free"), ("--board", "/")):
        status, found, said = fsck(stack, *words)
        expect(found, [], "findings")
        expect(status, 0, said)
        assert "Nothing is wrong." in said, said
    expect(differences(Healthy.kept, keys_of(stack)), [], "keys")


def the_tutorials_posts_alone_have_no_faults(stack):
    with stack.redis_client() as redis:
        redis("FLUSHALL")
        fill(redis, [("john", f"post {i}") for i in range(30)])
    the_board_is_well(stack)


def an_empty_redis_has_no_faults(stack):
    with stack.redis_client() as redis:
        redis("FLUSHALL")
    the_board_is_well(stack)


def keys_of_others_are_counted_and_left(stack):
    Healthy.of(stack)
    with stack.redis_client() as redis:
        for name in ("session:1", "newspaper", "{other}:news:name:1",
                     "post_id2", "x:madang:board"):
            redis("SET", name, "theirs")
    before = keys_of(stack)
    status, found, said = fsck(stack, "--repair")
    expect((status, found), (0, []), said)
    assert "5 other keys are none of Madang's" in said, said
    expect(differences(before, keys_of(stack)), [], "keys")


def named(ids, words):
    return words.format(**ids, unknown=UNKNOWN)


def words_of(ids, command):
    for word in named(ids, command).split():
        yield re.sub(rb"\\x(..)", lambda m: bytes([int(m[1], 16)]),
                     word.encode())


def tells(ids, found, wanted, ends):
    """Each of those wanted is there once, and nothing beside them."""
    rest = list(found)
    for post, words, end in wanted:
        post = post and str(ids.get(post, UNKNOWN))
        like = [f for f in rest if f[0] == "/" and f[1] == post and
                named(ids, words) in f[2] and f[3] == ends[end]]
        assert like, f"{named(ids, words)!r} of {post} is not in {rest}"
        rest.remove(like[0])
    expect(rest, [], "what else was told")


def is_found_and_mended(stack, commands, wanted):
    ids = dict(Healthy.of(stack))
    with stack.redis_client() as redis:
        ids["newest"] = int(redis("LINDEX", "post_id", 0))
        ids["last"] = int(redis("GET", "last_id"))
        ids["lastnotice"] = int(redis("LINDEX", "news:notices", -1))
        for command in commands:
            redis(*words_of(ids, command))
    broken = keys_of(stack)
    left = [one for one in wanted if one[2] == LEFT]

    status, found, said = fsck(stack)
    tells(ids, found, wanted, {LEFT: LEFT, MENDED: "can be repaired"})
    expect(status, 1, said)
    expect(differences(broken, keys_of(stack)), [], "without --repair")

    status, found, said = fsck(stack, "--repair")
    tells(ids, found, wanted, {LEFT: LEFT, MENDED: MENDED})
    expect(status, 1 if left else 0, said)
    if left == wanted:
        expect(differences(broken, keys_of(stack)), [], "what is left")
        return
    status, found, said = fsck(stack)
    tells(ids, found, left, {LEFT: LEFT})
    expect(status, 1 if left else 0, said)


@rows(FAULTS_OF_POSTS)
def a_fault_of_a_post(stack, commands, wanted):
    is_found_and_mended(stack, commands, wanted)


@rows(FAULTS_OF_THREADS)
def a_fault_of_a_thread(stack, commands, wanted):
    is_found_and_mended(stack, commands, wanted)


@rows(FAULTS_OF_LISTS)
def a_fault_beside_the_posts(stack, commands, wanted):
    is_found_and_mended(stack, commands, wanted)


def one_board_alone_is_looked_at(stack):
    ids = Healthy.of(stack)
    with stack.redis_client() as redis:
        redis("DEL", f"news:post:{ids['plain']}")
        lost = int(redis("LINDEX", "{free}:post_id", 3))
        redis("LREM", "{free}:post_id", 0, lost)
    for board, post, words in (("free", lost, "it is whole"),
                               ("/", ids["plain"], "it has a name")):
        status, found, said = fsck(stack, "--board", board)
        expect([(f[0], f[1]) for f in found], [(board, str(post))], said)
        assert words in found[0][2], said
        assert "of 1 board were" in said, said


def what_is_wrong_with_a_board_itself_is_no_posts(stack):
    """However many keys of posts were come upon before."""
    slugs = [f"b{i}" for i in range(10, 40)]
    with stack.redis_client() as redis:
        redis("FLUSHALL")
        fill(redis, [("john", "words")] * 1000)
        redis("RPUSH", "madang:boards", *slugs)
        redis.pipeline([("HSET", f"{{{slug}}}:madang:board", "title", b"\xff")
                        for slug in slugs])
    status, found, said = fsck(stack)
    expect(sorted(f[:2] for f in found), [(slug, None) for slug in slugs],
           said)
    expect(status, 1, said)


def many_faults_are_mended_in_one_run(stack):
    Healthy.of(stack)
    with stack.redis_client() as redis:
        ids = [int(i) for i in redis("LRANGE", "{free}:post_id", 0, -1)]
        redis("DEL", "{free}:post_id", "{free}:news:category:2")
        redis("RPUSH", "{free}:post_id", *sorted(ids), "no id", *ids[::2])
        for number in ids:
            redis("HSET", f"{{free}}:news:meta:{number}", "replies", 99)
            redis("HSET", "{free}:news:views:5", number, 1)
    status, found, said = fsck(stack, "--repair", "--board", "free")
    expect((status, {f[3] for f in found}), (0, {MENDED}), said)
    assert len(found) > 2 * len(ids), len(found)
    with stack.redis_client() as redis:
        expect([int(i) for i in redis("LRANGE", "{free}:post_id", 0, -1)],
               ids, "the list")
    the_board_is_well(stack)


def a_run_that_can_not_be_is_said(stack):
    Healthy.of(stack)
    for words, settings, told in (
            ((), {"REDIS_ADDRESS": stack.path("none.sock")}, b"not available"),
            (("--board", "nowhere"), {}, b"There is no board nowhere."),
            (("all",), {}, b"Usage: madang fsck"),
            (("--all",), {}, b"Usage: madang fsck")):
        env = clean_environment(**{**stack.settings, **settings})
        done = subprocess.run([WORKER, "fsck", *words], env=env, timeout=60,
                              capture_output=True)
        expect(done.returncode, 2, words)
        assert told in done.stderr, done.stderr
    with stack.redis_client() as redis:
        redis("SET", "madang:schema", 99)
    expect(fsck(stack, "--repair")[0], 2, "keys of a newer Madang")


def what_was_mended_is_on_the_pages(stack):
    """Pages that are files go before the command ends."""
    ids = Healthy.of(stack)
    with stack.redis_client() as redis:
        redis("HSET", f"news:meta:{ids['root']}", "replies", 98765)

    def is_published():
        stack.http("GET", "/list")
        return any(name.startswith("en-list-") for _, _, names in
                   os.walk(stack.path("pages")) for name in names)
    wait_for("a page as a file", is_published)
    assert b"98765" in stack.http("GET", "/list").body
    status, found, said = fsck(stack, "--repair")
    expect((status, len(found)), (0, 1), said)
    assert b"98765" not in stack.http("GET", "/list").body


class Storm(Threads):
    """Writers of all kinds, until they are told to stop."""

    def __init__(self, stack):
        self.stack, self.faults, self.done = stack, [], 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(one,))
                         for one in (self._posts, self._replies, self._posts,
                                     self._edits, self._tutorial)]

    def _run(self, work):
        number = 0
        try:
            while not self._stop.is_set():
                number += 1
                work(f"{work.__name__} {threading.get_ident()} {number}")
                self.done += 1
        except Exception as fault:  # told by the test
            self.faults.append(repr(fault))

    def _posts(self, text):
        healthy.write(self.stack, text, category=1)
        number, _ = healthy.write(self.stack, text, "/boards/free/write")
        healthy.owner(self.stack, "delete", str(number), "--board", "free")

    def _replies(self, text):
        root, _ = healthy.write(self.stack, text + " root")
        first = healthy.reply(self.stack, root, text)
        healthy.reply(self.stack, first, text + " below")
        healthy.owner(self.stack, "delete", str(first))
        if root % 3 == 0:
            healthy.owner(self.stack, "move", str(root), "free")
        elif root % 3 == 1:
            healthy.owner(self.stack, "delete", str(root))
        else:
            healthy.owner(self.stack, "restore", str(first))

    def _edits(self, text):
        number, token = healthy.write(self.stack, text, secret=1)
        healthy.edit(self.stack, number, token, text + "!", category=2)
        healthy.send(self.stack, f"/posts/{number}/recommend")
        healthy.edit(self.stack, number, token, text + "?", 1, secret=1)

    def _tutorial(self, text):
        # In one step: two who use its app at once are out of order.
        with self.stack.redis_client() as redis:
            redis("EVAL", AT_ONCE, 0, text)
        healthy.owner(self.stack, "fill", "3", "--board", "free")


def a_storm_of_writers_gives_no_fault(stack):
    Healthy.of(stack)
    with Storm(stack) as storm:
        for words in ((), ("--repair",)) * ROUNDS:
            status, found, said = fsck(stack, *words)
            expect(found, [], "findings")
            expect(status, 0, said)
    expect(storm.faults, [], "the writers")
    print(f"# {2 * ROUNDS} runs beside {storm.done} rounds of writing",
          flush=True)
    the_board_is_well(stack)


def mending_in_a_storm_does_no_harm(stack):
    """Faults of old posts are mended while others write."""
    ids = Healthy.of(stack)
    with Storm(stack) as storm:
        for _ in range(ROUNDS):
            with stack.redis_client() as redis:
                redis("LREM", "post_id", 0, ids["plain"])
                redis("LREM", "news:category:1", 0, ids["sorted"])
                redis("HSET", f"news:meta:{ids['root']}", "replies", 99)
                redis("LREM", f"news:replies:{ids['root']}", 0,
                      f"{ids['lower']}:3")
            status, found, said = fsck(stack, "--repair")
            expect((status, {f[3] for f in found}), (0, {MENDED}), said)
            expect(len(found), 4, said)
    expect(storm.faults, [], "the writers")
    the_board_is_well(stack)


main(({"slots": 8}, [
    a_board_that_nobody_broke_has_no_faults,
    the_tutorials_posts_alone_have_no_faults,
    an_empty_redis_has_no_faults,
    keys_of_others_are_counted_and_left,
    a_fault_of_a_post,
    a_fault_of_a_thread,
    a_fault_beside_the_posts,
    one_board_alone_is_looked_at,
    what_is_wrong_with_a_board_itself_is_no_posts,
    many_faults_are_mended_in_one_run,
    a_run_that_can_not_be_is_said,
    a_storm_of_writers_gives_no_fault,
    mending_in_a_storm_does_no_harm,
]), ({"nginx": True, "pages": True}, [what_was_mended_is_on_the_pages]))
