package dev.hardwire.policy.text;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.math.BigInteger;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads YAML nodes as what a policy has there; everything else is an error at its position. */
public final class YamlNodes {
  private final String source;

  public YamlNodes(String source) {
    this.source = source;
  }

  /** A key of a mapping, where it stands, and its value. */
  public record Field(String key, Position position, Node value) {}

  public Position position(Node node) {
    return node.getStartMark()
        .map(mark -> new Position(mark.getName(), mark.getLine() + 1, mark.getColumn() + 1))
        .orElse(new Position(source, 0, 0));
  }

  /**
   * Where the characters of a scalar stand.
   *
   * <p>Exact for text on one line without escapes; the scalar's own place otherwise.
   */
  IntFunction<Position> positions(Node node, String text) {
    Position start = position(node);
    Optional<Mark> end = node.getEndMark();
    boolean plain = node instanceof ScalarNode scalar && scalar.isPlain();
    int quotes = plain ? 0 : 1;
    boolean oneLine = end.isPresent() && end.get().getLine() + 1 == start.line();
    int width = text.codePointCount(0, text.length()) + 2 * quotes;
    if (!oneLine || end.get().getColumn() + 1 - start.column() != width) {
      return index -> start;
    }
    return index ->
        new Position(
            start.source(), start.line(), start.column() + quotes + text.codePointCount(0, index));
  }

  public PolicyException error(Node node, String message) {
    return new PolicyException(position(node), message);
  }

  private static String describe(Node node) {
    if (node instanceof MappingNode) {
      return "a mapping";
    }
    if (node instanceof SequenceNode) {
      return "a list";
    }
    ScalarNode scalar = (ScalarNode) node;
    return scalar.getTag().equals(Tag.NULL) ? "nothing" : "\"" + scalar.getValue() + "\"";
  }

  /** The fields of a mapping in the order of the file, by key. */
  public Map<String, Field> mapping(Node node, String what) {
    if (!(node instanceof MappingNode mapping) || !node.getTag().equals(Tag.MAP)) {
      throw error(node, what + " must be a mapping, not " + describe(node));
    }
    Map<String, Field> fields = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String key = string(tuple.getKeyNode(), "a key of " + what);
      Field field = new Field(key, position(tuple.getKeyNode()), tuple.getValueNode());
      Field earlier = fields.put(key, field);
      if (earlier != null) {
        throw new PolicyException(
            field.position(),
            earlier.position(),
            "key \"" + key + "\" is given twice in " + what + "; remove one");
      }
    }
    return fields;
  }

  /** The fields of a mapping that may have these keys only. */
  public Map<String, Field> mapping(Node node, String what, Collection<String> known) {
    Map<String, Field> fields = mapping(node, what);
    onlyKeys(fields, what, known);
    return fields;
  }

  /**
   * The value of a field that has to be there.
   *
   * @param owner what the fields belong to, for the message, such as {@code the rule}
   */
  public Node required(Map<String, Field> fields, String key, Node parent, String owner) {
    if (!fields.containsKey(key)) {
      throw error(parent, owner + " has no \"" + key + "\"; add it");
    }
    return fields.get(key).value();
  }

  /** A truth value that may be missing. */
  boolean bool(Map<String, Field> fields, String key, boolean otherwise) {
    return fields.containsKey(key) ? bool(fields.get(key).value(), key) : otherwise;
  }

  /** Refuses every key that is not among {@code known}. */
  public static void onlyKeys(Map<String, Field> fields, String what, Collection<String> known) {
    for (Field field : fields.values()) {
      if (!known.contains(field.key())) {
        throw new PolicyException(
            field.position(),
            "unknown key \""
                + field.key()
                + "\" in "
                + what
                + NearestName.hint(field.key(), known)
                + " (known: "
                + String.join(", ", known)
                + ")");
      }
    }
  }

  public List<Node> list(Node node, String what) {
    if (!(node instanceof SequenceNode sequence) || !node.getTag().equals(Tag.SEQ)) {
      throw error(node, what + " must be a list, not " + describe(node));
    }
    return sequence.getValue();
  }

  /** Text; a number, a truth value or nothing is not text unless it is quoted. */
  public String string(Node node, String what) {
    if (!(node instanceof ScalarNode scalar) || !node.getTag().equals(Tag.STR)) {
      throw error(node, what + " must be text, not " + describe(node));
    }
    return scalar.getValue();
  }

  boolean bool(Node node, String what) {
    if (node instanceof ScalarNode scalar && node.getTag().equals(Tag.BOOL)) {
      return scalar.getValue().equalsIgnoreCase("true");
    }
    throw error(node, what + " must be true or false, not " + describe(node));
  }

  int integer(Node node, String what) {
    if (node instanceof ScalarNode scalar
        && node.getTag().equals(Tag.INT)
        && scalar.getValue().matches("[0-9]{1,9}")) {
      return Integer.parseInt(scalar.getValue());
    }
    throw error(node, what + " must be a number, not " + describe(node));
  }

  public boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  /** The items of a list; none if the field is missing or has no value. */
  public List<Node> items(Map<String, Field> fields, String key) {
    Field field = fields.get(key);
    return field == null || isNull(field.value()) ? List.of() : list(field.value(), key);
  }

  /** A number from 0 to 2^64-1. */
  public long unsigned(Node node, String what) {
    if (node instanceof ScalarNode scalar && scalar.getValue().matches("[0-9]{1,20}")) {
      BigInteger value = new BigInteger(scalar.getValue());
      if (node.getTag().equals(Tag.INT) && value.bitLength() <= Long.SIZE) {
        return value.longValue();
      }
    }
    throw error(node, what + " must be a number from 0 to 2^64-1, not " + describe(node));
  }

  /** A number within bounds, which are not negative. */
  long number(Node node, String what, long least, long most) {
    if (node instanceof ScalarNode scalar
        && node.getTag().equals(Tag.INT)
        && scalar.getValue().matches("[0-9]{1,18}")) {
      long value = Long.parseLong(scalar.getValue());
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw error(
        node,
        "%s must be a number from %d to %d, not %s".formatted(what, least, most, describe(node)));
  }

  public String text(Node node, String what) {
    if (node instanceof ScalarNode scalar && !isNull(node)) {
      return scalar.getValue();
    }
    throw error(node, what + " must be text, not " + describe(node));
  }
}
