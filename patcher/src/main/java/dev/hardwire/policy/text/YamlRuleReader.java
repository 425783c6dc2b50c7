package dev.hardwire.policy.text;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads the rules of one file, and of those that are included where rules are. */
final class YamlRuleReader {
  /** The keys of a rule that are no actions. */
  private static final List<String> BESIDE_ACTIONS = List.of("when", "because", "arch");

  private final YamlNodes nodes;
  private final PolicyFiles files;
  private final PolicyDefinitions definitions;

  /** By architecture, empty for all: where each call stands that an earlier rule decides. */
  private final Map<String, Map<CallName, Decided>> decided;

  /** The architectures of rules that do not name their own; empty for all. */
  private List<String> section = List.of();

  private record Decided(Action action, Position position) {}

  /** A reader that knows no rule yet. */
  YamlRuleReader(YamlNodes nodes, PolicyFiles files, PolicyDefinitions definitions) {
    this(nodes, files, definitions, new HashMap<>());
  }

  private YamlRuleReader(
      YamlNodes nodes,
      PolicyFiles files,
      PolicyDefinitions definitions,
      Map<String, Map<CallName, Decided>> decided) {
    this.nodes = nodes;
    this.files = files;
    this.definitions = definitions;
    this.decided = decided;
  }

  static List<Rule> fragment(SourceText text, PolicyFiles files, PolicyDefinitions definitions) {
    YamlNodes nodes = new YamlNodes(text.source());
    return new YamlRuleReader(nodes, files, definitions).fragment(text);
  }

  static Action action(String text, Position position) {
    try {
      return Action.parse(text);
    } catch (IllegalArgumentException e) {
      throw new PolicyException(position, e.getMessage());
    }
  }

  List<Rule> rules(Node node, List<String> architectures) {
    section = architectures;
    List<Rule> rules = rules(node);
    section = List.of();
    return rules;
  }

  List<Rule> rules(Node node) {
    List<Rule> rules = new ArrayList<>();
    for (Node item : nodes.list(node, "rules")) {
      Map<String, YamlNodes.Field> fields = nodes.mapping(item, "a rule");
      if (fields.containsKey("include")) {
        YamlNodes.onlyKeys(fields, "an include", List.of("include"));
        rules.addAll(included(fields.get("include").value()));
      } else {
        rules.addAll(rule(item, fields));
      }
    }
    return rules;
  }

  private List<Rule> included(Node node) {
    String name = nodes.string(node, "include");
    return files.include(
        name,
        nodes.position(node),
        text -> {
          YamlRuleReader reader =
              new YamlRuleReader(new YamlNodes(text.source()), files, definitions, decided);
          reader.section = section;
          return reader.fragment(text);
        });
  }

  /** A file that is included: a version and rules, nothing that the including file decides. */
  private List<Rule> fragment(SourceText text) {
    Node root = YamlDocument.root(text);
    Map<String, YamlNodes.Field> fields =
        nodes.mapping(root, "an included policy", List.of("version", "name", "rules"));
    YamlPolicyReader.version(nodes, fields, root);
    return rules(nodes.required(fields, "rules", root, "the policy"));
  }

  private List<Rule> rule(Node node, Map<String, YamlNodes.Field> fields) {
    Map<String, YamlNodes.Field> actions = new LinkedHashMap<>(fields);
    Optional<Condition> condition =
        Optional.ofNullable(actions.remove("when")).map(this::condition);
    Optional<String> reason =
        Optional.ofNullable(actions.remove("because"))
            .map(this::reason)
            .or(() -> YamlComments.of(node));
    List<String> own = architectures(actions.remove("arch"));
    requireInSection(own, fields.get("arch"));
    List<String> on = own.isEmpty() ? section : own;
    if (actions.isEmpty()) {
      throw nodes.error(node, "a rule needs an action, as in \"allow: [read, write]\"");
    }
    YamlNodes.Field first = actions.values().iterator().next();
    Action action = action(first.key(), first.position());
    if (actions.size() > 1) {
      YamlNodes.Field second = actions.values().stream().skip(1).findFirst().orElseThrow();
      throw new PolicyException(
          second.position(),
          "unknown key \"%s\" in a rule with one action%s (known: %s)"
              .formatted(
                  second.key(),
                  NearestName.hint(second.key(), BESIDE_ACTIONS),
                  String.join(", ", BESIDE_ACTIONS)));
    }
    List<CallName> calls = calls(first.value());
    if (condition.isEmpty()) {
      decide(calls, action, on);
    }
    Position position = first.position();
    if (!IntentRules.isIn(calls)) {
      return List.of(new Rule(action, calls, condition, position, reason, on));
    }
    List<Rule> rules = IntentRules.of(action, calls, condition, position, reason, on);
    for (Rule rule : rules) {
      if (rule.condition().isEmpty() && rule.calls().stream().anyMatch(IntentRules::isMember)) {
        decide(rule.calls(), action, rule.architectures());
      }
    }
    return rules;
  }

