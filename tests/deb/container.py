"""A clean Debian that is booted for a test: debootstrap's folder as a
container of systemd-nspawn, with a network of its own, which is a loopback.
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
# A machine takes 700 MB.
MEMORY_BYTES = 3 << 30
# The mirror that this machine's packages come from, unless $MIRROR says.
SOURCES = ["/etc/apt/sources.list", *(
    os.path.join("/etc/apt/sources.list.d", name)
    for name in sorted(os.listdir("/etc/apt/sources.list.d")))
    ] if os.path.isdir("/etc/apt/sources.list.d") else []
# What a server has beside what the package asks for.
INCLUDED = "systemd,systemd-sysv,dbus,procps"
# nspawn's own filter of old lacks these, which a machine has.
LANDLOCK = " ".join(f"landlock_{call}" for call in (
    "create_ruleset", "add_rule", "restrict_self"))
SKIPPED = 77


def skip(why):
    print(f"# skipped: {why}")
    sys.exit(SKIPPED)


def codename():
    with open("/etc/os-release", encoding="utf-8") as file:
        return re.search(r"^VERSION_CODENAME=(\w+)", file.read(), re.M)[1]


def mirror():
    """Where this Debian is fetched from; not its security updates."""
    if os.environ.get("MIRROR"):
        return os.environ["MIRROR"]
    for path in SOURCES:
        try:
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"(?m)^\s*#.*\n", "", file.read())
        except OSError:
            continue
        found = re.search(r"(?m)^(?:deb\s+(?:\[[^]]*\]\s*)?|URIs:\s*)"
                          r"(https?://\S+/debian/?)\s", text)
        if found:
            return found[1]
    return skip("no mirror of Debian in /etc/apt: give MIRROR")


def run(argv, **more):
    """Its output; what fails is shown, and ends the test."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **more)
    if done.returncode:
        raise AssertionError(f"{' '.join(argv)} gave {done.returncode}:\n"
                             f"{done.stdout[-3000:]}")
    return done.stdout


def make_base(tarball):
    """A bare Debian, once: it takes half a minute."""
    if os.path.exists(tarball):
        return
    folder = tarball + ".d"
    shutil.rmtree(folder, ignore_errors=True)
    run(["debootstrap", "--variant=minbase", f"--include={INCLUDED}",
         codename(), folder, mirror()])
    run(["tar", "cf", tarball + ".new", "-C", folder, "."])
    os.rename(tarball + ".new", tarball)
    shutil.rmtree(folder)


def memory_bytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemAvailable: +(\d+)", file.read())[1]) * 1024


class Machine:
    """A machine whose disk is a folder; boot() and power_off() in turn."""

    def __init__(self, folder, tarball):
        self.folder, self.process, self.leader = folder, None, 0
        self.log = folder + ".log"
        self.remove()
        os.makedirs(folder)
        # In memory, where there is some: a disk that others keep busy makes
        # Redis wait for seconds, and what is measured here is something else.
        if memory_bytes() > MEMORY_BYTES:
            run(["mount", "-t", "tmpfs", "-o", "mode=755", "madang", folder])
        run(["tar", "xf", tarball, "-C", folder])

    def remove(self):
        while os.path.ismount(self.folder):
            run(["umount", self.folder])
        shutil.rmtree(self.folder, ignore_errors=True)

    def fetch(self, *packages):
        """Into its cache, so that it needs no network to install them."""
        shutil.copy("/etc/resolv.conf", self.path("/etc/resolv.conf"))
        chroot = ["chroot", self.folder, "env",
                  "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        with open(self.path("/etc/apt/apt.conf.d/90keep"), "w",
                  encoding="ascii") as file:
            file.write('Binary::apt-get::APT::Keep-Downloaded-Packages '
                       '"true";\n')
        run([*chroot, "update"])
        run([*chroot, "install", "-y", "--download-only", *packages])

    def path(self, name):
        return self.folder + name

    def boot(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                 "--private-network", "--directory", self.folder, "--boot",
                 "--console=pipe", f"--system-call-filter={LANDLOCK}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY="1"))
        end = time.monotonic() + 60
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise RuntimeError(f"no boot:\n{log.read()[-3000:]}")
            time.sleep(0.1)
        self.enter_network()

    def is_up(self):
        self.leader = self.leader or first_process(self.process.pid)
        if not self.leader:
            return False
        state = self.call("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    def enter_network(self):
        """This thread, and those that it starts, are in its network."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{self.leader}/ns/net", "rb") as network:
            if libc.setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def call(self, *argv):
        return subprocess.run(
            ["nsenter", "--target", str(self.leader), "--all", "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
             "DEBIAN_FRONTEND=noninteractive", *argv],
            stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)

    def run(self, *argv):
        """In it, as root; its output."""
        done = self.call(*argv)
        if done.returncode:
            raise AssertionError(f"{' '.join(argv)} gave {done.returncode}:\n"
                                 f"{done.stdout[-3000:]}")
        return done.stdout

    def shell(self, script):
        return self.run("sh", "-ec", script)

    def power_off(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.call("systemctl", "poweroff")
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process, self.leader = None, 0


def first_process(ancestor):
    """The child whose number in its own namespace is 1; 0: not yet."""
    waiting = [ancestor]
    while waiting:
        pid = waiting.pop()
        try:
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                found = re.search(r"^NSpid:\s+(.*)$", file.read(), re.M)
            if len(found[1].split()) > 1 and found[1].split()[-1] == "1":
                return pid
            with open(f"/proc/{pid}/task/{pid}/children",
                      encoding="ascii") as file:
                waiting += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return 0
