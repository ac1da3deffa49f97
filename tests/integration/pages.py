#!/usr/bin/env python3
"""Every page, byte for byte, against tests/golden/NAME.html. When a change of
a page is meant: `python3 tests/integration/pages.py --write`, and look at
what git says has changed.
"""

import difflib
import glob
import gzip
import os
import re
import sys

from board import (LANGUAGES, SETTINGS, Pages, every_page, fill,
                   fill_more)
from claims import expect
from stack import BUILD, SOURCE, Stack, main

GOLDEN = os.path.join(SOURCE, "tests", "golden")
PAGE_MAX, CSS_MAX = 14 * 1024, 8 * 1024

ANSWERS = {}


def golden(name):
    return os.path.join(GOLDEN, name + ".html")


def normal(answer):
    """The names of static files carry a hash of what is in them."""
    head = f"<!-- {answer.status} -->\n"
    return head + re.sub(r'(/static/\w+)[.-][0-9a-f]{6,}(\.\w+)', r"\1\2",
                         answer.text)


def every_page_is_rendered(stack):
    ANSWERS.update(every_page(stack))


def each_is_as_its_golden_file(_):
    wrong = []
    for name, answer in ANSWERS.items():
        with open(golden(name), encoding="utf-8", newline="") as file:
            wanted = file.read()
        wrong += difflib.unified_diff(
            wanted.splitlines(), normal(answer).splitlines(),
            golden(name), "the page", lineterm="", n=1)
    if wrong:
        raise AssertionError("\n".join(wrong[:60]) + "\n(pages.py --write "
                             "makes the golden files anew)")


def no_golden_file_is_left_over(_):
    expect(sorted(glob.glob(os.path.join(GOLDEN, "*"))),
           sorted(golden(name) for name in ANSWERS))


def statuses_are_what_the_pages_are_called(_):
    for name, answer in ANSWERS.items():
        if name[:3].isdigit():
            expect(answer.status, int(name[:3]), name)


def each_says_its_language(_):
    for name, answer in ANSWERS.items():
        language = name.rpartition("-")[2]
        expect(answer.page.language, language, name)
        expect(answer.header("Content-Language"), language, name)


def each_has_one_h1_and_headings_in_order(_):
    for name, answer in ANSWERS.items():
        if name.startswith("posted"):
            continue  # the short body of a 303
        levels = [level for level, _ in answer.page.headings]
        expect(levels.count(1), 1, name)
        for before, after in zip([0] + levels, levels):
            assert after <= before + 1, f"{name}: {levels}"


def no_sentence_is_missing_in_either_language(_):
    for name, answer in ANSWERS.items():
        page = answer.page
        for word in ("{max}", "{count}", "{page}", "T.", "Errors."):
            assert word not in page.words, f"{name}: {word}"
        for tag, attributes in page.tags:
            if tag == "button":
                assert "value" not in attributes or attributes["value"]
        assert page.title, name


def a_whole_page_is_small(stack):
    """Twenty posts of everyday length, HTML and CSS compressed."""
    with Stack(slots=1) as other:
        fill(other)
        sizes = [len(gzip.compress(other.ask("GET", path).body, 5))
                 for path in ("/", "/all")]
    sheets = glob.glob(os.path.join(BUILD, "web", "static", "*.css"))
    expect(len(sheets), 1, "style sheets")
    with open(sheets[0], "rb") as file:
        css = file.read()
    whole = max(sizes) + len(gzip.compress(css, 5))
    print(f"# CSS {len(css)} bytes, the largest page with it {whole} "
          "compressed", flush=True)
    assert len(css) < CSS_MAX, f"CSS has {len(css)} bytes"
    assert whole < PAGE_MAX, f"a page has {whole} bytes"


def every_link_leads_somewhere(stack):
    fill(stack)
    fill_more(stack)
    for language in LANGUAGES:
        pages = Pages(stack, language)
        seen, todo = set(), ["/"]
        while todo:
            target = todo.pop()
            if target in seen:
                continue
            seen.add(target)
            answer = pages.get(target)
            if answer.status == 303 and target.startswith("/posts/"):
                # A reply's own address.
                todo.append(answer.header("Location").partition("#")[0])
                continue
            expect(answer.status, 200, target)
            for link in answer.page.links:
                link = link.partition("#")[0]
                if link.startswith("https://example.org"):
                    continue  # in somebody's post
                assert link == "" or link.startswith("/"), link
                if link:
                    todo.append(link)
        for wanted in ("/all", "/all/page/12", "/list/page/12", "/latest",
                       "/posts/1", "/category/2", "/boards",
                       "/boards/qna/list"):
            assert wanted in seen, f"nothing leads to {wanted}"


def write_golden_files():
    with Stack(errors=True, **SETTINGS) as stack:
        every_page_is_rendered(stack)
    for path in glob.glob(os.path.join(GOLDEN, "*.html")):
        os.unlink(path)
    os.makedirs(GOLDEN, exist_ok=True)
    for name, answer in ANSWERS.items():
        with open(golden(name), "w", encoding="utf-8", newline="") as file:
            file.write(normal(answer))
    print(f"{len(ANSWERS)} pages written to {GOLDEN}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        sys.exit(write_golden_files())
    main(({"errors": True, **SETTINGS}, [
        every_page_is_rendered,
        each_is_as_its_golden_file,
        no_golden_file_is_left_over,
        statuses_are_what_the_pages_are_called,
        each_says_its_language,
        each_has_one_h1_and_headings_in_order,
        no_sentence_is_missing_in_either_language,
        a_whole_page_is_small,
        every_link_leads_somewhere,
    ]))
