#!/usr/bin/env python3
"""A Redis that answers, but not as it should: it loads its file, is a replica,
is full, wants a password, runs a script without end. Who reads or writes then
is told so in time and keeps what he typed, the log has one line of it, and the
first request after it is mended is answered, without a restart.
"""

import secrets
import threading

import witness
from claims import expect, rows
from resp import Redis, RedisError
from stack import fill, main, wait_for
from witness import LANGUAGES, Log, kept, read, recovers, write

# Enough for Redis to be loading for as long as a test asks it.
POSTS = 600
REQUESTS = 3
PATHS = ("/list", "/posts/3", "/list.json", "/list.atom", "/all", "/boards")


def a_board_is_there(stack):
    with stack.redis_client() as redis:
        fill(redis, [(f"n{i}", secrets.token_hex(1000))
                     for i in range(POSTS)])
    expect(read(stack, "/list").status, 200)


def kill_connections(redis):
    redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def asked(stack, reading):
    """Visitors of both languages, several of them."""
    for _ in range(REQUESTS):
        for language in LANGUAGES:
            for path in PATHS:
                expect(read(stack, path, language).status, reading, path)
            for path in ("/write", "/posts/3/reply", "/"):
                kept(write(stack, path, language), language, path)


# Set and mended by commands; what is read meanwhile; the log's words.
REFUSALS = [
    ("READONLY", [("REPLICAOF", "127.0.0.1", "1")],
     [("REPLICAOF", "NO", "ONE")], 200, "READONLY"),
    ("a replica without its master",
     [("CONFIG", "SET", "replica-serve-stale-data", "no"),
      ("REPLICAOF", "127.0.0.1", "1")],
     [("REPLICAOF", "NO", "ONE")], 503, "MASTERDOWN"),
    ("no memory is left", [("CONFIG", "SET", "maxmemory", "1")],
     [("CONFIG", "SET", "maxmemory", "0")], 200, "OOM"),
    ("too few replicas", [("CONFIG", "SET", "min-replicas-to-write", "1")],
     [("CONFIG", "SET", "min-replicas-to-write", "0")], 200, "NOREPLICAS"),
    ("NOAUTH", [("CONFIG", "SET", "requirepass", "open sesame"),
                kill_connections],
     [("CONFIG", "SET", "requirepass", "")], 503, "NOAUTH"),
    ("NOPERM", [("ACL", "SETUSER", "default", "-evalsha", "-eval", "-get",
                 "-lrange", "-llen", "-hmget", "-hgetall")],
     [("ACL", "SETUSER", "default", "+@all")], 503, "NOPERM"),
]


@rows(REFUSALS)
def a_redis_that_refuses_is_an_honest_503(stack, set_it, mend, reading, word):
    with stack.redis_client() as redis, Log(stack.worker) as log:
        for step in set_it:
            step(redis) if callable(step) else redis(*step)
        try:
            asked(stack, reading)
            log.tells_once("Redis refuses: " + word)
        finally:
            for step in mend:
                redis(*step)
        recovers(stack, f"after {word}")
        log.is_no_flood(10)


def what_a_scripts_user_may_not_is_a_503_too(stack):
    """Redis finds that out in the middle of the script."""
    with stack.redis_client() as redis, Log(stack.worker) as log:
        redis("ACL", "SETUSER", "default", "-set")
        try:
            asked(stack, 200)
            log.tells_once("Redis refuses: ")
        finally:
            redis("ACL", "SETUSER", "default", "+@all")
        recovers(stack, "after a script's NOPERM")


def a_redis_without_room_for_clients_is_an_honest_503(stack):
    with stack.redis_client() as redis, Log(stack.worker) as log:
        redis("CONFIG", "SET", "maxclients", "1")
        kill_connections(redis)
        try:
            asked(stack, 503)
        finally:
            redis("CONFIG", "SET", "maxclients", "1000")
        recovers(stack, "after maxclients")
        log.is_no_flood(2 * 5 + 2)


def a_script_without_end_is_an_honest_503(stack):
    def run():
        try:
            with Redis(stack.redis_socket, 60) as endless:
                endless("EVAL", "while true do end", 0)
        except RedisError:
            pass  # it is killed
    with stack.redis_client() as redis, Log(stack.worker) as log:
        redis("CONFIG", "SET", "lua-time-limit", "50")
        thread = threading.Thread(target=run)
        thread.start()

        def is_busy():
            try:
                redis("GET", "last_id")
            except RedisError as error:
                return str(error).startswith("BUSY")
            return False
        try:
            wait_for("BUSY", is_busy)
            asked(stack, 503)
            log.tells_once("Redis refuses: BUSY")
        finally:
            redis("SCRIPT", "KILL")
            thread.join()
        recovers(stack, "after BUSY")
        log.is_no_flood(6)


def scripts_that_are_lost_are_sent_again(stack):
    with stack.redis_client() as redis, Log(stack.worker) as log:
        for number in range(3):
            redis("SCRIPT", "FLUSH")
            recovers(stack, f"after SCRIPT FLUSH {number}")
        expect(log.lines(), [])


def a_redis_that_loads_its_file_is_an_honest_503(stack):
    """Slowly, as one of many gigabytes does: 20 ms a key."""
    with stack.redis_client() as redis:
        redis("BGREWRITEAOF")
        wait_for("the AOF", lambda: redis.info("persistence")[
            "aof_rewrite_in_progress"] == "0" and redis.info("persistence")[
                "aof_rewrite_scheduled"] == "0")
    usual = stack.redis.argv
    stack.redis.argv = usual + ["--key-load-delay", "20000",
                                "--loading-process-events-interval-bytes",
                                "1024"]
    with Log(stack.worker) as log:
        stack.redis.stop()
        stack.redis.start()
        try:
            wait_for("Redis", lambda: is_loading(stack))
            asked(stack, 503)
            assert is_loading(stack), "it was loaded: this shows nothing"
            log.tells_once("Redis refuses: LOADING")
            with stack.redis_client() as redis:
                redis("CONFIG", "SET", "key-load-delay", "0")
        finally:
            stack.redis.argv = usual
        wait_for("the end of loading", lambda: not is_loading(stack))
        recovers(stack, "after LOADING")
        log.is_no_flood(6)


def is_loading(stack):
    with stack.redis_client() as redis:
        try:
            redis("GET", "last_id")
        except RedisError as error:
            return str(error).startswith("LOADING")
        return False


def none_of_it_is_in_the_log(stack):
    for word in (witness.NAME, witness.TEXT.split()[0], "after "):
        assert word not in stack.worker.said(), f"{word} is in the log"


if __name__ == "__main__":
    main(({"nginx": True, "errors": True}, [
        a_board_is_there,
        a_redis_that_refuses_is_an_honest_503,
        what_a_scripts_user_may_not_is_a_503_too,
        a_redis_without_room_for_clients_is_an_honest_503,
        a_script_without_end_is_an_honest_503,
        scripts_that_are_lost_are_sent_again,
        a_redis_that_loads_its_file_is_an_honest_503,
        none_of_it_is_in_the_log,
    ]))
