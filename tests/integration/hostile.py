#!/usr/bin/env python3
"""Whoever means harm: lines put into headers, requests hidden in requests,
hosts and redirects of others, and passwords by the clock.
"""

import os
import re
import socket
import statistics
import struct
import time
from urllib.parse import urlencode

import fastcgi
from claims import expect, rows
from stack import FORM, SOURCE, main, posted_id

EVIL = "evil.example"
# What ends a line, or a text, or looks as if it did, for someone.
ENDS = [b"\r\n", b"\n", b"\r", b"\x00", b"\x0b", "\u0085".encode(),
        "\u560d\u560a".encode()]
LINE = b"X-Injected: yes"


def injections():
    return [b"a" + end + LINE + end + end + b"<p>" for end in ENDS]


# Headers

def variables(value):
    """Every place of a request that a visitor writes into."""
    encoded = "".join(f"%{byte:02x}" for byte in value)
    raw = {name: value for name in (
        "HTTP_HOST", "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_ORIGIN",
        "HTTP_IF_NONE_MATCH", "HTTP_ACCEPT_ENCODING", "HTTP_SEC_FETCH_SITE",
        "HTTP_REFERER", "CONTENT_TYPE", "REQUEST_METHOD", "SCRIPT_NAME",
        "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "REQUEST_SCHEME",
        "REMOTE_ADDR", "CONTENT_LENGTH", "HTTPS")}
    for name, text in raw.items():
        yield name, {name: text}
    yield "a cookie's value", {"HTTP_COOKIE": b"lang=ko" + value}
    yield "a tag", {"HTTP_IF_NONE_MATCH": b'W/"1-' + value + b'", *'}
    yield "a path below a board", {"PATH_INFO": b"/boards/" + value + b"/"}
    yield "a path with a slash", {"PATH_INFO": b"/" + value + b"/"}
    for name in ("posted", "mine", "key", "quote"):
        yield name, {"QUERY_STRING": f"{name}={encoded}"}


def unharmed(answer, what):
    expect(answer.all("X-Injected"), [], what)
    for name, value in answer.headers:
        assert re.fullmatch(r"[A-Za-z-]+", name), f"{what}: {name!r}"
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value), (
            f"{what}: {name}: {value!r}")


@rows([(repr(value[1:4]), value) for value in injections()])
def no_field_of_a_request_begins_a_line_in_an_answer(stack, value):
    for what, changed in variables(value):
        params = {**fastcgi.environment("GET", "/list"), **changed}
        # fastcgi.parse() takes no line that is no header.
        request = fastcgi.Request(stack.socket, params)
        unharmed(request.end().answer(), what)


@rows([(repr(value[1:4]), value) for value in injections()])
def no_field_of_a_form_begins_a_line_in_an_answer(stack, value):
    for path, fields in (
            ("/", {"full_name": value, "data": value, "title": value}),
            ("/write", {"full_name": "n", "data": "d", "once": value,
                        "category": value, "password": value}),
            ("/language", {"lang": "ko", "back": b"/" + value}),
            ("/language", {"lang": b"ko" + value}),
            ("/posts/1/unlock", {"password": value, "to": value}),
            ("/posts/1/reply", {"full_name": "n", "data": value,
                                "key": value, "parent": value}),
            ("/posts/1/edit", {"key": value, "version": value})):
        body = urlencode(fields).encode()
        for way in (stack.ask, stack.http):
            unharmed(way("POST", path, body, {"Content-Type": FORM}), path)


# Requests in requests

def say(stack, data, patience=10, end=False):
    """Bytes to nginx, and all that it answers until it closes."""
    with socket.create_connection(("127.0.0.1", stack.port),
                                  patience) as client:
        client.sendall(data)
        if end:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := client.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionError):
            pass
        return answer


def request(*lines, body=b""):
    return b"\r\n".join([b"POST / HTTP/1.1", b"Host: localhost",
                         b"Content-Type: " + FORM.encode(), *lines, b"",
                         b""]) + body


