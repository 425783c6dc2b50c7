package dev.hardwire.cli.report;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A JSON array that is printed when all of its objects have been added. */
public final class JsonList {
  /** Writes one object. */
  public interface Item {
    void write(JsonWriter writer) throws IOException;
  }

  private final PrintWriter out;
  private final boolean enabled;
  private final List<Item> items = new ArrayList<>();

  public JsonList(PrintWriter out, boolean enabled) {
    this.out = out;
    this.enabled = enabled;
  }

  public synchronized void add(Item item) {
    items.add(item);
  }

  /** Prints the array if JSON is enabled. */
  public synchronized void close() throws IOException {
    if (!enabled) {
      return;
    }
    JsonDocument.print(
        out,
        writer -> {
          writer.beginArray();
          for (Item item : items) {
            item.write(writer);
          }
          writer.endArray();
        });
  }
}
