"""What puts load on a board, and what reads off how it does: turns, pace, wrk,
redis-benchmark; a single request's first byte; memory.
"""

import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import time
from urllib.parse import urlencode, urlsplit

from boards import BUILD

PROGRAMS = os.path.join(BUILD, "tests", "bench")
HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = 32
SLICE_MS = 50
PACE_CONNECTIONS = 64
NAME = "홍길동"
# 300 bytes with the number behind it.
TEXT = ("마당은 집 안의 빈 땅이다. 사람들이 모이고 이야기가 오간다. " * 4)[:120]


def turns(urls, seconds, encoding):
    """Requests a second of each, asked for in turn in short slices, each for
    so many seconds in all.
    """
    command = [os.path.join(PROGRAMS, "turns"), str(SLICE_MS),
               str(seconds * 1000 // SLICE_MS), str(CLIENTS), encoding]
    for url in urls:
        parts = urlsplit(url)
        command += [str(parts.port), parts.path]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                         text=True).stdout
    return [float(line) for line in out.split()]


def wrk(url, seconds, script, words, errors=False):
    """Requests a second, and how many there were. Answers that say that
    something went wrong end the run, unless errors are welcome.
    """
    out = subprocess.run(
        ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}", "-s",
         os.path.join(HERE, script), url, "--", *words], check=True,
        capture_output=True, text=True).stdout
    if ("Non-2xx" in out and not errors) or "Socket errors" in out:
        sys.exit(f"{url}: {out}")
    return (float(re.search(r"Requests/sec:\s*([\d.]+)", out)[1]),
            int(re.search(r"(\d+) requests in", out)[1]))


def pace(url, rate, seconds):
    """Microseconds of a request that was due: p50, p99, p99.9; requests,
    errors.
    """
    parts = urlsplit(url)
    out = subprocess.run(
        [os.path.join(PROGRAMS, "pace"), str(parts.port), parts.path,
         str(rate), str(seconds), str(PACE_CONNECTIONS)], check=True,
        capture_output=True, text=True).stdout
    names = ("p50", "p99", "p999", "requests", "errors")
    return dict(zip(names, map(int, out.split())))


def first_byte(url, times):
    """Microseconds from a request to the first byte of its answer, each on a
    connection of its own; the median.
    """
    parts = urlsplit(url)
    request = (f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
               "Connection: close\r\n\r\n").encode()
    taken = []
    for _ in range(times):
        with socket.create_connection(("127.0.0.1", parts.port)) as client:
            began = time.perf_counter()
            client.sendall(request)
            client.recv(1)
            taken.append((time.perf_counter() - began) * 1e6)
            while client.recv(65536):
                pass
    return statistics.median(taken)


def posting(stack, board, seconds):
    """Posts a second that came to be on a board, through a stack's nginx."""
    form = urlencode({"full_name": NAME, "data": TEXT})
    with board.redis_client() as redis:
        before = redis("LLEN", "post_id")
        rate, requests = wrk(f"http://127.0.0.1:{stack.port}/", seconds,
                             "write.lua", (form, secrets.token_hex(4)))
        written = redis("LLEN", "post_id") - before
    # What was in hand when wrk stopped may have come to be, uncounted.
    return rate * min(1, written / requests)


def script_words(seen):
    """redis-benchmark's words for the call of post.lua that was seen: the
    same, with another text each time. Its random numbers are the same in
    every run, and a post that is there already is not written.
    """
    assert seen[0] == b"EVALSHA", seen
    # No argument of a program has a NUL, as random bytes may.
    words = [word if all(32 <= byte < 127 for byte in word) else
             secrets.token_hex(len(word) // 2) for word in seen]
    words[7] = NAME
    words[8] = f"{TEXT} {secrets.token_hex(4)} __rand_int__"
    return words


def scripting(board, words, clients, number):
    """The same from redis-benchmark, and nothing else between."""
    with board.redis_client() as redis:
        before = redis("LLEN", "post_id")
        out = subprocess.run(
            ["redis-benchmark", "-s", board.redis_socket, "-c", str(clients),
             "-n", str(number), "-r", "100000000000", "-q", *words],
            check=True, capture_output=True).stdout.decode(errors="replace")
        written = redis("LLEN", "post_id") - before
    rate = float(re.findall(r"([\d.]+) requests per second", out)[-1])
    return rate * min(1, written / number)


def status(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(field + r":\s*(\d+)", file.read())[1])


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def resident(stack):
    """VmRSS of each process, KiB; nginx's of its worker processes."""
    nginx = stack.nginx.process.pid
    sizes = {"worker": status(stack.worker.process.pid, "VmRSS"),
             "nginx": sum(status(child, "VmRSS")
                          for child in children(nginx))}
    if stack.redis.running():
        sizes["redis"] = status(stack.redis.process.pid, "VmRSS")
    return sizes
