#!/usr/bin/env python3
"""What machines get of posts, JSON and Atom; and what is true of everything
that only machines read.
"""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import atom
from claims import expect, rows
from held import (OTHER, SECRET, SETTINGS, SITE, Held, clear, fill, get, post,
                  time_ms, timing, told_time)
from stack import FORM, main


def get_json(stack, target):
    answer = get(stack, target)
    expect(answer.status, 200, target)
    expect(answer.header("Content-Type"), "application/json; charset=utf-8")
    expect(answer.header("Content-Language"), None)
    return json.loads(answer.body)


def get_feed(stack, target):
    answer = get(stack, target)
    expect(answer.status, 200, target)
    expect(answer.header("Content-Type"),
           "application/atom+xml; charset=utf-8")
    return atom.read(answer.body)


# JSON

def a_list_in_json_is_what_redis_holds(stack):
    fill(stack)
    held = Held(stack)
    told = get_json(stack, "/list.json")
    posts = told.pop("posts")
    expect([post["id"] for post in posts], [10, 8, 7, 6, 5], "4 is secret")
    expect(posts[:4], [held.post(n) for n in (10, 8, 7, 6)])
    expect(told, {
        "board": {"slug": "", "title": "Yard & <Co>"}, "category": None,
        "url": f"{SITE}/list", "page": 1, "pages": 2, "total": 9,
        "next": f"{SITE}/list/page/2.json", "notices": [8, 6]})


def each_page_in_json_names_the_next(stack):
    fill(stack)
    seen, target = [], "/list.json"
    while target:
        told = get_json(stack, target)
        seen += [post["id"] for post in told["posts"]]
        target = told.get("next", "").removeprefix(SITE)
    expect(seen, [10, 8, 7, 6, 5, 3, 2, 1], "all but the secret one")
    expect(get(stack, "/list/page/3.json").status, 404)


def a_category_in_json_is_what_redis_holds(stack):
    fill(stack)
    held = Held(stack)
    expect(get_json(stack, "/category/3.json"), {
        "board": {"slug": "", "title": "Yard & <Co>"},
        "category": {"number": 3, "name": "R & D <3"},
        "url": f"{SITE}/category/3", "page": 1, "pages": 1, "total": 3,
        "posts": [held.post(n) for n in (10, 3)], "notices": []})
    expect(get(stack, "/category/2.json").status, 404)


def a_thread_in_json_is_what_redis_holds(stack):
    fill(stack)
    held = Held(stack)
    first = get_json(stack, "/posts/6.json")
    html = first.pop("html")
    assert html.startswith("<p>A <strong>bold</strong> text</p>"), html
    assert html.rstrip() in get(stack, "/posts/6").text, "as the page has it"
    expect(first, {
        **held.post(6), "text": held.posts[6]["text"],
        "page": 1, "pages": 2, "total": 6,
        "next": f"{SITE}/posts/6/page/2.json",
        "entries": [held.entry(n, "/posts/6") for n in (11, 15, 16)]})
    second = get_json(stack, "/posts/6/page/2.json")
    expect(second["entries"],
           [held.entry(n, "/posts/6/page/2") for n in (12, 17, 13)])
    assert "next" not in second, "the last page has no next one"
    expect(get(stack, "/posts/6/page/3.json").status, 404)


def json_of_hostile_bytes_is_json(stack):
    fill(stack)
    answer = get(stack, "/posts/5.json")
    told = json.loads(answer.body)
    for raw in (b"<", b">", b"&", b"\x7f"):
        assert raw not in answer.body, f"{raw!r} in {answer.body!r}"
    expect(told["title"], "<i>]]>&\ufffd\ufffd")
    assert "<script>alert(1)</script>" in told["text"], "as it was typed"
    assert "<script" not in told["html"], told["html"]
    assert told["text"].endswith("가\t끝"), told["text"]


def an_empty_board_in_json_has_one_page(stack):
    clear(stack)
    told = get_json(stack, "/list.json")
    expect((told["posts"], told["notices"], told["page"], told["pages"],
            told["total"], "next" in told), ([], [], 1, 1, 0, False))


# Secrets

def every_format(thread):
    return [thread + suffix for suffix in (".json", ".atom")]


