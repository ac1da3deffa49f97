# Prints scripts.h: each Lua file given becomes a C string with its SHA-1, by
# which Redis knows it (EVALSHA). The order of the files is that of enum
# script in store/script.h.
set -eu
echo '/* Made by embed.sh from the .lua files: edit those. */'
echo 'struct script_source {'
echo '	const char *sha1;'
echo '	const char *text;'
echo '};'
echo 'static const struct script_source script_sources[] = {'
for file in "$@"; do
	echo "    {\"$(sha1sum "$file" | cut -d ' ' -f 1)\","
	sed 's/\\/\\\\/g; s/"/\\"/g; s/^/     "/; s/$/\\n"/' "$file"
	echo '    },'
done
echo '};'
