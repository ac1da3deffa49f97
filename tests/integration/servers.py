#!/usr/bin/python3
"""The page store by other web servers than nginx."""

import gzip
import http.client
import os
import re
import shutil
import sys
import threading
import time
from urllib.parse import urlencode

import stack as stacks
from claims import expect
from hosted import Hosted
from languages import FILES_MIN, preferences
from stack import FORM, SKIPPED, main, wait_for
from webservers import Fcgid, Lighttpd, Proxied, can_be

POSTS = 60
DROPPING_SECONDS = 4
PATHS = ["/", "/list", "/list/page/2", "/all", "/latest", "/posts/60",
         "/posts/1", "/list.json", "/list.atom", "/posts/60.json",
         "/boards", "/sitemap.xml", "/robots.txt"]
AWAY = {"en": "Back in a moment", "ko": "잠시 쉬는 중입니다"}


def get(stack, path, language="en", **more):
    return stack.http("GET", path, headers={"Accept-Language": language,
                                            **more})


def is_file(answer):
    return answer.header("Server-Timing") is None


def published(stack, path, language="en", **more):
    """The page from its file."""
    found = []

    def sent():
        found[:] = [get(stack, path, language, **more)]
        return found[0].status == 200 and is_file(found[0])
    wait_for(f"{path} to be a file", sent)
    return found[0]


def a_visitor_reads_and_writes(stack):
    with stack.redis_client() as redis:
        stacks.fill(redis, [(f"n{i}", f"text {i}") for i in range(POSTS)])
    time.sleep(1)
    expect(get(stack, "/list").status, 200)
    answer = stack.post("김 씨", "안녕하세요, 이웃 여러분")
    expect(answer.status, 303)
    back = get(stack, answer.header("Location"), "ko")
    expect(back.status, 200)
    assert "안녕하세요, 이웃 여러분" in back.text
    assert "/madang.fcgi" not in back.text
    expect(get(stack, "/none").status, 404)
    expect(get(stack, "/list/").status, 301)
    # What a form had is kept.
    answer = stack.post("", "이름이 없는 글")
    expect(answer.status, 400)
    assert "이름이 없는 글" in answer.text


OWN = ("Date", "Server", "Server-Timing", "Connection", "Etag",
       "Content-Length", "Vary", "Keep-Alive", "Transfer-Encoding", "Upgrade",
       "Accept-Ranges")


def headers_of(answer):
    """Without those in which servers differ, the words of Vary beside."""
    vary = {word.strip() for line in answer.all("Vary")
            for word in line.split(",")} - {"Accept-Encoding"}
    return sorted({(n.title(), v) for n, v in answer.headers
                   if n.title() not in OWN} |
                  {("Vary", word) for word in vary})


def a_file_is_what_the_worker_would_send(stack):
    for path in PATHS:
        for language in AWAY:
            file = published(stack, path, language)
            if path.startswith(("/list", "/posts")):
                expect(get(stack, path + "?x", language).status, 200, path)
            packed = published(stack, path, language,
                               **{"Accept-Encoding": "gzip"})
            shutil.rmtree(stack.store)
            made = get(stack, path, language)
            assert not is_file(made), path
            expect(file.body, made.body, path)
            expect(headers_of(file), headers_of(made), path)
            wants = headers_of(made)
            if packed.header("Content-Encoding"):
                wants = sorted([*wants, ("Content-Encoding", "gzip")])
                assert len(packed.body) < len(file.body), path
                assert "Accept-Encoding" in ", ".join(packed.all("Vary"))
            expect(headers_of(packed), wants, path)


def what_is_no_page_of_the_store_is_compressed_too(stack):
    """lighttpd's by its example, where the module is (a package of its own);
    httpd's is what Debian has it do.
    """
    if not os.path.exists("/usr/lib/lighttpd/mod_deflate.so"):
        print("# lighttpd-mod-deflate is missing")
        return
    style = re.search(r'href="(/static/[^"]+\.css)"',
                      get(stack, "/list").text)[1]
    for path in ("/list?x", "/list.json?x", style):
        plain = get(stack, path)
        packed = get(stack, path, **{"Accept-Encoding": "gzip"})
        expect(packed.status, plain.status, path)
        expect(packed.header("Content-Encoding"), "gzip", path)
        expect(gzip.decompress(packed.body), plain.body, path)
        assert "Accept-Encoding" in ", ".join(packed.all("Vary")), path
        tag = packed.header("ETag")
        if tag:
            expect(get(stack, path, **{"Accept-Encoding": "gzip",
                                       "If-None-Match": tag}).status, 304,
                   path)


