"""What visitors send about their language: browsers, robots, and nobody."""

ACCEPTED = ["", "*", "ko", "en", "KO-kr", "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7",
            "en-US,en;q=0.9,ko;q=0.8", "fr-FR,fr;q=0.9,ko;q=0.8,en;q=0.7",
            "fr", "ja,zh;q=0.5", "en;q=0.5,ko;q=0.9", "ko;q=0,en", "fr,*;q=0.5",
            "kok", "korean,en;q=0.3", "en-US,en;q=0.5", "ko, en;q=0.9",
            "ko;q=0.8,en;q=0.8", "en;q=0.8,ko;q=0.8", ",,,", "ko;q=abc", "q",
            "ja,ko;q=0.9,en;q=0.9", "de,en;q=0.1,ko;q=0.1", "ko-", "-ko",
            "ko1,en", "en2-US,ko;q=0.5",
            "fr;q=0.9,ko;q=1", "de-DE, de;q=0.9, ko;q=0.4", "x" * 300,
            ",".join(["aa"] * 40) + ",ko", "en\t", "ko;Q=0.1,en;q=0.2",
            "fr, ko, en", "fr, en, ko", "fr, ko;q=0.9, en;q=0.8",
            "fr, en;q=0.9, ko;q=0.8", "a" * 1100 + ",ko",
            "a" * 1000 + ",ko"]

# As many items as the patterns of web servers take, none of them ours: who
# matches them must not try every way to cut them.
COSTLY = [", ".join([word] * 10 + [f"{word};q=0.{n // 2}"
                                   for n in range(19, 1, -1)])
          for word in ("zz", "ok", "kz")]
COOKIES = ["", "lang=ko", "lang=en", "lang=fr", "lang=", "LANG=ko",
           "a=b; lang=ko", "a=b;lang=ko", "lang=ko; lang=en", "xlang=ko",
           "lang=\"ko\"", "a=\"; lang=ko\"", "lang =ko", "lang= ko",
           "slang=1; lang=en", "a=lang=ko", "lang=ko;x", "lang=koo", "a; lang=ko"]


def preferences():
    """The headers of each: what is accepted, with each cookie."""
    for accepted in ACCEPTED + COSTLY:
        for cookie in COOKIES:
            yield {name: value for name, value in (
                ("Accept-Language", accepted), ("Cookie", cookie)) if value}


# So many of them at least are for the files: a web server that leaves all to
# the worker is right, and of no use.
FILES_MIN = len(ACCEPTED) * len(COOKIES) / 4