def statuses(answer):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def names(stack):
    with stack.redis_client() as redis:
        ids = redis("LRANGE", "post_id", 0, 99)
        return [redis("GET", b"news:name:" + number) for number in ids]


HIDDEN = urlencode({"full_name": "hidden", "data": "smuggled"}).encode()
SECOND = (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: " +
          FORM.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) +
          HIDDEN)
OPEN = b"full_name=open&data=seen&x="
WHOLE = OPEN + SECOND
CHUNKED = b"Transfer-Encoding: chunked"


def length(value):
    return b"Content-Length: " + str(value).encode()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


@rows([
    ("both lengths, chunked last", [length(len(WHOLE)), CHUNKED],
     b"0\r\n\r\n" + SECOND),
    ("both lengths, chunked first", [CHUNKED, length(5)],
     b"0\r\n\r\n" + SECOND),
    ("two lengths", [length(len(WHOLE)), length(len(OPEN))], WHOLE),
    ("two lengths, the shorter first", [length(len(OPEN)),
                                        length(len(WHOLE))], WHOLE),
    ("two lengths that agree", [length(len(WHOLE))] * 2, WHOLE),
    ("a list of lengths", [length(f"{len(WHOLE)}, {len(OPEN)}")], WHOLE),
    ("a length with a sign", [length(f"+{len(WHOLE)}")], WHOLE),
    ("a negative length", [length(-1)], WHOLE),
    ("a length in hexadecimal", [length(hex(len(WHOLE)))], WHOLE),
    ("a length beyond any", [length("9" * 30)], WHOLE),
    ("a length with a NUL", [b"Content-Length: 5\x00"], WHOLE),
    ("a space before the colon", [b"Content-Length : 5"], WHOLE),
    ("two codings", [b"Transfer-Encoding: chunked, identity"], WHOLE),
    ("two codings in two lines", [CHUNKED, b"Transfer-Encoding: identity"],
     chunk(WHOLE) + b"0\r\n\r\n"),
    ("a coding that is none", [b"Transfer-Encoding: xchunked"], WHOLE),
    ("a coding behind a control", [b"Transfer-Encoding: \x0bchunked"],
     WHOLE),
    ("a chunk's length with a sign", [CHUNKED],
     b"+5\r\nabcde\r\n0\r\n\r\n"),
    ("a chunk's length with 0x", [CHUNKED], b"0x5\r\nabcde\r\n0\r\n\r\n"),
    ("a chunk that is too long", [CHUNKED], b"5\r\nabcdefg\r\n0\r\n\r\n"),
    ("a chunk's length beyond any", [CHUNKED], b"f" * 17 + b"\r\nabc"),
    ("no host", [b"Host: other.example"], WHOLE),
])
def a_request_whose_end_is_in_doubt_is_refused(stack, lines, body):
    before = names(stack)
    answer = say(stack, request(*lines, body=body))
    codes = statuses(answer)
    assert codes and codes[0] in (400, 411, 413, 501), answer[:300]
    # What is behind it is nobody's request.
    expect(len(codes), 1, "answers")
    expect(names(stack), before, "what was stored")


@rows([
    ("by its length", [length(len(WHOLE))], WHOLE),
    ("by chunks", [CHUNKED], b"".join(chunk(WHOLE[i:i + 7])
                                      for i in range(0, len(WHOLE), 7)) +
     b"0\r\n\r\n"),
    ("by chunks with extensions and a trailer",
     [CHUNKED], b"%x;a=b\r\n%s\r\n0\r\nContent-Length: 3\r\n\r\n" % (
         len(WHOLE), WHOLE)),
])
def a_request_in_a_body_stays_words(stack, lines, body):
    before = names(stack)
    codes = statuses(say(stack, request(
        b"Connection: close", *lines, body=body)))
    # A field too many is in the body: what counts is that it's one body.
    expect(len(codes), 1, "answers")
    expect([name for name in names(stack)[:2] if name == b"hidden"], [])
    assert len(names(stack)) <= len(before) + 1


