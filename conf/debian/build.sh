#!/bin/sh
#
# Builds the Debian package from a tarball of the sources; `make deb` calls it
# in the folder of the build.
#
#   build.sh TARBALL REVISION
#
# Everything happens in the folder deb/, which is made anew. The package's files
# are in conf/debian/: a folder debian/ at the top is what the build tools want,
# so they get one there.

set -eu

tarball=$1
revision=$2
name=$(basename "$tarball" .tar.xz)

rm -rf deb
mkdir deb
tar xf "$tarball" -C deb
cd "deb/$name"
cp -R conf/debian debian
chmod -R u+w .
chmod +x debian/rules
rm debian/build.sh
for unit in madang.service madang.socket madang-redis.service madang.sysusers \
	madang.tmpfiles; do
	case $unit in
	madang-*) cp "conf/systemd/$unit" "debian/madang.$unit" ;;
	*) cp "conf/systemd/$unit" debian/ ;;
	esac
done
sed "1s/(.*)/(${name#madang-}-$revision)/" conf/debian/changelog \
	>debian/changelog
dpkg-buildpackage --unsigned-source --unsigned-changes --build=binary
cd ..
rm -rf "$name"
ls -l ./*.deb
