package dev.hardwire.learn.record;

import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.log.StraceLine;
import dev.hardwire.learn.log.StraceText;
import dev.hardwire.learn.log.StraceValue;
import dev.hardwire.learn.log.TraceGaps;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Follows a trace: the calls of each thread, the parents of processes, and the places from which on
 * a policy confines them.
 */
public final class TraceEvents {
  /** The maximum number of characters of unfinished calls' arguments that are kept at a time. */
  private static final int PENDING_LIMIT = 1 << 24;

  private static final long SECCOMP_SET_MODE_FILTER = 1;
  private static final long SECCOMP_FILTER_FLAG_TSYNC = 1;
  private static final long PR_SET_SECCOMP = 22;
  private static final long PR_SET_NO_NEW_PRIVS = 38;
  private static final long SECCOMP_MODE_FILTER = 2;

  private final Recorder recorder;
  private final String name;
  private final Totals totals = new Totals();
  private final Tasks tasks;
  private final boolean separate;
  private final TraceGaps gaps = new TraceGaps();
  private final Images images = new Images();
  private final FileCalls files;
  private boolean marked;
  private int pendingCharacters;

  /**
   * @param name of the trace
   * @param separate whether each thread has a file of its own
   */
  public TraceEvents(String name, Recorder recorder, boolean separate) {
    this.name = name;
    this.recorder = recorder;
    this.separate = separate;
    this.files = new FileCalls(recorder);
    this.tasks = new Tasks(recorder, totals, separate);
  }

  void accept(StraceLine line, Place place) {
    StraceLine.Body body = line.body();
    if (line.pid().isPresent()) {
      gaps.numbered();
    }
    if (body instanceof StraceLine.Call call) {
      call(tasks.of(line.pid(), false), call, place);
    } else if (body instanceof StraceLine.Resumed resumed) {
      resumed(tasks.of(line.pid(), true), resumed, place);
    } else if (body instanceof StraceLine.Signal signal) {
      tasks.of(line.pid(), false).counts().signals = true;
      recorder.findings.arrived(signal.name());
    } else if (body instanceof StraceLine.Gone gone) {
      if (gone.byItself()) {
        gaps.exited();
      }
      gone(tasks.of(line.pid(), false));
    } else if (body instanceof StraceLine.Superseded superseded) {
      tasks.superseded(tasks.of(line.pid(), false), superseded.by());
    } else if (body instanceof StraceLine.Attached attached) {
      tasks.attached(attached.pid());
    } else if (body instanceof StraceLine.LeftOut leftOut) {
      leavesOut(leftOut.calls());
    } else if (body instanceof StraceLine.Mode mode) {
      mode(tasks.of(OptionalInt.of(mode.pid()), false), mode.mode());
    }
  }

  /** The thread ID for a line without one; empty if it is not known. */
  OptionalInt unnumbered() {
    int pid = tasks.of(OptionalInt.empty(), false).pid;
    return pid == 0 ? OptionalInt.empty() : OptionalInt.of(pid);
  }

  private void mode(Task task, String mode) {
    int wanted = recorder.options.architecture().wordBits();
    task.otherArchitecture =
        switch (mode) {
          case "64 bit" -> wanted == 64 ? "" : "x86_64";
          case "32 bit" -> wanted == 32 ? "" : "i386";
          default -> mode;
        };
  }

  private void call(Task task, StraceLine.Call call, Place place) {
    Optional<String> name = recorder.known(call.name());
    if (!task.otherArchitecture.isEmpty()) {
      recorder.otherArchitecture(task.otherArchitecture, place);
      return;
    }
    if (name.isEmpty()) {
      recorder.findings.unknownCall(call.name(), place);
      return;
    }
    flush(task);
    task.calls(name.get());
    gaps.call(name.get());
    Optional<String> arguments =
        recorder.needsArguments(name.get()) ? call.arguments() : Optional.empty();
    if (call.result().isPresent()) {
      done(task, new Task.Pending(name.get(), arguments, place), call.result().get(), place);
      return;
    }
    int length = arguments.map(String::length).orElse(0);
    boolean fits = pendingCharacters + length <= PENDING_LIMIT;
    pendingCharacters += fits ? length : 0;
    tasks.begins(task, new Task.Pending(name.get(), fits ? arguments : Optional.empty(), place));
  }

  /** Counts a call of which only the beginning is in the trace. */
  private void flush(Task task) {
    Task.Pending begun = end(task);
    if (begun != null) {
      record(task, begun);
    }
  }

  private Task.Pending end(Task task) {
    Task.Pending begun = tasks.ends(task);
    pendingCharacters -= begun == null ? 0 : begun.arguments().map(String::length).orElse(0);
    return begun;
  }

  private void resumed(Task task, StraceLine.Resumed resumed, Place place) {
    Optional<String> name = recorder.known(resumed.name());
    if (!task.otherArchitecture.isEmpty() || name.isEmpty()) {
      return; // its beginning was already processed
    }
    Task.Pending begun = end(task);
    Task.Pending whole =
        begun != null && begun.name().equals(name.get())
            ? new Task.Pending(
                begun.name(),
                begun.arguments().map(start -> start + resumed.arguments()),
                begun.place())
            : new Task.Pending(name.get(), Optional.empty(), place);
    done(task, whole, resumed.result(), place);
  }

  private void done(Task task, Task.Pending call, String result, Place place) {
    String arguments = call.arguments().orElse("");
    if (record(task, call) && recorder.isFileCall(call.name())) {
      files.returned(task, call.name(), arguments, result, place);
    }
    returned(task, call.name(), arguments, result, place);
  }

