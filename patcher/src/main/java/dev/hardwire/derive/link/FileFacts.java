package dev.hardwire.derive.link;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.bytes.NumberReader;
import dev.hardwire.bytes.NumberWriter;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.FactsForm;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.SummaryStore;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The facts about functions of one file, which grow as far as programs ask for them. Those of
 * earlier processes come from a summary, in which each is read when it is first asked for.
 */
final class FileFacts {
  /** By function; those that the summary has are here once they have been asked for. */
  private final Map<Integer, Optional<Facts>> known = new HashMap<>();

  private final SummaryStore store;
  private final String name;
  private boolean grown;

  /** The summary: the functions in order, and where the facts about each start. */
  private byte[] content = {};

  private int[] functions = {};
  private int[] starts = {0};

  private FileFacts(SummaryStore store, String name) {
    this.store = store;
    this.name = name;
  }

  /**
   * The facts that the summary of a file has.
   *
   * @param endings what facts depend on beside the file
   */
  static FileFacts of(Module module, Set<Long> endings) {
    if (module.store() == SummaryStore.NONE) {
      return new FileFacts(SummaryStore.NONE, "");
    }
    byte[] text = new TreeSet<>(endings).toString().getBytes(StandardCharsets.US_ASCII);
    FileFacts facts =
        new FileFacts(
            module.store(),
            "%s-%s.facts".formatted(module.digest(), Bytes.wrap(text).sha256().hex()));
    module.store().read(facts.name).ifPresent(facts::read);
    return facts;
  }

  private void read(byte[] summary) {
    try {
      NumberReader in = new NumberReader(summary);
      int count = in.count();
      int[] numbers = new int[count];
      int[] places = new int[count + 1];
      int[] sizes = new int[count];
      long before = -1;
      for (int i = 0; i < count; i++) {
        before += 1 + in.below(Integer.MAX_VALUE);
        in.require(before < Integer.MAX_VALUE, "a function that no file has");
        numbers[i] = (int) before;
        sizes[i] = in.count();
      }
      for (int i = 0; i < count; i++) {
        places[i] = in.skip(sizes[i]);
      }
      in.requireEnd();
      places[count] = summary.length;
      content = summary;
      functions = numbers;
      starts = places;
    } catch (BytesException damaged) {
      grown = true; // found again, and then written anew
    }
  }

  /** What is known about a function, or what is found about it now. */
  Optional<Facts> of(int function, Supplier<Optional<Facts>> finder) {
    Optional<Facts> facts = known.get(function);
    if (facts == null) {
      facts = kept(function);
      if (facts == null) {
        facts = finder.get();
        grown = true;
      }
      known.put(function, facts);
    }
    return facts;
  }

  /** What the summary has about a function; null if that is nothing. */
  @SuppressWarnings("OptionalAssignedToNull") // an empty one is an answer
  private Optional<Facts> kept(int function) {
    int at = Arrays.binarySearch(functions, function);
    if (at < 0) {
      return null;
    }
    try {
      return FactsForm.read(new NumberReader(content, starts[at], starts[at + 1] - starts[at]));
    } catch (BytesException damaged) {
      return null;
    }
  }

  /** Writes the summary, if there is more than it had. */
  void keep() {
    if (!grown || store == SummaryStore.NONE) {
      return;
    }
    SortedMap<Integer, byte[]> all = new TreeMap<>();
    for (int i = 0; i < functions.length; i++) {
      if (!known.containsKey(functions[i])) {
        all.put(functions[i], Arrays.copyOfRange(content, starts[i], starts[i + 1]));
      }
    }
    known.forEach((function, facts) -> all.put(function, FactsForm.write(facts)));
    NumberWriter out = new NumberWriter();
    out.number(all.size());
    int before = -1;
    for (Map.Entry<Integer, byte[]> entry : all.entrySet()) {
      out.number(entry.getKey() - before - 1L).number(entry.getValue().length);
      before = entry.getKey();
    }
    all.values().forEach(facts -> out.bytes(facts, 0, facts.length));
    store.write(name, out.toArray());
    grown = false;
  }
}
