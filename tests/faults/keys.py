#!/usr/bin/env python3
"""A Redis whose keys hold what Madang never wrote: another type, nothing, no
numbers, broken UTF-8, control characters, far too much. Every page is answered
in time with an honest status and words, JSON is JSON and a feed is XML; with
the key as it was, so are the pages.
"""

import json
import xml.etree.ElementTree as ElementTree

import witness
from claims import expect, rows
from curl import Visitor
from stack import FORM, fill, main
from urllib.parse import urlencode

POSTS = 45
# A post with replies, a secret and an edited one among them.
POST, REPLY, SECRET = 46, 47, 48
HONEST = (200, 301, 303, 404, 503, 500)

PAGES = ["/", "/list", "/list/page/2", "/all", "/list.json", "/list.atom",
         "/category/1", "/boards", "/sitemap.xml", "/sitemap.xml?part=1",
         "/write", "/healthz", "/boards/free/list", f"/posts/{SECRET}/edit",
         f"/posts/{SECRET}", f"/posts/{REPLY}", f"/posts/{REPLY}/edit"]
PAGES += [f"/posts/{POST}{form}" for form in (
    "", ".json", ".atom", "/edit", "/delete", "/versions", "/reply", "/list",
    "/newer", "/older", "/view.gif")]
# 64 MB for each of these: fewer.
HEAVY = ["/list", "/healthz", f"/posts/{POST}", f"/posts/{POST}/edit"]

KEYS = ["last_id", "post_id", f"news:name:{POST}", f"news:post:{POST}",
        f"news:meta:{POST}", f"news:meta:{REPLY}", f"news:secret:{SECRET}",
        f"news:replies:{POST}", f"news:versions:{POST}",
        f"news:recommend:{POST}", "news:views:0", "news:category:1",
        "news:notices", "madang:board", "madang:boards", "madang:secret",
        "madang:schema", "madang:day", "{free}:madang:board"]

