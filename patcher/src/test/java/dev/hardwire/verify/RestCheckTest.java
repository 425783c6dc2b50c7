package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.Section;
import dev.hardwire.policy.Hook;
import dev.hardwire.verify.result.Check;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No byte of a hard-wired file can be changed unnoticed, whether anything reads it or not. */
@Tag("system")
class RestCheckTest {
  private static final String LIBRARY = "/lib/x.so";

  /** Meets every field of headers of 40 and 64 bytes. */
  private static final int STEP = 13;

  /** Meets each field in some of the headers. */
  private static final int SPARSE = 41;

  private static List<String> failed(Bytes file, Optional<Bytes> original) {
    return Verifier.verify(
            file, original.map(Expectations.NONE::withOriginal).orElse(Expectations.NONE))
        .checks()
        .stream()
        .filter(check -> !check.passed())
        .map(Check::name)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"gcc-pie,INIT", "no-note-static,ENTRY"})
  void everyChangedByteIsFound(String fixture, Hook hook) throws IOException {
    everyByte(fixture, hook, SPARSE);
  }

  @ParameterizedTest
  @CsvSource({
    "gcc-pie,INIT",
    "no-note-static,ENTRY",
    "gcc-static,ENTRY",
    "no-sections-pie,INIT",
    "musl-pie,POST_INIT"
  })
  @Tag("long")
  void everyChangedByteOfMoreFilesIsFound(String fixture, Hook hook) throws IOException {
    everyByte(fixture, hook, STEP);
  }

  private static void everyByte(String fixture, Hook hook, int step) throws IOException {
    PatchedFile file = PatchedFile.of(fixture, hook);
    long originalSize = PatchedFile.original(fixture).size();
    assertThat(unnoticed(file, originalSize, step, at -> true)).isEmpty();
  }

  /** Another library's name makes a file that needs that library, and tells so. */
  @ParameterizedTest
  @ValueSource(strings = "lld-pie")
  void everyChangedByteIsFoundInModeNeeded(String fixture) throws IOException {
    everyByteInModeNeeded(fixture, SPARSE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lld-pie", "gcc-pie"})
  @Tag("long")
  void everyChangedByteOfMoreFilesIsFoundInModeNeeded(String fixture) throws IOException {
    everyByteInModeNeeded(fixture, STEP);
  }

  private static void everyByteInModeNeeded(String fixture, int step) throws IOException {
    Bytes original = PatchedFile.original(fixture);
    PatchedFile file = PatchedFile.needing(LIBRARY, original, PatchedFile.POLICY);
    long name = file.bytes().indexOf(LIBRARY.getBytes(StandardCharsets.US_ASCII), 0);
    assertThat(
            unnoticed(
                file, original.size(), step, at -> at < name || at >= name + LIBRARY.length()))
        .isEmpty();
  }

  private static List<Long> unnoticed(
      PatchedFile file, long originalSize, int step, LongPredicate counts) {
    assertThat(failed(file.bytes(), Optional.empty())).isEmpty();
    LongStream before =
        LongStream.range(0, originalSize).filter(at -> at % (step * originalSize / 1300) == 0);
    LongStream added =
        LongStream.range(originalSize, file.bytes().size()).filter(at -> at % step == 0);
    List<Long> unnoticed = new ArrayList<>();
    LongStream.concat(before, added)
        .filter(counts)
        .forEach(
            at -> {
              file.flip(at);
              if (failed(file.bytes(), Optional.empty()).isEmpty()) {
                unnoticed.add(at);
              }
              file.flip(at);
            });
    return unnoticed;
  }

  @Test
  void appendedBytesAreFound() throws IOException {
    Bytes file = PatchedFile.of("gcc-pie", Hook.INIT).bytes();
    Bytes longer = Bytes.concat(List.of(file, Bytes.zeros(1)));
    assertThat(failed(longer, Optional.empty())).containsExactly("rest");
    assertThat(failed(longer, Optional.of(PatchedFile.original("gcc-pie")))).contains("rest");
  }

  @Test
  void sectionHeaderThatLiesIsFound() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    Section text = file.elf.section(section -> section.name().equals(".text")).orElseThrow();
    long header = file.elf.header().shoff() + (long) text.index() * 64;
    file.put(
        header + 24, new ByteWriter(ByteOrder.LITTLE_ENDIAN).u64(text.offset() + 16).toBytes());
    assertThat(failed(file.bytes(), Optional.empty())).containsExactly("rest");
  }

  @Test
  void innerPatchIsLookedAtToo() throws IOException {
    Bytes inner = PatchedFile.of("gcc-pie", Hook.INIT).bytes();
    Bytes longer = Bytes.concat(List.of(inner, Bytes.zeros(1)));
    assertThat(
            failed(
                PatchedFile.of(longer, Hook.INIT, PatchedFile.POLICY, true).bytes(),
                Optional.empty()))
        .containsExactly("layer 2 rest");
  }
}
