package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.hardwire.container.archive.ContainerException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * JSON documents (RFC 8259) whose members keep their order and numbers their digits. Members with
 * one name are refused, and so are names that differ in case only from one that has a meaning:
 * programs written in Go take them for the same.
 */
final class Json {
  private static final int DEEPEST = 64;

  /** Gson skips it; programs written in Go refuse it. */
  private static final String BYTE_ORDER_MARK = "\ufeff";

  /** Values of a document: an image has some thousands. */
  private static final int MOST_VALUES = 200_000;

  private static final Set<String> MEANINGFUL =
      Set.of(
          "annotations",
          "architecture",
          "config",
          "diff_ids",
          "digest",
          "entrypoint",
          "history",
          "layers",
          "manifests",
          "mediatype",
          "os",
          "platform",
          "rootfs",
          "schemaversion",
          "size",
          "urls");

  private Json() {}

  /**
   * Reads an object.
   *
   * @throws ContainerException if the content is not one
   */
  static JsonObject object(byte[] content, String place) throws IOException {
    JsonElement element = read(content, place);
    if (!element.isJsonObject()) {
      throw new ContainerException(place, "not a JSON object");
    }
    return element.getAsJsonObject();
  }

  /** The same for a list. */
  static JsonArray array(byte[] content, String place) throws IOException {
    JsonElement element = read(content, place);
    if (!element.isJsonArray()) {
      throw new ContainerException(place, "not a JSON array");
    }
    return element.getAsJsonArray();
  }

  private static JsonElement read(byte[] content, String place) throws IOException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new ContainerException(place, "not JSON: not in UTF-8");
    }
    ContainerException.require(
        !text.startsWith(BYTE_ORDER_MARK), place, "not JSON: begins with a byte order mark");
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = element(reader, place, 0, new int[1]);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new ContainerException(place, "not JSON: more than one value");
      }
      return element;
    } catch (ContainerException e) {
      throw e;
    } catch (IOException | IllegalStateException e) {
      throw new ContainerException(place, "not JSON");
    }
  }

  /**
   * Reads a value.
   *
   * @param values how many were read
   */
  private static JsonElement element(JsonReader reader, String place, int depth, int[] values)
      throws IOException {
    ContainerException.require(
        ++values[0] <= MOST_VALUES, place, "more than 200,000 values in a document");
    ContainerException.require(depth < DEEPEST, place, "nested deeper than " + DEEPEST);
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> members(reader, place, depth, values);
      case BEGIN_ARRAY -> {
        JsonArray array = new JsonArray();
        reader.beginArray();
        while (reader.hasNext()) {
          array.add(element(reader, place, depth + 1, values));
        }
        reader.endArray();
        yield array;
      }
      case STRING -> new JsonPrimitive(reader.nextString());
      case NUMBER -> new JsonPrimitive(ToNumberPolicy.LAZILY_PARSED_NUMBER.readNumber(reader));
      case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
      default -> {
        reader.nextNull();
        yield JsonNull.INSTANCE;
      }
    };
  }

  private static JsonObject members(JsonReader reader, String place, int depth, int[] values)
      throws IOException {
    JsonObject object = new JsonObject();
    Set<String> meaningful = new HashSet<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      String lower = name.toLowerCase(Locale.ROOT);
      boolean twice = object.has(name) || (MEANINGFUL.contains(lower) && !meaningful.add(lower));
      ContainerException.require(!twice, place, "\"" + name + "\" is there twice");
      object.add(name, element(reader, place, depth + 1, values));
    }
    reader.endObject();
    return object;
  }

  /** Writes a document without spaces. */
  static byte[] bytes(JsonElement element) {
    return element.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** A member that is a text; empty if there is none. */
  static Optional<String> text(JsonObject object, String name, String place) throws IOException {
    JsonElement value = object.get(name);
    if (value == null || value.isJsonNull()) {
      return Optional.empty();
    }
    boolean isText = value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    ContainerException.require(isText, place, "\"" + name + "\" is not a string");
    return Optional.of(value.getAsString());
  }

  static JsonArray list(JsonObject object, String name, String place) throws IOException {
    JsonElement value = object.get(name);
    if (value == null || !value.isJsonArray()) {
      throw new ContainerException(place, "\"" + name + "\" is not an array");
    }
    return value.getAsJsonArray();
  }

  static JsonObject object(JsonObject object, String name, String place) throws IOException {
    return asObject(object.get(name), "\"" + name + "\"", place);
  }

  static JsonObject asObject(JsonElement value, String what, String place) throws IOException {
    if (value == null || !value.isJsonObject()) {
      throw new ContainerException(place, what + " is not an object");
    }
    return value.getAsJsonObject();
  }
}
