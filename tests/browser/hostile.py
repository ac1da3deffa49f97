#!/usr/bin/env python3
"""Texts that are meant to do harm do none, in a real browser that runs
scripts: wherever a page, a feed or JSON shows them, they are words.

Pages are seen twice: as visitors see them, where our Content-Security-Policy
has nothing to forbid; and without that policy, so that it hides no fault.
"""

import glob
import json
import os
import re
import socket
import sys
import time
import unicodedata
from urllib.parse import urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import atom
from board import KEY, token
from claims import expect
from stack import FORM, SANITIZERS, fill, main
from texts import hostile
from webdriver import Driver, WebDriverError, skip_without_browser

PHONE = 390
PAGE_SIZE = 100
# What one text may take; a machine that is busy gets so many tries.
RENDER_MS, TRIES, PAUSE_S = 50, 5, 0.5
FIRST_MS = 1767323045000
VERSIONS_MAX, CATEGORIES_MAX, BOARDS_MAX = 20, 50, 99
# More than this is no title and no category: bytes.
LINE_BYTES = 1000
# What is seen again and again: texts up to so many characters, or every so
# many of them.
SHORT, EVERY = 2000, 4
# At once, so that no script takes longer than it may.
CHUNK, SCRIPT_MS = 32, 55000
FAULTS_MAX = 20
# Over limits.body_bytes no form is read.
BODY_BYTES = 200000
# Before any script of a page: what opens a window has run, and what our
# policy had to forbid is noted.
WATCH = """
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
  window[name] = () => { window.__pwned = name };
window.__violations = [];
addEventListener('securitypolicyviolation', e =>
    __violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
with open(os.path.join(HERE, "inspect.js"), encoding="utf-8") as script:
    INSPECT = script.read()
# A page of somebody's own, with our words in it; and what is wrong with it.
BLANK = """<!doctype html>
<body><a class=skip></a><header class=top></header><main>%s</main>
<footer class=bottom></footer>"""
SHOW = INSPECT + """
const done = arguments[1];
show(arguments[0], 390).then(f => {
  const sheet = new f.contentWindow.CSSStyleSheet();
  sheet.replaceSync('.text { overflow: auto }');
  f.contentDocument.adoptedStyleSheets = [sheet];
  setTimeout(() => {
    done(inspect(f.contentWindow, 390));
    f.remove();
  }, 50);
})"""


class Board:
    """The stack, its texts and the two browsers: what every claim needs."""

    def __init__(self, driver):
        self.canary = socket.create_server(("127.0.0.1", 0))
        self.canary.setblocking(False)
        self.texts = hostile("http://127.0.0.1:%d" %
                             self.canary.getsockname()[1])
        self.lines = [(label, text) for label, text in self.texts
                      if isinstance(text, str) and "\n" not in text and
                      len(text.encode()) < LINE_BYTES]
        self.visitor = self.browser(driver)
        self.naked = self.browser(driver, policy=False)
        self.short = [(label, text) for label, text in self.texts
                      if len(text) <= SHORT]
        self.stack = self.ids = None
        self.faults = []

    def browser(self, driver, policy=True):
        browser = driver.browser(width=PHONE, height=800, phone=True)
        browser.call("POST", "/timeouts",
                     {"script": SCRIPT_MS, "pageLoad": SCRIPT_MS})
        browser.devtools("Page.enable")
        browser.devtools("Page.addScriptToEvaluateOnNewDocument",
                         source=WATCH)
        browser.devtools("Page.setBypassCSP", enabled=not policy)
        return browser

    def redis(self, *commands):
        with self.stack.redis_client(60) as redis:
            return redis.pipeline(commands)

    def url(self, path):
        return f"http://127.0.0.1:{self.stack.port}{path}"

    def go(self, path, *selectors):
        """Goes there as a visitor does; what it says at the selectors."""
        browser = self.visitor
        browser.go(self.url(path))
        try:
            faults, violations, said = browser.script(
                INSPECT + "return [inspect(window, arguments[0]),"
                "__violations, said(document, arguments[1])]",
                PHONE, selectors)
        except WebDriverError as error:
            raise AssertionError(f"{path}: {error}") from None
        self.faults += [f"{path}: {fault}" for fault in faults]
        self.faults += [f"{path}: violates {what}" for what in violations]
        return said

    def visit(self, requests, *selectors):
        """(label, status, said) of requests, (label, target, fields)."""
        self.naked.go(self.url("/healthz"))
        for at in range(0, len(requests), CHUNK):
            some = requests[at:at + CHUNK]
            seen = self.naked.script_later(
                INSPECT + "const done = arguments[3]; visitAll(arguments[0],"
                "arguments[1], arguments[2]).then(done, e => done(`${e}`))",
                [[target, fields and urlencode(fields)]
                 for _, target, fields in some], PHONE, selectors)
            assert isinstance(seen, list), seen
            for (label, target, _), one in zip(some, seen):
                self.faults += [f"{label}, {target}: {fault}"
                                for fault in one["faults"]]
                yield label, one["status"], one["said"]


def is_clean(text):
    """Whether a page may show all of it as it is: see text_repair()."""
    if isinstance(text, bytes):
        return False
    return not any(
        (unicodedata.category(c) == "Cc" and c not in "\t\n") or
        "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" or
        "\ufdd0" <= c <= "\ufdef" or
        ord(c) & 0xfffe == 0xfffe for c in text)


def units(text):
    """The first 1,000 of JavaScript's characters."""
    return text.encode("utf-16-le")[:2000].decode("utf-16-le", "ignore")


