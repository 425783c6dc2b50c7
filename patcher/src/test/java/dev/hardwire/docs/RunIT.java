package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code hardwire run}: the program is confined, and otherwise finds what it would without. */
class RunIT {
  private static final Path FIXTURES =
      Path.of(System.getProperty("hardwire.fixtures", "../fixtures/target")).toAbsolutePath();

  @TempDir private Path temporary;

  private Map<String, String> environment() {
    return Map.of("TMPDIR", temporary.toString(), "JAVA_HOME", Cli.home().toString());
  }

  private Outcome bash(String script) {
    return Programs.run(
        environment(), "bash", "-c", script.replace("hardwire", Cli.SCRIPT.toString()));
  }

  private Outcome run(Map<String, String> variables, Object... arguments) {
    return Cli.script()
        .environment(environment())
        .environment(variables)
        .call("run", List.of(arguments));
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    try (var files = Files.list(temporary)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("hardwire")))
          .isEmpty();
    }
  }

  @Test
  void verboseSaysWhatWasDecided() {
    Outcome outcome = run(Map.of("SECCOMP_SYSCALL_DENY", "uname"), "-v", "echo", "done");
    assertThat(outcome.succeeds().out()).isEqualTo("done\n");
    assertThat(outcome.err())
        .startsWith(
            "hardwire: /usr/bin/echo: note: policy \"deny-list\" from the environment, for x86_64:"
                + " ")
        .contains("\nhardwire: /usr/bin/echo: note: hook init: ");
  }

  @Test
  void phasesBegin() throws IOException {
    Path policy =
        Files.writeString(
            temporary.resolve("phases.yaml"),
            """
            version: 1
            default: allow
            rules: []
            phases:
              - name: later
                at: {first-call-of: epoll_wait}
                default: allow
                rules: [errno EPERM: [uname]]
            """);
    Path program = Fixtures.tool("phase-pie");
    assertThat(run(Map.of(), "--policy", policy, program, "uname", "trigger", "uname").out())
        .isEqualTo("uname: 0\ntrigger: 0\nuname: -1\n");
  }

  @Test
  void theProgramIsConfined() throws Exception {
    assertThat(
            run(
                Map.of(),
                "--deny",
                "ptrace",
                "grep",
                "-E",
                "^(Seccomp|Name):",
                "/proc/self/status"))
        .isEqualTo(new Outcome(0, "Name:\tgrep\nSeccomp:\t2\n", ""));
    assertThat(bash("hardwire run --deny uname -- uname").status()).isEqualTo(128 + 31);
  }

  @Test
  void noOtherProgramIsNeeded() throws Exception {
    Map<String, String> empty =
        Map.of("PATH", Files.createDirectory(temporary.resolve("empty")).toString());
    Outcome outcome = run(empty, "--deny", "ptrace", "/usr/bin/printenv", "PATH");
    assertThat(outcome).isEqualTo(new Outcome(0, empty.get("PATH") + "\n", ""));
  }

  @Test
  void itMayBeDeniedToExecute() throws Exception {
    Outcome outcome =
        run(
            Map.of(),
            "--deny",
            "execve,execveat",
            "--default-action",
            "errno:EPERM",
            "--",
            "env",
            "true");
    assertThat(outcome.status()).isEqualTo(126);
    assertThat(outcome.err()).contains("Operation not permitted");
  }

  @Test
  void argumentsStayAsTheyAre() throws Exception {
    Outcome outcome =
        bash(
            "exec hardwire run --deny ptrace -- cat /proc/self/cmdline - -- @a $'\\xff' '' '*'"
                + " </dev/null | od -An -c");
    assertThat(
            bash("cat /proc/self/cmdline - -- @a $'\\xff' '' '*' </dev/null 2>/dev/null | od -An"
                    + " -c")
                .out())
        .isEqualTo(outcome.out())
        .contains("377");
  }

  @Test
  void optionsBehindTheProgramAreIts() throws Exception {
    assertThat(run(Map.of(), "--deny", "ptrace", "echo", "--help-not", "--deny", "x").out())
        .isEqualTo("--help-not --deny x\n");
  }

  @Test
  void theEnvironmentStaysAsItIs() throws Exception {
    String variables = "B=1 A=\"two words\" 'X.Y=$z' EMPTY= JAVA_HOME=$JAVA_HOME TMPDIR=$TMPDIR";
    String plain = bash("env -i " + variables + " cat /proc/self/environ").out();
    assertThat(plain).contains("X.Y=$z\0").contains("EMPTY=\0");
    Outcome confined =
        bash(
            "env -i SECCOMP_SYSCALL_DENY=ptrace "
                + variables
                + " SECCOMP_DEFAULT_ACTION=kill hardwire run cat /proc/self/environ");
    assertThat(confined.out().split("\0")).containsExactlyInAnyOrder(plain.split("\0"));
  }

  @Test
  void processDescriptorsAndSignalsStayAsTheyAre() throws Exception {
    Outcome outcome =
        bash("echo $$; exec hardwire run --deny ptrace sh -c 'echo $$; cat'  <<< input");
    List<String> lines = outcome.out().lines().toList();
    assertThat(lines).hasSize(3).endsWith("input");
    assertThat(lines.get(0)).isEqualTo(lines.get(1));
    // The shell reads its own masks: while it starts a command, all signals are blocked.
    String show =
        "sh -c 'ls /proc/$$/fd; while read -r a; do"
            + " case $a in SigBlk*|SigIgn*|ShdPnd*) echo \"$a\";; esac; done < /proc/$$/status'";
    assertThat(bash("trap '' USR1; exec hardwire run --deny ptrace " + show).out())
        .isEqualTo(bash("trap '' USR1; exec " + show).out());
  }

  @Test
  void signalsReachTheProgram() throws Exception {
    Process process =
        Cli.script()
            .environment(environment())
            .start(
                temporary.resolve("out"),
                temporary.resolve("err"),
                List.of("run", "--deny", "ptrace", "--", "sleep", "60"));
    Path comm = Path.of("/proc/" + process.pid() + "/comm");
    while (!Files.readString(comm).equals("sleep\n")) {
      Thread.sleep(20);
    }
    assertThat(Files.readSymbolicLink(comm.resolveSibling("exe")).toString())
        .endsWith(" (deleted)");
    process.toHandle().destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 15);
  }

  @Test
  void theVariablesAreAPolicy() throws Exception {
    Map<String, String> variables =
        Map.of("SECCOMP_SYSCALL_DENY", "uname:ptrace", "SECCOMP_DEFAULT_ACTION", "errno:ENETDOWN");
    assertThat(run(variables, "uname"))
        .isEqualTo(new Outcome(1, "", "uname: cannot get system name: Network is down\n"));
    Outcome printed = run(variables, "printenv", "SECCOMP_SYSCALL_DENY", "SECCOMP_DEFAULT_ACTION");
    assertThat(printed).isEqualTo(new Outcome(1, "", ""));
    Outcome unknown = run(Map.of("SECCOMP_SYSCALL_DENY", "ptrace,unmae"), "true");
    assertThat(unknown.status()).isEqualTo(4);
    assertThat(unknown.err())
        .contains("SECCOMP_SYSCALL_DENY, item 2: unknown system call \"unmae\"");
    assertThat(run(Map.of("SECCOMP_SYSCALL_ALLOW", ""), "true").status()).isEqualTo(128 + 31);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcc-pie",
        "gcc-nonpie",
        "gcc-static",
        "gcc-static-pie",
        "musl-pie",
        "go-pie",
        "go-static"
      })
  void everyKindOfProgram(String name) throws Exception {
    Path program = FIXTURES.resolve("bin").resolve(name);
    Outcome plain = Programs.run(program, "status");
    Outcome confined = run(Map.of(), "--deny", "ptrace", "--", program.toString(), "status");
    assertThat(confined.status()).isEqualTo(plain.status());
    assertThat(confined.out()).contains("Seccomp: 2\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-static", "go-pie"})
  void whatIsDeniedEndsTheProgram(String name) {
    endsTheProgram(name);
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {"gcc-pie", "gcc-nonpie", "gcc-static-pie", "musl-pie", "go-static"})
  void whatIsDeniedEndsTheOthers(String name) {
    endsTheProgram(name);
  }

  private void endsTheProgram(String name) {
    Path program = FIXTURES.resolve("bin").resolve(name);
    assertThat(bash("hardwire run --deny uname -- " + program).status()).isEqualTo(128 + 31);
  }

  @Test
  void aHardWiredProgramKeepsItsPolicy() throws Exception {
    Path wired = temporary.resolve("wired-uname");
    assertThat(bash("hardwire patch --deny uname -o " + wired + " /bin/uname").status()).isZero();
    assertThat(bash("hardwire run --deny ptrace -- " + wired).status()).isEqualTo(128 + 31);
  }

  @Test
  void aProgramThatLooksForLibrariesBesideItselfIsWarnedOf() throws Exception {
    Path program = FIXTURES.resolve("bin").resolve("lib-thread-pie");
    Outcome outcome = run(Map.of(), "--deny", "ptrace", "--", program.toString());
    assertThat(outcome.err())
        .startsWith(
            "hardwire: %s: warning: it looks for libraries beside its file ($ORIGIN)"
                .formatted(program));
    assertThat(run(Map.of(), "--help").out()).contains("$ORIGIN", "--before-exec", "patch -o");
  }

  @Test
  void whatCannotBeConfinedIsNotRun() throws Exception {
    Path script = temporary.resolve("script");
    Files.writeString(script, "#!/bin/sh\necho ran\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    refused(3, "is a script", "--deny", "ptrace", script.toString());
    Path setuid = temporary.resolve("setuid");
    bash("cp /bin/true " + setuid + " && chmod 4755 " + setuid);
    refused(3, "privileged", "--deny", "ptrace", setuid.toString());
    refused(6, "no such file", "--deny", "ptrace", "no-such-program");
    refused(2, "no policy", "true");
    refused(2, "--default-action requires", "--default-action", "log", "true");
    refused(2, "issing required parameter", "--deny", "ptrace");
  }

  private void refused(int status, String message, Object... arguments) throws Exception {
    Outcome outcome = run(Map.of(), arguments);
    outcome.endsWith(status);
    assertThat(outcome.err()).contains(message);
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void javaAloneDoesNotRunIt() throws Exception {
    Outcome outcome =
        bash(
            "\"$JAVA_HOME\"/bin/java -jar $(dirname hardwire)/../target/ha*e.jar run --deny ptrace"
                + " true");
    assertThat(outcome.status()).isEqualTo(2);
  }
}
