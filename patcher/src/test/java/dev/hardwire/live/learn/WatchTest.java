package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy grows by what the kernel records of a program that works. */
class WatchTest {
  private static final int TIMEOUT_SECONDS = 100;

  @TempDir private Path folder;
  private Path logging;
  private Path policy;

  @BeforeEach
  void writePolicy() throws IOException {
    logging = folder.resolve("log.yaml");
    policy = folder.resolve("policy.yaml");
    Files.writeString(
        logging, "version: 1\nname: demo\ndefault: log\nrules:\n  - allow: [exit_group]\n");
  }

  private Path wired(Path rules, String program, String name) {
    Path wired = folder.resolve(name);
    Cli.run("patch", "--policy", rules, "-o", wired, program).succeeds();
    return wired;
  }

  private Process watch(Path exe) throws IOException {
    return Cli.process()
        .start(
            folder.resolve("out"),
            folder.resolve("err"),
            List.of(
                "learn",
                "--watch",
                "--exe",
                exe.toString(),
                "--base",
                logging.toString(),
                "--default-action",
                "kill-process",
                "--no-derive",
                "-o",
                policy.toString()));
  }

  private void awaitText(String text) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!Files.exists(policy) || !Files.readString(policy).contains(text)) {
      assertThat(System.nanoTime()).as(Files.readString(folder.resolve("err"))).isLessThan(end);
      Thread.sleep(50);
    }
  }

  /** Under load, too, every record arrives, of which the kernel's log has a few. */
  @Test
  void everyRecordArrivesAndTheGrownPolicyHolds() throws Exception {
    Path program = wired(logging, "/bin/dd", "dd-log");
    List<String> work = List.of("if=/dev/zero", "of=/dev/null", "bs=1", "count=20000");
    Process watching = watch(program);
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
      while (!Files.exists(policy) && System.nanoTime() < end) { // until it listens
        Programs.run(program, "if=/dev/null", "of=/dev/null").succeeds();
        Thread.sleep(100);
      }
      Programs.run(program, work).succeeds();
      Path last = folder.resolve("last");
      Programs.run(program, "if=/dev/null", "of=" + last, "conv=fdatasync").succeeds();
      awaitText("fdatasync"); // records come in order
      watching.destroy();
      assertThat(watching.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      watching.destroyForcibly();
    }
    String text = Files.readString(policy);
    assertThat(text).contains("default: kill-process\n", "  - allow: [exit_group]\n");
    assertThat(text).containsPattern("- read +# 20,0\\d\\d times").doesNotContain("dropped");
    Path grown = wired(policy, "/bin/dd", "dd-wired");
    Programs.run(grown, work).succeeds();
    Path other = wired(policy, "/bin/mkdir", "mkdir-wired");
    Programs.run(other, folder.resolve("new")).endsWith(Programs.KILLED_BY_SIGSYS);
  }

  @Test
  void otherProgramsDoNotCountAndNothingIsAResultToo() throws IOException {
    Outcome outcome =
        CommandLoop.shared()
            .run(
                "learn",
                "--watch",
                "--for",
                "1",
                "--exe",
                "/no/such",
                "--base",
                logging,
                "--no-companions",
                "-o",
                policy);
    outcome.succeeds();
    assertThat(Files.readString(policy))
        .contains("  - allow: [exit_group]\n")
        .doesNotContain("- read");
  }

  @Test
  void wrongOptionsAreNamed() {
    assertThat(Cli.run("learn", "--watch", "--exe", "a").err())
        .contains("--watch requires -o, and --exe or --pid");
    assertThat(Cli.run("learn", "--watch", "-o", policy).err())
        .contains("--watch requires -o, and --exe or --pid");
    assertThat(Cli.run("learn", "--for", "3", "log").err()).contains("--for requires --watch");
    assertThat(Cli.run("learn", "--watch", "--for", "0", "-o", policy, "--exe", "a").err())
        .contains("--for requires a positive number of seconds");
    assertThat(Cli.run("learn", "--watch", "--exec", "-o", policy, "--", "a").err())
        .contains("--watch and --exec cannot be used together");
    assertThat(Cli.run("learn").err()).contains("missing required parameter: LOG");
  }

  @Test
  void whoMayNotReadTheRecordsIsTold() {
    Outcome outcome =
        Programs.run(
            "setpriv",
            "--bounding-set=-audit_read",
            "--inh-caps=-audit_read",
            Cli.process().command("learn", "--watch", "--for", "1", "--exe", "/a", "-o", policy));
    assertThat(outcome.err())
        .contains(
            "the kernel's audit records: may not be read; run as root, or with CAP_AUDIT_READ");
    assertThat(outcome.status()).isEqualTo(6);
  }
}
