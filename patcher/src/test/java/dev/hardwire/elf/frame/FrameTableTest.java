package dev.hardwire.elf.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Reads the call frame information of a library that is part of every JDK, whole and damaged. */
class FrameTableTest {
  private static byte[] library;

  @BeforeAll
  static void readLibrary() throws IOException {
    library = Files.readAllBytes(Path.of(System.getProperty("java.home"), "lib", "libjava.so"));
  }

  private static List<FrameTable.Function> functions(ElfFile elf) {
    List<FrameTable.Function> found = new ArrayList<>();
    FrameTable.of(elf).ifPresent(table -> table.forEach(found::add));
    return found;
  }

  private static Section table(ElfFile elf) {
    return elf.section(section -> section.name().equals(".eh_frame")).orElseThrow();
  }

  @Test
  void functionsAreFoundByTheirAddresses() {
    ElfFile elf = ElfFile.parse(Bytes.wrap(library));
    List<FrameTable.Function> all = functions(elf);
    assertThat(all).hasSizeGreaterThan(100);
    for (FrameTable.Function function : all) {
      assertThat(elf.isExecutable(function.start())).isTrue();
      long last = function.start() + function.size() - 1;
      assertThat(FrameTable.of(elf).orElseThrow().at(last))
          .map(FrameTable.Function::start)
          .hasValue(function.start());
    }
    assertThat(FrameTable.of(elf).orElseThrow().at(0)).isEmpty();
  }

  @Test
  void withoutSectionsTheTableIsFoundThroughItsHeader() {
    byte[] stripped = library.clone();
    for (int at = 0x28; at < 0x30; at++) { // e_shoff
      stripped[at] = 0;
    }
    for (int at = 0x3c; at < 0x40; at++) { // e_shnum and e_shstrndx
      stripped[at] = 0;
    }
    ElfFile elf = ElfFile.parse(Bytes.wrap(stripped));
    assertThat(elf.sections()).isEmpty();
    List<Long> starts = functions(elf).stream().map(FrameTable.Function::start).toList();
    List<Long> named =
        functions(ElfFile.parse(Bytes.wrap(library))).stream()
            .map(FrameTable.Function::start)
            .toList();
    assertThat(starts).startsWith(named.toArray(Long[]::new));
  }

  @Test
  void aRecordThatEndsPastTheTableIsRefusedWithItsOffset() {
    byte[] damaged = library.clone();
    int at = (int) table(ElfFile.parse(Bytes.wrap(library))).offset();
    damaged[at + 2] = 0x7f;
    assertThat(refusal(damaged))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.offset()).isEqualTo(at);
              assertThat(refusal.field()).isEqualTo(".eh_frame");
              assertThat(refusal.reason()).endsWith("ends past the table");
            });
  }

  @Test
  void damagedTablesAreReadOrRefused() {
    Section table = table(ElfFile.parse(Bytes.wrap(library)));
    Random random = new Random(1);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = library.clone();
      for (int i = 0; i < 3; i++) {
        damaged[(int) (table.offset() + random.nextLong(table.size()))] = (byte) random.nextInt();
      }
      refused += refusal(damaged).isPresent() ? 1 : 0;
    }
    assertThat(refused).isBetween(1, 299);
  }

  private static Optional<ElfFormatException> refusal(byte[] file) {
    try {
      functions(ElfFile.parse(Bytes.wrap(file)));
      return Optional.empty();
    } catch (ElfFormatException refusal) {
      return Optional.of(refusal);
    }
  }
}
