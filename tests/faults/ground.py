"""A board with everything that can fail: Redis behind the proxy, two workers
that share a socket and a page store, nginx before them.
"""

import contextlib
import os
import signal
import socket
import threading

import stack as stacks
from proxy import Proxy
from stack import Part, Stack, wait_for

# Shorter than as shipped, so that what hangs for a moment is over it.
COMMAND_MS = 250
# However late something arrives, it is the same post.
ONCE_SECONDS = 3600
SERVES = "serving with"
# Of a pair, as of systemd's socket: who is left takes the other's visitors.
WORKERS = 2


class Site(Stack):
    def __init__(self):
        super().__init__(nginx=True, pages=True, errors=True, patient=False,
                         REDIS_COMMAND_MS=COMMAND_MS,
                         POST_ONCE_SECONDS=ONCE_SECONDS)
        self.proxy = Proxy(self.redis_socket, self.path("proxy.sock"))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen(512)
        os.chmod(self.socket, 0o660)
        environment = {**self.settings, "REDIS_ADDRESS": self.proxy.address}
        self.workers = [
            Part([stacks.WORKER, "serve", "--slots", "4"],
                 self.path(f"worker{n}.log"),
                 stacks.clean_environment(**environment))
            for n in range(WORKERS)]
        self.worker = self.workers[0]
        # A file over its limit is an error to Redis then, not the end.
        self.redis.argv = ["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh",
                           *self.redis.argv]
        # nginx's workers outlive a master that was killed: all are a group.
        self.nginx.argv = ["setsid", *self.nginx.argv]
        self.struck = 0        # harms of the proxy's that met something
        self.garbles = 0       # how often one began or ended
        self._plain = 0        # readers of addresses that may be published
        self._garbling = False
        self._lock = threading.Condition()

    def __enter__(self):
        self.proxy.__enter__()
        return super().__enter__()

    def __exit__(self, kind, *rest):
        for part in self.workers[1:]:
            if part.running() and part.stop():
                self.faults.append(f"a worker exited with "
                                   f"{part.process.returncode}")
        self.proxy.__exit__()
        self.listener.close()
        super().__exit__(kind, *rest)

    def start_worker(self, _=None):
        for part in self.workers:
            self.start_one(part)

    def start_one(self, part):
        """It serves, and knows what SIGTERM means, when this returns."""
        before = part.said().count(SERVES)
        part.start(self.listener)
        wait_for("a worker", lambda: part.said().count(SERVES) > before or
                 not part.running())

    def kill_nginx(self):
        os.killpg(self.nginx.process.pid, signal.SIGKILL)
        self.nginx.wait()

    def tell_logs(self):
        """The last lines of each, for who looks for a fault."""
        for self.worker in self.workers:
            self._tell_logs()

    def found_in_log(self):
        """Of every worker; see Stack."""
        found = []
        for self.worker in self.workers:
            found += super().found_in_log()
        return found

    # A garbled reply is known as none: what is read meanwhile may be wrong,
    # and must not become a file, which would be wrong for longer.

    @contextlib.contextmanager
    def garbling(self):
        with self._lock:
            self._garbling = True
            self.garbles += 1
            self._lock.wait_for(lambda: self._plain == 0)
        try:
            yield
        finally:
            with self._lock:
                self._garbling = False
                self.garbles += 1

    @contextlib.contextmanager
    def reading(self):
        """Gives what to put behind the address: a query is no file's."""
        with self._lock:
            plain = not self._garbling
            self._plain += plain
        try:
            yield "" if plain else "?fresh=1"
        finally:
            with self._lock:
                self._plain -= plain
                self._lock.notify_all()

    def garbled_since(self, count):
        with self._lock:
            return self._garbling or self.garbles != count

    def all_run(self):
        """A process that ended unasked is a fault."""
        for part in (self.redis, self.nginx, *self.workers):
            assert part.running(), \
                f"{part.log} ended by itself with " \
                f"{part.process.returncode}:\n{part.said()[-2000:]}"
