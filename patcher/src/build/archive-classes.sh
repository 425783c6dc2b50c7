#!/bin/sh
# Makes archives of the classes that the usual commands load, for bin/hardwire to give to the JVM: AOT caches with
# JDK 25 and newer, archives of class-data sharing with older ones. One has the classes of most commands; a smaller one,
# whose name has "-patch", those to patch files without a policy file. The JVM reads or moves all of an archive.
# The build runs it for its own JDK; run it again for others. An archive fits one JDK, and the jar where it is now; the
# JVM checks that, and does without it otherwise.
# Usage: archive-classes.sh JAVA_HOME DIRECTORY [TOOL]
#   DIRECTORY holds hardwire.jar. hardwire.archives there lists the archives: each line has
#   the JVM's flag with the archive's name, a space, and the path of the JVM.
#   TOOL is a directory with StableArchive.class. With it and JDK 25 or newer, archives have the same bytes whenever and
#   wherever they are made.
set -eu
java=$1/bin/java
tool=${3-}
cd "$2"
jar=$(pwd -P)/hardwire.jar
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')

cp /bin/sort "$work/program"
cp /bin/sort "$work/large"
truncate -s 20M "$work/large"
mkdir "$work/tree"
cp /bin/sort "$work/copy"
cp /bin/sort "$work/tree/a"
cp /bin/true "$work/tree/b"
# A program that is prepared and cannot be started, as there is no such dynamic linker (PT_INTERP).
LC_ALL=C sed 's,/ld,/no,' /bin/sort >"$work/unable" && chmod 755 "$work/unable"
interpreter=none
for name in /lib64/no-linux-x86-64.so.2 /lib/no-linux-aarch64.so.1 /lib/no-linux-riscv64-lp64d.so.1 \
  /lib64/no64.so.2 /lib/no64.so.1 /lib64/no-linux-loongarch-lp64d.so.1 /lib/no-linux-armhf.so.3 /lib/no-linux.so.2; do
  ! grep -qF "$name" "$work/unable" || interpreter=$name
done
cat > "$work/policy.yaml" <<'POLICY'
version: 1
name: training
default: errno EPERM
rules:
  - allow: ["@default", "@basic-io", "@file-system", "@io-event", "@signal"]
  - allow: [socket]
    when: "domain == AF_UNIX"
POLICY
cat > "$work/manifest.yaml" <<MANIFEST
version: 1
root: kept
files:
  - match: a
    preset: no-exec
MANIFEST
mkdir "$work/kept"
cp /bin/sort "$work/kept/a"
cat > "$work/patch" <<COMMANDS
patch --deny uname -o $work/large2 $work/large
patch --deny uname -o out program
patch --allow read,write --in-place copy
patch --deny @mount,clone --hook entry -o $work/out2 $work/program
patch --deny uname -o $work/out3 /bin/true
COMMANDS
cat > "$work/most" <<COMMANDS
patch --deny uname -o $work/large3 $work/large
patch --deny uname -o $work/out $work/program
verify out
inspect $work/out
restore -o $work/restored $work/out
patch --policy $work/policy.yaml --hook entry -o $work/out2 $work/program
patch --preset stdio -o $work/out3 $work/program
patch --preset no-exec -o $work/out4 /bin/true
verify --policy $work/policy.yaml $work/out2
patch --allow read,write -r --jobs 2 --in-place $work/tree
verify $work/tree
patch --deny uname --replace -r --output-dir $work/trees $work/tree
--version
run --deny uname --interpreter $interpreter -- $work/unable word
COMMANDS
# The format of picocli's classes is too old for an AOT cache. With classes in it that use them, every start reads them
# from the jar.
[ "$version" -ge 25 ] || cat >>"$work/most" <<COMMANDS
policy check $work/policy.yaml
patch --help
keep refresh
apply $work/manifest.yaml
COMMANDS

# Runs the commands of a file in one JVM, which gets the other words as flags.
train() {
  commands=$1
  shift
  rm -f "$work/pipe"
  mkfifo "$work/pipe"
  ( # run reads the state of its caller from a child, as bin/hardwire starts one
    (read -r line) <"$work/pipe" &
    exec 9>"$work/pipe"
    export HARDWIRE_CALLER="$! 9 0 0 0"
    cd "$work" # names are with and without a path
    exec "$java" "$@" -Xlog:disable "$native" -cp "$jar" dev.hardwire.cli.ArchiveTrainer "$commands"
  ) >"$work/log" 2>&1 || fail
}

fail() {
  cat "$work/log" >&2
  exit 1
}

native=--enable-native-access=ALL-UNNAMED # as in hardwire.options, or the JVM refuses the archive
if [ "$version" -ge 25 ]; then # with an AOT cache, classes are linked when the JVM starts
  suffix=aot
  flag=-XX:AOTCache=
  kind=-XX:+AOTClassLinking
else
  suffix=jsa
  flag=-XX:SharedArchiveFile=
  kind=-XX:+UseG1GC
fi

# Code that runs once is compiled by the first compiler alone, which takes a quarter of the time less.
short=-XX:TieredStopAtLevel=1

# Makes the archive NAME of the commands in a file: make NAME COMMANDS
# From a list of classes with JDK 25, too: it does not check the jar of a cache that -XX:AOTCacheOutput has made.
make() {
  train "$2" "$short" -XX:+UseSerialGC -Xshare:off "-XX:DumpLoadedClassList=$work/classes"
  if [ -z "$tool" ]; then
    dump "$jar" "$work/$1"
  else # the directory's own name only: the JVM replaces what stands before the jar
    "$java" -cp "$tool:$jar" StableArchive list "$work/classes" >"$work/list" 2>"$work/log" || fail
    mv "$work/list" "$work/classes"
    place=$(pwd -P)
    cd ..
    dump "${place##*/}/hardwire.jar" "$work/$1" -XX:+UseG1GC -Xmx2g # as by default where memory is not short
    dump "${place##*/}/hardwire.jar" "$work/later" -XX:+UseG1GC -Xmx2g
    cd "$place"
    "$java" -cp "$tool" StableArchive clear "$work/$1" "$work/later" >"$work/log" 2>&1 || fail
  fi
  mv -f "$work/$1" "$1"
}

# dump JAR ARCHIVE [FLAG...]
dump() {
  from=$1 archive=$2
  shift 2
  "$java" "$short" -Xshare:dump "$kind" "$@" "-XX:SharedClassListFile=$work/classes" \
    "-XX:SharedArchiveFile=$archive" -Xlog:disable "$native" -cp "$from" >"$work/log" 2>&1 || fail
  [ -s "$archive" ] || fail
}

make "hardwire-$version.$suffix" "$work/most"
make "hardwire-$version-patch.$suffix" "$work/patch"
# Others stay in the list unless the jar has changed since.
touch hardwire.archives
while read -r line; do
  name=${line%% *}
  name=${name#*=}
  case $name in hardwire-"$version"[.-]*) continue ;; esac
  if [ "$name" -nt hardwire.jar ]; then
    echo "$line"
  fi
done <hardwire.archives >"$work/archives"
for name in "hardwire-$version.$suffix" "hardwire-$version-patch.$suffix"; do # bin/hardwire takes the last that fits
  echo "$flag$name $(readlink -f "$java")" >>"$work/archives"
done
mv "$work/archives" hardwire.archives
