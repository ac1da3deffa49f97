#!/usr/bin/env python3
"""What Madang owes to the tutorial's board, on the tutorial's own keys: one
test for each sentence of the contract, all through a real nginx.
"""

import os
import shutil
import subprocess
import sys
import threading
import unicodedata
from urllib.parse import urlencode

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "faults"))

from claims import expect, rows
from proxy import Proxy
from stack import FORM, Stack, fill, main, posted_id

SUBMITTED = "Successfully submitted the post"
FAMILY = "\u200d".join("\U0001F468\U0001F469\U0001F467\U0001F466")
CLIENTS, POSTS = 32, 1000
MANY = 10000
PAGE = 20


def empty(stack):
    with stack.redis_client() as redis:
        redis("FLUSHALL")


# What it stores

def the_first_post_makes_the_keys_of_the_contract(stack):
    empty(stack)
    text = "  첫 글입니다.\n\n<b>\"quoted\"</b> & 'so on' \\ % {}  끝"
    expect(posted_id(stack.post("홍길동", text)), 1)
    with stack.redis_client() as redis:
        for key, kind in (("news:name:1", b"string"),
                          ("news:post:1", b"string"),
                          ("last_id", b"string"), ("post_id", b"list")):
            expect(redis("TYPE", key), kind, key)
        expect(redis("GET", "news:name:1").decode(), "홍길동")
        expect(redis("GET", "news:post:1").decode().strip(), text.strip())
        expect(redis("GET", "last_id"), b"1")
        expect(redis("LRANGE", "post_id", 0, -1), [b"1"])
    expect(posted_id(stack.post("홍길동", "둘째")), 2)
    with stack.redis_client() as redis:
        expect(redis("LRANGE", "post_id", 0, -1), [b"2", b"1"])
        expect(redis("GET", "last_id"), b"2")


def a_board_filled_by_the_tutorial_shows_every_post(stack):
    empty(stack)
    posts = [("john", "first of john"), ("jane", "one of jane"),
             ("john", "second of john"), ("john", "third of john")]
    with stack.redis_client() as redis:
        fill(redis, posts)
    page = stack.http("GET", "/all").page
    places = page.order([text for _, text in reversed(posts)])
    assert -1 not in places, f"not every post is on /all: {places}"
    expect(sorted(places), places, "newest first")
    expect(page.words.count("john"), 3 + 3, "each post with its name")
    times = [tag for tag, _ in page.tags if tag == "time"]
    expect(times, [], "no date is invented")


def the_tutorials_way_of_reading_reads_all_of_ours(stack):
    empty(stack)
    posts = [(f"이름 {i % 3}", f"글 {i}") for i in range(30)]
    for name, text in posts:
        posted_id(stack.post(name, text))
    with stack.redis_client() as redis:
        ids = redis("LRANGE", "post_id", 0, -1)
        read = [(redis("GET", b"news:name:" + i).decode(),
                 redis("GET", b"news:post:" + i).decode()) for i in ids]
    expect(read, list(reversed(posts)))


def madang_goes_on_where_the_tutorial_stopped(stack):
    empty(stack)
    with stack.redis_client() as redis:
        fill(redis, [("a", "old 1"), ("b", "old 2")])
        expect(posted_id(stack.post("c", "new 3")), 3)
        fill(redis, [("d", "the tutorial's again")])
        expect(redis("LRANGE", "post_id", 0, -1), [b"4", b"3", b"2", b"1"])
    places = stack.http("GET", "/all").page.order(
        ["the tutorial's again", "new 3", "old 2", "old 1"])
    assert -1 not in places and places == sorted(places), places


# What it answers

def the_form_at_the_root_has_the_tutorials_two_fields(stack):
    page = stack.http("GET", "/").page
    expect(sorted(set(page.fields) & {"full_name", "data"}),
           ["data", "full_name"])
    targets = [form.get("action") for form in page.forms
               if form.get("method", "").lower() == "post"]
    assert "/" in targets, f"forms post to {targets}"


def a_submitted_post_is_answered_with_the_message(stack):
    answer = stack.post("john", "hello there")
    number = posted_id(answer)
    assert SUBMITTED in answer.page.words, "the 303's own body says it"
    page = stack.http("GET", answer.header("Location")).page
    assert SUBMITTED in page.words, "the page it leads to says it"
    assert f"/posts/{number}" in page.links, f"{page.links}"
    shown = stack.http("GET", f"/posts/{number}").page
    assert "hello there" in shown.words and "john" in shown.words


def korean_is_told_in_korean(stack):
    headers = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"}
    answer = stack.post("길동", "안녕하세요", headers)
    assert "글을 등록했습니다." in answer.page.words, answer.text
    page = stack.http("GET", answer.header("Location"), None, headers).page
    assert "글을 등록했습니다." in page.words
    expect(page.language, "ko")


@rows([("plain curl", "-sS"), ("curl -sL", "-sSL")])
def curl_shows_the_message(stack, options):
    assert shutil.which("curl"), "curl is missing"
    out = subprocess.run(
        ["curl", options, "-d", f"full_name=john&data=by {options}",
         stack.url()], check=True, timeout=20, capture_output=True).stdout
    assert SUBMITTED in out.decode(), out


