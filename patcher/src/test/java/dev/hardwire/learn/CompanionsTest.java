package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are allowed although they were not seen, because they come with others. */
class CompanionsTest {
  /** Calls by which a program gets at something that it does not have. */
  private static final Set<String> POWERFUL =
      Set.of(
          "execve",
          "execveat",
          "ptrace",
          "process_vm_writev",
          "process_vm_readv",
          "mount",
          "umount2",
          "pivot_root",
          "chroot",
          "setns",
          "unshare",
          "clone",
          "clone3",
          "fork",
          "vfork",
          "socket",
          "connect",
          "bind",
          "listen",
          "sendmsg",
          "sendmmsg",
          "kill",
          "tkill",
          "rt_sigqueueinfo",
          "pidfd_open",
          "pidfd_getfd",
          "pidfd_send_signal",
          "bpf",
          "perf_event_open",
          "userfaultfd",
          "io_uring_setup",
          "io_uring_enter",
          "keyctl",
          "add_key",
          "request_key",
          "init_module",
          "finit_module",
          "delete_module",
          "kexec_load",
          "kexec_file_load",
          "reboot",
          "swapon",
          "setuid",
          "setgid",
          "setresuid",
          "setresgid",
          "setreuid",
          "setregid",
          "setgroups",
          "setfsuid",
          "setfsgid",
          "capset",
          "creat",
          "openat2",
          "truncate",
          "rename",
          "renameat",
          "renameat2",
          "unlink",
          "unlinkat",
          "rmdir",
          "mkdir",
          "mkdirat",
          "mknod",
          "mknodat",
          "link",
          "linkat",
          "symlink",
          "symlinkat",
          "chmod",
          "fchmod",
          "fchmodat",
          "fchmodat2",
          "chown",
          "fchown",
          "lchown",
          "fchownat",
          "setxattr",
          "lsetxattr",
          "fsetxattr",
          "removexattr",
          "utimensat",
          "settimeofday",
          "clock_settime",
          "clock_adjtime",
          "adjtimex",
          "sethostname",
          "memfd_create",
          "memfd_secret",
          "open_by_handle_at",
          "name_to_handle_at",
          "quotactl",
          "seccomp",
          "landlock_restrict_self",
          "shmat",
          "shmget",
          "msgsnd",
          "mq_open",
          "setpgid",
          "setsid",
          "setpriority",
          "sched_setaffinity",
          "sched_setscheduler",
          "setrlimit",
          "personality",
          "iopl",
          "ioperm",
          "modify_ldt",
          "pkey_mprotect",
          "remap_file_pages",
          "move_pages",
          "migrate_pages",
          "syslog",
          "acct",
          "fanotify_init",
          "inotify_init1",
          "process_madvise",
          "timer_create",
          "fsopen",
          "fsmount",
          "move_mount",
          "open_tree");

  private static Set<String> allowed(Learning learning) {
    return learning.learned().needs().stream().map(Learned.Need::call).collect(Collectors.toSet());
  }

  @Test
  void abortClockAndMemoryAreAlwaysAllowed() {
    Learning learning = Learning.from("getppid() = 1\n");
    assertThat(allowed(learning)).containsExactlyInAnyOrder("getppid", "exit_group");
    assertThat(allowed(learning.companions()))
        .contains("getpid", "gettid", "tgkill", "rt_sigprocmask", "writev", "write", "brk", "mmap")
        .contains("clock_gettime", "gettimeofday", "time")
        .doesNotContain("copy_file_range", "sched_yield", "rt_sigreturn", "poll");
  }

  @ParameterizedTest
  @ValueSource(strings = {"copy_file_range", "sendfile", "splice"})
  void copiesGoOnWithOtherCalls(String call) {
    assertThat(allowed(Learning.from(call + "(3, NULL) = 5\n").companions()))
        .contains("copy_file_range", "sendfile", "splice", "read", "write", "fadvise64");
  }

  @Test
  void threadsAndHandlersBringTheirOwn() {
    String thread = "1 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 2\n2 getppid() = 1\n";
    assertThat(allowed(Learning.from(thread).companions())).contains("sched_yield", "exit");
    String handler = "rt_sigaction(SIGTERM, {sa_handler=0x55, sa_mask=[]}, NULL, 8) = 0\n";
    assertThat(allowed(Learning.from(handler).companions())).contains("rt_sigreturn");
  }

