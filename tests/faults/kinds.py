"""The kinds of fault. Each is a generator: it makes the fault, yields what it
is in words, and when it goes on, heals it. What it draws comes from the random
generator that it is given, so the same seed draws the same again.
"""

import os
import resource
import signal
import time

from proxy import WAYS, Harm
from resp import RedisError
from stack import wait_for


STRIKES_SECONDS = 2


def a_byte(random):
    """Most that passes is short; a script's text or a page is not."""
    return random.randrange(random.choice((4, 64, 700, 6000)))


def harm(site, how):
    site.proxy.harm(how)
    yield f"{how}"
    # Its byte may be one that is seldom reached.
    end = time.monotonic() + STRIKES_SECONDS
    while not how.struck and time.monotonic() < end:
        time.sleep(0.005)
    site.proxy.heal()
    site.struck += how.struck


# The proxy's

def _delay(way):
    def delay(site, random):
        seconds = random.uniform(0.01, 0.4)
        yield from harm(site, Harm("delay", way, seconds=seconds))
    return delay


def _at_a_byte(kind, way):
    def struck(site, random):
        yield from harm(site, Harm(kind, way, a_byte(random)))
    return struck


def garble(site, random):
    """Of replies only: a garbled request asks Redis for something else, and
    gets it. Nothing here can tell it from what was meant."""
    with site.garbling():
        yield from harm(site, Harm("garble", "answered", chance=random))


# The workers'

def worker_killed(site, random):
    part = random.choice(site.workers)
    part.kill()
    yield "kill -9"
    site.start_one(part)


def workers_killed(site, random):
    for part in site.workers:
        part.kill()
    yield "kill -9 of all"
    for part in site.workers:
        site.start_one(part)


def worker_stopped(site, random):
    part = random.choice(site.workers)
    part.send(signal.SIGSTOP)
    yield "SIGSTOP"
    part.send(signal.SIGCONT)


def worker_ended(site, random):
    part = random.choice(site.workers)
    part.send(signal.SIGTERM)
    yield "SIGTERM"
    status = part.wait()
    assert status == 0, f"SIGTERM ended a worker with {status}"
    site.start_one(part)


def limited(part, what, limit):
    """Sets the soft limit of a process; gives the one that it had."""
    pid = part.process.pid
    soft, hard = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (limit, hard))
    return soft


def worker_out_of_files(site, random):
    part = random.choice(site.workers)
    count = len(os.listdir(f"/proc/{part.process.pid}/fd"))
    limit = count + random.randrange(3)
    before = limited(part, resource.RLIMIT_NOFILE, limit)
    yield f"{limit} files at most"
    limited(part, resource.RLIMIT_NOFILE, before)


def page_store_full(site, random):
    """No page becomes a file any more; nor does a line of the log."""
    limit = random.randrange(3000)
    before = [limited(part, resource.RLIMIT_FSIZE, limit)
              for part in site.workers]
    yield f"files of {limit} bytes at most"
    for part, soft in zip(site.workers, before):
        limited(part, resource.RLIMIT_FSIZE, soft)


# Redis's

def redis_killed(site, random):
    site.redis.kill()
    yield "kill -9"
    site.start_redis()


def redis_ended(site, random):
    site.redis.stop()
    yield "SIGTERM"
    site.start_redis()


def redis_stopped(site, random):
    site.redis.send(signal.SIGSTOP)
    yield "SIGSTOP"
    site.redis.send(signal.SIGCONT)


def redis_killed_while_it_rewrites(site, random):
    with site.redis_client() as redis:
        redis("BGREWRITEAOF")
    seconds = random.uniform(0, 0.1)
    time.sleep(seconds)
    site.redis.kill()
    yield f"kill -9, {seconds:.3f} s after BGREWRITEAOF began"
    site.start_redis()


def largest_file(folder):
    return max(os.path.getsize(os.path.join(path, name))
               for path, _, names in os.walk(folder) for name in names)


