#!/usr/bin/env python3
"""The log: to a file that is rotated, to syslog, as JSON; and the number of a
request, which its lines have and the page of its error.
"""

import json
import os
import re
import signal
import socket

from claims import expect
from stack import FORM, Stack, main, posted_id, wait_for

ID = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")
NGINX_ID = re.compile(r"[0-9a-f]{32}")
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (error|warning|info) "
                  r"(\w+): (.*?)(?: \(request ([0-9a-f]+)\))?")
OURS = "0123456789abcdef" * 2


def lines_of(path):
    """(level, module, message, request) of each; a line of another kind is a
    failure."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text == "" or text.endswith("\n"), text[-200:]
    found = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        found.append(match.groups())
    return found


class Logging(Stack):
    """log.to is a file in a folder of its own, or what to makes of the
    stack's folder; a file of settings says so."""

    def __init__(self, to="{}/logs/madang.log", **settings):
        super().__init__(errors=True, **settings)
        for folder in ("logs", "etc"):
            os.mkdir(self.path(folder))
        self.log_to(to.format(self.state))
        self.worker.argv += ["--config", self.path("etc/madang.hdf")]

    def log_to(self, to):
        with open(self.path("etc/madang.hdf"), "w", encoding="utf-8") as file:
            file.write(f'log.to = "{to}"\n')


def reload(stack, path):
    stack.worker.send(signal.SIGHUP)
    wait_for("the reload", lambda: os.path.exists(path) and
             "worker: reloaded" in open(path, encoding="utf-8").read())


# Files

def a_file_has_all_of_it_and_standard_error_nothing(stack):
    posted_id(stack.post("kim", "a post", via_nginx=False))
    said = lines_of(stack.path("logs/madang.log"))
    modules = [module for _, module, _, _ in said]
    assert "confine" in modules and "worker" in modules, said
    expect(stack.worker.said(), "")


def logrotate_needs_a_rename_and_a_sighup(stack):
    path = stack.path("logs/madang.log")
    os.rename(path, path + ".1")
    before = len(lines_of(path + ".1"))
    assert before > 0
    reload(stack, path)
    old, new = lines_of(path + ".1"), lines_of(path)
    expect(len(old), before, "lines that came after the rename")
    assert any("reloaded" in line[2] for line in new), new
    expect(os.stat(path).st_mode & 0o027, 0, "who else may read it")
    expect(stack.worker.said(), "")


def a_reload_that_fails_opens_it_anew_too(stack):
    path = stack.path("logs/madang.log")
    os.rename(path, path + ".2")
    # A template that a reload stumbles over.
    folder = stack.settings["FILES_TEMPLATES"]
    with open(os.path.join(folder, "list.cs"), "a", encoding="utf-8") as file:
        file.write("<?cs if:")
    stack.worker.send(signal.SIGHUP)
    wait_for("a line", lambda: os.path.exists(path) and
             any("not reloaded" in line[2] for line in lines_of(path)))
    expect(stack.ask("GET", "/list").status, 200)


def another_folder_takes_a_new_start(stack):
    """Where Landlock is in force; else the log moves there."""
    path = stack.path("logs/madang.log")
    confined = any("files (Landlock" in line[2]
                   for line in lines_of(path + ".1"))
    os.mkdir(stack.path("others"))
    other = stack.path("others/madang.log")
    stack.log_to(other)
    before = len(lines_of(path))
    stack.worker.send(signal.SIGHUP)
    if not confined:
        print("# no Landlock here")
        wait_for("the other", lambda: os.path.exists(other))
        return
    wait_for("a line", lambda: "not reloaded" in
             "".join(line[2] for line in lines_of(path)[before:]))
    assert any("others is out of this worker's reach" in line[2]
               for line in lines_of(path)[before:]), lines_of(path)[before:]
    assert not os.path.exists(other)
    stack.log_to(path)


