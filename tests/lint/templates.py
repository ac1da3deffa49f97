#!/usr/bin/python3
"""Templates keep to the part of ClearSilver that escapes.

With Config.VarEscapeMode=html only var: is escaped, for text and for quoted
attributes. What gets past that (uvar, lvar, evar, escaping functions,
unquoted attributes) is refused here, and so are sentences, which belong into
the language files, and inline code, which the Content-Security-Policy stops.

    TOP_SRCDIR=.. templates.py

Prints FILE:LINE: what is wrong, and exits with 1 if anything is.
"""

import os
import pathlib
import re
import sys

# No set: either: the page's values are app/view/view.c's, in its own memory.
COMMANDS = {"var", "uvar", "each", "with", "if", "elif", "else", "loop", "def",
            "call", "include", "escape", "#"}
# None of these escapes; a call of any other function is taken to.
FUNCTIONS = {"first", "last", "subcount"}
URL_ATTRIBUTES = {"href", "src", "action", "formaction", "srcset", "poster"}
# What the worker makes of the site's and the board's own paths alone: an
# address may begin with each.
BASES = {"Site.base", "Board.base", "Board.home", "Page.canonical"}
SPOKEN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label",
                     "aria-description", "aria-valuetext", "label"}

COMMAND = re.compile(r"<\?cs\s(.*?)\?>", re.S)
FIELD_NAME = re.compile(r'"[a-z_]+"')
LITERAL = re.compile(r'"[^"]*"|\'[^\']*\'')
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|\w+);")
ATTRIBUTE = re.compile(r'([^\s="\'>/]+)(\s*=\s*("[^"]*"|\'[^\']*\'|))?')

# What stands for a command once the template is looked at as HTML: one that
# prints, one that prints the links' prefix, and one that only decides.
PRINTS, BASE, DECIDES = "\ue000", "\ue001", "\ue002"


