package dev.hardwire.filter.print;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.Instruction;
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
    double mean =
        policy.rules().keySet().stream()
            .map(nr -> SeccompData.of(policy.architecture(), nr))
            .mapToInt(call -> Emulator.run(filter, call).steps())
            .average()
            .orElse(0);
    return new FilterShape(filter.size(), worst(filter), mean);
  }

  /**
   * The mean number of instructions by weight, with all arguments 0.
   *
   * @param weights how often calls are made, by name; those that the architecture lacks do not
   *     count
   */
  public static double mean(Filter filter, Target architecture, Map<String, Long> weights) {
    double steps = 0;
    double sum = 0;
    for (Map.Entry<String, Long> entry : weights.entrySet()) {
      OptionalInt number = SyscallTable.of(architecture).number(entry.getKey());
      if (number.isPresent()) {
        SeccompData call = SeccompData.of(architecture, number.getAsInt());
        steps += (double) entry.getValue() * Emulator.run(filter, call).steps();
        sum += entry.getValue();
      }
    }
    return sum == 0 ? 0 : steps / sum;
  }

  private static int worst(Filter filter) {
    int[] depth = new int[filter.size()];
    for (int at = filter.size() - 1; at >= 0; at--) {
      Instruction i = filter.instructions().get(at);
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
