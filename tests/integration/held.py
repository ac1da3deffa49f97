"""A board with everything on it, written straight into Redis, and what it
holds as machines should be told it.
"""

import re
from datetime import datetime, timezone

SITE = "https://example.org"
SETTINGS = {"nginx": True, "SITE_URL": SITE, "SITE_TITLE": "Yard & <Co>",
            "SITE_PAGE_SIZE": 6, "SITE_REPLIES_SIZE": 3}
SECRET = "words that nobody may read"
HOSTILE = ("a & b < c > \"d\" 'e' ]]> &amp; <script>alert(1)</script>\n"
           "\x01\x0b\x1f\x7f\u0085\ufffe\uffff\ufdd0\U0001ffff\u202e가\t끝")
# 2026-01-02 03:04:05 UTC, and an hour more for each id.
FIRST_MS = 1767323045000
HOUR_MS = 3600000


def time_ms(number):
    return FIRST_MS + number * HOUR_MS


def told_time(ms):
    """As machines are told it; None: unknown."""
    if not ms:
        return None
    return datetime.fromtimestamp(int(ms) // 1000, timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def post(number, name, text, prefix="", **meta):
    """The commands that write a post, into the list or into its thread."""
    commands = [("SET", f"{prefix}news:name:{number}", name),
                ("SET", f"{prefix}news:post:{number}", text)]
    for field, value in meta.items():
        commands.append(("HSET", f"{prefix}news:meta:{number}", field, value))
    if "root" in meta:
        commands.append(("RPUSH", f"news:replies:{meta['root']}",
                         f"{number}:{meta['depth']}"))
    else:
        commands.append(("LPUSH", f"{prefix}post_id", number))
    return commands


def reply(number, name, text, root, parent, depth, **meta):
    return post(number, name, text, root=root, parent=parent, depth=depth,
                time=time_ms(number), **meta)


def fill(stack):
    """Posts 1 to 10, replies 11 to 19; 4 is secret, 9 and 12 are deleted."""
    commands = [
        ("FLUSHALL",), ("SET", "last_id", 20),
        ("HSET", "madang:board", "categories", "News\n\nR & D <3"),
        # The tutorial's: no time is known.
        *post(1, "john", "The first one.\nIts second line."),
        *post(2, "홍길동", "안녕하세요."),
        *post(3, "john", "In a category.", title="0", time=time_ms(3),
              category=3),
        *post(4, "hidden", "🔒", flags="s", time=time_ms(4), category=3),
        ("HSET", "news:secret:4", "text", SECRET, "title", SECRET),
        *post(5, "<b>&\ufffe\x02", HOSTILE, title="<i>]]>&\uffff\x03",
              time=time_ms(5), edited=time_ms(400), version=2),
        *post(6, "jane", "A **bold** text\n\n- https://example.org/?a=1&b=2",
              time=time_ms(6), category=1, recommends=2, replies=6),
        *post(7, "", "   ", time=time_ms(7)),
        *post(8, "mary", "A quiet thread.", title="Quiet", time=time_ms(8)),
        # A deleted one that keeps its place for a reply.
        ("HSET", "news:meta:9", "flags", "d", "time", time_ms(9)),
        *post(10, "pat", "The newest.", time=time_ms(10), category=3),
        ("HSET", "news:views:0", 6, 41, 10, 7),
        ("LPUSH", "news:category:3", 3, 4, 10),
        ("LPUSH", "news:category:1", 6),
        ("RPUSH", "news:notices", 8, 4, 6),
        *reply(11, "a", "first reply", 6, 6, 1, flags="w"),
        *reply(15, "b", "an answer to it", 6, 11, 2,
               edited=time_ms(300), recommends=3),
        *reply(16, "c", "another", 6, 15, 3),
        ("HSET", "news:meta:12", "flags", "d", "parent", 6, "root", 6,
         "depth", 1, "time", time_ms(12)),
        ("RPUSH", "news:replies:6", "12:1"),
        *reply(17, "d", "below a deleted one", 6, 12, 2),
        *reply(13, "e", "last", 6, 6, 1),
        *reply(18, "f", SECRET, 4, 4, 1),
        *reply(19, "g", "to a deleted post", 9, 9, 1),
    ]
    with stack.redis_client() as redis:
        redis.pipeline(commands)


def clear(stack, *commands):
    with stack.redis_client() as redis:
        redis.pipeline([("FLUSHALL",), *commands])


def get(stack, target, **headers):
    return stack.http("GET", target, None,
                      {n.replace("_", "-"): v for n, v in headers.items()})


def timing(answer):
    """(milliseconds, round trips) of an answer."""
    told = answer.header("Server-Timing")
    return (float(re.search(r"total;dur=([\d.]+)", told).group(1)),
            int(re.search(r"(\d+) round trips", told).group(1)))


# Another board.
OTHER = [("RPUSH", "madang:boards", "free"),
         ("HSET", "{free}:madang:board", "title", "Free & easy",
          "categories", "Talk"),
         ("SET", "{free}:last_id", 2)]


class Held:
    """What Redis holds, as machines should be told."""

    def __init__(self, stack):
        with stack.redis_client() as redis:
            self.board = self._hash(redis, "madang:board")
            self.posts = {n: self._read(redis, n) for n in range(1, 20)}

    @staticmethod
    def _hash(redis, key):
        words = [word.decode() for word in redis("HGETALL", key)]
        return dict(zip(words[::2], words[1::2]))

    def _read(self, redis, number):
        found = self._hash(redis, f"news:meta:{number}")
        for field, key in (("name", "news:name:"), ("text", "news:post:")):
            value = redis("GET", f"{key}{number}")
            found[field] = None if value is None else value.decode()
        found["views"] = redis("HGET", "news:views:0", number) or b"0"
        return found

    def category(self, number):
        if not number:
            return None
        names = self.board["categories"].split("\n")
        return {"number": int(number), "name": names[int(number) - 1]}

    def post(self, number):
        held = self.posts[number]
        told = {"id": number, "url": f"{SITE}/posts/{number}",
                "title": held.get("title", ""), "name": held["name"],
                "time": told_time(held.get("time")),
                "edited": told_time(held.get("edited")),
                "category": self.category(held.get("category")),
                "replies": int(held.get("replies", 0)),
                "views": int(held["views"]),
                "recommends": int(held.get("recommends", 0))}
        if not told["title"]:
            # Of these texts, the first line has no mark to lose.
            told["line"] = (held["text"].split("\n")[0].strip()
                            .replace("**", ""))
        return told

    def entry(self, number, page):
        held = self.posts[number]
        told = {"id": number, "url": f"{SITE}{page}#reply-{number}",
                "parent": int(held["parent"]), "depth": int(held["depth"]),
                "deleted": held["name"] is None}
        if not told["deleted"]:
            told.update(name=held["name"], text=held["text"],
                        html=f"<p>{held['text']}</p>\n",
                        time=told_time(held["time"]),
                        edited=told_time(held.get("edited")),
                        by_writer="w" in held.get("flags", ""),
                        recommends=int(held.get("recommends", 0)))
        return told
