package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random rule sets: reference interpreter, filter in the emulator, and proof never disagree. */
@Tag("slow")
class FuzzTest {
  private static void check(long seed) {
    check(seed, Target.X86_64);
  }

  private static void check(long seed, Target architecture) {
    RandomPolicies random = new RandomPolicies(seed, architecture);
    Policy policy = random.policy();
    String text = YamlPolicyWriter.write(policy);
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, architecture);
    List<Filter> filters = new ArrayList<>(FilterCompiler.candidates(resolved));
    filters.add(FilterCompiler.compile(resolved));
    int chosen = (int) (seed % filters.size());
    Filter filter = filters.get(chosen);
    for (int i = 0; i < 60; i++) {
      SeccompData call = random.call();
      Verdict verdict = Emulator.run(filter, call).verdict();
      Verdict expected = ReferenceInterpreter.decide(resolved, call);
      if (!verdict.equals(expected)) { // which is faster than an assertion
        assertThat(verdict)
            .as("%s, seed %d, filter %d, %s%n%s", architecture, seed, chosen, call, text)
            .isEqualTo(expected);
      }
    }
    assertThat(FilterProof.check(filter, resolved))
        .as("%s, seed %d, filter %d%n%s", architecture, seed, chosen, text)
        .isEmpty();
    if (seed % 10 == 0) {
      assertThat(YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "fuzz"))
          .isEqualTo(policy);
    }
  }

  @Test
  void randomRuleSetsAreDecidedAlike() {
    for (long seed = 0; seed < 120; seed++) {
      check(seed);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "X86_64")
  void randomRuleSetsAreDecidedAlikeOn(Target architecture) {
    for (long seed = 0; seed < 15; seed++) {
      check(seed, architecture);
    }
  }

  @Test
  @Tag("long")
  void manyRandomRuleSetsAreDecidedAlike() {
    for (long seed = 120; seed < 105_000; seed++) {
      check(seed);
    }
    for (Target architecture : Target.values()) {
      for (long seed = 15; seed < 500; seed++) {
        check(seed, architecture);
      }
    }
  }
}
