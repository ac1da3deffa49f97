#!/usr/bin/env python3
"""The board in a real browser, through a real nginx: writing and reading, in
both languages, light and dark, on a phone and on a desk, without JavaScript.
Screenshots go to screenshots/ in the build folder.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from board import fill
from claims import expect, rows
from stack import BUILD, main, wait_for
from webdriver import Driver, skip_without_browser

SCREENSHOTS = os.path.join(BUILD, "screenshots")
PATHS = [("home", "/"), ("all", "/all"), ("latest", "/latest"),
         ("post", "/posts/21"), ("404", "/none"),
         ("posted", "/?posted=21"), ("write", "/write"),
         ("titled", "/posts/22")]
DESK, PHONE = 1280, 360
# WCAG 2.2, 1.4.3: ordinary text.
CONTRAST_MIN = 4.5
NAME, TEXT = "input[name=full_name]", "textarea[name=data]"
SEND = "form.write button"


def url(stack, path):
    return f"http://127.0.0.1:{stack.port}{path}"


def submit(browser, stack, name, text):
    browser.go(url(stack, "/"))
    browser.type(NAME, name)
    browser.type(TEXT, text)
    browser.follow(SEND)


def a_preview_goes_back_and_forth(stack, driver):
    browser = driver.browser()
    browser.go(url(stack, "/write"))
    browser.type("input[name=title]", "제목")
    browser.type(NAME, "이영희")
    browser.type(TEXT, "미리 보는 글")
    for _ in "12":
        browser.follow("button[name=preview]")
        expect(browser.text(".preview h3"), "제목")
        expect(browser.text(".preview .text"), "미리 보는 글")
        expect(browser.text(".preview .name"), "이영희")
    browser.follow(".actions button:last-child")
    assert "/?posted=" in browser.url, browser.url
    browser.go(url(stack, "/all"))
    expect(browser.text("article .title"), "제목")
    browser.follow("article .title a")
    expect(browser.text("h1"), "제목")
    browser.quit()


def a_visitor_posts_and_sees_it_everywhere(stack, driver):
    browser = driver.browser()
    text = "브라우저로 쓴 글입니다.\n둘째 줄"
    submit(browser, stack, "홍길동", text)
    assert "/?posted=1" in browser.url, browser.url
    expect(browser.text("[role=status] p"),
           "Successfully submitted the post")
    for path in ("/", "/all", "/latest"):
        browser.go(url(stack, path))
        expect(browser.text("article .name"), "홍길동", path)
        expect(browser.text("article .text"), text, path)
    browser.follow("article a.number")
    assert browser.url.endswith("/posts/1"), browser.url
    expect(browser.text("article .text"), text)
    with stack.redis_client() as redis:
        expect(redis("GET", "news:name:1").decode(), "홍길동")
        expect(redis("GET", "news:post:1").decode(), text)
    browser.quit()


def sending_the_page_again_posts_nothing_twice(stack, driver):
    browser = driver.browser()
    submit(browser, stack, "reloader", "sent once")
    browser.call("POST", "/refresh", {})
    browser.call("POST", "/back", {})
    browser.call("POST", "/forward", {})
    with stack.redis_client() as redis:
        ids = redis("LRANGE", "post_id", 0, -1)
        texts = redis("MGET", *[b"news:post:" + i for i in ids])
    expect(texts.count(b"sent once"), 1)
    browser.quit()


def an_error_keeps_what_was_typed(stack, driver):
    browser = driver.browser()
    submit(browser, stack, "가" * 41, "<b>kept</b>\n\nas typed")
    expect(browser.value(NAME), "가" * 41)
    expect(browser.value(TEXT), "<b>kept</b>\n\nas typed")
    expect(browser.attribute(NAME, "aria-invalid"), "true")
    for word in ("40", "41"):
        assert word in browser.text("#full_name-error")
    browser.type(NAME, "short")
    browser.follow(SEND)
    assert "/?posted=" in browser.url, browser.url
    browser.quit()


def the_browser_itself_asks_for_what_is_missing(stack, driver):
    browser = driver.browser()
    browser.go(url(stack, "/"))
    browser.click(SEND)
    assert browser.url.endswith("/"), browser.url
    expect(len(browser.find_all(f"{NAME}:invalid, {TEXT}:invalid")), 2)
    browser.quit()


def the_language_can_be_switched_and_stays(stack, driver):
    browser = driver.browser()
    browser.go(url(stack, "/all"))
    expect(browser.attribute("html", "lang"), "en")
    browser.follow("form.language button")
    expect(browser.attribute("html", "lang"), "ko")
    assert browser.url.endswith("/all"), browser.url
    browser.go(url(stack, "/latest"))
    expect(browser.attribute("html", "lang"), "ko", "it stays")
    submit(browser, stack, "길동", "한국어로")
    expect(browser.text("[role=status] p"), "글을 등록했습니다.")
    # Where a private link is shown, once, nothing leads away from it.
    expect(len(browser.find_all("a.private")), 1)
    expect(browser.find_all("form.language"), [])
    browser.go(url(stack, "/latest"))
    browser.follow("form.language button")
    expect(browser.attribute("html", "lang"), "en")
    browser.quit()


def a_korean_browser_is_greeted_in_korean(stack, driver):
    browser = driver.browser(language="ko-KR")
    browser.go(url(stack, "/"))
    expect(browser.attribute("html", "lang"), "ko")
    browser.quit()


def all_of_it_works_without_javascript(stack, driver):
    browser = driver.browser(javascript=False)
    browser.go("data:text/html,<p>off</p><script>"
               "document.body.textContent='on'</script>")
    assert "off" in browser.text("body"), "JavaScript is on: no test"
    submit(browser, stack, "no script", "without JavaScript")
    assert "/?posted=" in browser.url, browser.url
    browser.go(url(stack, "/all"))
    expect(browser.text("article .text"), "without JavaScript")
    browser.follow("form.language button")
    expect(browser.attribute("html", "lang"), "ko")
    browser.quit()


def the_keyboard_reaches_everything(stack, driver):
    browser = driver.browser()
    browser.go(url(stack, "/"))
    reached = []
    for _ in range(12):
        browser.call("POST", "/actions", {"actions": [{
            "type": "key", "id": "keys", "actions": [
                {"type": "keyDown", "value": "\ue004"},
                {"type": "keyUp", "value": "\ue004"}]}]})
        reached.append(browser.script(
            "const e = document.activeElement, s = getComputedStyle(e);"
            "return [e.name || e.className || e.tagName, s.outlineStyle !="
            " 'none' || s.boxShadow != 'none' || s.textDecorationLine]"))
    names = [name for name, _ in reached]
    expect(names[0], "skip", "first")
    for wanted in ("full_name", "data", "send", "lang"):
        assert wanted in names, f"{wanted} is not in {names}"
    expect([name for name, seen in reached if not seen], [], "unseen focus")
    browser.quit()


def no_page_asks_for_anything_that_fails(stack, driver):
    """Style, icon: all there, nothing blocked by our own policy."""
    browser = driver.browser()
    for name, path in PATHS:
        browser.go(url(stack, path))
        sheets = browser.script(
            "return [...document.styleSheets].map(s => s.cssRules.length)")
        expect(len(sheets), 1, name)
        assert sheets[0] > 10, name
        broken = browser.script("return [...document.images].filter("
                                "i => !i.naturalWidth).length")
        expect(broken, 0, f"images of {name}")
        hosts = browser.script(
            "return [...new Set(performance.getEntriesByType('resource')"
            ".map(r => new URL(r.name).host))]")
        expect(hosts, [f"127.0.0.1:{stack.port}"], name)
    browser.quit()


# How it looks

def luminance(colour):
    channels = [int(float(c)) / 255
                for c in re.findall(r"[\d.]+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else
                        ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# The colours that a text is shown in: of itself, and of what is behind it.
COLOURS = """
const seen = {};
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some(n => n.nodeType == 3 &&
                                          n.textContent.trim());
  if (!own || !e.checkVisibility() || e.closest('.skip, .unseen')) continue;
  let b = e, back;
  do { back = getComputedStyle(b).backgroundColor; b = b.parentElement; }
  while (b && back == 'rgba(0, 0, 0, 0)');
  if (back == 'rgba(0, 0, 0, 0)')
    back = matchMedia('(prefers-color-scheme: dark)').matches ?
           'rgb(18, 18, 18)' : 'rgb(255, 255, 255)';
  seen[getComputedStyle(e).color + ' on ' + back] =
      e.tagName + '.' + e.className;
}
return seen"""


@rows([(f"{language}, {width} px", language, width)
       for language in ("en", "ko") for width in (PHONE, DESK)])
def every_page_fits_and_can_be_read(stack, driver, language, width):
    browser = driver.browser(width=width, height=800, phone=width == PHONE,
                             language=language)
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        for name, path in PATHS:
            browser.go(url(stack, path))
            expect(browser.attribute("html", "lang"), language, name)
            fits(browser, name, width)
            readable(browser, f"{name}, {scheme}")
            browser.screenshot(os.path.join(
                SCREENSHOTS, f"{name}-{language}-{scheme}-{width}.png"))
    browser.quit()


def fits(browser, name, width):
    inner, needed = browser.script(
        "return [innerWidth, document.documentElement.scrollWidth]")
    expect(inner, width, "the width of the window")
    assert needed <= inner, f"{name} is {needed} px wide"


def readable(browser, name):
    shown = browser.script(COLOURS)
    assert shown, f"{name}: no text"
    for pair, where in shown.items():
        ratio = contrast(*pair.split(" on "))
        assert ratio >= CONTRAST_MIN, \
            f"{name}: {where}: {pair}: {ratio:.2f}"


def dark_is_dark_and_light_is_light(stack, driver):
    browser = driver.browser()
    shown = {}
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        browser.go(url(stack, "/"))
        shown[scheme] = [luminance(browser.script(
            "return getComputedStyle(document.%s).%s" % where))
            for where in (("body", "color"),)]
        back = browser.script(
            "const b = getComputedStyle(document.body).backgroundColor;"
            "return b == 'rgba(0, 0, 0, 0)' ? getComputedStyle("
            "document.documentElement).backgroundColor : b")
        shown[scheme].append(luminance(back))
    (light_text, light), (dark_text, dark) = shown["light"], shown["dark"]
    assert light > 0.8 > 0.2 > light_text, shown
    assert dark < 0.1 < 0.5 < dark_text, shown
    browser.quit()


def fingers_find_what_they_touch(stack, driver):
    """44 px on a phone: what stands alone, not links inside a sentence."""
    browser = driver.browser(width=PHONE, height=800, phone=True)
    for path in ("/", "/all"):
        browser.go(url(stack, path))
        small = browser.script(
            "return [...document.querySelectorAll('button, input:not("
            "[type=hidden]), textarea, .menu a, .pager a')].map(e => ["
            "e.outerHTML.slice(0, 60), e.getBoundingClientRect().height,"
            "e.getBoundingClientRect().width]).filter("
            "e => e[1] < 43.5 || e[2] < 43.5)")
        expect(small, [], path)
    browser.quit()


def a_board_without_redis_keeps_the_text(stack, driver):
    browser = driver.browser()
    browser.go(url(stack, "/"))
    browser.type(NAME, "patient")
    browser.type(TEXT, "I will try again")
    stack.redis.kill()
    try:
        browser.follow(SEND)
        expect(browser.value(TEXT), "I will try again")
        assert browser.text("[role=alert]"), "nothing is said"
        browser.screenshot(os.path.join(SCREENSHOTS, "away.png"))
    finally:
        stack.start_redis()
    wait_for("Redis", lambda: stack.ask("GET", "/healthz").status == 200, 5)
    browser.follow(SEND)
    assert "/?posted=" in browser.url, browser.url
    browser.quit()


if __name__ == "__main__":
    skip_without_browser()
    os.makedirs(SCREENSHOTS, exist_ok=True)
    with Driver() as shared:
        def claim(test):
            def run(stack, *values):
                test(stack, shared, *values)
            run.__name__ = test.__name__
            run.rows = getattr(test, "rows", [None])
            return run

        def a_board_with_posts_of_all_kinds(stack):
            fill(stack)
        main(({"nginx": True, "errors": True, "SITE_PAGE_SIZE": 4}, [
            *map(claim, [
                a_visitor_posts_and_sees_it_everywhere,
                a_preview_goes_back_and_forth,
                sending_the_page_again_posts_nothing_twice,
                an_error_keeps_what_was_typed,
                the_browser_itself_asks_for_what_is_missing,
                the_language_can_be_switched_and_stays,
                a_korean_browser_is_greeted_in_korean,
                all_of_it_works_without_javascript,
                the_keyboard_reaches_everything,
            ]),
            a_board_with_posts_of_all_kinds,
            *map(claim, [
                no_page_asks_for_anything_that_fails,
                every_page_fits_and_can_be_read,
                dark_is_dark_and_light_is_light,
                fingers_find_what_they_touch,
                a_board_without_redis_keeps_the_text,
            ]),
        ]))
