#!/usr/bin/env python3
"""The whole life of a post, by curl alone through a real nginx: in both
languages, on the first board and on a second one. What each step does is
looked for in the page, in the JSON and in Redis.
"""

import re
import shutil
import sys
import time

from claims import expect
from curl import Visitor, filled, path_of, query_of
from secrecy import LOCK, SECRECY, WRONG_KEY
from stack import FULL, PATIENCE, SKIPPED, main, wait_for
from writer import CATEGORIES, Life


# A board and its categories

def the_owner_makes_the_board_and_its_categories(life):
    if life.slug:
        life.get("/list", 404)
        life.owner("board", "add", life.slug, "--title",
                   life.words("board"), board=False)
        page = life.go("/boards").page
        assert f"{life.board}/list" in page.links, page.links
        assert life.words("board") in page.words
        with life.stack.redis_client() as redis:
            expect(redis("LRANGE", "madang:boards", 0, -1),
                   [life.slug.encode()])
        expect(life.redis("HGET", "madang:board", "title"),
               life.words("board"))
        expect(life.json("/list")["board"],
               {"slug": life.slug, "title": life.words("board")})
    for category in life.categories:
        life.owner("board", "category", category)
    expect(life.redis("HGET", "madang:board", "categories"),
           "\n".join(life.categories))
    page = life.get("/write").page
    for number, category in enumerate(life.categories, 1):
        assert category in page.words
        expect(life.json(f"/category/{number}")["category"],
               {"number": number, "name": category})


def an_empty_board_says_so(life):
    for path in ("/list", "/all", "/latest", "/"):
        page = life.get(path).page
        expect(page.language, life.language)
        assert life.said["empty"] in page.words, path
    expect(life.json("/list")["total"], 0)
    expect(life.feed("/list"), [])


# Writing

def a_preview_shows_and_stores_nothing(life):
    before = life.keys()
    typed = {"title": life.words("title"), "full_name": life.writer,
             "data": f"**{life.words('bold')}**", "category": "2",
             "secret": "1"}
    page = life.post("/write", {**typed, "preview": "1"}, 200).page
    assert life.said["preview_title"] in page.words
    assert f"<strong>{life.words('bold')}</strong>" in page.source
    expect({k: filled(page)[k] for k in typed}, typed, "what was typed")
    expect(life.keys() - before, set(), "new keys")
    expect(life.json("/list")["total"], 0)


def a_post_without_a_password_gets_a_private_link_once(life):
    answer = life.post("/write", {
        "full_name": life.writer, "data": life.words("first"),
        "title": life.words("title")})
    query = query_of(answer)
    number, token = int(query["posted"]), query["mine"]
    life.ids["first"], life.mine["first"] = number, token
    life.public[number] = life.words("first")
    link = f"{life.board}/posts/{number}?key={token}"
    for page in (answer.page, life.led(answer).page):
        assert link in page.links, page.links
        assert life.said["posted"] in page.words
    for path in ("/", f"/posts/{number}", "/list"):
        assert token not in life.get(path).text, path
    life.shows(number, life.writer, life.words("first"), life.words("title"))
    assert "password" not in life.meta(number)
    expect(life.redis("LINDEX", "post_id", 0), str(number))


def a_post_with_a_password_needs_no_link(life):
    number = life.write("thread", password="비밀 번호 1")
    expect(life.mine["thread"], None)
    life.shows(number, life.writer, life.words("thread"))
    meta = life.meta(number)
    assert "p" in meta["flags"] and "비밀" not in meta["password"], meta
    expect(life.listed(), [number, life.ids["first"]])


def the_contracts_form_does_the_same(life):
    home = life.board or "/"
    form = [f for f in life.go(home).page.forms if f["class"] == "write"]
    expect(form[0]["action"], home)
    answer = life.go(home, {
        "full_name": life.other, "data": life.words("short")})
    number = int(query_of(answer)["posted"])
    life.ids["short"], life.public[number] = number, life.words("short")
    life.shows(number, life.other, life.words("short"))
    followed = life.go(home, {
        "full_name": life.other, "data": life.words("short")}, "--location")
    assert life.said["posted"] in followed.text


def every_page_shows_the_posts(life):
    for path in ("/", "/all", "/latest", "/list"):
        words = life.get(path).page.words
        for text in ("thread", "short"):
            assert life.words(text) in words, path
    feed = life.feed("/list")
    expect(len(feed), 3, "entries")
    expect(feed[2][0], life.words("title"))
    assert life.words("thread") in feed[1][1], feed
    where = life.get("/sitemap.xml?part=1").text
    for number in life.public:
        assert f"{life.board}/posts/{number}</loc>" in where, where


