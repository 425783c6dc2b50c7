package dev.hardwire.report.write;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes records as JSON objects: each component is a member of the same name, in the order of the
 * components.
 */
public final class RecordJson {
  private RecordJson() {}

  /**
   * Writes a value.
   *
   * @param value a public record, a list, a map, an optional value, a truth value, a number, or
   *     something that is written as text; with such components and elements
   */
  public static void write(JsonWriter writer, Object value) throws IOException {
    if (value instanceof Optional<?> optional) {
      if (optional.isPresent()) {
        write(writer, optional.get());
      } else {
        writer.nullValue();
      }
    } else if (value instanceof Record record) {
      writer.beginObject();
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        write(writer.name(component.getName()), of(component, record));
      }
      writer.endObject();
    } else if (value instanceof Map<?, ?> map) {
      writer.beginObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        write(writer.name(entry.getKey().toString()), entry.getValue());
      }
      writer.endObject();
    } else if (value instanceof List<?> list) {
      writer.beginArray();
      for (Object element : list) {
        write(writer, element);
      }
      writer.endArray();
    } else if (value instanceof Boolean truth) {
      writer.value(truth);
    } else if (value instanceof Number number) {
      writer.value(number);
    } else {
      writer.value(value.toString());
    }
  }

  /** A value as text on one line. */
  static String text(Object value) {
    StringWriter text = new StringWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      write(writer, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written but to memory
    }
    return text.toString();
  }

  private static Object of(RecordComponent component, Record record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(component.toString(), e);
    }
  }
}
