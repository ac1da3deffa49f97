#!/usr/bin/env python3
"""Views: counted by an image in a post's page, written beside the requests,
and not lost when the worker or Redis is stopped and started.
"""

import os
import signal
import subprocess
import threading
import time

import fastcgi
from claims import expect
from stack import WORKER, fill, main, wait_for

NOBODYS = 4700  # no post has this id


def a_post(stack):
    """The id of a new one."""
    with stack.redis_client() as redis:
        return fill(redis, [("ann", "to be looked at")])[0]


def image(post):
    return f"/posts/{post}/view.gif"


def look(stack, post, times, method="GET"):
    for _ in range(times):
        answer = stack.ask(method, image(post))
        expect(answer.status, 200, "status")
        assert '"0 round trips"' in answer.header("Server-Timing")


def seen(stack, post, prefix=""):
    with stack.redis_client() as redis:
        return int(redis("HGET", f"{prefix}news:views:{post // 100}",
                         post) or 0)


def seen_is(stack, post, wanted, seconds=3):
    """So many and, two seconds later, no more."""
    try:
        wait_for("the views", lambda: seen(stack, post) >= wanted, seconds)
    except TimeoutError:
        pass
    expect(seen(stack, post), wanted, "views")
    time.sleep(2)
    expect(seen(stack, post), wanted, "views later")


def the_image_is_one_transparent_pixel(stack):
    answer = stack.ask("GET", image(a_post(stack)))
    expect(answer.status, 200)
    expect(answer.header("Content-Type"), "image/gif")
    expect(answer.header("Content-Length"), "43")
    expect(answer.header("Cache-Control"), "private, max-age=1800")
    expect(answer.header("Set-Cookie"), None)
    expect(answer.header("Vary"), None)
    expect(answer.body[:10], b"GIF89a\x01\x00\x01\x00")
    expect(answer.body[-1:], b";")
    expect(len(answer.body), 43)


def a_posts_page_has_its_image(stack):
    post = a_post(stack)
    page = stack.ask("GET", f"/posts/{post}").page
    images = [attributes for tag, attributes in page.tags if tag == "img" and
              attributes["src"].startswith("/posts/")]
    expect([i["src"] for i in images], [image(post)])
    expect(images[0]["alt"], "")


