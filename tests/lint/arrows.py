#!/usr/bin/python3
"""Arrows between the rooms of app/ go down, and each library has one door.

    TOP_SRCDIR=.. arrows.py

Reads the #include lines, prints FILE:LINE for each that goes up or sideways,
and exits with 1 if there is one. First it shows that it can: a few arrows that
must not be, and some that may.
"""

import os
import pathlib
import re
import sys

# What the files of a room may include. Its own it always may.
ROOMS = {
    "base": set(),
    "web": {"base"},
    "store": {"base"},
    "board": {"store", "base"},
    "view": {"base"},
    "pages": {"web", "board", "store", "view", "base"},
}
# Beside the rooms, from the top down: each may include those below it.
TOP = ["main", "command", "inspect", "inspect_redis", "inspect_socket",
       "inspect_machine", "inspect_pages", "inspect_nginx", "inspect_web",
       "inspect_report", "inspect_walk", "inspect_ask", "inspect_curl",
       "inspect_answer", "inspect_worker", "owner", "owner_backup",
       "owner_board", "owner_fsck", "owner_import", "owner_post",
       "owner_upgrade", "archive", "archive_board", "archive_page",
       "archive_find", "archive_state", "progress", "archive_files",
       "archive_links", "owner_call", "worker", "crew", "watch", "slot",
       "route", "confinement"]
# Of the store, pages know what they pass on to the board.
PAGES_STORE = {"store/store.h"}
# A library's headers, and the one file that may know them, or the few.
LIBRARIES = {
    "fcgiapp.h": "web/gateway.c",
    "hiredis": "store/connection.c",
    "ClearSilver": "view/view.c",
    "md4c.h": "view/markup.c",
    "jansson.h": ("view/jsontext.c", "board/dump_read.c"),
    "seccomp.h": "base/syscalls.c",
    "linux/landlock.h": "base/landlock.c",
    "sodium.h": ("base/base64.c", "base/digest.c", "base/password.c",
                 "base/seal.c"),
}
# Made by configure, for every file but ClearSilver's, whose headers define
# the same names.
CONFIG = "config.h"

INCLUDE = re.compile(r'[ \t]*#[ \t]*include[ \t]*(?:"([^"]*)"|<([^>]*)>)')


def room_of(path):
    """The room of "web/http.c"; "" for what stands beside the rooms."""
    return path.rpartition("/")[0].partition("/")[0]


def fault_of_ours(path, header):
    """Why a file may not include a header of ours, or None."""
    source, target = room_of(path), room_of(header)
    if header == CONFIG:
        return "not beside ClearSilver" if source == "view" else None
    if target and target not in ROOMS:
        return "there is no such room"
    if source and not target:
        return "no room knows what stands above it"
    if not source:
        if target:
            return None
        above, below = (pathlib.PurePath(name).stem for name in (path, header))
        if above not in TOP or below not in TOP:
            return "it has no place in the order of " + ", ".join(TOP)
        if TOP.index(above) > TOP.index(below):
            return f"{below} stands above {above}"
        return None
    if target == source:
        return None
    if target not in ROOMS.get(source, set()):
        return f"{source} does not know {target}"
    if source == "pages" and target == "store" and header not in PAGES_STORE:
        return "pages know no more of the store than its struct"
    return None


def doors_of(library):
    """The files that may know a library."""
    doors = LIBRARIES[library]
    return (doors,) if isinstance(doors, str) else doors


def fault_of_library(path, header):
    """Why a file may not include a library's header, or None."""
    for library in LIBRARIES:
        doors = doors_of(library)
        if library.lower() in header.lower() and path not in doors:
            return f"only {', '.join(doors)} knows {library}"
    return None


def check_text(path, text):
    """Yields (line, header, why) for each arrow that must not be."""
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        ours, theirs = found.groups()
        why = fault_of_library(path, ours or theirs)
        if why is None and ours:
            why = fault_of_ours(path, ours)
        if why:
            yield number, ours or theirs, why


