#!/bin/sh
# Lets every fuzzer search for $SECONDS_EACH seconds, in a build that was
# configured with --enable-fuzzers. Stops at the first finding; libFuzzer
# leaves the input that shows it in the folder of the run. What a run learns
# stays there for the next one; the seeds are never touched.
#
#	SECONDS_EACH=600 TOP_SRCDIR=. TOP_BUILDDIR=build sh tests/fuzz/run.sh
#
# With names as arguments only these: run.sh text conf
set -eu
: "${TOP_SRCDIR:=.}" "${TOP_BUILDDIR:=.}" "${SECONDS_EACH:=20}"

test $# -gt 0 || set -- conf excerpt form json markup multipart path \
	request text
for name in "$@"; do
	fuzzer=$TOP_BUILDDIR/tests/fuzz/fuzz_$name
	seeds=$TOP_SRCDIR/tests/fuzz/corpus/$name
	run=$TOP_BUILDDIR/tests/fuzz/corpus-run/$name
	if ! "$fuzzer" -help=1 2>&1 | grep max_total_time >/dev/null; then
		echo "run: $fuzzer has no libFuzzer: configure with" \
			"--enable-fuzzers" >&2
		exit 1
	fi
	mkdir -p "$run"
	cp "$seeds"/* "$run"
	echo "fuzz_$name: $SECONDS_EACH seconds"
	"$fuzzer" -max_total_time="$SECONDS_EACH" -max_len=8192 -timeout=5 \
		-rss_limit_mb=1024 -artifact_prefix="$run-" \
		-print_final_stats=1 -verbosity=0 "$run"
done
