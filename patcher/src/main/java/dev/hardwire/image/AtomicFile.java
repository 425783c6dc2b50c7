package dev.hardwire.image;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Writes a file whole or not at all: into a new file beside the target, which is then renamed over
 * it.
 *
 * <p>A target that is a symbolic link is replaced, not followed. One that is, or leads to, a
 * device, a pipe or a directory is refused.
 */
public final class AtomicFile implements Closeable {
  private static final int ATTEMPTS = 16;
  private static final Set<StandardOpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final String DATA = "rw-r--r--";
  private static final String PROGRAM = "rwxr-xr-x";

  private final Path target;
  private final boolean durable;
  private Path temporary;
  private FileChannel channel;
  private Optional<BaseCopy> copy = Optional.empty();
  private boolean discarded;
  private boolean published;

  private AtomicFile(Path target) throws IOException {
    Optional<BasicFileAttributes> found = FileAttributes.existing(target);
    this.durable = found.isPresent(); // a link that leads nowhere is no loss
    if (durable && !found.get().isRegularFile()) {
      String what = found.get().isDirectory() ? "is a directory" : "is not a regular file";
      throw new FileAlreadyExistsException(target.toString(), null, what);
    }
    this.target = target;
  }

  /** The open file of which {@code content} takes the most, if it is much. */
  public static Optional<FileBytes> base(ByteParts content) {
    return FileBody.base(content);
  }

  /**
   * Starts to write a file whose contents are not known yet.
   *
   * @param base of which they will contain the most, in the same places; a large one
   * @param isRead whether several threads read the whole base before the end of the contents is
   *     known
   */
  public static AtomicFile begin(Path target, Optional<FileBytes> base, boolean isRead)
      throws IOException {
    AtomicFile file = new AtomicFile(target);
    ShutdownCleanup.add(file);
    try {
      file.create(base, isRead);
    } catch (IOException e) {
      file.close();
      throw e;
    }
    return file;
  }

  /** Whether there was a file that this one will replace. */
  public boolean replaces() {
    return durable;
  }

  /**
   * Writes {@code content} with the mode, the owner and the extended attributes of {@code
   * attributesOf}.
   *
   * @return what could not be kept of those, if anything
   */
  public static Optional<String> write(Path target, ByteParts content, Path attributesOf)
      throws IOException {
    return write(target, content, ByteParts::of, attributesOf);
  }

  /**
   * The same, where the end of the content is still being made while its start is written.
   *
   * @param end waits for what follows {@code start}; what it throws leaves the target as it was
   */
  public static Optional<String> write(
      Path target, ByteParts start, Supplier<ByteParts> end, Path attributesOf) throws IOException {
    try (AtomicFile file = begin(target, base(start), false)) {
      return file.finish(start, end, attributesOf, new AttributeSurvey(List.of()));
    }
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
    write(target, content, DATA);
  }

  /** Writes {@code content} with the permissions of a new program. */
  public static void writeExecutable(Path target, Bytes content) throws IOException {
    write(target, ByteParts.of(content), PROGRAM);
  }

  private static void write(Path target, ByteParts content, String permissions) throws IOException {
    try (AtomicFile file = begin(target, base(content), false)) {
      file.fill(content, ByteParts::of);
      file.publish(PosixFilePermissions.fromString(permissions));
    }
  }

  /** Makes {@code name} another name of {@code existing}, in place of what it named. */
  public static void link(Path name, Path existing) throws IOException {
    try (AtomicFile file = begin(name, Optional.empty(), false)) {
      file.linkTo(existing);
    }
  }

  private synchronized void linkTo(Path existing) throws IOException {
    requireKept();
    Files.delete(temporary); // the name was free and is random
    Files.createLink(temporary, existing);
    rename();
  }

  /**
   * Writes the contents with the attributes of {@code attributesOf}, and puts the file in its
   * place.
   *
   * @param end waits for what follows {@code start}
   * @return what could not be kept of the attributes, if anything
   */
  public Optional<String> finish(
      ByteParts start, Supplier<ByteParts> end, Path attributesOf, AttributeSurvey survey)
      throws IOException {
    fill(start, end);
    return publish(attributesOf, survey);
  }

