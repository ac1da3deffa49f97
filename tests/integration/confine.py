#!/usr/bin/env python3
"""What a worker gives up at start: that it has, and that it lives well with
the rest. What it can't do any more is tried in check_confinement.c.
"""

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import fastcgi
from claims import expect, rows
from stack import (FORM, SANITIZERS, WORKER, Stack, clean_environment,
                   free_port, main, posted_id, wait_for)
from worker import Readers, reload, write

ALL = ["privileges", "files", "system_calls", "core_dumps"]
# Which versions of Landlock leave nothing to say.
PORTS = 4


def own_folders(**settings):
    """A stack whose settings, templates and pages have a folder each."""
    stack = Stack(nginx=True, pages=True, errors=True, slots=2,
                  SITE_TIME_ZONE="Asia/Seoul", **settings)
    stack.own_templates()
    os.mkdir(stack.path("etc"))
    write(stack.path("etc/madang.hdf"), 'site.title = "First title"\n')
    for name in ("PAGES_FOLDER", "REDIS_ADDRESS"):
        stack.worker.env.pop(f"MADANG_{name}")
    settings_of(stack)
    stack.worker.argv += ["--config", stack.path("etc/madang.hdf")]
    return stack


def settings_of(stack, title="First title", **changes):
    """Puts a new file in the place of the old, as editors do."""
    values = {"site.title": title,
              "pages.folder": stack.settings["PAGES_FOLDER"],
              "redis.address": stack.settings["REDIS_ADDRESS"],
              **{k.replace("_", ".", 1): v for k, v in changes.items()}}
    path = stack.path("etc/madang.hdf")
    write(path + ".new", "".join(f'{name} = "{value}"\n'
                                 for name, value in values.items()))
    os.replace(path + ".new", path)


def by_name():
    """Redis at a port of a host that has to be looked up."""
    port = free_port()
    stack = own_folders(REDIS_ADDRESS=f"localhost:{port}")
    at = stack.redis.argv.index("--port")
    stack.redis.argv[at + 1] = str(port)
    return stack


def in_force(stack):
    """The parts that the log names, and what it says of those not in force."""
    lines = re.findall(r"confine: in force: (.*)", stack.worker.said())
    expect(len(lines), 1, "lines about it")
    there, _, lacking = lines[0].partition("; not: ")
    return re.sub(r" \([^)]*\)", "", there).split(", "), lacking


def landlock(stack):
    found = re.search(r"files \(Landlock (\d+)", stack.worker.said())
    return int(found[1]) if found else 0


def status_of(pid, name):
    """A field of all the threads of a process."""
    tasks = f"/proc/{pid}/task"
    found = set()
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/status", encoding="ascii") as file:
            found.add(re.search(rf"^{name}:\s*(\d+)$", file.read(), re.M)[1])
    return found


def the_log_says_what_is_in_force(stack):
    there, lacking = in_force(stack)
    wanted = [part for part in ALL if part not in lacking]
    expect(there, wanted)
    # What may be missing here, and why.
    for part in set(ALL) - set(there):
        known = {"files": "Landlock", "system_calls": "sanitizers"}[part]
        assert known in lacking, lacking
        print(f"# skipped: {lacking}")


def the_kernel_says_so_too(stack):
    there, _ = in_force(stack)
    assert "privileges" in there and "core_dumps" in there, there
    # A sanitizer has a thread of its own from before.
    if "thread" not in SANITIZERS:
        expect(status_of(stack.worker.process.pid, "NoNewPrivs"), {"1"})
    if not SANITIZERS:
        assert "system_calls" in there, there
        expect(status_of(stack.worker.process.pid, "Seccomp"), {"2"})


def visitors_write_and_read(stack):
    number = posted_id(stack.post("kim", "a post of a confined worker"))
    path = f"/posts/{number}"
    wait_for("the page to be a file", lambda: stack.http(
        "GET", path).header("Server-Timing") is None)
    text = stack.http("GET", path).text
    assert "a post of a confined worker" in text
    # The files are no longer there that say what time it is in Seoul.
    with stack.redis_client() as redis:
        redis("HSET", f"news:meta:{number}", "time", "1767225600000")
    wait_for("the date", lambda: "2026-01-01 09:00" in stack.http(
        "GET", path).text)


