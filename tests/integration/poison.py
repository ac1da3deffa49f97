#!/usr/bin/env python3
"""Published pages and those who mean harm: paths into the page store, a page
that one visitor would have served to the next, hosts of others in it, and
other users of the machine.
"""

import glob
import os
import posixpath
import re
import shutil
import signal
import stat
import subprocess
from urllib.parse import unquote, urlencode

import board
import fastcgi
from claims import expect, rows
from hostile import EVIL, FORWARDED, HOSTS, say, statuses, urls_of
from stack import (FORM, Stack, WORKER, clean_environment, main, posted_id,
                   wait_for)


def store_of(stack):
    return stack.path("pages")


def trash_is_empty(stack):
    """What was thrown away is not being removed any more."""
    wait_for("the trash to be empty", lambda: not glob.glob(
        os.path.join(store_of(stack), "trash", "*")))


def published(stack, path, language="en", **headers):
    """Asks until the page is a file; the answer."""
    headers = {"Accept-Language": language, **headers}
    found = []

    def is_file():
        found[:] = [stack.http("GET", path, None, headers)]
        return found[0].header("Server-Timing") is None
    wait_for(f"{path} to be a file", is_file, every=0.05)
    return found[0]


STORE_PATHS = [
    "/b./lists/en-list--", "/pages/b./lists/en-list--", "/b.%2flists%2fen-list--",
    "/list/..%2f..%2fb.%2flists%2fen-list--", "/list%2f..%2f..%2fsite",
    "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd",
    "/.%2e/.%2e/etc/passwd", "/list/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2fassets.hdf", "/static/%2e%2e/assets.hdf",
    "/static//../../assets.hdf", "/posts/..%2flists", "/posts/1%2f..%2f..",
    "/list%00", "/list%00.json", "/list;x", "/list;/..", "/list%3b", "/list\\",
    "/..\\..\\etc\\passwd", "/..%5c..%5cetc%5cpasswd", "/list.", "/list..",
    "/list%20", "/list%09", "/LIST", "/List", "/list.gz", "/list.json.gz",
    "/en-list--.gz", "/none", "/none/", "/gone/b./lists/en-list--",
    "/gone/../b./lists/en-list--", "/.1.2", "/b./lists/.1.2", "/list/.1.2",
    "/posts/.1.2", "/trash/1.2/en-list--", "/list--", "/%65n-list--",
    "/boards/..%2f/list", "/boards/.1.2/list", "/boards/%2e/list",
    "/boards//list", "/boards/b./list", "/posts/1:2", "/posts/1/page/..",
    "/list/page/1%2f..", "/%ef%bc%8e%ef%bc%8e/etc/passwd",
    "/%c0%ae%c0%ae/etc/passwd", "/list%0a", "/list%0d%0a", "/" + "a" * 7000,
    "/" + "../" * 2000, "/list" + "/." * 2000 + "x", "/list/" + "%2f" * 2000,
    "/~root", "/.git/config", "/.htaccess", "/assets.hdf",
]


def no_name_of_the_stores_own_is_an_address(stack):
    published(stack, "/list")
    lists = os.path.join(store_of(stack), "pages", "b.", "lists")
    trash = os.path.join(store_of(stack), "trash", "1.2")
    os.makedirs(trash, exist_ok=True)
    for path in (os.path.join(lists, ".1.2"),
                 os.path.join(trash, "en-list--")):
        with open(path, "w", encoding="utf-8") as file:
            file.write("unfinished")
    for path in STORE_PATHS:
        answer = say(stack, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                     f"Connection: close\r\n\r\n".encode("latin-1"))
        assert b"unfinished" not in answer and b"root:" not in answer, path
        codes = statuses(answer)
        assert codes and codes[0] < 500, (path[:60], answer[:200])
        if codes != [200] or b"Server-Timing" in answer:
            continue
        # A file: then it is what the address is without its detours.
        plain = fastcgi.ask(stack.plain.socket, "GET",
                            posixpath.normpath(unquote(path)), b"",
                            {"Host": "localhost"})
        expect(answer.partition(b"\r\n\r\n")[2], plain.body, path[:60])


