package dev.hardwire.spark.files;

import dev.hardwire.output.WorkFolder;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * A file or directory as a local file: itself if it lies in a local file system, and otherwise a
 * copy, which is removed at the end.
 */
public final class LocalCopy implements Closeable {
  /** Levels of directories in an image layout; it has three. */
  private static final int DEEPEST = 8;

  /** Of a mode. */
  private static final int PERMISSIONS = 0777;

  private static final int OWNER_READ = 0400;

  private final Path path;

  /** Is removed; null if the file lies in a local file system. */
  private final WorkFolder folder;

  private LocalCopy(Path path, WorkFolder folder) {
    this.path = path;
    this.folder = folder;
  }

  /** Whether a location is a local file. */
  public static boolean isLocal(org.apache.hadoop.fs.Path location) {
    return "file".equals(location.toUri().getScheme());
  }

  /** Makes a file local. */
  public static LocalCopy of(String location, Configuration configuration) throws IOException {
    org.apache.hadoop.fs.Path remote = new org.apache.hadoop.fs.Path(location);
    if (isLocal(remote)) {
      return new LocalCopy(Path.of(remote.toUri().getPath()), null);
    }
    LocalCopy copy = inNewFolder(remote.getName());
    boolean isDone = false;
    try {
      copy(remote.getFileSystem(configuration), remote, copy.path, 0);
      isDone = true;
      return copy;
    } finally {
      if (!isDone) {
        copy.close();
      }
    }
  }

  /** A name in a new folder, which is removed at the end. */
  public static LocalCopy inNewFolder(String name) throws IOException {
    WorkFolder folder = WorkFolder.make();
    return new LocalCopy(folder.file(name), folder);
  }

  private static void copy(FileSystem files, org.apache.hadoop.fs.Path from, Path to, int depth)
      throws IOException {
    FileStatus status = files.getFileStatus(from);
    if (status.isFile()) {
      try (InputStream in = files.open(from)) {
        Files.copy(in, to);
      }
      // What is made of it gets its permissions. The owner of the copy must be able to read it.
      int mode = (status.getPermission().toShort() & PERMISSIONS) | OWNER_READ;
      Files.setPosixFilePermissions(
          to, PosixFilePermissions.fromString(new FsPermission((short) mode).toString()));
      return;
    }
    if (depth == DEEPEST) {
      throw new IOException(from + ": more than " + DEEPEST + " levels of directories");
    }
    Files.createDirectory(to);
    for (FileStatus child : files.listStatus(from)) {
      copy(files, child.getPath(), to.resolve(child.getPath().getName()), depth + 1);
    }
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    if (folder != null) {
      folder.close();
    }
  }
}
