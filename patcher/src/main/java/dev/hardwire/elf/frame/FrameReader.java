package dev.hardwire.elf.frame;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import java.util.Optional;

/** Reads numbers in the forms of DWARF 5, 7.6, one after the other. */
public final class FrameReader {
  /** The encoding of a pointer that is not there (LSB, DW_EH_PE_omit). */
  public static final int OMITTED = 0xff;

  /** Set if a pointer leads to a word that has the address (LSB, DW_EH_PE_indirect). */
  public static final int INDIRECT = 0x80;

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
  public FrameReader(Bytes bytes, long address, int wordSize) {
    this.bytes = bytes;
    this.address = address;
    this.wordSize = wordSize;
    this.end = bytes.size();
  }

  /**
   * Starts at an address of a file, and ends with the segment.
   *
   * @return empty if the file has no byte for the address
   */
  public static Optional<FrameReader> of(ElfFile elf, long address) {
    return elf.from(address)
        .map(bytes -> new FrameReader(bytes, address, elf.header().elfClass().wordSize()));
  }

  /** A part of the same bytes. */
  public FrameReader part(long from, long to) {
    bytes.require(from >= 0 && from <= to && to <= bytes.size(), from, "a part is out of bounds");
    FrameReader part = new FrameReader(bytes, address, wordSize);
    part.at = from;
    part.end = to;
    return part;
  }

  /** How many bytes are before the next one. */
  public long at() {
    return at;
  }

  /** The address of the next byte. */
  public long address() {
    return address + at;
  }

  public void skip(long count) {
    need(count);
    at += count;
  }

  public boolean hasMore() {
    return at < end;
  }

  public long rest() {
    return end - at;
  }

  private void need(long count) {
    if (count < 0 || count > end - at) {
      throw new BytesException(at, "the record is too short");
    }
  }

  public int u8() {
    need(1);
    return bytes.u8(at++);
  }

  public int u16() {
    need(2);
    at += 2;
    return bytes.u16(at - 2);
  }

  public long u32() {
    need(4);
    at += 4;
    return bytes.u32(at - 4);
  }

  private long u64() {
    need(8);
    at += 8;
    return bytes.u64(at - 8);
  }

  private long word() {
    return wordSize == Long.BYTES ? u64() : u32();
  }

  /** An unsigned LEB128 number. */
  public long unsigned() {
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
  public long signed() {
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
  public long pointer(int encoding) {
    long here = address();
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
