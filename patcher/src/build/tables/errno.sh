#!/usr/bin/env bash
# Prints the error numbers of Linux: "number NAME [ALIAS...]", a line each, by number.
#
# usage: errno.sh [DIRECTORY]
#
# DIRECTORY holds errno-base.h and errno.h of the kernel's exported asm-generic headers (Debian's
# linux-libc-dev).
#
# ../tables.sh calls this.
set -euo pipefail
export LC_ALL=C

directory=${1:-/usr/include/asm-generic}
cat "$directory/errno-base.h" "$directory/errno.h" | awk '
  $2 == "EDEADLOCK" { next } # another number on powerpc
  $1 == "#define" && $2 ~ /^E[A-Z0-9]+$/ && $3 ~ /^[0-9]+$/ { number[$2] = $3; name[$3] = $2 }
  $1 == "#define" && $2 ~ /^E[A-Z0-9]+$/ && $3 ~ /^E[A-Z0-9]+$/ {
    name[number[$3]] = name[number[$3]] " " $2
  }
  # The C library has one more name for EOPNOTSUPP.
  END {
    name[number["EOPNOTSUPP"]] = name[number["EOPNOTSUPP"]] " ENOTSUP"
    for (n in name) print n, name[n]
  }' | sort -n
