package dev.hardwire.derive.module;

import dev.hardwire.elf.frame.FrameReader;
import dev.hardwire.elf.frame.FrameTable;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the call frame information of a file says about its functions. */
final class UnwindTable {
  private final Image image;

  /** Start and first address behind, one after the other. */
  private final LongList ranges = new LongList();

  /** What unwinding of functions leads to, by their starts. */
  private final NavigableMap<Long, LongList> handlers = new TreeMap<>();

  /** The starts of functions that may have landing pads. */
  private final NavigableSet<Long> landing = new TreeSet<>();

  private UnwindTable(Image image) {
    this.image = image;
  }

  /**
   * Reads the table; it is empty if the file has none.
   *
   * @throws dev.hardwire.elf.ElfFormatException if it is damaged
   */
  static UnwindTable of(Image image) {
    UnwindTable table = new UnwindTable(image);
    FrameTable.of(image.elf()).ifPresent(frames -> frames.forEach(table::add));
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

  private void add(FrameTable.Function function) {
    long start = function.start();
    long end = start + function.size();
    if (end <= start || image.rest(start) < function.size()) {
      return;
    }
    long first = startsLater(start) ? start + 1 : start;
    ranges.add(first);
    ranges.add(end);
    FrameTable.Common common = function.common();
    if (common.mayLand()) {
      landing.add(first);
    }
    if (common.personality() != 0) {
      Reference kind = common.personalityIsIndirect() ? Reference.HANDLER_SLOT : Reference.HANDLER;
      handler(first, kind.to(common.personality()));
    }
    if (function.landingPads() != 0) {
      FrameReader.of(image.elf(), function.landingPads())
          .ifPresent(table -> landingPads(table, start, first, end));
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

  /**
   * The landing pads of a function in other places. Most lie in the function; where a compiler has
   * put parts of it elsewhere, nothing but this table leads to some of them. What was found before
   * something that does not fit may be landing pads.
   */
  private void landingPads(FrameReader table, long function, long start, long end) {
    List<CallSites.Site> sites = new ArrayList<>();
    CallSites.read(table, function, sites);
    LongList found = new LongList();
    for (CallSites.Site site : sites) {
      boolean outside = site.pad() < start || site.pad() >= end;
      if (site.pad() != 0 && outside && image.elf().isExecutable(site.pad())) {
        found.add(site.pad());
      }
    }
    for (long pad : found.sorted()) {
      handler(start, Reference.JUMP.to(pad));
    }
  }
}
