#!/bin/sh
# What lintian and systemd say of what `make deb` made: no error, no warning,
# but those that conf/debian/madang.lintian-overrides argues for.
set -eu

command -v lintian >/dev/null || {
	echo "lintian is missing"
	exit 77
}
lintian --allow-root --fail-on error,warning --tag-display-limit 0 \
	deb/madang_*.changes

# The units where the package puts them, on a root of their own.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
dpkg-deb -x deb/madang_*.deb "$root"
units=$root/lib/systemd/system
said=$(cd "$units" && sed -i "s|^ExecStart=/usr/bin/|ExecStart=-/bin/true |
	s|^Documentation=.*||" ./*.service ./*.socket &&
	SYSTEMD_UNIT_PATH=$units: systemd-analyze verify ./madang.socket \
		./madang.service ./madang-redis.service 2>&1) || {
	echo "$said"
	exit 1
}
if [ "$said" ]; then
	echo "$said"
	exit 1
fi
for unit in madang madang-redis; do
	systemd-analyze security --offline=true --threshold=15 \
		"$units/$unit.service" | tail -n 1
done
