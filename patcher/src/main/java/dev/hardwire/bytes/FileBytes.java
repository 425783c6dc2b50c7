package dev.hardwire.bytes;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;

/**
 * An open file of which only the requested parts are read. Only a few blocks of it are in memory.
 *
 * <p>Replacing the file under its name does not affect the bytes read; changing the file in place
 * does. If it can no longer be read, its views throw {@link UncheckedIOException}, and after it was
 * closed {@link IllegalStateException}, unless they still have what is read; both name the file.
 */
public final class FileBytes implements Closeable {
  /**
   * Size in bytes of the blocks in which large parts are read; each starts at a multiple of the
   * size.
   */
  public static final int BLOCK = Blocks.SIZE;

  /** Receives the blocks that are read for another purpose. */
  public interface Listener {
    /**
     * Receives a whole block, in the thread that read it.
     *
     * @param number of the block, from 0
     * @param block valid until this method returns
     */
    void take(int number, ByteBuffer block);
  }

  private final Path path;
  private final Path opened;
  private final FileChannel channel;
  private final long size;
  private final FileStamp state;
  private volatile boolean closed;
  private volatile Listener listener = (number, block) -> {};

  private FileBytes(Path path, Path opened, FileChannel channel, FileStamp state)
      throws IOException {
    this.path = path;
    this.opened = opened;
    this.channel = channel;
    this.state = state;
    this.size = channel.size();
  }

  public static FileBytes open(Path path) throws IOException {
    return open(path, path);
  }

  /**
   * Opens a file.
   *
   * @param path its name, for messages
   * @param opened a name that stands for the same file as long as that one is needed, such as that
   *     of an open file
   */
  public static FileBytes open(Path path, Path opened) throws IOException {
    while (true) {
      FileStamp before = FileStamp.of(opened);
      FileChannel channel = FileChannel.open(opened, StandardOpenOption.READ);
      try {
        if (FileStamp.of(opened).key().equals(before.key())) {
          return new FileBytes(path, opened, channel, before);
        }
        channel.close(); // the name refers to another file now
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }
  }

  /** A little-endian view of the file, valid until the file is closed. */
  public Bytes bytes() {
    return Bytes.of(new ByteSource.OnDisk(this), size);
  }

  /** Passes every block that is read completely from now on to {@code next}. */
  public void listen(Listener next) {
    listener = next;
  }

  /** The name under which it was opened. */
  public Path path() {
    return path;
  }

  /** Size in bytes when the file was opened. */
  public long size() {
    return size;
  }

  /** The name that refers to the open file. */
  public Path opened() {
    return opened;
  }

  /** Whether the name still refers to the opened file, unchanged. */
  public boolean isUnchanged() throws IOException {
    return isAt(opened);
  }

  /** Whether both are the same file, which did not change between the times they were opened. */
  boolean isSameAs(FileBytes other) {
    return size == other.size && size == state.size() && state.equals(other.state);
  }

  /** Whether a name refers to the opened file, unchanged. */
  public boolean isAt(Path name) throws IOException {
    return size == state.size() && FileStamp.of(name).equals(state);
  }

  /**
   * Throws if the file was written to since it was opened.
   *
   * @throws FileSystemException if it was
   */
  public void requireUnchanged() throws IOException {
    if (channel.size() != size || size != state.size()) {
      throw changed();
    }
    if (Files.exists(opened)) {
      FileStamp now = FileStamp.of(opened);
      if (now.key().equals(state.key()) && !now.hasContentsOf(state)) {
        throw changed();
      }
    }
  }

  private FileSystemException changed() {
    return new FileSystemException(path.toString(), null, "the file changed while it was read");
  }

  /** Fills {@code into} with the bytes from {@code offset} on. */
  void read(long offset, ByteBuffer into) {
    try {
      int end = into.limit();
      for (long at = offset; into.position() < end; ) {
        into.limit(
            Math.min(
                end,
                into.position()
                    + Blocks.SIZE)); // Java uses a temporary buffer of this size for each read
        int count = channel.read(into, at);
        if (count < 0) {
          throw changed();
        }
        at += count;
      }
    } catch (IOException e) {
      if (closed) {
        throw new IllegalStateException(path + ": read after it was closed", e);
      }
      throw new UncheckedIOException(named(e));
    }
  }

  /** Exceptions of channels name no file, and some have no message. */
  private IOException named(IOException failure) {
    if (failure instanceof FileSystemException) {
      return failure;
    }
    String text = failure.getMessage();
    String reason = "cannot be read: " + (text == null ? failure.getClass().getSimpleName() : text);
    FileSystemException named = new FileSystemException(path.toString(), null, reason);
    named.initCause(failure);
    return named;
  }

  /** The same for a part, or all, of one block that will not be read again. */
  void readOnce(long offset, ByteBuffer into) {
    read(offset, into);
    into.flip();
    if (offset % BLOCK == 0 && into.limit() == Math.min(BLOCK, size - offset)) {
      listener.take(Math.toIntExact(offset / BLOCK), into.asReadOnlyBuffer());
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    channel.close();
  }

  /**
   * The identity and times of a file, which identify a state of its contents: if the stamp is
   * unchanged, and not so recent that two changes could have the same time, the contents are
   * unchanged.
   *
   * @param key device and inode
   * @param size in bytes
   * @param written time of the last change of the contents
   * @param changed time of the last change of contents or metadata
   */
  private record FileStamp(Object key, long size, FileTime written, FileTime changed) {
    private static final String ATTRIBUTES = "fileKey,size,lastModifiedTime,ctime";

    /** The stamp of the file at a path; links are followed. */
    static FileStamp of(Path file) throws IOException {
      return of(Files.readAttributes(file, "unix:" + ATTRIBUTES));
    }

    private static FileStamp of(Map<String, Object> all) {
      return new FileStamp(
          all.get("fileKey"),
          (Long) all.get("size"),
          (FileTime) all.get("lastModifiedTime"),
          (FileTime) all.get("ctime"));
    }

    /** Whether a file with the same inode has the contents that it had in another state. */
    boolean hasContentsOf(FileStamp other) {
      return size == other.size && written.equals(other.written);
    }

    /** Written by hand: the generated methods cost twenty milliseconds at start-up. */
    @Override
    public boolean equals(Object other) {
      return other instanceof FileStamp that
          && size == that.size
          && key.equals(that.key)
          && written.equals(that.written)
          && changed.equals(that.changed);
    }

    @Override
    public int hashCode() {
      return changed.hashCode();
    }
  }
}
