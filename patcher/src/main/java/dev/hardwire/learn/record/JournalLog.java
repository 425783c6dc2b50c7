package dev.hardwire.learn.record;

import dev.hardwire.learn.log.JournalJson;
import dev.hardwire.learn.log.KernelLine;
import dev.hardwire.learn.log.LogLines;
import dev.hardwire.learn.log.Place;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Entries of the systemd journal, in its export format or as lines of JSON.
 *
 * <p>Only entries sent by the kernel are used: any program can log a message that looks like one.
 */
public final class JournalLog {
  private static final Set<String> WANTED =
      Set.of("MESSAGE", "_TRANSPORT", "_AUDIT_ID", "_SOURCE_REALTIME_TIMESTAMP");

  private final BiConsumer<KernelLine, Place> kernel;
  private final Findings findings;

  /** The current entry. */
  private final Map<String, String> entry = new HashMap<>();

  private Place place;
  private boolean inExport;

  public JournalLog(BiConsumer<KernelLine, Place> kernel, Findings findings) {
    this.kernel = kernel;
    this.findings = findings;
  }

  /** Processes a line of the export format; returns false if it is not one. */
  public boolean acceptExport(LogLines.Line line, LogLines lines, Place at) throws IOException {
    String text = line.text();
    if (!inExport && !text.startsWith("__CURSOR=") && !text.startsWith("__REALTIME_TIMESTAMP=")) {
      return false;
    }
    inExport = true;
    if (text.isEmpty()) {
      endEntry();
      return true;
    }
    int length = nameLength(text);
    if (length == 0 || (length < text.length() && text.charAt(length) != '=')) {
      endEntry();
      inExport = false;
      return false;
    }
    String name = text.substring(0, length);
    String value = length < text.length() ? text.substring(length + 1) : lines.binaryField();
    if (value == null || line.cut()) {
      findings.unparsable(at);
    } else if (WANTED.contains(name)) {
      entry.put(name, value);
      place = name.equals("MESSAGE") || place == null ? at : place;
    }
    return true;
  }

  private static int nameLength(String text) {
    int length = 0;
    while (length < text.length() && length < 64) {
      char c = text.charAt(length);
      if (c != '_' && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
        break;
      }
      length++;
    }
    return length;
  }

  /** Processes a line of JSON; returns false if it is not one. */
  public boolean acceptJson(LogLines.Line line, Place at) {
    if (!line.text().startsWith("{") || line.cut()) {
      return false;
    }
    Optional<Map<String, String>> fields = JournalJson.fields(line.text(), WANTED);
    if (fields.isEmpty()) {
      return false;
    }
    endEntry();
    entry.putAll(fields.get());
    place = at;
    endEntry();
    return true;
  }

  /** The end of a file. */
  public void finish() {
    endEntry();
  }

  private void endEntry() {
    String message = entry.get("MESSAGE");
    if (message != null) {
      String transport = entry.getOrDefault("_TRANSPORT", "kernel");
      Optional<KernelLine> line =
          switch (transport) {
            case "audit" -> audit(message);
            case "kernel", "driver" -> KernelLine.message(message);
            default -> Optional.empty();
          };
      line.ifPresent(found -> kernel.accept(found, place));
    }
    entry.clear();
    place = null;
  }

  /** The audit transport's message: the type's name and the fields. */
  private Optional<KernelLine> audit(String message) {
    int space = message.indexOf(' ');
    String type = space < 0 ? "" : message.substring(0, space);
    boolean landlock = type.equals("LANDLOCK_ACCESS") || type.equals("LANDLOCK_DOMAIN");
    if (!landlock && !type.equals("SECCOMP")) {
      return Optional.empty();
    }
    String serial = entry.getOrDefault("_AUDIT_ID", "");
    String time = entry.getOrDefault("_SOURCE_REALTIME_TIMESTAMP", ""); // microseconds
    String id =
        serial.isEmpty() || !time.matches("[0-9]{7,18}")
            ? ""
            : new StringBuilder(time)
                    .delete(time.length() - 3, time.length())
                    .insert(time.length() - 6, '.')
                + ":"
                + serial;
    KernelLine.Violation record = KernelLine.violation(id, message.substring(space + 1));
    return Optional.of(
        landlock ? new KernelLine.Landlock(type.equals("LANDLOCK_ACCESS"), record) : record);
  }
}
