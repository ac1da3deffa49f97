"""Stands between the worker and Redis: counts round trips, how often a
connection turns from listening to a reply to asking again, and does to what
passes what a network can do: delays, cuts, truncates, garbles and stalls it, at
a byte of either way.

    with Proxy(redis_socket, address) as proxy:
        proxy.trips
        proxy.harm(Harm("cut", "answered", at=17))
        proxy.heal()

Delays and garbles strike all connections. The others strike one, the first that
has something to say in its way, whose bytes are counted from there.
"""

import heapq
import os
import selectors
import socket
import threading
import time

WAYS = ("asked", "answered")
DIGITS = b"0123456789"
GARBLED_BYTES = 100


class Harm:
    """What is done, in which way, before which byte, counted from 0.

    delay: each piece takes so many seconds longer. cut: both ends are closed.
    truncate: the rest of this way is swallowed, and the connection stays.
    stall: the rest is kept till the harm is healed, and then delivered after
    all, however late that is. garble: a byte of every second piece becomes
    another one, as chance says, a digit another digit as a rule, since digits
    say what belongs to what.
    """

    def __init__(self, kind, way, at=0, seconds=0.0, chance=None):
        self.kind, self.way, self.at = kind, way, at
        self.seconds, self.chance = seconds, chance
        self.victim = None  # the connection's way that it strikes
        self.struck = False

    def __str__(self):
        if self.kind == "delay":
            return f"{self.kind} {self.seconds:.3f} s of what is {self.way}"
        if self.kind == "garble":
            return f"{self.kind} what is {self.way}"
        return f"{self.kind} at byte {self.at} of what is {self.way}"

    def garble(self, data):
        # What changed is told to a listener who asked nothing: he can't ask
        # again, and a page would be an old one.
        if b"invalidate" in data or self.chance.random() < 0.5:
            return data
        self.struck = True
        data = bytearray(data)
        digits = [i for i, byte in enumerate(data[:GARBLED_BYTES])
                  if byte in DIGITS]
        if digits and self.chance.random() < 0.8:
            at = self.chance.choice(digits)
            data[at] = self.chance.choice(DIGITS.replace(data[at:at + 1],
                                                         b""))
        else:
            at = self.chance.randrange(min(len(data), GARBLED_BYTES))
            data[at] ^= self.chance.randrange(1, 256)
        return bytes(data)


class Way:
    """One of the two ways of a connection."""

    def __init__(self, name, source, target):
        self.name, self.source, self.target = name, source, target
        self.other = None
        self.asking = False         # who asks has been heard last
        self.waiting = bytearray()  # what the target has not taken yet
        self.kept = bytearray()     # what a stall holds
        self.delayed = 0            # pieces that a delay holds
        self.free_at = 0.0          # when what a delay holds has passed
        self.swallowed = False      # nothing passes any more
        self.ended = False          # the source has said its last


