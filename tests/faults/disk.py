#!/usr/bin/env python3
"""A disk that is full, or that can only be read: under Redis, under the page
store, under the worker's socket. Needs root, for file systems of its own.
"""

import os
import re
import signal
import subprocess
import sys
import time

import witness
from claims import expect
from stack import (SKIPPED, WORKER, Stack, clean_environment, fill, main,
                   posted_id, wait_for)
from witness import LANGUAGES, Log, kept, read, recovers, write

ROOM = "2m"
POSTS = 20
# More than what is left in the last block of Redis's file.
LONG = "긴 글입니다. " * 400


class Disk:
    """A small file system in the memory, at a folder."""

    def __init__(self, folder, size=ROOM):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755",
                        "none", folder], check=True, capture_output=True)

    def fill(self):
        """To the last byte."""
        with open(os.path.join(self.folder, "ballast"), "wb", 0) as file:
            for size in (65536, 4096, 1):
                try:
                    while file.write(b"x" * size) > 0:
                        pass
                except OSError:
                    pass

    def clear(self):
        os.unlink(os.path.join(self.folder, "ballast"))

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.folder],
                       check=True, capture_output=True)

    def close(self):
        # Lazily: somebody may look into it.
        subprocess.run(["umount", "-l", self.folder], check=False,
                       capture_output=True)


class OnDisks(Stack):
    """Redis, the page store and the socket each on a disk of their own."""

    def __init__(self):
        super().__init__(nginx=True, errors=True, pages=True)
        self.disks = {}
        for name in ("redis", "pages", "run"):
            self.disks[name] = Disk(self.path(name))
        self.socket = self.path("run/madang.sock")
        os.symlink("run/madang.sock", self.path("madang.sock"))
        at = self.worker.argv.index("--listen") + 1
        self.worker.argv[at] = self.socket

    def __exit__(self, *error):
        for disk in self.disks.values():
            disk.remount("rw")
        # The folder is removed with what is in it: first not the disks.
        for part in (self.nginx, self.worker, self.redis):
            if part.running() and part.stop() and part is self.worker:
                self.faults.append("the worker did not end well")
        for disk in self.disks.values():
            disk.close()
        super().__exit__(*error)


def is_published(stack, path, language="en"):
    answer = read(stack, path, language)
    return answer.status == 200 and answer.header("Server-Timing") is None


def a_board_is_there(stack):
    with stack.redis_client() as redis:
        fill(redis, [(f"n{i}", f"text {i}") for i in range(POSTS)])
    wait_for("publishing", lambda: is_published(stack, "/posts/3"))


def a_full_page_store_is_told_and_pages_are_answered(stack):
    disk = stack.disks["pages"]
    with Log(stack.worker) as log:
        disk.fill()
        for number in range(5, 10):
            for language in LANGUAGES:
                for _ in range(3):
                    answer = read(stack, f"/posts/{number}", language)
                    expect(answer.status, 200)
                    assert f"text {number - 1}" in answer.text
                    assert answer.header("Server-Timing"), "half a page"
        log.tells_once("No space left on device", "publishing in ")
        # What was published is thrown away all the same.
        answer = write(stack, f"/posts/3/reply", text="beside the full disk")
        expect(answer.status, 303)
        assert "beside the full disk" in read(stack, "/posts/3").text
        disk.clear()
        wait_for("publishing", lambda: is_published(stack, "/posts/6"))
        log.tells_once("works again")
        log.is_no_flood(2)


def a_page_store_that_is_read_only_is_told_and_heals(stack):
    disk = stack.disks["pages"]
    wait_for("publishing", lambda: is_published(stack, "/posts/4"))
    with Log(stack.worker) as log:
        disk.remount("ro")
        try:
            for number in range(11, 15):
                for _ in range(3):
                    expect(read(stack, f"/posts/{number}").status, 200)
            answer = write(stack, "/posts/4/reply", text="a reply to 4")
            expect(answer.status, 303)
            log.tells_once("can't be removed", "Read-only file system",
                           "may see old pages")
            time.sleep(2.5)  # it is tried each second
        finally:
            disk.remount("rw")
        wait_for("the new page", lambda: "a reply to 4" in read(
            stack, "/posts/4").text)
        wait_for("publishing", lambda: is_published(stack, "/posts/12"))
        log.is_no_flood(4)


