#!/usr/bin/env python3
"""The Debian package, on a Debian that has nothing else, booted with systemd:
installed, set up as the README says, used, restarted, reloaded and upgraded
under load, booted again, purged, and installed again. For root.

package.py DEB NEWER_DEB; RESTARTS (10), RELOADS (5): how often. $MIRROR: where
debootstrap finds a Debian; by default where this machine's packages are from.
What it makes is in check-deb/ of the build folder.
"""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))
from claims import expect
from container import Machine, make_base, run, skip
from restart import RELOADS, RESTARTS, Crowd, under_load
from resp import Redis
from stack import BUILD, SOURCE, Stack, main, posted_id, wait_for

PLACE = os.path.join(BUILD, "check-deb")
UNITS = ("madang.socket", "madang.service", "madang-redis.service")
# Of ten, in which 0 is the best that systemd-analyze has.
EXPOSURE_MAX = 1.5


class Board(Stack):
    """What Stack is for tests, on a machine where a package made it."""

    def __init__(self, packages):
        self.packages = packages
        self.port, self.cookies, self.faults = 80, [], []
        make_base(os.path.join(PLACE, "base.tar"))
        self.machine = Machine(os.path.join(PLACE, "root"),
                               os.path.join(PLACE, "base.tar"))
        for package in packages:
            shutil.copy(package, self.machine.path("/root"))
        self.machine.fetch(self.deb(0))

    def deb(self, number):
        return "/root/" + os.path.basename(self.packages[number])

    def __enter__(self):
        try:
            self.machine.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.machine.power_off()
        self.machine.remove()

    def redis_client(self, timeout=10):
        return Redis(f"/proc/{self.machine.leader}/root/run/madang/redis.sock",
                     timeout)

    def systemctl(self, *words):
        return self.machine.run("systemctl", *words)

    def install(self, number):
        return self.machine.run("apt-get", "install", "-y", self.deb(number))

    def main_pid(self):
        return int(self.systemctl("show", "-P", "MainPID", "madang.service"))


def states(board):
    return [board.machine.call("systemctl", "is-active", unit).stdout.strip()
            for unit in UNITS]


def log(board):
    return board.machine.run("journalctl", "-u", "madang", "-o", "cat")


def installing_starts_the_board(board):
    board.install(0)
    expect(states(board), ["active"] * 3)
    said = board.machine.shell("runuser -u madang -- madang check")
    print("# " + said.replace("\n", "\n# ").rstrip("# \n"), flush=True)
    assert "serving with" in log(board), log(board)


def readme():
    with open(os.path.join(SOURCE, "README"), encoding="utf-8") as file:
        return file.read()


def examples_are_where_the_readme_has_them(board):
    names = set(re.findall(r"/usr/share/doc/madang/[\w.-]+\w", readme()))
    assert len(names) > 5, names
    for name in sorted(names):
        board.machine.run("test", "-s", name)


def reload_nginx(board):
    """Till those who serve the sites of before are gone."""
    def workers():
        return set(board.machine.shell(
            "pgrep -P $(cat /run/nginx.pid)").split())
    before = workers()
    board.systemctl("reload", "nginx")
    wait_for("new workers of nginx", lambda: not before & workers())


def the_site_answers_once_it_is_enabled(board):
    """Word for word what the README says."""
    board.machine.shell("""
        sed -i 's|^\\(\\s*\\)folder = ""|\\1folder = "/var/cache/madang"|' \
            /etc/madang/madang.hdf
        sed -i 's|^\\(\\s*\\)url = ""|\\1url = "http://localhost"|' \
            /etc/madang/madang.hdf
        # For the test: as much as it likes, and no haste.
        sed -i 's|^\\(\\s*\\)all_burst = 3000|\\1all_burst = 0|
            s|^\\(\\s*\\)queue_ms = 500|\\1queue_ms = 20000|' \
            /etc/madang/madang.hdf
        sed -i 's|fastcgi_read_timeout 1700ms;|fastcgi_read_timeout 30s;|' \
            /etc/nginx/sites-available/madang
        systemctl restart madang
        rm /etc/nginx/sites-enabled/default
        ln -s ../sites-available/madang /etc/nginx/sites-enabled/
        nginx -t""")
    reload_nginx(board)
    expect(board.http("GET", "/healthz").status, 200)
    board.first = posted_id(board.post("first", "written after the install"))
    for _ in range(3):
        answer = board.http("GET", f"/posts/{board.first}")
        expect(answer.status, 200)
        assert b"written after the install" in answer.body


def a_page_that_nobody_changed_is_a_file_that_nginx_may_read(board):
    def is_published():
        board.http("GET", f"/posts/{board.first}")
        return board.machine.shell(
            "find /var/cache/madang/ -name 'en-posts--' -size +0")
    wait_for("the page's file", is_published)
    board.systemctl("stop", "madang.socket")
    try:
        expect(board.http("GET", f"/posts/{board.first}").status, 200)
        expect(board.http("GET", "/write").status, 503)
    finally:
        board.systemctl("start", "madang.socket", "madang.service")


