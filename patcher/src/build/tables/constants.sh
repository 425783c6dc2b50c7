#!/usr/bin/env bash
# Prints the values of the C library's and the kernel's named constants: "NAME VALUE" in
# hexadecimal, a line each, by name.
#
# usage: constants.sh ARCHITECTURE [TABLE]
#
# Takes the macros and enumeration constants of the headers in constant-sources.txt (Debian's
# libc6-dev and linux-libc-dev, and their -cross packages) whose names begin as it says and whose
# values are constant integers, and adds newer-constants.txt. Where two differ about a name it is ignored.
#
# For x86_64 it prints all; for another architecture (its compiler is gcc-CPU-linux-gnu) what differs
# from TABLE, that of x86_64: names with other values, and "NAME -" for those not there.
# ../tables.sh calls this.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
architecture=${1:?usage: constants.sh ARCHITECTURE [TABLE]}
order=little
case $architecture in
  x86_64) compiler=gcc ;;
  i386) compiler=i686-linux-gnu-gcc ;;
  arm) compiler=arm-linux-gnueabihf-gcc ;;
  ppc64le) compiler=powerpc64le-linux-gnu-gcc ;;
  s390x) compiler=s390x-linux-gnu-gcc order=big ;;
  aarch64 | riscv64 | loongarch64) compiler=$architecture-linux-gnu-gcc ;;
  *) echo "constants.sh: no compiler known for $architecture" >&2; exit 2 ;;
esac
objcopy=$("$compiler" -print-prog-name=objcopy)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Names of one header: macros, and the words of its preprocessed text that look like constants.
candidates() {
  local header=$1
  shift
  local pattern
  pattern="^($(IFS='|'; echo "$*"))"
  {
    printf '#define _GNU_SOURCE\n#include <%s>\n' "$header" | "$compiler" -E -dM - |
      awk '$1 == "#define" && $2 ~ /^[A-Z][A-Za-z0-9_]*$/ { print $2 }'
    printf '#define _GNU_SOURCE\n#include <%s>\n' "$header" | "$compiler" -E -P - |
      { grep -oE '\b[A-Z][A-Z0-9_]+\b' || true; }
  } | grep -E "$pattern" | sort -u
}

# Debian's compiler for armhf has 64-bit file offsets by default, for which the C library gives F_GETLK
# the value of F_GETLK64. The names without 64 mean the kernel's numbers, as on i386.
own_locks() {
  if [[ $architecture == arm ]]; then
    grep -vE '^F_(GETLK|SETLK|SETLKW) '
    printf 'F_GETLK 0x5\nF_SETLK 0x6\nF_SETLKW 0x7\n'
  else
    cat
  fi
}

values() {
  local header=$1 name
  if [[ $architecture != x86_64 ]] && ! printf '#include <%s>\n' "$header" | "$compiler" -E - >/dev/null 2>&1; then
    return # a header of x86 alone
  fi
  candidates "$@" >"$work/names"
  [[ -s $work/names ]] || { echo "constants.sh: nothing in $header" >&2; exit 1; }
  while true; do
    {
      printf '#define _GNU_SOURCE\n#include <stddef.h>\n#include <stdint.h>\n#include <sys/ioctl.h>\n#include <asm/termbits.h>\n#include <%s>\n' "$header"
      while read -r name; do
        echo "# 1 \"constant:$name\""
        echo "static const long long value_$name = (long long)(1 ? ($name) : 0); enum { use_$name = sizeof(char[(1 ? ($name) : 0) == ($name) ? 1 : -1]) };"
      done <"$work/names"
      echo '# 1 "end"'
      echo 'const long long all_values[] __attribute__((section(".constants"), used)) = {'
      while read -r name; do
        echo "(long long)(1 ? ($name) : 0),"
      done <"$work/names"
      echo '};'
    } >"$work/values.c"
    "$compiler" -w -fmax-errors=0 -c -o "$work/values.o" "$work/values.c" 2>"$work/errors" && break
    sed -nE 's/^constant:([A-Za-z0-9_]+):.* error:.*/\1/p' "$work/errors" | sort -u >"$work/bad"
    [[ -s $work/bad ]] || { cat "$work/errors" >&2; exit 1; }
    grep -vxFf "$work/bad" "$work/names" >"$work/good" || return 0
    mv "$work/good" "$work/names"
  done
  "$objcopy" -O binary --only-section=.constants "$work/values.o" "$work/values"
  od -An -v -t x8 -w8 --endian="$order" "$work/values" |
    sed -E 's/^ 0*([0-9a-f])/0x\1/' | paste -d' ' "$work/names" -
}

{
  while read -r header prefixes; do
    [[ -z $header || $header == \#* ]] && continue
    # shellcheck disable=SC2086 # the prefixes are words
    values "$header" $prefixes
  done <"$here/constant-sources.txt" | own_locks
  grep -v '^#' "$here/newer-constants.txt"
} | sort -u | awk '
  $1 == name { clash = 1; next }
  { if (name != "" && !clash) print line; name = $1; line = $0; clash = 0 }
  END { if (!clash) print line }' | if [[ $architecture == x86_64 ]]; then cat; else
  awk '
    NR == FNR { if ($1 != "#") base[$1] = $2; next }
    { if (base[$1] != $2) print; delete base[$1] }
    END { for (name in base) print name, "-" }' \
    "${2:?constants.sh: no table of x86_64 given}" - | sort
fi
