package dev.hardwire.formats.oci;

import dev.hardwire.formats.KnownArchitectures;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.text.YamlNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.nodes.Node;

/** The {@code includes} and {@code excludes} of a rule of a Docker or Podman profile. */
final class OciConditions {
  private static final List<String> KEYS = List.of("arches", "caps", "minKernel");

  /** Architectures whose names in Docker and Podman differ from Go's. */
  private static final Map<String, String> RENAMED = Map.of("386", "x86", "loong64", "loongarch64");

  private final YamlNodes nodes;
  private final ReadOptions options;

  OciConditions(YamlNodes nodes, ReadOptions options) {
    this.nodes = nodes;
    this.options = options;
  }

  /** The architecture is listed, every capability is there, the kernel is new enough. */
  boolean includes(Node node) {
    Map<String, YamlNodes.Field> fields = fields(node);
    List<String> arches = architectures(fields);
    return (arches.isEmpty() || isHere(arches))
        && options.capabilities().containsAll(capabilities(fields))
        && (!fields.containsKey("minKernel") || isKernel(fields.get("minKernel").value()));
  }

  /** The architecture is listed, or a capability is there, or the kernel is new enough. */
  boolean excludes(Node node) {
    Map<String, YamlNodes.Field> fields = fields(node);
    return isHere(architectures(fields))
        || capabilities(fields).stream().anyMatch(options.capabilities()::contains)
        || (fields.containsKey("minKernel") && isKernel(fields.get("minKernel").value()));
  }

  private Map<String, YamlNodes.Field> fields(Node node) {
    if (nodes.isNull(node)) {
      return Map.of();
    }
    return nodes.mapping(node, "a rule's condition", KEYS);
  }

  private boolean isHere(List<String> arches) {
    String name = options.architecture().goName();
    return arches.contains(name) || arches.contains(RENAMED.get(name));
  }

  /** Rejects names that no runtime has: they would never match. */
  private List<String> architectures(Map<String, YamlNodes.Field> fields) {
    return strings(
        fields,
        "arches",
        name -> {
          if (!KnownArchitectures.RUNTIMES.contains(name)) {
            throw new IllegalArgumentException(
                "unknown architecture \""
                    + name
                    + "\"; it needs the name that Docker gives it, such as amd64, x86 or arm64");
          }
        });
  }

  private List<String> capabilities(Map<String, YamlNodes.Field> fields) {
    return strings(fields, "caps", Capabilities::check);
  }

  private List<String> strings(
      Map<String, YamlNodes.Field> fields, String key, Consumer<String> check) {
    List<String> strings = new ArrayList<>();
    for (Node item : nodes.items(fields, key)) {
      String name = nodes.string(item, key);
      try {
        check.accept(name);
      } catch (IllegalArgumentException e) {
        throw nodes.error(item, e.getMessage());
      }
      strings.add(name);
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