# Replies

def a_reply_and_a_reply_to_it_form_a_thread(life):
    root = life.ids["thread"]
    answer = life.reply(root, "reply", password="reply's own")
    reply = life.ids["reply"]
    expect(answer.header("Location").partition("#")[2], f"reply-{reply}")
    expect(life.mine["reply"], None)
    assert life.said["reply_posted"] in life.led(answer).page.words
    answer = life.reply(reply, "below", full_name=life.other)
    below = life.ids["below"]
    link = f"{life.board}/posts/{below}?key={life.mine['below']}"
    assert link in life.led(answer).page.links
    life.reply(root, "second")
    for number, name, what, parent, depth in (
            (reply, life.guest, "reply", root, 1),
            (below, life.other, "below", reply, 2),
            (life.ids["second"], life.guest, "second", root, 1)):
        found = life.shows_reply(root, number, name, life.words(what))
        expect((found["parent"], found["depth"]), (parent, depth))
        expect(life.meta(number)["parent"], str(parent))
    expect(list(life.entries(root)), [reply, below, life.ids["second"]])
    expect(life.redis("LRANGE", f"news:replies:{root}", 0, -1),
           [f"{reply}:1", f"{below}:2", f"{life.ids['second']}:1"])


def replies_are_counted_and_in_no_list(life):
    root = life.ids["thread"]
    assert life.ids["below"] not in life.listed()
    expect(life.json(f"/posts/{root}")["replies"], 3)
    expect(life.meta(root)["replies"], "3")
    assert "[3]" in life.get("/list").page.by_id[f"post-{root}"]
    for what in ("reply", "below"):
        assert life.words(what) not in life.get("/all").text
        answer = life.get(f"/posts/{life.ids[what]}", 303)
        expect(answer.header("Location"),
               f"{life.board}/posts/{root}#reply-{life.ids[what]}")
    contents = [content for _, content in life.feed(f"/posts/{root}")]
    expect(len(contents), 4)
    assert life.words("below") in " ".join(contents)


def a_quotation_stands_in_the_form(life):
    reply = life.ids["reply"]
    page = life.get(f"/posts/{reply}/reply?quote={reply}").page
    expect(page.fields["data"].strip(), "> " + life.words("reply"))
    text = page.fields["data"] + life.words("quoting")
    life.reply(reply, "quoting", data=text)
    page = life.get(f"/posts/{life.ids['thread']}").page
    here = page.by_id[f"reply-{life.ids['quoting']}"]
    assert life.words("reply") in here and life.words("quoting") in here
    expect(life.redis("GET", f"news:post:{life.ids['quoting']}"), text)
    assert "<blockquote>" in life.entries(life.ids["thread"])[
        life.ids["quoting"]]["html"]
    page = life.post(f"/posts/{reply}/reply", {
        "full_name": life.guest, "data": life.words("not yet"),
        "preview": "1"}, 200).page
    assert life.words("not yet") in page.words
    expect(life.meta(life.ids["thread"])["replies"], "4")


def the_writer_replies_as_the_writer(life):
    number, token = life.ids["first"], life.mine["first"]
    page = life.get(f"/posts/{number}/reply?key={token}").page
    assert life.said["as_writer"] in page.words
    life.reply(number, "own reply", full_name=life.writer, key=token)
    life.reply(number, "wrong key", full_name=life.writer, key=WRONG_KEY)
    expect([life.entries(number)[life.ids[what]]["by_writer"]
            for what in ("own reply", "wrong key")], [True, False])
    page = life.get(f"/posts/{number}").page
    expect([life.said["writer"] in page.by_id[f"reply-{life.ids[what]}"]
            .replace(life.writer, "") for what in ("own reply", "wrong key")],
           [True, False])


# Changing

