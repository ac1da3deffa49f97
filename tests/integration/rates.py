#!/usr/bin/env python3
"""How often may be written: who is counted, what he is told, what is kept."""

import os
from urllib.parse import urlencode

from claims import expect
from stack import FORM, main, posted_id

BURST = 3
SAID = {"ko": ("조금만 천천히 올려 주세요", "쓰신 내용은 아래에 그대로 있으니 "
               "{seconds}초 뒤에 다시 보내 주세요."),
        "en": ("A little slower, please", "What you typed is still in the "
               "form below. Please send it again in {seconds} s.")}
# From where nothing is limited: what the tests prepare.
HERE = {}


def visitor(address):
    return {"X-Forwarded-For": address}


def send(stack, path, text, headers, **fields):
    body = urlencode({"full_name": "홍길동", "data": text, **fields}).encode()
    return stack.http("POST", path, body, {"Content-Type": FORM, **headers})


def use_up(stack, address):
    for i in range(BURST):
        posted_id(send(stack, "/", f"{i} {address[-1:]}", visitor(address)))


def refused(answer):
    expect(answer.status, 429)
    seconds = int(answer.header("Retry-After"))
    assert 1 <= seconds <= 100, seconds
    expect(answer.header("Cache-Control"), "no-store")
    return seconds


def each_form_says_so_and_keeps_what_was_typed(stack):
    number = posted_id(send(stack, "/", "a post to reply to", HERE))
    use_up(stack, "192.0.2.1")
    for language, (title, sentence) in SAID.items():
        for path in ("/", "/write", f"/posts/{number}/reply"):
            text = f"words for {path}\nof <two> lines"
            answer = send(stack, path, text, {
                **visitor("192.0.2.1"), "Accept-Language": language})
            seconds = refused(answer)
            page = answer.page
            expect(page.fields["data"], text, path)
            expect(page.fields["full_name"], "홍길동", path)
            assert title in page.words, page.words
            assert sentence.format(seconds=seconds) in page.words, page.words


def others_go_on(stack):
    use_up(stack, "192.0.2.2")
    refused(send(stack, "/", "one more", visitor("192.0.2.2")))
    use_up(stack, "192.0.2.3")


def a_network_of_ipv6_is_one_client(stack):
    for i in range(BURST):
        posted_id(send(stack, "/", f"six {i}", visitor(f"2001:db8::{i}:1")))
    refused(send(stack, "/", "more", visitor("2001:db8::ffff:2")))
    posted_id(send(stack, "/", "more", visitor("2001:db8:0:1::1")))


def neither_cookie_nor_browser_makes_another_client(stack):
    use_up(stack, "192.0.2.4")
    for headers in ({"Cookie": "lang=ko; id=7"}, {"User-Agent": "another"},
                    {"Accept-Language": "fr"}, {"X-Real-IP": "192.0.2.99"},
                    {"Forwarded": "for=192.0.2.99"}):
        refused(send(stack, "/", "more", {**visitor("192.0.2.4"),
                                          **headers}))


def what_a_client_says_before_the_proxy_is_not_believed(stack):
    use_up(stack, "192.0.2.5")
    for said in ("192.0.2.99, 192.0.2.5", "127.0.0.1, 192.0.2.5",
                 "x,192.0.2.5", "192.0.2.99,\t192.0.2.5 "):
        refused(send(stack, "/", "more", visitor(said)))


def every_worker_counts_and_none_forgets(stack):
    use_up(stack, "192.0.2.6")
    refused(send(stack, "/", "more", visitor("192.0.2.6")))
    stack.worker.stop()
    stack.start_worker()
    refused(send(stack, "/", "more", visitor("192.0.2.6")))


def the_same_again_is_answered_as_the_first(stack):
    answer = send(stack, "/", "said twice", visitor("192.0.2.7"))
    number = posted_id(answer)
    for i in range(BURST - 1):
        posted_id(send(stack, "/", f"seven {i}", visitor("192.0.2.7")))
    refused(send(stack, "/", "another", visitor("192.0.2.7")))
    expect(posted_id(send(stack, "/", "said twice", visitor("192.0.2.7"))),
           number)


