package dev.hardwire.spark.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Puts results into a Hadoop file system. Each file appears whole, by renaming: a second attempt at
 * a task, which may run beside the first, writes the same bytes.
 */
public final class Upload {
  /** The file of an image layout that names all others, and so is written last. */
  private static final String INDEX = "index.json";

  private final Configuration configuration;

  public Upload(Configuration configuration) {
    this.configuration = configuration;
  }

  /** Copies a file or directory. */
  public void put(java.nio.file.Path local, Path target) throws IOException {
    if (!Files.isDirectory(local)) {
      putFile(local, target);
      return;
    }
    List<java.nio.file.Path> children;
    try (Stream<java.nio.file.Path> found = Files.list(local)) {
      children =
          found
              .sorted(
                  java.util.Comparator.comparing(
                          (java.nio.file.Path child) -> child.endsWith(INDEX))
                      .thenComparing(child -> child))
              .toList();
    }
    for (java.nio.file.Path child : children) {
      put(child, new Path(target, child.getFileName().toString()));
    }
  }

  private void putFile(java.nio.file.Path local, Path target) throws IOException {
    String permissions =
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(local, LinkOption.NOFOLLOW_LINKS));
    write(
        target,
        Optional.of(FsPermission.valueOf("-" + permissions)), // other bits of a mode are not kept
        out -> Files.copy(local, out));
  }

  /** Writes the contents of a file. */
  public interface Contents {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a file, which appears whole. */
  public void write(Path target, Optional<FsPermission> permission, Contents contents)
      throws IOException {
    FileSystem files = target.getFileSystem(configuration);
    Path temporary = new Path(target.getParent(), ".hardwire-" + UUID.randomUUID() + ".tmp");
    files.mkdirs(target.getParent());
    try {
      try (OutputStream out = raw(files).create(temporary, true)) {
        contents.writeTo(out);
      }
      if (permission.isPresent()) {
        files.setPermission(temporary, permission.get());
      }
      FileContext.getFileContext(files.getUri(), configuration)
          .rename(temporary, target, Options.Rename.OVERWRITE);
    } finally {
      files.delete(temporary, false);
    }
  }

  /** The local file system without the files of checksums that Hadoop puts beside others. */
  public static FileSystem raw(FileSystem files) {
    return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
  }
}
