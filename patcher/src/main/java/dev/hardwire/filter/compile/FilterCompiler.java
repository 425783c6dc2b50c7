package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import java.util.List;
import java.util.Map;

/**
 * Compiles a policy to one filter.
 *
 * <p>The filter checks the architecture first: a call through another interface kills the process,
 * since its numbers mean other calls. Numbers that the architecture refuses ({@link
 * Target#refusedFrom}: x32 calls on x86-64, -1 among them) kill the process as well. The rest is
 * the policy's.
 */
public final class FilterCompiler {
  /** How much more the paths of calls may count against the time to install. */
  private static final int MOST_FOR_CALLS = 64;

  private FilterCompiler() {}

  /**
   * The filter of a policy as patched files have it.
   *
   * @throws PolicyException if the policy cannot be a filter for {@code architecture}
   */
  public static Filter compile(Policy policy, Target architecture) {
    return compile(ResolvedPolicy.of(policy, architecture));
  }

  /**
   * The filter of a policy as patched files have it: with {@link Objective#of}.
   *
   * @throws PolicyException if the filter would be longer than the kernel takes
   */
  public static Filter compile(ResolvedPolicy policy) {
    return compile(policy, Objective.of(policy.policy()));
  }

  /**
   * Refuses a policy whose filter would be longer than the kernel takes, before its conditions are
   * examined one by one. Only long policies are compiled for this.
   *
   * @throws PolicyException if it would be
   */
  public static void requireFits(ResolvedPolicy policy) {
    long tests = 0;
    for (List<ResolvedRule> rules : policy.rules().values()) {
      for (ResolvedRule rule : rules) {
        tests += rule.condition().tests();
      }
    }
    if (tests > Bpf.MAXIMUM_LENGTH / 2) {
      compile(policy, Objective.SIZE);
    }
  }

  /**
   * The filter of a policy, with its weights.
   *
   * @throws PolicyException if the filter would be longer than the kernel takes
   */
  public static Filter compile(ResolvedPolicy policy, Objective objective) {
    return compile(policy, objective, policy.policy().weights());
  }

  /**
   * The filter of a policy, with short paths for frequent calls.
   *
   * @param weights how often calls are made, by name; empty if that is unknown
   * @throws PolicyException if the filter would be longer than the kernel takes
   */
  public static Filter compile(
      ResolvedPolicy policy, Objective objective, Map<String, Long> weights) {
    NodeGraph graph = new NodeGraph();
    RangeTree arguments =
        new RangeTree(graph, objective == Objective.DEPTH ? Objective.DEPTH : Objective.SIZE);
    Decisions decisions = Decisions.of(policy, graph, arguments);
    if (objective == Objective.MIX) {
      return mix(policy, graph, decisions, weights);
    }
    List<WordRange> ranges = decisions.ranges(objective, weights, 1);
    return CodeGenerator.generate(
        objective == Objective.MEAN && !weights.isEmpty()
            ? root(policy, graph, MaskTree.over(graph, objective, ranges))
            : root(policy, graph, ranges, objective));
  }

  /**
   * A filter that is soon installed. It is not both longer than the shortest one and slower for
   * calls: if necessary, the paths of those that the kernel cannot cache count more.
   */
  private static Filter mix(
      ResolvedPolicy policy, NodeGraph graph, Decisions decisions, Map<String, Long> weights) {
    List<WordRange> even = decisions.ranges(Objective.SIZE, weights, 1);
    Filter size = Layout.of(root(policy, graph, even, Objective.SIZE));
    for (int factor = 1; factor <= MOST_FOR_CALLS; factor *= 4) {
      List<WordRange> ranges = decisions.ranges(Objective.MIX, weights, factor);
      Filter mix = Layout.of(root(policy, graph, ranges, Objective.MIX));
      if (!decisions.hasUncached() || mix.size() <= size.size() || decisions.isFaster(mix, size)) {
        return mix;
      }
    }
    return size;
  }

  private static Node root(
      ResolvedPolicy policy, NodeGraph graph, List<WordRange> ranges, Objective objective) {
    return root(policy, graph, new RangeTree(graph, objective).over(ranges));
  }

  private static Node root(ResolvedPolicy policy, NodeGraph graph, Node numbers) {
    Node kill = graph.result(new Verdict(Verdict.KILL_PROCESS));
    long number = policy.architecture().auditNumber();
    Node load = graph.load(SeccompData.NR, numbers);
    return graph.load(SeccompData.ARCH, graph.branch(Bpf.JEQ, number, load, kill));
  }
}
