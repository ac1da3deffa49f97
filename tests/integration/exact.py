#!/usr/bin/python3
"""Published pages are right: after each kind of change no page that nginx sends
is older than it, and none was thrown away that did not change, save where the
table of app/board/graph.c says so. With two workers that share a store, and
with a second host's store on the same Redis.
"""

import http.client
import os
import shutil
import subprocess
import time
from urllib.parse import quote, urlencode

import board
import stack as stacks
from claims import expect
from languages import FILES_MIN, preferences
from stack import FORM, Stack, main, wait_for

PASSWORD = "sesame-7"
LISTS = ["/", "/all", "/all/page/2", "/latest", "/list", "/list/page/2",
         "/list.json", "/list/page/2.json", "/list.atom", "/category/1",
         "/category/2", "/category/1.json", "/category/1.atom"]
SITE = ["/boards", "/robots.txt", "/sitemap.xml"]
SECOND = ["/boards/qna", "/boards/qna/list", "/boards/qna/list.json",
          "/boards/qna/all"]
LANGUAGES = ("en", "ko")


class Board:
    """The stack, with what else listens on its Redis."""

    def __init__(self):
        self.stack = Stack(nginx=True, pages=True, slots=2, **board.SETTINGS)

    def __enter__(self):
        stack = self.stack.__enter__()
        board.fill(stack)
        board.fill_more(stack)
        # A worker that shares the store, one of another host, and one that
        # publishes nothing: what it says is right.
        stack.beside = self.worker("beside", stack.settings)
        other = dict(stack.settings, PAGES_FOLDER=stack.path("other"))
        stack.other = self.worker("other", other)
        plain = dict(stack.settings, PAGES_FOLDER="")
        stack.plain = self.worker("plain", plain)
        # The stores are emptied when the workers hear.
        time.sleep(0.5)
        return stack

    def worker(self, name, settings):
        socket = self.stack.path(f"{name}.sock")
        part = stacks.Part(
            [stacks.WORKER, "serve", "--listen", socket, "--slots", "2"],
            self.stack.path(f"{name}.log"),
            stacks.clean_environment(**settings))
        part.start()
        part.socket = socket
        wait_for(name, lambda: ask(part, "/healthz").status == 200)
        return part

    def __exit__(self, *what):
        for part in (self.stack.beside, self.stack.other, self.stack.plain):
            expect(part.stop(), 0, "how a worker ended")
            expect(stacks.FAULTS.findall(part.said()), [])
        self.stack.__exit__(*what)


def ask(part, path, language="en", **headers):
    return stacks.fastcgi.ask(
        part.socket, "GET", path, b"",
        {"Accept-Language": language, "Host": "localhost", **headers})


def threads():
    return [f"/posts/{i}{end}" for i in (4, 5, 20, 21, 22) for end in
            ("", ".json", ".atom")] + ["/posts/22/page/2", "/posts/2"]


def paths():
    return LISTS + SITE + SECOND + threads()


def file_of(path, language, root):
    """Where a page lies: what nginx.conf.example makes of its address."""
    slug = ""
    if path.startswith("/boards/"):
        slug, _, rest = path[len("/boards/"):].partition("/")
        path = "/" + rest
    stem, dot, kind = path.partition(".")
    pieces = stem.strip("/").split("/")
    if path in SITE:
        return f"{root}/pages/site/{language}-{slug}-{path[1:]}"
    number = pieces[pieces.index("page") + 1] if "page" in pieces else ""
    if pieces[0] == "posts":
        post = int(pieces[1])
        near = f"t{post // 100}" if post > 99 else "t"
        low = f"{post % 100:02}" if post > 99 else str(post)
        return (f"{root}/pages/b.{slug}/threads/{near}/{low}/"
                f"{language}-posts--{number}{dot}{kind}")
    category = pieces[1] if pieces[0] == "category" else ""
    return (f"{root}/pages/b.{slug}/lists/{language}-{pieces[0] or 'home'}-"
            f"{category}-{number}{dot}{kind}")


