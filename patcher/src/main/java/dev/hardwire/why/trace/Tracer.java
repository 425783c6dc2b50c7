package dev.hardwire.why.trace;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.os.ChildProcess;
import dev.hardwire.os.HostError;
import dev.hardwire.os.Tracing;
import dev.hardwire.why.CallTexts;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.Ending;
import dev.hardwire.why.Judge;
import dev.hardwire.why.PolicyLayer;
import dev.hardwire.why.code.OpenFiles;
import dev.hardwire.why.code.Registers;
import dev.hardwire.why.code.StackWalk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs a program and all that it starts to their ends, and reports the calls that filters denied.
 *
 * <p>The kernel ends a process before any signal is seen, but stops it once more before its memory
 * is gone. All is done by the thread that starts the program.
 */
public final class Tracer {
  /** Gets what is found. */
  public interface Observer {
    /**
     * A denied call.
     *
     * @param layers the policies that the process is under, as far as they are known
     */
    void denied(DeniedCall call, List<PolicyLayer> layers);

    /** A process that died of SIGSYS without a denied call that could be found. */
    void unexplained(String program, int process, String reason);
  }

  private static final int SIGTRAP = 5;
  private static final int SIGSYS = 31;
  private static final int SYSCALL_STOP = SIGTRAP | 0x80;
  private static final int SIGNAL_MASK = 0x7f;
  private static final int SECCOMP_CODE = 1;
  private static final Set<Integer> STOPPING = Set.of(19, 20, 21, 22);

  private final Observer observer;
  private final List<PolicyLayer> known;
  private final String shownFirst;
  private final boolean followsCalls;
  private final Map<Integer, TracedProcess.Traced> threads = new HashMap<>();

  /**
   * New threads that stopped before their parents said who they are, and these parents. A parent
   * that is killed says nothing.
   */
  private final Map<Integer, Integer> early = new HashMap<>();

  /** By process, the thread of it that began to end last: it may not say what it started. */
  private final Map<Integer, TracedProcess.Traced> leaving = new HashMap<>();

  private TracedProcess.Traced lastEnded;
  private int root;
  private int rootStatus;
  private boolean hasExecuted;

  /**
   * A tracer.
   *
   * @param shownFirst the name of the first program in reports
   * @param known the policies of the first program; empty for those of its file
   * @param followsCalls whether to see each call, for those that return errors
   */
  public Tracer(
      Observer observer, String shownFirst, List<PolicyLayer> known, boolean followsCalls) {
    this.observer = observer;
    this.shownFirst = shownFirst;
    this.known = List.copyOf(known);
    this.followsCalls = followsCalls;
  }

  /**
   * Runs a program to its end.
   *
   * @return its status, as wait(2) has it
   * @throws IOException if it cannot be executed or traced
   */
  public int run(ChildProcess.Start start) throws IOException {
    root = ChildProcess.start(start);
    TracedProcess first = new TracedProcess(root, List.of());
    first.shown = shownFirst;
    threads.put(root, new TracedProcess.Traced(first, List.of()));
    for (Optional<Tracing.Change> change = Tracing.await();
        change.isPresent();
        change = Tracing.await()) {
      if (change.get().isStop()) {
        stopped(change.get());
      } else {
        ended(change.get());
      }
    }
    if (!hasExecuted) {
      throw new FileSystemException(
          shownFirst, null, "cannot be executed: " + HostError.text(rootStatus >> Byte.SIZE));
    }
    return rootStatus;
  }

  private void ended(Tracing.Change change) {
    TracedProcess.Traced thread = threads.remove(change.thread());
    early.remove(change.thread());
    if (change.thread() == root) {
      rootStatus = change.status();
    }
    if (thread == null || thread.process.number != change.thread()) {
      return;
    }
    lastEnded = thread;
    leaving.remove(change.thread());
    adoptOrphans();
    TracedProcess process = thread.process;
    if ((change.status() & SIGNAL_MASK) == SIGSYS && !process.isExplained) {
      process.suspect.ifPresentOrElse(
          call -> observer.denied(call, process.layers),
          () ->
              observer.unexplained(
                  process.shown, process.number, "no filter of its files denies its last call"));
    }
  }