class Template:
    """One file on its way through the rules."""

    def __init__(self, name, text, files):
        self.name = name
        self.text = text
        self.files = files
        self.found = []
        self.calls = {}  # macro: the macros it calls
        self.macros = []  # those around the current command

    def say(self, offset, what):
        line = self.text.count("\n", 0, offset) + 1
        self.found.append(f"{self.name}:{line}: {what}")

    def check(self):
        page = COMMAND.sub(self.check_command, self.text)
        if "<?cs" in page:
            self.say(page.index("<?cs"), "a command that is not closed")
        # Offsets must hold: each command is as long as what replaced it.
        self.check_html(page)
        return self.found

    def check_command(self, match):
        body = match.group(1).strip()
        start = match.start()
        width = len(match.group(0))
        kind = self.judge(body, start)
        # Line breaks stay, so that what follows is found on its line.
        rest = "".join("\n" if c == "\n" else DECIDES
                       for c in match.group(0)[1:])
        assert len(rest) == width - 1
        return kind + rest

    def judge(self, body, start):
        """Complains about one command; what it is to the HTML around it."""
        if body.startswith("#"):
            return DECIDES
        closing = body.startswith("/")
        word = re.match(r"/?(\w*)([:!]?)(.*)", body, re.S)
        name, mark, argument = word.group(1), word.group(2), word.group(3)
        if name not in COMMANDS:
            self.say(start, f"the command {name or body!r} is not ours")
            return PRINTS
        if closing:
            if name == "def" and self.macros:
                self.macros.pop()
            return DECIDES
        if name == "include":
            self.judge_include(mark, argument.strip(), start)
            return DECIDES
        if name == "escape":
            if argument.strip() not in ('"html"', '"url"'):
                self.say(start, 'only escape:"html" and escape:"url"')
            return DECIDES
        self.judge_expression(name, argument, start)
        if name == "uvar" and not re.fullmatch(r"[\w.]+_html",
                                               argument.strip()):
            self.say(start, "uvar: is only for names that end in _html")
        if name == "var" and argument.strip() in BASES:
            return BASE
        return PRINTS if name in ("var", "uvar", "call") else DECIDES

    def judge_include(self, mark, argument, start):
        literal = re.fullmatch(r'"(\w+\.cs)"', argument)
        if mark != "!" or not literal:
            self.say(start, 'include is written include!"file.cs"')
        elif literal.group(1) not in self.files:
            self.say(start, f"no template {literal.group(1)}")

    def judge_expression(self, name, argument, start):
        bare = LITERAL.sub('""', argument)
        if name in ("def", "call"):
            macro = re.match(r"\s*(\w+)\s*\((.*)\)\s*$", bare, re.S)
            if not macro:
                self.say(start, f"{name}: names one macro and its arguments")
                return
            bare = macro.group(2)
            if name == "def":
                self.macros.append(macro.group(1))
                self.calls.setdefault(macro.group(1), set())
            elif self.macros:
                self.calls[self.macros[-1]].add(macro.group(1))
        for function in re.findall(r"([\w.]+)\s*\(", bare):
            if function not in FUNCTIONS:
                self.say(start, f"the function {function}() may not be used:"
                                " its result would not be escaped")
        if name not in ("if", "elif"):
            for literal in LITERAL.findall(argument):
                # A macro may be told a field's name.
                if name != "call" or not FIELD_NAME.fullmatch(literal):
                    self.expect_no_words(literal, start)

    def expect_no_words(self, text, offset):
        words = ENTITY.sub("", text)
        if any(c.isalpha() and not "\ue000" <= c <= "\ue00f" for c in words):
            words = "".join(c for c in words.strip()
                            if not "\ue000" <= c <= "\ue00f")
            self.say(offset, f"words belong into the language files: "
                             f"{words[:40]!r}")

    def check_html(self, page):
        """Walks from tag to tag; > inside quotes does not end one."""
        position = 0
        for tag in re.finditer(r'<(?:[^<>"\']|"[^"]*"|\'[^\']*\')*>', page):
            self.check_text(page[position:tag.start()], position)
            self.check_tag(tag.group(0), tag.start())
            position = tag.end()
        self.check_text(page[position:], position)

    def check_text(self, text, offset):
        for line in text.splitlines(keepends=True):
            if "<" in line:
                self.say(offset, "a < that begins no tag, or broken quotes")
            self.expect_no_words(line, offset)
            offset += len(line)

    def check_tag(self, tag, offset):
        if tag.startswith("<!--"):
            self.say(offset, "a comment that visitors get: write <?cs # ?>")
            return
        name = re.match(r"</?([\w-]*)", tag).group(1).lower()
        if tag.lower().startswith("<!doctype"):
            return
        if not name:
            self.say(offset, "a tag whose name is not written out")
            return
        if name in ("script", "style"):
            self.say(offset, f"inline <{name}>")
        inside = re.sub(r"^</?[\w-]+|/?>$", "", tag)
        for attribute in ATTRIBUTE.finditer(inside):
            at = offset + tag.index(inside) + attribute.start()
            self.check_attribute(attribute, at)

    def check_attribute(self, attribute, offset):
        name = attribute.group(1).strip(DECIDES).lower()
        value = attribute.group(3)
        if PRINTS in attribute.group(1) or BASE in attribute.group(1):
            self.say(offset, "a value in a tag, outside of quotes")
            return
        if value is None or not name:
            return
        if value == "":
            self.say(offset, f"the attribute {name} is not quoted")
            return
        value = value[1:-1]
        if name == "style" or re.fullmatch(r"on\w+", name):
            self.say(offset, f"inline {name}=")
        prints = PRINTS in value or BASE in value
        if name in URL_ATTRIBUTES and prints and \
                not value.startswith((BASE, "#")):
            self.say(offset, f"{name} must begin with a var: of BASES")
        if name in SPOKEN_ATTRIBUTES:
            self.expect_no_words(value, offset)


