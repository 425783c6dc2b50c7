package dev.hardwire.formats.oci;

import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.YamlNodes;
import dev.hardwire.text.NearestName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * One comparison of an OCI rule.
 *
 * @param index of the argument, from 0
 */
record OciArgument(long index, Condition condition) {
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

  private static Constant.Literal constant(YamlNodes nodes, Node node, String what) {
    return new Constant.Literal(nodes.unsigned(node, what), false, nodes.position(node));
  }
}
