package dev.hardwire.learn;

import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.paths.Uses;
import dev.hardwire.learn.record.CallStats;
import dev.hardwire.learn.record.Findings;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Recorder;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The result of reading logs: the calls that a program needs, and the limits of this knowledge. */
public final class Learned {
  private static final int MOST_NAMED = 5;

  /** The name by which a process finds its own file. */
  private static final List<String> ITSELF = List.of("/proc/self/exe");

  /** Functions of the C library that look up names of users and hosts. */
  private static final List<String> LOOK_UPS =
      List.of(
          "getpwuid",
          "getpwuid_r",
          "getpwnam",
          "getpwnam_r",
          "getgrgid",
          "getgrgid_r",
          "getgrnam",
          "getgrnam_r",
          "getaddrinfo",
          "gethostbyname");

  /** Calls that the kernel continues by restart_syscall when the process was stopped in one. */
  private static final Set<String> SLEEPS = Set.of("nanosleep", "clock_nanosleep", "poll", "futex");

  /**
   * A call that the policy should allow.
   *
   * @param comment how often it was observed and where first, or why it is included without that
   */
  public record Need(String call, Optional<Condition> condition, String comment) {}

  private final LearnOptions options;
  private final Recorder recorder;
  private final List<String> logs;
  private final boolean kernel;

  private final Optional<Reach> reach;
  private final boolean first;
  private final Optional<Reach> main;
  private final Optional<KnownProgram> program;

  /** Null until it is needed. */
  private Proposed proposed;

  /** Null until they are needed. */
  private List<Need> needs;

  Learned(LearnOptions options, Recorder recorder, List<String> logs, boolean kernel) {
    this(
        options,
        recorder,
        logs,
        kernel,
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty());
  }

  private Learned(
      LearnOptions options,
      Recorder recorder,
      List<String> logs,
      boolean kernel,
      Optional<Reach> reach,
      boolean first,
      Optional<Reach> main,
      Optional<KnownProgram> program) {
    this.options = options;
    this.recorder = recorder;
    this.logs = logs;
    this.kernel = kernel;
    this.reach = reach;
    this.first = first;
    this.main = main;
    this.program = program;
  }

  /**
   * The same result, joined with what the program can reach.
   *
   * @throws LearnException if a call was seen that cannot be reached
   */
  public Learned within(Reach reach) {
    List<String> strangers =
        recorder.result().calls().entrySet().stream()
            .filter(call -> !reach.contains(call.getKey()))
            .filter(call -> !call.getKey().equals("restart_syscall"))
            .map(call -> "%s (first at %s)".formatted(call.getKey(), call.getValue().first()))
            .toList();
    if (reach.isComplete() && !strangers.isEmpty()) {
      throw new LearnException(
          ("%s: seen, but no code that was analysed makes it: %s; name the library that does with"
                  + " --with-library, the program with --with-program, or give --no-derive")
              .formatted(reach.subject(), String.join(", ", strangers)));
    }
    return new Learned(
        options, recorder, logs, kernel, Optional.of(reach), false, Optional.empty(), program);
  }

  /**
   * The same result for the hook {@code first}, joined with what the program can reach.
   *
   * @param reach from its first instruction on
   * @param fromMain after the constructors of its libraries; empty if no phase can begin at main
   * @throws LearnException if a call was seen that cannot be reached
   */
  public Learned within(Reach reach, Optional<Reach> fromMain) {
    return new Learned(
        options, recorder, logs, kernel, within(reach).reach, true, fromMain, program);
  }

  /** The same result, with what the files of programs tell. */
  public Learned knowing(KnownProgram known) {
    return new Learned(options, recorder, logs, kernel, reach, first, main, Optional.of(known));
  }

  /** What is proposed beside rules for calls. */
  Proposed proposed() {
    if (proposed == null) {
      proposed = Proposed.of(options, recorder, program, needs(), extras().keySet());
    }
    return proposed;
  }

  /** Whether a program installed a policy in some log. */
  public boolean isInstalled() {
    return recorder.findings().isMarked();
  }

  /** The number of calls that count. */
  public long total() {
    return recorder.result().total();
  }

  /** The number of different calls that count. */
  public int distinct() {
    return recorder.result().calls().size();
  }

  /** The number of different accesses that Landlock denied. */
  public int denials() {
    return recorder.denials().count();
  }

  /** A name for the policy: that of the executable, if there is only one. */
  public String subject() {
    return options
        .exe()
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .or(recorder.findings()::onlyExecutable)
        .orElse("learned");
  }

