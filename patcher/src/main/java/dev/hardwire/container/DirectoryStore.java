package dev.hardwire.container;

import dev.hardwire.container.archive.ContainerException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.TreeSet;

/** An OCI image layout in a directory. Its files are regular files; links are refused. */
final class DirectoryStore implements Store {
  private static final int MOST_FILES = 100_000;

  private final Path root;

  DirectoryStore(Path root) {
    this.root = root;
  }

  @Override
  public Path path() {
    return root;
  }

  @Override
  public Collection<String> names() throws IOException {
    Collection<String> names = new TreeSet<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            ContainerException.require(
                attributes.isRegularFile(), file.toString(), "not a regular file");
            names.add(root.relativize(file).toString());
            ContainerException.require(
                names.size() <= MOST_FILES, root.toString(), "more than 100,000 files");
            return FileVisitResult.CONTINUE;
          }
        });
    return names;
  }

  @Override
  public boolean has(String name) {
    return Files.isRegularFile(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public long size(String name) throws IOException {
    try {
      Path file = root.resolve(name);
      BasicFileAttributes found =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      ContainerException.require(found.isRegularFile(), file.toString(), "not a regular file");
      ContainerException.require(
          file.toRealPath().equals(root.toRealPath().resolve(name)),
          file.toString(),
          "lies behind a symbolic link");
      return found.size();
    } catch (NoSuchFileException e) {
      throw new ContainerException(root + ": " + name, "the image has no such file");
    }
  }

  @Override
  public InputStream open(String name) throws IOException {
    size(name); // or it says what is wrong
    return Files.newInputStream(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public void close() {
    // nothing is open
  }
}
