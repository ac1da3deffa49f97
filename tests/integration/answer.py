"""An answer, and what a reader of its page sees: fields, links, texts."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link",
        "meta", "source", "track", "wbr"}


class Answer:
    """A status, the headers in order, a body; and how long it took."""

    def __init__(self, status, headers, body, seconds=0.0):
        self.status = status
        self.headers = headers
        self.body = body
        self.seconds = seconds

    def header(self, name):
        """The header's one value, or None. Sent twice, it is a fault."""
        values = self.all(name)
        if len(values) > 1:
            raise AssertionError(f"{name} was sent {len(values)} times")
        return values[0] if values else None

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def page(self):
        return Page(self.text)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:200]!r}"


class Page(HTMLParser):
    """What a test asks of a page, without knowing how it is laid out."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.source = source
        self.title = ""
        self.language = None
        self.headings = []   # (level, text)
        self.links = []      # href of each <a>
        self.forms = []      # attributes of each <form>
        self.fields = {}     # name: value as the browser would show it
        self.attributes = {}  # name: attributes of the field
        self.by_id = {}      # id: text inside
        self.tags = []       # (tag, attributes), in order
        self._open = []      # (tag, attributes, pieces of text)
        self.feed(source)
        self.close()
        self.words = " ".join("".join(self._all).split())

    def reset(self):
        super().reset()
        self._all = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag == "html":
            self.language = attributes.get("lang")
        elif tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "form":
            self.forms.append(attributes)
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")
            self.attributes[attributes["name"]] = attributes
        if tag not in VOID:
            self._open.append((tag, attributes, []))

    def handle_endtag(self, tag):
        while self._open:
            opened, attributes, pieces = self._open.pop()
            self._closed(opened, attributes, "".join(pieces))
            if opened == tag:
                return

    def _closed(self, tag, attributes, text):
        words = " ".join(text.split())
        if tag == "title":
            self.title = words
        elif tag in ("h1", "h2", "h3", "h4"):
            self.headings.append((int(tag[1]), words))
        elif tag == "textarea" and "name" in attributes:
            # A parser drops one newline right after the tag.
            self.fields[attributes["name"]] = text.removeprefix("\n")
            self.attributes[attributes["name"]] = attributes
        if attributes.get("id"):
            self.by_id[attributes["id"]] = words

    def handle_data(self, data):
        self._all.append(data)
        for _, _, pieces in self._open:
            pieces.append(data)

    def complaint(self, field):
        """The sentence at a field, '' when nothing is wrong with it."""
        attributes = self.attributes[field]
        if attributes.get("aria-invalid") != "true":
            return ""
        ids = (attributes.get("aria-describedby") or "").split()
        return " ".join(self.by_id.get(i, "") for i in ids).strip()

    def order(self, words):
        """Where each of words first stands in the page's text."""
        return [self.words.find(word) for word in words]
