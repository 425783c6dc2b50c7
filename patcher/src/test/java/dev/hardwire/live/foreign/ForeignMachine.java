package dev.hardwire.live.foreign;

import dev.hardwire.testing.Fixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An architecture whose programs do not run here.
 *
 * @param id what fixtures call it
 * @param triplet how the names of its tools start
 * @param call how its system-call instruction is disassembled
 */
public record ForeignMachine(String id, String triplet, String call) {
  private static final List<ForeignMachine> ALL =
      List.of(
          new ForeignMachine("aarch64", "aarch64-linux-gnu", "svc\t#0x0"),
          new ForeignMachine("arm", "arm-linux-gnueabihf", "svc\t0x00000000"),
          new ForeignMachine("riscv64", "riscv64-linux-gnu", "ecall"),
          new ForeignMachine("ppc64le", "powerpc64le-linux-gnu", "sc"),
          new ForeignMachine("s390x", "s390x-linux-gnu", "svc\t0"),
          new ForeignMachine("loongarch64", "loongarch64-linux-gnu", "syscall"));

  public static Stream<ForeignMachine> all() {
    return ALL.stream();
  }

  public static ForeignMachine of(Fixture fixture) {
    return all().filter(m -> m.id.equals(fixture.machine())).findFirst().orElseThrow();
  }

  /** A tool for its files. */
  public String tool(String name) {
    return triplet + "-" + name;
  }

  /** The command that runs a program for it under qemu-user, with variables in its environment. */
  public List<Object> emulated(Map<String, String> variables, Object... program) {
    List<Object> command = new ArrayList<>(List.of("qemu-" + id, "-L", "/usr/" + triplet));
    variables.forEach((name, value) -> command.addAll(List.of("-E", name + "=" + value)));
    command.addAll(List.of(program));
    return command;
  }

  @Override
  public String toString() {
    return id;
  }
}
