package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.learn.paths.PathUse;
import dev.hardwire.seccomp.Multiplexer;
import dev.hardwire.seccomp.SyscallTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Counts calls from any kind of log. */
final class Recorder {
  private static final Set<String> ALWAYS =
      Set.of(
          "execve",
          "execveat",
          "clone",
          "clone3",
          "fork",
          "vfork",
          "seccomp",
          "prctl",
          "rt_sigaction",
          "open",
          "openat",
          "openat2",
          "mmap",
          "mmap2");

  /** How many uses of different paths are remembered, and how many characters of paths. */
  private static final int MOST_USES = 200_000;

  private static final long MOST_CHARACTERS = 16L << 20;

  final LearnOptions options;
  final Findings findings = new Findings();

  /** The files whose code ran. */
  final Images images = new Images();

  /** The calls from which the policy is made. */
  final CallCounts result = new CallCounts();

  /** Calls that traces do not show on purpose. */
  final Set<String> leftOut = new TreeSet<>();

  /** The logs, in the order in which they were read. */
  final List<String> logs = new ArrayList<>();

  /** The names of traces that consist of several logs, without the thread IDs. */
  final Set<String> separate = new LinkedHashSet<>();

  /** The number of calls of other processes than those to learn from. */
  long others;

  final Coverage coverage;
  private final SyscallTable table;

  Recorder(LearnOptions options) {
    this.options = options;
    this.coverage = new Coverage(options.base(), options.architecture());
    this.fileCalls = Set.copyOf(options.proposals().calls());
    this.table = SyscallTable.of(options.architecture());
  }

  /**
   * The name in the table of a call that strace calls {@code name}; empty if there is no such call.
   */
  Optional<String> known(String name) {
    if (name.matches("syscall_0x[0-9a-f]{1,8}")) {
      return table.name(Long.parseLong(name.substring("syscall_0x".length()), 16));
    }
    // strace writes the names of calls made through socketcall and ipc
    return Multiplexer.isReachable(options.architecture(), name)
        ? Optional.of(name)
        : Optional.empty();
  }

  /** Copies of programs that ran, and the programs in whose place they ran. */
  final Map<String, String> copies = new HashMap<>();

  private final Set<String> fileCalls;
  private int uses;
  private long characters;

  /** Whether a call shows what a program does with files or sockets. */
  boolean isFileCall(String name) {
    return fileCalls.contains(name);
  }

  /** Adds the use of a path, which is bounded. */
  void use(CallCounts tally, String path, PathUse way, Place place) {
    String used = copies.getOrDefault(path, path);
    if (tally.uses.path(used, way, place.toString())) {
      uses++;
      characters += used.length();
      if (uses > MOST_USES || characters > MOST_CHARACTERS) {
        throw new LearnException(
            "%s: too many different files for rules; learn from less, or without --propose landlock"
                .formatted(place));
      }
    }
  }

  /** Whether the arguments of a call are needed. */
  boolean needsArguments(String name) {
    return ALWAYS.contains(name)
        || isFileCall(name)
        || (options.arguments() && !ArgumentSlot.of(name).isEmpty())
        || coverage.needsArguments(name);
  }

  /** Counts one call of a thread; its name is {@link #known}. */
  void countTraced(Task task, Task.Pending call) {
    countTraced(task.tally(), call.name(), call.arguments(), call.place());
    task.tally().calls.get(call.name()).begin(task.group.begun);
  }

  private void countTraced(CallCounts tally, String name, Optional<String> arguments, Place place) {
    boolean proposals = options.arguments() && !ArgumentSlot.of(name).isEmpty();
    Optional<List<String>> list =
        proposals || coverage.needsArguments(name)
            ? arguments.map(StraceText::arguments)
            : Optional.empty();
    count(tally, name, list, place);
  }

  /** Counts one call that the kernel recorded. */
  void countRecord(String name, Place place) {
    count(result, name, Optional.empty(), place);
  }

  private void count(CallCounts tally, String name, Optional<List<String>> arguments, Place place) {
    tally.total++;
    tally
        .calls
        .computeIfAbsent(
            name, key -> new CallStats(key, options.architecture(), options.arguments()))
        .see(place, arguments, coverage.allows(name, arguments));
  }

  /** A call of another architecture: ignored, or an error. */
  void otherArchitecture(String name, Place place) {
    if (!options.ignoreOtherArchitectures()) {
      Target wanted = options.architecture();
      throw new LearnException(
          "%s: a call of %s, and the policy is for %s; --ignore-other-arch ignores such calls"
              .formatted(place, name, wanted));
    }
    findings.otherArchitecture(name, place);
  }
}
