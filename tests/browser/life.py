#!/usr/bin/env python3
"""The life of a post in a real browser whose JavaScript is switched off: real
forms filled, real buttons clicked, in both languages. Then what every kind of
page looks like, on a phone and on a desk, light and dark, for people to look
at: screenshots/life-PAGE-LANGUAGE-SCHEME-WIDTH.png in the build folder.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from claims import expect
from curl import Visitor, query_of
from form import SCREENSHOTS, fits, readable
from stack import main
from webdriver import Driver, skip_without_browser

WORDS = {
    "en": {"category": "Questions", "other": "Reports", "name": "Ada",
           "title": "Where is the well?", "board": "Kitchen",
           "text": "I have looked **everywhere**.",
           "reply": "Behind the house.", "below": "And is it deep?",
           "edited": "Found it, thank you.", "secret": "Between us only.",
           "tab": "Somebody wrote this meanwhile.",
           "wrong": "This is not the post’s password."},
    "ko": {"category": "질문", "other": "후기", "name": "홍길동",
           "title": "우물이 어디에 있나요?", "board": "부엌",
           "text": "**여기저기** 찾아봤습니다.",
           "reply": "집 뒤에 있습니다.", "below": "깊은가요?",
           "edited": "찾았습니다. 고맙습니다.", "secret": "우리끼리만 압시다.",
           "tab": "그사이에 누가 고쳐 썼습니다.",
           "wrong": "비밀번호가 맞지 않습니다."},
}
PASSWORD = "열려라 참깨"
NAME, TITLE, TEXT = (f"{tag}[name={name}]" for tag, name in (
    ("input", "full_name"), ("input", "title"), ("textarea", "data")))
SEND = "form.write button.send:not([name=preview])"
PREVIEW = "form.write button[name=preview]"
DESK, PHONE = 1280, 390


class Life:
    """A visitor at a browser without JavaScript."""

    def __init__(self, driver, language):
        self.driver, self.language = driver, language
        self.words = WORDS[language]
        self.browser = self.visitor = None
        self.posts = {}

    def begin(self, stack):
        self.visitor = Visitor(stack, self.language)
        self.said = self.visitor.said
        self.browser = self.another()

    def another(self, width=DESK):
        browser = self.driver.browser(width=DESK, height=900,
                                      language=self.language,
                                      javascript=False)
        if width != DESK:
            # No touch screen: where JavaScript is off, the driver hangs
            # when it taps.
            browser.devtools("Emulation.setDeviceMetricsOverride",
                             width=width, height=844, deviceScaleFactor=2,
                             mobile=True)
        return browser

    def url(self, path):
        return f"http://127.0.0.1:{self.visitor.stack.port}{path}"

    def go(self, path):
        self.browser.go(self.url(path))

    def path(self):
        """Where the browser is, without query and fragment."""
        return self.browser.url.partition("?")[0].partition("#")[0].replace(
            self.url(""), "")

    def fill(self, css, what):
        self.browser.type(css, self.words.get(what, what))

    def sees(self, what, css="main"):
        text = self.words.get(what, what).replace("**", "")
        seen = self.browser.text(css)
        assert text in seen, f"{text!r} is not in {seen!r}"

    def misses(self, what):
        text = self.words.get(what, what).replace("**", "")
        assert text not in self.browser.source, f"{text!r} is there"

    def unlock(self, post, button):
        """Shows that a post is one's own, by the link at the post."""
        self.go(f"/posts/{self.posts[post]}")
        self.browser.follow("article.post a[href$='/unlock']")
        self.browser.type("input[name=password]", PASSWORD)
        self.browser.follow(f"button[name=to][value={button}]")


def a_browser_without_javascript_opens_an_empty_board(life):
    life.browser.go("data:text/html,<p>off</p><script>"
                    "document.body.textContent='on'</script>")
    expect(life.browser.text("body"), "off", "JavaScript is on: no test")
    for category in ("category", "other"):
        life.visitor.owner("board", "category", life.words[category])
    life.go("/list")
    expect(life.browser.attribute("html", "lang"), life.language)
    life.sees(life.said["empty"])
    life.browser.follow("main .quiet a")
    expect(life.path(), "/write")


def a_post_is_previewed_and_sent(life):
    life.fill(TITLE, "title")
    life.browser.click("select[name=category] option[value='1']")
    life.fill(NAME, "name")
    life.browser.type("input[name=password]", PASSWORD)
    life.fill(TEXT, "text")
    life.browser.follow(PREVIEW)
    life.sees(life.said["preview_title"])
    life.sees("text", ".preview .text")
    expect(life.browser.value(TITLE), life.words["title"])
    expect(life.browser.value("select[name=category]"), "1")
    expect(life.browser.value("input[name=password]"), PASSWORD)
    life.browser.follow(SEND)
    life.sees(life.said["posted"], "[role=status]")
    expect(life.browser.find_all("a.private"), [])
    life.browser.follow("[role=status] a")
    life.posts["open"] = int(life.path().rpartition("/")[2])
    expect(life.browser.text("h1"), life.words["title"])
    life.sees("text", ".post .text")
    life.sees("category", ".post header")


