#!/usr/bin/env python3
"""Peers on the worker's socket that send garbage, go away, or don't read: no
one else may notice.
"""

import struct
import time

import fastcgi
from claims import expect, rows
from stack import fill, main, wait_for


def begin(role=1, keep=0):
    return fastcgi.record(fastcgi.BEGIN, struct.pack(">HB5x", role, keep))


def params(target="/all"):
    return fastcgi.stream(fastcgi.PARAMS, fastcgi.pairs(
        fastcgi.environment("GET", target)))


GARBAGE = [
    ("an HTTP request", b"GET /all HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("zeros", bytes(1000)),
    ("another version", b"\x02" + begin()[1:]),
    ("half a record", begin()[:5]),
    ("a beginning and no more", begin()),
    ("half the parameters", begin() + params()[:40]),
    ("a record that is longer than it says", begin() +
     fastcgi.record(fastcgi.PARAMS, params())[:50]),
    ("a role that we do not play", begin(role=2) + params() +
     fastcgi.record(fastcgi.PARAMS)),
    ("an abort", begin() + fastcgi.record(fastcgi.ABORT)),
    ("an unknown record", fastcgi.record(99, b"abc")),
    ("no method", begin() + fastcgi.record(fastcgi.PARAMS) +
     fastcgi.record(fastcgi.STDIN)),
    ("a whole request and no patience", begin() + params() +
     fastcgi.record(fastcgi.PARAMS) + fastcgi.record(fastcgi.STDIN)),
    ("two requests on one connection", 2 * (begin(keep=1) + params() +
     fastcgi.record(fastcgi.PARAMS) + fastcgi.record(fastcgi.STDIN))),
]


@rows(GARBAGE)
def a_peer_that_sends_garbage_and_goes_hurts_nobody(stack, data):
    for _ in range(10):
        with fastcgi.connect(stack.socket) as peer:
            try:
                peer.sendall(data)
            except OSError:
                pass  # refused already
    answer = stack.ask("GET", "/all")
    expect(answer.status, 200)
    assert answer.seconds < 1, f"the next waited {answer.seconds:.2f} s"


def a_peer_that_does_not_read_holds_one_slot_at_most(stack):
    with stack.redis_client() as redis:
        fill(redis, [("long", "가" * 10000) for _ in range(20)])
    whole = (begin() + params() + fastcgi.record(fastcgi.PARAMS) +
             fastcgi.record(fastcgi.STDIN))
    peers = []
    try:
        for _ in range(2):
            peers.append(fastcgi.connect(stack.socket))
            peers[-1].sendall(whole)
        time.sleep(0.2)
        answer = stack.ask("GET", "/latest")
        expect(answer.status, 200)
        assert answer.seconds < 1, f"{answer.seconds:.2f} s"
    finally:
        for peer in peers:
            peer.close()


def too_few_files_are_survived(stack):
    expect(stack.worker.stop(), 0)
    stack.worker.files = 40
    try:
        stack.start_worker()
        peers = [fastcgi.connect(stack.socket) for _ in range(100)]
        time.sleep(0.5)
        assert stack.worker.running(), "it died of EMFILE"
        for peer in peers:
            peer.close()
        wait_for("an answer", lambda: stack.ask(
            "GET", "/all").status == 200, 5)
        expect(stack.worker.stop(), 0, "exit status")
    finally:
        stack.worker.files = None
        if not stack.worker.running():
            stack.start_worker()


if __name__ == "__main__":
    main(({"errors": True}, [
        a_peer_that_sends_garbage_and_goes_hurts_nobody,
        a_peer_that_does_not_read_holds_one_slot_at_most,
        too_few_files_are_survived,
    ]))
