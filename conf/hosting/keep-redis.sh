#!/bin/sh
# Keeps a Redis of the account's own running, for cron to start each minute:
#
#     * * * * * $HOME/madang/keep-redis.sh
#
# Posts are in data/. There is never a second Redis on them: the first one holds
# a lock for as long as it lives, however it ends.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
data=$here/data
umask 077
mkdir -p "$data" || exit 1
exec 9>>"$data/redis.lock"
if command -v flock >/dev/null; then
	flock -n 9 || exit 0
elif kill -0 "$(cat "$data/redis.pid" 2>/dev/null)" 2>/dev/null; then
	exit 0
fi

if [ -x "$here/bin/redis-server" ]; then
	set -- "$here/lib/ld.so" --library-path "$here/lib" \
		"$here/bin/redis-server"
else
	set -- redis-server
fi
# No more of the log than one can read.
[ ! -e "$data/redis.log" ] || tail -n 1000 "$data/redis.log" >"$data/log.new" &&
	mv -f "$data/log.new" "$data/redis.log" 2>/dev/null
# Away from cron, which would wait for it.
set -- "$@" "$here/redis.conf" --dir "$data" --unixsocket "$data/redis.sock" \
	--unixsocketperm 700 --pidfile "$data/redis.pid"
command -v setsid >/dev/null && set -- setsid "$@"
"$@" </dev/null >>"$data/redis.log" 2>&1 &
