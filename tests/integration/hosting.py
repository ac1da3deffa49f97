#!/usr/bin/python3
"""Shared hosting, as `make hosting` prepares it: nothing secret is read from
the web, nothing of the host is needed, the account's Redis is kept running, and
a board in a folder, or on a host that has CGI only, is a board.
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from urllib.parse import urlencode

import stack as stacks
from claims import expect
from contract import CLAIMS
from hosted import Hosted
from life import SETTINGS, life_in
from stack import SKIPPED, main, posted_id, wait_for
from webservers import can_be

SECRETS = ("madang.hdf", "all-settings.hdf", "dump.rdb", "redis.sock",
           "redis.conf", "redis.log", "redis.pid", "keep-redis.sh",
           "appendonly.aof.1.incr.aof", "appendonly.aof.manifest",
           "madang.hdf.bak", "madang.hdf~", "MADANG.HDF", ".env", "old.sql")
SECRET = "nobody may read this"
REQUESTS = 30


def get(stack, path):
    return stack.http("GET", path)


def nothing_secret_is_read_from_the_web(stack):
    put = []
    for folder in ("", "static", "cache", "madang"):
        os.makedirs(os.path.join(stack.web, folder), exist_ok=True)
        for name in SECRETS:
            put.append(os.path.join(folder, name))
            with open(os.path.join(stack.web, put[-1]), "w",
                      encoding="utf-8") as file:
                file.write(SECRET)
    try:
        for name in put:
            for path in (f"/{name}", f"//{name}", f"/{name}/", f"/{name}?x",
                         "/" + name.replace(".", "%2e")):
                answer = get(stack, path)
                assert SECRET not in answer.text, path
                assert answer.status in (301, 403, 404), (path, answer.status)
    finally:
        for name in put:
            os.remove(os.path.join(stack.web, name))
    for path in ("/.htaccess", "/cache/", "/static/", "/madang/"):
        assert get(stack, path).status in (301, 403, 404), path
    for path in ("/../madang/madang.hdf", "/%2e%2e/madang/madang.hdf"):
        assert get(stack, path).status in (400, 403, 404), path


def all_of_it_in_the_public_folder_is_still_closed(stack):
    """Where FTP leads nowhere else."""
    inside = os.path.join(stack.web, "madang")
    os.rename(stack.private, inside)
    try:
        for path in ("madang.hdf", "madang", "assets.hdf", "bin/madang",
                     "lib/ld.so", "templates/list.cs", "redis.conf"):
            expect(get(stack, "/madang/" + path).status, 403, path)
    finally:
        os.rename(inside, stack.private)


def the_hosts_libraries_are_not_needed(stack):
    expect(get(stack, "/list").status, 200)
    maps = [f"/proc/{pid}/maps" for pid in programs(stack)]
    assert maps
    for path in maps:
        with open(path, encoding="utf-8") as file:
            files = set(re.findall(r" (/.*)$", file.read(), re.MULTILINE))
        loaded = {name for name in files if ".so" in name or "bin" in name}
        assert len(loaded) > 5, files
        for name in loaded:
            assert name.startswith(stack.private), name


def the_owners_commands_work(stack):
    number = posted_id(stack.post("n", "to be deleted"))
    checked = stack.owner("check")
    expect(checked.returncode, 0, checked.stdout + checked.stderr)
    expect(stack.owner("delete", str(number)).returncode, 0)
    expect(get(stack, f"/posts/{number}").status, 404)


def processes():
    return filter(str.isdigit, os.listdir("/proc"))


def programs(stack):
    """The ids of the processes of the account's madang."""
    path = os.path.join(stack.private, "bin/madang").encode()
    found = []
    for pid in processes():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if path in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


def redis_servers(stack):
    """The ids of the processes in the folder of the data."""
    data = os.path.join(stack.private, "data")
    found = []
    for pid in processes():
        try:
            if os.readlink(f"/proc/{pid}/cwd") == data:
                found.append(int(pid))
        except OSError:
            pass
    return found


