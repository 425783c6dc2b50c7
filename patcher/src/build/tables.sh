#!/usr/bin/env bash
# Writes the tables of system calls, arguments, constants, groups and error numbers anew.
#
# usage: tables.sh [--check] [--resources DIRECTORY] [TABLE...]
#
# A TABLE is a file's name without ".txt", such as syscalls-arm; without any, all are made. The sources
# are Debian packages, which fixtures/install-tools.sh installs; the arguments come from the running
# kernel's tracefs. The makers and the lists that they add are in tables/ beside this script.
#
# A table begins with a line that names the versions it was made from. If only that line would
# change, the file stays as it is.
#
# --check writes nothing. It prints each line that differs, names the command that mends them, and exits with 1:
#   FILE:NUMBER: LINE: not in SOURCE      the table has this line, the sources do not give it
#   FILE: LINE: missing, in SOURCE        the sources give this line, the table does not have it
# --resources names another directory than ../main/resources/dev/hardwire.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
architectures=(x86_64 i386 aarch64 arm riscv64 ppc64le s390x loongarch64)
command='patcher/src/build/tables.sh'

fail() {
  echo "tables.sh: $*" >&2
  exit 2
}

all_tables() {
  local kind architecture
  echo errno groups arguments-x86_64
  for kind in syscalls constants; do # constants: x86_64 first, the others are what differs from it
    for architecture in "${architectures[@]}"; do echo "$kind-$architecture"; done
  done
}

file_of() {
  case $1 in
    errno) echo "$resources/policy/errno.txt" ;;
    *) echo "$resources/calls/$1.txt" ;;
  esac
}

# The Debian packages that a table is made from; arguments have none.
packages_of() {
  case $1 in
    errno | syscalls-x86_64 | syscalls-i386) echo linux-libc-dev ;;
    groups) echo systemd ;;
    constants-x86_64) echo linux-libc-dev libc6-dev ;;
    syscalls-*) echo "linux-libc-dev-$(debian_name "${1#*-}")-cross" ;;
    constants-*) echo {linux-libc-dev,libc6-dev}-"$(debian_name "${1#*-}")"-cross ;;
  esac
}

debian_name() {
  case $1 in
    aarch64) echo arm64 ;;
    arm) echo armhf ;;
    ppc64le) echo ppc64el ;;
    loongarch64) echo loong64 ;;
    *) echo "$1" ;;
  esac
}

source_of() {
  local package version sources=
  case $1 in
    arguments-*) sources="Linux $(uname -r | sed -E 's/^([0-9]+\.[0-9]+).*/\1/') (tracefs), tables/argument-notes.txt" ;;
  esac
  for package in $(packages_of "$1"); do
    version=$(dpkg-query -W -f '${Version}\n' "$package" 2>/dev/null | head -n 1)
    [[ -n $version ]] || fail "$1: package $package is not installed; run fixtures/install-tools.sh"
    sources+="${sources:+, }$package $version"
  done
  case $1 in
    syscalls-*) sources+=", tables/newer-syscalls.txt" ;;
    constants-*) sources+=", tables/newer-constants.txt" ;;
  esac
  echo "$sources"
}

# The mount is in a namespace of its own, so it ends with the command.
arguments() {
  mkdir -p "$work/tracefs"
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount sh -c 'mount -t tracefs none "$1" && exec "$2" "$1"' - "$work/tracefs" "$here/tables/arguments.sh" ||
    fail "arguments-x86_64: no tracefs with declarations of system calls; run as root, on a kernel with CONFIG_FTRACE_SYSCALLS"
}

make_table() {
  case $1 in
    errno | groups) "$here/tables/$1.sh" ;;
    arguments-x86_64) arguments ;;
    constants-x86_64) "$here/tables/constants.sh" x86_64 ;;
    constants-*) "$here/tables/constants.sh" "${1#*-}" "$(file_of constants-x86_64)" ;;
    syscalls-*) "$here/tables/syscalls.sh" "${1#*-}" ;;
  esac
}

# differences FILE MADE SOURCE
differences() {
  local name
  name=$(basename "$1")
  # Comments do not count, but keep their line so that numbers are right.
  sed 's/^#.*//' "$1" >"$work/present"
  { grep '^#' "$1" | sed 's/.*//' || true; cat "$2"; } >"$work/wanted"
  diff --unchanged-line-format= --old-line-format="$name:%dn: %l: not in $3"$'\n' \
    --new-line-format="$name: %l: missing, in $3"$'\n' "$work/present" "$work/wanted"
}

check=false
resources=$here/../main/resources/dev/hardwire
while [[ ${1:-} == --* ]]; do
  case $1 in
    --check) check=true; shift ;;
    --resources) resources=${2:?--resources needs a directory}; shift 2 ;;
    *) fail "unknown option $1; usage: tables.sh [--check] [--resources DIRECTORY] [TABLE...]" ;;
  esac
done
known=" $(all_tables | tr '\n' ' ')"
for table; do [[ $known == *" $table "* ]] || fail "unknown table $table; known:$known"; done
# shellcheck disable=SC2046 # names of tables are words
(($# > 0)) || set -- $(all_tables)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stale=()
for table; do
  file=$(file_of "$table")
  # Assigned before it is used: a failure within a word of a command would be lost.
  sources=$(source_of "$table")
  make_table "$table" >"$work/made"
  [[ -s $work/made ]] || fail "$table: nothing was made"
  if [[ ! -e $file ]]; then
    echo "$(basename "$file"): the file is missing" >"$work/differences"
  elif differences "$file" "$work/made" "$sources" >"$work/differences"; then
    if grep -q '^# Made by .* from ' "$file"; then continue; fi
    echo "$(basename "$file"): no line says what it was made from" >"$work/differences"
  fi
  if $check; then
    cat "$work/differences"
    stale+=("$table")
  else
    { echo "# Made by $command from $sources."; cat "$work/made"; } >"$work/table"
    cp "$work/table" "$file"
    echo "tables.sh: wrote $(basename "$file")"
  fi
done
((${#stale[@]} == 0)) && exit 0
echo "To write these tables anew: $command ${stale[*]}"
exit 1