def redis_disk_full(site, random):
    """Its file can't grow: with appendfsync always that ends it."""
    room = random.randrange(2000)
    before = limited(site.redis, resource.RLIMIT_FSIZE,
                     largest_file(site.path("redis")) + room)
    yield f"room for {room} bytes"
    if site.redis.running():
        limited(site.redis, resource.RLIMIT_FSIZE, before)
    # It may be about to end even so.
    try:
        site.redis.wait(0.05)
    except Exception:
        return
    site.start_redis()


def _configured(name, bad, good):
    def configured(site, random):
        with site.redis_client() as redis:
            redis("CONFIG", "SET", name, bad)
            yield f"{name} {bad}"
            redis("CONFIG", "SET", name, good)
    return configured


def kill_clients(redis):
    for kind in ("normal", "pubsub"):
        redis("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def redis_wants_a_password(site, random):
    with site.redis_client() as redis:
        redis("CONFIG", "SET", "requirepass", "sesame")
        kill_clients(redis)
        yield "requirepass, and all clients killed"
        redis("CONFIG", "SET", "requirepass", "")


def redis_read_only(site, random):
    with site.redis_client() as redis:
        redis("REPLICAOF", "127.0.0.1", "1")
        yield "a replica of nobody"
        redis("REPLICAOF", "NO", "ONE")


def redis_forgets_scripts(site, random):
    with site.redis_client() as redis:
        redis("SCRIPT", "FLUSH")
    yield "SCRIPT FLUSH"


def redis_cuts_all(site, random):
    with site.redis_client() as redis:
        kill_clients(redis)
    yield "CLIENT KILL of all"


def redis_pauses(site, random):
    milliseconds = random.randrange(20, 500)
    mode = random.choice(("WRITE", "ALL"))
    with site.redis_client() as redis:
        redis("CLIENT", "PAUSE", milliseconds, mode)
        yield f"CLIENT PAUSE {milliseconds} {mode}"
        redis("PING")


def redis_busy(site, random):
    """Somebody's script without an end: others hear BUSY."""
    with site.redis_client() as redis, site.redis_client() as other:
        redis("CONFIG", "SET", "lua-time-limit", 20)
        redis.send("EVAL", "while true do end", 0)
        yield "a script without an end"
        # It may not have begun.
        wait_for("the script's end", lambda: killed(other), every=0.01)
        try:
            redis.receive()
        except RedisError:
            pass
        redis("CONFIG", "SET", "lua-time-limit", 5000)


def killed(redis):
    try:
        return redis("SCRIPT", "KILL")
    except RedisError as refusal:
        assert "NOTBUSY" in str(refusal), refusal
        return False


def nginx_killed(site, random):
    site.kill_nginx()
    yield "kill -9"
    site.start_nginx()


KINDS = {
    "delay of requests": _delay("asked"),
    "delay of replies": _delay("answered"),
    **{f"{kind} {words}": _at_a_byte(kind, way)
       for kind in ("cut", "truncate", "stall")
       for way, words in zip(WAYS, ("a request", "a reply"))},
    "garble a reply": garble,
    "worker killed": worker_killed,
    "all workers killed": workers_killed,
    "worker stopped": worker_stopped,
    "worker ended": worker_ended,
    "worker out of files": worker_out_of_files,
    "page store full": page_store_full,
    "nginx killed": nginx_killed,
    "Redis killed": redis_killed,
    "Redis ended": redis_ended,
    "Redis stopped": redis_stopped,
    "Redis killed while it rewrites": redis_killed_while_it_rewrites,
    "Redis's disk full": redis_disk_full,
    "Redis's memory full": _configured("maxmemory", 1, 0),
    "Redis without replicas": _configured("min-replicas-to-write", 1, 0),
    "Redis wants a password": redis_wants_a_password,
    "Redis read only": redis_read_only,
    "Redis forgets scripts": redis_forgets_scripts,
    "Redis cuts all": redis_cuts_all,
    "Redis pauses": redis_pauses,
    "Redis busy": redis_busy,
}
