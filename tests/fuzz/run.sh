#!/bin/sh
# Lets every fuzzer search for $SECONDS_EACH seconds, in a build that was
# configured with --enable-fuzzers, one at a time; says which one it is at,
# how long the rest takes, and what each has done. Stops at the first finding;
# libFuzzer leaves the input that shows it in the folder of the run. What a
# run learns stays there for the next one; the seeds are never touched.
#
#	SECONDS_EACH=600 TOP_SRCDIR=. TOP_BUILDDIR=build sh tests/fuzz/run.sh
#
# With names as arguments only these: run.sh text conf
set -eu
: "${TOP_SRCDIR:=.}" "${TOP_BUILDDIR:=.}" "${SECONDS_EACH:=20}"

# Names of fuzzers are those of their seeds.
# shellcheck disable=SC2046 # words
test $# -gt 0 || set -- $(ls "$TOP_SRCDIR/tests/fuzz/corpus")
count=$#
at=0
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
	at=$((at + 1))
	echo "fuzz_$name ($at of $count): $SECONDS_EACH seconds;" \
		"$(((count - at) * SECONDS_EACH)) more for the others"
	if ! "$fuzzer" -max_total_time="$SECONDS_EACH" -max_len=8192 \
		-timeout=5 -rss_limit_mb=1024 -artifact_prefix="$run-" \
		-print_final_stats=1 -verbosity=0 "$run" >"$run.log" 2>&1; then
		cat "$run.log"
		echo "fuzz_$name: a finding; see $run-*" >&2
		exit 1
	fi
	sed -n 's/^stat::number_of_executed_units: */  executions: /p
		s/^stat::slowest_unit_time_sec: */  slowest, seconds: /p
		s/^stat::peak_rss_mb: */  memory, MB: /p' "$run.log"
	# shellcheck disable=SC2012 # names are digests and words
	echo "  inputs worth keeping: $(ls "$run" | wc -l)," \
		"of which seeds: $(ls "$seeds" | wc -l)"
done