  /** Conditions hold for what is meant, and for nothing else: tested on the numbers of x86-64. */
  @Test
  void conditionsLeaveOutWhatGivesPower() {
    Policy policy = Learning.from("getppid() = 1\n").companions().policy().policy();
    assertThat(decision(policy, "tgkill", 1, 1, 6)).isEqualTo("allow");
    assertThat(decision(policy, "tgkill", 1, 1, 9)).isEqualTo("kill-process");
    assertThat(decision(policy, "mmap", 0, 4096, 3, 0x22)).isEqualTo("allow");
    assertThat(decision(policy, "mmap", 0, 4096, 7, 0x22)).isEqualTo("kill-process");
    assertThat(decision(policy, "mprotect", 0, 4096, 4)).isEqualTo("kill-process");
    assertThat(decision(policy, "ioctl", 1, 0x5401)).isEqualTo("allow"); // TCGETS
    assertThat(decision(policy, "ioctl", 1, 0x5412)).isEqualTo("kill-process"); // TIOCSTI
    assertThat(decision(policy, "openat", -100, 0, 0)).isEqualTo("kill-process");
  }

  private static String decision(Policy policy, String call, long... arguments) {
    int number = SyscallTable.of(Target.X86_64).number(call).orElseThrow();
    Filter filter = FilterCompiler.compile(policy, Target.X86_64);
    return Emulator.run(filter, SeccompData.of(Target.X86_64, number, arguments))
        .verdict()
        .toString();
  }

  @Test
  void whatWasSeenIsKeptAndOffersNoSecondRule() {
    List<Learned.Need> needs =
        Learning.from("write(1, \"\", 1) = 1\n").companions().learned().needs();
    assertThat(needs)
        .filteredOn(need -> need.call().equals("write"))
        .hasSize(1)
        .first()
        .extracting(Learned.Need::comment)
        .asString()
        .startsWith("1 time");
  }

  @Test
  void theBasePolicyDecidesFirst() {
    String base =
        "version: 1\\nname: b\\ndefault: kill-process\\nrules:\\n  - errno EPERM: [tgkill]\\n"
            + "  - allow: [write]\\n";
    assertThat(
            allowed(Learning.from("getppid() = 1\n").base(base.replace("\\n", "\n")).companions()))
        .contains("getpid")
        .doesNotContain("tgkill", "write");
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void nothingThatGivesPowerIsListed(Target architecture) {
    HarmlessCalls harmless = HarmlessCalls.of(architecture);
    assertThat(POWERFUL).noneMatch(harmless::contains);
    assertThat(RiskyCalls.reasons().keySet()).noneMatch(harmless::contains);
    for (Companions set : Companions.of(architecture)) {
      for (CallLines.Entry entry : set.calls()) {
        assertThat(harmless.contains(entry.call())).as(entry.toString()).isTrue();
        Optional<Condition> limit = harmless.condition(entry.call());
        assertThat(limit.isEmpty() || entry.when().isPresent()).as(entry.toString()).isTrue();
        if (limit.isPresent()) {
          assertThat(isWithin(entry.when().orElseThrow(), limit.get())).as("%s", entry).isTrue();
        }
      }
    }
  }

  private static boolean isWithin(Condition inner, Condition outer) {
    if (outer instanceof Condition.Member all) {
      return inner instanceof Condition.Member some
          ? all.constants().containsAll(some.constants())
          : inner instanceof Condition.Compare one && all.constants().contains(one.constant());
    }
    return inner.equals(outer);
  }

  @Test
  void everyNameInTheListsIsACallSomewhere() {
    Set<String> known =
        java.util.Arrays.stream(Target.values())
            .flatMap(target -> SyscallTable.of(target).names().stream())
            .collect(Collectors.toSet());
    for (String list : List.of("harmless.txt", "companions.txt")) {
      for (String line : CallLines.of(list)) {
        if (!line.startsWith("set ") && !line.startsWith("with ")) {
          assertThat(known).contains(line.replaceAll(": .*", "").split(" ", -1));
        }
      }
    }
  }
}
