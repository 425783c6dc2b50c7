package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command says and how it ends. */
class LearnCommandTest {
  @TempDir private Path folder;
  private Path trace;
  private Path policy;

  @BeforeEach
  void makeTrace() throws IOException {
    trace = folder.resolve("trace");
    policy = folder.resolve("policy.yaml");
    Files.writeString(trace, "getpid() = 7\nsocket(AF_UNIX, SOCK_STREAM, 0) = 3\n");
  }

  private static void fails(int status, String message, Object... args) {
    Outcome outcome = Cli.run(args);
    assertThat(outcome.err()).contains(message);
    assertThat(outcome.status()).as(outcome.err()).isEqualTo(status);
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void printsThePolicyUnlessThereIsAFile() throws IOException {
    Outcome printed = Cli.run("learn", trace);
    assertThat(printed.status()).isZero();
    assertThat(Cli.run("learn", "-o", "-", trace)).isEqualTo(printed);
    Outcome written = Cli.run("learn", "-o", policy, trace);
    assertThat(written.out()).isEmpty();
    assertThat(Files.readString(policy)).isEqualTo(printed.out());
    assertThat(written.err())
        .isEqualTo(
            "hardwire: %s: learned from 2 system calls, 2 different, in %s\n"
                    .formatted(policy, trace)
                + "hardwire: no policy is installed in %s: counted everything after the first execve\n"
                    .formatted(trace));
  }

  @Test
  void namesOfLogsCannotControlTheTerminal() throws IOException {
    Path log = folder.resolve("log\u001b[31m\nhardwire: x");
    Files.writeString(log, "text\n" + Files.readString(trace));
    Outcome outcome = Cli.run("learn", log);
    assertThat(outcome.err())
        .doesNotContain("\u001b", "\nhardwire: x")
        .contains("warning: %s/log\\x1b[31m\\nhardwire: x: 1 line was not".formatted(folder));
    assertThat(outcome.out().lines().filter(line -> line.contains("x1b"))).isEmpty();
    assertThat(outcome.out()).doesNotContain("\u001b").contains("log?[31m?hardwire: x");
  }

  @Test
  void optionsShapeThePolicy() {
    assertThat(
            Cli.run(
                    "learn",
                    "--name",
                    "my name",
                    "--default-action",
                    "errno:EPERM",
                    "--arguments",
                    trace)
                .out())
        .contains("name: \"my name\"\n", "default: errno EPERM\n", "when: \"family == AF_UNIX");
  }

  @Test
  void errorsHaveTheirExitCodes() throws IOException {
    fails(6, "nothing to learn from", "learn", "--from", "audit", trace);
    fails(6, "nothing: no such file or directory", "learn", folder.resolve("nothing"));
    fails(6, "is a directory", "learn", folder);
    fails(6, "/a does not exist", "learn", "-o", folder.resolve("a/b"), trace);
    fails(2, "missing required parameter", "learn");
    fails(2, "invalid value for option '--from'", "learn", "--from", "nowhere", trace);
    fails(2, "--hook and --log require --exec", "learn", "--hook", "entry", trace);
    fails(2, "--default-action: unknown action", "learn", "--default-action", "frob", trace);
    fails(2, "would allow every call", "learn", "--default-action", "allow", trace);
    fails(2, "is a log; write to another file", "learn", "-o", trace, trace);
    fails(6, "is a directory", "learn", "--exec", "--log", folder, "--", "true");
    fails(2, "--pid requires a positive number", "learn", "--pid", "0", trace);
    fails(2, "--name requires", "learn", "--name", "\n", trace);
    fails(
        2,
        "--exec and --pid cannot be used together",
        "learn",
        "--exec",
        "--pid",
        "1",
        "--",
        "true");
    Files.writeString(policy, "version: 9\n");
    fails(4, "policy.yaml:1:10: version 9 is not known", "learn", "--base", policy, trace);
  }

  private void failsToLearn(String message, Object... words) {
    Outcome outcome = CommandLoop.shared().run("learn", "--exec", "-o", policy, List.of(words));
    assertThat(outcome.status()).as("%s", outcome).isEqualTo(6);
    assertThat(outcome.err()).contains(message);
    assertThat(policy).doesNotExist();
  }

  @Test
  void learnsNothingFromAProgramThatDoesNotStart() throws IOException {
    Path program = Files.copy(Path.of("/usr/bin/true"), folder.resolve("program"));
    failsToLearn("hardwire: nothing: not found in PATH; give the path", "--", "nothing");
    failsToLearn("/nothing: no such file or directory\n", "--", folder + "/nothing");
    failsToLearn(folder + ": is not a regular file; give", "--", folder);
    Programs.output("chmod", "-x", program);
    failsToLearn("did not start: EACCES (Permission denied); it has to be exec", "--", program);
    failsToLearn("did not start: EACCES (", "--incomplete", "--", program);
    Programs.output("chmod", "+x", program);
    Programs.output("patchelf", "--set-interpreter", "/lib/nothing.so", program);
    failsToLearn("did not start: ENOENT (No such file or directory); it", "--", program);
  }

  @Test
  void learnsNothingFromAProgramThatDoesNotFindAnotherOne() throws IOException {
    failsToLearn("env: exited with status 127, as programs do", "--", "env", "/nothing");
    failsToLearn("keep the trace (--log FILE)", "--", "env", folder);
    Path log = folder.resolve("log");
    failsToLearn("hardwire learn " + log, "--log", log, "--", "env", "/nothing");
    assertThat(Cli.run("learn", "-o", policy, log).status()).isZero();
  }

  /** Programs such as grep have a status for what they find. */
  @Test
  void warnsOfAProgramThatFailsOrCrashes() {
    assertThat(learned("exit 3")).contains("hardwire: warning: bash exited with status 3; if it");
    assertThat(learned("kill -SEGV $$"))
        .contains("hardwire: warning: bash was ended by signal 11; if");
    assertThat(learned("kill -TERM $$")).contains("hardwire: bash was ended by signal 15\n");
  }

  private String learned(String script) {
    return CommandLoop.shared()
        .run("learn", "--exec", "--no-derive", "-o", policy, "--", "bash", "-c", script)
        .succeeds()
        .err();
  }

  @Test
  void runsAProgramWithItsInputOutputAndStatus() throws IOException {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    String script = "cat; echo \"$0\" >&2; exit 5";
    Outcome outcome =
        Cli.process()
            .environment(Map.of("TMPDIR", temporary.toString()))
            .call(
                "learn",
                "--exec",
                "--no-derive",
                "-o",
                policy,
                "--",
                "bash",
                "-c",
                script,
                "--help");
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .contains(
            "--help\n",
            "hardwire: warning: bash exited with status 5; if it failed, the policy lacks",
            "in trace\n");
    assertThat(outcome.status()).isZero();
    assertThat(Files.readString(policy)).contains("name: \"bash\"\n", "- execve ", "- read ");
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void keepsTheTraceWhereItIsTold() throws IOException {
    Path log = folder.resolve("kept");
    CommandLoop.shared()
        .run("learn", "--exec", "--no-derive", "--log", log, "-o", policy, "--", "/bin/true")
        .succeeds();
    assertThat(Files.readString(log)).contains("seccomp(SECCOMP_SET_MODE_FILTER");
    assertThat(Files.readString(policy)).contains("first at " + log + ":");
  }

  @Test
  void aHardWiredProgramIsRunWithoutItsPolicy() {
    Path wired = folder.resolve("wired");
    assertThat(Cli.run("patch", "--allow", "", "-o", wired, "/bin/true").status()).isZero();
    Outcome outcome = CommandLoop.shared().run("learn", "--exec", "-o", policy, "--", wired);
    assertThat(outcome.err()).contains("wired exited with status 0\n");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void programsThatCannotBePatchedAreRefused() throws IOException {
    Path script = folder.resolve("script");
    Files.writeString(script, "#!/bin/sh -e\ntrue\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    fails(3, "not-elf: ", "learn", "--exec", "--", script);
    fails(3, "is a script for /bin/sh -e", "learn", "--exec", "--", script);
    Files.writeString(script, "text");
    fails(3, "not-elf: ", "learn", "--exec", "--", script);
    fails(6, "no-such-program: not found in PATH", "learn", "--exec", "--", "no-such-program");
  }

  @Test
  void aProgramThatDoesNotStartTeachesNothing() {
    Path program = Fixtures.named("cxx-pie").path(); // its library is beside it, and not the copy
    fails(6, "ended before the place at which a policy is", "learn", "--exec", "--", program);
    fails(6, "and give the LOG", "learn", "--exec", "--no-derive", "--", program);
    assertThat(policy).doesNotExist();
  }

  @Test
  void straceIsNeeded() {
    Outcome outcome =
        Cli.process()
            .environment(Map.of("PATH", folder.toString()))
            .call("learn", "--exec", "--", "/bin/true");
    assertThat(outcome.status()).isEqualTo(6);
    assertThat(outcome.err())
        .isEqualTo("hardwire: strace: not found in PATH; install Debian's package strace\n");
  }

  /** Whether a process is {@code sleep} and waits: not for its tracer, whose state is another. */
  private static boolean isAsleep(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/stat")).contains("(sleep) S ");
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  @Test
  void aSignalEndsTheProgramAndThePolicyIsWritten() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path source = folder.resolve("sleep.c");
    Files.writeString(source, "#include <unistd.h>\nint main(void) { return sleep(60) != 0; }\n");
    Path sleep = folder.resolve("sleep");
    Programs.output("musl-gcc", "-static", "-o", sleep, source);
    Process process =
        Cli.process()
            .environment(Map.of("TMPDIR", temporary.toString()))
            .start(
                folder.resolve("out"),
                folder.resolve("err"),
                List.of("learn", "--exec", "-o", policy, "--", sleep));
    try {
      while (process.isAlive() && process.descendants().noneMatch(LearnCommandTest::isAsleep)) {
        Thread.sleep(20);
      }
      process.destroy();
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(128 + 15);
    assertThat(folder.resolve("err")).content().contains("sleep was ended by signal 15");
    assertThat(policy).content().containsPattern("- (clock_)?nanosleep ");
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }
}