def a_body_that_ends_early_is_no_post(stack):
    before = names(stack)
    answer = say(stack, request(length(len(OPEN) + 50), body=OPEN), end=True)
    assert 303 not in statuses(answer), answer[:300]
    expect(names(stack), before)


@rows([
    ("by a folded line", b"X-A: b\r\n Cookie: lang=ko"),
    ("by a folded value", b"Cookie: a=b;\r\n\tlang=ko"),
    ("by underscores", b"Accept_Language: ko"),
    ("by a variable's name", b"HTTP_COOKIE: lang=ko"),
    ("by a variable's name with dashes", b"Http-Cookie: lang=ko"),
    ("by a space in a name", b"Cookie : lang=ko"),
    ("by a bare CR", b"X-A: b\rCookie: lang=ko"),
    ("by a NUL", b"X-A: b\x00\r\nX-B: Cookie: lang=ko"),
])
def a_header_that_is_none_chooses_nothing(stack, line):
    answer = say(stack, b"GET /write HTTP/1.1\r\nHost: localhost\r\n" + line +
                 b"\r\nConnection: close\r\n\r\n")
    assert statuses(answer) in ([200], [400]), answer[:300]
    assert b"Content-Language: ko" not in answer, answer[:600]


def params_of(data):
    """The variables of a FastCGI request."""
    params, at = b"", 0
    while at + 8 <= len(data):
        _, kind, _, size, padding = struct.unpack(">BBHHBx", data[at:at + 8])
        if kind == fastcgi.PARAMS:
            params += data[at + 8:at + 8 + size]
        at += 8 + size + padding
    found, at = [], 0
    while at < len(params):
        sizes = []
        for _ in range(2):
            size = params[at]
            if size & 0x80:
                size = struct.unpack(">I", params[at:at + 4])[0] & 0x7fffffff
                at += 3
            at += 1
            sizes.append(size)
        name = params[at:at + sizes[0]].decode("latin-1")
        found.append((name, params[at + sizes[0]:at + sum(sizes)]))
        at += sum(sizes)
    return found


def told_by_nginx(stack, lines):
    """What a worker hears of a request, in place of ours."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(stack.socket)
        os.chmod(stack.socket, 0o666)
        listening.listen(1)
        listening.settimeout(10)
        with socket.create_connection(("127.0.0.1", stack.port)) as client:
            client.sendall(b"GET /write?x HTTP/1.1\r\nHost: localhost\r\n" +
                           b"".join(line + b"\r\n" for line in lines) +
                           b"Connection: close\r\n\r\n")
            taken, _ = listening.accept()
            with taken:
                taken.settimeout(10)
                heard = b""
                while fastcgi.record(fastcgi.STDIN) not in heard:
                    heard += taken.recv(65536)
    os.unlink(stack.socket)
    return params_of(heard)


def no_header_becomes_a_variable_of_the_web_servers(stack):
    expect(stack.worker.stop(), 0)
    told = told_by_nginx(stack, [
        b"Proxy: http://evil.example", b"Content_Length: 7",
        b"Script-Name: /evil.example", b"Remote-Addr: evil.example",
        b"Path_Info: /evil.example", b"HTTP_PROXY: evil.example",
        b"Https: evil.example"])
    stack.start_worker()
    assert told, "nothing was heard"
    values = {}
    for name, value in told:
        values.setdefault(name, []).append(value)
        # Beside HTTP_ there are only the server's own.
        assert name.startswith("HTTP_") or b"evil" not in value, (name, value)
    expect(values.get("HTTP_PROXY", [b""])[-1], b"")
    expect(len(values.get("HTTP_PROXY", [b""])), 1, "HTTP_PROXY")
    expect(values["CONTENT_LENGTH"], [b""])
    expect(values["PATH_INFO"], [b"/write"])
    expect(values["SCRIPT_NAME"], [b""])


# Hosts and redirects

HOSTS = [EVIL, f"{EVIL}:81", f"a@{EVIL}", f"{EVIL}/path", f"{EVIL}\"><script>",
         f"x {EVIL}", f"{EVIL}#", f"{EVIL}?", "", "[::1]", "'", "a" * 300]
ABSOLUTE = ["/", "/list", "/posts/1", "/list.atom", "/posts/1.atom",
            "/posts/1.json", "/list.json", "/sitemap.xml", "/robots.txt",
            "/category/1", "/all"]
FORWARDED = {"X-Forwarded-Host": EVIL, "X-Forwarded-Server": EVIL,
             "X-Host": EVIL, "X-Original-Host": EVIL, "X-Original-URL": "/all",
             "X-Rewrite-URL": "/all", "X-HTTP-Host-Override": EVIL,
             "Forwarded": f"host={EVIL};proto=https",
             "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": f"//{EVIL}",
             "X-HTTP-Method-Override": "DELETE"}


def urls_of(answer):
    return re.findall(r"https?://[^\s\"'<>]*", answer.text)


@rows([(repr(host[:30]), host) for host in HOSTS])
def a_host_that_is_none_is_in_no_link(stack, host):
    """Without site.url: links are of the request's host, if it is one."""
    plain = re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", host) is not None
    for path in ABSOLUTE:
        answer = stack.ask("GET", path, b"", {"Host": host})
        assert answer.status in (200, 404), (path, answer.status)
        assert "<script" not in answer.text, path
        for url in urls_of(answer):
            if plain or EVIL not in host:
                continue
            assert EVIL not in url, (path, url)


