#!/usr/bin/python3
"""The manual: a page for each command, for the settings, for the keys in Redis
and for the addresses, and all of them pages that man and mandoc take without a
word.

    TOP_SRCDIR=.. TOP_BUILDDIR=. man.py

Says of each thing that has no page where it belongs. 77: man or mandoc is
missing, and what takes neither is well.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", SOURCE / "build")).resolve()
SKIPPED = 77
# Pages of others that ours may lead to.
OTHERS = {"acl(5)", "curl(1)", "landlock(7)", "nginx(8)", "redis-server(1)",
          "sd_listen_fds(3)", "sd_notify(3)", "spawn-fcgi(1)", "systemd(1)",
          "systemd.socket(5)",
          "valgrind(1)",
          "syslog(3)", "cron(8)", "crontab(5)", "journalctl(1)"}
# What a page has, by its section, and what the manual of that one is called.
PARTS = {"1": ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SEE ALSO"],
         "5": ["NAME", "DESCRIPTION", "SEE ALSO"],
         "7": ["NAME", "DESCRIPTION", "SEE ALSO"]}
MANUALS = {"1": "User Commands", "5": "File Formats",
           "7": "Miscellaneous Information"}


def run(*words, **more):
    return subprocess.run([str(word) for word in words], text=True,
                          capture_output=True, timeout=60, **more)


def plain(text):
    """roff without its escapes, as far as ours have any."""
    text = re.sub(r"\\f[BIRP]|\\&", "", text)
    return text.replace(r"\-", "-").replace(r"\(dq", '"').replace(
        r"\(aq", "'").replace(r"\e", "\\")


def find_pages():
    """name → file: those of the sources, and those that make makes."""
    pages = {}
    for folder in (SOURCE / "man", BUILD / "man"):
        for file in sorted(folder.glob("*.[1-8]")):
            pages[f"{file.stem}({file.suffix[1:]})"] = file
    return pages


def usage():
    return run(BUILD / "madang", "--help").stdout


def commands_of(text):
    return sorted(set(re.findall(r"^(?:Usage:)? +madang \[?([a-z]+)", text,
                                 re.M)))


# What should be there

def each_command_has_a_page(pages):
    names = commands_of(usage())
    if len(names) < 10:
        yield f"madang --help lists {names or 'nothing'}"
    table = plain(pages["madang(1)"].read_text(encoding="utf-8"))
    for name in names:
        if f"madang-{name}(1)" not in pages:
            yield (f"`madang {name}` is in madang --help: write "
                   f"man/madang-{name}.1 and name it in Makefile.am")
        if not re.search(rf"^{name}\t", table, re.M):
            yield f"man/madang.1: its table has no line for {name}"
    for page in pages:
        found = re.fullmatch(r"madang-([a-z]+)\(1\)", page)
        if found and found[1] not in names:
            yield f"{page} is of no command in madang --help"


def each_page_is_found_from_the_first(pages):
    first = plain(pages["madang(1)"].read_text(encoding="utf-8"))
    also = first[first.index(".SH SEE ALSO"):]
    for page in sorted(set(pages) - {"madang(1)"}):
        if f".BR {page[:-3]} {page[-3:]}" not in also:
            yield f"man/madang.1: its SEE ALSO lacks {page}"


def each_page_is_installed_and_shipped(pages):
    make = (SOURCE / "Makefile.am").read_text(encoding="utf-8")
    listed = re.search(r"^dist_man_MANS =((?:.*\\\n)*.*)", make, re.M)[1]
    for page, file in pages.items():
        if f"man/{file.name}" not in listed.split():
            yield f"Makefile.am: dist_man_MANS lacks man/{file.name}"


def each_option_is_explained(pages):
    """In --help of all, and of each command; in the page of that command."""
    texts = {page: plain(file.read_text(encoding="utf-8"))
             for page, file in pages.items()}

    def is_explained(option, page):
        # The tag of a paragraph, with what its value is called.
        return re.search(rf"^\.TP\n\.BI? \"?{option}\b(?!-)",
                         texts.get(page, ""), re.M)
    every = usage()
    for option in sorted(set(re.findall(r"--[a-z][a-z-]*", every))):
        if not any(is_explained(option, page) for page in texts):
            yield f"{option} is in madang --help and in no page"
    for name in commands_of(every):
        page = f"madang-{name}(1)"
        own = run(BUILD / "madang", name, "--help").stdout
        while texts.get(page, "").startswith(".so "):
            page = re.sub(r".*/(.*)\.(.)\n", r"\1(\2)", texts[page])
        for option in sorted(set(re.findall(r"--[a-z][a-z-]*", own)) -
                             {"--help"}):
            if page in texts and not is_explained(option, page):
                yield f"{page}: {option} of `madang {name} --help` is not there"


def each_key_is_explained(pages):
    """The names that the worker knows, in madang-keys(7)."""
    said = plain(pages["madang-keys(7)"].read_text(encoding="utf-8"))
    tags = "\n".join(re.findall(r"^\.TP\n(.*)", said, re.M))
    text = (SOURCE / "app/store/keys.h").read_text(encoding="utf-8")
    names = re.findall(r'^#define KEY_\w+\s+"(.+?)"', text, re.M)
    if len(names) < 20:
        yield f"app/store/keys.h: {len(names)} names of keys were found"
    for name in names:
        if not re.search(rf"(?<![\w:]){name}(?![\w:])", tags):
            yield f"man/madang-keys.7: {name} of keys.h has no paragraph"
    version = re.search(r"^#define KEYS_SCHEMA (\d+)", text, re.M)[1]
    if f"is version {version}." not in said:
        yield f"man/madang-keys.7: the layout is version {version}"


def each_address_is_explained(pages):
    """The router's table, in madang-api(7)."""
    said = plain(pages["madang-api(7)"].read_text(encoding="utf-8"))
    tags = " ".join(re.findall(r"^\.TP\n((?:.*\\\n)*.*)", said, re.M))
    words = re.sub(r"[\",]", " ", tags).split()
    table = (SOURCE / "app/route.c").read_text(encoding="utf-8")
    routes = re.findall(r'^ {4}\{"(/.*?)", (\w+), (\w+), (.*?),', table, re.M)
    if len(routes) < 25:
        yield f"app/route.c: {len(routes)} addresses were found"
    for path, _, _, kinds in routes:
        names = path.replace("#", "N")
        if names.startswith("/posts/N"):
            names = names.replace("N", "ID", 1)
        for end in [""] + [f".{kind.lower()}"
                           for kind in re.findall("JSON|ATOM", kinds)]:
            if names + end not in words:
                yield f"man/madang-api.7: {names + end} has no paragraph"


