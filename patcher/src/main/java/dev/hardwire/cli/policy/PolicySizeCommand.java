package dev.hardwire.cli.policy;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.compile.FilterCompiler;
import dev.hardwire.seccomp.compile.Objective;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hardwire policy size}. */
@Command(
    name = "size",
    description = {
      "Show how many instructions of the filter each rule costs: by how many it becomes shorter",
      "without the rule. A rule that simplifies the filter costs less than nothing. Phases have",
      "filters of their own.",
    },
    footerHeading = "%nExample:%n",
    footer = "  hardwire policy size policy.yaml",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PolicySizeCommand implements Callable<Integer> {
  /** The filter is made once for each rule. */
  private static final int MOST_RULES = 1_000;

  /** The calls of a rule that are shown. */
  private static final int SHOWN = 4;

  @Spec private CommandSpec spec;
  @Mixin private PolicyFilesInput input;

  @Option(
      names = "--optimize",
      paramLabel = "OBJECTIVE",
      description = "As in compile: ${COMPLETION-CANDIDATES} (default: mix, or mean with weights).")
  private Objective objective;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Policy policy = input.read(spec.commandLine().getErr());
    long rules = policy.rules().size();
    for (Phase phase : policy.phases()) {
      rules += phase.rules().size();
    }
    if (rules > MOST_RULES) {
      throw new PolicyException(
          policy.defaultPosition(),
          "more than %,d rules take too long; measure parts of the policy".formatted(MOST_RULES));
    }
    out.println("INSTRUCTIONS  RULE");
    sizes(out, policy.rules(), others -> ResolvedPolicy.of(policy.withRules(others), target()));
    for (Phase phase : policy.phases()) {
      out.println(
          TerminalText.of("phase \"%s\", from %s on".formatted(phase.name(), phase.moment())));
      sizes(
          out,
          phase.rules(),
          others -> ResolvedPolicy.of(policy, phase.withRules(others), target()));
    }
    return ExitCode.OK.code();
  }

  private Target target() {
    return input.architecture();
  }

  /**
   * Prints what each rule of a filter costs.
   *
   * @param with the policy of the filter with other rules
   */
  private void sizes(PrintWriter out, List<Rule> rules, Function<List<Rule>, ResolvedPolicy> with) {
    int whole = size(with.apply(rules));
    for (int i = 0; i < rules.size(); i++) {
      List<Rule> others = new ArrayList<>(rules);
      Rule rule = others.remove(i);
      int cost = whole - size(with.apply(others));
      out.println(TerminalText.of("%12d  %s".formatted(cost, text(rule))));
    }
    out.println("%12d  without any rule".formatted(size(with.apply(List.of()))));
    out.println("%12d  in all".formatted(whole));
  }

  private int size(ResolvedPolicy policy) {
    Objective chosen = objective == null ? Objective.of(policy.policy()) : objective;
    return FilterCompiler.compile(policy, chosen).size();
  }

  private static String text(Rule rule) {
    String calls =
        rule.calls().stream().limit(SHOWN).map(CallName::name).collect(Collectors.joining(", "));
    String more = rule.calls().size() > SHOWN ? ", ..." : "";
    String when = rule.condition().map(condition -> " when " + condition).orElse("");
    return "%s %s: [%s%s]%s".formatted(rule.position(), rule.action(), calls, more, when);
  }
}
