package dev.hardwire.filter.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ArgumentTable.Argument;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of calls that architectures have otherwise than x86-64. */
class ReplacementTest {
  /** Calls of x86-64 that no call of other architectures does. */
  private static final Set<String> ITS_OWN =
      Set.of(
          "arch_prctl",
          "epoll_ctl_old",
          "epoll_wait_old",
          "get_thread_area",
          "set_thread_area",
          "ioperm",
          "iopl",
          "kexec_file_load",
          "memfd_secret",
          "modify_ldt",
          "sysfs",
          "time",
          "uprobe",
          "uretprobe",
          "uselib",
          "ustat");

  /** Numbers that no kernel of today does anything for. */
  private static final Set<String> NEVER_MADE =
      Set.of(
          "_sysctl",
          "afs_syscall",
          "create_module",
          "get_kernel_syms",
          "getpmsg",
          "putpmsg",
          "query_module",
          "security",
          "tuxcall",
          "vserver");

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "X86_64")
  void everyCallThatIsMissingIsReplacedOrHasNoEqual(Target architecture) {
    Set<String> missing = new TreeSet<>(SyscallTable.of(Target.X86_64).names());
    missing.removeAll(Multiplexer.reachable(architecture));
    missing.removeAll(ITS_OWN);
    missing.removeAll(NEVER_MADE);
    Replacement.all(architecture).forEach(r -> missing.remove(r.call()));
    assertThat(missing).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "X86_64")
  void argumentsThatStandForAnotherAreReadAlike(Target architecture) {
    for (Replacement one : Replacement.all(architecture)) {
      List<Argument> from = ArgumentTable.of(Target.X86_64).arguments(one.call()).orElse(List.of());
      List<Argument> to =
          ArgumentTable.of(architecture).arguments(one.replacement()).orElse(List.of());
      assertThat(one.arguments()).as(one.toString()).hasSameSizeAs(from);
      for (int i = 0; i < from.size(); i++) {
        OptionalInt place = one.arguments().get(i);
        if (place.isPresent()) {
          assertThat(to.get(place.getAsInt()).type())
              .as(one + ": " + from.get(i).name())
              .isEqualTo(from.get(i).type().within(architecture.wordBits()));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "X86_64")
  void whatIsTheSameIsLikeIt(Target architecture) {
    for (Replacement one : Replacement.all(architecture)) {
      ResolvedPolicy same = resolved(one, one.same(), architecture);
      ResolvedPolicy like = resolved(one, one.like(), architecture);
      assertThat(same.warnings()).as(one.toString()).noneMatch(ReplacementTest::isOfArguments);
      assertThat(like.warnings()).as(one.toString()).noneMatch(ReplacementTest::isOfArguments);
      assertThat(FilterProof.exceeding(same, like)).as(one.toString()).isEmpty();
    }
  }

  /** Whether a warning is about anything but the exclusion. */
  private static boolean isOfArguments(PolicyWarning warning) {
    return !warning.message().contains("socketcall");
  }

  /** A policy that allows what a condition of the replacement holds for. */
  private static ResolvedPolicy resolved(
      Replacement one, Optional<Condition> condition, Target architecture) {
    Rule rule = Rule.of(Action.ALLOW, one.replacement(), "~socketcall");
    Rule conditional = condition.map(rule::when).orElse(rule);
    return ResolvedPolicy.of(
        Policy.of("one", Action.KILL_PROCESS, List.of(conditional)), architecture);
  }
}
