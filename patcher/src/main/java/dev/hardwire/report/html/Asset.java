package dev.hardwire.report.html;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/**
 * The style sheet or the script, a resource of its own that every page contains.
 *
 * @param element that holds it
 */
record Asset(String element, String text) {
  static final Asset STYLE = read("style", "report.css");
  static final Asset SCRIPT = read("script", "report.js");

  private static Asset read(String element, String resource) {
    try (InputStream in = Asset.class.getResourceAsStream(resource)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (text.toLowerCase(Locale.ROOT).contains("</" + element)) {
        throw new IllegalStateException(resource + " contains the end of its element");
      }
      return new Asset(element, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its hash as a source of the Content Security Policy. */
  String source() {
    return source(text);
  }

  static String source(String text) {
    Bytes digest = Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)).sha256();
    return "'sha256-" + Base64.getEncoder().encodeToString(digest.toArray()) + "'";
  }
}
