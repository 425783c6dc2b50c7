package dev.hardwire.live.library;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Carriers;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mode needed: every fixture is refused, or confined by the library and otherwise as before. */
class NeededTest {
  private static final Map<String, String> ENVIRONMENT = Map.of("FIXTURE_ENV", "a b");

  /** Programs that run under several policies in each build. */
  private static final Set<String> SAMPLE =
      Set.of(
          "go-cgo",
          "gcc-pie",
          "clang-nonpie",
          "lld-pie",
          "mold-nonpie",
          "relr-bfd-pie",
          "musl-pie",
          "cxx-pie",
          "lib-thread-nonpie",
          "i386-pie");

  @TempDir private static Path libraries;
  private static Carriers carriers;
  private static Path library;

  @TempDir private Path folder;

  @BeforeAll
  static void writeTheLibrary() {
    carriers = new Carriers(libraries);
    library = libraries.resolve("libsandbox.so");
    hardwire("library", "--require-policy", "-o", library);
  }

  private static String hardwire(Object... arguments) {
    Outcome outcome = Cli.run(arguments);
    outcome.succeeds();
    assertThat(outcome.err().lines()).allMatch(Programs::isWarning);
    return outcome.out();
  }

  private Path patch(Fixture fixture, String name, List<String> policy, Path by) {
    Path out = folder.resolve(name);
    String said =
        hardwire("patch", policy, "--mode", "needed", "--library", by, "-o", out, fixture.path());
    assertThat(said).startsWith(out + ": needs " + by + ", ");
    return out;
  }

  static List<Fixture> dynamic() {
    return Fixtures.programs().stream()
        .filter(fixture -> fixture.isDynamic() && !fixture.runsBeforeHooks())
        .toList();
  }

  /** Several languages, linkers, C libraries and architectures. */
  static List<Fixture> sample() {
    return dynamic().stream().filter(fixture -> SAMPLE.contains(fixture.name())).toList();
  }

  static List<Fixture> rest() {
    return dynamic().stream().filter(fixture -> !SAMPLE.contains(fixture.name())).toList();
  }

  static List<Fixture> others() {
    List<Fixture> dynamic = dynamic();
    return Fixtures.all().stream().filter(fixture -> !dynamic.contains(fixture)).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sample")
  @Execution(ExecutionMode.CONCURRENT)
  void aDynamicProgramIsConfinedAndAsBefore(Fixture fixture) {
    isConfinedAndAsBefore(fixture);
  }

  @ParameterizedTest(name = "{0}")
  @Tag("long")
  @MethodSource("rest")
  @Execution(ExecutionMode.CONCURRENT)
  void everyDynamicProgramIsConfinedAndAsBefore(Fixture fixture) {
    isConfinedAndAsBefore(fixture);
  }

  /** Others than those of the sample, with one policy. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("rest")
  @Execution(ExecutionMode.CONCURRENT)
  void everyDynamicProgramIsConfined(Fixture fixture) {
    Fixtures.copyLibraries(fixture, folder);
    Path library = carriers.library(fixture, "--require-policy");
    errnoIsSeen(
        fixture,
        patch(fixture, "errno", Policies.UNAME_ERRNO, library),
        Programs.run(fixture.path()));
  }

  private static void errnoIsSeen(Fixture fixture, Path patched, Outcome original) {
    Outcome denied = Programs.run(patched);
    assertThat(denied.out()).contains("main uname=errno 100\n");
    assertThat(denied.out().replace("library ctor uname=errno 100", "library ctor uname=ok"))
        .isEqualTo(Expected.withUnameDenied(fixture, Hook.INIT, original.out()));
  }

  private void isConfinedAndAsBefore(Fixture fixture) {
    Fixtures.copyLibraries(fixture, folder);
    Path library = carriers.library(fixture, "--require-policy");
    Outcome original = Programs.run(fixture.path());
    Path allowAll = patch(fixture, "allow-all", Policies.ALLOW_ALL, library);
    assertThat(Programs.run(allowAll)).isEqualTo(original);
    Outcome before = Programs.run(ENVIRONMENT, fixture.path(), "status");
    Outcome after = Programs.run(ENVIRONMENT, allowAll, "status");
    assertThat(after).isEqualTo(new Outcome(7, Expected.confinedStatus(before.out()), ""));
    assertThat(after.out()).contains("\nSeccomp: 2\n").doesNotContain("Seccomp: 0");

    Path errno = patch(fixture, "errno", Policies.UNAME_ERRNO, library);
    errnoIsSeen(fixture, errno, original);
    Outcome killed = Programs.run(patch(fixture, "kills", Policies.UNAME_KILLS, library));
    assertThat(killed.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    failsClosed(fixture, errno);
    provenAndUndone(fixture, errno, library);
  }

  private static void failsClosed(Fixture fixture, Path patched) {
    Path deny = Fixtures.tool(fixture.has("i386") ? "deny-call-i386" : "deny-call");
    Outcome outcome = Programs.run(deny, "seccomp", "ENOSYS", "--", patched);
    String message =
        "hardwire: seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started;"
            + " the call returned -38\n";
    assertThat(outcome).isEqualTo(new Outcome(126, "", message));
  }

  private void provenAndUndone(Fixture fixture, Path patched, Path library) {
    String report = hardwire("verify", "--original", fixture.path(), patched);
    assertThat(report).endsWith("  verified\n").contains(library + " is loaded before all other");
    assertThat(hardwire("inspect", patched)).contains("library   " + library);
    assertThat(patch(fixture, "again", Policies.UNAME_ERRNO, library)).has(sameBytesAs(patched));
    Path restored = folder.resolve("restored");
    hardwire("restore", "-o", restored, patched);
    assertThat(restored).has(sameBytesAs(fixture.path()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void whatNoDynamicLinkerStartsIsRefused(Fixture fixture) {
    Path out = folder.resolve("refused");
    Path library = carriers.library(fixture, "--require-policy");
    Outcome outcome =
        Cli.run(
            "patch",
            Policies.ALLOW_ALL,
            "--mode",
            "needed",
            "--library",
            library,
            "-o",
            out,
            fixture.path());
    String refusal =
        fixture.runsBeforeHooks()
            ? "runs-before-hook"
            : fixture.isProgram()
                ? "not-dynamic"
                : Expected.refusal(fixture, Hook.INIT).orElseThrow();
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.err()).startsWith("hardwire: %s: %s: ".formatted(fixture.path(), refusal));
    assertThat(out).doesNotExist();
  }

  @Test
  void withoutTheLibraryNothingStarts() {
    for (String name : List.of("gcc-pie", "lld-pie", "musl-pie", "i386-pie")) {
      Path missing = folder.resolve("libmissing.so");
      Path patched = patch(Fixtures.named(name), name, Policies.ALLOW_ALL, missing);
      Outcome outcome = Programs.run(patched);
      assertThat(outcome.status()).isEqualTo(127);
      assertThat(outcome.out()).isEmpty();
      assertThat(outcome.err()).contains("libmissing.so");
    }
  }

  /** glibc looks at the machine, musl at nothing but that it is a library. */
  @Test
  void whatIsNotALibraryForTheMachineStartsNothing() throws IOException {
    Path other = folder.resolve("libother.so");
    Path patched = patch(Fixtures.named("gcc-pie"), "glibc", Policies.ALLOW_ALL, other);
    Path musl = patch(Fixtures.named("musl-pie"), "musl", Policies.ALLOW_ALL, other);
    byte[] foreign = Files.readAllBytes(library);
    foreign[0x12] = (byte) 183; // e_machine: aarch64
    Files.write(other, foreign);
    notStarted(patched);
    Outcome verified = Cli.run("verify", patched);
    assertThat(verified.status()).isEqualTo(5);
    assertThat(verified.out()).contains("FAIL library: ");
    for (String content : List.of("", "#!/bin/sh\n", "\177ELF")) {
      Files.writeString(other, content);
      notStarted(patched);
      notStarted(musl);
    }
  }

  private static void notStarted(Path program) {
    Outcome outcome = Programs.run(program);
    outcome.endsWith(127);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).contains("libother.so");
  }