  private Condition condition(YamlNodes.Field field) {
    String text = nodes.string(field.value(), "when");
    return definitions.substitute(
        ConditionParser.parse(text, nodes.positions(field.value(), text)));
  }

  private String reason(YamlNodes.Field field) {
    String text = nodes.string(field.value(), "because").strip().replaceAll("\\s+", " ");
    if (!Rule.isReason(text)) {
      throw nodes.error(
          field.value(), "because must be 1 to " + Rule.LONGEST_REASON + " printable characters");
    }
    return text;
  }

  private List<String> architectures(YamlNodes.Field field) {
    List<String> on = new ArrayList<>();
    if (field != null) {
      boolean isList = field.value() instanceof SequenceNode;
      for (Node item : isList ? nodes.list(field.value(), "arch") : List.of(field.value())) {
        String id = YamlLanguage.architecture(nodes.text(item, "arch"), nodes.position(item));
        if (!on.contains(id)) {
          on.add(id);
        }
      }
      if (on.isEmpty()) {
        throw nodes.error(field.value(), "arch lists no architecture; omit it for all");
      }
    }
    return on;
  }

  /** A rule in a section for some architectures applies to these, or to fewer of them. */
  private void requireInSection(List<String> own, YamlNodes.Field field) {
    for (String id : own) {
      if (!section.isEmpty() && !section.contains(id)) {
        throw nodes.error(
            field.value(),
            "the rule is for %s, in a section of arch for %s; move it out of the section"
                .formatted(id, String.join(", ", section)));
      }
    }
  }

  private List<CallName> calls(Node node) {
    Map<CallName, Position> seen = new HashMap<>();
    Set<CallName> calls = new LinkedHashSet<>();
    for (Node item : nodes.list(node, "the system calls of a rule")) {
      CallName call = call(item);
      Position earlier = seen.put(call, call.position());
      if (earlier != null) {
        throw new PolicyException(
            call.position(), earlier, "\"" + call + "\" is listed twice in this rule; remove one");
      }
      calls.addAll(definitions.expand(call));
    }
    if (calls.stream().allMatch(CallName::isExclusion)) {
      throw nodes.error(node, "the rule lists no system call; add one or remove the rule");
    }
    return new ArrayList<>(calls);
  }

  private CallName call(Node item) {
    String name = nodes.string(item, "a system call");
    if (!CallName.isWellFormed(name)) {
      throw nodes.error(item, "\"" + name + "\" is not spelt like a system call");
    }
    return new CallName(name, nodes.position(item));
  }

  private void decide(List<CallName> calls, Action action, List<String> on) {
    if (!DecidedCalls.isClear(calls) || on.size() > 1) {
      return;
    }
    Set<CallName> listed = new HashSet<>(calls);
    for (CallName call : calls) {
      boolean excluded = listed.contains(new CallName("~" + call.name(), call.position()));
      if (!call.isGroup() && !call.isExclusion() && !excluded) {
        decide(call, action, String.join("", on));
      }
    }
  }

  private void decide(CallName call, Action action, String architecture) {
    Decided earlier =
        decided
            .computeIfAbsent(architecture, key -> new HashMap<>())
            .putIfAbsent(call, new Decided(action, call.position()));
    if (earlier == null || !call.group().isEmpty()) {
      return; // groups may overlap
    }
    if (earlier.action.equals(action)) {
      throw new PolicyException(
          call.position(),
          earlier.position,
          "\"" + call + "\" is in an earlier rule with the same action; remove one");
    }
    throw new PolicyException(
        call.position(),
        earlier.position,
        String.format(
            "\"%s\" is given \"%s\" here and \"%s\" before; keep one of them",
            call, action, earlier.action));
  }
}
