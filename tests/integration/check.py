#!/usr/bin/env python3
"""`madang check`: each fault is made, the sentence on it is looked for, and
the command in it, carried out by its word, makes it right. What takes two users
is left out where this is not run as root, and that is said.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

from claims import expect, rows
from stack import WORKER, clean_environment, free_port, main, wait_for
from users import (OWNER, ROOT, WEB, Users, as_user, check, connects, finds,
                   group_of, is_right, mends)


# What is right

def all_is_right_and_it_says_what_it_saw(stack):
    lines = check(stack, "--url", stack.url(), "--nginx-conf",
                  stack.path("nginx.conf"))
    is_right(lines)
    for words in (("the worker at", "answers"), (WEB, "may connect"),
                  ("Redis has",), ("files: the worker may open",),
                  ("memory:",), ("confine.privileges",),
                  ("page store: the worker's user",),
                  ("page store", WEB, "may read"),
                  ("nginx:", "suits"), ("the board is at",),
                  ("static files",), ("compressed",), ("sends from it",)):
        finds(lines, "right", *words)
    finds(lines, "advice", "post.pepper")


def a_board_without_a_pepper_is_told_so_and_no_other(stack):
    lines = check(stack, POST_PEPPER="a long text that nobody knows")
    assert "post.pepper" not in "\n".join(lines), lines


def without_a_socket_it_looks_at_none(stack):
    lines = check(stack, "--listen", "")
    finds(lines, "right", "socket:", "listen is empty")
    is_right(lines)


def it_looks_at_no_web_server_that_it_was_not_told_of(stack):
    finds(check(stack), "advice", "web server", "--url")


@rows([("of IPv4", "0.0.0.0/0"), ("of IPv6", "10.0.0.0/8 ::/0"),
       ("in halves", "0.0.0.0/1 128.0.0.0/1")])
def proxies_that_are_everybody_are_wrong(stack, networks):
    finds(check(stack, WRITING_PROXIES=networks), "WRONG",
          "writing.proxies names everybody", "X-Forwarded-For")
    lines = check(stack, WRITING_UNLIMITED=networks)
    finds(lines, "advice", "writing.unlimited names everybody")
    is_right(lines)


# Modes

def mode(name, bits):
    return lambda stack: os.chmod(getattr(stack, name), bits)


def owner(name, who, group, bits):
    def change(stack):
        shutil.chown(getattr(stack, name), who, group)
        os.chmod(getattr(stack, name), bits)
    return change


CLOSED = [
    ("the socket is its owner's alone", mode("socket", 0o600), "write to",
     "madang.sock (mode 0600"),
    ("its folder is its owner's alone", mode("run", 0o700), "enter",
     "run (mode 0700"),
    ("a folder above is its owner's alone", mode("state", 0o700), "enter",
     "(mode 0700"),
    ("the socket is another group's",
     owner("socket", "daemon", "daemon", 0o660), "write to", "daemon:daemon"),
    ("its folder is another group's",
     owner("run", "daemon", "daemon", 0o750), "enter", "daemon:daemon"),
]


@rows(CLOSED)
def who_keeps_the_web_server_out_is_named_and_mended(stack, fault, *words):
    fault(stack)
    try:
        line = finds(check(stack), "WRONG", "socket:", WEB, "may not", *words)
        assert not connects(stack), "it can"
        mends(line)
        assert connects(stack), f"not mended by {line}"
        lines = check(stack)
        is_right(lines)
        finds(lines, "right", WEB, "may connect")
    finally:
        stack.make_right()


def a_link_on_the_way_is_followed(stack):
    link = stack.path("link")
    os.symlink(stack.run, link)
    os.chmod(stack.run, 0o700)
    try:
        line = finds(check(stack, "--listen", f"{link}/madang.sock"),
                     "WRONG", "socket:", "may not enter", "mode 0700")
        mends(line)
        finds(check(stack, "--listen", f"{link}/madang.sock"),
              "right", "socket:", WEB)
    finally:
        os.unlink(link)
        stack.make_right()


def an_access_list_is_not_taken_for_a_fault(stack):
    """acl(5), as setfacl -m u:nobody:x writes it: tag, permissions, id."""
    nobody = 0xffffffff
    entries = [(1, 7, nobody), (2, 1, pwd.getpwnam(WEB).pw_uid),
               (4, 0, nobody), (16, 1, nobody), (32, 0, nobody)]
    shutil.chown(stack.run, OWNER, group_of(OWNER))
    os.chmod(stack.run, 0o700)
    try:
        assert not connects(stack)
        os.setxattr(stack.run, "system.posix_acl_access",
                    struct.pack("<I", 2) + b"".join(
                        struct.pack("<HHI", *entry) for entry in entries))
        assert connects(stack)
        is_right(check(stack))
        os.removexattr(stack.run, "system.posix_acl_access")
    except OSError as why:
        print(f"# no access list can be written here: {why}")
    finally:
        stack.make_right()


def a_socket_for_everybody_is_wrong(stack):
    os.chmod(stack.run, 0o755)
    os.chmod(stack.socket, 0o666)
    try:
        mends(finds(check(stack), "WRONG", "socket: everybody", "visitor"))
        is_right(check(stack))
    finally:
        stack.make_right()


@rows([
    ("its folder", mode("pages", 0o700), "pages (mode 0700"),
    ("a folder above", mode("cache", 0o700), "cache (mode 0700"),
    ("a folder in it",
     lambda stack: os.chmod(stack.pages + "/pages", 0o700),
     "pages/pages (mode 0700"),
])
def a_page_store_that_the_web_server_cant_read_is_mended(stack, fault, word):
    stack.http("GET", "/list")
    stack.http("GET", "/list")
    wait_for("a page", lambda: os.path.isdir(stack.pages + "/pages"))
    fault(stack)
    try:
        lines = check(stack)
        finds(lines, "WRONG", "page store:", WEB, "may not enter", word)
        for line in lines:
            # The folder above is the worker's way, too.
            if line.startswith("WRONG  page store:"):
                mends(line)
        is_right(line for line in check(stack) if "page store" in line)
        assert as_user(WEB, "ls", stack.pages + "/pages") or \
            as_user(WEB, "test", "-x", stack.pages + "/pages")
    finally:
        os.chmod(stack.pages + "/pages", 0o755)
        stack.make_right()


def a_page_store_that_the_worker_cant_write_is_mended(stack):
    shutil.chown(stack.pages, "root", "root")
    try:
        line = finds(check(stack), "WRONG", "page store:", OWNER,
                     "may not write", "root:root")
        assert not as_user(OWNER, "test", "-w", stack.pages)
        mends(line)
        assert as_user(OWNER, "test", "-w", stack.pages)
        is_right(check(stack))
    finally:
        stack.make_right()


def a_page_store_that_is_gone_is_made(stack):
    shutil.move(stack.pages, stack.pages + ".away")
    try:
        line = finds(check(stack), "WRONG", "page store: there is no",
                     stack.pages)
        mends(line)
        lines = check(stack)
        is_right(lines)
        finds(lines, "right", "page store", OWNER, "may write")
    finally:
        shutil.rmtree(stack.pages, ignore_errors=True)
        shutil.move(stack.pages + ".away", stack.pages)


def a_page_store_without_the_sites_address_is_wrong(stack):
    finds(check(stack, SITE_URL=""), "WRONG", "page store:", "site.url")


def settings_with_a_secret_are_not_for_everybody(stack):
    with open(stack.config, "a", encoding="utf-8") as file:
        file.write('post.pepper = "a long text that nobody knows"\n')
    try:
        line = finds(check(stack), "WRONG", "secrets:", stack.config)
        mends(line)
        lines = check(stack)
        is_right(lines)
        finds(lines, "right", "secrets:", "not everybody")
        if ROOT:
            assert not as_user(WEB, "cat", stack.config)
            assert as_user(OWNER, "cat", stack.config)
    finally:
        stack.make_right()


def settings_that_the_worker_cant_read_are_mended(stack):
    os.chmod(stack.config, 0o600)
    try:
        line = finds(check(stack), "WRONG", "settings:", OWNER, "may not read")
        assert not as_user(OWNER, "cat", stack.config)
        mends(line)
        assert as_user(OWNER, "cat", stack.config)
        is_right(check(stack))
    finally:
        stack.make_right()


def settings_without_a_secret_are_nobodys_concern(stack):
    assert "secrets: " not in "\n".join(
        line for line in check(stack) if not line.startswith("advice"))


def a_web_user_that_is_not_there_is_named(stack):
    finds(check(stack, "--web-user", "no-such-user"), "WRONG", "no-such-user")


# The worker

def is_stopped(number):
    """Each thread of a process, by proc(5)."""
    tasks = f"/proc/{number}/task"
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/stat", encoding="utf-8") as file:
            if file.read().rpartition(")")[2].split()[0] != "T":
                return False
    return True


def a_worker_that_hangs_is_told_from_one_that_is_not_there(stack):
    hung = dict(LIMITS_QUEUE_MS=500)
    stack.worker.send(signal.SIGSTOP)
    try:
        wait_for("the worker to stop",
                 lambda: is_stopped(stack.worker.process.pid))
        began = time.monotonic()
        finds(check(stack, **hung), "WRONG", "socket:", "said nothing")
        assert time.monotonic() - began < 10
    finally:
        stack.worker.send(signal.SIGCONT)
    finds(check(stack, **hung), "right", "socket: the worker at", "answers")


def a_worker_that_is_not_well_is_quoted(stack):
    stack.redis.send(signal.SIGSTOP)
    try:
        lines = check(stack)
    finally:
        stack.redis.send(signal.SIGCONT)
    finds(lines, "WRONG", "socket:", "not well", '"')
    finds(lines, "WRONG", "Redis:", "does not answer")
    wait_for("Redis for the worker",
             lambda: stack.ask("GET", "/healthz").status == 200)


def a_worker_that_is_gone_is_missed(stack):
    stack.worker.kill()
    try:
        finds(check(stack), "WRONG", "socket: nobody listens", stack.socket)
        os.unlink(stack.socket)
        finds(check(stack), "WRONG", "socket: there is no", stack.socket)
        with open(stack.socket, "w", encoding="utf-8"):
            pass
        finds(check(stack), "WRONG", "socket:", "no socket")
        os.unlink(stack.socket)
    finally:
        stack.start_worker()


def a_worker_is_known_whoever_opened_its_socket(stack):
    """As systemd and spawn-fcgi do: as root, and the worker is another."""
    stack.worker.stop()
    words, stack.worker.argv = stack.worker.argv, [
        word for word in stack.worker.argv
        if word not in ("--listen", stack.socket)]
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(stack.socket)
            opened.listen(64)
            os.chmod(stack.socket, 0o660)
            stack.start_worker(stdin=opened.fileno())
        lines = check(stack)
        finds(lines, "right", "page store: the worker's user", OWNER)
        finds(lines, "right", "files: the worker may open")
    finally:
        stack.worker.stop()
        stack.worker.argv = words
        os.unlink(stack.socket)
        stack.start_worker()
        stack.make_right()


@rows([("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n"), ("nothing", b""),
       ("half a record", b"\1\6\0\1\0\xff\0\0abc"),
       ("records without an end", b"\1\6\0\1\0\0\0\0" * 3)])
def who_speaks_something_else_is_told_apart(stack, said):
    path = stack.path("other.sock")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen(1)
        child = os.fork()
        if child == 0:
            try:
                guest, _ = other.accept()
                guest.recv(4096)
                guest.sendall(said)
                guest.close()
            finally:
                os._exit(0)
        lines = check(stack, "--listen", path)
        os.waitpid(child, 0)
    os.unlink(path)
    finds(lines, "WRONG", "socket:", "does not speak FastCGI")


def a_full_queue_is_told(stack):
    path = stack.path("full.sock")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen(0)
        guests = []
        try:
            while True:
                guest = socket.socket(socket.AF_UNIX)
                guest.setblocking(False)
                guests.append(guest)
                guest.connect(path)
        except BlockingIOError:
            pass
        lines = check(stack, "--listen", path)
        for guest in guests:
            guest.close()
    os.unlink(path)
    finds(lines, "WRONG", "socket: more wait")


def a_port_is_for_the_web_server_alone(stack):
    port = free_port()
    finds(check(stack, "--listen", f"127.0.0.1:{port}"), "WRONG",
          "nobody listens")
    finds(check(stack, "--listen", f"127.0.0.1:{port}"), "advice",
          "every user of this machine")
    for host in ("0.0.0.0", "[::]", ""):
        finds(check(stack, "--listen", f"{host}:{port}"), "WRONG",
              "other machines would reach")
        finds(check(stack, "--listen", f"{host}:{port}",
                    LISTEN_BEYOND_LOOPBACK=1), "advice", "firewall")


def few_connections_of_redis_are_told(stack):
    with stack.redis_client() as redis:
        redis("CONFIG", "SET", "maxclients", 6)
        try:
            finds(check(stack), "WRONG", "connections:", "4 slots",
                  "maxclients 6")
        finally:
            redis("CONFIG", "SET", "maxclients", 1000)
    finds(check(stack), "right", "connections:", "1000")


def few_files_of_the_worker_are_told(stack):
    try:
        for few, kind in ((40, "WRONG"), (400, "advice")):
            stack.worker.stop()
            stack.worker.files = few
            stack.start_worker()
            finds(check(stack), kind, f"files: the worker may open {few}")
    finally:
        stack.worker.stop()
        stack.worker.files = None
        stack.start_worker()


def memory_that_is_not_there_is_told(stack):
    finds(check(stack, "--slots", "256", LIMITS_REQUEST_BYTES=1 << 30),
          "advice", "memory: 256 slots", "262144 MiB")


def what_is_switched_off_is_told(stack):
    lines = check(stack, CONFINE_FILES=0)
    finds(lines, "advice", "confine.files is 0")
    assert not any("confine.files will be" in line for line in lines)


def its_options_are_no_other_commands(stack):
    for words in (("serve", "--url", "http://localhost/"),
                  ("stats", "--web-user", "root"),
                  ("fsck", "--nginx-conf", "-")):
        done = subprocess.run([WORKER, *words], stdin=subprocess.DEVNULL,
                              env=clean_environment(**stack.settings),
                              timeout=20, capture_output=True)
        expect(done.returncode, 2, words)


def each_command_tells_what_it_takes(stack):
    every = subprocess.run([WORKER, "--help"], timeout=20, text=True,
                           capture_output=True).stdout
    words = set(re.findall(r"^(?:Usage:)? +madang \[?([a-z]+)", every, re.M))
    assert {"serve", "check", "board", "fsck"} <= words, words
    for word in sorted(words):
        for order in ([word, "--help"], ["--help", word]):
            done = subprocess.run([WORKER, *order], timeout=20, text=True,
                                  capture_output=True)
            expect(done.returncode, 0, word)
            assert f"madang-{word}(1)" in done.stdout, done.stdout
            for other in words - {word}:
                assert f"madang {other}" not in done.stdout, done.stdout


TESTS = [
    all_is_right_and_it_says_what_it_saw,
    a_board_without_a_pepper_is_told_so_and_no_other,
    without_a_socket_it_looks_at_none,
    it_looks_at_no_web_server_that_it_was_not_told_of,
    proxies_that_are_everybody_are_wrong,
    who_keeps_the_web_server_out_is_named_and_mended,
    a_link_on_the_way_is_followed,
    an_access_list_is_not_taken_for_a_fault,
    a_socket_for_everybody_is_wrong,
    a_page_store_that_the_web_server_cant_read_is_mended,
    a_page_store_that_the_worker_cant_write_is_mended,
    a_page_store_that_is_gone_is_made,
    a_page_store_without_the_sites_address_is_wrong,
    settings_with_a_secret_are_not_for_everybody,
    settings_that_the_worker_cant_read_are_mended,
    settings_without_a_secret_are_nobodys_concern,
    a_web_user_that_is_not_there_is_named,
    a_worker_that_hangs_is_told_from_one_that_is_not_there,
    a_worker_that_is_not_well_is_quoted,
    a_worker_that_is_gone_is_missed,
    a_worker_is_known_whoever_opened_its_socket,
    who_speaks_something_else_is_told_apart,
    a_full_queue_is_told,
    a_port_is_for_the_web_server_alone,
    few_connections_of_redis_are_told,
    few_files_of_the_worker_are_told,
    memory_that_is_not_there_is_told,
    what_is_switched_off_is_told,
    its_options_are_no_other_commands,
    each_command_tells_what_it_takes,
]
# Of users beside us.
OF_ROOT = {who_keeps_the_web_server_out_is_named_and_mended,
           a_link_on_the_way_is_followed,
           an_access_list_is_not_taken_for_a_fault,
           a_page_store_that_the_web_server_cant_read_is_mended,
           a_page_store_that_the_worker_cant_write_is_mended,
           a_page_store_that_is_gone_is_made,
           settings_that_the_worker_cant_read_are_mended}

if __name__ == "__main__":
    if not ROOT:
        print("# not as root, so the worker and who runs this are one user; "
              "left out: " + ", ".join(
                  test.__name__ for test in TESTS if test in OF_ROOT))
        TESTS = [test for test in TESTS if test not in OF_ROOT]
    main(((lambda: Users(errors=True)), TESTS))
