package dev.hardwire.derive.module;

import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.frame.FrameReader;
import dev.hardwire.elf.frame.FrameTable;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Where unwinding of the stack goes on from the calls of a file's functions: their landing pads
 * (Itanium C++ ABI, exception handling tables).
 */
public final class CallSites {
  /** Bytes of a table; more than any function has. */
  private static final int MOST = 1 << 20;

  /**
   * Calls of a function.
   *
   * @param from address of the first instruction
   * @param to first address behind the last one
   * @param pad address of the landing pad; 0 if unwinding goes past the function
   */
  public record Site(long from, long to, long pad) {}

  private final Image image;

  /** The addresses of tables, by those of the functions. */
  private final NavigableMap<Long, Long> tables = new TreeMap<>();

  CallSites(Image image) {
    this.image = image;
    FrameTable.of(image.elf())
        .ifPresent(
            frames ->
                frames.forEach(
                    function -> {
                      if (function.landingPads() != 0) {
                        tables.put(function.start(), function.landingPads());
                      }
                    }));
  }

  /**
   * The calls of the functions that begin in a range, in the order of their tables. Tables of
   * personality functions that are not known may have another form: one that does not fit has none.
   */
  public List<Site> of(long start, long end) {
    List<Site> all = new ArrayList<>();
    tables
        .subMap(start, end)
        .forEach(
            (function, table) ->
                FrameReader.of(image.elf(), table)
                    .ifPresent(
                        reader -> {
                          List<Site> found = new ArrayList<>();
                          if (read(reader, function, found)) {
                            all.addAll(found);
                          }
                        }));
    return all;
  }

  /**
   * Reads the table of a function.
   *
   * @param function its address
   * @param into gets the sites up to the first that is damaged
   * @return whether there was none
   */
  static boolean read(FrameReader table, long function, List<Site> into) {
    try {
      int encoding = table.u8();
      long base = encoding == FrameReader.OMITTED ? function : table.pointer(encoding);
      if (table.u8() != FrameReader.OMITTED) {
        table.unsigned(); // where the table of types ends
      }
      encoding = table.u8();
      long size = table.unsigned();
      if (size > MOST) {
        return false;
      }
      FrameReader sites = table.part(table.at(), table.at() + size);
      while (sites.hasMore()) {
        long from = function + sites.pointer(encoding);
        long to = from + sites.pointer(encoding);
        long pad = sites.pointer(encoding);
        sites.unsigned(); // what the personality function does there
        into.add(new Site(from, to, pad == 0 ? 0 : base + pad));
      }
      return true;
    } catch (BytesException otherForm) {
      return false;
    }
  }
}
