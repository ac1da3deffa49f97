#!/usr/bin/env python3
"""A board whose keys are of an older layout is upgraded when a worker starts:
whatever kills it on the way, whoever does it at the same time, and while others
read.
"""

import os
import random
import re
import signal
import subprocess
import threading
import time

from claims import expect
from exposition import WATCHED
from stack import (FAULTS, SANITIZERS, WORKER, Part, Stack,
                   clean_environment, main, wait_for)

ROUNDS = int(os.environ.get("UPGRADE_ROUNDS", "6"))
POSTS, BOARDS = 4000, ("", "{free}:")
OLD, NEW = re.compile(rb"[0-9a-f]{32}"), re.compile(rb"[0-9a-f]{40}")


def old_board(redis):
    """What the version before has left: who recommends, by lasting digests."""
    commands = []
    for prefix in BOARDS:
        for post in range(1, POSTS + 1):
            members = [b"%032x" % (post * 7 + n) for n in range(post % 4 + 1)]
            commands += [
                ("SET", f"{prefix}news:name:{post}", f"name {post}"),
                ("SET", f"{prefix}news:post:{post}", f"text {post}"),
                ("HSET", f"{prefix}news:meta:{post}", "time", 1767323045000,
                 "recommends", len(members)),
                ("DEL", f"{prefix}news:recommend:{post}"),
                ("SADD", f"{prefix}news:recommend:{post}", *members)]
        commands += [("DEL", f"{prefix}post_id"),
                     ("LPUSH", f"{prefix}post_id", *range(1, POSTS + 1)),
                     ("SET", f"{prefix}last_id", POSTS),
                     ("SET", f"{prefix}madang:secret", "k" * 32),
                     ("SET", f"{prefix}madang:schema", 2)]
    commands += [("HSET", "{free}:madang:board", "title", "Other"),
                 ("DEL", "madang:boards"), ("RPUSH", "madang:boards", "free"),
                 # In the trash, where it has a time to go.
                 ("SADD", "news:recommend:9000", b"%032x" % 1),
                 ("EXPIRE", "news:recommend:9000", 5000)]
    redis.pipeline(commands)


def check_new_board(redis):
    for prefix in BOARDS:
        expect(redis("GET", f"{prefix}madang:schema"), b"3", "layout")
        sets = redis.pipeline([("SMEMBERS", f"{prefix}news:recommend:{post}")
                               for post in range(1, POSTS + 1)])
        for post, members in enumerate(sets, 1):
            expect(len(members), post % 4 + 1, f"recommendations of {post}")
            assert all(map(NEW.fullmatch, members)), members
        expect(len(set(sum(sets, []))), sum(map(len, sets)), "members")
    assert redis("TTL", "news:recommend:9000") > 4000, "it would stay"
    assert NEW.fullmatch(redis("SMEMBERS", "news:recommend:9000")[0])


