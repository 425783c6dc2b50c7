package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.learn.log.LearnException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a trace counts, and for whom. */
class TraceTest {
  private static final String MARK =
      "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, {len=9, filter=0x7f00}) = 0\n";

  @Test
  void onlyWhatComesAfterTheMarkCounts() {
    String trace =
        "execve(\"./a\", [\"./a\"], 0x7f /* 3 vars */) = 0\nbrk(NULL) = 0x5\n"
            + "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = 0\n"
            + MARK
            + "getpid() = 4\ngetpid() = 4\nexit_group(0) = ?\n+++ exited with 0 +++\n";
    Learning learning = Learning.from(trace);
    assertThat(learning.counts()).isEqualTo(Map.of("getpid", 2L, "exit_group", 1L));
    assertThat(learning.learned().scope())
        .containsExactly("counted from the policy's installation on: log:4");
    assertThat(learning.flags(false, true, false).counts())
        .containsOnlyKeys("brk", "prctl", "seccomp", "getpid", "exit_group");
  }

  @Test
  void aFailedInstallationIsNoMark() {
    String trace = MARK.replace("= 0", "= -1 EFAULT (Bad address)") + "getpid() = 4\n";
    assertThat(Learning.from(trace).counts()).containsOnlyKeys("seccomp", "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9, filter=0x7f00}) = 0 <0.000032>",
        "seccomp(0x1, 0x1, 0x7f00) = 0",
        "seccomp(0x1 /* SECCOMP_SET_MODE_FILTER */, 0, 0x7f00) = 0",
        "prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=9, filter=0x7f00}) = 0",
      })
  void markIsFoundHoweverItIsWritten(String mark) {
    assertThat(Learning.from("brk(NULL) = 0x5\n" + mark + "\ngetpid() = 4\n").counts())
        .containsOnlyKeys("getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seccomp(SECCOMP_GET_ACTION_AVAIL, 0, [SECCOMP_RET_LOG]) = 0",
        "seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL) = 0",
        "prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) = 0",
        "prctl(PR_SET_NAME, \"SECCOMP_MODE_FILTER\") = 0",
        "write(1, \"seccomp(SECCOMP_SET_MODE_FILTER, 0, {}) = 0\", 9) = 9",
      })
  void otherCallsAreNoMark(String call) {
    assertThat(Learning.from("brk(NULL) = 0x5\n" + call + "\n").counts()).containsKey("brk");
  }

  @Test
  void withoutMarkEverythingAfterTheFirstExecveCountsAndItIsSaid() {
    Learning learning =
        Learning.from(
            """
            9 execve("./a", ["./a"], 0x7f /* 3 vars */) = 0
            9 brk(NULL) = 0x5
            9 execve("./b", ["./b"], 0x7f /* 3 vars */) = 0
            9 getpid() = 9
            """);
    assertThat(learning.counts()).isEqualTo(Map.of("brk", 1L, "execve", 1L, "getpid", 1L));
    assertThat(learning.learned().scope())
        .containsExactly(
            "no policy is installed in log: counted everything after the first execve");
  }

  @Test
  void childrenInheritTheMarkAndKeepItAcrossExecve() {
    String trace =
        "1 brk(NULL) = 0x5\n1 "
            + MARK
            + "1 vfork( <unfinished ...>\n"
            + "2 execve(\"/bin/b\", [\"b\"], 0x7f /* 3 vars */ <unfinished ...>\n"
            + "1 <... vfork resumed>) = 2\n2 <... execve resumed>) = 0\n"
            + "2 fork() = 3\n3 getppid() = 2\n"
            + "2 getpid() = 2\n2 +++ exited with 0 +++\n1 wait4(-1, NULL, 0, NULL) = 2\n";
    assertThat(Learning.from(trace).counts())
        .isEqualTo(
            Map.of(
                "vfork", 1L, "execve", 1L, "fork", 1L, "getppid", 1L, "getpid", 1L, "wait4", 1L));
  }

