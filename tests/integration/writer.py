"""Somebody who writes by curl, and remembers what: for life.py."""

from claims import expect
from curl import Visitor, filled, path_of, query_of

CATEGORIES = {"en": ["Questions", "Reports"], "ko": ["질문", "후기"]}
NAMES = {"en": ("Ada", "Grace", "Edith"), "ko": ("홍길동", "이영희", "김철수")}


class Life(Visitor):
    """One visitor's posts, and what is known of them so far."""

    def __init__(self, language, slug):
        super().__init__(None, language, slug)
        self.categories = CATEGORIES[language]
        self.writer, self.guest, self.other = NAMES[language]
        self.ids, self.mine = {}, {}
        self.public = {}  # id: text, of what the list has

    def words(self, what):
        """A text that is nowhere else."""
        return f"{what} {self.language} {self.slug or 'first'}"

    def write(self, what, **fields):
        """A post on /write; its id, and the token of its private link."""
        fields = {"full_name": self.writer, "data": self.words(what),
                  **fields}
        query = query_of(self.post("/write", fields))
        self.ids[what] = int(query["posted"])
        self.mine[what] = query.get("mine")
        if "secret" not in fields:
            self.public[self.ids[what]] = fields["data"]
        return self.ids[what]

    def reply(self, to, what, **fields):
        fields = {"full_name": self.guest, "data": self.words(what), **fields}
        answer = self.post(f"/posts/{to}/reply", fields)
        query = query_of(answer)
        self.ids[what] = int(query["posted"])
        self.mine[what] = query.get("mine")
        return answer

    def unlock(self, number, password, to):
        """Where the password leads."""
        answer = self.post(f"/posts/{number}/unlock",
                           {"password": password, "to": to})
        return answer.header("Location").removeprefix(self.board)

    def edit(self, path, **changed):
        """Through the form of a page; the answer."""
        page = self.get(path).page
        number = path.split("/")[2]
        answer = self.post(f"/posts/{number}/edit",
                           {**filled(page), **changed})
        expect(path_of(answer), f"{self.board}/posts/{number}")
        return self.led(answer)

    def shows(self, number, name, text, title=""):
        """Page, JSON and Redis tell the same of a public post."""
        page = self.get(f"/posts/{number}").page
        for word in (name, text, title):
            assert word in page.by_id[f"post-{number}"], word
        found = self.json(f"/posts/{number}")
        expect((found["name"], found["text"], found["title"]),
               (name, text, title))
        expect(self.redis("GET", f"news:name:{number}"), name)
        expect(self.redis("GET", f"news:post:{number}"), text)
        expect(self.meta(number).get("title", ""), title)

    def shows_reply(self, root, number, name, text):
        page = self.get(f"/posts/{root}").page
        for word in (name, text):
            assert word in page.by_id[f"reply-{number}"], word
        found = self.entries(root)[number]
        expect((found["name"], found["text"]), (name, text))
        expect(self.redis("GET", f"news:name:{number}"), name)
        expect(self.redis("GET", f"news:post:{number}"), text)
        return found

    def entries(self, root):
        return {entry["id"]: entry
                for entry in self.json(f"/posts/{root}")["entries"]}

    def listed(self, path="/list"):
        """The ids of a list's JSON, which its page has too."""
        ids = [post["id"] for post in self.json(path)["posts"]]
        links = self.get(path).page.links
        for number in ids:
            assert f"{self.board}/posts/{number}" in links, number
        return ids
