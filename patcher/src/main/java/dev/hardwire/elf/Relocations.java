package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * The dynamic relocations of a file, found through its dynamic section and, in static programs,
 * through the sections of type SHT_REL and SHT_RELA that are loaded.
 *
 * <p>The tables can hold a hundred thousand entries and only those that touch one place are of
 * interest, so they are scanned in place and only matches become objects.
 */
public final class Relocations {
  /** The largest number of matches in a table. */
  private static final int ENOUGH = 16;

  private final ElfFile elf;
  private final TableReader reader;
  private final ElfClass elfClass;
  private final RelocationReach reach;
  private volatile List<Table> tables;

  Relocations(ElfFile elf, TableReader reader) {
    this.elf = elf;
    this.reader = reader;
    this.elfClass = elf.header().elfClass();
    this.reach = new RelocationReach(elf);
  }

  /** A table in the file: where, how many bytes, of which kind, and where it writes. */
  private record Table(Relocation.Kind kind, long offset, long size, Span span) {}

  /** Addresses between which all relocations of a table write. */
  private record Span(long start, long end) {
    /** Below, sums and differences of addresses are what they are without a limit. */
    private static final long LARGEST = 1L << 61;

    private static final Span EVERYWHERE = new Span(Long.MIN_VALUE, Long.MAX_VALUE);

    private static boolean isUsual(long value) {
      return value >= 0 && value <= LARGEST;
    }

    boolean meets(long address, long size) {
      return start < 0 || !isUsual(address) || (address < end && start - address < size);
    }
  }

  /**
   * The relocations that write to {@code [address, address + size)}; of many, the first of each
   * table.
   *
   * @throws ElfFormatException where a table does not lie in the file
   */
  public List<Relocation> touching(long address, long size) {
    List<Relocation> found = new ArrayList<>();
    for (Table table : tables()) {
      if (!table.span().meets(address, size)) {
        continue;
      }
      if (table.kind() == Relocation.Kind.RELR) {
        scanRelr(table, address, size, found);
      } else {
        scan(table, address, size, found);
      }
    }
    return found;
  }

  /**
   * The relocations by symbols that a condition accepts.
   *
   * @param wanted takes indexes of dynamic symbols
   * @throws ElfFormatException where a table does not lie in the file, or many are found
   */
  public List<Relocation> naming(LongPredicate wanted) {
    List<Relocation> found = new ArrayList<>();
    for (Table table : tables()) {
      if (table.kind() != Relocation.Kind.RELR) {
        naming(table, wanted, found);
      }
    }
    return found;
  }

  private void naming(Table table, LongPredicate wanted, List<Relocation> found) {
    boolean rela = table.kind() == Relocation.Kind.RELA;
    int size = rela ? elfClass.relaSize() : elfClass.relSize();
    for (long at = table.offset(); at + size <= table.offset() + table.size(); at += size) {
      long info = elf.header().readWord(elf.bytes(), at + elfClass.wordSize());
      long symbol = elfClass == ElfClass.CLASS64 ? info >>> 32 : info >>> 8;
      if (symbol != 0 && wanted.test(symbol)) {
        found.add(rela ? reader.rela(at) : reader.rel(at));
        TableReader.requireFew(found.size(), at, "r_info");
      }
    }
  }

  private List<Table> tables() {
    if (tables == null) {
      tables = List.copyOf(findTables());
    }
    return tables;
  }

  private static boolean touches(long place, long reach, long address, long size) {
    return place - address < size && address - place < reach;
  }

  private void scan(Table table, long address, long size, List<Relocation> found) {
    boolean rela = table.kind() == Relocation.Kind.RELA;
    int entrySize = rela ? elfClass.relaSize() : elfClass.relSize();
    Bytes bytes = elf.bytes();
    int enough = found.size() + ENOUGH;
    for (long at = table.offset();
        at + entrySize <= table.offset() + table.size() && found.size() < enough;
        at += entrySize) {
      long place = elf.header().readWord(bytes, at);
      boolean near = address - place < 2L * elfClass.wordSize();
      if (place - address < size
          && (near || reach.isCopy(type(at)))
          && touches(place, reach.bytes(at), address, size)) {
        found.add(rela ? reader.rela(at) : reader.rel(at)); // most do not become objects
      }
    }
  }

  private int type(long at) {
    return Relocation.type(elfClass, elf.header().readWord(elf.bytes(), at + elfClass.wordSize()));
  }

  /**
   * An even entry is a place; an odd one a bitmap of the words that follow the last place (gABI,
   * RELR).
   */
  private void scanRelr(Table table, long address, long size, List<Relocation> found) {
    int word = elfClass.wordSize();
    long covered = (long) (word * 8 - 1) * word;
    int enough = found.size() + ENOUGH;
    long base = 0;
    for (long at = table.offset();
        at + word <= table.offset() + table.size() && found.size() < enough;
        at += word) {
      long entry = elf.header().readWord(elf.bytes(), at);
      if ((entry & 1) == 0) {
        addRelr(at, entry, address, size, found);
        base = entry + word;
        continue;
      }
      for (int bit = 1; bit < word * 8 && touches(base, covered, address, size); bit++) {
        if ((entry >>> bit & 1) != 0) {
          addRelr(at, base + (long) (bit - 1) * word, address, size, found);
        }
      }
      base += covered;
    }
  }

