package dev.hardwire.derive.module;

import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SymbolTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Where functions may be: the ranges that the unwind table and the symbols name, and the gaps
 * between them in executable sections.
 */
final class Ranges {
  /** A range of addresses. */
  record Range(long start, long end, boolean gap) {}

  private final Image image;
  private final Symbols symbols;
  private final UnwindTable unwind;
  private final Optional<GoCode> go;

  /** Starts of functions, whether a range is known or not. */
  private final LongList starts = new LongList();

  private final List<Range> known = new ArrayList<>();

  private Ranges(Image image, Symbols symbols, UnwindTable unwind, Optional<GoCode> go) {
    this.go = go;
    this.unwind = unwind;
    this.image = image;
    this.symbols = symbols;
  }

  /** Ascending, without overlap. */
  static List<Range> of(Image image, Symbols symbols, UnwindTable unwind, Optional<GoCode> go) {
    Ranges ranges = new Ranges(image, symbols, unwind, go);
    ranges.collect();
    return ranges.all();
  }

  /** The same with gaps that are divided at some addresses, which are ascending. */
  static List<Range> divided(List<Range> ranges, long[] points) {
    List<Range> parts = new ArrayList<>();
    for (Range range : ranges) {
      long at = range.start();
      int index = Arrays.binarySearch(points, at + 1);
      for (int i = index < 0 ? -index - 1 : index;
          range.gap() && i < points.length && points[i] < range.end();
          i++) {
        parts.add(new Range(at, points[i], true));
        at = points[i];
      }
      parts.add(new Range(at, range.end(), range.gap()));
    }
    return parts;
  }

  /**
   * The addresses inside of gaps that code calls, jumps to or takes, or at which it starts.
   *
   * @param pointers addresses of code that data has
   */
  static LongList insideGaps(Image image, Functions functions, long[] pointers) {
    LongList inside = new LongList();
    for (long reference : functions.references()) {
      if (Reference.kind(reference).isCode()) {
        insideGap(functions, Reference.address(reference), inside);
      }
    }
    insideGap(functions, image.elf().header().entry(), inside);
    if (!image.isFixed()) { // where such words are certainly no numbers
      for (long pointer : pointers) {
        insideGap(functions, pointer, inside);
      }
    }
    return inside;
  }

  /**
   * Places inside of what looks like an instruction that code or data leads to. With fixed
   * addresses, what is named inside of a function that is described may be a number.
   *
   * @param starts where instructions start, by their offsets in the file
   * @param pointers addresses of code that data has
   */
  static LongList insideInstructions(
      Image image, Functions functions, BitSet starts, long[] pointers) {
    LongList targets = new LongList();
    LongList named = new LongList();
    for (long reference : functions.references()) {
      Reference kind = Reference.kind(reference);
      if (kind.isCode()) {
        LongList list = kind == Reference.TAKE ? named : targets;
        list.add(Reference.address(reference));
      }
    }
    for (long address : named.sortedWith(pointers)) {
      int function = functions.at(address);
      boolean number =
          image.isFixed() && function >= 0 && !functions.is(function, Functions.IN_GAP);
      if (!number) {
        targets.add(address);
      }
    }
    LongList found = new LongList();
    for (long address : targets.sorted()) {
      int offset = image.offset(address);
      if (offset >= 0 && !starts.get(offset) && functions.at(address) >= 0) {
        found.add(address);
      }
    }
    return found;
  }

  /**
   * The addresses of padding that code calls, jumps to or takes.
   *
   * @param starts where other instructions start, by their offsets in the file
   */
  static LongList padding(Image image, List<Range> ranges, Functions functions, BitSet starts) {
    LongList targets = new LongList();
    for (long reference : functions.references()) {
      if (Reference.kind(reference).isCode()) {
        long address = Reference.address(reference);
        int offset = image.offset(address);
        if (offset >= 0 && !starts.get(offset) && functions.at(address) < 0) {
          targets.add(address);
        }
      }
    }
    long[] sorted = targets.sorted();
    LongList found = new LongList();
    for (Range range : ranges) {
      if (range.gap() && sorted.length > 0) {
        for (long address : Functions.between(sorted, range.start(), range.end())) {
          found.add(address);
        }
      }
    }
    return found;
  }

  private static void insideGap(Functions functions, long target, LongList inside) {
    int function = functions.at(target);
    if (function >= 0
        && functions.is(function, Functions.IN_GAP)
        && functions.start(function) != target) {
      inside.add(target);
    }
  }

