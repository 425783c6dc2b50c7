package dev.hardwire.live.patch;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Patches one fixture with one hook in all the ways that matter, and runs what comes out. */
final class MatrixCell {
  /** Name of the file that is patched to allow every call. */
  static final String ALLOW_ALL = "allow-all";

  private static final Map<String, String> ENVIRONMENT = Map.of("FIXTURE_ENV", "a b");

  private final Fixture fixture;
  private final Hook hook;
  private final Path folder;
  private final Outcome original;

  /**
   * @param folder an empty one, but for the libraries of the fixtures
   * @param original what the fixture does without an argument
   */
  MatrixCell(Fixture fixture, Hook hook, Path folder, Outcome original) {
    this.fixture = fixture;
    this.hook = hook;
    this.folder = folder;
    this.original = original;
  }

  /** Patches, verifies if that is wanted, and runs the program with no argument. */
  Path checkPatch(boolean isVerified) {
    Path allowAll = patch(ALLOW_ALL, Policies.ALLOW_ALL, fixture.path());
    if (isVerified) {
      verifies(allowAll);
    }
    assertThat(Programs.run(allowAll))
        .as(what("no argument"))
        .isEqualTo(Expected.under(hook, original));
    return allowAll;
  }

  void check() {
    Path allowAll = checkPatch(true);
    Path errno = patch("errno", Policies.UNAME_ERRNO, fixture.path());
    Path kills = patch("kills", Policies.UNAME_KILLS, fixture.path());
    verifies(kills);
    echoes(allowAll);
    isConfined(allowAll);
    denies(errno);
    dies(kills);
    failsClosed(errno, "seccomp", "ENOSYS", "seccomp(SECCOMP_SET_MODE_FILTER)", -38);
    isNotFooled(errno);
    failsClosed(errno, "prctl:38", "EINVAL", "prctl(PR_SET_NO_NEW_PRIVS)", -22);
    assertThat(patch("again", Policies.UNAME_ERRNO, fixture.path())).has(sameBytesAs(errno));
    assertThat(patch("replaced", Policies.UNAME_ERRNO, kills, "--replace")).has(sameBytesAs(errno));
    assertThat(restore("restored", errno)).has(sameBytesAs(fixture.path()));
    stacks("stacked-allow", Policies.ALLOW_ALL, errno);
    stacks("stacked-errno", Policies.UNAME_ERRNO, allowAll);
  }

  private void echoes(Path patched) {
    assertThat(Programs.run(patched, "hello"))
        .as(what("hello"))
        .isEqualTo(new Outcome(0, "hello\n", ""))
        .isEqualTo(Programs.run(fixture.path(), "hello"));
  }

  private void isConfined(Path patched) {
    Outcome before = Programs.run(ENVIRONMENT, fixture.path(), "status");
    Outcome after = Programs.run(ENVIRONMENT, patched, "status");
    assertThat(after)
        .as(what("status"))
        .isEqualTo(new Outcome(7, Expected.confinedStatus(Expected.under(hook, before.out())), ""));
    assertThat(after.out())
        .contains("env FIXTURE_ENV=a b\n", "\nSeccomp: 2\n", "\nNoNewPrivs: 1\n");
    assertThat(after.out().contains("\ntasks Seccomp: 2\n")).isEqualTo(!fixture.has("no-libc"));
  }

  private void denies(Path patched) {
    Outcome outcome = Programs.run(patched);
    assertThat(outcome)
        .as(what("uname denied"))
        .isEqualTo(new Outcome(7, Expected.withUnameDenied(fixture, hook, original.out()), ""));
    assertThat(outcome.out()).contains("main uname=errno 100\n");
  }

  private void dies(Path patched) {
    Outcome outcome = Programs.run(patched);
    assertThat(outcome.status()).as(what("uname kills")).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(original.out()).startsWith(outcome.out());
    assertThat(outcome.out()).doesNotContain("main uname", "done");
  }

  private void failsClosed(Path patched, String call, String error, String step, int result) {
    Outcome outcome = Programs.run(denyCall(), call, error, "--", patched);
    String message = "hardwire: %s failed, so the program was not started; the call returned %d\n";
    assertThat(outcome)
        .as(what(call + " fails"))
        .isEqualTo(new Outcome(126, "", message.formatted(step, result)));
  }

  /** A filter outside the program answers seccomp with success, and the call is not made. */
  private void isNotFooled(Path patched) {
    Outcome outcome = Programs.run(denyCall(), "seccomp", "0", "--", patched);
    assertThat(outcome)
        .as(what("seccomp is faked"))
        .isEqualTo(
            new Outcome(
                126,
                "",
                "hardwire: a filter outside this program fakes seccomp, so the program was not"
                    + " started\n"));
  }

  private Path denyCall() {
    return Fixtures.tool(fixture.has("i386") ? "deny-call-i386" : "deny-call");
  }

  /** Both policies apply; undone one after the other they give back what was there. */
  private void stacks(String name, List<String> policy, Path patched) {
    Path stacked = patch(name, Expected.stacked(hook), policy, patched, "--stack");
    verifies(stacked);
    denies(stacked);
    Path undone = restore(name + "-undone", stacked);
    assertThat(undone).has(sameBytesAs(patched));
    assertThat(restore(name + "-original", undone)).has(sameBytesAs(fixture.path()));
  }

  private Path patch(String name, List<String> policy, Path input, String... options) {
    return patch(name, hook, policy, input, options);
  }

  private Path patch(
      String name, Hook installed, List<String> policy, Path input, String... options) {
    Path out = folder.resolve(name);
    Outcome outcome =
        Cli.run("patch", policy, "--hook", installed, List.of(options), "-o", out, input);
    assertThat(outcome.status()).as(what(name) + ": " + outcome).isZero();
    assertThat(outcome.err().lines()).allMatch(Programs::isWarning);
    return out;
  }

  private void verifies(Path patched) {
    List<String> assumed = Expected.assumptions(fixture, hook);
    Outcome outcome = Cli.run("verify", assumed, "--original", fixture.path(), patched);
    assertThat(outcome.status()).as(what("verify") + ": " + outcome).isZero();
    if (!assumed.isEmpty()) {
      Cli.run("verify", patched).fails(5, "start-code");
    }
  }

  private Path restore(String name, Path input) {
    Path out = folder.resolve(name);
    Outcome outcome = Cli.run("restore", "-o", out, input);
    assertThat(outcome.status()).as(what(name) + ": " + outcome).isZero();
    return out;
  }

  private String what(String aspect) {
    return "%s, hook %s, %s".formatted(fixture, hook, aspect);
  }
}