def settings_of(text):
    """Yields (name, value as it is written) of conf/madang.hdf."""
    section = ""
    for line in text.splitlines():
        line = line.strip()
        begin = re.fullmatch(r"([a-z_]+) \{", line)
        value = re.fullmatch(r"(?:# )?([a-z_]+) = (.*)", line)
        if begin:
            section = begin[1] + "."
        elif line == "}":
            section = ""
        elif value:
            yield section + value[1], value[2]


def paragraphs_of(page):
    """tag → what is said below it, on one line each."""
    found = {}
    for part in re.split(r"^\.(?:TP|SH|SS)\b.*\n", page, flags=re.M)[1:]:
        tags, lines = [], part.splitlines()
        while lines:
            tags.append(lines.pop(0))
            if not lines or lines[0] != ".TQ":
                break
            lines.pop(0)
        for tag in tags:
            found[tag] = " ".join(lines)
    return found


def each_setting_is_there_with_its_default(pages):
    file = pages.get("madang.hdf(5)")
    if file is None:
        yield f"{BUILD}/man/madang.hdf.5 was not made"
        return
    said = paragraphs_of(plain(file.read_text(encoding="utf-8")))
    text = (SOURCE / "conf/madang.hdf").read_text(encoding="utf-8")
    written = dict(settings_of(text))
    for name, value in written.items():
        if not said.get(f"{name} = {value}"):
            yield f"madang.hdf(5): {name} = {value} is not there, or alone"
    table = (SOURCE / "app/base/setting.c").read_text(encoding="utf-8")
    known = re.findall(r"^\t(\w+)_SETTING\((\S+?)[,)](?: (\S+), (\S+), "
                       r"(\S+)\))?", table, re.M)
    if len(known) < 40:
        yield f"app/base/setting.c: {len(known)} settings were found"
    for kind, name, _, least, most in known:
        if name not in written:
            yield f"conf/madang.hdf: {name} of setting.c is not there"
        elif kind == "NUMBER" and (least, most) != ("0", "1"):
            words = said.get(f"{name} = {written[name]}", "")
            if f"{least} to {most}" not in words:
                yield (f"conf/madang.hdf: {name}: \"{least} to {most}\" is "
                       "not among the words on it")


# How they are

