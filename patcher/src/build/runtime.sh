#!/bin/sh
# Makes a tarball that needs no Java: the command with a Java runtime of the modules that it uses, and an archive of
# classes for that runtime. It is for the architecture and the C library of the machine that makes it.
# Usage: runtime.sh JAVA_HOME VERSION TIME TARGET
#   JAVA_HOME is a JDK, 25 or newer for the fastest start; the others are those of deb.sh.
# All files but the archive of classes are the same whenever it is made: the JVM writes addresses into an archive.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
java=$1
time=$(date -d "$3" +%s)
target=$(cd "$4" && pwd)
name=hardwire-$2-linux-$(uname -m)
umask 022
# The JVM resolves the path where an archive of classes was made, for hundreds of classes. That takes no time for a short
# path that does not exist where the tarball is used.
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

sh "$here/archive-classes.sh" "$tree/lib/java" "$tree/lib"
# The JVM is named by its place in the tree, which can be moved.
sed -i 's, .*, java/bin/java,' "$tree/lib/hardwire.archives"
touch -d "@$time" "$tree/lib" "$tree/lib"/hardwire*
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$target/$name.tar.gz"
echo "$target/$name.tar.gz"
