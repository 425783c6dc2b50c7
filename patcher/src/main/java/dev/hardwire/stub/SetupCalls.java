package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.seccomp.SyscallTable;

/** The numbers of the system calls that setup programs make. */
record SetupCalls(int prctl, int seccomp, int write) {
  static SetupCalls of(Target machine) {
    SyscallTable table = SyscallTable.of(machine);
    return new SetupCalls(
        table.number("prctl").orElseThrow(),
        table.number("seccomp").orElseThrow(),
        table.number("write").orElseThrow());
  }
}
