"""What life.py shows of secret posts and the replies to them: who has neither
password nor private link finds no word of them anywhere.
"""

import re

from claims import expect

LOCK = "\U0001F512"
WRONG_KEY = "0123456789abcdef" * 2
WORDS = ("hush", "hush title", "hush reply", "hush below", "hush writer")


def everywhere(life):
    """The address of everything that a stranger may ask for."""
    secret, answered = life.ids["hush"], life.ids["hush reply"]
    around = [n for n in life.public if abs(n - secret) < 10]
    paths = ["/", "/list", "/list.json", "/list.atom", "/all", "/latest",
             "/category/1", "/category/1.json", "/category/1.atom",
             "/sitemap.xml?part=1", "/write", f"/?posted={secret}",
             *(f"/posts/{n}" for n in around)]
    for number in (secret, answered, life.ids["hush below"]):
        paths += [f"/posts/{number}{way}" for way in (
            "", ".json", ".atom", "/reply", f"/reply?quote={number}",
            "/unlock", "/edit", "/edit?version=1", "/delete", "/versions",
            f"?key={WRONG_KEY}", f".json?key={life.mine['hush']}",
            f"/reply?quote={number}&key={WRONG_KEY}",
            f"/versions?key={WRONG_KEY}", "/page/2",
            f"?posted={answered}&mine={WRONG_KEY}")]
    return [life.board + path for path in paths] + [
        "/sitemap.xml", "/robots.txt", "/boards"]


def finds_no_word(life, answer, where):
    whole = " ".join(value for _, value in answer.headers) + answer.text
    for words in WORDS:
        assert life.words(words) not in whole, \
            f"{where} ({answer.status}) says {words!r}"


def finds_no_word_anywhere(life, when):
    """The same of every address, by one curl."""
    targets = everywhere(life)
    whole = life.curl(targets).decode()
    expect(len(re.findall(r"HTTP/(?:1\.1|2) \d{3}", whole)), len(targets),
           "what was answered")
    for words in WORDS:
        assert life.words(words) not in whole, f"{when}: {words!r}"


def a_secret_post_is_stored_out_of_sight(life):
    number = life.write("hush", secret="1", password="열려라",
                        title=life.words("hush title"), category="1")
    linked = life.write("hush linked", secret="1")
    life.mine["hush"] = life.unlock(number, "열려라", "read").partition(
        "?key=")[2]
    for each in (number, linked):
        expect(life.redis("GET", f"news:post:{each}"), LOCK)
        assert "s" in life.meta(each)["flags"]
    assert "title" not in life.meta(number)
    expect(life.redis("HGET", f"news:secret:{number}", "text"),
           life.words("hush"))
    expect(life.redis("HGET", f"news:secret:{number}", "title"),
           life.words("hush title"))


def password_and_private_link_open_it(life):
    number, linked = life.ids["hush"], life.ids["hush linked"]
    page = life.get(f"/posts/{number}").page
    assert life.said["secret_text"] in page.words
    assert "password" in page.fields
    life.post(f"/posts/{number}/unlock",
              {"password": "wrong", "to": "read"}, 403)
    page = life.get(life.unlock(number, "열려라", "read")).page
    for words in ("hush", "hush title"):
        assert life.words(words) in page.by_id[f"post-{number}"], words
    page = life.get(f"/posts/{linked}?key={life.mine['hush linked']}").page
    assert life.words("hush linked") in page.by_id[f"post-{linked}"]
    for other in (life.mine["hush"], life.mine["first"], WRONG_KEY):
        text = life.get(f"/posts/{linked}?key={other}").text
        assert life.words("hush linked") not in text


