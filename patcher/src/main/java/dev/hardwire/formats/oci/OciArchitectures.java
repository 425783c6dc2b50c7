package dev.hardwire.formats.oci;

import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.text.YamlNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The architectures that an OCI profile is for.
 *
 * <p>A hard-wired filter is for one architecture, which {@code architectures} must include. {@code
 * archMap} only adds interfaces to that of the machine, as in Docker. No warning is given if the
 * profile includes other architectures: calls through them are refused, which is stricter.
 */
final class OciArchitectures {
  private final YamlNodes nodes;
  private final ReadOptions options;

  OciArchitectures(YamlNodes nodes, ReadOptions options) {
    this.nodes = nodes;
    this.options = options;
  }

  void check(Map<String, YamlNodes.Field> fields) {
    List<String> listed = new ArrayList<>();
    YamlNodes.Field architectures = fields.get("architectures");
    YamlNodes.Field map = fields.get("archMap");
    if (architectures != null) {
      for (Node item : nodes.listOrNull(architectures.value(), "architectures")) {
        listed.add(nodes.string(item, "an architecture"));
      }
    }
    if (map != null) {
      for (Node item : nodes.listOrNull(map.value(), "archMap")) {
        Map<String, YamlNodes.Field> entry = nodes.mapping(item, "archMap");
        YamlNodes.onlyKeys(entry, "archMap", List.of("architecture", "subArchitectures"));
        if (!entry.containsKey("architecture")) {
          throw nodes.error(item, "the entry has no \"architecture\"; add it");
        }
        listed.add(nodes.string(entry.get("architecture").value(), "an architecture"));
        if (entry.containsKey("subArchitectures")) {
          Node others = entry.get("subArchitectures").value();
          for (Node other : nodes.listOrNull(others, "subArchitectures")) {
            listed.add(nodes.string(other, "an architecture"));
          }
        }
      }
    }
    String wanted = options.architecture().libseccompName();
    if (architectures != null && !listed.isEmpty() && !listed.contains(wanted)) {
      throw nodes.error(
          architectures.value(),
          "the profile is not for " + options.architecture() + "; add " + wanted);
    }
  }
}
