package dev.hardwire.why.code;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;

/** Reads numbers in the forms of DWARF 5, 7.6, one after the other. */
final class Dwarf {
  static final int OMITTED = 0xff;

  private final Bytes bytes;

  /** The address of the first byte. */
  private final long address;

  private final int wordSize;
  private long at;
  private long end;

  /**
   * Starts at the first byte.
   *
   * @param address of the first byte in memory, or in the file
   * @param wordSize of an address, in bytes
   */
  Dwarf(Bytes bytes, long address, int wordSize) {
    this.bytes = bytes;
    this.address = address;
    this.wordSize = wordSize;
    this.end = bytes.size();
  }

  /** A part of the same bytes. */
  Dwarf part(long from, long to) {
    bytes.require(from >= 0 && from <= to && to <= bytes.size(), from, "a part is out of bounds");
    Dwarf part = new Dwarf(bytes, address, wordSize);
    part.at = from;
    part.end = to;
    return part;
  }

  long at() {
    return at;
  }

  void skip(long count) {
    need(count);
    at += count;
  }

  boolean hasMore() {
    return at < end;
  }

  long rest() {
    return end - at;
  }

  private void need(long count) {
    if (count < 0 || count > end - at) {
      throw new BytesException(at, "the record is too short");
    }
  }

  int u8() {
    need(1);
    return bytes.u8(at++);
  }

  int u16() {
    need(2);
    at += 2;
    return bytes.u16(at - 2);
  }

  long u32() {
    need(4);
    at += 4;
    return bytes.u32(at - 4);
  }

  long u64() {
    need(8);
    at += 8;
    return bytes.u64(at - 8);
  }

  long word() {
    return wordSize == Long.BYTES ? u64() : u32();
  }

  /** An unsigned LEB128 number. */
  long unsigned() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int next = u8();
      value |= shift < Long.SIZE ? (long) (next & 0x7f) << shift : 0;
      if (next < 0x80) {
        return value;
      }
    }
  }

  /** A signed LEB128 number. */
  long signed() {
    long value = 0;
    int shift = 0;
    int next;
    do {
      next = u8();
      value |= shift < Long.SIZE ? (long) (next & 0x7f) << shift : 0;
      shift += 7;
    } while (next >= 0x80);
    return shift < Long.SIZE && (next & 0x40) != 0 ? value | -1L << shift : value;
  }

  /** A pointer in an encoding of the LSB (DW_EH_PE): absolute, or relative to its own place. */
  long pointer(int encoding) {
    long here = address + at;
    long value =
        switch (encoding & 0x0f) {
          case 0 -> word();
          case 1 -> unsigned();
          case 2 -> u16();
          case 3 -> u32();
          case 4, 12 -> u64();
          case 9 -> signed();
          case 10 -> (short) u16();
          case 11 -> (int) u32();
          default -> throw unknown(encoding);
        };
    return switch (encoding & 0x70) {
      case 0 -> masked(value);
      case 0x10 -> masked(value + here);
      default -> throw unknown(encoding);
    };
  }

  private BytesException unknown(int encoding) {
    return new BytesException(at, "unknown encoding 0x%x of a pointer".formatted(encoding));
  }

  private long masked(long value) {
    return wordSize == Long.BYTES ? value : value & 0xffff_ffffL;
  }
}
