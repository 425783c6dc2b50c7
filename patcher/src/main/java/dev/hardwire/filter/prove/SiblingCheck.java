package dev.hardwire.filter.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Finds denied calls whose work other calls can do that are allowed whatever their arguments. */
final class SiblingCheck {
  /** Calls that can do the same, from their manual pages. */
  private static final List<List<String>> SIBLINGS =
      """
      open openat openat2
      creat open openat openat2
      fork vfork clone clone3
      execve execveat
      chmod fchmod fchmodat fchmodat2
      chown lchown fchown fchownat
      unlink unlinkat
      rmdir unlinkat
      rename renameat renameat2
      link linkat
      symlink symlinkat
      mkdir mkdirat
      mknod mknodat
      kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal
      accept accept4
      sendto sendmsg sendmmsg
      recvfrom recvmsg recvmmsg
      umount umount2
      mount move_mount
      init_module finit_module
      kexec_load kexec_file_load
      setuid setreuid setresuid
      setgid setregid setresgid
      setxattr fsetxattr lsetxattr setxattrat
      removexattr fremovexattr lremovexattr removexattrat
      utime utimes futimesat utimensat
      settimeofday clock_settime
      adjtimex clock_adjtime
      sched_setscheduler sched_setattr
      setrlimit prlimit64
      """
          .lines()
          .map(line -> Arrays.asList(line.split(" ")))
          .toList();

  /** The calls that do the work of the first of their line only, not the reverse. */
  private static final List<String> ONE_WAY = List.of("creat", "rmdir");

  private final ResolvedPolicy policy;
  private final SymbolicPolicy symbolic;

  SiblingCheck(ResolvedPolicy policy, SymbolicPolicy symbolic) {
    this.policy = policy;
    this.symbolic = symbolic;
  }

  List<PolicyWarning> warnings() {
    List<PolicyWarning> warnings = new ArrayList<>();
    for (Rule rule : policy.policy().rules()) {
      if (denies(rule)) {
        rule.calls().stream()
            .filter(call -> !call.isGroup() && !call.isExclusion())
            .forEach(call -> check(call, warnings));
      }
    }
    return warnings;
  }

  /** Errors of ENOSYS make programs use an older call instead: the sibling is meant. */
  private static boolean denies(Rule rule) {
    boolean fallback = rule.action() instanceof Action.Errno errno && errno.name().equals("ENOSYS");
    boolean through = Action.letsThrough(rule.action());
    return !fallback && !through && rule.condition().isEmpty();
  }

  private void check(CallName call, List<PolicyWarning> warnings) {
    if (SyscallTable.of(policy.architecture()).number(call.name()).isEmpty()) {
      return;
    }
    List<String> open =
        siblings(call.name()).stream().filter(this::isAllowed).sorted().distinct().toList();
    if (!open.isEmpty()) {
      warnings.add(
          new PolicyWarning(
              call.position(),
              "%s is denied, but %s can do the same and %s allowed"
                  .formatted(call, String.join(", ", open), open.size() == 1 ? "is" : "are")));
    }
  }

  private static List<String> siblings(String call) {
    List<String> siblings = new ArrayList<>();
    for (List<String> line : SIBLINGS) {
      boolean first = line.get(0).equals(call);
      if (first || (line.contains(call) && !ONE_WAY.contains(line.get(0)))) {
        line.stream().filter(other -> !other.equals(call)).forEach(siblings::add);
      }
    }
    return siblings;
  }

  private boolean isAllowed(String call) {
    Target architecture = policy.architecture();
    OptionalInt number = SyscallTable.of(architecture).number(call);
    if (number.isEmpty()) {
      return false;
    }
    int decision = symbolic.rules(policy, number.getAsInt());
    return symbolic.isVerdict(decision, new Verdict(Verdict.ALLOW))
        || symbolic.isVerdict(decision, new Verdict(Verdict.LOG));
  }
}
