#!/bin/sh
# Which lines of the parsers the fuzzers' seeds reach, file by file; fails
# where that is less than $LEAST percent. In a build that was configured so:
#
#	../configure CC=clang \
#		CFLAGS='-g -O1 -fprofile-instr-generate -fcoverage-mapping'
#	make && make check TESTS=
#	TOP_SRCDIR=.. TOP_BUILDDIR=. sh ../tests/fuzz/coverage.sh
#
# With LINES=1 the lines that are missed are shown too.
set -eu
: "${TOP_SRCDIR:=.}" "${TOP_BUILDDIR:=.}" "${LEAST:=95}" "${LINES:=}"

# What takes apart bytes that are not ours; app/ is in front.
PARSERS='base/address.c base/client.c base/conf.c base/excerpt.c
	base/number.c base/path.c base/seal.c base/setting.c base/text.c
	board/dump.c board/dump_read.c board/graph.c board/post.c board/registry.c board/thread.c
	store/changes.c store/command.c store/connection.c
	view/markup.c
	web/conditional.c web/form.c web/header.c web/http.c web/language.c
	web/multipart.c web/record.c'

# Debian's have their version behind the name.
tool()
{
	found=
	for path in /usr/bin/"llvm-$1"-[0-9]* /usr/bin/"llvm-$1"; do
		if test -x "$path"; then
			found=$path
		fi
	done
	if test -z "$found"; then
		echo "coverage: there is no llvm-$1" >&2
		exit 1
	fi
	printf '%s\n' "$found"
}
PROFDATA=$(tool profdata)
COV=$(tool cov)

run=$TOP_BUILDDIR/tests/fuzz/coverage
rm -rf "$run"
mkdir -p "$run"
objects=
for seeds in "$TOP_SRCDIR"/tests/fuzz/corpus/*; do
	name=${seeds##*/}
	fuzzer=$TOP_BUILDDIR/tests/fuzz/fuzz_$name
	LLVM_PROFILE_FILE=$run/$name.profraw "$fuzzer" -runs=0 "$seeds" \
		>"$run/$name.log" 2>&1 || {
		cat "$run/$name.log" >&2
		exit 1
	}
	if ! test -s "$run/$name.profraw"; then
		echo "coverage: $fuzzer counts no lines; see above" >&2
		exit 1
	fi
	objects="$objects -object $fuzzer"
done
"$PROFDATA" merge -o "$run/all.profdata" "$run"/*.profraw

# shellcheck disable=SC2086 # words
set -- $objects
shift # llvm-cov's first object is named without -object
"$COV" report "$@" -instr-profile "$run/all.profdata" \
	>"$run/report" 2>"$run/cov.log"
failed=0
for parser in $PARSERS; do
	# Lines, those missed, percent.
	awk -v name="app/$parser" '
	substr($1, length($1) - length(name) + 1) == name {
		print $8, $9, $10 + 0 }' "$run/report" >"$run/line"
	if ! read -r lines missed percent <"$run/line"; then
		echo "coverage: $parser is in no fuzzer" >&2
		exit 1
	fi
	printf '%-20s %4d lines, %3d missed, %6.2f %%\n' "$parser" "$lines" \
		"$missed" "$percent"
	if test "${percent%.*}" -lt "$LEAST"; then
		failed=1
	fi
	if test -n "$LINES" && test "$missed" -gt 0; then
		"$COV" show "$@" -instr-profile "$run/all.profdata" \
			"$(realpath "$TOP_SRCDIR/app/$parser")" |
			grep -E '^ +[0-9]+\| +0\|' || :
	fi
done
if test "$failed" -ne 0; then
	echo "coverage: a file is below $LEAST %" >&2
	exit 1
fi
