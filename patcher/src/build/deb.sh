#!/bin/sh
# Makes the Debian package from what the build has made. The same input gives the same bytes: files are sorted, belong
# to root, and have the given time.
# Usage: deb.sh VERSION TIME TARGET MAINTAINER
#   VERSION is Maven's; TIME is in any form that date(1) reads; TARGET takes the package and has jar, profile of
#   the JVM, manual pages and completion; MAINTAINER is a name with an address, as in "Name <user@host>".
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
target=$(cd "$3" && pwd)
case $4 in
  *[/\&\|]* | *' <'*'@'*'>'*?) bad=yes ;;
  *' <'*'@'*'>') bad= ;;
  *) bad=yes ;;
esac
[ -z "$bad" ] || {
  echo "deb.sh: \"$4\" is not a maintainer; give \"Name <user@host>\"" >&2
  exit 2
}
version=$(echo "$1" | sed 's/-SNAPSHOT$/~SNAPSHOT/') # ~ sorts before the release
SOURCE_DATE_EPOCH=$(date -d "$2" +%s)
export SOURCE_DATE_EPOCH
command -v dpkg-deb >/dev/null || {
  echo "deb.sh: no dpkg-deb here, so no Debian package is made" >&2
  exit 0
}
umask 022
tree=$target/deb
rm -rf "$tree" "$target"/hardwire_*_all.deb

# put FILE PATH: PATH is a file, or a directory if it ends with a slash.
put() {
  case $2 in */) mkdir -p "$tree/$2" ;; *) mkdir -p "$tree/${2%/*}" ;; esac
  cp "$1" "$tree/$2"
}

put "$root/patcher/bin/hardwire" usr/lib/hardwire/bin/
chmod 755 "$tree/usr/lib/hardwire/bin/hardwire"
mkdir -p "$tree/usr/bin"
ln -s ../lib/hardwire/bin/hardwire "$tree/usr/bin/hardwire"
for file in jar options; do
  put "$target/hardwire.$file" usr/lib/hardwire/lib/
done
for library in "$target"/native/*.so; do
  put "$library" usr/lib/hardwire/lib/native/
done
put "$here/archive-classes.sh" usr/lib/hardwire/
put "$here/debian/keep/hook" usr/lib/hardwire/keep-hook
put "$here/debian/keep/service.conf" usr/lib/hardwire/keep-service.conf
put "$here/debian/keep/dpkg.cfg" etc/dpkg/dpkg.cfg.d/hardwire
mkdir -p "$tree/etc/hardwire/keep.d" "$tree/usr/lib/systemd/system/timers.target.wants"
for unit in service timer; do
  put "$here/debian/keep/hardwire-keep.$unit" usr/lib/systemd/system/
done
ln -s ../hardwire-keep.timer "$tree/usr/lib/systemd/system/timers.target.wants/"
for page in "$target"/man/man1/*.1; do
  put "$page" usr/share/man/man1/
done
put "$target/completion/hardwire.bash" usr/share/bash-completion/completions/hardwire
put "$target/completion/hardwire.fish" usr/share/fish/vendor_completions.d/
put "$target/completion/_hardwire" usr/share/zsh/vendor-completions/

doc=usr/share/doc/hardwire
put "$here/debian/copyright" $doc/
put "$root/README.md" $doc/
for page in "$root"/docs/*.md "$root"/docs/*.svg "$root"/docs/*.json; do
  put "$page" $doc/docs/
done
for page in "$root"/docs/development/*.md; do
  put "$page" $doc/docs/development/
done
mkdir -p "$tree/$doc/fixtures"
cp -R "$root/fixtures/recipes" "$tree/$doc/fixtures/"
put "$root/fixtures/recipes/cmake/HardwireConfig.cmake" usr/share/cmake/Hardwire/
cat >"$tree/$doc/changelog" <<CHANGELOG
hardwire ($version) unstable; urgency=medium

  * docs/changelog.md lists what is new.

 -- $4  $(date -u -R -d "$2")
CHANGELOG
put "$here/debian/lintian-overrides" usr/share/lintian/overrides/hardwire
find "$tree/usr" "$tree/etc" -type f -exec chmod a+rX,u+w,go-w {} +
find "$tree/usr" "$tree/etc" -type f ! -name hardwire ! -name '*.sh' -exec chmod 644 {} +
chmod 644 "$tree/usr/share/bash-completion/completions/hardwire" "$tree/usr/share/lintian/overrides/hardwire"
chmod 644 "$tree/etc/dpkg/dpkg.cfg.d/hardwire"
chmod 755 "$tree/usr/lib/hardwire/archive-classes.sh" "$tree/usr/lib/hardwire/keep-hook"
gzip -9n "$tree"/usr/share/man/man1/*.1 "$tree/$doc/changelog"

mkdir "$tree/DEBIAN"
size=$(du -k -s --apparent-size "$tree/usr" | cut -f1)
sed "s/@VERSION@/$version/; s/@SIZE@/$size/; s/@MAINTAINER@/$4/" "$here/debian/control" >"$tree/DEBIAN/control"
cp "$here/debian/triggers" "$tree/DEBIAN/"
echo /etc/dpkg/dpkg.cfg.d/hardwire >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
  cp "$here/debian/$script" "$tree/DEBIAN/"
  chmod 755 "$tree/DEBIAN/$script"
done
(cd "$tree" && find usr -type f | sort | xargs md5sum) >"$tree/DEBIAN/md5sums"
chmod 644 "$tree/DEBIAN/control" "$tree/DEBIAN/conffiles" "$tree/DEBIAN/triggers" "$tree/DEBIAN/md5sums"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$target/hardwire_${version}_all.deb" >/dev/null
rm -rf "$tree"