def is_file(stack, path, language, folder="pages"):
    return os.path.exists(file_of(path, language, stack.path(folder)))


def body_of(answer):
    return answer.status, answer.body


def publish(stack):
    """Asks for every page until each is a file, of both hosts."""
    for language in LANGUAGES:
        for path in paths():
            if ask(stack.plain, path).status != 200:
                continue
            for _ in range(40):
                stack.http("GET", path, headers={"Accept-Language": language})
                ask(stack.other, path, language)
                if (is_file(stack, path, language) and
                        is_file(stack, path, language, "other")):
                    break
                time.sleep(0.05)
            else:
                raise AssertionError(f"{path} is not published")


def right(stack):
    return {(path, language): body_of(ask(stack.plain, path, language))
            for path in paths() for language in LANGUAGES}


def sent(stack):
    """What nginx has for a reader now."""
    return {(path, language): body_of(stack.http(
        "GET", path, headers={"Accept-Language": language}))
            for path in paths() for language in LANGUAGES}


def sent_by_other(stack):
    """What a web server of the other host would send."""
    answers = {}
    for path in paths():
        for language in LANGUAGES:
            try:
                with open(file_of(path, language, stack.path("other")),
                          "rb") as file:
                    answers[path, language] = 200, file.read()
            except FileNotFoundError:
                answers[path, language] = body_of(
                    ask(stack.other, path, language))
    return answers


def differences(one, other):
    return sorted(key for key in one if one[key] != other[key])


def unit_of(path):
    if path in SITE:
        return "site"
    slug = path.split("/")[2] if path.startswith("/boards/") else ""
    if "/posts/" in path:
        return slug, path.split("/posts/")[1].split("/")[0].split(".")[0]
    return slug, "lists"


def kept(stack, change, at_once=True, **may):
    """Nothing is stale, and units that did not change are still there."""
    publish(stack)
    before = right(stack)
    there = {(path, language, folder) for path in paths()
             for language in LANGUAGES for folder in ("pages", "other")
             if is_file(stack, path, language, folder)}
    change(stack)
    time.sleep(0.3)
    gone = {unit_of(path) for path, language, folder in there
            if not is_file(stack, path, language, folder)}
    changed = {unit_of(path) for path, _ in
               differences(before, right(stack))}
    expect(changed - gone, set(), "changed and is still a file")
    expect(gone - changed - set(may.get("may", ())), set(),
           "went without a change")
    if at_once:
        expect(differences(sent(stack), right(stack)), [], "stale")
    return changed


def form(stack, path, fields):
    """Posts the form of a page with some of its fields changed."""
    page = ask(stack.plain, path).page
    values = {name: value for name, value in page.fields.items()
              if name not in ("lang", "back")}
    values.update(fields)
    return stack.http("POST", path.partition("?")[0],
                      urlencode({k: v for k, v in values.items()
                                 if v is not None}).encode(),
                      {"Content-Type": FORM})


def owner(stack, *words):
    done = subprocess.run([stacks.WORKER, *words], capture_output=True,
                          text=True, check=False,
                          env=stacks.clean_environment(**stack.settings))
    expect(done.returncode, 0, f"{words}: {done.stderr}")


def changes_are_seen_at_once(stack, change):
    """The same, without looking at what went."""
    publish(stack)
    change(stack)
    expect(differences(sent(stack), right(stack)), [],
           "stale right after the answer")
    wait_for("the other host's pages to be right",
             lambda: not differences(sent_by_other(stack), right(stack)), 5)


def post(stack):
    expect(stack.post("글쓴이", f"새 글 {time.monotonic()}").status, 303)


def last_id(stack):
    with stack.redis_client() as redis:
        return int(redis("GET", "last_id"))


def a_post_is_seen_at_once(stack):
    changes_are_seen_at_once(stack, post)
    kept(stack, post)


