package dev.hardwire.patch.plan;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.stub.Argument;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.Step;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a program needs that executes itself: a process keeps its filters when it executes a file
 * (seccomp(2)), so the calls by which the file installs its policy are decided by that policy.
 */
public final class SecondStart {
  private static final long PR_SET_NO_NEW_PRIVS = 38;
  private static final long O_PATH_CLOEXEC = 0x20_0000 | 0x8_0000;

  /** The addresses and the descriptors are not known; rules can hardly mean them. */
  private static final long SOME_ADDRESS = 0x7fff_0000;

  private SecondStart() {}

  /**
   * What a policy has to allow, and does not, so that its file can be executed again: calls, with
   * conditions as policies write them. Nothing, if the policy allows no program to be executed.
   */
  public static List<String> denied(Target machine, Policy policy) {
    return denied(machine, policy, SetupCompiler.compile(machine, policy));
  }

  /** The same for a policy that is compiled already. */
  public static List<String> denied(Target machine, Policy policy, SetupProgram setup) {
    List<ResolvedPolicy> stages = new ArrayList<>(List.of(ResolvedPolicy.of(policy, machine)));
    for (Phase phase : policy.phases()) {
      stages.add(ResolvedPolicy.of(policy, phase, machine));
    }
    SyscallTable table = SyscallTable.of(machine);
    List<ResolvedPolicy> executing =
        stages.stream().filter(stage -> allows(stage, table, "execve", "execveat")).toList();
    Set<String> denied = new LinkedHashSet<>();
    if (executing.isEmpty()) {
      return List.of();
    }
    if (setup.seals() && !allowsAll(executing, table, "mseal")) {
      denied.add("mseal");
    }
    for (Step step : setup.steps()) {
      if (step instanceof Step.SystemCall call) {
        String name = table.name(call.number()).orElseThrow();
        SeccompData data = SeccompData.of(machine, call.number(), arguments(call));
        boolean isDenied =
            !name.equals("write") // it only prints what is wrong
                && executing.stream()
                    .anyMatch(stage -> !ReferenceInterpreter.decide(stage, data).letsThrough());
        if (isDenied) {
          denied.add(text(name, call));
        }
      }
    }
    return List.copyOf(denied);
  }

  private static boolean allowsAll(List<ResolvedPolicy> stages, SyscallTable table, String call) {
    for (ResolvedPolicy stage : stages) {
      SeccompData data =
          SeccompData.of(
              stage.architecture(), table.number(call).orElseThrow(), SOME_ADDRESS, SOME_ADDRESS);
      if (!ReferenceInterpreter.decide(stage, data).letsThrough()) {
        return false;
      }
    }
    return true;
  }

  private static boolean allows(ResolvedPolicy policy, SyscallTable table, String... calls) {
    for (String call : calls) {
      if (ReferenceInterpreter.mayLetThrough(policy, table.number(call).orElseThrow())) {
        return true;
      }
    }
    return false;
  }

  private static long[] arguments(Step.SystemCall call) {
    long[] bits = new long[call.arguments().size()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] =
          call.arguments().get(i) instanceof Argument.Value value ? value.bits() : SOME_ADDRESS;
    }
    return bits;
  }

  /** As narrow as a policy can say it. */
  private static String text(String name, Step.SystemCall call) {
    return switch (name) {
      case "seccomp" -> name + " (when: \"op == SECCOMP_SET_MODE_FILTER\")";
      case "prctl" ->
          call.arguments().get(0).bits() == PR_SET_NO_NEW_PRIVS
              ? name + " (when: \"option == PR_SET_NO_NEW_PRIVS\")"
              : name;
      case "openat" ->
          call.arguments().get(2).bits() == O_PATH_CLOEXEC
              ? name + " (when: \"flags == O_PATH|O_CLOEXEC\")"
              : name;
      default -> name;
    };
  }
}
