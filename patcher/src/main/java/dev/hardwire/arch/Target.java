package dev.hardwire.arch;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * An architecture that Hardwire supports: one e_machine with a class and a byte order, and the one
 * system-call interface that its programs use.
 *
 * <p>The ELF constants are those of the architecture's psABI; the audit numbers are those of the
 * kernel's {@code include/uapi/linux/audit.h}.
 */
@SuppressWarnings("ImmutableEnumChecker") // its records have immutable components only
public enum Target {
  /**
   * x86-64. Numbers from 0x40000000 up are refused: those with bit 30 call the x32 interface, whose
   * calls have other meanings under the same audit number, and no other is ever valid.
   */
  X86_64(
      new Elf(62, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x1000, 8, 0),
      0xc000003eL,
      OptionalLong.of(0x4000_0000L),
      new Names("x86_64", "x86-64", "amd64", "SCMP_ARCH_X86_64")),
  /** 32-bit x86, on its own kernel or on one of x86-64. */
  I386(
      new Elf(3, ElfClass.CLASS32, ByteOrder.LITTLE_ENDIAN, 0x1000, 8, 0),
      0x40000003L,
      OptionalLong.empty(),
      new Names("i386", "x86", "386", "SCMP_ARCH_X86")),
  /** 64-bit Arm. Pages are up to 64 KiB. */
  AARCH64(
      new Elf(183, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x10000, 1027, 0),
      0xc00000b7L,
      OptionalLong.empty(),
      new Names("aarch64", "arm64", "arm64", "SCMP_ARCH_AARCH64")),
  /**
   * 32-bit Arm, EABI version 5; its private calls begin at 0x0f0000. The pages are those of 64-bit
   * kernels, to which linkers align.
   */
  ARM(
      new Elf(40, ElfClass.CLASS32, ByteOrder.LITTLE_ENDIAN, 0x10000, 23, 0x500_0400),
      0x40000028L,
      OptionalLong.empty(),
      new Names("arm", "arm", "arm", "SCMP_ARCH_ARM")),
  RISCV64(
      new Elf(243, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x1000, 3, 4),
      0xc00000f3L,
      OptionalLong.empty(),
      new Names("riscv64", "riscv64", "riscv64", "SCMP_ARCH_RISCV64")),
  /** 64-bit little-endian PowerPC, ELFv2. Pages are up to 64 KiB. */
  PPC64LE(
      new Elf(21, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x10000, 22, 2),
      0xc0000015L,
      OptionalLong.empty(),
      new Names("ppc64le", "ppc64-le", "ppc64le", "SCMP_ARCH_PPC64LE")),
  S390X(
      new Elf(22, ElfClass.CLASS64, ByteOrder.BIG_ENDIAN, 0x1000, 12, 0),
      0x80000016L,
      OptionalLong.empty(),
      new Names("s390x", "s390x", "s390x", "SCMP_ARCH_S390X")),
  /** 64-bit LoongArch. Pages are up to 64 KiB. */
  LOONGARCH64(
      new Elf(258, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x10000, 3, 0x43),
      0xc0000102L,
      OptionalLong.empty(),
      new Names("loongarch64", "loongarch64", "loong64", "SCMP_ARCH_LOONGARCH64"));

  /** The columns of the table above that the psABI decides. */
  private record Elf(
      int code, ElfClass elfClass, ByteOrder order, long pageSize, int relativeType, long flags) {}

  /** Its names: here and in the kernel, in systemd, in Go, in libseccomp. */
  private record Names(String id, String systemd, String go, String libseccomp) {}

  private final Elf elf;
  private final long auditNumber;
  private final OptionalLong refusedFrom;
  private final Names names;

  Target(Elf elf, long auditNumber, OptionalLong refusedFrom, Names names) {
    this.elf = elf;
    this.auditNumber = auditNumber;
    this.refusedFrom = refusedFrom;
    this.names = names;
  }

