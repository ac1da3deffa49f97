"""A Stack behind another web server than nginx: Apache's httpd beside a
worker and as the one that starts it, and lighttpd; with the configurations in
conf/, of which only the paths are changed.
"""

import os
import re
import shutil

import stack as stacks
from stack import (BUILD, SOURCE, Part, Stack, clean_environment, example,
                   wait_for)

MODULES = "/usr/lib/apache2/modules"
# What Debian loads by itself, and what the files ask for.
APACHE = ["mpm_event", "authz_core", "mime", "headers", "rewrite", "alias",
          "dir", "setenvif", "env", "reqtimeout", "proxy", "proxy_fcgi"]
FCGID = ["mpm_event", "authz_core", "mime", "headers", "rewrite", "alias",
         "dir", "setenvif", "env", "reqtimeout", "fcgid"]


# What httpd was started with: its rules take a variable that they did not set
# from there.
ELSEWHERE = {**os.environ, **{name: "en" for name in (
    "LANGUAGE", "SORTED", "PAGE", "FOUND", "AWAY")}}


def can_be(*servers):
    """Whether what these need is installed."""
    return all(shutil.which(program) for server in servers
               for program in server.PROGRAMS) and (
        os.path.exists(f"{MODULES}/mod_fcgid.so") or
        not any(server.FCGID for server in servers))


class Server(Stack):
    """A Stack whose web server is another one; it goes by the name nginx."""

    PROGRAMS = ("apache2",)
    FCGID = False

    def __init__(self, pages=True, **settings):
        super().__init__(nginx=True, pages=pages, **settings)
        self.web = self.path("web")
        shutil.copytree(os.path.join(BUILD, "web"), self.web)
        self.store = self.path("pages/pages")
        self.errors_log = self.path("log/error.log")

    def start_nginx(self):
        self.configure()
        self.nginx.start()
        wait_for("the web server", lambda: self.http("GET", "/healthz"))

    def configure(self):
        raise NotImplementedError

    def ours(self, text):
        """An example with the paths of this stack."""
        for theirs, here in (
                ("/usr/share/madang/web", self.web),
                ("/usr/share/madang/apache-board.conf",
                 os.path.join(SOURCE, "conf", "apache-board.conf")),
                ("/usr/share/madang/lighttpd.lua", self.path("pages.lua")),
                ("/var/cache/madang/pages", self.store),
                ("/run/madang/madang.sock", self.socket),
                ("/var/log/apache2/madang.log", self.path("log/access.log")),
                ("/var/log/lighttpd/error.log", self.errors_log),
                ("/var/tmp", self.state)):
            text = text.replace(theirs, here)
        return text

    def _apache(self, modules, rest, run=None):
        """A file for httpd, which keeps its own files in the folder run."""
        run = run or self.state
        loads = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n"
                        for name in modules)
        return self.write("apache.conf", f"""
{loads}
ServerName localhost
ServerRoot {self.state}
DefaultRuntimeDir {run}
PidFile {run}/apache.pid
ErrorLog {self.errors_log}
Listen 127.0.0.1:{self.port}
TypesConfig /dev/null
<Directory />
	AllowOverride None
	Require all denied
</Directory>
{rest}
""")


class Proxied(Server):
    """httpd and a worker that runs by itself: conf/apache.conf."""

    def configure(self):
        conf = self._apache(APACHE, self.ours(example("apache.conf"))
                            .replace("*:80", f"127.0.0.1:{self.port}"))
        self.nginx = Part(["apache2", "-DFOREGROUND", "-f", conf],
                          self.path("apache.out"), ELSEWHERE)


class Started(Server):
    """httpd starts the workers."""

    FCGID = True

    def start_worker(self, stdin=None):
        self.errors = True  # its lines are in httpd's log
        self.worker.log = self.errors_log

    def ask(self, method, target, body=b"", headers=None, **params):
        """The worker, which has no socket of its own here."""
        return self.http(method, target, body, headers)


class Fcgid(Started):
    """httpd starts the workers, on a server of one's own."""

    def configure(self):
        said = clean_environment(**self.settings)
        program = self.write("madang", "#!/bin/sh\n" + "".join(
            f"export {name}='{value}'\n" for name, value in said.items()
            if name.startswith(("MADANG_", "LSAN_", "PATH"))) +
            f'exec {stacks.WORKER} "$@"\n')
        os.chmod(program, 0o755)
        os.symlink(program, self.path("madang.fcgi"))
        site = self.ours(example("apache-fcgid.conf"))
        site = site.replace("*:80", f"127.0.0.1:{self.port}")
        site = site.replace("/usr/bin", self.state)
        conf = self._apache(FCGID, f"""
FcgidIPCDir {self.state}
FcgidProcessTableFile {self.path("fcgid.shm")}
{site}""")
        self.nginx = Part(["apache2", "-DFOREGROUND", "-f", conf],
                          self.path("apache.out"), ELSEWHERE)


class Lighttpd(Server):
    """lighttpd and a worker that runs by itself: conf/lighttpd.conf."""

    PROGRAMS = ("lighttpd",)

    def configure(self):
        self.write("pages.lua", self.ours(example("lighttpd.lua")))
        conf = self.ours(example("lighttpd.conf"))
        conf = conf.replace("server.port = 80",
                            f"server.port = {self.port}\n"
                            'server.bind = "127.0.0.1"')
        conf = re.sub(r"server\.(user|group)name.*\n", "", conf)
        self.nginx = Part(
            ["lighttpd", "-D", "-f", self.write("lighttpd.conf", conf)],
            self.path("lighttpd.out"))


