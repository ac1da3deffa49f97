"""Stands between the worker and Redis and counts round trips: how often a
connection turns from listening to a reply to asking again.
"""

import os
import selectors
import socket
import threading


class Counter:
    def __init__(self, redis_socket, address):
        self.redis_socket, self.address = redis_socket, address
        self.trips = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(64)
        self._selector = selectors.DefaultSelector()
        self._stop, self._stopper = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._stop, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopper.send(b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._stopper.close()
        os.unlink(self.address)

    def _run(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._stop:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._forward(key.fileobj, *key.data)

    def _accept(self):
        worker, _ = self._listener.accept()
        redis = socket.socket(socket.AF_UNIX)
        redis.connect(self.redis_socket)
        asking = [False]  # shared by both ways of one connection
        for source, target, asks in ((worker, redis, True),
                                     (redis, worker, False)):
            self._selector.register(source, selectors.EVENT_READ,
                                    (target, asks, asking))

    def _forward(self, source, target, asks, asking):
        try:
            data = source.recv(1 << 20)
        except OSError:
            data = b""
        if not data:
            for end in (source, target):
                if end.fileno() >= 0:
                    self._selector.unregister(end)
                    end.close()
            return
        if asks and not asking[0]:
            self.trips += 1
        asking[0] = asks
        try:
            target.sendall(data)
        except OSError:
            pass  # the other end is gone; its own event tells
