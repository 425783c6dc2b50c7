package dev.hardwire.derive.module;

import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The ranges of functions in {@code .eh_frame} (LSB, exception frames; DWARF 5, 6.4.1). The section
 * is found by its name, or through PT_GNU_EH_FRAME where there are no section headers.
 */
final class UnwindTable {
  private static final long HEADER_TYPE = 0x6474e550L;
  private static final int OMITTED = 0xff;

  /** Beside an encoding: functions may have landing pads. */
  private static final int LANDS = 0x100;

  private final Image image;
  private final Map<Integer, Integer> encodings = new HashMap<>();
  private int at;
  private int end;

  /** Start and first address behind, one after the other, and whether it has landing pads. */
  private final LongList ranges = new LongList();

  private UnwindTable(Image image) {
    this.image = image;
  }

  /** The first address of a function, the first behind it, and 1 if it may have landing pads. */
  static LongList ranges(Image image) {
    UnwindTable table = new UnwindTable(image);
    Optional<Section> section =
        image.elf().section(s -> s.name().equals(".eh_frame") && s.type() != Section.SHT_NOBITS);
    if (section.isPresent()) {
      table.read(section.get().addr(), (int) section.get().offset(), section.get().size());
    } else {
      image.elf().segment(HEADER_TYPE).ifPresent(table::throughHeader);
    }
    return table.ranges;
  }

  private ElfFormatException refuse(int offset, String reason) {
    return new ElfFormatException(Refusal.BAD_SECTIONS, offset, ".eh_frame", reason);
  }

  private void throughHeader(ProgramHeader header) {
    at = (int) header.offset();
    end = (int) header.fileEnd();
    if (end - at < 8 || image.u8(at) != 1 || image.u8(at + 1) == OMITTED) {
      return;
    }
    int encoding = image.u8(at + 1);
    at += 4;
    long address = pointer(encoding, header.vaddr() + 4);
    int offset = image.offset(address);
    if (offset < 0) {
      throw refuse(
          (int) header.offset(), "the table at 0x%x is not in the file".formatted(address));
    }
    read(address, offset, image.rest(address));
  }

  private void read(long address, int start, long size) {
    int limit = (int) (start + size);
    int record = start;
    while (limit - record >= 4) {
      long length = image.u32(record);
      int body = record + 4;
      if (length == 0) { // ends the table of one object file; others may follow
        record = body;
        continue;
      }
      if (length == 0xffff_ffffL || length > limit - body || length < 4) {
        if (record == start || hasSection()) {
          throw refuse(record, "the record of 0x%x bytes ends past the table".formatted(length));
        }
        return; // without section headers the end of the table is not known
      }
      end = (int) (body + length);
      int back = image.i32(body);
      at = body + 4;
      if (back == 0) {
        encodings.put(record, encoding(record));
      } else {
        function(record, body - back, address + (body + 4 - start));
      }
      record = end;
    }
  }

  private boolean hasSection() {
    return !image.elf().sections().isEmpty();
  }

  private void function(int record, int common, long address) {
    Integer encoding = encodings.get(common);
    if (encoding == null) {
      if (hasSection()) {
        throw refuse(record, "no CIE at offset 0x%x".formatted(common));
      }
      return;
    }
    int before = at;
    long start = pointer(encoding, address);
    long size = pointer(encoding & 0x0f, address + (at - before));
    if (size > 0 && start + size > start && image.rest(start) >= size) {
      ranges.add(startsLater(start) ? start + 1 : start);
      ranges.add(start + size);
      ranges.add((encoding & LANDS) != 0 ? 1 : 0);
    }
  }

  /**
   * Whether code begins a byte behind the start of its range: that of the function that returns
   * from signal handlers does, so that unwinders, which look at the byte before, find it.
   */
  private boolean startsLater(long start) {
    int code = image.offset(start) + 1;
    return image.hasBytes(start, 10)
        && image.i32(code) == 0x0fc0c748
        && image.i32(code + 4) == 0x0f000000
        && image.u8(code + 8) == 5;
  }

  /** How a CIE says that its functions' addresses are written. */
  private int encoding(int record) {
    need(1, record);
    int version = image.u8(at++);
    int text = at;
    while (at < end && image.u8(at) != 0) {
      at++;
    }
    need(1, record);
    int textEnd = at++;
    if (text < textEnd && image.u8(text) != 'z') {
      return text + 1 < textEnd && image.u8(text) == 'e' ? OMITTED : 0;
    }
    if (text == textEnd) {
      return 0;
    }
    number(record);
    number(record);
    if (version == 1) {
      at++;
    } else {
      number(record);
    }
    number(record);
    int encoding = 0;
    int lands = 0;
    for (int i = text + 1; i < textEnd; i++) {
      switch (image.u8(i)) {
        case 'R' -> {
          need(1, record);
          encoding = image.u8(at++);
        }
        case 'L' -> {
          lands = LANDS;
          at++;
        }
        case 'P' -> {
          need(1, record);
          pointer(image.u8(at++) & 0x0f, 0);
        }
        case 'S', 'B' -> {
          // flags without data
        }
        default -> {
          return encoding | lands;
        }
      }
    }
    return encoding | lands;
  }

  private void need(int count, int record) {
    if (end - at < count) {
      throw refuse(record, "the record is too short");
    }
  }

  private long number(int record) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      need(1, record);
      int next = image.u8(at++);
      value |= shift < 64 ? (long) (next & 0x7f) << shift : 0;
      if (next < 0x80) {
        return value;
      }
    }
  }

  /** A pointer in an encoding (LSB, DW_EH_PE). */
  private long pointer(int encoding, long address) {
    int size =
        switch (encoding & 0x0f) {
          case 0, 4, 12 -> 8;
          case 2, 10 -> 2;
          case 3, 11 -> 4;
          default ->
              throw refuse(at, "pointers have the unknown encoding 0x%x".formatted(encoding));
        };
    need(size, at);
    long value =
        switch (size) {
          case 2 -> (encoding & 8) != 0 ? (short) image.u16(at) : image.u16(at);
          case 4 -> (encoding & 8) != 0 ? image.i32(at) : image.u32(at);
          default -> image.i64(at);
        };
    at += size;
    return (encoding & 0x70) == 0x10 ? value + address : value;
  }
}
