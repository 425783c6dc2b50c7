package dev.hardwire.live.patch;

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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What distributions do to programs after they are linked leaves a patched one confined. */
class PostProcessingTest {
  /**
   * A tool that reads one file and writes another.
   *
   * @param options between the name and {@code -o OUT IN}
   */
  private record Tool(String name, List<String> options, String outputOption) {
    Tool(String name, String... options) {
      this(name, List.of(options), "-o");
    }

    List<Object> command(Path in, Path out) {
      List<Object> command = new ArrayList<>(List.of(name));
      command.addAll(options);
      command.addAll(outputOption.isEmpty() ? List.of(in, out) : List.of(outputOption, out, in));
      return command;
    }
  }

  private static final List<Tool> FOR_ALL =
      List.of(
          new Tool("strip"),
          new Tool("strip", "-g"),
          new Tool("eu-strip"),
          new Tool("llvm-strip"),
          new Tool("objcopy", List.of("--add-gnu-debuglink=/etc/hostname"), ""));

  /** patchelf changes the dynamic section; it refuses files that have none. */
  private static final List<Tool> FOR_DYNAMIC =
      List.of(
          new Tool("patchelf", List.of("--set-rpath", "$ORIGIN:/nonexistent"), "--output"),
          new Tool("patchelf", List.of("--add-needed", "libc.so.6"), "--output"));

  /** Of the other programs, the sample has one of so many. */
  private static final int STEP = 7;

  private static Stream<Fixture> programsWithSections() {
    return Fixtures.programs().stream().filter(fixture -> !fixture.has("no-sections"));
  }

  private static Stream<Fixture> sample() {
    List<Fixture> all = programsWithSections().toList();
    return all.stream()
        .filter(fixture -> fixture.has("no-note") || all.indexOf(fixture) % STEP == 0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sample")
  @Execution(ExecutionMode.CONCURRENT)
  void toolsLeaveThePatchAlone(Fixture fixture, @TempDir Path folder) {
    check(fixture, Expected.sample(fixture), folder);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programsWithSections")
  @Tag("long")
  @Execution(ExecutionMode.CONCURRENT)
  void toolsLeaveThePatchWithAnyHookAlone(Fixture fixture, @TempDir Path folder) {
    check(fixture, Expected.hooks(fixture), folder);
  }

  private static void check(Fixture fixture, List<Hook> hooks, Path folder) {
    Fixtures.copyLibraries(fixture, folder);
    Outcome original = Programs.run(fixture.path(), "status");
    List<Executable> checks = new ArrayList<>();
    hooks.forEach(
        hook -> {
          Path patched = patch(fixture, hook, folder);
          Outcome expected = confined(fixture, hook, original);
          checks.add(() -> assertThat(Programs.run(patched, "status")).isEqualTo(expected));
          for (Tool tool : tools(fixture)) {
            Path out = folder.resolve("treated-" + checks.size());
            checks.add(
                () -> {
                  Outcome outcome = treatAndRun(tool, patched, out);
                  if (breaksProgram(tool, fixture)) {
                    assertThat(outcome.out()).doesNotContain("main uname=ok");
                  } else {
                    assertThat(outcome).as("after %s of %s", tool, patched).isEqualTo(expected);
                  }
                });
          }
        });
    assertAll(checks);
  }

  private static List<Tool> tools(Fixture fixture) {
    return fixture.isDynamic()
        ? Stream.concat(FOR_ALL.stream(), FOR_DYNAMIC.stream()).toList()
        : FOR_ALL;
  }

  private static Outcome treatAndRun(Tool tool, Path patched, Path out) {
    Outcome outcome = Programs.run(tool.command(patched, out));
    assertThat(outcome.status()).as("%s %s: %s", tool, patched, outcome).isZero();
    return Programs.run(out, "status");
  }

  /**
   * What does not survive, and does not run unconfined either. Without notes there is no room for
   * the program headers in a static program: they move, and eu-strip overwrites them with zeros.
   */
  private static boolean breaksProgram(Tool tool, Fixture fixture) {
    return fixture.has("no-note") && tool.name().equals("eu-strip") && !fixture.isDynamic();
  }

  private static Path patch(Fixture fixture, Hook hook, Path folder) {
    Path out = folder.resolve(hook.id());
    Outcome outcome =
        Cli.run("patch", Policies.UNAME_ERRNO, "--hook", hook, "-o", out, fixture.path());
    outcome.succeeds();
    return out;
  }

  private static Outcome confined(Fixture fixture, Hook hook, Outcome original) {
    String denied = Expected.withUnameDenied(fixture, hook, original.out());
    return new Outcome(original.status(), Expected.confinedStatus(denied), "");
  }
}