def those_who_can_read_it_can_reply(life):
    number, token = life.ids["hush"], life.mine["hush"]
    life.post(f"/posts/{number}/reply",
              {"full_name": life.guest, "data": "a stranger's"}, 403)
    answer = life.reply(number, "hush reply", key=token, password="답",
                        full_name=life.words("hush writer"))
    assert life.words("hush reply") in life.led(answer).page.words
    reply = life.ids["hush reply"]
    own = life.unlock(reply, "답", "edit").partition("?key=")[2]
    answer = life.get(f"/posts/{reply}/reply?quote={reply}&key={own}", 303)
    expect(answer.header("Location"), f"{life.board}/posts/{number}",
           "the reply's key is not its thread's")


def those_who_can_read_it_can_reply_to_replies(life):
    number, token = life.ids["hush"], life.mine["hush"]
    reply = life.ids["hush reply"]
    way = [link for link in life.get(f"/posts/{number}?key={token}")
           .page.links if f"/posts/{reply}/reply?" in link]
    expect(len(way), 2, "reply and quote")
    for link in way:
        expect(life.go(link).status, 200, link)
    answer = life.reply(reply, "hush below", key=token)
    assert life.words("hush below") in life.led(answer).page.words


def the_key_goes_along(life):
    """Whatever an opened secret leads to in its thread is open, too."""
    thread = [life.ids[w] for w in ("hush", "hush reply", "hush below")]
    number, token = thread[0], life.mine["hush"]
    page = life.get(f"/posts/{number}?key={token}").page
    # Its neighbours and the list are not of its thread.
    ways = [link for link in page.links
            if not link.endswith(("/unlock", "/newer", "/older", "/list")) and
            re.search(r"/posts/(%s)(\?|/|$)" % "|".join(map(str, thread)),
                      link)]
    assert f"{life.board}/posts/{thread[1]}?key={token}" in ways, ways
    assert len(ways) >= 7, ways
    for link in ways:
        landed = life.go(link, None, "--location")
        assert landed.status == 200 or re.search(
            r"^HTTP/(1\.1|2) 200\b", landed.text, re.M), link
        assert life.said["secret_text"] not in landed.text, link
    for form in page.forms:
        if form["action"].partition("?")[0].endswith("/recommend"):
            for _ in range(2):  # and back
                answer = life.go(form["action"], {})
                landed = life.go(answer.header("Location"), None,
                                 "--location")
                assert life.words("hush") in landed.text, form
    answer = life.go("/language", {"lang": life.language,
                                   "back": page.fields["back"]})
    expect(answer.header("Location"),
           f"{life.board}/posts/{number}?key={token}")


def it_goes_along_to_the_next_page(life):
    number = life.ids["hush linked"]
    token = life.mine["hush linked"]
    for each in range(51):
        life.stack.http("POST", f"{life.board}/posts/{number}/reply",
                        f"full_name=n&data=r{each}&key={token}".encode(),
                        {"Content-Type":
                         "application/x-www-form-urlencoded"})
    page = life.get(f"/posts/{number}?key={token}").page
    second = f"{life.board}/posts/{number}/page/2?key={token}"
    assert second in page.links, page.links
    assert "r50" in life.go(second).page.words
    expect(life.get(f"/posts/{number}/page/1?key={token}", 301)
           .header("Location"), f"{life.board}/posts/{number}?key={token}")


def where_its_replies_stand_is_a_secret(life):
    number, reply = life.ids["hush linked"], life.ids["hush reply"]
    where = f"{life.board}/posts/{number}"
    for path in (f"/posts/{number}/page/2", f"/posts/{number}/page/99",
                 f"/posts/{number}/page/2?key={WRONG_KEY}"):
        expect(life.get(path, 303).header("Location"), where, path)
    last = life.redis("LINDEX", f"news:replies:{number}", -1).split(":")[0]
    for key in ("", f"?key={WRONG_KEY}", f"?key={life.mine['first']}"):
        expect(life.get(f"/posts/{last}{key}", 303).header("Location"),
               where, key)
    before = life.keys()
    for each in (number, reply):
        for key in ("", f"?key={WRONG_KEY}"):
            life.post(f"/posts/{each}/recommend{key}", {}, 404)
    expect(life.keys() - before, set(), "new keys")


