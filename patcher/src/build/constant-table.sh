#!/usr/bin/env bash
# Prints the values of the C library's and the kernel's named constants: "NAME VALUE" in
# hexadecimal, a line each, by name.
#
# usage: constant-table.sh [COMPILER]
#
# Takes the macros and enumeration constants of the headers in constant-sources.txt (Debian's
# libc6-dev and linux-libc-dev) whose names begin as it says and whose values are constant integers.
# Where two headers differ about a name it is left out.
#
# To regenerate:
#   constant-table.sh > ../main/resources/dev/hardwire/seccomp/constants-x86_64.txt
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
compiler=${1:-gcc}
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

values() {
  local header=$1 name
  candidates "$@" >"$work/names"
  [[ -s $work/names ]] || { echo "constant-table.sh: nothing in $header" >&2; exit 1; }
  while true; do
    {
      printf '#define _GNU_SOURCE\n#include <stddef.h>\n#include <stdint.h>\n#include <sys/ioctl.h>\n#include <%s>\n' "$header"
      while read -r name; do
        echo "# 1 \"constant:$name\""
        echo "static const long long value_$name = (long long)(1 ? ($name) : 0); enum { use_$name = sizeof(char[(1 ? ($name) : 0) == ($name) ? 1 : -1]) };"
      done <"$work/names"
      echo '# 1 "end"'
      echo 'extern int printf(const char *, ...); int main(void) {'
      while read -r name; do
        echo "printf(\"%s 0x%llx\\n\", \"$name\", (unsigned long long)value_$name);"
      done <"$work/names"
      echo 'return 0; }'
    } >"$work/values.c"
    "$compiler" -w -fmax-errors=0 -o "$work/values" "$work/values.c" 2>"$work/errors" && break
    sed -nE 's/^constant:([A-Za-z0-9_]+):.* error:.*/\1/p' "$work/errors" | sort -u >"$work/bad"
    [[ -s $work/bad ]] || { cat "$work/errors" >&2; exit 1; }
    grep -vxFf "$work/bad" "$work/names" >"$work/good" || return 0
    mv "$work/good" "$work/names"
  done
  "$work/values"
}

while read -r header prefixes; do
  [[ -z $header || $header == \#* ]] && continue
  # shellcheck disable=SC2086 # the prefixes are words
  values "$header" $prefixes
done <"$here/constant-sources.txt" | sort -u | awk '
  $1 == name { clash = 1; next }
  { if (name != "" && !clash) print line; name = $1; line = $0; clash = 0 }
  END { if (!clash) print line }'
