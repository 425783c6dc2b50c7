#!/bin/sh
# Makes a tarball that needs no Java: the command with a Java runtime of the modules that it uses, and an archive of
# classes for that runtime. It is for the architecture and the C library of the machine that makes it.
# Usage: runtime.sh JAVA_HOME VERSION TIME TARGET
#   JAVA_HOME is a JDK, 25 or newer for the fastest start; the others are those of deb.sh.
# The same inputs give the same bytes, with JDK 25 or newer; with older ones, all but those of the archives of classes.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
java=$1
time=$(date -d "$3" +%s)
target=$(cd "$4" && pwd)
name=hardwire-$2-linux-$(uname -m)
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/$name
rm -f "$target/$name.tar.gz"
mkdir -p "$tree/bin" "$tree/lib/native" "$tree/share/man/man1"

cp "$root/patcher/bin/hardwire" "$tree/bin/"
cp "$target/hardwire.jar" "$target/hardwire.options" "$tree/lib/"
cp "$target"/native/*.so "$tree/lib/native/"
cp "$target"/man/man1/*.1 "$tree/share/man/man1/"
cp -R "$target/completion" "$tree/share/"
cp "$root/LICENSE" "$root/README.md" "$tree/"
cp -R "$root/docs" "$tree/"
# Tokens (PKCS #11), time stamps and zstd need the last three.
"$java/bin/jlink" --add-modules java.base,java.naming,jdk.crypto.cryptoki,java.net.http,jdk.unsupported --strip-java-debug-attributes \
  --no-header-files --no-man-pages --output "$tree/lib/java" >/dev/null
chmod -R a+rX,u+w,go-w "$tree"
find "$tree" -exec touch -h -d "@$time" {} +

feature=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$java/release")
[ "${feature:-0}" -lt 25 ] || "$java/bin/javac" -d "$work/tool" "$here/StableArchive.java"
[ -d "$work/tool" ] && tool=$work/tool || tool=
sh "$here/archive-classes.sh" "$tree/lib/java" "$tree/lib" "$tool"
# The JVM is named by its place in the tree, which can be moved.
sed -i 's, .*, java/bin/java,' "$tree/lib/hardwire.archives"
touch -d "@$time" "$tree/lib" "$tree/lib"/hardwire*
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$target/$name.tar.gz"
echo "$target/$name.tar.gz"
