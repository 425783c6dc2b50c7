package dev.hardwire.derive.module;

import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The words of a file's data that hold addresses when the program runs, by their own addresses.
 *
 * <p>In position-independent files these are the places of dynamic relocations (x86-64 psABI,
 * 4.4.1), in others also aligned words whose value is an address of the file, except in the table
 * of symbols: what the dynamic linker does with these is known.
 */
public final class Slots {
  /** What a slot holds. */
  public enum Content {
    /** The address {@link #value}. */
    ADDRESS,
    /** The address of the symbol with index {@link #value}. */
    SYMBOL,
    /** The same, in the global offset table: nothing but the word itself is read there. */
    GOT,
    /** What the function at {@link #value} returns (R_X86_64_IRELATIVE). */
    RESOLVED,
    /** The start of a copy of the symbol with index {@link #value} (R_X86_64_COPY). */
    COPY
  }

  private static final Content[] CONTENTS = Content.values();
  private static final int ENTRY = 24;
  private static final int R_64 = 1;
  private static final int R_COPY = 5;
  private static final int R_GLOB_DAT = 6;
  private static final int R_JUMP_SLOT = 7;
  private static final int R_RELATIVE = 8;
  private static final int R_IRELATIVE = 37;

  private final Image image;
  private final Symbols symbols;

  /** Three numbers for each slot: address, content, value. */
  private final LongList raw = new LongList();

  private long[] addresses;
  private AddressIndex index;
  private byte[] contents;
  private boolean copies;
  private long[] values;

  /** The addresses of code that slots hold, ascending. */
  private long[] code;

  private final List<Section> tables;

  Slots(Image image, Symbols symbols) {
    this.image = image;
    this.symbols = symbols;
    this.tables =
        image.elf().sections().stream()
            .filter(section -> section.name().equals(".got") || section.name().equals(".got.plt"))
            .toList();
    relocations(DynamicTag.RELA, DynamicTag.RELASZ);
    relocations(DynamicTag.JMPREL, DynamicTag.PLTRELSZ);
    packed();
    if (image.elf().dynamic().isEmpty()) {
      for (Section section : image.elf().sections()) {
        if (section.isAllocated() && section.type() == Section.SHT_RELA) {
          table((int) section.offset(), section.size());
        }
      }
    }
    if (image.isFixed()) {
      words();
    }
    sort();
  }

