package dev.hardwire.cli.report;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;

/** One value of JSON, printed whole. */
public final class JsonDocument {
  private JsonDocument() {}

  public static void print(PrintWriter out, JsonList.Item item) throws IOException {
    out.println(TerminalText.json(text(item)));
  }

  public static String text(JsonList.Item item) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      writer.setIndent("  ");
      item.write(writer);
    }
    return text.toString();
  }
}
