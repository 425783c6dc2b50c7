package dev.hardwire.formats.oci;

import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.Reasons;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import dev.hardwire.policy.text.YamlDocument;
import dev.hardwire.policy.text.YamlNodes;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads the seccomp section of the OCI runtime specification (config-linux.md), and the profiles of
 * Docker and Podman, which add {@code archMap}, {@code includes} and {@code excludes}.
 *
 * <p>As in runc and libseccomp, a rule with the default action has no effect, a rule without
 * arguments takes precedence over those with arguments, and several comparisons of one argument in
 * one rule are alternatives. Unlike there, an argument is compared in the width in which the kernel
 * reads it.
 */
public final class OciReader {
  private static final List<String> KEYS =
      List.of(
          "defaultAction",
          "defaultErrnoRet",
          "defaultErrno",
          "architectures",
          "archMap",
          "flags",
          "listenerPath",
          "listenerMetadata",
          "syscalls");
  private static final List<String> RULE_KEYS =
      List.of(
          "name",
          "names",
          "action",
          "errnoRet",
          "errno",
          "args",
          "comment",
          "includes",
          "excludes",
          "priority");

  private final YamlNodes nodes;
  private final ReadOptions options;
  private final RuleCollector rules;

  private OciReader(String source, ReadOptions options) {
    this.nodes = new YamlNodes(source);
    this.options = options;
    this.rules = new RuleCollector();
  }

  /**
   * Reads a profile.
   *
   * @throws PolicyException if it is not valid, or not for the architecture of the options
   */
  public static ReadPolicy read(byte[] content, String source, ReadOptions options) {
    Node root = YamlDocument.root(SourceText.decode(content, source));
    return new OciReader(source, options).profile(root);
  }

  /**
   * Reads a profile that is part of another document.
   *
   * @param fields of the profile
   * @param root its node
   * @param bases lists of rules that are added to those of the profile
   * @param name of the policy
   */
  static ReadPolicy part(
      Map<String, YamlNodes.Field> fields,
      Node root,
      List<Node> bases,
      String name,
      ReadOptions options) {
    OciReader reader = new OciReader(name, options);
    return reader.profile(fields, root, bases, Policy.isName(name) ? name : "oci-profile");
  }

  private ReadPolicy profile(Node root) {
    return profile(nodes.mapping(root, "the profile"), root, List.of(), "oci-profile");
  }

  private ReadPolicy profile(
      Map<String, YamlNodes.Field> fields, Node root, List<Node> bases, String name) {
    YamlNodes.onlyKeys(fields, "the profile", KEYS);
    if (!fields.containsKey("defaultAction")) {
      throw nodes.error(root, "the profile has no \"defaultAction\"; add it");
    }
    OciActions actions = new OciActions(nodes);
    Action defaultAction = actions.defaultAction(fields);
    new OciArchitectures(nodes, options).check(fields);
    boolean log = flags(fields);
    YamlNodes.Field syscalls = fields.get("syscalls");
    if (syscalls != null) {
      for (Node item : nodes.listOrNull(syscalls.value(), "syscalls")) {
        rule(item, actions, defaultAction);
      }
    }
    for (Node base : bases) {
      for (Node item : nodes.listOrNull(base, "syscalls")) {
        rule(item, actions, defaultAction);
      }
    }
    Policy policy =
        new Policy(Policy.VERSION, name, defaultAction, rules.rules(), true, log)
            .withDefaultAt(nodes.position(fields.get("defaultAction").value()));
    return new ReadPolicy(policy, rules.warnings());
  }

  /** Whether the filter logs; the other flags change nothing of what is decided. */
  private boolean flags(Map<String, YamlNodes.Field> fields) {
    boolean log = false;
    YamlNodes.Field flags = fields.get("flags");
    for (Node item : flags == null ? List.<Node>of() : nodes.listOrNull(flags.value(), "flags")) {
      String flag = nodes.string(item, "a flag");
      switch (flag) {
        case "SECCOMP_FILTER_FLAG_LOG" -> log = true;
        case "SECCOMP_FILTER_FLAG_TSYNC" -> {}
        case "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" ->
            rules.warn(nodes.position(item), flag + " is left out; Hardwire does not set it");
        default -> throw nodes.error(item, "unknown flag \"" + flag + "\"");
      }
    }
    return log;
  }

