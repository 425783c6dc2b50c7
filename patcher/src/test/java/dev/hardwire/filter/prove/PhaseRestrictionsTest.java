package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.filter.prove.explain.PhaseExplanation;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Files, ports and processes that a program gives up in a phase. */
class PhaseRestrictionsTest {
  private static final String SETUP =
      "landlock_create_ruleset, landlock_add_rule, landlock_restrict_self, openat, close";

  private static Policy policy(String start, String... phases) {
    StringBuilder text = new StringBuilder("version: 1\n");
    text.append(start).append("\nphases:\n");
    for (String phase : phases) {
      text.append("  - ").append(phase).append('\n');
    }
    return YamlPolicyReader.read(text.toString().getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static Policy restricted(String landlock) {
    return policy(
        "default: allow\nrules: []",
        "{name: a, at: {first-call-of: f}, default: allow, rules: [], landlock: {%s}}"
            .formatted(landlock));
  }

  private static List<PolicyWarning> check(Policy policy) {
    return PolicyCheck.warnings(ResolvedPolicy.of(policy, Target.X86_64));
  }

  private static String start(String calls) {
    return "default: kill-process\nrules: [allow: [read, write, exit_group, " + calls + "]]";
  }

  private static String phase(String name, String function, String calls, String landlock) {
    return "{name: %s, at: {first-call-of: %s}, default: kill-process, %s, landlock: {%s}}"
        .formatted(name, function, "rules: [allow: [" + calls + "]]", landlock);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          brk; allow landlock_create_ruleset, openat (when: "flags == O_PATH|O_CLOEXEC"), landlock_add_rule, landlock_restrict_self, close
          openat, close, landlock_create_ruleset; allow landlock_add_rule, landlock_restrict_self
          """)
  void theStartAllowsTheCallsOfAPhase(String calls, String message) {
    String own = "read, write, exit_group";
    assertThatThrownBy(() -> check(policy(start(calls), phase("a", "f", own, "read: [/x]"))))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("p.yaml:5:")
        .hasMessageContaining(
            "the policy denies calls with which the phase \"a\" restricts files, ports or"
                + " processes; ")
        .hasMessageEndingWith(message);
  }

  @Test
  void conditionsAndKindsOfRulesCount() {
    String exact =
        """
        default: kill-process
        rules:
          - allow: [exit_group, write, close]
          - {allow: [openat], when: "dirfd == AT_FDCWD && flags == O_PATH|O_CLOEXEC"}
          - {allow: [landlock_create_ruleset], when: "size == 24"}
          - {allow: [landlock_add_rule], when: "rule_type == 1"}
          - {allow: [landlock_restrict_self], when: "flags == 8"}
        """;
    String later = "exit_group, write, openat, close, \"@sandbox\"";
    assertThat(check(policy(exact, phase("a", "f", later, "read: [/x]")))).isEmpty();
    assertThatThrownBy(() -> check(policy(exact, phase("a", "f", later, "connect: [1]"))))
        .hasMessageEndingWith("allow landlock_add_rule");
    String none = "exit_group, write, close, \"@sandbox\"";
    String noFiles = exact.replaceAll(".*openat.*\n", "");
    assertThat(check(policy(noFiles, phase("a", "f", none, "read: []")))).isEmpty();
    // a rule for / keeps renames possible
    assertThatThrownBy(() -> check(policy(noFiles, phase("a", "f", none, "scope: [signal]"))))
        .hasMessageContaining("allow openat");
  }

  /** Phases begin in any order. */
  @Test
  void otherPhasesAllowThemToo() {
    String all = "write, exit_group, " + SETUP;
    String landlock = "read: [/x]";
    String free =
        "{name: b, at: main, default: kill-process, rules: [allow: [exit_group, write, %s]]}";
    Policy denied = policy(start(SETUP), phase("a", "f", all, landlock), free.formatted("read"));
    assertThatThrownBy(() -> check(denied))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("p.yaml:5:")
        .hasMessageContaining("phase \"b\" denies calls with which the phase \"a\" restricts");
    Policy allowed = policy(start(SETUP), phase("a", "f", all, landlock), free.formatted(SETUP));
    assertThat(check(allowed)).isEmpty();
    Policy both =
        policy(
            start(SETUP), phase("a", "f", all, landlock), phase("b", "g", "exit_group", landlock));
    assertThatThrownBy(() -> check(both)).hasMessageContaining("phase \"b\" denies calls with");
  }

  /** Two threads may begin it, or a signal handler. */
  @Test
  void aPhaseThatDeniesItsOwnCallsCausesAWarning() {
    Policy policy = policy(start(SETUP), phase("a", "f", "write, exit_group, close", "read: [/x]"));
    assertThat(check(policy))
        .extracting(PolicyWarning::message)
        .containsExactly(
            "phase \"a\" denies calls with which it begins, so the program may be ended if it"
                + " begins twice (by threads, or in a signal handler); allow"
                + " landlock_create_ruleset, openat (when: \"flags == O_PATH|O_CLOEXEC\"),"
                + " landlock_add_rule, landlock_restrict_self");
    String main =
        phase("a", "f", "write, exit_group", "read: [/x]").replace("{first-call-of: f}", "main");
    assertThat(check(policy(start(SETUP), main))).isEmpty();
  }

  @Test
  void whatTheStartDeniesCausesAWarning() {
    String start =
        "default: allow\nrules: []\nlandlock: {read: [/usr, ?/opt], connect: [1], bind: []}";
    Policy wider =
        policy(
            start,
            "{name: a, at: main, default: allow, rules: [], landlock: "
                + "{read: [/usr/lib, /opt/x, /etc, .], write: [/w], connect: [1, 2], bind: [3]}}");
    assertThat(check(wider))
        .extracting(PolicyWarning::message)
        .containsExactly(
            "phase \"a\" lets the program read /etc, which the policy denies from the start",
            "phase \"a\" lets the program write /w, which the policy denies from the start",
            "phase \"a\" lets the program connect to port 2, which the policy denies from the"
                + " start",
            "phase \"a\" lets the program bind to port 3, which the policy denies from the start");
    assertThat(check(restricted("read: [/proc/self]")))
        .extracting(PolicyWarning::message)
        .anyMatch(text -> text.startsWith("the kernel may forget this rule"));
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void otherSocketsAreDeniedFromThePhaseOn(Target machine) {
    Policy policy = restricted("connect: [443]");
    int number = SyscallTable.of(machine).number("socket").orElseThrow();
    SeccompData udp = SeccompData.of(machine, number, 2, 2, 0);
    ResolvedPolicy start = ResolvedPolicy.of(policy, machine);
    ResolvedPolicy later = ResolvedPolicy.of(policy, policy.phases().get(0), machine);
    assertThat(Emulator.run(FilterCompiler.compile(start), udp).verdict())
        .isEqualTo(new Verdict(Verdict.ALLOW));
    assertThat(Emulator.run(FilterCompiler.compile(later), udp).verdict())
        .isEqualTo(new Verdict(Verdict.ERRNO | 13));
  }

  @Test
  void theyAreComparedAndExplained() {
    Policy one = restricted("read: [/a]");
    Policy other = restricted("read: [/a, /b]");
    PhaseDiff.Entry entry = PhaseDiff.between(one, other, Target.X86_64).get(0);
    assertThat(entry.entries()).isEmpty();
    assertThat(entry.restrictions()).containsExactly("read /b: denied -> allowed");
    assertThat(PhaseDiff.between(one, one, Target.X86_64)).isEmpty();
    List<ExplainedCall> rows =
        PhaseExplanation.of(one, Target.X86_64, Set.of(), List.of("/a/x", "/c"));
    assertThat(rows)
        .extracting(row -> row.call() + " " + row.decision())
        .containsExactly(
            "phase a from the first call of f on",
            "a: read /a/x allow",
            "a: write /a/x errno EACCES",
            "a: execute /a/x errno EACCES",
            "a: read /c errno EACCES",
            "a: write /c errno EACCES",
            "a: execute /c errno EACCES");
    assertThat(PhaseExplanation.of(one, Target.X86_64, Set.of(), List.of()))
        .extracting(ExplainedCall::call)
        .contains("a: read /a", "a: read elsewhere");
    assertThat(PhaseExplanation.restrictions(one))
        .extracting(ExplainedCall::call)
        .contains("a: read /a");
  }

  @Test
  void aBoundIsKeptByThePhaseOrTheStart() {
    Target machine = Target.X86_64;
    Policy bound = restricted("read: [/a], connect: [1], other-sockets: allow");
    assertThat(PhaseDiff.exceeding(List.of(bound), bound, machine)).isEmpty();
    Policy free = bound.inPhases(List.of());
    assertThat(PhaseDiff.exceeding(List.of(free), bound, machine))
        .contains("files that the policy does not restrict, from the first call of f on");
    Policy wider = restricted("read: [/a, /b], connect: [1], other-sockets: allow");
    assertThat(PhaseDiff.exceeding(List.of(wider), bound, machine))
        .contains("to read /b, from the first call of f on");
    assertThat(PhaseDiff.exceeding(List.of(wider, bound), bound, machine)).isEmpty();
    Policy narrow = restricted("read: [/a/b], connect: [], scope: [signal], other-sockets: allow");
    assertThat(PhaseDiff.exceeding(List.of(narrow), bound, machine)).isEmpty();
    String start =
        """
        default: allow
        rules: []
        landlock: {kernel: %s, read: [/a], connect: [1], other-sockets: allow}
        """;
    Policy earlier = read(start.formatted("{at-least: 8}"));
    assertThat(PhaseDiff.exceeding(List.of(earlier), bound, machine)).isEmpty();
    // before ABI 8, not all threads
    assertThat(PhaseDiff.exceeding(List.of(read(start.formatted("require"))), bound, machine))
        .contains("to start on a kernel without ABI 8 of Landlock, from the first call of f on");
  }

  private static Policy read(String text) {
    return YamlPolicyReader.read(
        ("version: 1\n" + text).getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  @Test
  void theReportCountsThem() {
    ResolvedPolicy policy = ResolvedPolicy.of(restricted("read: [/a]"), Target.X86_64);
    assertThat(Confinement.of(List.of(policy)).text())
        .isEqualTo("every call is allowed; restricted: phases");
  }
}
