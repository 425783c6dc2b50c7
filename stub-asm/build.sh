#!/usr/bin/env bash
# Makes the code of every architecture: build.sh OUTDIR
# writes OUTDIR/ARCH.stub (the stub) and OUTDIR/ARCH.cfi (its .debug_frame section, linked as if the code stood at
# address 0), OUTDIR/ARCH.library (the code of the shared library, which begins with what the dynamic linker calls),
# OUTDIR/ARCH.launcher (that of the launcher, which begins with its entry point), OUTDIR/ARCH.first (that of the loader
# of the hook "first") and OUTDIR/ARCH.so (the native methods for the JVM, a complete shared library). C is compiled by the version of gcc that made the committed files, which are
# in patcher/src/main/resources/dev/hardwire/: ARCH.so in os/, the others in stub/.
set -euo pipefail
out=${1:?usage: build.sh OUTDIR}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

assemble() { # ARCH AS-PREFIX AS-FLAGS...
  local arch=$1 prefix=$2
  shift 2
  "${prefix}as" "$@" -I"$here" -o "$work/$arch.o" "$here/$arch/stub.S"
  if "${prefix}readelf" -rW "$work/$arch.o" | grep -q "section '.rela\?.text'"; then
    echo "build.sh: $arch/stub.S needs relocations in its code" >&2
    exit 1
  fi
  if "${prefix}nm" "$work/$arch.o" | grep -qvE " a | L0"; then # constants are absolute, L0 is from CFI
    echo "build.sh: $arch/stub.S defines or uses symbols; keep its labels local" >&2
    exit 1
  fi
  "${prefix}ld" -Ttext=0 -e 0 -o "$work/$arch.elf" "$work/$arch.o"
  "${prefix}objcopy" -O binary -j .text "$work/$arch.elf" "$out/$arch.stub"
  "${prefix}objcopy" -O binary -j .debug_frame --set-section-flags .debug_frame=alloc "$work/$arch.elf" "$out/$arch.cfi"
}

COMPILER=gcc-14 COMPILER_VERSION=14.2.0
CFLAGS=(-std=c17 -Os -Wall -Wextra -Werror -Wno-unused-function -ffreestanding -fPIC -fno-builtin
  -fno-stack-protector -fno-jump-tables -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables
  -fno-unwind-tables -fno-ident -fno-strict-aliasing -fomit-frame-pointer)

check_compiler() { # COMPILER
  [[ $("$1" -dumpfullversion) == "$COMPILER_VERSION" ]] || {
    echo "build.sh: $1 $COMPILER_VERSION is needed (run fixtures/install-tools.sh)" >&2
    exit 1
  }
}

compile() { # ARCH BINUTILS-PREFIX AS-FLAGS C-FLAGS...
  local arch=$1 prefix=$2 source as_flags first_flags=(-ffunction-sections)
  read -ra as_flags <<<"$3"
  shift 3
  check_compiler "$prefix$COMPILER"
  "${prefix}as" "${as_flags[@]}" -I"$here" --defsym LIBRARY=1 -o "$work/$arch-run.o" "$here/$arch/stub.S"
  "${prefix}as" "${as_flags[@]}" -I"$here" -o "$work/$arch-start.o" "$here/$arch/start.S"
  "${prefix}as" "${as_flags[@]}" -o "$work/$arch-first-start.o" "$here/$arch/first.S"
  for source in process environment library program launcher image; do
    "$prefix$COMPILER" "${CFLAGS[@]}" "$@" -I"$here/$arch" -I"$here" -c -o "$work/$arch-$source.o" "$here/$source.c"
  done
  link "$arch" "$prefix" library library program process environment run
  link "$arch" "$prefix" launcher start launcher image process environment run
  if [[ $arch == loongarch64 ]]; then # the loader follows the stub, at any place in a page: the linker makes pcaddi
    first_flags+=(-mrelax)
  fi
  "$prefix$COMPILER" "${CFLAGS[@]}" "$@" "${first_flags[@]}" -I"$here/$arch" -I"$here" \
    -c -o "$work/$arch-first.o" "$here/first.c"
  "$prefix$COMPILER" "${CFLAGS[@]}" "$@" "${first_flags[@]}" -I"$here/$arch" -I"$here" \
    -c -o "$work/$arch-messages.o" "$here/process.c" # of which the loader takes what it uses
  link "$arch" "$prefix" first first-start first messages
  share "$arch" "$prefix" "$@"
}

