#!/usr/bin/env bash
# Assembles the stub of every architecture: build.sh OUTDIR
# writes OUTDIR/ARCH.stub (the code) and OUTDIR/ARCH.cfi (its .debug_frame section, linked as if the code
# stood at address 0), OUTDIR/ARCH.library (the code of the shared library, which begins with its DT_INIT
# function) and OUTDIR/ARCH.launcher (that of the launcher, which begins with its entry point). C is compiled by the one compiler that made the committed files. The committed copies are patcher/src/main/resources/dev/hardwire/stub/.
set -euo pipefail
out=${1:?usage: build.sh OUTDIR}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

assemble() { # ARCH AS-PREFIX AS-FLAGS...
  local arch=$1 prefix=$2
  shift 2
  "${prefix}as" "$@" -o "$work/$arch.o" "$here/$arch/stub.S"
  if "${prefix}readelf" -rW "$work/$arch.o" | grep -q "section '.rela\?.text'"; then
    echo "build.sh: $arch/stub.S needs relocations in its code" >&2
    exit 1
  fi
  if "${prefix}nm" "$work/$arch.o" | grep -qv " a "; then # constants made by .set are absolute
    echo "build.sh: $arch/stub.S defines or uses symbols; keep its labels local" >&2
    exit 1
  fi
  "${prefix}ld" -Ttext=0 -e 0 -o "$work/$arch.elf" "$work/$arch.o"
  "${prefix}objcopy" -O binary -j .text "$work/$arch.elf" "$out/$arch.stub"
  "${prefix}objcopy" -O binary -j .debug_frame --set-section-flags .debug_frame=alloc "$work/$arch.elf" "$out/$arch.cfi"
}

COMPILER=gcc-14 COMPILER_VERSION=14.2.0
CFLAGS="-std=c17 -Os -Wall -Wextra -Werror -Wno-unused-function -ffreestanding -fPIC -fno-plt -fno-builtin
  -fno-stack-protector -fno-jump-tables -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables
  -fno-unwind-tables -fno-ident -fno-strict-aliasing"

check_compiler() {
  [[ $("$COMPILER" -dumpfullversion) == "$COMPILER_VERSION" ]] || {
    echo "build.sh: $COMPILER $COMPILER_VERSION is needed (run fixtures/install-tools.sh)" >&2
    exit 1
  }
}

compile() { # ARCH BINUTILS-PREFIX AS-FLAGS C-FLAGS...
  local arch=$1 prefix=$2 as_flags=$3 source
  shift 3
  check_compiler
  "${prefix}as" "$as_flags" --defsym LIBRARY=1 -o "$work/$arch-run.o" "$here/$arch/stub.S"
  "${prefix}as" "$as_flags" -o "$work/$arch-start.o" "$here/$arch/start.S"
  for source in process environment library program launcher image; do
    # shellcheck disable=SC2086 # the flags are words
    "$COMPILER" $CFLAGS "$@" -I"$here/$arch" -I"$here" -c -o "$work/$arch-$source.o" "$here/$source.c"
  done
  link "$arch" "$prefix" library library program process environment run
  link "$arch" "$prefix" launcher start launcher image process environment run
}

link() { # ARCH BINUTILS-PREFIX OUT OBJECTS...
  local arch=$1 prefix=$2 name=$3 object objects=()
  shift 3
  for object; do
    objects+=("$work/$arch-$object.o")
  done
  "${prefix}ld" -z noexecstack -T "$here/code.ld" -e 64 -o "$work/$arch.$name" "${objects[@]}"
  "${prefix}objcopy" -O binary -j .text "$work/$arch.$name" "$out/$arch.$name"
}

assemble x86_64 x86_64-linux-gnu- --64
compile x86_64 x86_64-linux-gnu- --64 -march=x86-64 -mtune=generic -mno-sse -mcmodel=small -fcf-protection=branch