  @Test
  void aSonameIsLookedForAsUsual() {
    Path patched = folder.resolve("soname");
    hardwire(
        "patch",
        Policies.UNAME_KILLS,
        "--mode",
        "needed",
        "--library",
        "libsandbox.so",
        "-o",
        patched,
        Fixtures.named("gcc-pie").path());
    assertThat(Programs.run(patched).status()).isEqualTo(127);
    assertThat(Programs.run(Map.of("LD_LIBRARY_PATH", libraries.toString()), patched).status())
        .isEqualTo(Programs.KILLED_BY_SIGSYS);
  }

  @Test
  void throughTheDynamicLinkerItIsConfinedOrNotStarted() {
    Path glibc = patch(Fixtures.named("gcc-pie"), "glibc", Policies.UNAME_KILLS, library);
    assertThat(Programs.run("/lib64/ld-linux-x86-64.so.2", glibc).status())
        .isEqualTo(Programs.KILLED_BY_SIGSYS);
    Path musl = patch(Fixtures.named("musl-pie"), "musl", Policies.UNAME_KILLS, library);
    Outcome outcome = Programs.run("/lib/ld-musl-x86_64.so.1", musl);
    assertThat(outcome.status()).isIn(126, Programs.KILLED_BY_SIGSYS);
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void bothModesInOneProgram() {
    Fixture fixture = Fixtures.named("gcc-pie");
    Path first = patch(fixture, "first", Policies.UNAME_ERRNO, library);
    Path both = folder.resolve("both");
    hardwire("patch", Policies.ALLOW_ALL, "--stack", "-o", both, first);
    assertThat(Programs.run(both).out()).contains("main uname=errno 100\n");
    assertThat(hardwire("verify", "--original", fixture.path(), both)).endsWith("  verified\n");
    Path back = folder.resolve("back");
    hardwire("restore", "-o", back, both);
    assertThat(back).has(sameBytesAs(first));
    Outcome again =
        Cli.run(
            "patch",
            Policies.ALLOW_ALL,
            "--stack",
            "--mode",
            "needed",
            "--library",
            library,
            "-o",
            folder.resolve("twice"),
            first);
    assertThat(again.status()).isEqualTo(3);
    assertThat(again.err()).contains("already-patched");
  }

  @Test
  void optionsThatContradictAreRefused() {
    Path program = Fixtures.named("gcc-pie").path();
    for (List<String> options :
        Set.of(
            List.of("--mode", "needed"),
            List.of("--library", "/lib/x.so"),
            List.of("--mode", "needed", "--library", "lib/x.so"),
            List.of("--mode", "needed", "--library", ""),
            List.of("--mode", "needed", "--library", "x.so", "--hook", "entry"))) {
      Outcome outcome =
          Cli.run("patch", Policies.ALLOW_ALL, options, "-o", folder.resolve("out"), program);
      assertThat(outcome.status()).as(options + ": " + outcome).isEqualTo(2);
    }
  }
}
