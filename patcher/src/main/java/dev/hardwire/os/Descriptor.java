package dev.hardwire.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An open file. Errors name the file as it was named when it was opened.
 *
 * <p>Not for use by several threads while one of them closes it.
 */
public final class Descriptor implements Closeable {
  /** At most, in one call of {@link #copyFrom}. */
  private static final int COPY = 1 << 24;

  static final int AT_FDCWD = -100;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int AT_SYMLINK_FOLLOW = 0x400;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;

  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NOCTTY = 0x100;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;
  static final int O_TMPFILE = 0x400000;

  private static final int RESOLVE_NO_SYMLINKS = 4;
  private static final int LOCK = 2;
  private static final int WITHOUT_WAITING = 4;
  private static final int UNLOCK = 8;

  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_RDLCK = 0;
  private static final int F_UNLCK = 2;
  private static final int SIGURG = 23;

  /** Of a {@code struct statfs64} where a {@code long} has 32 bits; statfs(2). */
  private static final int STATFS = 84;

  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final byte[] NO_NAME = {};

  private final int number;
  private final String name;
  private volatile boolean closed;

  /** Whether anything was written, so that an error of close(2) matters. */
  private volatile boolean isWritten;

  Descriptor(int number, String name) {
    this.number = number;
    this.name = name;
  }

  /**
   * Opens a file to read it; a symbolic link is followed. A device or a pipe is opened without
   * waiting for anything: check {@link FileStatus#isRegular}.
   */
  public static Descriptor open(Path file) throws FileSystemException {
    String name = file.toString();
    Kernel.require(name);
    return open(AT_FDCWD, Scratch.bytes(file), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, name);
  }

  static Descriptor open(int directory, byte[] name, int flags, int mode, String shown)
      throws FileSystemException {
    long path = Scratch.get().name(name);
    int all = flags | O_CLOEXEC | Kernel.host().openLargeFile();
    long result = Kernel.call(SystemCall.OPENAT, directory, path, all, mode, 0);
    return new Descriptor((int) HostError.check(result, shown), shown);
  }

  /** Opens a file whose path has no symbolic link; empty if it has one, or the kernel is old. */
  static Optional<Descriptor> openWithoutLinks(Path file, int flags) throws FileSystemException {
    Scratch scratch = Scratch.get();
    long path = scratch.name(Scratch.bytes(file));
    long how = scratch.openHow(flags | O_CLOEXEC, RESOLVE_NO_SYMLINKS);
    long result = Kernel.call(SystemCall.OPENAT2, AT_FDCWD, path, how, Scratch.OPEN_HOW, 0);
    return result < 0
        ? Optional.empty()
        : Optional.of(new Descriptor((int) result, file.toString()));
  }

  /**
   * Its number in this process.
   *
   * @throws IllegalStateException if it is closed: the number may stand for another file now
   */
  public int number() {
    if (closed) {
      throw new IllegalStateException(name + ": used after it was closed");
    }
    return number;
  }

  /** A name of the open file for other interfaces, as long as it is open. */
  public Path path() {
    return Path.of("/proc/self/fd/" + number());
  }

  private long check(long result) throws FileSystemException {
    return HostError.check(result, name);
  }

  /** Its state now. */
  public FileStatus status() throws FileSystemException {
    return status(number(), NO_NAME, name);
  }

  static FileStatus status(int directory, byte[] file, String shown) throws FileSystemException {
    Scratch scratch = Scratch.get();
    long path = scratch.name(file);
    int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
    long memory = scratch.status();
    HostError.check(
        Kernel.call(SystemCall.STATX, directory, path, flags, FileStatus.BASIC, memory), shown);
    return scratch.readStatus();
  }

  /** The target of a symbolic link that was opened itself. */
  byte[] linkTarget() throws FileSystemException {
    Scratch scratch = Scratch.get();
    long empty = scratch.name(NO_NAME);
    long length =
        Kernel.call(SystemCall.READLINKAT, number(), empty, scratch.data(), Scratch.DATA, 0);
    return scratch.copy((int) check(length));
  }

  public void changeOwner(int user, int group) throws FileSystemException {
    long path = Scratch.get().name(NO_NAME);
    check(Kernel.call(SystemCall.FCHOWNAT, number(), path, user, group, AT_EMPTY_PATH));
  }

