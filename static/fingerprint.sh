#!/bin/sh
# fingerprint.sh SRC_DIR OUT_DIR
#
# Static files under names that carry a hash of their content, so that nginx
# may tell browsers to keep them for ever: OUT_DIR/static/style.1a2b3c4d.css.
# Templates learn the names from OUT_DIR/assets.hdf, the pages away*.html by
# having their placeholders replaced. assets.hdf is written last and is always
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

# A style sheet without what only its readers need: comments, indentation, and
# spaces that separate nothing. A space before a colon or around a + does
# (`p :is(a, b)`, `calc(1px + 2em)`), and stays. Strings are not told apart, so
# one that would be changed is refused.
smaller() {
	awk '
	{ text = text $0 "\n" }
	END {
		while ((start = index(text, "/*")) > 0) {
			rest = substr(text, start + 2)
			end = index(rest, "*/")
			if (end == 0)
				exit 1
			text = substr(text, 1, start - 1) substr(rest, end + 2)
		}
		gsub(/[ \t\n]+/, " ", text)
		if (breaks_strings(text))
			exit 1
		gsub(/ ?[{] ?/, "{", text)
		gsub(/ ?;? ?[}] ?/, "}", text)
		gsub(/ ?; ?/, ";", text)
		gsub(/, /, ",", text)
		gsub(/: /, ":", text)
		gsub(/ > /, ">", text)
		sub(/^ /, "", text)
		print text
	}
	# Every second part between quotes is inside of them.
	function breaks_strings(text, parts, count, i) {
		count = split(text, parts, "\"")
		for (i = 2; i <= count; i += 2)
			if (parts[i] ~ /[{}:;,>]/)
				return 1
		return 0
	}'
}

# The content of a file as it is published, on standard output.
content() {
	case $1 in
	*.css) smaller <"$1" ;;
	*) cat "$1" ;;
	esac
}

# Publishes $source/$1.$2 and leaves its new name in $published.
publish() {
	[ -f "$source/$1.$2" ] || fail "no file $source/$1.$2"
	made=$out/static/$1.new
	content "$source/$1.$2" >"$made" ||
		fail "$source/$1.$2 can't be made smaller safely"
	hash=$(sha256 "$made" | cut -c 1-8)
	[ ${#hash} -eq 8 ] || fail "no program that makes a SHA-256"
	published=$1.$hash.$2
	mv -f "$made" "$out/static/$published"
	for old in "$out/static/$1".????????."$2"; do
		[ "$old" = "$out/static/$published" ] || rm -f "$old"
	done
}

mkdir -p "$out/static"
publish style css
style=$published
publish icon svg
icon=$published

for page in away.html away.en.html away.ko.html; do
	[ -f "$source/$page" ] || fail "no file $source/$page"
	sed -e "s/@STYLE@/$style/g" -e "s/@ICON@/$icon/g" "$source/$page" |
		replace "$out/$page"
done

replace "$out/assets.hdf" <<EOD
Asset.style = $style
Asset.icon = $icon
EOD
