package dev.hardwire.container;

import dev.hardwire.os.ContentMarks;
import dev.hardwire.output.CacheFolder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An open blob that may have been checked before. An entry of the cache has the marks that files
 * had when the layer was found in them, with the digests that it should have.
 */
final class KnownBlob {
  /** Marks in an entry: the layer may be in several images. */
  private static final int MOST = 64;

  private final StoredFile blob;
  private final ContentMarks marks;
  private final CacheFolder folder;
  private final String entry;

  /** Before anything was read. */
  private final Optional<String> mark;

  private final List<String> checked;

  /**
   * A blob.
   *
   * @param blob of which nothing was read yet
   * @param entry its name depends on all that was checked
   */
  KnownBlob(StoredFile blob, ContentMarks marks, CacheFolder folder, String entry) {
    this.blob = blob;
    this.marks = marks;
    this.folder = folder;
    this.entry = entry;
    this.mark = blob.mark(marks);
    this.checked =
        folder
            .read(entry)
            .map(content -> new String(content, StandardCharsets.UTF_8).lines().toList())
            .orElse(List.of());
  }

  /** Whether it can be recognised the next time. */
  boolean hasMark() {
    return mark.isPresent();
  }

  /** Whether it was checked before, and its file has not changed since. */
  boolean isChecked() {
    return mark.isPresent() && checked.contains(mark.get());
  }

  /** Remembers that it was read and checked, unless its file has changed meanwhile. */
  void setChecked() {
    if (mark.isPresent() && mark.equals(blob.mark(marks))) {
      String lines =
          Stream.concat(mark.stream(), checked.stream())
              .distinct()
              .limit(MOST)
              .collect(Collectors.joining("\n"));
      folder.write(entry, lines.getBytes(StandardCharsets.UTF_8));
    }
  }
}
