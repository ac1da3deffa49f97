#!/usr/bin/python3
"""Apache's mod_fcgid under 64 clients, as conf/apache-fcgid.conf sets it up: no
request is refused or lost, and none waits for the second that mod_fcgid sleeps
when it finds no process. (With the module's own settings, the ratio of the
slowest hundredth to the usual is over 300.)
"""

import json
import re
import shutil
import subprocess
import sys

import stack as stacks
from claims import expect
from stack import SKIPPED, main
from webservers import Fcgid, can_be

CLIENTS = 64
SECONDS = 5
RATIO_MAX = 10
TRIES = 3
POSTS = 60
RESULT = r"""
done = function(summary, latency, requests)
    local e = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"refused":%d,"lost":%d,"p50":%f,"p99":%f}\n',
        summary.requests, e.status, e.connect + e.read + e.write + e.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""
MIX = RESULT + r"""
local threads, n, form = 0, 0, 'application/x-www-form-urlencoded'
function setup(thread)
    thread:set('id', os.time() .. '-' .. threads)
    threads = threads + 1
end
request = function()
    n = n + 1
    if n % 10 == 0 then
        return wrk.format('POST', '/', {['Content-Type'] = form},
                          'full_name=wrk&data=text+' .. id .. '-' .. n)
    end
    return wrk.format('GET', n % 2 == 0 and '/list?x' or '/posts/7?x')
end
"""


def drive(stack, script, seconds=SECONDS):
    """wrk's result: requests, refused (of a status over 399), lost, and p50
    and p99 in ms.
    """
    said = subprocess.run(
        ["wrk", "-t", "2", "-c", str(CLIENTS), "-d", f"{seconds}s",
         "--timeout", "30s", "-s", stack.write("wrk.lua", script),
         f"http://127.0.0.1:{stack.port}/list?x"],
        capture_output=True, text=True, check=True).stdout
    return json.loads(re.search(r"^RESULT (.*)$", said, re.MULTILINE)[1])


def nobody_waits_much_longer_than_others(stack, script):
    """How long depends on the machine; how evenly does not, or it has
    something else to do: then once more.
    """
    told = []
    for _ in range(TRIES):
        result = drive(stack, script)
        assert result["requests"] > CLIENTS, result
        expect(result["refused"], 0, "refused")
        expect(result["lost"], 0, "lost")
        told.append(f"p50 {result['p50']:.1f} ms, p99 {result['p99']:.1f} ms "
                    f"of {result['requests']}")
        if result["p99"] < RATIO_MAX * result["p50"]:
            print(f"# {told[-1]}")
            return
    raise AssertionError("; ".join(told))


def nobody_is_refused_while_processes_start(stack):
    with stack.redis_client() as redis:
        stacks.fill(redis, [(f"n{i}", f"text {i}") for i in range(POSTS)])
    result = drive(stack, RESULT)
    expect(result["refused"], 0, "refused")
    expect(result["lost"], 0, "lost")


def readers_wait_evenly(stack):
    nobody_waits_much_longer_than_others(stack, RESULT)


def readers_and_writers_wait_evenly(stack):
    nobody_waits_much_longer_than_others(stack, MIX)


def what_was_answered_is_there(stack):
    """wrk does not wait for what is in hand, which may still come: both are
    asked for at once, so that no post is written between them."""
    with stack.redis_client() as redis:
        posts, last = redis.pipeline([("LLEN", "post_id"), ("GET", "last_id")])
        expect(int(last), posts)
    assert posts > POSTS, posts


if __name__ == "__main__":
    if not can_be(Fcgid) or not shutil.which("wrk"):
        print("# apache2-bin, libapache2-mod-fcgid or wrk is missing")
        sys.exit(SKIPPED)
    main((lambda: Fcgid(errors=True),
          [nobody_is_refused_while_processes_start, readers_wait_evenly,
           readers_and_writers_wait_evenly, what_was_answered_is_there]))
