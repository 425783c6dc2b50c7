package dev.hardwire.policy.text;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The groups and constants of a policy's own, from its file and those that it includes.
 *
 * <p>The first definition of a name counts, so a file overrides what it includes. Rules are read
 * after all definitions, and contain no names of them any more.
 */
final class PolicyDefinitions {
  private static final String CONSTANT = "[A-Z][A-Za-z0-9_]*";

  /** The most names that stand for each other in a row. */
  private static final int DEPTH = 100;

  private final Map<String, List<CallName>> groups = new LinkedHashMap<>();
  private final Map<String, List<Constant>> constants = new LinkedHashMap<>();
  private final Expansion expansion = new Expansion();

  /** How many items each name stands for, as far as that has been asked. */
  private final Map<String, Long> sizes = new HashMap<>();

  /** Adds the definitions of a file, of which earlier ones stay. */
  void read(YamlNodes nodes, Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field ownGroups = fields.get("groups");
    if (ownGroups != null) {
      for (YamlNodes.Field field : nodes.mapping(ownGroups.value(), "groups").values()) {
        group(nodes, field);
      }
    }
    YamlNodes.Field ownConstants = fields.get("constants");
    if (ownConstants != null) {
      for (YamlNodes.Field field : nodes.mapping(ownConstants.value(), "constants").values()) {
        constant(nodes, field);
      }
    }
  }

  private void group(YamlNodes nodes, YamlNodes.Field field) {
    String name = field.key().startsWith("@") ? field.key() : "@" + field.key();
    if (!CallName.isWellFormed(name)) {
      throw new PolicyException(
          field.position(),
          "a group is named by small letters, digits and \"-\", not \"" + field.key() + "\"");
    }
    if (Intents.isOne(name)) {
      throw new PolicyException(
          field.position(), "\"" + name + "\" is built in; choose another name");
    }
    List<CallName> items = new ArrayList<>();
    for (Node item : nodes.list(field.value(), "a group")) {
      String text = nodes.string(item, "a system call");
      if (!CallName.isWellFormed(text) || text.startsWith("~")) {
        throw nodes.error(
            item,
            text.startsWith("~")
                ? "a group lists calls; exclude \"" + text.substring(1) + "\" in a rule"
                : "\"" + text + "\" is not spelt like a system call");
      }
      items.add(new CallName(text, nodes.position(item), name));
    }
    if (items.isEmpty()) {
      throw nodes.error(field.value(), "the group lists no system call");
    }
    groups.putIfAbsent(name, items);
  }

  private void constant(YamlNodes nodes, YamlNodes.Field field) {
    if (!field.key().matches(CONSTANT)) {
      throw new PolicyException(
          field.position(),
          "a constant begins with a capital letter, and has letters, digits and \"_\", unlike \""
              + field.key()
              + "\"");
    }
    boolean isList = field.value() instanceof SequenceNode;
    List<Constant> values = new ArrayList<>();
    for (Node item : isList ? nodes.list(field.value(), field.key()) : List.of(field.value())) {
      String text = nodes.text(item, "a constant");
      values.add(ConditionParser.parseConstant(text, nodes.positions(item, text)));
    }
    if (values.isEmpty()) {
      throw nodes.error(field.value(), "the list of constants is empty");
    }
    constants.putIfAbsent(field.key(), values);
  }

  /** The items that an item of a rule stands for: itself, or the members of an own group. */
  List<CallName> expand(CallName item) {
    if (!item.isGroup() || !groups.containsKey(item.target())) {
      return List.of(item);
    }
    expansion.add(size(item.target(), item.position(), new HashSet<>()), item.position());
    Map<CallName, CallName> members = new LinkedHashMap<>();
    collect(item, item.target(), members);
    return new ArrayList<>(members.values());
  }

  private void collect(CallName item, String group, Map<CallName, CallName> members) {
    for (CallName member : groups.get(group)) {
      if (groups.containsKey(member.name())) {
        collect(item, member.name(), members);
      } else {
        String name = item.isExclusion() ? "~" + member.name() : member.name();
        CallName expanded = new CallName(name, member.position(), item.target());
        members.putIfAbsent(expanded, expanded);
      }
    }
  }

