package dev.hardwire.why;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.learn.arguments.CallCondition;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides calls again, as the filters of a process did, and finds the rules for that. */
public final class Judge {
  private static final String TAKE_OUT = "take the call out of that rule";

  private final List<PolicyLayer> layers;

  /**
   * The layers of a process.
   *
   * @param layers in the order in which their filters are installed
   */
  public Judge(List<PolicyLayer> layers) {
    this.layers = List.copyOf(layers);
  }

  /**
   * What the layers that do not let a call through decide. If its arguments are not known, these
   * are the layers that deny it for some arguments.
   */
  public List<Ruling> rulings(DeniedCall call) {
    List<Ruling> rulings = new ArrayList<>();
    for (PolicyLayer layer : layers) {
      if (call.hasArguments()) {
        exact(layer, call.data()).ifPresent(rulings::add);
      } else {
        possible(layer, call).ifPresent(rulings::add);
      }
    }
    return rulings;
  }

  /** The verdict of all layers together; empty without a filter. */
  public Optional<Verdict> verdict(SeccompData call) {
    var filters = layers.stream().flatMap(layer -> layer.filters().stream()).toList();
    return filters.isEmpty()
        ? Optional.empty()
        : Optional.of(new FilterStack(filters).run(call).verdict());
  }

  private static Optional<Ruling> exact(PolicyLayer layer, SeccompData call) {
    Optional<Verdict> verdict = new Judge(List.of(layer)).verdict(call);
    if (verdict.isEmpty() || verdict.get().letsThrough()) {
      return Optional.empty();
    }
    ResolvedPolicy policy = layer.policy();
    boolean builtIn = isBuiltIn(policy.architecture(), call);
    Optional<Rule> rule =
        builtIn
            ? Optional.empty()
            : ReferenceInterpreter.rule(policy, call).map(ResolvedRule::rule);
    Optional<Ruling.Remedy> remedy = builtIn ? Optional.empty() : remedy(policy, call, rule, true);
    return Optional.of(new Ruling(layer, verdict.get(), rule, builtIn, remedy));
  }

  private static boolean isBuiltIn(Target architecture, SeccompData call) {
    return call.arch() != architecture.auditNumber()
        || call.nr() >= architecture.refusedFrom().orElse(Long.MAX_VALUE);
  }

  /** Without arguments: the first rule with the action that the kernel named. */
  private static Optional<Ruling> possible(PolicyLayer layer, DeniedCall call) {
    ResolvedPolicy policy = layer.policy();
    if (isBuiltIn(policy.architecture(), call.data())) {
      return exact(layer, call.data());
    }
    List<ResolvedRule> rules = policy.rulesOf(call.data().nr());
    for (ResolvedRule rule : rules) {
      Verdict verdict = Verdict.of(rule.rule().action());
      if (fits(verdict, call)) {
        Optional<Rule> found = Optional.of(rule.rule());
        Optional<Ruling.Remedy> remedy = remedy(policy, call.data(), found, false);
        return Optional.of(new Ruling(layer, verdict, found, false, remedy));
      }
      if (rule.isUnconditional()) {
        return Optional.empty();
      }
    }
    return fits(policy.defaultVerdict(), call)
        ? Optional.of(
            new Ruling(
                layer,
                policy.defaultVerdict(),
                Optional.empty(),
                false,
                remedy(policy, call.data(), Optional.empty(), false)))
        : Optional.empty();
  }

  private static boolean fits(Verdict verdict, DeniedCall call) {
    return call.code().isPresent() ? verdict.value() == call.code().get() : !verdict.letsThrough();
  }

  /** The change that lets the call through, checked; as narrow as the arguments permit. */
  private static Optional<Ruling.Remedy> remedy(
      ResolvedPolicy policy, SeccompData call, Optional<Rule> denying, boolean hasArguments) {
    String name = name(policy.architecture(), call, hasArguments);
    boolean isDirect =
        SyscallTable.of(policy.architecture()).number(name).stream()
            .anyMatch(number -> number == call.nr());
    Optional<Condition> condition =
        hasArguments && isDirect
            ? CallCondition.of(call, name, policy.architecture())
            : Optional.empty();
    Rule plain = Rule.of(Action.ALLOW, name);
    String line = "- allow: [%s]".formatted(quoted(name));
    String place = denying.isPresent() ? "before that rule" : "to its rules";
    if (condition.isPresent()
        && lets(policy, call, before(policy, denying, plain.when(condition.get())))) {
      return Optional.of(
          new Ruling.Remedy(
              Optional.of("- {allow: [%s], when: \"%s\"}".formatted(quoted(name), condition.get())),
              place));
    }
    if (lets(policy, call, before(policy, denying, plain))) {
      return Optional.of(new Ruling.Remedy(Optional.of(line), place));
    }
    List<Rule> without = denying.map(rule -> without(policy, rule, name)).orElse(List.of());
    if (lets(policy, call, without)) {
      return Optional.of(new Ruling.Remedy(Optional.empty(), TAKE_OUT));
    }
    List<Rule> moved = new ArrayList<>(without);
    moved.add(plain);
    return lets(policy, call, moved)
        ? Optional.of(new Ruling.Remedy(Optional.of(line), "to its rules; " + TAKE_OUT))
        : Optional.empty();
  }

  /** The rules with one more, in front of another one or at the end. */
  private static List<Rule> before(ResolvedPolicy policy, Optional<Rule> denying, Rule added) {
    List<Rule> rules = new ArrayList<>(policy.policy().rules());
    rules.add(denying.map(rule -> index(rules, rule)).orElse(rules.size()), added);
    return rules;
  }

  /** The rules without a call in one of them. */
  private static List<Rule> without(ResolvedPolicy policy, Rule denying, String call) {
    List<Rule> rules = new ArrayList<>(policy.policy().rules());
    int index = index(rules, denying);
    List<CallName> rest =
        denying.calls().stream().filter(name -> !name.name().equals(call)).toList();
    if (rest.isEmpty()) {
      rules.remove(index);
    } else {
      rules.set(index, denying.withCalls(rest));
    }
    return rules;
  }

  private static String quoted(String name) {
    return name.indexOf(' ') < 0 ? name : '"' + name + '"';
  }

  /** The call as policies name it, also if it was made through a call for many. */
  private static String name(Target architecture, SeccompData call, boolean hasArguments) {
    SyscallTable table = SyscallTable.of(architecture);
    String name = table.name(call.nr()).orElse("nr " + call.nr());
    if (!hasArguments || !Multiplexer.isOne(name)) {
      return name;
    }
    for (String inner : Multiplexer.passedOn(name)) {
      Optional<Multiplexer> through = Multiplexer.of(architecture, inner);
      boolean isIt =
          through.isPresent()
              && through.get().call().equals(name)
              && (call.args().get(0) & through.get().mask()) == through.get().operation();
      if (isIt) {
        return inner;
      }
    }
    return name;
  }

  /** Whether a policy with other rules is one, and lets a call through. */
  private static boolean lets(ResolvedPolicy resolved, SeccompData call, List<Rule> rules) {
    String text = YamlPolicyWriter.write(resolved.policy().withRules(rules));
    try {
      Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "policy");
      ResolvedPolicy wider = ResolvedPolicy.of(policy, resolved.architecture());
      return ReferenceInterpreter.decide(wider, call).letsThrough();
    } catch (PolicyException notExpressible) {
      return false;
    }
  }

  private static int index(List<Rule> rules, Rule wanted) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).equals(wanted) && rules.get(i).position().equals(wanted.position())) {
        return i;
      }
    }
    throw new IllegalStateException("the rule is not one of its policy's");
  }
}
