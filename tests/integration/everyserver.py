#!/usr/bin/python3
"""The contract, and all of a life of posts, through each web server but nginx,
whose own tests they are: as the examples in conf/ are. The contract counts
what Redis is asked for, and a page store asks for more; with one a life waits
minutes for the numbers of views, so two servers have it. (What a page store
must do is in servers.py, for all of them.)
"""

import shutil
import sys

from contract import CLAIMS
from hosted import Hosted
from life import SETTINGS, life_in
from stack import SKIPPED, main
from webservers import Fcgid, Lighttpd, Proxied, can_be



def hosted(**settings):
    """With a Redis that needs no password: the contract looks into it."""
    return Hosted(own_redis=True, **settings)


SERVERS = (Proxied, Fcgid, hosted, Lighttpd)
WITH_PAGES = (Fcgid, Lighttpd)

if not can_be(Proxied, Fcgid, Hosted, Lighttpd) or not shutil.which("curl"):
    print("# apache2-bin, libapache2-mod-fcgid, lighttpd or curl is missing")
    sys.exit(SKIPPED)
groups = []
for server in SERVERS:
    groups += [(lambda made=server: made(pages=False), CLAIMS),
               (lambda made=server: made(pages=False, **SETTINGS),
                life_in("en"))]
    if server in WITH_PAGES:
        groups.append((lambda made=server: made(**SETTINGS), life_in("ko")))
main(*groups)
