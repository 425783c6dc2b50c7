package dev.hardwire.work;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a policy decides about the start of a dynamic program, which happens under it with the hook
 * {@code first}.
 *
 * @param denied the calls that the policy never allows, and without which no program starts
 * @param deniedAgain what the start of a program that executes itself lacks as well; empty if no
 *     file may be executed
 * @param read the paths that the program may read; empty for all
 */
record FirstStart(List<String> denied, List<String> deniedAgain, Optional<List<PathRule>> read) {
  /** What the loader and the dynamic linkers of glibc and musl call in every program. */
  private static final List<String> CALLS =
      List.of("openat", "read", "close", "mmap", "mmap2", "mprotect", "brk", "set_tid_address");

  /** What the loader calls as well, and does without if it fails. */
  private static final List<String> OPTIONAL = List.of("prlimit64", "getrandom", "munmap");

  private static final long RLIMIT_AS = 9;
  private static final long SOME_ADDRESS = 0x7fff_0000;

  static FirstStart of(Target machine, Policy policy) {
    List<ResolvedPolicy> stages = new ArrayList<>();
    stages.add(ResolvedPolicy.of(policy.inPhases(List.of()), machine));
    List<String> denied = denied(machine, stages, CALLS);
    for (Phase phase : policy.phases()) {
      stages.add(ResolvedPolicy.of(policy, phase, machine));
    }
    List<ResolvedPolicy> executing = new ArrayList<>();
    for (ResolvedPolicy stage : stages) {
      if (denied(machine, List.of(stage), List.of("execve", "execveat")).size() < 2) {
        executing.add(stage);
      }
    }
    List<String> again = denied(machine, executing, CALLS);
    again.addAll(killing(machine, executing));
    return new FirstStart(
        denied,
        again,
        policy.landlock().isPresent() ? policy.landlock().get().read() : Optional.empty());
  }

  private static List<String> denied(
      Target machine, List<ResolvedPolicy> stages, List<String> calls) {
    SyscallTable table = SyscallTable.of(machine);
    boolean mapsPages = table.number("mmap2").isPresent();
    List<String> denied = new ArrayList<>();
    for (String call : calls) {
      OptionalInt number = table.number(call);
      if (number.isEmpty() || (mapsPages && call.equals("mmap"))) {
        continue;
      }
      for (ResolvedPolicy stage : stages) {
        if (!denied.contains(call)
            && !ReferenceInterpreter.mayLetThrough(stage, number.getAsInt())) {
          denied.add(call);
        }
      }
    }
    return denied;
  }

  /** The optional calls for which a policy does not return an error. */
  private static List<String> killing(Target machine, List<ResolvedPolicy> stages) {
    List<String> found = new ArrayList<>();
    for (String call : OPTIONAL) {
      OptionalInt number = SyscallTable.of(machine).number(call);
      for (ResolvedPolicy stage : stages) {
        if (number.isPresent() && !found.contains(call)) {
          long second = call.equals("prlimit64") ? RLIMIT_AS : Long.BYTES;
          SeccompData data = SeccompData.of(machine, number.getAsInt(), 0, second, 0, SOME_ADDRESS);
          Verdict verdict = ReferenceInterpreter.decide(stage, data);
          if (!verdict.letsThrough() && (verdict.value() & ~0xffffL) != Verdict.ERRNO) {
            found.add(call);
          }
        }
      }
    }
    return found;
  }

  /** What the program needs and does not get, one sentence each. */
  List<String> warnings(String linker) {
    List<String> found = new ArrayList<>();
    if (!denied.isEmpty()) {
      found.add(
          "the policy denies %s, so under the hook first the program will not start; allow"
                  .formatted(String.join(", ", denied))
              + " \"@start-glibc\" or \"@start-musl\"");
    } else if (!deniedAgain.isEmpty()) {
      found.add(
          "the policy lets the program execute files, but not itself: under the hook first, a"
              + " patched file also starts with calls that it denies: "
              + String.join(", ", deniedAgain));
    }
    if (read.isPresent() && !covers(read.get(), Path.of(linker))) {
      found.add(
          "landlock does not let the program read %s, so under the hook first it will not start;"
                  .formatted(linker)
              + " add it and the folders of the libraries to read");
    }
    return found;
  }

  /** As far as this machine has the paths, links are followed. */
  private static boolean covers(List<PathRule> rules, Path file) {
    Path real = real(file);
    for (PathRule rule : rules) {
      Path path = Path.of(rule.path());
      if (file.startsWith(path) || real.startsWith(real(path))) {
        return true;
      }
    }
    return false;
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException missing) {
      return path.normalize();
    }
  }
}
