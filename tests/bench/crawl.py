"""A crawler that walks through a large board, and readers beside it: how much
of the page store it fills, what the readers feel, and whether it is told that
nothing changed. Run by `make bench-crawl`. Needs wrk.

Environment: POSTS (1000000) of the board, WALK (100000) addresses that the
crawler asks for as fast as it goes, CRAWLER (100) requests a second that it
asks for beside the readers, RATE (500) of the readers.
"""

import http.client
import os
import subprocess
import threading

import drive
from boards import fill, freshen
from stack import Stack

POSTS = int(os.environ.get("POSTS", "1000000"))
WALK = int(os.environ.get("WALK", "100000"))
CRAWLER = int(os.environ.get("CRAWLER", "100"))
RATE = int(os.environ.get("RATE", "500"))
SECONDS = 10
KNOWN = 1000
FILES_MAX = 20000
# Slots that look at the bound at the same moment: two files and four folders.
OVER = 8 * 6


def files(board):
    folder = board.path("pages/pages")
    return sum(len(names) + len(folders)
               for _, folders, names in os.walk(folder))


def crawl(board, first, last, pause=0):
    """How many requests that came to."""
    return drive.wrk(f"http://127.0.0.1:{board.port}/", SECONDS, "crawl.lua",
                     (str(first), str(last), str(pause)), errors=True)[1]


def walk(board, first, last):
    """Each address once; tells after every some seconds how many it were."""
    done = 0
    while first + done < last:
        done += crawl(board, first + done, last)
        yield min(done, last - first)


def readers(board, url):
    found = drive.pace(url, RATE, SECONDS)
    return (f"p50 {found['p50'] / 1000:.2f} ms, p99 "
            f"{found['p99'] / 1000:.2f} ms, {found['errors']} errors")


def known(board):
    """How many of the threads the crawler has are not sent again."""
    with board.redis_client() as redis:
        threads = redis("LRANGE", "post_id", POSTS // 2,
                        POSTS // 2 + KNOWN - 1)
    client = http.client.HTTPConnection("127.0.0.1", board.port)
    same = 0
    for number in map(int, threads):
        statuses, tag = [], None
        for _ in range(3):
            client.request("GET", f"/posts/{number}", headers={
                "If-None-Match": tag} if tag else {})
            answer = client.getresponse()
            answer.read()
            tag = answer.getheader("ETag") or tag
            statuses.append(answer.status)
        same += statuses[1:] == [304, 304]
    client.close()
    return same


def main():
    with Stack(nginx=True, slots=8, pages=True,
               PAGES_FILES=FILES_MAX) as board:
        made = fill(board, POSTS)
        pages = freshen(board)
        url = f"http://127.0.0.1:{board.port}{pages['list']}"
        print(f"{made['posts']:,} posts; readers ask for the list "
              f"{RATE} times a second", flush=True)
        print(f"readers alone: {readers(board, url)}", flush=True)
        first = made["with_replies"] // 2
        said = []
        beside = threading.Thread(target=lambda: said.append(
            readers(board, url)))
        beside.start()
        asked = crawl(board, first - WALK, first,
                      1000 * drive.CLIENTS // CRAWLER)
        beside.join()
        print(f"readers beside a crawler with {asked / SECONDS:.0f} requests "
              f"a second: {said[0]}", flush=True)
        most = 0
        for done in walk(board, first, first + WALK):
            most = max(most, files(board))
            print(f"crawled {done:,}: {files(board):,} files", flush=True)
        for _ in walk(board, first, first + WALK):
            most = max(most, files(board))
        print(f"crawled again: {files(board):,} files, at most {most:,} of "
              f"{FILES_MAX:,}: {'holds' if most <= FILES_MAX + OVER else 'MISSED'}")
        same = known(board)
        print(f"not sent again: {same:,} of {KNOWN:,} threads: "
              f"{'holds' if same == KNOWN else 'MISSED'}")
        said = subprocess.run(
            ["du", "-sh", board.path("pages")], capture_output=True,
            check=True, text=True).stdout.split()[0]
        print(f"room: {said}")


if __name__ == "__main__":
    main()
