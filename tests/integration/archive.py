#!/usr/bin/env python3
"""madang publish: a board of a thousand posts as files. A link checker of our
own walks through them, as files and through a plain server; a run that is
killed half-way and goes on ends with the same bytes.
"""

import contextlib
import functools
import http.server
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import threading
import time

from claims import expect
from curl import sentences
from everypage import Board
from linkcheck import Walk, files_of, of_folder, of_server
from stack import WORKER, clean_environment, main, wait_for

SITE = "https://board.example"
SETTINGS = {"nginx": True, "SITE_URL": SITE, "SITE_REPLIES_SIZE": 10,
            "SITE_LANGUAGE": "ko"}
POSTS = 1000
HUSH = "아무도 모를 말"
BOARDS = {}
ARCHIVE = {}


def environment(stack, **settings):
    return clean_environment(**{**stack.settings, **settings})


def publish(stack, folder, *words, status=0, **settings):
    """Runs it; what it said (out, err)."""
    run = subprocess.run(
        [WORKER, "publish", "--all", stack.path(folder), *words],
        env=environment(stack, **settings), capture_output=True, text=True,
        check=False, timeout=300)
    expect(run.returncode, status, run.stdout + run.stderr)
    return run.stdout, run.stderr


def begin(stack, folder, *words, **settings):
    """Starts it, and stops it in the middle of the threads."""
    process = subprocess.Popen(
        [WORKER, "publish", "--all", stack.path(folder), *words],
        env=environment(stack, **settings), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    posts = os.path.join(stack.path(folder), "posts")
    wait_for("half of the posts", lambda: len(os.listdir(posts)) > POSTS / 2,
             every=0.002)
    process.send_signal(signal.SIGSTOP)
    written = len(os.listdir(posts))
    assert written < POSTS, "it was too fast to be stopped half-way"
    return process, written


@contextlib.contextmanager
def plain_server(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check_links(folder):
    """No link is broken, and every file is reached."""
    walk = Walk(of_folder(folder))
    expect(walk.faults[:10], [], f"{len(walk.faults)} faults")
    expect(sorted(set(files_of(folder)) - set(walk.links))[:10], [],
           "files that nothing leads to")
    return walk


def file_of(board, number):
    return f"{board.base[1:]}/posts/{number}.html".lstrip("/")


def same_files(one, other, but=()):
    for path in but:
        one.pop(path, None)
        other.pop(path, None)
    expect(sorted(set(one) ^ set(other))[:10], [], "files that one has only")
    expect([path for path in sorted(one) if one[path] != other[path]][:10],
           [], "files that differ")


# The board


def a_board_of_a_thousand_posts_and_another_are_there(stack):
    first = Board(stack, "", POSTS)
    other = Board(stack, "free", 30)
    BOARDS.update(first=first, other=other)
    first.deep = first.answer(first.notice, "behind all the others")
    first.lost = first.answer(first.notice, "지워질 답글")
    first.answer(first.lost, "what stays below it")
    first.post(f"/posts/{first.lost}/delete", key=first.keys[first.lost])
    first.hush = first.write(HUSH, title=HUSH, secret="1")
    first.post("/write", full_name="n", data=HUSH, secret="1", password="비밀")
    first.answer(first.hush, HUSH, key=first.keys[first.hush])
    first.old = first.visitor.redis("LINDEX", "post_id", -5)
    addresses = {
        "post": f"/posts/{first.old}", "root": "",
        "board": "/boards/free/", "list": "/list?page=2#post-1",
        "reply": f"/posts/{first.deep}",
        "place": f"/posts/{first.notice}#reply-{first.deep}",
        "page": f"/posts/{first.notice}/page/2", "later": "/list/page/51",
        "never": "/list/page/99", "gone": f"/posts/{first.gone}",
        "left": f"/posts/{first.left}", "none": "/posts/99999",
        "hush": f"/posts/{first.hush}", "write": "/write",
        "other": f"/boards/free/posts/{other.plain}",
        "nowhere": "/boards/none/posts/1", "category": "/category/1/page/2",
        "strange": f"/posts/{first.old}#no-such-place", "elsewhere": ":8080/posts/5",
    }
    text = "\n\n".join(f"[{word}]({SITE}{address})"
                       for word, address in addresses.items())
    first.links = first.write(text + "\n\n<https://example.org/posts/5>",
                              title="이어진 글 <&>")
    other.links = other.write(f"[post]({SITE}/posts/{first.old})")


# What it writes


def every_page_is_written(stack):
    out, err = publish(stack, "archive")
    total = sum(len(board.visitor.redis("LRANGE", "post_id", 0, -1))
                for board in BOARDS.values())
    assert re.fullmatch(rf"{total} posts of 2 boards are in \S+, after "
                        r"[\d.]+ seconds\.\n", out), out
    told = re.findall(r"^ *(\d+) %, \d+ of \d+ pages, \d+ a second$", err,
                      re.M)
    expect([int(each) // 10 for each in told], list(range(1, 11)), err)
    print("# " + out.strip(), flush=True)
    ARCHIVE.update(files_of(stack.path("archive")))
    for board in BOARDS.values():
        ids = board.visitor.redis("LRANGE", "post_id", 0, -1)
        expect([i for i in ids if file_of(board, i) not in ARCHIVE], [])
    for path in ("index.html", "list.html", "list/page/51.html", "all.html",
                 "all/page/51.html", "latest.html", "boards.html",
                 "category/1.html", "category/1/page/2.html",
                 f"posts/{BOARDS['first'].notice}/page/4.html",
                 "boards/free/index.html", "boards/free/list/page/2.html"):
        assert path in ARCHIVE, path


def a_checker_of_links_finds_what_is_broken(stack):
    os.makedirs(stack.path("broken/posts"))
    for path, html in (
            ("index.html", '<a href="posts/1.html#b">x</a> <p id="a">'),
            ("posts/1.html", '<a id="a" href="2.html"></a><a href="/x"></a>'
             '<a href="../index.html#a"></a><img src="../../y.png">'),
            ("posts/3.html", "")):
        with open(stack.path(f"broken/{path}"), "w",
                  encoding="utf-8") as file:
            file.write(html)
    walk = Walk(of_folder(stack.path("broken")))
    expect([fault.partition(":")[0] for fault in walk.faults],
           ["posts/1.html", "posts/1.html", "posts/2.html", "index.html"])
    expect(set(files_of(stack.path("broken"))) - set(walk.links),
           {"posts/3.html"})


def no_link_is_broken_in_the_folder_and_every_file_is_reached(stack):
    walk = check_links(stack.path("archive"))
    ARCHIVE["walk"] = walk
    count = sum(len(links) for links in walk.links.values())
    print(f"# {len(walk.links)} files, {count} links", flush=True)


def no_link_is_broken_where_a_plain_server_serves_it(stack):
    with plain_server(stack.path("archive")) as port:
        walk = Walk(of_server(port))
    expect(walk.faults[:10], [])
    expect(set(walk.links), set(ARCHIVE["walk"].links))


def what_people_linked_to_is_a_link_to_its_file(_):
    first = BOARDS["first"]
    html = pages()[file_of(first, first.links)].decode()
    text = html[html.index('<div class="text"'):html.index("</article>")]
    text = text[:text.index("</div>")]
    found = {words: address for address, words in re.findall(
        r'(?:<a href="([^"]*)"[^>]*>|<p>)([^<]+)<', text)}
    page, notice = "../list.html", f"{first.notice}"
    expect(found, {
        "post": f"{first.old}.html", "root": "../index.html", "list": page,
        "board": "../boards/free/index.html",
        "reply": f"{notice}/page/4.html#reply-{first.deep}",
        "place": f"{notice}/page/4.html#reply-{first.deep}",
        "page": f"{notice}.html", "later": "../list/page/51.html",
        "never": "", "gone": "", "left": "", "none": "",
        "hush": f"{first.hush}.html", "write": SITE + "/write",
        "other": f"../boards/free/posts/{BOARDS['other'].plain}.html",
        "nowhere": "", "category": "../category/1.html",
        "strange": f"{first.old}.html", "elsewhere": SITE + ":8080/posts/5",
        "https://example.org/posts/5": "https://example.org/posts/5"})
    other = pages()[file_of(BOARDS["other"], BOARDS["other"].links)].decode()
    assert f'href="../../../posts/{first.old}.html"' in other


def pages():
    return {path: body for path, body in ARCHIVE.items()
            if path.endswith(".html")}


def a_post_leads_to_its_neighbours_and_its_place_in_the_list(_):
    first, walk = BOARDS["first"], ARCHIVE["walk"]
    ids = first.visitor.redis("LRANGE", "post_id", 0, -1)
    for at in (0, 1, 19, 20, 500, len(ids) - 2, len(ids) - 1):
        leads = {(target, fragment) for _, target, fragment
                 in walk.links[f"posts/{ids[at]}.html"]}
        for near in (at - 1, at + 1):
            if 0 <= near < len(ids):
                assert (f"posts/{ids[near]}.html", "") in leads, ids[at]
        page = f"list/page/{at // 20 + 1}.html" if at > 19 else "list.html"
        assert (page, f"post-{ids[at]}") in leads, (ids[at], leads)


def nothing_in_it_needs_a_worker(_):
    write = f">{sentences('ko')['nav_write']}<".encode()
    for path, body in pages().items():
        for dead in (b"<form", b"<input", b"<button", b"view.gif", b"/unlock",
                     b".atom", b"application/json", b"/newer", b"?key=",
                     b'class="new"', write):
            assert dead not in body, f"{path} has {dead}"
        for anchor in re.findall(rb"<a\b[^>]*>", body):
            assert b" href=" in anchor, (path, anchor)
        if b'content="noindex"' not in body:
            assert b'<link rel="canonical" href="' + SITE.encode() in body


def no_word_of_a_secret_or_a_deleted_post_is_in_it(_):
    first = BOARDS["first"]
    for path, body in ARCHIVE.items():
        if path != "walk":
            assert HUSH.encode() not in body, path
            assert "지워질 답글".encode() not in body, path
    page = pages()[file_of(first, first.hush)].decode()
    assert "비밀글" in page
    for number in (first.gone, first.left):
        assert file_of(first, number) not in ARCHIVE
    html = pages()[f"posts/{first.notice}/page/4.html"].decode()
    assert f'id="reply-{first.lost}"' in html


def it_is_in_the_boards_language(_):
    for path in ("index.html", "posts/1.html", "boards/free/list.html"):
        assert b'<html lang="ko">' in ARCHIVE[path], path


# How it goes on


def a_run_that_is_killed_goes_on_and_ends_with_the_same_bytes(stack):
    process, written = begin(stack, "killed")
    process.kill()
    process.communicate()
    _, err = publish(stack, "killed")
    found = re.search(r"^madang: going on at post (\d+) of (\d+) of the board "
                      r"/$", err, re.M)
    assert found and 0 < int(found[1]) <= written, err
    same_files(files_of(stack.path("archive")),
               files_of(stack.path("killed")))


def killed_again_and_again_it_comes_to_the_same(stack):
    folder = stack.path("mauled")
    for pause in (0.03, 0.1, 0.2, 0.3, 0.5, 0.7):
        process = subprocess.Popen(
            [WORKER, "publish", "--all", folder], env=environment(stack),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(pause)
        process.kill()
        process.wait()
    publish(stack, "mauled")
    same_files(files_of(stack.path("archive")), files_of(folder))


def two_runs_do_not_write_into_one_folder(stack):
    process, _ = begin(stack, "killed-too")
    _, err = publish(stack, "killed-too", status=1)
    expect(err.count("\n"), 1, err)
    assert "Another madang is writing" in err, err
    process.kill()
    process.communicate()


def posts_that_come_meanwhile_are_left_out(stack):
    process, _ = begin(stack, "meanwhile")
    for number in range(45):
        BOARDS["first"].write(f"later {number}", category="1")
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=300)
    expect((process.returncode, "anew" in err), (0, False), out + err)
    check_links(stack.path("meanwhile"))
    # How many posts there are is as of its last moment there.
    same_files(files_of(stack.path("archive")),
               files_of(stack.path("meanwhile")), but=["boards.html"])


def a_post_that_is_deleted_meanwhile_is_not_in_it(stack):
    first = BOARDS["first"]
    number = first.visitor.redis("LRANGE", "post_id", -10, -10)[0]
    process, _ = begin(stack, "fewer")
    assert f"{number}.html" in os.listdir(stack.path("fewer/posts"))
    first.owner("delete", number)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=300)
    expect(process.returncode, 0, out + err)
    expect(err.count("it is begun anew"), 1, err)
    expect(f"{number}.html" in os.listdir(stack.path("fewer/posts")), False)
    check_links(stack.path("fewer"))


def a_finished_archive_is_brought_up_to_date(stack):
    before = files_of(stack.path("archive"))
    publish(stack, "archive")
    now = files_of(stack.path("archive"))
    same_files(dict(now), files_of(stack.path("fewer")))
    gone = set(before) - set(now)
    expect(len([path for path in gone if path.startswith("posts/")]), 1, gone)
    check_links(stack.path("archive"))


# Other ways to ask for it


def one_board_alone_is_at_the_top(stack):
    other = BOARDS["other"]
    publish(stack, "alone", "--board", "free")
    walk = check_links(stack.path("alone"))
    files = files_of(stack.path("alone"))
    assert f"posts/{other.plain}.html" in files
    assert not [path for path in files if path.startswith("boards")]
    html = files[f"posts/{other.links}.html"].decode()
    assert "<p>post</p>" in html
    assert '<a class="site" href="../index.html">' in html
    assert all(not e.startswith(SITE + "/posts") for e in walk.elsewhere)
    publish(stack, "first", "--board", "/")
    check_links(stack.path("first"))


def a_board_of_one_site_has_no_page_of_boards(stack):
    with stack.redis_client() as redis:
        boards = redis("LRANGE", "madang:boards", 0, -1)
        redis("RENAME", "madang:boards", "kept")
        try:
            publish(stack, "single")
        finally:
            redis("RENAME", "kept", "madang:boards")
    expect(boards, [b"free"])
    check_links(stack.path("single"))
    assert not os.path.exists(stack.path("single/boards.html"))


def an_empty_board_is_an_archive_too(stack):
    BOARDS["first"].owner("board", "add", "empty", "--title", "빈 곳")
    publish(stack, "empty", "--board", "empty")
    walk = check_links(stack.path("empty"))
    expect(sorted(path for path in walk.links if path.endswith(".html")),
           ["all.html", "index.html", "latest.html", "list.html"])
    assert "글이 없습니다." in files_of(
        stack.path("empty"))["index.html"].decode()


def without_an_address_pages_have_none(stack):
    publish(stack, "nameless", "--board", "free", SITE_URL="",
            SITE_LANGUAGE="en")
    check_links(stack.path("nameless"))
    for path, body in files_of(stack.path("nameless")).items():
        assert b"canonical" not in body and b"og:url" not in body, path
        assert b"localhost" not in body, path


def other_settings_begin_it_anew(stack):
    publish(stack, "nameless", "--board", "free")
    same_files(files_of(stack.path("alone")),
               files_of(stack.path("nameless")))


def on_a_terminal_there_is_a_bar(stack):
    process, terminal = pty.fork()
    if process == 0:
        os.execve(WORKER, [WORKER, "publish", "--all", stack.path("bar"),
                           "--board", "free"], environment(stack))
    said = b""
    with contextlib.suppress(OSError):  # its end
        while True:
            said += os.read(terminal, 4096)
    os.close(terminal)
    expect(os.waitpid(process, 0)[1], 0, said)
    lines = said.decode().replace("\r\n", "\n").splitlines()
    assert "100 %" in said.decode(), said
    assert re.search(r"\r\[#{30}\] 100 %, \d+ of \d+ pages, \d+ a second ",
                     said.decode()), said
    assert lines[-1].endswith("seconds."), lines


# What goes wrong


def told_once(err, *words):
    lines = err.splitlines()
    told = [line for line in lines if line.startswith("madang: ")]
    expect(len(told), 1, err)
    for word in words:
        assert word in told[0], err


def without_all_it_says_how_it_is_called(stack):
    for words in (["publish"], ["publish", "x"], ["publish", "--all"],
                  ["publish", "--all", "x", "y"], ["serve", "--all"],
                  ["stats", "--all"]):
        run = subprocess.run([WORKER, *words], env=environment(stack),
                             capture_output=True, text=True, check=False,
                             stdin=subprocess.DEVNULL)
        expect(run.returncode, 2, f"{words}: {run.stderr}")
        assert "Usage:" in run.stderr, run.stderr
    run = subprocess.run([WORKER, "publish"], env=environment(stack),
                         capture_output=True, text=True, check=False)
    expect(run.stderr,
           "Usage: madang publish --all FOLDER [--board SLUG]\n")


def a_folder_of_somebodys_is_left_alone(stack):
    os.mkdir(stack.path("mine"))
    with open(stack.path("mine/diary"), "w", encoding="utf-8") as file:
        file.write("dear")
    _, err = publish(stack, "mine", status=1)
    told_once(err, "is not empty")
    expect(os.listdir(stack.path("mine")), ["diary"])
    _, err = publish(stack, "no/such", status=1)
    told_once(err, "No such file or directory")
    _, err = publish(stack, "mine/diary", status=1)
    told_once(err, "Not a directory")
    _, err = publish(stack, "new", "--board", "none", status=1)
    told_once(err, "There is no board none.")
    assert not os.path.exists(stack.path("new"))


def a_full_disk_ends_it_and_it_can_go_on(stack):
    """No file may have more than so many bytes: the disk's other limit."""
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    sizes = {path: len(body)
             for path, body in files_of(stack.path("alone")).items()}
    assert max(sizes.values()) > 4000
    # Python ignores SIGXFSZ; the write then fails, as on a full disk.
    run = subprocess.run(
        [WORKER, "publish", "--all", stack.path("full"), "--board", "free"],
        env=environment(stack), capture_output=True, text=True, check=False,
        preexec_fn=small, restore_signals=False)
    expect(run.returncode, 1, run.stderr)
    told_once(run.stderr, "can't write", "File too large")
    publish(stack, "full", "--board", "free")
    same_files(files_of(stack.path("alone")), files_of(stack.path("full")))


def without_redis_it_ends_and_it_can_go_on(stack):
    process, _ = begin(stack, "away")
    stack.redis.kill()
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)
    expect(process.returncode, 1, err)
    told_once(err, "goes on from here")
    stack.start_redis()
    _, err = publish(stack, "away")
    assert "going on at post" in err, err
    same_files(files_of(stack.path("archive")), files_of(stack.path("away")),
               but=["boards.html"])
    shutil.rmtree(stack.path("away"))


if __name__ == "__main__":
    main(({**SETTINGS, "errors": True}, [
        a_board_of_a_thousand_posts_and_another_are_there,
        every_page_is_written,
        a_checker_of_links_finds_what_is_broken,
        no_link_is_broken_in_the_folder_and_every_file_is_reached,
        no_link_is_broken_where_a_plain_server_serves_it,
        what_people_linked_to_is_a_link_to_its_file,
        a_post_leads_to_its_neighbours_and_its_place_in_the_list,
        nothing_in_it_needs_a_worker,
        no_word_of_a_secret_or_a_deleted_post_is_in_it,
        it_is_in_the_boards_language,
        a_run_that_is_killed_goes_on_and_ends_with_the_same_bytes,
        killed_again_and_again_it_comes_to_the_same,
        two_runs_do_not_write_into_one_folder,
        posts_that_come_meanwhile_are_left_out,
        a_post_that_is_deleted_meanwhile_is_not_in_it,
        a_finished_archive_is_brought_up_to_date,
        one_board_alone_is_at_the_top,
        a_board_of_one_site_has_no_page_of_boards,
        without_an_address_pages_have_none,
        other_settings_begin_it_anew,
        on_a_terminal_there_is_a_bar,
        without_all_it_says_how_it_is_called,
        a_folder_of_somebodys_is_left_alone,
        a_full_disk_ends_it_and_it_can_go_on,
        without_redis_it_ends_and_it_can_go_on,
        an_empty_board_is_an_archive_too,
    ]))
