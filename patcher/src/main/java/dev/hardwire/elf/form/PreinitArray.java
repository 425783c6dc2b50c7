package dev.hardwire.elf.form;

import dev.hardwire.arch.Target;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Refusal;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * DT_PREINIT_ARRAY: functions of the program that the dynamic linker calls before the constructors
 * of the libraries (glibc elf/dl-init.c). glibc's start code for riscv64 has one, load_gp, which
 * does no more than set a register.
 */
final class PreinitArray {
  /** auipc gp, n; addi gp, gp, n; ret, as masks and values of the first two instructions. */
  private static final long AUIPC_GP = 0x197;

  private static final long ADDI_GP_GP = 0x18193;
  private static final int C_RET = 0x8082;
  private static final long RET = 0x8067;

  private PreinitArray() {}

  static void check(ElfFile elf) {
    Optional<DynamicEntry> array = elf.dynamicEntry(DynamicTag.PREINIT_ARRAY);
    long size = elf.dynamicValue(DynamicTag.PREINIT_ARRAYSZ).orElse(0);
    if (array.isEmpty() || size == 0) {
      return;
    }
    boolean loadsGp =
        elf.machine() == Target.RISCV64
            && size == elf.header().elfClass().wordSize()
            && loadsGp(elf, new InitArray(elf, array.get().value(), 1).element(0).target());
    if (!loadsGp) {
      throw new ElfFormatException(
          Refusal.RUNS_BEFORE_HOOK,
          array.get().fileOffset(),
          "DT_PREINIT_ARRAY",
          "the dynamic linker calls functions of the program before everything else");
    }
  }

  private static boolean loadsGp(ElfFile elf, long address) {
    OptionalLong code = elf.fileOffset(address, 3L * Integer.BYTES);
    if (code.isEmpty()) {
      return false;
    }
    long at = code.getAsLong();
    return (elf.bytes().u32(at) & 0xfff) == AUIPC_GP
        && (elf.bytes().u32(at + 4) & 0xf_ffff) == ADDI_GP_GP
        && (elf.bytes().u16(at + 8) == C_RET || elf.bytes().u32(at + 8) == RET);
  }
}
