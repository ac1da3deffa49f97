#!/usr/bin/python3
"""Every language has every sentence, and every sentence is used.

    TOP_SRCDIR=.. sentences.py

The language files templates/??.hdf must have the same names, the same {words}
under each name and no empty value; each name must be printed by a template
(var:T.submit) or written in app/ ("Errors.%s.%s" stands for all that it fits),
and what is printed or written must be there.

Prints FILE:LINE: what is wrong, and exits with 1 if anything is.
"""

import os
import pathlib
import re
import sys

WORD = re.compile(r"\{([a-z_]+)\}")
COMMAND = re.compile(r"<\?cs\s(.*?)\?>", re.S)
LITERAL = re.compile(r'"[^"]*"')
# Comments are matched first, so that a quote in one begins no literal.
C_TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:[^'\\\n]|\\.)'"
                     r'|"((?:[^"\\\n]|\\.)*)"', re.S)
CONVERSION = re.compile(r"%(?:%|[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]+)")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def parse_hdf(name, text, found):
    """{dotted name: (line, value)} of the part of HDF that we write."""
    sentences = {}
    path = []
    lines = iter(enumerate(text.splitlines(), 1))
    for number, raw in lines:
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        section = re.fullmatch(r"([\w.]+)\s*\{", line)
        value = re.fullmatch(r"([\w.]+)\s*(=|<<)\s*(.*)", line)
        if line == "}" and path:
            path.pop()
        elif section:
            path.append(section.group(1))
        elif value:
            key = ".".join(path + [value.group(1)])
            content = value.group(3)
            if value.group(2) == "<<":
                end, content = content, ""
                for _, more in lines:
                    if more == end:
                        break
                    content += more + "\n"
            if key in sentences:
                found.append(f"{name}:{number}: {key} a second time")
            sentences[key] = (number, content)
        else:
            found.append(f"{name}:{number}: this is no line of a language "
                         f"file: {line[:40]!r}")
    if path:
        found.append(f"{name}: the section {'.'.join(path)} is not closed")
    return sentences


def check_values(name, sentences, found):
    for key, (number, value) in sentences.items():
        if not value.strip():
            found.append(f"{name}:{number}: {key} is empty")
        if re.search(r"[{}]", WORD.sub("", value)):
            found.append(f"{name}:{number}: {key} has a brace around no word")
    code = pathlib.PurePath(name).stem
    if sentences.get("T.code", (0, code))[1] != code:
        found.append(f"{name}: T.code is not {code}")


def compare(languages, found):
    """Each language against all the others together."""
    everything = {}
    for name, sentences in languages.items():
        for key, (number, value) in sentences.items():
            everything.setdefault(key, []).append(
                (f"{name}:{number}", set(WORD.findall(value))))
    for key, places in everything.items():
        where, words = places[0]
        for name, sentences in languages.items():
            if key not in sentences:
                found.append(f"{name}: lacks {key} of {where}")
        for other, other_words in places[1:]:
            if other_words != words:
                found.append(f"{other}: {key} has not the {{words}} of "
                             f"{where}: {sorted(words ^ other_words)}")
    return set(everything)


def printed(templates):
    """(place, dotted name) of every name in a template's commands."""
    for name, text in templates.items():
        for command in COMMAND.finditer(text):
            if command.group(1).lstrip().startswith("#"):
                continue
            bare = LITERAL.sub('""', command.group(1))
            for key in re.findall(r"\b[A-Z]\w*(?:\.\w+)+", bare):
                yield f"{name}:{line_of(text, command.start())}", key


def written(sources):
    """(place, pattern) of every dotted string in C; %s is any one name."""
    for name, text in sources.items():
        for token in C_TOKEN.finditer(text):
            literal = token.group(1)
            if literal is None or not re.match(r"[A-Z]\w*\.", literal):
                continue
            parts = CONVERSION.split(literal)
            pattern = r"[^.]+".join(re.escape(part) for part in parts)
            yield f"{name}:{line_of(text, token.start())}", pattern