def no_format_tells_a_secret(stack):
    fill(stack)
    for target in ("/list.json", "/list.atom", "/list/page/2.json",
                   "/category/3.json", "/category/3.atom",
                   *every_format("/posts/6")):
        answer = get(stack, target)
        expect(answer.status, 200, target)
        for word in (SECRET, "hidden", "🔒", "posts/4\"", "/posts/4<"):
            assert word not in answer.text, f"{word} in {target}"
    for target in every_format("/posts/4") + ["/posts/4/page/2.json"]:
        expect(get(stack, target).status, 404, target)


def a_reply_by_its_own_id_has_no_format(stack):
    """It may be one to a secret post."""
    fill(stack)
    for number in (18, 11, 12):
        for target in every_format(f"/posts/{number}"):
            answer = get(stack, target)
            expect(answer.status, 404, target)
            assert SECRET not in answer.text


def a_deleted_post_has_no_format(stack):
    fill(stack)
    for target in every_format("/posts/9") + every_format("/posts/99"):
        expect(get(stack, target).status, 404, target)


def no_format_takes_a_key(stack):
    fill(stack)
    body = urlencode({"full_name": "kim", "data": SECRET, "title": "Mine",
                      "secret": "1"}).encode()
    answer = stack.http("POST", "/write", body, {"Content-Type": FORM})
    expect(answer.status, 303)
    query = parse_qs(urlsplit(answer.header("Location")).query)
    thread, key = f"/posts/{query['posted'][0]}", query["mine"][0]
    assert SECRET in get(stack, f"{thread}?key={key}").text, "the key is right"
    for target in every_format(thread):
        for asked in (target, f"{target}?key={key}"):
            answer = get(stack, asked)
            expect(answer.status, 404, asked)
            assert SECRET not in answer.text, asked
    for target in every_format("/posts/6"):
        expect(get(stack, f"{target}?key=0").status, 404, target)


# Atom

def the_rules_of_atom_find_planted_faults(_):
    missed = atom.prove()
    assert not missed, "\n".join(missed)


def the_feed_of_a_board_has_its_newest_posts(stack):
    fill(stack)
    feed, entries = get_feed(stack, "/list.atom")
    expect(feed.value("title"), "Yard & <Co>")
    expect(feed.value("id"), f"{SITE}/list.atom")
    expect([link.get("href") for link in feed.all("link")],
           [f"{SITE}/list.atom", f"{SITE}/list"])
    expect([entry.id for entry in entries],
           [f"{SITE}/posts/{n}" for n in (10, 8, 7, 6, 5)])
    newest, quiet, empty, bold, _ = entries
    expect(newest.title, "The newest.", "its first line")
    expect(newest.category, "R & D <3")
    expect(newest.link, newest.id)
    expect(newest.content, "<p>The newest.</p>\n")
    expect((quiet.title, quiet.name), ("Quiet", "mary"))
    expect(empty.title, "Post 7", "there is no line")
    expect(bold.title, "A bold text")
    assert "<strong>bold</strong>" in bold.content, bold.content


def a_feed_is_as_new_as_its_last_change(stack):
    fill(stack)
    with stack.redis_client() as redis:
        redis("HSET", "news:meta:8", "edited", time_ms(999))
    feed, entries = get_feed(stack, "/list.atom")
    expect(feed.value("updated"), told_time(time_ms(999)))
    expect((entries[1].published, entries[1].updated),
           (told_time(time_ms(8)), told_time(time_ms(999))))
    expect(entries[0].updated, entries[0].published)


def posts_without_a_time_are_in_no_feed(stack):
    clear(stack, *post(1, "john", "one"), *post(2, "jane", "two"),
          *post(3, "john", "three", time=time_ms(3)))
    expect([e.id for e in get_feed(stack, "/list.atom")[1]],
           [f"{SITE}/posts/3"])
    expect(get_feed(stack, "/posts/1.atom")[1], [])


def an_empty_board_has_a_feed(stack):
    clear(stack)
    feed, entries = get_feed(stack, "/list.atom")
    expect((feed.value("updated"), entries), ("1970-01-01T00:00:00Z", []))


