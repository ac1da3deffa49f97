"""A board that is the same on every run, and every page there is of it: what
pages.py compares with golden files and tests/html gives to validators.
"""

from urllib.parse import urlencode

import fastcgi
from stack import FORM, wait_for

# 2026-01-02 03:04:05 UTC, and an hour more for each post.
FIRST_MS = 1767323045000
HOUR_MS = 3600000
SETTINGS = {"SITE_PAGE_SIZE": 2, "LIMITS_BODY_MS": 200}
POSTS = [
    # The first three are the tutorial's: no time is known.
    ("john", "The first one.", None),
    ("홍길동", "안녕하세요. 반갑습니다.", None),
    ("john", "Another by the same name.\n\nIn two paragraphs.", None),
    *((f"Writer {i}", f"Post number {i}.", FIRST_MS + i * HOUR_MS)
      for i in range(4, 19)),
    ("<script>alert(1)</script>", "\"Quotes\" & <b>tags</b> 'as typed'",
     FIRST_MS + 19 * HOUR_MS),
    ("عمر", "مرحبا mixed with Latin", FIRST_MS + 20 * HOUR_MS),
    ("김철수", "여러 줄로 쓴 글입니다.\n  들여쓰기도 남습니다.\n\n" +
     "긴낱말" * 30, FIRST_MS + 21 * HOUR_MS),
    ("이영희", """A **list**, with ~~struck~~ words and `code`:

- one <b>item</b>
- https://example.org/?a=1&b=2

> 인용한 말

```
if (a < b)
	return;
```

| a | b |
|---|---|
| 1 | 2 |""", FIRST_MS + 22 * HOUR_MS),
]
TITLES = {22: "제목이 있는 글 & \"more\""}


def fill(stack):
    commands = [("FLUSHALL",)]
    for number, (name, text, time) in enumerate(POSTS, 1):
        commands += [("SET", "last_id", number),
                     ("SET", f"news:name:{number}", name),
                     ("SET", f"news:post:{number}", text),
                     ("LPUSH", "post_id", number)]
        if number in TITLES:
            commands.append(("HSET", f"news:meta:{number}", "title",
                             TITLES[number]))
        if time:
            commands.append(("HSET", f"news:meta:{number}", "time", time))
    with stack.redis_client() as redis:
        redis.pipeline(commands)


class Pages:
    """Each method gives (name, Answer) of some pages in one language."""

    def __init__(self, stack, language):
        self.stack = stack
        self.headers = {"Accept-Language": language}

    def get(self, target, method="GET", **headers):
        return self.stack.ask(method, target, b"",
                              {**self.headers, **headers})

    def post(self, fields, kind=FORM, body=None, target="/", **headers):
        body = urlencode(fields).encode() if body is None else body
        return self.stack.ask("POST", target, body, {
            **self.headers, "Content-Type": kind, **headers})

    def full_board(self):
        fill(self.stack)
        for name, target in (
                ("home", "/"), ("home-posted", "/?posted=21"),
                ("all", "/all"), ("all-middle", "/all/page/6"),
                ("all-last", "/all/page/11"), ("latest", "/latest"),
                ("post", "/posts/21"), ("post-without-time", "/posts/2"),
                ("post-titled", "/posts/22"), ("write", "/write")):
            yield name, self.get(target)
        yield "home-empty-fields", self.post({"full_name": "", "data": ""})
        yield "home-too-long", self.post(
            {"full_name": "<가>" * 20, "data": "</textarea>" + "a" * 10000})
        yield "write-preview", self.post(
            {"title": TITLES[22], "full_name": "이영희", "data": POSTS[21][1],
             "preview": "1"}, target="/write")
        yield "write-wrong", self.post(
            {"title": "가" * 101, "full_name": "", "data": ""},
            target="/write")

    def submitted(self):
        """Last on a full board, because it writes."""
        yield "posted", self.post({"full_name": "새 사람", "data": "새 글"})

    def empty_board(self):
        with self.stack.redis_client() as redis:
            redis("FLUSHALL")
        for name, target in (("empty-home", "/"), ("empty-all", "/all"),
                             ("empty-latest", "/latest")):
            yield name, self.get(target)

    def problems(self):
        yield "400", self.post({}, body=b"data=%zz")
        yield "403", self.post({"data": "x"},
                               **{"Sec-Fetch-Site": "cross-site"})
        yield "404", self.get("/posts/999")
        yield "405", self.get("/all", "DELETE")
        yield "408", self.half_a_body()
        yield "413", self.post({"data": "a" * 300000})
        yield "414", self.get("/" + "a" * 9000)
        yield "415", self.post({}, "text/plain", b"hello")
        yield "431", self.get("/", Cookie="a=" + "b" * 100000)

    def half_a_body(self):
        params = fastcgi.environment(
            "POST", "/", {**self.headers, "Content-Type": FORM}, 100)
        return fastcgi.Request(self.stack.socket, params).body(
            b"data=half").answer()

    def internal(self):
        """post_id is no list: the board is broken, not away."""
        with self.stack.redis_client() as redis:
            redis("SET", "post_id", "broken")
        yield "500", self.get("/all")
        with self.stack.redis_client() as redis:
            redis("DEL", "post_id")

    def away(self):
        self.stack.redis.kill()
        try:
            yield "503", self.get("/all")
            yield "home-away", self.get("/")
            yield "home-away-typed", self.post(
                {"full_name": "홍길동", "data": "잃지 않을 글\n둘째 줄"})
        finally:
            self.stack.start_redis()
            wait_for("Redis", lambda: self.get("/healthz").status == 200, 5)

    def all(self):
        for pages in (self.full_board, self.submitted, self.empty_board,
                      self.problems, self.internal, self.away):
            yield from pages()


LANGUAGES = ("en", "ko")


def every_page(stack):
    """(name-language, Answer) of every page in every language."""
    for language in LANGUAGES:
        for name, answer in Pages(stack, language).all():
            yield f"{name}-{language}", answer
