package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that run or measure filters know those of phases. */
class PhaseToolsTest {
  @TempDir private Path folder;
  private Path policy;

  @BeforeEach
  void write() throws IOException {
    policy =
        Files.writeString(
            folder.resolve("p.yaml"),
            """
            version: 1
            default: allow
            rules:
              - errno EACCES: [uname]
            phases:
              - name: work hard
                at: {first-call-of: read}
                default: kill-process
                rules:
                  - allow: [read, exit_group]
                  - errno EPERM: [getpid, uname]
            """);
  }

  private Outcome table(String text) throws IOException {
    return Cli.run("policy", "test", policy, Files.writeString(folder.resolve("table"), text));
  }

  @Test
  void tablesHaveLinesForPhases() throws IOException {
    assertThat(
            table(
                    """
                    uname -> errno EACCES
                    getpid -> allow
                    phase work hard:   # of equal actions, that of the later filter
                    uname -> errno EPERM
                    read -> allow
                    getpid -> errno EPERM
                    getuid -> kill-process
                    """)
                .succeeds()
                .out())
        .isEqualTo("6 calls, 0 not as expected\n");
    Outcome wrong = table("phase work hard:\ngetpid -> allow\n");
    wrong.endsWith(ExitCode.VERIFICATION_FAILED.code());
    assertThat(wrong.out()).contains(":2:1: getpid: expected allow, got errno EPERM");
    Outcome unknown = table("phase other:\ngetpid -> allow\n");
    unknown.endsWith(ExitCode.INVALID_POLICY.code());
    assertThat(unknown.err()).contains("table:2:1: the policy has no phase \"other\"");
  }

  @Test
  void emulateSaysWhatPhasesDecide() {
    String line = Cli.ok("emulate", "--policy", policy, "getpid", "uname", "getuid").out();
    assertThat(line.lines())
        .satisfiesExactly(
            getpid ->
                assertThat(getpid)
                    .containsPattern(
                        "^getpid\\(\\): allow .*; in phase work hard: errno EPERM \\("),
            uname ->
                assertThat(uname)
                    .containsPattern(": errno EACCES .*; in phase work hard: errno EPERM \\("),
            getuid ->
                assertThat(getuid)
                    .containsPattern(": allow .*; in phase work hard: kill-process \\("));
  }

  @Test
  void emulateReadsThePhasesOfAFile() {
    Path wired = folder.resolve("wc");
    Cli.ok("patch", "--policy", policy, "-o", wired, "/usr/bin/wc");
    assertThat(Cli.ok("emulate", "--filter", wired, "getpid").out())
        .isEqualTo(Cli.ok("emulate", "--policy", policy, "getpid").out());
  }

  @Test
  void everyFilterIsMeasured() {
    String text = Cli.ok("policy", "size", policy).out();
    assertThat(text.lines())
        .satisfiesExactly(
            title -> assertThat(title).isEqualTo("INSTRUCTIONS  RULE"),
            rule -> assertThat(rule).contains("p.yaml:4:5 errno EACCES: [uname]"),
            empty -> assertThat(empty).endsWith("without any rule"),
            whole -> assertThat(whole).endsWith("in all"),
            phase ->
                assertThat(phase).isEqualTo("phase \"work hard\", from the first call of read on"),
            first -> assertThat(first).contains("p.yaml:10:9 allow: [read, exit_group]"),
            second -> assertThat(second).contains("p.yaml:11:9 errno EPERM: [getpid, uname]"),
            empty -> assertThat(empty).endsWith("without any rule"),
            whole -> assertThat(whole).endsWith("in all"));
  }
}
