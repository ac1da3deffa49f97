#!/usr/bin/env python3
"""madang import --from-tutorial: the board of a tutorial's Redis, copied with
its numbers; what is broken there is told, post by post; the source is only
read, and its password is in no line.
"""

import subprocess

from claims import expect, rows
from resp import Redis
from stack import (FAULTS, WORKER, Part, Stack, clean_environment,
                   fill, free_port, main, wait_for)

PASSWORD = "p@ss/w:ord%"
ESCAPED = "p%40ss%2Fw%3Aord%25"
BROKEN = [
    (2, ("DEL", "news:text:2"), None),
    (3, ("DEL", "news:name:3"), "it has no name"),
    (4, ("DEL", "news:post:4"), "it has no text"),
    (5, ("HSET", "news:name:5", "a", "b"), "its name is a key of another"),
    (6, ("RPUSH", "news:post:6", "a"), "its text is a key of another type"),
    (7, ("SET", "news:name:7", b"\xff"), "its name is not UTF-8"),
    (8, ("SET", "news:post:8", b"a\0b"), "its text is not UTF-8"),
    (9, ("SET", "news:name:9", "n" * 9000), "its name is longer than 8 KB"),
    (10, ("SET", "news:post:10", "t" * 300000), "its text is longer than"),
]
POSTS = 1234


class Tutorial(Stack):
    """A board of ours, and a Redis of somebody's with a password."""

    def __init__(self):
        super().__init__()
        self.source_port = free_port()
        self.source_socket = self.path("tutorial.sock")
        self.source = Part(
            ["redis-server", "--port", str(self.source_port), "--bind",
             "127.0.0.1", "--unixsocket", self.source_socket, "--save", "",
             "--requirepass", PASSWORD, "--dir", self.state],
            self.path("tutorial.log"))

    def __enter__(self):
        self.source.start()
        try:
            wait_for("the tutorial's", lambda: self.tutorial().close() or True)
            return super().__enter__()
        except BaseException:
            self.source.kill()
            raise

    def __exit__(self, *failure):
        super().__exit__(*failure)
        if self.source.running():
            self.source.stop()

    def tutorial(self):
        redis = Redis(self.source_socket)
        redis("AUTH", PASSWORD)
        return redis


def copy(stack, address, password=None):
    """Exit status, and all that was said."""
    env = clean_environment(**stack.settings)
    if password:
        env["TUTORIAL_PASSWORD"] = password
    done = subprocess.run(
        [WORKER, "import", "--from-tutorial", address], env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=120)
    said = done.stdout.decode()
    assert not FAULTS.search(said), said
    assert PASSWORD not in said and ESCAPED not in said, said
    return done.returncode, said


def empty(stack):
    with stack.redis_client() as redis:
        redis("FLUSHALL")


def changes(redis):
    return int(redis.info("persistence")["rdb_changes_since_last_save"])


def a_board_is_copied_with_its_numbers(stack):
    with stack.tutorial() as source:
        fill(source, [(f"이름 {n}", f"글 {n}") for n in range(1, POSTS + 1)])
        source("INCRBY", "last_id", 5)
        before = changes(source)
        address = f"redis://:{ESCAPED}@127.0.0.1:{stack.source_port}"
        status, said = copy(stack, address)
        expect(status, 0, said)
        assert f"{POSTS} posts and replies of 1 board are imported" in said
        expect(changes(source), before, "writes at the source")
        names = [f"news:{kind}:{n}" for n in range(1, POSTS + 1)
                 for kind in ("name", "post")]
        with stack.redis_client() as redis:
            expect(redis("LRANGE", "post_id", 0, -1),
                   source("LRANGE", "post_id", 0, -1), "post_id")
            expect(redis("MGET", *names), source("MGET", *names), "posts")
            expect(redis("GET", "last_id"), b"%d" % (POSTS + 5), "last_id")
    page = stack.ask("GET", "/latest")
    assert f"글 {POSTS}".encode() in page.body
    answer = stack.post("n", "t", via_nginx=False)
    assert f"posted={POSTS + 6}" in answer.header("Location")
    status, said = copy(stack, address)
    expect(status, 2, said)
    assert "has posts already" in said, said