  @Test
  void siblingsOfTheConfinedProcessDoNotCount() {
    String trace =
        "1 execve(\"/bin/sh\", [\"sh\"], 0x7f /* 3 vars */) = 0\n1 fork() = 2\n1 fork() = 3\n"
            + "2 execve(\"./wired\", [\"wired\"], 0x7f /* 3 vars */) = 0\n2 "
            + MARK
            + "2 getpid() = 2\n3 getuid() = 0\n1 wait4(-1, NULL, 0, NULL) = 2\n";
    assertThat(Learning.from(trace).counts()).containsOnlyKeys("getpid");
  }

  @Test
  void tsyncConfinesTheThreadsThatAreThereAlready() {
    String trace =
        "1 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7f}, 88) = 2\n"
            + "2 getuid() = 0\n"
            + "1 fork() = 3\n"
            + "1 "
            + MARK
            + "2 gettid() = 2\n3 getgid() = 0\n";
    assertThat(Learning.from(trace).counts()).containsOnlyKeys("gettid");
  }

  @Test
  void aThreadThatCallsExecveLendsItsStateToTheProcess() {
    String trace =
        "1 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7f}, 88) = 2\n"
            + "2 "
            + MARK.replace("SECCOMP_FILTER_FLAG_TSYNC", "0")
            + "2 execve(\"/bin/b\", [\"b\"], 0x7f /* 3 vars */ <unfinished ...>\n"
            + "1 futex(0x7f, FUTEX_WAIT, 2, NULL <unfinished ...>\n"
            + "1 +++ superseded by execve in pid 2 +++\n1 <... execve resumed>) = 0\n"
            + "1 getpid() = 1\n";
    assertThat(Learning.from(trace).counts()).containsOnlyKeys("execve", "getpid");
  }

  @Test
  void filesOfSeparateThreadsAreOneTraceInWhateverOrder() {
    Learning learning =
        new Learning()
            .log("t.100", "getppid() = 300\n+++ exited with 0 +++\n")
            .log("t.200", "execve(\"./z\", [\"z\"], 0x7f /* 3 vars */) = 0\ngetuid() = 0\n")
            .log("t.300", "brk(NULL) = 0x5\nfork() = 200\n" + MARK + "fork() = 100\n");
    assertThat(learning.counts()).containsOnlyKeys("fork", "getppid");
    assertThat(learning.pid(100).counts()).containsOnlyKeys("getppid");
  }

  @Test
  void messagesInTheMidstOfLinesAreTakenOut() {
    String trace =
        """
        execve("./a", ["./a"], 0x7f /* 3 vars */) = 0
        clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLDstrace: Process 12 attached
        , child_tidptr=0x7f) = 12
        [pid    12] getuid() = 0
        [pid    11] wait4(-1,  <unfinished ...>
        [pid    12] exit_group(0) = ?
        [pid    12] +++ exited with 0 +++
        <... wait4 resumed>NULL, 0, NULL) = 12
        --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---
        exit_group(0) = ?
        +++ exited with 0 +++
        """;
    Learning learning = Learning.from(trace);
    assertThat(learning.counts())
        .isEqualTo(Map.of("clone", 1L, "getuid", 1L, "wait4", 1L, "exit_group", 2L));
    assertThat(learning.learned().warnings()).isEmpty();
    assertThat(learning.pid(11).counts()).hasSize(4);
    assertThat(learning.pid(12).counts()).containsOnlyKeys("getuid", "exit_group");
  }