def a_hundred_looks_from_several_clients_are_a_hundred_views(stack):
    post = a_post(stack)
    faults = []

    def client():
        try:
            look(stack, post, 10)
        except Exception as fault:
            faults.append(repr(fault))
    threads = [threading.Thread(target=client) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(faults, [])
    seen_is(stack, post, 100)


def views_are_told_on_the_posts_page(stack):
    post = a_post(stack)
    look(stack, post, 12)
    seen_is(stack, post, 12)
    words = stack.ask("GET", f"/posts/{post}").page.words
    assert "Views 12" in words, words


def the_page_alone_counts_nothing_and_writes_nothing(stack):
    post = a_post(stack)
    for _ in range(5):
        expect(stack.ask("GET", f"/posts/{post}").status, 200)
    seen_is(stack, post, 0, 1)


def a_head_does_not_count(stack):
    post = a_post(stack)
    look(stack, post, 3, "HEAD")
    expect(stack.ask("HEAD", image(post)).body, b"")
    look(stack, post, 1)
    seen_is(stack, post, 1)


def a_browser_that_asks_for_its_old_image_again_counts(stack):
    post = a_post(stack)
    tag = stack.ask("GET", image(post)).header("ETag")
    answer = stack.ask("GET", image(post), headers={"If-None-Match": tag})
    expect(answer.status, 304)
    expect(answer.body, b"")
    seen_is(stack, post, 2)


def a_form_can_not_be_sent_to_it(stack):
    answer = stack.ask("POST", image(a_post(stack)), b"data=x")
    expect(answer.status, 405)
    expect(answer.header("Allow"), "GET, HEAD")


def a_post_that_is_not_there_leaves_no_key(stack):
    look(stack, NOBODYS, 3)
    expect(stack.ask("GET", "/boards/nowhere" + image(1)).status, 200)
    time.sleep(2.5)
    with stack.redis_client() as redis:
        expect(redis("EXISTS", f"news:views:{NOBODYS // 100}"), 0)
        expect(redis("KEYS", "{nowhere}*"), [])


def boards_are_counted_apart(stack):
    with stack.redis_client() as redis:
        redis("SET", "{free}:news:name:7", "ann")
        redis("SET", "{free}:news:post:7", "on another board")
    for _ in range(4):
        stack.ask("GET", "/boards/free" + image(7))
    wait_for("the views", lambda: seen(stack, 7, "{free}:") == 4, 3)


def an_idle_worker_asks_redis_nothing(stack):
    time.sleep(1.5)
    with stack.redis_client() as redis:
        redis("CONFIG", "RESETSTAT")
        time.sleep(2.5)
        calls = redis.calls()
    expect({name: count for name, count in calls.items()
            if name not in ("config|resetstat", "info")}, {})


# Stopping and starting

def nothing_is_lost_at_sigterm(stack):
    post = a_post(stack)
    for times, wanted in ((1, 1), (20, 21)):
        look(stack, post, times)
        expect(stack.worker.stop(), 0, "exit status")
        expect(seen(stack, post), wanted, "views")
        stack.start_worker()


def nothing_is_lost_at_sighup(stack):
    post = a_post(stack)
    stop = threading.Event()
    sent, faults = [0] * 4, []

    def client(number):
        while not stop.is_set():
            answer = stack.ask("GET", image(post))
            sent[number] += 1
            if answer.status != 200:
                faults.append(answer.status)
    threads = [threading.Thread(target=client, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        stack.worker.send(signal.SIGHUP)
        time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    expect(faults, [])
    seen_is(stack, post, sum(sent))


def nothing_is_lost_while_redis_restarts(stack):
    post = a_post(stack)
    look(stack, post, 10)
    expect(stack.redis.stop(), 0, "Redis's exit status")
    for _ in range(10):
        look(stack, post, 2)
        time.sleep(0.2)
    stack.start_redis()
    look(stack, post, 5)
    seen_is(stack, post, 35, 12)


def a_redis_that_hangs_holds_up_no_image_and_nothing_counts_twice(stack):
    post = a_post(stack)
    stack.redis.send(signal.SIGSTOP)
    try:
        for _ in range(10):
            answer = stack.ask("GET", image(post))
            expect(answer.status, 200)
            assert answer.seconds < 0.9, f"{answer.seconds:.2f} s"
            time.sleep(0.5)
    finally:
        stack.redis.send(signal.SIGCONT)
    seen_is(stack, post, 10, 12)


def an_end_while_redis_is_away_takes_no_longer_than_its_limits(stack):
    post = a_post(stack)
    look(stack, post, 1)
    stack.redis.send(signal.SIGSTOP)
    began = time.monotonic()
    try:
        expect(stack.worker.stop(), 0, "exit status")
        seconds = time.monotonic() - began
    finally:
        stack.redis.send(signal.SIGCONT)
        stack.start_worker()
    assert seconds < 5, f"it took {seconds:.1f} s"
    expect(seen(stack, post) in (0, 1), True, "views")


def plain_cgi_counts_after_its_answer(stack):
    post = a_post(stack)
    for method in ("GET", "HEAD", "GET"):
        env = {**stack.worker.env,
               **{name: os.fsdecode(value) for name, value in
                  fastcgi.environment(method, image(post)).items()}}
        done = subprocess.run([WORKER], env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=20)
        answer = fastcgi.parse(done.stdout)
        expect(answer.status, 200, done.stderr)
        assert '"0 round trips"' in answer.header("Server-Timing")
    expect(seen(stack, post), 2, "views")


def the_log_has_a_line_when_redis_goes_not_one_a_second(stack):
    away = [line for line in stack.worker.said().splitlines()
            if "away" in line]
    assert 0 < len(away) <= 6, away


if __name__ == "__main__":
    main(
        ({}, [
            the_image_is_one_transparent_pixel,
            a_posts_page_has_its_image,
            a_hundred_looks_from_several_clients_are_a_hundred_views,
            views_are_told_on_the_posts_page,
            the_page_alone_counts_nothing_and_writes_nothing,
            a_head_does_not_count,
            a_browser_that_asks_for_its_old_image_again_counts,
            a_form_can_not_be_sent_to_it,
            a_post_that_is_not_there_leaves_no_key,
            boards_are_counted_apart,
            an_idle_worker_asks_redis_nothing,
            nothing_is_lost_at_sigterm,
            nothing_is_lost_at_sighup,
            plain_cgi_counts_after_its_answer,
        ]),
        ({"errors": True}, [
            nothing_is_lost_while_redis_restarts,
            a_redis_that_hangs_holds_up_no_image_and_nothing_counts_twice,
            an_end_while_redis_is_away_takes_no_longer_than_its_limits,
            the_log_has_a_line_when_redis_goes_not_one_a_second,
        ]),
    )