  private void fill(ByteParts start, Supplier<ByteParts> end) throws IOException {
    Optional<ByteParts> made = copy.isPresent() ? Optional.of(end.get()) : Optional.empty();
    try (FileBody body = new FileBody(channel, copy)) {
      body.append(start);
      body.append(made.orElseGet(end));
      body.finish();
    } catch (FileSystemException e) {
      throw temporary.toString().equals(e.getFile()) ? ofTarget(e) : e;
    } catch (IOException e) {
      throw ofTarget(e);
    }
  }

  private synchronized Optional<String> publish(Path attributesOf, AttributeSurvey survey)
      throws IOException {
    requireKept();
    try (FileChannel open = open()) {
      Optional<String> lost =
          FileAttributes.copy(attributesOf, temporary, survey)
              .map(message -> message.replace(temporary.toString(), target.toString()));
      publish(open);
      return lost;
    }
  }

  private synchronized void publish(Set<PosixFilePermission> permissions) throws IOException {
    requireKept();
    try (FileChannel open = open()) {
      Files.setPosixFilePermissions(temporary, permissions);
      publish(open);
    }
  }

  /** With the attributes that the file gets, nobody but root may be able to open it. */
  private FileChannel open() throws IOException {
    return durable ? FileChannel.open(temporary, StandardOpenOption.READ) : null;
  }

  private void publish(FileChannel open) throws IOException {
    if (durable) {
      open.force(true);
    }
    rename();
    published = true;
    if (durable) {
      syncParent();
    }
  }

  private void syncParent() throws IOException {
    try (FileChannel open = FileChannel.open(parent(), StandardOpenOption.READ)) {
      open.force(true);
    } catch (AccessDeniedException e) {
      // a directory that may be written and not read; the file is whole all the same
    }
  }

  private void rename() throws IOException {
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (FileSystemException e) {
      throw ofTarget(e);
    }
  }

  /** A file that is not there any more must not be made once more by whoever names it. */
  private void requireKept() throws IOException {
    if (discarded) {
      throw new FileSystemException(target.toString(), null, "this process is being ended");
    }
  }

  /** Leaves nothing behind unless the file is in its place. */
  @Override
  public void close() throws IOException {
    try {
      discard();
    } finally {
      ShutdownCleanup.remove(this);
    }
  }

  /** What {@link #close} does; nothing is written after it. */
  synchronized void discard() throws IOException {
    discarded = true;
    copy.ifPresent(BaseCopy::stop);
    if (!published && temporary != null) {
      channel.close();
      Files.deleteIfExists(temporary);
    }
  }

  private Path parent() {
    Path file = target.toAbsolutePath();
    return file.getParent() == null ? file : file.getParent();
  }

  private synchronized void create(Optional<FileBytes> base, boolean isRead) throws IOException {
    requireKept();
    for (int attempt = 0; temporary == null; attempt++) {
      Path path = parent().resolve(TemporaryFile.newName());
      try {
        channel = FileChannel.open(path, NEW, OWNER_ONLY);
        temporary = path;
      } catch (FileAlreadyExistsException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      } catch (FileSystemException e) {
        throw ofTarget(e);
      }
    }
    copy = base.flatMap(file -> BaseCopy.start(file, temporary, isRead));
  }

  /** Users know the target and not the temporary file. */
  private FileSystemException ofTarget(IOException cause) {
    String name = target.toString();
    FileSystemException named = new FileSystemException(name, null, cause.getMessage());
    if (cause instanceof NoSuchFileException) {
      named = new NoSuchFileException(name);
    } else if (cause instanceof AccessDeniedException) {
      named = new AccessDeniedException(name);
    } else if (cause instanceof FileSystemException failure) {
      named = new FileSystemException(name, null, failure.getReason());
    }
    named.initCause(cause);
    return named;
  }
}
