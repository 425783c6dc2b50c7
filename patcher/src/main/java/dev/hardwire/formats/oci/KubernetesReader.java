package dev.hardwire.formats.oci;

import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.Selection;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import dev.hardwire.policy.text.YamlDocument;
import dev.hardwire.policy.text.YamlNodes;
import java.io.IOException;
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
 * Reads Kubernetes resources: {@code SeccompProfile} resources of the security-profiles-operator,
 * and pods whose containers name such a profile.
 *
 * <p>A profile is found by its name: in the file itself, or as a file NAME.yaml or NAME.json beside
 * it or in the folders for included files. As in the operator, the rules of a base profile are
 * added to those of the profile.
 */
final class KubernetesReader {
  static final String GROUP = "security-profiles-operator.x-k8s.io";
  static final String KIND = "SeccompProfile";

  private final YamlNodes nodes;
  private final PolicyFiles files;
  private final ReadOptions options;
  private final Map<String, Node> profiles = new LinkedHashMap<>();
  private final Set<String> open = new HashSet<>();

  private KubernetesReader(String source, PolicyFiles files, ReadOptions options) {
    this.nodes = new YamlNodes(source);
    this.files = files;
    this.options = options;
  }

  /**
   * Reads the profile that is selected, or the only one.
   *
   * @throws PolicyException if it is not valid, or none or several are there
   */
  static ReadPolicy read(Path file, ReadOptions options) throws IOException {
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    PolicyFiles files = PolicyFiles.beside(file, options.includeRoots());
    return new KubernetesReader(text.source(), files, options).resources(text);
  }

  private ReadPolicy resources(SourceText text) {
    KubernetesPods pods = new KubernetesPods(nodes);
    List<Node> documents = YamlDocument.documents(text);
    for (Node document : documents) {
      resource(document, pods);
    }
    Position start = nodes.position(documents.get(0));
    List<String> selected = options.selected();
    boolean isProfile = selected.size() == 1 && profiles.containsKey(selected.get(0));
    if (profiles.isEmpty() && pods.isEmpty()) {
      throw new PolicyException(
          start, "the file has no " + KIND + ", and no pod with a seccompProfile");
    }
    if (pods.isEmpty() || isProfile) {
      String name = Selection.of(names(), only(selected, start), start, "profiles").get(0);
      return profile(name, profiles.get(name));
    }
    KubernetesPods.Named named = pods.select(only(selected, start), start);
    return find(named.name(), named.position());
  }

  private Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    profiles.keySet().forEach(name -> names.put(name, name));
    return names;
  }

  private static List<String> only(List<String> selected, Position position) {
    if (selected.size() > 1) {
      throw new PolicyException(position, "--select: a profile is one; name one");
    }
    return selected;
  }

  private void resource(Node document, KubernetesPods pods) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(document, "a resource");
    String kind = text(fields, "kind", document);
    if (kind.equals("List") && fields.containsKey("items")) {
      nodes.list(fields.get("items").value(), "items").forEach(item -> resource(item, pods));
    } else if (kind.equals(KIND)) {
      String version = text(fields, "apiVersion", document);
      if (!version.startsWith(GROUP + "/")) {
        throw nodes.error(
            fields.get("apiVersion").value(), "a " + KIND + " is of " + GROUP + ", not " + version);
      }
      if (profiles.putIfAbsent(name(fields, document), document) != null) {
        throw nodes.error(document, "two profiles have the name " + name(fields, document));
      }
    } else {
      pods.add(kind, fields);
    }
  }

  private String text(Map<String, YamlNodes.Field> fields, String key, Node node) {
    return nodes.string(nodes.required(fields, key, node, "the resource"), key);
  }

  private String name(Map<String, YamlNodes.Field> fields, Node node) {
    Node metadata = nodes.required(fields, "metadata", node, "the resource");
    return text(nodes.mapping(metadata, "metadata"), "name", node);
  }

  private ReadPolicy profile(String name, Node resource) {
    List<Map<String, YamlNodes.Field>> bases = new ArrayList<>();
    Map<String, YamlNodes.Field> spec = spec(resource, bases);
    return OciReader.part(spec, resource, bases, name, options);
  }

  /** The spec of a profile without the operator's own keys; its base profiles are added. */
  private Map<String, YamlNodes.Field> spec(
      Node resource, List<Map<String, YamlNodes.Field>> bases) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(resource, "a resource");
    Node own = nodes.required(fields, "spec", resource, "the profile");
    Map<String, YamlNodes.Field> spec = nodes.mapping(own, "spec");
    spec.remove("disabled");
    YamlNodes.Field base = spec.remove("baseProfileName");
    if (base != null) {
      base(nodes.string(base.value(), "baseProfileName"), nodes.position(base.value()), bases);
    }
    return spec;
  }

  private void base(String name, Position position, List<Map<String, YamlNodes.Field>> bases) {
    if (name.contains("://")) {
      throw new PolicyException(
          position, "\"" + name + "\" is in a registry; save the profile to a file");
    }
    if (!open.add(name)) {
      throw new PolicyException(position, "\"" + name + "\" is its own base profile");
    }
    Node own = profiles.get(name);
    if (own != null) {
      bases(own, bases);
    } else {
      files.include(
          file(name, position),
          position,
          text -> {
            bases(parsed(text, name, position), bases);
            return null;
          });
    }
  }

  private void bases(Node profile, List<Map<String, YamlNodes.Field>> bases) {
    boolean isResource = nodes.mapping(profile, "a profile").containsKey("spec");
    Map<String, YamlNodes.Field> spec =
        isResource ? spec(profile, bases) : nodes.mapping(profile, "a profile");
    bases.add(spec);
  }

  /** The profile that a pod names by a path on its node. */
  private ReadPolicy find(String path, Position position) {
    String name = path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\.json$", "");
    if (profiles.containsKey(name)) {
      return profile(name, profiles.get(name));
    }
    return files.include(
        files.exists(path) ? path : file(name, position),
        position,
        text -> {
          Node profile = parsed(text, name, position);
          return nodes.mapping(profile, "a profile").containsKey("spec")
              ? profile(name, profile)
              : OciReader.part(
                  nodes.mapping(profile, "the profile"), profile, List.of(), name, options);
        });
  }

  private String file(String name, Position position) {
    Optional<String> found =
        List.of(name + ".yaml", name + ".yml", name + ".json").stream()
            .filter(files::exists)
            .findFirst();
    return found.orElseThrow(
        () ->
            new PolicyException(
                position,
                "no profile \"%s\" in the file, and no file %s.yaml or %s.json beside it or in --include-root"
                    .formatted(name, name, name)));
  }

  /** The profile of a name in a file, or the file's only one. */
  private Node parsed(SourceText text, String name, Position position) {
    List<Node> documents = YamlDocument.documents(text);
    for (Node document : documents) {
      Map<String, YamlNodes.Field> fields = nodes.mapping(document, "a profile");
      if (isProfile(fields, document)) {
        profiles.putIfAbsent(name(fields, document), document); // perhaps the base of another
      }
    }
    for (Node document : documents) {
      Map<String, YamlNodes.Field> fields = nodes.mapping(document, "a profile");
      if (fields.containsKey("defaultAction")
          || (isProfile(fields, document) && name(fields, document).equals(name))) {
        return document;
      }
    }
    throw new PolicyException(position, text.source() + " has no profile \"" + name + "\"");
  }

  private boolean isProfile(Map<String, YamlNodes.Field> fields, Node document) {
    return fields.containsKey("kind") && text(fields, "kind", document).equals(KIND);
  }
}