def a_page_that_cannot_be_read_is_made_anew(stack):
    """As one that was thrown away between the look for it and the reading."""
    name = os.path.join(stack.store, "b./lists/en-list--")
    wait_for("a page", lambda: get(stack, "/list") and os.path.exists(name))
    if os.getuid() == 0:  # httpd is nobody's
        os.chmod(name, 0)
        answer = get(stack, "/list")
        expect(answer.status, 200)
        assert answer.header("Server-Timing"), answer.headers


def redis_of(stack):
    """Its id, of which there is one."""
    with stack.redis_client() as redis:
        return int(redis.info("server")["process_id"])


def cron_starts_no_second_redis(stack):
    first = redis_of(stack)
    runs = [subprocess.Popen(stack.as_account(
        os.path.join(stack.private, "keep-redis.sh")),
        env={"PATH": "/usr/bin:/bin"}) for _ in range(8)]
    for run in runs:
        expect(run.wait(), 0)
    time.sleep(0.5)
    expect(redis_of(stack), first)
    expect(redis_servers(stack), [redis_of(stack)])


def a_redis_that_was_killed_is_back_with_every_post(stack):
    for i in range(3):
        answer = write(stack, f"kept {i}")
        number = re.search(r"posted=(\d+)", answer.header("Location"))[1]
        os.kill(redis_of(stack), signal.SIGKILL)
        expect(write(stack, f"lost {i}").status, 503)
        # Two minutes at once: one of them starts it.
        for run in [subprocess.Popen(stack.as_account(
                os.path.join(stack.private, "keep-redis.sh")),
                env={"PATH": "/usr/bin:/bin"}) for _ in range(2)]:
            expect(run.wait(), 0)
        wait_for("Redis", stack._redis_answers)
        expect(redis_servers(stack), [redis_of(stack)])
        shown = f"/{stack.folder}/posts/{number}"
        wait_for("the post", lambda: f"kept {i}" in get(stack, shown).text)


def nobody_else_reaches_that_redis(stack):
    for name, mode in (("data", 0o700), ("data/redis.sock", 0o700)):
        found = os.stat(os.path.join(stack.private, name)).st_mode & 0o777
        expect(oct(found), oct(mode), name)
    expect(stack.redis_client()("CONFIG", "GET", "port")[1], b"0")


def write(stack, text):
    return stack.http("POST", f"/{stack.folder}/",
                        urlencode({"full_name": "kim", "data": text}).encode(),
                        {"Content-Type": stacks.FORM})


def a_board_in_a_folder_is_a_board(stack):
    base = "/" + stack.folder
    page = get(stack, base + "/").page
    for link in page.links:
        assert link.startswith((base, "#")), link
    style = re.search(r'href="(/[^"]+\.css)"', get(stack, base + "/").text)[1]
    assert style.startswith(base + "/static/"), style
    expect(get(stack, style).status, 200)
    where = write(stack, "hello from a folder").header("Location")
    assert where.startswith(base + "/?posted="), where
    assert "hello from a folder" in get(stack, where).text
    assert "hello from a folder" in get(stack, base + "/all").text
    expect(get(stack, base + "/none").status, 404)
    expect(get(stack, base + "/madang.hdf").status, 403)
    # The rest of the site is not the board's.
    expect(get(stack, "/list").status, 404)


