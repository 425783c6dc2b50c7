package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConfinementTest {
  private static final int CALLS = SyscallTable.of(Target.X86_64).numbers().size();
  private static final String RISKY = String.join(", ", RiskyCalls.reasons().keySet());

  private static ResolvedPolicy policy(Target on, String defaultAction, String rules) {
    String yaml =
        "version: 1\ndefault: %s\nrules:\n%s\n"
            .formatted(
                defaultAction, rules.isEmpty() ? "  []" : "  " + rules.replace("; ", "\n  "));
    return ResolvedPolicy.of(YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "p"), on);
  }

  private static Confinement of(String... defaultsAndRules) {
    List<ResolvedPolicy> policies =
        Arrays.stream(defaultsAndRules)
            .map(text -> text.split(" \\+ ", -1))
            .map(parts -> policy(Target.X86_64, parts[0], parts.length > 1 ? parts[1] : ""))
            .toList();
    return Confinement.of(policies);
  }

  private static String text(String... defaultsAndRules) {
    Confinement all = of(defaultsAndRules);
    String risky = all.riskyText().replace(RISKY, "ALL");
    String text = all.text() + (risky.isEmpty() || all.enforcesNothing() ? "" : "; " + risky);
    for (int few = 1; few <= 3; few++) {
      text = text.replaceAll("\\b" + (CALLS - few) + "\\b", "ALL-" + few);
    }
    return text;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "allow + - kill-process: [uname] @ kill-process for 1 call, ALL-1 allowed; risky calls"
            + " allowed: ALL",
        "allow + - kill-process: [uname, sync] @ kill-process for 2 calls, ALL-2 allowed; risky"
            + " calls allowed: ALL",
        "kill-process + - allow: [read, execve] @ kill-process for ALL-2 calls, 2 allowed;"
            + " risky calls allowed: execve",
        "errno EPERM + - allow: [read]; - trap: [sync] @"
            + " trap for 1 call, errno EPERM for ALL-2, 1 allowed",
        "allow + - errno EPERM: [uname]; - kill-process: [sync]; - log: [read] @ kill-process for 1"
            + " call, errno EPERM for 1, ALL-2 allowed; risky calls allowed: ALL",
        "kill-process + - allow: [ptrace]; - allow: [read];   when: fd == 0 @"
            + " kill-process for ALL-2 calls, 1 denied for some arguments, 1 allowed;"
            + " risky calls allowed: ptrace",
        "kill-process + - allow: [execve];   when: arg0 == 0 @ kill-process for ALL-1 calls, 1"
            + " denied for some arguments, 0 allowed; risky calls allowed for some arguments:"
            + " execve",
        "allow + - trap: [read];   when: fd < 5 @ 1 call denied for some arguments, ALL-1 allowed;"
            + " risky calls allowed: ALL",
        "allow + - trap: [read];   when: fd < 5 || fd >= 5 @ trap for 1 call, ALL-1 allowed; risky"
            + " calls allowed: ALL",
        "allow + - trap: [read];   when: fd < 5 && fd > 6 @ enforces nothing: every call is"
            + " allowed",
        "allow @ enforces nothing: every call is allowed",
        "log @ enforces nothing: every call is allowed",
        "allow + - log: [read] @ enforces nothing: every call is allowed",
      })
  void oneSentenceSaysWhatAPolicyDoes(String policy, String expected) {
    assertThat(text(policy)).isEqualTo(expected);
  }

  @Test
  void onlyNumbersThatAreNoCallMayBeDenied() {
    String all = String.join(", ", SyscallTable.of(Target.X86_64).names());
    Confinement confinement = of("kill-process + - allow: [" + all + "]");
    assertThat(confinement.enforcesNothing()).isFalse();
    assertThat(confinement.others()).isEqualTo(new Verdict(Verdict.KILL_PROCESS));
    assertThat(confinement.text())
        .isEqualTo("kill-process for numbers that are no call, %d allowed".formatted(CALLS));
  }

  @Test
  void inAStackTheMostRestrictiveActionApplies() {
    assertThat(text("allow + - errno EPERM: [uname]", "allow + - kill-process: [uname, sync]"))
        .isEqualTo("kill-process for 2 calls, ALL-2 allowed; risky calls allowed: ALL");
    assertThat(text("allow", "allow + - errno EPERM: [uname]"))
        .isEqualTo("errno EPERM for 1 call, ALL-1 allowed; risky calls allowed: ALL");
    assertThat(of("allow", "log").enforcesNothing()).isTrue();
    assertThat(of("allow", "errno EPERM + - allow: [read]").others())
        .isEqualTo(new Verdict(Verdict.ERRNO | 1));
  }

  private static Confinement restricted(String section) {
    String yaml = "version: 1\ndefault: allow\nrules: []\n" + section + "\n";
    Policy policy = YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "p");
    return Confinement.of(List.of(ResolvedPolicy.of(policy, Target.X86_64)));
  }

  @Test
  void rulesForNumbersCount() {
    assertThat(restricted("unknown-calls: errno ENOSYS").text())
        .isEqualTo("errno ENOSYS for numbers that are no call, %d allowed".formatted(CALLS));
  }

  @Test
  void whatElseIsRestrictedCounts() {
    assertThat(restricted("limits: {core: 0}").text())
        .isEqualTo("every call is allowed; restricted: limits");
    assertThat(restricted("landlock: {kernel: require, read: [/usr]}").restrictions())
        .containsExactly("files");
    assertThat(restricted("landlock: {kernel: {at-least: 3, below: stop}, scope: [signal]}").text())
        .isEqualTo("every call is allowed; restricted: scope");
    assertThat(
            restricted("landlock: {kernel: {at-least: 3, below: warn}, read: [/usr]}")
                .enforcesNothing())
        .isTrue();
  }

  @Test
  void aStackThatIsTooComplexTogetherIsCountedAllTheSame() {
    String[] masks = new String[2];
    for (int i = 0; i < 2; i++) {
      Random random = new Random(i);
      StringBuilder rules = new StringBuilder();
      for (int n = 0; n < 150; n++) {
        long mask = random.nextInt() & 0xffff_ffffL;
        rules.append(
            "- errno EPERM: [ioctl];   when: (request & 0x%x) == 0x%x; "
                .formatted(mask, mask & random.nextInt()));
      }
      masks[i] = "allow + " + rules.substring(0, rules.length() - 2);
    }
    Confinement both = of(masks);
    assertThat(both.conditional()).isEqualTo(1);
    assertThat(both.denied()).isEmpty();
    assertThat(both.allowed()).isEqualTo(CALLS - 1);
    assertThat(both.enforcesNothing()).isFalse();
  }

  @Test
  void ofEqualActionsTheLaterOneApplies() {
    assertThat(of("allow + - errno EPERM: [uname]", "allow + - errno ENOENT: [uname]").denied())
        .containsExactly(new Confinement.Denial(new Verdict(Verdict.ERRNO | 2), 1));
  }

  @Test
  void conditionsOfAStackAreCombined() {
    String low = "allow + - trap: [read];   when: fd < 5";
    assertThat(of(low, "allow + - trap: [read];   when: fd >= 5").denied())
        .containsExactly(new Confinement.Denial(new Verdict(Verdict.TRAP), 1));
    assertThat(of(low, "allow + - kill-process: [read];   when: fd >= 5").conditional())
        .isEqualTo(1);
    assertThat(of("allow + - trap: [execve];   when: arg0 == 1", "allow").riskyAtTimes())
        .containsExactly("execve");
    assertThat(
            of(
                    "allow + - trap: [execve];   when: arg0 == 1",
                    "allow + - trap: [execve];   when: arg0 != 1")
                .risky())
        .doesNotContain("execve");
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void everyCallIsCountedOnce(Target target) {
    Confinement all =
        Confinement.of(
            List.of(
                policy(
                    target,
                    "allow",
                    "- trap: [\"@file-system\"]; - errno EPERM: [read];   when: fd == 1")));
    int calls = SyscallTable.of(target).numbers().size();
    int denied = all.denied().stream().mapToInt(Confinement.Denial::calls).sum();
    assertThat(denied + all.conditional() + all.allowed()).isEqualTo(calls);
    assertThat(RiskyCalls.reasons().keySet())
        .allMatch(
            call ->
                Arrays.stream(Target.values())
                    .anyMatch(other -> SyscallTable.of(other).number(call).isPresent()));
  }

  @Test
  void theDocumentationHasTheTableOfRiskyCalls() throws IOException {
    String page = Files.readString(Path.of("../docs/policy.md"));
    RiskyCalls.reasons()
        .forEach(
            (call, reason) -> assertThat(page).contains("| `" + call + "` | " + reason + " |"));
    assertThat(page.lines().filter(line -> line.matches("\\| `[a-z0-9_]+` \\| .*")).count())
        .isGreaterThanOrEqualTo(RiskyCalls.reasons().size());
  }
}