def upgrade(stack, kill_after=None, begun=None):
    """Its status and all that it said. Killed some seconds after its start, or
    after begun() is true."""
    env = clean_environment(**stack.settings)
    process = subprocess.Popen([WORKER, "upgrade"], env=env,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    if kill_after is not None:
        while begun and not begun() and process.poll() is None:
            pass
        time.sleep(kill_after)
        process.kill()
    said = process.communicate(timeout=120)[0].decode()
    assert not FAULTS.search(said), said
    return process.returncode, said


class Readers:
    """Who read all the time: never anything but the whole page."""

    def __init__(self, stack):
        self.stack, self.stopped, self.wrong, self.count = stack, False, [], 0
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()

    def run(self):
        while not self.stopped:
            post = random.randrange(1, POSTS + 1)
            for path in (f"/posts/{post}", "/list", "/boards/free/list"):
                answer = self.stack.ask("GET", path)
                if answer.status != 200 or (
                        path.startswith("/posts") and
                        f"text {post}".encode() not in answer.body):
                    self.wrong.append((path, answer.status))
                self.count += 1


def a_board_of_an_older_layout_is_read_and_not_written(stack):
    with stack.redis_client() as redis:
        old_board(redis)
        expect(stack.post("n", "t", via_nginx=False).status, 503, "post")
        expect(redis("GET", "madang:schema"), b"2", "layout")
        expect(stack.ask("GET", "/posts/17").status, 200, "a page")
        answer = stack.ask("GET", "/healthz", REMOTE_ADDR="127.0.0.1")
        expect((answer.status, b"upgraded" in answer.body), (503, True),
               repr(answer.body))
        status = subprocess.run([WORKER, "fsck"], capture_output=True,
                                env=clean_environment(**stack.settings))
        assert b"madang upgrade" in status.stderr, status


def it_is_upgraded_and_told_how_to_go_back(stack):
    status, said = upgrade(stack)
    expect(status, 0, said)
    for words in ("board /: from layout 2 to 3", "to go back: an older Madang",
                  "board free: is of layout 3; 10000 changed",
                  "All boards are of the layout"):
        assert words in said, said
    with stack.redis_client() as redis:
        check_new_board(redis)
    expect(stack.ask("GET", "/healthz").status, 200, "health")
    expect(stack.post("n", "t", via_nginx=False).status, 303, "post")
    status, said = upgrade(stack)
    expect((status, "from layout" in said), (0, False), said)


def killed_upgrades_do_no_harm(stack):
    chance, words = random.Random(3), set()
    with stack.redis_client() as redis:
        old_board(redis)
        began = time.monotonic()
        upgrade(stack)
        whole = time.monotonic() - began
        with Readers(stack) as readers:
            for _ in range(ROUNDS):
                old_board(redis)
                # However long it takes here: once in the midst of it.
                upgrade(stack, 0, lambda: redis(
                    "GET", "madang:schema") != b"2")
                words.add(redis("GET", "madang:schema"))
                for _ in range(chance.randrange(1, 4)):
                    upgrade(stack, chance.uniform(0, whole))
                    words.add(redis("GET", "madang:schema"))
                expect(upgrade(stack)[0], 0, "the last one")
                check_new_board(redis)
    expect(readers.wrong, [], "pages")
    assert readers.count > 20, readers.count
    print(f"# killed at {sorted(words)}, {readers.count} pages read")
    assert b"upgrade 2 3" in words, words


def workers_that_start_at_once_upgrade_it_together(stack):
    for number in range(max(2, ROUNDS // 2)):
        with stack.redis_client() as redis:
            old_board(redis)
        others = []
        for name in "ab":
            path = stack.path(f"{name}{number}.sock")
            others.append(Part([WORKER, "serve", "--listen", path],
                               stack.path(f"{name}{number}.log"),
                               clean_environment(**stack.settings)))
        with Readers(stack) as readers:
            for part in others:
                part.start()
            if number == 0:
                # One of them dies of it; the other one goes on.
                time.sleep(0.05)
                others[0].kill()
                del others[0]
            for part in others:
                wait_for("a worker", lambda: "serving with" in part.said())
        expect(readers.wrong, [], "pages")
        with stack.redis_client() as redis:
            check_new_board(redis)
        for part in others:
            assert "to go back: an older Madang" in part.said(), part.said()
            expect(part.stop(), 0, part.said())
            assert not FAULTS.search(part.said()), part.said()


def it_waits_for_a_redis_that_is_away_or_read_only(stack):
    with stack.redis_client() as redis:
        old_board(redis)
        redis("SAVE")
    stack.worker.stop()
    stack.redis.stop()
    stack.start_worker()
    expect(stack.ask("GET", "/list").status, 503, "Redis is away")
    stack.start_redis()
    with stack.redis_client() as redis:
        wait_for("the upgrade", lambda: redis("GET", "{free}:madang:schema")
                 == b"3" == redis("GET", "madang:schema"))
        check_new_board(redis)
        expect(stack.post("n", "t", via_nginx=False).status, 303, "a post")
        # A replica, which then becomes the primary.
        old_board(redis)
        redis("REPLICAOF", "127.0.0.1", 1)
        told = len(stack.worker.said())
        stack.worker.send(signal.SIGHUP)
        wait_for("a reload", lambda: "reloaded" in stack.worker.said()[told:])
        time.sleep(5)
        redis("REPLICAOF", "NO", "ONE")
        wait_for("the upgrade", lambda: redis("GET", "{free}:madang:schema")
                 == b"3" == redis("GET", "madang:schema"))
        check_new_board(redis)
    said = stack.worker.said()[told:]
    expect(said.count("READONLY"), 1, "lines about it")


def one_that_redis_breaks_off_is_tried_again_and_told_once(stack):
    with stack.redis_client() as redis:
        old_board(redis)
        redis("ACL", "SETUSER", "default", "-scan")
        told = len(stack.worker.said())
        stack.worker.send(signal.SIGHUP)
        wait_for("a reload", lambda: "reloaded" in stack.worker.said()[told:])
        time.sleep(5)
        said = stack.worker.said()[told:]
        # It may have been told a moment before.
        assert said.count("its keys become") < 2, said
        redis("ACL", "SETUSER", "default", "+scan")
        wait_for("the upgrade", lambda: redis("GET", "{free}:madang:schema")
                 == b"3" == redis("GET", "madang:schema"))
        check_new_board(redis)


def a_backup_of_an_older_layout_is_upgraded_by_its_import(stack):
    env = clean_environment(**stack.settings)
    with stack.redis_client() as redis:
        old_board(redis)
        saved = subprocess.run([WORKER, "backup", "-"], env=env,
                               capture_output=True)
        expect(saved.returncode, 0, saved.stderr)
        redis("FLUSHALL")
        done = subprocess.run([WORKER, "import", "-"], env=env,
                              input=saved.stdout, capture_output=True)
        expect(done.returncode, 0, done.stderr)
        redis("SADD", "news:recommend:9000", b"f" * 40)
        redis("EXPIRE", "news:recommend:9000", 5000)
        redis("SREM", "news:recommend:9000", b"f" * 40)
        check_new_board(redis)


def a_newer_layout_is_left_alone(stack):
    with stack.redis_client() as redis:
        redis("SET", "{free}:madang:schema", 4)
        expect(upgrade(stack)[0], 1, "status")
        expect(redis("GET", "{free}:madang:schema"), b"4", "layout")


if __name__ == "__main__":
    # Readers find out whether pages are whole, not how fast a sanitizer is.
    patience = {"REDIS_COMMAND_MS": 5000, "REDIS_WAIT_MS": 5000}
    main((lambda: Stack(errors=True, **WATCHED,
                        **(patience if SANITIZERS else {})),
          [a_board_of_an_older_layout_is_read_and_not_written,
           it_is_upgraded_and_told_how_to_go_back,
           killed_upgrades_do_no_harm,
           workers_that_start_at_once_upgrade_it_together,
           it_waits_for_a_redis_that_is_away_or_read_only,
           one_that_redis_breaks_off_is_tried_again_and_told_once,
           a_backup_of_an_older_layout_is_upgraded_by_its_import,
           a_newer_layout_is_left_alone]))
