#!/usr/bin/env python3
"""The board below a path of another site, by conf/nginx-subpath.conf: the
contract and a life of posts, where each link must be below the path; the page
store; and the site beside it, which must be as it was.
"""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import urlencode

import contract
import life
import servers
import stack as stacks
from claims import expect, rows
from sites import Below, needs, unpacked
from stack import FORM, SKIPPED, main

PHP = """
	add_header X-Site here;
	add_header Content-Security-Policy "default-src 'self'" always;
	error_page 404 /none.html;
	expires 1h;
	fastcgi_param SCRIPT_NAME /index.php;
	location / {
		index index.html;
	}
	location ~ \\.(xml|json|atom|gif|txt|css)$ {
		expires 30d;
	}
	location ~ \\.php$ {
		return 200 php;
	}
"""


class Beside(Below):
    """The same in a site that has rules of its own."""

    def site(self):
        os.mkdir(self.path("html"))
        self.write("html/index.html", "the site's own")
        self.write("html/none.html", "the site's own 404")
        self.write("html/list.txt", "the site's own list")
        text = super().site()
        found = text.index("root " + self.path("html"))
        return text[:found] + PHP.lstrip("\n") + text[found:]


class Other(Below):
    """Another path, as the example says to choose it."""

    path_of_board = "/talk/forum-1"

    def site(self):
        return re.sub(r"/board\b", self.base, super().site())


def the_site_is_as_it_was(stack):
    for target, status, text in (("/", 200, "the site's own"),
                                 ("/list.txt", 200, "the site's own list"),
                                 ("/list", 404, "the site's own 404"),
                                 ("/static/none.css", 404,
                                  "the site's own 404"),
                                 ("/x.php", 200, "php"),
                                 ("/boards", 404, "the site's own 404"),
                                 ("/madang-away/away.html", 404,
                                  "the site's own 404"),
                                 ("/madang-gone/site/en--boards", 404,
                                  "the site's own 404"),
                                 ("/boardx", 404, "the site's own 404")):
        answer = stack.http_raw("GET", target)
        expect((answer.status, answer.text), (status, text), target)
        expect(answer.header("Content-Security-Policy"),
               "default-src 'self'", target)
        expect(answer.header("X-Frame-Options"), None, target)
    expect(stack.http_raw("GET", "/").header("X-Site"), "here")


def the_board_has_none_of_the_sites_rules(stack):
    style = re.search(r'/static/[^"]+\.css', stack.http("GET", "/").text)[0]
    for target, status in (("/", 200), ("/list", 200), ("/list.json", 200),
                           ("/sitemap.xml", 200), ("/x.php", 404),
                           ("/none", 404), (style, 200),
                           ("/static/none.css", 404)):
        for _ in range(3):
            answer = stack.http("GET", target)
            expect(answer.status, status, target)
            expect(answer.header("X-Site"), None, target)
            expect(answer.header("Expires"), None, target)
            expect(answer.header("X-Frame-Options"), "DENY", target)
            assert answer.header("Content-Security-Policy").startswith(
                "default-src 'none'"), target
            expect(len(answer.all("Cache-Control")), 1, target)
    assert "immutable" in stack.http("GET", style).header("Cache-Control")


def the_path_without_its_slash_leads_to_the_board(stack):
    answer = stack.http_raw("GET", stack.base)
    expect(answer.status, 301)
    assert answer.header("Location").endswith(stack.base + "/")


def addresses_for_machines_are_whole(stack):
    site = stack.url("")
    number = int(re.search(r"posted=(\d+)", stack.post(
        "n", "for machines").header("Location"))[1])
    for path in ("/list.json", f"/posts/{number}.json"):
        found = json.loads(stack.http("GET", path).body)
        where = found.get("posts", [found])[0]["url"]
        expect(where, f"{site}/posts/{number}", path)
    for path in ("/list.atom", f"/posts/{number}.atom", "/sitemap.xml"):
        text = stack.http("GET", path).text
        assert f"{site}/posts/{number}" in text, text
        found = re.findall(r'(?:href="|<loc>|<id>)([^"<]*)', text)
        for address in found:
            assert address.startswith(site + "/"), address
    text = stack.http("GET", "/robots.txt").text
    assert f"\nSitemap: {site}/sitemap.xml\n" in text, text
    for closed in re.findall(r"Disallow: (.*)", text):
        assert closed.startswith(stack.base + "/"), closed
    page = stack.http("GET", f"/posts/{number}").page
    expect([a["href"] for tag, a in page.tags
            if tag == "link" and a.get("rel") == "canonical"],
           [f"{site}/posts/{number}"])


def the_cookie_is_the_boards_alone(stack):
    answer = stack.http("POST", "/language", b"lang=ko&back=/list",
                        {"Content-Type": FORM})
    expect((answer.status, answer.header("Location")), (303, "/list"))
    cookie = answer.header("Set-Cookie")
    assert f"; Path={stack.base}/;" in cookie, cookie
    answer = stack.http("GET", "/list", None, {"Cookie": "lang=ko"})
    expect(answer.page.language, "ko")


