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
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PhasesTest {
  private static final Verdict KILL = new Verdict(Verdict.KILL_PROCESS);
  private static final Verdict ALLOW = new Verdict(Verdict.ALLOW);

  private static Policy policy(String rules, String... phases) {
    StringBuilder text = new StringBuilder("version: 1\ndefault: kill-process\nrules:\n  - ");
    text.append(rules).append("\nphases:\n");
    for (String phase : phases) {
      text.append("  - ").append(phase).append('\n');
    }
    return YamlPolicyReader.read(text.toString().getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static String phase(String name, String function, String rules) {
    return "{name: %s, at: {first-call-of: %s}, default: kill-process, rules: [%s]}"
        .formatted(name, function, rules);
  }

  private static Verdict decides(ResolvedPolicy policy, long... args) {
    int number = SyscallTable.of(policy.architecture()).number("seccomp").orElseThrow();
    SeccompData call = SeccompData.of(policy.architecture(), number, args);
    return Emulator.run(FilterCompiler.compile(policy), call).verdict();
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void onlyTheCallsThatBeginPhasesAreDecidedOtherwise(Target machine) {
    Policy whole =
        policy("allow: [read, write]", phase("a", "f", "allow: [read]"), phase("b", "g", ""));
    ResolvedPolicy start = ResolvedPolicy.of(whole, machine);
    Phase a = whole.phases().get(0);
    Phase b = whole.phases().get(1);
    for (Phase phase : whole.phases()) {
      assertThat(decides(start, 1, 1, 0x1234, phase.mark())).isEqualTo(ALLOW);
      assertThat(decides(start, 1, 0, 0x1234, phase.mark())).isEqualTo(KILL);
      assertThat(decides(start, 1, 9, 0x1234, phase.mark())).isEqualTo(KILL);
      assertThat(decides(start, 0, 1, 0x1234, phase.mark())).isEqualTo(KILL);
    }
    assertThat(decides(start, 1, 1, 0x1234, 0)).isEqualTo(KILL);
    ResolvedPolicy later = ResolvedPolicy.of(whole, a, machine);
    assertThat(decides(later, 1, 1, 0x1234, a.mark())).isEqualTo(ALLOW);
    assertThat(decides(later, 1, 1, 0x1234, b.mark())).isEqualTo(ALLOW);
    assertThat(decides(later, 1, 1, 0x1234, 0)).isEqualTo(KILL);
    assertThat(FilterProof.check(FilterCompiler.compile(later), later)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow: [read, open]      | 7:92: phase "a" allows open, which the policy denies from the start; remove it here, or allow it there
          allow: ["@clock"]        | 7:78: phase "a" allows calls here that the policy denies from the start; remove the rule, or allow them there
          allow: [seccomp]         | 7:86: phase "a" allows seccomp, which
          log: [ptrace]            | 7:84: phase "a" allows ptrace, which
          """)
  void whatTheStartDeniesIsAnError(String rule, String message) {
    Policy whole =
        policy("allow: [read, write, exit_group]\n", phase("a", "f", "allow: [write, exit_group]"))
            .inPhases(List.of());
    String text =
        """
        version: 1
        default: kill-process
        rules:
          - allow: [read, write, exit_group]

        phases:
          - {name: a, at: {first-call-of: f}, default: kill-process, rules: [        %s]}
        """
            .formatted(rule);
    Policy read = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
    assertThat(read.inPhases(List.of())).isEqualTo(whole);
    assertThatThrownBy(() -> PolicyCheck.warnings(ResolvedPolicy.of(read, Target.X86_64)))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("p.yaml:" + message);
  }

  @Test
  void whatTheStartAllowsAtTimesIsNone() {
    Policy whole =
        policy(
            "allow: [exit_group, write, \"@sync\"]",
            phase("a", "f", "allow: [exit_group, write], {allow: [\"@sync\", time]}"));
    assertThatThrownBy(() -> PolicyCheck.warnings(ResolvedPolicy.of(whole, Target.X86_64)))
        .hasMessageContaining("allows time");
    Policy good =
        policy(
            "allow: [exit_group, write]\n  - {allow: [socket], when: \"domain == AF_INET\"}",
            phase("a", "f", "allow: [socket, exit_group, write]"));
    assertThat(PolicyCheck.warnings(ResolvedPolicy.of(good, Target.X86_64))).isEmpty();
  }

  @Test
  void aPhaseIsCheckedLikeAPolicy() {
    Policy whole =
        policy("allow: [read, write, exit_group]", phase("a", "f", "allow: [read, write]"));
    assertThat(PolicyCheck.warnings(ResolvedPolicy.of(whole, Target.X86_64)))
        .extracting(PolicyWarning::message)
        .containsExactly("exit_group is not allowed: the program cannot end; allow it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          errno EPERM: [exit_group]                              | the policy decides errno EPERM for exit_group
          trap: [exit_group]                                     | the policy decides trap for exit_group
          {errno EPERM: [exit_group], when: "error_code == 126"} | the policy decides errno EPERM for exit_group
          allow: [exit_group]                                    |
          kill-process: [exit_group]                             |
          """)
  void aPhaseThatFailsCanEndTheProgram(String rule, String message) {
    String start = "allow: [read]\n  - " + rule;
    Policy one = policy(start, phase("a", "f", "errno EPERM: [exit_group]"));
    Policy two = policy(start, phase("a", "f", "trap: [exit_group]"), phase("b", "g", ""));
    for (Policy whole : List.of(one, two)) {
      if (message != null) {
        assertThatThrownBy(() -> PolicyCheck.warnings(ResolvedPolicy.of(whole, Target.X86_64)))
            .isInstanceOf(PolicyException.class)
            .hasMessageContaining(
                message + ", by which a phase that cannot begin ends the program");
      }
    }
    if (message == null) {
      assertThat(PolicyCheck.warnings(ResolvedPolicy.of(one, Target.X86_64))).isNotEmpty();
      assertThatThrownBy(() -> PolicyCheck.warnings(ResolvedPolicy.of(two, Target.X86_64)))
          .hasMessageContaining("phase \"a\" decides trap for exit_group");
    }
  }

  @Test
  void aBoundIsKeptByThePhaseOrByTheStart() {
    Policy bound = policy("allow: [read, write]", phase("a", "f", "allow: [read]"));
    Target machine = Target.X86_64;
    assertThat(PhaseDiff.exceeding(List.of(bound), bound, machine)).isEmpty();
    Policy none = bound.inPhases(List.of());
    assertThat(PhaseDiff.exceeding(List.of(none), bound, machine))
        .contains("calls from the first call of f on");
    assertThat(PhaseDiff.exceeding(List.of(bound), none, machine)).isEmpty();
    Policy narrow = policy("allow: [read]", phase("x", "g", "allow: [read]"));
    assertThat(PhaseDiff.exceeding(List.of(narrow), bound, machine)).isEmpty();
    Policy wider = policy("allow: [read, write]", phase("a", "f", "allow: [read, write]"));
    assertThat(PhaseDiff.exceeding(List.of(wider), bound, machine)).isPresent();
    Policy other = policy("allow: [read, write]", phase("a", "g", "allow: [read]"));
    assertThat(PhaseDiff.exceeding(List.of(other), bound, machine)).isPresent();
    assertThat(PhaseDiff.exceeding(List.of(wider, bound), bound, machine)).isEmpty();
  }

  @Test
  void phasesOfOneMomentAreCompared() {
    Policy one = policy("allow: [read, write]", phase("a", "f", "allow: [read]"));
    Policy other = policy("allow: [read, write]", phase("b", "f", "allow: [read, write]"));
    List<PhaseDiff.Entry> found = PhaseDiff.between(one, other, Target.X86_64);
    assertThat(found).hasSize(1);
    assertThat(found.get(0).moment()).isEqualTo("the first call of f");
    assertThat(found.get(0).entries()).extracting(PolicyDiff.Entry::call).containsExactly("write");
    assertThat(PhaseDiff.between(one, one, Target.X86_64)).isEmpty();
    List<PhaseDiff.Entry> missing = PhaseDiff.between(one, one.inPhases(List.of()), Target.X86_64);
    assertThat(missing.get(0).first().map(Phase::name)).contains("a");
    assertThat(missing.get(0).second()).isEqualTo(Optional.empty());
  }

  @Test
  void theExplanationSaysWhenAPhaseBegins() {
    Policy whole = policy("allow: [read, write]", phase("a", "f", "allow: [read]"));
    List<ExplainedCall> rows =
        PhaseExplanation.of(whole, Target.X86_64, Set.of("read", "write"), List.of());
    assertThat(rows)
        .extracting(ExplainedCall::call)
        .containsExactly("phase a", "a: read", "a: write");
    assertThat(rows)
        .extracting(ExplainedCall::decision)
        .containsExactly("from the first call of f on", "allow", "kill-process");
  }
}
