#!/bin/sh
# Compiles what the build makes readers of command lines, manual pages and completion with (java/), and runs it.
# Usage: generate.sh JAVA_HOME CLASSPATH TARGET VERSION
#   CLASSPATH has the classes of the command, in TARGET/classes; VERSION is named by the manual pages.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
classes=$3/build-classes
rm -rf "$classes"
"$1/bin/javac" -J-XX:TieredStopAtLevel=1 --release 17 -Xlint:all,-processing,-classfile -Werror -proc:none \
  -d "$classes" -cp "$2" "$here"/java/dev/hardwire/cli/generate/*.java
exec "$1/bin/java" -XX:TieredStopAtLevel=1 -cp "$classes:$2" dev.hardwire.cli.generate.Generator \
  "$3/classes" "$3" "$4"