def a_page_that_is_known_is_not_sent_again(stack):
    for more in ({}, {"Accept-Encoding": "gzip"}):
        tag = published(stack, "/list", **more).header("ETag")
        answer = get(stack, "/list", **{"If-None-Match": tag}, **more)
        expect(answer.status, 304)
        expect(answer.body, b"")
        expect(get(stack, "/list", **{"If-None-Match": '"x"'}, **more).status,
               200)


def a_date_confirms_no_page(stack):
    """A file's time says what is in it, not when that was written."""
    published(stack, "/list")
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        for year in (1971, 2026, 2037):
            answer = get(stack, "/list", **{
                name: f"Thu, 01 Jan {year} 00:00:00 GMT"})
            expect(answer.status, 200, f"{name} {year}")
    expect(get(stack, "/list", **{"If-Match": '"x"'}).status, 200)


def what_is_written_is_seen_at_once(stack):
    for i in range(10):
        published(stack, "/list")
        published(stack, "/list", "ko", **{"Accept-Encoding": "gzip"})
        expect(stack.post("lee", f"number {i} is here").status, 303)
        assert f"number {i} is here" in get(stack, "/list").text
        assert f"number {i} is here" in get(stack, "/list", "ko").text


def the_language_is_the_workers(stack):
    for language in AWAY:
        published(stack, "/list", language)
    files = 0
    for headers in preferences():
        answer = stack.http("GET", "/list", headers=headers)
        wanted = stack.http("GET", "/list?x", headers=headers)
        assert not is_file(wanted)
        expect(answer.header("Content-Language"),
               wanted.header("Content-Language"),
               headers)
        files += is_file(answer)
    assert files > FILES_MIN, files


def nothing_else_is_a_file(stack):
    for path in ("/list", "/posts/60"):
        published(stack, path)
    for path in ("/list/", "/list?x=1", "/list/page/1", "/list/page/01",
                 "/posts/060", "/posts/60/page/1", "/posts/60?key=0",
                 "/list/../list/page/99", "/b./lists/en-list--",
                 "/pages/b./lists/en-list--", "/cache/pages/b./lists/en-list--",
                 "/en-list--", "/away.html", "/none", "/list--", "/boards/",
                 "/list.gz", "/posts/.json", "/.htaccess", "/list%0a",
                 "/assets.hdf", "/madang.fcgi",
                 "/%2e%2e/%2e%2e/etc/passwd", "/static/../assets.hdf"):
        answer = stack.http("GET", path)
        assert answer.status != 200 or not is_file(answer), (
            f"{path} is a file: {answer}")
    expect(stack.http("HEAD", "/list").body, b"")
    style = re.search(r'/static/[^"]+\.css', get(stack, "/list").text)[0]
    answer = stack.http("GET", style)
    expect(answer.status, 200, style)
    assert "immutable" in answer.header("Cache-Control")


def a_page_that_goes_meanwhile_is_made_anew(stack):
    """It is looked for, thrown away, and read: nobody shall notice."""
    stop, wrong = threading.Event(), []

    def read():
        while not stop.is_set():
            for path in ("/list", "/", "/latest"):
                answer = get(stack, path)
                if answer.status != 200 or "</html>" not in answer.text:
                    wrong.append((path, answer.status))

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    with stack.redis_client() as redis:
        end = time.monotonic() + DROPPING_SECONDS
        while time.monotonic() < end:
            redis("RPUSH", "news:notices", 1)
            redis("DEL", "news:notices")
            time.sleep(0.002)
    stop.set()
    for reader in readers:
        reader.join()
    expect(wrong, [])


