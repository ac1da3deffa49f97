#!/bin/sh
# fingerprint.sh SRC_DIR OUT_DIR
#
# Static files under names that carry a hash of their content, so that nginx
# may tell browsers to keep them for ever: OUT_DIR/static/style.1a2b3c4d.css.
# Templates learn the names from OUT_DIR/assets.hdf, the page away.html by
# having its placeholders replaced. assets.hdf is written last and is always
# newer than what it names: make's target.
set -eu
LC_ALL=C
export LC_ALL

if [ $# -ne 2 ]; then
	echo "usage: fingerprint.sh SRC_DIR OUT_DIR" >&2
	exit 2
fi
source=$1
out=$2

fail() {
	echo "fingerprint.sh: $*" >&2
	exit 1
}

# POSIX has no SHA-256; every system has one of these.
sha256() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum <"$1"
	elif command -v shasum >/dev/null 2>&1; then
		shasum -a 256 <"$1"
	else
		openssl dgst -sha256 -r <"$1"
	fi
}

# Writes standard input to a file in one step: a worker or a server that reads
# it meanwhile sees the old file or the new one, never half of one.
replace() {
	cat >"$1.new"
	mv -f "$1.new" "$1"
}

# Publishes $source/$1.$2 and leaves its new name in $published.
publish() {
	[ -f "$source/$1.$2" ] || fail "no file $source/$1.$2"
	hash=$(sha256 "$source/$1.$2" | cut -c 1-8)
	[ ${#hash} -eq 8 ] || fail "no program that makes a SHA-256"
	published=$1.$hash.$2
	replace "$out/static/$published" <"$source/$1.$2"
	for old in "$out/static/$1".????????."$2"; do
		[ "$old" = "$out/static/$published" ] || rm -f "$old"
	done
}

mkdir -p "$out/static"
publish style css
style=$published
publish icon svg
icon=$published

[ -f "$source/away.html" ] || fail "no file $source/away.html"
sed -e "s/@STYLE@/$style/g" -e "s/@ICON@/$icon/g" "$source/away.html" |
	replace "$out/away.html"

replace "$out/assets.hdf" <<EOD
Asset.style = $style
Asset.icon = $icon
EOD
