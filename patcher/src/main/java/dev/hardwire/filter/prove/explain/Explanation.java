package dev.hardwire.filter.prove.explain;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.policy.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * A table of the decisions for each call and their origins, filled by {@link PolicyExplanation} or
 * {@link FilterExplanation}.
 */
final class Explanation {
  static final String ALWAYS = "always";

  /** The meaning of a leaf of a function. */
  record Origin(Verdict verdict, String place, String reason) {}

  final Bdd bdd = new Bdd();
  final Target architecture;
  private final List<Origin> origins = new ArrayList<>();
  private final List<ExplainedCall> rows = new ArrayList<>();

  Explanation(Target architecture) {
    this.architecture = architecture;
  }

  List<ExplainedCall> rows() {
    return rows;
  }

  int leaf(Verdict verdict, String place) {
    return leaf(verdict, place, "");
  }

  int leaf(Verdict verdict, String place, String reason) {
    Origin origin = new Origin(verdict, place, reason);
    int index = origins.indexOf(origin);
    if (index < 0) {
      index = origins.size();
      origins.add(origin);
    }
    return bdd.leaf(index);
  }

  Origin origin(int leaf) {
    return origins.get((int) bdd.value(leaf));
  }

  /**
   * Adds the decisions of a function for a call.
   *
   * @param function of the arguments
   */
  void add(String call, int function) {
    Optional<List<CallCases.Case>> cases = CallCases.of(bdd, function, architecture, call);
    if (cases.isEmpty()) {
      rows.add(
          new ExplainedCall(
              call, "depends", "on the arguments, in too many ways to list", "emulate"));
      return;
    }
    for (CallCases.Case one : cases.get()) {
      Origin origin = origin(one.leaf());
      String when = one.condition().isEmpty() ? ALWAYS : one.condition();
      rows.add(
          new ExplainedCall(
              call, origin.verdict().toString(), when, origin.place(), origin.reason()));
    }
  }

  /**
   * Says which calls the kernel lets through although they are denied.
   *
   * @param decisions the function of each call by its number
   */
  void addUnfiltered(IntUnaryOperator decisions) {
    SyscallTable table = SyscallTable.of(architecture);
    List<String> calls = new ArrayList<>();
    List<String> kernels = new ArrayList<>();
    table
        .unfiltered()
        .forEach(
            (call, kernel) -> {
              int function = decisions.applyAsInt(table.number(call).getAsInt());
              if (!bdd.isLeaf(function) || !origin(function).verdict().letsThrough()) {
                calls.add(call);
                kernels.add(kernel);
              }
            });
    if (!calls.isEmpty()) {
      add(
          new ExplainedCall(
              "kernel's " + String.join(", ", calls),
              Action.ALLOW.toString(),
              "from Linux " + String.join(", ", kernels) + " on",
              "the kernel"));
    }
  }

  void add(ExplainedCall row) {
    rows.add(row);
  }
}
