package dev.hardwire.library;

import dev.hardwire.elf.Machine;

/** The properties of a machine that {@link CodeFile} needs. */
record CodeAbi(Machine machine) {
  private static final int ALIGNMENT = 64;

  /** LoongArch code computes addresses from a page and an offset in it (psABI, pcalau12i). */
  private static final int LOONGARCH_ALIGNMENT = 0x1000;

  /** The alignment of the code. */
  int alignment() {
    return machine == Machine.LOONGARCH64 ? LOONGARCH_ALIGNMENT : ALIGNMENT;
  }

  /**
   * Whether every dynamic linker runs DT_INIT. On machines that were supported only after the init
   * array was introduced, some do not: glibc on riscv64 and loongarch64, musl on aarch64, arm and
   * riscv64.
   */
  boolean runsInit() {
    return machine == Machine.X86_64 || machine == Machine.I386;
  }
}