def the_feed_of_a_category_is_called_after_it(stack):
    fill(stack)
    feed, entries = get_feed(stack, "/category/3.atom")
    expect(feed.value("title"), "R & D <3 · Yard & <Co>")
    expect([entry.id for entry in entries],
           [f"{SITE}/posts/10", f"{SITE}/posts/3"])
    expect(entries[1].title, "0", "a title of nought is one")


def the_feed_of_a_thread_has_its_post_and_its_replies(stack):
    fill(stack)
    feed, entries = get_feed(stack, "/posts/6.atom")
    expect(feed.value("title"), "A bold text · Yard & <Co>")
    expect([entry.id for entry in entries],
           [f"{SITE}/posts/6"] +
           [f"{SITE}/posts/6#reply-{n}" for n in (17, 16, 15, 13, 11)])
    expect({entry.title for entry in entries[1:]}, {"Re: A bold text"})
    expect(feed.value("updated"), told_time(time_ms(300)))
    for entry in entries[1:]:
        number = entry.id.rpartition("-")[2]
        expect(entry.link, f"{SITE}/posts/{number}")
        answer = get(stack, f"/posts/{number}")
        while answer.status in (301, 303):
            place = answer.header("Location")
            answer = get(stack, place.partition("#")[0])
        assert place.endswith(f"#reply-{number}"), place
        assert f'id="reply-{number}"' in answer.text, place


def the_feed_of_a_thread_speaks_the_readers_language(stack):
    fill(stack)
    answer = get(stack, "/posts/6.atom", Accept_Language="ko")
    expect(atom.read(answer.body)[1][1].title, "답글: A bold text")
    expect(answer.header("Content-Language"), "ko")
    assert "Accept-Language, Cookie" in answer.all("Vary"), answer


def a_feed_of_hostile_bytes_is_a_feed(stack):
    fill(stack)
    feed, entries = get_feed(stack, "/posts/5.atom")
    expect(feed.value("title"), "<i>]]>&\ufffd\ufffd · Yard & <Co>")
    expect(entries[0].title, "<i>]]>&\ufffd\ufffd")
    expect(entries[0].name, "<b>&\ufffd\ufffd")
    assert "]]&gt;" in entries[0].content, entries[0].content
    assert "<script" not in entries[0].content, entries[0].content


# Other boards

def other_boards_have_their_own(stack):
    fill(stack)
    with stack.redis_client() as redis:
        redis.pipeline(OTHER + post(1, "x", "one", "{free}:") + post(
            2, "y", "two", "{free}:", time=time_ms(2), category=1))
    told = get_json(stack, "/boards/free/list.json")
    expect(told["board"], {"slug": "free", "title": "Free & easy"})
    expect(told["url"], f"{SITE}/boards/free/list")
    expect([p["url"] for p in told["posts"]],
           [f"{SITE}/boards/free/posts/{n}" for n in (2, 1)])
    expect(told["posts"][0]["category"], {"number": 1, "name": "Talk"})
    feed, entries = get_feed(stack, "/boards/free/list.atom")
    expect(feed.value("title"), "Free & easy")
    expect([entry.id for entry in entries], [f"{SITE}/boards/free/posts/2"])
    expect(get_json(stack, "/boards/free/posts/2.json")["url"],
           f"{SITE}/boards/free/posts/2")
    for target in ("/boards/none/list.json", "/boards/none/list.atom",
                   "/boards/none/sitemap.xml"):
        expect(get(stack, target).status, 404, target)


# All of them

TARGETS = ["/list.json", "/list/page/2.json", "/category/3.json",
           "/posts/6.json", "/posts/6/page/2.json", "/list.atom",
           "/category/3.atom", "/posts/6.atom", "/robots.txt",
           "/sitemap.xml", "/sitemap.xml?part=1"]


@rows([(target, target) for target in TARGETS])
def it_takes_two_round_trips_at_most(stack, target):
    fill(stack)
    answer = get(stack, target)
    expect(answer.status, 200)
    trips = timing(answer)[1]
    assert trips <= 2, f"{trips} round trips"


