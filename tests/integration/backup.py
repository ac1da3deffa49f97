#!/usr/bin/env python3
"""madang backup and madang import: into an empty Redis they give the same
bytes of every page, also of a board that is written to; what is damaged is
refused and leaves nothing; whatever kills an import, the next one is whole.
"""

import fcntl
import gzip
import hashlib
import io
import json
import os
import random
import subprocess
import threading
import time
import zlib
from urllib.parse import parse_qs, urlencode, urlsplit

from board import ID
from claims import expect
from everypage import SETTINGS, Site
from stack import (FAULTS, WORKER, Stack, clean_environment, fill, main,
                   wait_for)

ROUNDS = int(os.environ.get("BACKUP_ROUNDS", "2"))
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LANGUAGES = ("en", "ko")


def madang(stack, *words, data=None, kill_after=None, **settings):
    """A command's exit status, standard output and error."""
    env = clean_environment(**{**stack.settings, **settings})
    process = subprocess.Popen(
        [WORKER, *map(str, words)], env=env, stdout=subprocess.PIPE,
        stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    if kill_after is not None:
        time.sleep(kill_after)
        process.kill()
    out, said = process.communicate(data, timeout=300)
    said = said.decode(errors="replace")
    assert not FAULTS.search(said), said
    return process.returncode, out, said


def backup(stack, *words):
    """A backup's bytes, from standard output."""
    status, out, said = madang(stack, "backup", "-", *words)
    expect(status, 0, said)
    return out


def load(stack, data, status=0):
    """Imports it from standard input; what was said."""
    found, out, said = madang(stack, "import", "-", data=data)
    expect(found, status, out.decode() + said)
    return out.decode() + said


def empty(stack):
    with stack.redis_client() as redis:
        redis("FLUSHALL")


def lines_of(data):
    return gzip.decompress(data).decode().splitlines()


def unpacked(data):
    """What gzip makes of it; None: nothing."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None


def said_of(data):
    """What a backup says, whatever the order and the moment."""
    found = {}
    for line in map(json.loads, lines_of(data)[1:-1]):
        line.get("recommend", []).sort()
        line["left"] = sorted(line.get("left", {}))
        found[line["kind"], line["board"],
              line.get("id", line.get("number"))] = line
    return found


def packed(lines, end=True):
    """A file of these lines, with a last line that is right for them."""
    whole = "".join(line + "\n" for line in lines).encode()
    if end:
        whole += json.dumps(
            {"kind": "end", "lines": len(lines) + 1,
             "sha256": hashlib.sha256(whole).hexdigest()}).encode() + b"\n"
    return gzip.compress(whole, mtime=0)


def pages_of(stack, addresses):
    found = {}
    for language in LANGUAGES:
        for path in addresses:
            for _ in range(50):
                answer = stack.ask("GET", path, b"",
                                   {"Accept-Language": language},
                                   REQUEST_ID=ID)
                # A Redis that others keep from answering in time.
                if answer.status != 503:
                    break
            assert answer.status != 503, path
            # Each request has a number of its own, which some pages show.
            number = (answer.header("X-Request-Id") or "none").encode()
            found[language, path] = (answer.status, answer.body.replace(
                b"<code>" + number + b"</code>", b"<code>its own</code>"))
    return found


def same_pages(before, after):
    different = [f"{language} {path}: {before[language, path][0]}, "
                 f"{after[language, path][0]}"
                 for language, path in before
                 if before[language, path] != after[language, path]]
    expect(different, [], "pages that differ")


def without_faults(stack):
    status, out, said = madang(stack, "fsck")
    expect(status, 0, out.decode() + said)


def keys(stack):
    """What is there but for what passes; sets and hashes have no order."""
    read = {b"string": ("GET",), b"hash": ("HGETALL",),
            b"list": ("LRANGE", 0, -1), b"set": ("SMEMBERS",),
            b"zset": ("ZRANGE", 0, -1)}
    found = {}
    with stack.redis_client() as redis:
        for name in redis("KEYS", "*"):
            if any(word in name for word in (
                    b"madang:once:", b"madang:tries:", b"madang:limit:",
                    b"madang:day")):
                continue
            command, *rest = read[redis("TYPE", name)]
            value = redis(command, name, *rest)
            if command == "HGETALL":
                value = dict(zip(value[::2], value[1::2]))
            elif command == "SMEMBERS":
                value = sorted(value)
            found[name] = value, redis("PTTL", name) > 0
    return found


# A site with all that there can be

def every_page_is_the_same_after_it(stack):
    site = Site(stack)
    # What moved leaves its place; what goes from the trash is the older.
    site.first.owner("move", site.first.notice, "free")
    addresses = list(dict.fromkeys(site.addresses()))
    before, there = pages_of(stack, addresses), keys(stack)
    data = backup(stack)
    empty(stack)
    said = load(stack, data)
    assert " of 2 boards are imported" in said, said
    expect(keys(stack), there, "keys")
    same_pages(before, pages_of(stack, addresses))
    without_faults(stack)
    stack.data, stack.before = data, before
    stack.deleted = site.first.gone
    # And once more: the same, but for when it was written.
    expect(said_of(backup(stack)), said_of(data), "lines")


def what_was_deleted_can_be_restored_after_it(stack):
    with stack.redis_client() as redis:
        left = redis("PTTL", f"news:trash:{stack.deleted}")
        assert 29 * 86400000 < left < 30 * 86400000, left
    expect(madang(stack, "restore", stack.deleted)[0], 0, "status")
    expect(stack.ask("GET", f"/posts/{stack.deleted}").status, 200, "a page")
    without_faults(stack)


def a_killed_backup_has_no_file(stack):
    chance, whole = random.Random(4), 0
    for number in range(6 * ROUNDS):
        path = stack.path(f"killed{number}.gz")
        status, _, _ = madang(stack, "backup", path,
                              kill_after=chance.uniform(0, 0.15))
        if os.path.exists(path):
            whole += 1
            with open(path, "rb") as file:
                last = json.loads(lines_of(file.read())[-1])
            expect(last["kind"], "end", "the last line")
        else:
            assert status, "it said that it was done"
    assert whole < 6 * ROUNDS, "none was killed in time"


def a_file_is_its_owner_s_and_has_its_name_when_it_is_whole(stack):
    path = stack.path("b.gz")
    status, _, said = madang(stack, "backup", path)
    expect(status, 0, said)
    expect(oct(os.stat(path).st_mode & 0o777), "0o600", "mode")
    expect(os.path.exists(path + ".partial"), False, "left")
    assert "posts and replies of 2 boards are saved" in said, said
    status, _, said = madang(stack, "backup", "/dev/full/x")
    expect(status, 2, said)
    with open("/dev/full", "wb") as full:
        status = subprocess.run(
            [WORKER, "backup", "-"], stdout=full, stderr=subprocess.PIPE,
            env=clean_environment(**stack.settings)).returncode
    expect(status, 2, "a full disk")


def of_two_that_write_one_file_one_is_refused(stack):
    path = stack.path("two.gz")
    with open(path + ".partial", "wb") as other:
        other.write(b"an earlier one's, and longer")
        fcntl.flock(other, fcntl.LOCK_EX)
        status, _, said = madang(stack, "backup", path)
        expect(status, 2, said)
        assert "written by another command" in said, said
        expect(os.path.exists(path), False, "a file")
    expect(os.path.exists(path + ".partial"), True, "the other's")
    os.symlink("/dev/null", path + ".link.partial")
    expect(madang(stack, "backup", path + ".link")[0], 2, "a link")
    status, _, said = madang(stack, "backup", path)
    expect(status, 0, said)
    with open(path, "rb") as file:
        lines_of(file.read())
    expect(oct(os.stat(path).st_mode & 0o777), "0o600", "mode")


def one_board_alone_can_move(stack):
    data = backup(stack, "--board", "free")
    before = {name: value for name, value in keys(stack).items()
              if name.startswith(b"{free}:")}
    assert load(stack, data, 2).count("has posts already"), "the board is there"
    with stack.redis_client() as redis:
        for name in redis("KEYS", "{free}:*"):
            redis("DEL", name)
        redis("DEL", "madang:boards")
    load(stack, data)
    expect({name: value for name, value in keys(stack).items()
            if name.startswith(b"{free}:")}, before, "keys")
    without_faults(stack)


def a_board_with_posts_is_not_written_over(stack):
    before = keys(stack)
    said = load(stack, stack.data, 2)
    assert " has posts already, or had some" in said, said
    expect(keys(stack), before, "keys")


def bytes_that_are_no_text_come_back(stack):
    empty(stack)
    with stack.redis_client() as redis:
        fill(redis, [("na\xffme".encode("latin-1"), b"\0te\xc3xt\0" * 3),
                     ('"\\\x01\x7f\u2028', "a" * 600000)])
        redis("HSET", "news:meta:1", "title", b"\xff\xfe", "other.field", 1)
        redis("SET", "news:name:7", "half a post")
        redis("SADD", "news:recommend:2", *range(3000))
    before = keys(stack)
    status, data, said = madang(stack, "backup", "-")
    expect(status, 0, said)
    empty(stack)
    load(stack, data)
    found = keys(stack)
    expect(found.pop(b"madang:schema")[0], b"3", "layout")
    expect(found, before, "keys")


def keys_of_another_type_are_told_and_left_out(stack):
    with stack.redis_client() as redis:
        redis("DEL", "news:meta:1")
        redis("SADD", "news:meta:1", "x")
    status, data, said = madang(stack, "backup", "-")
    expect(status, 1, said)
    assert "the key news:meta:1 is left out" in said, said
    assert "1 are left out" in said, said
    empty(stack)
    load(stack, data)


# Damage

def whatever_is_cut_or_changed_is_refused(stack):
    data = stack.data
    empty(stack)
    chance = random.Random(1)
    files = [data[:len(data) * part // 50] for part in range(50)]
    files += [data[:-1], data[:-8], data + b"x", data + data]
    for _ in range(40):
        place = chance.randrange(10, len(data))
        bit = 1 << chance.randrange(8)
        files.append(data[:place] + bytes([data[place] ^ bit]) +
                     data[place + 1:])
    whole = gzip.decompress(data)
    for number, file in enumerate(files):
        if unpacked(file) == whole:
            continue  # a bit that gzip leaves unused
        said = load(stack, file, 2)
        assert "standard input, line " in said and "Nothing was imp" in said, \
            (number, said)
        with stack.redis_client() as redis:
            expect(redis("KEYS", "*"), [], f"keys after file {number}")


POST = '{"kind":"post","board":"","id":1,"name":"n","text":"t"}'
BEGIN = '{"kind":"begin","format":1,"time":1,"by":"x"}'
WRONG = [
    ([], "a backup begins otherwise"),
    ([POST], "a backup begins otherwise"),
    (['{"kind":"begin","format":2,"time":1}'], "a format that this Madang"),
    (['{"kind":"begin","format":1}'], "a number is missing"),
    ([BEGIN, BEGIN], "it begins a second time"),
    ([BEGIN, ""], "it is no JSON object"),
    ([BEGIN, "[" * 5000], "it is no JSON object"),
    ([BEGIN, "{}"], "it is no line of a backup"),
    ([BEGIN, '{"kind":"flushall"}'], "it is no line of a backup"),
    ([BEGIN, POST[:-1] + ',"id":2}'], "it is no JSON object"),
    ([BEGIN, POST[:-1] + ',"x":2}'], "it says more than this Madang knows"),
    ([BEGIN, POST.replace('"id":1', '"id":0')], "a number is missing"),
    ([BEGIN, POST.replace('"id":1', '"id":"1"')], "a number is missing"),
    ([BEGIN, POST.replace('"id":1', '"id":100000000000000')], "a number is"),
    ([BEGIN, POST.replace('"id":1', '"id":-1')], "a number is missing"),
    ([BEGIN, POST.replace('"board":""', '"board":"../x"')], "its board is"),
    ([BEGIN, POST.replace('"board":""', '"board":"a}:b"')], "its board is"),
    ([BEGIN, POST.replace('"n"', '7')], "where a text should be"),
    ([BEGIN, POST.replace('"n"', '{"base64":"?"}')], "its base64 is none"),
    ([BEGIN, POST.replace('"n"', '"\\u0000"')], "it is no JSON object"),
    ([BEGIN, POST.replace('"n"', '"\\ud800"')], "it is no JSON object"),
    ([BEGIN, POST[:-1] + ',"meta":{"a b":"1"}}'], "a name that none can"),
    ([BEGIN, POST[:-1] + ',"meta":[]}'], "where an object should be"),
    ([BEGIN, POST[:-1] + ',"replies":{}}'], "where a list should be"),
    ([BEGIN, POST[:-1] + ',"versions":[[]]}'], "a version has no texts"),
    ([BEGIN, POST[:-1] + ',"left":{"meta":0}}'], "a number is missing"),
    ([BEGIN, POST[:-1] + ',"left":{"name":1}}'], "times that are left"),
    ([BEGIN, '{"kind":"board","board":"","layout":99}'], "a newer Madang"),
]


def what_a_line_says_is_checked(stack):
    empty(stack)
    for lines, words in WRONG:
        said = load(stack, packed(lines), 2)
        assert words in said, (lines, said)
        with stack.redis_client() as redis:
            expect(redis("KEYS", "*"), [], f"keys after {lines}")
    for file, words in ((b"", "it is no backup"), (b"hello", "it is no backup"),
                        (packed([BEGIN, POST], False), "before its end"),
                        (gzip.compress(b""), "before its end")):
        assert words in load(stack, file, 2), file


def a_title_from_before_stays_without_another(stack):
    empty(stack)
    expect(madang(stack, "board", "title", "Mine")[0], 0, "status")
    load(stack, packed([BEGIN, POST, ""]), 2)
    expect(list(keys(stack)), [b"madang:board"], "keys")
    load(stack, packed([BEGIN, POST]))
    with stack.redis_client() as redis:
        expect(redis("HGET", "madang:board", "title"), b"Mine", "title")
        expect(redis("LRANGE", "post_id", 0, -1), [b"1"], "post_id")
        redis("DEL", "post_id", "madang:schema")
    load(stack, packed([BEGIN, POST, '{"kind":"board","board":"","last_id":'
                                     '"7","about":{"title":"Other"}}']))
    with stack.redis_client() as redis:
        expect(redis("HGET", "madang:board", "title"), b"Other", "title")
        expect(redis("GET", "last_id"), b"7", "last_id")


def a_bomb_takes_no_memory(stack):
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=9) as file:
        file.write(BEGIN.encode() + b"\n")
        for _ in range(400):
            file.write(b"a" * 1000000)
    path = stack.path("bomb.gz")
    with open(path, "wb") as file:
        file.write(whole.getvalue())
    env = clean_environment(**stack.settings)
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-c",
         "import resource, subprocess, sys; "
         "done = subprocess.run(sys.argv[1:], capture_output=True); "
         "sys.stdout.buffer.write(done.stderr); "
         "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
         WORKER, "import", path], env=env, capture_output=True)
    *said, peak = done.stdout.decode().splitlines()
    assert "longer than a line of a backup can be" in said[0], said
    assert FAULTS.search("\n".join(said)) is None, said
    if "address" not in os.environ.get("SANITIZERS", ""):
        assert int(peak) < 100000, f"{peak} KB"


# Killed, and beside others

def killed_imports_are_begun_anew(stack):
    chance = random.Random(2)
    began = time.monotonic()
    empty(stack)
    load(stack, stack.data)
    there, whole = keys(stack), time.monotonic() - began
    for _ in range(8 * ROUNDS):
        empty(stack)
        status, _, _ = madang(stack, "import", "-", data=stack.data,
                              kill_after=chance.uniform(0, whole))
        with stack.redis_client() as redis:
            word = redis("GET", "madang:schema") or b""
            listed = redis("EXISTS", "post_id")
        if word.startswith(b"import "):
            expect(listed, 0, "a list is there")
            expect(stack.ask("GET", "/healthz").status, 503, "health")
            told = stack.ask("GET", "/healthz", REMOTE_ADDR="127.0.0.1")
            assert b"imported or upgraded" in told.body, told.body
            expect(stack.post("n", "t", via_nginx=False).status, 503, "post")
            expect(stack.ask("GET", "/list").status, 200, "list")
        if status == 0 or word == b"3":
            continue
        load(stack, stack.data)
        expect(keys(stack), there, "keys")
    same_pages(stack.before, pages_of(stack, [path for _, path in
                                              stack.before]))
    without_faults(stack)


def the_later_of_two_imports_wins(stack):
    there = keys(stack)
    empty(stack)
    env = clean_environment(**stack.settings)
    first = subprocess.Popen([WORKER, "import", "-"], env=env,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    first.stdin.write(stack.data[:len(stack.data) // 2])
    first.stdin.flush()
    with stack.redis_client() as redis:
        wait_for("the first import",
                 lambda: redis("GET", "madang:schema") is not None)
    load(stack, stack.data)
    said = first.communicate(stack.data[len(stack.data) // 2:])[0].decode()
    expect(first.returncode, 2, said)
    assert "another command" in said, said
    expect(keys(stack), there, "keys")


class Busy:
    """People who write all the time: posts, replies, edits, deletions."""

    rounds = 0

    def __init__(self, stack, people=3):
        Busy.rounds += 1
        self.round = Busy.rounds
        self.stack, self.stopped = stack, False
        self.there, self.gone, self.failed = {}, set(), []
        self.threads = [threading.Thread(target=self.run, args=(n,))
                        for n in range(people)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        for thread in self.threads:
            thread.join()

    def run(self, person):
        chance, mine, number = random.Random(person), [], 0
        try:
            while not self.stopped:
                number += 1
                text = f"text {person} {self.round} {number} " + "x" * chance.randrange(900)
                way = chance.randrange(8)
                if way < 4 or not mine:
                    mine.append(self.post("/write", text))
                    self.there[mine[-1][0]] = f"text {person} "
                elif way < 6:
                    parent = chance.choice(mine)[0]
                    self.post(f"/posts/{parent}/reply", text)
                elif way == 6:
                    self.stack.ask("POST", "/posts/%d/edit" % mine[-1][0],
                                   self.form(data=text + " edited", key=mine[
                                       -1][1], version=0), FORM)
                elif len(mine) > 5:
                    post = mine.pop(-1 - chance.randrange(4))
                    self.gone.add(post[0])
                    self.stack.ask("POST", f"/posts/{post[0]}/delete",
                                   self.form(key=post[1]), FORM)
                self.stack.ask("GET", f"/posts/{mine[-1][0]}/view.gif")
        except Exception as failure:
            self.failed.append(repr(failure))

    @staticmethod
    def form(**fields):
        return urlencode({"full_name": "n", **fields}).encode()

    def post(self, path, text):
        for again in range(50):
            answer = self.stack.ask("POST", path, self.form(
                data=text + " again" * again), FORM)
            # A Redis that others keep from answering in time.
            if answer.status != 503:
                break
            time.sleep(0.2)
        expect(answer.status, 303, path)
        query = parse_qs(urlsplit(answer.header("Location")).query)
        return int(query["posted"][0]), query["mine"][0]


def a_backup_beside_writers_is_of_one_moment(stack):
    empty(stack)
    madang(stack, "fill", 2000)
    for _ in range(3 * ROUNDS):
        with Busy(stack) as busy:
            wait_for("twenty posts", lambda: len(busy.there) > 20 or
                     busy.failed, 60)
            known = dict(busy.there)
            data = backup(stack)
            gone = set(busy.gone)
        expect(busy.failed, [], "writers")
        with Stack() as other:
            load(other, data)
            without_faults(other)
            with other.redis_client() as redis:
                listed = set(map(int, redis("LRANGE", "post_id", 0, -1)))
                ids = sorted(known.keys() - gone)
                assert len(ids) > 5, ids
                expect([i for i in ids if i not in listed], [], "lost posts")
                texts = redis("MGET", *(f"news:post:{i}" for i in ids))
                for i, text in zip(ids, texts):
                    assert text.decode().startswith(known[i]), (i, text)


def it_says_so_when_redis_is_away(stack):
    status, _, said = madang(stack, "backup", stack.path("away.gz"),
                             REDIS_ADDRESS="/nowhere/redis.sock",
                             REDIS_CONNECT_MS=200)
    expect(status, 2, said)
    expect(os.path.exists(stack.path("away.gz")), False, "a file")
    status, _, said = madang(stack, "import", "/nowhere/file")
    expect(status, 2, said)
    assert "can't be read" in said, said


if __name__ == "__main__":
    main(({**SETTINGS, "WATCH_ALLOW": "127.0.0.1"}, [
        every_page_is_the_same_after_it,
        what_was_deleted_can_be_restored_after_it,
        a_killed_backup_has_no_file,
        a_file_is_its_owner_s_and_has_its_name_when_it_is_whole,
        of_two_that_write_one_file_one_is_refused,
        one_board_alone_can_move,
        a_board_with_posts_is_not_written_over,
        killed_imports_are_begun_anew,
        the_later_of_two_imports_wins,
        whatever_is_cut_or_changed_is_refused,
        what_a_line_says_is_checked,
        a_title_from_before_stays_without_another,
        a_bomb_takes_no_memory,
        bytes_that_are_no_text_come_back,
        keys_of_another_type_are_told_and_left_out]),
        ({}, [a_backup_beside_writers_is_of_one_moment,
              it_says_so_when_redis_is_away]))
