package dev.hardwire.derive.module;

/**
 * The table of a function's landing pads: where unwinding of the stack may go on (Itanium C++ ABI,
 * exception handling tables; LSB, DW_EH_PE). Most lie in the function; where a compiler has put
 * parts of it elsewhere, nothing but this table leads to some of them.
 */
final class LandingPads {
  private static final int OMITTED = 0xff;

  /** More than any function has. */
  private static final int MOST = 1 << 20;

  private static final long[] NONE = {};

  private final Image image;
  private int at;
  private int end;
  private boolean damaged;

  private LandingPads(Image image, long table) {
    this.image = image;
    this.at = image.offset(table);
    this.end = at + image.rest(table);
  }

  /**
   * The landing pads that are not in a range; none if the table has another form, as those of
   * personality functions that are not known may have.
   */
  static long[] outside(Image image, long table, long start, long behind) {
    LandingPads pads = new LandingPads(image, table);
    return pads.at < 0 ? NONE : pads.read(table - pads.at, start, behind);
  }

  private long[] read(long base, long start, long behind) {
    int encoding = next();
    long from = encoding == OMITTED ? start : pointer(encoding, base);
    encoding = next();
    if (encoding != OMITTED) {
      number(); // where the table of types ends
    }
    encoding = next();
    long size = number();
    if (damaged || size < 0 || size > end - at || size > MOST) {
      return NONE;
    }
    end = (int) (at + size);
    LongList found = new LongList();
    while (at < end && !damaged) {
      pointer(encoding, base);
      pointer(encoding, base);
      long pad = pointer(encoding, base);
      number(); // what the personality function does there
      long address = from + pad;
      boolean outside = address < start || address >= behind;
      if (!damaged && pad != 0 && outside && image.elf().isExecutable(address)) {
        found.add(address);
      }
    }
    return found.sorted();
  }

  private int next() {
    damaged |= at >= end;
    return damaged ? OMITTED : image.u8(at++);
  }

  private long number() {
    long value = 0;
    for (int shift = 0; !damaged; shift += 7) {
      int next = next();
      value |= shift < Long.SIZE ? (long) (next & 0x7f) << shift : 0;
      if (next < 0x80) {
        break;
      }
    }
    return value;
  }

  private long pointer(int encoding, long base) {
    long place = base + at;
    if ((encoding & 0x0f) == 1) {
      return number();
    }
    int size =
        switch (encoding & 0x0f) {
          case 0, 4, 12 -> Long.BYTES;
          case 2, 10 -> Short.BYTES;
          case 3, 11 -> Integer.BYTES;
          default -> 0;
        };
    damaged |= size == 0 || size > end - at;
    if (damaged) {
      return 0;
    }
    boolean signed = (encoding & 8) != 0;
    long value =
        switch (size) {
          case Short.BYTES -> signed ? (short) image.u16(at) : image.u16(at);
          case Integer.BYTES -> signed ? image.i32(at) : image.u32(at);
          default -> image.i64(at);
        };
    at += size;
    return (encoding & 0x70) == 0x10 ? value + place : value;
  }
}
