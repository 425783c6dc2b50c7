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
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes a file whole or not at all: into a new file beside the target, which is then renamed over
 * it.
 *
 * <p>A target that is a symbolic link is replaced, not followed. One that is, or leads to, a
 * device, a pipe or a directory is refused.
 */
public final class AtomicFile {
  private static final int BLOCK = 1 << 16;
  private static final int ATTEMPTS = 16;

  private final Path target;
  private final boolean durable;

  private AtomicFile(Path target, boolean durable) {
    this.target = target;
    this.durable = durable;
  }

  /**
   * Writes {@code content} with the mode, the owner and the extended attributes of {@code
   * attributesOf}.
   *
   * @return what could not be kept of those, if anything
   */
  public static Optional<String> write(Path target, ByteParts content, Path attributesOf)
      throws IOException {
    boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    return new AtomicFile(target, replaces).write(content, Optional.of(attributesOf));
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
    boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    Optional<String> none = new AtomicFile(target, replaces).write(content, Optional.empty());
    if (none.isPresent()) {
      throw new IOException(none.get());
    }
  }

  /** Makes {@code name} another name of {@code existing}, in place of what it named. */
  public static void link(Path name, Path existing) throws IOException {
    AtomicFile file = new AtomicFile(name, false);
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

  private Optional<String> write(ByteParts content, Optional<Path> attributesOf)
      throws IOException {
    if (Files.isDirectory(target)) {
      throw new FileAlreadyExistsException(target.toString(), null, "is a directory");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new FileAlreadyExistsException(target.toString(), null, "is not a regular file");
    }
    Path temporary = create();
    try {
      fill(temporary, content);
      Optional<String> lost = Optional.empty();
      if (attributesOf.isPresent()) {
        lost =
            FileAttributes.copy(attributesOf.get(), temporary)
                .map(message -> message.replace(temporary.toString(), target.toString()));
      } else {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-r--r--"));
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
      String suffix = Integer.toHexString(ThreadLocalRandom.current().nextInt());
      Path temporary = parent().resolve(".hardwire-" + suffix + ".tmp");
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
  private static void fill(Path temporary, ByteParts content) throws IOException {
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      long start = 0;
      for (Bytes part : content.parts()) {
        start += part.size();
        fill(channel, part, start - part.size(), start == content.size());
      }
    }
  }

  private static void fill(FileChannel channel, Bytes part, long start, boolean isLast)
      throws IOException {
    for (long at = 0; at < part.size(); at += BLOCK) {
      long length = Math.min(BLOCK, part.size() - at);
      boolean ends = isLast && at + length == part.size();
      if (ends || !part.isZero(at, length)) {
        ByteBuffer buffer = ByteBuffer.wrap(part.slice(at, length).toArray());
        for (long written = 0; buffer.hasRemaining(); ) {
          written += channel.write(buffer, start + at + written);
        }
      }
    }
  }

  private static void sync(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }
}
