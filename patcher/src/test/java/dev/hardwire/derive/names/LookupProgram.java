package dev.hardwire.derive.names;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs in C that look functions up by name. */
final class LookupProgram {
  private LookupProgram() {}

  /**
   * Compiles a program and derives what it can reach.
   *
   * @param functions that it has beside {@code main}
   * @param code what {@code main} does
   * @param options for the compiler
   */
  static Derivation derive(
      Deriver deriver, Path folder, String functions, String code, List<String> options)
      throws IOException {
    Path source = folder.resolve("program.c");
    Files.writeString(
        source,
        """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdarg.h>
        #include <stdio.h>
        #include <string.h>
        #define APART __attribute__((noinline, noclone))
        void *volatile kept;
        %s
        int main(int argc, char **argv) {
          %s
          return 0;
        }
        """
            .formatted(functions, code));
    Path program = folder.resolve("program");
    Gcc.run("-w", "-o", program, source, options);
    return deriver.derive(program, DeriveOptions.PLAIN);
  }
}