def what_a_proxy_would_say_is_not_heard(stack):
    for path in ABSOLUTE:
        answer = stack.ask("GET", path, b"", FORWARDED)
        plain = stack.ask("GET", path, b"", {})
        expect((answer.status, answer.body), (plain.status, plain.body), path)


PATHS = [f"//{EVIL}/", f"//{EVIL}/list/", f"///{EVIL}//", f"/\\{EVIL}/",
         f"/%5c{EVIL}/", f"/%2f{EVIL}/", f"/%2f%2f{EVIL}/%2f", f"/.//{EVIL}/",
         f"/list//{EVIL}/", f"/http://{EVIL}/", f"/https:{EVIL}/",
         f"http://{EVIL}/list/", f"/{EVIL}/", f"/%09/{EVIL}/", "/list/",
         "/list/page/1", "/posts/1/", "/posts/1/page/1", "/posts/1/newer",
         "/posts/1/older", "/posts/1/list", "/category/1/page/1",
         f"/boards//{EVIL}/", f"/boards/{EVIL}/list/", "/list?next=//x",
         f"/list/?url=http://{EVIL}/", f"/posts/1/list?to=//{EVIL}"]


def stays(stack, answer, what):
    for location in answer.all("Location"):
        own = f"http://localhost:{stack.port}"
        location = location.removeprefix(own)
        assert location.startswith("/") and location[1:2] not in (
            "/", "\\"), f"{what}: {location}"
        assert not re.search(r"[\\\s]", location), f"{what}: {location}"
        assert EVIL not in location.split("/")[1], f"{what}: {location}"


@rows([(path, path) for path in PATHS])
def no_path_leads_to_another_site(stack, path):
    for headers in ({}, {"Host": EVIL, **FORWARDED}):
        stays(stack, stack.ask("GET", path, b"", headers), "worker")
        answer = say(stack, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                     f"Connection: close\r\n\r\n".encode())
        expect(len(statuses(answer)), 1, answer[:300])
        for location in re.findall(rb"Location: (.*)\r\n", answer):
            location = location.decode("latin-1")
            assert location.startswith("/") and location[1:2] not in (
                "/", "\\"), location


@rows([(repr(to), to) for to in
       (f"//{EVIL}", f"http://{EVIL}/", f"/\\{EVIL}", f"\\\\{EVIL}",
        "javascript:alert(1)", f"/.//{EVIL}", f"\t//{EVIL}", f"/@{EVIL}",
        f"/list?next=//{EVIL}")])
