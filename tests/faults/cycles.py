#!/usr/bin/env python3
"""Faults at random, one after another, while people write and read: what was
acknowledged is there, once, whole, under an id of its own; and the board
answers again by itself.

    CYCLES=1000 SEED=7 python3 tests/faults/cycles.py

A cycle makes one fault (kinds.py), lets it last for a moment, heals it, and
waits till a write has been acknowledged again. Kinds are dealt like cards, so
that each comes once before one comes again; KINDS="garble,cut" deals only those
whose names have such a word. After every 20 cycles, and at the end, writers
rest, and everything is looked at (audit.py). A seed deals the same faults with
the same bytes and times, and lets the same people want the same; what meets
what is up to the machine.

What is not promised: a reply from Redis that was garbled into another one
that is possible can be told to who asked, as a wrong number of a post, say;
hence such answers are not compared, but what is stored is. And what hangs in
the network longer than it takes its writer to delete it again by another
request is written once more.
"""

import collections
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from audit import Audit
from crowd import Crowd
from kinds import KINDS
from ground import Site
from stack import main, wait_for

CYCLES = int(os.environ.get("CYCLES", len(KINDS)))
SEED = int(os.environ.get("SEED") or random.randrange(1 << 31))
WORDS = os.environ.get("KINDS", "").split(",")
AUDIT_EVERY = 20
# A sign of life: what can be waited for after a fault is healed.
SAID = float(os.environ.get("SAY_SECONDS", "60"))


def deal():
    """(kind, its random generator), without end."""
    names = [name for name in KINDS if any(word in name for word in WORDS)]
    cycle = 0
    while True:
        deck = list(names)
        random.Random(f"{SEED} deck {cycle}").shuffle(deck)
        for name in deck:
            cycle += 1
            yield name, random.Random(f"{SEED} cycle {cycle}")


class Cycles:
    def __init__(self, site, crowd):
        self.site, self.crowd, self.ledger = site, crowd, crowd.ledger
        self.audit = Audit(site, crowd.ledger)
        self.audits = 0
        self.kinds = collections.Counter()
        self.recoveries = []
        self.last = "none"   # fault, in words
        self.began = self.said = time.monotonic()

    def run(self):
        for cycle, (name, chance) in zip(range(1, CYCLES + 1), deal()):
            self.ledger.cycle = cycle
            self._one(cycle, name, chance)
            if cycle % AUDIT_EVERY == 0 or cycle == CYCLES:
                self._look()
            if time.monotonic() - self.said > SAID:
                self.said = time.monotonic()
                self.tell()

    def _one(self, cycle, name, chance):
        self.kinds[name] += 1
        seconds = chance.uniform(0.02, 0.35)
        fault = KINDS[name](self.site, chance)
        self.last = f"{name}: {next(fault)}"
        time.sleep(seconds)
        next(fault, None)
        healed, before = time.monotonic(), self.ledger.acknowledged
        wait_for(f"an answer after {self.last}", lambda: self.ledger.faults
                 or self.ledger.acknowledged > before, every=0.005)
        self.recoveries.append((time.monotonic() - healed, cycle, self.last))
        self.site.all_run()
        assert not self.ledger.faults, "\n".join(self.ledger.faults[:5])

    def _look(self):
        self.crowd.rest()
        assert not self.ledger.faults, "\n".join(self.ledger.faults[:5])
        self.audit.run()
        self.audits += 1
        self.crowd.go_on()

    def tell(self):
        with self.ledger.lock:
            counts = dict(self.ledger.counts)
            statuses = dict(self.ledger.statuses)
        slowest = sorted(self.recoveries)
        print(f"# {self.ledger.cycle} cycles in "
              f"{time.monotonic() - self.began:.0f} s, {self.audits} audits; "
              f"till the next acknowledgement after healing: median "
              f"{slowest[len(slowest) // 2][0]:.2f} s")
        for seconds, cycle, fault in slowest[:-4:-1]:
            print(f"#   {seconds:.2f} s in cycle {cycle}, {fault}")
        print(f"#   faults of the proxy's that struck: {self.site.struck}")
        for told in (self.kinds, counts, statuses):
            print("#   " + ", ".join(f"{name}: {told[name]}"
                                     for name in sorted(told)), flush=True)


def nothing_is_lost_doubled_half_or_given_anothers_id(site):
    print(f"# SEED={SEED} CYCLES={CYCLES}", flush=True)
    with Crowd(site, SEED) as crowd:
        cycles = Cycles(site, crowd)
        try:
            cycles.run()
        except BaseException:
            print(f"# in cycle {crowd.ledger.cycle}, {cycles.last}")
            site.tell_logs()
            raise
        finally:
            cycles.tell()
    assert crowd.ledger.counts["post sent again"] > 0, "no fault was felt"


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main((Site, [nothing_is_lost_doubled_half_or_given_anothers_id]))
