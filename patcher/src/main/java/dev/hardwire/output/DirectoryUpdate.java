package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.SourceFile;
import dev.hardwire.os.Directory;
import dev.hardwire.os.TreePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * New files in a directory, and then changed ones that lead to them. As long as it is open, no
 * other run of this command changes the directory. If it fails, its new files are removed.
 */
public final class DirectoryUpdate implements ShutdownCleanup.Unfinished {
  private static final int DATA = 0666;

  private final Directory directory;
  private final Path root;
  private final FileLock lock;
  private final List<Path> added = new ArrayList<>();
  private boolean isDone;
  private boolean discarded;

  private DirectoryUpdate(Directory directory, Path root, FileLock lock) {
    this.directory = directory;
    this.root = root;
    this.lock = lock;
  }

  /**
   * Begins one.
   *
   * @param directory stays open longer
   * @param root its path, for messages
   * @param first one of its files, which every update replaces
   */
  public static DirectoryUpdate begin(Directory directory, Path root, SourceFile first)
      throws IOException {
    FileLock lock = FileLock.of(first.descriptor());
    DirectoryUpdate update = new DirectoryUpdate(directory, root, lock);
    ShutdownCleanup.add(update);
    return update;
  }

  /** Checks that a file of the directory has not changed since it was opened. */
  public void requireUnchanged(SourceFile file) throws IOException {
    TargetName name = TargetName.replacing(directory, root, relative(file), file);
    NewFile.requireUnchanged(name);
  }

  private Path relative(SourceFile file) {
    return root.relativize(file.path());
  }

  /** Writes a file; one that is there is replaced. */
  public void add(String file, Bytes content) throws IOException {
    Path relative = Path.of(file);
    remember(relative);
    AtomicFile.write(TargetName.in(directory, root, relative), content, DATA);
  }

  private synchronized void remember(Path relative) throws IOException {
    Directory.Entry place = TreePath.make(directory, root, relative);
    try (Directory parent = place.directory()) {
      if (parent.status(place.name()).isEmpty()) {
        added.add(relative);
      }
    }
  }

  /** Writes a file in place of one that is open, and has to be unchanged. */
  public void replace(SourceFile file, Bytes content) throws IOException {
    AtomicFile.replace(TargetName.replacing(directory, root, relative(file), file), content);
  }

  /** Keeps what was added. */
  public synchronized void finish() {
    isDone = true;
  }

  @Override
  public int depth() {
    return 1;
  }

  @Override
  public synchronized void discard() throws IOException {
    if (discarded) {
      return;
    }
    discarded = true;
    try (lock) {
      if (!isDone) {
        for (Path relative : added) {
          Directory.Entry place = TreePath.find(directory, root, relative);
          try (Directory parent = place.directory()) {
            parent.delete(place.name());
          }
        }
      }
    }
  }
}
