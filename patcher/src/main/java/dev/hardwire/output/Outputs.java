package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.os.Descriptor;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Writes the results of several files to one place. */
public final class Outputs {
  private final OutputPlace place;

  /** Whether the directory had no files before, so that there are no earlier results. */
  private final boolean fresh;

  private final boolean keeps;

  private Outputs(OutputPlace place, boolean keeps, boolean fresh) {
    this.place = place;
    this.keeps = keeps;
    this.fresh = fresh;
  }

  /**
   * Prepares to write, and removes temporary files that killed processes left.
   *
   * @param keeps whether results of earlier runs are kept that the work would make again
   * @param entries the inputs
   * @throws OutputConflict if two of them would be written to one file
   */
  public static Outputs prepare(OutputPlace place, boolean keeps, List<TreeEntry> entries)
      throws IOException {
    OutputConflict.requireApart(place, entries);
    boolean fresh = place.directory().isPresent() && isKnownEmpty(place.directory().get());
    Set<Path> parents = new HashSet<>();
    for (TreeEntry entry : entries) {
      Path to = place.name(entry);
      Path real = entry.named() && place.isInPlace() && Files.exists(to) ? to.toRealPath() : to;
      parents.add(real.toAbsolutePath().getParent());
    }
    TemporaryFile.sweep(parents);
    return new Outputs(place, keeps, fresh);
  }

  private static boolean isKnownEmpty(Path directory) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      return !files.iterator().hasNext();
    } catch (IOException | DirectoryIteratorException e) {
      return false; // it does not exist, or cannot be read
    }
  }

  public OutputPlace place() {
    return place;
  }

  /** Whether results of earlier runs are kept, which only a directory has. */
  public boolean keepsResults() {
    return keeps && place.directory().isPresent();
  }

  /** Whether an input is compared with what the work would make of its original. */
  public boolean comparesInputs() {
    return place.isInPlace() || place instanceof OutputPlace.Chosen;
  }

  /**
   * The file that the result of {@code entry} would be written to.
   *
   * @throws OutputConflict if that is the input
   */
  public Path checkedTarget(TreeEntry entry) throws IOException {
    Path target = place.target(entry);
    if (Files.exists(target)) {
      OutputConflict.requireOther(place, entry, target);
    }
    return target;
  }

  /** The result of an earlier run, if the input has not changed since it was written. */
  public Optional<Path> earlierResult(TreeEntry entry) throws IOException {
    Path target = place.name(entry);
    if (fresh || !Files.exists(target)) {
      return Optional.empty();
    }
    OutputConflict.requireOther(place, entry, target);
    if (place instanceof OutputPlace.InDirectory directory) {
      directory.inTree(entry).requireReachable();
    }
    try {
      FileTime written = Files.getLastModifiedTime(target, LinkOption.NOFOLLOW_LINKS);
      FileTime changed = (FileTime) Files.getAttribute(entry.file(), "unix:ctime");
      return written.compareTo(changed) > 0
              && Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(target)
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Writes a result with the attributes of its input; other names of the input become names of the
   * result.
   *
   * @param end of the content; it may not be known yet
   * @param warnings takes attributes that cannot be kept
   * @return the file that was written
   */
  public Path write(ProgramFile program, Bytes start, Supplier<Bytes> end, Warnings warnings)
      throws IOException {
    try (PendingOutput pending = new PendingOutput(this, program, Optional.empty())) {
      return pending.write(start, end, warnings);
    }
  }

  /** Begins to write a result; of a large input it has most of the bytes. */
  public PendingOutput begin(ProgramFile program) throws IOException {
    return new PendingOutput(this, program, program.onDisk());
  }

  /** Makes the other names of an input names of an earlier result, where they are not yet. */
  public void link(TreeEntry entry) throws IOException {
    if (!(place instanceof OutputPlace.InDirectory directory)) {
      return; // in place they have one file already
    }
    Path target = directory.name(entry);
    for (TreeEntry other : entry.otherNames()) {
      Path name = directory.name(other);
      if (!Files.exists(name, LinkOption.NOFOLLOW_LINKS) || !Files.isSameFile(name, target)) {
        try (Descriptor existing = directory.inTree(entry).open()) {
          AtomicFile.link(directory.inTree(other), existing);
        }
      }
    }
  }
}
