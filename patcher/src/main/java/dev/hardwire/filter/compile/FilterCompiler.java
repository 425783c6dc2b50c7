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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  /** With more ranges of numbers, the fastest filter is longer, and not searched. */
  private static final int MOST_RANGES = 128;

  private final ResolvedPolicy policy;
  private final NodeGraph graph = new NodeGraph();
  private final Decisions decisions;

  private FilterCompiler(ResolvedPolicy policy) {
    this.policy = policy;
    this.decisions = Decisions.of(policy, graph);
  }

  /**
   * A filter of the policy.
   *
   * @param mean the mean path of the calls that the policy lists, by weight
   */
  private record Candidate(Node root, Filter filter, double mean) {
    /** Whether it is neither longer nor slower than another one, and shorter or faster. */
    boolean beats(Candidate other) {
      int size = filter.size() - other.filter.size();
      return size <= 0 && mean <= other.mean && (size < 0 || mean < other.mean);
    }
  }

  /**
   * The filter of a policy.
   *
   * @throws PolicyException if the policy cannot be a filter for {@code architecture}
   */
  public static Filter compile(Policy policy, Target architecture) {
    return compile(ResolvedPolicy.of(policy, architecture));
  }

  /**
   * The filter of a policy: the first candidate, unless another one beats it.
   *
   * @throws PolicyException if the filter would be longer than the kernel takes
   */
  public static Filter compile(ResolvedPolicy policy) {
    List<Candidate> candidates = new FilterCompiler(policy).candidates(MOST_RANGES);
    Candidate best = candidates.get(0);
    for (Candidate candidate : candidates) {
      best = candidate.beats(best) ? candidate : best;
    }
    return Layout.of(best.root, best.filter);
  }

  /**
   * The filters among which {@link #compile(ResolvedPolicy)} chooses, also those that it does not
   * search where they would be longer.
   *
   * @throws PolicyException if the shortest one is longer than the kernel takes
   */
  public static List<Filter> candidates(ResolvedPolicy policy) {
    return new FilterCompiler(policy)
        .candidates(Integer.MAX_VALUE).stream().map(Candidate::filter).toList();
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
        tests += rule.condition().tests().size();
      }
    }
    if (tests > Bpf.MAXIMUM_LENGTH / 2) {
      new FilterCompiler(policy).shortest();
    }
  }

  /**
   * The filters that serve one purpose best: with measured weights the fastest first, otherwise the
   * one that is installed soonest.
   *
   * @param mostRanges of numbers with which the fastest is searched where nothing is measured
   */
  private List<Candidate> candidates(int mostRanges) {
    boolean isMeasured = !policy.policy().weights().isEmpty();
    Candidate shortest = shortest();
    List<Candidate> all = new ArrayList<>(List.of(shortest));
    fastest(isMeasured, mostRanges).ifPresent(fastest -> all.add(isMeasured ? 0 : 1, fastest));
    if (!isMeasured) {
      soonest(shortest).ifPresent(soonest -> all.add(0, soonest));
    }
    return all;
  }

  private Candidate shortest() {
    NumberWeights weights = NumberWeights.even(decisions.listed());
    Node root = root(Objective.SIZE, decisions.ranges(weights, Set.of()));
    return candidate(root, CodeGenerator.generate(root));
  }

  private Optional<Candidate> fastest(boolean isMeasured, int mostRanges) {
    NumberWeights weights = NumberWeights.calls(policy, decisions.listed());
    List<WordRange> ranges = decisions.ranges(weights, weights.heavy());
    if (isMeasured) {
      return candidate(root(MaskTree.over(graph, ranges)));
    }
    return ranges.size() > mostRanges ? Optional.empty() : candidate(root(Objective.MEAN, ranges));
  }

  /**
   * The filter that is installed soonest. It is not both longer than the shortest one and slower
   * for calls: if necessary, the paths of those that the kernel cannot cache count more.
   */
  private Optional<Candidate> soonest(Candidate shortest) {
    for (int factor = 1; factor <= MOST_FOR_CALLS; factor *= 4) {
      NumberWeights weights = NumberWeights.installed(decisions.listed(), factor);
      Optional<Candidate> found =
          candidate(root(Objective.MIX, decisions.ranges(weights, Set.of())));
      if (found.isPresent()
          && (found.get().filter.size() <= shortest.filter.size()
              || decisions.isFaster(found.get().filter, shortest.filter))) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** A candidate; empty if the kernel would refuse its length. */
  private Optional<Candidate> candidate(Node root) {
    return CodeGenerator.generate(root, Set.of()).map(filter -> candidate(root, filter));
  }

  private Candidate candidate(Node root, Filter filter) {
    return new Candidate(root, filter, FilterShape.weightedMean(filter, policy));
  }

  private Node root(Objective objective, List<WordRange> ranges) {
    return root(RangeTree.over(graph, objective, ranges));
  }

  private Node root(Node numbers) {
    Node kill = graph.result(new Verdict(Verdict.KILL_PROCESS));
    long number = policy.architecture().auditNumber();
    Node load = graph.load(SeccompData.NR, numbers);
    return graph.load(SeccompData.ARCH, graph.branch(Bpf.JEQ, number, load, kill));
  }

  /**
   * Finds an order of a filter's instructions that the kernel translates in few passes.
   *
   * <p>Either branch of a test may follow it directly; other choices are tried for the tests near
   * the root, which move most of the other instructions.
   */
  private static final class Layout {
    /** The number of tests that are turned around; all subsets are tried. */
    private static final int TURNED = 5;

    /** If an order needs no more passes than this, no other order is tried. */
    private static final int FEW_PASSES = 5;

    /** The size of the longest filter for which other orders are tried. */
    private static final int LIMIT = 512;

    private Layout() {}

    /**
     * The best order found.
     *
     * @param plain the instructions as {@link CodeGenerator} orders them
     */
    static Filter of(Node root, Filter plain) {
      Filter best = plain;
      Translation least = Translation.of(best);
      List<Node> tests = tests(root);
      for (int set = 1; set < 1 << tests.size(); set++) {
        if (least.passes() <= FEW_PASSES || best.size() > LIMIT) {
          break;
        }
        Filter filter = CodeGenerator.generate(root, subset(tests, set)).orElse(best);
        Translation translation = Translation.of(filter);
        if (translation.steps() < least.steps() && filter.size() <= best.size()) {
          best = filter;
          least = translation;
        }
      }
      return best;
    }

    private static Set<Node> subset(List<Node> tests, int set) {
      Set<Node> result = new HashSet<>();
      for (int i = 0; i < tests.size(); i++) {
        if ((set >>> i & 1) == 1) {
          result.add(tests.get(i));
        }
      }
      return result;
    }

    /** The tests nearest to the root that are followed by another one. */
    private static List<Node> tests(Node root) {
      List<Node> tests = new ArrayList<>();
      Set<Node> seen = new HashSet<>();
      Deque<Node> open = new ArrayDeque<>(List.of(root));
      while (!open.isEmpty() && tests.size() < TURNED) {
        Node node = open.remove();
        if (!seen.add(node)) {
          continue;
        }
        if (node instanceof Node.Step step) {
          open.add(step.next);
        } else if (node instanceof Node.Branch branch) {
          open.add(branch.yes);
          open.add(branch.no);
          if (!(branch.yes instanceof Node.Return && branch.no instanceof Node.Return)) {
            tests.add(branch);
          }
        }
      }
      return tests;
    }
  }
}
