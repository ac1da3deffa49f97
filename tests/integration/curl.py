"""A visitor who has nothing but curl, and what a browser would do with the
forms that come back.
"""

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from urllib.parse import parse_qs, urlsplit

from answer import Answer
from claims import expect
from stack import SOURCE, WORKER, clean_environment

ATOM = "{http://www.w3.org/2005/Atom}"


def sentences(language):
    """Those of T, by their names."""
    path = os.path.join(SOURCE, "templates", language + ".hdf")
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^T \{\n(.*?)^\}", file.read(), re.M | re.S)
    return dict(re.findall(r"^\t(\w+) = (.*)$", found[1], re.M))


class Visitor:
    """In a language, on a board ('' is the first one)."""

    def __init__(self, stack, language, slug=""):
        self.stack, self.language, self.slug = stack, language, slug
        self.board = f"/boards/{slug}" if slug else ""
        self.prefix = f"{{{slug}}}:" if slug else ""
        self.said = sentences(language)

    # Asking

    def curl(self, targets, options=()):
        """All that curl prints, one answer behind the other."""
        argv = ["curl", "--silent", "--show-error", "--include", "--noproxy",
                "*", "--max-time", "20",
                "--header", f"Accept-Language: {self.language}", *options]
        run = subprocess.run(
            argv + [self.stack.url(target, "127.0.0.1")
                    for target in targets], capture_output=True, check=False)
        assert run.returncode == 0, f"{targets}: {run.stderr.decode()}"
        return run.stdout

    def go(self, target, fields=None, *options):
        """The answer to curl's one request of a whole path."""
        options = list(options)
        for name, value in (fields or {}).items():
            options += ["--data-urlencode", f"{name}={value}"]
        if fields == {}:
            options += ["--data", ""]
        head, _, body = self.curl([target], options).partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines]
        return self.stack.below_base(
            Answer(int(status.split()[1]), headers, body))

    def get(self, path, status=200):
        """A path below the board; its front page is "/"."""
        answer = self.go(self.board if path == "/" and self.board
                         else self.board + path)
        expect(answer.status, status, f"GET {path}")
        return answer

    def post(self, path, fields, status=303):
        answer = self.go(self.board + path, fields)
        if answer.status != status:
            raise AssertionError(f"POST {path}: {answer.status}: "
                                 f"{answer.page.words[:500]}")
        return answer

    def led(self, answer):
        """The page that a redirect leads to."""
        landed = self.go(answer.header("Location").partition("#")[0])
        expect(landed.status, 200, answer.header("Location"))
        return landed

    def json(self, path, status=200):
        answer = self.get(path + ".json", status)
        return json.loads(answer.body) if status == 200 else None

    def feed(self, path):
        """The titles and contents of a feed's entries."""
        root = ElementTree.fromstring(self.get(path + ".atom").body)
        return [(entry.findtext(ATOM + "title"),
                 entry.findtext(ATOM + "content"))
                for entry in root.iter(ATOM + "entry")]

    # The board's Redis, and its owner

    def redis(self, command, key, *words):
        """A command on one of the board's keys; bytes come as text."""
        with self.stack.redis_client() as redis:
            return decoded(redis(command, self.prefix + key, *words))

    def meta(self, number):
        flat = self.redis("HGETALL", f"news:meta:{number}")
        return dict(zip(flat[::2], flat[1::2]))

    def keys(self):
        with self.stack.redis_client() as redis:
            return set(redis("KEYS", "*"))

    def owner(self, *words, board=True):
        """What the owner's command prints."""
        argv = [WORKER, *map(str, words)]
        if board and self.slug:
            argv += ["--board", self.slug]
        run = subprocess.run(argv, capture_output=True, check=False, text=True,
                             env=clean_environment(**self.stack.settings))
        assert run.returncode == 0, f"{argv[1:]}: {run.stdout}{run.stderr}"
        return run.stdout


def decoded(reply):
    if isinstance(reply, list):
        return [decoded(each) for each in reply]
    if isinstance(reply, bytes):
        return reply.decode("utf-8", "surrogateescape")
    return reply


def query_of(answer):
    """The query of a redirect, each name's one value."""
    query = parse_qs(urlsplit(answer.header("Location")).query)
    return {name: values[0] for name, values in query.items()}


def path_of(answer):
    return urlsplit(answer.header("Location")).path


WRITTEN = ("title", "full_name", "password", "data", "version", "key")


def filled(page):
    """What a browser sends of a form that nobody touched."""
    fields = {name: page.fields[name] for name in WRITTEN
              if name in page.fields}
    if "checked" in page.attributes.get("secret", {}):
        fields["secret"] = "1"
    for tag, attributes in page.tags:
        if tag == "option" and "selected" in attributes:
            fields["category"] = attributes["value"]
    return fields