def cycles(calls):
    """The macros that come to call themselves."""
    def reach(macro, seen):
        for callee in calls.get(macro, ()):
            if callee not in seen:
                seen.add(callee)
                reach(callee, seen)
        return seen
    return sorted(m for m in calls if m in reach(m, set()))


def check_all(texts):
    found = []
    calls = {}
    for name, text in sorted(texts.items()):
        template = Template(name, text, set(texts))
        found += template.check()
        for macro, called in template.calls.items():
            calls.setdefault(macro, set()).update(called)
    return found + [f"macro {m}: calls itself" for m in cycles(calls)]


# Each must be refused with these words; a lint that can't find is no lint.
BAD = [
    ("<p><?cs lvar:a ?></p>", "'lvar' is not ours"),
    ("<p><?cs evar:a ?></p>", "'evar' is not ours"),
    ("<p><?cs name:a ?></p>", "'name' is not ours"),
    ("<p><?cs alt:a ?>1<?cs /alt ?></p>", "'alt' is not ours"),
    ("<p><?cs uvar:Post.text ?></p>", "names that end in _html"),
    ("<p><?cs var:html_escape(a) + b ?></p>", "html_escape()"),
    ('<p><?cs escape:"none" ?>1<?cs /escape ?></p>', "only escape:"),
    ("<?cs include:Page.file ?>", "include is written"),
    ('<?cs include!"gone.cs" ?>', "no template gone.cs"),
    ("<p id=<?cs var:a ?>></p>", "not quoted"),
    ("<p id=a></p>", "not quoted"),
    ("<p <?cs var:a ?>></p>", "outside of quotes"),
    ("<<?cs var:a ?>></p>", "name is not written out"),
    ('<p id="a\n<?cs var:a ?>></p>', "broken quotes"),
    ('<a href="<?cs var:Post.url ?>">1</a>', "begin with a var: of BASES"),
    ("<p>Hello</p>", "'Hello'"),
    ("<p>\n<?cs var:a ?>번째</p>", ":2: words belong"),
    ('<img alt="Icon">', "'Icon'"),
    ('<?cs call:a("Words") ?>', "Words"),
    ('<p style="color: red"></p>', "inline style="),
    ('<p onclick="a()"></p>', "inline onclick="),
    ("<script>1</script>", "inline <script>"),
    ("<!-- 1 -->", "that visitors get"),
    ("<p><?cs set:a = 1 ?></p>", "'set' is not ours"),
    ("<?cs def:a() ?><?cs call:b() ?><?cs /def ?>"
     "<?cs def:b() ?><?cs call:a() ?><?cs /def ?>", "macro a: calls itself"),
    ("<p><?cs var:a </p>", "not closed"),
]
GOOD = [
    '<p id="a-<?cs var:a ?>"<?cs if:b ?> hidden<?cs /if ?>>&nbsp;·</p>',
    '<a href="<?cs var:Site.base ?>/posts/<?cs var:id ?>">1</a>',
    '<a href="<?cs var:Board.base ?>/posts/<?cs var:id ?>">1</a>',
    '<a href="#<?cs var:id ?>">1</a>',
    "<?cs # Words > for readers of the source. ?><?cs uvar:Post.text_html ?>",
    '<?cs if:Page.name == "home" ?>1<?cs elif:a ?>2<?cs else ?>3<?cs /if ?>',
]


def self_check():
    for text, expected in BAD:
        if not any(expected in f for f in check_all({"bad.cs": text})):
            yield f"templates.py: does not see {expected!r} in {text!r}"
    for text in GOOD:
        for finding in check_all({"good.cs": text}):
            yield f"templates.py: refuses {text!r}: {finding}"


def main():
    top = pathlib.Path(os.environ.get("TOP_SRCDIR", "."))
    texts = {path.name: path.read_text(encoding="utf-8")
             for path in (top / "templates").glob("*.cs")}
    found = list(self_check())
    if not texts:
        found.append(f"{top}/templates: no templates")
    found += [f"templates/{f}" for f in check_all(texts)]
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