def a_password_opens_the_form(life):
    number = life.ids["thread"]
    answer = life.post(f"/posts/{number}/unlock",
                       {"password": "wrong", "to": "edit"}, 403)
    assert answer.page.by_id["password-error"]
    path = life.unlock(number, "비밀 번호 1", "edit")
    assert path.startswith(f"/posts/{number}/edit?key="), path
    ends = int(path.partition("?key=")[2].partition("-")[0], 16)
    assert 7100 < ends - time.time() <= 7200, "good for two hours"
    life.edit(path, data=life.words("thread, edited"),
              title=life.words("new title"))
    life.public[number] = life.words("thread, edited")
    life.shows(number, life.writer, life.words("thread, edited"),
               life.words("new title"))
    assert life.said["edited"] in life.get(
        f"/posts/{number}").page.by_id[f"post-{number}"]
    assert life.json(f"/posts/{number}")["edited"]
    expect(life.meta(number)["version"], "1")
    expect(life.redis("LLEN", f"news:versions:{number}"), 1)


def a_private_link_opens_it_too(life):
    number, token = life.ids["first"], life.mine["first"]
    page = life.get(f"/posts/{number}?key={token}").page
    way = f"{life.board}/posts/{number}/edit?key={token}"
    assert way in page.links, page.links
    for key in ("", "?key=" + WRONG_KEY, "?key=" + life.mine["below"]):
        expect(life.get(f"/posts/{number}/edit{key}", 303).header("Location"),
               f"{life.board}/posts/{number}/unlock", key)
    life.edit(f"/posts/{number}/edit?key={token}",
              data=life.words("first, edited"))
    life.public[number] = life.words("first, edited")
    life.shows(number, life.writer, life.words("first, edited"),
               life.words("title"))


def a_reply_is_edited_likewise(life):
    root, reply, below = (life.ids[w] for w in ("thread", "reply", "below"))
    page = life.edit(life.unlock(reply, "reply's own", "edit"),
                     data=life.words("reply, edited")).page
    assert life.words("reply, edited") in page.words
    life.shows_reply(root, reply, life.guest, life.words("reply, edited"))
    life.edit(f"/posts/{below}/edit?key={life.mine['below']}",
              full_name=life.guest)
    found = life.shows_reply(root, below, life.guest, life.words("below"))
    assert found["edited"]


def what_another_tab_saved_is_not_lost(life):
    number, token = life.ids["first"], life.mine["first"]
    path = f"/posts/{number}/edit"
    one = filled(life.get(f"{path}?key={token}").page)
    other = dict(one)
    life.post(path, {**one, "data": life.words("tab one")})
    answer = life.post(path, {**other, "data": life.words("tab two")}, 409)
    page = answer.page
    assert life.said["conflict_title"] in page.words
    assert life.words("tab one") in page.words, "what is there now"
    expect(page.fields["data"], life.words("tab two"), "what was typed")
    life.shows(number, life.writer, life.words("tab one"),
               life.words("title"))
    # The same once more is no conflict, and the form knows what is there now.
    life.post(path, {**one, "data": life.words("tab one")})
    expect(life.meta(number)["version"], "2")
    life.post(path, filled(page))
    life.public[number] = life.words("tab two")
    life.shows(number, life.writer, life.words("tab two"),
               life.words("title"))
    expect(life.meta(number)["version"], "3")


def what_another_tab_made_secret_stays_so(life):
    number = life.write("tabs", category="2")
    del life.public[number]
    path = f"/posts/{number}/edit"
    one = filled(life.get(f"{path}?key={life.mine['tabs']}").page)
    life.post(path, {**one, "secret": "1", "category": "1"})
    page = life.post(path, {**one, "data": life.words("stale tab")}, 409).page
    assert life.said["secret_short"] in page.words
    assert life.categories[0] in page.words
    assert "checked" in page.attributes["secret"]
    life.post(path, filled(page))
    assert "s" in life.meta(number)["flags"]
    expect(life.redis("GET", f"news:post:{number}"), LOCK)
    expect(life.redis("HGET", f"news:secret:{number}", "text"),
           life.words("stale tab"))
    life.post(f"/posts/{number}/delete", {"key": life.mine["tabs"]})


def an_address_that_others_made_up_shows_no_link(life):
    home, number = life.board or "/", life.ids["thread"]
    for path in (home, f"{life.board}/posts/{number}"):
        for key in (WRONG_KEY, life.mine["first"]):
            page = life.go(f"{path}?posted={number}&mine={key}").page
            assert not [link for link in page.links if key in link], path