  private void collect() {
    List<Section> linkage = image.elf().sections().stream().filter(Ranges::isLinkage).toList();
    linkage.forEach(this::entries);
    LongList frames = unwind.ranges();
    for (int i = 0; i < frames.size(); i += 2) {
      if (isIn(linkage, frames.get(i))) {
        continue; // one range for all entries
      }
      add(frames.get(i), frames.get(i + 1));
    }
    LongList exact = new LongList();
    go.ifPresent(code -> code.ranges(exact));
    for (int i = 0; i < exact.size(); i += 2) {
      add(exact.get(i), exact.get(i + 1));
    }
    for (int i = 1; i < symbols.count(); i++) {
      if (symbols.isFunction(i) && symbols.isDefined(i)) {
        addSymbol(linkage, symbols.value(i), symbols.size(i));
      }
    }
    for (Section section : image.elf().sections()) {
      if (section.type() == Section.SHT_SYMTAB) {
        SymbolTable named =
            new SymbolTable(
                image.elf(), image.elf().bytes().slice(section.offset(), section.size()));
        for (long i = 0; i < named.count(); i++) {
          if (named.isFunction(i) && named.section(i) != SymbolTable.SHN_UNDEF) {
            addSymbol(linkage, named.value(i), named.size(i));
          }
        }
      }
    }
  }

  private static boolean isIn(List<Section> sections, long address) {
    return sections.stream().anyMatch(s -> address >= s.addr() && address - s.addr() < s.size());
  }

  /**
   * A symbol of an entry of the PLT has the size of that entry at most: mold gives symbols of IFUNC
   * functions their resolvers' sizes there, which reach over other entries and into the code
   * behind.
   */
  private void addSymbol(List<Section> linkage, long value, long size) {
    add(value, isIn(linkage, value) ? value : value + Math.max(0, size));
  }

  private static boolean isLinkage(Section section) {
    return section.name().startsWith(".plt")
        && section.isAllocated()
        && section.type() == Section.SHT_PROGBITS;
  }

  /** Each entry of the PLT is a function: its address may be that of a library's function. */
  private void entries(Section section) {
    long size = section.name().equals(".plt.got") ? Long.BYTES : 2 * Long.BYTES;
    for (long at = section.addr(); at - section.addr() + size <= section.size(); at += size) {
      add(at, at + size);
    }
  }

  private void add(long start, long end) {
    if (!image.elf().isExecutable(start)) {
      return;
    }
    starts.add(start);
    if (end > start && image.rest(start) >= end - start) {
      known.add(new Range(start, end, false));
    }
  }

  private List<Range> all() {
    known.sort(
        (a, b) ->
            a.start() != b.start()
                ? Long.compare(a.start(), b.start())
                : Long.compare(b.end(), a.end()));
    List<Range> flat = new ArrayList<>();
    for (Range range : known) {
      Range last = flat.isEmpty() ? null : flat.get(flat.size() - 1);
      if (last == null || range.start() >= last.end()) {
        flat.add(range);
      } else if (range.end() > last.end()) {
        flat.add(new Range(last.end(), range.end(), false));
      }
    }
    List<Range> all = new ArrayList<>();
    long[] sorted = starts.sorted();
    int next = 0;
    for (Range area : areas()) {
      long at = area.start();
      while (next < flat.size() && flat.get(next).start() < area.end()) {
        Range range = flat.get(next++);
        if (range.start() >= at) {
          gap(at, range.start(), sorted, all);
          all.add(range);
          at = range.end();
        }
      }
      gap(at, area.end(), sorted, all);
    }
    return all;
  }

  private static void gap(long from, long to, long[] starts, List<Range> all) {
    long at = from;
    int index = Arrays.binarySearch(starts, from + 1);
    for (int i = index < 0 ? -index - 1 : index; i < starts.length && starts[i] < to; i++) {
      all.add(new Range(at, starts[i], true));
      at = starts[i];
    }
    if (at < to) {
      all.add(new Range(at, to, true));
    }
  }

  /** The executable sections, or segments where there are no sections, ascending. */
  private List<Range> areas() {
    List<Range> areas = new ArrayList<>();
    for (Section section : image.elf().sections()) {
      if ((section.flags() & Section.SHF_EXECINSTR) != 0
          && section.isAllocated()
          && section.type() != Section.SHT_NOBITS
          && section.size() > 0
          && image.rest(section.addr()) >= section.size()) {
        areas.add(new Range(section.addr(), section.addr() + section.size(), false));
      }
    }
    if (areas.isEmpty()) {
      for (ProgramHeader load : image.elf().loads()) {
        if ((load.flags() & ProgramHeader.PF_X) != 0 && load.filesz() > 0) {
          areas.add(new Range(load.vaddr(), load.vaddr() + load.filesz(), false));
        }
      }
    }
    areas.sort((a, b) -> Long.compare(a.start(), b.start()));
    List<Range> separate = new ArrayList<>();
    for (Range area : areas) {
      if (separate.isEmpty() || area.start() >= separate.get(separate.size() - 1).end()) {
        separate.add(area);
      }
    }
    return separate;
  }
}