def pages_of_a_folder_are_files_too(stack):
    base = "/" + stack.folder
    write(stack, "a text for the files")
    for path, name in (("/", "b./lists/en-home--"),
                       ("/list", "b./lists/en-list--"),
                       ("/list.json", "b./lists/en-list--.json"),
                       ("/list.atom", "b./lists/en-list--.atom"),
                       ("/posts/1", "b./threads/t/1/en-posts--"),
                       ("/sitemap.xml", "site/en--sitemap.xml")):
        name = os.path.join(stack.store, name)
        wait_for(name, lambda: get(stack, base + path) and
                 os.path.exists(name))
        answer = get(stack, base + path)
        expect(answer.status, 200, path)
        assert not answer.header("Server-Timing"), path
        with open(name, encoding="utf-8") as file:
            expect(answer.text, file.read(), path)
        zipped = stack.http("GET", base + path,
                            headers={"Accept-Encoding": "gzip"})
        # What is short is kept as it is.
        expect(zipped.header("Content-Encoding"),
               "gzip" if os.path.exists(name + ".gz") else None, path)
        assert not zipped.header("Server-Timing"), path
        for where in re.findall(r'(?:href|action)="(/[^"]*)"', answer.text):
            assert where.startswith(base), (path, where)
        if os.getuid() == 0:  # httpd is nobody's
            os.chmod(name, 0)
            anew = get(stack, base + path)
            expect(anew.status, 200, path)
            assert anew.header("Server-Timing"), anew.headers
            os.chmod(name, 0o644)
    for path in ("/cache/", "/cache/pages/b./lists/en-list--"):
        expect(get(stack, base + path).status, 404, path)


def a_change_is_seen_in_a_folder_at_once(stack):
    for i in range(5):
        where = f"/{stack.folder}/list"
        wait_for("a file", lambda: not get(stack, where)
                 .header("Server-Timing"))
        write(stack, f"seen at once {i}")
        assert f"seen at once {i}" in get(stack, where).text


def without_its_program_a_folder_has_a_plain_page(stack):
    program = os.path.join(stack.private, "madang")
    os.rename(program, program + ".away")
    try:
        # httpd has one that runs, and asks it.
        os.utime(os.path.join(stack.web, "madang.fcgi"))
        for pid in programs(stack):
            os.kill(pid, signal.SIGKILL)
        answer = stack.http("GET", f"/{stack.folder}/list?x", timeout=120)
        assert answer.status in (500, 503), answer.status
        assert "Back in a moment" in answer.text, answer.text
    finally:
        os.rename(program + ".away", program)


def a_page_takes_milliseconds(stack):
    """One that is no file. The first one by mod_fcgid starts a program."""
    expect(get(stack, "/list?x").status, 200)
    times = []
    for i in range(REQUESTS):
        answer = get(stack, f"/list?{i}")
        expect(answer.status, 200)
        times.append(answer.seconds * 1000)
    print(f"# a page by {stack.by}: {statistics.median(times):.1f} ms, the "
          f"slowest of {REQUESTS} {max(times):.1f} ms")
    assert statistics.median(times) < 1000, times


def a_program_of_cgi_ends_with_its_request(stack):
    wait_for("no program", lambda: not programs(stack))


CLOSED = [nothing_secret_is_read_from_the_web,
          all_of_it_in_the_public_folder_is_still_closed]

if __name__ == "__main__":
    if not can_be(Hosted):
        print("# apache2-bin or libapache2-mod-fcgid is missing")
        sys.exit(SKIPPED)
    main((lambda: Hosted(), [the_hosts_libraries_are_not_needed,
                             the_owners_commands_work,
                             a_page_takes_milliseconds,
                             a_page_that_cannot_be_read_is_made_anew,
                             *CLOSED]),
         (lambda: Hosted(own_redis=True, folder="board", errors=True),
          [a_board_in_a_folder_is_a_board, pages_of_a_folder_are_files_too,
           a_change_is_seen_in_a_folder_at_once, cron_starts_no_second_redis,
           nobody_else_reaches_that_redis,
           a_redis_that_was_killed_is_back_with_every_post,
           without_its_program_a_folder_has_a_plain_page]),
         # 32 programs that start at once take longer to be answered.
         (lambda: Hosted(by="cgi", own_redis=True, pages=False,
                         REDIS_CONNECT_MS=5000, REDIS_COMMAND_MS=5000),
          CLAIMS),
         (lambda: Hosted(by="cgi", own_redis=True, **SETTINGS),
          [a_page_takes_milliseconds,
           a_program_of_cgi_ends_with_its_request, *CLOSED]),
         (lambda: Hosted(by="cgi", pages=False, **SETTINGS), life_in("ko")))
