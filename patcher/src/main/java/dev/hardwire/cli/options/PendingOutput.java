package dev.hardwire.cli.options;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.image.AtomicFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** A finished output that has not been moved into place. */
public final class PendingOutput implements Closeable {
  private final OutputOptions output;
  private final TreeEntry entry;
  private final Path target;
  private final Optional<AtomicFile> begun;

  /**
   * Starts to write the output if most of its bytes come from a large file.
   *
   * @param base that file
   */
  public PendingOutput(OutputOptions output, TreeEntry entry, Optional<FileBytes> base)
      throws IOException {
    this.output = output;
    this.entry = entry;
    this.target = output.target(entry);
    this.begun = base.isPresent() ? Optional.of(file(base, false)) : Optional.empty();
  }

  /** Begins the file; {@code isRead} is whether all of {@code base} is read meanwhile. */
  private AtomicFile file(Optional<FileBytes> base, boolean isRead) throws IOException {
    AtomicFile file = begin(base, isRead);
    try {
      if (file.replaces()) {
        output.requireOther(entry, target);
      }
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Begins the file; creates its directory only after that has failed, which is rare. */
  private AtomicFile begin(Optional<FileBytes> base, boolean isRead) throws IOException {
    try {
      return AtomicFile.begin(target, base, isRead);
    } catch (NoSuchFileException e) {
      if (output.directory().isEmpty() || entry.named()) {
        throw e;
      }
      Files.createDirectories(target.getParent());
      return AtomicFile.begin(target, base, isRead);
    }
  }

  /** Writes the output, like {@link OutputOptions#write}. */
  public Path write(ByteParts start, Supplier<ByteParts> end, PrintWriter err) throws IOException {
    if (begun.isEmpty()) {
      try (AtomicFile file = file(AtomicFile.base(start), true)) {
        return finish(file, start, end, err);
      }
    }
    return finish(begun.get(), start, end, err);
  }

  private Path finish(AtomicFile file, ByteParts start, Supplier<ByteParts> end, PrintWriter err)
      throws IOException {
    int names = output.isInPlace() && !entry.named() ? names(entry.file()) : 1;
    file.finish(start, end, entry.file(), output.survey())
        .ifPresent(
            lost ->
                err.println(
                    "hardwire: %s: warning: attributes were not kept: %s"
                        .formatted(TerminalText.of(target), TerminalText.of(lost))));
    output.link(entry, target);
    warnOfOtherNames(names, err);
    return target;
  }

  private static int names(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:nlink");
  }

  private void warnOfOtherNames(int names, PrintWriter err) {
    int others = names - 1 - entry.otherNames().size();
    if (others > 0) {
      err.println(
          "hardwire: %s: warning: %d other %s of the file, not among those given, %s the old contents"
              .formatted(
                  TerminalText.of(target),
                  others,
                  others == 1 ? "name" : "names",
                  others == 1 ? "keeps" : "keep"));
    }
  }

  @Override
  public void close() throws IOException {
    if (begun.isPresent()) {
      begun.get().close();
    }
  }
}
