package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/** Finds a call for which two functions of {@code seccomp_data} differ. */
public final class Difference {
  private record Pair(int a, int b) {}

  private final Bdd bdd;

  /** Pairs of functions without a relevant difference. */
  private final Set<Pair> equal = new HashSet<>();

  /** The bits of the data that are set on the path, by number. */
  private final Set<Integer> set = new HashSet<>();

  private Verdict first;
  private Verdict second;

  private final BiPredicate<Verdict, Verdict> matters;

  private Difference(Bdd bdd, BiPredicate<Verdict, Verdict> matters) {
    this.bdd = bdd;
    this.matters = matters;
  }

  public static Optional<Counterexample> between(Bdd bdd, int a, int b, ByteOrder order) {
    return between(bdd, a, b, order, (first, second) -> true);
  }

  /** The same, only for relevant differences. */
  public static Optional<Counterexample> between(
      Bdd bdd, int a, int b, ByteOrder order, BiPredicate<Verdict, Verdict> matters) {
    Difference difference = new Difference(bdd, matters);
    return difference.search(a, b)
        ? Optional.of(
            new Counterexample(difference.call(order), difference.first, difference.second))
        : Optional.empty();
  }

  private boolean search(int a, int b) {
    if (a == b || equal.contains(new Pair(a, b))) {
      return false;
    }
    if (bdd.isLeaf(a) && bdd.isLeaf(b)) {
      first = new Verdict(bdd.value(a));
      second = new Verdict(bdd.value(b));
      return matters.test(first, second);
    }
    int bit = Math.min(bdd.variable(a), bdd.variable(b));
    boolean inA = bdd.variable(a) == bit;
    boolean inB = bdd.variable(b) == bit;
    if (search(inA ? bdd.low(a) : a, inB ? bdd.low(b) : b)) {
      return true;
    }
    set.add(bit);
    if (search(inA ? bdd.high(a) : a, inB ? bdd.high(b) : b)) {
      return true;
    }
    set.remove(bit);
    equal.add(new Pair(a, b));
    return false;
  }

  private SeccompData call(ByteOrder order) {
    List<Long> args = IntStream.range(0, 6).mapToObj(i -> field(Words.ARGS + 64 * i, 64)).toList();
    return new SeccompData(
        field(Words.NR, 32),
        field(Words.ARCH, 32),
        field(Words.INSTRUCTION_POINTER, 64),
        args,
        order);
  }

  private long field(int firstBit, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      value = value << 1 | (set.contains(firstBit + i) ? 1 : 0);
    }
    return value;
  }
}
