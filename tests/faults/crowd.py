"""Writers and readers, and what was said to them.

A writer posts, replies, edits and deletes; what gets no clear answer he sends
again, the very same, as a second click does. Each text begins with a word that
is nowhere else. A reader looks whether what was acknowledged is there.
"""

import collections
import http.client
import json
import random
import re
import threading
import time
from urllib.parse import urlencode

from stack import FORM, PATIENCE

WRITERS, READERS = 6, 2
# What nginx and the worker say when one of the parts is away.
AWAY = (0, 502, 503, 504)
GONE = (404, 410)
POSTED = re.compile(r"[?&]posted=(\d+)(?:&mine=([0-9a-f]+))?")


class Note:
    """A post or reply, as its writer knows it."""

    def __init__(self, word, root, cycle):
        self.word, self.root, self.cycle = word, root, cycle
        self.text = self.written = word  # acknowledged, and sent last
        self.acknowledged = False
        self.maybe = False    # its parent went, and nobody knows about it
        self.deleted = ""     # "", "sent", "acknowledged"
        self.id, self.ids = None, set()
        self.key = None       # of its private link
        self.version = 0


class Ledger:
    """All that was sent and answered. Its lock guards the notes too."""

    def __init__(self):
        self.lock = threading.RLock()
        self.notes = {}
        self.open = []   # acknowledged and not deleted, settled or not
        self.counts = collections.Counter()
        self.statuses = collections.Counter()
        self.faults = []
        self.cycle = 0
        self.acknowledged = 0

    def add(self, note):
        with self.lock:
            self.notes[note.word] = note

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def fault(self, words):
        with self.lock:
            self.faults.append(f"cycle {self.cycle}: {words}")

    def settled(self, chance):
        """One that was acknowledged in an earlier cycle, or None: what is on
        its way for long can arrive till its cycle ends."""
        with self.lock:
            for _ in range(8):
                note = chance.choice(self.open) if self.open else None
                if note and note.cycle < self.cycle and not note.deleted:
                    return note
        return None