  private void stopped(Tracing.Change change) throws IOException {
    int id = change.thread();
    if (!threads.containsKey(id)) {
      if (change.event() == Tracing.EVENT_EXIT) { // it was killed before it ran
        resume(id, 0);
        return;
      }
      int parent = ProcFiles.parent(id);
      early.put(id, parent);
      if (leaving.containsKey(parent)) {
        started(id, leaving.get(parent));
      }
      adoptOrphans();
      return;
    }
    int signal = 0;
    switch (change.event()) {
      case Tracing.EVENT_FORK, Tracing.EVENT_VFORK, Tracing.EVENT_CLONE -> started(id);
      case Tracing.EVENT_EXEC -> executed(id);
      case Tracing.EVENT_EXIT -> {
        exiting(id);
        adoptFrom(threads.get(id));
      }
      case Tracing.EVENT_STOP -> {
        if (STOPPING.contains(change.signal())) {
          Tracing.leaveStopped(id);
          return;
        }
      }
      default -> {
        if (change.signal() == SYSCALL_STOP) {
          new FollowedCall(threads, threads.get(id), id).stop().ifPresent(call -> failed(id, call));
        } else if (change.event() == 0) {
          signal = change.signal();
          signalled(id, signal);
        }
      }
    }
    resume(id, signal);
  }

  private void resume(int thread, int signal) {
    if (followsCalls) {
      Tracing.resumeToCall(thread, signal);
    } else {
      Tracing.resume(thread, signal);
    }
  }

  private void started(int parent) {
    int child = (int) Tracing.message(parent);
    if (child == 0) {
      return; // the parent has been killed
    }
    if (!threads.containsKey(child)) {
      started(child, threads.get(parent));
    }
  }

  private void started(int child, TracedProcess.Traced parent) {
    boolean isThread = Files.exists(Path.of("/proc/" + parent.process.number + "/task/" + child));
    TracedProcess process = isThread ? parent.process : parent.process.child(child);
    add(child, process, parent.filters);
  }

  /**
   * Lets those go on that a thread may have started before it was killed, since it will not say so.
   * Another thread of the process may have started them; its filters are hardly others.
   */
  private void adoptFrom(TracedProcess.Traced thread) {
    leaving.put(thread.process.number, thread);
    for (Map.Entry<Integer, Integer> child : Map.copyOf(early).entrySet()) {
      if (child.getValue() == thread.process.number) {
        started(child.getKey(), thread);
      }
    }
  }

  private void add(int child, TracedProcess process, List<Filter> filters) {
    threads.put(child, new TracedProcess.Traced(process, filters));
    if (early.remove(child) != null) {
      resume(child, 0);
    }
  }

  /** Lets new processes go on whose parents have ended. */
  private void adoptOrphans() {
    TracedProcess.Traced parent = lastEnded == null ? threads.get(root) : lastEnded;
    for (Map.Entry<Integer, Integer> child : Map.copyOf(early).entrySet()) {
      if (!threads.containsKey(child.getValue()) && parent != null) {
        add(child.getKey(), parent.process.child(child.getKey()), parent.filters);
      }
    }
  }

  private void executed(int id) throws IOException {
    int former = (int) Tracing.message(id);
    TracedProcess.Traced thread = threads.get(id);
    if (former != id && threads.containsKey(former)) { // another thread has become the first one
      thread = new TracedProcess.Traced(thread.process, threads.remove(former).filters);
      threads.put(id, thread);
    }
    thread.call = Optional.empty();
    TracedProcess process = thread.process;
    boolean isFirst = process.executable.isEmpty() && id == root;
    Path link = Path.of("/proc", Integer.toString(id), "exe");
    process.executable = ProcFiles.executable(id);
    process.shown = isFirst ? shownFirst : process.executable;
    hasExecuted = true;
    process.layers.addAll(isFirst && !known.isEmpty() ? known : layers(link, process.shown));
  }

  private static List<PolicyLayer> layers(Path file, String shown) throws IOException {
    try (OpenFiles files = new OpenFiles()) {
      return PolicyLayer.ifHardWired(shown, files.read(file));
    }
  }

  /** A signal is about to reach a thread: of SIGSYS, a filter may have sent it. */
  private void signalled(int id, int signal) {
    Optional<ByteBuffer> info = signal == SIGSYS ? Tracing.signalInfo(id) : Optional.empty();
    if (info.isEmpty()) {
      return;
    }
    TracedProcess process = threads.get(id).process;
    int code = info.get().getInt(8);
    if (code != SECCOMP_CODE) {
      observer.unexplained(
          process.shown,
          process.number,
          "it got SIGSYS, but not from a filter (code " + code + ")");
      process.isExplained = true;
      return;
    }
    long number = info.get().getInt(24) & 0xffff_ffffL;
    long audit = info.get().getInt(28) & 0xffff_ffffL;
    Optional<DeniedCall> call = new Stop(process, id).call(Ending.TRAPPED, audit, number);
    call.ifPresent(found -> observer.denied(found, process.layers));
    process.isExplained |= call.isPresent();
  }