def plain_cgi_is_confined_too(stack):
    env = {**clean_environment(**stack.settings), **{
        name: os.fsdecode(value) for name, value in fastcgi.environment(
            "POST", "/", {"Content-Type": FORM}, 30).items()}}
    process = subprocess.Popen([WORKER], stdin=subprocess.PIPE, env=env,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        # It waits for the rest.
        process.stdin.write(b"full_name=kim&")
        process.stdin.flush()
        wait_for("the list", lambda: SANITIZERS or status_of(
            process.pid, "Seccomp") == {"2"}, 5)
        answer, said = process.communicate(b"data=by+plain+cgi")
    finally:
        process.kill()
        process.wait()
    posted_id(fastcgi.parse(answer))
    expect(said, b"", "a line of the log for each request")


def sighup_takes_a_file_and_a_template_that_an_editor_replaced(stack):
    path = stack.path("templates/stream.cs")
    shutil.copy(path, path + ".new")
    with open(path + ".new", "a", encoding="utf-8") as file:
        file.write("<!-- a new ending -->\n")
    os.replace(path + ".new", path)
    settings_of(stack, "Second title")
    with Readers(stack) as readers:
        reload(stack, "Second title")
    expect(readers.faults[:3], [])
    wait_for("the new template", lambda: b"a new ending" in stack.ask(
        "GET", "/all").body)
    visitors_write_and_read(stack)


def refused(stack, *words):
    """A SIGHUP after which the old settings go on."""
    before = len(stack.worker.said())
    stack.worker.send(signal.SIGHUP)
    wait_for("a line of the log", lambda: "not reloaded" in
             stack.worker.said()[before:])
    said = stack.worker.said()[before:]
    for word in words:
        assert word in said, said
    assert "tart it again" in said, said
    posted_id(stack.post("lee", f"after {words[0]} was refused"))


def sighup_to_another_page_store_is_refused(stack):
    if landlock(stack) == 0:
        print("# skipped: no Landlock here")
        return
    elsewhere = tempfile.mkdtemp(prefix="madang-", dir="/tmp")
    atexit.register(shutil.rmtree, elsewhere, ignore_errors=True)
    others = os.path.join(elsewhere, "pages")
    settings_of(stack, "Third title", pages_folder=others)
    refused(stack, elsewhere, "out of this worker's reach")
    expect(os.listdir(elsewhere), [])
    # As it says:
    stack.worker.stop()
    assert not os.path.exists(stack.socket), "the socket is still there"
    stack.start_worker()
    reload(stack, "Third title")
    wait_for("a page there", lambda: stack.http("GET", "/list") and
             os.listdir(others))


def a_page_store_that_was_removed_is_made_again(stack):
    def is_file():
        return stack.http("GET", "/list").header("Server-Timing") is None
    wait_for("a page", is_file)
    shutil.rmtree(stack.path("pages"))
    wait_for("the page again", is_file)
    number = posted_id(stack.post("kim", "which the list has at once"))
    assert f"/posts/{number}" in stack.http("GET", "/list").page.links


def sighup_to_another_port_of_redis_is_refused(stack):
    if landlock(stack) < PORTS:
        print("# skipped: no TCP ports here")
        return
    settings_of(stack, "Fourth title",
                redis_address=f"127.0.0.1:{free_port()}")
    refused(stack, "TCP port")
    settings_of(stack, "Fifth title")
    reload(stack, "Fifth title")


def redis_by_name_is_found_again(stack):
    posted_id(stack.post("kim", "by name"))
    stack.redis.stop()
    stack.start_redis()
    wait_for("Redis", lambda: stack.ask("GET", "/healthz").status == 200)
    posted_id(stack.post("kim", "by name, again"))


def switched_off_nothing_is_in_force(stack):
    there, lacking = in_force(stack)
    expect(there, ["nothing"])
    expect(lacking, ", ".join(f"{part} (switched off)" for part in ALL))
    expect(status_of(stack.worker.process.pid, "NoNewPrivs"), {"0"})
    expect(status_of(stack.worker.process.pid, "Seccomp"), {"0"})


# Ports that other machines reach

REFUSED = "set listen_beyond_loopback = 1"


def started(stack, words, stdin=subprocess.DEVNULL, **settings):
    env = clean_environment(**{**stack.settings, **settings})
    return subprocess.Popen([WORKER, *words], stdin=stdin, env=env,
                            stderr=subprocess.PIPE, text=True)


def serves(process, port):
    try:
        wait_for("the port", lambda: fastcgi.ask(
            ("127.0.0.1", port), "GET", "/healthz").status == 200)
        process.terminate()
        expect(process.wait(20), 0, "exit status")
    finally:
        process.kill()
        process.communicate()


@rows([("every address", ""), ("every address of IPv4", "0.0.0.0")])
def a_port_that_others_reach_takes_two_settings(stack, host):
    port = free_port()
    words = ["serve", "--listen", f"{host}:{port}"]
    process = started(stack, words)
    said = process.communicate(timeout=20)[1]
    assert process.returncode > 0, "it serves"
    assert REFUSED in said, said
    serves(started(stack, words, LISTEN_BEYOND_LOOPBACK=1), port)


def so_does_one_on_fd_0(stack):
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        listening.listen(16)
        process = started(stack, [], listening)
        said = process.communicate(timeout=20)[1]
        assert process.returncode > 0, "it serves"
        assert REFUSED in said, said
        serves(started(stack, [], listening, LISTEN_BEYOND_LOOPBACK=1),
               listening.getsockname()[1])


if __name__ == "__main__":
    main(
        (own_folders, [
            the_log_says_what_is_in_force,
            the_kernel_says_so_too,
            visitors_write_and_read,
            plain_cgi_is_confined_too,
            a_page_store_that_was_removed_is_made_again,
            sighup_takes_a_file_and_a_template_that_an_editor_replaced,
            sighup_to_another_page_store_is_refused,
        ]),
        (by_name, [
            the_log_says_what_is_in_force,
            visitors_write_and_read,
            redis_by_name_is_found_again,
            sighup_to_another_port_of_redis_is_refused,
        ]),
        ({"CONFINE_PRIVILEGES": 0, "CONFINE_FILES": 0,
          "CONFINE_SYSTEM_CALLS": 0, "CONFINE_CORE_DUMPS": 0}, [
            switched_off_nothing_is_in_force,
        ]),
        ({}, [
            the_log_says_what_is_in_force,
            a_port_that_others_reach_takes_two_settings,
            so_does_one_on_fd_0,
        ]),
    )
