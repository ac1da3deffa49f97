"""A board that is the same on every run, and every page there is of it: what
pages.py compares with golden files and tests/html gives to validators.
"""

import hashlib
from urllib.parse import urlencode

import fastcgi
from stack import FORM, wait_for

# 2026-01-02 03:04:05 UTC, and an hour more for each post.
FIRST_MS = 1767323045000
HOUR_MS = 3600000
SETTINGS = {"SITE_PAGE_SIZE": 2, "SITE_REPLIES_SIZE": 5,
            "LIMITS_BODY_MS": 200}
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
CATEGORIES = "질문\n자유 & <b>"
# Replies to post 22: id, parent, depth, name, text; a deleted one has no name.
REPLIES = [
    (23, 22, 1, "홍길동", "첫 답글입니다."),
    (25, 23, 2, "이영희", "고맙습니다, **홍길동** 님."),
    (26, 25, 3, None, None),
    (27, 26, 4, "Ann <b>", "> 인용한 말\n\nAn answer to what is gone."),
    (24, 22, 1, "Bob", "A second one."),
    (28, 22, 1, "끝", "둘째 쪽에 있는 답글."),
]
SECRET, GONE, GONE_REPLY = 29, 30, 31
# The number that pages of errors show: the web server's, which is another for
# each request otherwise.
ID = "0123456789abcdef" * 2
# What private links are made with, and what comes of it.
KEY = b"k" * 32


def fill_more(stack):
    """Replies, a notice, categories, a secret post, a deleted one, an edit."""
    commands = [
        ("SET", "madang:secret", KEY), ("SET", "last_id", GONE_REPLY),
        ("HSET", "madang:board", "categories", CATEGORIES),
        ("RPUSH", "madang:boards", "qna"),
        ("HSET", "{qna}:madang:board", "title", "질문과 답 <&>"),
        ("HSET", "news:meta:20", "category", 2),
        ("HSET", "news:meta:22", "category", 1, "replies", 5, "flags", "p",
         "recommends", 3, "password", b"x" * 48),
        ("HSET", "news:views:0", 22, 1234),
        ("LPUSH", "news:category:2", 20), ("LPUSH", "news:category:1", 22),
        ("LPUSH", "news:notices", 5),
        ("HSET", "news:meta:21", "edited", FIRST_MS + 40 * HOUR_MS,
         "version", 1),
        ("LPUSH", "news:versions:21",
         f"{FIRST_MS + 21 * HOUR_MS}\0김철수\0옛 제목\0옛 <글>"),
        ("SET", f"news:name:{SECRET}", "비밀"),
        ("SET", f"news:post:{SECRET}", "🔒"),
        ("HSET", f"news:meta:{SECRET}", "time", FIRST_MS + 30 * HOUR_MS,
         "flags", "sp"),
        ("HSET", f"news:secret:{SECRET}", "title", "아무도 모를 제목",
         "text", "아무도 모를 글"),
        ("LPUSH", "post_id", SECRET),
        ("HSET", f"news:meta:{GONE}", "flags", "d", "replies", 1),
        ("RPUSH", f"news:replies:{GONE}", f"{GONE_REPLY}:1"),
    ]
    replies = [(22, *reply) for reply in REPLIES]
    replies.append((GONE, GONE_REPLY, GONE, 1, "남은 이", "남은 답글"))
    for root, number, parent, depth, name, text in replies:
        if root == 22:
            commands.append(("RPUSH", "news:replies:22",
                             f"{number}:{depth}"))
        commands.append(("HSET", f"news:meta:{number}", "time",
                         FIRST_MS + (30 + number) * HOUR_MS,
                         "parent", parent, "root", root, "depth", depth,
                         "flags", "w" if number == 25 else
                         "" if name else "d"))
        if name:
            commands += [("SET", f"news:name:{number}", name),
                         ("SET", f"news:post:{number}", text)]
    with stack.redis_client() as redis:
        redis.pipeline(commands)


