package dev.hardwire.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.Hook;
import dev.hardwire.image.LayoutCheck;
import dev.hardwire.image.OriginalImage;
import dev.hardwire.image.PatchedImage;
import dev.hardwire.stub.Argument;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The plans for small files that were reviewed and committed. {@code -Dhardwire.golden=write}
 * writes them anew: review the difference.
 */
class GoldenPlanTest {
  private static final Path GOLDEN = Path.of("src/test/resources/dev/hardwire/plan");
  private static final String SUFFIX = ".plan";
  private static final String POLICY = "a policy\n";

  /** What matters here is only that there is a program; it has one step. */
  private static final SetupProgram PROGRAM =
      new SetupProgram(
          List.of(
              new Step.SystemCall(
                  39,
                  Collections.nCopies(6, new Argument.Value(0)),
                  OptionalInt.empty(),
                  Step.Failure.ERROR,
                  0,
                  0,
                  0,
                  4)),
          Bytes.wrap(new byte[] {'f', 'a', 'i', 'l'}));

  private record Sample(Bytes file, Optional<Hook> hook) {}

  private static final Map<String, Sample> SAMPLES =
      Map.ofEntries(
          sample("a-duplicate-note", SampleFiles.duplicateNote(), Hook.INIT),
          sample("a-duplicate-note-post-init", SampleFiles.duplicateNote(), Hook.POST_INIT),
          sample("a-duplicate-note-entry", SampleFiles.duplicateNote(), Hook.ENTRY),
          sample("b-moving-interp", SampleFiles.movingInterp(), Hook.INIT),
          sample("b-symbols-of-moved-sections", SampleFiles.symbolsOfMovedSections(), Hook.INIT),
          sample("b-growing-first-load", SampleFiles.growingFirstLoad(), Hook.INIT),
          sample("c-moving-tables", SampleFiles.movingTables(), Hook.INIT),
          sample("c-without-notes", SampleFiles.withoutNotes(), Hook.INIT),
          sample("fallback-blocked", SampleFiles.blockedByRelocations(), Hook.INIT),
          sample("fallback-large-bss", SampleFiles.withoutSectionsLargeBss(), Hook.INIT),
          sample("fallback-base", SampleFiles.withoutSectionsNonZeroBase(), Hook.ENTRY),
          sample("hook-static-words", SampleFiles.staticProgram(), Hook.INIT),
          sample("hook-packed-relocations", SampleFiles.packedRelocations(), Hook.INIT),
          sample("hook-packed-relocations-post", SampleFiles.packedRelocations(), Hook.POST_INIT),
          sample("hook-repeated-addends", SampleFiles.repeatedAddends(), Hook.INIT),
          Map.entry("hook-auto-static", new Sample(SampleFiles.staticProgram(), Optional.empty())),
          Map.entry("hook-auto-dynamic", new Sample(SampleFiles.movingInterp(), Optional.empty())));

  private static Map.Entry<String, Sample> sample(String name, Bytes file, Hook hook) {
    return Map.entry(name, new Sample(file, Optional.of(hook)));
  }

  static Stream<Arguments> samples() {
    return SAMPLES.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> arguments(entry.getKey(), entry.getValue()));
  }

  private static PatchPlan plan(Sample sample) {
    PatchRequest request = new PatchRequest(PROGRAM, POLICY, sample.hook(), false, false);
    return PatchPlanner.plan(ElfFile.parse(Bytes.copyOf(sample.file().toArray())), request);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("samples")
  void thePlanIsTheReviewedOne(String name, Sample sample) throws IOException {
    PatchPlan plan = plan(sample);
    String text = PlanText.of(plan, PatchedImage.of(sample.file(), plan));
    Path golden = GOLDEN.resolve(name + SUFFIX);
    if (System.getProperty("hardwire.golden", "").equals("write")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(golden, text);
    }
    assertThat(text).isEqualTo(Files.readString(golden));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("samples")
  void theResultIsSoundAndCanBeUndone(String name, Sample sample) {
    ElfFile original = ElfFile.parse(sample.file());
    assertThat(LayoutCheck.faults(original)).as("faults of the sample itself").isEmpty();
    Bytes patched = PatchedImage.of(sample.file(), plan(sample));
    assertThat(LayoutCheck.faults(ElfFile.parse(patched))).isEmpty();
    HardwireNotes notes = HardwireNotes.last(ElfFile.parse(patched)).orElseThrow();
    assertThat(OriginalImage.of(patched, notes.record())).isEqualTo(sample.file());
    assertThat(notes.policy().text()).isEqualTo(POLICY);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("samples")
  void theSameAgainIsTheSame(String name, Sample sample) {
    PatchPlan plan = plan(sample);
    assertThat(plan(sample)).isEqualTo(plan);
    assertThat(PatchedImage.of(sample.file(), plan).sha256())
        .isEqualTo(PatchedImage.of(sample.file(), plan(sample)).sha256());
  }

  @Test
  void everyGoldenPlanHasItsSample() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(SUFFIX, "")))
          .containsExactlyInAnyOrderElementsOf(SAMPLES.keySet());
    }
  }
}
