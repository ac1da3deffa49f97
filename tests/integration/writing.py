#!/usr/bin/env python3
"""The form of /write: a title and a preview."""

import os
import re
import subprocess
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from claims import expect, rows
from curl import Visitor
from stack import (FORM, WORKER, clean_environment, fill, main,
                   posted_id)

POST = {"title": "제목 하나", "full_name": "홍길동",
        "data": "첫 줄\n둘째 줄 **굵게** https://example.org"}


def write(stack, fields, **headers):
    body = urlencode(fields).encode()
    return stack.http("POST", "/write", body,
                      {"Content-Type": FORM, **headers})


def keys(stack):
    with stack.redis_client() as redis:
        return redis("DBSIZE")


def typed(answer, fields):
    for name in ("title", "full_name", "data"):
        expect(answer.page.fields.get(name), fields.get(name, ""), name)


def a_title_is_kept_beside_the_contracts_keys(stack):
    number = posted_id(write(stack, POST))
    with stack.redis_client() as redis:
        expect(redis("GET", f"news:name:{number}").decode(), "홍길동")
        expect(redis("GET", f"news:post:{number}").decode(), POST["data"])
        expect(redis("HGET", f"news:meta:{number}", "title").decode(),
               "제목 하나")
        expect(redis("LINDEX", "post_id", 0).decode(), str(number))


def a_title_leads_to_the_post(stack):
    number = posted_id(write(stack, {**POST, "title": "A way in"}))
    for path in ("/", "/all", "/latest"):
        page = stack.http("GET", path).page
        assert "A way in" in page.words, path
        assert f"/posts/{number}" in page.links, path
    answer = stack.http("GET", f"/posts/{number}")
    assert b"<h1 class=\"title\" dir=\"auto\">A way in</h1>" in answer.body
    assert answer.page.title.startswith("A way in"), answer.page.title


def a_title_of_nought_is_a_title(stack):
    number = posted_id(write(stack, {**POST, "title": "0"}))
    body = stack.http("GET", f"/posts/{number}").body
    assert b'<h1 class="title" dir="auto">0</h1>' in body


def a_post_needs_no_title(stack):
    number = posted_id(write(stack, {**POST, "title": "  "}))
    with stack.redis_client() as redis:
        expect(redis("HEXISTS", f"news:meta:{number}", "title"), 0)
    del_title = {k: v for k, v in POST.items() if k != "title"}
    posted_id(write(stack, {**del_title, "data": "without the field"}))


def another_title_is_another_post(stack):
    first = posted_id(write(stack, {**POST, "title": "one"}))
    assert posted_id(write(stack, {**POST, "title": "two"})) != first
    expect(posted_id(write(stack, {**POST, "title": "one"})), first)


def a_preview_stores_nothing_and_loses_nothing(stack):
    before = keys(stack)
    answer = write(stack, {**POST, "preview": "1"})
    expect(answer.status, 200)
    expect(keys(stack), before, "keys")
    typed(answer, POST)
    assert b'class="preview"' in answer.body
    # For the names of the categories.
    assert "1 round trips" in answer.header("Server-Timing")
    # Back and forth, and then for good.
    fields = {name: answer.page.fields[name]
              for name in ("title", "full_name", "data")}
    again = write(stack, {**fields, "preview": "1"})
    typed(again, POST)
    posted_id(write(stack, fields))


@rows([
    ("a long title", "title", {**POST, "title": "가" * 101}),
    ("a title that turns around", "title", {**POST, "title": "a\u202eb"}),
    ("no name", "full_name", {**POST, "full_name": ""}),
    ("no text", "data", {**POST, "data": " "}),
])
def what_is_wrong_is_said_at_its_field(stack, wrong, fields):
    for more in ({}, {"preview": "1"}):
        answer = write(stack, {**fields, **more})
        expect(answer.status, 400)
        typed(answer, fields)
        for name in ("title", "full_name", "data"):
            said = answer.page.complaint(name)
            assert bool(said) == (name == wrong), f"at {name}: {said!r}"


def links_of_visitors_lend_no_weight(stack):
    number = posted_id(write(stack, {**POST, "title": "links"}))
    body = stack.http("GET", f"/posts/{number}").body.decode()
    assert ('<a href="https://example.org" rel="nofollow ugc noopener">'
            in body), body