def its_secret_is_for_root(board):
    said = board.machine.shell("stat -c '%a %U' /etc/madang/secret.env; "
                               "grep -c '^MADANG_POST_PEPPER=[0-9a-f]*$' "
                               "/etc/madang/secret.env")
    expect(said, "600 root\n1\n")
    with open(f"/proc/{board.main_pid_outside()}/environ", "rb") as file:
        assert b"MADANG_POST_PEPPER=" in file.read()


def main_pid_outside(board):
    """The worker's number here."""
    with os.scandir("/proc") as entries:
        for entry in entries:
            try:
                with open(f"/proc/{entry.name}/status",
                          encoding="utf-8") as file:
                    text = file.read()
            except (OSError, ValueError):
                continue
            if re.search(rf"^NSpid:\t\d+\t{board.main_pid()}$", text, re.M) \
                    and text.startswith("Name:\tmadang\n"):
                return int(entry.name)
    raise AssertionError("no such process")


Board.main_pid_outside = main_pid_outside


def systemd_finds_little_that_is_exposed(board):
    for unit in UNITS[1:]:
        said = board.machine.run("systemd-analyze", "security", unit)
        found = re.search(r"exposure level for \S+: ([0-9.]+)", said)
        print(f"# {found[0]}", flush=True)
        assert float(found[1]) <= EXPOSURE_MAX, said
    said = board.machine.run("systemd-analyze", "verify", "--man=no", *UNITS)
    lines = [line for line in said.splitlines() if "madang" in line]
    expect(lines, [])


def its_own_confinement_is_in_force_too(board):
    lines = [line for line in log(board).splitlines() if "confine" in line]
    print(f"# {lines[-1]}", flush=True)
    for word in ("privileges", "files", "system_calls", "core_dumps"):
        assert re.search(rf"in force:[^;]* {word}\b", lines[-1]), lines[-1]


def a_restart_loses_no_request(board):
    under_load(board, "restarts by systemctl",
               lambda: board.systemctl("restart", "madang") and 0, RESTARTS)


def a_reload_loses_no_request(board):
    def reload():
        before = log(board).count("reloaded")
        board.systemctl("reload", "madang")
        wait_for("the reload",
                 lambda: log(board).count("reloaded") > before)
    under_load(board, "reloads by systemctl", reload, RELOADS)


def a_reload_of_nginx_loses_no_request(board):
    under_load(board, "reloads of nginx by systemctl",
               lambda: board.systemctl("reload", "nginx") and 0, RELOADS)


def an_upgrade_loses_no_request(board):
    redis = board.systemctl("show", "-P", "MainPID", "madang-redis")
    settings = board.machine.shell("cat /etc/madang/*")
    worker = board.main_pid()
    under_load(board, "upgrade by apt-get",
               lambda: board.install(1) and 0, 1)
    assert board.main_pid() != worker, "the old worker goes on"
    expect(board.machine.run("dpkg-query", "-W", "-f", "${Version}",
                             "madang"), version_of(board.packages[1]))
    expect(board.machine.shell("cat /etc/madang/*"), settings)
    expect(board.systemctl("show", "-P", "MainPID", "madang-redis"), redis,
           "Redis runs on")
    expect(states(board), ["active"] * 3)


def version_of(package):
    return run(["dpkg-deb", "-f", package, "Version"]).strip()


def a_worker_that_is_killed_comes_back(board):
    board.systemctl("kill", "-s", "KILL", "madang.service")
    answer = board.http("GET", "/write")
    expect(answer.status, 200, "half a second later")


def without_redis_it_says_so_and_comes_back(board):
    board.systemctl("stop", "madang-redis")
    try:
        expect(board.http("GET", "/write").status, 200)
        expect(board.post("away", "while Redis is away").status, 503)
        expect(states(board), ["active", "active", "inactive"])
    finally:
        board.systemctl("start", "madang-redis")
    wait_for("Redis", lambda: board.http("GET", "/healthz").status == 200)


def it_is_there_after_a_boot(board):
    board.machine.power_off()
    board.machine.boot()
    expect(states(board), ["active"] * 3)
    answer = board.http("GET", f"/posts/{board.first}")
    expect(answer.status, 200)
    assert b"written after the install" in answer.body


def left(board, *places):
    return [place for place in places
            if board.machine.call("test", "-e", place).returncode == 0]


def removing_it_keeps_what_is_the_owners(board):
    board.machine.shell("rm /etc/nginx/sites-enabled/madang")
    board.machine.run("apt-get", "remove", "-y", "madang")
    expect(states(board), ["inactive"] * 3)
    expect(left(board, "/usr/bin/madang", "/run/madang/madang.sock",
                "/etc/madang/madang.hdf", "/etc/madang/secret.env",
                "/var/lib/madang/appendonlydir"),
           ["/etc/madang/madang.hdf", "/etc/madang/secret.env",
            "/var/lib/madang/appendonlydir"])
    board.systemctl("reload", "nginx")


