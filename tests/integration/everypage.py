"""Two boards with everything that a board can have, and the address of every
page there is of them, for tests of what all pages have in common.
"""

import os
import re
from urllib.parse import parse_qs, urlencode, urlsplit

from claims import expect
from curl import Visitor
from stack import FORM, SOURCE

# Small pages of replies: many threads have several.
SETTINGS = {"nginx": True, "SITE_REPLIES_SIZE": 10}
POSTS, OTHERS, LONG = 300, 30, 35
WRONG_KEY = "0123456789abcdef" * 2
OLD_KEY = "00000001-" + WRONG_KEY


class Board:
    """A board's posts of every kind, written as visitors write them."""

    def __init__(self, stack, slug, posts):
        self.stack = stack
        self.visitor = Visitor(stack, "en", slug)
        self.base, self.posts = self.visitor.board, posts
        self.owner = self.visitor.owner
        if slug:
            self.owner("board", "add", slug, "--title", "The other",
                       board=False)
        self.owner("fill", posts)
        self.keys = {}
        self.plain = self.write("plain")
        self.secret = self.write("secret", secret="1")
        self.gone = self.write("gone", title="deleted")
        self.left = self.write("left its place")
        self.notice = self.write("notice", category="1")
        self.reply = self.answer(self.plain, "a reply")
        self.below = self.answer(self.reply, "a reply to it")
        self.hidden = self.answer(self.secret, "a secret one",
                                  key=self.keys[self.secret])
        self.answer(self.left, "a reply that stays")
        for number in range(LONG):
            self.answer(self.notice, f"reply {number}")
        for text in ("edited", "edited again"):
            self.edit(self.plain, text)
        self.post(f"/posts/{self.plain}/recommend")
        for number in (self.gone, self.left):
            self.post(f"/posts/{number}/delete", key=self.keys[number])
        self.owner("notice", self.notice, "on")

    def post(self, path, **fields):
        """The query of where the answer leads."""
        answer = self.stack.http(
            "POST", self.base + path, urlencode(fields).encode(),
            {"Content-Type": FORM})
        expect(answer.status, 303, path)
        query = parse_qs(urlsplit(answer.header("Location")).query)
        return {name: values[0] for name, values in query.items()}

    def kept(self, query):
        number = int(query["posted"])
        self.keys[number] = query["mine"]
        return number

    def write(self, text, **fields):
        return self.kept(self.post("/write", full_name="n", data=text,
                                   **fields))

    def answer(self, number, text, **fields):
        return self.kept(self.post(f"/posts/{number}/reply", full_name="n",
                                   data=text, **fields))

    def edit(self, number, text):
        key = self.keys[number]
        page = self.stack.http(
            "GET", f"{self.base}/posts/{number}/edit?key={key}").page
        self.post(f"/posts/{number}/edit", full_name="n", data=text, key=key,
                  version=page.fields["version"])

    # Addresses

    def paged(self, path, pages):
        return [path, *(f"{path}/page/{n}" for n in range(2, pages + 1))]

    def lists(self):
        listed = self.visitor.json("/list")["pages"]
        yield from self.paged("/all", listed)
        yield from ("/", "/latest", "/write", "/list.atom",
                    "/sitemap.xml", "/sitemap.xml?part=1",
                    "/sitemap.xml?part=9",
                    f"/?posted={self.plain}&mine={WRONG_KEY}",
                    "/list?deleted=1", "/list?page=2&x=%00%zz")
        several = self.paged("/list", listed)
        for category in (1, 2, 3):
            path = f"/category/{category}"
            several += self.paged(path, self.visitor.json(path)["pages"])
            yield path + ".atom"
        for path in several:
            yield from (path, path + ".json")

    def one(self, number):
        """All that there is of a post or a reply."""
        path, key = f"/posts/{number}", self.keys.get(number, "")
        for way in ("", "/page/2"):
            yield from (path + way, f"{path}{way}.json")
        yield from (path + ".atom", f"{path}/reply?quote={number}",
                    f"{path}/list", f"{path}/newer", f"{path}/older",
                    f"{path}?posted={number}&mine={WRONG_KEY}",
                    f"{path}/edit?version=1&key={key}",
                    f"{path}/edit?version=99&key={key}",
                    f"{path}?key={key}&key={WRONG_KEY}")
        for way in ("", "/edit", "/delete", "/versions", "/reply", "/unlock"):
            yield from (path + way, f"{path}{way}?key={key}",
                        f"{path}{way}?key={WRONG_KEY}",
                        f"{path}{way}?key={OLD_KEY}", f"{path}{way}?key=%ff")

    def addresses(self):
        """Below the board; without the image that counts."""
        yield from self.lists()
        for number in (1, self.plain, self.secret, self.gone, self.left,
                       self.notice, self.reply, self.below, self.hidden):
            yield from self.one(number)
        yield from self.paged(f"/posts/{self.notice}", LONG // 10 + 1)
        for number in range(2, self.posts, 7):
            yield from (f"/posts/{number}{form}"
                        for form in ("", ".json", ".atom"))
        yield from ("/all/", "/list/page/1", "/category/1/page/1",
                    "/posts/1/page/1", "/list/page/999999", "/category/99",
                    "/posts/99999999", "/posts/99999999/edit",
                    "/posts/99999999/newer", "/posts/1/older",
                    "/posts/1/recommend", "/none", "/posts/01", "/posts/1/x")


class Site:
    def __init__(self, stack):
        self.first = Board(stack, "", POSTS)
        self.other = Board(stack, "free", OTHERS)
        self.boards = (self.first, self.other)

    def addresses(self):
        """Every one that a guest can GET; without the images that count."""
        for board in self.boards:
            for path in board.addresses():
                yield board.base if path == "/" and board.base \
                    else board.base + path
        yield from ("/boards", "/robots.txt", "/healthz", "/healthz/live",
                    "/metrics", "/language",
                    "/boards/", "/boards/none/list",
                    "/boards/free/", "/favicon.ico", "//", "/%E1%84%80",
                    "/all?" + "x" * 500)

    def images(self):
        for board in self.boards:
            for number in (board.plain, board.notice, 1):
                yield f"{board.base}/posts/{number}/view.gif"


def routes():
    """The patterns that app/route.c answers a GET of, as expressions."""
    with open(os.path.join(SOURCE, "app", "route.c"),
              encoding="utf-8") as file:
        rows = re.findall(r'^    \{"([^"]+)", (\w+),', file.read(), re.M)
    assert len(rows) > 20, rows
    return [(pattern, re.compile(
        "(/boards/[a-z]+)?" + re.escape(pattern).replace(r"\#", r"\d+") +
        r"(\.json|\.atom)?")) for pattern, get in rows if get != "NULL"]


def missing_routes(paths):
    """The patterns that none of the paths is of."""
    paths = [path.partition("?")[0] for path in paths]
    return [pattern for pattern, expression in routes()
            if not any(expression.fullmatch(path) for path in paths)]
