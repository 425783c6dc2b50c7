package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.KernelFilterRunner;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel of this machine decides as the emulator does. */
@Tag("system")
class LiveFilterTest {
  private static final Target X86_64 = Target.X86_64;
  private static final long I386 = 0x4000_0003L;

  private static SeccompData call(String name, long... args) {
    return SeccompData.of(X86_64, SyscallTable.of(X86_64).number(name).getAsInt(), args);
  }

  private static Filter filter(Action defaultAction, Rule... rules) {
    return FilterCompiler.compile(Policy.of("live", defaultAction, List.of(rules)), X86_64);
  }

  /** Outside of a tracer's work, uprobe fails with ENXIO and uretprobe ends by SIGILL. */
  @Test
  void theKernelLetsItsOwnCallsThrough() {
    Filter filter = filter(Action.KILL_PROCESS);
    assertThat(KernelFilterRunner.run(filter, List.of(call("uprobe"), call("getpid"))))
        .containsExactly("ret -6", "signal 31");
    assertThat(KernelFilterRunner.run(filter, List.of(call("uretprobe"))))
        .isNotEqualTo(List.of("signal 31"));
  }

  @Test
  void eachActionHasItsEffect() {
    Filter filter =
        filter(
            Action.errno("EPERM"),
            Rule.of(Action.ALLOW, "close"),
            Rule.of(Action.LOG, "dup"),
            Rule.of(Action.errno("ENETDOWN"), "uname"),
            Rule.of(Action.errno("0"), "getpid"),
            Rule.of(Action.errno("4095"), "getppid"),
            Rule.of(Action.TRAP, "sync"),
            Rule.of(Action.KILL_THREAD, "ptrace"),
            Rule.of(Action.KILL_PROCESS, "reboot"));
    List<SeccompData> calls =
        List.of(
            call("close", -1),
            call("dup", -1),
            call("uname"),
            call("getpid"),
            call("getppid"),
            call("sync"),
            call("ptrace"),
            call("reboot"),
            call("getuid"),
            SeccompData.of(X86_64, 0x4000_0000L + 39),
            SeccompData.of(X86_64, 20).withArch(I386));
    assertThat(KernelFilterRunner.run(filter, calls))
        .containsExactly(
            "ret -9",
            "ret -9",
            "ret -100",
            "ret 0",
            "ret -4095",
            "trap",
            "signal 31",
            "signal 31",
            "ret -1",
            "signal 31",
            "signal 31");
  }

  /** What {@code run-filter --decide} prints for a verdict. */
  private static String outcome(Verdict verdict) {
    Action action = verdict.toAction().orElseThrow();
    if (action instanceof Action.Errno errno) {
      return "ret " + -errno.number();
    }
    if (action instanceof Action.Trap) {
      return "trap";
    }
    return action instanceof Action.Allow || action instanceof Action.Log ? "allow" : "signal 31";
  }

  @Test
  void theKernelAgreesWithTheEmulatorOnEveryNumber() {
    List<Rule> rules = new ArrayList<>();
    List<Action> actions = List.of(Action.ALLOW, Action.LOG, Action.TRAP, Action.KILL_PROCESS);
    for (String name : SyscallTable.of(X86_64).names()) {
      int number = SyscallTable.of(X86_64).number(name).getAsInt();
      if (number % 7 != 6) {
        rules.add(
            Rule.of(number % 7 < 4 ? actions.get(number % 7) : new Action.Errno(number), name));
      }
    }
    Filter filter = filter(Action.errno("ENOSYS"), rules.toArray(new Rule[0]));
    List<SeccompData> calls = new ArrayList<>();
    for (long nr = 0; nr < 480; nr++) {
      if (nr != 335 && nr != 336) { // the kernel asks no filter about uretprobe and uprobe
        calls.add(SeccompData.of(X86_64, nr));
      }
    }
    for (long nr : new long[] {0x3fff_ffffL, 0x4000_0000L, 0x7fff_ffffL, 0x8000_0000L}) {
      calls.add(SeccompData.of(X86_64, nr));
    }
    calls.add(SeccompData.of(X86_64, 3).withArch(I386));
    List<String> expected =
        calls.stream().map(call -> outcome(Emulator.run(filter, call).verdict())).toList();
    assertThat(KernelFilterRunner.decide(filter, calls)).isEqualTo(expected);
  }
}
