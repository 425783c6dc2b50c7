package dev.hardwire.library;

import dev.hardwire.elf.Machine;

/** What {@link CodeFile} has to know of a machine. */
record CodeAbi(Machine machine) {
  private static final int ALIGNMENT = 64;

  /** Code for LoongArch finds things by page and place in it (psABI, pcalau12i). */
  private static final int LOONGARCH_ALIGNMENT = 0x1000;

  /** Of the code. */
  int alignment() {
    return machine == Machine.LOONGARCH64 ? LOONGARCH_ALIGNMENT : ALIGNMENT;
  }

  /**
   * Whether every dynamic linker runs DT_INIT. On machines for which they came after the init array
   * some do not: glibc on riscv64 and loongarch64, musl on aarch64, arm and riscv64.
   */
  boolean runsInit() {
    return machine == Machine.X86_64 || machine == Machine.I386;
  }
}
