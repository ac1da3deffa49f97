"""A million requests of all kinds against a worker with 8 slots: how much
memory it has, and whether that stays so. Run by `make bench-memory`.

Environment: REQUESTS (1000000), POSTS (10000) of the board.
"""

import math
import os
import sys

import drive
from boards import fill, freshen
from report import RESIDENT_BYTES
from stack import Stack

REQUESTS = int(os.environ.get("REQUESTS", "1000000"))
POSTS = int(os.environ.get("POSTS", "10000"))
SLOTS = 8
STEP = REQUESTS // 10
# Between half of the requests and all: before that not every slot has met the
# largest page, for which its memory is made.
GROWTH_KIB = 256


def ask_some(board, paths, seconds):
    # A page that is not there is an answer, too: wrk calls it an error.
    rate, requests = drive.wrk(f"http://127.0.0.1:{board.port}/", seconds,
                               "mixed.lua", paths, errors=True)
    return requests, rate


def main():
    with Stack(nginx=True, slots=SLOTS) as board:
        fill(board, POSTS)
        pages = freshen(board)
        paths = [*pages.values(), "/nothing/is/here", "/all"]
        worker = board.worker.process.pid
        print(f"{0:>10,} requests {drive.status(worker, 'VmRSS'):>8,} KiB",
              flush=True)
        done, seconds, sizes = 0, 5, []
        while done < REQUESTS:
            asked = 0
            while asked < STEP:
                requests, rate = ask_some(board, paths, seconds)
                asked += requests
                seconds = max(1, math.ceil((STEP - asked) / rate))
            seconds = max(1, math.ceil(STEP / rate))
            done += asked
            sizes.append(drive.status(worker, "VmRSS"))
            print(f"{done:>10,} requests {sizes[-1]:>8,} KiB", flush=True)
        peak = drive.status(worker, "VmHWM")
    growth = sizes[-1] - sizes[len(sizes) // 2 - 1]
    print(f"{growth:+,} KiB from half of them to all, at most "
          f"{GROWTH_KIB}: {'holds' if growth <= GROWTH_KIB else 'MISSED'}")
    print(f"{max(sizes):,} KiB (peak {peak:,}), under "
          f"{RESIDENT_BYTES / 1e6:g} MB: "
          f"{'holds' if max(sizes) * 1024 < RESIDENT_BYTES else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