def token(number):
    """What a private link of a post proves itself with."""
    key = hashlib.blake2b(b"K" + bytes(8), key=KEY, digest_size=32).digest()
    said = b"T" + bytes(8) + f"post {number}".encode()
    return hashlib.blake2b(said, key=key, digest_size=16).hexdigest()


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
                              {**self.headers, **headers}, REQUEST_ID=ID)

    def post(self, fields, kind=FORM, body=None, target="/", **headers):
        body = urlencode(fields).encode() if body is None else body
        return self.stack.ask("POST", target, body, {
            **self.headers, "Content-Type": kind, **headers}, REQUEST_ID=ID)

    def full_board(self):
        fill(self.stack)
        fill_more(self.stack)
        for name, target in (
                ("home", "/"), ("home-posted", "/?posted=21"),
                ("home-posted-link", f"/?posted=21&mine={token(21)}"),
                ("list", "/list"), ("list-middle", "/list/page/6"),
                ("list-last", "/list/page/12"), ("category", "/category/2"),
                ("all", "/all"), ("all-middle", "/all/page/6"),
                ("all-last", "/all/page/12"), ("latest", "/latest"),
                ("post", "/posts/21"), ("post-without-time", "/posts/2"),
                ("thread", "/posts/22"), ("thread-last", "/posts/22/page/2"),
                ("thread-own", f"/posts/22?key={token(22)}"),
                ("thread-replied", f"/posts/22?posted=23&mine={token(23)}"),
                ("reply-own", f"/posts/23?key={token(23)}"),
                ("post-secret", f"/posts/{SECRET}"),
                ("post-secret-own",
                 f"/posts/{SECRET}?key={token(SECRET)}"),
                ("post-gone", f"/posts/{GONE}"),
                ("reply", "/posts/23/reply"),
                ("reply-quote", "/posts/27/reply?quote=27"),
                ("unlock", "/posts/22/unlock"),
                ("unlock-none", "/posts/20/unlock"),
                ("edit", f"/posts/22/edit?key={token(22)}"),
                ("edit-version",
                 f"/posts/21/edit?key={token(21)}&version=1"),
                ("edit-reply", f"/posts/23/edit?key={token(23)}"),
                ("delete", f"/posts/22/delete?key={token(22)}"),
                ("versions", f"/posts/21/versions?key={token(21)}"),
                ("versions-none", f"/posts/22/versions?key={token(22)}"),
                ("write", "/write"), ("boards", "/boards"),
                ("board-home", "/boards/qna"),
                ("board-list", "/boards/qna/list")):
            yield name, self.get(target)
        yield "home-empty-fields", self.post({"full_name": "", "data": ""})
        yield "home-too-long", self.post(
            {"full_name": "<가>" * 20, "data": "</textarea>" + "a" * 10000})
        yield "write-preview", self.post(
            {"title": TITLES[22], "full_name": "이영희", "data": POSTS[21][1],
             "category": "2", "secret": "1", "password": "비밀",
             "preview": "1"}, target="/write")
        yield "write-wrong", self.post(
            {"title": "가" * 101, "full_name": "", "data": "",
             "category": "9", "password": "a" * 129}, target="/write")
        yield "reply-wrong", self.post({"full_name": "", "data": ""},
                                       target="/posts/23/reply")
        yield "reply-gone", self.post(
            {"full_name": "늦은 이", "data": "늦은 답글"},
            target="/posts/26/reply")
        yield "edit-conflict", self.post(
            {"title": "새 제목", "full_name": "김철수", "data": "다른 탭의 글",
             "version": "0", "key": token(21)}, target="/posts/21/edit")
        yield "edit-locked", self.post(
            {"title": "", "full_name": "누구", "data": "남의 글",
             "version": "1", "key": "0" * 32}, target="/posts/21/edit")
        yield "unlock-wrong", self.post({"password": "틀림", "to": "edit"},
                                        target="/posts/22/unlock")

    def submitted(self):
        """Last on a full board, because it writes."""
        yield "posted", self.post({"full_name": "새 사람", "data": "새 글"})

    def empty_board(self):
        with self.stack.redis_client() as redis:
            redis("FLUSHALL")
        for name, target in (("empty-home", "/"), ("empty-list", "/list"),
                             ("empty-all", "/all"),
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
        params["REQUEST_ID"] = ID
        return fastcgi.Request(self.stack.socket, params).body(
            b"data=half").answer()

    def internal(self):
        """post_id is no list: the board is broken, not away."""
        with self.stack.redis_client() as redis:
            redis("SET", "post_id", "broken")
        yield "500", self.get("/all")
        yield "home-broken", self.post({"full_name": "a", "data": "b"})
        with self.stack.redis_client() as redis:
            redis("DEL", "post_id")

    def away(self):
        self.stack.redis.kill()
        try:
            yield "503", self.get("/all")
            yield "home-away", self.get("/")
            yield "write-away", self.get("/write")
            yield "edit-away", self.post(
                {"title": "제목", "full_name": "홍길동", "data": "고친 글",
                 "version": "0", "key": token(21)}, target="/posts/21/edit")
            yield "reply-away", self.post(
                {"full_name": "홍길동", "data": "답글"},
                target="/posts/21/reply")
            yield "unlock-away", self.post({"password": "x"},
                                           target="/posts/22/unlock")
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
