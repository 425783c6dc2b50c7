package dev.hardwire.filter.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.Counterexample;
import dev.hardwire.filter.prove.symbolic.Difference;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.CallNumbers;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.LongStream;

/** Lists the calls for which two policies have different decisions, with an example for each. */
public final class PolicyDiff {
  private PolicyDiff() {}

  /**
   * One call.
   *
   * @param call its name, or "every other call"
   * @param example a call with arguments for which the decisions differ
   */
  public record Entry(String call, Counterexample example) {}

  /** The calls that differ, by number; none if the policies are equivalent. */
  public static List<Entry> between(ResolvedPolicy first, ResolvedPolicy second) {
    if (first.architecture() != second.architecture()) {
      throw new IllegalArgumentException("policies of different architectures");
    }
    ByteOrder order = first.architecture().order();
    SyscallTable table = SyscallTable.of(first.architecture());
    List<Entry> entries = new ArrayList<>();
    for (String name : table.names()) {
      OptionalInt number = table.number(name);
      Words words = new Words(new Bdd(), order);
      SymbolicPolicy symbolic = new SymbolicPolicy(words);
      int a = symbolic.rules(first, number.getAsInt());
      int b = symbolic.rules(second, number.getAsInt());
      Difference.between(words.bdd, a, b, order)
          .ifPresent(
              e ->
                  entries.add(
                      new Entry(name, e.withNumber(number.getAsInt(), first.architecture()))));
    }
    entries.sort((x, y) -> Long.compare(x.example().call().nr(), y.example().call().nr()));
    others(first, second).ifPresent(entries::add);
    return entries;
  }

  /**
   * The first number without a name for which the decisions differ. All numbers of a range in which
   * neither policy tells numbers apart are decided as its first one.
   */
  private static Optional<Entry> others(ResolvedPolicy first, ResolvedPolicy second) {
    Target architecture = first.architecture();
    SyscallTable table = SyscallTable.of(architecture);
    TreeSet<Long> starts = new TreeSet<>(first.starts());
    starts.addAll(second.starts());
    for (ResolvedPolicy policy : List.of(first, second)) {
      policy.rules().keySet().forEach(number -> starts.addAll(List.of((long) number, number + 1L)));
    }
    for (long start : starts) {
      long number =
          LongStream.iterate(start, n -> n + 1)
              .filter(n -> table.name(n).isEmpty())
              .findFirst()
              .orElseThrow();
      boolean refused = number >= architecture.refusedFrom().orElse(CallNumbers.LAST + 1);
      Optional<Counterexample> found =
          refused ? Optional.empty() : difference(first, second, number);
      if (found.isPresent()) {
        return Optional.of(new Entry("every other call", found.get()));
      }
    }
    return Optional.empty();
  }

  private static Optional<Counterexample> difference(
      ResolvedPolicy first, ResolvedPolicy second, long number) {
    Words words = new Words(new Bdd(), first.architecture().order());
    SymbolicPolicy symbolic = new SymbolicPolicy(words);
    boolean rules = number <= Integer.MAX_VALUE;
    int a = rules ? symbolic.rules(first, (int) number) : leaf(words, first.otherwise(number));
    int b = rules ? symbolic.rules(second, (int) number) : leaf(words, second.otherwise(number));
    return Difference.between(words.bdd, a, b, first.architecture().order())
        .map(example -> example.withNumber(number, first.architecture()));
  }

  private static int leaf(Words words, Verdict verdict) {
    return words.bdd.leaf(verdict.value());
  }
}
