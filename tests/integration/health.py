#!/usr/bin/env python3
"""/healthz: whether the board can be read and written, what is wrong under each
fault and who is told; and that asking writes nothing.
"""

import os
import re
import shutil
import signal
import time

from claims import expect, rows
from exposition import HERE, WATCHED, figures, grown
from resp import Redis
from stack import free_port, main, posted_id, wait_for


def live(stack):
    answer = stack.ask("GET", "/healthz/live")
    expect((answer.status, answer.text), (200, "ok\n"), "alive")


def unwell(stack, *words):
    """503, a sentence to whom it may be told, and two words to others."""
    told = stack.ask("GET", "/healthz", **HERE)
    expect(told.status, 503)
    expect(told.header("Retry-After"), "5")
    lines = told.text.splitlines()
    expect(lines[0], "not ready")
    for word in words:
        assert word in told.text, told.text
    assert all(re.fullmatch(r"[A-Z].*\.", line) for line in lines[1:]), lines
    others = stack.ask("GET", "/healthz")
    expect((others.status, others.text), (503, "not ready\n"))
    found = re.search(r'desc="(\d+) round trips"',
                      told.header("Server-Timing"))
    assert int(found[1]) <= 2, told.headers
    live(stack)


def well(stack):
    wait_for("health", lambda: stack.ask("GET", "/healthz").status == 200)
    for how in ({}, HERE):
        answer = stack.ask("GET", "/healthz", **how)
        expect((answer.status, answer.text), (200, "ok\n"))
    live(stack)


def health_writes_nothing(stack):
    def changes(redis):
        return redis.info("persistence")["rdb_changes_since_last_save"]
    with stack.redis_client() as redis:
        before = redis("DBSIZE"), changes(redis), redis(
            "EXISTS", "madang:schema")
        for _ in range(20):
            well(stack)
        expect((redis("DBSIZE"), changes(redis), redis(
            "EXISTS", "madang:schema")), before)
    posted_id(stack.post("kim", "with a schema", via_nginx=False))
    with stack.redis_client() as redis:
        before = redis("GET", "madang:schema")
        changed = changes(redis)
        well(stack)
        expect(redis("GET", "madang:schema"), before)
        expect(changes(redis), changed)


def a_redis_that_is_gone(stack):
    stack.redis.stop()
    unwell(stack, "does not answer")
    expect(figures(stack)("madang_redis_up"), 0)
    stack.start_redis()
    well(stack)
    expect(figures(stack)("madang_redis_up"), 1)


def a_redis_that_hangs(stack):
    stack.redis.send(signal.SIGSTOP)
    try:
        unwell(stack, "does not answer")
        before = figures(stack)
        stack.ask("GET", "/list")
        found = grown(before, figures(stack))
        expect(found["madang_redis_failures_total",], 1)
        expect(found["madang_errors_total", "unavailable"], 1)
    finally:
        stack.redis.send(signal.SIGCONT)
    well(stack)


def refused(stack, word, *words):
    before = figures(stack)
    expect(stack.post("a", "b", via_nginx=False).status, 503)
    unwell(stack, *words)
    found = grown(before, figures(stack))
    expect(found["madang_redis_refusals_total", word], 3, found)
    expect(stack.ask("GET", "/list").status, 200, "it can be read")


@rows([
    ("replicas that are missing", "NOREPLICAS", "lacks replicas",
     {"min-replicas-to-write": "1"}),
    ("a memory that is full", "OOM", "is full", {"maxmemory": "1"}),
])
def a_setting(stack, word, sentence, settings):
    well(stack)
    with stack.redis_client() as redis:
        for name, value in settings.items():
            redis("CONFIG", "SET", name, value)
        try:
            refused(stack, word, sentence, "nothing can be written")
        finally:
            for name in settings:
                redis("CONFIG", "SET", name, "0")
    well(stack)


def a_replica_that_is_read_only(stack):
    with stack.redis_client() as redis:
        redis("CONFIG", "SET", "replica-serve-stale-data", "yes")
        redis("REPLICAOF", "127.0.0.1", free_port())
        try:
            refused(stack, "READONLY", "read only")
        finally:
            redis("REPLICAOF", "NO", "ONE")
    well(stack)


def a_disk_that_takes_no_snapshot(stack):
    """As a full disk does, but it is a folder that stands in its way."""
    dump = stack.path("redis/dump.rdb")
    with stack.redis_client() as redis:
        redis("CONFIG", "SET", "save", "3600 1000000")
        if os.path.exists(dump):
            os.unlink(dump)
        os.makedirs(dump + "/full")
        try:
            redis("BGSAVE")
            wait_for("a failure", lambda: redis.info("persistence")[
                "rdb_last_bgsave_status"] == "err")
            refused(stack, "MISCONF", "can't write to its disk")
        finally:
            shutil.rmtree(dump)
            redis("CONFIG", "SET", "save", "")
    well(stack)


def keys_of_a_newer_madang(stack):
    with stack.redis_client() as redis:
        kept = redis("GET", "madang:schema")
        for value in ("9999", "nonsense"):
            redis("SET", "madang:schema", value)
            unwell(stack, "does not know")
        redis("DEL", "madang:schema")
        redis("LPUSH", "madang:schema", "a list")
        unwell(stack, "does not know")
        redis("DEL", "madang:schema")
        if kept:
            redis("SET", "madang:schema", kept)
    well(stack)


def a_script_that_does_not_end(stack):
    with stack.redis_client() as redis:
        redis("CONFIG", "SET", "lua-time-limit", "10")
    busy = Redis(stack.redis_socket, 30)
    busy.send("EVAL", "while true do end", "0")
    try:
        time.sleep(0.2)
        unwell(stack, "busy with a script")
    finally:
        with stack.redis_client() as redis:
            redis("SCRIPT", "KILL")
        busy.close()
    well(stack)


def a_user_who_may_not_ask_is_no_fault(stack):
    """Whether writes are taken is not known then: they may be, by scripts."""
    with stack.redis_client() as redis:
        redis("ACL", "SETUSER", "default", "-setrange")
        try:
            well(stack)
        finally:
            redis("ACL", "SETUSER", "default", "+setrange")


if __name__ == "__main__":
    main(
        ({**WATCHED, "errors": True}, [
            health_writes_nothing,
            a_redis_that_is_gone,
            a_redis_that_hangs,
            a_setting,
            a_replica_that_is_read_only,
            a_disk_that_takes_no_snapshot,
            keys_of_a_newer_madang,
            a_script_that_does_not_end,
            a_user_who_may_not_ask_is_no_fault,
        ]),
    )
