package dev.hardwire.report.html;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.text.TextWriter;
import dev.hardwire.text.VisibleText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is folded in a page, as data of which the script makes elements when it is opened: a page
 * about thousands of programs would take long to open otherwise. Equal texts are stored once.
 *
 * <p>A block is an array that begins with its kind; texts are numbers of places in {@code texts}.
 */
final class FoldedData {
  private final TextWriter json = new TextWriter();
  private final JsonWriter writer = new JsonWriter(json);
  private final Map<String, Integer> texts = new LinkedHashMap<>();

  /** Places of texts as they were given: most are given many times. */
  private final Map<String, Integer> given = new HashMap<>();

  /** Writes a part of the data. */
  interface Body {
    void write() throws IOException;
  }

  FoldedData() {
    writer.setHtmlSafe(true);
    run(writer::beginObject);
  }

  private static void run(Body body) {
    try {
      body.write();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An array as a member of the whole. */
  FoldedData member(String name, Runnable body) {
    run(() -> writer.name(name));
    return array(body);
  }

  /** An array within another. */
  FoldedData array(Runnable body) {
    run(writer::beginArray);
    body.run();
    run(writer::endArray);
    return this;
  }

  FoldedData number(long value) {
    run(() -> writer.value(value));
    return this;
  }

  /** A text on one line; very long ones are cut. */
  FoldedData text(String text) {
    Integer known = given.get(text);
    if (known == null) {
      known = place(VisibleText.of(Html.shortened(text)));
      given.put(text, known);
    }
    return number(known);
  }

  /** Text of several lines that stay whole. */
  FoldedData whole(String text) {
    return number(place(VisibleText.lines(text)));
  }

  private int place(String visible) {
    return texts.computeIfAbsent(visible, key -> texts.size());
  }

  /** Texts, one after the other. */
  FoldedData texts(List<String> all) {
    all.forEach(this::text);
    return this;
  }

  FoldedData block(String kind, String... all) {
    return block(kind, () -> texts(List.of(all)));
  }

  FoldedData block(String kind, Runnable body) {
    return array(
        () -> {
          run(() -> writer.value(kind));
          body.run();
        });
  }

  String document() {
    run(
        () -> {
          writer.name("texts").beginArray();
          for (String text : texts.keySet()) {
            writer.value(text);
          }
          writer.endArray().endObject().close();
        });
    return json.text();
  }
}
