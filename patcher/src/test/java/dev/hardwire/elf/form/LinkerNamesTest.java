package dev.hardwire.elf.form;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that the C library imports from the dynamic linker, here and for other machines. */
@Tag("system")
class LinkerNamesTest {
  /** Variables that no code is reached by, of which programs have copies. */
  private static final Set<String> HARMLESS =
      Set.of("__libc_stack_end", "__rseq_flags", "__rseq_offset", "__rseq_size");

  private static Outcome run(Path folder, String... command) throws IOException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      return new Outcome(process.waitFor(), Files.readString(output), "");
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static Set<String> symbols(Path folder, Path file, boolean defined) throws IOException {
    String kind = defined ? "--defined-only" : "--undefined-only";
    Outcome nm = run(folder, "nm", "-D", "--format=posix", kind, file.toString());
    assertThat(nm.status()).as(nm.toString()).isZero();
    Set<String> names = new TreeSet<>();
    nm.out().lines().forEach(line -> names.add(line.replaceFirst("[@ ].*", "")));
    return names;
  }

  @Test
  void everyNameThatCLibrariesImportIsKnown(@TempDir Path folder) throws IOException {
    List<Path> folders;
    try (Stream<Path> usr = Files.list(Path.of("/usr"))) {
      folders =
          Stream.concat(
                  Stream.of(Path.of("/usr/lib/x86_64-linux-gnu")),
                  usr.filter(path -> path.toString().contains("-linux-gnu"))
                      .map(path -> path.resolve("lib")))
              .filter(path -> Files.exists(path.resolve("libc.so.6")))
              .toList();
    }
    assertThat(folders).hasSizeGreaterThanOrEqualTo(8);
    for (Path libraries : folders) {
      Set<String> imported = symbols(folder, libraries.resolve("libc.so.6"), false);
      try (Stream<Path> linkers = Files.list(libraries)) {
        Path linker =
            linkers
                .filter(path -> path.getFileName().toString().matches("ld(-linux.*|64)\\.so\\.\\d"))
                .findFirst()
                .orElseThrow();
        imported.retainAll(symbols(folder, linker, true));
      }
      imported.removeAll(HARMLESS);
      assertThat(imported).as(libraries.toString()).contains("_rtld_global_ro", "_dl_argv");
      assertThat(imported).as(libraries.toString()).allMatch(LinkerNames::contains);
    }
  }

  @Test
  void programsThatDefineOneAreRefused(@TempDir Path folder) throws IOException {
    Path source = folder.resolve("program.c");
    Path program = folder.resolve("program");
    Path patched = folder.resolve("patched");
    for (String name : List.of("_rtld_global", "_rtld_global_ro", "__tunable_get_val")) {
      Files.writeString(
          source, "char %s[4096] = \"x\"; int main(void) { return 0; }".formatted(name));
      Outcome built =
          run(folder, "gcc", "-w", "-rdynamic", "-o", program.toString(), source.toString());
      assertThat(built.status()).as(built.out()).isZero();
      for (String hook : List.of("auto", "entry", "post-init")) {
        Outcome refused =
            Cli.run("patch", Policies.ALLOW_ALL, "--hook", hook, "-o", patched, program);
        assertThat(refused.status()).isEqualTo(3);
        assertThat(refused.err())
            .contains("replaces-linker: st_name", "defines " + name + ",", "make the name local")
            .hasLineCount(1);
      }
    }
  }
}
