"""A small WebDriver client (W3C) for Debian's chromedriver: what a test of a
board needs, over HTTP, without a library.
"""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
CHROMIUM = ["chromium", "chromium-browser", "google-chrome"]
# Nothing that calls home, and nothing that a container has not.
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--hide-scrollbars",
]


class WebDriverError(Exception):
    pass


def missing():
    """The program that is not installed, or None."""
    if not shutil.which("chromedriver"):
        return "chromedriver"
    if not any(shutil.which(name) for name in CHROMIUM):
        return "chromium"
    return None


class Driver:
    """A chromedriver of our own; browsers are started from it."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = tempfile.mkdtemp(prefix="madang-browser-")
        self.process = None
        self.open = []

    def __enter__(self):
        # Its own group: whatever Chromium starts ends with it.
        self.process = subprocess.Popen(
            ["chromedriver", f"--port={self.port}",
             f"--log-path={self.folder}/chromedriver.log"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(os.environ, HOME=self.folder, TMPDIR=self.folder))
        end = time.monotonic() + 30
        while True:
            try:
                if self.call("GET", "/status")["ready"]:
                    return self
            except OSError:
                if time.monotonic() > end:
                    self.__exit__()
                    raise
            time.sleep(0.05)

    def __exit__(self, *_):
        for browser in self.open:
            try:
                browser.quit()
            except (OSError, WebDriverError):
                pass  # it is killed below
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, method=method,
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise WebDriverError(f"{value['error']}: "
                                 f"{value['message'][:300]}") from None

    def browser(self, width=1280, height=900, phone=False, language="en",
                javascript=True):
        browser = Browser(self, width, height, phone, language, javascript)
        self.open.append(browser)
        return browser


class Browser:
    def __init__(self, driver, width, height, phone, language, javascript):
        self.driver = driver
        profile = tempfile.mkdtemp(dir=driver.folder)
        options = {
            "binary": next(p for p in map(shutil.which, CHROMIUM) if p),
            "args": ARGUMENTS + [f"--user-data-dir={profile}",
                                 f"--window-size={width},{height}",
                                 f"--accept-lang={language}",
                                 f"--lang={language}"],
            "prefs": {"intl.accept_languages": language},
        }
        if not javascript:
            options["prefs"][
                "profile.managed_default_content_settings.javascript"] = 2
        if phone:
            options["mobileEmulation"] = {"deviceMetrics": {
                "width": width, "height": height, "pixelRatio": 2,
                "touch": True}}
        self.session = driver.call("POST", "/session", {"capabilities": {
            "alwaysMatch": {"browserName": "chrome",
                            "goog:chromeOptions": options}}})["sessionId"]

    def call(self, method, path, body=None):
        return self.driver.call(method, f"/session/{self.session}{path}",
                                body)

    def quit(self):
        self.driver.open.remove(self)
        self.call("DELETE", "")

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.call("GET", "/url")

    @property
    def source(self):
        return self.call("GET", "/source")

    def find(self, css):
        found = self.call("POST", "/element",
                          {"using": "css selector", "value": css})
        return found[ELEMENT]

    def find_all(self, css):
        found = self.call("POST", "/elements",
                          {"using": "css selector", "value": css})
        return [each[ELEMENT] for each in found]

    def text(self, css):
        return self.call("GET", f"/element/{self.find(css)}/text")

    def value(self, css):
        return self.call("GET", f"/element/{self.find(css)}/property/value")

    def attribute(self, css, name):
        return self.call("GET", f"/element/{self.find(css)}/attribute/{name}")

    def type(self, css, text):
        element = self.find(css)
        self.call("POST", f"/element/{element}/clear", {})
        self.call("POST", f"/element/{element}/value", {"text": text})

    def click(self, css):
        self.call("POST", f"/element/{self.find(css)}/click", {})

    def follow(self, css):
        """Clicks what leads to another page, and waits until it is there."""
        before = self.find("html")
        self.click(css)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if self.find("html") != before and self.script(
                        "return document.readyState") == "complete":
                    return
            except WebDriverError:
                pass  # between two pages there is none
            time.sleep(0.02)
        raise WebDriverError(f"{css} leads nowhere: {self.url}")

    def script(self, code, *arguments):
        return self.call("POST", "/execute/sync",
                         {"script": code, "args": list(arguments)})

    def script_later(self, code, *arguments):
        """The script calls its last argument with the result."""
        return self.call("POST", "/execute/async",
                         {"script": code, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute",
                         {"cmd": command, "params": parameters})

    def prefer(self, scheme):
        """light or dark, as the visitor's system says."""
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path):
        """The whole page, not only what is in the window."""
        data = self.devtools("Page.captureScreenshot", format="png",
                             captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


def skip_without_browser():
    """Ends the test as skipped (77) where there is no browser, or where
    another run of the same tests has one (SKIP_BROWSER).
    """
    if os.environ.get("SKIP_BROWSER"):
        print("skipped: SKIP_BROWSER is set")
        sys.exit(77)
    program = missing()
    if program:
        print(f"skipped: {program} is not installed")
        sys.exit(77)
