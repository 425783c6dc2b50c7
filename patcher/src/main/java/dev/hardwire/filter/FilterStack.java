package dev.hardwire.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The filters of one process.
 *
 * <p>As in {@code seccomp_run_filters} of {@code kernel/seccomp.c}, all of them run for each call,
 * starting with the one installed last, and the most restrictive action applies; of equal actions,
 * that of the filter installed last.
 *
 * @param filters in the order in which they are installed; one or more
 */
public record FilterStack(List<Filter> filters) {
  /** MAX_INSNS_PER_PATH. */
  private static final int LONGEST = (1 << 18) / Filter.INSTRUCTION_SIZE;

  private static final int PENALTY = 4;

  public FilterStack {
    filters = List.copyOf(filters);
    if (filters.isEmpty()) {
      throw new IllegalArgumentException("a stack without filters");
    }
  }

  /**
   * The decision for a call.
   *
   * @param verdict the one that applies
   * @param steps executed instructions of all filters
   * @param each the results of the filters, in the order in which they are installed
   */
  public record Result(Verdict verdict, int steps, List<Emulator.Result> each) {}

  public Result run(SeccompData call) {
    List<Emulator.Result> each = new ArrayList<>();
    for (Filter filter : filters) {
      each.add(Emulator.run(filter, call));
    }
    List<Emulator.Result> lastFirst = new ArrayList<>(each);
    Collections.reverse(lastFirst);
    Verdict verdict = lastFirst.get(0).verdict();
    for (Emulator.Result result : lastFirst) {
      verdict = stricter(verdict, result.verdict());
    }
    int steps = each.stream().mapToInt(Emulator.Result::steps).sum();
    return new Result(verdict, steps, List.copyOf(each));
  }

  /**
   * How many times in a row a program that installs these filters can execute itself. All filters
   * of a process stay, and {@code seccomp_attach_filter} of {@code kernel/seccomp.c} answers ENOMEM
   * if the new one and those before it, each with four instructions more, have more than {@link
   * #LONGEST} instructions together. Filters from outside count, too.
   */
  public int starts() {
    int each = 0;
    for (Filter filter : filters) {
      each += filter.kernelLength() + PENALTY;
    }
    return (LONGEST + PENALTY) / each;
  }

  /**
   * The one of two verdicts that applies.
   *
   * @param later of the filter that was installed later
   */
  public static Verdict stricter(Verdict later, Verdict earlier) {
    // ACTION_ONLY of kernel/seccomp.c: killing the process is negative, so it comes first.
    return (int) earlier.action() < (int) later.action() ? earlier : later;
  }
}
