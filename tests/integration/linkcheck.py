"""A link checker for a folder of pages: walks from index.html, as a visitor
of a file server or of a plain folder would.
"""

import os
import posixpath
from urllib.parse import urlsplit
from urllib.request import urlopen

from answer import Page

START = "index.html"


def of_folder(folder):
    """Reads files as a browser reads a folder: a folder is no page."""
    def read(path):
        with open(os.path.join(folder, path), "rb") as file:
            return file.read()
    return read


def of_server(port):
    def read(path):
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
            return answer.read()
    return read


class Walk:
    """What was seen: the files, the faults, and where the others lead."""

    def __init__(self, read):
        self.read = read
        self.links = {}       # file: (address, file, fragment) of its links
        self.ids = {}         # file: the ids in it
        self.elsewhere = set()
        self.faults = []
        todo = [START]
        while todo:
            path = todo.pop()
            if path not in self.links:
                todo += self.visit(path)
        self.check_fragments()

    def visit(self, path):
        """Reads a file; the files that it leads to."""
        try:
            body = self.read(path)
        except OSError as fault:
            self.faults.append(f"{path}: {fault}")
            body = b""
        self.links[path], self.ids[path] = [], set()
        if not path.endswith(".html"):
            return []
        for _, attributes in Page(body.decode("utf-8")).tags:
            self.ids[path].add(attributes.get("id"))
            for name in ("href", "src", "action"):
                if name in attributes:
                    self.follow(path, attributes[name])
        return [target for _, target, _ in self.links[path]]

    def follow(self, path, address):
        parts = urlsplit(address)
        if parts.scheme:
            self.elsewhere.add(address)
            return
        if parts.netloc or parts.query or address.startswith("/"):
            self.faults.append(f"{path}: {address} is no place in a folder")
            return
        target = posixpath.normpath(posixpath.join(
            posixpath.dirname(path), parts.path)) if parts.path else path
        if target.startswith(".."):
            self.faults.append(f"{path}: {address} leads out of the folder")
            return
        self.links[path].append((address, target, parts.fragment))

    def check_fragments(self):
        for path, links in self.links.items():
            for address, target, fragment in links:
                if fragment and fragment not in self.ids[target]:
                    self.faults.append(f"{path}: nothing has the id of "
                                       f"{address}")

    def links_to(self, target):
        """The pages with a link to a file, and the fragments of those."""
        return {(path, fragment) for path, links in self.links.items()
                for _, other, fragment in links if other == target}


def files_of(folder):
    """Every file, but the notes that `madang publish` keeps for itself."""
    found = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(above, name), folder)
            with open(os.path.join(folder, path), "rb") as file:
                found[path] = file.read()
    found.pop(".madang-publish", None)
    return found
