package dev.hardwire.policy.format;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Limits;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads Hardwire's own policy format.
 *
 * <p>Everything that is not understood is an error: unknown keys, wrong types, duplicates. Whether
 * the named system calls exist is the compiler's to say, since that depends on the architecture.
 */
public final class YamlPolicyReader {
  static final String MAP = "map_missing_calls";

  private static final List<String> POLICY_KEYS =
      List.of(
          "version",
          "name",
          "default",
          "rules",
          "no_new_privs",
          "log",
          MAP,
          YamlLandlock.SECTION,
          YamlLimits.SECTION);

  private final YamlNodes nodes;
  private final PolicyFiles files;

  /** Where each call stands that an earlier rule decides whatever its arguments. */
  private final Map<CallName, Decided> decided;

  private record Decided(Action action, Position position) {}

  private YamlPolicyReader(String source, PolicyFiles files, Map<CallName, Decided> decided) {
    this.nodes = new YamlNodes(source);
    this.files = files;
    this.decided = decided;
  }

  /**
   * Reads one policy that stands alone: includes are errors.
   *
   * @param content the bytes of the file
   * @param source the name that messages give it
   * @throws PolicyException if it is not a valid policy
   */
  public static Policy read(byte[] content, String source) {
    return read(SourceText.decode(content, source), PolicyFiles.none());
  }

  /**
   * Reads a policy file and what it includes.
   *
   * @throws IOException if the file cannot be read
   * @throws PolicyException if it is not a valid policy
   */
  public static Policy read(Path file) throws IOException {
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    return read(text, PolicyFiles.beside(file));
  }

  private static Policy read(SourceText text, PolicyFiles files) {
    Node root = YamlDocument.root(text);
    return new YamlPolicyReader(text.source(), files, new HashMap<>()).policy(root);
  }

  private Policy policy(Node root) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(root, "the policy");
    YamlNodes.onlyKeys(fields, "the policy", POLICY_KEYS);
    int version = version(fields, root); // before what other versions may do without
    Node otherwise = required(fields, "default", root);
    return new Policy(
        version,
        name(fields),
        action(otherwise),
        rules(required(fields, "rules", root)),
        bool(fields, "no_new_privs", true),
        bool(fields, "log", false),
        bool(fields, MAP, false),
        nodes.position(otherwise),
        landlock(fields),
        limits(fields));
  }

  private Optional<Landlock> landlock(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get(YamlLandlock.SECTION);
    if (field == null) {
      return Optional.empty();
    }
    if (!bool(fields, "no_new_privs", true)) {
      throw new PolicyException(
          field.position(),
          fields.get("no_new_privs").position(),
          "landlock requires no_new_privs; remove one of the two");
    }
    return Optional.of(YamlLandlock.read(nodes, field));
  }

  private Optional<Limits> limits(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get(YamlLimits.SECTION);
    return field == null ? Optional.empty() : Optional.of(YamlLimits.read(nodes, field));
  }

  private int version(Map<String, YamlNodes.Field> fields, Node root) {
    int version = nodes.integer(required(fields, "version", root), "version");
    if (version != Policy.VERSION) {
      throw nodes.error(
          fields.get("version").value(),
          "version " + version + " is not known; this release reads version " + Policy.VERSION);
    }
    return version;
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
      Map<String, YamlNodes.Field> fields = nodes.mapping(item, "a rule");
      if (fields.containsKey("include")) {
        YamlNodes.onlyKeys(fields, "an include", List.of("include"));
        rules.addAll(included(fields.get("include").value()));
      } else {
        rules.add(rule(item, fields));
      }
    }
    return rules;
  }

  private List<Rule> included(Node node) {
    String name = nodes.string(node, "include");
    return files.include(
        name,
        nodes.position(node),
        text -> new YamlPolicyReader(text.source(), files, decided).fragment(text));
  }

  /** A file that is included: a version and rules, nothing that the including file decides. */
  private List<Rule> fragment(SourceText text) {
    Node root = YamlDocument.root(text);
    Map<String, YamlNodes.Field> fields = nodes.mapping(root, "an included policy");
    YamlNodes.onlyKeys(fields, "an included policy", List.of("version", "name", "rules"));
    version(fields, root);
    return rules(required(fields, "rules", root));
  }

  private Rule rule(Node node, Map<String, YamlNodes.Field> fields) {
    Map<String, YamlNodes.Field> actions = new LinkedHashMap<>(fields);
    Optional<Condition> condition =
        Optional.ofNullable(actions.remove("when")).map(this::condition);
    if (actions.isEmpty()) {
      throw nodes.error(node, "a rule needs an action, as in \"allow: [read, write]\"");
    }
    YamlNodes.Field first = actions.values().iterator().next();
    Action action = action(first.key(), first.position());
    if (actions.size() > 1) {
      YamlNodes.Field second = actions.values().stream().skip(1).findFirst().orElseThrow();
      throw new PolicyException(
          second.position(), "unknown key \"" + second.key() + "\" in a rule with one action");
    }
    List<CallName> calls = calls(first.value());
    if (condition.isEmpty()) {
      calls.forEach(call -> decide(call, action));
    }
    return new Rule(action, calls, condition, first.position());
  }

  private Condition condition(YamlNodes.Field field) {
    String text = nodes.string(field.value(), "when");
    return ConditionParser.parse(text, nodes.positions(field.value(), text));
  }

  private List<CallName> calls(Node node) {
    Map<CallName, Position> seen = new HashMap<>();
    List<CallName> calls = new ArrayList<>();
    for (Node item : nodes.list(node, "the system calls of a rule")) {
      CallName call = call(item);
      Position earlier = seen.put(call, call.position());
      if (earlier != null) {
        throw new PolicyException(
            call.position(), earlier, "\"" + call + "\" is listed twice in this rule; remove one");
      }
      calls.add(call);
    }
    if (calls.stream().allMatch(CallName::isExclusion)) {
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
    if (call.isGroup() || call.isExclusion()) {
      return;
    }
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
