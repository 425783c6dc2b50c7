package dev.hardwire.container;

import dev.hardwire.bytes.FileBytes;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.FileRange;
import dev.hardwire.input.SourceFile;
import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import dev.hardwire.os.TreePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * An OCI image layout in a directory, which is opened once. Its files are regular files; links are
 * refused. The documents that an update replaces stay open, so that a change of them is noticed.
 */
final class DirectoryStore implements Store {
  private static final int MOST_FILES = 100_000;
  private static final int DEEPEST = 16;

  private final Path root;
  private final Directory directory;

  /** The documents that are open. */
  private final Map<String, SourceFile> documents = new HashMap<>();

  /** Why nothing may be written there; null if it may. */
  private final IOException refusal;

  private DirectoryStore(Path root, Directory directory, IOException refusal) {
    this.root = root;
    this.directory = directory;
    this.refusal = refusal;
  }

  /** Opens a layout; symbolic links to it are followed. */
  static DirectoryStore open(Path root) throws IOException {
    Directory trusted;
    try {
      trusted = Directory.openTrusted(root);
    } catch (FileSystemException e) {
      return new DirectoryStore(root, Directory.open(root), e);
    }
    return new DirectoryStore(root, trusted, null);
  }

  /**
   * Checks that files may be written there.
   *
   * @throws IOException if its path led through a symbolic link of another user
   */
  void requireReplaceable() throws IOException {
    if (refusal != null) {
      throw refusal;
    }
  }

  @Override
  public Path path() {
    return root;
  }

  Directory directory() {
    return directory;
  }

  /** A document that was read, as it was then. */
  SourceFile opened(String name) throws IOException {
    SourceFile file = documents.get(name);
    if (file == null) {
      throw new FileSystemException(root.resolve(name).toString(), null, "was not read");
    }
    return file;
  }

  @Override
  public Collection<String> names() throws IOException {
    Collection<String> names = new TreeSet<>();
    addNames(directory, "", 0, names);
    return names;
  }

  private void addNames(Directory at, String prefix, int depth, Collection<String> names)
      throws IOException {
    ContainerException.require(
        depth < DEEPEST, root.resolve(prefix).toString(), "more than 16 levels of directories");
    for (byte[] name : at.names()) {
      String path = prefix + new String(name, StandardCharsets.UTF_8);
      Optional<FileStatus> found = at.status(name);
      if (found.isPresent() && found.get().isDirectory()) {
        try (Directory inside = at.openDirectory(name)) {
          addNames(inside, path + "/", depth + 1, names);
        }
      } else if (found.isPresent()) {
        ContainerException.require(
            found.get().isRegular(), root.resolve(path).toString(), "not a regular file");
        names.add(path);
        ContainerException.require(
            names.size() <= MOST_FILES, root.toString(), "more than 100,000 files");
      }
    }
  }

  @Override
  public boolean has(String name) throws IOException {
    return status(name).filter(FileStatus::isRegular).isPresent();
  }

  /** Empty if there is no such file, also if a directory on the way is a link. */
  private Optional<FileStatus> status(String name) throws IOException {
    try {
      Directory.Entry place = TreePath.find(directory, root, Path.of(name));
      try (Directory parent = place.directory()) {
        return parent.status(place.name());
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public long size(String name) throws IOException {
    Optional<FileStatus> found = status(name);
    ContainerException.require(found.isPresent(), root + ": " + name, "the image has no such file");
    ContainerException.require(
        found.get().isRegular(), root.resolve(name).toString(), "not a regular file");
    return found.get().size();
  }

  @Override
  public StoredFile open(String name) throws IOException {
    size(name); // or it says what is wrong
    boolean isKept = name.equals(Container.INDEX) || name.equals(Container.DOCKER);
    SourceFile file = documents.get(name);
    if (file == null) {
      file = SourceFile.open(directory, root, Path.of(name));
      if (isKept) {
        documents.put(name, file);
      }
    }
    return stream(file, isKept);
  }

  private static StoredFile stream(SourceFile file, boolean isKept) throws IOException {
    FileBytes bytes;
    try {
      bytes = FileBytes.open(file.path(), file.descriptor().path());
    } catch (IOException e) {
      file.close();
      throw e;
    }
    return new StoredFile(
        new FileRange(bytes.bytes()), Optional.of(file.descriptor()), 0, bytes.size()) {
      @Override
      public void close() throws IOException {
        bytes.close();
        if (!isKept) {
          file.close();
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    try (directory) {
      for (SourceFile document : documents.values()) {
        document.close();
      }
    }
  }
}
