package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import dev.hardwire.verify.Acceptance;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the dynamic linker reads and writes has to lie in what is loaded, as a patch maps more. */
@Tag("system")
class ReachTest {
  private static final int SYMBOL_SIZE = 24;
  private static final int ST_SIZE = 16;
  private static final int R_X86_64_COPY = 5;

  private static Relocation copy(ElfFile elf) {
    return elf.relocations().touching(0, Long.MAX_VALUE).stream()
        .filter(relocation -> relocation.type() == R_X86_64_COPY)
        .findFirst()
        .orElseThrow();
  }

  private static byte[] with(byte[] file, long offset, long value) {
    new ElfField("word", offset, 8).set(file, value);
    return file;
  }

  private static ElfFormatException refused(byte[] file) {
    ElfFormatException e =
        catchThrowableOfType(
            ElfFormatException.class,
            () -> Patching.patch(ElfFile.parse(Bytes.wrap(file)), Hook.INIT));
    assertThat(e).isNotNull();
    return e;
  }

  @ParameterizedTest
  @ValueSource(longs = {0x4000_0000, Long.MAX_VALUE, -1})
  void aCopyRelocationReachesAsFarAsItsSymbol(long size) {
    byte[] file = Patching.fixture("bss-pie");
    ElfFile elf = ElfFile.parse(Bytes.wrap(file));
    Relocation copy = copy(elf);
    long symbols = elf.dynamicEntry(DynamicTag.SYMTAB).orElseThrow().value();
    long field = symbols + copy.symbol() * SYMBOL_SIZE + ST_SIZE;
    ElfFormatException e = refused(with(file, field, size));
    assertThat(e.refusal()).as(e.getMessage()).isEqualTo(Refusal.BAD_RELOCATIONS);
    assertThat(e.offset()).isEqualTo(copy.fileOffset());
    assertThat(e).hasMessageContaining("reaches past what is loaded");
  }

  /** A variable of one byte at the end of a segment, as lld and mold put it. */
  @ParameterizedTest
  @ValueSource(strings = {"lld", "mold"})
  void aCopyRelocationReachesNoFartherThanItsSymbol(String linker, @TempDir Path folder)
      throws IOException {
    Path library = folder.resolve("libone.so");
    Path source = Files.writeString(folder.resolve("one.c"), "char one = 7;");
    Programs.output("gcc", "-shared", "-fPIC", "-o", library, source);
    Path program = folder.resolve("program");
    Path main =
        Files.writeString(
            folder.resolve("main.c"), "extern char one; int main(void) { return one; }");
    Programs.output(
        "gcc",
        "-no-pie",
        "-fuse-ld=" + linker,
        "-o",
        program,
        main,
        library,
        "-Wl,-rpath," + folder);
    Path patched = folder.resolve("patched");
    Cli.ok("patch", "--deny", "kexec_load", "-o", patched, program);
    assertThat(Programs.run(patched).status()).isEqualTo(7);
    Cli.ok("verify", patched);
  }

  /** The dynamic linker writes a word for each entry that DT_RELACOUNT counts. */
  @Test
  void aCountedCopyRelocationWritesAWord() {
    byte[] file = Patching.fixture("bss-pie");
    ElfFile elf = ElfFile.parse(Bytes.wrap(file));
    Relocation copy = copy(elf);
    long symbols = elf.dynamicEntry(DynamicTag.SYMTAB).orElseThrow().value();
    with(file, symbols + copy.symbol() * SYMBOL_SIZE + ST_SIZE, 1);
    assertThat(new RelocationReach(ElfFile.parse(Bytes.wrap(file))).bytes(copy.fileOffset()))
        .isEqualTo(1);
    long count = elf.dynamicEntry(DynamicTag.RELACOUNT).orElseThrow().fileOffset();
    with(file, count + Long.BYTES, 1000);
    assertThat(new RelocationReach(ElfFile.parse(Bytes.wrap(file))).bytes(copy.fileOffset()))
        .isEqualTo(8);
  }

  @Test
  void aCopyRelocationRequiresATableOfSymbols() {
    byte[] file = Patching.fixture("bss-pie");
    ElfFile elf = ElfFile.parse(Bytes.wrap(file));
    long tag = elf.dynamicEntry(DynamicTag.SYMTAB).orElseThrow().fileOffset();
    ElfFile without = ElfFile.parse(Bytes.wrap(with(file, tag, 0x6000_0001L)));
    RelocationReach reach = new RelocationReach(without);
    ElfFormatException e =
        catchThrowableOfType(ElfFormatException.class, () -> reach.bytes(copy(elf).fileOffset()));
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo("symbol %d is not in the file", copy(elf).symbol());
  }

  @ParameterizedTest
  @ValueSource(longs = {0x4000_0000, 0x7fff_ffff_ffff_fff0L})
  void aRelocationBehindTheProgramIsRefused(long place) {
    byte[] file = Patching.fixture("bss-pie");
    Relocation copy = copy(ElfFile.parse(Bytes.wrap(file)));
    ElfFormatException e = refused(with(file, copy.fileOffset(), place));
    assertThat(e.refusal()).as(e.getMessage()).isEqualTo(Refusal.BAD_RELOCATIONS);
    assertThat(e.field()).isEqualTo("r_offset");
  }

  private static String tls(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    int index = elf.programHeaders().indexOf(elf.segment(SegmentType.TLS).orElseThrow());
    return "phdr[%d].".formatted(index);
  }

  /** Variables that start as zero take no place in the program. */
  @Test
  void manyThreadLocalVariablesArePatched() {
    CorruptFile file = CorruptFile.of("cet-pie");
    ElfFile elf = ElfFile.parse(file.set(tls(file) + "p_memsz", 0x10_0000).bytes());
    Bytes patched = Patching.patch(elf, Hook.INIT);
    Report report =
        Verifier.verify(
            patched,
            Expectations.NONE.with(VerifySettings.NONE.accepting(Acceptance.EMPTY_POLICY)));
    assertThat(report.passed()).as(report.toString()).isTrue();
  }

  @Test
  void valuesOfThreadLocalVariablesMustBeLoaded() {
    CorruptFile file = CorruptFile.of("cet-pie");
    ElfFormatException e = refused(file.set(tls(file) + "p_vaddr", 0x10_0004).bytes().toArray());
    assertThat(e.refusal()).as(e.getMessage()).isEqualTo(Refusal.BAD_SEGMENT);
    assertThat(e.field()).isEqualTo("p_memsz");
  }
}
