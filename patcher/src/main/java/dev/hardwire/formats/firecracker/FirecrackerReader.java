package dev.hardwire.formats.firecracker;

import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.Reasons;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.formats.Selection;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads the JSON of Firecracker's seccompiler: one filter for each kind of thread.
 *
 * <p>A {@code dword} is the low half of a register, a {@code qword} the whole of it. A {@code
 * dword} is compared as it is; a {@code qword}, as in other formats, in the width in which the
 * kernel reads the argument.
 */
final class FirecrackerReader {
  private static final Map<String, Comparison> OPERATORS =
      Map.of(
          "eq", Comparison.EQUAL,
          "ne", Comparison.NOT_EQUAL,
          "lt", Comparison.LESS,
          "le", Comparison.LESS_OR_EQUAL,
          "gt", Comparison.GREATER,
          "ge", Comparison.GREATER_OR_EQUAL);

  private final YamlNodes nodes;
  private final RuleCollector rules;
  private final ReadOptions options;

  private FirecrackerReader(String source, ReadOptions options) {
    this.nodes = new YamlNodes(source);
    this.rules = new RuleCollector();
    this.options = options;
  }

  /**
   * Reads the filters that are selected, or the only one.
   *
   * @throws PolicyException if they are not valid, or differ in their actions
   */
  static ReadPolicy read(byte[] content, String source, ReadOptions options) {
    SourceText text = SourceText.decode(content, source);
    return new FirecrackerReader(source, options).filters(YamlDocument.root(text));
  }

  private ReadPolicy filters(Node root) {
    Map<String, YamlNodes.Field> threads = nodes.mapping(root, "the file");
    List<YamlNodes.Field> selected =
        Selection.of(threads, options.selected(), nodes.position(root), "filters");
    Optional<Action> otherwise = Optional.empty();
    Position position = nodes.position(root);
    for (YamlNodes.Field thread : selected) {
      Map<String, YamlNodes.Field> fields =
          nodes.mapping(
              thread.value(),
              "a filter",
              List.of("default_action", "filter_action", "filter", "comment"));
      Node given = nodes.required(fields, "default_action", thread.value(), "the filter");
      Node matched = nodes.required(fields, "filter_action", thread.value(), "the filter");
      Node list = nodes.required(fields, "filter", thread.value(), "the filter");
      Action action = action(given);
      if (otherwise.isPresent() && !otherwise.get().equals(action)) {
        throw nodes.error(
            given, "the selected filters have different default actions, and no union");
      }
      otherwise = Optional.of(action);
      position = nodes.position(given);
      Action matching = action(matched);
      for (Node item : nodes.list(list, "filter")) {
        rule(item, matching);
      }
    }
    String name = selected.size() == 1 ? selected.get(0).key() : "firecracker-policy";
    Policy policy =
        Policy.of(
                Policy.isName(name) ? name : "firecracker-policy",
                otherwise.orElseThrow(),
                rules.rules())
            .withDefaultAt(position);
    return new ReadPolicy(policy, rules.warnings());
  }

  private Action action(Node node) {
    if (node instanceof MappingNode) {
      Map<String, YamlNodes.Field> fields =
          nodes.mapping(node, "an action", List.of("errno", "trace"));
      if (fields.containsKey("trace") || fields.isEmpty()) {
        throw nodes.error(node, "\"trace\" needs a tracer; choose another action");
      }
      long number = nodes.unsigned(fields.get("errno").value(), "errno");
      if (number < 0 || number > 4095) {
        throw nodes.error(node, "errno must be 0 to 4095");
      }
      return new Action.Errno((int) number);
    }
    String name = nodes.string(node, "an action");
    return switch (name) {
      case "kill", "kill_thread" -> Action.KILL_THREAD;
      case "kill_process" -> Action.KILL_PROCESS;
      case "allow", "log", "trap" -> Action.parse(name);
      default ->
          throw nodes.error(
              node,
              "unknown action \"%s\"%s"
                  .formatted(
                      name,
                      NearestName.hint(
                          name, List.of("allow", "log", "trap", "kill_thread", "kill_process"))));
    };
  }

  private void rule(Node item, Action action) {
    Map<String, YamlNodes.Field> fields =
        nodes.mapping(item, "a rule", List.of("syscall", "args", "comment"));
    Node nameNode = nodes.required(fields, "syscall", item, "the rule");
    String name = nodes.string(nameNode, "a system call");
    Optional<String> reason =
        Optional.ofNullable(fields.get("comment"))
            .flatMap(field -> Reasons.of(nodes.text(field.value(), "comment")));
    List<Condition> conditions = new ArrayList<>();
    for (Node arg : nodes.items(fields, "args")) {
      conditions.add(condition(arg));
    }
    if (rules.isCall(name, nodes.position(nameNode))) {
      CallName call = new CallName(name, nodes.position(nameNode));
      rules.add(action, List.of(call), Condition.all(conditions), nodes.position(item), reason);
    }
  }

  private Condition condition(Node arg) {
    Map<String, YamlNodes.Field> fields =
        nodes.mapping(arg, "an argument", List.of("index", "type", "op", "val", "comment"));
    Node indexNode = nodes.required(fields, "index", arg, "the argument");
    Node typeNode = nodes.required(fields, "type", arg, "the argument");
    Node op = nodes.required(fields, "op", arg, "the argument");
    Node valueNode = nodes.required(fields, "val", arg, "the argument");
    long index = nodes.unsigned(indexNode, "index");
    if (Long.compareUnsigned(index, 5) > 0) {
      throw nodes.error(indexNode, "index must be 0 to 5");
    }
    Position position = nodes.position(arg);
    Operand operand = new Operand("arg" + index, Optional.empty(), Optional.empty(), position);
    String type = nodes.string(typeNode, "type");
    if (!type.equals("dword") && !type.equals("qword")) {
      throw nodes.error(typeNode, "type must be dword or qword");
    }
    boolean low = type.equals("dword");
    long value = nodes.unsigned(valueNode, "val");
    if (low && value >>> 32 != 0) {
      throw nodes.error(valueNode, "val does not fit a dword");
    }
    Constant constant = new Constant.Literal(value, false, nodes.position(valueNode));
    if (op instanceof MappingNode) {
      Map<String, YamlNodes.Field> masked = nodes.mapping(op, "op", List.of("masked_eq"));
      long mask = nodes.unsigned(nodes.required(masked, "masked_eq", op, "op"), "masked_eq");
      return new Condition.Compare(
          operand.withMask(Constant.Literal.of(low ? mask & 0xffff_ffffL : mask)),
          Comparison.EQUAL,
          Constant.Literal.of(value & mask));
    }
    String name = nodes.string(op, "op");
    Comparison comparison = OPERATORS.get(name);
    if (comparison == null) {
      throw nodes.error(
          op, "unknown op \"" + name + "\"" + NearestName.hint(name, OPERATORS.keySet()));
    }
    boolean ordered = comparison != Comparison.EQUAL && comparison != Comparison.NOT_EQUAL;
    Operand read =
        low
            ? operand.withView(Operand.View.U32)
            : ordered ? operand.withView(Operand.View.UNSIGNED) : operand;
    return new Condition.Compare(read, comparison, constant);
  }
}
