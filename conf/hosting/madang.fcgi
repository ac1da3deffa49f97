#!/bin/sh
# What httpd starts for the board on shared hosting, as madang.fcgi (it stays
# and answers one request after the other) or as madang.cgi (once a request).
# Looks for the folder madang, which must be the same owner's: beside this file
# or above it, where nobody reads it from the web.

case $0 in
/*) script=$0 ;;
*) script=$PWD/${0##*/} ;;
esac

# Of two files; mostly it is who runs this, which takes no other program.
same_owner()
{
	[ -O "$1" ] && [ -O "$2" ] || [ "$(PATH=/usr/bin:/bin stat -c %u "$1")" = \
		"$(PATH=/usr/bin:/bin stat -c %u "$2")" ]
}

folder=${script%/*}
while :; do
	program=$folder/madang/madang
	if [ -x "$program" ] && same_owner "$script" "$program"; then
		exec "$program" serve --slots 1
	fi
	[ "$folder" ] || break
	folder=${folder%/*}
done
echo "$script: there is no folder madang of this owner's, here or above" >&2
exit 1
