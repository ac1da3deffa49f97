#!/bin/sh
# How the sources look: as .clang-format says, none too long, nothing left to
# be done, each library behind one file. Prints every fault; 77 says that
# there is no clang-format of the right version, and that all else is well.
# shellcheck disable=SC2086 # lists of words
set -u
cd "${TOP_SRCDIR:-.}" || exit 1

LINES_MAX=600
faults=0

fault()
{
	printf '%s\n' "$*"
	faults=$((faults + 1))
}

# What people wrote: the folders and the files beside them. Not the corpora of
# the fuzzers and the golden pages, which are as they must be, nor what is made
# of something else.
sources()
{
	find app conf man static templates tests .ci -type f \
		! -path 'tests/fuzz/corpus*' ! -path 'tests/golden/*' \
		! -path man/madang.hdf.5 \
		! -path '*/node_modules/*' ! -path '*/__pycache__/*' \
		! -name '*.o' ! -name '*.a' ! -name '*.log' ! -name '*.trs' \
		2>/dev/null | grep -v '/\.' | sort
	for file in Makefile.am README bootstrap configure.ac \
		nginx.conf.example; do
		[ ! -e "$file" ] || printf '%s\n' "$file"
	done
}

c_sources()
{
	find app tests -name '*.[ch]' -type f | sort
}

check_length()
{
	# Which people look things up in, and is to be one file.
	[ "$1" != README ] || return 0
	lines=$(wc -l <"$1")
	[ "$lines" -le "$LINES_MAX" ] ||
		fault "$1: $lines lines; $LINES_MAX is the most"
}

# check_lines PATTERN SENTENCE FILE: no line may match.
check_lines()
{
	numbers=$(grep -nE -e "$1" "$3" | cut -d : -f 1)
	[ -z "$numbers" ] || fault "$3: $2: lines" $numbers
}

# Versions differ in details; this is the one that wrote what is there.
check_format()
{
	clang-format --version 2>/dev/null | grep -q 'version 14\.' || return
	skipped=no
	c_sources | xargs clang-format --dry-run --Werror --style=file ||
		fault 'not as clang-format writes it (see above)'
}

# Each library's headers stand in one file, its module.
check_border()
{
	users=$(find app -name '*.[ch]' -exec \
		grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]].*$1" {} +)
	[ "$(printf '%s' "$users" | grep -c .)" = 1 ] ||
		fault "$1 must be included by one file, not by:" $users
}

for file in $(sources); do
	case $file in
	static/* | templates/* | *.hdf) ;;
	*) check_length "$file" ;;
	esac
	check_lines '[[:blank:]]$' 'white space at its end' "$file"
	# Written so that this line is not one.
	check_lines 'TO''DO|FIX''ME' 'left to be done' "$file"
done
sh -n bootstrap || fault 'bootstrap: not a program of sh'

check_border 'fcgiapp\.h'
check_border 'hiredis\.h'
check_border 'ClearSilver'

skipped=yes
check_format

[ "$faults" = 0 ] || exit 1
if [ "$skipped" = yes ]; then
	echo 'no clang-format 14: the format was not looked at'
	exit 77
fi
