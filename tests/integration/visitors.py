#!/usr/bin/env python3
"""Who asks, and from where: origins, languages, and where the language
switch leads back to.
"""

from urllib.parse import urlencode

from claims import expect, rows
from stack import FORM, main, posted_id

HOST = "board.example"
KOREAN = "글을 등록했습니다."


def ask(stack, target, fields, headers, **params):
    body = urlencode(fields).encode()
    headers = {"Host": HOST, "Content-Type": FORM, **headers}
    return stack.ask("POST", target, body, headers, **params)


# As Go 1.25's CrossOriginProtection decides.
ORIGINS = [
    ("neither header", {}, True),
    ("same-origin", {"Sec-Fetch-Site": "same-origin"}, True),
    ("typed into the address bar", {"Sec-Fetch-Site": "none"}, True),
    ("cross-site", {"Sec-Fetch-Site": "cross-site"}, False),
    ("same-site", {"Sec-Fetch-Site": "same-site"}, False),
    ("a site that is no word", {"Sec-Fetch-Site": "x"}, False),
    ("cross-site with our origin",
     {"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"}, False),
    ("same-origin, whatever Origin says",
     {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
     True),
    ("our origin", {"Origin": f"http://{HOST}"}, True),
    ("our origin by https", {"Origin": f"https://{HOST}"}, True),
    ("another", {"Origin": "https://evil.example"}, False),
    ("null", {"Origin": "null"}, False),
    ("our host and another port", {"Origin": f"http://{HOST}:81"}, False),
    ("a host that begins like ours",
     {"Origin": f"http://{HOST}.evil.example"}, False),
    ("a host that ends like ours",
     {"Origin": f"http://evil{HOST}"}, False),
    ("ours as the user", {"Origin": f"http://{HOST}@evil.example"}, False),
    ("ours as the path", {"Origin": f"http://evil.example/{HOST}"}, False),
    ("ours with a port",
     {"Host": f"{HOST}:8080", "Origin": f"http://{HOST}:8080"}, True),
]


@rows(ORIGINS)
def a_post_from_elsewhere_is_refused(stack, headers, allowed):
    for target, fields in (
            ("/", {"full_name": "o", "data": f"from {headers}"}),
            ("/language", {"lang": "ko", "back": "/"})):
        answer = ask(stack, target, fields, headers)
        expect(answer.status, 303 if allowed else 403, target)
        if not allowed:
            expect(answer.all("Set-Cookie"), [], target)
            assert answer.page.title, "no page"
    if not allowed:
        with stack.redis_client() as redis:
            newest = redis("LINDEX", "post_id", 0) or b"0"
            text = redis("GET", b"news:post:" + newest) or b""
        assert str(headers).encode() not in text, "it was stored"


def a_link_from_elsewhere_is_welcome(stack):
    headers = {"Sec-Fetch-Site": "cross-site",
               "Origin": "https://evil.example"}
    expect(stack.ask("GET", "/all", b"", headers).status, 200)


def a_browser_behind_nginx_may_post(stack):
    origin = f"http://127.0.0.1:{stack.port}"
    posted_id(stack.post("n", "by origin", {"Origin": origin}))
    answer = stack.post("n", "other", {"Origin": "https://evil.example"})
    expect(answer.status, 403)


@rows([
    ("nothing", "", "", "en"),
    ("Korean", "ko", "", "ko"),
    ("a Korean browser", "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "", "ko"),
    ("an English browser", "en-GB,en;q=0.9,ko;q=0.8", "", "en"),
    ("Korean by weight", "en;q=0.1, ko;q=0.2", "", "ko"),
    ("French", "fr-FR,fr;q=0.9", "", "en"),
    ("French, then Korean", "fr, ko;q=0.3", "", "ko"),
    ("no Korean", "ko;q=0", "", "en"),
    ("anything", "*", "", "en"),
    ("rubbish", ";;q=,,=\x01é;q=9", "", "en"),
    ("capitals", "KO-kr", "", "ko"),
    ("a cookie", "", "lang=ko", "ko"),
    ("a cookie against the header", "ko", "lang=en", "en"),
    ("a cookie among others", "", "a=b; lang=ko; c=d", "ko"),
    ("a cookie of a like name", "", "xlang=ko", "en"),
    ("a cookie for no language", "ko", "lang=xx", "ko"),
    ("an empty cookie", "ko", "lang=", "ko"),
])
def the_language_is_the_visitors(stack, accept, cookie, wanted):
    headers = {}
    if accept:
        headers["Accept-Language"] = accept.encode("latin-1")
    if cookie:
        headers["Cookie"] = cookie
    for path in ("/", "/all", "/none"):
        answer = stack.ask("GET", path, b"", headers)
        expect(answer.page.language, wanted, path)
        expect(answer.header("Content-Language"), wanted, path)


@rows([("en", "en"), ("ko", "ko")])
def the_switch_is_remembered_in_a_cookie(stack, language):
    body = urlencode({"lang": language, "back": "/all"}).encode()
    answer = stack.http("POST", "/language", body, {"Content-Type": FORM})
    expect((answer.status, answer.header("Location")), (303, "/all"))
    value, *attributes = answer.header("Set-Cookie").split(";")
    expect(value, f"lang={language}")
    told = {a.strip().lower().split("=")[0]: a.strip() for a in attributes}
    for name in ("path", "max-age", "samesite", "httponly"):
        assert name in told, f"no {name} in {attributes}"
    assert "secure" not in told, "over http it would be dropped"
    page = stack.http("GET", "/all", None, {"Cookie": value}).page
    expect(page.language, language)


def over_https_the_cookie_is_secure(stack):
    answer = ask(stack, "/language", {"lang": "ko", "back": "/"}, {},
                 HTTPS="on", REQUEST_SCHEME="https")
    assert "secure" in answer.header("Set-Cookie").lower().replace(" ", "") \
        .split(";"), answer.header("Set-Cookie")


@rows([(repr(lang), lang) for lang in
       ("xx", "", "EN", "ko-KR", "ko\r\nSet-Cookie: a=b", "ko; Domain=x")])
def a_language_that_there_is_not_is_refused(stack, lang):
    answer = ask(stack, "/language", {"lang": lang, "back": "/"}, {})
    expect(answer.status, 400)
    expect(answer.all("Set-Cookie"), [])


@rows([("a list page", "/all/page/2"), ("a post", "/posts/3"), ("/", "/"),
       ("the newest", "/latest")])
def the_switch_leads_back(stack, back):
    answer = ask(stack, "/language", {"lang": "ko", "back": back}, {})
    expect((answer.status, answer.header("Location")), (303, back))


@rows([(repr(back), back) for back in
       ("//evil", "//evil/all", "//evil.example", "///evil.example", "https://evil.example/",
        "/\\evil.example", "\\\\evil.example", "\\/evil.example",
        "javascript:alert(1)", "evil.example", "", "/\t/evil.example",
        "/\r\nSet-Cookie: a=b", "/a\nLocation: http://evil.example",
        "\t//evil.example", " //evil.example", "/\x00/evil", "@evil.example",
        "/.//evil.example", "/" + "a" * 5000)])
def the_switch_leads_nowhere_else(stack, back):
    body = urlencode({"lang": "ko", "back": back}).encode()
    for way in (stack.http, stack.ask):
        answer = way("POST", "/language", body, {"Content-Type": FORM})
        if answer.status == 400:
            expect(answer.all("Location"), [])
            continue
        expect(answer.status, 303)
        location = answer.header("Location")
        assert location.startswith("/") and len(location) < 4096, location
        assert not location.startswith(("//", "/\\")), location
        # A browser folds dots and drops tabs before it looks.
        assert not any(c in location for c in "\\\t\r\n"), location
        assert "/./" not in location or "//" not in location, location
        for cookie in answer.all("Set-Cookie"):
            assert cookie.startswith("lang=ko"), cookie
        expect(len(answer.all("Set-Cookie")), 1)


def a_switch_without_a_way_back_leads_home(stack):
    answer = ask(stack, "/language", {"lang": "ko"}, {})
    expect((answer.status, answer.header("Location")), (303, "/"))


def the_message_of_a_post_is_only_told_of_posts(stack):
    """?posted= comes from anyone: it must not tell what is not so."""
    korean = {"Accept-Language": "ko"}
    number = posted_id(stack.post("n", "told", korean))
    page = stack.ask("GET", f"/?posted={number}", b"", korean).page
    assert KOREAN in page.words
    for told in ("x", "-1", "0", "", "%3Cb%3E", "1%0d%0a", "9" * 40):
        answer = stack.ask("GET", f"/?posted={told}", b"", korean)
        assert answer.status in (200, 400), f"{told}: {answer.status}"
        assert KOREAN not in answer.page.words, told


def a_page_that_is_there_already_is_not_sent_again(stack):
    for headers in ({}, {"Accept-Encoding": "gzip"},
                    {"Accept-Language": "ko"}):
        for path in ("/", "/all", "/latest", "/posts/1"):
            posted_id(stack.post("n", f"for {path} {headers}"))
            answer = stack.http("GET", path, None, headers)
            expect(answer.status, 200, path)
            had = {**headers, "If-None-Match": answer.header("ETag")}
            again = stack.http("GET", path, None, had)
            expect((again.status, again.body), (304, b""), path)
            expect(again.header("ETag"), answer.header("ETag"), path)
            if path == "/posts/1":
                continue
            posted_id(stack.post("n", f"another for {path} {headers}"))
            expect(stack.http("GET", path, None, had).status, 200, path)
    other = {"Accept-Language": "en", "If-None-Match": had["If-None-Match"]}
    expect(stack.http("GET", path, None, other).status, 200, "in English")


def a_query_that_is_not_ours_does_no_harm(stack):
    for query in ("utm=100%", "a=%ff", "a=%00", "=&&==", "posted",
                  "&".join(f"a{i}=b" for i in range(100))):
        for path in ("/", "/all", "/latest"):
            expect(stack.http("GET", f"{path}?{query}").status, 200,
                   f"{path}?{query}")


def only_the_switch_set_a_cookie(stack):
    expect([c for c in stack.cookies if c != ("POST", "/language")], [])


if __name__ == "__main__":
    main(({"nginx": True}, [
        a_post_from_elsewhere_is_refused,
        a_link_from_elsewhere_is_welcome,
        a_browser_behind_nginx_may_post,
        the_language_is_the_visitors,
        the_switch_is_remembered_in_a_cookie,
        over_https_the_cookie_is_secure,
        a_language_that_there_is_not_is_refused,
        the_switch_leads_back,
        the_switch_leads_nowhere_else,
        a_switch_without_a_way_back_leads_home,
        the_message_of_a_post_is_only_told_of_posts,
        a_page_that_is_there_already_is_not_sent_again,
        a_query_that_is_not_ours_does_no_harm,
        only_the_switch_set_a_cookie,
    ]))
