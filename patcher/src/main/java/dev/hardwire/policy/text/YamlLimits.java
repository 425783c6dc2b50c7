package dev.hardwire.policy.text;

import dev.hardwire.policy.Limits;
import dev.hardwire.policy.PolicyException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the section {@code limits:} of a policy. */
final class YamlLimits {
  static final String SECTION = "limits";

  /** The units of sizes; each is 1024 times the one before. */
  static final List<String> UNITS = List.of("KiB", "MiB", "GiB", "TiB");

  private static final List<String> KEYS =
      List.of(
          "core", "file-size", "open-files", "dumpable", "no-write-execute", "close-from", "keep");

  /** The highest descriptor that a kernel allows, sysctl_nr_open_max of fs/file.c. */
  private static final int LAST_DESCRIPTOR = 0x3fff_ffff;

  private final YamlNodes nodes;
  private final Map<String, YamlNodes.Field> fields;

  private YamlLimits(YamlNodes nodes, Map<String, YamlNodes.Field> fields) {
    this.nodes = nodes;
    this.fields = fields;
  }

  /** The section, at the position of its key. */
  static Limits read(YamlNodes nodes, YamlNodes.Field section) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(section.value(), SECTION, KEYS);
    if (fields.isEmpty()) {
      throw nodes.error(section.value(), SECTION + " is empty; add a limit or remove it");
    }
    return new YamlLimits(nodes, fields).section(section);
  }

  private Limits section(YamlNodes.Field section) {
    try {
      return new Limits(
          size("core"),
          size("file-size"),
          openFiles(),
          nodes.bool(fields, "dumpable", true),
          nodes.bool(fields, "no-write-execute", false),
          closeFrom(),
          keep(),
          section.position());
    } catch (IllegalArgumentException e) {
      YamlNodes.Field keep = fields.get("keep");
      throw new PolicyException(
          keep == null ? section.position() : keep.position(), e.getMessage());
    }
  }

  private OptionalLong size(String key) {
    YamlNodes.Field field = fields.get(key);
    if (field == null) {
      return OptionalLong.empty();
    }
    String text = nodes.text(field.value(), key);
    int shift = 0;
    for (int i = 0; i < UNITS.size(); i++) {
      if (text.endsWith(UNITS.get(i))) {
        shift = 10 * (i + 1);
        text = text.substring(0, text.length() - UNITS.get(i).length());
        break;
      }
    }
    long most = Long.MAX_VALUE >> shift;
    if (!text.matches("[0-9]{1,18}") || Long.parseLong(text) > most) {
      throw nodes.error(
          field.value(), key + " must be a number of bytes, such as 0, 4096, 64KiB or 1GiB");
    }
    return OptionalLong.of(Long.parseLong(text) << shift);
  }

  private OptionalLong openFiles() {
    YamlNodes.Field field = fields.get("open-files");
    return field == null
        ? OptionalLong.empty()
        : OptionalLong.of(nodes.integer(field.value(), "open-files"));
  }

  private OptionalInt closeFrom() {
    YamlNodes.Field field = fields.get("close-from");
    return field == null
        ? OptionalInt.empty()
        : OptionalInt.of(descriptor(field.value(), "close-from"));
  }

  private int descriptor(Node node, String what) {
    int descriptor = nodes.integer(node, what);
    if (descriptor > LAST_DESCRIPTOR) {
      throw nodes.error(node, what + " must be a descriptor from 0 to " + LAST_DESCRIPTOR);
    }
    return descriptor;
  }

  private List<Integer> keep() {
    YamlNodes.Field field = fields.get("keep");
    if (field == null) {
      return List.of();
    }
    List<Integer> keep = new ArrayList<>();
    for (Node node : nodes.list(field.value(), "keep")) {
      keep.add(descriptor(node, "a descriptor under keep"));
    }
    return keep;
  }
}
