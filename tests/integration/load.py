#!/usr/bin/env python3
"""Many at once, and many who do nothing: nobody hangs, and a normal reader
is answered within a second. LOAD_IDLE (1000) connections to nginx.
"""

import os
import selectors
import socket
import threading
import time

import fastcgi
from claims import expect
from stack import fill, main, many_files

IDLE = int(os.environ.get("LOAD_IDLE", "1000"))
AT_ONCE = 200
READS = 300
P99_SECONDS = 1.0
UNFINISHED = (b"GET /all HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                b"application/x-www-form-urlencoded\r\n"
                b"Content-Length: 5000\r\n\r\nfull_name=slow&data=")


def read_board(stack, reads=READS):
    """Seconds of each of many GETs of /all, sorted."""
    seconds = []
    for _ in range(reads):
        answer = stack.http("GET", "/all", timeout=20)
        expect(answer.status, 200, "GET /all")
        seconds.append(answer.seconds)
    return sorted(seconds)


def quick(seconds, while_what):
    p50 = seconds[len(seconds) // 2]
    p99 = seconds[len(seconds) * 99 // 100]
    print(f"# GET /all {while_what}: p50 {p50 * 1000:.1f} ms, "
          f"p99 {p99 * 1000:.1f} ms, slowest {seconds[-1] * 1000:.1f} ms",
          flush=True)
    assert p99 < P99_SECONDS, f"p99 is {p99:.2f} s"


def a_reader_of_a_quiet_board_is_answered_at_once(stack):
    with stack.redis_client() as redis:
        fill(redis, [(f"name {i}", f"text {i}") for i in range(500)])
    quick(read_board(stack), "alone")


def requests_at_once_to_the_worker_are_all_answered(stack):
    began = time.monotonic()
    params = fastcgi.environment("GET", "/all")
    requests = [fastcgi.Request(stack.socket, params, 20)
                for _ in range(AT_ONCE)]
    for request in requests:
        request.end()
    statuses = [request.answer().status for request in requests]
    seconds = time.monotonic() - began
    print(f"# {AT_ONCE} at once: {seconds * 1000:.0f} ms for all",
          flush=True)
    expect(statuses, [200] * AT_ONCE)
    assert seconds < 10, f"all took {seconds:.1f} s"


def idle_connections_to_the_worker_keep_nobody_waiting(stack):
    """A connection that says nothing must not hold a slot."""
    idle = [fastcgi.connect(stack.socket) for _ in range(AT_ONCE)]
    try:
        quick(read_board(stack, 100), f"beside {AT_ONCE} idle peers")
        answer = stack.post("reader", "beside idle peers", timeout=20)
        expect(answer.status, 303, "POST")
    finally:
        for connection in idle:
            connection.close()


class Idlers:
    """Connections to nginx: silent, in the middle of a header, in the
    middle of a body; a thread sends a byte on some of them now and then.
    """

    def __init__(self, port, count):
        self.count, self.open = count, []
        self._stop = threading.Event()
        for i in range(count):
            peer = socket.create_connection(("127.0.0.1", port), 20)
            if i % 3:
                peer.sendall(UNFINISHED[i % 3 - 1])
            self.open.append(peer)
        self._thread = threading.Thread(target=self._drip)

    def __enter__(self):
        self._thread.start()
        return self

    def _drip(self):
        slow = [p for i, p in enumerate(self.open) if i % 3][:200]
        while not self._stop.wait(0.5):
            for peer in slow:
                try:
                    peer.send(b"a")
                except OSError:
                    pass  # nginx gave up on it, as it should

    def alive(self):
        """How many nginx still keeps."""
        with selectors.DefaultSelector() as selector:
            for peer in self.open:
                selector.register(peer, selectors.EVENT_READ)
            return self.count - len(selector.select(0))

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        for peer in self.open:
            peer.close()


def idle_and_slow_visitors_keep_nobody_waiting(stack):
    with Idlers(stack.port, IDLE) as idlers:
        seconds = read_board(stack)
        alive = idlers.alive()
        answer = stack.post("reader", "beside idle visitors", timeout=20)
    print(f"# {alive} of {IDLE} slow visitors still connected", flush=True)
    quick(seconds, f"beside {IDLE} slow visitors")
    expect(answer.status, 303, "POST")
    assert alive >= IDLE * 9 // 10, "they were not kept: nothing is shown"


def crowds_of_readers_are_all_answered(stack):
    """32 readers without a pause, as wrk -c32 would."""
    seconds, faults = [], []

    def reader():
        try:
            seconds.extend(read_board(stack, 30))
        except Exception as fault:
            faults.append(repr(fault))
    threads = [threading.Thread(target=reader) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(faults[:3], [])
    quick(sorted(seconds), "by 32 readers at once")


if __name__ == "__main__":
    assert many_files(IDLE + 4096), "RLIMIT_NOFILE is too low"
    main(({"nginx": True}, [
        a_reader_of_a_quiet_board_is_answered_at_once,
        requests_at_once_to_the_worker_are_all_answered,
        idle_connections_to_the_worker_keep_nobody_waiting,
        idle_and_slow_visitors_keep_nobody_waiting,
        crowds_of_readers_are_all_answered,
    ]))
