#!/usr/bin/env python3
"""A power cut, measured: how much of what was acknowledged is lost by Redis
with appendfsync always, and by one with everysec.

kill -9 can't tell: what Redis wrote is the kernel's by then. So Redis keeps its
data on an ext4 of its own, in a file, and that file system is shut down while
people post, as by a power cut: what was not on the disk is gone, the journal
is what it was. Then it is mounted again, Redis started again on what is left.
It is no test of make check: it needs root, a loop device, and half a minute.

    CUTS=10 python3 tests/faults/power.py
"""

import fcntl
import os
import random
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from stack import Stack, posted_id

CUTS = int(os.environ.get("CUTS", "10"))
WRITERS = 8
# Of linux/fs.h and ext4: EXT4_IOC_SHUTDOWN, and not to write the journal out.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2


def run(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


class Disk:
    """A file system that can lose its power."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder
        run("truncate", "-s", "256M", image)
        run("mkfs.ext4", "-q", "-F", image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", self.image, self.folder)

    def cut(self):
        at = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(at, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(at)

    def unmount(self):
        run("umount", self.folder)


class Writers:
    """(moment, id, text) of each post that was acknowledged."""

    def __init__(self, stack, label):
        self.stack, self.label = stack, label
        self.acknowledged = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(n,))
                        for n in range(WRITERS)]

    def _write(self, number):
        count = 0
        while not self.stop.is_set():
            count += 1
            text = f"{self.label} {number} {count}"
            answer = self.stack.post("writer", text, via_nginx=False)
            if answer.status == 303:
                self.acknowledged.append(
                    (time.monotonic(), posted_id(answer), text.encode()))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def lost_by_a_cut(stack, disk, label):
    """(acknowledged, lost, seconds before the cut that the first of them was
    acknowledged)."""
    with Writers(stack, label) as writers:
        time.sleep(random.uniform(2, 4))
        disk.cut()
        moment = time.monotonic()
        stack.redis.kill()
    disk.unmount()
    disk.mount()
    stack.start_redis()
    before = [post for post in writers.acknowledged if post[0] < moment]
    with stack.redis_client() as redis:
        there = redis.pipeline([("GET", f"news:post:{number}")
                                for _, number, _ in before])
    lost = [when for (when, _, text), found in zip(before, there)
            if found != text]
    return len(before), len(lost), moment - min(lost, default=moment)


def measure(policy):
    with Stack(errors=True, slots=8, redis=False) as stack:
        stack.redis.argv += ["--appendfsync", policy]
        disk = Disk(stack.path("disk"), stack.path("redis"))
        try:
            stack.start_redis()
            cuts = [lost_by_a_cut(stack, disk, f"cut {n}")
                    for n in range(CUTS)]
        finally:
            stack.redis.kill()
            disk.unmount()
    posts, lost, seconds = zip(*cuts)
    print(f"appendfsync {policy}: {CUTS} power cuts, {sum(posts)} posts "
          f"acknowledged, {sum(lost)} of them lost; by a cut {min(lost)} to "
          f"{max(lost)}, those of the last {max(seconds):.2f} s", flush=True)


if __name__ == "__main__":
    for each in ("everysec", "always"):
        measure(each)