def latest_shows_the_three_newest(stack):
    empty(stack)
    with stack.redis_client() as redis:
        fill(redis, [(f"n{i}", f"text-{i}-end") for i in range(1, 6)])
    page = stack.http("GET", "/latest").page
    places = page.order(["text-5-end", "text-4-end", "text-3-end"])
    assert -1 not in places and places == sorted(places), places
    expect(page.order(["text-2-end", "text-1-end"]), [-1, -1])


# What the tutorial gets wrong

def a_thousand_posts_by_32_clients_get_a_thousand_ids(stack):
    empty(stack)
    ids, faults = {}, []

    def client(number):
        for i in range(number, POSTS, CLIENTS):
            try:
                answer = stack.post(f"client {number}", f"post {i}",
                                    timeout=60)
                ids[i] = posted_id(answer)
            except Exception as fault:
                faults.append(f"post {i}: {fault!r}")
    threads = [threading.Thread(target=client, args=(n,))
               for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(faults[:3], [])
    expect(sorted(ids.values()), list(range(1, POSTS + 1)))
    with stack.redis_client() as redis:
        expect(redis("LRANGE", "post_id", 0, -1),
               [b"%d" % i for i in range(POSTS, 0, -1)], "list in order")
        expect(redis("GET", "last_id"), b"%d" % POSTS)
        keys = [f"news:post:{ids[i]}" for i in range(POSTS)]
        expect([t.decode() for t in redis("MGET", *keys)],
               [f"post {i}" for i in range(POSTS)], "each its own text")


def pages_of_ten_thousand_posts_cost_the_same(stack):
    empty(stack)
    with stack.redis_client() as redis:
        fill(redis, [("one name", f"body-{i}-end")
                     for i in range(1, MANY + 1)])
        costs = {}
        for number in (1, 2, 250, 500):
            path = "/all" if number == 1 else f"/all/page/{number}"
            redis("CONFIG", "RESETSTAT")
            answer = stack.http("GET", path)
            expect(answer.status, 200, path)
            costs[path] = {name: n for name, n in redis.calls().items()
                           if name not in ("info", "config|resetstat")}
            newest = MANY - (number - 1) * PAGE
            wanted = [f"body-{newest - i}-end" for i in range(PAGE)]
            places = answer.page.order(wanted)
            assert -1 not in places and places == sorted(places), path
            expect(answer.text.count("body-"), PAGE, path)
    first = costs["/all"]
    for path, cost in costs.items():
        expect(cost, first, f"commands of {path}")


def pages_are_linked_by_number(stack):
    links = stack.http("GET", "/all/page/250").page.links
    for wanted in ("/all", "/all/page/249", "/all/page/251",
                   "/all/page/500"):
        assert wanted in links, f"no link to {wanted} in {links}"
    answer = stack.http("GET", "/all/page/1")
    expect((answer.status, answer.header("Location")), (301, "/all"))
    for path in ("/all/page/501", "/all/page/0", "/all/page/x",
                 "/all/page/99999999999999999999"):
        expect(stack.http("GET", path).status, 404, path)


def any_page_makes_at_most_two_round_trips(stack):
    """Counted on the wire, and as the worker says itself."""
    with Proxy(stack.redis_socket, stack.path("counted.sock")) as proxy:
        settings = {"REDIS_ADDRESS": proxy.address}
        with Stack(redis=False, slots=1, **settings) as other:
            other.ask("GET", "/all")  # the connection is made
            for path in ("/", "/all", "/all/page/250", "/latest",
                         f"/posts/{MANY}"):
                proxy.trips = 0
                answer = other.ask("GET", path)
                expect(answer.status, 200, path)
                assert 1 <= proxy.trips <= 2, f"{path}: {proxy.trips}"
                told = answer.header("Server-Timing")
                assert f"{proxy.trips} round trip" in told, \
                    f"{path}: {proxy.trips} seen, told {told}"
        expect(other.faults, [])


def a_get_writes_nothing(stack):
    empty(stack)
    with stack.redis_client() as redis:
        fill(redis, [("a", f"text {i}") for i in range(50)])
        redis("CONFIG", "RESETSTAT")
        before = redis("DBSIZE"), written(redis)
        for path in ("/", "/all", "/all/page/2", "/latest", "/posts/7",
                     "/posts/999", "/?posted=3", "/none"):
            for method in ("GET", "HEAD"):
                stack.http(method, path)
        expect([n for n in redis.calls() if redis.writes(n)], [])
        # It asks whether Redis would take a write, by one of nothing.
        stack.http("GET", "/healthz")
        expect((redis("DBSIZE"), written(redis)), before)


def written(redis):
    persistence = redis.info("persistence")
    return (persistence["rdb_changes_since_last_save"],
            persistence["aof_current_size"])


@rows([
    ("an empty name", {"full_name": "", "data": "kept text"}, "full_name"),
    ("a name of spaces", {"full_name": "  ", "data": "kept text"},
     "full_name"),
    ("a missing name", {"data": "kept text"}, "full_name"),
    ("an empty text", {"full_name": "kept name", "data": ""}, "data"),
    ("a missing text", {"full_name": "kept name"}, "data"),
    ("a name of 41 letters", {"full_name": "가" * 41, "data": "kept text"},
     "full_name"),
    ("a name of 41 families", {"full_name": FAMILY * 41, "data": "x"},
     "full_name"),
    ("a text of 10,001 letters", {"full_name": "n", "data": "a" * 10001},
     "data"),
    ("a bidirectional override", {"full_name": "a\u202eb", "data": "text"},
     "full_name"),
    ("a control character", {"full_name": "n", "data": "a\x07b"}, "data"),
])
def a_wrong_field_brings_the_form_back(stack, fields, wrong):
    answer = stack.http("POST", "/", urlencode(fields).encode(),
                        {"Content-Type": FORM})
    expect(answer.status, 400, "status")
    page = answer.page
    for name in ("full_name", "data"):
        typed = fields.get(name, "")
        # HTML has no way to carry a control character.
        if "\x07" not in typed:
            expect(page.fields[name], typed, f"what was typed in {name}")
        said = page.complaint(name)
        assert bool(said) == (name == wrong), f"at {name}: {said!r}"


@rows([
    ("a name of 40 letters", "가" * 40, "text of forty"),
    ("a name of 40 families", FAMILY * 40, "text of families"),
    ("a text of 10,000 letters", "n", "가" * 10000),
])
def the_longest_is_still_taken(stack, name, text):
    number = posted_id(stack.post(name, text))
    with stack.redis_client() as redis:
        expect(redis("GET", f"news:name:{number}").decode(), name)
        expect(redis("GET", f"news:post:{number}").decode(), text)


def post_multipart(stack, name, text):
    """What is long is a third of its size this way."""
    body = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n'
        f"{value}\r\n"
        for field, value in (("full_name", name), ("data", text)))
    return stack.http("POST", "/", (body + "--edge--\r\n").encode(),
                      {"Content-Type": "multipart/form-data; boundary=edge"})