def own_templates(**settings):
    def make():
        stack = Logging(**settings)
        stack.own_templates()
        return stack
    return make


def a_disk_that_is_full_hurts_no_request(stack):
    """/dev/full takes nothing: all of it is on standard error instead."""
    for i in range(20):
        posted_id(stack.post("kim", f"post {i}", via_nginx=False))
        expect(stack.ask("GET", "/list").status, 200)
    wait_for("the lines of requests",
             lambda: stack.worker.said().count("info request: ") >= 40)
    said = stack.worker.said()
    assert "serving with" in said, said
    expect(said.count("info request: "), len(re.findall(
        r"^\S+ info request: .*ms, \d round trips \(request [0-9a-f]+\)$",
        said, re.M)), "whole lines of requests")


# JSON

def each_line_is_json(stack):
    stack.redis.stop()
    for path in ("/list", "/posts/1", "/none", "/?q=\"\\"):
        stack.ask("GET", path)
    stack.start_redis()
    stack.ask("GET", "/list")
    path = stack.path("logs/madang.log")
    found = []

    def are_there():
        with open(path, encoding="utf-8") as file:
            found[:] = [json.loads(line) for line in file]
        return len([line for line in found
                    if line["module"] == "request"]) >= 5
    wait_for("the lines of requests", are_there)
    for line in found:
        assert {"time", "level", "module", "pid", "message"} <= set(line), \
            line
        assert set(line) <= {"time", "level", "module", "pid", "message",
                             "request"}, line
        expect(line["pid"], stack.worker.process.pid)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                            line["time"]), line
    away = [line for line in found if "is away" in line["message"]]
    assert away and away[0]["level"] == "error", found
    assert ID.fullmatch(away[0]["request"]), away
    requests = [line for line in found if line["module"] == "request"]
    assert any("GET /posts/#: 503" in line["message"] for line in requests)
    assert any("GET (none): 404" in line["message"] for line in requests)
    expect(len({line["request"] for line in requests}), len(requests))


# Syslog

def syslog_of(settings):
    def make():
        stack = Logging(to="syslog:{}/dev-log", **settings)
        stack.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        stack.heard.bind(stack.path("dev-log"))
        stack.heard.settimeout(5)
        return stack
    return make


def syslog_hears_it_from_a_confined_worker(stack):
    pattern = re.compile(r"<(27|28|30)>[A-Z][a-z]{2} [ \d]\d "
                         r"\d\d:\d\d:\d\d madang\[(\d+)\]: (.*)", re.S)
    stack.heard.setblocking(False)

    def said():
        found = []
        while True:
            try:
                data = stack.heard.recv(4096).decode("utf-8")
            except BlockingIOError:
                return found
            match = pattern.fullmatch(data)
            assert match, data
            expect(int(match[2]), stack.worker.process.pid)
            found.append((match[1], match[3]))
    first = said()
    assert ("30", "info worker: serving with 4 slots") in first, first
    # After the start the socket is connected to anew.
    stack.heard.close()
    os.unlink(stack.path("dev-log"))
    stack.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stack.heard.bind(stack.path("dev-log"))
    stack.heard.setblocking(False)
    stack.redis.stop()
    expect(stack.ask("GET", "/list").status, 503)
    stack.start_redis()
    again = said()
    assert any(severity == "27" and "is away" in text
               for severity, text in again), again


# A request's number

def number_on(answer):
    found = re.findall(r'<p class="number">[^<]+<code>([^<]+)</code></p>',
                       answer.text)
    expect(len(found), 1, answer.text[:300])
    return found[0]


