package dev.hardwire.live.derive.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which names of libraries are reported as those that a program may load. */
@Tag("system")
class LoadedNamesTest {
  private static final String LOADS =
      """
      #include <dlfcn.h>
      void *load(const char *name) { return dlopen(name, RTLD_NOW); }
      """;
  private static final String CALLS_OTHER = "int load(const char *name) { return name[0]; }";
  private static final String NAMES =
      """
      void *load(const char *name);
      void *volatile kept;
      void reached(void) { kept = load("libplugin.so.3"); kept = load("libpart.so"); }
      void unused(void) { kept = load("libunused.so"); }
      """;

  @TempDir private Path folder;

  private Path library(String name, String code, String... options) throws IOException {
    Path source = folder.resolve(name + ".c");
    Files.writeString(source, code);
    Path file = folder.resolve("lib" + name + ".so");
    Programs.output("gcc", "-O1", "-w", "-shared", "-fPIC", "-o", file, source, List.of(options));
    return file;
  }

  /** A program with a library that names others, and one that loads them or not. */
  private Derivation derive(String loader) throws IOException {
    Path part = library("part", loader);
    Path names = library("names", NAMES, part.toString());
    Path source = folder.resolve("program.c");
    Files.writeString(source, "void reached(void);\nint main() { reached(); return 0; }\n");
    Path program = folder.resolve("program");
    Programs.output(
        "gcc", "-O1", "-o", program, source, names, part, "-Wl,-rpath," + folder.toRealPath());
    return new Deriver().derive(program, DeriveOptions.PLAIN);
  }

  @Test
  void namesMayComeFromFilesThatNeedWhatLoads() throws IOException {
    Derivation found = derive(LOADS);
    assertThat(found.loaded()).contains("libplugin.so.3").doesNotContain("libunused.so");
    assertThat(found.loaded()).as("it is there already").doesNotContain("libpart.so");
    assertThat(DerivedPolicy.of(found, "p", new UnknownAnswer.Refuse(), false).text())
        .containsPattern("# may load .*libplugin\\.so\\.3");
  }

  @Test
  void withoutSuchAFileTheStringsAreNoNames() throws IOException {
    assertThat(derive(CALLS_OTHER).loaded()).doesNotContain("libplugin.so.3", "libunused.so");
  }
}