  @Test
  void aLineWithoutNumberBelongsToTheOnlyThreadThatIsLeft() {
    String trace =
        MARK
            + """
            fork() = 2
            [pid 1] getuid() = 0
            [pid 2] getgid() = 0
            [pid 2] +++ exited with 0 +++
            fork() = 9
            geteuid() = 0
            strace: Process 9 attached
            [pid 9] +++ exited with 0 +++
            clone(child_stack=NULL, flags=SIGCHLDstrace: Process 3 attached
            , child_tidptr=0x7f) = 3
            [pid 3] getppid() = 1
            [pid 3] rt_sigprocmask(SIG_SETMASK, [], strace: Process 4 attached
             <unfinished ...>
            [pid 1] +++ exited with 0 +++
            """;
    assertThat(Learning.from(trace).counts())
        .containsOnlyKeys(
            "fork", "getuid", "getgid", "geteuid", "clone", "getppid", "rt_sigprocmask");
    assertThat(Learning.from(trace).pid(3).counts()).containsOnlyKeys("getppid", "rt_sigprocmask");
  }

  @Test
  void selectsExecutables() {
    String trace =
        """
        1 execve("/bin/sh", ["sh"], 0x7f /* 3 vars */) = 0
        1 getuid() = 0
        1 fork() = 2
        2 dup(1) = 2
        2 execve("/opt/a b/t\\303\\251", ["t"], 0x7f) = 0
        2 getpid() = 2
        1 getgid() = 0
        """;
    assertThat(Learning.from(trace).exe("/opt/a b/té").counts()).containsOnlyKeys("getpid");
    assertThat(Learning.from(trace).exe("té").counts()).containsOnlyKeys("getpid");
    assertThat(Learning.from(trace).exe("sh").counts())
        .containsOnlyKeys("getuid", "fork", "dup", "execve", "getgid");
    assertThatThrownBy(() -> Learning.from(trace).exe("/none").counts())
        .isInstanceOf(LearnException.class)
        .hasMessage(
            "log: nothing to learn from: 6 calls, none by what --exe and --pid select"
                + " (7 lines; executables in it: /bin/sh, /opt/a b/té)");
  }

  @Test
  void unknownCallsAndUnparsableLinesAreNamed() {
    Learning learning =
        Learning.from("getpid() = 1\nhello\n1 frobnicate(1) = 0\nsyscall_0x27() = 1\n(((\n");
    assertThat(learning.counts()).isEqualTo(Map.of("getpid", 2L));
    assertThat(learning.learned().warnings())
        .containsExactly(
            "log: 2 lines were not understood: lines 2, 5",
            "unknown call frobnicate was left out (line 3)");
  }

  @Test
  void otherModesAreErrorsUnlessLeftOut() {
    String trace =
        """
        1 getpid() = 1
        1 [ Process PID=1 runs in 32 bit mode. ]
        1 write(1, "", 0) = 0
        1 [ Process PID=1 runs in 64 bit mode. ]
        1 getuid() = 0
        """;
    assertThatThrownBy(() -> Learning.from(trace).counts())
        .hasMessageStartingWith("log:3: a call of i386, and the policy is for x86_64");
    Learning ignoring = Learning.from(trace).flags(false, false, true);
    assertThat(ignoring.counts()).containsOnlyKeys("getpid", "getuid");
    assertThat(ignoring.learned().warnings()).containsExactly("ignored: 1 call of i386");
  }

  @Test
  void whatProgramsNeedToEndIsAddedWithAReason() {
    String trace =
        """
        1 rt_sigaction(SIGINT, {sa_handler=0x55, sa_mask=[]}, NULL, 8) = 0
        1 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7f}, 88) = 2
        2 nanosleep({tv_sec=1, tv_nsec=0}, NULL) = 0
        """;
    assertThat(Learning.from(trace).policy().text())
        .contains(
            "- exit            # not seen, but threads end with it\n",
            "- exit_group      # not seen, but every program ends with it\n",
            "- rt_sigreturn    # not seen, but handlers of signals end with it\n",
            "- restart_syscall # not seen, but a program that is stopped while it sleeps continues"
                + " with it");
    assertThat(Learning.from("1 getpid() = 1\n").policy().text())
        .contains("exit_group")
        .doesNotContain("rt_sigreturn", "exit ", "restart_syscall");
  }
}
