#!/usr/bin/env python3
"""Called by run.sh: every page through Nu and axe-core. What they look at is
what the worker sent, headers included, shown again by a small server here,
because a browser can't be made to send each of the bad requests.
"""

import glob
import http.server
import json
import os
import subprocess
import sys
import threading
from functools import partial

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "integration"),
                os.path.join(HERE, "..", "browser")]

from answer import Answer
from board import SETTINGS, every_page
from claims import expect
from stack import BUILD, main
from webdriver import Driver, skip_without_browser

TOOLS = sys.argv[1]
PAGES = {}
# Rules of WCAG 2.2 A and AA, and axe's own good advice.
AXE_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(
  found => done([...found.violations, ...found.incomplete].map(
    v => v.id + ': ' + v.help + ': ' + v.nodes.map(n => n.html).slice(0, 3)
         .join(' | '))),
  error => done(['axe failed: ' + error]))"""


def one_file(pattern):
    found = glob.glob(os.path.join(TOOLS, "node_modules", pattern),
                      recursive=True)
    assert found, f"no {pattern} in {TOOLS}"
    return found[0]


def every_page_is_collected(stack):
    PAGES.update(every_page(stack))
    # What nginx shows while there is no worker.
    for name in ("away", "away.en", "away.ko"):
        with open(os.path.join(BUILD, "web", f"{name}.html"), "rb") as file:
            PAGES[name] = Answer(503, [("Content-Type", "text/html")],
                                 file.read())
    print(f"# {len(PAGES)} pages", flush=True)
    assert len(PAGES) > 40


def nu_has_no_findings(stack):
    folder = stack.path("pages")
    os.mkdir(folder)
    names = []
    for name, answer in PAGES.items():
        names.append(os.path.join(folder, name + ".html"))
        with open(names[-1], "wb") as file:
            file.write(answer.body)
    done = subprocess.run(
        ["java", "-jar", one_file("vnu-jar/**/vnu.jar"), "--format", "json",
         "--stdout", "--exit-zero-always", *names],
        capture_output=True, timeout=300, check=True)
    messages = json.loads(done.stdout)["messages"]
    expect([f"{os.path.basename(m.get('url', ''))}:{m.get('lastLine')}: "
            f"{m['message']}" for m in messages], [])


def nu_finds_what_is_wrong(stack):
    """Else no finding would mean nothing."""
    path = stack.path("wrong.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write("<!doctype html><title>a</title><p><div></p>")
    done = subprocess.run(
        ["java", "-jar", one_file("vnu-jar/**/vnu.jar"), "--format", "json",
         "--stdout", "--exit-zero-always", path],
        capture_output=True, timeout=300, check=True)
    assert json.loads(done.stdout)["messages"], "it found nothing"


class Show(http.server.BaseHTTPRequestHandler):
    """The pages as they were sent, and the real static files."""

    def do_GET(self):
        if self.path.startswith("/static/"):
            name = os.path.basename(self.path)
            with open(os.path.join(BUILD, "web", "static", name),
                      "rb") as file:
                body = file.read()
            kind = "text/css" if name.endswith(".css") else "image/svg+xml"
            headers = [("Content-Type", kind)]
        else:
            answer = PAGES.get(self.path[1:])
            if answer is None:
                # The image of a page, which counts who looks at it.
                self.send_error(404)
                return
            body = answer.body
            headers = [(n, v) for n, v in answer.headers
                       if n.lower() not in ("status", "content-length",
                                            "location")]
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def findings(browser, axe, url):
    browser.go(url)
    browser.script(axe)
    return browser.script_later(AXE_RUN)


def axe_has_no_findings(_, driver, port):
    with open(one_file("axe-core/axe.min.js"), encoding="utf-8") as file:
        axe = file.read()
    found = []
    for width, phone in ((1280, False), (360, True)):
        browser = driver.browser(width=width, height=900, phone=phone)
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            for name in PAGES:
                if name.startswith("posted"):
                    continue  # no browser ever shows a 303's body
                for fault in findings(browser, axe,
                                      f"http://127.0.0.1:{port}/{name}"):
                    found.append(f"{name} {scheme} {width}: {fault}")
        expect(findings(browser, axe, "data:text/html,<img src=x>") != [],
               True, "axe finds what is wrong")
        browser.quit()
    assert not found, f"{len(found)} findings\n" + "\n".join(found[:40])


if __name__ == "__main__":
    skip_without_browser()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Show)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Driver() as shared:
        axe_claim = partial(axe_has_no_findings, driver=shared,
                            port=server.server_address[1])
        axe_claim.__name__ = axe_has_no_findings.__name__
        main(({"errors": True, **SETTINGS}, [
            every_page_is_collected,
            nu_finds_what_is_wrong,
            nu_has_no_findings,
            axe_claim,
        ]))
