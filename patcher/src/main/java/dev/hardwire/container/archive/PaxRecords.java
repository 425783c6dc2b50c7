package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The records of an extended header (pax(1)). Values are octets, held as ISO 8859-1 text. */
final class PaxRecords {
  static final PaxRecords NONE = new PaxRecords(Map.of());

  /** What the fields of a header hold. */
  private static final Set<String> FIELDS =
      Set.of("path", "linkpath", "size", "uid", "gid", "uname", "gname");

  private final Map<String, String> values;

  private PaxRecords(Map<String, String> values) {
    this.values = values;
  }

  static PaxRecords parse(byte[] content, String place) throws IOException {
    String text = new String(content, ISO_8859_1);
    Map<String, String> values = new LinkedHashMap<>();
    int at = 0;
    while (at < text.length()) {
      int space = text.indexOf(' ', at);
      ContainerException.require(
          space > at
              && space - at <= 7
              && text.substring(at, space).chars().allMatch(c -> c >= '0' && c <= '9'),
          place,
          "an extended header is damaged");
      int length = Integer.parseInt(text.substring(at, space));
      int end = at + length;
      ContainerException.require(
          length > space - at + 1 && end <= text.length() && text.charAt(end - 1) == '\n',
          place,
          "an extended header is damaged");
      String record = text.substring(space + 1, end - 1);
      int equals = record.indexOf('=');
      ContainerException.require(equals > 0, place, "an extended header is damaged");
      String key = record.substring(0, equals);
      String value = record.substring(equals + 1);
      ContainerException.require(
          values.put(key, value) == null, place, "an extended header has \"" + key + "\" twice");
      boolean hasZero = FIELDS.contains(key) && value.indexOf(0) >= 0;
      ContainerException.require(!hasZero, place, key + " contains a zero byte");
      at = end;
    }
    return new PaxRecords(values);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
  }

  String or(String key, String otherwise) {
    return get(key).orElse(otherwise);
  }

  boolean isSparse() {
    return values.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."));
  }

  /** Refuses global headers that would change entries. */
  void requireComment(String place) throws IOException {
    for (String key : values.keySet()) {
      ContainerException.require(
          key.equals("comment"), place, "a global header with \"" + key + "\" is not supported");
    }
  }

  /** All but those that the fields of a header hold. */
  Map<String, String> others() {
    Map<String, String> others = new LinkedHashMap<>(values);
    others.keySet().removeAll(FIELDS);
    return Collections.unmodifiableMap(others);
  }

  /** Encodes records, in the order of their keywords. */
  static byte[] encode(Map<String, String> values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new TreeMap<>(values)
        .forEach(
            (key, value) -> {
              int rest = key.length() + value.length() + 3;
              int length = rest + Integer.toString(rest).length();
              if (rest + Integer.toString(length).length() != length) {
                length = rest + Integer.toString(length).length();
              }
              String record = length + " " + key + "=" + value + "\n";
              out.writeBytes(record.getBytes(ISO_8859_1));
            });
    return out.toByteArray();
  }
}