def without_a_password_a_private_link_is_shown(life):
    life.go("/write")
    life.fill(NAME, "name")
    life.fill(TEXT, "tab")
    life.browser.follow(SEND)
    life.sees(life.said["private_advice"], "[role=status]")
    life.browser.follow("a.private")
    life.posts["linked"] = int(life.path().rpartition("/")[2])
    life.sees(life.said["own_text"], ".own")
    life.browser.follow(".own a[href*='/edit?']")
    life.fill(TEXT, "edited")
    life.browser.follow(SEND)
    life.sees("edited", ".post .text")
    life.sees(life.said["edited"], ".post header")


def replies_are_written_below_the_post(life):
    life.go(f"/posts/{life.posts['open']}")
    life.fill(NAME, "name")
    life.browser.type("input[name=password]", PASSWORD)
    life.fill(TEXT, "reply")
    life.browser.follow(PREVIEW)
    life.sees("reply", ".preview:last-of-type .text")
    life.browser.follow(SEND)
    life.sees(life.said["reply_posted"], "[role=status]")
    life.sees("reply", "article.reply .text")
    life.browser.follow("article.reply a[href*='/reply?quote=']")
    expect(life.browser.value(TEXT).strip(), "> " + life.words["reply"])
    life.browser.follow("main a[href*='/posts/']")
    life.browser.follow("article.reply .links a[href$='/reply']")
    life.fill(NAME, "name")
    life.fill(TEXT, "below")
    life.browser.follow(SEND)
    life.sees("below", "article.reply.level-2 .text")
    life.sees(life.said["private_advice"], "[role=status]")
    life.browser.follow("a.private")
    life.sees("below", "article .text")
    life.sees(life.said["own_text"], ".own")


def a_password_opens_the_post_to_edit(life):
    life.unlock("open", "edit")
    expect(life.browser.value(TEXT), life.words["text"])
    life.fill(TEXT, "edited")
    life.browser.follow(SEND)
    life.sees("edited", ".post .text")
    life.misses("text")


def two_tabs_do_not_overwrite_each_other(life):
    life.unlock("open", "edit")
    other, first = life.another(), life.browser
    other.go(first.url)
    other.type(TEXT, life.words["tab"])
    other.follow(SEND)
    first.type(TEXT, life.words["below"])
    first.follow(SEND)
    life.sees(life.said["conflict_title"])
    life.sees("tab", ".preview")
    expect(first.value(TEXT), life.words["below"])
    first.follow(SEND)
    life.sees("below", ".post .text")
    other.quit()


def an_earlier_version_is_brought_back(life):
    life.unlock("open", "read")
    life.browser.follow(".own a[href*='/versions?']")
    life.sees("tab", "article:first-of-type .text")
    life.browser.follow("article:last-of-type .links a")
    expect(life.browser.value(TEXT), life.words["text"])
    life.browser.follow(SEND)
    life.sees("text", ".post .text")


def a_like_is_given_and_taken_back(life):
    life.go(f"/posts/{life.posts['linked']}")
    for count in ("1", None, "1"):
        life.browser.follow("form.recommend button")
        shown = life.browser.text("form.recommend button").split()
        expect(shown[1:], [count] if count else [])


def a_secret_post_is_one(life):
    life.go("/write")
    life.browser.type(TITLE, life.words["secret"] + "!")
    life.fill(NAME, "name")
    life.browser.type("input[name=password]", PASSWORD)
    life.fill(TEXT, "secret")
    life.browser.click("label[for=secret]")
    life.browser.follow(SEND)
    life.browser.follow("[role=status] a")
    life.posts["secret"] = int(life.path().rpartition("/")[2])
    life.sees(life.said["secret_text"])
    for path in ("/list", "/all", "/latest", "/",
                 f"/posts/{life.posts['secret']}"):
        life.go(path)
        life.misses("secret")
    life.browser.type("input[name=password]", "wrong")
    life.browser.follow("button[value=read]")
    life.sees(life.words["wrong"], "[role=alert]")
    life.misses("secret")
    life.browser.type("input[name=password]", PASSWORD)
    life.browser.follow("button[value=read]")
    life.sees("secret", ".post .text")


def categories_are_links_that_filter(life):
    life.go("/list")
    life.browser.follow(".categories a[href$='/category/1']")
    life.sees("title", ".rows")
    expect(len(life.browser.find_all(".rows li")), 1)
    life.browser.follow(".categories a[href$='/category/2']")
    life.sees(life.said["empty"])
    life.browser.follow(".categories a[href$='/list']")
    expect(len(life.browser.find_all(".rows li")), 3)


def what_is_deleted_leaves_its_place(life):
    life.unlock("open", "delete")
    life.sees(life.said["delete_title"])
    life.browser.follow(SEND)
    life.sees(life.said["deleted"], "[role=status]")
    life.misses("title")
    life.go(f"/posts/{life.posts['open']}")
    expect(life.browser.text("h1"), life.said["post_deleted"])
    life.sees("reply", "article.reply .text")
    life.visitor.owner("restore", life.posts["open"])
    life.go("/list")
    life.browser.follow(f".rows a[href$='/posts/{life.posts['open']}']")
    life.sees("text", ".post .text")


