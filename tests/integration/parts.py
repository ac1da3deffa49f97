#!/usr/bin/python3
"""A board without its parts: what is published stays readable while Redis, the
worker or both are gone; the rest gets an honest page in the reader's language.
"""

import time
from urllib.parse import urlencode

import stack as stacks
from claims import expect
from stack import FORM, main, wait_for

POSTS = 60
READ = ["/list", "/list/page/2", "/posts/60", "/posts/30", "/"]
AWAY = {"en": "Back in a moment", "ko": "잠시 쉬는 중입니다"}


def get(stack, path, language="en"):
    return stack.http("GET", path, headers={"Accept-Language": language})


def pages_are_published(stack):
    with stack.redis_client() as redis:
        stacks.fill(redis, [(f"n{i}", f"text {i}") for i in range(POSTS)])
    # Till the listener has thrown away what was there before.
    time.sleep(1)
    for path in READ:
        for language in AWAY:
            wait_for(path, lambda: get(stack, path, language).header(
                "Server-Timing") is None)


def readable(stack):
    for path in READ:
        for language in AWAY:
            answer = get(stack, path, language)
            expect(answer.status, 200, path)
            expect(answer.header("Server-Timing"), None, path)
            expect(answer.page.language, language)
    # From the list to a thread and back.
    page = get(stack, "/list").page
    assert any("/posts/60" in link for link in page.links), page.links
    back = [link for link in get(stack, "/posts/60").page.links
            if link.endswith("/posts/60/list")]
    assert back, "no way back to the list"
    return back[0]


def without_redis_pages_are_read_and_the_rest_is_honest(stack):
    stack.redis.stop()
    readable(stack)
    for language in AWAY:
        answer = get(stack, "/posts/5", language)
        expect(answer.status, 503)
        expect(answer.page.language, language)
    answer = stack.post("kim", "잃지 않을 글")
    expect(answer.status, 503)
    assert "잃지 않을 글" in answer.text
    time.sleep(2)
    readable(stack)


def without_redis_and_worker_pages_are_read(stack):
    stack.worker.kill()
    back = readable(stack)
    answer = get(stack, back)
    expect(answer.status, 303, back)
    expect(get(stack, answer.header("Location").partition(
        f":{stack.port}")[2] or "/list").status, 200)


def what_is_not_published_is_a_plain_page_in_the_readers_language(stack):
    for language, words in AWAY.items():
        for path in ("/posts/5", "/write", "/list?x=1"):
            answer = get(stack, path, language)
            expect(answer.status, 503, path)
            expect(answer.page.language, language)
            assert words in answer.text, answer.text
            expect(answer.header("Cache-Control"), "no-store")
            assert int(answer.header("Retry-After")) > 0
    # Whose language only the worker knows gets both.
    answer = get(stack, "/write", "fr;q=0.2, ko;q=0.7, en;q=0.9")
    assert all(words in answer.text for words in AWAY.values())


def a_post_is_told_that_it_was_not_taken(stack):
    answer = stack.http("POST", "/", urlencode(
        {"full_name": "kim", "data": "x"}).encode(), {"Content-Type": FORM})
    expect(answer.status, 503)
    assert AWAY["en"] in answer.text


def all_are_back_and_nothing_old_is_shown(stack):
    stack.start_redis()
    with stack.redis_client() as redis:
        redis("SET", "news:post:60", "changed while nobody listened")
    stack.start_worker()
    wait_for("the new text", lambda: "changed while nobody" in get(
        stack, "/posts/60").text)
    expect(stack.post("kim", "again").status, 303)


main(({"nginx": True, "pages": True, "errors": True}, [
    pages_are_published,
    without_redis_pages_are_read_and_the_rest_is_honest,
    without_redis_and_worker_pages_are_read,
    what_is_not_published_is_a_plain_page_in_the_readers_language,
    a_post_is_told_that_it_was_not_taken,
    all_are_back_and_nothing_old_is_shown]))
