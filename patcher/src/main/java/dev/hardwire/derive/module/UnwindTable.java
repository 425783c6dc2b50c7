package dev.hardwire.derive.module;

import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The ranges of functions in {@code .eh_frame} (LSB, exception frames; DWARF 5, 6.4.1). The section
 * is found by its name, or through PT_GNU_EH_FRAME where there are no section headers.
 */
final class UnwindTable {
  static final long HEADER_TYPE = 0x6474e550L;
  private static final int OMITTED = 0xff;

  private static final int INDIRECT = 0x80;

  /**
   * What records of functions have in common (CIE).
   *
   * @param encoding of the addresses of functions
   * @param pads encoding of the address of a table of landing pads; -1 if there is none
   * @param personality the function that finds landing pads, or the word that has its address; 0
   *     for none
   */
  private record Common(int encoding, int pads, long personality) {
    static final Common PLAIN = new Common(0, -1, 0);
  }

  private final Image image;
  private final Map<Integer, Common> commons = new HashMap<>();
  private int at;
  private int end;

  /** The address of the byte at offset 0, if the table were as long. */
  private long base;

  /** Start and first address behind, one after the other. */
  private final LongList ranges = new LongList();

  /** What unwinding of functions leads to, by their starts. */
  private final NavigableMap<Long, LongList> handlers = new TreeMap<>();

  /** The starts of functions that may have landing pads. */
  private final NavigableSet<Long> landing = new TreeSet<>();

  private UnwindTable(Image image) {
    this.image = image;
  }

  /** Reads the table; it is empty if the file has none. */
  static UnwindTable of(Image image) {
    UnwindTable table = new UnwindTable(image);
    Optional<Section> section =
        image.elf().section(s -> s.name().equals(".eh_frame") && s.type() != Section.SHT_NOBITS);
    if (section.isPresent()) {
      table.read(section.get().addr(), (int) section.get().offset(), section.get().size());
    } else {
      image.elf().segment(HEADER_TYPE).ifPresent(table::throughHeader);
    }
    return table;
  }

  /** The first address of each function and the first behind it. */
  LongList ranges() {
    return ranges;
  }

  /** Whether a function that starts in a range may have landing pads. */
  boolean lands(long start, long end) {
    Long first = landing.ceiling(start);
    return first != null && first < end;
  }

  /**
   * What functions that start in a range refer to only by their records: the functions that find
   * their landing pads, and landing pads in other ranges.
   */
  void handlers(long start, long end, LongList into) {
    handlers.subMap(start, end).values().forEach(more -> more.addTo(into));
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
    base = address - start;
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
        commons.put(record, common(record));
      } else {
        function(record, body - back);
      }
      record = end;
    }
  }

  private boolean hasSection() {
    return !image.elf().sections().isEmpty();
  }

  private void function(int record, int number) {
    Common common = commons.get(number);
    if (common == null) {
      if (hasSection()) {
        throw refuse(record, "no CIE at offset 0x%x".formatted(number));
      }
      return;
    }
    long start = pointer(common.encoding(), base + at);
    long size = pointer(common.encoding() & 0x0f, 0);
    if (size > 0 && start + size > start && image.rest(start) >= size) {
      long first = startsLater(start) ? start + 1 : start;
      ranges.add(first);
      ranges.add(start + size);
      if (common.pads() >= 0) {
        landing.add(first);
      }
      if (common.personality() != 0) {
        handler(first, common.personality());
      }
      boolean lists = common.pads() >= 0 && common.pads() != OMITTED;
      if (lists && number(record) > 0) { // the size of what follows
        long place = base + at;
        long table = pointer(common.pads(), place);
        boolean none = table == 0 || table == place; // a distance of 0
        if (!none && (common.pads() & INDIRECT) == 0) {
          for (long pad : LandingPads.outside(image, table, first, start + size)) {
            handler(first, Reference.JUMP.to(pad));
          }
        }
      }
    }
  }

  private void handler(long function, long reference) {
    handlers.computeIfAbsent(function, key -> new LongList()).add(reference);
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

  private Common common(int record) {
    need(1, record);
    int version = image.u8(at++);
    int text = at;
    while (at < end && image.u8(at) != 0) {
      at++;
    }
    need(1, record);
    int textEnd = at++;
    if (text < textEnd && image.u8(text) != 'z') {
      boolean old = text + 1 < textEnd && image.u8(text) == 'e';
      return new Common(old ? OMITTED : 0, -1, 0);
    }
    if (text == textEnd) {
      return Common.PLAIN;
    }
    number(record);
    number(record);
    if (version == 1) {
      at++;
    } else {
      number(record);
    }
    number(record);
    Common common = Common.PLAIN;
    for (int i = text + 1; i < textEnd; i++) {
      switch (image.u8(i)) {
        case 'R' -> common = new Common(next(record), common.pads(), common.personality());
        case 'L' -> common = new Common(common.encoding(), next(record), common.personality());
        case 'P' ->
            common = new Common(common.encoding(), common.pads(), personality(next(record)));
        case 'S', 'B' -> {
          // flags without data
        }
        default -> {
          return common;
        }
      }
    }
    return common;
  }

  private int next(int record) {
    need(1, record);
    return image.u8(at++);
  }

  private long personality(int encoding) {
    if (encoding == OMITTED) {
      return 0;
    }
    long address = pointer(encoding, base + at);
    boolean indirect = (encoding & INDIRECT) != 0;
    return address == 0 ? 0 : (indirect ? Reference.HANDLER_SLOT : Reference.HANDLER).to(address);
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
