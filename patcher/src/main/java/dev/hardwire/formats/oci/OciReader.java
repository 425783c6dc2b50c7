package dev.hardwire.formats.oci;

import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.Reasons;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.ErrorNumber;
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
  private static final Map<String, Comparison> OPERATORS =
      Map.of(
          "SCMP_CMP_EQ", Comparison.EQUAL,
          "SCMP_CMP_NE", Comparison.NOT_EQUAL,
          "SCMP_CMP_LT", Comparison.LESS,
          "SCMP_CMP_LE", Comparison.LESS_OR_EQUAL,
          "SCMP_CMP_GT", Comparison.GREATER,
          "SCMP_CMP_GE", Comparison.GREATER_OR_EQUAL);
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

  /** The error number that runc uses where a profile gives none: EPERM. */
  private static final int EPERM = 1;

  private static final List<String> ACTIONS =
      List.of(
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_LOG",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_TRAP",
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_NOTIFY");

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
   * @param bases fields of profiles whose rules are added to those of this one
   * @param name of the policy
   */
  static ReadPolicy part(
      Map<String, YamlNodes.Field> fields,
      Node root,
      List<Map<String, YamlNodes.Field>> bases,
      String name,
      ReadOptions options) {
    OciReader reader = new OciReader(name, options);
    return reader.profile(fields, root, bases, Policy.isName(name) ? name : "oci-profile");
  }

  private ReadPolicy profile(Node root) {
    return profile(nodes.mapping(root, "the profile"), root, List.of(), "oci-profile");
  }

  private ReadPolicy profile(
      Map<String, YamlNodes.Field> fields,
      Node root,
      List<Map<String, YamlNodes.Field>> bases,
      String name) {
    YamlNodes.onlyKeys(fields, "the profile", KEYS);
    Node otherwise = nodes.required(fields, "defaultAction", root, "the profile");
    Action defaultAction = defaultAction(fields, otherwise);
    checkArchitectures(fields);
    boolean log = flags(fields);
    nodes.items(fields, "syscalls").forEach(item -> rule(item, defaultAction));
    for (Map<String, YamlNodes.Field> base : bases) {
      nodes.items(base, "syscalls").forEach(item -> rule(item, defaultAction));
    }
    Policy policy =
        new Policy(Policy.VERSION, name, defaultAction, rules.rules(), true, log)
            .withDefaultAt(nodes.position(otherwise));
    return new ReadPolicy(policy, rules.warnings());
  }

  /** Whether the filter logs; the other flags change nothing of what is decided. */
  private boolean flags(Map<String, YamlNodes.Field> fields) {
    boolean log = false;
    for (Node item : nodes.items(fields, "flags")) {
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

  private void rule(Node item, Action defaultAction) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(item, "a rule", RULE_KEYS);
    if (!applies(fields)) {
      return;
    }
    Position position = nodes.position(item);
    List<CallName> calls = calls(fields, position);
    Action action = ruleAction(fields, item);
    if (action.equals(defaultAction)) {
      return;
    }
    Optional<String> reason =
        Optional.ofNullable(fields.get("comment"))
            .filter(field -> !nodes.isNull(field.value()))
            .flatMap(field -> Reasons.of(nodes.string(field.value(), "comment")));
    List<Condition> conditions = new ArrayList<>();
    Set<Long> indices = new HashSet<>();
    for (Node arg : nodes.items(fields, "args")) {
      OciArgument argument = argument(arg);
      conditions.add(argument.condition());
      indices.add(argument.index());
    }
    if (indices.size() < conditions.size()) {
      conditions.forEach(c -> rules.add(action, calls, Optional.of(c), position, reason));
    } else {
      rules.add(action, calls, Condition.all(conditions), position, reason);
    }
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

  private Action defaultAction(Map<String, YamlNodes.Field> fields, Node action) {
    int errno = errno(fields, "defaultErrnoRet", "defaultErrno");
    return action(action, errno);
  }

  private Action ruleAction(Map<String, YamlNodes.Field> fields, Node rule) {
    Node action = nodes.required(fields, "action", rule, "the rule");
    return action(action, errno(fields, "errnoRet", "errno"));
  }

  private int errno(Map<String, YamlNodes.Field> fields, String number, String name) {
    YamlNodes.Field byNumber = fields.get(number);
    if (byNumber != null && !nodes.isNull(byNumber.value())) {
      long value = nodes.unsigned(byNumber.value(), number);
      if (Long.compareUnsigned(value, ErrorNumber.MAXIMUM) > 0) {
        throw nodes.error(byNumber.value(), number + " must be 0 to " + ErrorNumber.MAXIMUM);
      }
      return (int) value;
    }
    YamlNodes.Field byName = fields.get(name);
    if (byName == null) {
      return EPERM;
    }
    String text = nodes.string(byName.value(), name);
    try {
      return text.isEmpty() ? EPERM : Action.errno(text).number();
    } catch (IllegalArgumentException e) {
      throw nodes.error(byName.value(), e.getMessage());
    }
  }

  private Action action(Node node, int errno) {
    String name = nodes.string(node, "an action");
    return switch (name) {
      case "SCMP_ACT_ALLOW" -> Action.ALLOW;
      case "SCMP_ACT_LOG" -> Action.LOG;
      case "SCMP_ACT_ERRNO" -> new Action.Errno(errno);
      case "SCMP_ACT_TRAP" -> Action.TRAP;
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> Action.KILL_THREAD;
      case "SCMP_ACT_KILL_PROCESS" -> Action.KILL_PROCESS;
      case "SCMP_ACT_NOTIFY" ->
          throw nodes.error(
              node,
              "SCMP_ACT_NOTIFY needs another process that answers; a program cannot confine itself"
                  + " with it");
      case "SCMP_ACT_TRACE" ->
          throw nodes.error(node, "SCMP_ACT_TRACE needs a tracer; choose another action");
      default ->
          throw nodes.error(
              node, "unknown action \"" + name + "\"" + NearestName.hint(name, ACTIONS));
    };
  }

  /**
   * Checks the architectures that a profile is for.
   *
   * <p>A hard-wired filter is for one architecture, which {@code architectures} must include.
   * {@code archMap} only adds interfaces to that of the machine, as in Docker. No warning is given
   * if the profile includes other architectures: calls through them are refused, which is stricter.
   */
  private void checkArchitectures(Map<String, YamlNodes.Field> fields) {
    List<Node> listed = new ArrayList<>(nodes.items(fields, "architectures"));
    for (Node item : nodes.items(fields, "archMap")) {
      Map<String, YamlNodes.Field> entry =
          nodes.mapping(item, "archMap", List.of("architecture", "subArchitectures"));
      listed.add(nodes.required(entry, "architecture", item, "the entry"));
      listed.addAll(nodes.items(entry, "subArchitectures"));
    }
    List<String> names =
        listed.stream().map(node -> nodes.string(node, "an architecture")).toList();
    String wanted = options.architecture().libseccompName();
    YamlNodes.Field architectures = fields.get("architectures");
    if (architectures != null && !names.isEmpty() && !names.contains(wanted)) {
      throw nodes.error(
          architectures.value(),
          "the profile is not for " + options.architecture() + "; add " + wanted);
    }
  }

  /**
   * One comparison of an OCI rule.
   *
   * @param index of the argument, from 0
   */
  private record OciArgument(long index, Condition condition) {}

  private OciArgument argument(Node node) {
    Map<String, YamlNodes.Field> fields =
        nodes.mapping(node, "an argument", List.of("index", "value", "valueTwo", "op"));
    Node indexNode = nodes.required(fields, "index", node, "the argument");
    Node valueNode = nodes.required(fields, "value", node, "the argument");
    Node operator = nodes.required(fields, "op", node, "the argument");
    long index = nodes.unsigned(indexNode, "index");
    if (Long.compareUnsigned(index, 5) > 0) {
      throw nodes.error(indexNode, "index must be 0 to 5");
    }
    Constant.Literal value = constant(valueNode, "value");
    YamlNodes.Field second = fields.get("valueTwo");
    Constant.Literal two =
        second == null ? Constant.Literal.of(0) : constant(second.value(), "valueTwo");
    return new OciArgument(index, condition(operator, index, value, two));
  }

  private Condition condition(
      Node operator, long index, Constant.Literal value, Constant.Literal two) {
    Position position = nodes.position(operator);
    Operand argument = new Operand("arg" + index, Optional.empty(), Optional.empty(), position);
    String name = nodes.string(operator, "op");
    if (name.equals("SCMP_CMP_MASKED_EQ")) {
      return new Condition.Compare(argument.withMask(value), Comparison.EQUAL, masked(value, two));
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

  private Constant.Literal constant(Node node, String what) {
    return new Constant.Literal(nodes.unsigned(node, what), false, nodes.position(node));
  }
}
