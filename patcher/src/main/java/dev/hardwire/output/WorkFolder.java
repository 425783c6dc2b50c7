package dev.hardwire.output;

import dev.hardwire.os.TrustedFolder;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A private folder for temporary files; removed at the end, or when the JVM ends. It lies where no
 * other user can exchange it, so its files can be named by their paths.
 */
public final class WorkFolder implements ShutdownCleanup.Unfinished {
  private static final int ATTEMPTS = 100;
  private static final long PAUSE_NANOSECONDS = 10_000_000;

  private final Path folder;
  private int count;

  private WorkFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes one in {@code TMPDIR}, or else where Java keeps temporary files ({@code java.io.tmpdir}).
   *
   * @throws FileSystemException if other users can exchange files there
   */
  public static WorkFolder make() throws IOException {
    String given = System.getenv("TMPDIR");
    boolean isGiven = given != null && !given.isEmpty();
    Path parent;
    try {
      parent =
          TrustedFolder.require(Path.of(isGiven ? given : System.getProperty("java.io.tmpdir")));
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? "cannot be used for temporary files" : e.getReason();
      FileSystemException named =
          new FileSystemException(
              e.getFile(), null, reason + "; set TMPDIR to a folder for temporary files");
      named.initCause(e);
      throw named;
    }
    TemporaryFile.sweep(List.of(parent));
    WorkFolder work = new WorkFolder(parent.resolve(TemporaryFile.newName()));
    ShutdownCleanup.add(work);
    boolean isMade = false;
    try {
      Files.createDirectory(
          work.folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      isMade = true;
      return work;
    } finally {
      if (!isMade) {
        ShutdownCleanup.remove(work);
      }
    }
  }

  /** A name in the folder that is not in use. */
  public synchronized Path newFile() {
    return folder.resolve(Integer.toString(count++));
  }

  /** The file or directory of a name in the folder. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  boolean contains(Path file) {
    return file.startsWith(folder);
  }

  /**
   * Opens a file of the folder for writing. An error names it, so that it is not taken for one of
   * the image.
   */
  public static OutputStream create(Path file) throws IOException {
    ShutdownCleanup.stopAtEnd();
    return new FilterOutputStream(Files.newOutputStream(file)) {
      @Override
      public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
      }

      @Override
      public void write(byte[] from, int offset, int length) throws IOException {
        try {
          out.write(from, offset, length);
        } catch (IOException e) {
          FileSystemException named =
              new FileSystemException(file.toString(), null, e.getMessage());
          named.initCause(e);
          throw named;
        }
      }
    };
  }

  /**
   * Makes a directory of a folder, and those above it that are missing.
   *
   * @param directory below a folder, not through a link
   */
  public static void makeDirectories(Path directory) throws IOException {
    Files.createDirectories(directory);
  }

  /** Gives a file of a folder another name in it. */
  public static void link(Path file, Path name) throws IOException {
    Files.createLink(name, file);
  }

  /** Makes a symbolic link in a folder, whatever it leads to. */
  public static void linkSymbolically(Path name, Path target) throws IOException {
    Files.createSymbolicLink(name, target);
  }

  public static InputStream open(Path file) throws IOException {
    return Files.newInputStream(file);
  }

  @Override
  public int depth() {
    return 2;
  }

  /** Removes the folder; tries again while other threads still write there. */
  @Override
  public synchronized void discard() throws IOException {
    for (int attempt = 1; Files.isDirectory(folder); attempt++) {
      try {
        remove(folder);
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOSECONDS);
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
