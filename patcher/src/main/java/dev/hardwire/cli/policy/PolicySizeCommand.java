package dev.hardwire.cli.policy;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.policy.CallName;
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
      "without the rule. A rule that simplifies the filter costs less than nothing.",
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
    List<Rule> rules = policy.rules();
    if (rules.size() > MOST_RULES) {
      throw new PolicyException(
          rules.get(MOST_RULES).position(),
          "more than %,d rules take too long; measure parts of the policy".formatted(MOST_RULES));
    }
    int whole = size(policy);
    out.println("INSTRUCTIONS  RULE");
    for (int i = 0; i < rules.size(); i++) {
      List<Rule> others = new ArrayList<>(rules);
      Rule rule = others.remove(i);
      int cost = whole - size(policy.withRules(others));
      out.println(TerminalText.of("%12d  %s".formatted(cost, text(rule))));
    }
    int empty = size(policy.withRules(List.of()));
    out.println("%12d  without any rule".formatted(empty));
    out.println("%12d  in all".formatted(whole));
    return ExitCode.OK.code();
  }

  private int size(Policy policy) {
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, input.architecture());
    Objective chosen = objective == null ? Objective.of(policy) : objective;
    return FilterCompiler.compile(resolved, chosen).size();
  }

  private static String text(Rule rule) {
    String calls =
        rule.calls().stream().limit(SHOWN).map(CallName::name).collect(Collectors.joining(", "));
    String more = rule.calls().size() > SHOWN ? ", ..." : "";
    String when = rule.condition().map(condition -> " when " + condition).orElse("");
    return "%s %s: [%s%s]%s".formatted(rule.position(), rule.action(), calls, more, when);
  }
}