share() { # ARCH BINUTILS-PREFIX C-FLAGS...
  local arch=$1 prefix=$2
  shift 2
  if [[ $arch == riscv64 ]]; then # dynamic linkers refuse a library of another floating-point ABI than the JVM's
    set -- "$@" -march=rv64imafd -mabi=lp64d
  fi
  "$prefix$COMPILER" "${CFLAGS[@]}" -fvisibility=hidden "$@" -I"$here/$arch" -I"$here" \
    -c -o "$work/$arch-native.o" "$here/native.c"
  "${prefix}ld" -shared -soname hardwire.so --hash-style=sysv --build-id=none -z noexecstack -z noseparate-code \
    -z norelro -s -o "$out/$arch.so" "$work/$arch-native.o"
  if "${prefix}readelf" -rW "$out/$arch.so" | grep -q "^Relocation section"; then
    echo "build.sh: native.c of $arch needs relocations" >&2
    exit 1
  fi
}

link() { # ARCH BINUTILS-PREFIX OUT OBJECTS...
  local arch=$1 prefix=$2 name=$3 object objects=() reserved=0 elsewhere=0x123400
  shift 3
  case $arch in
    i386) reserved=12 ;;
    loongarch64) # pcalau12i: the place in a page of 4 KiB must stay the same, but for the loader
      [[ $name == first ]] || elsewhere=0x123000
      ;;
  esac
  for object; do
    objects+=("$work/$arch-$object.o")
  done
  link_at 0 "$out/$arch.$name"
  link_at "$elsewhere" "$work/$arch.$name.elsewhere"
  cmp "$out/$arch.$name" "$work/$arch.$name.elsewhere" || {
    echo "build.sh: the $name of $arch depends on its address" >&2
    exit 1
  }
}

link_at() { # BASE OUT; with the variables of link()
  "${prefix}ld" -z noexecstack --no-warn-rwx-segments --traditional-format --gc-sections --defsym "BASE=$1" \
    --defsym "RESERVED=$reserved" -T "$here/code.ld" -e "$(($1 + 64))" -o "$work/linked" "${objects[@]}"
  "${prefix}objcopy" -O binary -j .text "$work/linked" "$2"
}

assemble x86_64 x86_64-linux-gnu- --64
assemble i386 i686-linux-gnu- --32
assemble aarch64 aarch64-linux-gnu-
assemble arm arm-linux-gnueabihf-
assemble riscv64 riscv64-linux-gnu- -march=rv64im -mno-relax
assemble ppc64le powerpc64le-linux-gnu-
assemble s390x s390x-linux-gnu-
assemble loongarch64 loongarch64-linux-gnu- -mno-relax
compile x86_64 x86_64-linux-gnu- --64 -march=x86-64 -mtune=generic -mno-sse -mcmodel=small -fcf-protection=branch
compile i386 i686-linux-gnu- --32 -march=i686 -mtune=generic -fcf-protection=branch
compile aarch64 aarch64-linux-gnu- "" -march=armv8-a -mtune=generic -mgeneral-regs-only -mcmodel=tiny -mno-outline-atomics
compile arm arm-linux-gnueabihf- "" -march=armv6+fp -mtune=generic-armv7-a -marm -mfloat-abi=hard
compile riscv64 riscv64-linux-gnu- "-march=rv64im -mno-relax" -march=rv64im -mabi=lp64 -mcmodel=medany -mno-relax
compile ppc64le powerpc64le-linux-gnu- "" -mcpu=power8 -mno-altivec -mno-vsx -mcmodel=medium
compile s390x s390x-linux-gnu- "" -march=z10 -mtune=z10
compile loongarch64 loongarch64-linux-gnu- -mno-relax -march=loongarch64 -mcmodel=normal -mno-relax