def is_said(label, got, text):
    """Where nothing had to be repaired, the words are those typed."""
    if not is_clean(text) or len(text) > LINE_BYTES:
        return
    if units(got) != units(text):
        raise AssertionError(f"{label}: got {got!r}, wanted {text!r}")


# What the inspection is worth

def what_is_harmful_is_found(board):
    """Without this, a page that is not even looked at would do."""
    board.naked.go(board.url("/healthz"))
    evil = f"http://127.0.0.1:{board.canary.getsockname()[1]}"
    for harm, fault in (
            ("<script>window.__pwned=1</script>", "it ran"),
            ("<img src=x onerror=window.__pwned=1>", "it ran"),
            ("<svg onload=alert(1)>", "it ran"),
            (f"<img src={board.url('/healthz')}>", "element"),
            ("</div><pre>" + "w" * 200, "px wide"),
            ("<a href='javascript:alert(1)'>", "link"),
            ("<a href='http://a' onclick=x>", "attribute onclick"),
            ("<a href='http://a'>", "link"),
            ("<iframe>", "element"), ("<p id=content>", "attribute id"),
            (f"<form action={evil}>", "element"),
            ("</div></main><p>", "consists of"),
            (f"</div><a href='{evil}'>", "leads away"),
            ("</div><meta http-equiv=refresh content=99>", "http-equiv")):
        faults = board.naked.script_later(
            SHOW, BLANK % f"<div class=text>{harm}</div>")
        assert any(fault in each for each in faults), f"{harm}: {faults}"


# Written straight into Redis