ODD = [b"", b"0", b"-1", b"-9223372036854775808", b"9223372036854775807",
       b"99999999999999999999999", b"1e3", b" 7", b"07", b"NaN", b"x",
       b"7\0", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b[31m\x07\x7f",
       b"\r\nSet-Cookie: a=b\r\n\r\n", b"<script>&\"'", b"]]>", b"%s%n",
       b"7:", b":7", b"7:-1", b"7:99999999999", b"46:1", b"47:0",
       "\u202e\ufeff\ufffe".encode("utf-8", "surrogatepass"),
       b"a\nb\nc" * 100]
FIELDS = [b"title", b"time", b"edited", b"parent", b"root", b"depth",
          b"flags", b"category", b"replies", b"recommends", b"version",
          b"password", b"moved", b"text", b"categories", b"0", b"46", b"47"]


def a_board_of_everything_is_there(stack):
    with stack.redis_client() as redis:
        fill(redis, [(f"n{i}", f"text {i}") for i in range(POSTS)])
        redis("HSET", "madang:board", "categories", "one\ntwo")
    Visitor(stack, "en").owner("board", "add", "free", "--title", "Free")

    def post(path, **more):
        answer = stack.ask("POST", path, urlencode({
            "full_name": "n", "data": "t", "password": "open sesame",
            **more}).encode(), {"Content-Type": FORM})
        expect(answer.status, 303, path)
    post("/write", category="1", title="t")
    post(f"/posts/{POST}/reply")
    post("/write", secret="1")
    post(f"/posts/{POST}/edit", data="edited", category="1", version="0")
    post(f"/posts/{POST}/recommend")
    Visitor(stack, "en").owner("notice", POST, "on")
    stack.ask("GET", f"/posts/{POST}/view.gif")
    right(stack)


def right(stack):
    for path in ("/list", f"/posts/{POST}", "/healthz"):
        expect(stack.ask("GET", path).status, 200, path)


def honest(stack, what, pages=None):
    """The pages of the board as it is now."""
    for path in pages or PAGES:
        answer = stack.ask("GET", path)
        where = f"{path} with {what}"
        assert answer.status in HONEST, f"{where}: {answer.status}"
        witness.in_time(answer, where)
        for name, value in answer.headers:
            assert "Set-Cookie" not in name and "\0" not in value, where
        kind = (answer.header("Content-Type") or "").partition(";")[0]
        if kind == "text/html" and answer.status >= 400:
            assert answer.page.title and answer.page.headings, where
        if not kind.startswith("image/"):
            text = answer.body.decode("utf-8")
            assert not any(ord(c) < 32 and c not in "\t\n" for c in text), \
                f"{where}: control characters"
        if kind == "application/json":
            json.loads(answer.body)
        if kind in ("application/atom+xml", "application/xml"):
            ElementTree.fromstring(answer.body)
    assert stack.worker.running(), what


def spoilings(redis, key):
    """Ways to spoil it: (what, commands)."""
    kinds = {b"string": ("SET", key, "x"), b"list": ("RPUSH", key, "x"),
             b"hash": ("HSET", key, "x", "y")}
    right_kind = redis("TYPE", key)
    # Of the odd values each key gets every fourth, its neighbour others.
    odd = ODD[KEYS.index(key) % 4::4]
    yield "nothing", []
    for kind, command in kinds.items():
        if kind != right_kind:
            yield kind.decode(), [command]
    if right_kind == b"string":
        for value in odd:
            yield repr(value), [("SET", key, value)]
    elif right_kind == b"list":
        yield "odd entries", [("RPUSH", key, *ODD)]
        yield "one id often", [("RPUSH", key, *[str(POST)] * 300)]
    elif right_kind == b"hash":
        for value in odd:
            yield f"{value!r} everywhere", [("HSET", key, *(
                word for field in FIELDS for word in (field, value)))]


@rows([(key, key) for key in KEYS])
def a_spoilt_key_harms_no_page(stack, key):
    with stack.redis_client() as redis:
        before = redis("DUMP", key)
        for what, commands in spoilings(redis, key):
            redis("DEL", key)
            redis.pipeline(commands)
            honest(stack, f"{what} in {key}")
            redis("DEL", key)
            if before is not None:
                redis("RESTORE", key, 0, before)
    right(stack)


MANY, LARGE = 100000, 64 * 1024 * 1024


def garbage(redis, key, push="LPUSH"):
    redis.pipeline([(push, key, *[b"\xff garbage"] * 1000)] * (MANY // 1000))


# What there is too much of: how it comes there.
HUGE = [
    ("a text", f"news:post:{POST}", lambda redis, key: redis(
        "SETRANGE", key, LARGE, "x")),
    ("the counter", "last_id", lambda redis, key: redis(
        "SETRANGE", key, LARGE, "1")),
    ("the list", "post_id", garbage),
    ("a category", "news:category:1", garbage),
    ("the notices", "news:notices", garbage),
    ("the replies", f"news:replies:{POST}", garbage),
    ("the versions", f"news:versions:{POST}", garbage),
    ("the boards", "madang:boards", garbage),
    ("what is known of a post", f"news:meta:{POST}",
     lambda redis, key: redis.pipeline(
         [("HSET", key, *(word for i in range(1000) for word in (
             f"field {n} {i}", "garbage"))) for n in range(MANY // 1000)])),
    ("what is known of the board", "madang:board",
     lambda redis, key: redis("HSET", key, "categories", b"c\n" * MANY,
                              "title", b"\xff" * LARGE)),
]


@rows(HUGE)
def too_much_of_something_harms_no_page(stack, key, put):
    with stack.redis_client() as redis:
        before = redis("DUMP", key)
        put(redis, key)
        honest(stack, f"a huge {key}", HEAVY)
        redis("DEL", key)
        redis("RESTORE", key, 0, before)
    right(stack)


def the_log_is_no_flood(stack):
    lines = stack.worker.said().splitlines()
    assert len(lines) < 100, f"{len(lines)} lines: " + "\n".join(lines[:40])


if __name__ == "__main__":
    main(({"errors": True}, [
        a_board_of_everything_is_there,
        a_spoilt_key_harms_no_page,
        too_much_of_something_harms_no_page,
        the_log_is_no_flood,
    ]))
