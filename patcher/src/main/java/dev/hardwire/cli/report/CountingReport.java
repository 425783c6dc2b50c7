package dev.hardwire.cli.report;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The results for many files: a line with the number of each kind, or a JSON document as described
 * by {@code docs/batch.schema.json}.
 */
public final class CountingReport implements BatchReport {
  private record Row(Path file, BatchResult result, Optional<Path> sameAs, String message) {}

  private final PrintWriter out;
  private final String done;
  private final boolean summary;
  private final boolean json;
  private final List<Row> rows = new ArrayList<>();
  private boolean isHeld;
  private Optional<FileTree.Listing> held = Optional.empty();

  /**
   * Makes an empty one.
   *
   * @param done the word for success, as a participle
   * @param summary whether the last line has the numbers
   * @param json whether to print a JSON document instead of lines
   */
  public CountingReport(PrintWriter out, String done, boolean summary, boolean json) {
    this.out = out;
    this.done = done;
    this.summary = summary;
    this.json = json;
  }

  @Override
  public boolean replacesLines() {
    return json;
  }

  /** Counts a file and its other names. */
  @Override
  public void add(TreeEntry entry, BatchResult result, String message) {
    if (summary || json) {
      rows.add(new Row(entry.file(), result, Optional.empty(), message));
      for (TreeEntry other : entry.otherNames()) {
        rows.add(new Row(other.file(), result, Optional.of(entry.file()), message));
      }
    }
  }

  /** Prints nothing before {@link #release}: what is done so far counts only then. */
  public void hold() {
    isHeld = true;
  }

  /**
   * Prints what was held back.
   *
   * @param isWritten whether the image was written; if not, nothing is done
   */
  public void release(boolean isWritten) throws IOException {
    isHeld = false;
    if (!isWritten) {
      rows.replaceAll(
          row ->
              row.result().status() == BatchResult.Status.DONE
                  ? new Row(row.file(), BatchResult.skipped("not-written"), row.sameAs(), "")
                  : row);
    }
    if (held.isPresent()) {
      close(held.get());
    }
  }

  @Override
  public void close(FileTree.Listing listing) throws IOException {
    if (isHeld) {
      held = Optional.of(listing);
      return;
    }
    if (json) {
      JsonDocument.print(out, writer -> write(writer, listing));
    } else if (summary) {
      out.println(line(listing));
    }
    out.flush();
  }

  /** Whether anything was done with any file. */
  public boolean isAnyDone() {
    return count(BatchResult.Status.DONE) > 0;
  }

  private String line(FileTree.Listing listing) {
    StringBuilder text = new StringBuilder();
    text.append("%d %s: ".formatted(rows.size(), rows.size() == 1 ? "file" : "files"));
    text.append("%d %s".formatted(count(BatchResult.Status.DONE), done));
    for (BatchResult.Status status :
        List.of(
            BatchResult.Status.ALREADY,
            BatchResult.Status.REFUSED,
            BatchResult.Status.FAILED,
            BatchResult.Status.SKIPPED)) {
      text.append(", ").append(count(status)).append(' ').append(word(status));
      Map<String, Long> reasons = reasons(status);
      if (!reasons.isEmpty()) {
        text.append(
            reasons.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", ", " (", ")")));
      }
    }
    if (listing.links() > 0) {
      text.append("; symbolic links not followed: ").append(listing.links());
    }
    return text.toString();
  }

  private String word(BatchResult.Status status) {
    return switch (status) {
      case DONE -> done;
      case ALREADY -> "already";
      case SKIPPED -> "skipped";
      case REFUSED -> "refused";
      case FAILED -> "failed";
    };
  }

  private long count(BatchResult.Status status) {
    return rows.stream().filter(row -> row.result().status() == status).count();
  }

  private Map<String, Long> reasons(BatchResult.Status status) {
    return rows.stream()
        .filter(row -> row.result().status() == status && row.result().reason().isPresent())
        .collect(
            Collectors.groupingBy(
                row -> row.result().reason().get(), TreeMap::new, Collectors.counting()));
  }

  private void write(JsonWriter writer, FileTree.Listing listing) throws IOException {
    writer.beginObject().name("files").beginArray();
    for (Row row : rows) {
      writer.beginObject();
      writer.name("file").value(row.file().toString());
      writer.name("result").value(word(row.result().status()));
      writer.name("reason").value(row.result().reason().orElse(null));
      writer.name("output").value(row.result().output().map(Path::toString).orElse(null));
      writer.name("sameAs").value(row.sameAs().map(Path::toString).orElse(null));
      writer.name("message").value(row.message().isEmpty() ? null : row.message());
      writer.endObject();
    }
    writer.endArray().name("summary").beginObject();
    for (BatchResult.Status status : BatchResult.Status.values()) {
      writer.name(word(status)).value(count(status));
    }
    writer.name("links").value(listing.links());
    writer.name("special").value(listing.special());
    writer.endObject().endObject();
  }
}