def recommending_and_previews(stack):
    number = posted_id(send(stack, "/", "to be recommended", HERE))
    use_up(stack, "192.0.2.8")
    answer = stack.http("POST", f"/posts/{number}/recommend", b"", {
        "Content-Type": FORM, **visitor("192.0.2.8")})
    refused(answer)
    assert "That was too often" in answer.page.words
    # What writes nothing is not counted.
    expect(send(stack, "/write", "text", visitor("192.0.2.8"),
                preview="1").status, 200)
    expect(send(stack, "/", "", visitor("192.0.2.8")).status, 400)


def cpu_of(stack, requests):
    """Seconds of a processor that the worker takes for them."""
    def spent():
        with open(f"/proc/{stack.worker.process.pid}/stat",
                  encoding="ascii") as stat:
            words = stat.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    before = spent()
    requests()
    return spent() - before


def no_password_is_computed_in_vain(stack):
    def write(headers, text):
        return send(stack, "/write", text, headers, password="sesame-7")

    def writes():
        for i in range(10):
            posted_id(write(HERE, f"locked {i}"))

    def writes_again():
        for _ in range(10):
            posted_id(write(HERE, "locked 0"))

    def is_refused():
        for i in range(10):
            refused(write(visitor("192.0.2.10"), f"refused {i}"))

    use_up(stack, "192.0.2.10")
    cost = cpu_of(stack, writes)
    assert cpu_of(stack, writes_again) < cost / 2
    assert cpu_of(stack, is_refused) < cost / 2


def reading_is_never_refused(stack):
    use_up(stack, "192.0.2.9")
    refused(send(stack, "/", "more", visitor("192.0.2.9")))
    for path in ("/", "/list", "/write", "/latest"):
        for _ in range(BURST + 1):
            expect(stack.http("GET", path, headers=visitor(
                "192.0.2.9")).status, 200)


def redis_knows_no_address(stack):
    with stack.redis_client() as redis:
        for key in redis("KEYS", "*"):
            assert b"192.0.2" not in key, key
            if redis("TYPE", key) == b"string":
                assert b"192.0.2" not in (redis("GET", key) or b""), key
        for key in redis("KEYS", "madang:limit:*"):
            assert redis("PTTL", key) > 0, key


def a_proxy_that_was_not_named_is_the_client(stack):
    for i in range(BURST):
        posted_id(send(stack, "/", f"text {i}", visitor(f"192.0.2.{i}")))
    refused(send(stack, "/", "more", visitor("192.0.2.99")))


def all_have_a_limit_together(stack):
    for i in range(5):
        posted_id(send(stack, "/", f"text {i}", visitor(f"192.0.2.{i}")))
    refused(send(stack, "/", "more", visitor("192.0.2.99")))
    # Not limited by itself, and all the same one of all.
    refused(send(stack, "/", "and more", HERE))


SLOW = {"WRITING_CLIENT_BURST": BURST, "WRITING_CLIENT_PER_HOUR": 36}

if __name__ == "__main__":
    main(({"nginx": True, "WRITING_PROXIES": "127.0.0.1", **SLOW},
          [each_form_says_so_and_keeps_what_was_typed, others_go_on,
           a_network_of_ipv6_is_one_client,
           neither_cookie_nor_browser_makes_another_client,
           what_a_client_says_before_the_proxy_is_not_believed,
           every_worker_counts_and_none_forgets,
           the_same_again_is_answered_as_the_first,
           recommending_and_previews, no_password_is_computed_in_vain,
           reading_is_never_refused, redis_knows_no_address]),
         ({"nginx": True, "WRITING_UNLIMITED": "", **SLOW},
          [a_proxy_that_was_not_named_is_the_client]),
         ({"nginx": True, "WRITING_ALL_BURST": 5, "WRITING_ALL_PER_HOUR": 36,
           "WRITING_PROXIES": "127.0.0.1"}, [all_have_a_limit_together]))
