package dev.hardwire.seccomp.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.seccomp.Bpf;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.List;

/**
 * Compiles a policy to one filter.
 *
 * <p>The filter checks the architecture first: a call through another interface kills the process,
 * since its numbers mean other calls. Numbers that the architecture refuses ({@link
 * Target#refusedFrom}: x32 calls on x86-64, -1 among them) kill the process as well. The rest is
 * the policy's.
 */
public final class FilterCompiler {
  private FilterCompiler() {}

  /**
   * The filter of a policy, with {@link Objective#MIX}.
   *
   * @throws PolicyException if the policy cannot be a filter for {@code architecture}
   */
  public static Filter compile(Policy policy, Target architecture) {
    return compile(ResolvedPolicy.of(policy, architecture), Objective.MIX);
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
   * The filter of a policy.
   *
   * @throws PolicyException if the filter would be longer than the kernel takes
   */
  public static Filter compile(ResolvedPolicy policy, Objective objective) {
    NodeGraph graph = new NodeGraph();
    RangeTree tree = new RangeTree(graph, objective);
    RangeTree arguments =
        objective == Objective.DEPTH ? tree : new RangeTree(graph, Objective.SIZE);
    Node numbers = tree.over(Decisions.of(policy, graph, arguments).ranges(objective));
    Node kill = graph.result(new Verdict(Verdict.KILL_PROCESS));
    Node root =
        graph.load(
            SeccompData.ARCH,
            graph.branch(
                Bpf.JEQ,
                policy.architecture().auditNumber(),
                graph.load(SeccompData.NR, numbers),
                kill));
    return objective == Objective.MIX ? Layout.of(root) : CodeGenerator.generate(root);
  }
}
