package dev.hardwire.report.read;

import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.report.model.Grade;
import dev.hardwire.report.model.Grade.Reason;
import dev.hardwire.report.model.Grade.Room;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.PolicyView.Access;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Grades a program by what its proven policy leaves it. */
final class GradeReader {
  private static final List<String> START = List.of("execve", "execveat");
  private static final List<String> CODE =
      List.of("mprotect", "pkey_mprotect", "mmap", "mmap2", "remap_file_pages");
  private static final List<String> NETWORK = List.of("socket", "socketcall");
  private static final List<String> FILES = List.of("open", "openat", "openat2", "creat");
  private static final List<String> PROCESSES =
      List.of("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd");
  private static final List<String> SIGNALS = List.of("kill", "pidfd_send_signal");

  private final Confinement confinement;
  private final Map<String, Access> access;
  private final Set<String> limits;
  private final List<Reason> reasons = new ArrayList<>();

  private GradeReader(Confinement confinement, PolicyView policy) {
    this.confinement = confinement;
    this.access = policy.access();
    this.limits =
        policy.restrictions().stream().map(ExplainedCall::call).collect(Collectors.toSet());
  }

  static Grade grade(Report report, Optional<PolicyView> policy, List<PatchView> patches) {
    Status status = report.status();
    if (report.confinement().isEmpty() || policy.isEmpty() || status == Status.ENFORCES_NOTHING) {
      return Grade.none(status.meaning());
    }
    if (policy.get().calls().isEmpty()) {
      return Grade.none("What the policy decides cannot be listed.");
    }
    GradeReader reader = new GradeReader(report.confinement().get(), policy.get());
    reader.areas();
    reader.hook(patches, report.uncheckedLibrary().isPresent());
    return Grade.of(reader.reasons);
  }

  private void areas() {
    add("start other programs", START, "");
    add("make new code", CODE, limits.contains("limit no-write-execute") ? "limits" : "");
    add("use the network", NETWORK, confinement.restrictions().contains("ports") ? "ports" : "");
    add("open files", FILES, confinement.restrictions().contains("files") ? "paths" : "");
    processes();
    List<String> kernel = new ArrayList<>(RiskyCalls.reasons().keySet());
    kernel.removeAll(START);
    kernel.removeAll(PROCESSES);
    boolean given = confinement.restrictions().contains("capabilities");
    add("change the kernel or the system", kernel, given ? "capabilities" : "");
  }

  /** Landlock's ports and paths leave a part of an area; the limit on code leaves nothing. */
  private void add(String area, List<String> calls, String restricted) {
    List<String> open = named(calls, Access.ALLOWED);
    List<String> partly = named(calls, Access.CONDITIONAL);
    if (open.isEmpty() && partly.isEmpty()) {
      reasons.add(new Reason(area, Room.CLOSED, "seccomp denies " + some(known(calls))));
    } else if (restricted.equals("limits")) {
      reasons.add(new Reason(area, Room.CLOSED, "the kernel refuses memory to write and execute"));
    } else if (restricted.equals("capabilities")) {
      reasons.add(new Reason(area, Room.PARTLY, "it gives up capabilities that such calls need"));
    } else if (!restricted.isEmpty()) {
      reasons.add(new Reason(area, Room.PARTLY, "Landlock names the " + restricted));
    } else if (open.isEmpty() || (calls == CODE && !open.contains("mprotect"))) {
      String text = "seccomp allows %s for some arguments".formatted(some(partly));
      reasons.add(new Reason(area, Room.PARTLY, text));
    } else {
      reasons.add(new Reason(area, Room.OPEN, "seccomp allows " + some(open)));
    }
  }

  private void processes() {
    add("read or change other processes", PROCESSES, "");
    Reason last = reasons.get(reasons.size() - 1);
    boolean signals = !named(SIGNALS, Access.ALLOWED).isEmpty();
    if (last.room() == Room.CLOSED && signals && !confinement.restrictions().contains("scope")) {
      reasons.set(
          reasons.size() - 1,
          new Reason(last.area(), Room.PARTLY, "it can send signals to them, and no more"));
    }
  }

  private void hook(List<PatchView> patches, boolean unchecked) {
    List<String> hooks = patches.stream().map(PatchView::hook).distinct().toList();
    String area = "run before its policy";
    if (unchecked) {
      reasons.add(
          new Reason(area, Room.OPEN, "a library that was not checked installs the policy"));
    } else if (hooks.equals(List.of("post-init"))) {
      reasons.add(new Reason(area, Room.PARTLY, "its constructors do: hook post-init"));
    } else if (hooks.equals(List.of("first"))) {
      reasons.add(new Reason(area, Room.CLOSED, "nothing: hook first"));
    } else {
      String text = "only the code that loads it: hook " + String.join(", ", hooks);
      reasons.add(new Reason(area, Room.CLOSED, text));
    }
  }

  private List<String> named(List<String> calls, Access wanted) {
    return calls.stream().filter(call -> access.get(call) == wanted).toList();
  }

  private List<String> known(List<String> calls) {
    return calls.stream().filter(access::containsKey).toList();
  }

  /** The first few of several calls. */
  private static String some(List<String> calls) {
    int most = 3;
    String first = String.join(", ", calls.subList(0, Math.min(most, calls.size())));
    return calls.size() <= most ? first : first + " and " + (calls.size() - most) + " more";
  }
}