def purging_it_leaves_the_posts_and_says_so(board):
    said = board.machine.run("apt-get", "purge", "-y", "madang")
    assert "the posts are still in /var/lib/madang" in said, said
    found = board.machine.shell(
        "find / -xdev -iname '*madang*' ! -path '/root/*' ! -path '/proc/*' "
        "! -path '/var/cache/apt/*' ! -path '/var/log/*' | sort; "
        "getent passwd madang | cut -d: -f1,6,7")
    expect(found.split("\n")[:-1],
           ["/var/lib/madang", "madang:/var/lib/madang:/usr/sbin/nologin"])
    expect(board.machine.call("systemctl", "list-unit-files", "madang*",
                              "--no-legend").stdout, "")


def installed_again_it_has_the_posts(board):
    board.install(1)
    board.machine.shell("ln -s ../sites-available/madang "
                        "/etc/nginx/sites-enabled/")
    reload_nginx(board)
    answer = board.http("GET", f"/posts/{board.first}")
    assert b"written after the install" in answer.body


def nothing_is_left_after_what_the_message_says(board):
    said = board.machine.shell("rm /etc/nginx/sites-enabled/madang; "
                               "apt-get purge -y madang")
    command = re.search(r"rm -r /var/lib/madang && (.*)", said)[0]
    board.machine.shell(command)
    expect(left(board, "/var/lib/madang", "/etc/madang"), [])
    expect(board.machine.call("getent", "passwd", "madang").stdout, "")


# And without the package

def commands(section):
    """Those that the README says there: lines with sudo, and who follow."""
    found = re.search(rf"\n{section}\n-+\n(.*?)\n\S[^\n]*\n---", readme(),
                      re.S)
    return re.findall(r"^ {4}(sudo (?:.*\\\n)*.*)$", found[1], re.M)


def by_hand_it_is_the_readmes_commands(board):
    """What is built is put where `make install` would; the rest is run."""
    build = os.path.join(PLACE, "by-hand")
    shutil.rmtree(build, ignore_errors=True)
    os.makedirs(build)
    run([os.path.join(SOURCE, "configure"), "--prefix=/usr",
         "--sysconfdir=/etc"], cwd=build)
    run(["make", "-j2"], cwd=build)
    dynamic = run(["readelf", "-d", "madang"], cwd=build)
    assert "BIND_NOW" in dynamic, f"some of it stays writable:\n{dynamic}"
    run(["make", "install", "install-systemd",
         f"DESTDIR={board.machine.folder}"], cwd=build)
    folder = board.machine.path("/root/build")
    os.makedirs(folder, exist_ok=True)
    for name in ("nginx.conf.example", "conf/debian/nginx-site.awk"):
        path = board.machine.path(f"/root/{name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(SOURCE, name), path)
    skipped = ("sudo apt-get", "sudo make")
    followed = [command for command in commands("Under systemd")
                if not command.startswith(skipped)]
    until = [i for i, command in enumerate(followed)
             if "reload nginx" in command][0]
    assert until > 4, followed
    board.machine.shell("cd /root/build\nsudo() { if [ \"$1\" = -u ]; then "
                        "runuser -u \"$2\" -- \"$3\" \"$4\"; "
                        "else \"$@\"; fi; }\n"
                        + "\n".join(followed[:until + 1]))
    wait_for("the board", lambda: board.http("GET", "/healthz").status == 200)
    posted_id(board.post("by hand", "written without the package"))
    expect(states(board), ["active"] * 3)


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("a container takes root")
    for program in ("debootstrap", "systemd-nspawn", "nsenter", "unshare"):
        if shutil.which(program) is None:
            skip(f"{program} is missing")
    may = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork",
                          "mount", "-t", "tmpfs", "none", "/mnt"],
                         capture_output=True, text=True, check=False)
    if may.returncode:
        skip(f"no container may be booted here: {may.stderr.strip()}")
    os.makedirs(PLACE, exist_ok=True)
    main((lambda: Board(sys.argv[1:3]), [
        installing_starts_the_board,
        examples_are_where_the_readme_has_them,
        the_site_answers_once_it_is_enabled,
        a_page_that_nobody_changed_is_a_file_that_nginx_may_read,
        its_secret_is_for_root,
        systemd_finds_little_that_is_exposed,
        its_own_confinement_is_in_force_too,
        a_restart_loses_no_request,
        a_reload_loses_no_request,
        a_reload_of_nginx_loses_no_request,
        an_upgrade_loses_no_request,
        a_worker_that_is_killed_comes_back,
        without_redis_it_says_so_and_comes_back,
        it_is_there_after_a_boot,
        removing_it_keeps_what_is_the_owners,
        purging_it_leaves_the_posts_and_says_so,
        installed_again_it_has_the_posts,
        nothing_is_left_after_what_the_message_says,
        by_hand_it_is_the_readmes_commands,
    ]))