  /**
   * How many items a group or constant stands for; at most one more than {@link Expansion#LIMIT}.
   *
   * @param open the names that are being counted
   * @throws PolicyException if it contains itself
   */
  private long size(String name, Position position, Set<String> open) {
    Long known = sizes.get(name);
    if (known != null) {
      return known;
    }
    boolean isGroup = groups.containsKey(name);
    if (!open.add(name)) {
      throw isGroup
          ? new PolicyException(
              groups.get(name).get(0).position(), "the group \"" + name + "\" contains itself")
          : new PolicyException(position, "the constant " + name + " contains itself");
    }
    if (open.size() > DEPTH) {
      throw new PolicyException(position, "more than " + DEPTH + " names stand for each other");
    }
    long size = 0;
    if (isGroup) {
      for (CallName member : groups.get(name)) {
        boolean isOwn = groups.containsKey(member.name());
        size += isOwn ? size(member.name(), member.position(), open) : 1;
      }
    } else {
      for (Constant value : constants.get(name)) {
        size += size(value, open);
      }
    }
    open.remove(name);
    sizes.put(name, Math.min(size, Expansion.LIMIT + 1L));
    return sizes.get(name);
  }

  private long size(Constant constant, Set<String> open) {
    if (constant instanceof Constant.Complement complement) {
      return 1 + size(complement.part(), open);
    } else if (constant instanceof Constant.Union union) {
      long size = 0;
      for (Constant part : union.parts()) {
        size += size(part, open);
      }
      return size;
    }
    boolean isOwn = constant instanceof Constant.Symbol s && constants.containsKey(s.name());
    return isOwn ? size(((Constant.Symbol) constant).name(), constant.position(), open) : 1;
  }

  /** A condition with the values of own constants. */
  Condition substitute(Condition condition) {
    if (constants.isEmpty()) {
      return condition;
    }
    if (condition instanceof Condition.All all) {
      return new Condition.All(substitute(all.parts()));
    } else if (condition instanceof Condition.Any any) {
      return new Condition.Any(substitute(any.parts()));
    } else if (condition instanceof Condition.Not not) {
      return new Condition.Not(substitute(not.part()));
    } else if (condition instanceof Condition.Member member) {
      List<Constant> values = new ArrayList<>();
      member.constants().forEach(c -> values.addAll(counted(c)));
      return new Condition.Member(operand(member.operand()), values);
    }
    Condition.Compare compare = (Condition.Compare) condition;
    return new Condition.Compare(
        operand(compare.operand()), compare.comparison(), value(compare.constant()));
  }

  private List<Condition> substitute(List<Condition> parts) {
    List<Condition> result = new ArrayList<>();
    parts.forEach(part -> result.add(substitute(part)));
    return result;
  }

  private Operand operand(Operand operand) {
    return operand.mask().isPresent() ? operand.withMask(value(operand.mask().get())) : operand;
  }

  private List<Constant> counted(Constant constant) {
    expansion.add(size(constant, new HashSet<>()), constant.position());
    return values(constant);
  }

  private Constant value(Constant constant) {
    return only(constant, counted(constant));
  }

  private static Constant only(Constant constant, List<Constant> values) {
    if (values.size() > 1) {
      throw new PolicyException(
          constant.position(),
          constant + " is a list; it is used as in \"fd in " + constant + "\"");
    }
    return values.get(0);
  }

  /** What a constant stands for, which {@link #counted} has counted. */
  private List<Constant> values(Constant constant) {
    if (constant instanceof Constant.Complement complement) {
      return List.of(new Constant.Complement(part(complement.part())));
    } else if (constant instanceof Constant.Union union) {
      return List.of(union(union));
    } else if (!(constant instanceof Constant.Symbol symbol)
        || !constants.containsKey(symbol.name())) {
      return List.of(constant);
    }
    List<Constant> values = new ArrayList<>();
    for (Constant value : constants.get(((Constant.Symbol) constant).name())) {
      values.addAll(values(value));
    }
    return values;
  }

  private Constant part(Constant constant) {
    return only(constant, values(constant));
  }

  private Constant union(Constant.Union union) {
    List<Constant> parts = new ArrayList<>();
    for (Constant part : union.parts()) {
      Constant value = part(part);
      if (value instanceof Constant.Union inner) {
        parts.addAll(inner.parts());
      } else {
        parts.add(value);
      }
    }
    return new Constant.Union(parts);
  }
}