def a_reply_is_seen_at_once(stack):
    def reply(stack):
        answer = form(stack, "/posts/22/reply",
                      {"full_name": "답", "data": f"답글 {time.monotonic()}",
                       "password": PASSWORD})
        expect(answer.status, 303)

    changes_are_seen_at_once(stack, reply)
    kept(stack, reply)


def a_recommendation_is_seen_at_once(stack):
    def recommend(stack):
        answer = stack.http("POST", "/posts/21/recommend", b"",
                            {"Content-Type": FORM})
        expect(answer.status, 303)

    changes_are_seen_at_once(stack, recommend)
    # Its row, which is on none of these pages, has the number.
    kept(stack, recommend, may=[("", "lists")])


def own_post(stack, **fields):
    """A post with a password, and the address where it is edited."""
    answer = form(stack, "/write", {
        "full_name": "주인", "title": "제목", "data": f"{time.monotonic()}",
        "password": PASSWORD, **fields})
    expect(answer.status, 303)
    number = last_id(stack)
    answer = stack.http("POST", f"/posts/{number}/unlock", urlencode(
        {"password": PASSWORD, "to": "edit"}).encode(),
                        {"Content-Type": FORM})
    expect(answer.status, 303)
    return number, answer.header("Location")


def an_edit_is_seen_at_once(stack):
    _, edit = own_post(stack)

    def change(stack):
        answer = form(stack, edit, {"data": f"다르게 {time.monotonic()}"})
        expect(answer.status, 303)

    changes_are_seen_at_once(stack, change)


def secrecy_and_category_are_seen_at_once(stack):
    number, edit = own_post(stack)
    page = f"/posts/{number}"
    for fields in ({"category": "1"}, {"category": "2"}, {"secret": "1"},
                   {"secret": None}):
        for _ in range(3):
            stack.http("GET", page)

        def change(stack, fields=fields):
            expect(form(stack, edit, fields).status, 303)

        changes_are_seen_at_once(stack, change)
        expect(body_of(stack.http("GET", page)),
               body_of(ask(stack.plain, page)), f"after {fields}")


def a_secret_post_is_never_a_file(stack):
    for _ in range(4):
        expect(stack.http("GET", f"/posts/{board.SECRET}").status, 200)
    assert not is_file(stack, f"/posts/{board.SECRET}", "en")
    found = subprocess.run(
        ["grep", "-rl", "아무도 모를", stack.path("pages")],
        capture_output=True, check=False).stdout
    expect(found, b"", "files with a secret")


def what_is_deleted_and_restored_is_seen_at_once(stack):
    number, edit = own_post(stack)
    page = f"/posts/{number}"
    token = edit.partition("key=")[2]

    def delete(stack):
        answer = stack.http("POST", f"{page}/delete", urlencode(
            {"key": token}).encode(), {"Content-Type": FORM})
        expect(answer.status, 303)

    def restore(stack):
        owner(stack, "restore", str(number))

    for _ in range(3):
        expect(stack.http("GET", page).status, 200)
    changes_are_seen_at_once(stack, delete)
    for _ in range(3):
        answer = stack.http("GET", page)
        expect(answer.status, 404)
    expect(answer.header("Server-Timing"), None, "that it is gone is a file")
    made = stack.http("GET", page + "?x")
    assert made.header("Server-Timing")
    expect(headers_of(answer), headers_of(made), "that it is gone")
    expect(answer.body, ask(stack.plain, page).body)
    changes_are_seen_at_once(stack, restore)
    expect(stack.http("GET", page).status, 200)


def what_the_owner_does_is_seen_at_once(stack):
    changes_are_seen_at_once(stack, lambda s: owner(s, "notice", "4", "on"))
    changes_are_seen_at_once(stack, lambda s: owner(s, "notice", "4", "off"))
    changes_are_seen_at_once(stack, lambda s: owner(
        s, "board", "category", "새 분류"))
    changes_are_seen_at_once(stack, lambda s: owner(
        s, "board", "title", "새 이름", "--board", "qna"))