class Proxy:
    def __init__(self, redis_socket, address):
        self.redis_socket, self.address = redis_socket, address
        self.trips = 0
        self._harm = None
        self._lock = threading.RLock()
        self._ways = set()
        self._later = []  # (when, number, way, data): what a delay holds
        self._pieces = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(64)
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping = True
        self._ringer.send(b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()
        self._ringer.close()
        os.unlink(self.address)

    def harm(self, harm):
        with self._lock:
            self._harm = harm

    def heal(self):
        """No harm from here on; what was stalled goes its way."""
        with self._lock:
            self._harm = None
        self._ringer.send(b"x")

    # What follows is the thread's.

    def _run(self):
        while not self._stopping:
            patience = None
            if self._later:
                patience = max(0.0, self._later[0][0] - time.monotonic())
            for key, events in self._selector.select(patience):
                with self._lock:
                    self._serve(key, events)
            self._deliver()

    def _serve(self, key, events):
        if key.fileobj is self._bell:
            self._bell.recv(64)
            self._release()
            return
        if key.fileobj is self._listener:
            self._accept()
            return
        reads, writes = key.data
        # One may close what the other was about to use.
        if events & selectors.EVENT_WRITE and writes.target.fileno() >= 0:
            self._flush(writes)
        if events & selectors.EVENT_READ and reads.source.fileno() >= 0:
            self._read(reads)

    def _accept(self):
        worker, _ = self._listener.accept()
        redis = socket.socket(socket.AF_UNIX)
        redis.setblocking(False)
        try:
            redis.connect(self.redis_socket)
        except OSError:  # it is away, or hangs and has a full queue
            worker.close()
            redis.close()
            return
        worker.setblocking(False)
        asked = Way("asked", worker, redis)
        answered = Way("answered", redis, worker)
        asked.other, answered.other = answered, asked
        for way in (asked, answered):
            self._ways.add(way)
            self._selector.register(way.source, selectors.EVENT_READ,
                                    (way, way.other))

    def _read(self, way):
        try:
            data = way.source.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(way)
            return
        asks = way.name == "asked"
        if asks and not way.asking:
            self.trips += 1
        way.asking = way.other.asking = asks
        if self._harm and self._harm.way == way.name:
            data = self._strike(self._harm, way, data)
        self._pass(way, data)

    def _strike(self, harm, way, data):
        """What is left to be passed on."""
        if harm.kind == "delay":
            harm.struck = True
            way.free_at = time.monotonic() + harm.seconds
        if harm.kind == "garble":
            return harm.garble(data)
        if harm.kind == "delay" or harm.struck:
            return data
        harm.victim = harm.victim or way
        if harm.victim is not way or harm.at >= len(data):
            harm.at -= len(data) if harm.victim is way else 0
            return data
        harm.struck = True
        before, data = data[:harm.at], data[harm.at:]
        self._pass(way, before)
        if harm.kind == "cut":
            self._close(way)
        elif harm.kind == "stall":
            way.kept += data
        else:
            way.swallowed = True
        return b""

    def _pass(self, way, data):
        if way.swallowed or not data:
            return
        if way.kept:
            way.kept += data
        elif way.delayed or way.free_at > time.monotonic():
            self._pieces += 1
            way.delayed += 1
            heapq.heappush(self._later,
                           (way.free_at, self._pieces, way, data))
        else:
            self._send(way, data)

    def _deliver(self):
        """What a delay has held for long enough."""
        while self._later and self._later[0][0] <= time.monotonic():
            _, _, way, data = heapq.heappop(self._later)
            way.delayed -= 1
            with self._lock:
                self._send(way, data)

    def _release(self):
        for way in [way for way in self._ways if way.kept]:
            data = bytes(way.kept)
            way.kept.clear()
            self._send(way, data)

    def _send(self, way, data):
        if way.target.fileno() >= 0:
            way.waiting += data
            self._flush(way)

    def _flush(self, way):
        try:
            while way.waiting:
                del way.waiting[:way.target.send(way.waiting)]
        except BlockingIOError:
            pass
        except OSError:
            self._close(way)
            return
        events = selectors.EVENT_READ
        if way.waiting:
            events |= selectors.EVENT_WRITE
        self._selector.modify(way.target, events, (way.other, way))
        self._close_if_all_said(way)

    def _end(self, way):
        """A network delivers what was sent before the end, and then that."""
        way.ended = True
        self._selector.unregister(way.source)
        way.source.close()
        self._close_if_all_said(way)

    def _close_if_all_said(self, way):
        if way.ended and not (way.waiting or way.kept or way.delayed):
            self._close(way)

    def _close(self, way):
        for end in (way.source, way.target):
            if end.fileno() >= 0:
                self._selector.unregister(end)
                end.close()
        self._ways -= {way, way.other}
        if self._harm and self._harm.victim in (way, way.other) and \
                not self._harm.struck:
            self._harm.victim = None