def check_use(keys, templates, sources, found):
    rooms = {key.split(".")[0] for key in keys}
    used = set()
    for place, key in printed(templates):
        used.add(key)
        if key.startswith("T.") and key not in keys:
            found.append(f"{place}: no language has {key}")
    for place, pattern in written(sources):
        fits = {key for key in keys if re.fullmatch(pattern, key)}
        used |= fits
        if not fits and pattern.split("\\.")[0] in rooms:
            found.append(f"{place}: no language has "
                         f"{pattern.replace(chr(92), '')}")
    for key in sorted(keys - used):
        found.append(f"{key}: nothing uses this sentence")


def check_all(languages, templates, sources):
    found = []
    parsed = {name: parse_hdf(name, text, found)
              for name, text in sorted(languages.items())}
    for name, sentences in parsed.items():
        check_values(name, sentences, found)
    keys = compare(parsed, found)
    check_use(keys, templates, sources, found)
    return found


# (en, ko, template, C, what must be said); None: nothing may be.
USE = "<?cs var:T.a ?>"
CASES = [
    ("T.a = A", "T.a = 가", USE, "", None),
    ("T {\n\ta = A\n}", "T.a << END\n가\nEND", USE, "", None),
    ("E.a.b = {max}", "E.a.b = {max}자", "", 'x("E.%s.%s", y)', None),
    ("T.a = A", "", USE, "", "ko.hdf: lacks T.a"),
    ("", "T.a = 가", USE, "", "en.hdf: lacks T.a"),
    ("T.a = {max}", "T.a = {min}", USE, "", "has not the {words}"),
    ("T.a = {max}", "T.a = 가", USE, "", "has not the {words}"),
    ("T.a = A", "T.a =", USE, "", "ko.hdf:1: T.a is empty"),
    ("T.a = {max", "T.a = 가", USE, "", "around no word"),
    ("T.a = A\nT.a = B", "T.a = 가", USE, "", "en.hdf:2: T.a a second time"),
    ("T.a = A", "T.a = 가", "", "", "T.a: nothing uses"),
    ("T.a = A", "T.a = 가", "<?cs # T.a ?>", "", "T.a: nothing uses"),
    ("E.a = A", "E.a = 가", "", '/* "E.a" */', "E.a: nothing uses"),
    ("E.a.b = A", "E.a.b = 가", "", 'x("E.%s")', "E.a.b: nothing uses"),
    ("T.a = A", "T.a = 가", USE + "\n<?cs var:T.b ?>", "",
     "page.cs:2: no language has T.b"),
    ("E.a = A", "E.a = 가", "", 'x("E.a", "E.b")', "no language has E.b"),
    ("T.a = A\noops", "T.a = 가", USE, "", "en.hdf:2: this is no line"),
    ("T {\na = A", "T.a = 가", USE, "", "is not closed"),
    ("T.code = ko", "T.code = ko", "<?cs var:T.code ?>", "",
     "T.code is not en"),
]


def self_check():
    for english, korean, template, source, expected in CASES:
        found = check_all({"en.hdf": english, "ko.hdf": korean},
                          {"page.cs": template}, {"page.c": source})
        if expected is None and found:
            yield f"sentences.py: refuses {english!r}: {found[0]}"
        elif expected is not None and not any(expected in f for f in found):
            yield f"sentences.py: does not see {expected!r} in {english!r}"


def read(top, pattern):
    return {str(path.relative_to(top)): path.read_text(encoding="utf-8")
            for path in top.glob(pattern)}


def main():
    top = pathlib.Path(os.environ.get("TOP_SRCDIR", "."))
    languages = read(top, "templates/??.hdf")
    found = list(self_check())
    if len(languages) < 2:
        found.append(f"{top}/templates: fewer than two languages")
    found += check_all(languages, read(top, "templates/*.cs"),
                       read(top, "app/**/*.[ch]"))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