  /**
   * The target of a file header.
   *
   * @param code e_machine
   */
  public static Optional<Target> of(int code, ElfClass elfClass, ByteOrder order) {
    for (Target target : values()) {
      if (target.code() == code && target.elfClass() == elfClass && target.order() == order) {
        return Optional.of(target);
      }
    }
    return Optional.empty();
  }

  public static Optional<Target> ofId(String id) {
    return Arrays.stream(values()).filter(target -> target.id().equals(id)).findFirst();
  }

  /** The target with a name: its id, systemd's, Go's or libseccomp's. */
  public static Optional<Target> ofName(String name) {
    return Arrays.stream(values())
        .filter(target -> target.spellings().anyMatch(name::equals))
        .findFirst();
  }

  /** The target with this AUDIT_ARCH_ value. */
  public static Optional<Target> ofAuditNumber(long auditNumber) {
    return Arrays.stream(values()).filter(target -> target.auditNumber == auditNumber).findFirst();
  }

  /** Every id, in order. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(Target::id).toList();
  }

  /** Its name in files, options and messages, and that of its folder in {@code stub-asm/}. */
  public String id() {
    return names.id();
  }

  /** e_machine. */
  public int code() {
    return elf.code();
  }

  public ElfClass elfClass() {
    return elf.elfClass();
  }

  /** The byte order of files, of filters, and of the halves of a 64-bit argument. */
  public ByteOrder order() {
    return elf.order();
  }

  /** The width of an argument register in bits: 32 or 64. */
  public int wordBits() {
    return elfClass().wordSize() * Byte.SIZE;
  }

  /** The largest page that a kernel uses, in bytes. Linkers align segments to it. */
  public long pageSize() {
    return elf.pageSize();
  }

  /** R_*_RELATIVE: the type of the relocation that adds the load bias to an addend. */
  public int relativeType() {
    return elf.relativeType();
  }

  /**
   * e_flags of the files that Hardwire writes itself. They state the ABI of Debian's programs,
   * since dynamic linkers refuse libraries of another one: EABI version 5 with hard float on arm,
   * doubles in registers on riscv64 and loongarch64, ELFv2 on ppc64le.
   */
  public long flags() {
    return elf.flags();
  }

  /** The size of an entry of DT_HASH in bytes (gABI, Hash Table; s390x ABI supplement). */
  public int hashEntrySize() {
    return this == S390X ? Long.BYTES : Integer.BYTES;
  }

  /**
   * The alignment, in bytes, that code of a library written by Hardwire needs. Code for LoongArch
   * addresses data by page and offset in the page (psABI, pcalau12i).
   */
  public int codeAlignment() {
    return this == LOONGARCH64 ? 0x1000 : 64;
  }

  /**
   * Whether every dynamic linker runs DT_INIT. Where support for the architecture is younger than
   * the init array, some do not: glibc on riscv64 and loongarch64, musl on aarch64, arm and
   * riscv64.
   */
  public boolean runsInit() {
    return this == X86_64 || this == I386;
  }

  /** The AUDIT_ARCH_ value, unsigned 32 bits: {@code seccomp_data.arch}. */
  public long auditNumber() {
    return auditNumber;
  }

  /**
   * The first call number, unsigned, for which every filter kills the process, whatever the policy
   * says. It does so for all larger numbers too.
   */
  public OptionalLong refusedFrom() {
    return refusedFrom;
  }

  /** Its name in {@code SystemCallArchitectures=}, systemd.exec(5). */
  public String systemdName() {
    return names.systemd();
  }

  /** Its name in Go, and so in the profiles of container runtimes. */
  public String goName() {
    return names.go();
  }

  /** Its name in libseccomp, {@code SCMP_ARCH_X86} and the like, and so in OCI profiles. */
  public String libseccompName() {
    return names.libseccomp();
  }

  private Stream<String> spellings() {
    return Stream.of(id(), systemdName(), goName(), libseccompName());
  }

  @Override
  public String toString() {
    return id();
  }
}