class Crowd:
    def __init__(self, site, seed):
        self.site, self.seed = site, seed
        self.ledger = Ledger()
        self._stop = threading.Event()
        self._resting = threading.Condition()
        self._rest = False
        self._busy = 0
        self._threads = [
            threading.Thread(target=self._live, args=(kind, number))
            for kind, count in ((Writer, WRITERS), (Reader, READERS))
            for number in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self.go_on()
        for thread in self._threads:
            thread.join()

    def rest(self):
        """Until all have finished what they are at: every answer is there."""
        with self._resting:
            self._rest = True
            done = self._resting.wait_for(lambda: not self._busy,
                                          4 * PATIENCE)
        if not done:
            self.ledger.fault(f"{self._busy} have not had an answer")

    def go_on(self):
        with self._resting:
            self._rest = False
            self._resting.notify_all()

    def _live(self, kind, number):
        person = kind(self, number)
        while not self._stop.is_set():
            with self._resting:
                self._resting.wait_for(lambda: not self._rest)
                self._busy += 1
            try:
                person.act()
            except Exception as fault:  # told by the test
                self.ledger.fault(f"{kind.__name__} {number}: {fault!r}")
            with self._resting:
                self._busy -= 1
                self._resting.notify_all()
            self._stop.wait(person.random.uniform(0, 0.08))

    def stopping(self):
        return self._stop.is_set() or self.ledger.faults


class Person:
    def __init__(self, crowd, number):
        self.crowd, self.site, self.ledger = crowd, crowd.site, crowd.ledger
        self.name = f"{type(self).__name__.lower()}{number}"
        self.random = random.Random(f"{crowd.seed} {self.name}")

    def ask(self, method, path, body=None):
        """Its answer; None: nginx said nothing, or half of it."""
        try:
            answer = self.site.http(method, path, body,
                                    {"Content-Type": FORM} if body else {},
                                    timeout=PATIENCE)
        except (OSError, http.client.HTTPException):
            answer = None
        status = answer.status if answer else 0
        with self.ledger.lock:
            self.ledger.statuses[f"{method} {status or 'cut'}"] += 1
        return answer


class Writer(Person):
    def __init__(self, crowd, number):
        super().__init__(crowd, number)
        self.mine = []
        self.sent = 0

    def act(self):
        choice = self.random.random()
        note = self._one_of_mine()
        if choice < 0.5 or not note:
            self._write(None)
        elif choice < 0.75:
            self._write(self.ledger.settled(self.random))
        elif choice < 0.92:
            self._edit(note)
        else:
            self._delete(note)

    def _one_of_mine(self):
        notes = [n for n in self.mine[-60:] if n.key and not n.deleted and
                 n.cycle < self.ledger.cycle]
        return self.random.choice(notes) if notes else None

    def _submit(self, what, path, fields, clear):
        """Sends it till clear(answer) is not None, and gives that; garbled
        tells whether the answer may have been. None, None: never."""
        body = urlencode(fields).encode()
        self.ledger.count(f"{what} sent")
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end:
            before = self.site.garbles
            answer = self.ask("POST", path, body)
            garbled = self.site.garbled_since(before)
            found = clear(answer) if answer else None
            if found is not None:
                with self.ledger.lock:
                    self.ledger.counts[f"{what} acknowledged"] += 1
                    self.ledger.acknowledged += 1
                return found, garbled
            status = answer.status if answer else 0
            if status not in AWAY and not garbled:
                self.ledger.fault(f"{what} at {path}: {answer}")
                return None, None
            self.ledger.count(f"{what} sent again")
            time.sleep(0.02)
        self.ledger.fault(f"{what} at {path}: never answered")
        return None, None

    def _write(self, parent):
        self.sent += 1
        note = Note(f"{self.name}-{self.sent}", parent and
                    (parent.root or parent.id), self.ledger.cycle)
        self.ledger.add(note)
        path = f"/posts/{parent.id}/reply" if parent else "/"

        def clear(answer):
            if answer.status in GONE and parent and parent.deleted:
                return "gone"
            if answer.status == 303:
                return POSTED.search(answer.header("Location"))
            return None
        found, garbled = self._submit(
            "reply" if parent else "post", path,
            {"full_name": self.name, "data": note.text}, clear)
        with self.ledger.lock:
            if not found or found == "gone":
                note.maybe = True
                return
            note.acknowledged = True
            note.cycle = self.ledger.cycle
            if garbled:
                return  # it is there, wherever; that is looked for by its word
            note.id, note.key = int(found[1]), found[2]
            note.ids.add(note.id)
            self.ledger.open.append(note)
        self.mine.append(note)

    def _edit(self, note):
        note.written = f"{note.word} edited {note.version + 1}"

        def clear(answer):
            return answer.status == 303 and answer.header(
                "Location").startswith(f"/posts/{note.id}?key=") or None
        found, _ = self._submit(
            "edit", f"/posts/{note.id}/edit",
            {"full_name": self.name, "title": "", "data": note.written,
             "version": note.version, "key": note.key}, clear)
        if found:
            with self.ledger.lock:
                note.text = note.written
                note.version += 1

    def _delete(self, note):
        with self.ledger.lock:
            note.deleted = "sent"

        def clear(answer):
            return answer.status == 303 and "/unlock" not in answer.header(
                "Location") or None
        found, _ = self._submit("delete", f"/posts/{note.id}/delete",
                                {"key": note.key}, clear)
        if found:
            with self.ledger.lock:
                note.deleted = "acknowledged"
                self.ledger.open.remove(note)
                self.mine.remove(note)


class Reader(Person):
    """Reads posts that were acknowledged before, and the list."""

    def act(self):
        note = self.ledger.settled(self.random)
        if not note or note.root:
            self._look(self.random.choice(("/", "/list", "/list.json",
                                           "/latest", "/list.atom")))
            return
        version = note.version
        answer = self._look(f"/posts/{note.id}.json")
        if not answer or note.deleted:
            return
        text = json.loads(answer.body)["text"] if answer.status == 200 else ""
        edited = re.fullmatch(re.escape(note.word) + r"(?: edited (\d+))?",
                              text)
        if not edited or int(edited[1] or 0) < version:
            self.ledger.fault(f"{note.word} at version {version} as "
                              f"{note.id}: {answer}")

    def _look(self, path):
        """Its answer, if there is one and it can be believed."""
        with self.site.reading() as query:
            answer = self.ask("GET", path + query)
        if query or not answer or answer.status in AWAY:
            return None
        if answer.status != 200 and "/posts/" not in path:
            self.ledger.fault(f"GET {path}: {answer}")
        return answer
