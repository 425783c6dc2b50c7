package dev.hardwire.cli.policy;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code hardwire policy size}. */
@Command(
    name = "size",
    description = {
      "Show how many instructions of the filter each rule costs.",
      "The filter is that much shorter without the rule. A rule that simplifies the filter costs",
      "less than nothing. Phases have filters of their own.",
    },
    footer = "  hardwire policy size policy.yaml",
    mixinStandardHelpOptions = true)
public final class PolicySizeCommand extends BaseCommand {
  /** The filter is made once for each rule. */
  private static final int MOST_RULES = 1_000;

  /** The calls of a rule that are shown. */
  private static final int SHOWN = 4;

  /**
   * What the rules of one filter cost.
   *
   * @param phase that installs it; empty for the filter of the start
   * @param withoutRules instructions of the filter that has none
   * @param whole instructions of the filter
   */
  record Sizes(Optional<Phase> phase, List<Cost> costs, int withoutRules, int whole) {
    Sizes {
      costs = List.copyOf(costs);
    }
  }

  /**
   * What one rule costs.
   *
   * @param instructions by which the filter is longer than without the rule
   */
  record Cost(Rule rule, int instructions) {}

  @Mixin private PolicyFilesInput input;
  @Mixin private JsonOption json;

  @Override
  public Integer call() throws IOException {
    Policy policy = input.read(err());
    long rules = policy.rules().size();
    for (Phase phase : policy.phases()) {
      rules += phase.rules().size();
    }
    if (rules > MOST_RULES) {
      throw new PolicyException(
          policy.defaultPosition(),
          "more than %,d rules take too long; measure parts of the policy".formatted(MOST_RULES));
    }
    List<Sizes> filters = new ArrayList<>();
    filters.add(
        sizes(
            Optional.empty(),
            policy.rules(),
            others -> ResolvedPolicy.of(policy.withRules(others), target())));
    for (Phase phase : policy.phases()) {
      filters.add(
          sizes(
              Optional.of(phase),
              phase.rules(),
              others -> ResolvedPolicy.of(policy, phase.withRules(others), target())));
    }
    if (json.isChosen()) {
      JsonDocument.print(out(), writer -> PolicyJson.sizes(writer, filters));
    } else {
      out().println("INSTRUCTIONS  RULE");
      filters.forEach(filter -> print(out(), filter));
    }
    return ExitCode.OK.code();
  }

  private Target target() {
    return input.architecture();
  }

  /**
   * Measures what each rule of a filter costs.
   *
   * @param with the policy of the filter with other rules
   */
  private Sizes sizes(
      Optional<Phase> phase, List<Rule> rules, Function<List<Rule>, ResolvedPolicy> with) {
    int whole = FilterCompiler.compile(with.apply(rules)).size();
    List<Cost> costs = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      List<Rule> others = new ArrayList<>(rules);
      Rule rule = others.remove(i);
      costs.add(new Cost(rule, whole - FilterCompiler.compile(with.apply(others)).size()));
    }
    return new Sizes(phase, costs, FilterCompiler.compile(with.apply(List.of())).size(), whole);
  }

  private static void print(PrintWriter out, Sizes filter) {
    filter
        .phase()
        .map(phase -> "phase \"%s\", from %s on".formatted(phase.name(), phase.moment()))
        .ifPresent(line -> out.println(TerminalText.of(line)));
    for (Cost cost : filter.costs()) {
      out.println(TerminalText.of("%12d  %s".formatted(cost.instructions(), text(cost.rule()))));
    }
    out.println("%12d  without any rule".formatted(filter.withoutRules()));
    out.println("%12d  in all".formatted(filter.whole()));
  }

  /** The place and the calls of a rule, on one line. */
  static String text(Rule rule) {
    String calls =
        rule.calls().stream().limit(SHOWN).map(CallName::name).collect(Collectors.joining(", "));
    String more = rule.calls().size() > SHOWN ? ", ..." : "";
    String when = rule.condition().map(condition -> " when " + condition).orElse("");
    return "%s %s: [%s%s]%s".formatted(rule.position(), rule.action(), calls, more, when);
  }
}