  private void rule(Node item, OciActions actions, Action defaultAction) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(item, "a rule");
    YamlNodes.onlyKeys(fields, "a rule", RULE_KEYS);
    if (!applies(fields)) {
      return;
    }
    Position position = nodes.position(item);
    List<CallName> calls = calls(fields, position);
    Action action = actions.ruleAction(fields, position);
    if (action.equals(defaultAction)) {
      return;
    }
    Optional<String> reason =
        Optional.ofNullable(fields.get("comment"))
            .filter(field -> !nodes.isNull(field.value()))
            .flatMap(field -> Reasons.of(nodes.string(field.value(), "comment")));
    List<Condition> conditions = new ArrayList<>();
    Set<Long> indices = new HashSet<>();
    YamlNodes.Field args = fields.get("args");
    for (Node arg : args == null ? List.<Node>of() : nodes.listOrNull(args.value(), "args")) {
      OciArgument argument = OciArgument.read(nodes, arg);
      conditions.add(argument.condition());
      indices.add(argument.index());
    }
    if (indices.size() < conditions.size()) {
      conditions.forEach(c -> rules.add(action, calls, Optional.of(c), position, reason));
    } else {
      rules.add(action, calls, joined(conditions), position, reason);
    }
  }

  private static Optional<Condition> joined(List<Condition> conditions) {
    return conditions.size() <= 1
        ? conditions.stream().findFirst()
        : Optional.of(new Condition.All(conditions));
  }

  private List<CallName> calls(Map<String, YamlNodes.Field> fields, Position position) {
    YamlNodes.Field one = fields.get("name");
    YamlNodes.Field several = fields.get("names");
    if ((one == null) == (several == null)) {
      throw new PolicyException(position, "a rule needs either \"names\" or \"name\"");
    }
    List<Node> items = one != null ? List.of(one.value()) : nodes.list(several.value(), "names");
    List<CallName> calls = new ArrayList<>();
    for (Node item : items) {
      String name = nodes.string(item, "a system call");
      if (rules.isCall(name, nodes.position(item))) {
        calls.add(new CallName(name, nodes.position(item)));
      }
    }
    return calls;
  }

  /** Whether the rule's {@code includes} hold and none of its {@code excludes} does. */
  private boolean applies(Map<String, YamlNodes.Field> fields) {
    OciConditions conditions = new OciConditions(nodes, options);
    YamlNodes.Field includes = fields.get("includes");
    YamlNodes.Field excludes = fields.get("excludes");
    return (includes == null || conditions.includes(includes.value()))
        && (excludes == null || !conditions.excludes(excludes.value()));
  }

  /**
   * The architectures that an OCI profile is for.
   *
   * <p>A hard-wired filter is for one architecture, which {@code architectures} must include.
   * {@code archMap} only adds interfaces to that of the machine, as in Docker. No warning is given
   * if the profile includes other architectures: calls through them are refused, which is stricter.
   */
  private static final class OciArchitectures {
    private final YamlNodes nodes;
    private final ReadOptions options;

    OciArchitectures(YamlNodes nodes, ReadOptions options) {
      this.nodes = nodes;
      this.options = options;
    }

    void check(Map<String, YamlNodes.Field> fields) {
      List<String> listed = new ArrayList<>();
      YamlNodes.Field architectures = fields.get("architectures");
      YamlNodes.Field map = fields.get("archMap");
      if (architectures != null) {
        for (Node item : nodes.listOrNull(architectures.value(), "architectures")) {
          listed.add(nodes.string(item, "an architecture"));
        }
      }
      if (map != null) {
        for (Node item : nodes.listOrNull(map.value(), "archMap")) {
          Map<String, YamlNodes.Field> entry = nodes.mapping(item, "archMap");
          YamlNodes.onlyKeys(entry, "archMap", List.of("architecture", "subArchitectures"));
          if (!entry.containsKey("architecture")) {
            throw nodes.error(item, "the entry has no \"architecture\"; add it");
          }
          listed.add(nodes.string(entry.get("architecture").value(), "an architecture"));
          if (entry.containsKey("subArchitectures")) {
            Node others = entry.get("subArchitectures").value();
            for (Node other : nodes.listOrNull(others, "subArchitectures")) {
              listed.add(nodes.string(other, "an architecture"));
            }
          }
        }
      }
      String wanted = options.architecture().libseccompName();
      if (architectures != null && !listed.isEmpty() && !listed.contains(wanted)) {
        throw nodes.error(
            architectures.value(),
            "the profile is not for " + options.architecture() + "; add " + wanted);
      }
    }
  }

  /**
   * One comparison of an OCI rule.
   *
   * @param index of the argument, from 0
   */
  private record OciArgument(long index, Condition condition) {
    private static final Map<String, Comparison> OPERATORS =
        Map.of(
            "SCMP_CMP_EQ", Comparison.EQUAL,
            "SCMP_CMP_NE", Comparison.NOT_EQUAL,
            "SCMP_CMP_LT", Comparison.LESS,
            "SCMP_CMP_LE", Comparison.LESS_OR_EQUAL,
            "SCMP_CMP_GT", Comparison.GREATER,
            "SCMP_CMP_GE", Comparison.GREATER_OR_EQUAL);

    static OciArgument read(YamlNodes nodes, Node node) {
      Map<String, YamlNodes.Field> fields = nodes.mapping(node, "an argument");
      YamlNodes.onlyKeys(fields, "an argument", List.of("index", "value", "valueTwo", "op"));
      for (String key : List.of("index", "value", "op")) {
        if (!fields.containsKey(key)) {
          throw nodes.error(node, "the argument has no \"" + key + "\"; add it");
        }
      }
      Node indexNode = fields.get("index").value();
      long index = nodes.unsigned(indexNode, "index");
      if (Long.compareUnsigned(index, 5) > 0) {
        throw nodes.error(indexNode, "index must be 0 to 5");
      }
      Constant.Literal value = constant(nodes, fields.get("value").value(), "value");
      YamlNodes.Field second = fields.get("valueTwo");
      Constant.Literal two =
          second == null ? Constant.Literal.of(0) : constant(nodes, second.value(), "valueTwo");
      Node operator = fields.get("op").value();
      return new OciArgument(index, condition(nodes, operator, index, value, two));
    }

    private static Condition condition(
        YamlNodes nodes, Node operator, long index, Constant.Literal value, Constant.Literal two) {
      Position position = nodes.position(operator);
      Operand argument = new Operand("arg" + index, Optional.empty(), Optional.empty(), position);
      String name = nodes.string(operator, "op");
      if (name.equals("SCMP_CMP_MASKED_EQ")) {
        return new Condition.Compare(
            argument.withMask(value), Comparison.EQUAL, masked(value, two));
      }
      Comparison comparison = OPERATORS.get(name);
      if (comparison == null) {
        throw nodes.error(
            operator,
            "unknown operator \"" + name + "\"" + NearestName.hint(name, OPERATORS.keySet()));
      }
      boolean ordered = comparison != Comparison.EQUAL && comparison != Comparison.NOT_EQUAL;
      return new Condition.Compare(
          ordered ? argument.withView(Operand.View.UNSIGNED) : argument, comparison, value);
    }

    /** libseccomp leaves out the bits that the mask does not have, seccomp_rule_add(3). */
    private static Constant.Literal masked(Constant.Literal mask, Constant.Literal value) {
      return new Constant.Literal(value.bits() & mask.bits(), false, value.position());
    }

    private static Constant.Literal constant(YamlNodes nodes, Node node, String what) {
      return new Constant.Literal(nodes.unsigned(node, what), false, nodes.position(node));
    }
  }
}
