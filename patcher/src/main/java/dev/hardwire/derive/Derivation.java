package dev.hardwire.derive;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a program can do.
 *
 * @param program as it was named
 * @param files all files that were analysed, in the order of the search for symbols
 * @param calls the system calls that can be reached, by name
 * @param unknown system calls that can be reached and whose numbers are not known; if there are
 *     any, {@code calls} is not complete
 * @param rules what was assumed about patterns of code, each a line
 * @param loaded names of libraries that the program may load when it runs, as far as they are
 *     strings of its files
 * @param composed places that pass dlopen(3) or dlsym(3) names that are not constants, so that
 *     nothing is known about what they load or find
 */
public record Derivation(
    String program,
    List<DerivedFile> files,
    SortedMap<String, ReachedCall> calls,
    List<UnknownSite> unknown,
    List<String> rules,
    List<String> loaded,
    List<String> composed) {
  /**
   * A file that was analysed.
   *
   * @param path where it is
   * @param buildId hexadecimal digits; empty if the file has none
   * @param sha256 of the file, hexadecimal digits
   */
  public record DerivedFile(String path, String buildId, String sha256) {
    /** By what the file is known: its build ID, or its digest. */
    public String identity() {
      return buildId.isEmpty() ? "sha256:" + sha256 : "build-id:" + buildId;
    }
  }

  /**
   * A system call that can be reached.
   *
   * @param name its name
   * @param number its number
   * @param chain one way to it: functions from where the program starts to the one that makes the
   *     call, and the place of the instruction
   * @param arguments those that choose what it does
   */
  public record ReachedCall(
      String name, int number, List<String> chain, List<ReachedArgument> arguments) {
    public ReachedCall {
      chain = List.copyOf(chain);
      arguments = List.copyOf(arguments);
    }

    /** The same call, made by another program as well. */
    ReachedCall or(ReachedCall other) {
      List<ReachedArgument> both = new ArrayList<>();
      for (int i = 0; i < arguments.size(); i++) {
        both.add(arguments.get(i).or(other.arguments.get(i)));
      }
      return new ReachedCall(name, number, chain, both);
    }
  }

  /**
   * An argument that chooses what a call does.
   *
   * @param name in the kernel
   * @param values the possible ones, each with a place that names it; the low 32 bits,
   *     zero-extended
   * @param unknown a place where the value is not known, and why, so that {@code values} are not
   *     all; empty if there is none
   */
  public record ReachedArgument(String name, SortedMap<Long, String> values, String unknown) {
    ReachedArgument or(ReachedArgument other) {
      SortedMap<Long, String> both = new TreeMap<>(other.values);
      both.putAll(values);
      return new ReachedArgument(name, both, unknown.isEmpty() ? other.unknown : unknown);
    }
  }

  /**
   * A system call whose number is not known.
   *
   * @param file that contains it
   * @param place address and function
   * @param reason why it is not known
   * @param cause whether another analysis could know it
   * @param chain one way to it
   */
  public record UnknownSite(
      String file, String place, String reason, Cause cause, List<String> chain) {
    public UnknownSite {
      chain = List.copyOf(chain);
    }

    /** The place and why the number is not known there, for people. */
    public String text() {
      return "%s at %s: %s (%s)".formatted(file, place, reason, cause.text());
    }
  }

  /** Why a number is not known. */
  public enum Cause {
    /** The analysis does not follow it. */
    LIMIT("a limit of the analysis"),
    /** Data or another program chooses it, so that only a run shows it. */
    CALLER("chosen by the caller");

    private final String text;

    Cause(String text) {
      this.text = text;
    }

    /** As messages say it. */
    public String text() {
      return text;
    }
  }

  public Derivation {
    files = List.copyOf(files);
    unknown = List.copyOf(unknown);
    rules = List.copyOf(rules);
    loaded = List.copyOf(loaded);
    composed = List.copyOf(composed);
  }

  /** Whether every reached system call is known. */
  public boolean isComplete() {
    return unknown.isEmpty();
  }

  public Set<String> names() {
    return new TreeSet<>(calls.keySet());
  }

  /** One way to a call; empty if it is not reached. */
  public Optional<ReachedCall> explain(String call) {
    return Optional.ofNullable(calls.get(call));
  }
}