  /** A short summary of the number of calls and of the logs. */
  public String summary() {
    String denied =
        denials() == 0 ? "" : ", and %,d accesses that Landlock denied".formatted(denials());
    return "learned from %s, %,d different%s, in %s"
        .formatted(Findings.counted(total(), "system call"), distinct(), denied, named(logs));
  }

  private static String named(List<String> logs) {
    return logs.size() > MOST_NAMED
        ? String.join(", ", logs.subList(0, MOST_NAMED))
            + " and %d more".formatted(logs.size() - MOST_NAMED)
        : String.join(", ", logs);
  }

  /** What was done with files and sockets, if that is asked for. */
  public Uses uses() {
    return recorder.result().uses();
  }

  /** How often each call was made. */
  public Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    recorder.result().calls().forEach((call, stats) -> counts.put(call, stats.count()));
    return counts;
  }

  /** The problems that make the result incomplete, one sentence each. */
  public List<String> warnings() {
    List<String> all = new ArrayList<>(recorder.findings().warnings());
    all.addAll(proposed().warnings());
    if (recorder.findings().lacksReload() && isService()) {
      all.add(
          "the program handles SIGHUP, by which services are told to reload, and none arrived: let"
              + " it reload once, or it may be killed when it does");
    }
    recorder
        .result()
        .calls()
        .forEach(
            (call, stats) ->
                recorder
                    .coverage
                    .refusal(call)
                    .filter(action -> stats.isMissing())
                    .ifPresent(
                        action ->
                            all.add(
                                "%s was seen, but the base policy denies it: %s"
                                    .formatted(call, action))));
    return all;
  }

  /** Whether the program waited for the work of others. */
  private boolean isService() {
    Set<String> calls = recorder.result().calls().keySet();
    return calls.contains("accept") || calls.contains("accept4");
  }

  /** The places from which on calls count, one sentence for each kind of log. */
  public List<String> scope() {
    List<String> all = new ArrayList<>();
    if (recorder.findings().isMarked()) {
      all.add("counted from the policy's installation on: " + recorder.findings().marks());
    }
    List<String> unmarked = recorder.findings().unmarked();
    if (!unmarked.isEmpty()) {
      String some = String.join(", ", unmarked.subList(0, Math.min(5, unmarked.size())));
      all.add(
          "no policy is installed in %s%s: counted everything after the first execve"
              .formatted(some, unmarked.size() > 5 ? ", ..." : ""));
    }
    if (options.whole()) {
      all.add("counted everything after the first execve");
    }
    if (kernel) {
      all.add("counted what the kernel recorded");
    }
    return all;
  }

  /** The calls to add to the base policy, or to one that allows nothing. */
  public List<Need> needs() {
    if (needs == null) {
      needs = findNeeds();
    }
    return needs;
  }

  private List<Need> findNeeds() {
    Needs found = new Needs(recorder.coverage());
    recorder
        .result()
        .calls()
        .forEach(
            (call, stats) -> {
              if (stats.isMissing() && recorder.coverage().refusal(call).isEmpty()) {
                found.seen(new Need(call, stats.condition(), comment(stats)));
              }
            });
    extras().forEach((call, why) -> found.unseen(call, Optional.empty(), "not seen, but " + why));
    Set<String> calls = recorder.result().calls().keySet();
    Set<String> allowed =
        calls.stream()
            .filter(
                call ->
                    found.isUnlimited(call) || recorder.coverage().allows(call, Optional.empty()))
            .collect(Collectors.toSet());
    if (executesItself()) {
      SecondStartCalls.addTo(found, options, first);
    }
    Unseen unseen = new Unseen(recorder, options, reach);
    unseen.addTo(found, calls, kernel);
    unseen.addCovered(found, allowed);
    return found.all();
  }

  /**
   * The needs that a phase at main allows: all but those of code that runs before it only. Empty
   * without such a phase. A program that executes itself starts under the filter of the phase.
   */
  Optional<List<Need>> needsFromMain() {
    if (main.isEmpty() || !main.get().isComplete() || executesItself()) {
      return Optional.empty();
    }
    List<Need> all = needs();
    List<Need> kept =
        all.stream()
            .filter(
                need ->
                    main.get().contains(need.call()) || !reach.orElseThrow().contains(need.call()))
            .toList();
    return kept.size() < all.size() ? Optional.of(kept) : Optional.empty();
  }

  /** Whether the program executed its own file, or executes files and has a name of its own. */
  private boolean executesItself() {
    Set<String> calls = recorder.result().calls().keySet();
    if (!calls.contains("execve") && !calls.contains("execveat")) {
      return false;
    }
    List<String> executed = programs();
    if (recorder.images().again() || executed.stream().anyMatch(recorder::isCopied)) {
      return true;
    }
    return program
        .map(known -> known.has(ITSELF) || executed.stream().anyMatch(known::isItself))
        .orElse(false);
  }

  /** Whether the program's own file uses functions that look up names of users and hosts. */
  boolean looksUpNames() {
    return program.map(known -> known.has(LOOK_UPS)).orElse(false);
  }

  /** Calls that the program can reach, that were not seen, and whose power the policy withholds. */
  public Withheld withheld() {
    Set<String> decided = new TreeSet<>(recorder.result().calls().keySet());
    decided.addAll(extras().keySet());
    SortedMap<String, String> unseen = new TreeMap<>();
    reach.ifPresent(reached -> unseen.putAll(reached.origins()));
    unseen
        .keySet()
        .removeIf(
            call -> decided.contains(call) || recorder.coverage().allows(call, Optional.empty()));
    return Withheld.of(
        unseen, needs(), HarmlessCalls.of(options.architecture()), CoveredCalls.of(options));
  }

  /** How much each run brought, one sentence each; none if there was only one run. */
  public List<String> runs() {
    return new Runs(recorder, new Unseen(recorder, options, reach), kernel).report();
  }

  /** Libraries that the program loaded, as traces have them: bytes as characters, ISO 8859-1. */
  public List<String> libraries() {
    return recorder.images().libraries();
  }

  /** The programs that it executed, in the same form; it may be one of them. */
  public List<String> programs() {
    return recorder.images().executed().stream().map(recorder::original).toList();
  }

  /** What the policy was joined with. */
  Optional<Reach> reach() {
    return reach;
  }

  private static String comment(CallStats stats) {
    String seen = Findings.counted(stats.count(), "time") + ", first at " + stats.first();
    return stats.remark().isEmpty() ? seen : seen + "; no condition: " + stats.remark();
  }

  /** Calls that programs need although a short run may not show them, with the reasons. */
  private Map<String, String> extras() {
    Set<String> calls = recorder.result().calls().keySet();
    Map<String, String> extras = new TreeMap<>();
    extras.put("exit_group", "every program ends with it");
    if (recorder.findings().threads() || (kernel && calls.contains("clone3"))) {
      extras.put("exit", "threads end with it");
    }
    if (recorder.findings().handlers() || recorder.result().signals()) {
      extras.put("rt_sigreturn", "handlers of signals end with it");
    } else if (kernel && calls.contains("rt_sigaction")) {
      extras.put("rt_sigreturn", "handlers of signals end with it, and rt_sigaction was seen");
    }
    if (SLEEPS.stream().anyMatch(calls::contains)) {
      extras.put("restart_syscall", "a program that is stopped while it sleeps continues with it");
    }
    return extras;
  }

  /** The base policy, or an empty one. */
  Policy base(String name, Optional<Action> defaultAction) {
    Policy start = options.base().orElse(Policy.of(name, Action.KILL_PROCESS, List.of()));
    return new Policy(
            start.version(),
            start.name(),
            defaultAction.orElse(start.defaultAction()),
            start.rules(),
            start.noNewPrivs(),
            start.log())
        .withMissingCallsMapped(start.mapsMissingCalls())
        .restrictedBy(start.landlock(), start.limits())
        .keeping(start.capabilities())
        .sealing(start.seal())
        .inPhases(start.phases())
        .weighedBy(start.weights());
  }

  /**
   * Adds the calls by which a patched program starts that executes itself: its policy already
   * decides them. They only take power away from a process.
   */
  private static final class SecondStartCalls {
    private static final String WITH = "with ";
    private static final String REASON =
        "not seen; the program executes itself, and the patched file starts with it";

    private SecondStartCalls() {}

    /**
     * Adds them.
     *
     * @param first whether the hook is {@code first}
     */
    static void addTo(Needs needs, LearnOptions options, boolean first) {
      boolean landlock =
          options.proposals().landlock() || options.base().flatMap(Policy::landlock).isPresent();
      boolean limits = options.base().flatMap(Policy::limits).isPresent();
      boolean capabilities = options.base().flatMap(Policy::capabilities).isPresent();
      boolean seal = options.base().filter(Policy::seal).isPresent();
      boolean applies = false;
      for (String line : CallLines.of("second-start.txt")) {
        if (line.startsWith(WITH)) {
          applies =
              switch (line.substring(WITH.length())) {
                case "landlock" -> landlock;
                case "limits" -> limits;
                case "capabilities" -> capabilities;
                case "seal" -> seal;
                case "first" -> first;
                default -> true;
              };
        } else if (applies) {
          CallLines.entries(line, options.architecture())
              .forEach(entry -> needs.unseen(entry.call(), entry.when(), REASON));
        }
      }
    }
  }
}
