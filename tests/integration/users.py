"""A stack of two users, as on a server, and what `madang check` says of it.

As root the worker is one user, daemon, and the web server another, nobody: what
check says of a user is what befalls that user. Else both are whoever runs this.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys

from claims import expect
from stack import (BUILD, FAULTS, SOURCE, WORKER, Stack, clean_environment,
                   wait_for)

ROOT = os.geteuid() == 0
OWNER, WEB = (("daemon", "nobody") if ROOT else
              [pwd.getpwuid(os.geteuid()).pw_name] * 2)
# Its longest waits are those for the worker and for the web server.
SECONDS_MAX = 40


def user(name):
    """What has a program run as a user, and in no group but his."""
    return ["setpriv", "--reuid", name, "--regid",
            group_of(name), "--clear-groups"] if ROOT else []


def group_of(name):
    return subprocess.run(["id", "-gn", name], check=True, text=True,
                          capture_output=True).stdout.strip()


class Users(Stack):
    """The worker in folders that its user, and the web server's, can enter,
    wherever the sources are."""

    def __init__(self, **settings):
        super().__init__(nginx=True, pages=True, **settings)
        self.run, self.cache = self.path("run"), self.path("cache")
        self.socket = os.path.join(self.run, "madang.sock")
        self.pages = os.path.join(self.cache, "pages")
        self.config = self.path("madang.hdf")
        for folder in (self.run, self.cache, self.pages):
            os.mkdir(folder)
        shutil.copy(WORKER, self.path("madang"))
        shutil.copytree(os.path.join(SOURCE, "templates"),
                        self.path("templates"))
        shutil.copytree(os.path.join(BUILD, "web"), self.path("web"))
        subprocess.run(["chmod", "-R", "u+w,go=rX", self.path("templates"),
                        self.path("web")], check=True)
        self.settings.update(FILES_TEMPLATES=self.path("templates"),
                             FILES_ASSETS=self.path("web/assets.hdf"),
                             PAGES_FOLDER=self.pages)
        self.worker.argv = user(OWNER) + [
            self.path("madang"), "serve", "--config", self.config,
            "--listen", self.socket, "--slots", "4"]
        self.worker.env = clean_environment(**self.settings)
        self.make_right()

    def make_right(self):
        """As the README has it."""
        os.chmod(self.state, 0o755)
        os.chmod(self.cache, 0o755)
        os.chmod(self.pages, 0o755)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("slots = 4\n")
        os.chmod(self.config, 0o644)
        os.chmod(self.run, 0o2755)
        if ROOT:
            shutil.chown(self.run, OWNER, group_of(WEB))
            os.chmod(self.run, 0o2750)
            shutil.chown(self.pages, OWNER, group_of(OWNER))
            shutil.chown(self.config, 0, 0)
        if os.path.exists(self.socket):
            os.chmod(self.socket, 0o660)
            if ROOT:
                shutil.chown(self.socket, OWNER, group_of(WEB))

    def start_redis(self):
        super().start_redis()
        os.chmod(self.redis_socket, 0o666)

    def start_nginx(self, change=None):
        """change: what becomes of the text of nginx.conf."""
        text = subprocess.run(
            ["sh", os.path.join(SOURCE, "bootstrap"), "nginx-conf"],
            env=dict(os.environ, PORT=str(self.port), STATE=self.state,
                     BUILD=BUILD),
            check=True, capture_output=True, text=True, cwd=SOURCE).stdout
        for theirs, here in (
                (self.path("madang.sock"), self.socket),
                (self.path("pages"), self.pages),
                (f"{BUILD}/web", self.path("web"))):
            text = text.replace(theirs, here)
        # It has to be more than the stack's patient queue.
        text = text.replace("_timeout 1700ms;", "_timeout 30s;")
        if change:
            text = change(text)
        with open(self.path("nginx.conf"), "w", encoding="utf-8") as file:
            file.write(text)
        self.nginx.start()
        wait_for("nginx", lambda: self.http("GET", "/healthz"))


def check(stack, *words, wait=SECONDS_MAX, stdin=b"", **settings):
    """Its lines and its status."""
    if "--listen" not in words:
        words += ("--listen", stack.socket)
    env = clean_environment(**{**stack.settings, **settings})
    env.setdefault("MADANG_CONFIG", stack.config)
    done = subprocess.run(
        [WORKER, "check", "--web-user", WEB, *words], env=env, timeout=wait,
        capture_output=True, input=stdin)
    said = done.stderr.decode(errors="replace")
    assert not FAULTS.search(said), said
    lines = done.stdout.decode().splitlines()
    for line in lines:
        assert re.match(r"(right |WRONG |advice) \S", line), line
    wrong = [line for line in lines if line.startswith("WRONG")]
    expect(done.returncode, 1 if wrong else 0, "\n".join(lines))
    return lines


def finds(lines, kind, *words):
    """The line of a kind that has all the words."""
    for line in lines:
        if line.startswith(kind) and all(word in line for word in words):
            return line
    raise AssertionError(f"no {kind} with {words} in\n" + "\n".join(lines))


def is_right(lines):
    wrong = [line for line in lines if line.startswith("WRONG")]
    assert not wrong, "\n".join(wrong)


def as_user(name, *words):
    return subprocess.run(user(name) + list(words), capture_output=True,
                          timeout=20).returncode == 0


def connects(stack):
    """Whether the web server's user does, as he."""
    return as_user(WEB, sys.executable, "-c",
                   "import socket, sys; "
                   "socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
                   stack.socket)


def mends(line):
    """Does what the line says."""
    found = re.search(r"; as root: (.*)$", line)
    assert found, line
    subprocess.run(["sh", "-c", found[1]], check=True, timeout=20)