@rows([(target, target) for target in TARGETS])
def what_has_not_changed_is_not_sent_again(stack, target):
    fill(stack)
    answer = get(stack, target)
    tag = answer.header("ETag")
    assert tag, "there is no ETag"
    expect(answer.header("Cache-Control"), "no-cache")
    again = get(stack, target, If_None_Match=tag)
    expect((again.status, again.body), (304, b""))
    head = stack.http("HEAD", target)
    expect((head.status, head.body, head.header("ETag")), (200, b"", tag))


def what_changed_is_sent_again(stack):
    fill(stack)
    before = {target: get(stack, target).header("ETag")
              for target in TARGETS if target != "/robots.txt"}
    with stack.redis_client() as redis:
        redis.pipeline([
            ("SET", "news:post:6", "changed"), ("SET", "news:post:3", "so"),
            ("SET", "news:name:3", "x"), ("SET", "news:name:17", "x"),
            ("SET", "news:name:1", "x"), ("SET", "news:name:10", "x"),
            ("LREM", "post_id", 1, 2)])
    for target, tag in before.items():
        answer = get(stack, target, If_None_Match=tag)
        expect(answer.status, 200, target)


def nothing_is_posted_to_it(stack):
    for target in TARGETS:
        answer = stack.http("POST", target, b"", {"Content-Type": FORM})
        expect(answer.status, 405, target)


def other_formats_are_of_no_page(stack):
    for target in ("/all.json", "/latest.atom", "/list/page/2.atom",
                   "/write.json", "/boards.json", "/posts/6.xml",
                   "/robots.txt.json", "/boards/free/robots.txt",
                   "/sitemap.xml?part=99", "/sitemap/1"):
        expect(get(stack, target).status, 404, target)


def none_of_it_sets_a_cookie(stack):
    expect([c for c in stack.cookies if c[0] == "GET"], [])


def without_a_setting_addresses_are_the_requests(stack):
    fill(stack)
    params = {"SCRIPT_NAME": "/a b&c", "REQUEST_SCHEME": "https",
              "HTTP_HOST": "board.example:8443"}
    start = "https://board.example:8443/a%20b%26c"

    def ask(target, **more):
        answer = stack.ask("GET", target, **{**params, **more})
        expect(answer.status, 200, target)
        return answer
    told = json.loads(ask("/list.json").body)
    expect(told["url"], f"{start}/list")
    expect(told["posts"][0]["url"], f"{start}/posts/10")
    expect(atom.read(ask("/posts/6.atom").body)[0].value("id"),
           f"{start}/posts/6.atom")
    body = ask("/list.atom", HTTP_HOST="a<b>&\"c").text
    assert "a<b" not in body and "a&lt;b" not in body, "no host of its own"


def while_redis_is_away_it_says_so(stack):
    stack.redis.kill()
    try:
        for target in TARGETS:
            answer = get(stack, target)
            expect(answer.status, 200 if "robots" in target else 503, target)
    finally:
        stack.start_redis()


if __name__ == "__main__":
    main((SETTINGS, [
        the_rules_of_atom_find_planted_faults,
        a_list_in_json_is_what_redis_holds,
        each_page_in_json_names_the_next,
        a_category_in_json_is_what_redis_holds,
        a_thread_in_json_is_what_redis_holds,
        json_of_hostile_bytes_is_json,
        an_empty_board_in_json_has_one_page,
        no_format_tells_a_secret,
        a_reply_by_its_own_id_has_no_format,
        a_deleted_post_has_no_format,
        no_format_takes_a_key,
        the_feed_of_a_board_has_its_newest_posts,
        a_feed_is_as_new_as_its_last_change,
        posts_without_a_time_are_in_no_feed,
        an_empty_board_has_a_feed,
        the_feed_of_a_category_is_called_after_it,
        the_feed_of_a_thread_has_its_post_and_its_replies,
        the_feed_of_a_thread_speaks_the_readers_language,
        a_feed_of_hostile_bytes_is_a_feed,
        other_boards_have_their_own,
        it_takes_two_round_trips_at_most,
        what_has_not_changed_is_not_sent_again,
        what_changed_is_sent_again,
        nothing_is_posted_to_it,
        other_formats_are_of_no_page,
        none_of_it_sets_a_cookie,
    ]), ({}, [without_a_setting_addresses_are_the_requests]),
        ({**SETTINGS, "errors": True}, [while_redis_is_away_it_says_so]))
