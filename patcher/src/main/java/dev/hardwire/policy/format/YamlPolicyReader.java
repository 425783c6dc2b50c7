package dev.hardwire.policy.format;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads Hardwire's own policy format.
 *
 * <p>Everything that is not understood is an error: unknown keys, wrong types, duplicates. Whether
 * the named system calls exist is the compiler's to say, since that depends on the architecture.
 */
public final class YamlPolicyReader {
  private static final List<String> POLICY_KEYS =
      List.of("version", "name", "default", "rules", "no_new_privs", "log");

  private final YamlNodes nodes;

  /** Where each call stands that an earlier rule decides whatever its arguments. */
  private final Map<CallName, Decided> decided = new HashMap<>();

  private record Decided(Action action, Position position) {}

  private YamlPolicyReader(String source) {
    this.nodes = new YamlNodes(source);
  }

  /**
   * Reads one policy.
   *
   * @param content the bytes of the file
   * @param source the name that messages give it
   * @throws PolicyException if it is not a valid policy
   */
  public static Policy read(byte[] content, String source) {
    Node root = YamlDocument.root(SourceText.decode(content, source));
    return new YamlPolicyReader(source).policy(root);
  }

  private Policy policy(Node root) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(root, "the policy");
    YamlNodes.onlyKeys(fields, "the policy", POLICY_KEYS);
    int version = nodes.integer(required(fields, "version", root), "version");
    if (version != Policy.VERSION) {
      throw nodes.error(
          fields.get("version").value(),
          "version " + version + " is not known; this release reads version " + Policy.VERSION);
    }
    return new Policy(
        version,
        name(fields),
        action(required(fields, "default", root)),
        rules(required(fields, "rules", root)),
        bool(fields, "no_new_privs", true),
        bool(fields, "log", false));
  }

  private Node required(Map<String, YamlNodes.Field> fields, String key, Node root) {
    YamlNodes.Field field = fields.get(key);
    if (field == null) {
      throw nodes.error(root, "the policy has no \"" + key + "\"; add it");
    }
    return field.value();
  }

  private String name(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get("name");
    if (field == null) {
      return "unnamed";
    }
    String name = nodes.string(field.value(), "name");
    if (!Policy.isName(name)) {
      throw nodes.error(field.value(), "name must be 1 to 100 printable characters");
    }
    return name;
  }

  private boolean bool(Map<String, YamlNodes.Field> fields, String key, boolean otherwise) {
    YamlNodes.Field field = fields.get(key);
    return field == null ? otherwise : nodes.bool(field.value(), key);
  }

  private Action action(Node node) {
    return action(nodes.string(node, "default"), nodes.position(node));
  }

  private static Action action(String text, Position position) {
    try {
      return Action.parse(text);
    } catch (IllegalArgumentException e) {
      throw new PolicyException(position, e.getMessage());
    }
  }

  private List<Rule> rules(Node node) {
    List<Rule> rules = new ArrayList<>();
    for (Node item : nodes.list(node, "rules")) {
      rules.add(rule(item));
    }
    return rules;
  }

  private Rule rule(Node node) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(node, "a rule");
    if (fields.isEmpty()) {
      throw nodes.error(node, "a rule needs an action, as in \"allow: [read, write]\"");
    }
    YamlNodes.Field first = fields.values().iterator().next();
    Action action = action(first.key(), first.position());
    if (fields.size() > 1) {
      YamlNodes.Field second = fields.values().stream().skip(1).findFirst().orElseThrow();
      throw new PolicyException(
          second.position(), "unknown key \"" + second.key() + "\" in a rule with one action");
    }
    return new Rule(action, calls(first.value(), action), first.position());
  }

  private List<CallName> calls(Node node, Action action) {
    Map<CallName, Position> seen = new HashMap<>();
    List<CallName> calls = new ArrayList<>();
    for (Node item : nodes.list(node, "the system calls of a rule")) {
      CallName call = call(item);
      Position earlier = seen.put(call, call.position());
      if (earlier != null) {
        throw new PolicyException(
            call.position(), earlier, "\"" + call + "\" is listed twice in this rule; remove one");
      }
      decide(call, action);
      calls.add(call);
    }
    if (calls.isEmpty()) {
      throw nodes.error(node, "the rule lists no system call; add one or remove the rule");
    }
    return calls;
  }

  private CallName call(Node item) {
    String name = nodes.string(item, "a system call");
    if (!CallName.isWellFormed(name)) {
      throw nodes.error(item, "\"" + name + "\" is not spelt like a system call");
    }
    return new CallName(name, nodes.position(item));
  }

  private void decide(CallName call, Action action) {
    Decided earlier = decided.putIfAbsent(call, new Decided(action, call.position()));
    if (earlier == null) {
      return;
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
