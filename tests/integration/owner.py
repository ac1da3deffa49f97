#!/usr/bin/env python3
"""What an owner does from the command line: boards, categories, notices, the
trash, numbers, and posts to look at.
"""

import json
import signal
import subprocess
import time

from claims import expect, rows
from stack import (FAULTS, WORKER, clean_environment, fill, main, posted_id,
                   wait_for)

CATEGORIES_MAX = 50
DEPTH_MAX = 5
DAY = 86400


def run(stack, *words, timeout=60, **settings):
    env = clean_environment(**{**stack.settings, **settings})
    done = subprocess.run([WORKER, *words], env=env, timeout=timeout,
                          stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stderr.decode(errors="replace")
    assert not FAULTS.search(said), said
    return done


def does(stack, *words, **settings):
    """A command that has to go well; what it said."""
    done = run(stack, *words, **settings)
    expect(done.returncode, 0, done.stderr.decode())
    assert done.stdout, "nothing is said"
    return done.stdout.decode()


def refuses(stack, words, status, *told, **settings):
    """A command that has to fail, in a sentence of its own."""
    done = run(stack, *words, **settings)
    said = done.stderr.decode()
    expect(done.returncode, status, f"status, with {said!r}")
    expect(done.stdout, b"", "standard output")
    for word in told:
        assert word in said, f"{word!r} is not in {said!r}"


def ids_of(redis, key):
    return [int(i) for i in redis("LRANGE", key, 0, -1)]


def new_board(stack, slug, title="A board"):
    """A board of its own for a test; what its keys begin with."""
    does(stack, "board", "add", slug, "--title", title)
    return "{%s}:" % slug


def some_posts(redis, prefix, count):
    """Posts as the tutorial writes them, on any board; oldest first."""
    ids = []
    for number in range(count):
        ids.append(redis("INCR", f"{prefix}last_id"))
        redis("SET", f"{prefix}news:name:{ids[-1]}", "somebody")
        redis("SET", f"{prefix}news:post:{ids[-1]}", f"text {number}")
        redis("LPUSH", f"{prefix}post_id", ids[-1])
    return ids


# Words

def help_names_every_command(stack):
    said = does(stack, "--help")
    for word in ("board list", "board add", "board title", "board category",
                 "notice", "delete", "restore", "move", "stats", "fill",
                 "fsck [--repair]"):
        assert f"madang {word}" in said, f"no {word}"


@rows([(" ".join(words), words) for words in [
    ("board",), ("board", "dance"), ("board", "list", "all"),
    ("board", "list", "--board", "free"), ("board", "add"),
    ("board", "add", "free"), ("board", "add", "--title", "Free"),
    ("board", "add", "a", "b", "--title", "Free"), ("board", "title"),
    ("board", "title", "free", "Free"), ("board", "category"),
    ("board", "category", "a", "--title", "b"),
    ("notice",), ("notice", "1"), ("notice", "1", "on", "off"),
    ("delete",), ("delete", "1", "2"), ("restore",), ("move", "1"),
    ("stats", "all"), ("stats", "--repair"), ("fsck", "1"), ("fill",), ("fill", "1", "2"), ("fill", "--board"),
    ("serve", "--board", "free"), ("check", "--title", "Free"),
    ("check", "--repair")]])
def words_too_few_or_too_many_are_usage(stack, words):
    refuses(stack, words, 2, "Usage: madang ")


@rows([(told, words) for told, words in [
    ("an id of nought", ("delete", "0")),
    ("an id in words", ("restore", "one")),
    ("an id with a fraction", ("move", "1.5", "/")),
    ("an id too large", ("notice", "100000000000000", "on")),
    ("neither on nor off", ("notice", "1", "maybe")),
    ("no posts", ("fill", "0")),
    ("too many posts", ("fill", "4000001")),
    ("posts in words", ("fill", "many")),
    ("capitals in a slug", ("board", "add", "Free", "--title", "Free")),
    ("a slug of nothing", ("board", "add", "", "--title", "Free")),
    ("a slug of 33", ("board", "add", "a" * 33, "--title", "Free")),
    ("the first board's sign", ("board", "add", "/", "--title", "Free")),
    ("a board that can't be", ("stats", "--board", "{free}")),
    ("no board's name", ("stats", "--board", "")),
    ("a target that can't be", ("move", "1", "a b")),
    ("an empty title", ("board", "title", "")),
    ("a title of spaces", ("board", "title", " \t\u3000")),
    ("a title of two lines", ("board", "title", "a\nb")),
    ("a title of 101", ("board", "title", "가" * 101)),
    ("a title of other bytes", ("board", "title", b"\xff\xfe")),
    ("an empty category", ("board", "category", "")),
    ("a category of 21", ("board", "category", "나" * 21)),
    ("a category of two lines", ("board", "category", "a\nb"))]])
def what_no_command_can_use_is_said(stack, words):
    with stack.redis_client() as redis:
        before = redis("GET", "madang:schema"), redis("DBSIZE")
        refuses(stack, words, 2, "madang: ")
        expect((redis("GET", "madang:schema"), redis("DBSIZE")), before)


@rows([(words[0], words) for words in [
    ("stats",), ("fill", "10"), ("notice", "1", "on"), ("delete", "1"),
    ("restore", "1"), ("move", "1", "/")]] +
      [("board title", ("board", "title", "Free")),
       ("board category", ("board", "category", "Free"))])
def a_board_that_is_not_there_is_said_so(stack, words):
    refuses(stack, (*words, "--board", "nowhere"), 1,
            "There is no board nowhere.")
    with stack.redis_client() as redis:
        expect(redis("KEYS", "{nowhere}:*"), [])


def commands_in_a_cgi_request_are_a_visitors(stack):
    env = clean_environment(**stack.settings)
    env.update(REQUEST_METHOD="GET", PATH_INFO="/healthz",
               SERVER_PROTOCOL="HTTP/1.1")
    done = subprocess.run([WORKER, "board", "title", "Mine"], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=20)
    assert done.stdout.startswith(b"Status: "), done.stdout[:80]
    with stack.redis_client() as redis:
        expect(redis("HGET", "madang:board", "title"), None)


def a_redis_that_is_away_is_said(stack):
    for words in (("stats",), ("board", "list"), ("fill", "10")):
        refuses(stack, words, 1, "Redis is not available",
                REDIS_ADDRESS=stack.path("none.sock"))


def keys_of_a_newer_madang_are_left_alone(stack):
    with stack.redis_client() as redis:
        before = redis("GET", "madang:schema")
        redis("SET", "madang:schema", 99)
        try:
            for words in (("fill", "10"), ("board", "title", "Mine"),
                          ("delete", "1")):
                refuses(stack, words, 1, "does not know")
        finally:
            redis("SET", "madang:schema", before or 3)


# Boards

def boards_are_added_and_listed(stack):
    prefix = new_board(stack, "talk-2", "이야기 마당")
    with stack.redis_client() as redis:
        expect(redis("HGET", f"{prefix}madang:board", "title").decode(),
               "이야기 마당")
        assert b"talk-2" in redis("LRANGE", "madang:boards", 0, -1)
    lines = does(stack, "board", "list").splitlines()
    expect(lines[0].split(), ["/", "0", "posts", "Madang"])
    assert lines[-1].split() == ["talk-2", "0", "posts", "이야기", "마당"], \
        lines[-1]


def a_board_is_added_once(stack):
    new_board(stack, "once", "First")
    refuses(stack, ("board", "add", "once", "--title", "Second"), 1,
            "There is a board once already.")
    with stack.redis_client() as redis:
        expect(redis("HGET", "{once}:madang:board", "title"), b"First")
        expect(redis("LRANGE", "madang:boards", 0, -1).count(b"once"), 1)


def titles_change(stack):
    new_board(stack, "named", "Before")
    does(stack, "board", "title", "  After ", "--board", "named")
    does(stack, "board", "title", "The first")
    with stack.redis_client() as redis:
        expect(redis("HGET", "{named}:madang:board", "title"), b"After")
        expect(redis("HGET", "madang:board", "title"), b"The first")
        redis("HDEL", "madang:board", "title")


def categories_are_added_in_order(stack):
    new_board(stack, "sorted")
    for name in ("공지", "Questions", "  자유 "):
        does(stack, "board", "category", name, "--board", "sorted")
    refuses(stack, ("board", "category", "Questions", "--board", "sorted"), 1,
            "has a category Questions already")
    with stack.redis_client() as redis:
        key = "{sorted}:madang:board"
        expect(redis("HGET", key, "categories").decode(),
               "공지\nQuestions\n자유")
        redis("HSET", key, "categories",
              "\n".join(f"c{i}" for i in range(CATEGORIES_MAX)))
        refuses(stack, ("board", "category", "more", "--board", "sorted"), 1,
                "which is the most")


# Posts

def notices_go_up_and_down(stack):
    prefix = new_board(stack, "notices")
    on_board = ("--board", "notices")
    with stack.redis_client() as redis:
        some_posts(redis, prefix, 5)
        for number in ("2", "4", "3", "4"):
            does(stack, "notice", number, "on", *on_board)
        expect(ids_of(redis, f"{prefix}news:notices"), [4, 3, 2])
        does(stack, "notice", "3", "off", *on_board)
        expect(ids_of(redis, f"{prefix}news:notices"), [4, 2])
        refuses(stack, ("notice", "9", "on", *on_board), 1,
                "There is no post 9 on the board notices.")


def the_newest_ten_notices_are_shown(stack):
    prefix = new_board(stack, "many")
    with stack.redis_client() as redis:
        some_posts(redis, prefix, 12)
    for number in range(1, 13):
        does(stack, "notice", str(number), "on", "--board", "many")
    shown = json.loads(stack.ask("GET", "/boards/many/list.json").body)
    expect(shown["notices"], list(range(12, 2, -1)))
    rows_shown = stack.ask("GET", "/boards/many/list").text
    expect(rows_shown.count('class="row notice"'), 10)


def what_is_deleted_can_be_restored(stack):
    prefix = new_board(stack, "trash")
    on_board = ("--board", "trash")
    with stack.redis_client() as redis:
        some_posts(redis, prefix, 3)
        said = does(stack, "delete", "2", *on_board, POST_TRASH_DAYS=3)
        assert "3 days" in said, said
        expect(ids_of(redis, f"{prefix}post_id"), [3, 1])
        expect(redis("EXISTS", f"{prefix}news:name:2",
                     f"{prefix}news:post:2"), 0)
        left = redis("TTL", f"{prefix}news:trash:2")
        assert 3 * DAY - 60 <= left <= 3 * DAY, left
        does(stack, "restore", "2", *on_board)
        expect(ids_of(redis, f"{prefix}post_id"), [3, 2, 1])
        expect(redis("GET", f"{prefix}news:post:2"), b"text 1")
        for words in (("delete", "9"), ("restore", "9")):
            refuses(stack, (*words, *on_board), 1, "There is no post 9")


def a_reply_comes_back_after_what_it_replies_to(stack):
    prefix = new_board(stack, "replies")
    on_board = ("--board", "replies")
    with stack.redis_client() as redis:
        some_posts(redis, prefix, 1)
        for number, parent, depth in ((2, 1, 1), (3, 2, 2)):
            redis("MSET", f"{prefix}news:name:{number}", "n",
                  f"{prefix}news:post:{number}", "t")
            redis("HSET", f"{prefix}news:meta:{number}", "parent", parent,
                  "root", 1, "depth", depth, "time", 1)
            redis("RPUSH", f"{prefix}news:replies:1", f"{number}:{depth}")
        redis("HSET", f"{prefix}news:meta:1", "replies", 2)
        redis("SET", f"{prefix}last_id", 3)
        refuses(stack, ("notice", "2", "on", *on_board), 1, "no post 2")
        for number in ("3", "2"):
            does(stack, "delete", number, *on_board)
        expect(redis("LLEN", f"{prefix}news:replies:1"), 0)
        refuses(stack, ("restore", "3", *on_board), 1,
                "Post 3 replies to post 2")
        for number in ("2", "3"):
            does(stack, "restore", number, *on_board)
        expect(redis("LRANGE", f"{prefix}news:replies:1", 0, -1),
               [b"2:1", b"3:2"])
        expect(redis("HGET", f"{prefix}news:meta:1", "replies"), b"2")


def a_post_moves_to_another_board_and_back(stack):
    prefix = new_board(stack, "moved")
    with stack.redis_client() as redis:
        here = fill(redis, [("somebody", "it moves")])[0]
        refuses(stack, ("move", str(here), "nowhere"), 1,
                "There is no board nowhere.")
        refuses(stack, ("move", str(here), "/"), 2, "same board")
        refuses(stack, ("move", "999999", "moved"), 1, "no post 999999")
        assert "post 1 of the board moved" in does(
            stack, "move", str(here), "moved")
        expect(redis("GET", f"{prefix}news:post:1"), b"it moves")
        expect(ids_of(redis, f"{prefix}post_id"), [1])
        expect(redis("HGET", f"news:meta:{here}", "moved"), b"moved/1")
        does(stack, "move", "1", "/", "--board", "moved")
        expect(ids_of(redis, "post_id"), [here + 1])
        does(stack, "delete", str(here + 1), "--board", "/")
        refuses(stack, ("restore", str(here)), 1,
                "moved: that is post 1 of the board moved now.")
        refuses(stack, ("restore", "1", "--board", "moved"), 1,
                f"that is post {here + 1} of the board / now.")


# Numbers

def facts_of(stack, *words):
    return dict(line.split(": ", 1)
                for line in does(stack, "stats", *words).splitlines())


def stats_tell_what_there_is(stack):
    prefix = new_board(stack, "stats", "Counted")
    with stack.redis_client() as redis:
        some_posts(redis, prefix, 3)
        redis("HSET", f"{prefix}news:meta:1", "replies", 4)
        redis("HSET", f"{prefix}news:meta:3", "replies", 2, "flags", "sp")
    does(stack, "notice", "2", "on", "--board", "stats")
    does(stack, "board", "category", "one", "--board", "stats")
    facts = facts_of(stack, "--board", "stats")
    assert facts.pop("memory of Redis").endswith(("K", "M")), facts
    expect(facts, {"board": "stats", "title": "Counted", "posts": "3",
                   "replies": "6", "secret posts": "1", "notices": "1",
                   "categories": "1", "last id": "3"})


# Filling

class Board:
    """All of a board, as it lies in Redis."""

    def __init__(self, redis, prefix=""):
        self.redis, self.prefix = redis, prefix
        self.ids = ids_of(redis, f"{prefix}post_id")
        self.threads = dict(zip(self.ids, redis.pipeline(
            [("LRANGE", f"{prefix}news:replies:{i}", 0, -1)
             for i in self.ids])))
        self.threads = {
            root: [tuple(map(int, entry.split(b":"))) for entry in entries]
            for root, entries in self.threads.items()}
        self.replies = [i for entries in self.threads.values()
                        for i, _ in entries]
        every = self.ids + self.replies
        self.names = self._of("name", every)
        self.texts = self._of("post", every)
        self.metas = {}
        for i, flat in zip(every, redis.pipeline(
                [("HGETALL", f"{prefix}news:meta:{i}") for i in every])):
            self.metas[i] = {flat[at].decode(): flat[at + 1].decode()
                             for at in range(0, len(flat), 2)}

        self.last_id = int(redis("GET", f"{prefix}last_id") or 0)
        named = redis("HGET", f"{prefix}madang:board", "categories") or b""
        self.categories = [
            ids_of(redis, f"{prefix}news:category:{number}")
            for number in range(1, len(named.split(b"\n")) + 1)]

    def _of(self, kind, ids):
        return dict(zip(ids, self.redis.pipeline(
            [("GET", f"{self.prefix}news:{kind}:{i}") for i in ids])))

    def number(self, i, field):
        return int(self.metas[i].get(field, 0))

    def is_whole(self):
        """Everything that is named is there, and in order."""
        expect(self.ids, sorted(set(self.ids), reverse=True), "the list")
        for i in self.names:
            assert self.names[i], f"{i} has no name"
            assert self.texts[i], f"{i} has no text"
        assert self.last_id >= max(self.names, default=0), self.last_id
        for number, listed in enumerate(self.categories, 1):
            expect(listed, [i for i in self.ids
                            if self.number(i, "category") == number],
                   f"category {number}")

    def thread_is_whole(self, root):
        entries = self.threads[root]
        expect(self.number(root, "replies"), len(entries), f"of {root}")
        expect(len({i for i, _ in entries}), len(entries), "doubles")
        # Before a reply stand its ancestors, and its older siblings.
        path = [root]
        newest = {}
        for i, depth in entries:
            assert 1 <= depth <= len(path), f"{i} is too deep"
            parent = path[depth - 1]
            path[depth:] = [i]
            meta = self.metas[i]
            expect((int(meta["root"]), int(meta["parent"]),
                    int(meta["depth"])), (root, parent, depth), f"of {i}")
            assert i > parent, f"{i} replies to {parent}"
            assert i > newest.get(parent, 0), f"{i} is out of order"
            newest[parent] = i


def filling_makes_a_whole_board(stack):
    prefix = new_board(stack, "filled")
    began = time.time() * 1000
    does(stack, "fill", "300", "--board", "filled", SITE_LANGUAGE="ko")
    with stack.redis_client() as redis:
        board = Board(redis, prefix)
        expect(len(board.ids), 300)
        board.is_whole()
        expect(redis("GET", f"{prefix}madang:schema"), b"3")
        expect(redis("HGET", f"{prefix}madang:board", "categories").decode(),
               "공지\n질문\n자유")
        expect(redis("LLEN", f"{prefix}news:notices"), 2)
    times = [board.number(i, "time") for i in board.ids]
    expect(times, sorted(set(times), reverse=True), "times")
    assert began - 8 * 60000 < times[0] <= time.time() * 1000, times[0]
    for i in board.replies:
        assert board.number(i, "time") <= time.time() * 1000
        assert board.number(i, "depth") <= DEPTH_MAX


def filling_is_like_a_real_board(stack):
    prefix = new_board(stack, "likely")
    does(stack, "fill", "3000", "--board", "likely")
    with stack.redis_client() as redis:
        board = Board(redis, prefix)
        sets = {i: len(redis("SMEMBERS", f"{prefix}news:recommend:{i}"))
                for i in board.ids if "recommends" in board.metas[i]}
        edited = [i for i in board.ids if "edited" in board.metas[i]]
        versions = [redis("LRANGE", f"{prefix}news:versions:{i}", 0, -1)
                    for i in edited]
        views = redis("HLEN", f"{prefix}news:views:{board.ids[0] // 100}")
    board.is_whole()
    share = {
        "bytes of a text": (sum(len(board.texts[i]) for i in board.ids),
                            400, 600),
        "titles": (sum("title" in board.metas[i] for i in board.ids),
                   0.85, 0.95),
        "with replies": (sum(bool(t) for t in board.threads.values()),
                         0.2, 0.3),
        "in a category": (sum("category" in board.metas[i]
                              for i in board.ids), 0.75, 0.95),
        "in Korean": (sum(b"\xeb" in board.texts[i] for i in board.ids),
                      0.6, 0.8),
        "recommended": (len(sets), 0.03, 0.07),
        "edited": (len(edited), 0.002, 0.01)}
    for what, (count, low, high) in share.items():
        assert low <= count / len(board.ids) <= high, f"{what}: {count}"
    for i, count in sets.items():
        expect(board.number(i, "recommends"), count, f"of {i}")
    for i, kept in zip(edited, versions):
        expect(board.number(i, "version"), 1)
        expect(len(kept), 1)
        written, name, title, text = kept[0].split(b"\0")
        expect(int(written), board.number(i, "time"))
        assert name and text, kept
        expect(title.decode(), board.metas[i].get("title", ""))
    assert views > 0, "nobody looked"
    assert max(len(t) for t in board.threads.values()) == 60, "no long thread"


def filling_is_the_same_each_time(stack):
    boards = []
    for slug in ("twin-1", "twin-2"):
        prefix = new_board(stack, slug)
        does(stack, "fill", "50", "--board", slug)
        with stack.redis_client() as redis:
            boards.append(Board(redis, prefix))
    one, other = boards
    expect((one.ids, one.threads, one.names, one.texts),
           (other.ids, other.threads, other.names, other.texts))


def filling_goes_on_behind_what_is_there(stack):
    prefix = new_board(stack, "again")
    does(stack, "board", "category", "mine", "--board", "again")
    with stack.redis_client() as redis:
        some_posts(redis, prefix, 5)
        for _ in range(2):
            does(stack, "fill", "40", "--board", "again")
        board = Board(redis, prefix)
        expect(len(board.ids), 85)
        board.is_whole()
        expect(redis("HGET", f"{prefix}madang:board", "categories"), b"mine")
        texts = [board.texts[i] for i in board.ids[:80]]
        assert texts[:40] != texts[40:], "the same posts again"


def filling_overwrites_nothing_when_last_id_is_lost(stack):
    prefix = new_board(stack, "lost")
    does(stack, "fill", "60", "--board", "lost")
    with stack.redis_client() as redis:
        before = Board(redis, prefix)
        redis("SET", f"{prefix}last_id", 3)
        does(stack, "fill", "60", "--board", "lost")
        after = Board(redis, prefix)
    after.is_whole()
    expect(after.ids[60:], before.ids)
    for i, text in before.texts.items():
        expect(after.texts[i], text)


def there_is_no_filling_behind_the_largest_id(stack):
    prefix = new_board(stack, "full")
    with stack.redis_client() as redis:
        redis("SET", f"{prefix}last_id", 99999999999990)
        refuses(stack, ("fill", "100", "--board", "full"), 1,
                "Only 0 of 100 posts")
        expect(redis("LLEN", f"{prefix}post_id"), 0)


def start_filling(stack, count):
    process = subprocess.Popen(
        [WORKER, "fill", str(count)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=clean_environment(**stack.settings))
    with stack.redis_client() as redis:
        wait_for("the first posts", lambda: redis("LLEN", "post_id") > 300)
    return process


def others_post_while_it_fills(stack):
    process = start_filling(stack, 6000)
    posted = [posted_id(stack.post("a visitor", f"text {i}",
                                   via_nginx=False)) for i in range(30)]
    out, said = process.communicate(timeout=120)
    expect(process.returncode, 0, said.decode())
    assert b"100 %" in said, said
    with stack.redis_client() as redis:
        board = Board(redis)
    board.is_whole()
    expect(len(board.ids), 6030)
    for i in posted:
        assert board.names[i] == b"a visitor", f"{i} is gone"


def a_board_is_whole_when_filling_is_broken_off(stack):
    with stack.redis_client() as redis:
        redis("FLUSHALL")
    process = start_filling(stack, 1000000)
    # As Ctrl-C would; but that one a shell in the background makes deaf to.
    process.terminate()
    process.communicate(timeout=30)
    expect(process.returncode, -signal.SIGTERM)
    with stack.redis_client() as redis:
        board = Board(redis)
    assert 300 < len(board.ids) < 1000000, len(board.ids)
    board.is_whole()


if __name__ == "__main__":
    main(({}, [
        help_names_every_command,
        words_too_few_or_too_many_are_usage,
        what_no_command_can_use_is_said,
        a_board_that_is_not_there_is_said_so,
        commands_in_a_cgi_request_are_a_visitors,
        a_redis_that_is_away_is_said,
        keys_of_a_newer_madang_are_left_alone,
        boards_are_added_and_listed,
        a_board_is_added_once,
        titles_change,
        categories_are_added_in_order,
        notices_go_up_and_down,
        the_newest_ten_notices_are_shown,
        what_is_deleted_can_be_restored,
        a_reply_comes_back_after_what_it_replies_to,
        a_post_moves_to_another_board_and_back,
        stats_tell_what_there_is,
        filling_makes_a_whole_board,
        filling_is_like_a_real_board,
        filling_is_the_same_each_time,
        filling_goes_on_behind_what_is_there,
        filling_overwrites_nothing_when_last_id_is_lost,
        there_is_no_filling_behind_the_largest_id,
        others_post_while_it_fills,
        a_board_is_whole_when_filling_is_broken_off,
    ]))
