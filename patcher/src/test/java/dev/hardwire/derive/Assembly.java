package dev.hardwire.derive;

import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small programs in assembly language, which begin at {@code _start}. */
public final class Assembly {
  /** Exits; a call of it does not return. */
  private static final String EXIT =
      """
      .type stop,@function
      stop: .cfi_startproc
        mov $60, %eax
        xor %edi, %edi
        syscall
        hlt
        .cfi_endproc
      .size stop, .-stop
      """;

  private Assembly() {}

  /**
   * Builds a program in a folder. It can call {@code stop}, which exits.
   *
   * @param code functions
   * @param options of gcc
   */
  public static Path build(Path folder, String code, String... options) throws IOException {
    Path source = folder.resolve("program.s");
    Files.writeString(source, ".globl _start\n.text\n" + EXIT + code);
    Path program = folder.resolve("program");
    Gcc.run("-nostdlib", List.of(options), "-o", program, source);
    return program;
  }

  /** A function with unwind information. */
  public static String function(String name, String body) {
    return """
    .type %1$s,@function
    %1$s: .cfi_startproc
    %2$s
    .cfi_endproc
    .size %1$s, .-%1$s
    """
        .formatted(name, body);
  }
}