def an_earlier_version_comes_back(life):
    number, token = life.ids["first"], life.mine["first"]
    life.get(f"/posts/{number}/versions", 303)
    page = life.get(f"/posts/{number}/versions?key={token}").page
    places = page.order(life.words(w) for w in ("tab one", "first, edited"))
    assert -1 < places[0] < places[1], page.words
    links = [link for link in page.links if "/edit?version=" in link]
    expect(len(links), 3)
    form = life.go(links[2]).page
    expect(form.fields["data"], life.words("first"))
    life.post(f"/posts/{number}/edit", filled(form))
    life.public[number] = life.words("first")
    life.shows(number, life.writer, life.words("first"), life.words("title"))
    expect(life.redis("LLEN", f"news:versions:{number}"), 4)
    assert life.words("tab two") in life.redis(
        "LINDEX", f"news:versions:{number}", 0)


def a_second_recommendation_takes_the_first_back(life):
    for number in (life.ids["thread"], life.ids["first"]):
        for count in (1, 0, 1):
            answer = life.post(f"/posts/{number}/recommend", {})
            page = life.led(answer).page
            button = f"{life.said['recommend']} {count}" if count \
                else life.said["recommend"]
            assert button in page.by_id["recommend"], page.by_id["recommend"]
            expect(life.json(f"/posts/{number}")["recommends"], count)
            expect(life.redis("SCARD", f"news:recommend:{number}"), count)
            expect(life.meta(number)["recommends"], str(count))
    life.get(f"/posts/{life.ids['thread']}/recommend", 405)


def a_category_filters(life):
    one = life.write("in one", category="1", title=life.words("filtered"))
    two = life.write("in two", category="2", password="pw")
    expect(life.listed("/category/1"), [one])
    expect(life.listed("/category/2"), [two])
    expect(life.listed()[:2], [two, one])
    expect(life.json(f"/posts/{one}")["category"]["name"],
           life.categories[0])
    assert life.categories[0] in life.get(
        f"/posts/{one}").page.by_id[f"post-{one}"]
    expect([title for title, _ in life.feed("/category/1")],
           [life.words("filtered")])
    life.edit(life.unlock(two, "pw", "edit"), category="1")
    expect(life.listed("/category/1"), [two, one])
    expect(life.json("/category/2")["total"], 0)
    expect(life.redis("LRANGE", "news:category:1", 0, -1),
           [str(two), str(one)])
    life.get("/category/3", 404)
    page = life.post("/write", {"full_name": "n", "data": "d",
                                "category": "3"}, 400).page
    assert "category-error" in page.by_id


def a_look_is_counted_a_little_later(life):
    number = life.ids["first"]
    image = f"{life.board}/posts/{number}/view.gif"
    for tag, attributes in life.get(f"/posts/{number}").page.tags:
        if tag == "img" and attributes["src"] == image:
            expect(life.go(image).header("Content-Type"), "image/gif")
    # A published page says so half a minute later.
    later = 30 if "PAGES_FOLDER" in life.stack.settings else 0
    wait_for("the view", lambda: life.json(f"/posts/{number}")["views"] == 1,
             PATIENCE + later)
    expect(life.redis("HGET", "news:views:0", number), "1")


def a_post_moves_to_the_first_board_and_back(life):
    first = Visitor(life.stack, life.language)
    number = life.ids["in two"]
    life.reply(number, "comes along")
    before = life.json(f"/posts/{number}")
    life.owner("move", number, "/")
    there = life.get(f"/posts/{number}", 301).header("Location")
    found = first.json(there)
    for field in ("name", "title", "text", "time", "edited", "replies"):
        expect(found[field], before[field], field)
    expect(found["entries"][0]["text"], life.words("comes along"))
    assert number not in life.listed() + life.listed("/category/1")
    answer = first.post(there + "/unlock", {"password": "pw", "to": "read"})
    assert life.said["own_text"] in first.led(answer).page.words
    first.owner("move", found["id"], life.slug)
    path = path_of(first.get(there, 301))
    back = int(path.rpartition("/")[2])
    expect(path, f"{life.board}/posts/{back}")
    life.get(f"/posts/{number}/page/2", 301)
    landed = life.go(f"{life.board}/posts/{number}", None, "--location")
    found = re.findall(r"^HTTP/[0-9.]+ 200\b", landed.text, re.M)
    expect(len(found), 1, landed.text[:500])
    life.public[back] = life.public.pop(number)
    life.shows(back, life.writer, life.words("in two"))
    expect(life.listed()[0], back)


# Taking away