  /** Counts a call; returns false for the one by which strace starts the program. */
  private boolean record(Task task, Task.Pending call) {
    boolean first = !task.started;
    task.started = true;
    if (first && call.name().equals("execve")) {
      if (!task.linked) {
        task.firstExecve = call;
        return true;
      }
      if (!task.child) {
        return false;
      }
    }
    if (!isOfStub(task, call)) {
      recorder.countTraced(task, call);
    }
    return true;
  }

  /**
   * Whether a copy makes the call only because it was executed again: its stub installs a filter.
   * The policy allows this by conditions; what the program calls itself needs others.
   */
  private boolean isOfStub(Task task, Task.Pending call) {
    if (!task.group.isStarting) {
      return false;
    }
    List<String> arguments = StraceText.arguments(call.arguments().orElse(""));
    return (call.name().equals("prctl") && value(arguments, 0) == PR_SET_NO_NEW_PRIVS)
        || (call.name().equals("seccomp") && value(arguments, 0) == SECCOMP_SET_MODE_FILTER);
  }

  private void returned(Task task, String name, String arguments, String result, Place place) {
    boolean succeeded = result.equals("0") || result.startsWith("0 ");
    switch (name) {
      case "clone", "clone3", "fork", "vfork" ->
          StraceText.pid(result)
              .ifPresent(
                  pid -> {
                    boolean thread = arguments.contains("CLONE_THREAD");
                    gaps.forks();
                    recorder.findings.threads |= thread;
                    tasks.link(task, pid, thread);
                  });
      case "execve", "execveat" -> {
        if (succeeded) {
          executes(task, name, arguments);
        } else if (result.startsWith("-1 ")) {
          gaps.failsToExecute(result);
        }
      }
      case "open", "openat", "openat2" -> opens(task, name, arguments, result);
      case "mmap", "mmap2" -> task.maps(arguments, images);
      case "seccomp", "prctl" -> {
        if (succeeded && !recorder.options.whole()) {
          confines(task, name, arguments, place);
        }
      }
      case "rt_sigaction" -> {
        if (StraceText.setsHandler(arguments)) {
          recorder.findings.handles(StraceText.arguments(arguments).get(0));
        }
      }
      default -> {}
    }
  }

  private void executes(Task task, String name, String arguments) {
    List<String> list = StraceText.arguments(arguments);
    int index = name.equals("execve") ? 0 : 1;
    String path = index < list.size() ? StraceText.unquoted(list.get(index)) : null;
    path = task.executed(path == null ? "" : path);
    gaps.executes();
    recorder.findings.executable(path);
    images.program(path);
    task.image = path;
    boolean isCopy = recorder.copies.containsKey(path);
    if (!isCopy && !recorder.isCopied(path) && !images.isMain(path)) {
      task.group.executes();
    } else if (isCopy && task.scope().confined().get().orElse(false)) {
      task.group.executesCopy();
    }
    if (recorder.options.exe().isPresent()) {
      task.become(task.scope().withExecutable(recorder.options.matches(path)));
    }
  }

  private void opens(Task task, String name, String arguments, String result) {
    boolean library = arguments.contains(".so\"") || arguments.contains(".so.");
    if (!library || !result.matches("\\d{1,9}(?:<.*)?")) {
      return;
    }
    gaps.loads();
    List<String> list = StraceText.arguments(arguments);
    int index = name.equals("open") ? 0 : 1;
    String path = index < list.size() ? StraceText.unquoted(list.get(index)) : null;
    task.opens(path, result.replaceAll("<.*", ""));
  }

  private void confines(Task task, String name, String arguments, Place place) {
    List<String> list = StraceText.arguments(arguments);
    boolean prctl = name.equals("prctl");
    if (value(list, 0) != (prctl ? PR_SET_SECCOMP : SECCOMP_SET_MODE_FILTER)
        || (prctl && value(list, 1) != SECCOMP_MODE_FILTER)) {
      return;
    }
    task.group.isStarting = false;
    boolean allThreads = !prctl && (value(list, 1) & SECCOMP_FILTER_FLAG_TSYNC) != 0;
    if (task.scope().mayCount() && !task.scope().confined().get().orElse(false)) {
      marked = true;
      images.main(task.image);
      recorder.findings.mark(place, task.pid);
    }
    if (!task.scope().confined().get().orElse(false)) {
      task.group.starts();
    }
    for (Task each : allThreads ? List.copyOf(task.group.tasks) : List.of(task)) {
      each.become(each.scope().withConfined());
    }
    tasks.changed();
  }

  /** A small number among the arguments; -1 if there is none. */
  private long value(List<String> arguments, int index) {
    return index < arguments.size()
        ? StraceValue.parse(arguments.get(index), recorder.options.architecture())
            .map(StraceValue::bits)
            .filter(bits -> bits >= 0)
            .orElse(-1L)
        : -1;
  }

  private void gone(Task task) {
    flush(task);
    tasks.gone(task);
  }

  /** strace was told not to show these calls, which are known in another way. */
  private void leavesOut(List<String> calls) {
    for (String call : calls) {
      recorder
          .known(call)
          .ifPresent(
              name -> {
                gaps.call(name);
                recorder.leftOut.add(name);
              });
    }
  }

  public void endOfFile() {
    tasks.live().forEach(this::flush);
  }

  /** Ends the trace and adds up the counts. */
  public void finish() {
    endOfFile();
    tasks.finish();
    totals.finish();
    recorder.others += totals.others.total;
    recorder.images.addAll(images);
    gaps.notStarted().ifPresent(result -> recorder.findings.notStarted(name, result));
    gaps.missing(separate).ifPresent(what -> recorder.findings.gap(name, what));
    recorder.result.addAll(totals.confined);
    if (!marked) {
      recorder.result.addAll(totals.free);
      if (totals.free.total > 0 && !recorder.options.whole()) {
        recorder.findings.unmarked(name);
      }
    }
  }
}
