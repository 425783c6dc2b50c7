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

  private Path restricted(String name, String landlock) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        """
        version: 1
        default: allow
        rules: []
        phases:
          - {name: work, at: {first-call-of: read}, default: allow, rules: [], landlock: {%s}}
        """
            .formatted(landlock));
  }

  @Test
  void pathsOfPhasesAreExplainedAndCompared() throws IOException {
    Path one = restricted("one", "read: [/usr]");
    Path other = restricted("other", "read: [/usr, '?/etc']");
    assertThat(Cli.ok("policy", "explain", other, "/etc/passwd").out().lines())
        .satisfiesExactly(
            title -> assertThat(title).startsWith("CALL"),
            read -> assertThat(read).startsWith("read /etc/passwd ").contains("not restricted"),
            write -> assertThat(write).startsWith("write /etc/passwd "),
            execute -> assertThat(execute).startsWith("execute /etc/passwd "),
            phase -> assertThat(phase).startsWith("phase work ").contains("the first call of read"),
            read -> assertThat(read).contains("work: read /etc/passwd", "allow", "other:5:"),
            write -> assertThat(write).contains("work: write /etc/passwd", "errno EACCES"),
            execute -> assertThat(execute).contains("work: execute /etc/passwd", "errno EACCES"));
    Outcome diff = Cli.run("policy", "diff", one, other);
    diff.endsWith(ExitCode.VERIFICATION_FAILED.code());
    assertThat(diff.out())
        .isEqualTo(
            "from the first call of read on, read /etc: denied -> allowed, may be missing\n");
    assertThat(Cli.run("policy", "diff", "--json", one, other).out())
        .contains("\"read /etc: denied -> allowed, may be missing\"");
    assertThat(Cli.ok("policy", "diff", one, one).out()).isEqualTo("the policies are equivalent\n");
    assertThat(Cli.ok("policy", "size", one).out()).contains("phase \"work\"");
    assertThat(Cli.ok("emulate", "--policy", one, "read").out()).contains("in phase work: allow");
    Cli.run("policy", "convert", "--to", "oci", one).fails(4, "oci cannot express phases");
  }

  @Test
  void filesArePrintedAndBoundsKept() throws IOException {
    Path one = restricted("one", "read: [/usr]");
    Path wired = folder.resolve("wc");
    Cli.ok("patch", "--policy", one, "-o", wired, "/usr/bin/wc");
    assertThat(Cli.ok("inspect", wired).out())
        .contains(
            "openat(AT_FDCWD, \"/usr\", O_PATH|O_CLOEXEC)",
            "landlock_restrict_self(-1, LANDLOCK_RESTRICT_SELF_TSYNC)",
            "kernel: {at-least: 8, below: stop}");
    Cli.ok("verify", "--require-policy-at-least", one, wired);
    Path narrow = restricted("narrow", "read: [/usr/lib]");
    Outcome wider = Cli.run("verify", "--require-policy-at-least", narrow, wired);
    wider.endsWith(ExitCode.VERIFICATION_FAILED.code());
    assertThat(wider.out()).contains("to read /usr, from the first call of read on");
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