def what_looks_like_html_is_words(stack):
    text = "<b>bold?</b> <script>alert(1)</script>\n\n<div>\nx\n</div>"
    number = posted_id(write(stack, {**POST, "data": text}))
    answer = stack.http("GET", f"/posts/{number}")
    for word in ("<b>bold?</b>", "<script>alert(1)</script>", "<div>"):
        assert word in answer.page.words, word


def a_post_leads_to_its_neighbours_and_its_page(stack):
    with stack.redis_client() as redis:
        redis("FLUSHALL")
        fill(redis, [(f"n{i}", f"t{i}") for i in range(1, 102)])
    for number, older, newer, back in (
            (101, 100, None, "/list#post-101"),
            (82, 81, 83, "/list#post-82"),
            (81, 80, 82, "/list/page/2#post-81"),
            (1, None, 2, "/list/page/6#post-1")):
        links = stack.http("GET", f"/posts/{number}").page.links
        for way, wanted in (("older", older and f"/posts/{older}"),
                            ("newer", newer and f"/posts/{newer}"),
                            ("list", None)):
            target = f"/posts/{number}/{way}"
            assert target in links, links
            answer = stack.http("GET", target)
            expect((answer.status, answer.header("Location")),
                   (303, wanted or back), target)
            assert "1 round trips" in answer.header("Server-Timing")
            expect(answer.header("Cache-Control"), "no-store")
        page, _, anchor = back.partition("#")
        assert f'id="{anchor}"'.encode() in stack.http("GET", page).body


def a_posts_page_is_the_same_when_others_come_and_go(stack):
    pages = [stack.http("GET", f"/posts/{n}").body for n in (50, 100, 101)]
    number = posted_id(write(stack, {**POST, "title": "one more"}))
    expect(stack.http("GET", "/posts/101/newer").header("Location"),
           f"/posts/{number}")
    Visitor(stack, "en").owner("delete", 51)
    expect(stack.http("GET", "/posts/50/newer").header("Location"),
           "/posts/52")
    expect(stack.http("GET", "/posts/50/list").header("Location"),
           "/list/page/3#post-50")
    for before, post in zip(pages, (50, 100, 101)):
        assert stack.http("GET", f"/posts/{post}").body == before, post


def what_is_in_no_list_leads_to_its_first_page(stack):
    """A reply leads to where its thread is, as long as that is listed."""
    answer = stack.http("POST", "/posts/50/reply", urlencode(POST).encode(),
                        {"Content-Type": FORM})
    reply = int(answer.header("Location").rpartition("-")[2])
    for way, wanted in (("older", "/posts/49"), ("newer", "/posts/52"),
                        ("list", "/list/page/3#post-50")):
        expect(stack.http("GET", f"/posts/{reply}/{way}").header("Location"),
               wanted)
    Visitor(stack, "en").owner("delete", 50)
    for number in (50, reply):
        for way in ("older", "newer", "list"):
            answer = stack.http("GET", f"/posts/{number}/{way}")
            expect((answer.status, answer.header("Location")),
                   (303, "/list"), f"{number}/{way}")
    assert "/list" in stack.http("GET", "/posts/50").page.links
    for number in (51, 99999):
        expect(stack.http("GET", f"/posts/{number}/list").status, 404)


def the_words_alone_do_not_take_over_a_post(stack):
    words = {**POST, "title": "mine", "data": "that others can read"}
    first = write(stack, {**words, "password": "비밀번호"})
    assert "&mine=" not in first.header("Location")
    copied = write(stack, words)
    assert posted_id(copied) != posted_id(first)
    # A second click gets the link again; who comes later does not.
    number = posted_id(copied)
    expect(write(stack, words).header("Location"),
           copied.header("Location"))
    with stack.redis_client() as redis:
        written = int(redis("HGET", f"news:meta:{number}", "time"))
        redis("HSET", f"news:meta:{number}", "time", written - 6000)
        for key in redis("KEYS", "madang:once:*"):
            if redis("GET", key) == f"{number}:{written}".encode():
                redis("SET", key, f"{number}:{written - 6000}", "EX", 60)
    expect(write(stack, words).header("Location"), f"/?posted={number}")


