#!/usr/bin/env python3
"""Backups of strangers, and names that strangers have put in a backup's way:
what is not right is refused, and what is imported does no harm.
"""

import json
import os
import select
import socket
import threading

from backup import BEGIN, POST, empty, load, madang, packed
from claims import expect
from stack import main


def lines_of_too_many_parts_are_refused(stack):
    """They would take a hundred times their length of memory."""
    for item in ("{}", '""', "[]", '"1"'):
        listed = ",".join([item] * 5000000)
        said = load(stack, packed([BEGIN, f'{POST[:-1]},"replies":[{listed}]'
                                   '}']), 2)
        assert "more parts than a line" in said, said


# Where a post says that it is; None: no page can be there.
MOVED = [("free/7", "/boards/free/posts/7"), ("/7", "/posts/7"), ("7", None),
         ("x", None), ("/", None), ("//example.org/7", None), ("../7", None),
         ("free/07", None), ("Free/7", None), ("free/7/edit", None),
         ("free/100000000000000", None), ("free/7\n", None)]


def what_moved_leads_to_posts_alone(stack):
    empty(stack)
    load(stack, packed([BEGIN] + [
        json.dumps({"kind": "post", "board": "", "id": number, "name": "n",
                    "text": "t", "meta": {"moved": place}})
        for number, (place, _) in enumerate(MOVED, 1)]))
    for number, (place, found) in enumerate(MOVED, 1):
        answer = stack.ask("GET", f"/posts/{number}")
        expect(answer.status, 404 if found is None else 301, place)
        expect(answer.header("Location"), found, place)
    expect(madang(stack, "fsck")[0], 1, "fsck")


def what_is_no_plain_file_is_not_written_over(stack):
    there = stack.path("there.gz")
    plain = stack.path("plain")
    with open(plain, "w", encoding="ascii") as file:
        file.write("kept")
    for make in (lambda: os.mkfifo(there), lambda: os.mkdir(there),
                 lambda: os.symlink(plain, there),
                 lambda: os.symlink("/nowhere/x", there)):
        make()
        kind = os.lstat(there).st_mode
        status, _, said = madang(stack, "backup", there)
        expect(status, 2, said)
        assert "is there, and is no plain file" in said, said
        expect(os.lstat(there).st_mode, kind, "what it is")
        expect(os.path.exists(there + ".partial"), False, "left")
        (os.rmdir if os.path.isdir(there) else os.unlink)(there)
    # Nor is what others have put where it is written.
    reader = None
    for make in (lambda: os.mkfifo(there + ".partial"),
                 lambda: os.link(plain, there + ".partial")):
        make()
        if reader is None:
            reader = os.open(there + ".partial", os.O_RDONLY | os.O_NONBLOCK)
        status, _, said = madang(stack, "backup", there)
        expect(status, 2, said)
        assert "no plain file of yours alone" in said, said
        os.unlink(there + ".partial")
    os.close(reader)
    with open(plain, encoding="ascii") as file:
        expect(file.read(), "kept", "another's file")


class Deaf:
    """Between a command and Redis; the first answer to a word is lost."""

    def __init__(self, stack, word):
        self.stack, self.word, self.lost = stack, word, 0
        self.path = stack.path("deaf.sock")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            ours, _ = self.socket.accept()
            theirs = socket.socket(socket.AF_UNIX)
            theirs.connect(self.stack.redis_socket)
            threading.Thread(target=self.pass_on, args=(ours, theirs),
                             daemon=True).start()

    def pass_on(self, ours, theirs):
        while True:
            ready, _, _ = select.select([ours, theirs], [], [])
            for one in ready:
                data = one.recv(1 << 20)
                if not data:
                    ours.close()
                    return
                (theirs if one is ours else ours).sendall(data)
                if one is ours and self.word in data and not self.lost:
                    theirs.recv(1 << 20)
                    self.lost += 1
                    ours.close()
                    return


def an_import_whose_last_answer_is_lost_is_done(stack):
    empty(stack)
    deaf = Deaf(stack, b"\r\nfinish\r\n")
    status, out, said = madang(stack, "import", "-",
                               data=packed([BEGIN, POST]),
                               REDIS_ADDRESS=deaf.path)
    expect(deaf.lost, 1, "answers that were lost")
    expect(status, 0, out.decode() + said)
    assert b"1 posts and replies of 1 board are imported" in out, out
    expect(stack.ask("GET", "/posts/1").status, 200, "a page")
    with stack.redis_client() as redis:
        expect(redis("LRANGE", "post_id", 0, -1), [b"1"], "post_id")


if __name__ == "__main__":
    main(({}, [
        lines_of_too_many_parts_are_refused,
        what_moved_leads_to_posts_alone,
        what_is_no_plain_file_is_not_written_over,
        an_import_whose_last_answer_is_lost_is_done,
    ]))
