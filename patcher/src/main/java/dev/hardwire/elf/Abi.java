package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import java.util.Optional;

/** Variants of the psABIs, as the ELF header states them, that Hardwire refuses. */
final class Abi {
  private static final int EM_X86_64 = 62;
  private static final int EM_AARCH64 = 183;
  private static final int EM_S390 = 22;

  private static final long EF_ARM_EABIMASK = 0xff00_0000L;
  private static final int EF_ARM_EABI_SHIFT = 24;
  private static final long EF_RISCV_RVE = 8;
  private static final long EF_PPC64_ABI = 3;

  private Abi() {}

  /**
   * Why a file of a known machine cannot be patched.
   *
   * @param flags e_flags
   */
  static Optional<String> whyRefused(Target machine, long flags) {
    if (machine == Target.ARM) {
      boolean other = (flags & EF_ARM_EABIMASK) >>> EF_ARM_EABI_SHIFT != 5;
      return refused(other, flags, "the stub is for EABI version 5");
    }
    if (machine == Target.PPC64LE) {
      return refused((flags & EF_PPC64_ABI) != 2, flags, "the stub is for the ELFv2 ABI");
    }
    if (machine == Target.RISCV64) {
      return refused((flags & EF_RISCV_RVE) != 0, flags, "the stub is not for RV64E");
    }
    return Optional.empty();
  }

  private static Optional<String> refused(boolean refused, long flags, String why) {
    return refused ? Optional.of("0x%x: %s".formatted(flags, why)) : Optional.empty();
  }

  /** Why there is no {@link Target} for a file. */
  static String whyUnknown(FileHeader header) {
    boolean is32 = header.elfClass() == ElfClass.CLASS32;
    if (is32 && header.machine() == EM_X86_64) {
      return "the x32 ABI is not supported: filters for x86-64 kill its system calls, which have"
          + " numbers of their own";
    }
    if (is32 && header.machine() == EM_AARCH64) {
      return "the ILP32 ABI of aarch64 is not supported: no released kernel runs it";
    }
    if (is32 && header.machine() == EM_S390) {
      return "31-bit programs are not supported: there is a stub for s390x only";
    }
    return "no stub for machine %d, %s, %s"
        .formatted(header.machine(), header.elfClass(), header.order());
  }
}
