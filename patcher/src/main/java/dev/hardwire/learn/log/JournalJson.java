package dev.hardwire.learn.log;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A line of {@code journalctl --output=json}: one object (RFC 8259).
 *
 * <p>A field is a string, or a list of octets if it is not valid UTF-8. A field that an entry has
 * several times is a list of these; it is not used.
 */
public final class JournalJson {
  private JournalJson() {}

  /**
   * Reads fields.
   *
   * @return the wanted fields that have a text; empty if the line is not one object, is nested
   *     deeper than 255 levels, or has one of these fields twice
   */
  public static Optional<Map<String, String>> fields(String line, Set<String> wanted) {
    if (line.startsWith("\ufeff")) { // which the reader skips
      return Optional.empty();
    }
    try (JsonReader reader = new JsonReader(new StringReader(line))) {
      reader.setStrictness(Strictness.STRICT);
      return fields(reader, wanted);
    } catch (IOException | IllegalStateException notSuchAnObject) {
      return Optional.empty();
    }
  }

  private static Optional<Map<String, String>> fields(JsonReader reader, Set<String> wanted)
      throws IOException {
    Map<String, String> fields = new HashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      if (!wanted.contains(name)) {
        reader.skipValue();
        continue;
      }
      Optional<String> text = text(reader);
      if (text.isPresent() && fields.put(name, text.get()) != null) {
        return Optional.empty();
      }
    }
    reader.endObject();
    return reader.peek() == JsonToken.END_DOCUMENT ? Optional.of(fields) : Optional.empty();
  }

  private static Optional<String> text(JsonReader reader) throws IOException {
    if (reader.peek() == JsonToken.STRING) {
      return Optional.of(reader.nextString());
    }
    if (reader.peek() == JsonToken.BEGIN_ARRAY) {
      return octets(reader);
    }
    reader.skipValue();
    return Optional.empty();
  }

  /** The characters with the numbers of a list; empty if it is another list. */
  private static Optional<String> octets(JsonReader reader) throws IOException {
    StringBuilder octets = new StringBuilder();
    boolean only = true;
    reader.beginArray();
    while (reader.hasNext()) {
      only &= reader.peek() == JsonToken.NUMBER;
      if (only) {
        int octet = octet(reader.nextString());
        only = octet >= 0;
        octets.append((char) octet);
      } else {
        reader.skipValue();
      }
    }
    reader.endArray();
    return only && octets.length() > 0 ? Optional.of(octets.toString()) : Optional.empty();
  }

  /** The value of a decimal number from 0 to 255; -1 for another. */
  private static int octet(String number) {
    int value = 0;
    for (int i = 0; i < number.length(); i++) {
      char digit = number.charAt(i);
      if (digit < '0' || digit > '9') {
        return -1;
      }
      value = value * 10 + digit - '0';
      if (value > 255) {
        return -1;
      }
    }
    return value;
  }
}