def without_redis_pages_are_read(stack):
    for path in PATHS:
        for language in AWAY:
            published(stack, path, language)
    stack.redis.stop()
    answer = get(stack, "/posts/7", "ko")
    expect(answer.status, 503)
    expect(answer.page.language, "ko")
    answer = stack.post("kim", "잃지 않을 글")
    expect(answer.status, 503)
    assert "잃지 않을 글" in answer.text
    for path in PATHS:
        for language in AWAY:
            answer = get(stack, path, language)
            expect(answer.status, 200, path)
            assert is_file(answer), path


def without_a_worker_pages_are_read_and_the_rest_is_a_plain_page(stack):
    stack.worker.kill()
    for path in PATHS:
        answer = get(stack, path, "ko")
        expect(answer.status, 200, path)
    for language, words in AWAY.items():
        for path in ("/posts/7", "/write", "/list?x=1"):
            answer = get(stack, path, language)
            expect(answer.status, 503, path)
            assert words in answer.text, answer.text
            expect(answer.page.language, language)
            expect(answer.header("Cache-Control"), "no-store")
            assert int(answer.header("Retry-After")) > 0
            assert answer.header("Content-Security-Policy"), path


def a_header_that_looks_like_the_proxys_is_not_believed(stack):
    """In CGI X_Forwarded_For has the name of X-Forwarded-For."""
    for i in range(LIMITED["WRITING_CLIENT_BURST"] + 1):
        answer = stack.http(
            "POST", "/", urlencode({"full_name": "n", "data": i}).encode(),
            {"Content-Type": FORM, "X-Forwarded-For": "198.51.100.1",
             "X_Forwarded_For": f"192.0.2.{i}",
             "X-Forwarded_For": f"192.0.2.{i}"})
    expect(answer.status, 429)


LIMITED = {"WRITING_PROXIES": "127.0.0.1", "WRITING_CLIENT_BURST": 2,
           "WRITING_CLIENT_PER_HOUR": 36, "WATCH_ALLOW": "127.0.0.1"}


def metrics_are_for_one_address(stack):
    """However it is spelled: the server tells the worker who asks."""
    for target, source, wanted in (
            ("/metrics", "127.0.0.1", 200), ("/metrics", "127.0.0.2", 404),
            ("//metrics", "127.0.0.2", 404), ("/%6detrics", "127.0.0.2", 404),
            ("/x/../metrics", "127.0.0.2", 404)):
        client = http.client.HTTPConnection(
            "127.0.0.1", stack.port, timeout=10, source_address=(source, 0))
        client.request("GET", target)
        reply = client.getresponse()
        expect(reply.status, wanted, f"{target} from {source}")
        expect(b"madang_requests_total" in reply.read(), wanted == 200)
        client.close()


CLAIMS = [a_visitor_reads_and_writes,
          a_file_is_what_the_worker_would_send,
          a_page_that_is_known_is_not_sent_again,
          a_date_confirms_no_page,
          what_is_written_is_seen_at_once,
          the_language_is_the_workers,
          nothing_else_is_a_file,
          a_page_that_goes_meanwhile_is_made_anew,
          without_redis_pages_are_read]
ALONE = [without_a_worker_pages_are_read_and_the_rest_is_a_plain_page]

if __name__ == "__main__":
    if not can_be(Proxied, Fcgid, Hosted, Lighttpd):
        print("# apache2-bin, libapache2-mod-fcgid or lighttpd is missing")
        sys.exit(SKIPPED)
    main((lambda: Proxied(errors=True), CLAIMS + ALONE),
         (lambda: Fcgid(errors=True), CLAIMS),
         (lambda: Hosted(errors=True), CLAIMS),
         (lambda: Lighttpd(errors=True),
          [*CLAIMS[:1], what_is_no_page_of_the_store_is_compressed_too,
           *CLAIMS[1:], *ALONE]),
         *((lambda server=server: server(**LIMITED),
            [a_header_that_looks_like_the_proxys_is_not_believed,
             metrics_are_for_one_address])
           for server in (Proxied, Fcgid, Hosted, Lighttpd)))
