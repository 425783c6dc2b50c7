package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.SourceFile;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Writes a file whole or not at all: into a new file in the target's directory, which then gets the
 * target's name. The new file has no name until it is complete, where the file system allows that.
 *
 * <p>The directory is opened once, and everything is done to open files in it: a user who may
 * rename names there cannot make this class change another file.
 *
 * <p>A target that is a symbolic link is replaced, not followed. One that is, or leads to, a
 * device, a pipe or a directory is refused.
 */
public final class AtomicFile implements ShutdownCleanup.Unfinished {
  private static final int PRIVATE = 0600;
  private static final int DATA = 0666;
  private static final int PROGRAM = 0777;
  private static final int SPECIAL = 06000;

  /** A step on the way to the place. */
  private interface Step {
    void take() throws IOException;
  }

  private final TargetName name;
  private final Path target;
  private final boolean durable;
  private NewFile file;
  private Optional<BaseCopy> copy = Optional.empty();

  /** The file whose attributes this one gets, if there is one. */
  private Optional<Descriptor> existing = Optional.empty();

  private boolean isCounted = true;
  private boolean discarded;

  private AtomicFile(TargetName name) throws IOException {
    this.name = name;
    this.target = name.path();
    Optional<BasicFileAttributes> found = FileAttributes.existing(target);
    this.durable = found.isPresent(); // a link that leads nowhere is no loss
    if (durable && !found.get().isRegularFile()) {
      String what = found.get().isDirectory() ? "is a directory" : "is not a regular file";
      throw new FileAlreadyExistsException(target.toString(), null, what);
    }
  }

  /** The open file of which {@code content} takes the most, if it is much. */
  public static Optional<FileBytes> base(Bytes content) {
    return FileBody.base(content);
  }

  /**
   * Makes a file whose contents are not known yet, and that only its owner may open until it gets
   * its attributes.
   *
   * @param base of which they will contain the most, in the same places; a large one
   * @param isRead whether several threads read the whole base before the end of the contents is
   *     known
   */
  public static AtomicFile begin(TargetName target, Optional<FileBytes> base, boolean isRead)
      throws IOException {
    return begin(target, base, isRead, PRIVATE);
  }

  private static AtomicFile begin(
      TargetName target, Optional<FileBytes> base, boolean isRead, int permissions)
      throws IOException {
    AtomicFile file = new AtomicFile(target);
    ShutdownCleanup.add(file);
    try {
      file.create(base, isRead, permissions);
    } catch (IOException e) {
      file.close();
      throw e;
    }
    return file;
  }

  /** Starts to copy the base in another thread, unless that waits for other readers of it. */
  public void copyBase() {
    copy.ifPresent(BaseCopy::begin);
  }

  public boolean replaces() {
    return durable;
  }

  /**
   * Writes {@code content} with the mode, the owner and the extended attributes of {@code
   * attributesOf}.
   *
   * @return what could not be kept of those, if anything
   */
  public static Optional<String> write(Path target, Bytes content, SourceFile attributesOf)
      throws IOException {
    try (AtomicFile file = begin(TargetName.of(target), base(content), false)) {
      return file.finish(content, Bytes::empty, attributesOf);
    }
  }

  /** Writes a copy of a file, with its attributes and its time. */
  public static void copy(InputFile from, TargetName to) throws IOException {
    Bytes content = from.bytes();
    try (AtomicFile file = begin(to, base(content), false)) {
      SourceFile source = from.source();
      file.prepare(content, Bytes::empty, source);
      file.step(() -> file.file.descriptor().changeModified(source.status().modified()));
      file.publish();
    }
  }

  /**
   * Writes {@code content} with the permissions of a new file, or the attributes of the file that
   * it replaces.
   *
   * @throws FileSystemException if those cannot be kept
   */
  public static void write(Path target, Bytes content) throws IOException {
    write(TargetName.of(target), content, DATA);
  }

