#!/usr/bin/python3
"""README leads only to what is there, and its map has every file of app/.

    TOP_SRCDIR=.. readme.py

Prints README:LINE for each fault, and exits with 1 if there is one.
"""

import os
import pathlib
import re
import sys

SOURCE = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
COLUMNS = 80
# A quotation may not be cut: it would be no expression of Prometheus's.
UNCUT = re.compile(r"    \S.*\bmadang_\w+_(?:total|bucket)\b")
# In pages/ files are called by the addresses that the router's table has.
CALLED_BY_ADDRESS = ("boards", "delete", "edit", "home", "language", "list",
                     "post", "recommend", "reply", "stream", "unlock",
                     "versions", "write")


def sections(lines):
    """name → (line that it begins in, its lines)."""
    found, name = {}, ""
    for number, line in enumerate(lines, 1):
        below = lines[number] if number < len(lines) else ""
        if line and re.fullmatch(r"-+", below) and len(below) == len(line):
            name = line
            found[name] = (number, [])
        elif name:
            found[name][1].append(line)
    return found


def lines_fit(lines):
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and not UNCUT.match(line):
            yield number, f"{len(line)} columns"


def no_sentence_stands_twice(lines):
    """But in deployments, each of which is followed without the others."""
    said = [line for name, (_, part) in sections(lines).items()
            if not name.startswith(("On ", "Under ", "As a Debian "))
            for line in part]
    text = "\n".join(line for line in said if not line.startswith("    "))
    seen = set()
    for sentence in re.split(r"(?<=[.:;])\s+|\n\n", text):
        sentence = " ".join(sentence.split())
        if len(sentence) > 70 and sentence in seen:
            yield 0, f"stands twice: {sentence}"
        seen.add(sentence)


def sections_that_are_named_are_there(lines):
    """What begins with a capital in quotes, and is told to be read."""
    names = sections(lines)
    text = "\n".join(lines)
    for found in re.finditer(r'"([A-Z][^"\n]*(?:\n[ ]*[^"\n]+)?)"(?!:)', text):
        words = " ".join(found[1].split())
        before = text[:found.start()].rstrip()[-30:]
        table = re.search(r"\S {2,}$", text[:found.start()].split("\n")[-1])
        if (re.search(r"\b(see|of|and|read|in)$", before) or table) and \
                words not in names:
            yield text[:found.start()].count("\n") + 1, \
                f"there is no section \"{words}\""


def paths_are_there(lines):
    for number, line in enumerate(lines, 1):
        for path in re.findall(r"(?<![\w/.])(?:app|conf|tests|man|static|"
                               r"templates)/[\w./-]*\w", line):
            if "thing" not in path and not (SOURCE / path).exists() and \
                    not list(SOURCE.glob(path + "*")):
                yield number, f"there is no {path}"


def pages_of_the_manual_are_there(lines):
    text = "\n".join(lines)
    for found in re.finditer(r"\bman\s+(madang[\w.-]*\w)", text):
        if not list((SOURCE / "man").glob(f"{found[1]}.[1-8]*")):
            yield text[:found.start()].count("\n") + 1, \
                f"there is no page {found[1]}"


def every_file_is_on_the_map(lines):
    number, said = sections(lines)["The map of app/"]
    words = set(re.findall(r"[\w*]+", " ".join(said)))
    for file in sorted((SOURCE / "app").rglob("*.c")):
        room = file.parent.name
        stem = file.stem
        if room == "pages" and stem in CALLED_BY_ADDRESS or stem in words or \
                room == "app" and (stem.partition("_")[0] + "*") in words:
            continue
        yield number, f"app/{file.relative_to(SOURCE / 'app')} is not on it"


CLAIMS = [lines_fit, no_sentence_stands_twice,
          sections_that_are_named_are_there, paths_are_there,
          pages_of_the_manual_are_there, every_file_is_on_the_map]


def main():
    lines = (SOURCE / "README").read_text(encoding="utf-8").split("\n")
    failed = False
    for claim in CLAIMS:
        faults = list(claim(lines))
        told = claim.__name__.replace("_", " ")
        print(f"{'not ok' if faults else 'ok'} - {told}")
        for number, fault in faults:
            print(f"#   README:{number}: {fault}")
        failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
