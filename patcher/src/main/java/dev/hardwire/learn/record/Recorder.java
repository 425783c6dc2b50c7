package dev.hardwire.learn.record;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.learn.arguments.ArgumentSlot;
import dev.hardwire.learn.arguments.Coverage;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.log.StraceText;
import dev.hardwire.learn.paths.Denials;
import dev.hardwire.learn.paths.PathUse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Counts calls from any kind of log. */
public final class Recorder {
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

  /** A call whose name strace does not know. */
  private static final Pattern NUMBERED = Pattern.compile("syscall_0x[0-9a-f]{1,8}");

  /** How many uses of different paths are remembered, and how many characters of paths. */
  private static final int MOST_USES = 200_000;

  private static final long MOST_CHARACTERS = 16L << 20;

  final LearnOptions options;
  final Findings findings = new Findings();
  final Images images = new Images();
  final CallCounts result = new CallCounts();
  final Set<String> leftOut = new TreeSet<>();
  private final Denials denials = new Denials();
  final List<String> logs = new ArrayList<>();
  final Set<String> separate = new LinkedHashSet<>();
  long others;

  public final Coverage coverage;
  private final SyscallTable table;

  public Recorder(LearnOptions options) {
    this.options = options;
    this.coverage = new Coverage(options.base(), options.architecture());
    this.fileCalls = Set.copyOf(options.proposals().calls());
    this.table = SyscallTable.of(options.architecture());
  }

  public Findings findings() {
    return findings;
  }

  /** What Landlock denied. */
  public Denials denials() {
    return denials;
  }

  /** The files whose code ran. */
  public Images images() {
    return images;
  }

  /** The calls from which the policy is made. */
  public CallCounts result() {
    return result;
  }

  /** Calls that traces do not show on purpose. */
  public Set<String> leftOut() {
    return Collections.unmodifiableSet(leftOut);
  }

  /** The logs, in the order in which they were read. */
  public List<String> logs() {
    return Collections.unmodifiableList(logs);
  }

  /** The names of traces that consist of several logs, without the thread IDs. */
  public Set<String> separate() {
    return Collections.unmodifiableSet(separate);
  }

  /** The number of calls of other processes than those to learn from. */
  public long others() {
    return others;
  }

  public Coverage coverage() {
    return coverage;
  }

  /** A log is read from here on. */
  public void begin(String log) {
    logs.add(log);
  }

  /** All logs were read; these traces consisted of several. */
  public void separate(Collection<String> traces) {
    separate.addAll(traces);
  }

  /** Whether a path is that of a program of which a copy ran in its place. */
  public boolean isCopied(String path) {
    return copies.containsValue(path);
  }

  /** The program in whose place a copy ran, or the same path. */
  public String original(String path) {
    return copies.getOrDefault(path, path);
  }

  /** The programs in whose places copies ran. */
  public Set<String> copied() {
    return new TreeSet<>(copies.values());
  }

  public void ranAs(String copy, String program) {
    copies.put(copy, program);
  }

  /**
   * The name in the table of a call that strace calls {@code name}; empty if there is no such call.
   */
  Optional<String> known(String name) {
    if (NUMBERED.matcher(name).matches()) {
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
  void use(CallCounts counts, String path, PathUse way, Place place) {
    String used = original(path);
    if (counts.uses.path(used, way, place.toString())) {
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
    countTraced(task.counts(), call.name(), call.arguments(), call.place());
    task.counts().calls.get(call.name()).begin(task.group.begun);
  }

  private void countTraced(
      CallCounts counts, String name, Optional<String> arguments, Place place) {
    boolean proposals = options.arguments() && !ArgumentSlot.of(name).isEmpty();
    Optional<List<String>> list =
        proposals || coverage.needsArguments(name)
            ? arguments.map(StraceText::arguments)
            : Optional.empty();
    count(counts, name, list, place);
  }

  /** Counts one call that the kernel recorded. */
  void countRecord(String name, Place place) {
    count(result, name, Optional.empty(), place);
  }

  private void count(
      CallCounts counts, String name, Optional<List<String>> arguments, Place place) {
    counts.total++;
    counts
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
