package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.KernelFilterRunner;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random rule sets: the kernel of this machine decides as the reference interpreter does. */
@Tag("system")
class LiveFuzzTest {
  @Test
  void theKernelDecidesAsThePolicySays() {
    check(200_000, 60);
  }

  @Tag("long")
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  @Test
  void theKernelDecidesFifteenHundredFilters() {
    check(210_000, 1_500);
  }

  private static void check(long first, int filters) {
    for (long seed = first; seed < first + filters; seed++) {
      RandomPolicies random = new RandomPolicies(seed);
      Policy policy = random.policy();
      ResolvedPolicy resolved = ResolvedPolicy.of(policy, Target.X86_64);
      Filter filter = FilterCompiler.compile(resolved);
      // A call through another interface can only carry 32 bits, and -1 is never asked about.
      List<SeccompData> calls =
          Stream.generate(random::call)
              .filter(call -> call.arch() == Target.X86_64.auditNumber())
              .filter(call -> call.nr() < 0x4000_0000L)
              .limit(25)
              .toList();
      List<String> expected =
          calls.stream().map(call -> outcome(ReferenceInterpreter.decide(resolved, call))).toList();
      assertThat(KernelFilterRunner.decide(filter, calls))
          .as("seed %d, %s%n%s", seed, calls, YamlPolicyWriter.write(policy))
          .isEqualTo(expected);
    }
  }

  /** What {@code run-filter --decide} prints for a verdict. */
  private static String outcome(Verdict verdict) {
    Action action = verdict.toAction().orElseThrow();
    if (action instanceof Action.Errno errno) {
      return "ret " + -errno.number();
    }
    if (action instanceof Action.Trap) {
      return "trap";
    }
    return action instanceof Action.Allow || action instanceof Action.Log ? "allow" : "signal 31";
  }
}
