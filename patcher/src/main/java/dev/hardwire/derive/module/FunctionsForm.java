package dev.hardwire.derive.module;

import dev.hardwire.bytes.BytesException;
import dev.hardwire.bytes.NumberReader;
import dev.hardwire.bytes.NumberWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What scanning found in the code of a file, as bytes: the functions, each with its distance from
 * the end of the one before, its size, its flags and its references; then the targets of jump
 * tables, and places inside of instructions.
 */
final class FunctionsForm {
  private static final int FLAGS = 2 * Functions.CALLS_OLD_PAGE;
  private static final int KIND_BITS = 4;

  private FunctionsForm() {}

  /** The functions of a file: those of its summary, if there is one; otherwise it is made. */
  static Functions find(Module file, Symbols symbols, Slots slots, Optional<GoCode> go) {
    Image image = file.image();
    SummaryStore store = file.store();
    if (store == SummaryStore.NONE) {
      return Scanner.scan(image, symbols, slots, go);
    }
    String summary = file.digest() + ".code";
    Optional<Functions> known = store.read(summary).flatMap(content -> read(content, image));
    if (known.isPresent()) {
      return known.get();
    }
    Functions found = Scanner.scan(image, symbols, slots, go);
    store.write(summary, write(found));
    return found;
  }

  static byte[] write(Functions functions) {
    NumberWriter out = new NumberWriter();
    out.number(functions.count());
    long before = 0;
    for (int f = 0; f < functions.count(); f++) {
      long[] references = functions.references(f);
      out.number(functions.start(f) - before).number(functions.end(f) - functions.start(f));
      out.number(functions.flags(f)).number(references.length);
      long from = Reference.address(functions.start(f));
      for (long reference : references) {
        long distance = Reference.address(reference) - from;
        long folded = distance << 1 ^ distance >> 63;
        out.number(folded << KIND_BITS | reference >>> Reference.BITS);
        from += distance;
      }
      before = functions.end(f);
    }
    out.number(functions.tableTargets().size());
    new TreeMap<>(functions.tableTargets())
        .forEach(
            (function, targets) -> {
              out.number(function).number(targets.length);
              for (int target : targets) {
                out.number(target);
              }
            });
    out.number(functions.insideInstructions().length);
    for (long place : functions.insideInstructions()) {
      out.number(place);
    }
    return out.toArray();
  }

  /**
   * Reads what {@link #write} wrote about a file.
   *
   * @return empty if it is something else
   */
  static Optional<Functions> read(byte[] content, Image image) {
    try {
      NumberReader in = new NumberReader(content);
      Functions functions = functions(in, image);
      Map<Integer, int[]> targets = tableTargets(in, functions.count());
      long[] inside = new long[in.count()];
      for (int i = 0; i < inside.length; i++) {
        inside[i] = in.number();
        in.require(i == 0 || inside[i] > inside[i - 1], "places are not in order");
      }
      in.requireEnd();
      return Optional.of(functions.with(targets, inside));
    } catch (BytesException damaged) {
      return Optional.empty();
    }
  }

  private static Functions functions(NumberReader in, Image image) {
    int count = in.count();
    long[] starts = new long[count];
    long[] ends = new long[count];
    int[] flags = new int[count];
    int[] first = new int[count + 1];
    LongList references = new LongList();
    long before = 0;
    for (int f = 0; f < count; f++) {
      starts[f] = before + in.number();
      long size = in.number();
      in.require(
          starts[f] >= before && size > 0 && size <= image.rest(starts[f]),
          "a function is not in the file");
      ends[f] = starts[f] + size;
      before = ends[f];
      flags[f] = in.below(FLAGS);
      first[f] = references.size();
      long from = Reference.address(starts[f]);
      for (int left = in.count(); left > 0; left--) {
        long number = in.number();
        int kind = (int) number & (1 << KIND_BITS) - 1;
        in.require(number >= 0 && kind < Reference.KINDS, "a reference of no kind");
        long folded = number >>> KIND_BITS;
        from += folded >>> 1 ^ -(folded & 1);
        references.add((long) kind << Reference.BITS | Reference.address(from));
      }
    }
    first[count] = references.size();
    return new Functions(starts, ends, flags, first, references.toArray());
  }

  private static Map<Integer, int[]> tableTargets(NumberReader in, int count) {
    Map<Integer, int[]> found = new HashMap<>();
    for (int left = in.count(); left > 0; left--) {
      int function = in.below(count);
      int[] targets = new int[in.count()];
      for (int i = 0; i < targets.length; i++) {
        targets[i] = in.below(count);
      }
      found.put(function, targets);
    }
    return found;
  }
}
