#!/usr/bin/env python3
"""Requests, good and bad, through nginx and straight to the worker: methods,
bodies, caps, origins, languages, and everything that people try.
"""

import threading
import time
from urllib.parse import urlencode

import fastcgi
from claims import expect, rows
from stack import FORM, fill, main, posted_id

SECURITY = {
    "Content-Security-Policy": ("default-src 'none'", "style-src 'self'",
                                "frame-ancestors 'none'"),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("DENY",),
    "Referrer-Policy": ("",),
    "Permissions-Policy": ("",),
    "Server-Timing": ("total", "redis", "round trip"),
}
BODY_CAP = 256 * 1024


def both(stack, method, target, body=b"", headers=None):
    """The answer through nginx, and the worker's own."""
    return (("nginx", stack.http(method, target, body or None, headers)),
            ("worker", stack.ask(method, target, body, headers)))


def honest(answer, status, what=""):
    """A page in the house's own form, with a status and all headers."""
    expect(answer.status, status, what)
    page = answer.page
    assert page.title and page.headings, f"{what} is no page"
    secured(answer, what)


def secured(answer, what=""):
    for name, pieces in SECURITY.items():
        value = answer.header(name)
        assert value, f"{what} {answer.status}: no {name}"
        for piece in pieces:
            assert piece in value, f"{what}: {name}: {value}"
    assert "unsafe" not in answer.header("Content-Security-Policy")


def form(**fields):
    return urlencode({"full_name": "n", "data": "d", **fields}).encode()


# Methods and headers

def a_board_of_three_pages_is_there(stack):
    with stack.redis_client() as redis:
        fill(redis, [(f"n{i}", f"t{i}") for i in range(45)])
    expect(stack.http("GET", "/all/page/3").status, 200)


@rows([(f"{method} {path}", method, path, allowed)
       for path, allowed in (("/", {"GET", "HEAD", "POST"}),
                             ("/all", {"GET", "HEAD"}),
                             ("/all/page/2", {"GET", "HEAD"}),
                             ("/latest", {"GET", "HEAD"}),
                             ("/posts/1", {"GET", "HEAD"}),
                             ("/healthz", {"GET", "HEAD"}),
                             ("/language", {"POST"}))
       for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS",
                      "BREW")
       if method not in allowed])
def a_method_that_is_not_taken_is_a_405(stack, method, path, allowed):
    body = b"a=b" if method in ("POST", "PUT") else b""
    for way, answer in both(stack, method, path, body,
                            {"Content-Type": FORM} if body else None):
        honest(answer, 405, way)
        told = {m.strip() for m in answer.header("Allow").split(",")}
        expect(told, allowed, way)


@rows([(path, path) for path in ("/", "/all", "/all/page/2", "/latest",
                                 "/posts/1", "/posts/999", "/none",
                                 "/healthz", "/all/page/1")])
def head_is_get_without_the_body(stack, path):
    ignored = {"date", "server-timing", "connection"}
    for way in (stack.http, stack.ask):
        get, head = way("GET", path), way("HEAD", path)
        expect(head.body, b"", "body")
        expect(head.status, get.status)

        def kept(answer):
            return sorted((n.lower(), v) for n, v in answer.headers
                          if n.lower() not in ignored)
        expect(kept(head), kept(get))
        secured(head)


def every_kind_of_answer_carries_the_security_headers(stack):
    for path in ("/", "/all", "/latest", "/posts/1", "/none", "/healthz",
                 "/all/page/1"):
        for way, answer in both(stack, "GET", path):
            secured(answer, f"{way} {path}")
    secured(stack.post("n", "secured"), "a 303")
    secured(stack.post("", ""), "the form again")


def health_is_one_word(stack):
    for way, answer in both(stack, "GET", "/healthz"):
        expect((answer.status, answer.text.strip()), (200, "ok"), way)
        assert answer.header("Content-Type").startswith("text/plain")


def a_page_is_html_that_is_not_kept_for_others(stack):
    for way, answer in both(stack, "GET", "/all"):
        expect(answer.header("Content-Type").lower().replace(" ", ""),
               "text/html;charset=utf-8", way)
        expect(answer.header("Content-Language"), "en", way)
        # nginx adds one of its own, for gzip.
        assert "Accept-Language" in " ".join(answer.all("Vary")), way


# Bodies

