package dev.hardwire.stub;

/** One argument of a step, as the stub computes it when it runs. */
public sealed interface Argument {
  /** Bytes of the stub's scratch area that a setup program may use. */
  int SCRATCH_SIZE = 504;

  /** The kind in a record. */
  int kind();

  /** Its 64 bits in a record, before the address of the data is added. */
  long bits();

  /** The value itself. */
  record Value(long bits) implements Argument {
    @Override
    public int kind() {
      return 0;
    }
  }

  /**
   * The address of a byte of the program's data.
   *
   * @param bits offset from the start of the data
   */
  record DataPointer(long bits) implements Argument {
    @Override
    public int kind() {
      return 1;
    }
  }

  /**
   * An address in the memory of the program: the blob's address plus a number, which is the same
   * wherever the program is loaded. What lies behind the start of the data is a {@link
   * DataPointer}.
   *
   * @param bits the number; mostly negative, since the blob is the last segment
   */
  record ImagePointer(long bits) implements Argument {
    @Override
    public int kind() {
      return 1;
    }
  }

  /**
   * The address of a byte of the scratch area.
   *
   * @param bits offset from its start
   */
  record ScratchPointer(long bits) implements Argument {
    public ScratchPointer {
      requireScratch(bits, 1);
    }

    @Override
    public int kind() {
      return 2;
    }
  }

  /**
   * The word stored in the scratch area.
   *
   * @param bits offset from its start
   */
  record ScratchWord(long bits) implements Argument {
    public ScratchWord {
      requireScratch(bits, Long.BYTES);
    }

    @Override
    public int kind() {
      return 3;
    }
  }

  /** Throws unless {@code size} bytes at {@code offset} lie in the scratch area. */
  static void requireScratch(long offset, int size) {
    if (offset < 0 || offset > SCRATCH_SIZE - size) {
      throw new IllegalArgumentException(
          "scratch offset " + offset + " is outside 0.." + (SCRATCH_SIZE - size));
    }
  }
}
