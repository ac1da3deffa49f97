#!/usr/bin/env python3
"""A guest who reads leaves no trace: whatever is asked for with GET or HEAD,
no cookie is set and no key is written. Redis itself is the witness (MONITOR),
and its keys are the same before and after, byte for byte. The one thing that
is ever written are views, later, and only because of the image that counts.
"""

import os
import re
import time

from claims import expect, rows
from everypage import SETTINGS, Site, missing_routes
from stack import SOURCE, main, wait_for

READS = {"LRANGE", "LLEN", "MGET", "HMGET", "HGET", "GET", "GETRANGE",
         "EXISTS", "LPOS", "EVAL"}
# What may run inside of EVAL: that is where.lua, which only reads.
READS_OF_SCRIPT = {"LLEN", "LINDEX", "LRANGE"}
# The worker adds up what was looked at once a second.
VIEWS_LATER_SECONDS = 2
STATUSES = (200, 301, 303, 304, 400, 403, 404, 405)
# What /healthz asks: whether Redis would take a write. By definition no bytes
# at the place 0 of a text change nothing.
WRITES_NOTHING = ["SETRANGE", "madang:schema", "0", ""]
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
HEARD = re.compile(r"\+[\d.]+ \[\d+ ([^\]]+)\] (.*)\r\n")
SITE = []


class Witness:
    """A connection of its own that hears every command Redis runs."""

    def __init__(self, stack):
        self.redis = stack.redis_client(timeout=20)
        expect(self.redis("MONITOR"), b"OK")
        self.other = stack.redis_client()
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.redis.close()
        self.other.close()

    def heard(self):
        """(whether a script ran it, words) of the commands since last time."""
        self.count += 1
        mark = f"mark {self.count}"
        self.other.send("ECHO", mark)
        found = []
        while True:
            line = self.redis.stream.readline().decode("utf-8", "replace")
            source, command = HEARD.fullmatch(line).groups()
            words = WORD.findall(command)
            if words[1:] == [mark]:
                self.other.receive()
                return found
            found.append((source == "lua", [words[0].upper(), *words[1:]]))


def where_script():
    """As store/scripts/embed.sh makes it; and as MONITOR shows it."""
    path = os.path.join(SOURCE, "app", "store", "scripts", "where.lua")
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    text = "".join(line + "\n" for line in lines
                   if line and not line.startswith("--"))
    return text.replace("\\", "\\\\").replace('"', '\\"').replace(
        "\n", "\\n")


def only_reads(commands, where):
    for inside, words in commands:
        allowed = READS_OF_SCRIPT if inside else READS
        if words == WRITES_NOTHING and where.endswith(" /healthz"):
            continue
        assert words[0] in allowed, f"{where}: Redis ran {words[:4]}"
        if words[0] == "EVAL":
            expect(words[1], where_script(), f"the script of {where}")


def all_keys(stack):
    """Every key with its value, as Redis would store it."""
    with stack.redis_client() as redis:
        names = sorted(redis("KEYS", "*"))
        values = redis.pipeline([("DUMP", name) for name in names])
    return dict(zip(names, values))


def changed(before, after):
    return sorted(name for name in before.keys() | after.keys()
                  if before.get(name) != after.get(name))


def two_boards_with_everything_are_there(stack):
    SITE.append(Site(stack))
    stack.cookies.clear()


@rows([
    ("GET", "GET", {}),
    ("HEAD", "HEAD", {}),
    ("with a cookie, as one who comes again", "GET",
     {"Cookie": "lang=ko; madang=1; session=abc", "If-None-Match": "*",
      "Accept-Language": "ko"}),
])
def reading_writes_nothing(stack, method, headers):
    before = all_keys(stack)
    asked, ran = [], 0
    with Witness(stack) as witness:
        for target in SITE[0].addresses():
            answer = stack.http(method, target, headers=headers)
            assert answer.status in STATUSES, f"{target}: {answer.status}"
            expect(answer.all("Set-Cookie"), [], target)
            commands = witness.heard()
            only_reads(commands, f"{method} {target}")
            asked.append(target)
            ran += len(commands)
        time.sleep(VIEWS_LATER_SECONDS)
        only_reads(witness.heard(), "some time after")
    expect(changed(before, all_keys(stack)), [], "keys that changed")
    assert ran > len(asked), f"the witness heard only {ran} commands"
    expect([p for p in missing_routes(asked) if "view.gif" not in p], [],
           "routes that were not asked")
    print(f"# {len(asked)} addresses, {ran} commands", flush=True)


def the_image_writes_views_and_only_later(stack):
    before, images = all_keys(stack), list(SITE[0].images())
    with Witness(stack) as witness:
        for target in images:
            answer = stack.http("GET", target)
            expect(answer.status, 200, target)
            expect(answer.header("Content-Type"), "image/gif")
            expect(answer.all("Set-Cookie"), [], target)
        time.sleep(VIEWS_LATER_SECONDS)
        commands = witness.heard()
    names = {words[0] for inside, words in commands if inside}
    assert names <= {"GET", "TYPE", "EXISTS", "HINCRBY"}, names
    outside = {words[0] for inside, words in commands if not inside}
    assert outside <= {"EVAL", "EVALSHA", "GET"}, outside
    written = changed(before, all_keys(stack))
    assert written, "no view was counted"
    for name in written:
        assert re.fullmatch(rb"(\{free\}:)?news:views:\d+", name), name
    expect(len([c for c in commands if c[1][0] == "HINCRBY"]), len(images))


def looks_at_what_is_not_there_count_nothing(stack):
    before = all_keys(stack)
    board = SITE[0].first
    for target in ("/posts/99999999/view.gif", f"/posts/{board.gone}/view.gif",
                   f"/posts/{board.left}/view.gif",
                   "/boards/none/posts/1/view.gif",
                   "/posts/0/view.gif", "/posts/1/view.png"):
        answer = stack.http("GET", target)
        assert answer.status in (200, 404), target
    stack.http("HEAD", "/posts/1/view.gif")
    time.sleep(VIEWS_LATER_SECONDS)
    expect(changed(before, all_keys(stack)), [], "keys that changed")


def views_of_many_are_added_up_in_few_commands(stack):
    number = SITE[0].first.plain
    path = f"/posts/{number}"
    before = views(stack, path)
    with Witness(stack) as witness:
        for _ in range(50):
            stack.http("GET", f"{path}/view.gif")
        wait_for("views", lambda: views(stack, path) == before + 50)
        adding = [words for _, words in witness.heard()
                  if words[0] == "HINCRBY"]
    assert len(adding) <= 3, f"{len(adding)} commands for 50 views"


def views(stack, path):
    found = re.search(r'"views":\s*(\d+)',
                      stack.http("GET", path + ".json").text)
    return int(found[1])


def a_choice_of_language_is_the_only_cookie(stack):
    expect(stack.cookies, [])
    answer = stack.http("POST", "/language", b"lang=ko&back=/list", {
        "Content-Type": "application/x-www-form-urlencoded"})
    assert answer.header("Set-Cookie").startswith("lang=ko;")


if __name__ == "__main__":
    main((SETTINGS, [
        two_boards_with_everything_are_there,
        reading_writes_nothing,
        the_image_writes_views_and_only_later,
        looks_at_what_is_not_there_count_nothing,
        views_of_many_are_added_up_in_few_commands,
        a_choice_of_language_is_the_only_cookie,
    ]))