  private void addRelr(long at, long place, long address, long size, List<Relocation> found) {
    if (touches(place, elfClass.wordSize(), address, size)) {
      found.add(
          new Relocation(Relocation.Kind.RELR, at, place, elf.machine().relativeType(), 0, 0));
    }
  }

  private Table table(Relocation.Kind kind, long offset, long size) {
    Span span =
        kind == Relocation.Kind.RELR
            ? spanOfRelr(offset, size)
            : span(kind == Relocation.Kind.RELA, offset, size);
    return new Table(kind, offset, size, span);
  }

  private Span spanOfRelr(long offset, long size) {
    int word = elfClass.wordSize();
    long covered = (long) (word * 8 - 1) * word;
    long start = Span.LARGEST;
    long end = 0;
    long base = 0;
    for (long at = offset; at + word <= offset + size; at += word) {
      long entry = elf.header().readWord(elf.bytes(), at);
      boolean isPlace = (entry & 1) == 0;
      long place = isPlace ? entry : base;
      if (!Span.isUsual(place)) {
        throw new ElfFormatException(
            Refusal.BAD_RELOCATIONS, at, "DT_RELR", "0x%x is no address".formatted(place));
      }
      base = place + (isPlace ? word : covered);
      start = Math.min(start, place);
      end = Math.max(end, base);
    }
    return new Span(start, end);
  }

  private Span span(boolean rela, long offset, long size) {
    int entrySize = rela ? elfClass.relaSize() : elfClass.relSize();
    long start = Span.LARGEST;
    long end = 0;
    int copies = 0;
    for (long at = offset; at + entrySize <= offset + size; at += entrySize) {
      long place = elf.header().readWord(elf.bytes(), at);
      long length = 2L * elfClass.wordSize();
      if (reach.isCopy(type(at))) {
        TableReader.requireFew(++copies, at, "r_info");
        length = reach.bytes(at);
      }
      if (!Span.isUsual(place) || !Span.isUsual(length)) {
        return Span.EVERYWHERE;
      }
      start = Math.min(start, place);
      end = Math.max(end, place + length);
    }
    return new Span(start, end);
  }

  private List<Table> findTables() {
    List<Table> all = new ArrayList<>();
    addDynamic(all, Relocation.Kind.RELA, DynamicTag.RELA, DynamicTag.RELASZ);
    addDynamic(all, Relocation.Kind.REL, DynamicTag.REL, DynamicTag.RELSZ);
    addDynamic(all, Relocation.Kind.RELR, DynamicTag.RELR, DynamicTag.RELRSZ);
    boolean plainRel = elf.dynamicValue(DynamicTag.PLTREL).orElse(0) == DynamicTag.REL;
    addDynamic(all, Relocation.Kind.RELA, DynamicTag.GNU_CONFLICT, DynamicTag.GNU_CONFLICTSZ);
    addDynamic(
        all,
        plainRel ? Relocation.Kind.REL : Relocation.Kind.RELA,
        DynamicTag.JMPREL,
        DynamicTag.PLTRELSZ);
    if (elf.dynamic().isEmpty()) {
      for (Section section : elf.sections()) {
        if (section.isAllocated()
            && (section.type() == Section.SHT_REL || section.type() == Section.SHT_RELA)) {
          Relocation.Kind kind =
              section.type() == Section.SHT_REL ? Relocation.Kind.REL : Relocation.Kind.RELA;
          add(all, kind, section.offset(), section.size());
        }
      }
    }
    return all;
  }

  /** What reads all tables takes no longer than what reads the file. */
  private void add(List<Table> all, Relocation.Kind kind, long offset, long size) {
    long others = 0;
    for (Table table : all) {
      others += table.size();
    }
    if (size > elf.bytes().size() - others) {
      throw new ElfFormatException(
          Refusal.BAD_RELOCATIONS, offset, "sh_size", "the tables are larger than the file");
    }
    all.add(table(kind, offset, size));
  }

  private void addDynamic(List<Table> all, Relocation.Kind kind, long tag, long sizeTag) {
    DynamicEntry place = elf.dynamicEntry(tag).orElse(null);
    long size = elf.dynamicValue(sizeTag).orElse(0);
    if (place == null || size == 0) {
      return;
    }
    OptionalLong offset = elf.fileOffset(place.value(), size);
    if (offset.isEmpty()) {
      throw new ElfFormatException(
          Refusal.BAD_RELOCATIONS,
          place.fileOffset(),
          "d_tag " + tag,
          "the relocations at 0x%x, 0x%x bytes, are not in the file"
              .formatted(place.value(), size));
    }
    add(all, kind, offset.getAsLong(), size);
  }
}