def a_post_that_moves_is_seen_at_once(stack):
    post(stack)
    number = last_id(stack)
    changes_are_seen_at_once(stack, lambda s: owner(
        s, "move", str(number), "qna"))


def what_is_written_by_hand_is_seen_soon(stack):
    def by_redis(*command):
        def change(stack):
            with stack.redis_client() as redis:
                redis(*command)
            wait_for("every page to be right", lambda: not differences(
                sent(stack), right(stack)), 5)
        return change

    for command in (("SET", "news:post:20", "다른 말"),
                    ("SET", "news:name:25", "다른 이름"),
                    ("HSET", "news:meta:21", "title", "손으로 쓴 제목"),
                    ("LREM", "post_id", 1, "6"),
                    ("DEL", "news:replies:22"),
                    ("HSET", "madang:board", "title", "다른 게시판"),
                    ("RPUSH", "madang:boards", "empty-one")):
        kept(stack, by_redis(*command), may=ALL)


# By hand all may go; what must stay is looked at where a visitor writes.
ALL = {"site", ("", "lists"), ("qna", "lists")} | {
    ("", str(i)) for i in (2, 4, 5, 20, 21, 22)}


def a_reply_by_hand_leaves_lists_and_other_threads(stack):
    def change(stack):
        with stack.redis_client() as redis:
            redis("SET", "news:post:24", f"{time.monotonic()}")
    changed = kept(stack, change)
    assert ("", "lists") not in changed


def the_tutorials_way_of_writing_is_seen_soon(stack):
    def change(stack):
        with stack.redis_client() as redis:
            stacks.fill(redis, [("john", "by Flask")])
        wait_for("every page to be right", lambda: not differences(
            sent(stack), right(stack)), 5)
    kept(stack, change)


def views_are_seen_within_a_minute(stack):
    publish(stack)
    before = ask(stack.plain, "/posts/20").body
    for _ in range(3):
        expect(stack.http("GET", "/posts/20/view.gif").status, 200)
    wait_for("the views to be counted", lambda: ask(
        stack.plain, "/posts/20").body != before)
    wait_for("every page to be right", lambda: not differences(
        sent(stack), right(stack)), 60, 1)
    # Till every worker has looked at what is seen late: nothing is left then.
    time.sleep(2)


def headers_of(answer):
    return sorted({h for h in answer.headers
                   if h[0] not in ("Date", "Server-Timing")})


def every_header_is_the_workers(stack):
    for path in paths():
        for more in ({}, {"Accept-Encoding": "gzip"}):
            headers = {"Accept-Language": "ko", **more}
            publish_one(stack, path)
            file = stack.http("GET", path, headers=headers)
            expect(file.header("Server-Timing"), None, f"{path} is a file")
            shutil.rmtree(stack.path("pages") + "/pages")
            made = stack.http("GET", path, headers=headers)
            assert made.header("Server-Timing"), path
            expect(headers_of(file), headers_of(made), path)
            expect(file.body, made.body, path)


def publish_one(stack, path):
    wait_for(path, lambda: stack.http("GET", path, headers={
        "Accept-Language": "ko"}).header("Server-Timing") is None)


def a_page_that_is_known_is_not_sent_again(stack):
    publish(stack)
    for path in ("/list", "/posts/22", "/list.atom"):
        for more in ({}, {"Accept-Encoding": "gzip"}):
            headers = {"Accept-Language": "ko", **more}
            tag = stack.http("GET", path, headers=headers).header("ETag")
            again = dict(headers, **{"If-None-Match": tag})
            for _ in range(2):
                answer = stack.http("GET", path, headers=again)
                expect(answer.status, 304, path)
                expect(answer.header("ETag"), tag)
                expect(answer.header("Cache-Control"), "no-cache")
                shutil.rmtree(stack.path("pages") + "/pages",
                              ignore_errors=True)


