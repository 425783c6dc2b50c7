package dev.hardwire.derive.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Symbols of entries of the PLT. */
@Tag("system")
class LinkageSymbolsTest {
  @TempDir private Path folder;

  /**
   * In static programs, mold gives symbols of IFUNC functions entries of the PLT and the sizes of
   * the resolvers, which reach over {@code _start}.
   */
  @Test
  void sizesOfResolversDoNotHideTheStart() throws IOException {
    Path source = Files.writeString(folder.resolve("program.c"), "int main() { return 0; }\n");
    Path program = folder.resolve("program");
    Gcc.run("-fuse-ld=mold", "-static", "-no-pie", "-o", program, source);
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .contains("set_tid_address", "arch_prctl", "prlimit64", "exit_group");
  }
}
