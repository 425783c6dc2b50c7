package dev.hardwire.derive.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers in programs with fixed addresses that may be addresses of the file. */
@Tag("system")
class FixedAddressesTest {
  private static final String PROGRAM =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      typedef void (*function)(void);
      void hidden(void) {
        long result;
        __asm__ volatile("syscall" : "=a"(result) : "0"(162) : "rcx", "r11", "memory");
      }
      const function table[] = {0, hidden};
      volatile long number;
      int main(int argc, char **argv) {
        %s
        return 0;
      }
      """;

  @TempDir private Path folder;

  /** A program whose functions are dynamic symbols. */
  private Path build(String code) throws IOException {
    Path source = folder.resolve("program.c");
    Files.writeString(source, PROGRAM.formatted(code));
    Path program = folder.resolve("program");
    Gcc.run("-O1", "-w", "-no-pie", "-fno-pie", "-rdynamic", "-o", program, source);
    return program;
  }

  private static Set<String> names(Path program, boolean safe) throws IOException {
    return Derivers.SHARED.derive(program, new DeriveOptions(List.of(), List.of(), safe)).names();
  }

  private static long symbols(Path program) throws IOException {
    return ElfFile.parse(Bytes.copyOf(Files.readAllBytes(program)))
        .dynamicValue(DynamicTag.SYMTAB)
        .orElseThrow();
  }

  @Test
  void numbersThatAreAddressesOfSymbolsLeadNowhere() throws IOException {
    long symbols = symbols(build("number = 0x400000;"));
    Path program = build("number = 0x%x;".formatted(symbols));
    assertThat(symbols(program)).isEqualTo(symbols);
    assertThat(names(program, false)).doesNotContain("sync");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "number = (long) table;",
        "number = (long) hidden;",
        "__asm__ volatile(\"push $hidden; call *(%rsp); pop %rax\");",
        "__asm__ volatile(\"xor %eax, %eax; and $hidden, %eax; mov %eax, number\");",
        "__asm__ volatile(\"xor %eax, %eax; lea hidden(%rax), %rax; mov %rax, number\");",
        "((function) dlsym(RTLD_DEFAULT, \"hidden\"))();",
      })
  void functionsThatAreNamedCount(String code) throws IOException {
    assertThat(names(build(code), false)).contains("sync");
  }

  @Test
  void pointersInDataCountIfAllDoEvenWithoutReferences() throws IOException {
    assertThat(names(build(""), true)).contains("sync"); // table
    assertThat(names(build(""), false)).doesNotContain("sync");
  }
}
