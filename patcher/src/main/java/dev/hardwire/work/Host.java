package dev.hardwire.work;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.form.PackedCode;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The machine that this command runs on. */
public final class Host {
  /** Machines whose names in Java differ. */
  private static final Map<String, String> JAVA_NAMES = Map.of("amd64", "x86_64");

  /** Other machines whose programs a machine's kernel runs. */
  private static final Map<Target, Set<Target>> ALSO_RUN =
      Map.of(
          Target.X86_64, Set.of(Target.I386),
          Target.I386, Set.of(Target.X86_64),
          Target.AARCH64, Set.of(Target.ARM),
          Target.ARM, Set.of(Target.AARCH64));

  private Host() {}

  /** Its machine, if there is a stub for it. */
  public static Optional<Target> machine() {
    String name = System.getProperty("os.arch", "");
    return Target.ofId(JAVA_NAMES.getOrDefault(name, name));
  }

  /**
   * Refuses a program that its kernel cannot run.
   *
   * @throws ElfFormatException naming both machines
   */
  public static void check(ElfFile program) {
    Target machine = program.machine();
    Optional<Target> own = machine();
    if (own.isPresent()
        && own.get() != machine
        && !ALSO_RUN.getOrDefault(own.get(), Set.of()).contains(machine)) {
      throw HeaderField.E_MACHINE.refuse(
          Refusal.OTHER_MACHINE,
          program.header().elfClass(),
          "a program for %s, on %s".formatted(machine.id(), own.get().id()));
    }
  }

  /** Whether a file is a program that its kernel can run, and that is not packed. */
  public static boolean runs(Bytes file) {
    try {
      ElfFile program = ElfFile.parse(file);
      check(program);
      PackedCode.refuse(program);
      return true;
    } catch (ElfFormatException e) {
      return false;
    }
  }
}
