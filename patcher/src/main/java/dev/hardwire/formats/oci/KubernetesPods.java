package dev.hardwire.formats.oci;

import dev.hardwire.formats.Selection;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.YamlNodes;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** The profiles that the containers of pods name, in pods and in what makes pods. */
final class KubernetesPods {
  private static final String ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";

  /**
   * A profile that a container names.
   *
   * @param name a path on the node
   */
  record Named(String name, Position position) {}

  private final YamlNodes nodes;
  private final Map<String, Named> containers = new LinkedHashMap<>();

  KubernetesPods(YamlNodes nodes) {
    this.nodes = nodes;
  }

  /** Adds the containers of a resource; other resources have none. */
  void add(String kind, Map<String, YamlNodes.Field> fields) {
    Optional<Map<String, YamlNodes.Field>> pod =
        switch (kind) {
          case "Pod" -> Optional.of(fields);
          case "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Job" ->
              below(fields, "spec").flatMap(spec -> below(spec, "template"));
          case "CronJob" ->
              below(fields, "spec")
                  .flatMap(spec -> below(spec, "jobTemplate"))
                  .flatMap(job -> below(job, "spec"))
                  .flatMap(spec -> below(spec, "template"));
          default -> Optional.empty();
        };
    pod.ifPresent(this::pod);
  }

  private Optional<Map<String, YamlNodes.Field>> below(
      Map<String, YamlNodes.Field> fields, String key) {
    return Optional.ofNullable(fields.get(key))
        .filter(field -> !nodes.isNull(field.value()))
        .map(field -> nodes.mapping(field.value(), key));
  }

  private void pod(Map<String, YamlNodes.Field> pod) {
    Map<String, YamlNodes.Field> spec = below(pod, "spec").orElse(Map.of());
    Optional<Named> common = profile(spec).or(() -> annotated(pod));
    for (String list : List.of("initContainers", "containers", "ephemeralContainers")) {
      for (Node item : nodes.items(spec, list)) {
        Map<String, YamlNodes.Field> container = nodes.mapping(item, "a container");
        Node named = nodes.required(container, "name", item, "the container");
        String name = nodes.string(named, "name");
        profile(container).or(() -> common).ifPresent(p -> containers.put(name, p));
      }
    }
  }

  private Optional<Named> annotated(Map<String, YamlNodes.Field> pod) {
    return below(pod, "metadata")
        .flatMap(metadata -> below(metadata, "annotations"))
        .map(annotations -> annotations.get(ANNOTATION))
        .map(
            field -> {
              String text = nodes.string(field.value(), ANNOTATION);
              if (!text.startsWith("localhost/")) {
                throw nodes.error(field.value(), noFile(text));
              }
              String path = text.substring("localhost/".length());
              return new Named(path, nodes.position(field.value()));
            });
  }

  private Optional<Named> profile(Map<String, YamlNodes.Field> holder) {
    return below(holder, "securityContext")
        .flatMap(context -> below(context, "seccompProfile"))
        .map(this::named);
  }

  private Named named(Map<String, YamlNodes.Field> profile) {
    YamlNodes.Field type = profile.get("type");
    YamlNodes.Field path = profile.get("localhostProfile");
    if (type != null && !nodes.string(type.value(), "type").equals("Localhost")) {
      throw nodes.error(type.value(), noFile(nodes.string(type.value(), "type")));
    }
    if (type == null || path == null) {
      throw new PolicyException(
          profile.values().stream()
              .findFirst()
              .map(YamlNodes.Field::position)
              .orElse(Position.NONE),
          "a seccompProfile needs \"type: Localhost\" and \"localhostProfile\"");
    }
    return new Named(nodes.string(path.value(), "localhostProfile"), nodes.position(path.value()));
  }

  private static String noFile(String type) {
    return "\""
        + type
        + "\" names no profile of a file; convert the profile of the container runtime, or name"
        + " another";
  }

  boolean isEmpty() {
    return containers.isEmpty();
  }

  /** The profile of a container, or the one that all of them have. */
  Named select(List<String> names, Position position) {
    Set<String> different = new HashSet<>();
    containers.values().forEach(named -> different.add(named.name()));
    if (names.isEmpty() && different.size() == 1) {
      return containers.values().iterator().next();
    }
    return Selection.of(containers, names, position, "containers with profiles").get(0);
  }
}
