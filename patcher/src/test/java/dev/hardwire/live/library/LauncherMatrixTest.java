package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Carriers;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The launcher without Java: every fixture is refused, or confined and otherwise as before. */
class LauncherMatrixTest {
  private static final Map<String, String> ERRNO =
      Map.of("SECCOMP_SYSCALL_DENY", "uname", "SECCOMP_DEFAULT_ACTION", "errno:ENETDOWN");

  /** Fixtures that find their libraries through $ORIGIN. */
  private static final String BESIDE = "lib";

  @TempDir private static Path folder;
  private static Carriers carriers;

  @BeforeAll
  static void findAPlace() {
    carriers = new Carriers(folder);
  }

  static List<Fixture> programs() {
    return Fixtures.programs();
  }

  static List<Fixture> others() {
    List<Fixture> programs = programs();
    return Fixtures.all().stream().filter(fixture -> !programs.contains(fixture)).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  @Execution(ExecutionMode.CONCURRENT)
  void everyProgramIsConfined(Fixture fixture) {
    Path launcher = carriers.launcher(fixture);
    Outcome original = Programs.run(fixture.path());
    Outcome denied = Programs.run(ERRNO, launcher, fixture.path());
    String expected =
        fixture.has(BESIDE)
            ? original.out().replace("uname=ok", "uname=errno " + Policies.ENETDOWN)
            : Expected.withUnameDenied(fixture, Hook.ENTRY, original.out());
    assertThat(denied).isEqualTo(new Outcome(original.status(), expected, notice(fixture)));
    assertThat(denied.out()).isNotEqualTo(original.out());
    Path builtIn = carriers.launcher(fixture, Policies.UNAME_ERRNO);
    assertThat(Programs.run(builtIn, fixture.path())).isEqualTo(denied);

    Map<String, String> allowAll = Map.of("SECCOMP_SYSCALL_DENY", "", "FIXTURE_ENV", "a b");
    Outcome before = Programs.run(Map.of("FIXTURE_ENV", "a b"), fixture.path(), "status");
    Outcome after = Programs.run(allowAll, launcher, fixture.path(), "status");
    assertThat(after.status()).isEqualTo(before.status());
    assertThat(after.out()).isEqualTo(Expected.confinedStatus(before.out()));
    assertThat(after.out()).contains("\nSeccomp: 2\n").doesNotContain("Seccomp: 0");

    Map<String, String> kills = Map.of("SECCOMP_SYSCALL_DENY", "uname");
    assertThat(Programs.run(kills, launcher, fixture.path()).status())
        .isEqualTo(Programs.KILLED_BY_SIGSYS);
  }

  private static String notice(Fixture fixture) {
    return fixture.has(BESIDE)
        ? "hardwire: "
            + fixture.path()
            + ": it looks for libraries beside its file ($ORIGIN), so the filter is installed"
            + " before it is executed\n"
        : "";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  @Execution(ExecutionMode.CONCURRENT)
  void everyProgramMayBeDeniedToExecute(Fixture fixture) {
    Outcome outcome =
        Programs.run(
            Map.of("SECCOMP_SYSCALL_DENY", "execve:execveat:uname"),
            carriers.launcher(fixture),
            fixture.path());
    if (fixture.has(BESIDE)) {
      assertThat(outcome.status()).isEqualTo(126);
      assertThat(outcome.out()).isEmpty();
      assertThat(outcome.err())
          .isEqualTo(
              "hardwire: %s: it looks for libraries beside its file ($ORIGIN), so the policy would"
                      .formatted(fixture.path())
                  + " have to allow execve; it was not started\n");
    } else {
      assertThat(outcome.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
      assertThat(outcome.err()).isEmpty();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void whatIsNoProgramIsRefused(Fixture fixture) {
    if (fixture.kind().equals("refuse-packed")) {
      packed(fixture);
      return;
    }
    Path copy = folder.resolve(fixture.name());
    Programs.output("install", "-m", "755", fixture.path(), copy);
    Outcome outcome = Programs.run(ERRNO, carriers.launcher(fixture), copy);
    assertThat(outcome.status()).isEqualTo(126);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .startsWith("hardwire: " + copy + ": ")
        .endsWith(reason(fixture) + ", so it was not started\n");
  }

  private static String reason(Fixture fixture) {
    return switch (fixture.kind()) {
      case "refuse-so" -> "it is a shared library without a start";
      case "refuse-script" -> "it is a script: run its interpreter with the script as an argument";
      case "refuse-object" -> "it is not an executable";
      case "refuse-debug" -> ""; // strippers leave different headers
      case "refuse-arch" -> "it is for another machine than this launcher";
      default -> throw new AssertionError(fixture.kind());
    };
  }

  private static void packed(Fixture fixture) {
    Outcome outcome = Programs.run(ERRNO, carriers.launcher(fixture), fixture.path());
    assertThat(outcome.err()).contains("packed by UPX", "the filter is installed before");
    assertThat(outcome.out()).contains("main uname=errno 100\n");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  void programsOfOtherMachinesAreRefused(Fixture fixture) {
    String other = fixture.machine().equals("i386") ? "x86_64" : "i386";
    Outcome outcome = Programs.run(ERRNO, carriers.launcher(other), fixture.path());
    assertThat(outcome.status()).isEqualTo(126);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .isEqualTo(
            "hardwire: %s: it is for another machine than this launcher, so it was not started\n"
                .formatted(fixture.path()));
  }
}
