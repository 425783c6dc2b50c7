package dev.hardwire.image;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes a file whole or not at all: into a new file beside the target, which is then renamed over
 * it.
 *
 * <p>A target that is a symbolic link is replaced, not followed. One that is, or leads to, a
 * device, a pipe or a directory is refused.
 */
public final class AtomicFile {
  private static final int BLOCK = 1 << 16;
  private static final int LONGEST_WRITE = 1 << 20;
  private static final int ATTEMPTS = 16;
  private static final String DATA = "rw-r--r--";
  private static final String PROGRAM = "rwxr-xr-x";

  private final Path target;
  private final boolean durable;
  private final String permissions;

  private AtomicFile(Path target, String permissions) {
    this.target = target;
    this.durable = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    this.permissions = permissions;
  }

  /**
   * Writes {@code content} with the mode, the owner and the extended attributes of {@code
   * attributesOf}.
   *
   * @return what could not be kept of those, if anything
   */
  public static Optional<String> write(Path target, ByteParts content, Path attributesOf)
      throws IOException {
    return new AtomicFile(target, DATA).write(content, ByteParts::of, Optional.of(attributesOf));
  }

  /**
   * The same, where the end of the content is still being made while its start is written.
   *
   * @param end waits for what follows {@code start}; what it throws leaves the target as it was
   */
  public static Optional<String> write(
      Path target, ByteParts start, Supplier<ByteParts> end, Path attributesOf) throws IOException {
    return new AtomicFile(target, DATA).write(start, end, Optional.of(attributesOf));
  }

  /** The same for content in one piece. */
  public static Optional<String> write(Path target, Bytes content, Path attributesOf)
      throws IOException {
    return write(target, ByteParts.of(content), attributesOf);
  }

  /** Writes {@code content} with the permissions of a new file. */
  public static void write(Path target, Bytes content) throws IOException {
    write(target, ByteParts.of(content));
  }

  /** The same for content in several pieces. */
  public static void write(Path target, ByteParts content) throws IOException {
    new AtomicFile(target, DATA).write(content, ByteParts::of, Optional.empty());
  }

  /** Writes {@code content} with the permissions of a new program. */
  public static void writeExecutable(Path target, Bytes content) throws IOException {
    new AtomicFile(target, PROGRAM).write(ByteParts.of(content), ByteParts::of, Optional.empty());
  }

  /** Makes {@code name} another name of {@code existing}, in place of what it named. */
  public static void link(Path name, Path existing) throws IOException {
    AtomicFile file = new AtomicFile(name, DATA);
    Path temporary = file.create();
    try {
      Files.delete(temporary); // the name was free and is random
      Files.createLink(temporary, existing);
      Files.move(
          temporary, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private Optional<String> write(
      ByteParts beginning, Supplier<ByteParts> end, Optional<Path> attributesOf)
      throws IOException {
    if (Files.isDirectory(target)) {
      throw new FileAlreadyExistsException(target.toString(), null, "is a directory");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new FileAlreadyExistsException(target.toString(), null, "is not a regular file");
    }
    Path temporary = create();
    try {
      fill(temporary, beginning, end);
      Optional<String> lost = Optional.empty();
      if (attributesOf.isPresent()) {
        lost =
            FileAttributes.copy(attributesOf.get(), temporary)
                .map(message -> message.replace(temporary.toString(), target.toString()));
      } else {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(permissions));
      }
      if (durable) {
        sync(temporary, StandardOpenOption.WRITE);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      if (durable) {
        sync(parent(), StandardOpenOption.READ);
      }
      return lost;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private Path parent() {
    Path parent = target.toAbsolutePath().getParent();
    return parent == null ? target.toAbsolutePath() : parent;
  }

  private Path create() throws IOException {
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    for (int attempt = 0; ; attempt++) {
      Path temporary = parent().resolve(TemporaryFile.newName());
      try {
        return Files.createFile(temporary, ownerOnly);
      } catch (FileAlreadyExistsException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      } catch (NoSuchFileException e) {
        throw cause(e, new NoSuchFileException(target.toString()));
      } catch (AccessDeniedException e) {
        throw cause(e, new AccessDeniedException(target.toString()));
      } catch (FileSystemException e) {
        throw cause(e, new FileSystemException(target.toString(), null, e.getReason()));
      }
    }
  }

  /** Users know the target and not the temporary file. */
  private static FileSystemException cause(Exception cause, FileSystemException named) {
    named.initCause(cause);
    return named;
  }

  /** Blocks of zeros stay holes. */
  private static void fill(Path temporary, ByteParts beginning, Supplier<ByteParts> end)
      throws IOException {
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      fill(channel, beginning, 0);
      ByteParts rest = end.get();
      fill(channel, rest, beginning.size());
      long size = beginning.size() + rest.size();
      if (channel.size() < size) { // the last bytes are zeros
        channel.write(ByteBuffer.allocate(1), size - 1);
      }
    }
  }

  private static void fill(FileChannel channel, ByteParts content, long from) throws IOException {
    long start = from;
    for (Bytes part : content.parts()) {
      for (long at = 0; at < part.size(); ) {
        long end = runEnd(part, at);
        if (end > at) {
          write(channel, part.slice(at, end - at).toBuffer(), start + at);
        }
        at = end == at ? Math.min(at + BLOCK, part.size()) : end;
      }
      start += part.size();
    }
  }

  private static void write(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    for (long at = position; bytes.hasRemaining(); ) {
      at += channel.write(bytes, at);
    }
  }

  /** Where the blocks from {@code at} on end that are not zero, or are many enough to write. */
  private static long runEnd(Bytes part, long at) {
    long end = at;
    while (end < part.size() && end - at < LONGEST_WRITE) {
      long length = Math.min(BLOCK, part.size() - end);
      if (part.isZero(end, length)) {
        break;
      }
      end += length;
    }
    return end;
  }

  private static void sync(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }
}