def multipart(parts, boundary="b0undary"):
    out = []
    for disposition, content in parts:
        out.append(f"--{boundary}\r\nContent-Disposition: form-data; "
                   f"{disposition}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(out) + f"--{boundary}--\r\n".encode()


def multipart_is_taken_as_urlencoded_is(stack):
    body = multipart([('name="full_name"', "홍길동".encode()),
                      ('name="file"; filename="a.txt"', b"\x00\xff file"),
                      ('name="data"', "여러 줄\r\n둘째".encode())])
    kind = {"Content-Type": "multipart/form-data; boundary=b0undary"}
    for way, answer in both(stack, "POST", "/", body, kind):
        number = posted_id(answer)
        with stack.redis_client() as redis:
            expect(redis("GET", f"news:name:{number}").decode(), "홍길동")
            expect(redis("GET", f"news:post:{number}").decode(),
                   "여러 줄\n둘째", way)


@rows([
    ("a text", "text/plain", b"full_name=a&data=b", 415),
    ("JSON", "application/json", b"{}", 415),
    ("no type", "", b"full_name=a&data=b", 415),
    ("a type that begins alike", FORM + "x", b"full_name=a&data=b", 415),
    ("multipart without a boundary", "multipart/form-data", b"x", 400),
    ("multipart without an end", "multipart/form-data; boundary=x",
     b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\nhello',
     400),
    ("a lone percent", FORM, b"full_name=a&data=%", 400),
    ("a percent without digits", FORM, b"full_name=a&data=%zz", 400),
    ("an encoded NUL", FORM, b"full_name=a&data=b%00c", 400),
    ("a NUL", FORM, b"full_name=a&data=b\x00c", 400),
    ("bytes that are no UTF-8", FORM, b"full_name=a&data=\xff\xfe", 400),
    ("encoded bytes that are none", FORM, b"full_name=%ff&data=b", 400),
    ("an overlong slash", FORM, b"full_name=a&data=%c0%af", 400),
    ("half a surrogate pair", FORM, b"full_name=a&data=%ed%a0%80", 400),
    ("a name that is no UTF-8", FORM, b"full_name=a&data=b&%ff=x", 400),
    ("a thousand fields", FORM, b"a=1&" * 1000 + b"full_name=a&data=b", 413),
    ("one byte over the cap", FORM, b"data=" + b"a" * (BODY_CAP - 4), 413),
    ("the cap itself", FORM, b"data=" + b"a" * (BODY_CAP - 5), 400),
    ("many times the cap", FORM, b"data=" + b"a" * 3000000, 413),
])
def a_bad_body_is_refused(stack, kind, body, status):
    answer = stack.ask("POST", "/", body, {"Content-Type": kind})
    honest(answer, status, "worker")
    # What nginx refuses by itself has nginx's headers.
    answer = stack.http("POST", "/", body, {"Content-Type": kind})
    expect(answer.status, status, "nginx")
    assert answer.page.title, "nginx: no page"


@rows([(repr(length), length) for length in
       ("-1", "abc", "1e3", "0x10", " 5", "5 ", "+5",
        "99999999999999999999999")])
def a_content_length_that_is_no_number_is_refused(stack, length):
    answer = stack.ask("POST", "/", b"data=x", {"Content-Type": FORM},
                       CONTENT_LENGTH=length)
    assert answer.status in (400, 413), answer
    honest(answer, answer.status)


def a_slow_body_is_a_408(stack):
    body = form(data="slow")
    params = fastcgi.environment("POST", "/", {"Content-Type": FORM},
                                 len(body))
    request = fastcgi.Request(stack.socket, params)
    request.body(body[:10])
    answer = request.answer()
    honest(answer, 408)
    assert answer.seconds < 3, f"{answer.seconds:.1f} s"


def slow_bodies_leave_slots_to_others(stack):
    """From a web server that passes a body on as it comes."""
    body = form(data="slow")
    params = fastcgi.environment("POST", "/", {"Content-Type": FORM},
                                 len(body))
    slow = [fastcgi.Request(stack.socket, params) for _ in range(12)]
    for request in slow:
        request.body(body[:10])
    time.sleep(0.1)
    for _ in range(3):
        answer = stack.ask("GET", "/list")
        expect(answer.status, 200)
        assert answer.seconds < 1.5, f"{answer.seconds:.1f} s"
    # What comes at once is not held against anybody either.
    expect(stack.ask("POST", "/", form(full_name="a", data="quick"),
                     {"Content-Type": FORM}).status, 303)
    for request in slow:
        expect(request.answer().status, 408)


def a_body_that_drips_is_a_408_too(stack):
    """Each byte in time, the whole not: the limit is for the whole."""
    body = form(data="drip" * 20)
    params = fastcgi.environment("POST", "/", {"Content-Type": FORM},
                                 len(body))
    request = fastcgi.Request(stack.socket, params)

    def drip():
        for byte in body[:20]:
            time.sleep(0.1)
            request.body(bytes([byte]))
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        answer = request.answer()
    finally:
        thread.join()
    honest(answer, 408)
    assert answer.seconds < 1.5, f"{answer.seconds:.1f} s"


def a_short_body_is_a_400(stack):
    body = form(data="short")
    params = fastcgi.environment("POST", "/", {"Content-Type": FORM},
                                 len(body) + 10)
    request = fastcgi.Request(stack.socket, params)
    honest(request.body(body).end().answer(), 400)


def a_body_in_many_small_pieces_is_taken(stack):
    body = form(data="piece by piece")
    params = fastcgi.environment("POST", "/", {"Content-Type": FORM},
                                 len(body))
    request = fastcgi.Request(stack.socket, params)
    for byte in body:
        request.body(bytes([byte]))
    posted_id(request.end().answer())


@rows([
    ("a long query", "GET", "/all?" + "a" * 10000, {}, 414),
    ("a long path", "GET", "/" + "a" * 10000, {}, 414),
    ("a large cookie", "GET", "/all", {"Cookie": "a=" + "b" * 100000}, 431),
    ("many headers", "GET", "/all",
     {f"X-Header-{i}": "v" * 50 for i in range(1200)}, 431),
])
def what_is_too_large_to_ask_is_refused(stack, method, target, headers,
                                        status):
    honest(stack.ask(method, target, b"", headers), status, "worker")
    answer = stack.http(method, target, None, headers)
    assert answer.status in (status, 400, 431, 414), f"nginx {answer.status}"


@rows([(repr(path), path) for path in
       ("/%ff", "/a%00b", "/all%0d%0aSet-Cookie:%20a=b", "/..%2f..%2fetc",
        "/posts/-1", "/posts/0", "/posts/01", "/posts/1e3",
        "/posts/18446744073709551617", "/all/page/",
        "/all/page/02", "/%E2%80%AE", "/posts/1%20")])
def an_odd_path_is_a_page_that_is_not_there(stack, path):
    for way, answer in both(stack, "GET", path):
        assert answer.status in (400, 404), f"{way}: {answer}"
        expect(answer.all("Set-Cookie"), [], way)
    honest(answer, answer.status)


@rows([("/all/", "/all"), ("/posts/1/", "/posts/1")])
def a_slash_too_many_leads_to_the_page(stack, path):
    for way, answer in both(stack, "GET", path + "/"):
        expect((answer.status, answer.header("Location")), (301, path), way)


# The same post again

def eight_clicks_at_once_are_one_post(stack):
    answers = []

    def click():
        answers.append(stack.post("clicker", "clicked many times"))
    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(len({posted_id(answer) for answer in answers}), 1)


def two_clients_with_the_same_words_are_two_posts(stack):
    ids = {posted_id(stack.ask("POST", "/", form(data="same words"),
                               {"Content-Type": FORM}, REMOTE_ADDR=client))
           for client in ("192.0.2.1", "192.0.2.2", "2001:db8::1")}
    expect(len(ids), 3)


def the_same_words_later_are_another_post(stack):
    first = posted_id(stack.post("later", "same words later"))
    time.sleep(1.3)
    second = posted_id(stack.post("later", "same words later"))
    assert second > first, "once_seconds has passed"


# Whose words they are

PAYLOADS = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
    "</textarea><script>x</script>", "'><svg/onload=alert(1)>", "&lt;b&gt;",
    "<!-- ", "]]>", "<?cs var:Config ?>", "{{7*7}}", "javascript:alert(1)",
    "%3Cscript%3E",
]