  /** Changes the permissions, with the setuid, setgid and sticky bits. */
  public void changeMode(int permissions) throws FileSystemException {
    check(Kernel.call(SystemCall.FCHMOD, number(), permissions, 0));
  }

  /**
   * The names of its extended attributes that this process may see; none if the file system has
   * none.
   */
  public List<String> attributes() throws FileSystemException {
    Scratch scratch = Scratch.get();
    long size = Kernel.call(SystemCall.FLISTXATTR, number(), scratch.data(), Scratch.DATA);
    if (size == 0 || size == -HostError.EOPNOTSUPP) {
      return List.of();
    }
    byte[] all = scratch.copy((int) check(size));
    List<String> names = new ArrayList<>();
    for (int start = 0, end; start < all.length; start = end + 1) {
      end = start;
      while (all[end] != 0) {
        end++;
      }
      names.add(new String(all, start, end - start, StandardCharsets.ISO_8859_1));
    }
    return names;
  }

  /** The value of an extended attribute, if there is one of this name. */
  public Optional<byte[]> attribute(String attribute) throws FileSystemException {
    Scratch scratch = Scratch.get();
    long path = scratch.name(attribute.getBytes(StandardCharsets.ISO_8859_1));
    long size = Kernel.call(SystemCall.FGETXATTR, number(), path, scratch.data(), Scratch.DATA, 0);
    if (size == -HostError.ENODATA) {
      return Optional.empty();
    }
    return Optional.of(scratch.copy((int) check(size)));
  }

  public void setAttribute(String attribute, byte[] value) throws FileSystemException {
    Scratch scratch = Scratch.get();
    long path = scratch.name(attribute.getBytes(StandardCharsets.ISO_8859_1));
    scratch.put(value);
    check(Kernel.call(SystemCall.FSETXATTR, number(), path, scratch.data(), value.length, 0));
  }

  public void removeAttribute(String attribute) throws FileSystemException {
    long path = Scratch.get().name(attribute.getBytes(StandardCharsets.ISO_8859_1));
    check(Kernel.call(SystemCall.FREMOVEXATTR, number(), path, 0));
  }

  /**
   * Reads bytes.
   *
   * @return how many; -1 at the end of the file
   */
  public int read(ByteBuffer into, long offset) throws FileSystemException {
    Scratch scratch = Scratch.get();
    int wanted = Math.min(into.remaining(), Scratch.DATA);
    int length =
        (int) check(Kernel.callAt(SystemCall.PREAD64, number(), scratch.data(), wanted, offset));
    scratch.read(into, length);
    return length == 0 && wanted > 0 ? -1 : length;
  }

  /** Writes all bytes. */
  public void write(ByteBuffer from, long offset) throws FileSystemException {
    isWritten = true;
    Scratch scratch = Scratch.get();
    long at = offset;
    while (from.hasRemaining()) {
      int length = scratch.write(from);
      long count = check(Kernel.callAt(SystemCall.PWRITE64, number(), scratch.data(), length, at));
      from.position(from.position() + (int) count);
      at += count;
    }
  }

  /** Makes the file shorter, or longer by a hole. */
  public void resize(long size) throws FileSystemException {
    isWritten = true;
    check(Kernel.callAt(SystemCall.FTRUNCATE, number(), size));
  }

  /**
   * Begins to write the contents to the disk, and does not wait for it: {@link #sync} then takes
   * less time, and reports errors.
   */
  public void startSync() {
    boolean isSecond = Kernel.host().takesFlagsBeforeRange();
    long before = isSecond ? SYNC_FILE_RANGE_WRITE : 0;
    long behind = isSecond ? 0 : SYNC_FILE_RANGE_WRITE;
    if (Kernel.host().isWide()) {
      Kernel.call(SystemCall.SYNC_FILE_RANGE, number(), before, 0, behind, 0);
    } else {
      Kernel.call(SystemCall.SYNC_FILE_RANGE, number(), before, 0, 0, 0, behind);
    }
  }

  /** Waits until contents and state are on the disk. */
  public void sync() throws FileSystemException {
    check(Kernel.call(SystemCall.FSYNC, number(), 0, 0));
  }

