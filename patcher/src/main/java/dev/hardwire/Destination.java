package dev.hardwire;

import dev.hardwire.output.OutputGroup;
import dev.hardwire.output.OutputPlace;
import dev.hardwire.output.Outputs;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where results go. A result gets mode, owner and attributes of its input, and is in its place
 * complete or not at all.
 */
public final class Destination {
  private final OutputPlace place;
  private final boolean keeps;
  private final Optional<OutputGroup> group;

  private Destination(OutputPlace place, boolean keeps, Optional<OutputGroup> group) {
    this.place = place;
    this.keeps = keeps;
    this.group = group;
  }

  private static Destination of(OutputPlace place) {
    return new Destination(place, false, Optional.empty());
  }

  /**
   * Each file is replaced by its result. If a file that was named is a symbolic link, its target is
   * replaced.
   *
   * @return the destination
   */
  public static Destination inPlace() {
    return of(new OutputPlace.InPlace());
  }

  /**
   * The result of the only file.
   *
   * @param file created or replaced; not the input
   * @return the destination
   */
  public static Destination file(Path file) {
    return of(new OutputPlace.OneFile(FoundFile.requireLocal(file)));
  }

  /**
   * Each result gets the relative path of its file in a directory. Other hard links of the file
   * become hard links of the result.
   *
   * @param directory created if it does not exist
   * @return the destination
   */
  public static Destination directory(Path directory) {
    return of(new OutputPlace.InDirectory(FoundFile.requireLocal(directory)));
  }

  /**
   * Each result gets a path of its own. A file that has already the required content is left alone,
   * and nothing is written for it.
   *
   * @param path gives the same path whenever it is asked for a file
   * @return the destination
   */
  public static Destination each(Function<FoundFile, Path> path) {
    return of(
        new OutputPlace.Chosen(
            (TreeEntry entry) -> FoundFile.requireLocal(path.apply(FoundFile.of(entry)))));
  }

  /**
   * Keeps results in a directory that are newer than their files and that the work would make
   * again. By default they are made again.
   *
   * @return a new destination
   */
  public Destination keepingResults() {
    return new Destination(place, true, group);
  }

  /**
   * Puts results that replace files into their places together, which takes a disk much less time.
   * {@link #flush} has to be called after the last one.
   *
   * @return a new destination
   */
  public Destination grouped() {
    return new Destination(place, keeps, Optional.of(new OutputGroup()));
  }

  /** Puts all results that wait into their places. Those that cannot be have a failure. */
  public void flush() {
    group.ifPresent(OutputGroup::flush);
  }

  /**
   * The path of a result.
   *
   * @param file any file
   * @return where its result goes; in place, symbolic links are followed if it was named
   * @throws IOException if a symbolic link cannot be followed
   */
  public Path path(FoundFile file) throws IOException {
    return place.target(file.entry());
  }

  Optional<OutputGroup> group() {
    return group;
  }

  /**
   * Prepares to write, and removes what killed processes left.
   *
   * @param writes whether files will be written; if not, no directory is made
   */
  Outputs prepare(List<FoundFile> files, boolean writes) throws IOException {
    if (writes && place.directory().isPresent()) {
      OutputPlace.InDirectory.make(place.directory().get());
    }
    return Outputs.prepare(place, keeps, files.stream().map(FoundFile::entry).toList());
  }
}
