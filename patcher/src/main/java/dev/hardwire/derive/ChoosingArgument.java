package dev.hardwire.derive;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import java.util.List;
import java.util.Map;

/**
 * An argument that chooses what a system call does, and so is worth a rule.
 *
 * @param name in the kernel
 * @param index counted from 0, at most 2
 * @param bits of the register that the kernel uses
 */
record ChoosingArgument(String name, int index, int bits) {
  private static final Map<String, List<String>> NAMES =
      Map.ofEntries(
          Map.entry("arch_prctl", List.of("option")),
          Map.entry("bpf", List.of("cmd")),
          Map.entry("fcntl", List.of("cmd")),
          Map.entry("getsockopt", List.of("level", "optname")),
          Map.entry("io_uring_register", List.of("opcode")),
          Map.entry("ioctl", List.of("cmd")),
          Map.entry("keyctl", List.of("option")),
          Map.entry("mmap", List.of("prot")),
          Map.entry("mprotect", List.of("prot")),
          Map.entry("msgctl", List.of("cmd")),
          Map.entry("personality", List.of("personality")),
          Map.entry("pkey_mprotect", List.of("prot")),
          Map.entry("prctl", List.of("option")),
          Map.entry("ptrace", List.of("request")),
          Map.entry("quotactl", List.of("cmd")),
          Map.entry("seccomp", List.of("op")),
          Map.entry("semctl", List.of("cmd")),
          Map.entry("setns", List.of("flags")),
          Map.entry("setsockopt", List.of("level", "optname")),
          Map.entry("shmctl", List.of("cmd")),
          Map.entry("socket", List.of("family", "type", "protocol")),
          Map.entry("socketpair", List.of("family", "type", "protocol")));

  /** The arguments of a call that choose; most calls have none. */
  static List<ChoosingArgument> of(String call) {
    return NAMES.getOrDefault(call, List.of()).stream().map(name -> argument(call, name)).toList();
  }

  private static ChoosingArgument argument(String call, String name) {
    List<ArgumentTable.Argument> all =
        ArgumentTable.of(Target.X86_64).arguments(call).orElseThrow();
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).name().equals(name)) {
        return new ChoosingArgument(name, i, all.get(i).type().bits());
      }
    }
    throw new IllegalStateException(call + " has no argument " + name);
  }
}