  private void sort() {
    int count = raw.size() / 3;
    Integer[] order = new Integer[count];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order,
        (a, b) -> {
          int byAddress = Long.compare(raw.get(3 * a), raw.get(3 * b));
          return byAddress != 0 ? byAddress : Integer.compare(a, b);
        });
    addresses = new long[count];
    contents = new byte[count];
    values = new long[count];
    int size = 0;
    for (int i = 0; i < count; i++) {
      int at = 3 * order[i];
      if (size > 0 && addresses[size - 1] == raw.get(at) && contents[size - 1] != 4) {
        continue; // a relocation comes before the word in its place
      }
      addresses[size] = raw.get(at);
      contents[size] = (byte) raw.get(at + 1);
      values[size++] = raw.get(at + 2);
      copies |= content(size - 1) == Content.COPY;
    }
    addresses = Arrays.copyOf(addresses, size);
    index = new AddressIndex(addresses);
    code =
        IntStream.range(0, size)
            .filter(i -> content(i) == Content.ADDRESS && image.elf().isExecutable(values[i]))
            .mapToLong(i -> values[i])
            .sorted()
            .distinct()
            .toArray();
    raw.clear();
  }

  @SuppressWarnings("EnumOrdinal") // not stored: only how tables of millions are kept small
  private void add(long address, Content content, long value) {
    raw.add(address);
    raw.add(content.ordinal());
    raw.add(value);
  }

  private void relocations(long tag, long sizeTag) {
    long size = image.elf().dynamicValue(sizeTag).orElse(0);
    long address = image.elf().dynamicValue(tag).orElse(0);
    if (size != 0 && address != 0) {
      table(image.table(address, size, DynamicTag.nameOf(tag)), size);
    }
  }

  private void table(int start, long size) {
    for (int at = start; at + ENTRY <= start + size; at += ENTRY) {
      long address = image.i64(at);
      long info = image.i64(at + 8);
      long addend = image.i64(at + 16);
      long symbol = info >>> 32;
      switch ((int) info) {
        case R_RELATIVE -> add(address, Content.ADDRESS, addend);
        case R_IRELATIVE -> add(address, Content.RESOLVED, addend);
        case R_64 -> symbolic(address, symbol, Content.SYMBOL, addend);
        case R_GLOB_DAT, R_JUMP_SLOT -> symbolic(address, symbol, Content.GOT, 0);
        case R_COPY -> symbolic(address, symbol, Content.COPY, 0);
        default -> {
          // numbers of thread-local storage, which are no addresses of code
        }
      }
    }
  }

  private void symbolic(long address, long symbol, Content content, long addend) {
    if (symbol == 0) {
      add(address, Content.ADDRESS, addend);
    } else if (!symbols.contains(symbol)) {
      throw new ElfFormatException(
          Refusal.BAD_RELOCATIONS, 0, "r_info", "symbol %d is not in the file".formatted(symbol));
    } else if (addend != 0 && symbols.isDefined((int) symbol)) {
      add(address, Content.ADDRESS, symbols.value((int) symbol) + addend);
    } else {
      add(address, content, symbol);
    }
  }

  /** RELR: places, and bitmaps of the words that follow them (gABI). */
  private void packed() {
    long size = image.elf().dynamicValue(DynamicTag.RELRSZ).orElse(0);
    long address = image.elf().dynamicValue(DynamicTag.RELR).orElse(0);
    if (size == 0 || address == 0) {
      return;
    }
    int start = image.table(address, size, "DT_RELR");
    long place = 0;
    for (int at = start; at + 8 <= start + size; at += 8) {
      long entry = image.i64(at);
      if ((entry & 1) == 0) {
        add(entry, Content.ADDRESS, image.word(entry));
        place = entry + 8;
        continue;
      }
      for (int bit = 1; bit < 64; bit++) {
        if ((entry >>> bit & 1) != 0) {
          long word = place + (bit - 1) * 8L;
          add(word, Content.ADDRESS, image.word(word));
        }
      }
      place += 63 * 8L;
    }
  }

  /**
   * Without relocations, every aligned word of data that looks like an address may be one. Where
   * structures are packed, which Go does not, addresses of code may be at any place.
   */
  private void words() {
    for (ProgramHeader load : image.elf().loads()) {
      if ((load.flags() & ProgramHeader.PF_X) == 0) {
        words(load.vaddr(), load.vaddr() + load.filesz());
      }
    }
    for (Section section : image.elf().sections()) {
      boolean data =
          section.isReadOnlyData()
              && section.type() == Section.SHT_PROGBITS
              && !section.name().startsWith(".eh_frame");
      if (data && image.elf().isExecutable(section.addr())) {
        words(section.addr(), section.addr() + section.size());
      }
    }
  }

  private void words(long from, long to) {
    Section table = image.elf().section(GoCode::isTable).orElse(null);
    if (table != null && table.addr() >= from && table.addr() + table.size() <= to) {
      long behind = table.addr() + table.size();
      plainWords(from, table.addr()); // in between, Go 1.16 has addresses to find names by
      plainWords(behind, to);
    } else {
      plainWords(from, to);
    }
  }

  private void plainWords(long from, long to) {
    int start = image.offset(from);
    boolean aligned = image.isGo();
    long limit = start < 0 ? -1 : Math.min(to - from, image.bytes().length - start) - Long.BYTES;
    for (int at = aligned ? (int) (-from & 7) : 0; at <= limit; at += aligned ? 8 : 1) {
      long value = image.i64(start + at);
      if (value >>> 48 == 0
          && value != 0
          && !symbols.isPartOfTable(from + at)
          && ((from + at) % Long.BYTES == 0
              ? image.isMapped(value)
              : image.elf().isExecutable(value))) {
        add(from + at, Content.ADDRESS, value);
      }
    }
  }

  /**
   * The addresses of code in a range that slots hold, ascending.
   *
   * @param end the first address behind the range
   */
  public long[] code(long start, long end) {
    return Functions.between(code, start, end);
  }

  /** Whether a slot at an address holds that of a symbol with a name. */
  boolean names(long address, String name) {
    int slot = at(address);
    return slot >= 0
        && content(slot) == Content.GOT
        && symbols.name((int) values[slot]).equals(name);
  }

  public int count() {
    return addresses.length;
  }

  /** The index of the first slot at or behind an address. */
  public int from(long address) {
    return index.from(address);
  }

  /** The index of the slot at an address; -1 if there is none. */
  public int at(long address) {
    return index.at(address);
  }

  public long address(int index) {
    return addresses[index];
  }

  /** Whether a slot has an address, other than through a symbol. */
  public boolean has(long address) {
    for (int i = 0; i < addresses.length; i++) {
      if (values[i] == address && content(i) == Content.ADDRESS) {
        return true;
      }
    }
    return false;
  }

  public Content content(int index) {
    return CONTENTS[contents[index]];
  }

  /**
   * Whether a slot is an entry of the global offset table: code names each of them that it reads.
   */
  public boolean isEntry(int index) {
    if (content(index) == Content.GOT) {
      return true;
    }
    for (Section table : tables) {
      long within = addresses[index] - table.addr();
      if (within >= 0 && within < table.size()) {
        return true;
      }
    }
    return false;
  }

  /** Whether objects of other files are copied into the file. */
  public boolean hasCopies() {
    return copies;
  }

  /** An address or the index of a symbol, as the content says. */
  public long value(int index) {
    return values[index];
  }
}
