#!/usr/bin/env python3
"""The command line, the settings, and plain CGI: `madang` run as a visitor's
web server or an administrator runs it.
"""

import os
import signal
import subprocess
import time
from urllib.parse import urlencode

import fastcgi
from claims import expect, rows
from stack import (FAULTS, FORM, SOURCE, WORKER, clean_environment, main,
                   posted_id)


def run(stack, *words, stdin=b"", timeout=20, **settings):
    env = clean_environment(**{**stack.settings, **settings})
    return unharmed(subprocess.run([WORKER, *words], input=stdin, env=env,
                                   timeout=timeout, capture_output=True))


def unharmed(done):
    """No signal ended it, and no sanitizer has a word to say."""
    said = done.stderr.decode(errors="replace")
    assert not FAULTS.search(said), said
    assert done.returncode >= 0, f"signal {-done.returncode}"
    return done


def write(path, data):
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return path


def says_and_ends(done, *words):
    """An error ends it with a status, and names what is wrong."""
    assert done.returncode > 0, f"status {done.returncode}"
    said = (done.stdout + done.stderr).decode(errors="replace")
    for word in words:
        assert word in said, f"{word!r} is not in {said!r}"


# Words

def it_tells_its_version(stack):
    done = run(stack, "--version")
    expect(done.returncode, 0)
    assert done.stdout.startswith(b"madang "), done.stdout


def it_tells_what_it_can_do(stack):
    done = run(stack, "--help")
    expect(done.returncode, 0)
    for word in ("serve", "check", "--listen", "--slots", "--config",
                 "--version"):
        assert word in done.stdout.decode(), f"no {word}"


@rows([("an unknown command", ["dance"]),
       ("an unknown option", ["serve", "--colour"]),
       ("an option without its value", ["serve", "--listen"]),
       ("no slots", ["serve", "--listen", "/tmp/x.sock", "--slots", "0"]),
       ("slots in words", ["serve", "--listen", "/tmp/x.sock", "--slots",
                           "many"]),
       ("one word too many", ["check", "twice"])])
def wrong_words_are_refused(stack, words):
    done = run(stack, *words)
    assert done.returncode > 0, f"status {done.returncode}"
    assert done.stderr, "nothing is said"


def without_a_socket_it_says_what_it_wants(stack):
    done = unharmed(subprocess.run(
        [WORKER, "serve"], stdin=subprocess.DEVNULL, timeout=20,
        env=clean_environment(**stack.settings), capture_output=True))
    says_and_ends(done, "listen")


# Settings

@rows([
    ("an unknown one", b"\nsite.colour = red\n", ":2", "site.colour"),
    ("no number", b"slots = many\n", ":1", "slots"),
    ("a number out of range", b"# a\n# b\nslots = 0\n", ":3", "slots"),
    ("one too large for any number",
     b"limits.body_bytes = 99999999999999999999\n", ":1", "body_bytes"),
    ("a section that is not closed", b"site {\ntitle = a\n", ":", "hdf"),
    ("no UTF-8", b"site.title = \xff\n", ":1", "hdf"),
    ("two faults, both told", b"a = 1\nb = 2\n", ":1", ":2"),
])
def a_bad_setting_is_named_with_file_and_line(stack, text, *words):
    path = write(stack.path("bad.hdf"), text)
    for command in (("serve", "--listen", stack.path("x.sock")),
                    ("check",)):
        done = run(stack, *command, "--config", path)
        says_and_ends(done, path, *words)


def a_file_that_is_not_there_is_named(stack):
    path = stack.path("none.hdf")
    says_and_ends(run(stack, "serve", "--listen", stack.path("x.sock"),
                      "--config", path), path)


@rows([("no number", "SLOTS", "many"), ("out of range", "SLOTS", "0"),
       ("no language", "SITE_LANGUAGE", "xx"),
       ("an address without a port", "REDIS_ADDRESS", "localhost")])
def a_bad_variable_is_named(stack, name, value):
    done = run(stack, "serve", "--listen", stack.path("x.sock"),
               **{name: value})
    says_and_ends(done, f"MADANG_{name}")


def the_shipped_settings_are_the_defaults(stack):
    """And they are right: check has no complaint about them."""
    done = run(stack, "check", "--config",
               os.path.join(SOURCE, "conf", "madang.hdf"))
    expect(done.returncode, 0, (done.stdout + done.stderr).decode())


# check

def check_finds_a_good_board_good(stack):
    done = run(stack, "check")
    expect(done.returncode, 0, (done.stdout + done.stderr).decode())
    assert len((done.stdout + done.stderr).splitlines()) >= 3


def check_tells_of_a_redis_that_is_away(stack):
    gone = stack.path("none.sock")
    says_and_ends(run(stack, "check", REDIS_ADDRESS=gone), gone)


@rows([("appendfsync", "appendfsync", "everysec", "always"),
       ("appendonly", "appendonly", "no", "yes"),
       ("maxmemory-policy", "maxmemory-policy", "allkeys-lru",
        "noeviction")])
def check_warns_of_a_careless_redis(stack, name, careless, good):
    with stack.redis_client() as redis:
        redis("CONFIG", "SET", name, careless)
        try:
            done = run(stack, "check")
        finally:
            redis("CONFIG", "SET", name, good)
    said = (done.stdout + done.stderr).decode()
    assert name in said and careless in said, said


