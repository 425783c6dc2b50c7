package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.input.SourceFile;
import dev.hardwire.trees.TreeEntry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** A result that has not been moved into place yet. */
public final class PendingOutput implements Closeable {
  private final OutputPlace place;
  private final TreeEntry entry;
  private final SourceFile source;
  private final Path target;
  private final Optional<AtomicFile> begun;

  /** Begins to write if most bytes of the result come from a large file. */
  PendingOutput(Outputs outputs, ProgramFile program, Optional<FileBytes> base) throws IOException {
    this.place = outputs.place();
    this.entry = program.entry();
    this.source = program.source();
    this.target = place.target(entry);
    this.begun = base.isPresent() ? Optional.of(file(base, false)) : Optional.empty();
  }

  /**
   * Opens the temporary file.
   *
   * @param isRead whether all of {@code base} is read meanwhile, so that copying it costs less
   */
  private AtomicFile file(Optional<FileBytes> base, boolean isRead) throws IOException {
    AtomicFile file = AtomicFile.begin(place.targetName(entry, source), base, isRead);
    try {
      if (file.replaces()) {
        OutputConflict.requireOther(place, entry, target);
      }
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Starts to copy a large input, while the caller reads it. */
  public void copyBase() {
    begun.ifPresent(AtomicFile::copyBase);
  }

  /** Writes the result, as {@link Outputs#write} does. */
  public Path write(Bytes start, Supplier<Bytes> end, Warnings warnings) throws IOException {
    if (begun.isEmpty()) {
      try (AtomicFile file = file(AtomicFile.base(start), true)) {
        return finish(file, start, end, warnings);
      }
    }
    return finish(begun.get(), start, end, warnings);
  }

  /**
   * Writes the result, and leaves it to {@code warnings} to put it in its place, if that takes it
   * and nothing else has to be done then.
   */
  public Path writeFirst(Bytes content, Warnings warnings) throws IOException {
    if (begun.isPresent() || !entry.otherNames().isEmpty()) {
      return write(content, Bytes::empty, warnings);
    }
    boolean isTaken = false;
    AtomicFile file = file(AtomicFile.base(content), true);
    try {
      Optional<String> lost = file.prepare(content, Bytes::empty, source);
      isTaken =
          file.replaces()
              && countNames() == 1
              && lost.isEmpty()
              && warnings.placesLater(new FinishedOutput(file, content.size()));
      if (!isTaken) {
        publish(file, lost, warnings);
      }
      return target;
    } finally {
      if (!isTaken) {
        file.close();
      }
    }
  }

  private Path finish(AtomicFile file, Bytes start, Supplier<Bytes> end, Warnings warnings)
      throws IOException {
    publish(file, file.prepare(start, end, source), warnings);
    return target;
  }

  private void publish(AtomicFile file, Optional<String> lost, Warnings warnings)
      throws IOException {
    int others = countNames() - 1 - entry.otherNames().size();
    file.publish();
    if (lost.isPresent()) {
      warnings.warn(target, "attributes were not kept: " + lost.get());
    }
    for (TreeEntry other : entry.otherNames()) {
      file.link(place.furtherName(other, source));
    }
    if (others > 0) {
      warnings.warn(
          target,
          "%d other %s of the file, not among those given, %s the old contents"
              .formatted(others, others == 1 ? "name" : "names", others == 1 ? "keeps" : "keep"));
    }
  }

  /** How many names a file has that is replaced in place; 1 where they do not matter. */
  private int countNames() throws IOException {
    return place.isInPlace() && !entry.named() ? source.status().links() : 1;
  }

  @Override
  public void close() throws IOException {
    if (begun.isPresent()) {
      begun.get().close();
    }
  }
}