  /** The same for text in UTF-8. */
  public static void write(Path target, String text) throws IOException {
    write(target, Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The same with the permissions of a new program. */
  public static void writeExecutable(Path target, Bytes content) throws IOException {
    writeExecutable(TargetName.of(target), content);
  }

  /** The same for a file in a tree. */
  public static void writeExecutable(TargetName target, Bytes content) throws IOException {
    write(target, content, PROGRAM);
  }

  /** Writes a file that only its owner may open, and that no user asked for. */
  public static void writePrivate(Path target, Bytes content) throws IOException {
    try (AtomicFile file = begin(TargetName.of(target), base(content), false)) {
      file.isCounted = false;
      file.fill(content, Bytes::empty);
      file.publish();
    }
  }

  /** The same as {@link #write}, where no file may have the name. */
  public static void writeNew(Path target, Bytes content) throws IOException {
    write(TargetName.ofNew(target), content, DATA);
  }

  /**
   * Writes what was made of an input: with the attributes of the input if it takes the input's
   * place, which has to be unchanged then; otherwise as {@link #write} does.
   */
  public static void writeResult(Path target, Bytes content, SourceFile input) throws IOException {
    if (isAt(target, input)) {
      replace(TargetName.replacing(target, input), content);
    } else {
      write(target, content);
    }
  }

  private static boolean isAt(Path target, SourceFile input) throws IOException {
    if (!Files.exists(target)) {
      return false;
    }
    try (Descriptor found = Descriptor.open(target)) {
      return found.status().isSameFile(input.status());
    }
  }

  /** Replaces an input, which has to be unchanged, by a file with its attributes. */
  static void replace(TargetName target, Bytes content) throws IOException {
    try (AtomicFile file = begin(target, base(content), false)) {
      Descriptor replaced = target.replaced().orElseThrow().file().descriptor();
      file.fill(content, Bytes::empty);
      file.keepAttributes(replaced);
      file.publish();
    }
  }

  static void write(TargetName target, Bytes content, int permissions) throws IOException {
    try (AtomicFile file = beginLikeExisting(target, base(content), permissions)) {
      file.fill(content, Bytes::empty);
      file.finish();
    }
  }

  /**
   * Makes a file with the attributes of the one that it will replace, or else with the permissions
   * of a new one.
   */
  private static AtomicFile beginLikeExisting(
      TargetName target, Optional<FileBytes> base, int permissions) throws IOException {
    Optional<Descriptor> existing = existing(target);
    boolean isDone = false;
    try {
      AtomicFile file = begin(target, base, false, existing.isEmpty() ? permissions : PRIVATE);
      file.existing = existing;
      isDone = true;
      return file;
    } finally {
      if (!isDone && existing.isPresent()) {
        existing.get().close();
      }
    }
  }

  /** Fails if no file can be written there; for commands that work long before they write. */
  public static void check(Path target) throws IOException {
    beginForOthers(target).close();
  }

  /** Makes a file that another program writes, which gets {@link #path}. */
  public static AtomicFile beginForOthers(Path target) throws IOException {
    return beginLikeExisting(TargetName.of(target), Optional.empty(), DATA);
  }

  /**
   * A name of the open file for programs that this process starts, as long as it is open here; it
   * leads to no other file, whatever becomes of the target's name.
   */
  public Path path() {
    return Path.of(
        "/proc/%s/fd/%d".formatted(TemporaryFile.processId(), file.descriptor().number()));
  }

  /** Its size now, in bytes. */
  public long size() throws IOException {
    return file.descriptor().status().size();
  }

  /** Reads it from its start. */
  public InputStream read() throws IOException {
    return Files.newInputStream(file.descriptor().path());
  }

  /** Adds bytes at the end. */
  public void append(byte[] bytes) throws IOException {
    try {
      file.descriptor().write(ByteBuffer.wrap(bytes), file.descriptor().status().size());
    } catch (FileSystemException e) {
      throw name.errorOf(e);
    }
  }

  /** Puts the file in its place, with the attributes of the one that it replaces, if any. */
  public void finish() throws IOException {
    if (existing.isPresent()) {
      keepAttributes(existing.get());
    }
    publish();
  }

  /**
   * Opens the file that is replaced, if there is one; symbolic links are replaced themselves.
   *
   * @throws FileSystemException if it is none whose attributes another file may get
   */
  private static Optional<Descriptor> existing(TargetName target) throws IOException {
    try {
      Directory.Entry place = target.find();
      try (Directory directory = place.directory()) {
        TemporaryFile.sweep(directory);
        Optional<FileStatus> found = directory.status(place.name());
        if (found.isEmpty() || !found.get().isRegular()) {
          return Optional.empty();
        }
        if ((found.get().permissions() & SPECIAL) != 0) {
          throw new FileSystemException(
              target.path().toString(), null, "is a setuid or setgid file; remove it first");
        }
        return Optional.of(directory.openFile(place.name()));
      }
    } catch (FileSystemException e) {
      throw target.errorOf(e);
    }
  }

  private synchronized void keepAttributes(Descriptor replaced) throws IOException {
    requireKept();
    try {
      Optional<String> lost = FileAttributes.copy(replaced, file.descriptor());
      if (lost.isPresent()) {
        throw new FileSystemException(
            target.toString(), null, lost.get() + " cannot be kept; remove the file first");
      }
    } catch (FileSystemException e) {
      throw name.errorOf(e);
    }
  }

  /** Makes {@code name} another name of an open file, in place of what it named. */
  public static void link(TargetName name, Descriptor existing) throws IOException {
    try (AtomicFile file = new AtomicFile(name)) {
      ShutdownCleanup.add(file);
      file.linkTo(existing);
    }
  }

  /** Makes {@code other} another name of this file, which is in its place. */
  public void link(TargetName other) throws IOException {
    link(other, file.descriptor());
  }

  private synchronized void linkTo(Descriptor existing) throws IOException {
    requireKept();
    try {
      file = NewFile.of(name, existing);
      file.takeTarget(true);
    } catch (FileSystemException e) {
      if (existing.status().links() == 0) { // link(2) then says that there is no such file
        throw new FileSystemException(
            target.toString(), null, "another process replaced the file of which this is a name");
      }
      throw name.errorOf(e);
    }
  }

  /**
   * Writes the contents with the attributes of {@code attributesOf}, and puts the file in its
   * place.
   *
   * @param end waits for what follows {@code start}; what it throws leaves the target as it was
   * @return what could not be kept of the attributes, if anything
   */
  public Optional<String> finish(Bytes start, Supplier<Bytes> end, SourceFile attributesOf)
      throws IOException {
    Optional<String> lost = prepare(start, end, attributesOf);
    publish();
    return lost;
  }

  /**
   * Writes the contents with the attributes of {@code attributesOf}; {@link #publish} puts the file
   * in its place, or {@link #sync}, {@link #place} and {@link #syncPlace}, in this order.
   *
   * @return what could not be kept of the attributes, if anything
   */
  public Optional<String> prepare(Bytes start, Supplier<Bytes> end, SourceFile attributesOf)
      throws IOException {
    fill(start, end);
    return copyAttributes(attributesOf);
  }

  private void fill(Bytes start, Supplier<Bytes> end) throws IOException {
    copyBase();
    Optional<Bytes> made = copy.isPresent() ? Optional.of(end.get()) : Optional.empty();
    try {
      FileBody body = new FileBody(file.descriptor(), copy);
      body.append(start);
      body.append(made.orElseGet(end));
      body.finish();
    } catch (FileSystemException e) {
      throw file.folder().toString().equals(e.getFile()) ? name.errorOf(e) : e;
    }
  }

  private synchronized Optional<String> copyAttributes(SourceFile attributesOf) throws IOException {
    requireKept();
    try {
      return FileAttributes.copy(attributesOf.descriptor(), file.descriptor());
    } catch (FileSystemException e) {
      throw name.errorOf(e);
    }
  }

  /** Puts the file in its place. */
  public synchronized void publish() throws IOException {
    if (durable) {
      sync();
    }
    place();
    if (durable) {
      syncPlace(new HashSet<>());
    }
  }

  /** Begins to write the contents to the disk, which {@link #sync} then waits for. */
  public synchronized void startSync() throws IOException {
    step(() -> file.descriptor().startSync());
  }

  /** Waits until contents and attributes are on the disk. */
  public synchronized void sync() throws IOException {
    step(() -> file.descriptor().sync());
  }

  /** Gives the file its name. */
  public synchronized void place() throws IOException {
    step(() -> file.takeTarget(durable));
    if (isCounted) {
      ShutdownCleanup.countPlaced(target);
    }
  }

  /**
   * Waits until the name is on the disk.
   *
   * @param synced directories in which nothing has changed since; this one is added
   */
  public synchronized void syncPlace(Set<List<Long>> synced) throws IOException {
    step(() -> file.syncDirectory(synced));
  }

  private void step(Step step) throws IOException {
    requireKept();
    try {
      step.take();
    } catch (FileSystemException e) {
      throw name.errorOf(e);
    }
  }

  /** Refuses to name a file that was discarded when the process was asked to end. */
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
      if (existing.isPresent()) {
        existing.get().close();
      }
    } finally {
      ShutdownCleanup.remove(this);
    }
  }

  /** What {@link #close} does; nothing is written after it. */
  @Override
  public synchronized void discard() throws IOException {
    if (discarded) {
      return;
    }
    discarded = true;
    copy.ifPresent(BaseCopy::stop);
    if (file != null) {
      file.close();
    }
  }

  private synchronized void create(Optional<FileBytes> base, boolean isRead, int permissions)
      throws IOException {
    requireKept();
    try {
      file = NewFile.create(name, permissions);
    } catch (FileSystemException e) {
      throw name.errorOf(e);
    }
    copy = base.flatMap(from -> BaseCopy.of(from, file.descriptor(), isRead));
  }
}