def what_is_deleted_leaves_its_place(life):
    root, reply, below = (life.ids[w] for w in ("thread", "reply", "below"))
    before = life.json(f"/posts/{root}")
    life.post(f"/posts/{reply}/delete", {"key": WRONG_KEY})
    expect(life.redis("EXISTS", f"news:name:{reply}"), 1, "a wrong key")
    path = life.unlock(reply, "reply's own", "delete")
    form = life.get(path).page
    assert life.said["delete_title"] in form.words
    page = life.led(life.post(f"/posts/{reply}/delete",
                              {"key": form.fields["key"]})).page
    expect(page.by_id[f"reply-{reply}"], life.said["reply_deleted"])
    assert life.words("below") in page.by_id[f"reply-{below}"]
    found = life.entries(root)
    expect(list(found), [entry["id"] for entry in before["entries"]])
    assert found[reply]["deleted"] and "text" not in found[reply]
    expect(life.json(f"/posts/{root}")["replies"], 3)
    expect([life.redis("EXISTS", f"news:{kind}:{reply}")
            for kind in ("name", "post", "meta", "trash")], [0, 0, 1, 1])
    left = life.redis("TTL", f"news:trash:{reply}")
    assert 29 * 86400 < left <= 30 * 86400, left
    life.get(f"/posts/{reply}/unlock", 404)
    life.post(f"/posts/{reply}/reply", {"full_name": "n", "data": "late"},
              404)
    life.owner("restore", reply)
    expect(life.json(f"/posts/{root}"), before)


def a_post_goes_and_its_replies_stay(life):
    root = life.ids["thread"]
    before, feed = life.json(f"/posts/{root}"), life.feed(f"/posts/{root}")
    listed = life.listed()
    path = life.unlock(root, "비밀 번호 1", "delete")
    answer = life.post(f"/posts/{root}/delete",
                       {"key": life.get(path).page.fields["key"]})
    assert life.said["deleted"] in life.led(answer).page.words
    page = life.get(f"/posts/{root}").page
    assert life.said["post_deleted"] in page.by_id[f"post-{root}"]
    assert life.words("below") in page.words
    for path in ("/list", "/all", "/latest", "/", f"/posts/{root}",
                 f"/posts/{root}/unlock"):
        text = life.go(life.board + path).text
        for words in ("thread, edited", "new title"):
            assert life.words(words) not in text, path
    life.json(f"/posts/{root}", 404)
    expect(life.listed(), [n for n in listed if n != root])
    assert str(root) not in life.redis("LRANGE", "post_id", 0, -1)
    expect([life.redis("EXISTS", f"news:{kind}:{root}")
            for kind in ("name", "post", "trash")], [0, 0, 1])
    life.post(f"/posts/{root}/reply", {"full_name": "n", "data": "late"}, 404)
    life.owner("restore", root)
    expect(life.json(f"/posts/{root}"), before)
    expect(life.feed(f"/posts/{root}"), feed)
    expect(life.listed(), listed)
    life.unlock(root, "비밀 번호 1", "edit")


def a_post_without_replies_leaves_nothing(life):
    number = life.write("short-lived")
    del life.public[number]
    token = life.mine["short-lived"]
    before = life.json(f"/posts/{number}")
    life.get(f"/posts/{number}/delete", 303)
    life.get(f"/posts/{number}/delete?key={token}")
    expect(path_of(life.post(f"/posts/{number}/delete", {"key": token})),
           f"{life.board}/list")
    for path in ("", ".json", f"?key={token}", "/edit", "/reply"):
        life.get(f"/posts/{number}{path}", 404)
    life.owner("restore", number)
    expect(life.json(f"/posts/{number}"), before)
    life.post(f"/posts/{number}/delete", {"key": token})
    life.get(f"/posts/{number}", 404)


# The tutorial's way

def the_tutorial_reads_every_post(life):
    ids = [int(i) for i in life.redis("LRANGE", "post_id", 0, -1)]
    expect(ids, sorted(ids, reverse=True), "newest first")
    read = {i: (life.redis("GET", f"news:name:{i}"),
                life.redis("GET", f"news:post:{i}")) for i in ids}
    assert all(name and text for name, text in read.values()), read
    expect({i: text for i, (_, text) in read.items() if text != LOCK},
           life.public)
    expect(life.listed(), [i for i in ids if i in life.public])


