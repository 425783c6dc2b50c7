#!/bin/sh
# Makes everything that a release has, in patcher/target/release: the Debian and the RPM package, the tarball with a Java
# runtime, the container image, the jar for Apache Spark, a Maven repository (jars with sources, Javadoc and POMs), the list of
# components (CycloneDX), the changelog and SHA256SUMS. With a key, SHA256SUMS and the files of the repository are
# signed. Nothing is published.
# Usage: release.sh JAVA_HOME HOME MAINTAINER [GPG_KEY]
#   JAVA_HOME is the JDK of the runtime, 25 or newer. The project is built by Maven's own JDK, and should have been
#   tested ("mvn -B verify"). HOME is the address where the project is published, and its git repository;
#   MAINTAINER is "Name <user@host>".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=$root/patcher/target
cd "$root"
fail() {
  echo "release.sh: $*" >&2
  exit 2
}
[ $# -eq 3 ] || [ $# -eq 4 ] || fail "usage: release.sh JAVA_HOME HOME MAINTAINER [GPG_KEY]"
[ -x "$1/bin/jlink" ] || fail "no jlink in $1/bin; give the home of a JDK"
feature=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
[ "${feature:-0}" -ge 25 ] || fail "$1 has Java ${feature:-0}; give a JDK 25 or newer"
case $2 in
  *[\<\>\&\|[:space:]]*) fail "\"$2\" is not an address" ;;
  https://?*) ;;
  *) fail "\"$2\" is not an address; give one that begins with https://" ;;
esac
[ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed; a release is made of a commit"
[ $# -lt 4 ] || gpg --batch --list-secret-keys "$4" >/dev/null || fail "gpg has no secret key \"$4\""

mvn -q -B -P release -DskipTests "-Dproject.home=$2" "-Dproject.maintainer=$3" clean package
version=$(sed -n 's,^  <version>\(.*\)</version>,\1,p' pom.xml)
time=$(sed -n 's,.*<project.build.outputTimestamp>\(.*\)<.*,\1,p' pom.xml)
sh "$here/runtime.sh" "$1" "$version" "$time" "$target"
sh "$here/image.sh" "$version" "$time" "$target"
sh "$here/rpm.sh" "$target"/hardwire_*_all.deb "$time" "$target"

release=$target/release
mkdir -p "$release"
cp "$target"/hardwire_*_all.deb "$target"/hardwire-*.noarch.rpm "$target"/hardwire-"$version"-linux-* "$release/"
cp target/bom.json "$release/hardwire-$version-components.json"
cp docs/changelog.md "$release/"
cp patcher/spark/target/hardwire-spark.jar "$release/hardwire-spark-$version.jar"

# place ARTIFACT POM: makes its folder in the repository.
place() {
  folder=$release/maven/dev/hardwire/$1/$version
  mkdir -p "$folder"
  cp "$2" "$folder/$1-$version.pom"
}
place hardwire-parent pom.xml
sed -i "s|<project.home/>|<project.home>$2</project.home>|" "$folder/hardwire-parent-$version.pom"
for module in patcher:hardwire patcher/spark:hardwire-spark kaitai:jelf-parser; do
  name=${module#*:}
  place "$name" "${module%:*}/pom.xml"
  cp "${module%:*}/target/$name-$version.jar" "$folder/"
  for kind in sources javadoc; do # under the final name of the module
    file=${module%:*}/target/$name-$kind.jar
    [ -f "$file" ] || file=${module%:*}/target/$name-$version-$kind.jar
    cp "$file" "$folder/$name-$version-$kind.jar"
  done
done

# sign FILE: an armoured signature beside it.
sign() {
  gpg --batch --yes --local-user "$key" --armor --detach-sign "$1"
}
key=${4-}
cd "$release"
find maven -type f | LC_ALL=C sort | while read -r file; do
  [ -z "$key" ] || sign "$file"
  for kind in md5 sha1; do # Maven Central asks for both
    "${kind}sum" "$file" | cut -d ' ' -f 1 >"$file.$kind"
  done
done
find . -type f ! -name SHA256SUMS | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum -- >"$target/SHA256SUMS"
mv "$target/SHA256SUMS" .
if [ "$key" ]; then
  sign SHA256SUMS
else
  echo "release.sh: nothing is signed: no key was given" >&2
fi
ls -l "$release"