def nobody_else_finds_a_word_of_it(life):
    for target in everywhere(life):
        answer = life.go(target)
        assert answer.status in (200, 301, 303, 403, 404), \
            f"{target}: {answer.status}"
        finds_no_word(life, answer, target)
    number = life.ids["hush"]
    for path in (".json", ".atom"):
        life.get(f"/posts/{number}{path}", 404)
    page = life.get(f"/posts/{number}").page
    assert not [a for tag, a in page.tags if tag == "meta" and
                a.get("property", "").startswith("og:")], "og tags"
    assert number not in life.listed()
    assert life.said["secret"] in life.get(
        "/list").page.by_id[f"post-{number}"]


def nobody_else_can_preview_their_way_in(life):
    for number in (life.ids["hush"], life.ids["hush reply"]):
        for fields in ({"preview": "1"}, {"preview": "1", "key": WRONG_KEY},
                       {}, {"key": life.mine["first"]}):
            for what in ("reply", "edit"):
                answer = life.go(f"{life.board}/posts/{number}/{what}", {
                    "full_name": "n", "data": "stranger", **fields})
                assert answer.status in (200, 400, 403), answer.status
                finds_no_word(life, answer, f"{what} of {number}")
    expect(life.redis("LLEN", f"news:replies:{life.ids['hush']}"), 2)


def its_writer_of_a_reply_reads_only_that(life):
    reply = life.ids["hush reply"]
    path = life.unlock(reply, "답", "edit")
    page = life.get(path).page
    expect(page.fields["data"], life.words("hush reply"))
    for words in ("hush", "hush below"):
        assert life.words(words) + " " not in page.words + " ", words
    life.edit(path, data=life.words("hush reply") + " edited")
    assert "edited" in life.redis("GET", f"news:post:{reply}")


def a_secret_is_edited_and_stays_one(life):
    number = life.ids["hush"]
    path = life.unlock(number, "열려라", "edit")
    page = life.get(path).page
    expect(page.fields["data"], life.words("hush"))
    assert "checked" in page.attributes["secret"]
    life.edit(path, data=life.words("hush") + " again")
    expect(life.redis("GET", f"news:post:{number}"), LOCK)
    finds_no_word_anywhere(life, "edited")


def what_was_secret_can_be_opened_and_closed(life):
    number = life.ids["hush linked"]
    path = f"/posts/{number}/edit?key={life.mine['hush linked']}"
    life.edit(path, secret="")
    life.shows(number, life.writer, life.words("hush linked"))
    expect(life.redis("EXISTS", f"news:secret:{number}"), 0)
    life.edit(path, secret="1")
    expect(life.redis("GET", f"news:post:{number}"), LOCK)
    life.json(f"/posts/{number}", 404)
    assert life.words("hush linked") not in life.get(f"/posts/{number}").text


def a_deleted_secret_comes_back_as_one(life):
    number = life.ids["hush"]
    life.post(f"/posts/{number}/delete", {"key": life.mine["hush"]})
    finds_no_word_anywhere(life, "deleted")
    life.owner("restore", number)
    finds_no_word_anywhere(life, "restored")
    page = life.get(f"/posts/{number}?key={life.mine['hush']}").page
    for words in ("hush", "hush reply", "hush below"):
        assert life.words(words) in page.words, words


SECRECY = [
    a_secret_post_is_stored_out_of_sight,
    password_and_private_link_open_it,
    those_who_can_read_it_can_reply,
    those_who_can_read_it_can_reply_to_replies,
    the_key_goes_along,
    it_goes_along_to_the_next_page,
    where_its_replies_stand_is_a_secret,
    nobody_else_finds_a_word_of_it,
    nobody_else_can_preview_their_way_in,
    its_writer_of_a_reply_reads_only_that,
    a_secret_is_edited_and_stays_one,
    what_was_secret_can_be_opened_and_closed,
    a_deleted_secret_comes_back_as_one,
]
