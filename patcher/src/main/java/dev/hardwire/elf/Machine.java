package dev.hardwire.elf;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * An architecture that Hardwire has a stub for, with what its psABI says about relocations and
 * pages.
 */
public enum Machine {
  /** System V psABI for x86-64: EM_X86_64, R_X86_64_RELATIVE. */
  X86_64("x86_64", 62, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x1000, 8, 0),
  /** System V psABI for i386: EM_386, R_386_RELATIVE. */
  I386("i386", 3, ElfClass.CLASS32, ByteOrder.LITTLE_ENDIAN, 0x1000, 8, 0),
  /** ELF for the Arm 64-bit architecture: EM_AARCH64, R_AARCH64_RELATIVE, pages up to 64 KiB. */
  AARCH64("aarch64", 183, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x10000, 1027, 0),
  /**
   * ELF for the Arm architecture: EM_ARM, R_ARM_RELATIVE. The pages are those of 64-bit kernels,
   * for which linkers align.
   */
  ARM("arm", 40, ElfClass.CLASS32, ByteOrder.LITTLE_ENDIAN, 0x10000, 23, 0x500_0400),
  /** RISC-V psABI: EM_RISCV, R_RISCV_RELATIVE. */
  RISCV64("riscv64", 243, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x1000, 3, 4),
  /** Power ELF V2 ABI: EM_PPC64, R_PPC64_RELATIVE, pages up to 64 KiB. */
  PPC64LE("ppc64le", 21, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x10000, 22, 2),
  /** s390x ELF ABI supplement: EM_S390, R_390_RELATIVE. */
  S390X("s390x", 22, ElfClass.CLASS64, ByteOrder.BIG_ENDIAN, 0x1000, 12, 0),
  /** LoongArch psABI: EM_LOONGARCH, R_LARCH_RELATIVE, pages up to 64 KiB. */
  LOONGARCH64("loongarch64", 258, ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 0x10000, 3, 0x43);

  private final String id;
  private final int code;
  private final ElfClass elfClass;
  private final ByteOrder order;
  private final long pageSize;
  private final int relativeType;
  private final long flags;

  Machine(
      String id,
      int code,
      ElfClass elfClass,
      ByteOrder order,
      long pageSize,
      int relativeType,
      long flags) {
    this.id = id;
    this.code = code;
    this.elfClass = elfClass;
    this.order = order;
    this.pageSize = pageSize;
    this.relativeType = relativeType;
    this.flags = flags;
  }

  /** The machine of a file header, if there is a stub for it. */
  public static Optional<Machine> of(FileHeader header) {
    for (Machine machine : values()) {
      if (machine.code == header.machine()
          && machine.elfClass == header.elfClass()
          && machine.order == header.order()) {
        return Optional.of(machine);
      }
    }
    return Optional.empty();
  }

  /** The machine of a name. */
  public static Optional<Machine> ofId(String id) {
    return Arrays.stream(values()).filter(m -> m.id.equals(id)).findFirst();
  }

  /** The name of its folder in {@code stub-asm/}. */
  public String id() {
    return id;
  }

  /** e_machine. */
  public int code() {
    return code;
  }

  public ElfClass elfClass() {
    return elfClass;
  }

  public ByteOrder order() {
    return order;
  }

  /**
   * The largest page that a kernel of this architecture uses, in bytes. Linkers align segments to
   * it.
   */
  public long pageSize() {
    return pageSize;
  }

  /** The relocation that adds the load bias to an addend. */
  public int relativeType() {
    return relativeType;
  }

  /**
   * e_flags of a file of our own: the ABI that Debian's programs have, since dynamic linkers refuse
   * libraries of another one. EABI version 5 with hard float on arm, doubles in registers on
   * riscv64 and loongarch64, ELFv2 on ppc64le.
   */
  public long flags() {
    return flags;
  }
}
