"""Shared hosting: an account's home with what `make hosting` made, a public
folder, and a httpd that obeys the .htaccess there and runs programs as the
account (as root nobody's, else who runs the test).
"""

import os
import pwd
import re
import subprocess

import stack as stacks
from resp import Redis
from stack import BUILD, SOURCE, Part, clean_environment, wait_for
from webservers import ELSEWHERE, FCGID, Started

CGI = [name for name in FCGID if name != "fcgid"] + ["cgid"]
PASSWORD = "a long password that nobody guesses"
MODULES = {"fcgi": FCGID, "cgi": CGI}


class Hosted(Started):
    """by="cgi": the host has no mod_fcgid. own_redis: what keep-redis.sh keeps
    running; else the host's, by TCP and with a password. folder="board": not at
    the site's root.
    """

    def __init__(self, by="fcgi", own_redis=False, folder="", **settings):
        super().__init__(**settings)
        self.by, self.own_redis, self.folder = by, own_redis, folder
        self.home = self.path("home")
        self.private = os.path.join(self.home, "madang")
        self.site = os.path.join(self.home, "public_html")
        self.web = os.path.join(self.site, folder).rstrip("/")
        self.store = os.path.join(self.web, "cache", "pages")
        self.redis_port = stacks.free_port()
        if own_redis:
            self.redis_socket = os.path.join(self.private, "data/redis.sock")
            self.settings["REDIS_ADDRESS"] = self.redis_socket
        else:
            self.settings.update(REDIS_ADDRESS=f"127.0.0.1:{self.redis_port}",
                                 REDIS_PASSWORD=PASSWORD)
        if "PAGES_FOLDER" in self.settings:
            self.settings["PAGES_FOLDER"] = os.path.join(self.web, "cache")
        self.worker.env = clean_environment(**self.settings)

    def start_redis(self):
        self.upload()
        if self.own_redis:
            self.cron()
        else:
            self.redis.argv += ["--port", str(self.redis_port), "--bind",
                                "127.0.0.1", "--requirepass", PASSWORD]
            self.redis.start()
        wait_for("redis-server", self._redis_answers)

    def redis_client(self, timeout=10):
        redis = Redis(self.redis_socket, timeout)
        if not self.own_redis:
            redis("AUTH", PASSWORD)
        return redis

    def _redis_answers(self):
        with self.redis_client(1) as redis:
            return redis.info("persistence")["loading"] == "0"

    def upload(self):
        """As README-HOSTING.txt says."""
        made = self.path("hosting")
        subprocess.run(["make", "-s", "-C", BUILD, "hosting",
                        f"HOSTING={made}"], check=True, capture_output=True,
                       env={name: value for name, value in os.environ.items()
                            if not name.startswith(("MAKE", "MFLAGS"))})
        os.mkdir(self.home)
        os.rename(os.path.join(made, "madang"), self.private)
        os.makedirs(os.path.dirname(self.web), exist_ok=True)
        os.rename(os.path.join(made, "public"), self.web)
        self.set_up()
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            subprocess.run(["chown", "-R",
                            f"{nobody.pw_uid}:{nobody.pw_gid}", self.home,
                            self.path("log")], check=True)

    def set_up(self):
        """Edits the account's settings; a test's own are at the end."""
        path = os.path.join(self.private, "madang.hdf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        ours = {**self.settings}
        for name in ("FILES_TEMPLATES", "FILES_ASSETS", "REDIS_ADDRESS",
                     "REDIS_PASSWORD"):
            ours.pop(name, None)
        lines = [("site.url", ours.pop("SITE_URL", None) and
                  self.url("/" + self.folder).rstrip("/")),
                 ("pages.folder", ours.pop("PAGES_FOLDER", None))]
        if not self.own_redis:
            lines += [("redis.address", self.settings["REDIS_ADDRESS"]),
                      ("redis.password", PASSWORD)]
        for name, value in lines:
            text, found = re.subn(rf"(?m)^(# )?{re.escape(name)} = .*$",
                                  f'{name} = "{value or ""}"', text)
            assert found == 1, name
        for name, value in ours.items():
            text += f'{name.lower().replace("_", ".", 1)} = "{value}"\n'
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def as_account(self, *argv):
        if os.getuid() == 0:
            return ["setpriv", "--reuid", "nobody", "--regid", "nogroup",
                    "--clear-groups", "--", *argv]
        return list(argv)

    def cron(self):
        """What cron does each minute."""
        subprocess.run(self.as_account(
            os.path.join(self.private, "keep-redis.sh")), check=True,
            stdin=subprocess.DEVNULL, env={"HOME": self.home,
                                           "PATH": "/usr/bin:/bin"})

    def owner(self, *words):
        """The account's own command: what it said, and how it ended."""
        return subprocess.run(self.as_account(
            os.path.join(self.private, "madang"), *words),
            capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin"})

    def configure(self):
        run = self.path("run")
        os.mkdir(run)
        os.chmod(run, 0o777)
        leaks = clean_environment()["LSAN_OPTIONS"]
        own = {"fcgi": f"""
FcgidIPCDir {run}
FcgidProcessTableFile {run}/fcgid.shm
FcgidMaxProcesses 2
FcgidInitialEnv LSAN_OPTIONS "{leaks}"
# As hosts set it; as mod_fcgid comes, a long text is too long for it.
FcgidMaxRequestLen 1073741824
""", "cgi": f"ScriptSock {run}/cgid.sock\nSetEnv LSAN_OPTIONS \"{leaks}\"\n"}
        conf = self._apache(MODULES[self.by], own[self.by] + f"""
DocumentRoot {self.site}
<Directory {self.site}>
	AllowOverride All
	Require all granted
</Directory>
""", run)
        self.nginx = Part(self.as_account("apache2", "-DFOREGROUND", "-f",
                                          conf),
                          self.path("apache.out"), ELSEWHERE)

    def ask(self, method, target, body=b"", headers=None, **params):
        return self.http(method, f"/{self.folder}/madang.{self.by}"
                         .replace("//", "/") + target, body, headers)

    def __exit__(self, *reason):
        if self.own_redis:
            with self.redis_client() as redis:
                try:
                    redis("SHUTDOWN")
                except (OSError, ValueError):
                    pass
        super().__exit__(*reason)
