package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library in programs for which there is no policy. */
class UnconfinedTest {
  private static final Outcome REFUSED =
      new Outcome(126, "", "hardwire: the program has no policy, so it was not started\n");
  private static final String MARK = "HARDWIRE_CONFINED";

  @TempDir private Path folder;

  private Map<String, String> with(Object... options) {
    return Map.of("LD_PRELOAD", library(options).toString());
  }

  private Path library(Object... options) {
    Path library = folder.resolve("libsandbox.so");
    Outcome outcome = Cli.run("library", "-o", library, List.of(options));
    outcome.succeeds();
    return library;
  }

  private static Path program(String name) {
    return Fixtures.named(name).path();
  }

  @Test
  void itIsNotStartedUnlessThatIsAllowed() {
    for (String name : List.of("gcc-pie", "musl-pie")) {
      assertThat(Programs.run(with(), program(name))).isEqualTo(REFUSED);
      assertThat(Programs.run(with("--require-policy"), program(name))).isEqualTo(REFUSED);
      assertThat(Programs.run(with("--allow-unconfined"), program(name)))
          .isEqualTo(Programs.run(program(name)));
    }
  }

  @Test
  void anActionAloneIsNoPolicy() {
    Map<String, String> action = Map.of("SECCOMP_DEFAULT_ACTION", "log");
    for (Map<String, String> variables : List.of(with(), with("--require-policy"))) {
      assertThat(
              Programs.run(action, "env", "LD_PRELOAD=" + folder.resolve("libsandbox.so"), "true"))
          .as(variables.toString())
          .isEqualTo(REFUSED);
    }
  }

  /** What a confined program starts inherits the library and the filter, but not the variables. */
  @Test
  void programsThatConfinedOnesStartGoOn() {
    for (String name : List.of("gcc-pie", "musl-pie")) {
      String script = "\"$0\" status; env \"$0\" status";
      Outcome outcome = confinedShell(library(), script, program(name));
      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.out().split("Seccomp: 2", -1)).hasSizeGreaterThan(2);
    }
    Outcome strict = confinedShell(library("--require-policy"), "env; exit 3", "");
    assertThat(strict.out()).isEmpty();
    assertThat(strict.err()).isEqualTo(REFUSED.err());
  }

  private static Outcome confinedShell(Path library, String script, Object argument) {
    return Programs.run(
        Map.of("LD_PRELOAD", library.toString(), "SECCOMP_SYSCALL_DENY", "ptrace"),
        "sh",
        "-c",
        script,
        argument);
  }

  /** A mark that somebody else has set does not stand for a filter, nor a filter for a mark. */
  @Test
  void markAndFilterAreBothNeeded() {
    Path library = library();
    Map<String, String> marked = Map.of("LD_PRELOAD", library.toString(), MARK, "1");
    assertThat(Programs.run(marked, program("gcc-pie"))).isEqualTo(REFUSED);
    Path wired = folder.resolve("env");
    Cli.run("patch", "--deny", "ptrace", "-o", wired, "/usr/bin/env");
    String preload = "LD_PRELOAD=" + library;
    assertThat(Programs.run(wired, preload, program("gcc-pie"))).isEqualTo(REFUSED);
    assertThat(Programs.run(wired, preload, MARK + "=0", program("gcc-pie"))).isEqualTo(REFUSED);
    assertThat(Programs.run(wired, preload, MARK + "=1", program("gcc-pie")))
        .isEqualTo(Programs.run(program("gcc-pie")));
  }

  /** The mark takes a variable's place, whichever they are, and there is one however deep. */
  @Test
  void theMarkIsSetOnce() {
    Path library = library();
    for (String variable : List.of("SECCOMP_SYSCALL_DENY=ptrace", "SECCOMP_SYSCALL_ALLOW=@known")) {
      String inner = "env SECCOMP_DEFAULT_ACTION=log " + variable + " env";
      Outcome outcome =
          Programs.run(
              "env",
              "-i",
              "LD_PRELOAD=" + library,
              variable,
              "/bin/sh",
              "-c",
              "PATH=/bin " + inner);
      outcome.succeeds();
      assertThat(outcome.out()).containsOnlyOnce(MARK + "=1\n").doesNotContain("SECCOMP_");
    }
  }

  /** Whoever starts a program with rights must not choose its policy, nor do without. */
  @Test
  void programsWithRightsDoNotLookAtTheEnvironment() {
    Path library = library();
    Path needed = needed(Policies.UNAME_KILLS, library, "needed");
    Map<String, String> other = Map.of("SECCOMP_SYSCALL_DENY", "unmae");
    assertThat(asNobody(other, needed).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(asNobody(Map.of(), needed).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    Path bare = folder.resolve("bare");
    Programs.output("patchelf", "--add-needed", library, "--output", bare, "/bin/uname");
    Programs.output("chmod", "4755", bare);
    assertThat(asNobody(Map.of(MARK, "1"), bare)).isEqualTo(REFUSED);
    assertThat(asNobody(Map.of("SECCOMP_SYSCALL_DENY", "ptrace"), bare)).isEqualTo(REFUSED);
  }

  private Path needed(List<String> policy, Path library, String name) {
    Path wired = folder.resolve(name);
    Outcome outcome =
        Cli.run("patch", policy, "--mode=needed", "--library", library, "-o", wired, "/bin/uname");
    outcome.succeeds();
    Programs.output("chmod", "4755", wired);
    return wired;
  }

  private Outcome asNobody(Map<String, String> variables, Path program) {
    Programs.output("chmod", "-R", "go+rX", folder);
    return Programs.run(variables, "setpriv", "--reuid=65534", "--clear-groups", program);
  }
}
