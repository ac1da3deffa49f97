#!/bin/sh
# Runs every fuzzer once over its seeds, whether it was built with libFuzzer
# or with replay.c; part of make check.
set -eu
: "${TOP_SRCDIR:=.}" "${TOP_BUILDDIR:=.}"

# Names of fuzzers are those of their seeds.
for seeds in "$TOP_SRCDIR"/tests/fuzz/corpus/*; do
	name=${seeds##*/}
	fuzzer=$TOP_BUILDDIR/tests/fuzz/fuzz_$name
	if ! test -x "$fuzzer"; then
		echo "replay: $fuzzer was not built" >&2
		exit 1
	fi
	# libFuzzer takes an empty folder for a corpus and is content.
	if test -z "$(ls "$seeds")"; then
		echo "replay: no seeds in $seeds" >&2
		exit 1
	fi
	"$fuzzer" -runs=0 "$seeds"
done