ODD = [
    {"Cookie": "lang=ko"}, {"Cookie": 'lang="ko"'}, {"Cookie": "LANG=ko"},
    {"Cookie": "lang=ko; lang=en"}, {"Cookie": "a=lang=ko"},
    {"Cookie": "lang=en-ko"}, {"Cookie": "lang=../../x"},
    {"Accept-Language": "ko"}, {"Accept-Language": "en;q=0,ko"},
    {"Accept-Language": "x" * 2000}, {"Accept-Language": "*;q=0.1,ko;q=0.1"},
    {"Range": "bytes=0-10"}, {"If-Range": '"x"', "Range": "bytes=0-0"},
    {"If-None-Match": "*"}, {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00"},
    {"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "br, gzip"},
    {"Host": EVIL}, {"Authorization": "Basic eDp4"}, {"Origin": "null"},
    {"X-Forwarded-Host": EVIL, "X-Original-URL": "/all"},
    {"X-Forwarded-Proto": "https"}, {"Content-Length": "0"},
    {"Expect": "100-continue"}, {"Connection": "Cookie"},
]
POISONED = ["/", "/list", "/posts/1", "/list.json", "/list.atom"]


def no_odd_visitor_makes_the_page_of_the_next(stack):
    pages = os.path.join(store_of(stack), "pages")
    for odd in ODD:
        # A page is published by the one who asks for it a second time.
        shutil.rmtree(pages, ignore_errors=True)
        for path in POISONED:
            for _ in range(3):
                stack.http("GET", path, None, odd)
        for path in POISONED:
            for language in ("en", "ko"):
                plain = fastcgi.ask(
                    stack.plain.socket, "GET", path, b"",
                    {"Accept-Language": language, "Host": "localhost"})
                sent = stack.http("GET", path, None,
                                  {"Accept-Language": language})
                expect((sent.status, sent.header("Content-Language"),
                        sent.body),
                       (plain.status, plain.header("Content-Language"),
                        plain.body), f"{path} after {odd}")


def a_visitors_own_is_in_no_file(stack):
    key = board.token(board.SECRET)
    marks = [b"only-for-me", b"sesame-9", key.encode()]
    stack.http("POST", "/write", urlencode(
        {"full_name": "own", "data": "with one", "password": "sesame-9"}),
        {"Content-Type": FORM})
    answer = stack.http("POST", "/write", urlencode(
        {"full_name": "own", "data": "in public"}), {"Content-Type": FORM})
    mine = re.search(r"posted=(\d+)&mine=([0-9a-f]+)",
                     answer.header("Location"))
    marks.append(mine[2].encode())
    for _ in range(4):
        for path in (f"/posts/{board.SECRET}?key={key}",
                     f"/posts/{mine[1]}?key={mine[2]}",
                     f"/posts/{mine[1]}/edit?key={mine[2]}",
                     f"/?posted={mine[1]}&mine={mine[2]}",
                     f"/posts/{mine[1]}?posted={mine[1]}&mine={mine[2]}"):
            assert stack.http("GET", path).status < 400, path
        stack.http("POST", "/posts/1/reply",
                   urlencode({"full_name": "", "data": "only-for-me"}),
                   {"Content-Type": FORM})
        published(stack, f"/posts/{mine[1]}")
    trash_is_empty(stack)
    seen = 0
    for folder, _, files in os.walk(store_of(stack)):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            seen += 1
            for mark in marks:
                assert mark not in data, (name, mark)
                assert mark.decode() not in name, name
    assert seen > 1, seen


def others_on_the_machine_may_read_pages_and_nothing_more(stack):
    """Also with a careless umask: the worker of this board has 0."""
    for path in POISONED:
        published(stack, path)
    trash_is_empty(stack)
    seen = 0
    for folder, folders, files in os.walk(store_of(stack)):
        for name in folders + files:
            status = os.lstat(os.path.join(folder, name))
            seen += 1
            expect(stat.S_IMODE(status.st_mode),
                   0o755 if stat.S_ISDIR(status.st_mode) else 0o644, name)
            assert stat.S_ISDIR(status.st_mode) or stat.S_ISREG(
                status.st_mode), f"{name} is neither"
            expect(status.st_uid, os.getuid(), name)
            # A link to it from elsewhere would keep what was thrown away.
            assert stat.S_ISDIR(status.st_mode) or status.st_nlink == 1
    assert seen > 10, seen
    status = os.lstat(store_of(stack))
    expect(stat.S_IMODE(status.st_mode), 0o755, "the folder")
    expect(stat.S_IMODE(os.lstat(stack.socket).st_mode), 0o660, "the socket")


def a_link_in_a_folders_place_is_not_followed(stack):
    """Nobody else could put it there; if somebody did, nothing goes there."""
    lists = os.path.join(store_of(stack), "pages", "b.", "lists")
    victim = stack.path("victim")
    os.mkdir(victim)
    published(stack, "/list")
    os.rename(lists, lists + ".old")
    os.symlink(victim, lists)
    try:
        for _ in range(4):
            expect(stack.http("GET", "/list").status, 200)
            expect(stack.http("GET", "/all").status, 200)
        expect(os.listdir(victim), [])
    finally:
        os.unlink(lists)
    published(stack, "/list")


NOBODY = 65534


def roots_command_goes_where_the_folders_user_may(stack):
    """A worker that was taken over leads root to a folder of root's."""
    if os.geteuid() != 0:
        print("# skipped: not root")
        return
    posted_id(stack.post("n", "to be deleted by root"))
    published(stack, "/list")
    pages, roots = os.path.join(store_of(stack), "pages"), stack.path("roots")
    stack.worker.send(signal.SIGSTOP)  # it is root here, too
    os.rename(pages, roots)
    before = tree_of(roots)
    os.symlink(roots, pages)
    os.chown(store_of(stack), NOBODY, NOBODY)
    os.lchown(pages, NOBODY, NOBODY)
    os.chmod(stack.redis_socket, 0o777)
    # Who has become another user can't be looked into by LeakSanitizer.
    env = clean_environment(**stack.settings)
    env["ASAN_OPTIONS"] = "detect_leaks=0"
    try:
        with stack.redis_client() as redis:
            newest = redis("LINDEX", "post_id", 0).decode()
        done = subprocess.run([WORKER, "delete", newest], check=False,
                              env=env)
        expect(done.returncode, 0)
        assert len(before) > 3, before
        expect(tree_of(roots), before)
    finally:
        os.unlink(pages)
        os.chown(store_of(stack), 0, 0)
        stack.worker.send(signal.SIGCONT)
    published(stack, "/list")


def tree_of(folder):
    return sorted(os.path.join(path, name) for path, folders, files
                  in os.walk(folder) for name in folders + files)


def a_file_that_others_have_a_link_to_is_not_written_into(stack):
    """A page is a new file each time; who holds the old one holds that."""
    old = published(stack, "/list").body
    lists = os.path.join(store_of(stack), "pages", "b.", "lists")
    held = stack.path("held")
    os.link(os.path.join(lists, "en-list--"), held)
    posted_id(stack.post("n", "after the link"))
    assert published(stack, "/list").body != old
    with open(held, "rb") as file:
        expect(file.read(), old)


class Published(Stack):
    """A board with everything on it, and a worker that publishes nothing."""

    def __init__(self):
        self.plain = None
        super().__init__(nginx=True, pages=True, slots=2, errors=True,
                         **board.SETTINGS)

    def __enter__(self):
        mask = os.umask(0)
        super().__enter__()
        os.umask(mask)
        board.fill(self)
        board.fill_more(self)
        self.plain = Stack(redis=False, slots=1, **{
            **self.settings, "PAGES_FOLDER": ""})
        self.plain.start_worker()
        return self

    def __exit__(self, *what):
        if self.plain:
            self.plain.__exit__(*what)
            self.faults += self.plain.faults
        super().__exit__(*what)


@rows([(repr(host[:30]), host) for host in HOSTS])
def with_an_address_of_its_own_a_site_knows_no_other(stack, host):
    for path in ("/", "/list.atom", "/posts/1", "/list.json", "/sitemap.xml",
                 "/robots.txt"):
        answer = stack.ask("GET", path, b"", {"Host": host, **FORWARDED})
        assert answer.status in (200, 404), (path, answer.status)
        assert EVIL not in answer.text, path
        expect([u for u in urls_of(answer) if "localhost" not in u and
                not re.match(r"https?://([a-z]+\.)*(w3|sitemaps|example)\.org", u)],
               [], path)


if __name__ == "__main__":
    main((Published, [
        with_an_address_of_its_own_a_site_knows_no_other,
        no_name_of_the_stores_own_is_an_address,
        no_odd_visitor_makes_the_page_of_the_next,
        a_visitors_own_is_in_no_file,
        others_on_the_machine_may_read_pages_and_nothing_more,
        a_file_that_others_have_a_link_to_is_not_written_into,
        a_link_in_a_folders_place_is_not_followed,
        roots_command_goes_where_the_folders_user_may,
    ]))
