package dev.hardwire.policy.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/** The {@code includes} and {@code excludes} of a rule of a Docker or Podman profile. */
final class OciConditions {
  private static final List<String> KEYS = List.of("arches", "caps", "minKernel");

  private final YamlNodes nodes;
  private final ReadOptions options;

  OciConditions(YamlNodes nodes, ReadOptions options) {
    this.nodes = nodes;
    this.options = options;
  }

  /** The architecture is listed, every capability is there, the kernel is new enough. */
  boolean includes(Node node) {
    Map<String, YamlNodes.Field> fields = fields(node);
    List<String> arches = strings(fields, "arches");
    return (arches.isEmpty() || arches.contains(goName()))
        && options.capabilities().containsAll(strings(fields, "caps"))
        && (!fields.containsKey("minKernel") || isKernel(fields.get("minKernel").value()));
  }

  /** The architecture is listed, or a capability is there, or the kernel is new enough. */
  boolean excludes(Node node) {
    Map<String, YamlNodes.Field> fields = fields(node);
    return strings(fields, "arches").contains(goName())
        || strings(fields, "caps").stream().anyMatch(options.capabilities()::contains)
        || (fields.containsKey("minKernel") && isKernel(fields.get("minKernel").value()));
  }

  private Map<String, YamlNodes.Field> fields(Node node) {
    if (nodes.isNull(node)) {
      return Map.of();
    }
    Map<String, YamlNodes.Field> fields = nodes.mapping(node, "a rule's condition");
    YamlNodes.onlyKeys(fields, "a rule's condition", KEYS);
    return fields;
  }

  private String goName() {
    return options.architecture().go();
  }

  private List<String> strings(Map<String, YamlNodes.Field> fields, String key) {
    List<String> strings = new ArrayList<>();
    if (fields.containsKey(key)) {
      for (Node item : nodes.listOrNull(fields.get(key).value(), key)) {
        strings.add(nodes.string(item, key));
      }
    }
    return strings;
  }

  private boolean isKernel(Node node) {
    String version = nodes.text(node, "minKernel");
    if (!version.matches("[0-9]{1,4}\\.[0-9]{1,6}")) {
      throw nodes.error(node, "minKernel must be like 4.8, not \"" + version + "\"");
    }
    return options.isKernelAtLeast(version);
  }
}
