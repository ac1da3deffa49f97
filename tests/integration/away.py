#!/usr/bin/env python3
"""Redis away: down, or hanging. An honest page within two seconds, what was
typed still in it, and all well again when it is back, without a restart.
"""

import signal
import threading

from claims import expect
from stack import FORM, main, posted_id, wait_for


def kept(answer, text):
    expect(answer.status, 503, "status")
    assert answer.seconds < 2, f"it took {answer.seconds:.1f} s"
    expect(answer.page.fields.get("data"), text, "what was typed")
    expect(answer.page.fields.get("full_name"), "saved-name")


def a_redis_that_is_down_is_an_honest_503(stack):
    stack.redis.kill()
    for path in ("/", "/all", "/latest", "/posts/1", "/healthz"):
        answer = stack.http("GET", path)
        expect(answer.status, 503, path)
        assert answer.seconds < 2, f"{path} took {answer.seconds:.1f} s"
        assert path == "/healthz" or answer.page.title, path
    kept(stack.post("saved-name", "saved-text <&>\n둘째 줄"),
         "saved-text <&>\n둘째 줄")
    stack.start_redis()
    expect(stack.http("GET", "/all").status, 200, "when it is back")
    posted_id(stack.post("saved-name", "saved-text when it is back"))


def a_private_link_that_cannot_be_shown_is_promised(stack):
    answer = stack.http("POST", "/", b"full_name=n&data=linked", {
        "Content-Type": FORM})
    target = answer.header("Location")
    stack.redis.stop()
    try:
        answer = stack.http("GET", target)
        expect(answer.status, 503)
        assert "reload this page" in answer.page.words, answer.page.words
        assert 'action="/language"' not in answer.text
    finally:
        stack.start_redis()
    assert target.partition("mine=")[2] in stack.http("GET", target).text


def a_redis_that_hangs_is_a_503_within_two_seconds(stack):
    posted_id(stack.post("saved-name", "before it hangs"))
    stack.redis.send(signal.SIGSTOP)
    try:
        for path in ("/all", "/healthz"):
            answer = stack.http("GET", path)
            expect(answer.status, 503, path)
            assert answer.seconds < 2, f"{path}: {answer.seconds:.1f} s"
        kept(stack.post("saved-name", "saved-text hangs"),
             "saved-text hangs")
    finally:
        stack.redis.send(signal.SIGCONT)
    wait_for("the worker", lambda: stack.http(
        "GET", "/healthz").status == 200, 3)
    # Redis may have carried out what it was sent: sent again, it is one.
    posted_id(stack.post("saved-name", "saved-text hangs"))
    with stack.redis_client() as redis:
        ids = redis("LRANGE", "post_id", 0, -1)
        texts = redis("MGET", *[b"news:post:" + i for i in ids])
    expect(texts.count(b"saved-text hangs"), 1)


def many_readers_of_a_dead_redis_wait_no_longer(stack):
    stack.redis.send(signal.SIGSTOP)
    slow = []

    def reader():
        answer = stack.http("GET", "/all")
        if answer.status != 503 or answer.seconds >= 2:
            slow.append((answer.status, round(answer.seconds, 1)))
    try:
        threads = [threading.Thread(target=reader) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        stack.redis.send(signal.SIGCONT)
    expect(slow, [])


def a_worker_that_is_down_is_an_honest_503_too(stack):
    """nginx's own page then, and a restart is enough."""
    stack.worker.kill()
    for method in ("GET", "POST"):
        answer = stack.http(method, "/", b"data=x" if method == "POST"
                            else None)
        expect(answer.status, 503, method)
        assert answer.seconds < 2.5, f"{answer.seconds:.1f} s"
        assert answer.page.title and answer.page.headings, answer.text
        assert answer.header("Retry-After"), answer.headers
    stack.start_worker()
    expect(stack.http("GET", "/").status, 200, "when it is back")


def the_worker_logs_no_ones_words(stack):
    for word in ("saved-name", "saved-text", "before it"):
        assert word not in stack.worker.said(), f"{word} is in the log"


def a_worker_that_starts_before_redis_waits_for_it(stack):
    stack.redis.kill()
    expect(stack.worker.stop(), 0, "exit status")
    stack.start_worker()
    expect(stack.http("GET", "/").status, 503, "without Redis")
    stack.start_redis()
    expect(stack.http("GET", "/").status, 200, "with it")


if __name__ == "__main__":
    main(({"nginx": True, "errors": True}, [
        a_redis_that_is_down_is_an_honest_503,
        a_private_link_that_cannot_be_shown_is_promised,
        a_redis_that_hangs_is_a_503_within_two_seconds,
        many_readers_of_a_dead_redis_wait_no_longer,
        a_worker_that_starts_before_redis_waits_for_it,
        a_worker_that_is_down_is_an_honest_503_too,
        the_worker_logs_no_ones_words,
    ]))
