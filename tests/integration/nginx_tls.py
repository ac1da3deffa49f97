#!/usr/bin/env python3
"""The board with TLS, by conf/nginx-tls.conf: the contract by HTTP/1.1 and by
HTTP/2, a life of posts, the page store; and what TLS itself owes.
"""

import re
import subprocess
import sys

import contract
import life
import servers
from claims import expect, rows
from sites import Http2, Tls, needs
from stack import ALSO_SERVERS, SKIPPED, example, main

HSTS = "Strict-Transport-Security"
YEAR = "max-age=31536000"


def hello(stack, *options):
    """What openssl says of a handshake."""
    run = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{stack.port}",
         "-CAfile", stack.path("fullchain.pem"), "-servername", "localhost",
         *options], input=b"", capture_output=True, check=False)
    return run.stdout.decode()


@rows([("TLS 1.2", "-tls1_2", "TLSv1.2"), ("TLS 1.3", "-tls1_3", "TLSv1.3")])
def what_browsers_speak_is_spoken(stack, option, name):
    said = hello(stack, option)
    assert f"New, {name}" in said or f"Protocol  : {name}" in said, said
    assert "Verify return code: 0" in said, said


# At level 0 openssl itself would take these.
@rows([("TLS 1.0", "-tls1", "DEFAULT@SECLEVEL=0"),
       ("TLS 1.1", "-tls1_1", "DEFAULT@SECLEVEL=0"),
       ("CBC", "-tls1_2", "ECDHE-ECDSA-AES128-SHA"),
       ("no forward secrecy", "-tls1_2", "AES128-GCM-SHA256"),
       ("no encryption", "-tls1_2", "NULL@SECLEVEL=0")])
def what_is_weak_is_refused(stack, option, ciphers):
    said = hello(stack, option, "-cipher", ciphers)
    assert "Cipher is (NONE)" in said, said


def no_ticket_is_handed_out(stack):
    said = hello(stack, "-tls1_2")
    assert "TLS session ticket" not in said, said
    assert "Compression: NONE" in said, said


def curl_speaks_http2(stack):
    said = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_version}",
         stack.url("/list")], check=True, capture_output=True).stdout
    expect(said, b"2")


@rows([("a page", "GET", "/list", 200), ("a 404", "GET", "/none", 404),
       ("a form that is wrong", "POST", "/", 400),
       ("a redirect", "GET", "/list/", 301),
       ("a post's neighbour", "GET", "/posts/99/newer", 404),
       ("no static file", "GET", "/static/none.css", 404),
       ("what nginx refuses", "GET", "/" + "x" * 20000, 414),
       ("what is too large", "POST", "/write", 413)])
def each_answer_tells_browsers_to_stay_with_tls(stack, method, path, status):
    body = b"x" * 600000 if status == 413 else None
    answer = stack.http(method, path, body)
    expect(answer.status, status)
    expect(answer.header(HSTS), YEAR)


def a_page_from_its_file_does_too(stack):
    for _ in range(2):
        stack.http("GET", "/latest")
    answer = servers.published(stack, "/latest")
    expect(answer.header(HSTS), YEAR)


def plain_http_leads_to_tls_and_tells_nothing(stack):
    for target in ("/", "/posts/7?x=%0d%0aA:b", "//other.example/"):
        answer = stack.plain(target, "other.example")
        expect(answer.status, 301)
        expect(answer.header("Location"), "https://localhost" + target)
        expect(answer.header(HSTS), None)


def the_proof_for_a_certificate_is_served_plainly(stack):
    folder = stack.path("html/.well-known/acme-challenge")
    subprocess.run(["mkdir", "-p", folder], check=True)
    stack.write("html/.well-known/acme-challenge/token", "proof")
    answer = stack.plain("/.well-known/acme-challenge/token")
    expect((answer.status, answer.text), (200, "proof"))
    answer = stack.plain("/.well-known/acme-challenge/../../../privkey.pem")
    assert answer.status in (301, 400), answer


def the_language_is_kept_in_a_cookie_for_tls_alone(stack):
    answer = stack.http("POST", "/language", b"lang=ko&back=/list",
                        {"Content-Type": "application/x-www-form-urlencoded",
                         "Origin": stack.url("").replace("localhost",
                                                         "127.0.0.1")})
    expect(answer.status, 303)
    assert "; Secure" in answer.header("Set-Cookie")
    answer = stack.http("POST", "/language", b"lang=ko&back=/list",
                        {"Origin": "https://other.example"})
    expect(answer.status, 403)


def addresses_are_whole_with_tls(stack):
    for path in ("/list.json", "/list.atom", "/sitemap.xml", "/robots.txt"):
        text = stack.http("GET", path).text
        assert stack.url("/") in text, text
        assert "http://localhost" not in text, text


def the_upstream_of_several_workers_fits_in(stack):
    block = re.compile(r"^upstream .*?^\}\n", re.M | re.S)
    several = block.search(example("nginx-upstream.conf"))[0]
    text, puts = block.subn(lambda _: several, example("nginx-tls.conf"))
    expect(puts, 1)
    stack.write("site.conf", stack.ours(text))
    try:
        tried = subprocess.run([*stack.nginx.argv, "-t"], check=False,
                               capture_output=True, text=True)
        assert "test is successful" in tried.stderr, tried.stderr
    finally:
        stack.write("site.conf", stack.site())


OWN = [what_browsers_speak_is_spoken, what_is_weak_is_refused,
       no_ticket_is_handed_out, curl_speaks_http2,
       each_answer_tells_browsers_to_stay_with_tls,
       a_page_from_its_file_does_too,
       plain_http_leads_to_tls_and_tells_nothing,
       the_proof_for_a_certificate_is_served_plainly,
       the_language_is_kept_in_a_cookie_for_tls_alone,
       addresses_are_whole_with_tls,
       the_upstream_of_several_workers_fits_in]

if __name__ == "__main__":
    if needs("openssl", "curl"):
        print("# openssl or curl is missing")
        sys.exit(SKIPPED)
    groups = [(lambda: Tls(errors=True),
               OWN + servers.CLAIMS + servers.ALONE),
              (lambda: Tls(pages=False), contract.CLAIMS)]
    if ALSO_SERVERS:
        groups += [(lambda: Http2(errors=True), servers.CLAIMS),
                   (lambda: Http2(pages=False), contract.CLAIMS)]
        groups += [(lambda: Tls(pages=False, **life.SETTINGS),
                    life.life_in(language))
                   for language in life.LANGUAGES_TRIED]
    main(*groups)
