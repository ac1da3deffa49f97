#!/usr/bin/env python3
"""A machine that is short of something: of file descriptors, of memory, of a
worker that runs. The visitor is told so in time and in his language, the log
has a line, and it is over when there is enough again, without a restart.
"""

import os
import resource
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import witness
from claims import expect
from stack import SANITIZERS, fill, main, wait_for
from witness import LANGUAGES, Log, read, recovers, write

AWAY = {"en": "Back in a moment", "ko": "잠시 쉬는 중입니다"}


def a_board_is_there(stack):
    with stack.redis_client() as redis:
        fill(redis, [(f"n{i}", f"text {i}") for i in range(50)])
    recovers(stack, "before")


def away(stack, method, language):
    """nginx's own page, since the worker does not answer."""
    answer = stack.http(method, "/write", b"data=x" if method == "POST"
                        else None, {"Accept-Language": language}, 30)
    expect(answer.status, 503, method)
    witness.in_time(answer, method)
    expect(answer.page.language, language)
    assert AWAY[language] in answer.text, answer.text
    assert int(answer.header("Retry-After")) > 0
    expect(answer.header("Cache-Control"), "no-store")


def limit(stack, which, soft):
    """Of the running worker; gives what it was."""
    pid = stack.worker.process.pid
    old = resource.prlimit(pid, which)
    resource.prlimit(pid, which, (soft, old[1]))
    return old


def next_file(stack):
    """The number of the next file that the worker opens: the lowest free."""
    taken = {int(name) for name in
             os.listdir(f"/proc/{stack.worker.process.pid}/fd")}
    return min(set(range(len(taken) + 1)) - taken)


def quiet_next_file(stack):
    """When the connections of before are closed."""
    before, since = next_file(stack), time.monotonic()
    while time.monotonic() - since < 0.3:
        time.sleep(0.02)
        if next_file(stack) != before:
            before, since = next_file(stack), time.monotonic()
    return before


def without_file_descriptors_visitors_are_told(stack):
    with Log(stack.worker) as log:
        old = limit(stack, resource.RLIMIT_NOFILE, quiet_next_file(stack))
        try:
            for language in LANGUAGES:
                away(stack, "GET", language)
            log.tells_once("can't accept for now", "Too many open files")
        finally:
            resource.prlimit(stack.worker.process.pid,
                             resource.RLIMIT_NOFILE, old)
        recovers(stack, "after EMFILE", seconds=witness.PATIENT_SECONDS)
        log.is_no_flood(4)


def with_none_left_for_redis_it_is_an_honest_503(stack):
    """The visitor's connection takes the last one."""
    stack.redis.stop()
    expect(read(stack, "/list").status, 503)
    stack.start_redis()
    with Log(stack.worker) as log:
        old = limit(stack, resource.RLIMIT_NOFILE, quiet_next_file(stack) + 1)
        try:
            for language in LANGUAGES:
                witness.kept(write(stack, language=language), language)
                expect(read(stack, "/list", language).status, 503)
        finally:
            resource.prlimit(stack.worker.process.pid,
                             resource.RLIMIT_NOFILE, old)
        recovers(stack, "after too few")
        log.is_no_flood(4)


def worker_bytes(stack):
    with open(f"/proc/{stack.worker.process.pid}/statm",
              encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def without_memory_it_is_an_honest_503(stack):
    """A password takes more than what is left, and so do large pages."""
    with stack.redis_client() as redis:
        for number in range(901, 921):
            redis("MSET", f"news:name:{number}", "n", f"news:post:{number}",
                  "<" * 9000)
            redis("LPUSH", "post_id", number)
        redis("SET", "last_id", 920)
    with Log(stack.worker) as log:
        old = limit(stack, resource.RLIMIT_AS, worker_bytes(stack))
        try:
            for _ in range(5):
                for language in LANGUAGES:
                    witness.kept(write(stack, language=language,
                                       password="open sesame"), language)
                for path in ("/all", "/list", "/posts/920"):
                    answer = stack.http("GET", path)
                    assert answer.status in (200, 503), answer
                    witness.in_time(answer, path)
            log.tells_once("Argon2 fails", "Cannot allocate memory")
        finally:
            resource.prlimit(stack.worker.process.pid,
                             resource.RLIMIT_AS, old)
        expect(write(stack, text="after ENOMEM",
                     password="open sesame").status, 303)
        expect(read(stack, "/all").status, 200)
        log.is_no_flood(4)


def a_worker_that_stands_still_is_nginxs_503(stack):
    stack.worker.send(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor() as pool:
            asked = [pool.submit(away, stack, method, language)
                     for method in ("GET", "POST") for language in LANGUAGES]
            for one in asked:
                one.result()
    finally:
        stack.worker.send(signal.SIGCONT)
    recovers(stack, "after SIGSTOP", seconds=witness.PATIENT_SECONDS)


def an_nginx_that_was_killed_comes_back(stack):
    """With its workers: they would serve on without their master."""
    master = stack.nginx.process.pid
    with open(f"/proc/{master}/task/{master}/children",
              encoding="ascii") as file:
        workers = [int(word) for word in file.read().split()]
    stack.nginx.kill()
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    answer = stack.ask("GET", "/list")
    expect(answer.status, 200, "the worker itself")

    def start():
        stack.nginx.start()
        time.sleep(0.2)
        return stack.nginx.running() and stack.http("GET", "/healthz")
    wait_for("nginx", start)
    recovers(stack, "after nginx")


if __name__ == "__main__":
    tests = [a_board_is_there, without_file_descriptors_visitors_are_told,
             with_none_left_for_redis_it_is_an_honest_503,
             a_worker_that_stands_still_is_nginxs_503,
             an_nginx_that_was_killed_comes_back]
    # Sanitizers end a program whose memory is limited.
    if not SANITIZERS:
        tests.append(without_memory_it_is_an_honest_503)
    main(({"nginx": True, "errors": True, "patient": False}, tests))
