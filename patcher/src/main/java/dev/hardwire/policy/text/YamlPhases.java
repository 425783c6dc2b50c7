package dev.hardwire.policy.text;

import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads the section {@code phases:} of a policy. */
final class YamlPhases {
  static final String SECTION = "phases";
  static final String FIRST_CALL = "first-call-of";

  private static final String PHASE = "a phase";
  private static final List<String> KEYS =
      List.of("name", "at", "default", "rules", YamlLandlock.SECTION);

  private final YamlNodes nodes;
  private final YamlLanguage language;
  private final Map<String, Position> names = new HashMap<>();
  private final Map<Long, Position> moments = new HashMap<>();

  private YamlPhases(YamlNodes nodes, YamlLanguage language) {
    this.nodes = nodes;
    this.language = language;
  }

  /** The phases, in the order of the file. */
  static List<Phase> read(YamlNodes nodes, YamlNodes.Field section, YamlLanguage language) {
    List<Node> items = nodes.list(section.value(), SECTION);
    if (items.isEmpty()) {
      throw nodes.error(section.value(), SECTION + " is empty; add a phase or remove it");
    }
    YamlPhases reader = new YamlPhases(nodes, language);
    List<Phase> phases = new ArrayList<>();
    for (Node item : items) {
      phases.add(reader.phase(item));
    }
    return phases;
  }

  private Phase phase(Node item) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(item, PHASE);
    for (String section :
        List.of(YamlLimits.SECTION, YamlCapabilities.SECTION, YamlPolicyReader.SEAL)) {
      if (fields.containsKey(section)) {
        throw new PolicyException(
            fields.get(section).position(),
            section
                + " cannot be part of a phase: "
                + (section.equals(YamlPolicyReader.SEAL)
                    ? "it applies from the start on; move it there"
                    : "they apply from the start on; move them there"));
      }
    }
    YamlNodes.onlyKeys(fields, PHASE, KEYS);
    Node name = nodes.required(fields, "name", item, "the phase");
    Node at = nodes.required(fields, "at", item, "the phase");
    Node otherwise = nodes.required(fields, "default", item, "the phase");
    Node rules = nodes.required(fields, "rules", item, "the phase");
    String text = nodes.string(name, "name");
    if (!Policy.isName(text)) {
      throw nodes.error(name, "name must be 1 to 100 printable characters");
    }
    Phase phase =
        new Phase(
            text,
            function(at),
            YamlRuleReader.action(nodes.string(otherwise, "default"), nodes.position(otherwise)),
            language.rules(rules),
            landlock(fields.get(YamlLandlock.SECTION)),
            nodes.position(item),
            nodes.position(otherwise));
    once(names, text, nodes.position(name), "two phases have the name \"" + text + "\"");
    once(
        moments,
        phase.mark(),
        nodes.position(at),
        "two phases begin at " + phase.moment() + "; join them");
    return phase;
  }

  private Optional<Landlock> landlock(YamlNodes.Field section) {
    return section == null
        ? Optional.empty()
        : Optional.of(YamlLandlock.readInPhase(nodes, section));
  }

  private static <T> void once(Map<T, Position> seen, T key, Position position, String message) {
    Position earlier = seen.putIfAbsent(key, position);
    if (earlier != null) {
      throw new PolicyException(position, earlier, message);
    }
  }

  /** Empty for {@code main}. */
  private Optional<String> function(Node node) {
    if (node instanceof ScalarNode) {
      String text = nodes.string(node, "at");
      if (!text.equals(Phase.MAIN)) {
        throw nodes.error(
            node, "at must be \"main\" or {%s: FUNCTION}, not \"%s\"".formatted(FIRST_CALL, text));
      }
      return Optional.empty();
    }
    Map<String, YamlNodes.Field> fields = nodes.mapping(node, "at", List.of(FIRST_CALL));
    YamlNodes.Field field = fields.get(FIRST_CALL);
    if (field == null) {
      throw nodes.error(node, "at must be \"main\" or {%s: FUNCTION}".formatted(FIRST_CALL));
    }
    String name = nodes.string(field.value(), FIRST_CALL);
    if (!Phase.isFunction(name)) {
      throw nodes.error(
          field.value(),
          name.equals(Phase.MAIN)
              ? "main is no function of a library; write \"at: main\""
              : "\"" + name + "\" is not the name of a function");
    }
    return Optional.of(name);
  }
}
