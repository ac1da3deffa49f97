"""A board on which everything was done that can be done, by the worker and the
owner's commands: nothing about its keys is wrong.
"""

import re
import subprocess
from urllib.parse import parse_qs, urlencode, urlsplit

from claims import expect
from stack import FORM, WORKER, clean_environment, fill

DAY = 86400


def owner(stack, *words):
    done = subprocess.run([WORKER, *words], timeout=60, capture_output=True,
                          env=clean_environment(**stack.settings))
    expect(done.returncode, 0, done.stderr.decode())


def send(stack, target, **fields):
    answer = stack.ask("POST", target, urlencode(fields).encode(),
                       {"Content-Type": FORM})
    expect(answer.status, 303, f"{target} {answer.body[:300]}")
    return answer.header("Location")


def write(stack, text, target="/write", **fields):
    """A post's id, and the token of its private link."""
    place = urlsplit(send(stack, target, full_name="누구", data=text,
                          **fields))
    query = parse_qs(place.query)
    number = query.get("posted", query.get("replied"))
    found = number[0] if number else re.findall(r"\d+", place.fragment)[-1]
    return int(found), query.get("mine", [""])[0]


def reply(stack, parent, text):
    return write(stack, text, f"/posts/{parent}/reply")[0]


def edit(stack, number, token, text, version=0, **fields):
    send(stack, f"/posts/{number}/edit", key=token, version=version,
         full_name="누구", data=text, **fields)


def make(stack):
    """Makes it; the ids of its posts by what they are."""
    ids = {}
    with stack.redis_client() as redis:
        redis("FLUSHALL")
        ids["first"], ids["second"] = fill(redis, [
            ("john", "The first."), ("jane", "")])
    owner(stack, "board", "add", "free", "--title", "자유 마당")
    for name in ("News", "Questions"):
        owner(stack, "board", "category", name)
    ids["plain"], token = write(stack, "plain", title="A title")
    ids["sorted"], _ = write(stack, "sorted", category=1)
    ids["resorted"], token = write(stack, "resorted", category=1)
    edit(stack, ids["resorted"], token, "resorted again", category=2)
    edit(stack, ids["resorted"], token, "and again", 1, category=1)
    ids["secret"], _ = write(stack, "nobody knows", secret=1, title="Hush")
    ids["revealed"], token = write(stack, "was secret", secret=1)
    edit(stack, ids["revealed"], token, "is not")
    ids["locked"], _ = write(stack, "has a password", password="sesame-7")
    ids["root"], _ = write(stack, "a thread", category=2)
    root = ids["root"]
    ids["one"] = reply(stack, root, "one")
    ids["below"] = reply(stack, ids["one"], "below one")
    ids["two"] = reply(stack, root, "two")
    ids["place"] = reply(stack, root, "will be a place")
    ids["behind"] = reply(stack, ids["place"], "behind it")
    ids["lower"] = reply(stack, ids["below"], "below below one")
    ids["dropped"] = reply(stack, root, "will be deleted")
    for one in ("place", "dropped"):
        owner(stack, "delete", str(ids[one]))
    ids["back"] = reply(stack, ids["two"], "deleted and back")
    owner(stack, "delete", str(ids["back"]))
    owner(stack, "restore", str(ids["back"]))
    ids["liked"], _ = write(stack, "liked")
    for number in (ids["liked"], ids["two"]):
        send(stack, f"/posts/{number}/recommend")
    ids["notice"], _ = write(stack, "a notice")
    owner(stack, "notice", str(ids["notice"]), "on")
    ids["gone"], token = write(stack, "in the trash", category=1)
    edit(stack, ids["gone"], token, "in the trash, soon", category=1)
    owner(stack, "delete", str(ids["gone"]))
    ids["left"], _ = write(stack, "leaves a place")
    ids["staying"] = reply(stack, ids["left"], "stays")
    owner(stack, "delete", str(ids["left"]))
    ids["moved"], _ = write(stack, "moves")
    moving = reply(stack, ids["moved"], "moves too")
    reply(stack, moving, "and this")
    owner(stack, "delete", str(moving))
    owner(stack, "move", str(ids["moved"]), "free")
    write(stack, "another", "/boards/free/write")
    owner(stack, "fill", "15", "--board", "free")
    owner(stack, "fill", "8")
    return ids
