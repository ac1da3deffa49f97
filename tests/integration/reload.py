#!/usr/bin/python3
"""Nobody's request is lost while a web server reloads, and while the worker is
reloaded, restarted or replaced: with visitors who keep their connections, as
browsers do, and write.

A connection that was kept may be closed by the server when it is idle, and then
a browser asks again on a new one (RFC 9112, section 9.3.1). That is no loss;
anything else is: a refused connection, half an answer, an error, a post that is
not there or is there twice.
"""

import http.client
import os
import shutil
import signal
import socket
import sys
import threading
import time
from urllib.parse import urlencode

import stack as stacks
from claims import expect
from stack import FORM, SKIPPED, main, wait_for
from webservers import Fcgid, Lighttpd, Proxied, can_be

VISITORS = 12
ROUNDS = 3
# Between two reloads. mod_fcgid's takes over a second, and one that comes before
# the last is through leaves visitors without an answer.
PAUSE = {Fcgid: 5}
PAUSE_ELSE = 1.5
TIMEOUT = 60
CLOSED = (http.client.RemoteDisconnected, ConnectionResetError,
          BrokenPipeError)


class Visitor(threading.Thread):
    """Asks for pages, and writes each fifth time, until told to stop."""

    def __init__(self, stack, number, stop):
        super().__init__(daemon=True)
        self.stack, self.number, self.stop = stack, number, stop
        self.client, self.used = None, False
        self.answered = self.again = self.posts = 0
        self.lost = []

    def run(self):
        turn = 0
        while not self.stop.is_set():
            turn += 1
            try:
                self.take(turn)
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                self.drop()

    def take(self, turn):
        if turn % 5:
            path = ("/list", "/list?x", "/posts/7", "/healthz")[turn % 4]
            status = self.ask("GET", path, None)
            wanted = 200
        else:
            words = {"full_name": "n", "data": f"{self.number} {turn}"}
            status = self.ask("POST", "/", urlencode(words).encode())
            wanted = 303
            self.posts += status == 303
        self.answered += 1
        if status != wanted:
            self.lost.append(f"{status}")

    def drop(self):
        if self.client:
            self.client.close()
        self.client, self.used = None, False

    def ask(self, method, path, body):
        if self.client is None:
            self.client = http.client.HTTPConnection(
                "127.0.0.1", self.stack.port, timeout=TIMEOUT)
        try:
            self.client.request(method, path, body, {"Content-Type": FORM})
            answer = self.client.getresponse()
        except CLOSED:
            if not self.used:
                raise
            self.again += 1
            self.drop()
            return self.ask(method, path, body)
        answer.read()
        self.used = True
        if answer.will_close:
            self.drop()
        return answer.status


def under_load(stack, events):
    """Runs events while visitors come; then nothing may be missing."""
    with stack.redis_client() as redis:
        before = redis("LLEN", "post_id")
        stop = threading.Event()
        crowd = [Visitor(stack, f"{before} {i}", stop)
                 for i in range(VISITORS)]
        for visitor in crowd:
            visitor.start()
        pause = PAUSE.get(type(stack), PAUSE_ELSE)
        for _ in range(ROUNDS):
            time.sleep(pause)
            events(stack)
        time.sleep(pause)
        stop.set()
        for visitor in crowd:
            visitor.join(TIMEOUT)
        lost = [what for visitor in crowd for what in visitor.lost]
        answered = sum(visitor.answered for visitor in crowd)
        posts = sum(visitor.posts for visitor in crowd)
        print(f"# of {answered} requests {len(lost)} lost, "
              f"{sum(visitor.again for visitor in crowd)} asked again")
        expect(lost, [])
        assert answered > VISITORS * ROUNDS, answered
        expect(redis("LLEN", "post_id"), before + posts, "posts")


def a_board_with_posts(stack):
    with stack.redis_client() as redis:
        stacks.fill(redis, [(f"n{i}", f"text {i}") for i in range(60)])


def a_reload_of_the_web_server_loses_nothing(stack):
    under_load(stack, lambda stack: stack.nginx.send(signal.SIGUSR1))
    assert stack.nginx.running()


def a_reload_of_the_worker_loses_nothing(stack):
    under_load(stack, lambda stack: stack.worker.send(signal.SIGHUP))
    wait_for("the reload", lambda:
             stack.worker.said().count("reloaded") >= 1)


def a_restart_of_the_worker_loses_nothing(stack):
    """Its socket is somebody else's, systemd's: who comes between waits."""
    def restart(stack):
        expect(stack.worker.stop(), 0)
        stack.start_worker()
    under_load(stack, restart)


def a_new_program_and_a_reload_lose_nothing(stack):
    """As a package does it: the new file takes the old one's name."""
    def replace(stack):
        path = stack.path("madang")
        shutil.copy(path, path + ".new")
        os.rename(path + ".new", path)
        time.sleep(0.3)
        stack.nginx.send(signal.SIGUSR1)
    under_load(stack, replace)


def kept(server):
    """A server whose worker gets its socket from who starts it."""
    class Kept(server):
        def __init__(self, **settings):
            super().__init__(**settings)
            self.door = socket.socket(socket.AF_UNIX)
            self.door.bind(self.socket)
            os.chmod(self.socket, 0o666)
            self.door.listen(4096)
            at = self.worker.argv.index("--listen")
            del self.worker.argv[at:at + 2]

        def start_worker(self, stdin=None):
            super().start_worker(self.door)
    return Kept


BESIDE = [a_board_with_posts, a_reload_of_the_web_server_loses_nothing,
          a_reload_of_the_worker_loses_nothing,
          a_restart_of_the_worker_loses_nothing]

if __name__ == "__main__":
    if not can_be(Proxied, Fcgid, Lighttpd):
        print("# apache2-bin, libapache2-mod-fcgid or lighttpd is missing")
        sys.exit(SKIPPED)
    main((lambda: kept(Proxied)(errors=True), BESIDE),
         (lambda: kept(Lighttpd)(errors=True), BESIDE),
         (lambda: Fcgid(errors=True),
          [a_board_with_posts, a_reload_of_the_web_server_loses_nothing,
           a_new_program_and_a_reload_lose_nothing]))
