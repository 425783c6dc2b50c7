package dev.hardwire.patch.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.LayoutCheck;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Position;
import dev.hardwire.stub.Argument;
import dev.hardwire.stub.PhaseProgram;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.Step;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.SampleElf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The plans for small files that were reviewed and committed. {@code -Dhardwire.golden=write}
 * writes them anew: review the difference.
 */
class GoldenPlanTest {
  private static final Path GOLDEN = Path.of("src/test/resources/dev/hardwire/patch/plan");
  private static final String SUFFIX = ".plan";
  private static final String POLICY = "a policy\n";
  private static final long FIXED = 0x40_0000;

  /** What matters here is only that there is a program; it calls getpid. */
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

  private record Sample(SampleElf elf, Optional<Hook> hook, List<PhaseProgram> phases) {
    Sample(SampleElf elf, Optional<Hook> hook) {
      this(elf, hook, List.of());
    }

    Bytes file() {
      return elf.build();
    }
  }

  /** By the layout that is chosen (docs/architecture.md, "File layout"), or by the hook. */
  private static final Map<String, Sample> SAMPLES =
      Map.ofEntries(
          sample("a-duplicate-note", new SampleElf(), Hook.INIT),
          sample("a-duplicate-note-post-init", new SampleElf(), Hook.POST_INIT),
          sample("a-duplicate-note-entry", new SampleElf(), Hook.ENTRY),
          sample("first", new SampleElf(), Hook.FIRST),
          sample("first-fixed", new SampleElf().fixed(FIXED).withoutProperty(), Hook.FIRST),
          sample("gap", new SampleElf().withoutProperty().gap(112), Hook.INIT),
          sample("b-moving-interp", new SampleElf().withoutProperty(), Hook.INIT),
          sample(
              "b-growing-first-load", new SampleElf().withoutProperty().headersAlone(), Hook.INIT),
          sample("c-moving-tables", new SampleElf().withoutProperty().withoutBuildId(), Hook.INIT),
          sample(
              "c-moving-tables-fixed",
              new SampleElf().fixed(FIXED).withoutProperty().withoutBuildId(),
              Hook.POST_INIT),
          sample(
              "fallback-blocked",
              new SampleElf().fixed(FIXED).isStatic().withoutProperty().withoutBuildId(),
              Hook.ENTRY),
          sample("fallback-large-bss", new SampleElf().withoutSections().bss(1 << 20), Hook.INIT),
          sample("fallback-base", new SampleElf().fixed(FIXED).withoutSections(), Hook.INIT),
          sample("hook-words-in-place", new SampleElf().fixed(FIXED), Hook.INIT),
          sample("hook-static-post-init", new SampleElf().fixed(FIXED).isStatic(), Hook.POST_INIT),
          sample("hook-packed-relocations", packed(), Hook.INIT),
          sample("hook-packed-relocations-post-init", packed(), Hook.POST_INIT),
          sample("hook-repeated-addends", new SampleElf().repeatedAddends(), Hook.INIT),
          phases("phase-first-call", new SampleElf().imports("epoll_wait"), "epoll_wait"),
          phases(
              "phase-first-call-fixed",
              new SampleElf().fixed(FIXED).imports("epoll_wait").bss(3),
              "epoll_wait"),
          phases("phase-main", new SampleElf(), ""),
          Map.entry(
              "hook-auto-static",
              new Sample(new SampleElf().fixed(FIXED).isStatic(), Optional.empty())),
          Map.entry("hook-auto-dynamic", new Sample(new SampleElf(), Optional.empty())),
          Map.entry(
              "hook-auto-without-array",
              new Sample(new SampleElf().withoutInitArray(), Optional.empty())));

  private static SampleElf packed() {
    return new SampleElf().relocations(SampleElf.Relocations.RELR);
  }

  private static Map.Entry<String, Sample> sample(String name, SampleElf elf, Hook hook) {
    return Map.entry(name, new Sample(elf, Optional.of(hook)));
  }

  private static Map.Entry<String, Sample> phases(String name, SampleElf elf, String function) {
    Phase phase =
        new Phase(
            "work",
            Optional.of(function).filter(some -> !some.isEmpty()),
            Action.ALLOW,
            List.of(),
            Position.NONE,
            Position.NONE);
    List<PhaseProgram> phases = List.of(new PhaseProgram(phase, PROGRAM));
    return Map.entry(name, new Sample(elf, Optional.of(Hook.INIT), phases));
  }

  static Stream<Arguments> samples() {
    return SAMPLES.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> arguments(entry.getKey(), entry.getValue()));
  }

  private static PatchPlan plan(Sample sample) {
    PatchRequest request =
        PatchRequest.of(PROGRAM, POLICY)
            .with(sample.hook().map(PatchSettings.DEFAULT::withHook).orElse(PatchSettings.DEFAULT))
            .withPhases(sample.phases());
    return PatchPlanner.plan(ElfFile.parse(sample.file()), request);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("samples")
  void thePlanIsTheReviewedOne(String name, Sample sample) throws IOException {
    PatchPlan plan = plan(sample);
    String text = PlanText.of(plan, PatchedBytes.of(sample.file(), plan));
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
    Bytes patched = PatchedBytes.of(sample.file(), plan(sample));
    assertThat(LayoutCheck.faults(ElfFile.parse(patched))).isEmpty();
    HardwireNotes notes = HardwireNotes.last(ElfFile.parse(patched)).orElseThrow();
    assertThat(OriginalBytes.of(patched, notes.record())).isEqualTo(sample.file());
    assertThat(notes.policy().text()).isEqualTo(POLICY);
  }

  @Tag("system")
  @ParameterizedTest(name = "{0}")
  @MethodSource("samples")
  void theResultRuns(String name, Sample sample, @TempDir Path folder) throws IOException {
    Path program = folder.resolve(name);
    Files.write(program, PatchedBytes.of(sample.file(), plan(sample)).toArray());
    assertThat(program.toFile().setExecutable(true)).isTrue();
    assertThat(Programs.run(program)).isEqualTo(new Outcome(7, "", ""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("samples")
  void theSameAgainIsTheSame(String name, Sample sample) {
    PatchPlan plan = plan(sample);
    assertThat(plan(sample)).isEqualTo(plan);
    assertThat(PatchedBytes.of(sample.file(), plan).sha256())
        .isEqualTo(PatchedBytes.of(sample.file(), plan(sample)).sha256());
  }

  @Test
  void everyGoldenPlanHasItsSample() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(SUFFIX, "")))
          .containsExactlyInAnyOrderElementsOf(SAMPLES.keySet());
    }
  }
}