def another_board_is_found_and_written_on(life):
    life.visitor.owner("board", "add", "kitchen", "--title",
                       life.words["board"])
    life.go("/")
    life.browser.follow("nav.menu a[href='/boards']")
    life.browser.follow("main a[href='/boards/kitchen/list']")
    life.sees("board")
    life.sees(life.said["empty"])
    life.go("/boards/kitchen")
    life.fill(NAME, "name")
    life.fill(TEXT, "reply")
    life.browser.follow(SEND)
    expect(life.path(), "/boards/kitchen")
    life.sees(life.said["private_advice"], "[role=status]")
    life.browser.follow("[role=status] a:not(.private)")
    expect(life.path(), "/boards/kitchen/posts/1")
    life.sees("reply", ".post .text")


def the_browser_closes(life):
    life.browser.quit()


# How it looks

def furnish(life, stack):
    """A board as it looks after some weeks; the pages to look at."""
    visitor = life.visitor = Visitor(stack, life.language)
    words = life.words
    visitor.owner("fill", 60)
    visitor.owner("board", "add", "kitchen", "--title", words["board"])

    def post(path, **fields):
        query = query_of(visitor.post(path, {"full_name": words["name"],
                                             **fields}))
        return int(query["posted"]), query.get("mine")
    thread, key = post("/write", title=words["title"], data=words["text"],
                       category="1")
    reply, _ = post(f"/posts/{thread}/reply", data=words["reply"])
    below, _ = post(f"/posts/{reply}/reply", data=words["below"], key=key)
    gone, gone_key = post(f"/posts/{thread}/reply", data=words["tab"])
    post(f"/posts/{gone}/reply", data=words["edited"])
    post(f"/posts/{below}/reply", data=f"> {words['below']}\n\n" +
         words["text"] * 12)
    visitor.post(f"/posts/{gone}/delete", {"key": gone_key})
    visitor.post(f"/posts/{thread}/recommend", {})
    visitor.owner("notice", visitor.json("/list")["posts"][9]["id"], "on")
    secret, _ = post("/write", data=words["secret"], secret="1",
                     password=PASSWORD)
    return {"list": "/list", "thread": f"/posts/{thread}",
            "own": f"/posts/{thread}?key={key}", "secret": f"/posts/{secret}",
            "empty": "/boards/kitchen/list", "404": "/posts/99999999",
            "reply": f"/posts/{reply}/reply?quote={reply}"}


def show_errors(life, browser):
    """A form with more than one mistake, which a browser lets through."""
    browser.go(life.url("/write"))
    browser.type(TITLE, life.words["title"] * 12)
    browser.type(NAME, life.words["name"] * 30)
    browser.type(TEXT, life.words["text"])
    browser.follow(SEND)
    expect(len(browser.find_all("[aria-invalid=true]")), 2)


def looks(width):
    def every_kind_of_page_fits_and_can_be_read(life):
        browser = life.another(width)
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            for name, path in [*life.pages.items(), ("errors", None)]:
                if path:
                    browser.go(life.url(path))
                else:
                    show_errors(life, browser)
                browser.screenshot(os.path.join(
                    SCREENSHOTS,
                    f"life-{name}-{life.language}-{scheme}-{width}.png"))
                expect(browser.attribute("html", "lang"), life.language)
                fits(browser, name, width)
                readable(browser, f"{name}, {scheme}")
        browser.quit()
    every_kind_of_page_fits_and_can_be_read.__name__ += f" ({width} px)"
    return every_kind_of_page_fits_and_can_be_read


STEPS = [
    a_browser_without_javascript_opens_an_empty_board,
    a_post_is_previewed_and_sent,
    without_a_password_a_private_link_is_shown,
    replies_are_written_below_the_post,
    a_password_opens_the_post_to_edit,
    two_tabs_do_not_overwrite_each_other,
    an_earlier_version_is_brought_back,
    a_like_is_given_and_taken_back,
    a_secret_post_is_one,
    categories_are_links_that_filter,
    what_is_deleted_leaves_its_place,
    another_board_is_found_and_written_on,
    the_browser_closes,
]


def groups_of(driver, language):
    """What happens on a board of its own, and what a full one looks like."""
    life, sight = Life(driver, language), Life(driver, language)

    def claim(test, of, before=None):
        def run(stack):
            if before:
                before(stack)
            test(of)
        run.__name__ = f"{test.__name__} ({language})"
        return run

    def begin(stack):
        life.begin(stack)

    def a_board_after_some_weeks(stack):
        sight.pages = furnish(sight, stack)
    settings = {"nginx": True, "SITE_LANGUAGE": language}
    yield settings, [claim(STEPS[0], life, begin),
                     *(claim(step, life) for step in STEPS[1:])]
    yield settings, [a_board_after_some_weeks,
                     *(claim(looks(width), sight) for width in (PHONE, DESK))]


if __name__ == "__main__":
    skip_without_browser()
    os.makedirs(SCREENSHOTS, exist_ok=True)
    with Driver() as shared:
        main(*(group for language in WORDS
               for group in groups_of(shared, language)))