  /**
   * Locks the file against other processes that lock it, until {@link #unlock}; flock(2).
   *
   * @return false if another process has locked it
   */
  public boolean lock() throws FileSystemException {
    long result = Kernel.call(SystemCall.FLOCK, number(), LOCK | WITHOUT_WAITING, 0);
    if (result == -HostError.EAGAIN) {
      return false;
    }
    if (result != -HostError.ENOLCK && result != -HostError.EOPNOTSUPP) {
      check(result); // some network file systems have no locks
    }
    return true;
  }

  /** Ends what {@link #lock} began. */
  public void unlock() {
    Kernel.call(SystemCall.FLOCK, number(), UNLOCK, 0);
  }

  /**
   * Whether no process has the file open for writing, or mapped for it. The kernel grants a lease
   * for reading only then, and only to the owner or with CAP_LEASE; fcntl(2). The lease is given
   * back at once.
   */
  boolean hasNoWriters() {
    // when a process opens the file meanwhile, the kernel sends SIGIO, which would end this
    // process, unless another signal is chosen; SIGURG does nothing
    boolean isGranted =
        Kernel.call(SystemCall.FCNTL, number(), F_SETSIG, SIGURG) == 0
            && Kernel.call(SystemCall.FCNTL, number(), F_SETLEASE, F_RDLCK) == 0;
    Kernel.call(SystemCall.FCNTL, number(), F_SETLEASE, F_UNLCK);
    return isGranted;
  }

  /** The file system of the file, which may be a link that was opened itself. */
  FileSystemStatus fileSystem() throws FileSystemException {
    Scratch scratch = Scratch.get();
    long memory = scratch.data();
    if (Kernel.host().isWide()) {
      check(Kernel.call(SystemCall.FSTATFS, number(), memory, 0));
    } else {
      check(Kernel.call(SystemCall.FSTATFS, number(), STATFS, memory));
    }
    return scratch.readFileSystem();
  }

  /**
   * Sets when the contents changed last.
   *
   * @param time in nanoseconds since 1970
   */
  public void changeModified(long time) throws FileSystemException {
    check(Kernel.call(SystemCall.UTIMENSAT, number(), 0, Scratch.get().modified(time, name), 0, 0));
  }

  /** Makes the file one that was changed just now. */
  public void touch() throws FileSystemException {
    check(Kernel.call(SystemCall.UTIMENSAT, number(), 0, 0, 0, 0));
  }

  /** Makes this file, which is empty, share all blocks of another; false if that cannot be done. */
  public boolean cloneFrom(Descriptor other) {
    isWritten = true;
    return Kernel.call(SystemCall.IOCTL, number(), Kernel.host().cloneRequest(), other.number())
        == 0;
  }

  /**
   * Copies bytes of another file to the same place in this one, in the kernel.
   *
   * @param position memory for two offsets, which this changes
   * @return how many; 0 at the other file's end
   */
  public long copyFrom(Descriptor other, long offset, long length, ByteBuffer position)
      throws FileSystemException {
    isWritten = true;
    position.putLong(0, offset).putLong(Long.BYTES, offset);
    long from = Kernel.address(position);
    return check(
        Kernel.call(
            SystemCall.COPY_FILE_RANGE,
            other.number(),
            from,
            number(),
            from + Long.BYTES,
            Math.min(length, COPY),
            0));
  }

  /** The offset of the first data from {@code offset} on; empty if only a hole follows. */
  public Optional<Long> data(long offset) throws FileSystemException {
    long found = seek(offset, SEEK_DATA);
    return found == -HostError.ENXIO ? Optional.empty() : Optional.of(check(found));
  }

  /** The offset of the first hole from {@code offset} on; one is at the end. */
  public long hole(long offset) throws FileSystemException {
    return check(seek(offset, SEEK_HOLE));
  }

  private long seek(long offset, int whence) {
    if (Kernel.host().isWide()) {
      return Kernel.call(SystemCall.LSEEK, number(), offset, whence);
    }
    ByteBuffer found = Kernel.allocate(Long.BYTES);
    long result =
        Kernel.call(
            SystemCall.LSEEK,
            number(),
            offset >>> 32,
            offset & 0xffff_ffffL,
            Kernel.address(found),
            whence);
    return result < 0 ? result : found.getLong(0);
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      long result = Kernel.call(SystemCall.CLOSE, number, 0, 0);
      if (isWritten) {
        check(result);
      }
    }
  }
}
