#!/bin/sh
#
# The list, a thread and the form through Lighthouse, as a phone on a slow
# line sees them: 100 in all four columns, or it fails. Not part of `make
# check`, because it installs Lighthouse from npm, into lighthouse-tools/ of
# the build folder, and because what it measures depends on what else the
# machine does.
#
# Environment: TOP_SRCDIR, TOP_BUILDDIR (a folder where Madang is built).

set -eu

VERSION=12.8.2

here=$(cd "$(dirname "$0")" && pwd -P)
TOP_SRCDIR=${TOP_SRCDIR:-$(cd "$here/../.." && pwd -P)}
TOP_BUILDDIR=$(cd "${TOP_BUILDDIR:-$TOP_SRCDIR}" && pwd -P)
export TOP_SRCDIR TOP_BUILDDIR

for program in node npm python3; do
	command -v "$program" >/dev/null || {
		echo "skipped: $program is not installed"
		exit 77
	}
done
for program in chromium chromium-browser google-chrome; do
	CHROME_PATH=$(command -v "$program") && break
done
[ -n "$CHROME_PATH" ] || {
	echo "skipped: chromium is not installed"
	exit 77
}
export CHROME_PATH

tools=$TOP_BUILDDIR/lighthouse-tools
mkdir -p "$tools"
if [ "$(cat "$tools/installed" 2>/dev/null)" != "$VERSION" ]; then
	rm -f "$tools/installed"
	# Of its own, or npm installs into a folder above that has one.
	echo '{"private": true, "type": "module"}' >"$tools/package.json"
	(cd "$tools" && npm install --no-audit --no-fund --no-package-lock \
		--ignore-scripts --loglevel=error "lighthouse@$VERSION")
	echo "$VERSION" >"$tools/installed"
fi

PYTHONDONTWRITEBYTECODE=1 exec python3 "$here/lighthouse.py" "$tools"
