#!/usr/bin/env python3
"""Any page costs the same at a thousand posts and at a million, the last page
as the first: the worker's own time for each kind of page on two boards, in
turn, in one run; medians, and their ratio.

    TOP_SRCDIR=.. TOP_BUILDDIR=. python3 tests/bench/depth.py [POSTS]

Redis needs some 1.5 GB of memory for a million.
"""

import re
import statistics
import sys

from boards import fill
from stack import Stack

SMALL, ALLOWED = 1000, 1.3
# Each page is asked for so often, in so many sweeps over all pages: where the
# kernel puts two workers and two Redis for a second or so, a sweep is slow.
TIMES, SWEEPS = 25, 20
TIMING = re.compile(r'total;dur=([\d.]+).*desc="(\d+) round trips"')


def filled(stack, posts):
    made = fill(stack, posts)
    last = made["with_replies"]
    with stack.redis_client(60) as redis:
        ids = [int(i) for i in redis("LRANGE", "post_id", 0, -1)]
        sample = range(1, last, max(1, last // 5000))
        lengths = redis.pipeline(
            [("STRLEN", f"news:post:{i}") for i in sample])
    print(f"# {posts:,} posts and {last - posts:,} replies in "
          f"{made['seconds']:.0f} s: {made['bytes']:,} bytes in Redis, "
          f"{made['bytes'] / posts:.0f} a post with its replies, "
          f"{made['bytes'] / last:.0f} a post or reply, of "
          f"{statistics.mean(lengths):.0f} bytes of text", flush=True)
    return ids


def with_replies(stack, ids, wanted):
    """The addresses of 30 posts of about so many replies among those ids."""
    with stack.redis_client() as redis:
        lengths = redis.pipeline(
            [("LLEN", f"news:replies:{i}") for i in ids])
    near = sorted(zip(ids, lengths), key=lambda p: abs(p[1] - wanted))
    return [f"/posts/{number}" for number, _ in near[:30]]


def addresses(stack, ids):
    pages = (len(ids) + 19) // 20
    with stack.redis_client() as redis:
        listed = redis("LLEN", "news:category:1")
    new, old = ids[:1000], ids[-1000:]
    return {
        "/list, first page": "/list",
        "/list, last page": f"/list/page/{pages}",
        "/list.json, first page": "/list.json",
        "/list.json, last page": f"/list/page/{pages}.json",
        "/list.atom": "/list.atom",
        "/all, first page": "/all",
        "/all, last page": f"/all/page/{pages}",
        "/latest": "/latest",
        "a category, first page": "/category/1",
        "a category, last page":
            f"/category/1/page/{listed // 20}",  # it is full
        "a new post with 3 replies": with_replies(stack, new, 3),
        "an old post with 3 replies": with_replies(stack, old, 3),
        "a post in the middle without replies":
            with_replies(stack, ids[len(ids) // 2:][:500], 0),
        "/write": "/write",
    }


def ask(stack, target):
    answer = stack.ask("GET", target)
    assert answer.status == 200, (target, answer.status)
    total, trips = TIMING.search(answer.header("Server-Timing")).groups()
    return float(total), int(trips)


def main(many):
    worst, most = 0, 0
    with Stack(slots=2) as small, Stack(slots=2) as large:
        boards = [(stack, addresses(stack, filled(stack, posts)))
                  for stack, posts in ((small, SMALL), (large, many))]
        print(f"{'':40} {SMALL:>10,} {many:>10,}  ratio  trips")
        times = {name: ([], []) for name in boards[0][1]}
        trips = {name: 0 for name in times}
        for turn in range(SWEEPS * TIMES * len(times)):
            sweep, at = divmod(turn, TIMES * len(times))
            name = list(times)[at // TIMES]
            for i, (stack, targets) in enumerate(boards):
                target = targets[name]
                if isinstance(target, list):
                    target = target[(sweep + at) % len(target)]
                total, made = ask(stack, target)
                times[name][i].append(total)
                trips[name] = max(trips[name], made)
        for name, both in times.items():
            a, b = (statistics.median(t) for t in both)
            ratio = max(a, b) / min(a, b)
            worst, most = max(worst, ratio), max(most, trips[name])
            print(f"{name:40} {a:7.3f} ms {b:7.3f} ms  {ratio:5.2f}  "
                  f"{trips[name]}", flush=True)
    print(f"at most {most} round trips; the largest ratio is {worst:.2f}")
    return 0 if worst <= ALLOWED and most <= 2 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1000000))
