package dev.hardwire.os;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;

/** Native memory of a thread, for the arguments of one call. */
final class Scratch {
  /** Bytes of data that one call takes; no extended attribute has more. */
  static final int DATA = 1 << 17;

  /** Of a path with its zero, as limits.h says. */
  private static final int PATH_MAX = 4096;

  /** Bytes of a {@code struct open_how}. */
  static final int OPEN_HOW = 24;

  /** Of utimensat(2), in place of nanoseconds. */
  private static final int UTIME_OMIT = (1 << 30) - 2;

  private static final int STATUS = 2 * PATH_MAX;
  private static final int START = STATUS + FileStatus.SIZE;

  private static final ThreadLocal<Scratch> OF_THREAD =
      new ThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
          return new Scratch();
        }
      };

  private final ByteBuffer memory = Kernel.allocate(START + DATA);
  private final long address = Kernel.address(memory);

  private Scratch() {}

  static Scratch get() {
    return OF_THREAD.get();
  }

  /** Copies a name, and a zero behind it; returns its address. */
  long name(byte[] name) throws FileSystemException {
    return string(0, name);
  }

  /** The same for a second name of the same call. */
  long secondName(byte[] name) throws FileSystemException {
    return string(PATH_MAX, name);
  }

  private long string(int at, byte[] name) throws FileSystemException {
    if (name.length >= PATH_MAX) {
      throw HostError.exception(-HostError.ENAMETOOLONG, new String(name, StandardCharsets.UTF_8));
    }
    memory.put(at, name);
    memory.put(at + name.length, (byte) 0);
    return address + at;
  }

  long status() {
    return address + STATUS;
  }

  /** Writes a {@code struct open_how}; returns its address. */
  long openHow(int flags, int resolve) {
    memory.putLong(STATUS, flags).putLong(STATUS + 8, 0).putLong(STATUS + 16, resolve);
    return address + STATUS;
  }

  /** Writes two {@code struct timespec}, of which the first changes nothing. */
  long modified(long time, String shown) throws FileSystemException {
    long seconds = Math.floorDiv(time, FileStatus.NANOSECONDS);
    int nanoseconds = (int) Math.floorMod(time, FileStatus.NANOSECONDS);
    if (Kernel.host().isWide()) {
      memory.putLong(STATUS, 0).putLong(STATUS + 8, UTIME_OMIT);
      memory.putLong(STATUS + 16, seconds).putLong(STATUS + 24, nanoseconds);
    } else if (seconds == (int) seconds) {
      memory.putInt(STATUS, 0).putInt(STATUS + 4, UTIME_OMIT);
      memory.putInt(STATUS + 8, (int) seconds).putInt(STATUS + 12, nanoseconds);
    } else {
      throw new FileSystemException(shown, null, "its time is beyond the year 2038");
    }
    return address + STATUS;
  }

  FileStatus readStatus() {
    return FileStatus.read(memory, STATUS);
  }

  /** The address of {@link #DATA} bytes. */
  long data() {
    return address + START;
  }

  FileSystemStatus readFileSystem() {
    return FileSystemStatus.read(memory, START);
  }

  /** The bytes there. */
  byte[] copy(int length) {
    byte[] copy = new byte[length];
    memory.get(START, copy);
    return copy;
  }

  void put(byte[] bytes) {
    memory.put(START, bytes);
  }

  void read(ByteBuffer into, int length) {
    into.put(memory.duplicate().limit(START + length).position(START));
  }

  /** Copies at most {@link #DATA} bytes; returns how many. */
  int write(ByteBuffer from) {
    int length = Math.min(from.remaining(), DATA);
    memory.duplicate().position(START).put(from.duplicate().limit(from.position() + length));
    return length;
  }

  /**
   * The bytes of a path. Java shows those that the locale cannot decode as another character, but
   * puts them into addresses as they are.
   */
  static byte[] bytes(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new IllegalArgumentException(path + " is a path of another file system");
    }
    String text = path.toString();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return decode(path.toUri());
      }
    }
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] decode(URI address) {
    String text = address.getRawPath();
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next == '%') {
        next = (char) Integer.parseInt(text, i + 1, i + 3, 16);
        i += 2;
      }
      bytes[length++] = (byte) next;
    }
    boolean slash = length > 1 && bytes[length - 1] == '/'; // Java ends a directory so
    return Arrays.copyOf(bytes, slash ? length - 1 : length);
  }

  /** The bytes of the last part of a path. */
  static byte[] lastName(Path path) {
    byte[] all = bytes(path.getFileName());
    int start = all.length;
    while (start > 0 && all[start - 1] != '/') {
      start--;
    }
    return Arrays.copyOfRange(all, start, all.length);
  }
}