def twenty_of_the_heaviest_posts_are_a_page(stack):
    """The most bytes that the form takes, in characters that grow on the
    page, on one page together; and none that would break it."""
    for i in range(20):
        text = f"{i:02}" + '"\u0301\u0302\u0303\u0304\u0305' * 9998
        posted_id(post_multipart(stack, "heavy", text))
    emoji = FAMILY * 9990
    answer = post_multipart(stack, "heavy", emoji)
    expect(answer.status, 400, "a text over its bytes")
    expect(answer.page.fields.get("data"), emoji, "what was typed")
    answer = stack.http("GET", "/all")
    expect(answer.status, 200)
    assert len(answer.body) > 20 * 100000, len(answer.body)


def decomposed_hangul_is_stored_composed(stack):
    number = posted_id(stack.post(unicodedata.normalize("NFD", "홍"),
                                  unicodedata.normalize("NFD", "한\r\n글")))
    with stack.redis_client() as redis:
        expect(redis("GET", f"news:name:{number}").decode(), "홍")
        expect(redis("GET", f"news:post:{number}").decode(), "한\n글")


def the_same_post_twice_is_one(stack):
    empty(stack)
    first, again = (stack.post("twice", "the very same") for _ in "12")
    expect(posted_id(again), posted_id(first))
    posted_id(stack.post("twice", "another"))
    with stack.redis_client() as redis:
        expect(redis("LLEN", "post_id"), 2)


def no_answer_but_the_language_switch_sets_a_cookie(stack):
    expect(stack.cookies, [])


def the_worker_logs_no_ones_words(stack):
    log = stack.worker.said() + stack.nginx.said()
    for word in ("john", "홍길동", "hello there", "kept text", "client 7",
                 "body-77", "first of", "very same", "saved-text"):
        assert word not in log, f"{word} is in the log"


# In this order, by any web server: each stands on what is there before it.
CLAIMS = [
    the_first_post_makes_the_keys_of_the_contract,
    a_board_filled_by_the_tutorial_shows_every_post,
    the_tutorials_way_of_reading_reads_all_of_ours,
    madang_goes_on_where_the_tutorial_stopped,
    the_form_at_the_root_has_the_tutorials_two_fields,
    a_submitted_post_is_answered_with_the_message,
    korean_is_told_in_korean,
    curl_shows_the_message,
    latest_shows_the_three_newest,
    a_thousand_posts_by_32_clients_get_a_thousand_ids,
    pages_of_ten_thousand_posts_cost_the_same,
    pages_are_linked_by_number,
    any_page_makes_at_most_two_round_trips,
    a_get_writes_nothing,
    a_wrong_field_brings_the_form_back,
    the_longest_is_still_taken,
    twenty_of_the_heaviest_posts_are_a_page,
    decomposed_hangul_is_stored_composed,
    the_same_post_twice_is_one,
    no_answer_but_the_language_switch_sets_a_cookie,
    the_worker_logs_no_ones_words,
]

if __name__ == "__main__":
    main(({"nginx": True}, CLAIMS))
