#!/usr/bin/env python3
"""Two round trips to Redis at most, whatever a page shows: every page of two
boards with hundreds of posts, by what Server-Timing says and by what Redis
has counted.
"""

import re

from claims import expect
from everypage import SETTINGS, Site, missing_routes
from stack import main

MOST = 2
SITE = []


def trips_of(answer):
    found = re.search(r'redis;dur=[\d.]+;desc="(\d+) round trips"',
                      answer.header("Server-Timing"))
    return int(found[1])


def two_boards_with_everything_are_there(stack):
    SITE.append(Site(stack))
    page = stack.http("GET", "/all/page/16")
    expect(page.status, 200)


def check_all(stack):
    seen, over = {}, []
    addresses = list(SITE[0].addresses()) + list(SITE[0].images())
    for target in addresses:
        answer = stack.http("GET", target)
        assert answer.status in (200, 301, 303, 400, 403, 404, 405), \
            f"{target}: {answer.status}"
        trips = trips_of(answer)
        seen[trips] = seen.get(trips, 0) + 1
        if trips > MOST:
            over.append(f"{target} ({answer.status}): {trips}")
    expect(over, [], "pages with more round trips")
    print(f"# {len(addresses)} addresses; of so many round trips: "
          f"{dict(sorted(seen.items()))}", flush=True)
    return addresses


def every_page_makes_two_round_trips_at_most(stack):
    addresses = check_all(stack)
    expect(missing_routes(addresses), [], "routes that were not asked")


def a_redis_that_forgot_its_scripts_costs_none_more(stack):
    with stack.redis_client() as redis:
        redis("SCRIPT", "FLUSH")
    check_all(stack)


def pages_that_need_no_redis_make_none(stack):
    for target in ("/robots.txt", "/none", "/all/", "/list/page/1",
                   "/posts/1/recommend", "/boards/none/page/5"):
        expect(trips_of(stack.http("GET", target)), 0, target)


def commands_for(stack, redis, target):
    """The fewest of some tries: between them views are written, and the
    worker asks for a sign of life."""
    counts = []
    for _ in range(5):
        redis("CONFIG", "RESETSTAT")
        stack.http("GET", target)
        counts.append(sum(redis.calls().values()))
    return min(counts)


def redis_hears_as_many_commands_for_a_page_at_the_end_as_for_the_second(
        stack):
    counts = []
    with stack.redis_client() as redis:
        for target in ("/list/page/2", "/list/page/8", "/list/page/15"):
            stack.http("GET", target)
            counts.append(commands_for(stack, redis, target))
    expect(len(set(counts)), 1, f"commands: {counts}")


if __name__ == "__main__":
    main((SETTINGS, [
        two_boards_with_everything_are_there,
        every_page_makes_two_round_trips_at_most,
        a_redis_that_forgot_its_scripts_costs_none_more,
        pages_that_need_no_redis_make_none,
        redis_hears_as_many_commands_for_a_page_at_the_end_as_for_the_second,
    ]))