  private void exiting(int id) {
    long status = Tracing.message(id);
    TracedProcess process = threads.get(id).process;
    if ((status & SIGNAL_MASK) != SIGSYS || process.isExplained) {
      return;
    }
    Optional<Registers> registers = new Stop(process, id).registers();
    Optional<ByteBuffer> info = Tracing.callInfo(id);
    if (registers.isEmpty() || info.isEmpty()) {
      return;
    }
    boolean unanswered = registers.get().isUnanswered();
    if (!unanswered && !registers.get().isRolledBack()) {
      return; // ended because another thread was
    }
    Ending ending = unanswered ? Ending.THREAD_KILLED : Ending.KILLED;
    long audit = info.get().getInt(4) & 0xffff_ffffL;
    Optional<DeniedCall> call = new Stop(process, id).call(ending, audit, registers.get().number());
    if (call.isEmpty()) {
      return;
    }
    boolean isDenied =
        new Judge(process.layers).verdict(call.get().data()).filter(Tracer::isDeadly).isPresent();
    if (isDenied) {
      observer.denied(call.get(), process.layers);
      process.isExplained = !unanswered;
    } else {
      process.suspect = call;
    }
  }

  private static boolean isDeadly(Verdict verdict) {
    return verdict.action() == Verdict.KILL_PROCESS || verdict.action() == Verdict.KILL_THREAD;
  }

  private void failed(int id, SeccompData data) {
    TracedProcess process = threads.get(id).process;
    new Stop(process, id)
        .call(Ending.FAILED, data)
        .ifPresent(call -> observer.denied(call, process.layers));
  }

  /** Files of the kernel about traced threads (proc(5)), which may be gone at any time. */
  private static final class ProcFiles {
    private ProcFiles() {}

    /** The process of a thread, or the parent of a process; 0 if it is gone. */
    static int parent(int id) {
      try {
        List<String> lines =
            Files.readAllLines(Path.of("/proc/" + id + "/status"), StandardCharsets.ISO_8859_1);
        int process = number(lines, "Tgid:");
        return process == id ? number(lines, "PPid:") : process;
      } catch (IOException gone) {
        return 0;
      }
    }

    private static int number(List<String> lines, String field) {
      return lines.stream()
          .filter(line -> line.startsWith(field))
          .mapToInt(line -> Integer.parseInt(line.substring(field.length()).strip()))
          .findFirst()
          .orElse(0);
    }

    /** The path of the file that a process executes; a text if that may not be known. */
    static String executable(int process) {
      try {
        return Files.readSymbolicLink(Path.of("/proc/" + process + "/exe")).toString();
      } catch (IOException hidden) {
        return "a program that may not be read";
      }
    }
  }

  /** A thread that is stopped, with its registers and memory. */
  private static final class Stop {
    private static final int LONGEST_TEXT = 256;

    private final TracedProcess process;
    private final int thread;

    Stop(TracedProcess process, int thread) {
      this.process = process;
      this.thread = thread;
    }

    /** Its registers; empty if it is gone, or of another architecture. */
    Optional<Registers> registers() {
      byte[] bytes = Tracing.registers(thread);
      for (Target target : List.of(Target.X86_64, Target.I386)) {
        if (bytes.length == Registers.size(target)) {
          return Optional.of(Registers.of(target, Bytes.wrap(bytes)));
        }
      }
      return Optional.empty();
    }

    /**
     * The call that its registers have; empty if the thread is gone.
     *
     * @param architecture an AUDIT_ARCH_ value: whose calls it is one of
     */
    Optional<DeniedCall> call(Ending ending, long architecture, long number) {
      Optional<Target> target = Target.ofAuditNumber(architecture);
      return target.isEmpty()
          ? Optional.empty()
          : registers().flatMap(found -> call(ending, found.call(target.get(), number)));
    }

    /** A call with the place where it was made; empty if the thread is gone. */
    Optional<DeniedCall> call(Ending ending, SeccompData data) {
      Optional<Registers> registers = registers();
      if (registers.isEmpty()) {
        return Optional.empty();
      }
      try (LiveMemory memory = new LiveMemory(thread, process.executable, process.shown)) {
        return Optional.of(
            new DeniedCall(
                process.shown,
                process.number,
                thread,
                ending,
                data,
                true,
                CallTexts.of(data, address -> memory.text(address, LONGEST_TEXT)),
                StackWalk.of(memory, registers.get()),
                Optional.empty()));
      } catch (IOException gone) {
        return Optional.empty();
      }
    }
  }
}
