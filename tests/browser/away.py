#!/usr/bin/env python3
"""What a reader sees while Redis and the worker are both gone: published pages,
from the list to a thread and back, and for all else a page that says so; in a
real browser, in both languages, on a phone and on a desk, light and dark:
screenshots/away-PAGE-LANGUAGE-SCHEME-WIDTH.png in the build folder.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

import stack as stacks
from claims import expect
from form import SCREENSHOTS, fits, readable
from stack import main, wait_for
from webdriver import Driver, skip_without_browser

POSTS = 45
AWAY = {"en": "Back in a moment", "ko": "잠시 쉬는 중입니다"}
READ = ["/list", "/list/page/2", f"/posts/{POSTS}", f"/posts/{POSTS - 20}"]
WIDTHS = (390, 1280)


def everything_is_published_and_then_all_but_nginx_dies(stack):
    with stack.redis_client() as redis:
        stacks.fill(redis, [
            (f"손님 {i}", f"{i}번째 이야기입니다.\nThis is story {i}.")
            for i in range(1, POSTS + 1)])
    for path in READ:
        for language in AWAY:
            wait_for(f"{path} to be a file", lambda: stack.http(
                "GET", path, headers={"Accept-Language": language}).header(
                    "Server-Timing") is None)
    stack.redis.kill()
    stack.worker.kill()


def from_the_list_to_a_thread_and_back(stack, driver, language):
    browser = driver.browser(language=language)
    browser.go(stack.url("/list"))
    expect(browser.attribute("html", "lang"), language)
    browser.follow(f'a[href$="/posts/{POSTS}"]')
    assert browser.url.endswith(f"/posts/{POSTS}"), browser.url
    assert f"This is story {POSTS}." in browser.text("main"), browser.url
    browser.follow(f'a[href$="/posts/{POSTS}/list"]')
    assert browser.url.endswith("/list"), browser.url
    browser.follow('a[href$="/list/page/2"]')
    browser.follow(f'a[href$="/posts/{POSTS - 20}"]')
    assert f"This is story {POSTS - 20}." in browser.text("main")
    browser.quit()


def the_rest_says_that_the_board_is_away(stack, driver, language):
    browser = driver.browser(language=language)
    browser.go(stack.url("/posts/1"))
    expect(browser.attribute("html", "lang"), language)
    expect(browser.text("h1"), AWAY[language])
    browser.quit()


def it_looks_well(stack, driver, language):
    for width in WIDTHS:
        browser = driver.browser(width=width, height=800, language=language,
                                 phone=width < 500)
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            for name, path in (("list", "/list"), ("thread", READ[2]),
                               ("page", "/posts/1")):
                browser.go(stack.url(path))
                fits(browser, name, width)
                readable(browser, name)
                browser.screenshot(os.path.join(
                    SCREENSHOTS, f"away-{name}-{language}-{scheme}-"
                    f"{width}.png"))
        browser.quit()


def claims_of(driver):
    yield everything_is_published_and_then_all_but_nginx_dies
    for test in (from_the_list_to_a_thread_and_back,
                 the_rest_says_that_the_board_is_away, it_looks_well):
        for language in AWAY:
            def run(stack, test=test, language=language):
                test(stack, driver, language)
            run.__name__ = f"{test.__name__} ({language})"
            yield run


if __name__ == "__main__":
    skip_without_browser()
    os.makedirs(SCREENSHOTS, exist_ok=True)
    with Driver() as shared:
        main(({"nginx": True, "pages": True, "errors": True},
              list(claims_of(shared))))
