#!/usr/bin/env python3
"""/metrics: the format, to the letter; that the figures are those of what was
done; and who gets them.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from urllib.parse import urlencode

import exposition
from claims import expect, rows
from exposition import HERE, WATCHED, figures, grown
from stack import FORM, SOURCE, Stack, main, posted_id, wait_for


# The format

def the_reader_is_strict(_):
    exposition.check_itself()


def the_format_is_kept_to_the_letter(stack):
    for path in ("/", "/list", "/none", "/posts/1", "/healthz"):
        stack.ask("GET", path)
    found = figures(stack)
    assert len(found.families) > 40, len(found.families)
    for name, family in found.families.items():
        assert family.samples or name == "madang_requests_total", name
        assert name.startswith(("madang_", "process_")), name


def promtool_has_nothing_to_say(stack):
    if shutil.which("promtool") is None:
        print("# skipped: there is no promtool here (package prometheus)")
        return
    answer = stack.ask("GET", "/metrics", **HERE)
    done = subprocess.run(["promtool", "check", "metrics"], timeout=60,
                          input=answer.body, capture_output=True)
    expect((done.returncode, done.stdout + done.stderr), (0, b""))


def readme_lines():
    """The expressions for a dashboard, and the one for hits."""
    with open(os.path.join(SOURCE, "README"), encoding="utf-8") as file:
        text = file.read()
    section = text[text.index("Ten lines for a dashboard"):]
    section = section[:section.index("\nThe log\n")]
    return [line.strip() for line in section.splitlines()
            if line.startswith("    ") and not line.startswith("    #")]


def what_the_readme_and_the_rules_name_is_there(stack):
    stack.ask("GET", "/list")
    lines = readme_lines()
    expect(len(lines), 11)
    with open(os.path.join(SOURCE, "conf", "prometheus-rules.yml"),
              encoding="utf-8") as file:
        rules = file.read()
    found = {name for name, _ in figures(stack).all()}
    named = set(re.findall(r"madang_[a-z_]+", rules + "\n".join(lines)))
    assert len(named) > 12, named
    expect(named - found, set())


def promtool_takes_them(stack):
    if shutil.which("promtool") is None:
        print("# skipped: there is no promtool here (package prometheus)")
        return
    path = stack.path("rules.yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("groups:\n- name: readme\n  rules:\n")
        for i, line in enumerate(readme_lines()):
            file.write(f"  - record: 'a:line{i}:b'\n    expr: '{line}'\n")
    for rules in (path, os.path.join(SOURCE, "conf",
                                     "prometheus-rules.yml")):
        done = subprocess.run(["promtool", "check", "rules", rules],
                              timeout=60, capture_output=True, text=True)
        expect(done.returncode, 0, done.stdout + done.stderr)


# The figures

def a_hundred_requests_are_a_hundred(stack):
    number = posted_id(stack.post("kim", "a post", via_nginx=False))
    before = figures(stack)
    for i in range(100):
        path, status = (("/list", 200), (f"/posts/{number}", 200),
                        ("/none", 404), ("/all", 200),
                        ("/posts/999999", 404))[i % 5]
        method = "HEAD" if i % 10 == 0 else "GET"
        expect(stack.ask(method, path).status, status)
    for _ in range(7):
        expect(stack.ask("DELETE", "/list").status, 405)
    after = figures(stack)
    expect(grown(before, after), {
        ("madang_requests_total", "/list", "200"): 20,
        ("madang_requests_total", "/list", "405"): 7,
        ("madang_requests_total", "/posts/#", "200"): 20,
        ("madang_requests_total", "/posts/#", "404"): 20,
        ("madang_requests_total", "/all", "200"): 20,
        ("madang_requests_total", "none", "404"): 20,
        # The one that told of before.
        ("madang_requests_total", "/metrics", "200"): 1,
        ("madang_errors_total", "not_found"): 40,
        ("madang_errors_total", "method"): 7,
        ("madang_redis_round_trips_total",): trips(stack, number),
    })
    count = "madang_request_duration_seconds_count"
    expect(after(count, method="GET") - before(count, method="GET"), 101)
    expect(after(count, method="other") - before(count, method="other"), 7)


def trips(stack, number):
    """As Server-Timing counts them, of those hundred requests."""
    total = 0
    for path in ("/list", f"/posts/{number}", "/none", "/all",
                 "/posts/999999"):
        told = stack.ask("GET", path).header("Server-Timing")
        total += 20 * int(re.search(r'desc="(\d+) round', told)[1])
    return total


def send(stack, target, address="192.0.2.7", **fields):
    return stack.ask("POST", target, urlencode(fields).encode(),
                     {"Content-Type": FORM}, REMOTE_ADDR=address)


def what_is_written_is_counted_by_its_kind(stack):
    before = figures(stack)
    ids = [posted_id(send(stack, "/", full_name="a", data=f"post {i}"))
           for i in range(3)]
    for _ in range(2):  # the second one is the first again
        send(stack, "/", full_name="a", data="twice")
    key = re.search("mine=([0-9a-f]+)", send(
        stack, "/", full_name="a", data="mine").header("Location"))[1]
    mine = ids[-1] + 2
    send(stack, f"/posts/{ids[0]}/reply", full_name="b", data="a reply")
    expect(send(stack, f"/posts/{mine}/edit", key=key, version=0,
                full_name="a", data="edited").status, 303)
    for _ in range(2):
        expect(send(stack, f"/posts/{ids[1]}/recommend").status, 303)
    expect(send(stack, f"/posts/{mine}/delete", key=key).status, 303)
    expect(send(stack, "/", full_name="", data="").status, 400)
    for _ in range(4):
        stack.ask("GET", f"/posts/{ids[0]}/view.gif")
    wait_for("the views", lambda: grown(before, figures(stack)).get(
        ("madang_views_written_total",)) == 4)
    found = grown(before, figures(stack))
    expect({key: value for key, value in found.items() if key[0] in (
        "madang_writes_total", "madang_duplicates_total",
        "madang_views_written_total", "madang_errors_total")}, {
            ("madang_writes_total", "post"): 5,
            ("madang_writes_total", "reply"): 1,
            ("madang_writes_total", "edit"): 1,
            ("madang_writes_total", "delete"): 1,
            ("madang_writes_total", "recommend"): 1,
            ("madang_writes_total", "unrecommend"): 1,
            ("madang_duplicates_total",): 1,
            ("madang_views_written_total",): 4,
            ("madang_errors_total", "invalid"): 1})


def passwords_are_counted(stack):
    answer = send(stack, "/write", full_name="a", data="locked", title="t",
                  password="right")
    number = re.search(r"posted=(\d+)", answer.header("Location"))[1]
    before = figures(stack)
    for i in range(6):
        send(stack, f"/posts/{number}/unlock", password=f"wrong {i}",
             to="edit")
    found = grown(before, figures(stack))
    expect(found["madang_passwords_computed_total",], 5)
    expect(found["madang_errors_total", "forbidden"], 5)
    expect(found["madang_errors_total", "password_tries"], 1)


def counters_only_grow_over_a_reload(stack):
    before = figures(stack)
    stack.worker.send(signal.SIGHUP)
    wait_for("the reload", lambda: figures(stack)(
        "madang_config_generation") == 2)
    after = figures(stack)
    old, new = before.all("counter"), after.all("counter")
    expect([key for key in old if new.get(key, -1) < old[key]], [])
    expect(after("madang_reloads_total", result="ok"), 1)
    expect(after("madang_last_reload_successful"), 1)
    expect(after("madang_slots"), 4)
    expect(after("madang_redis_pool_size"), 6)
    # A slot is free a moment after who asked has his answer.
    wait_for("one busy slot, which tells so", lambda: figures(stack)(
        "madang_slots_busy") == 1)
    wait_for("no connection in use", lambda: figures(stack)(
        "madang_redis_pool_in_use") == 0)
    expect(after("process_start_time_seconds"),
           before("process_start_time_seconds"))


def a_reload_that_fails_is_seen(stack):
    saved = stack.path("templates")
    path = os.path.join(saved, "list.cs")
    with open(path, "rb") as file:
        good = file.read()
    with open(path, "ab") as file:
        file.write(b"<?cs if:")
    stack.worker.send(signal.SIGHUP)
    wait_for("it", lambda: figures(stack)(
        "madang_reloads_total", result="failed") == 1)
    expect(figures(stack)("madang_last_reload_successful"), 0)
    expect(figures(stack)("madang_config_generation"), 1)
    answer = stack.ask("GET", "/healthz", **HERE)
    expect(answer.status, 200)
    assert answer.text.startswith("ok\nThe last SIGHUP was refused"), \
        answer.text
    expect(stack.ask("GET", "/healthz").text, "ok\n")
    with open(path, "wb") as file:
        file.write(good)
    stack.worker.send(signal.SIGHUP)
    wait_for("the reload", lambda: figures(stack)(
        "madang_last_reload_successful") == 1)
    expect(stack.ask("GET", "/healthz", **HERE).text, "ok\n")


def own_templates():
    stack = Stack(errors=True, **WATCHED)
    stack.own_templates()
    return stack


def memory_and_time_are_those_of_the_process(stack):
    found = figures(stack)
    with open(f"/proc/{stack.worker.process.pid}/statm",
              encoding="ascii") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    told = found("process_resident_memory_bytes")
    assert 0.5 < told / resident < 2, (told, resident)
    assert abs(time.time() - found("process_start_time_seconds")) < 600
    before = found("process_cpu_seconds_total")
    for _ in range(300):
        stack.ask("GET", "/list")
    assert figures(stack)("process_cpu_seconds_total") > before


def limits_are_counted_by_whose_they_are(stack):
    before = figures(stack)
    for i in range(5):
        send(stack, "/", "2001:db8::1", full_name="a", data=f"{i} of one")
    # Nobody of the /48 has written three times, and all of it over thirty.
    for i in range(35):
        send(stack, "/", f"2001:db8:1:{i:x}::1", full_name="a",
             data=f"{i} of many")
    for i in range(8):
        send(stack, "/", f"192.0.2.{i}", full_name="a", data=f"{i} of all")
    found = grown(before, figures(stack))
    expect(found["madang_writes_total", "post"], 40)
    expect(found["madang_limited_total", "client"], 2)
    expect(found["madang_limited_total", "network"], 5)
    expect(found["madang_limited_total", "all"], 1)
    expect(found["madang_errors_total", "too_often"], 8)


def who_comes_late_is_counted(stack):
    """One slot, which a Redis that hangs holds, while others wait."""
    expect(stack.ask("GET", "/list").status, 200)
    before = figures(stack)
    answers = []

    def ask(path):
        answers.append(stack.ask("GET", path, **HERE))
    threads = [threading.Thread(target=ask, args=(path,))
               for path in ("/list", "/list", "/all", "/healthz")]
    stack.redis.send(signal.SIGSTOP)
    try:
        for thread in threads:
            thread.start()
            time.sleep(0.02)
        for thread in threads:
            thread.join()
    finally:
        stack.redis.send(signal.SIGCONT)
    expect([answer.status for answer in answers], [503] * 4)
    expect(answers[-1].text,
           "not ready\nMore is asked than the slots can answer.\n")
    after = figures(stack)
    found = grown(before, after)
    expect(found["madang_requests_late_total",], 3)
    expect(found["madang_errors_total", "unavailable"], 4)
    expect(found["madang_redis_failures_total",], 1)
    name = "madang_waited_for_slot_seconds_total"
    assert 0.3 < after(name) - before(name) < 30, after(name)
    for what in ("request", "slot"):
        expect(after("madang_connections_waiting", waits_for=what), 0)


# Pages as files

def the_page_store_is_counted(stack):
    number = posted_id(stack.post("kim", "published"))
    wait_for("hearing", lambda: figures(stack)("madang_pages_hearing") == 1)
    before = figures(stack)
    path = f"/posts/{number}"
    wait_for("a file", lambda: stack.http("GET", path).header(
        "Server-Timing") is None)
    for _ in range(10):  # which the worker does not see
        stack.http("GET", path)
    after = figures(stack)
    found = grown(before, after)
    expect(found["madang_pages_published_total",], 1)
    expect(found["madang_pages_asked_total", "first"], 1)
    expect(found["madang_pages_asked_total", "again"], 1)
    expect(found["madang_requests_total", "/posts/#", "200"], 2)
    assert after("madang_pages_files") > 0
    assert after("madang_pages_bytes") > 0
    send(stack, f"{path}/reply", full_name="b", data="a reply")
    found = grown(after, figures(stack))
    assert found["madang_pages_dropped_total", "threads"] >= 1, found
    assert found["madang_pages_dropped_total", "lists"] >= 1, found


# Who gets them

@rows([("nobody who is not named", "192.0.2.7", {}),
       ("nobody with a proxy that is not named", "127.0.0.1",
        {"X-Forwarded-For": "127.0.0.1"}),
       ("no address that is none", "unix:", {})])
def others_get_the_page_of_what_there_is_not(stack, address, headers):
    answer = stack.ask("GET", "/metrics", headers=headers,
                       REMOTE_ADDR=address)
    other = stack.ask("GET", "/none", headers=headers, REMOTE_ADDR=address)
    expect((answer.status, answer.body), (404, other.body))

    def kept(answer):
        return [(n, v) for n, v in answer.headers if n != "Server-Timing"]
    expect(kept(answer), kept(other))


@rows([("the machine", "127.0.0.1", 200), ("its proxy alone", None, 200),
       ("a visitor", "192.0.2.7", 404), ("with a port", "192.0.2.7:555", 404),
       ("whoever", "unknown", 404), ("nobody", "127.0.0.1,", 404),
       ("who says that he is others", "127.0.0.1, 192.0.2.7", 404)])
def behind_a_proxy_only_who_is_named_gets_them(stack, client, status):
    headers = {"X-Forwarded-For": client} if client else {}
    expect(stack.ask("GET", "/metrics", headers=headers,
                     REMOTE_ADDR="127.0.0.1").status, status)


def by_default_nobody_gets_them(stack):
    for address in ("127.0.0.1", "::1", "192.0.2.7"):
        expect(stack.ask("GET", "/metrics",
                         REMOTE_ADDR=address).status, 404, address)


def nginx_tells_who_asks(stack):
    """Of the same machine, one address that is named and one that is not."""
    expect(stack.http("GET", "/metrics").status, 200)
    exposition.read(stack.http("GET", "/metrics").text)
    client = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10,
                                        source_address=("127.0.0.2", 0))
    client.request("GET", "/metrics")
    reply = client.getresponse()
    expect(reply.status, 404, "from 127.0.0.2")
    assert reply.getheader("Content-Security-Policy"), reply.getheaders()
    assert b"madang_" not in reply.read()
    client.close()
    for headers in ({"X-Forwarded-For": "192.0.2.1"},
                    {"X-Forwarded-For": "127.0.0.1"}):
        expect(stack.http("GET", "/metrics", headers=headers).status, 404)
    for target in ("/metrics/x", "/boards/free/metrics", "/metrics.json"):
        expect(stack.http("GET", target).status, 404, target)


if __name__ == "__main__":
    main(
        (WATCHED, [
            the_reader_is_strict,
            the_format_is_kept_to_the_letter,
            promtool_has_nothing_to_say,
            what_the_readme_and_the_rules_name_is_there,
            promtool_takes_them,
            a_hundred_requests_are_a_hundred,
            what_is_written_is_counted_by_its_kind,
            passwords_are_counted,
            memory_and_time_are_those_of_the_process,
            counters_only_grow_over_a_reload,
            promtool_has_nothing_to_say,
            others_get_the_page_of_what_there_is_not,
        ]),
        (own_templates, [
            a_reload_that_fails_is_seen,
        ]),
        ({**WATCHED, "WRITING_CLIENT_BURST": 3, "WRITING_ALL_BURST": 40,
          "WRITING_CLIENT_PER_HOUR": 1, "WRITING_ALL_PER_HOUR": 1}, [
            limits_are_counted_by_whose_they_are,
        ]),
        ({**WATCHED, "errors": True, "slots": 1, "LIMITS_QUEUE_MS": 50}, [
            who_comes_late_is_counted,
        ]),
        ({**WATCHED, "nginx": True, "pages": True,
          "WATCH_ALLOW": "127.0.0.1"}, [
            the_page_store_is_counted,
            nginx_tells_who_asks,
        ]),
        ({**WATCHED, "WRITING_PROXIES": "127.0.0.1"}, [
            behind_a_proxy_only_who_is_named_gets_them,
        ]),
        ({}, [
            by_default_nobody_gets_them,
        ]),
    )
