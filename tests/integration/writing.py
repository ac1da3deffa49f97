#!/usr/bin/env python3
"""The form of /write: a title and a preview."""

from urllib.parse import urlencode

from claims import expect, rows
from stack import FORM, fill, main, posted_id

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
    assert "0 round trips" in answer.header("Server-Timing")
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
            (101, 100, None, "/all#post-101"), (82, 81, 83, "/all#post-82"),
            (81, 80, 82, "/all/page/2#post-81"),
            (1, None, 2, "/all/page/6#post-1")):
        answer = stack.http("GET", f"/posts/{number}")
        assert "2 round trips" in answer.header("Server-Timing")
        links = answer.page.links
        for other in (older, newer):
            assert other is None or f"/posts/{other}" in links, links
        expect(sum("/posts/" in link for link in links),
               (older is not None) + (newer is not None), "neighbours")
        assert back in links, links
        page, _, anchor = back.partition("#")
        assert f'id="{anchor}"'.encode() in stack.http("GET", page).body


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


if __name__ == "__main__":
    main(({"nginx": True, "errors": True}, [
        a_title_is_kept_beside_the_contracts_keys,
        a_title_leads_to_the_post,
        a_title_of_nought_is_a_title,
        a_post_needs_no_title,
        another_title_is_another_post,
        a_preview_stores_nothing_and_loses_nothing,
        what_is_wrong_is_said_at_its_field,
        links_of_visitors_lend_no_weight,
        what_looks_like_html_is_words,
        a_post_leads_to_its_neighbours_and_its_page,
        without_redis_everything_typed_is_kept,
    ]))
