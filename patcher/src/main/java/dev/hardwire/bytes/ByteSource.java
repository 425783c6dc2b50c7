package dev.hardwire.bytes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A source of bytes. Callers check bounds. */
sealed interface ByteSource {
  /**
   * Bytes that are in memory now.
   *
   * @param start offset of the first of them in the source
   * @param buffer little-endian, from index 0 to its limit
   */
  record Window(long start, ByteBuffer buffer) {}

  /** Some bytes around an offset, at least the byte at the offset. */
  Window window(long offset);

  /**
   * Bytes to be read once.
   *
   * @param length at least 1
   * @param scratch may be used to hold them
   * @return at least one of {@code length} bytes from {@code offset}
   */
  ByteBuffer block(long offset, long length, ByteBuffer scratch);

  /** Copies bytes to {@code [at, at + length)} of an array. */
  void read(long offset, byte[] into, int at, int length);

  /** An array. */
  final class Memory implements ByteSource {
    private final byte[] array;
    private final Window all;

    Memory(byte[] array) {
      this.array = array;
      this.all = new Window(0, ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN));
    }

    byte[] array() {
      return array;
    }

    @Override
    public Window window(long offset) {
      return all;
    }

    @Override
    public ByteBuffer block(long offset, long length, ByteBuffer scratch) {
      return all.buffer().slice((int) offset, (int) length);
    }

    @Override
    public void read(long offset, byte[] into, int at, int length) {
      System.arraycopy(array, (int) offset, into, at, length);
    }
  }

  /** Any number of zeros. */
  final class Zeros implements ByteSource {
    static final Zeros STORE = new Zeros();
    private static final ByteBuffer ZEROS =
        ByteBuffer.allocate(Blocks.SIZE).order(ByteOrder.LITTLE_ENDIAN);

    private Zeros() {}

    @Override
    public Window window(long offset) {
      return new Window(offset & -Blocks.SIZE, ZEROS);
    }

    @Override
    public ByteBuffer block(long offset, long length, ByteBuffer scratch) {
      return ZEROS.slice(0, (int) Math.min(length, Blocks.SIZE));
    }

    @Override
    public void read(long offset, byte[] into, int at, int length) {
      Arrays.fill(into, at, at + length, (byte) 0);
    }
  }

  /** An open file. */
  final class OnDisk implements ByteSource {
    static final int WINDOW = 1 << 16;
    private static final int WINDOWS = 32;

    private final FileBytes file;

    /**
     * Blocks by position. Each entry is a complete block, so threads may replace each other's
     * entries.
     */
    private final Window[] windows = new Window[WINDOWS];

    OnDisk(FileBytes file) {
      this.file = file;
    }

    FileBytes file() {
      return file;
    }

    @Override
    public Window window(long offset) {
      long start = offset & -WINDOW;
      int place = (int) (start / WINDOW % WINDOWS);
      Window window = windows[place];
      if (window == null || window.start() != start) {
        byte[] bytes = new byte[(int) Math.min(WINDOW, file.size() - start)];
        file.read(start, ByteBuffer.wrap(bytes));
        window = new Window(start, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        windows[place] = window;
      }
      return window;
    }

    @Override
    public ByteBuffer block(long offset, long length, ByteBuffer scratch) {
      if (length <= WINDOW) {
        Window window = window(offset);
        int index = (int) (offset - window.start());
        return window
            .buffer()
            .slice(index, (int) Math.min(length, window.buffer().limit() - index));
      }
      scratch.clear().limit((int) Math.min(length, FileBytes.BLOCK - offset % FileBytes.BLOCK));
      file.readOnce(offset, scratch);
      return scratch;
    }

    @Override
    public void read(long offset, byte[] into, int at, int length) {
      long end = offset + length;
      if (offset / WINDOW == (end - 1) / WINDOW) {
        Window window = window(offset);
        window.buffer().get((int) (offset - window.start()), into, at, length);
      } else {
        file.read(offset, ByteBuffer.wrap(into, at, length));
      }
    }
  }
}
