package dev.hardwire.seccomp.compile;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.Bpf;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.Verdict;

/**
 * Compiles a policy to one filter.
 *
 * <p>The filter checks the architecture first: a call through another interface kills the process,
 * since its numbers mean other calls. Numbers that the architecture refuses ({@link
 * Architecture#refusedFrom}: x32 calls on x86-64, -1 among them) kill the process as well. The rest
 * is the policy's.
 */
public final class FilterCompiler {
  private FilterCompiler() {}

  /**
   * The filter of a policy.
   *
   * @throws PolicyException if the policy cannot be a filter for {@code architecture}
   */
  public static Filter compile(Policy policy, Architecture architecture) {
    NodeGraph graph = new NodeGraph();
    Decisions decisions = Decisions.of(policy, architecture, graph);
    Node tree = new DecisionTree(graph).over(decisions.ranges());
    Node kill = graph.result(new Verdict(Verdict.KILL_PROCESS));
    Node numbers = graph.load(SeccompData.NR, tree);
    Node root =
        graph.load(
            SeccompData.ARCH, graph.branch(Bpf.JEQ, architecture.auditNumber(), numbers, kill));
    return CodeGenerator.generate(root);
  }
}
