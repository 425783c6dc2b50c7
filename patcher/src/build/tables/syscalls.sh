#!/usr/bin/env bash
# Prints the system-call table of one architecture: "number name [alias...]", a line each, by number.
#
# usage: syscalls.sh ARCHITECTURE [INCLUDE]
#
# The numbers come from the kernel's exported headers, in the directory INCLUDE: Debian's
# linux-libc-dev for x86_64 and i386, linux-libc-dev-CPU-cross for the others. Calls that are newer
# than those headers come from newer-syscalls.txt beside this script. Where both know a call they
# must agree. Of a call with several names the one of the kernel's table is first.
#
# ../tables.sh calls this.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
architecture=${1:?usage: syscalls.sh ARCHITECTURE [INCLUDE]}
case $architecture in
  x86_64) include=/usr/include/x86_64-linux-gnu headers=(unistd_64.h) ;;
  i386) include=/usr/include/x86_64-linux-gnu headers=(unistd_32.h) ;;
  aarch64 | riscv64 | s390x | loongarch64)
    include=/usr/$architecture-linux-gnu/include headers=(unistd_64.h) ;;
  ppc64le) include=/usr/powerpc64le-linux-gnu/include headers=(unistd_64.h) ;;
  arm) include=/usr/arm-linux-gnueabihf/include headers=(unistd-eabi.h unistd.h) ;;
  *) echo "syscalls.sh: no header known for $architecture" >&2; exit 2 ;;
esac
include=${2:-$include}
for header in "${headers[@]}"; do
  [[ -r $include/asm/$header ]] || { echo "syscalls.sh: cannot read $include/asm/$header" >&2; exit 1; }
done

{
  cd "$include/asm"
  # Plain numbers; arm adds a base to them, which is 0 for the EABI.
  sed -nE 's/^#define[[:space:]]+__NR_([a-z0-9_]+)[[:space:]]+\(?(__NR_SYSCALL_BASE *\+ *)?([0-9]+)\)?.*$/\3 \1/p' "${headers[@]}"
  # The private calls of arm, from 0x0f0000.
  sed -nE 's/^#define[[:space:]]+__ARM_NR_([a-z0-9_]+)[[:space:]]+\(__ARM_NR_BASE *\+ *([0-9]+)\)$/\1 \2/p' "${headers[@]}" |
    while read -r name number; do echo "$((0x0f0000 + number)) $name"; done
  awk -v architecture="$architecture" '!/^#/ && ($1 == architecture || $1 == "*") { print $2, $3 }' \
    "$here/newer-syscalls.txt"
} | sort -k1,1n -k2,2 -u | awk -v architecture="$architecture" -v aliases="$here/syscall-aliases.txt" '
  BEGIN {
    while ((getline line < aliases) > 0) {
      split(line, word, " ")
      if (word[1] == architecture) alias[word[2]] = alias[word[2]] " " word[3]
    }
  }
  number[$2] != "" && number[$2] != $1 { print $2 ": two numbers" > "/dev/stderr"; exit 1 }
  name[$1] != "" && name[$1] != $2 { print $1 ": two names" > "/dev/stderr"; exit 1 }
  { number[$2] = $1; name[$1] = $2; print $0 alias[$2]; delete alias[$2] }
  END {
    for (rest in alias) { print "syscalls.sh: no call " rest > "/dev/stderr"; exit 1 }
  }'