def no_form_leads_to_another_site(stack, to):
    more = {name: to for name in ("back", "to", "next", "url", "return",
                                  "redirect", "continue", "posted", "mine")}
    for path, fields in (
            ("/", {"full_name": "n", "data": f"to {to}"}),
            ("/write", {"full_name": "n", "data": f"write {to}"}),
            ("/posts/1/reply", {"full_name": "n", "data": f"reply {to}"}),
            ("/posts/1/recommend", {}), ("/posts/1/unlock", {}),
            ("/language", {"lang": "ko"})):
        body = urlencode({**more, **fields}).encode()
        for query in ("", "?" + urlencode(more)):
            answer = stack.ask("POST", path + query, body,
                               {"Content-Type": FORM, "Referer": to})
            assert answer.status < 500, (path, answer.status)
            stays(stack, answer, path)


# Passwords

ROUNDS = 5


def a_wrong_password_takes_as_long_as_the_right_one(stack):
    """In one run, by turns: whatever the machine is at, it is at for both."""
    answer = stack.ask("POST", "/write", urlencode(
        {"full_name": "n", "data": "timed", "password": "sesame-7"}).encode(),
        {"Content-Type": FORM})
    number = re.search(r"posted=(\d+)", answer.header("Location"))[1]
    took = {"sesame-7": [], "sesame-8": [], "x": [], "sesame-7 and more": []}
    for i in range(ROUNDS):
        for at, (word, times) in enumerate(took.items()):
            began = time.monotonic()
            answer = stack.ask(
                "POST", f"/posts/{number}/unlock",
                urlencode({"password": word}).encode(),
                {"Content-Type": FORM}, REMOTE_ADDR=f"198.51.{at}.{i}")
            times.append(time.monotonic() - began)
            expect(answer.status, 303 if word == "sesame-7" else 403, word)
    medians = {word: statistics.median(times) for word, times in took.items()}
    assert max(medians.values()) < 5 * min(medians.values()), medians


def a_clock_tells_nothing_that_a_page_does_not(stack):
    """Nothing is hashed where there is no password: the page says that."""
    plain = posted_id(stack.post("n", "without a password"))
    page = stack.ask("GET", f"/posts/{plain}").page
    assert f"/posts/{plain}/unlock" not in page.links
    body = urlencode({"password": "x"}).encode()
    kind = {"Content-Type": FORM}
    expect(stack.ask("POST", f"/posts/{plain}/unlock", body, kind).status,
           403)
    expect(stack.ask("POST", "/posts/99999/unlock", body, kind).status, 404)
    expect(stack.ask("GET", "/posts/99999").status, 404)


def secrets_are_compared_in_one_time(stack):
    del stack
    for name in ("base/password.c", "base/seal.c", "board/access.c"):
        with open(os.path.join(SOURCE, "app", name),
                  encoding="utf-8") as file:
            found = re.findall(r"\b(\w*(?:memcmp|strcmp|strncmp))\(",
                               file.read())
        if name == "base/password.c":
            # A client's name is no secret.
            found = [word for word in found if word != "strcmp"]
        expect(set(found) - {"sodium_memcmp"}, set(), name)


def a_post_is_there(stack):
    posted_id(stack.post("n", "the first"))


if __name__ == "__main__":
    main(({"nginx": True}, [
        a_post_is_there,
        no_field_of_a_request_begins_a_line_in_an_answer,
        no_field_of_a_form_begins_a_line_in_an_answer,
        a_request_whose_end_is_in_doubt_is_refused,
        a_request_in_a_body_stays_words,
        a_body_that_ends_early_is_no_post,
        a_header_that_is_none_chooses_nothing,
        a_host_that_is_none_is_in_no_link,
        what_a_proxy_would_say_is_not_heard,
        no_path_leads_to_another_site,
        no_form_leads_to_another_site,
        a_wrong_password_takes_as_long_as_the_right_one,
        a_clock_tells_nothing_that_a_page_does_not,
        secrets_are_compared_in_one_time,
        no_header_becomes_a_variable_of_the_web_servers,
    ]))
