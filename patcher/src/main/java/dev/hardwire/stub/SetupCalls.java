package dev.hardwire.stub;

import dev.hardwire.elf.Machine;

/** The numbers of the system calls that setup programs make (the kernel's syscall tables). */
record SetupCalls(int prctl, int seccomp) {
  static SetupCalls of(Machine machine) {
    return switch (machine) {
      case X86_64 -> new SetupCalls(157, 317);
    };
  }
}
