package dev.hardwire.derive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Libraries that the dynamic linker loads instead of one that a program needs. */
@Tag("system")
class LoadedInsteadTest {
  @TempDir private Path folder;

  private Path library(String name, String code, String... options) throws IOException {
    Path library = folder.resolve(name);
    Files.createDirectories(library.getParent());
    Path source = folder.resolve("source.c");
    Files.writeString(
        source, "#include <unistd.h>\nint call(void) { return %s; }\n".formatted(code));
    Gcc.run("-shared", "-fPIC", List.of(options), "-o", library, source);
    return library;
  }

  private Path program(Path library) throws IOException {
    Path source = folder.resolve("program.c");
    Files.writeString(source, "int call(void);\nint main(void) { return call() == -1; }\n");
    Path program = folder.resolve("program");
    Gcc.run("-o", program, source, library, "-Wl,-rpath," + folder);
    return program;
  }

  /** On the processor of this machine, the one or the other is loaded. */
  @Test
  void librariesForProcessorsCountToo() throws IOException {
    library("glibc-hwcaps/x86-64-v2/libcall.so", "getppid()", "-Wl,-soname,libcall.so");
    Path program = program(library("libcall.so", "getpgrp()", "-Wl,-soname,libcall.so"));
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .contains("getppid", "getpgrp");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--filter=libother.so", "--auxiliary=libother.so"})
  void librariesThatStandInFrontOfOthersAreRefused(String option) throws IOException {
    Path program = program(library("libcall.so", "getpgrp()", "-Wl," + option));
    assertThatThrownBy(() -> Derivers.SHARED.derive(program, DeriveOptions.PLAIN))
        .isInstanceOf(DeriveException.class)
        .hasMessageContaining(
            "libcall.so: the dynamic linker loads \"libother.so\" in front of it");
  }
}
