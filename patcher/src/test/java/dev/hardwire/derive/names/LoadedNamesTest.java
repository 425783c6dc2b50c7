package dev.hardwire.derive.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** What all programs have, which is compiled once. */
  @TempDir private static Path shared;

  private static Path table;
  private static Path main;

  @TempDir private Path temporary;

  private static Path compile(Path folder, String name, String code, Object... options)
      throws IOException {
    Path source = Files.writeString(folder.resolve(name + ".c"), code);
    Path made = folder.resolve(name);
    Gcc.run("-O1", "-w", "-fPIC", "-o", made, source, List.of(options));
    return made;
  }

  @BeforeAll
  static void compileWhatAllHave() throws IOException {
    String names = "const char *const table[] = {\"libplugin.so.3\"};";
    table = compile(shared, "libtable.so", names, "-shared");
    main =
        compile(
            shared, "main.o", "void reached(void); int main(void) { reached(); return 0; }", "-c");
    for (String loader : List.of(LOADS, CALLS_OTHER)) {
      compile(Files.createDirectory(part(loader).getParent()), "libpart.so", loader, "-shared");
    }
  }

  private static Path part(String loader) {
    return shared.resolve(loader.equals(LOADS) ? "loads" : "calls").resolve("libpart.so");
  }

  /** A library that names others, compiled. */
  private Path names(String code) throws IOException {
    return compile(temporary, "names.o", code, "-c");
  }

  /** A program with a library that names others, and one that loads them or not. */
  private Derivation derive(String loader, Path compiled) throws IOException {
    Path folder = Files.createTempDirectory(temporary, "program"); // files are known by their paths
    Path names = folder.resolve("libnames.so");
    Gcc.run("-shared", "-o", names, compiled, part(loader), table);
    Path program = folder.resolve("program");
    Gcc.run("-o", program, main, names, part(loader));
    return Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
  }

  @Test
  void namesMayComeFromFilesThatNeedWhatLoads() throws IOException {
    Derivation found = derive(LOADS, names(NAMES));
    assertThat(found.loaded()).contains("libplugin.so.3").doesNotContain("libunused.so");
    assertThat(found.loaded()).as("it is there already").doesNotContain("libpart.so");
    assertThat(DerivedPolicy.of(found, "p", new UnknownAnswer.Refuse(), false).text())
        .containsPattern("# may load .*libplugin\\.so\\.3");
  }

  @Test
  void withoutSuchAFileTheStringsAreNoNames() throws IOException {
    assertThat(derive(CALLS_OTHER, names(NAMES)).loaded())
        .doesNotContain("libplugin.so.3", "libunused.so");
  }

  /** In tables of pointers, of structures, of names and of distances, also those of other files. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "static const char *const names[] = {\".abi3.so\", \"libplugin.so.3\"}; | names[kept != 0]",
        "const char *names[] = {\"none\", \"libplugin.so.3\"}; | names[kept != 0]",
        "static struct part { struct part *next; const char *name; } second ="
            + " {0, \"libplugin.so.3\"}, *volatile first = &second; | first->name",
        "static struct { long size; char name[30]; } parts[] ="
            + " {{1, \"none\"}, {2, \"libplugin.so.3\"}}; | parts[kept != 0].name",
        "static const struct { long size; char name[30]; } parts[] ="
            + " {{1, \"none\"}, {2, \"libplugin.so.3\"}}; | parts[kept != 0].name",
        "static const char names[][20] = {\"libnone.so\", \"libplugin.so.3\"}; | names[kept != 0]",
        "extern const int distances[2]; asm(\".section .rodata; 1: .asciz \\\"none\\\";"
            + " 2: .asciz \\\"libplugin.so.3\\\"; .balign 4; .hidden distances;"
            + " distances: .long 1b - distances, 2b - distances; .text\");"
            + " | (const char *) distances + distances[kept != 0]",
        "extern const char *const table[1]; | table[0]",
      })
  void namesMayBeInTables(String tables, String name) throws IOException {
    String pattern =
        """
        void *load(const char *name);
        void *volatile kept;
        %s
        static const char *const others[] = {"none", "libunused.so"};
        void reached(void) { kept = load(%s); }
        void unused(void) { kept = load(others[kept != 0]); }
        """;
    Path code = names(pattern.formatted(tables, name));
    assertThat(derive(LOADS, code).loaded())
        .contains("libplugin.so.3")
        .doesNotContain("libunused.so", ".abi3.so");
    assertThat(derive(CALLS_OTHER, code).loaded()).doesNotContain("libplugin.so.3");
  }

  /** Constant strings lie side by side, those that nothing refers to as well. */
  @Test
  void stringsBehindOthersAreNoNames() throws IOException {
    String code =
        """
        void *load(const char *name);
        extern const char text[2], data[2];
        asm(".section .rodata; .hidden text, data; text: .asciz \\"a\\"; .asciz \\"libunused.so\\";"
            "data: .asciz \\"libplugin.so.3\\"; .asciz \\"b\\"; .asciz \\"libunused.so\\"; .text");
        void reached(void) { load(text); load(data); }
        """;
    assertThat(derive(LOADS, names(code)).loaded())
        .contains("libplugin.so.3")
        .doesNotContain("libunused.so");
  }
}
