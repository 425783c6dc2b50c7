package dev.hardwire.live.phases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that a program gives up in a phase. Where the kernel cannot restrict all threads, which
 * takes ABI 8 of Landlock (Linux 7.0), the program must not start.
 */
@Tag("system")
class LandlockPhaseTest {
  private static final int MOST_LAYERS = 16;
  private static final String OLD =
      ", which the phase \"later\" takes, so the program was not started";
  private static final String EPOLL = "{first-call-of: epoll_wait}";
  private static final String ALL = "read: [/], execute: [/]";

  @TempDir private Path folder;
  private Phased phased;

  @BeforeEach
  void prepare() {
    phased = new Phased(folder);
  }

  private Path policy(String at, String landlock) throws IOException {
    return phased.write(
        """
        version: 1
        default: allow
        rules: [errno ENOSYS: [getcpu]]
        phases:
          - {name: later, at: %s, default: allow, rules: [errno EPERM: [uname]], landlock: {%s}}
        """
            .formatted(at, landlock));
  }

  /** Runs steps: the lines are those that are expected, or the kernel is too old. */
  private void check(Path patched, List<String> steps, String... lines) throws IOException {
    Outcome outcome = Programs.run(patched, steps);
    if (!KernelFeature.ALL_THREADS.isOffered()) {
      outcome.endsWith(126);
      assertThat(outcome.err()).startsWith("hardwire: this kernel").contains(OLD);
      assertThat(outcome.out()).isEmpty();
    } else {
      assertThat(outcome.out().lines()).containsExactly(lines);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pie     | {first-call-of: epoll_wait}
          ibt-now | {first-call-of: epoll_wait}
          musl    | {first-call-of: epoll_wait}
          static  | main
          """)
  void allThreadsAreRestrictedFromTheMomentOn(String kind, String at) throws IOException {
    Path inside = Files.writeString(folder.resolve("inside"), "x");
    String restrictions = "read: [" + folder + "], scope: [signal]";
    Path patched = phased.patched(policy(at, restrictions), Phased.program(kind));
    List<String> open = List.of("open:" + inside, "open:/etc/passwd");
    List<String> steps = new ArrayList<>(List.of("worker"));
    steps.addAll(open);
    steps.add("trigger");
    steps.addAll(open);
    String before = at.equals("main") ? "open: 13 13" : "open: 0 0";
    check(patched, steps, "open: 0 0", before, "trigger: 0", "open: 0 0", "open: 13 13");
  }

  @Test
  void threadsHandlersAndChildrenBeginIt() throws IOException {
    Path patched = phased.patched(policy(EPOLL, "read: [/proc]"), Phased.program("now"));
    check(patched, List.of("race:50"), "race: 2 to 2");
    check(patched, List.of("signal", "filters", "open:/etc/passwd"), "filters: 2", "open: 13");
    check(patched, List.of("errno", "filters"), "errno: 77", "filters: 2");
    check(
        patched,
        List.of("fork", "open:/etc/passwd", "trigger", "open:/etc/passwd"),
        "child: 2",
        "parent: 1",
        "open: 0",
        "trigger: 0",
        "open: 13");
  }

  /** Each program that is executed adds rules of its own, and the kernel takes 16 of them. */
  @Test
  void aRowOfProgramsEndsWithTheLastLayer() throws IOException {
    Path patched = phased.patched(policy(EPOLL, ALL), Phased.program("pie"));
    List<String> steps = new ArrayList<>(List.of("trigger"));
    List<String> lines = new ArrayList<>(List.of("trigger: 0"));
    for (int layer = 1; layer < MOST_LAYERS; layer++) {
      steps.addAll(List.of("exec", patched.toString(), "trigger"));
      lines.add("trigger: 0");
    }
    check(patched, steps, lines.toArray(String[]::new));
    steps.addAll(List.of("exec", patched.toString(), "open:/etc/passwd", "trigger", "uname"));
    lines.add("open: 0");
    check(patched, steps, lines.toArray(String[]::new));
  }

  @Test
  void policiesThatDenyItsCallsAreRefused() throws IOException {
    Path program = Phased.program("pie");
    Path no = folder.resolve("no");
    String text = Files.readString(policy(EPOLL, ALL));
    Path denying = phased.write(text.replace("[getcpu]", "[landlock_add_rule, close]"));
    Outcome refused = Cli.run("patch", "--policy", denying, "-o", no, program);
    refused.fails(
        4,
        "the policy denies calls with which the phase \"later\" restricts files, ports or"
            + " processes; allow landlock_add_rule, close");
    assertThat(refused.err().lines()).hasSize(1);
    assertThat(no).doesNotExist();
  }

  @Test
  void stackedPoliciesLetItBegin() throws IOException {
    Path restricting = policy(EPOLL, ALL);
    Path patched = phased.patched(restricting, Phased.program("pie"));
    Path denying =
        phased.write(
            "version: 1\nname: d\ndefault: allow\nrules: [errno EPERM: [landlock_add_rule]]\n");
    Path no = folder.resolve("no");
    String message =
        "the policy \"d\" denies landlock_add_rule, with which the phase \"later\" begins";
    Cli.run("patch", "--stack", "--policy", denying, "-o", no, patched).fails(3, message);
    Path denied = phased.patched(denying, Phased.program("pie"));
    Cli.run("patch", "--stack", "--policy", restricting, "-o", no, denied).fails(3, message);
    Path version =
        phased.write(
            """
            version: 1
            name: e
            default: allow
            rules: [errno EPERM: [landlock_create_ruleset]]
            """);
    Path old = phased.patched(version, Phased.program("pie"));
    Cli.run("patch", "--stack", "--policy", restricting, "-o", no, old)
        .fails(3, "the policy \"e\" denies landlock_create_ruleset, with which ");
    assertThat(no).doesNotExist();
    Path other = phased.policy("{first-call-of: snprintf}", "errno 3: [epoll_wait]");
    Path twice = folder.resolve("twice");
    Cli.ok("patch", "--stack", "--policy", other, "-o", twice, patched);
    Cli.ok("verify", twice);
  }
}