@rows([
    ("that does not end", "list.cs", "<?cs if:a ?>", "list.cs"),
    ("with an unknown command", "home.cs", "<?cs dance:a ?>", "home.cs"),
])
def a_broken_template_is_named(stack, name, text, word):
    folder = stack.path("broken")
    subprocess.run(["rm", "-rf", folder], check=True)
    subprocess.run(["cp", "-R", stack.settings["FILES_TEMPLATES"], folder],
                   check=True)
    path = os.path.join(folder, name)
    os.chmod(folder, 0o755)
    os.chmod(path, 0o644)
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)
    for command in (("serve", "--listen", stack.path("x.sock")),
                    ("check",)):
        says_and_ends(run(stack, *command, FILES_TEMPLATES=folder), word,
                      ":")


def a_template_that_is_missing_is_named(stack):
    folder = stack.path("empty")
    os.makedirs(folder, exist_ok=True)
    says_and_ends(run(stack, "serve", "--listen", stack.path("x.sock"),
                      FILES_TEMPLATES=folder), folder)


# Plain CGI

def cgi(stack, method, target, body=b"", words=("serve",), **params):
    """One request as a web server without FastCGI makes it."""
    env = clean_environment(**stack.settings)
    headers = {"Content-Type": FORM} if body else None
    variables = fastcgi.environment(method, target, headers, len(body))
    variables["PATH_INFO"] = os.fsdecode(variables["PATH_INFO"])
    env.update(variables)
    env.update(params)
    done = unharmed(subprocess.run([WORKER, *words], input=body, env=env,
                                   timeout=20, capture_output=True))
    expect(done.returncode, 0, done.stderr.decode(errors="replace"))
    return fastcgi.parse(done.stdout)


@rows([("an option", ("--version",)), ("a command", ("check",)),
       ("nonsense", ("hello",)), ("a file", ("--config=/etc/passwd",)),
       ("a socket", ("--listen=madang-test-must-not-listen/x",))])
def a_query_is_no_command_line(stack, words):
    """RFC 3875 section 4.4: a query without = becomes arguments."""
    expect(cgi(stack, "GET", "/all", words=words).status, 200)


@rows([("without a word", ()), ("told to serve", ("serve",))])
def plain_cgi_is_answered(stack, words):
    text = f"by CGI {len(words)}"
    body = urlencode({"full_name": "cgi", "data": text}).encode()
    number = posted_id(cgi(stack, "POST", "/", body, words))
    answer = cgi(stack, "GET", "/all", words=words)
    expect(answer.status, 200)
    assert text in answer.page.words
    expect(cgi(stack, "GET", f"/posts/{number}", words=words).status, 200)
    head = cgi(stack, "HEAD", "/all", words=words)
    expect((head.status, head.body), (200, b""))
    expect(cgi(stack, "GET", "/none", words=words).status, 404)


def links_begin_with_the_scripts_name(stack):
    """Unless the web server chose the script, not the visitor."""
    for base, address in (("/cgi-bin/madang.cgi", "/cgi-bin/madang.cgi/all"),
                          ("/cgi-bin", "/cgi-bin/all")):
        answer = cgi(stack, "GET", "/all", SCRIPT_NAME="/cgi-bin/madang.cgi",
                     REQUEST_URI=address)
        ours = [link for link in answer.page.links if link.startswith("/")]
        assert f"{base}/list" in ours, ours
        for link in ours:
            assert link.startswith(base + "/"), link


def a_short_body_of_cgi_is_a_400(stack):
    expect(cgi(stack, "POST", "/", b"data=x", CONTENT_LENGTH="50").status,
           400)


def a_slow_body_of_cgi_is_a_408(stack):
    env = clean_environment(**stack.settings, LIMITS_BODY_MS=300)
    env.update(fastcgi.environment("POST", "/", {"Content-Type": FORM}, 50))
    env["PATH_INFO"] = "/"
    process = subprocess.Popen([WORKER, "serve"], env=env,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    began = time.monotonic()
    process.stdin.write(b"data=")
    process.stdin.flush()
    out = process.stdout.read()
    seconds = time.monotonic() - began
    process.stdin.close()
    expect(process.wait(10), 0, "exit status")
    expect(fastcgi.parse(out).status, 408)
    assert seconds < 3, f"{seconds:.1f} s"


def cgi_without_redis_is_a_503(stack):
    stack.redis.send(signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = cgi(stack, "GET", "/all")
        seconds = time.monotonic() - began
    finally:
        stack.redis.send(signal.SIGCONT)
    expect(answer.status, 503)
    assert seconds < 2.5, f"{seconds:.1f} s"


if __name__ == "__main__":
    main(({}, [
        it_tells_its_version,
        it_tells_what_it_can_do,
        wrong_words_are_refused,
        without_a_socket_it_says_what_it_wants,
        a_bad_setting_is_named_with_file_and_line,
        a_file_that_is_not_there_is_named,
        a_bad_variable_is_named,
        the_shipped_settings_are_the_defaults,
        check_finds_a_good_board_good,
        check_tells_of_a_redis_that_is_away,
        check_warns_of_a_careless_redis,
        a_broken_template_is_named,
        a_template_that_is_missing_is_named,
        a_query_is_no_command_line,
        plain_cgi_is_answered,
        links_begin_with_the_scripts_name,
        a_short_body_of_cgi_is_a_400,
        a_slow_body_of_cgi_is_a_408,
        cgi_without_redis_is_a_503,
    ]))
