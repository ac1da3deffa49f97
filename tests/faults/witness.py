"""What a fault looks like: to a visitor, who reads and writes in his language,
and to an operator, who reads the log.
"""

import os
import sys
import time
from urllib.parse import urlencode

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from claims import expect
from curl import sentences
from stack import FORM, SANITIZERS, wait_for

# What a visitor waits at most; sanitizers are slow.
PATIENT_SECONDS = 10 if SANITIZERS else 2
NAME, TEXT = "둘리 <&>", "지워지면 안 되는 글 <&>\n둘째 줄"
LANGUAGES = ("en", "ko")
SAID = {language: sentences(language) for language in LANGUAGES}


def in_time(answer, what, seconds=PATIENT_SECONDS):
    assert answer.seconds < seconds, f"{what} took {answer.seconds:.1f} s"


def read(stack, path, language="en"):
    """An answer that came in time, in words that the reader understands."""
    answer = stack.http("GET", path, headers={"Accept-Language": language})
    in_time(answer, path)
    kind = answer.header("Content-Type") or ""
    if answer.status >= 400 and path != "/healthz":
        expect(kind.partition(";")[0], "text/html", f"{path}: its type")
    if kind.startswith("text/html"):
        expect(answer.page.language, language, f"{path}: its language")
        assert answer.page.title and answer.page.headings, path
    if answer.status == 503:
        assert int(answer.header("Retry-After")) > 0, path
        expect(answer.header("Cache-Control"), "no-store", path)
    return answer


def write(stack, path="/write", language="en", text=TEXT, **more):
    """Sends a form; the answer, in time."""
    fields = {"full_name": NAME, "data": text, **more}
    answer = stack.http("POST", path, urlencode(fields).encode(), {
        "Content-Type": FORM, "Accept-Language": language})
    in_time(answer, f"POST {path}")
    return answer


def kept(answer, language, what="POST", text=TEXT):
    """It was not stored, the page says so and has it all again."""
    expect(answer.status, 503, what)
    expect(answer.page.language, language, what)
    expect(answer.page.fields.get("data"), text, f"{what}: the text")
    expect(answer.page.fields.get("full_name"), NAME, f"{what}: the name")
    assert int(answer.header("Retry-After")) > 0, answer.headers


class Log:
    """with Log(stack.worker) as log: what it says meanwhile."""

    def __init__(self, part):
        self.part = part
        self.begin = len(part.said())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def lines(self, word=""):
        said = self.part.said()[self.begin:].splitlines()
        return [line for line in said if word in line]

    def tells_once(self, *words):
        """One line, however many requests there were, that has the words."""
        wait_for(f"the log tells {words}", lambda: self.lines(words[0]))
        found = self.lines(words[0])
        expect(len(found), 1, f"lines with {words[0]!r} in {self.lines()}")
        for word in words:
            assert word in found[0], f"no {word!r} in {found[0]!r}"

    def is_no_flood(self, most):
        lines = self.lines()
        assert len(lines) <= most, f"{len(lines)} lines:\n" + "\n".join(
            lines[:30])


def recovers(stack, text, path="/list", seconds=0):
    """The next request is answered; one that may be in `seconds` later."""
    end = time.monotonic() + seconds
    while True:
        got = read(stack, path).status, write(stack, text=text).status
        if got == (200, 303) or time.monotonic() >= end:
            break
        time.sleep(0.1)
    expect(got, (200, 303), "reading and writing afterwards")
