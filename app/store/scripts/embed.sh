# Prints scripts.h: each Lua file given becomes a C string with its SHA-1, by
# which Redis knows it (EVALSHA). The first file is what the scripts that write
# have in common: it stands before each but the second, which only reads. The
# order of the others is that of enum script in store/script.h.
set -eu
shared=$1
shift
whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
echo '/* Made by embed.sh from the .lua files: edit those. */'
echo 'struct script_source {'
echo '	const char *sha1;'
echo '	const char *text;'
echo '};'
echo 'static const struct script_source script_sources[] = {'
before=/dev/null
for file in "$@"; do
	# Comments and indentation need not travel.
	cat "$before" "$file" | sed 's/^[	 ]*//; /^--/d; /^$/d' >"$whole"
	echo "    {\"$(sha1sum "$whole" | cut -d ' ' -f 1)\","
	sed 's/\\/\\\\/g; s/"/\\"/g; s/^/     "/; s/$/\\n"/' "$whole"
	echo '    },'
	before=$shared
done
echo '};'