@rows([("by its path", "unix:{socket}", True),
       ("by its path, as others write it", "unix://:{escaped}@{socket}?db=0",
        False),
       ("by a name of its own", "redis+socket://default:{escaped}@{socket}",
        False),
       ("in database 0", "redis://:{escaped}@127.0.0.1:{port}/0", False),
       ("with the environment's password", "redis://127.0.0.1:{port}", True)])
def it_is_found(stack, address, password):
    empty(stack)
    status, said = copy(
        stack, address.format(socket=stack.source_socket, escaped=ESCAPED,
                              port=stack.source_port),
        PASSWORD if password else None)
    expect(status, 0, said)


def what_is_broken_is_told_and_left_out(stack):
    empty(stack)
    with stack.tutorial() as source:
        for number, (verb, key, *rest), _ in BROKEN:
            if verb in ("HSET", "RPUSH"):
                source("DEL", key)
            source(verb, key, *rest)
        source("RPUSH", "post_id", "no number", 10 ** 20)
        before = changes(source)
        status, said = copy(
            stack, f"redis://:{ESCAPED}@127.0.0.1:{stack.source_port}")
        expect(status, 1, said)
        expect(changes(source), before, "writes at the source")
    broken = [(number, why) for number, _, why in BROKEN if why]
    for number, why in broken:
        assert f"post {number} is left out: {why}" in said, (number, said)
    assert "post no number is left out: it is no number" in said, said
    assert f"{len(broken) + 2} posts are left out" in said, said
    with stack.redis_client() as redis:
        listed = set(map(int, redis("LRANGE", "post_id", 0, -1)))
        expect(set(range(1, POSTS + 1)) - listed,
               {number for number, _ in broken}, "left out")
    done = subprocess.run([WORKER, "fsck"], capture_output=True,
                          env=clean_environment(**stack.settings))
    expect(done.returncode, 0, done.stdout)


@rows([("no address", "hello"), ("no host", "redis://"),
       ("no number", "redis://127.0.0.1:1/x"),
       ("a user without a password", "redis://john@127.0.0.1"),
       ("half an escape", "redis://:%4@127.0.0.1"),
       ("a wrong password", "redis://:" + ESCAPED + "x@127.0.0.1:{port}"),
       ("nobody there", "redis://:" + ESCAPED + "@127.0.0.1:1")])
def what_leads_nowhere_is_said(stack, address):
    empty(stack)
    status, said = copy(stack, address.format(port=stack.source_port))
    expect(status, 2, said)
    assert "madang: " in said, said
    with stack.redis_client() as redis:
        expect(redis("KEYS", "*"), [], "keys")


def nobody_sees_the_password_among_the_processes(stack):
    empty(stack)
    stack.source.send(19)  # SIGSTOP: it waits for an answer
    process = subprocess.Popen(
        [WORKER, "import", "--from-tutorial",
         f"redis://:{ESCAPED}@127.0.0.1:{stack.source_port}"],
        env=clean_environment(**stack.settings), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    path = f"/proc/{process.pid}/cmdline"

    def hidden():
        with open(path, "rb") as file:
            return b"xxxxxxxxxx" in file.read()
    try:
        wait_for("the word to go", hidden)
        with open(path, "rb") as file:
            assert ESCAPED.encode() not in file.read()
    finally:
        stack.source.send(18)
        process.communicate()


def a_board_of_ours_is_none_of_the_tutorial_s(stack):
    with stack.tutorial() as source:
        source("SET", "madang:schema", 3)
        status, said = copy(
            stack, f"redis://:{ESCAPED}@127.0.0.1:{stack.source_port}")
        expect(status, 2, said)
        assert "madang backup copies" in said, said


if __name__ == "__main__":
    main((Tutorial, [a_board_is_copied_with_its_numbers, it_is_found,
                     what_is_broken_is_told_and_left_out,
                     what_leads_nowhere_is_said,
                     nobody_sees_the_password_among_the_processes,
                     a_board_of_ours_is_none_of_the_tutorial_s]))
