package dev.hardwire.seccomp.prove;

import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
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
    if (!first.defaultVerdict().equals(second.defaultVerdict())) {
      entries.add(otherCall(first, second));
    }
    return entries;
  }

  /** Rules name calls, so calls without a name get the default action. */
  private static Entry otherCall(ResolvedPolicy first, ResolvedPolicy second) {
    SyscallTable table = SyscallTable.of(first.architecture());
    long number =
        LongStream.iterate(0, n -> n + 1)
            .filter(n -> table.name(n).isEmpty())
            .findFirst()
            .orElseThrow();
    SeccompData call = SeccompData.of(first.architecture(), number);
    return new Entry(
        "every other call",
        new Counterexample(call, first.defaultVerdict(), second.defaultVerdict()));
  }
}
