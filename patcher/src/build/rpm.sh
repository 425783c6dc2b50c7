#!/bin/sh
# Makes the RPM package from the Debian package: the same files, but those that only Debian's tools read. The same input
# gives the same bytes.
# Usage: rpm.sh DEB TIME TARGET
#   DEB is what deb.sh has made; TIME is in any form that date(1) reads; TARGET takes the package.
set -eu
export LC_ALL=C
deb=$1
target=$(cd "$3" && pwd)
SOURCE_DATE_EPOCH=$(date -d "$2" +%s)
export SOURCE_DATE_EPOCH
for tool in dpkg-deb rpmbuild; do
  command -v "$tool" >/dev/null || {
    echo "rpm.sh: no $tool here, which is needed to make the RPM package" >&2
    exit 2
  }
done
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb -x "$deb" "$work/tree"
dpkg-deb -e "$deb" "$work/control"
rm -rf "$work/tree/usr/share/lintian" "$work/tree/etc/dpkg"
version=$(dpkg-deb -f "$deb" Version)

# scriptlet SECTION WORD FILE: a script of the Debian package with the word that dpkg would call it with.
scriptlet() {
  printf '%s\n' "$1"
  printf 'DPKG_ROOT=\nset -- %s\n' "$2"
  sed 1d "$3" | sed 's/%/%%/g'
}
{
  cat <<SPEC
Name: hardwire
Version: $version
Release: 1
Summary: embed seccomp policies into executables
License: Apache-2.0
BuildArch: noarch
Requires: java-headless >= 1:17
AutoReqProv: no
%description
$(dpkg-deb -f "$deb" Description | sed '1d; s/^ \.$//; s/^ //')
SPEC
  printf '%s\n' %install 'mkdir -p "%{buildroot}"' "cp -a '$work/tree/.' \"%{buildroot}\""
  scriptlet %post configure "$work/control/postinst"
  printf '%s\n' %postun '[ "$1" != 0 ] || rm -rf /var/lib/hardwire'
  echo %preun
  echo '[ "$1" = 0 ] || exit 0'
  scriptlet '' remove "$work/control/prerm"
  # Before the scripts of the package itself, which have a priority of 100000, and start its services anew.
  programs='/usr/bin /usr/sbin /usr/libexec /usr/games /opt'
  printf '%s\n' "%filetriggerin -P 900000 -- $programs" '/usr/lib/hardwire/keep-hook </dev/null || :'
  printf '%s\n' "%transfiletriggerpostun -P 900000 -- $programs" '/usr/lib/hardwire/keep-hook </dev/null || :'
  scriptlet '%transfiletriggerin -- /usr/lib/jvm' 'triggered /usr/lib/jvm' "$work/control/postinst"
  scriptlet '%transfiletriggerpostun -- /usr/lib/jvm' 'triggered /usr/lib/jvm' "$work/control/postinst"
  echo %files
  (cd "$work/tree" && find . ! -type d | sed 's,^\.,,' | sort | sed 's/.*/"&"/')
  (cd "$work/tree" && find . -type d -ipath '*/hardwire*' | sed 's,^\.,%dir ,' | sort)
} >"$work/hardwire.spec"
rpmbuild --quiet -bb \
  --define "_topdir $work/top" --define "_rpmdir $target" --define '_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm' \
  --define "_buildhost localhost" --define 'use_source_date_epoch_as_buildtime 1' \
  --define 'clamp_mtime_to_source_date_epoch 1' --define 'source_date_epoch_from_changelog 0' \
  --define '__os_install_post %{nil}' --define 'debug_package %{nil}' --define '_binary_payload w6.gzdio' \
  --define '_build_id_links none' \
  "$work/hardwire.spec" >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
echo "$target/hardwire-$version-1.noarch.rpm"