@rows([(payload, payload) for payload in PAYLOADS])
def markup_in_words_is_shown_as_words(stack, payload):
    number = posted_id(stack.post(payload[:40], "text " + payload))
    pages = [stack.http("GET", path)
             for path in ("/", "/all", "/latest", f"/posts/{number}")]
    again = stack.post(payload[:40], payload + "a" * 10001)
    expect(again.page.fields["data"], payload + "a" * 10001)
    expect(again.page.fields["full_name"], payload[:40])
    for answer in pages + [again]:
        page = answer.page
        for tag, attributes in page.tags:
            assert tag not in ("script", "svg", "b"), tag
            assert attributes.get("src") != "x"
            assert not any(n.startswith("on") for n in attributes), tag
            href = attributes.get("href", "")
            assert not href.startswith("javascript:"), href
    for answer in pages:
        assert "text " + payload in answer.page.words, answer.page.words


if __name__ == "__main__":
    main(
        ({"nginx": True, "slots": 4}, [
            a_board_of_three_pages_is_there,
            a_method_that_is_not_taken_is_a_405,
            head_is_get_without_the_body,
            every_kind_of_answer_carries_the_security_headers,
            health_is_one_word,
            a_page_is_html_that_is_not_kept_for_others,
            multipart_is_taken_as_urlencoded_is,
            a_bad_body_is_refused,
            a_content_length_that_is_no_number_is_refused,
            a_short_body_is_a_400,
            a_body_in_many_small_pieces_is_taken,
            what_is_too_large_to_ask_is_refused,
            a_slash_too_many_leads_to_the_page,
            an_odd_path_is_a_page_that_is_not_there,
            eight_clicks_at_once_are_one_post,
            two_clients_with_the_same_words_are_two_posts,
            markup_in_words_is_shown_as_words,
        ]),
        ({"nginx": True, "LIMITS_BODY_MS": 500, "POST_ONCE_SECONDS": 1}, [
            a_slow_body_is_a_408,
            a_body_that_drips_is_a_408_too,
            the_same_words_later_are_another_post,
        ]),
        ({"LIMITS_BODY_MS": 3000}, [slow_bodies_leave_slots_to_others]),
    )
