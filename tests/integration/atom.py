"""The rules of Atom (RFC 4287) for a feed of ours, and a little beyond them:
each feed says where it is itself, and each entry where it is read.
"""

import re
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from html.parser import HTMLParser
from urllib.parse import urlsplit

from answer import VOID

NAMESPACE = "{http://www.w3.org/2005/Atom}"
# Section 3.3: a date of RFC 3339, its T and Z in capitals.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?"
                  r"(Z|[+-]\d\d:\d\d)")
ONE = {"feed": ("id", "title", "updated"),
       "entry": ("id", "title", "updated")}
AT_MOST_ONE = {"feed": ("generator", "icon", "logo", "rights", "subtitle"),
               "entry": ("content", "published", "rights", "source",
                         "summary")}
MANY = {"feed": ("author", "category", "contributor", "entry", "link"),
        "entry": ("author", "category", "contributor", "link")}
# What a reader of feeds must never be given to show.
UNSAFE = {"script", "style", "iframe", "object", "embed", "form", "input"}


class Balanced(HTMLParser):
    """HTML in which every element is closed in its turn."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.faults, self.open = [], []
        self.feed(html)
        self.close()
        if self.open:
            self.faults.append(f"<{self.open[-1]}> is not closed")

    def handle_starttag(self, tag, attributes):
        if tag in UNSAFE:
            self.faults.append(f"<{tag}> is not safe")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


class Element:
    """A feed, an entry, or what is in them, and how to complain about it."""

    def __init__(self, element, path, faults):
        self.element, self.path, self.faults = element, path, faults
        self.name = element.tag.removeprefix(NAMESPACE)

    def say(self, what):
        self.faults.append(f"{self.path}: {what}")

    def all(self, name):
        return [Element(e, f"{self.path}/{name}", self.faults)
                for e in self.element.findall(NAMESPACE + name)]

    def one(self, name):
        found = self.all(name)
        return found[0] if found else None

    def text(self):
        return self.element.text or ""

    def value(self, name):
        found = self.one(name)
        return found.text() if found else None

    def get(self, name, usual=None):
        return self.element.get(name, usual)

    def leaf(self):
        if len(self.element):
            self.say("has elements in it")

    def iri(self, iri):
        """Whole: a scheme and, for a web address, a host."""
        parts = urlsplit(iri)
        if not parts.scheme or not (parts.netloc or parts.scheme == "urn"):
            self.say(f"{iri!r} is no absolute IRI")
        if re.search(r"[\s<>\"{}|\\^`]", iri):
            self.say(f"{iri!r} holds what no IRI may")


def check_counts(element):
    kind = element.name
    known = ONE[kind] + AT_MOST_ONE[kind] + MANY[kind]
    for name in ONE[kind]:
        if len(element.all(name)) != 1:
            element.say(f"{len(element.all(name))} of {name}, not 1")
    for name in AT_MOST_ONE[kind]:
        if len(element.all(name)) > 1:
            element.say(f"more than one {name}")
    if element.text().strip():
        element.say("words beside its elements")
    for child in element.element:
        if child.tag.removeprefix(NAMESPACE) not in known or \
                not child.tag.startswith(NAMESPACE):
            element.say(f"no place for {child.tag}")
        if (child.tail or "").strip():
            element.say("words beside its elements")


def moment(text):
    """The moment that a date tells; None: it is no date."""
    if not DATE.fullmatch(text or ""):
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def check_date(element):
    element.leaf()
    if moment(element.text()) is None:
        element.say(f"{element.text()!r} is no date")


def check_text(element):
    """Section 3.1: plain text, or HTML that is escaped."""
    element.leaf()
    kind = element.get("type", "text")
    if kind not in ("text", "html"):
        element.say(f"the type {kind!r}")
    if kind == "html":
        for fault in Balanced(element.text()).faults:
            element.say(fault)


def check_person(element):
    if len(element.all("name")) != 1:
        element.say("not one name")
    for name in ("uri", "email"):
        if len(element.all(name)) > 1:
            element.say(f"more than one {name}")


def check_links(element, wanted):
    seen = set()
    for link in element.all("link"):
        if link.get("href") is None:
            link.say("no href")
            continue
        link.iri(link.get("href"))
        relation = link.get("rel", "alternate")
        key = relation, link.get("type"), link.get("hreflang")
        if relation == "alternate" and key in seen:
            link.say("a second one of its kind")
        seen.add(key)
    for relation in wanted:
        if relation not in {key[0] for key in seen}:
            element.say(f"no link {relation}")


def check_parts(element):
    """What feeds and entries have in common."""
    check_counts(element)
    for identity in element.all("id"):
        identity.leaf()
        identity.iri(identity.text())
    for name in ("updated", "published"):
        for date in element.all(name):
            check_date(date)
    for name in ("title", "summary", "content", "subtitle", "rights"):
        for text in element.all(name):
            check_text(text)
    for name in ("author", "contributor"):
        for person in element.all(name):
            check_person(person)
    for category in element.all("category"):
        if not category.get("term"):
            category.say("no term")


def check_together(feed, entries):
    ids = [entry.value("id") for entry in entries]
    for identity in sorted({i for i in ids if ids.count(i) > 1}, key=str):
        feed.say(f"{identity} is the id of two entries")
    if feed.value("id") in ids:
        feed.say("an entry has the id of the feed")
    if not feed.all("author"):
        for entry in entries:
            if not entry.all("author"):
                entry.say("no author, and the feed has none")
    dates = [moment(part.value("updated")) for part in [feed, *entries]]
    if None not in dates and dates[0] < max(dates):
        feed.say("not updated as late as its newest entry")


def check(body):
    """What is wrong with the bytes of a feed: a list of sentences."""
    faults = []
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as fault:
        return [f"no XML: {fault}"]
    if root.tag != NAMESPACE + "feed":
        return [f"{root.tag} is no feed"]
    feed = Element(root, "feed", faults)
    entries = feed.all("entry")
    check_parts(feed)
    check_links(feed, ("self", "alternate"))
    for number, entry in enumerate(entries, 1):
        entry.path = f"entry {number}"
        check_parts(entry)
        check_links(entry, ("alternate",))
    check_together(feed, entries)
    return faults


class Entry:
    """An entry of a feed, as a reader takes it."""

    def __init__(self, element):
        self.id = element.value("id")
        self.title = element.value("title")
        self.updated = element.value("updated")
        self.published = element.value("published")
        self.name = element.one("author").value("name")
        self.link = element.one("link").get("href")
        self.content = element.value("content")
        self.category = (element.one("category").get("term")
                         if element.all("category") else None)


def read(body):
    """(the feed's Element, its entries) of a feed without faults."""
    faults = check(body)
    if faults:
        raise AssertionError("\n".join(faults))
    feed = Element(ElementTree.fromstring(body), "feed", [])
    return feed, [Entry(entry) for entry in feed.all("entry")]


GOOD = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>https://example.org/list.atom</id>
<title>Board</title>
<updated>2026-01-02T03:04:05Z</updated>
<link rel="self" href="https://example.org/list.atom"/>
<link rel="alternate" href="https://example.org/list"/>
<entry><id>https://example.org/posts/1</id>
<title>One</title>
<updated>2026-01-02T03:04:05Z</updated>
<author><name>john</name></author>
<link rel="alternate" href="https://example.org/posts/1"/>
<category term="News"/>
<content type="html">&lt;p&gt;a&lt;br&gt;b&lt;/p&gt;</content>
</entry>
<entry><id>https://example.org/posts/2</id>
<title>Two</title>
<updated>2026-01-01T03:04:05+09:00</updated>
<published>2026-01-01T03:04:05.5Z</published>
<author><name>jane</name></author>
<link href="https://example.org/posts/2"/>
<content type="html">b</content>
</entry>
</feed>
"""

# (what is replaced in the good feed, by what, a part of what must be said)
PLANTED = [
    ("</feed>", "", "no XML"),
    ("One", "a & b", "no XML"),
    ("One", "\x0b", "no XML"),
    ("One", "\ufffe", "no XML"),
    ("2005/Atom", "2005/Atoms", "is no feed"),
    ("<title>Board</title>", "", "feed: 0 of title, not 1"),
    ("<title>One</title>", "", "entry 1: 0 of title, not 1"),
    ("<title>One</title>", "<title>1</title><title>2</title>", "2 of title"),
    ("<id>https://example.org/posts/1</id>", "", "entry 1: 0 of id"),
    ("<updated>2026-01-02T03:04:05Z</updated>\n<a", "<a", "0 of updated"),
    ("<category", "<content>a</content><category", "more than one content"),
    ("<category", "<pubDate/><category", "no place for"),
    ("<category", "<x xmlns=''/><category", "no place for x"),
    ("<category", "words<category", "words beside"),
    ("01-02T03:04:05Z</updated>\n<a", "02-30T03:04:05Z</updated>\n<a",
     "is no date"),
    ("2026-01-02T03:04:05Z</updated>\n<a", "2026-01-02 03:04:05</updated>\n<a",
     "is no date"),
    ("03:04:05.5Z", "03:04:05", "published: '2026"),
    ("<name>john</name>", "", "not one name"),
    ("<author><name>john</name></author>", "", "entry 1: no author"),
    ("<id>https://example.org/posts/1", "<id>/posts/1", "no absolute IRI"),
    ('href="https://example.org/posts/1"', 'href="//a/1"', "no absolute IRI"),
    ('href="https://example.org/posts/1"', 'href="https://a/1 2"', "no IRI"),
    ('rel="self" ', "", "no link self"),
    ('<link href="https://example.org/posts/2"/>', "", "no link alternate"),
    ('<link href="https', '<link href="https://a/"/><link href="https',
     "a second one"),
    ("<id>https://example.org/posts/2", "<id>https://example.org/posts/1",
     "id of two entries"),
    ("<id>https://example.org/posts/1", "<id>https://example.org/list.atom",
     "has the id of the feed"),
    ('term="News"', 'term=""', "no term"),
    ("&lt;/p&gt;", "", "<p> is not closed"),
    ("a&lt;br&gt;b&lt;/p&gt;", "&lt;/b&gt;", "</b> closes nothing"),
    ("a&lt;br&gt;b", "&lt;script&gt;&lt;/script&gt;", "is not safe"),
    ('"html">b<', '"html"><b>b</b><', "has elements in it"),
    ('type="html">b<', 'type="markdown">b<', "the type 'markdown'"),
    ("<title>Board</title>\n<updated>2026-01-02",
     "<title>Board</title>\n<updated>2026-01-01", "not updated as late"),
]


def prove():
    """What the rules above miss or invent; nothing, if they are right."""
    missed = [f"refuses a good feed: {fault}"
              for fault in check(GOOD.encode())]
    for what, instead, said in PLANTED:
        if what not in GOOD:
            missed.append(f"{what!r} is not in the feed")
        found = check(GOOD.replace(what, instead, 1).encode())
        if not any(said in fault for fault in found):
            missed.append(f"{what!r} for {instead!r}: {found}")
    return missed
