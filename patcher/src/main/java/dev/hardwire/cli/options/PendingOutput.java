package dev.hardwire.cli.options;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.image.SourceFile;
import dev.hardwire.os.FileStatus;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** What a file became, which is not in its place yet. */
public final class PendingOutput implements Closeable {
  private final OutputOptions output;
  private final TreeEntry entry;
  private final SourceFile source;
  private final Path target;
  private final Optional<AtomicFile> begun;

  /**
   * Starts to write it if it has most of its bytes from a large file.
   *
   * @param source the input, whose attributes it gets
   * @param base that file
   */
  public PendingOutput(
      OutputOptions output, TreeEntry entry, SourceFile source, Optional<FileBytes> base)
      throws IOException {
    this.output = output;
    this.entry = entry;
    this.source = source;
    this.target = output.target(entry);
    this.begun = base.isPresent() ? Optional.of(file(base, false)) : Optional.empty();
  }

  /** In place, what the names of the result must stand for until they are replaced. */
  private Optional<FileStatus> replaced() {
    return output.isInPlace() ? Optional.of(source.status()) : Optional.empty();
  }

  /** Whether {@code base} is read as a whole meanwhile makes a difference to the copy. */
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

  /** Makes the directory where there is none yet, which is rarer than that there is. */
  private AtomicFile begin(Optional<FileBytes> base, boolean isRead) throws IOException {
    try {
      Path replaced = output.isInPlace() ? entry.file() : target;
      return AtomicFile.begin(replaced, base, isRead, replaced());
    } catch (NoSuchFileException e) {
      if (output.directory().isEmpty() || entry.named()) {
        throw e;
      }
      Files.createDirectories(target.getParent());
      return AtomicFile.begin(target, base, isRead);
    }
  }

  /** Writes it, as {@link OutputOptions#write} does. */
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
    int names = output.isInPlace() && !entry.named() ? source.status().links() : 1;
    file.finish(start, end, source)
        .ifPresent(
            lost ->
                err.println(
                    "hardwire: %s: warning: attributes were not kept: %s"
                        .formatted(TerminalText.of(target), TerminalText.of(lost))));
    output.link(entry, target, replaced());
    warnOfOtherNames(names, err);
    return target;
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
