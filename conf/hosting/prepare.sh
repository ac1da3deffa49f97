#!/bin/sh
# prepare.sh SOURCE BUILD FOLDER: makes the folder that is uploaded to shared
# hosting. `make hosting` calls it.
set -eu
source=$1 build=$2 folder=$3

# library NAME FILE: a copy beside the others, under the name that it is asked
# for by.
libraries()
{
	ldd "$1" | while read -r name arrow file _; do
		case $name in
		/*) cp -fL "$name" "$private/lib/ld.so" ;; # who loads the others
		*) [ "$arrow" != '=>' ] || cp -fL "$file" "$private/lib/$name" ;;
		esac
	done
}

rm -rf "$folder"
public=$folder/public private=$folder/madang
mkdir -p "$public/static" "$public/cache" "$private/bin" "$private/lib" \
	"$private/templates" "$private/data"

cp "$source/conf/hosting/README-HOSTING.txt" "$folder/"
cp "$source/conf/hosting/htaccess" "$public/.htaccess"
cp "$source/conf/hosting/madang.fcgi" "$public/madang.fcgi"
cp "$source/conf/hosting/madang.fcgi" "$public/madang.cgi"
cp "$build/web"/away*.html "$public/"
cp "$build/web/static"/* "$public/static/"

# Should somebody upload all of it into the public folder.
printf 'Require all denied\n' >"$private/.htaccess"
cp "$source/conf/hosting/madang" "$source/conf/hosting/keep-redis.sh" \
	"$source/conf/hosting/madang.hdf" "$source/conf/redis.conf" "$private/"
cp "$source/conf/madang.hdf" "$private/all-settings.hdf"
cp "$source/templates"/*.cs "$source/templates"/*.hdf "$private/templates/"
cp "$build/web/assets.hdf" "$private/"
cp "$build/madang" "$private/bin/"
libraries "$build/madang"
redis=$(command -v redis-server || :)
if [ "$redis" ]; then
	cp -L "$redis" "$private/bin/redis-server"
	libraries "$redis"
else
	echo 'There is no redis-server here to take along: the host must have one.'
fi

find "$folder" -type d -exec chmod 755 {} +
find "$folder" -type f -exec chmod 644 {} +
chmod 755 "$public/madang.fcgi" "$public/madang.cgi" "$private/madang" \
	"$private/keep-redis.sh" "$private/bin"/* "$private/lib/ld.so"
chmod 700 "$private/data"
chmod 600 "$private/madang.hdf"
echo "$folder is ready; its README-HOSTING.txt says what to do with it."
