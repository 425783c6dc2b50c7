#!/usr/bin/env bash
# Assembles the stub of every architecture: build.sh OUTDIR
# writes OUTDIR/ARCH.stub (the code) and OUTDIR/ARCH.cfi (its .debug_frame section, linked as if the code
# stood at address 0). The committed copies are patcher/src/main/resources/dev/hardwire/stub/.
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

assemble x86_64 x86_64-linux-gnu- --64
