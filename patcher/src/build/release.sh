#!/bin/sh
# Makes everything that a release has, in patcher/target/release: the Debian package, the tarball with a Java runtime,
# the container image, the jars for Maven with sources, Javadoc and POMs, the list of components (CycloneDX), the
# changelog and SHA256SUMS, signed if a key is given.
# Usage: release.sh JAVA_HOME [GPG_KEY]
#   JAVA_HOME is the JDK of the runtime, 25 or newer. The project is built by Maven's own JDK, and should have been
#   tested ("mvn -B verify").
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=$root/patcher/target
cd "$root"
[ -x "$1/bin/jlink" ] || {
  echo "release.sh: no jlink in $1/bin; give the home of a JDK" >&2
  exit 2
}
mvn -q -B -P release -DskipTests clean package
version=$(sed -n 's,^  <version>\(.*\)</version>,\1,p' pom.xml)
time=$(sed -n 's,.*<project.build.outputTimestamp>\(.*\)<.*,\1,p' pom.xml)
sh "$here/runtime.sh" "$1" "$version" "$time" "$target"
sh "$here/image.sh" "$version" "$time" "$target"

release=$target/release
mkdir -p "$release"
cp "$target"/hardwire_*_all.deb "$target"/hardwire-"$version"-linux-* "$release/"
for module in patcher:hardwire kaitai:jelf-parser; do
  name=${module#*:}-$version
  cp "${module%:*}/pom.xml" "$release/$name.pom"
  cp "${module%:*}/target/$name.jar" "$release/"
  for kind in sources javadoc; do # under the final name of the module
    file=${module%:*}/target/${module#*:}-$kind.jar
    [ -f "$file" ] || file=${module%:*}/target/$name-$kind.jar
    cp "$file" "$release/$name-$kind.jar"
  done
done
cp pom.xml "$release/hardwire-parent-$version.pom"
cp target/bom.json "$release/hardwire-$version-components.json"
cp docs/changelog.md "$release/"
cd "$release"
sha256sum -- * >"$target/SHA256SUMS"
mv "$target/SHA256SUMS" .
if [ $# -gt 1 ]; then
  gpg --batch --yes --local-user "$2" --armor --detach-sign SHA256SUMS
else
  echo "release.sh: SHA256SUMS is not signed: no key was given" >&2
fi
ls -l "$release"