BAD = [
    ("base/log.c", '#include "web/http.h"'),
    ("base/log.h", '#include "route.h"'),
    ("web/http.c", '#include "view/view.h"'),
    ("web/gateway.c", '#include "store/pool.h"'),
    ("store/pool.c", '#include "board/post.h"'),
    ("store/pool.c", '  #  include  "web/form.h"'),
    ("board/post.c", '#include "web/form.h"'),
    ("board/post.c", '#include "view/view.h"'),
    ("view/view.c", '#include "web/http.h"'),
    ("view/view.c", '#include "config.h"'),
    ("pages/home.c", '#include "route.h"'),
    ("pages/home.c", '#include "store/pool.h"'),
    ("pages/home.c", '#include "slot.h"'),
    ("route.c", '#include "slot.h"'),
    ("slot.h", '#include "worker.h"'),
    ("worker.c", '#include "inspect.h"'),
    ("stray.c", '#include "route.h"'),
    ("base/log.c", '#include "tools/x.h"'),
    ("web/listener.c", "#include <fcgiapp.h>"),
    ("pages/home.c", '#include "fcgiapp.h"'),
    ("store/script.c", "#include <hiredis/hiredis.h>"),
    ("store/script.c", "#include <hiredis/sds.h>"),
    ("pages/page.c", "#include <ClearSilver/util/neo_hdf.h>"),
    ("pages/machine.c", "#include <jansson.h>"),
    ("board/access.c", "#include <sodium.h>"),
]

GOOD = [
    ("base/log.c", '#include "base/log.h"\n#include <stdio.h>'),
    ("web/gateway.c", '#include "web/listener.h"\n#include <fcgiapp.h>'),
    ("store/connection.c", '#include "base/log.h"\n#include <hiredis/hiredis.h>'),
    ("store/script.c", '#include "store/scripts.h"'),
    ("board/post.c", '#include "store/store.h"'),
    ("view/view.c", "#include <ClearSilver/ClearSilver.h>"),
    ("pages/page.h", '#include "store/store.h"\n#include "web/http.h"'),
    ("route.c", '#include "route.h"\n#include "base/log.h"'),
    ("route.h", '#include "pages/page.h"'),
    ("inspect.h", '#include "worker.h"'),
    ("command.c", '#include "config.h"\n#include "inspect.h"'),
    ("main.c", '#include "command.h"'),
    ("base/log.c", '// #include "web/http.h"'),
]


def check_self():
    """Whether bad arrows are found and good ones are not."""
    faults = 0
    for path, text in BAD:
        if not list(check_text(path, text)):
            print(f"not ok - {path} may do this: {text!r}")
            faults += 1
    for path, text in GOOD:
        for _, header, why in check_text(path, text):
            print(f"not ok - {path} may not include {header}: {why}")
            faults += 1
    if not faults:
        print(f"ok - {len(BAD)} arrows that must not be are found, "
              f"{len(GOOD)} others are not")
    return faults


def check_sources(root):
    """Prints every fault below root; gives how many there were."""
    faults = files = 0
    closed = {(library, door) for library in LIBRARIES
              for door in doors_of(library)}
    for file in sorted(root.rglob("*.[ch]")):
        path = file.relative_to(root).as_posix()
        text = file.read_text(encoding="utf-8")
        files += 1
        for line, header, why in check_text(path, text):
            print(f"app/{path}:{line}: {header}: {why}")
            faults += 1
        closed -= {(library, path) for library in LIBRARIES if library in text}
    for library, door in sorted(closed):
        print(f"app/{door}: does not include {library}")
        faults += 1
    if not files:
        print(f"{root}: there are no sources")
        faults += 1
    if not faults:
        print(f"ok - the arrows of {files} files go down")
        print("ok - each library has its doors: " +
              ", ".join(" ".join((name, *doors_of(name)))
                        for name in LIBRARIES))
    return faults


def main():
    root = pathlib.Path(os.environ.get("TOP_SRCDIR", "."), "app")
    return 1 if check_self() + check_sources(root) else 0


if __name__ == "__main__":
    sys.exit(main())
