package dev.hardwire.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A name of a file that other programs can be given. Names are bytes, and the arguments of programs
 * are text in Java: a file whose name is not text in the encoding of the locale gets another one, a
 * symbolic link, as long as it is needed.
 */
final class PlainName implements Closeable {
  private final Path folder;
  private final Path name;

  private PlainName(Path folder, Path name) {
    this.folder = folder;
    this.name = name;
  }

  static PlainName of(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    if (isText(absolute)) {
      return new PlainName(null, absolute);
    }
    Path folder = Files.createTempDirectory("hardwire");
    return new PlainName(folder, Files.createSymbolicLink(folder.resolve("name"), absolute));
  }

  private static boolean isText(Path file) {
    try {
      return Path.of(file.toString()).equals(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return name.toString();
  }

  @Override
  public void close() throws IOException {
    if (folder != null) {
      Files.delete(name);
      Files.delete(folder);
    }
  }
}