def a_socket_on_what_is_read_only_is_served_on(stack):
    disk = stack.disks["run"]
    disk.remount("ro")
    try:
        recovers(stack, "socket read-only")
        expect(stack.worker.stop(), 0, "the worker's exit status")
        with Log(stack.worker) as log:
            stack.worker.start()
            assert stack.worker.wait() != 0, "it can't listen"
            log.tells_once("can't listen on", "Read-only file system")
            log.is_no_flood(3)
        expect(read(stack, "/write").status, 503)
    finally:
        disk.remount("rw")
        if not stack.worker.running():
            stack.start_worker()
    recovers(stack, "socket writable")


def ids(stack):
    with stack.redis_client() as redis:
        return redis("LRANGE", "post_id", 0, -1)


def a_full_disk_ends_redis_and_loses_nothing(stack):
    """With appendfsync always Redis ends rather than acknowledge what is not
    on the disk; who starts it again is the system.
    """
    disk = stack.disks["redis"]
    last = posted_id(write(stack, text="the last before it is full"))
    with Log(stack.worker) as log:
        disk.fill()
        for language in LANGUAGES:
            answer = write(stack, language=language, text=LONG)
            kept(answer, language, text=LONG)
            stack.redis.wait()
            kept(write(stack, language=language), language, "without Redis")
            stack.start_redis()
            # Reading works till somebody writes again.
            expect(read(stack, f"/posts/{last}", language).status, 200)
            expect(int(ids(stack)[0]), last, "the newest post")
        log.is_no_flood(2 * 3 + 4)
        disk.clear()
        recovers(stack, "after the full disk")
        assert "the last before" in read(stack, f"/posts/{last}").text


def a_full_disk_under_a_lazier_redis_is_an_honest_503(stack):
    """With everysec it stays, and takes nothing till there is room."""
    disk = stack.disks["redis"]
    with stack.redis_client() as redis, Log(stack.worker) as log:
        redis("CONFIG", "SET", "appendfsync", "everysec")
        try:
            disk.fill()
            write(stack, text=LONG)
            wait_for("MISCONF", lambda: redis.info("persistence")[
                "aof_last_write_status"] == "err")
            for _ in range(3):
                for language in LANGUAGES:
                    kept(write(stack, language=language), language)
                    expect(read(stack, "/list", language).status, 200)
            log.tells_once("Redis refuses: MISCONF")
            disk.clear()
            wait_for("room", lambda: redis.info("persistence")[
                "aof_last_write_status"] == "ok")
            recovers(stack, "after MISCONF")
            log.is_no_flood(3)
        finally:
            redis("CONFIG", "SET", "appendfsync", "always")


def check_tells_of_disks_without_room(stack):
    done = subprocess.run([WORKER, "check", "--listen", stack.socket],
                          env=clean_environment(**stack.settings),
                          timeout=60, capture_output=True, text=True)
    for line in (rf"WRONG  disk: \d+ MiB are free in {stack.path('redis')},",
                 r"advice page store: it may take 512 MiB .* \d+ are free"):
        assert re.search("^" + line, done.stdout, re.M), done.stdout


def can_mount():
    probe = os.path.join(os.environ.get("TMPDIR", "/tmp"),
                         f"madang-mount-{os.getpid()}")
    try:
        Disk(probe).close()
    except (OSError, subprocess.CalledProcessError) as why:
        print(f"# no file system can be made: {why}")
        return False
    finally:
        os.rmdir(probe)
    return True


if __name__ == "__main__":
    if not can_mount():
        sys.exit(SKIPPED)
    main((OnDisks, [
        a_board_is_there,
        check_tells_of_disks_without_room,
        a_full_page_store_is_told_and_pages_are_answered,
        a_page_store_that_is_read_only_is_told_and_heals,
        a_socket_on_what_is_read_only_is_served_on,
        a_full_disk_ends_redis_and_loses_nothing,
        a_full_disk_under_a_lazier_redis_is_an_honest_503,
    ]))
