package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.RandomPolicies;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No candidate is neither longer nor slower than the filter that is chosen, and better in one. */
class CandidatesTest {
  private static Policy yaml(String text) {
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "test");
  }

  private static void check(Policy policy, Target architecture, String name) {
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, architecture);
    Filter chosen = FilterCompiler.compile(resolved);
    double mean = FilterShape.weightedMean(chosen, resolved);
    for (Filter other : FilterCompiler.candidates(resolved)) {
      double others = FilterShape.weightedMean(other, resolved);
      boolean isAsGood = other.size() <= chosen.size() && others <= mean;
      assertThat(isAsGood && (other.size() < chosen.size() || others < mean))
          .as(
              "%s: %d instructions, mean %f, but %d and %f",
              name, chosen.size(), mean, other.size(), others)
          .isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Preset.class)
  void presets(Preset preset) {
    check(preset.policy(), Target.X86_64, preset.toString());
    check(preset.policy(), Target.ARM, preset.toString());
  }

  @Test
  void smallPolicies() {
    for (String rules :
        List.of(
            "errno EPERM: [execve, execveat]",
            "errno EPERM: [mprotect, pkey_mprotect, memfd_create, memfd_secret, execve, uname]",
            "errno EPERM: [chmod, fchmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat]",
            "errno EPERM: [socket]\n    when: domain == 16")) {
      String text = "version: 1\ndefault: allow\nrules:\n  - " + rules + "\n";
      check(yaml(text), Target.X86_64, rules);
    }
  }

  @Tag("slow")
  @Test
  void randomConditions() {
    randomConditions(20);
  }

  @Tag("long")
  @Test
  void moreRandomConditions() {
    randomConditions(200);
  }

  private static void randomConditions(int count) {
    RandomPolicies random = new RandomPolicies(32);
    for (int i = 0; i < count; i++) {
      check(random.policy(), Target.X86_64, "policy " + i);
    }
  }

  @Tag("slow")
  @Test
  void randomListsWithAndWithoutWeights() {
    randomLists(2);
  }

  @Tag("long")
  @Test
  void moreRandomListsWithAndWithoutWeights() {
    randomLists(100);
  }

  private static void randomLists(int count) {
    Random random = new Random(32);
    Target architecture = Target.X86_64;
    List<String> calls =
        SyscallTable.of(architecture).names().stream()
            .filter(Multiplexer.reachable(architecture)::contains)
            .sorted()
            .toList();
    for (int i = 0; i < count; i++) {
      int share = 1 + random.nextInt(i % 3 == 0 ? 60 : 10);
      List<String> listed = new ArrayList<>();
      Map<String, Long> weights = new HashMap<>();
      for (String call : calls) {
        if (random.nextInt(100) < share || listed.isEmpty()) {
          listed.add(call);
        }
        if (i % 2 == 0 && random.nextInt(20) == 0) {
          weights.put(call, 1L + random.nextInt(10_000));
        }
      }
      Policy policy =
          random.nextBoolean()
              ? Policy.of("allow", Action.KILL_PROCESS, List.of(Rule.of(Action.ALLOW, listed)))
              : Policy.of("deny", Action.ALLOW, List.of(Rule.of(Action.errno("EPERM"), listed)));
      check(policy.weighedBy(weights), architecture, "list " + i);
    }
  }
}
