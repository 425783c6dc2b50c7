#!/usr/bin/env bash
# Prints the system-call table of one architecture: "number name", a line each, by number.
#
# usage: syscall-table.sh ARCHITECTURE [HEADER]
#
# The numbers come from the kernel's exported header (Debian's linux-libc-dev); calls that are newer
# than that header come from newer-syscalls.txt beside this script. Where both know a call they must
# agree.
#
# To regenerate:
#   syscall-table.sh x86_64 > ../main/resources/dev/hardwire/seccomp/syscalls-x86_64.txt
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
architecture=${1:?usage: syscall-table.sh ARCHITECTURE [HEADER]}
case $architecture in
  x86_64) header=${2:-/usr/include/x86_64-linux-gnu/asm/unistd_64.h} ;;
  *) echo "syscall-table.sh: no header known for $architecture" >&2; exit 2 ;;
esac
[[ -r $header ]] || { echo "syscall-table.sh: cannot read $header" >&2; exit 1; }

{
  sed -nE 's/^#define[[:space:]]+__NR_([a-z0-9_]+)[[:space:]]+([0-9]+).*$/\2 \1/p' "$header"
  awk -v architecture="$architecture" '!/^#/ && $1 == architecture { print $2, $3 }' \
    "$here/newer-syscalls.txt"
} | sort -k1,1n -k2,2 -u | awk '
  number[$2] != "" && number[$2] != $1 { print $2 ": two numbers" > "/dev/stderr"; exit 1 }
  name[$1] != "" && name[$1] != $2 { print $1 ": two names" > "/dev/stderr"; exit 1 }
  { number[$2] = $1; name[$1] = $2; print }'
