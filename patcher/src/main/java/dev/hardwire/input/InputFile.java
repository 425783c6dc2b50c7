package dev.hardwire.input;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Kernel;
import dev.hardwire.trees.TreeEntry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A file that the user names; symbolic links are followed. Programs are opened and read where they
 * are needed, all other files are read whole.
 */
public final class InputFile implements Closeable {
  private static final long LIMIT = Integer.MAX_VALUE - 64L;

  /** Larger programs, in bytes, are not read into memory. */
  private static final long ON_DISK_FROM = 1 << 23;

  /** The largest program in bytes. A larger sparse file would take minutes to read. */
  private static final long LARGEST = 1L << 36;

  private final Bytes bytes;
  private final Optional<FileBytes> file;

  /** Null where there are no system calls; then no result can be written either. */
  private final SourceFile source;

  private InputFile(Bytes bytes, Optional<FileBytes> file, SourceFile source) {
    this.bytes = bytes;
    this.file = file;
    this.source = source;
  }

  public static InputFile open(Path path) throws IOException {
    return openIf(path, 0, start -> true).orElseThrow();
  }

  /** Opens a file of a tree; symbolic links in the tree are not followed. */
  public static InputFile openBelow(Path root, Path relative) throws IOException {
    return openIf(SourceFile.openFound(root.resolve(relative), relative), 0, start -> true)
        .orElseThrow();
  }

  /**
   * Opens a program, unless its first bytes show that it is not needed.
   *
   * @param length how many bytes {@code needed} is given; fewer if the file is shorter
   * @return empty if {@code needed} rejects them
   */
  public static Optional<InputFile> openIf(Path path, int length, Predicate<byte[]> needed)
      throws IOException {
    return Kernel.isAvailable()
        ? openIf(SourceFile.open(path), length, needed)
        : openIf(path, path, null, size(path), length, needed);
  }

  /**
   * Whether a file is like another kind of file by its first bytes.
   *
   * @param length how many bytes {@code kind} is given; fewer if the file is shorter
   */
  public static boolean startsWith(Path path, int length, Predicate<byte[]> kind)
      throws IOException {
    Optional<InputFile> opened = openIf(path, length, kind);
    if (opened.isPresent()) {
      opened.get().close();
    }
    return opened.isPresent();
  }

  /**
   * Opens a file that was found in a tree, unless its first bytes show that it is not needed;
   * symbolic links in the tree are not followed.
   */
  static Optional<InputFile> openFound(TreeEntry entry, int length, Predicate<byte[]> needed)
      throws IOException {
    return Kernel.isAvailable()
        ? openIf(SourceFile.openFound(entry.file(), entry.relative()), length, needed)
        : openIf(entry.file(), length, needed);
  }

  private static Optional<InputFile> openIf(SourceFile source, int length, Predicate<byte[]> needed)
      throws IOException {
    Optional<InputFile> opened = Optional.empty();
    try {
      long size = source.status().size();
      Path open = source.descriptor().path();
      opened = openIf(source.path(), open, source, size, length, needed);
      return opened;
    } finally {
      if (opened.isEmpty()) {
        source.close();
      }
    }
  }

  private static Optional<InputFile> openIf(
      Path path, Path open, SourceFile source, long size, int length, Predicate<byte[]> needed)
      throws IOException {
    if (size > LARGEST) {
      throw new FileSystemException(path.toString(), null, "larger than 64 GiB");
    }
    if (size <= ON_DISK_FROM && source != null) {
      return read(null, source, path, (int) size, length, needed)
          .map(bytes -> new InputFile(bytes, Optional.empty(), source));
    }
    if (size <= ON_DISK_FROM) {
      try (FileChannel channel = FileChannel.open(open, StandardOpenOption.READ)) {
        long opened = channel.size(); // it may have changed by now
        if (opened <= ON_DISK_FROM) {
          return read(channel, null, path, (int) opened, length, needed)
              .map(bytes -> new InputFile(bytes, Optional.empty(), null));
        }
      }
    }
    FileBytes file = FileBytes.open(path, open);
    long looked = Math.min(length, file.size());
    if (needed.test(file.bytes().slice(0, looked).toArray())) {
      return Optional.of(new InputFile(file.bytes(), Optional.of(file), source));
    }
    file.close();
    return Optional.empty();
  }

  /** Reads a file from {@code source}, or from {@code channel} if that is null. */
  private static Optional<Bytes> read(
      FileChannel channel,
      SourceFile source,
      Path path,
      int size,
      int length,
      Predicate<byte[]> needed)
      throws IOException {
    ByteBuffer content = ByteBuffer.allocate(size);
    content.limit(Math.min(length, size));
    fill(channel, source, content);
    if (!needed.test(Arrays.copyOf(content.array(), content.position()))) {
      return Optional.empty();
    }
    content.limit(size);
    fill(channel, source, content);
    long sizeNow = source == null ? channel.size() : source.descriptor().status().size();
    if (content.position() != size || sizeNow != size) {
      throw new FileSystemException(path.toString(), null, "the file changed while it was read");
    }
    return Optional.of(Bytes.wrap(content.array()));
  }

  private static void fill(FileChannel channel, SourceFile source, ByteBuffer into)
      throws IOException {
    int count = 0;
    while (into.hasRemaining() && count >= 0) {
      count =
          source == null
              ? channel.read(into, into.position())
              : source.descriptor().read(into, into.position());
    }
  }

  /** The contents; valid until {@link #close}. */
  public Bytes bytes() {
    return bytes;
  }

  /**
   * The open file, from which a result gets its attributes.
   *
   * @throws FileSystemException if this host has no system calls
   */
  public SourceFile source() throws IOException {
    Kernel.require("attributes of files");
    return source;
  }

  /** The open file, if it is large. */
  public Optional<FileBytes> file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    try {
      if (file.isPresent()) {
        file.get().close();
      }
    } finally {
      if (source != null) {
        source.close();
      }
    }
  }

  public static Bytes read(Path path) throws IOException {
    require(path);
    try (InputFile input = open(path)) {
      return Bytes.wrap(input.bytes().toArray());
    }
  }

  /** Reads the first bytes of a file; fewer if it is shorter. */
  public static byte[] start(Path path, int length) throws IOException {
    try (InputFile input = open(path)) {
      return input.bytes().slice(0, Math.min(length, input.bytes().size())).toArray();
    }
  }

  /** Checks that a file can be read whole. */
  public static void require(Path path) throws IOException {
    if (size(path) > LIMIT) {
      throw new FileSystemException(path.toString(), null, "larger than 2 GiB");
    }
  }

  /** The size of a regular file. */
  private static long size(Path path) throws IOException {
    BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
    if (!found.isRegularFile()) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
    return found.size();
  }
}
