"""Requests a second of /all, against two limits that stand still.

All in one run and in turn: nginx sending the page's bytes as a file, a small
libfcgi program (memory.c) sending them from memory, and Madang rendering them
from Redis. Needs wrk. Run as

    TOP_SRCDIR=. TOP_BUILDDIR=build python3 tests/bench/all.py

after `make` and `make tests/bench/memory` in build. ROUNDS (5) and SECONDS
(3) can be set in the environment. It prints medians and their ratios.
"""
import os
import re
import signal
import socket
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))
import stack  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "3"))
CLIENTS = 32
SLOTS = 8
POSTS = 100
TEXT = "마당은 집 안의 빈 땅이다. 사람들이 모이고 이야기가 오간다. " * 5


def start_memory(board, answer):
    """memory.c on a socket of its own, started as spawn-fcgi would."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(board.path("memory.sock"))
    os.chmod(board.path("memory.sock"), 0o666)
    listening.listen(4096)
    with open(board.path("answer"), "wb") as out:
        out.write(answer)
    process = subprocess.Popen(
        [os.path.join(stack.BUILD, "tests", "bench", "memory"),
         board.path("answer")], stdin=listening)
    listening.close()
    return process


def add_locations(board, page):
    """The example's nginx, with two more places for the limits."""
    folder = board.path("file")
    os.mkdir(folder)
    with open(os.path.join(folder, "file"), "wb") as out:
        out.write(page)
    places = f"""
        location = /file {{
            root {folder};
            default_type "text/html; charset=utf-8";
        }}
        location = /memory {{
            fastcgi_pass unix:{board.path("memory.sock")};
            fastcgi_buffers 32 16k;
            fastcgi_param REQUEST_METHOD $request_method;
        }}
        location / {{"""
    with open(board.path("nginx.conf"), encoding="utf-8") as file:
        text = file.read()
    with open(board.path("nginx.conf"), "w", encoding="utf-8") as file:
        file.write(text.replace("location / {", places, 1))
    board.nginx.send(signal.SIGHUP)
    stack.wait_for("nginx's reload",
                   lambda: board.http("GET", "/file").status == 200)


def measure(board, path):
    out = subprocess.run(
        ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}",
         f"http://127.0.0.1:{board.port}{path}"],
        check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"{path}: {out}")
    return float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1))


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s*(\d+)", status.read()).group(1))


def report(board):
    paths = ["/file", "/memory", "/all"]
    rates = {path: [] for path in paths}
    for number in range(ROUNDS + 1):
        for path in paths:
            print(f"\rround {number} of {ROUNDS} {path:8}", end="",
                  file=sys.stderr, flush=True)
            rate = measure(board, path)
            if number > 0:  # the first one warms up
                rates[path].append(rate)
    print(file=sys.stderr)
    medians = {path: statistics.median(rates[path]) for path in paths}
    print(f"wrk -t1 -c{CLIENTS} -d{SECONDS}s, {ROUNDS} rounds in turn, "
          "medians")
    for path in paths:
        print(f"{path:8} {medians[path]:8.0f} requests/s"
              f"  {medians[path] / medians['/file']:5.2f} of the file"
              f"  {medians[path] / medians['/memory']:5.2f} of memory")
    print("resident memory of the worker afterwards: "
          f"{resident_kib(board.worker.process.pid)} KiB")


def main():
    with stack.Stack(nginx=True, slots=SLOTS) as board:
        with board.redis_client() as redis:
            stack.fill(redis, [(f"홍길동 {i}", f"{i}: {TEXT}")
                               for i in range(POSTS)])
        page = board.http("GET", "/all").body
        memory = start_memory(
            board, b"Content-Type: text/html; charset=utf-8\r\n\r\n" + page)
        try:
            add_locations(board, page)
            print(f"the page: {len(page)} bytes")
            report(board)
        finally:
            memory.kill()


if __name__ == "__main__":
    main()