def a_board_full_of_them_is_harmless(board):
    posts = [(text, text) for _, text in reversed(board.texts)]
    board.redis(("FLUSHALL",), ("SET", "madang:secret", KEY))
    with board.stack.redis_client(60) as redis:
        ids = fill(redis, posts)
    board.ids = list(reversed(ids))
    board.redis(*(("HSET", f"news:meta:{number}", "title", text, "time",
                   FIRST_MS + number)
                  for number, (_, text) in zip(board.ids, board.texts)))
    pages = -(-len(ids) // PAGE_SIZE)
    paths = [f"{path}/page/{n}" if n > 1 else path for path in
             ("/all", "/list") for n in range(1, pages + 1)]
    shown = []
    for path in paths + ["/latest", "/"]:
        said = board.go(path, ".name bdi", "p.title > a")
        expect(len(said[".name bdi"]), len(said["p.title > a"]), path)
        if path.startswith("/all"):
            shown += zip(said[".name bdi"], said["p.title > a"])
    expect(len(shown), len(board.texts), "posts on /all")
    for (label, text), (name, title) in zip(board.texts, shown):
        is_said(f"the name of {label}", name, text)
        is_said(f"the title of {label}", title, text)


def a_post_is_harmless_on_its_page(board):
    requests = [(label, f"/posts/{number}", None)
                for (label, _), number in zip(board.texts, board.ids)]
    seen = board.visit(requests, "h1.title", "title",
                       "meta[property='og:title']", ".text")
    for (_, text), (label, status, said) in zip(board.texts, seen):
        expect(status, 200, label)
        expect(len(said["h1.title"] + said[".text"]), 2, label)
        is_said(label, said["h1.title"][0], text)


def a_browser_that_goes_to_a_post_is_safe(board):
    """Every eighth; the same pages as above, with our policy."""
    for number in board.ids[::8]:
        board.go(f"/posts/{number}")


def what_is_quoted_is_harmless(board):
    requests = [(label, f"/posts/{number}/reply?quote={number}", None)
                for (label, text), number in zip(board.texts, board.ids)
                if len(text) <= SHORT]
    for label, status, said in board.visit(requests, "textarea"):
        expect((status, len(said["textarea"])), (200, 1), label)


def a_reply_is_harmless(board):
    root = board.ids[-1]
    first = max(board.ids) + 1
    commands = [("SET", "last_id", first + len(board.texts))]
    for number, (_, text) in enumerate(board.texts, first):
        commands += [
            ("SET", f"news:name:{number}", text),
            ("SET", f"news:post:{number}", text),
            ("HSET", f"news:meta:{number}", "parent", root, "root", root,
             "depth", number % 7 + 1, "time", FIRST_MS + number),
            ("RPUSH", f"news:replies:{root}", f"{number}:{number % 7 + 1}")]
    board.redis(*commands)
    pages = -(-len(board.texts) // PAGE_SIZE)
    for page in range(1, pages + 1):
        path = f"/posts/{root}" + (f"/page/{page}" if page > 1 else "")
        said = board.go(path, ".reply .name bdi")[".reply .name bdi"]
        some = board.texts[(page - 1) * PAGE_SIZE:page * PAGE_SIZE]
        expect(len(said), len(some), path)
        for (label, text), name in zip(some, said):
            is_said(label, name, text)


def an_earlier_version_is_harmless(board):
    requests = []
    for at in range(0, len(board.texts), VERSIONS_MAX):
        number = board.ids[at]
        key = f"news:versions:{number}"
        for _, text in board.texts[at:at + VERSIONS_MAX]:
            data = text.encode() if isinstance(text, str) else text
            data = data.replace(b"\0", b"")[:100000]
            board.redis(("RPUSH", key, b"\0".join(
                (str(FIRST_MS).encode(), data, data, data))))
        board.go(f"/posts/{number}/versions?key={token(number)}")
        requests += [(f"version {n}", f"/posts/{number}/edit?"
                      f"key={token(number)}&version={n}", None)
                     for n in range(1, VERSIONS_MAX + 1, EVERY)]
    for label, _, _ in board.visit(requests):
        pass


def a_category_is_harmless(board):
    requests = []
    for at in range(0, len(board.lines), CATEGORIES_MAX):
        some = [text for _, text in board.lines[at:at + CATEGORIES_MAX]]
        prefix, slug = f"{{c{at}}}:", f"c{at}"
        commands = [("RPUSH", "madang:boards", slug),
                    ("HSET", f"{prefix}madang:board", "title", slug,
                     "categories", "\n".join(some))]
        for number in range(1, len(some) + 1):
            commands += [
                ("SET", f"{prefix}last_id", number),
                ("SET", f"{prefix}news:name:{number}", "n"),
                ("SET", f"{prefix}news:post:{number}", "t"),
                ("HSET", f"{prefix}news:meta:{number}", "category", number,
                 "time", FIRST_MS),
                ("LPUSH", f"{prefix}news:category:{number}", number),
                ("LPUSH", f"{prefix}post_id", number)]
        board.redis(*commands)
        said = board.go(f"/boards/{slug}/list", ".row .category")
        expect(len(said[".row .category"]), len(some), slug)
        board.go(f"/boards/{slug}/write")
        requests += [(text[:40], f"/boards/{slug}/category/{n}", None)
                     for n, text in list(enumerate(some, 1))[::EVERY]]
        feed = board.stack.http("GET", f"/boards/{slug}/list.atom")
        atom.read(feed.body)
    for label, status, _ in board.visit(requests):
        expect(status, 200, label)


def a_board_s_title_is_harmless(board):
    requests = []
    for at in range(0, len(board.lines), BOARDS_MAX):
        some = board.lines[at:at + BOARDS_MAX]
        slugs = [f"t{n}" for n in range(len(some))]
        board.redis(("DEL", "madang:boards"),
                    ("RPUSH", "madang:boards", *slugs),
                    *(("HSET", f"{{{slug}}}:madang:board", "title", text)
                      for slug, (_, text) in zip(slugs, some)))
        said = board.go("/boards", ".boards a")[".boards a"]
        expect(len(said), len(some) + 1, "boards")
        for (label, text), title in zip(some, said[1:]):
            is_said(label, title, text)
        requests = [(label, f"/boards/{slug}/list", None)
                    for slug, (label, _) in zip(slugs, some)][::EVERY]
        for label, status, _ in board.visit(requests):
            expect(status, 200, label)
    board.redis(("DEL", "madang:boards"))


# Sent with a form

def what_is_typed_comes_back_harmless(board):
    """As a preview, or in the form with what is wrong."""
    requests = [(label, "/write", {"title": text, "full_name": text,
                                   "data": text, "preview": "1"})
                for label, text in board.short]
    typed = dict(board.texts)
    statuses = set()
    for label, status, said in board.visit(
            requests, "textarea", "input[name=full_name]", ".preview .text"):
        statuses.add((status, len(said[".preview .text"])))
        if isinstance(typed[label], bytes):
            expect(status, 400, label)
        elif said["textarea"]:
            is_said(label, said["textarea"][0],
                    typed[label].replace("\r\n", "\n"))
    expect(statuses, {(200, 1), (400, 0)}, "what there was")


def a_conflict_of_edits_is_harmless(board):
    requests = []
    for (label, text), number in list(zip(board.texts, board.ids))[::EVERY]:
        if isinstance(text, str) and len(text) <= SHORT:
            requests.append((label, f"/posts/{number}/edit", {
                "title": text[:90], "full_name": text[:40], "data": text,
                "version": "7", "key": token(number)}))
    shown = sum(len(said[".preview"])
                for _, _, said in board.visit(requests, ".preview"))
    assert shown > len(requests) / 2, f"{shown} conflicts"


def what_the_form_takes_is_harmless(board):
    taken = 0
    for label, text in board.texts:
        for fields in ({"title": text, "full_name": text, "data": text},
                       {"title": text, "full_name": "n", "data": "t"},
                       {"title": "", "full_name": "n", "data": text}):
            body = urlencode(fields).encode()
            if len(body) > BODY_BYTES:
                continue
            answer = board.stack.http("POST", "/write", body,
                                      {"Content-Type": FORM})
            assert answer.status in (303, 400), f"{label}: {answer.status}"
            names = {name.lower() for name, _ in answer.headers}
            assert "set-cookie" not in names, label
            taken += answer.status == 303
            if answer.status == 303:
                break
    assert taken > len(board.texts) / 2, f"{taken} taken"
    for page in range(1, -(-taken // PAGE_SIZE) + 1):
        board.go("/all" if page == 1 else f"/all/page/{page}")
        board.go("/list" if page == 1 else f"/list/page/{page}")


def a_megabyte_is_refused(board):
    answer = board.stack.http("POST", "/write", b"data=" + b"[" * (1 << 20),
                              {"Content-Type": FORM})
    expect(answer.status, 413)


# For machines

def feeds_and_json_hold_words_only(board):
    """The HTML in them is that of the page, by the same rules."""
    contents = []
    for (label, text), number in zip(board.texts, board.ids):
        _, entries = atom.read(board.stack.http(
            "GET", f"/posts/{number}.atom").body)
        body = board.stack.http("GET", f"/posts/{number}.json").text
        holds_no_markup(label, body)
        post = json.loads(body)
        is_said(label, post["name"], text)
        is_said(label, post["title"], text)
        is_said(label, entries[0].title, text)
        is_said(label, entries[0].name, text)
        expect(entries[0].content == post["html"], True, label)
        contents.append((label, post["html"]))
    for page in range(1, -(-len(board.texts) // PAGE_SIZE) + 1):
        path = f"/list/page/{page}.json" if page > 1 else "/list.json"
        body = board.stack.http("GET", path).text
        holds_no_markup(path, body)
        assert json.loads(body)["posts"], path
    atom.read(board.stack.http("GET", "/list.atom").body)
    harmless(board, contents)


def holds_no_markup(label, body):
    found = re.search("[<>&\u2028\u2029]|[\x00-\x1f\x7f](?!$)", body)
    assert not found, f"{label}: {found} is in the JSON"


def harmless(board, contents):
    """The same rules for HTML that others put into a page of theirs."""
    board.naked.go(board.url("/healthz"))
    contents = [(label, html) for label, html in contents
                if len(html) <= SHORT]
    for at in range(0, len(contents), CHUNK):
        some = contents[at:at + CHUNK]
        words = "".join(f"<div class=text>{html}</div>" for _, html in some)
        faults = board.naked.script_later(SHOW, BLANK % words)
        expect(faults, [], f"{some[0][0]} to {some[-1][0]}")


def none_takes_long_to_render(board):
    """Redis aside. Sanitizers are slow: with them nothing is shown."""
    if SANITIZERS:
        return
    slow = dict(zip(board.ids, (label for label, _ in board.texts)))
    least = {}
    for _ in range(TRIES):
        for number in slow:
            least[number] = min(rendering_ms(board, number),
                                least.get(number, 1e9))
        slow = {number: label for number, label in slow.items()
                if least[number] > RENDER_MS}
        if not slow:
            break
        time.sleep(PAUSE_S)  # the machine may be busy with something else
    expect([f"{label}: {least[number]:.1f} ms"
            for number, label in slow.items()], [])


def rendering_ms(board, number):
    """What Server-Timing says or, when that is less because the machine has
    others to serve, what the worker's threads were given of the processor.
    """
    before = processor_ms(board)
    timing = board.stack.ask("GET", f"/posts/{number}") \
        .header("Server-Timing")
    total, redis = (float(re.search(rf"{part};dur=([\d.]+)", timing)[1])
                    for part in ("total", "redis"))
    after = processor_ms(board)
    # Nothing was given: the system does not tell.
    return min(total - redis, after - before if after > before else total)


def processor_ms(board):
    spent = 0
    process = board.stack.worker.process.pid
    for path in glob.glob(f"/proc/{process}/task/*/schedstat"):
        with open(path, encoding="ascii") as file:
            spent += int(file.read().split()[0])
    return spent / 1e6


def nobody_was_asked_for_anything(board):
    try:
        _, address = board.canary.accept()
    except BlockingIOError:
        return
    raise AssertionError(f"{address} came")


CLAIMS = [
    what_is_harmful_is_found,
    a_board_full_of_them_is_harmless,
    none_takes_long_to_render,
    a_post_is_harmless_on_its_page,
    a_browser_that_goes_to_a_post_is_safe,
    what_is_quoted_is_harmless,
    feeds_and_json_hold_words_only,
    what_is_typed_comes_back_harmless,
    an_earlier_version_is_harmless,
    a_conflict_of_edits_is_harmless,
    a_category_is_harmless,
    a_board_s_title_is_harmless,
    a_megabyte_is_refused,
    what_the_form_takes_is_harmless,
    a_reply_is_harmless,
    nobody_was_asked_for_anything,
]


if __name__ == "__main__":
    skip_without_browser()
    with Driver() as shared:
        ours = Board(shared)

        def claim(test):
            def run(stack):
                ours.stack, ours.faults = stack, []
                test(ours)
                if ours.faults:
                    raise AssertionError("\n".join(ours.faults[:FAULTS_MAX]))
            run.__name__ = test.__name__
            return run

        main(({"nginx": True, "SITE_PAGE_SIZE": PAGE_SIZE,
               "SITE_HOME_SIZE": PAGE_SIZE, "SITE_LATEST_SIZE": PAGE_SIZE,
               "SITE_REPLIES_SIZE": PAGE_SIZE}, [*map(claim, CLAIMS)]))