def what_is_new_has_a_mark_for_a_day(stack):
    number = posted_id(write(stack, {**POST, "title": "fresh"}))
    row = f'id="post-{number}">'
    for age, marked in ((0, True), (23 * 3600000, True),
                        (25 * 3600000, False)):
        with stack.redis_client() as redis:
            redis("HSET", f"news:meta:{number}", "time",
                  int(time.time() * 1000) - age)
        page = stack.http("GET", "/list").text
        shown = page.partition(row)[2].partition("</li>")[0]
        assert "fresh" in shown, page
        expect('class="new"' in shown, marked, f"{age} ms")


def a_private_link_is_in_no_log(stack):
    answer = write(stack, {**POST, "title": "a private one"})
    key = answer.header("Location").partition("&mine=")[2]
    assert re.fullmatch(r"[0-9a-f]{32}", key), answer
    target = f"/posts/{posted_id(answer)}?key={key}"
    page = stack.http("GET", target, None, {"Referer": stack.url(target)})
    assert f"/posts/{posted_id(answer)}/edit?key={key}" in page.page.links
    stack.http("GET", answer.header("Location"))
    for folder, _, names in os.walk(stack.path("log")):
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as log:
                assert key not in log.read(), name
    assert key not in stack.worker.said()


def without_redis_everything_typed_is_kept(stack):
    stack.redis.kill()
    try:
        answer = write(stack, {**POST, "title": "kept"})
        expect(answer.status, 503)
        typed(answer, {**POST, "title": "kept"})
        answer = write(stack, {**POST, "preview": "1"})
        expect(answer.status, 200, "a preview needs no Redis")
        expect(stack.http("GET", "/write").status, 200)
    finally:
        stack.start_redis()
    posted_id(write(stack, {**POST, "title": "kept"}))


def a_slash_too_many_loses_no_text(stack):
    for path in ("/write/", "/boards/nowhere/", "/boards/nowhere/write/"):
        answer = stack.http("POST", path, urlencode(
            {**POST, "full_name": ""}).encode(), {"Content-Type": FORM})
        assert answer.status in (400, 404), f"{path}: {answer.status}"
        expect(answer.page.fields["data"].strip(), POST["data"], path)


def a_page_with_what_was_typed_has_no_way_to_lose_it(stack):
    assert 'action="/language"' in stack.http("GET", "/write").text
    for fields in ({**POST, "full_name": ""}, {**POST, "preview": "1"}):
        assert 'action="/language"' not in write(stack, fields).text


def a_private_link_is_of_the_pepper_it_was_made_with(stack):
    query = parse_qs(urlsplit(write(
        stack, {**POST, "title": "peppered"}).header("Location")).query)
    target = f"/posts/{query['posted'][0]}/edit"
    statuses = {}
    for pepper in ("", "black"):
        env = clean_environment(**{**stack.settings, "POST_PEPPER": pepper})
        env.update(REQUEST_METHOD="GET", PATH_INFO=target, SCRIPT_NAME="",
                   QUERY_STRING=f"key={query['mine'][0]}",
                   SERVER_PROTOCOL="HTTP/1.1")
        done = subprocess.run([WORKER], env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=20, check=True)
        statuses[pepper] = done.stdout.split()[1]
    expect(statuses, {"": b"200", "black": b"303"})


if __name__ == "__main__":
    main(({"nginx": True, "errors": True}, [
        a_title_is_kept_beside_the_contracts_keys,
        a_slash_too_many_loses_no_text,
        a_page_with_what_was_typed_has_no_way_to_lose_it,
        a_private_link_is_of_the_pepper_it_was_made_with,
        a_title_leads_to_the_post,
        a_title_of_nought_is_a_title,
        a_post_needs_no_title,
        another_title_is_another_post,
        a_preview_stores_nothing_and_loses_nothing,
        what_is_wrong_is_said_at_its_field,
        links_of_visitors_lend_no_weight,
        what_looks_like_html_is_words,
        a_post_leads_to_its_neighbours_and_its_page,
        a_posts_page_is_the_same_when_others_come_and_go,
        what_is_in_no_list_leads_to_its_first_page,
        the_words_alone_do_not_take_over_a_post,
        what_is_new_has_a_mark_for_a_day,
        a_private_link_is_in_no_log,
        without_redis_everything_typed_is_kept,
    ]))
