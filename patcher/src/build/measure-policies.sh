#!/usr/bin/env bash
# Prints what the filters of policies cost, for each objective of the compiler.
#
# usage: measure-policies.sh FILE...
#
# FILEs are policies in any format that hardwire reads; the jar must have been built.
set -euo pipefail

jar=$(cd "$(dirname "$0")/../.." && pwd)/target/hardwire.jar
[[ -r $jar ]] || { echo "measure-policies.sh: no $jar; run mvn package" >&2; exit 1; }
(($# > 0)) || { echo "usage: measure-policies.sh FILE..." >&2; exit 2; }
for file in "$@"; do
  echo "$file"
  for objective in size depth mean mix; do
    echo "  $(java -jar "$jar" policy compile --stats --optimize "$objective" "$file")"
  done
done