def heads_are_right(pages):
    release = re.search(r"AC_INIT\(\[madang\], \[(\d+\.\d+)", (
        SOURCE / "configure.ac").read_text(encoding="utf-8"))[1]
    for page, file in pages.items():
        text = file.read_text(encoding="utf-8")
        if text.startswith(".so "):
            target = re.fullmatch(r"\.so man(\d)/(\S+)\.\1\n", text)
            if not target or f"{target[2]}({target[1]})" not in pages:
                yield f"{file.name}: {text.strip()} leads to no page of ours"
            continue
        name, section = page[:-1].split("(")
        head = re.search(r'^\.TH (\S+) (\d) (\S+) "([^"]*)" "([^"]*)"$', text,
                         re.M)
        if not head:
            yield f"{file.name}: no .TH NAME SECTION DATE \"Madang\" \"Manual\""
            continue
        if (plain(head[1]), head[2]) != (name.upper(), section):
            yield f"{file.name}: .TH is of {head[1]}({head[2]})"
        if not re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", head[3]):
            yield f"{file.name}: .TH has {head[3]} for a date"
        if head[4] != f"Madang {release}":
            yield f"{file.name}: .TH has {head[4]}, it is Madang {release}"
        if head[5] != MANUALS.get(section):
            yield f"{file.name}: .TH has {head[5]} for a manual"
        has = re.findall(r"^\.SH (.*)", text, re.M)
        wants = PARTS.get(section, [])
        if page == "madang.hdf(5)":
            wants = wants + ["SETTINGS"]
        for wanted in wants:
            if wanted not in has:
                yield f"{file.name}: no section {wanted}"
        names = re.search(r"^\.SH NAME\n(.*) \\- \S", text, re.M)
        if not names or name not in plain(names[1]).split(", "):
            yield f"{file.name}: NAME is not \"{name} \\- what it is\""


def they_lead_to_pages_that_exist(pages):
    for page, file in pages.items():
        text = plain(file.read_text(encoding="utf-8"))
        links = re.findall(r"^\.BR (\S+) \((\d)\)", text, re.M)
        links += re.findall(r"\b(madang[\w.-]*)\((\d)\)", text)
        for link in sorted({f"{name}({section})" for name, section in links}):
            if link not in pages and link not in OTHERS:
                yield f"{file.name}: leads to {link}, which is not there"
            if link == page:
                yield f"{file.name}: leads to itself"


def programs_take_them_without_a_word(pages):
    env = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80",
               MANROFFSEQ="", MAN_KEEP_FORMATTING="")
    for page, file in pages.items():
        if file.read_text(encoding="utf-8").startswith(".so "):
            continue
        said = run("mandoc", "-Tlint", "-Wwarning", file)
        yield from (said.stdout + said.stderr).splitlines()
        said = run("man", "--warnings", "-E", "UTF-8", "-l", file, env=env)
        if said.returncode or not said.stdout:
            yield f"{file.name}: man exits with {said.returncode}"
        yield from said.stderr.splitlines()


def man_finds_them_once_installed(pages):
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR")}
    with tempfile.TemporaryDirectory(prefix="madang-man-") as folder:
        made = run("make", "-C", BUILD, "install-man", f"DESTDIR={folder}",
                   env=env)
        if made.returncode:
            yield made.stdout + made.stderr
        roots = list(pathlib.Path(folder).glob("**/man1"))
        if len(roots) != 1:
            yield f"make install-man makes {roots}"
            return
        env.update(MANPATH=str(roots[0].parent), LC_ALL="C.UTF-8",
                   MANWIDTH="80")
        for page in pages:
            name, section = page[:-1].split("(")
            shown = run("man", section, name, env=env)
            if shown.returncode or name not in shown.stdout:
                yield f"man {section} {name}: {shown.stderr or shown.stdout}"
            if "--help" in shown.stderr or "warning" in shown.stderr:
                yield f"man {section} {name}: {shown.stderr}"


CLAIMS = [each_command_has_a_page, each_page_is_found_from_the_first,
          each_page_is_installed_and_shipped, each_option_is_explained,
          each_setting_is_there_with_its_default, each_key_is_explained,
          each_address_is_explained, heads_are_right, they_lead_to_pages_that_exist]
WITH_PROGRAMS = [programs_take_them_without_a_word,
                 man_finds_them_once_installed]


def main():
    pages = find_pages()
    missing = [name for name in ("man", "mandoc") if not shutil.which(name)]
    failed = False
    if "madang(1)" not in pages or not (BUILD / "madang").exists():
        print(f"{SOURCE}/man has no madang.1, or {BUILD} no madang")
        return 1
    for claim in CLAIMS + ([] if missing else WITH_PROGRAMS):
        faults = list(claim(pages))
        told = claim.__name__.replace("_", " ")
        print(f"{'not ok' if faults else 'ok'} - {told}")
        for fault in faults:
            print(f"#   {fault}")
        failed = failed or bool(faults)
    if failed:
        return 1
    if missing:
        print(f"no {', no '.join(missing)} (packages man-db, mandoc): how the "
              "pages look was not looked at")
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
