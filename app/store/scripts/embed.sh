# Prints scripts.h: each Lua file given becomes a C string with its SHA-1, by
# which Redis knows it (EVALSHA). The first file is what the scripts that write
# have in common: it stands before each but those that only read, and those of
# imports and upgrades, which write while the others may not. Those of fsck
# have more in common: fsck.lua, and before its posts fsck_thread.lua, which are
# no scripts by themselves. The order of the others is that of enum script in
# store/script.h.
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
for file in "$@"; do
	folder=${file%/*}
	set --
	case $file in
	*/fsck.lua | */fsck_thread.lua) continue ;;
	*/fsck_keys.lua) set -- "$shared" "$folder/fsck.lua" ;;
	*/fsck_posts.lua)
		set -- "$shared" "$folder/fsck.lua" "$folder/fsck_thread.lua"
		;;
	*/where.lua | */roots.lua | */dump.lua | */import.lua | */upgrade.lua) ;;
	*) set -- "$shared" ;;
	esac
	# Comments and indentation need not travel.
	cat "$@" "$file" | sed 's/^[	 ]*//; /^--/d; /^$/d' >"$whole"
	echo "    {\"$(sha1sum "$whole" | cut -d ' ' -f 1)\","
	sed 's/\\/\\\\/g; s/"/\\"/g; s/^/     "/; s/$/\\n"/' "$whole"
	echo '    },'
done
echo '};'
