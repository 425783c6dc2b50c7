#!/bin/sh
# Makes a package for pacman from the Debian package: the same files, but those that only Debian's tools read, and hooks
# (alpm-hooks(5)) that make copies of kept programs and archives of classes again.
# Usage: pacman.sh DEB TIME TARGET
#   DEB is what deb.sh has made; TIME is in any form that date(1) reads; TARGET takes the package. The same input gives
#   the same bytes.
set -eu
export LC_ALL=C
deb=$1
target=$(cd "$3" && pwd)
time=$(date -d "$2" +%s)
for tool in dpkg-deb zstd; do
  command -v "$tool" >/dev/null || {
    echo "pacman.sh: no $tool here, which is needed to make the package for pacman" >&2
    exit 2
  }
done
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb -x "$deb" "$work/tree"
dpkg-deb -e "$deb" "$work/control"
rm -rf "$work/tree/usr/share/lintian" "$work/tree/etc/dpkg"
hooks=$work/tree/usr/share/libalpm/hooks
scripts=$work/tree/usr/share/libalpm/scripts
mkdir -p "$hooks" "$scripts"

# hook FILE DESCRIPTION COMMAND PATTERN...: runs a command after each transaction that has changed such files.
hook() {
  file=$hooks/$1.hook description=$2 command=$3
  shift 3
  {
    printf '%s\n' '[Trigger]' 'Operation = Install' 'Operation = Upgrade' 'Operation = Remove' 'Type = Path'
    printf 'Target = %s\n' "$@"
    printf '%s\n' '[Action]' "Description = $description" 'When = PostTransaction' "Exec = $command"
  } >"$file"
}

# as_dpkg WORD SCRIPT: a script of the Debian package with the word that dpkg would call it with.
as_dpkg() {
  printf 'DPKG_ROOT=\nset -- %s\n' "$1"
  sed 1d "$work/control/$2"
}

{
  echo '#!/bin/sh'
  as_dpkg 'triggered /usr/lib/jvm' postinst
} >"$scripts/hardwire-archives"
chmod 755 "$scripts/hardwire-archives"
hook hardwire-archives 'Archives of classes for hardwire' /usr/share/libalpm/scripts/hardwire-archives 'usr/lib/jvm/*'
hook hardwire-keep 'Hard-wired copies of new programs' /usr/lib/hardwire/keep-hook \
  'usr/bin/*' 'usr/sbin/*' 'usr/lib/*' 'opt/*'

for step in 'post_install configure postinst' 'post_upgrade configure postinst' 'pre_upgrade upgrade prerm' \
  'pre_remove remove prerm' 'post_remove purge postrm'; do
  # shellcheck disable=SC2086 # three words
  set -- $step
  printf '%s() (\n' "$1"
  as_dpkg "$2" "$3"
  echo ')'
done >"$work/tree/.INSTALL"
version=$(dpkg-deb -f "$deb" Version)-1
cat >"$work/tree/.PKGINFO" <<INFO
pkgname = hardwire
pkgbase = hardwire
pkgver = $version
pkgdesc = embed seccomp policies into executables
builddate = $time
packager = $(dpkg-deb -f "$deb" Maintainer)
size = $(find "$work/tree" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
arch = any
license = Apache-2.0
depend = java-runtime-headless>=17
INFO
package=$target/hardwire-$version-any.pkg.tar.zst
(
  cd "$work/tree"
  { printf '%s\n' .PKGINFO .INSTALL && find . -mindepth 1 ! -path ./.PKGINFO ! -path ./.INSTALL | sed 's,^\./,,' | sort; } |
    tar --no-recursion --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$time" -cf - -T -
) | zstd -q -f -o "$package"
echo "$package"
