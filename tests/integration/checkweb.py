#!/usr/bin/env python3
"""`madang check` on the web server: what it finds wrong in nginx's
configuration, and in what a visitor would see.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time

from claims import expect, rows
from stack import WORKER, clean_environment, free_port, main, wait_for
from users import SECONDS_MAX, WEB, Users, check, finds, is_right


# nginx's configuration, read

def conf_of(stack, change):
    with open(stack.path("nginx.conf"), encoding="utf-8") as file:
        text = file.read()
    changed = change(text)
    assert changed != text, "nothing changed"
    path = stack.path("changed.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(changed)
    return path


def in_another_language(text):
    return re.sub(r"(map \$host \$madang_default_language \{\s*default) en;",
                  r"\1 ko;", text)


def put(theirs, ours):
    return lambda text: text.replace(theirs, ours)


@rows([
    ("too little patience", put("read_timeout 30s", "read_timeout 1s"),
     "after 1000 ms", "fastcgi_read_timeout 21200ms"),
    ("in other words", put("read_timeout 30s", "read_timeout 0m1s200ms"),
     "after 1200 ms"),
    ("in words without a unit", put("read_timeout 30s", "read_timeout '20'"),
     "after 20000 ms"),
    ("answers that break off", put("keep_conn on", "keep_conn off"),
     "breaks off", "fastcgi_keep_conn on"),
    ("the same, unsaid", put("fastcgi_keep_conn on;", ""), "breaks off"),
    ("requests as they come", put("fastcgi_request_buffering on",
                                  "fastcgi_request_buffering off"),
     "sends slowly"),
    ("answers as they go", put("fastcgi_buffering on",
                               "fastcgi_buffering off"), "reads slowly"),
    ("small bodies", put("client_max_body_size 512k",
                         "client_max_body_size 16k"),
     "client_max_body_size 512k"),
    ("another socket", put("madang.sock", "other.sock"), "other.sock",
     "say the same"),
    ("no worker", put("fastcgi_pass ", "proxy_pass "), "nothing to a worker"),
    ("another language", in_another_language, "site.language is en",
     "$madang_default_language to en"),
    ("another language, as it was said before",
     put("$madang_default_language", "ko"), "site.language is en"),
    ("no page store", put("/cache/pages/pages", "/elsewhere"),
     "nothing from the page store"),
    ("broken", put("\nhttp {", "\nhttp"), "no configuration"),
])
def what_nginx_is_told_wrongly_is_found(stack, change, *words):
    path = conf_of(stack, change)
    finds(check(stack, "--nginx-conf", path), "WRONG", "nginx:", *words)


def what_nginx_does_for_others_is_not_ours(stack):
    """A block within ours that says something else; another site."""
    path = conf_of(stack, put("server {", """
	upstream workers { server unix:%s weight=2; }
	server {
		listen 81; # { ; }
		fastcgi_keep_conn off;
		fastcgi_read_timeout 1s;
		location ~ "^/[a-z]{2};$" { fastcgi_pass unix:/run/php.sock; }
	}
	server {""" % stack.socket))
    is_right(check(stack, "--nginx-conf", path))
    path = conf_of(stack, put("location ^~ /static/ {", """
		location /slow { fastcgi_read_timeout 1s;
			fastcgi_pass unix:%s; }
		location ^~ /static/ {""" % stack.socket))
    finds(check(stack, "--nginx-conf", path), "WRONG", "after 1000 ms")


@rows([
    ("one of several", put("\t\tserver unix:",
                           "\t\tserver unix:/run/1.sock max_fails=0;\n"
                           "\t\tserver unix:")),
    ("by its own address", lambda text: re.sub(
        r"(?s)upstream madang \{\s*server (\S+);\s*\}(.*)",
        lambda found: found[2].replace("fastcgi_pass madang",
                                       f"fastcgi_pass {found[1]}"), text)),
])
def a_worker_is_found_however_it_is_said(stack, change):
    path = conf_of(stack, change)
    lines = check(stack, "--nginx-conf", path)
    is_right(lines)
    finds(lines, "right", "nginx:")


def nginx_configuration_comes_from_standard_input_too(stack):
    text = subprocess.run(
        ["nginx", "-T", "-c", stack.path("nginx.conf"), "-p",
         stack.path("nginx/"), "-e", stack.path("log/nginx.log")],
        capture_output=True, timeout=20, check=True).stdout
    assert text
    lines = check(stack, "--nginx-conf", "-", stdin=text)
    is_right(lines)
    finds(lines, "right", "nginx: -")


def files_that_nginx_includes_are_asked_for(stack):
    path = conf_of(stack, put("\nhttp {", "\nhttp {\n\tinclude conf.d/*;\n"))
    finds(check(stack, "--nginx-conf", path), "advice", "nginx -T")


def a_configuration_that_is_not_there_is_told(stack):
    finds(check(stack, "--nginx-conf", stack.path("none")), "WRONG",
          "can't be read")


# Through the web server

def with_nginx(stack, change):
    stack.nginx.stop()
    stack.start_nginx(change)


@rows([
    ("no headers", lambda text: re.sub(r"add_header X-[^;]*;", "", text),
     "WRONG", "X-Content-Type-Options"),
    ("no static files", lambda text: re.sub(r"alias [^;]*/web/static/;",
                                            "alias /nowhere/;", text),
     "WRONG", "static files:", "404"),
    ("static files that change", put("public, max-age=31536000, immutable",
                                     "no-cache"),
     "WRONG", "static files:", "again and again"),
    ("no compression", lambda text: text.replace(
        "gzip on;", "gzip off;").replace("gzip_static on;", ""),
     "advice", "gzip"),
    ("another page store", put("/cache/pages/pages", "/elsewhere"),
     "WRONG", "page store:", "still comes from the worker"),
    ("another language", in_another_language,
     "WRONG", "page store:", "another language than en"),
    ("no worker", put("madang.sock", "other.sock"), "WRONG",
     "answered with 503", "error log"),
    ("another site", put("location / {",
                         'location = / { return 200 "hello"; }\n'
                         "location / {"),
     "WRONG", "something else than the board"),
    ("a way to TLS", put("location / {",
                         "location = / { return 301 https://localhost/; }\n"
                         "location / {"),
     "advice", "leads to https://localhost/"),
    ("an address that would drive a terminal",
     put("location / {", "location = / { return 301 http://x/\x1b[2J; }\n"
         "location / {"), "advice", "leads to http://x/?[2J"),
    ("no board", put("location / {", "location = / { return 404; }\n"
                     "location / {"),
     "WRONG", "answered with 404"),
])
def what_visitors_would_see_is_told(stack, change, kind, *words):
    shutil.rmtree(stack.pages + "/pages", ignore_errors=True)
    with_nginx(stack, change)
    try:
        finds(check(stack, "--url", stack.url("")), kind, *words)
    finally:
        with_nginx(stack, None)


def a_web_server_that_is_away_is_told_in_curls_words(stack):
    finds(check(stack, "--url", f"http://127.0.0.1:{free_port()}/"), "WRONG",
          "web server:", "curl: (7)")


def a_board_behind_tls_is_asked_and_its_certificate_looked_at(stack):
    cert, key = stack.path("cert.pem"), stack.path("key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
        check=True, capture_output=True, timeout=60)
    with_nginx(stack, lambda text: re.sub(
        r"(listen [^;]*?) backlog=4096;", r"\1 ssl;", text).replace(
        "server_name _;", f"server_name _; ssl_certificate {cert}; "
        f"ssl_certificate_key {key};"))
    url = stack.url().replace("http:", "https:")
    try:
        finds(check(stack, "--url", url), "WRONG", "web server:",
              "curl: (60)", "certificate")
        os.environ["CURL_CA_BUNDLE"] = cert
        lines = check(stack, "--url", url)
        is_right(lines)
        finds(lines, "right", "the board is at", url)
        finds(lines, "right", "sends from it")
    finally:
        os.environ.pop("CURL_CA_BUNDLE", None)
        with_nginx(stack, None)


@rows([("a file", "file:///etc/passwd"), ("an option", "--help"),
       ("nothing", ""), ("too long", "http://localhost/" + "x" * 2000)])
def no_address_of_another_kind_is_asked(stack, url):
    finds(check(stack, f"--url={url}"), "WRONG", "--url must be")


def without_curl_it_says_so(stack):
    env = clean_environment(**stack.settings, CONFIG=stack.config)
    env["PATH"] = stack.path("empty")
    done = subprocess.run([WORKER, "check", "--web-user", WEB, "--url",
                           stack.url()], env=env, timeout=SECONDS_MAX,
                          capture_output=True, text=True)
    expect(done.returncode, 0, done.stdout)
    finds(done.stdout.splitlines(), "advice", "curl", "install")


def it_ends_when_everybody_hangs(stack):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        for part in (stack.worker, stack.redis):
            part.send(signal.SIGSTOP)
        began = time.monotonic()
        try:
            lines = check(stack, "--url",
                          f"http://127.0.0.1:{silent.getsockname()[1]}/",
                          LIMITS_QUEUE_MS=500)
        finally:
            for part in (stack.redis, stack.worker):
                part.send(signal.SIGCONT)
        seconds = time.monotonic() - began
    finds(lines, "WRONG", "web server:", "not answered")
    assert seconds < 20, f"{seconds:.1f} s"
    wait_for("the worker",
             lambda: stack.ask("GET", "/healthz").status == 200)


if __name__ == "__main__":
    main(((lambda: Users(errors=True)), [
        what_nginx_is_told_wrongly_is_found,
        what_nginx_does_for_others_is_not_ours,
        a_worker_is_found_however_it_is_said,
        nginx_configuration_comes_from_standard_input_too,
        files_that_nginx_includes_are_asked_for,
        a_configuration_that_is_not_there_is_told,
        what_visitors_would_see_is_told,
        a_web_server_that_is_away_is_told_in_curls_words,
        a_board_behind_tls_is_asked_and_its_certificate_looked_at,
        no_address_of_another_kind_is_asked,
        without_curl_it_says_so,
        it_ends_when_everybody_hangs,
    ]))
