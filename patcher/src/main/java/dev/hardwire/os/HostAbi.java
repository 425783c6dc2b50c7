package dev.hardwire.os;

import java.nio.ByteOrder;
import java.util.Locale;

/** The architectures of hosts, by how programs call the kernel. */
enum HostAbi {
  X86_64(0, true),
  I386(1, false),
  ARM(2, false),
  AARCH64(3, true),
  RISCV64(3, true),
  LOONGARCH64(3, true),
  PPC64LE(4, true),
  S390X(5, true);

  private final int column;
  private final boolean wide;

  HostAbi(int column, boolean wide) {
    this.column = column;
    this.wide = wide;
  }

  /**
   * The architecture of this JVM, or null if there is no native code for it.
   *
   * @param system as {@code os.name} names it
   * @param architecture as {@code os.arch} names it
   */
  static HostAbi of(String system, String architecture) {
    if (!system.equals("Linux")) {
      return null;
    }
    return switch (architecture) {
      case "amd64", "x86_64" -> X86_64;
      case "x86", "i386", "i486", "i586", "i686" -> I386;
      case "arm" -> ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ARM : null;
      case "aarch64" -> ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? AARCH64 : null;
      case "riscv64" -> RISCV64;
      case "loongarch64" -> LOONGARCH64;
      case "ppc64le" -> PPC64LE;
      case "s390x" -> S390X;
      default -> null;
    };
  }

  /** The name of the directory of its sources, and of its native library. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The column of its numbers in {@link SystemCall}. */
  int column() {
    return column;
  }

  /** Whether addresses and the kernel's {@code long} have 64 bits. */
  boolean isWide() {
    return wide;
  }

  /** Whether a 64-bit argument starts in a register with an even number. */
  boolean alignsPairs() {
    return this == ARM;
  }

  /** Whether {@code sync_file_range} takes its flags before the range; sync_file_range(2). */
  boolean takesFlagsBeforeRange() {
    return this == ARM || this == PPC64LE;
  }

  /** The offset of {@code f_flags} in what statfs(2) writes, in bytes. */
  int statfsFlags() {
    return wide && this != S390X ? 80 : 64;
  }

  /** {@code O_DIRECTORY}; include/uapi/asm-generic/fcntl.h and those of arm, arm64 and powerpc. */
  int openDirectory() {
    return hasOldFlags() ? 0x4000 : 0x10000;
  }

  /** {@code O_NOFOLLOW}. */
  int openNoFollow() {
    return hasOldFlags() ? 0x8000 : 0x20000;
  }

  /** {@code O_LARGEFILE}, without which a 32-bit program cannot open a file of 2 GiB. */
  int openLargeFile() {
    return switch (this) {
      case ARM -> 0x20000;
      case I386 -> 0x8000;
      default -> 0; // set by the kernel
    };
  }

  private boolean hasOldFlags() {
    return this == ARM || this == AARCH64 || this == PPC64LE;
  }

  /** {@code FICLONE}, {@code _IOW(0x94, 9, int)}; powerpc encodes the direction in another way. */
  long cloneRequest() {
    return this == PPC64LE ? 0x8004_9409L : 0x4004_9409L;
  }
}
