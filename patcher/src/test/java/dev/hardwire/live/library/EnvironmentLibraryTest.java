package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Carriers;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The library with the policy in the environment. */
class EnvironmentLibraryTest {
  private static final String ALLOW = "SECCOMP_SYSCALL_ALLOW";
  private static final String DENY = "SECCOMP_SYSCALL_DENY";
  private static final String ACTION = "SECCOMP_DEFAULT_ACTION";

  @TempDir private Path folder;
  private Path library;

  @BeforeEach
  void writeTheLibrary() {
    library = new Carriers(folder).library("x86_64");
  }

  private void libraryFor(String name) {
    library = new Carriers(folder).library(Fixtures.named(name));
  }

  private Map<String, String> with(Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(variables);
    all.put("LD_PRELOAD", library.toString());
    return all;
  }

  private Outcome run(Map<String, String> variables, Object... command) {
    return Programs.run(with(variables), command);
  }

  private static Path program(String name) {
    return Fixtures.named(name).path();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcc-pie",
        "gcc-nonpie",
        "musl-pie",
        "musl-nonpie",
        "cxx-pie",
        "i386-pie",
        "i386-nonpie"
      })
  void theTalksDemonstration(String name) {
    libraryFor(name);
    assertThat(run(Map.of(DENY, "uname"), program(name)).status())
        .isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(run(Map.of(DENY, "uname", ACTION, "errno:ENETDOWN"), program(name)).out())
        .contains("main uname=errno 100\n");
    assertThat(run(Map.of(DENY, "uname", ACTION, "log"), program(name)).out())
        .isEqualTo(Programs.run(program(name)).out());
    assertThat(run(Map.of(ALLOW, ""), program(name)).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(run(Map.of(ALLOW, "@known", DENY, "uname"), program(name)).out())
        .isEqualTo(Programs.run(program(name)).out());
  }

  @Test
  void everyThreadIsConfined() {
    Outcome outcome = run(Map.of(DENY, "ptrace"), program("lib-thread-pie"), "status");
    assertThat(outcome.out()).contains("\ntasks Seccomp: 2\n").doesNotContain("Seccomp: 0");
  }

  @Test
  void theVariablesAreGoneBeforeTheProgramRuns() {
    Map<String, String> variables =
        Map.of(
            DENY, "ptrace", ALLOW, "@known", ACTION, "kill", "A_LAST", "x", "SECCOMP_OTHER", "y");
    String environment = run(variables, "env").out();
    assertThat(environment)
        .contains("A_LAST=x\n", "SECCOMP_OTHER=y\n", "LD_PRELOAD=" + library + "\n")
        .containsOnlyOnce("HARDWIRE_CONFINED=1\n")
        .doesNotContain("SECCOMP_SYSCALL", "SECCOMP_DEFAULT");
    assertThat(environment.lines()).doesNotContain("");
    assertThat(run(variables, "cat", "/proc/self/environ").out())
        .contains("A_LAST=x\0")
        .doesNotContain("SECCOMP_SYSCALL", "SECCOMP_DEFAULT", "@known");
  }

  @Test
  void whatIsNotUnderstoodStopsTheProgram() {
    stops(
        Map.of(DENY, "ptrace,:unmae"),
        "SECCOMP_SYSCALL_DENY, item 3: unknown system call \"unmae\"");
    stops(Map.of(ALLOW, "@basic-oi"), "SECCOMP_SYSCALL_ALLOW, item 1: unknown group \"@basic-oi\"");
    stops(Map.of(ALLOW, "~"), "SECCOMP_SYSCALL_ALLOW, item 1: unknown system call \"\"");
    for (String action :
        List.of("lgo", "allow", "errno", "errno:", "errno:ENOPE", "errno:4096", "errno:00001")) {
      stops(
          Map.of(DENY, "ptrace", ACTION, action),
          "SECCOMP_DEFAULT_ACTION: unknown action \"" + action + "\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-pie", "musl-pie"})
  void emptyListsArePoliciesToo(String name) {
    Outcome denied = run(Map.of(DENY, ""), program(name), "status");
    assertThat(denied.status()).isEqualTo(Programs.run(program(name), "status").status());
    assertThat(denied.out()).contains("\nSeccomp: 2\n");
    assertThat(run(Map.of(DENY, ":,:", ACTION, ""), program(name)).out())
        .isEqualTo(Programs.run(program(name)).out());
    assertThat(run(Map.of(ALLOW, "", DENY, ""), program(name)).status())
        .isEqualTo(Programs.KILLED_BY_SIGSYS);
  }

  private void stops(Map<String, String> variables, String reason) {
    for (String name : List.of("gcc-pie", "musl-pie", "i386-pie")) {
      libraryFor(name);
      assertThat(run(variables, program(name)))
          .isEqualTo(
              new Outcome(126, "", "hardwire: " + reason + ", so the program was not started\n"));
    }
  }

  @Test
  void whatCannotBeInstalledStopsTheProgram() {
    Outcome outcome =
        Programs.run(
            Fixtures.tool("deny-call"),
            "seccomp",
            "ENOSYS",
            "--",
            "/usr/bin/env",
            "LD_PRELOAD=" + library,
            DENY + "=uname",
            program("gcc-pie"));
    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                126,
                "",
                "hardwire: seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started\n"));
  }

  /** The program's own policy and that of the environment both apply. */
  @Test
  void aNeededProgramTakesBoth() {
    Path wired = folder.resolve("wired");
    assertThat(
            Cli.run(
                    "patch",
                    Policies.UNAME_ERRNO,
                    "--mode=needed",
                    "--library",
                    library,
                    "-o",
                    wired,
                    "/bin/uname")
                .status())
        .isZero();
    Map<String, String> variables = Map.of(DENY, "write", ACTION, "errno:EIO");
    assertThat(Programs.run(variables, wired).status()).isEqualTo(1);
    assertThat(Programs.run(variables, wired).err()).isEmpty();
    assertThat(Programs.run(wired).err()).contains("Network is down");
  }
}
