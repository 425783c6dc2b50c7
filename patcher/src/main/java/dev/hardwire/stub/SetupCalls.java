package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;

/** The numbers of the system calls that setup programs make. */
record SetupCalls(int prctl, int seccomp, int write, SyscallTable table) {
  static SetupCalls of(Target machine) {
    SyscallTable table = SyscallTable.of(machine);
    return new SetupCalls(
        number(table, "prctl"), number(table, "seccomp"), number(table, "write"), table);
  }

  /** The number of a call that every architecture has. */
  int number(String name) {
    return number(table, name);
  }

  private static int number(SyscallTable table, String name) {
    return table.number(name).orElseThrow();
  }
}
