package dev.hardwire.derive.link;

import dev.hardwire.derive.module.Module;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Facts about functions that were found for one program and hold for others. */
public final class KnownFacts {
  /**
   * Which of some texts a file has.
   *
   * @param byFunction those that functions refer to, by their indexes
   * @param inData those that data refers to
   */
  public record Texts(Map<Integer, Set<String>> byFunction, Set<String> inData) {}

  private final Map<Module, Map<Set<Long>, FileFacts>> known = new WeakHashMap<>();

  private final Map<Module, Map<Set<String>, Texts>> texts = new WeakHashMap<>();

  private final Map<Module, Boolean> named = new WeakHashMap<>();

  private final Map<Module, BitSet> clients = new WeakHashMap<>();

  private final Map<Module, int[]> places = new WeakHashMap<>();

  /** The functions of a library that ask a daemon for names, by their indexes. */
  public BitSet clients(Module library, Supplier<BitSet> finder) {
    return clients.computeIfAbsent(library, key -> finder.get());
  }

  /** Whether a file has a text, always the same one. */
  public boolean names(Module module, Predicate<Module> finder) {
    return named.computeIfAbsent(module, finder::test);
  }

  /** Where a file has a text, always the same one. */
  public int[] places(Module module, Function<Module, int[]> finder) {
    return places.computeIfAbsent(module, finder);
  }

  /** Which of some texts a file has, and where. */
  public Texts texts(
      Module module, Set<String> names, BiFunction<Module, Set<String>, Texts> finder) {
    return texts
        .computeIfAbsent(module, key -> new HashMap<>())
        .computeIfAbsent(names, key -> finder.apply(module, key));
  }

  /**
   * The facts about a file's functions.
   *
   * @param endings the slots through which functions are called that do not return: nothing else of
   *     other files counts
   */
  FileFacts of(Module module, Set<Long> endings) {
    return known
        .computeIfAbsent(module, key -> new HashMap<>())
        .computeIfAbsent(endings, key -> FileFacts.of(module, key));
  }

  /** Adds what was found to the summaries of the files. */
  public void keep() {
    known.values().forEach(sets -> sets.values().forEach(FileFacts::keep));
  }
}
