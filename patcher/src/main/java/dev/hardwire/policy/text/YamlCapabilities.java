package dev.hardwire.policy.text;

import dev.hardwire.policy.Capabilities;
import dev.hardwire.policy.Capabilities.Capability;
import dev.hardwire.policy.Capabilities.SecureBit;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the section {@code capabilities:} of a policy. */
final class YamlCapabilities {
  static final String SECTION = "capabilities";

  private final YamlNodes nodes;
  private final Map<String, YamlNodes.Field> fields;

  private YamlCapabilities(YamlNodes nodes, Map<String, YamlNodes.Field> fields) {
    this.nodes = nodes;
    this.fields = fields;
  }

  /** The section, at the position of its key. */
  static Capabilities read(YamlNodes nodes, YamlNodes.Field section) {
    Map<String, YamlNodes.Field> fields =
        nodes.mapping(section.value(), SECTION, List.of("keep", "securebits"));
    if (!fields.containsKey("keep")) {
      throw nodes.error(section.value(), SECTION + " has no \"keep\"; add it, [] for none");
    }
    YamlCapabilities reader = new YamlCapabilities(nodes, fields);
    return new Capabilities(
        reader.items("keep", Capability.class, Capability::named),
        reader.items("securebits", SecureBit.class, YamlCapabilities::secureBit),
        section.position());
  }

  private static Optional<SecureBit> secureBit(String name) {
    for (SecureBit bit : SecureBit.values()) {
      if (bit.toString().equals(name)) {
        return Optional.of(bit);
      }
    }
    return Optional.empty();
  }

  private <E extends Enum<E>> Set<E> items(
      String key, Class<E> type, Function<String, Optional<E>> names) {
    Set<E> items = EnumSet.noneOf(type);
    YamlNodes.Field field = fields.get(key);
    if (field == null) {
      return items;
    }
    Map<E, Position> seen = new HashMap<>();
    for (Node node : nodes.list(field.value(), key)) {
      String text = nodes.string(node, "an item of " + key);
      Optional<E> item = names.apply(text);
      if (item.isEmpty()) {
        List<String> known = new ArrayList<>();
        for (E one : type.getEnumConstants()) {
          known.add(one.toString());
        }
        throw nodes.error(
            node,
            (type == Capability.class ? "unknown capability \"" : "unknown securebit \"")
                + text
                + "\""
                + NearestName.hint(text, known));
      }
      Position earlier = seen.put(item.get(), nodes.position(node));
      if (earlier != null) {
        throw new PolicyException(
            nodes.position(node),
            earlier,
            "\"" + item.get() + "\" is listed twice in " + key + "; remove one");
      }
      items.add(item.get());
    }
    return items;
  }
}
