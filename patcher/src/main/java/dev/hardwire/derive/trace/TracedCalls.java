package dev.hardwire.derive.trace;

import dev.hardwire.derive.flow.Word;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What was found on all ways through a function and those that were followed.
 *
 * @param calls of the recorded function
 * @param sites where that and the followed functions are called
 * @param functions that were gone through
 */
public record TracedCalls(Set<Call> calls, Set<Site> sites, Set<Integer> functions) {
  /**
   * A call that was recorded.
   *
   * @param function that makes it
   * @param name the second argument
   */
  public record Call(int function, Word name) {}

  /**
   * A place that makes a call.
   *
   * @param file its number
   * @param address of the instruction
   */
  public record Site(int file, long address) {}

  static TracedCalls none() {
    return new TracedCalls(new LinkedHashSet<>(), new HashSet<>(), new HashSet<>());
  }

  void saw(int file, long address) {
    sites.add(new Site(file, address));
  }

  /** Whether an instruction was seen to make such a call. */
  public boolean sees(int file, long address) {
    return sites.contains(new Site(file, address));
  }
}
