package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The cost of a filter.
 *
 * @param size number of instructions
 * @param worst number of instructions on the longest path
 * @param mean mean number of instructions for a listed call, with equal weights and all arguments 0
 */
public record FilterShape(int size, int worst, double mean) {
  /** The costs of {@code policy}'s filter. */
  public static FilterShape of(Filter filter, ResolvedPolicy policy) {
    return new FilterShape(filter.size(), worst(filter), mean(filter, policy));
  }

  private static double mean(Filter filter, ResolvedPolicy policy) {
    long steps = 0;
    for (int number : policy.rules().keySet()) {
      steps += steps(filter, policy.architecture(), number);
    }
    return policy.rules().isEmpty() ? 0 : (double) steps / policy.rules().size();
  }

  /**
   * The mean number of instructions by the policy's weights, with all arguments 0; those of calls
   * that the architecture lacks do not count. Without weights, that of {@link #mean}.
   */
  public static double weightedMean(Filter filter, ResolvedPolicy policy) {
    Map<String, Long> weights = policy.policy().weights();
    if (weights.isEmpty()) {
      return mean(filter, policy);
    }
    double steps = 0;
    double sum = 0;
    for (Map.Entry<String, Long> entry : weights.entrySet()) {
      OptionalInt number = SyscallTable.of(policy.architecture()).number(entry.getKey());
      if (number.isPresent()) {
        steps +=
            (double) entry.getValue() * steps(filter, policy.architecture(), number.getAsInt());
        sum += entry.getValue();
      }
    }
    return sum == 0 ? 0 : steps / sum;
  }

  /** The instructions on the path of a call with all arguments 0. */
  static int steps(Filter filter, Target architecture, int number) {
    return Emulator.run(filter, SeccompData.of(architecture, number)).steps();
  }

  private static int worst(Filter filter) {
    int[] depth = new int[filter.size()];
    for (int at = filter.size() - 1; at >= 0; at--) {
      BpfInstruction i = filter.instructions().get(at);
      if (i.kind() == Bpf.RET) {
        depth[at] = 1;
      } else if (i.kind() != Bpf.JMP) {
        depth[at] = 1 + depth[at + 1];
      } else if (i.code() == (Bpf.JMP | Bpf.JA)) {
        depth[at] = 1 + depth[at + 1 + (int) i.k()];
      } else {
        depth[at] = 1 + Math.max(depth[at + 1 + i.jt()], depth[at + 1 + i.jf()]);
      }
    }
    return depth[0];
  }
}
