package dev.hardwire.container.archive;

import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A private folder for temporary files; removed at the end, or when the JVM ends. */
public final class WorkFolder implements Closeable {
  private final Path folder;
  private final Thread hook = new Thread(this::removeQuietly, "work folder");
  private int count;

  private WorkFolder(Path folder) {
    this.folder = folder;
  }

  /** Makes one where Java keeps temporary files ({@code java.io.tmpdir}). */
  public static WorkFolder make() throws IOException {
    WorkFolder work = new WorkFolder(Files.createTempDirectory("hardwire-"));
    Runtime.getRuntime().addShutdownHook(work.hook);
    return work;
  }

  /** A name in the folder that is not in use. */
  public synchronized Path newFile() {
    return folder.resolve(Integer.toString(count++));
  }

  /** The file or directory of a name in the folder. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /**
   * Opens a file of the folder for writing. An error names it, so that it is not taken for one of
   * the image.
   */
  public static OutputStream create(Path file) throws IOException {
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

  private void removeQuietly() {
    try {
      remove();
    } catch (IOException e) {
      // it lies among temporary files
    }
  }

  private void remove() throws IOException {
    if (Files.isDirectory(folder)) {
      DirectoryRemoval.remove(folder);
    }
  }

  @Override
  public void close() throws IOException {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the process is ending
    }
  }
}
