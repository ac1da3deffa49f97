"""What is in Redis and on the pages against what was acknowledged, while
nobody writes. A fault is an AssertionError.
"""

import json
import re

from claims import expect

KEY = re.compile(rb"news:(name|post|meta|replies|trash):(\d+)")
PAGE, REPLIES = 20, 50


class Board:
    """All of the board's keys, as they are now."""

    def __init__(self, redis):
        kinds = {kind: set() for kind in
                 (b"name", b"post", b"meta", b"replies", b"trash")}
        for key in redis("KEYS", "news:*"):
            found = KEY.fullmatch(key)
            if found:
                kinds[found[1]].add(int(found[2]))
        self.names, self.texts = kinds[b"name"], kinds[b"post"]
        self.trash = kinds[b"trash"]
        self.list = [int(i) for i in redis("LRANGE", "post_id", 0, -1)]
        self.last = int(redis("GET", "last_id") or 0)
        self.secret = redis("GET", "madang:secret")
        ids = sorted(self.texts)
        self.text = dict(zip(ids, (text and text.decode() for text in
                                   redis.pipeline([("GET", f"news:post:{i}")
                                                   for i in ids]))))
        ids = sorted(kinds[b"meta"])
        fields = ("parent", "root", "depth", "replies", "flags")
        self.meta = {
            i: {k: v.decode() for k, v in zip(fields, values) if v}
            for i, values in zip(ids, redis.pipeline(
                [("HMGET", f"news:meta:{i}", *fields) for i in ids]))}
        ids = sorted(kinds[b"replies"])
        self.replies = dict(zip(ids, redis.pipeline(
            [("LRANGE", f"news:replies:{i}", 0, -1) for i in ids])))
        ids = sorted(self.trash)
        self.trashed = dict(zip(ids, redis.pipeline(
            [("HGET", f"news:trash:{i}", "text") for i in ids])))


def word_of(text):
    return text.partition(" ")[0]


class Audit:
    """Remembers what earlier ones found: an id is somebody's for ever."""

    def __init__(self, site, ledger):
        self.site, self.ledger = site, ledger
        self.last, self.secret = 0, None
        self.owner = {}  # id: word

    def run(self):
        with self.site.redis_client() as redis:
            board = Board(redis)
        self._nothing_is_half(board)
        self._threads_are_whole(board)
        self._ids_are_used_once(board)
        with self.ledger.lock:
            self._nothing_is_lost_or_doubled(board)
        self._pages_tell_the_same(board)

    def _nothing_is_half(self, board):
        expect(board.names ^ board.texts, set(), "name or text alone")
        expect(board.list, sorted(set(board.list), reverse=True),
               "the list in order, each once")
        posts = {i for i in board.names if "root" not in board.meta[i]}
        expect(set(board.list) ^ posts, set(), "in the list or there alone")
        places = {i for i, meta in board.meta.items()
                  if "d" in meta.get("flags", "")}
        expect(set(board.meta) - board.names - places, set(),
               "known without words")
        expect(board.trash & board.names, set(), "deleted and there")

    def _threads_are_whole(self, board):
        for root, entries in board.replies.items():
            ids = [int(entry.partition(b":")[0]) for entry in entries]
            expect(len(ids), len(set(ids)), f"replies twice to {root}")
            for i, entry in zip(ids, entries):
                expect((board.meta[i].get("root"),
                        board.meta[i].get("depth")),
                       (str(root), entry.decode().partition(":")[2]),
                       f"{i} in the thread of {root}")
            there = len(board.names & set(ids))
            expect(int(board.meta[root].get("replies", 0)), there,
                   f"the count of replies to {root}")
        listed = {int(entry.partition(b":")[0])
                  for entries in board.replies.values() for entry in entries}
        replies = {i for i in board.names if "root" in board.meta[i]}
        expect(replies - listed, set(), "replies in no thread")

    def _ids_are_used_once(self, board):
        used = {i: word_of(text) for i, text in board.text.items()}
        used.update((i, word_of(text.decode()))
                    for i, text in board.trashed.items() if text)
        for i, word in used.items():
            expect(self.owner.setdefault(i, word), word, f"who has id {i}")
        assert board.last >= max([self.last, *self.owner]), \
            f"last_id {board.last} after {self.last}, {max(self.owner)}"
        self.last = board.last
        self.secret = self.secret or board.secret
        expect(board.secret, self.secret, "madang:secret")

    def _nothing_is_lost_or_doubled(self, board):
        notes, there = self.ledger.notes, {}
        for i, text in board.text.items():
            word = word_of(text)
            assert word in notes, f"{i} was written by nobody: {text}"
            assert word not in there, \
                f"{word} is doubled: {there[word]} and {i}"
            there[word] = i
        for word, note in notes.items():
            found = there.get(word)
            if note.deleted == "acknowledged":
                expect(found, None, f"{word}, which was deleted")
                assert note.ids <= board.trash, f"{word} is not in the trash"
            elif note.acknowledged:
                assert found, f"{word} is lost, acknowledged as {note.ids}"
                expect(board.text[found], note.text, f"the text of {found}")
                assert note.ids <= {found}, \
                    f"{word} is {found}, acknowledged as {note.ids}"
                expect(board.meta[found].get("root"),
                       str(note.root) if note.root else None,
                       f"the thread of {found}")
            elif not note.maybe:
                raise AssertionError(f"{word} was never answered")

    def _pages_tell_the_same(self, board):
        """The first page of the list, and the newest posts with replies."""
        expect([post["id"] for post in self._json("/list.json")["posts"]],
               board.list[:PAGE], "/list.json")
        words = self.site.http("GET", "/list").page.words
        for i in board.list[:PAGE]:
            assert word_of(board.text[i]) in words, f"{i} is not on /list"
        answered = sorted(set(board.replies) & board.names)[-5:]
        for i in {*board.list[:5], *answered}:
            post = self._json(f"/posts/{i}.json")
            expect(post["text"], board.text[i], f"/posts/{i}.json")
            ids = [int(entry.partition(b":")[0])
                   for entry in board.replies.get(i, [])[:REPLIES]]
            expect({entry["id"]: entry["text"] for entry in post["entries"]
                    if entry["id"] in board.names},
                   {reply: board.text[reply] for reply in ids
                    if reply in board.names}, f"replies in /posts/{i}.json")

    def _json(self, path):
        answer = self.site.http("GET", path)
        expect(answer.status, 200, path)
        return json.loads(answer.body)
