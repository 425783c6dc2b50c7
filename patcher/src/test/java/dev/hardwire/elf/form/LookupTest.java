package dev.hardwire.elf.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.LoaderChecks;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Originals in which the dynamic linker would find another {@code __libc_start_main}, or other
 * code, than a reader that trusts counts and sizes.
 */
@Tag("system")
class LookupTest {
  private static final int SYMBOL = 24;
  private static final int NEED_OTHER = 6;
  private static final int NEED_NAME = 8;
  private static final int NEED_NEXT = 12;

  private static ElfFile read(String fixture) throws IOException {
    return ElfFile.parse(Bytes.wrap(Files.readAllBytes(Fixtures.named(fixture).path())));
  }

  private static long table(ElfFile elf, long tag) {
    return elf.fileOffset(elf.dynamicValue(tag).orElseThrow(), 1).orElseThrow();
  }

  private static ElfFile with(ElfFile elf, long offset, int size, long value) {
    ByteBuffer all = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    Bytes bytes = Bytes.wrap(all.putLong(value).array()).slice(0, size);
    return ElfFile.parse(elf.bytes().withChanges(List.of(new Change(offset, bytes))));
  }

  private static void requireRefused(ElfFile good, ElfFile bad, String field) {
    assertThatCode(() -> check(good)).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(bad))
        .isInstanceOfSatisfying(
            ElfFormatException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  private static void check(ElfFile elf) {
    NormalForm.of(elf, Set.of());
    StartCode.check(elf, Hook.POST_INIT);
  }

  /** A bucket is followed whatever nchain says. */
  @Test
  void hashTableLeadsToUncountedSymbols() throws IOException {
    ElfFile elf = read("hash-sysv-pie");
    long hash = table(elf, DynamicTag.HASH);
    long chains = elf.bytes().u32(hash + 4);
    requireRefused(elf, with(elf, hash + 8, 4, chains), "DT_HASH");
    requireRefused(elf, with(elf, hash + 4, 4, chains - 1), "DT_HASH");
  }

  /** A chain that starts before the table of chains goes on until a word is odd. */
  @Test
  void chainStartsBeforeFirstSymbol() throws IOException {
    ElfFile elf = read("gcc-pie");
    long hash = table(elf, DynamicTag.GNU_HASH);
    long bucket = hash + 16 + elf.bytes().u32(hash + 8) * Long.BYTES;
    requireRefused(elf, with(elf, bucket, 4, 1), "DT_GNU_HASH");
  }

  /** Names are read to their end, behind DT_STRSZ too. */
  @Test
  void nameBehindTheStrings() throws IOException {
    ElfFile elf = read("gcc-pie");
    long symbols = table(elf, DynamicTag.SYMTAB);
    long size = elf.dynamicValue(DynamicTag.STRSZ).orElseThrow();
    for (int i = 1; i <= 2; i++) {
      requireRefused(elf, with(elf, symbols + (long) i * SYMBOL, 4, size + 8), "st_name");
    }
  }

  /** Of several versions with one index the dynamic linker takes the last. */
  @Test
  void versionStandsTwice() throws IOException {
    ElfFile elf = read("gcc-pie");
    List<Long> versions = versions(elf);
    long found = 0;
    for (long version : versions) {
      String name =
          elf.bytes().cString(table(elf, DynamicTag.STRTAB) + elf.bytes().u32(version + NEED_NAME));
      found = name.equals("GLIBC_2.34") ? version : found;
    }
    int index = elf.bytes().u16(found + NEED_OTHER);
    for (long version : versions) {
      if (version != found) {
        requireRefused(elf, with(elf, version + NEED_OTHER, 2, index), "e_entry");
      }
    }
  }

  /** Dynamic linkers compare hashes before names, and go on without a weak version. */
  @Test
  void versionsAreAsLinkersWriteThem() throws IOException {
    ElfFile elf = read("gcc-pie");
    long library = table(elf, DynamicTag.VERNEED) + 4;
    requireRefused(
        elf, with(elf, library, 4, elf.bytes().u32(versions(elf).get(0) + 8)), "vn_file");
    for (long version : versions(elf)) {
      requireRefused(elf, with(elf, version, 4, elf.bytes().u32(version) + 1), "vna_hash");
      requireRefused(elf, with(elf, version + 4, 2, 1), "vna_flags");
      String name =
          elf.bytes().cString(table(elf, DynamicTag.STRTAB) + elf.bytes().u32(version + NEED_NAME));
      ElfFile weak = with(elf, version + 4, 2, 2);
      if (name.equals("GLIBC_2.34")) {
        requireRefused(elf, weak, "e_entry");
      } else {
        assertThatCode(() -> check(weak)).doesNotThrowAnyException();
      }
    }
  }

  private static List<Long> versions(ElfFile elf) {
    List<Long> all = new ArrayList<>();
    long header = table(elf, DynamicTag.VERNEED);
    long at = header + elf.bytes().u32(header + NEED_NAME);
    all.add(at);
    while (elf.bytes().u32(at + NEED_NEXT) != 0) {
      at += elf.bytes().u32(at + NEED_NEXT);
      all.add(at);
    }
    return all;
  }

  /** The lists of versions end where they say, not after as many as they count. */
  @Test
  void countOfVersionsIsNoBound() throws IOException {
    ElfFile elf = read("gcc-pie");
    long count = table(elf, DynamicTag.VERNEED) + 2;
    ElfFile less = with(elf, count, 2, 1);
    assertThatCode(() -> check(less)).doesNotThrowAnyException();
    requireRefused(elf, with(less, versions(elf).get(1) + NEED_NEXT, 4, 1 << 20), "DT_VERNEED");
  }

  /** Dynamic linkers compute where unbound slots lead from the second word of the table. */
  @Test
  void tableIsThatOfPrelinkedFile() throws IOException {
    for (String fixture :
        List.of("aarch64-pie", "arm-pie", "i386-nonpie", "riscv64-pie", "loongarch64-pie")) {
      ElfFile elf = read(fixture);
      int word = elf.header().elfClass().wordSize();
      long second = table(elf, DynamicTag.PLTGOT) + word;
      requireRefused(elf, with(elf, second, word, elf.header().entry()), "e_entry");
    }
  }

  /** Kernels before 5.0 refuse a table that is larger than a page, and a shell reads the file. */
  @Test
  void tableOfProgramHeadersIsLargerThanPage() throws IOException {
    ElfFile elf = read("gcc-static");
    int size = (int) elf.bytes().size();
    byte[] grown = Arrays.copyOf(elf.bytes().toArray(), size + 74 * 56);
    int table = (int) elf.header().phoff();
    System.arraycopy(grown, table, grown, size, elf.header().phnum() * 56);
    ByteBuffer header = ByteBuffer.wrap(grown).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(32, size).putShort(56, (short) 73);
    ElfFile most = ElfFile.parse(Bytes.copyOf(grown));
    header.putShort(56, (short) 74);
    assertThatCode(() -> NormalForm.of(most, Set.of())).doesNotThrowAnyException();
    assertThatThrownBy(() -> NormalForm.of(ElfFile.parse(Bytes.copyOf(grown)), Set.of()))
        .hasMessageContaining("e_phnum")
        .hasMessageContaining("no table of 4144 bytes");
  }

  /** On a kernel with pages of 64 KiB, the second segment would cover the first. */
  @Test
  void segmentsShareLargePage() throws IOException {
    ElfFile elf = read("aarch64-pie");
    int first = elf.programHeaders().indexOf(elf.loads().get(0));
    long memsz = elf.header().phoff() + 56L * first + 40;
    requireRefused(elf, with(elf, memsz, 8, 0x1_0001), "p_vaddr");
    assertThat(LoaderChecks.largestPage(elf)).isEqualTo(0x1_0000);
    long align = elf.header().phoff() + 56L * first + 48;
    assertThat(LoaderChecks.largestPage(with(elf, align, 8, 0x1000))).isEqualTo(0x1000);
  }
}