def an_error_page_its_header_and_its_lines_have_one_number(stack):
    with stack.redis_client() as redis:
        redis("SET", "post_id", "no list")
    before = len(stack.worker.said())
    answer = stack.ask("GET", "/list")
    expect(answer.status, 500)
    number = number_on(answer)
    assert ID.fullmatch(number), number
    expect(answer.header("X-Request-Id"), number)

    def is_in_a_line_with(*words):
        return any(all(word in line for word in (number, *words))
                   for line in stack.worker.said()[before:].splitlines())
    assert is_in_a_line_with("error", "WRONGTYPE"), stack.worker.said()
    # Behind the answer: nobody waits for a line.
    wait_for("the request's line",
             lambda: is_in_a_line_with("request: GET /list: 500"))
    for language in ("en", "ko"):
        answer = stack.ask("POST", "/", b"full_name=a&data=b", {
            "Content-Type": FORM, "Accept-Language": language})
        expect(answer.status, 500)
        expect(number_on(answer), answer.header("X-Request-Id"))
    with stack.redis_client() as redis:
        redis("DEL", "post_id")


def each_request_has_another(stack):
    numbers = [stack.ask("PUT", "/list").header("X-Request-Id")
               for _ in range(50)]
    expect(len(set(numbers)), 50)


def the_web_servers_number_is_taken_and_no_visitors(stack):
    answer = stack.ask("PUT", "/list", REQUEST_ID=OURS)
    expect((number_on(answer), answer.header("X-Request-Id")), (OURS, OURS))
    for wrong in (OURS[:-1], OURS + "0", OURS.upper(), "g" * 32, "",
                  "0123456789abcde\n" * 2, "<b>" + "0" * 29):
        answer = stack.ask("PUT", "/list", REQUEST_ID=wrong)
        assert re.fullmatch(r"[0-9a-f]{16}", number_on(answer)), wrong
    answer = stack.ask("PUT", "/list", headers={
        "X-Request-Id": OURS, "Request-Id": OURS})
    assert OURS not in answer.text
    assert answer.header("X-Request-Id") != OURS


def nginx_gives_its_own(stack):
    numbers = set()
    for _ in range(5):
        answer = stack.http("PUT", "/list", headers={"X-Request-Id": OURS})
        expect(answer.status, 405)
        number = answer.header("X-Request-Id")
        assert NGINX_ID.fullmatch(number) and number != OURS, number
        expect(number_on(answer), number)
        numbers.add(number)
    expect(len(numbers), 5)


def what_may_be_a_file_has_none(stack):
    for path in ("/", "/list", "/none", "/posts/99", "/robots.txt"):
        answer = stack.ask("GET", path)
        expect(answer.header("X-Request-Id"), None, path)
        assert 'class="number"' not in answer.text, path


def no_ones_words_are_in_it(stack):
    stack.post("words-of-kim", "words-of-the-post", via_nginx=False)
    stack.ask("GET", "/words-in-the-path?key=words-in-the-query",
              headers={"User-Agent": "words-of-a-browser"})
    wait_for("the request's line",
             lambda: "request: GET (none): 404" in stack.worker.said())
    said = stack.worker.said()
    assert "words-" not in said and "192.0.2.7" not in said, said[-500:]


if __name__ == "__main__":
    main(
        (own_templates(), [
            a_file_has_all_of_it_and_standard_error_nothing,
            logrotate_needs_a_rename_and_a_sighup,
            another_folder_takes_a_new_start,
            a_reload_that_fails_opens_it_anew_too,
        ]),
        (lambda: Logging(to="/dev/full", LOG_REQUESTS=1), [
            a_disk_that_is_full_hurts_no_request,
        ]),
        (lambda: Logging(LOG_FORMAT="json", LOG_REQUESTS=1), [
            each_line_is_json,
        ]),
        (syslog_of({}), [
            syslog_hears_it_from_a_confined_worker,
        ]),
        ({"nginx": True, "errors": True, "LOG_REQUESTS": 1}, [
            an_error_page_its_header_and_its_lines_have_one_number,
            each_request_has_another,
            the_web_servers_number_is_taken_and_no_visitors,
            nginx_gives_its_own,
            what_may_be_a_file_has_none,
            no_ones_words_are_in_it,
        ]),
    )
