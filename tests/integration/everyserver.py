#!/usr/bin/python3
"""The contract, and all of a life of posts, through each web server but nginx,
whose own tests they are: as the examples in conf/ are. The contract counts
what Redis is asked for, and a page store asks for more; with one a life waits
minutes for the numbers of views, so one server has it, and with FULL=1 two
have both. (What a page store must do is in servers.py, for all of them.) Under
a sanitizer the worker is asked for nothing here that contract.py and life.py do
not ask it for.
"""

import shutil
import sys

from contract import CLAIMS
from hosted import Hosted
from life import SETTINGS, life_in
from stack import ALSO_SERVERS, FULL, SKIPPED, main
from webservers import Fcgid, Lighttpd, Proxied, can_be


def hosted(**settings):
    """With a Redis that needs no password: the contract looks into it."""
    return Hosted(own_redis=True, **settings)


SERVERS = (Proxied, Fcgid, hosted, Lighttpd)
WITH_PAGES = (Fcgid, Lighttpd) if FULL else (Fcgid,)


def groups_of(server):
    yield lambda: server(pages=False), CLAIMS
    if FULL or server not in WITH_PAGES:
        yield lambda: server(pages=False, **SETTINGS), life_in("en")
    if server in WITH_PAGES:
        yield lambda: server(**SETTINGS), life_in("ko")


if __name__ == "__main__":
    if not can_be(Proxied, Fcgid, Hosted, Lighttpd) or not shutil.which("curl"):
        print("# apache2-bin, libapache2-mod-fcgid, lighttpd or curl is missing")
        sys.exit(SKIPPED)
    if not ALSO_SERVERS:
        print("# under a sanitizer only with FULL=1")
        sys.exit(SKIPPED)
    main(*(group for server in SERVERS for group in groups_of(server)))
