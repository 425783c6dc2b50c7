package dev.hardwire.policy.text;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A policy file with the files that it includes as a whole.
 *
 * <p>A file comes before those that it includes, and they come in the order of its list: what comes
 * first counts. That holds for settings, groups, constants and rules. A file that is included twice
 * counts once.
 */
final class YamlLanguage {
  /** The keys of a policy that this class reads. */
  static final List<String> KEYS =
      List.of("include", "groups", "constants", "arch", "unknown-calls", "newer-calls");

  /** The settings that may come from an included file. */
  private static final List<String> SETTINGS =
      List.of("name", "default", "no_new_privs", "log", YamlPolicyReader.MAP, CallWeights.SECTION);

  private record Part(Map<String, YamlNodes.Field> fields, Optional<Path> file) {}

  private final YamlNodes nodes;
  private final PolicyFiles files;
  private final PolicyDefinitions definitions = new PolicyDefinitions();
  private final List<Part> parts = new ArrayList<>();
  private final Set<Path> seen = new HashSet<>();

  private YamlLanguage(YamlNodes nodes, PolicyFiles files) {
    this.nodes = nodes;
    this.files = files;
  }

  /** The policy of a file, whose fields are known. */
  static YamlLanguage of(YamlNodes nodes, Map<String, YamlNodes.Field> fields, PolicyFiles files) {
    YamlLanguage language = new YamlLanguage(nodes, files);
    if (files.current().isPresent()) {
      language.seen.add(files.current().get());
    }
    language.load(fields);
    return language;
  }

  private void load(Map<String, YamlNodes.Field> fields) {
    parts.add(new Part(fields, files.current()));
    definitions.read(nodes, fields);
    YamlNodes.Field include = fields.get("include");
    if (include != null) {
      for (Node item : nodes.list(include.value(), "include")) {
        files.include(nodes.string(item, "include"), nodes.position(item), this::included);
      }
    }
  }

  private Void included(SourceText text) {
    if (seen.add(files.current().orElseThrow())) {
      Node root = YamlDocument.root(text);
      Map<String, YamlNodes.Field> fields = nodes.mapping(root, "an included policy");
      List<String> known = new ArrayList<>(List.of("version", "rules"));
      known.addAll(SETTINGS);
      known.addAll(KEYS);
      YamlNodes.onlyKeys(fields, "an included policy", known);
      YamlPolicyReader.version(nodes, fields, root);
      load(fields);
    }
    return null;
  }

  /** The fields of the first file, and the settings that it leaves to those that it includes. */
  Map<String, YamlNodes.Field> settings() {
    Map<String, YamlNodes.Field> settings = new LinkedHashMap<>(parts.get(0).fields());
    for (Part part : parts) {
      for (String key : SETTINGS) {
        if (part.fields().containsKey(key)) {
          settings.putIfAbsent(key, part.fields().get(key));
        }
      }
    }
    return settings;
  }

  List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    DecidedCalls decided = new DecidedCalls();
    boolean included = false;
    for (Part part : parts) {
      files.enter(part.file());
      try {
        for (Rule rule : rules(part)) {
          Optional<Rule> left = decided.without(rule, included);
          if (left.isPresent()) {
            rules.add(left.get());
          }
        }
      } finally {
        files.leave(part.file());
      }
      included = true;
    }
    for (String key : List.of("unknown-calls", "newer-calls")) {
      YamlNodes.Field field = null;
      for (Part part : parts) {
        field = field == null ? part.fields().get(key) : field;
      }
      if (field != null) {
        rules.add(others(field));
      }
    }
    return rules;
  }

  private List<Rule> rules(Part part) {
    List<Rule> rules = new ArrayList<>();
    YamlRuleReader reader = new YamlRuleReader(nodes, files, definitions);
    YamlNodes.Field sections = part.fields().get("arch");
    if (sections != null) {
      for (YamlNodes.Field section : nodes.mapping(sections.value(), "arch").values()) {
        List<String> on = List.of(architecture(section.key(), section.position()));
        Map<String, YamlNodes.Field> fields =
            nodes.mapping(section.value(), "a section of arch", List.of("rules"));
        if (fields.containsKey("rules")) {
          rules.addAll(reader.rules(fields.get("rules").value(), on));
        }
      }
    }
    YamlNodes.Field common = part.fields().get("rules");
    if (common != null) {
      rules.addAll(reader.rules(common.value()));
    }
    return rules;
  }

  /** Rules of the first file that stand apart from its others. */
  List<Rule> rules(Node node) {
    return new YamlRuleReader(nodes, files, definitions).rules(node);
  }

  static String architecture(String name, Position position) {
    return Target.ofName(name)
        .map(Target::id)
        .orElseThrow(
            () ->
                new PolicyException(
                    position,
                    "unknown architecture \"%s\" (known: %s)"
                        .formatted(name, String.join(", ", Target.ids()))));
  }

  private Rule others(YamlNodes.Field field) {
    String text = nodes.string(field.value(), field.key());
    Position position = nodes.position(field.value());
    return new Rule(
        YamlRuleReader.action(text, position),
        List.of(new CallName("@" + field.key(), position)),
        Optional.empty(),
        position);
  }
}