def a_form_of_another_site_is_refused(stack):
    body = urlencode({"full_name": "n", "data": "d"}).encode()
    for headers, status in (
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Origin": "https://other.example"}, 403),
            ({"Origin": f"http://127.0.0.1:{stack.port}"}, 303),
            ({"Sec-Fetch-Site": "same-origin"}, 303)):
        answer = stack.http("POST", "/", body,
                            {"Content-Type": FORM, **headers})
        expect(answer.status, status, headers)


def a_file_is_the_workers_answer_to_the_byte(stack):
    """With its ETag, and compressed; by GET and HEAD."""
    for path in servers.PATHS:
        for language in servers.AWAY:
            for more in ({}, {"Accept-Encoding": "gzip"}):
                file = servers.published(stack, path, language, **more)
                shutil.rmtree(stack.store)
                made = servers.get(stack, path, language, **more)
                assert not servers.is_file(made), path
                expect(unpacked(file), unpacked(made), path)
                if not more:
                    expect(file.header("ETag"), made.header("ETag"), path)
                    expect(servers.headers_of(file),
                           servers.headers_of(made), path)


def what_another_path_asks_for_is_no_file(stack):
    """A file's links are below the board's path: who asks the worker for
    another neither gets it, nor has one written."""
    shutil.rmtree(stack.store, ignore_errors=True)
    for base in ("", "/boar", "/board/x", "/Board"):
        for _ in range(4):
            answer = stack.ask("GET", "/all", SCRIPT_NAME=base)
            expect(answer.status, 200)
            assert f'href="{base}/list"' in answer.text, base
            assert f'rel="canonical" href="{stack.url("")}/all"' in answer.text
    found = [name for _, _, names in os.walk(stack.store) for name in names]
    expect([name for name in found if "-all" in name], [])


def the_board_as_files_knows_its_address(stack):
    """madang publish: what people wrote of each other's posts leads to files;
    links are relative, and the true address is the board's."""
    first, second = (stacks.posted_id(stack.post("n", text)) for text in (
        "to be linked", f"see [it]({stack.url('/posts/1')})"))
    folder = stack.path("archive")
    run = subprocess.run(
        [stacks.WORKER, "publish", "--all", folder], check=False,
        capture_output=True, text=True,
        env=stacks.clean_environment(**stack.settings))
    expect(run.returncode, 0, run.stderr)
    with open(f"{folder}/posts/{second}.html", encoding="utf-8") as file:
        text = file.read()
    assert f'rel="canonical" href="{stack.url(f"/posts/{second}")}"' in text
    assert 'href="1.html"' in text, text
    expect(re.findall(r'(?:href|src|action)="/[^"]*', text), [])
    assert os.path.exists(f"{folder}/posts/{first}.html")


@rows([(path, path) for path in (
    "/..", "/%2e%2e/x", "/static..", "/static/..%2fassets.hdf",
    "/static/%2e%2e/assets.hdf", "//list", "/list%00", "/posts/1%0a",
    "/a%0d%0aX-Bad:1/posts/1/newer", "/%2f%2fother.example/posts/1/newer")])
def no_path_leads_out(stack, path):
    connection = http.client.HTTPConnection("127.0.0.1", stack.port)
    connection.request("GET", stack.base + path)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    expect(answer.getheader("X-Bad"), None)
    assert b"Asset" not in text and b"root:" not in text, text
    where = answer.getheader("Location") or ""
    assert not where.startswith("//") and "other" not in where, where
    assert answer.status in (200, 301, 303, 400, 404), answer.status


def the_page_that_says_come_back_has_its_style(stack):
    stack.worker.kill()
    for language, words in servers.AWAY.items():
        answer = servers.get(stack, "/write", language)
        expect(answer.status, 503)
        assert words in answer.text
        links = re.findall(r'(?:href|src)="(/static/[^"]*)"', answer.text)
        assert len(links) >= 3, answer.text
        for link in links:
            expect(stack.http("GET", link).status, 200, link)
    answer = servers.get(stack, "/posts/1/newer")
    expect(answer.status, 303)
    expect(answer.header("Location"), stack.url("/list", "127.0.0.1"))


OWN = [the_path_without_its_slash_leads_to_the_board,
       addresses_for_machines_are_whole,
       the_cookie_is_the_boards_alone,
       a_form_of_another_site_is_refused,
       a_file_is_the_workers_answer_to_the_byte,
       what_another_path_asks_for_is_no_file,
       the_board_as_files_knows_its_address,
       no_path_leads_out]

if __name__ == "__main__":
    if needs("curl"):
        print("# curl is missing")
        sys.exit(SKIPPED)
    first, *rest = servers.CLAIMS
    main((lambda: Beside(errors=True),
          [first, the_site_is_as_it_was,
           the_board_has_none_of_the_sites_rules, *OWN, *rest,
           *servers.ALONE, the_page_that_says_come_back_has_its_style]),
         (lambda: Other(errors=True), [*servers.CLAIMS[:-1], *OWN[:4]]),
         (lambda: Below(pages=False), contract.CLAIMS),
         *((lambda: Below(pages=False, **life.SETTINGS), life.life_in(language))
           for language in life.LANGUAGES_TRIED))