def a_post_of_the_tutorial_takes_part(life):
    number = life.redis("INCR", "last_id")
    text = life.words("by redis-cli")
    for words in (("SET", f"news:name:{number}", life.other),
                  ("SET", f"news:post:{number}", text),
                  ("LPUSH", "post_id", number)):
        life.redis(*words)
    life.ids["tutorial"], life.public[number] = number, text
    life.shows(number, life.other, text)
    expect(life.json(f"/posts/{number}")["time"], None)
    expect(life.listed()[0], number)
    life.reply(number, "to the tutorial")
    life.shows_reply(number, life.ids["to the tutorial"], life.guest,
                     life.words("to the tutorial"))
    life.post(f"/posts/{number}/recommend", {})
    expect(life.json(f"/posts/{number}")["recommends"], 1)
    life.shows(number, life.other, text)


def nobody_can_edit_it(life):
    number = life.ids["tutorial"]
    page = life.get(f"/posts/{number}/unlock").page
    assert life.said["own_no_password"] in page.words
    for password in ("", "guess"):
        life.post(f"/posts/{number}/unlock",
                  {"password": password, "to": "edit"}, 403)
    for what in ("edit", "delete", "versions"):
        life.get(f"/posts/{number}/{what}", 303)
        life.get(f"/posts/{number}/{what}?key={WRONG_KEY}", 303)
    life.post(f"/posts/{number}/edit", {
        "full_name": "n", "data": "taken over", "version": "0"}, 403)
    life.post(f"/posts/{number}/delete", {"key": WRONG_KEY})
    life.shows(number, life.other, life.words("by redis-cli"))


STEPS = [
    the_owner_makes_the_board_and_its_categories,
    an_empty_board_says_so,
    a_preview_shows_and_stores_nothing,
    a_post_without_a_password_gets_a_private_link_once,
    a_post_with_a_password_needs_no_link,
    the_contracts_form_does_the_same,
    every_page_shows_the_posts,
    a_reply_and_a_reply_to_it_form_a_thread,
    replies_are_counted_and_in_no_list,
    a_quotation_stands_in_the_form,
    the_writer_replies_as_the_writer,
    a_password_opens_the_form,
    a_private_link_opens_it_too,
    a_reply_is_edited_likewise,
    what_another_tab_saved_is_not_lost,
    what_another_tab_made_secret_stays_so,
    an_address_that_others_made_up_shows_no_link,
    an_earlier_version_comes_back,
    a_second_recommendation_takes_the_first_back,
    a_category_filters,
    a_look_is_counted_a_little_later,
    *SECRECY,
    what_is_deleted_leaves_its_place,
    a_post_goes_and_its_replies_stay,
    a_post_without_replies_leaves_nothing,
    the_tutorial_reads_every_post,
    a_post_of_the_tutorial_takes_part,
    nobody_can_edit_it,
    a_post_moves_to_the_first_board_and_back,
    the_tutorial_reads_every_post,
]


def claims_of(language, slug):
    """Each step as a claim of a stack."""
    life = Life(language, slug)

    def claim(step):
        def run(stack):
            life.stack = stack
            step(life)
        run.__name__ = (f"{step.__name__} ({language}, "
                        f"{life.board or 'the first board'})")
        return run
    # From the first board there is nowhere to move to yet.
    return [claim(step) for step in STEPS
            if slug or step is not a_post_moves_to_the_first_board_and_back]


def nothing_of_one_board_is_on_the_other(stack):
    with stack.redis_client() as redis:
        ids = {prefix: redis("LRANGE", prefix + "post_id", 0, -1)
               for prefix in ("", "{free}:")}
    expect(len(ids[""]), len(ids["{free}:"]))
    for path, other in (("/all", "free"), ("/boards/free/all", "first")):
        text = stack.http("GET", path).text
        for language in CATEGORIES:
            assert f"{language} {other}" not in text, path


def no_cookie_was_ever_set(stack):
    expect(stack.cookies, [])


# What the board is set to, and all of a life in a language; by any web server.
SETTINGS = {"SITE_PAGE_SIZE": 50}
LANGUAGES_TRIED = CATEGORIES if FULL else ("ko",)  # by other servers


def life_in(language):
    """Once: what was written is remembered."""
    return [*claims_of(language, ""), *claims_of(language, "free"),
            nothing_of_one_board_is_on_the_other, no_cookie_was_ever_set]


if __name__ == "__main__":
    if not shutil.which("curl"):
        print("skipped: curl is not installed")
        sys.exit(SKIPPED)
    main(*(({"nginx": True, **SETTINGS}, life_in(language))
           for language in CATEGORIES))
