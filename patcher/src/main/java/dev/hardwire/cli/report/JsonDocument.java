package dev.hardwire.cli.report;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.text.VisibleText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** One value of JSON, printed whole. */
public final class JsonDocument {
  /** Writes a value. */
  public interface Item {
    void write(JsonWriter writer) throws IOException;
  }

  private JsonDocument() {}

  public static void print(PrintWriter out, Item item) throws IOException {
    out.println(VisibleText.json(text(item)));
  }

  /** Prints an array. */
  public static void print(PrintWriter out, List<Item> items) throws IOException {
    print(
        out,
        writer -> {
          writer.beginArray();
          for (Item item : items) {
            item.write(writer);
          }
          writer.endArray();
        });
  }

  public static String text(Item item) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      writer.setIndent("  ");
      item.write(writer);
    }
    return text.toString();
  }
}
