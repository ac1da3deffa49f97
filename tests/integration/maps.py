#!/usr/bin/env python3
"""What search engines get: robots.txt and the map of the site."""

import re
import xml.etree.ElementTree as ElementTree

from claims import expect
from held import OTHER, SETTINGS, SITE, clear, fill, get, post, timing
from stack import SANITIZERS, main

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# Posts in a file of the map: 5,000 addresses, one of them the list's.
MAP_POSTS = 4999
MAP_MS = 100


def robots_keep_to_what_there_is_to_read(stack):
    answer = get(stack, "/robots.txt")
    expect(answer.header("Content-Type"), "text/plain; charset=utf-8")
    lines = answer.text.splitlines()
    expect(lines[0], "User-agent: *")
    expect(lines[-1], f"Sitemap: {SITE}/sitemap.xml")
    closed = [line.removeprefix("Disallow: ") for line in lines[1:-2]]
    patterns = [re.compile(re.escape(path).replace(r"\*", ".*"))
                for path in closed]
    for board in ("", "/boards/free"):
        for path in ("/posts/1/edit", "/posts/1/delete",
                     "/posts/1/unlock", "/posts/1/reply",
                     "/posts/1/versions", "/posts/1/recommend",
                     "/posts/1/list", "/posts/1/newer", "/posts/1/older"):
            assert any(p.match(board + path) for p in patterns), board + path
        for path in ("/write", "/list", "/list/page/2", "/posts/1", "/posts/1/page/2",
                     "/category/1", "/all", "/list.atom"):
            assert not any(p.match(board + path) for p in patterns), path
    assert any(p.match("/language") for p in patterns)


def addresses(answer, kind):
    """Each <loc> of a map, which has nothing but what 0.9 allows."""
    expect(answer.status, 200)
    expect(answer.header("Content-Type"), "application/xml; charset=utf-8")
    root = ElementTree.fromstring(answer.body)
    expect(root.tag, MAP + kind)
    inner = {"urlset": "url", "sitemapindex": "sitemap"}[kind]
    found = []
    for child in root:
        expect((child.tag, [e.tag for e in child]),
               (MAP + inner, [MAP + "loc"]))
        found.append(child[0].text)
    expect(len(set(found)), len(found), "addresses, each once")
    assert 1 <= len(found) <= 50000, f"{len(found)} addresses"
    return found


def a_small_board_has_one_map(stack):
    clear(stack, *post(1, "a", "a"), *post(2, "b", "b"), *post(3, "c", "c"))
    expect(sorted(addresses(get(stack, "/sitemap.xml"), "urlset")),
           [f"{SITE}/list"] + [f"{SITE}/posts/{n}" for n in (1, 2, 3)])
    expect(addresses(get(stack, "/sitemap.xml?part=1"), "urlset"),
           addresses(get(stack, "/sitemap.xml"), "urlset"))
    expect(get(stack, "/sitemap.xml?part=2").status, 404)
    expect(get(stack, "/sitemap.xml?part=99999999999999").status, 404)


def an_empty_board_has_a_map_of_its_list(stack):
    clear(stack)
    expect(addresses(get(stack, "/sitemap.xml"), "urlset"), [f"{SITE}/list"])


def many(stack, count):
    ids = range(1, count + 1)
    clear(stack, *(("LPUSH", "post_id", *ids[i:i + 1000])
                   for i in range(0, count, 1000)))


def a_map_takes_as_many_as_a_part(stack):
    many(stack, MAP_POSTS)
    expect(len(addresses(get(stack, "/sitemap.xml"), "urlset")), MAP_POSTS + 1)


def a_large_board_has_a_map_in_parts(stack):
    many(stack, MAP_POSTS + 2)
    parts = addresses(get(stack, "/sitemap.xml"), "sitemapindex")
    expect(parts, [f"{SITE}/sitemap.xml?part=1", f"{SITE}/sitemap.xml?part=2"])
    found = []
    for part in parts:
        answer = get(stack, part.removeprefix(SITE))
        found.append(addresses(answer, "urlset"))
        assert len(answer.body) < 50 * 1024 * 1024, "the limit of 0.9"
    took = min(timing(get(stack, "/sitemap.xml?part=1"))[0] for _ in range(3))
    print(f"# {MAP_POSTS:,} posts in {took} ms", flush=True)
    assert SANITIZERS or took < MAP_MS, f"{took} ms"
    expect(sorted(found[1]), [f"{SITE}/posts/{n}" for n in (5000, 5001)],
           "the newest are in the last part")
    expect(sorted(found[0] + found[1]), sorted(
        [f"{SITE}/list"] + [f"{SITE}/posts/{n}" for n in range(1, 5002)]))
    expect(get(stack, "/sitemap.xml?part=3").status, 404)


def boards_have_a_part_each_at_least(stack):
    clear(stack, *OTHER, *post(1, "a", "a"),
          *post(1, "x", "one", "{free}:"), *post(2, "x", "2", "{free}:"),
          ("RPUSH", "madang:boards", "calm"),
          ("HSET", "{calm}:madang:board", "title", "Calm"))
    parts = addresses(get(stack, "/sitemap.xml"), "sitemapindex")
    expect(parts, [f"{SITE}/sitemap.xml?part=1", f"{SITE}/boards/free/sitemap.xml?part=1",
                   f"{SITE}/boards/calm/sitemap.xml?part=1"])
    found = [addresses(get(stack, part.removeprefix(SITE)), "urlset")
             for part in parts]
    expect(sorted(sum(found, [])), sorted(
        f"{SITE}{path}" for path in (
            "/list", "/posts/1", "/boards/free/list", "/boards/free/posts/1",
            "/boards/free/posts/2", "/boards/calm/list")))


def without_a_setting_addresses_are_the_requests(stack):
    clear(stack, *post(1, "a", "a"))
    params = {"SCRIPT_NAME": "/a b&c", "REQUEST_SCHEME": "https",
              "HTTP_HOST": "board.example:8443"}
    start = "https://board.example:8443/a%20b%26c"
    expect(addresses(stack.ask("GET", "/sitemap.xml", **params), "urlset"),
           [f"{start}/list", f"{start}/posts/1"])
    robots = stack.ask("GET", "/robots.txt", **params).text
    assert f"Sitemap: {start}/sitemap.xml" in robots, robots
    assert "Disallow: /a%20b%26c/posts/*/edit\n" in robots, robots


if __name__ == "__main__":
    main((SETTINGS, [
        robots_keep_to_what_there_is_to_read,
        a_small_board_has_one_map,
        an_empty_board_has_a_map_of_its_list,
        a_map_takes_as_many_as_a_part,
        a_large_board_has_a_map_in_parts,
        boards_have_a_part_each_at_least,
    ]), ({}, [without_a_setting_addresses_are_the_requests]))
