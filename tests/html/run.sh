#!/bin/sh
#
# Every page, errors included and in both languages, through the Nu validator
# and, in a real browser in light and dark, through axe-core: zero findings,
# or it fails. Not part of `make check`, because it installs the two from npm,
# into html-tools/ of the build folder; .ci/run calls it.
#
# Environment: TOP_SRCDIR, TOP_BUILDDIR (a folder where Madang is built).

set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
TOP_SRCDIR=${TOP_SRCDIR:-$(cd "$here/../.." && pwd -P)}
TOP_BUILDDIR=$(cd "${TOP_BUILDDIR:-$TOP_SRCDIR}" && pwd -P)
export TOP_SRCDIR TOP_BUILDDIR

for program in java npm python3 chromedriver; do
	command -v "$program" >/dev/null || {
		echo "skipped: $program is not installed"
		exit 77
	}
done

tools=$TOP_BUILDDIR/html-tools
mkdir -p "$tools"
if ! cmp -s "$here/package.json" "$tools/package.json" ||
	[ ! -e "$tools/installed" ]; then
	rm -f "$tools/installed"
	cp "$here/package.json" "$tools/package.json"
	(cd "$tools" && npm install --no-audit --no-fund --no-package-lock \
		--ignore-scripts --loglevel=error)
	touch "$tools/installed"
fi

PYTHONDONTWRITEBYTECODE=1 exec python3 "$here/validate.py" "$tools"