def nginx_chooses_the_workers_language(stack):
    """Of the files or, where it leaves that to the worker, by it."""
    publish(stack)
    files = 0
    for headers in preferences():
        answer = stack.http("GET", "/list", headers=headers)
        wanted = stacks.fastcgi.ask(
            stack.plain.socket, "GET", "/list", b"",
            {"Host": "localhost", **headers})
        expect(answer.header("Content-Language"),
               wanted.header("Content-Language"),
               headers)
        files += answer.header("Server-Timing") is None
    assert files > FILES_MIN, files
    with open(stack.path("log/nginx.log"), encoding="utf-8") as log:
        assert "pcre" not in log.read()


def two_cookie_headers_are_one(stack):
    publish(stack)
    client = http.client.HTTPConnection("127.0.0.1", stack.port)
    for path in ("/list", "/list?x"):
        client.putrequest("GET", path)
        for cookie in ("a=b", "lang=ko"):
            client.putheader("Cookie", cookie)
        client.endheaders()
        answer = client.getresponse()
        answer.read()
        expect(answer.getheader("Content-Language"), "ko", path)
    client.close()


def what_there_is_not_leaves_nothing(stack):
    publish(stack)
    for _ in range(3):
        for path in ("/boards/none/list", "/boards/none/posts/105",
                     "/posts/98765", "/list/page/99"):
            expect(stack.http("GET", path).status, 404, path)
    for _, folders, names in os.walk(stack.path("pages/pages")):
        assert "b.none" not in folders and "t987" not in folders, folders
        assert not [name for name in names if "99" in name], names


def odd_addresses_are_no_files(stack):
    publish(stack)
    for path in ("/list/", "/list?x=1", "/list/page/1", "/list/page/01",
                 "/posts/022", "/posts/22/page/1", "/posts/22?key=0",
                 "/list/../list/page/99", "/b./lists/en-list--",
                 "/pages/b./lists/en-list--", "/en-list--", "/gone/x",
                 "/away.html", "/none", "/list--", "/boards/", "/list.gz",
                 "/posts/.json", "/list%0a", "/posts/22%0a",
                 "/%0a", "/%2e%2e/%2e%2e/etc/passwd"):
        answer = stack.http("GET", path)
        assert answer.status != 200 or answer.header("Server-Timing"), (
            f"{path} is a file: {answer}")
    answer = stack.http("POST", "/list", b"x", {"Content-Type": FORM})
    expect(answer.status, 405, "POST /list")
    answer = stack.http("GET", "/" + quote("list"))
    expect(answer.status, 200)


def flushing_the_database_is_seen_soon(stack):
    publish(stack)
    with stack.redis_client() as redis:
        redis("FLUSHDB")
    wait_for("every page to be right",
             lambda: not differences(sent(stack), right(stack)), 5)
    wait_for("the other host's", lambda: not differences(
        sent_by_other(stack), right(stack)), 5)


main((Board, [a_post_is_seen_at_once,
              a_reply_is_seen_at_once,
              a_recommendation_is_seen_at_once,
              an_edit_is_seen_at_once,
              secrecy_and_category_are_seen_at_once,
              a_secret_post_is_never_a_file,
              what_is_deleted_and_restored_is_seen_at_once,
              what_the_owner_does_is_seen_at_once,
              a_post_that_moves_is_seen_at_once,
              the_tutorials_way_of_writing_is_seen_soon,
              views_are_seen_within_a_minute,
              a_reply_by_hand_leaves_lists_and_other_threads,
              every_header_is_the_workers,
              a_page_that_is_known_is_not_sent_again,
              nginx_chooses_the_workers_language,
              two_cookie_headers_are_one,
              what_there_is_not_leaves_nothing,
              odd_addresses_are_no_files,
              what_is_written_by_hand_is_seen_soon,
              flushing_the_database_is_seen_soon]))
