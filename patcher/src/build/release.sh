#!/bin/sh
# Makes everything that a release has, in patcher/target/release: the Debian and the RPM package, the tarball with a Java
# runtime, the container image, the jar for Apache Spark, a Maven repository (jars with sources, Javadoc and POMs), the list of
# components (CycloneDX), the changelog, the provenance (SLSA) and SHA256SUMS. With a key, SHA256SUMS, the provenance and
# the files of the repository are signed. Nothing is published.
# Usage: release.sh JAVA_HOME [PUBLISHER]
#   JAVA_HOME is the JDK of the runtime, 25 or newer. The project is built by Maven's own JDK, and should have been
#   tested ("mvn -B verify"). PUBLISHER is a file like the one beside this script, which is the default.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=$root/patcher/target
fail() {
  echo "release.sh: $*" >&2
  exit 2
}
[ $# -eq 1 ] || [ $# -eq 2 ] || fail "usage: release.sh JAVA_HOME [PUBLISHER]"
java=$1
publisher=${2-$here/publisher}

# value NAME: what the file of the publisher has for it.
value() {
  sed -n "s/^$1: *//p" "$publisher"
}
home=$(value home)
maintainer=$(value maintainer)
security=$(value security)
key=$(value key)
[ "$home" ] && [ "$maintainer" ] && [ "$security" ] || fail "$publisher: fill in home, maintainer and security"
[ -x "$java/bin/jlink" ] || fail "no jlink in $java/bin; give the home of a JDK"
feature=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$java/release")
[ "${feature:-0}" -ge 25 ] || fail "$java has Java ${feature:-0}; give a JDK 25 or newer"
case $home in
  *[\<\>\&\|\"\\[:space:]]*) fail "\"$home\" is not an address" ;;
  https://?*) ;;
  *) fail "\"$home\" is not an address; give one that begins with https://" ;;
esac
case $maintainer in
  *[\"\\]*) fail "\"$maintainer\" has characters that JSON does not take; give \"Name <user@host>\"" ;;
esac
cd "$root"
[ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed; a release is made of a commit"
[ -z "$key" ] || gpg --batch --list-secret-keys "$key" >/dev/null || fail "gpg has no secret key \"$key\""

# Tests have checked the code.
mvn -q -B -P release -DskipTests -Dcompiler.checks=-XDwithoutErrorProne "-Dproject.home=$home" "-Dproject.maintainer=$maintainer" clean package
version=$(sed -n 's,^  <version>\(.*\)</version>,\1,p' pom.xml)
time=$(sed -n 's,.*<project.build.outputTimestamp>\(.*\)<.*,\1,p' pom.xml)
sh "$here/runtime.sh" "$java" "$version" "$time" "$target"
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
sed -i "s|<project.home/>|<project.home>$home</project.home>|" "$folder/hardwire-parent-$version.pom"
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
cd "$release"
find maven -type f | LC_ALL=C sort | while read -r file; do
  [ -z "$key" ] || sign "$file"
  for kind in md5 sha1; do # Maven Central asks for both
    "${kind}sum" "$file" | cut -d ' ' -f 1 >"$file.$kind"
  done
done

# What was built, without signatures, which have a time, of which commit, by whom and with what: in-toto's statement, SLSA's predicate.
provenance=hardwire-$version-provenance.json
builder=${maintainer#*<}
{
  printf '{"_type":"https://in-toto.io/Statement/v1","subject":[\n'
  find . -type f ! -name '*.asc*' | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum -- |
    sed 's/\(.*\)  \(.*\)/{"name":"\2","digest":{"sha256":"\1"}},/; $s/,$//'
  cat <<JSON
],"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{
"buildType":"pkg:maven/dev.hardwire/hardwire#patcher/src/build/release.sh",
"externalParameters":{"home":"$home","maintainer":"$maintainer"},
"internalParameters":{"buildJava":"$(mvn -v | sed -n 's/^Java version: \([^,]*\).*/\1/p')","runtimeJava":"$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$java/release")"},
"resolvedDependencies":[{"uri":"git+$home","digest":{"gitCommit":"$(git -C "$root" rev-parse HEAD)"}}]},
"runDetails":{"builder":{"id":"mailto:${builder%>}","version":{"hardwire":"$version"}}}}}
JSON
} >"$target/$provenance"
mv "$target/$provenance" .
[ -z "$key" ] || sign "$provenance"
find . -type f ! -name SHA256SUMS | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum -- >"$target/SHA256SUMS"
mv "$target/SHA256SUMS" .
if [ "$key" ]; then
  sign SHA256SUMS
else
  echo "release.sh: nothing is signed: no key was given" >&2
fi
ls -l "$release"
