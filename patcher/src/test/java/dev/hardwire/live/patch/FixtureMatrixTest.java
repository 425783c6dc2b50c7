package dev.hardwire.live.patch;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every fixture with every hook: refused for the right reason, or confined and otherwise as before.
 */
class FixtureMatrixTest {
  @Test
  void theMatrixIsNotEmpty() {
    assertThat(Fixtures.programs().stream().map(Fixture::kind).distinct())
        .containsExactlyInAnyOrder("pie", "nonpie", "static", "static-pie");
    assertThat(Fixtures.programs()).hasSizeGreaterThanOrEqualTo(60);
  }

  /** Features of fixtures in which there is less room, or where tables are elsewhere. */
  private static final List<String> LAYOUTS =
      List.of("relr", "no-note", "no-sections", "noseparate", "bss100m", "preinit", "raw-start");

  /** In C, of each linker and kind, of each kind and hook, and of each layout. */
  private static final Set<Fixture> SAMPLE =
      Set.copyOf(
          Kinds.each(
              Fixtures.programs().stream().filter(fixture -> fixture.has("c")).toList(),
              fixture -> {
                List<String> marks = new ArrayList<>(Kinds.linkerAndHook(fixture));
                LAYOUTS.stream().filter(fixture::has).forEach(marks::add);
                return marks;
              }));

  /**
   * Those of the sample with one hook in all ways, and with the others, the patch alone. Other
   * programs are patched, run and verified with one hook, and patched and run with that of auto.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.hardwire.testing.Fixtures#all")
  @Execution(ExecutionMode.CONCURRENT)
  void everyHook(Fixture fixture, @TempDir Path folder) throws IOException {
    List<Hook> one = Expected.sample(fixture);
    if (SAMPLE.contains(fixture)) {
      List<Hook> all = Expected.hooks(fixture);
      check(fixture, one, all, all, folder);
    } else {
      check(fixture, List.of(), one, withAutomatic(one, fixture), folder);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.hardwire.testing.Fixtures#all")
  @Execution(ExecutionMode.CONCURRENT)
  @Tag("long")
  void everyHookInAllWays(Fixture fixture, @TempDir Path folder) throws IOException {
    List<Hook> all = Expected.hooks(fixture);
    check(fixture, all, all, all, folder);
  }

  /** Some hooks, and the one with which {@link #automatic} compares. */
  private static List<Hook> withAutomatic(List<Hook> some, Fixture fixture) {
    List<Hook> hooks = new ArrayList<>(some);
    if (fixture.isProgram()) {
      hooks.add(Expected.runsBeforeEntry(fixture) ? Hook.POST_INIT : Expected.automatic(fixture));
    }
    return hooks;
  }

  /** Patches a fixture with some of the hooks that it can have; with others, it is refused. */
  private static void check(
      Fixture fixture, List<Hook> inAllWays, List<Hook> verified, List<Hook> patched, Path folder)
      throws IOException {
    Outcome original = fixture.isProgram() ? Programs.run(fixture.path()) : null;
    assertAll(
        Arrays.stream(Hook.values())
            .map(
                hook ->
                    () -> {
                      Path own = Files.createDirectory(folder.resolve(hook.id()));
                      Fixtures.copyLibraries(fixture, own);
                      Optional<String> refusal = Expected.refusal(fixture, hook);
                      if (refusal.isPresent()) {
                        refused(fixture, hook.id(), refusal.get(), own);
                      } else if (inAllWays.contains(hook)) {
                        new MatrixCell(fixture, hook, own, original).check();
                      } else if (patched.contains(hook)) {
                        new MatrixCell(fixture, hook, own, original)
                            .checkPatch(verified.contains(hook));
                      }
                    }));
    automatic(fixture, !inAllWays.isEmpty(), folder);
  }

  private static void refused(Fixture fixture, String hook, String refusal, Path folder) {
    Path out = folder.resolve("refused");
    var outcome = Cli.run("patch", Policies.ALLOW_ALL, "--hook", hook, "-o", out, fixture.path());
    assertThat(outcome.status()).as("%s: %s", hook, outcome).isEqualTo(3);
    assertThat(outcome.err())
        .startsWith("hardwire: %s: %s: ".formatted(fixture.path(), refusal))
        .hasLineCount(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(out).doesNotExist();
  }

  /** What {@code auto} makes is what the hook it stands for makes. */
  private static void automatic(Fixture fixture, boolean withPostInit, Path folder) {
    if (!fixture.isProgram()) {
      refused(fixture, "auto", Expected.refusal(fixture, Hook.INIT).orElseThrow(), folder);
      return;
    }
    if (Expected.runsBeforeEntry(fixture)) { // so neither init nor entry is possible
      refused(fixture, "auto", "runs-before-hook", folder);
      orPostInit(fixture, folder, Hook.POST_INIT);
      return;
    }
    if (withPostInit) {
      orPostInit(fixture, folder, Expected.automatic(fixture));
    }
    Path out = folder.resolve("auto");
    var outcome = Cli.run("patch", Policies.ALLOW_ALL, "-o", out, fixture.path());
    assertThat(outcome.status()).as("auto: %s", outcome).isZero();
    String hook = Expected.automatic(fixture).id();
    assertThat(outcome.out()).contains(": hook " + hook + ",");
    assertThat(out).has(sameBytesAs(folder.resolve(hook).resolve(MatrixCell.ALLOW_ALL)));
  }

  /** {@code auto-post-init} is {@code auto} where that is possible, and says so where it is not. */
  private static void orPostInit(Fixture fixture, Path folder, Hook hook) {
    Path out = folder.resolve("auto-post-init");
    var outcome =
        Cli.run("patch", Policies.ALLOW_ALL, "--hook", "auto-post-init", "-o", out, fixture.path());
    assertThat(outcome.status()).as("auto-post-init: %s", outcome).isZero();
    assertThat(outcome.out()).contains(": hook " + hook.id() + ",");
    assertThat(outcome.err().contains("constructors run before the policy is installed"))
        .isEqualTo(hook == Hook.POST_INIT);
    assertThat(out).has(sameBytesAs(folder.resolve(hook.id()).resolve(MatrixCell.ALLOW_ALL)));
  }
}
