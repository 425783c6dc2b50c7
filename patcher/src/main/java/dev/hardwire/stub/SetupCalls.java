package dev.hardwire.stub;

import dev.hardwire.elf.Machine;
import dev.hardwire.seccomp.SyscallTable;

/** The numbers of the system calls that setup programs make. */
record SetupCalls(int prctl, int seccomp) {
  static SetupCalls of(Machine machine) {
    SyscallTable table = SyscallTable.of(SetupCompiler.architecture(machine));
    return new SetupCalls(
        table.number("prctl").orElseThrow(), table.number("seccomp").orElseThrow());
  }
}
