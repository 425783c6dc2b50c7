package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.learn.arguments.Coverage;
import dev.hardwire.learn.record.Proposals;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are allowed because others that were seen cover them. */
class CoveredCallsTest {
  private static final String ALL =
      """
      version: 1
      name: all
      default: allow
      rules: []
      """;

  /** Joined with a program that can make every call. */
  private static Learned learned(Learning learning) {
    Policy all = YamlPolicyReader.read(ALL.getBytes(StandardCharsets.UTF_8), "all");
    return learning.learned().within(Reach.of(all, "all", Target.X86_64));
  }

  private static Policy policy(Learning learning) {
    return LearnedPolicy.of(learned(learning), "test", Optional.empty()).policy();
  }

  /**
   * Whether the policy certainly allows a call.
   *
   * @param arguments as a trace has them
   */
  private static boolean allows(Policy policy, String call, String... arguments) {
    return new Coverage(Optional.of(policy), Target.X86_64)
        .allows(call, Optional.of(List.of(arguments)));
  }

  @ParameterizedTest
  @CsvSource({
    "'openat(AT_FDCWD, \"x\", O_RDWR) = 3', truncate",
    "'openat(AT_FDCWD, \"x\", O_RDWR) = 3', creat",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', unlink",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', unlinkat",
    "'open(\"x\", O_RDONLY) = 3', rename",
    "'openat2(3, \"x\", {flags=O_RDONLY}, 24) = 3', renameat",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', mkdir",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', mkdirat",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', rmdir",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', utimensat",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', utimes",
    "'rename(\"x\", \"y\") = 0', unlink",
    "'renameat(3, \"x\", 3, \"y\") = 0', rmdir",
    "'renameat2(3, \"x\", 3, \"y\", 0) = 0', unlinkat",
    "'utimensat(3, NULL, NULL, 0) = 0', utime",
    "'sendmsg(3, NULL, 0) = 3', sendmmsg",
    "'sendto(3, \"x\", 1, 0, NULL, 0) = 1', sendmsg",
    "'unlinkat(3, \"x\", 0) = 0', rmdir",
    "'renameat2(3, \"x\", 3, \"y\", 0) = 0', rename",
    "'clone3({flags=CLONE_VM}, 88) = 7', clone",
    "'kill(7, SIGUSR1) = 0', tgkill",
    "'execve(\"./x\", [], 0) = 0', setsid",
    "'execve(\"./x\", [], 0) = 0', setpgid",
    "'execve(\"./x\", [], 0) = 0', execveat",
    "'openat(AT_FDCWD, \"x\", O_RDONLY) = 3', setfsuid",
    "'open(\"x\", O_RDONLY) = 3', setfsgid",
  })
  void aCallIsAllowedByWhatCanDoTheSame(String seen, String covered) {
    Learning both = Learning.from("getppid() = 1\n" + seen + "\n").flags(false, true, false);
    assertThat(allows(policy(both), covered)).isTrue();
    assertThat(learned(both).withheld().calls()).doesNotContainKey(covered);
    assertThat(allows(Without.POLICY, covered)).isFalse();
    if (!covered.equals("tgkill")) { // which is allowed with some signals
      assertThat(Without.WITHHELD.calls()).containsKey(covered);
    }
  }

  /** What is learned from a call that covers no other. */
  private static final class Without {
    private static final Learning LEARNING = Learning.from("getppid() = 1\n");
    static final Policy POLICY = policy(LEARNING);
    static final Withheld WITHHELD = learned(LEARNING).withheld();
  }

  /** Of itself; a filter does not know its number, but that it is no group. */
  @Test
  void aProgramWithHandlersMayEndItselfByKill() {
    String handler = "rt_sigaction(SIGTERM, {sa_handler=0x5555}, NULL, 8) = 0\n";
    Policy policy = policy(Learning.from(handler));
    for (String signal : List.of("2", "6", "11", "15")) {
      assertThat(allows(policy, "kill", "7", signal)).as(signal).isTrue();
      assertThat(allows(policy, "kill", "-1", signal)).as(signal).isFalse();
      assertThat(allows(policy, "kill", "0", signal)).as(signal).isFalse();
    }
    assertThat(allows(policy, "kill", "7", "9")).isFalse();
    assertThat(allows(policy, "kill", "7", "10")).isFalse();
    assertThat(allows(policy(Learning.from("getppid() = 1\n")), "kill", "7", "15")).isFalse();
  }

  @Test
  void thereIsNoWayBackToWhatCanDoMore() {
    Policy renaming = policy(Learning.from("rename(\"x\", \"y\") = 0\n"));
    assertThat(allows(renaming, "renameat2", "3", "0", "3", "0", "0")).isTrue();
    assertThat(allows(renaming, "renameat2", "3", "0", "3", "0", "2")).isFalse(); // EXCHANGE
    assertThat(allows(renaming, "mkdir")).isFalse();
    Policy policy = policy(Learning.from("unlink(\"x\") = 0\nclone(flags=CLONE_VM) = 7\n"));
    assertThat(allows(policy, "unlinkat", "3", "0", "0")).isTrue();
    assertThat(allows(policy, "unlinkat", "3", "0", "0x200")).isFalse(); // REMOVEDIR
    assertThat(allows(policy, "rmdir")).isFalse();
    assertThat(allows(policy, "rename")).isFalse();
    assertThat(allows(policy, "clone3")).isFalse();
    Policy times = policy(Learning.from("utimes(\"x\", NULL) = 0\nmkdir(\"x\", 0777) = 0\n"));
    assertThat(allows(times, "utimensat")).isFalse();
    assertThat(allows(times, "openat", "3", "0", "0")).isTrue();
    assertThat(allows(times, "openat", "3", "0", "1")).isFalse(); // O_WRONLY
  }

  /** What they add to opened files and connected sockets is more than names, times and rights. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "link",
        "linkat",
        "symlink",
        "symlinkat",
        "mknod",
        "mknodat",
        "chown",
        "fchown",
        "lchown",
        "fchownat",
        "setxattr",
        "lsetxattr",
        "fsetxattr",
        "removexattr",
        "chroot",
        "mount",
        "open_by_handle_at",
        "quotactl",
        "swapon",
        "sync",
        "socket",
        "bind",
        "listen",
        "setsockopt",
        "execve",
        "execveat",
        "clone",
        "clone3",
        "fork",
        "ptrace",
        "kill",
        "tkill",
        "rt_sigqueueinfo",
        "process_vm_writev",
        "pidfd_getfd",
        "setuid",
        "setgid",
        "setgroups",
        "setresuid",
        "capset",
        "setpriority",
        "sched_setaffinity",
        "unshare",
        "setns",
        "bpf",
        "io_uring_setup",
        "memfd_create",
        "shmget",
        "setsid",
        "sethostname",
        "settimeofday"
      })
  void filesAndConnectionsCoverNothingOfAnotherKind(String call) {
    assertThat(FilesAndConnections.ALLOWED)
        .contains("unlink", "utimes", "sendmsg")
        .doesNotContain(call);
    assertThat(FilesAndConnections.WITHHELD.calls()).containsKey(call);
  }

  /** What is learned from such calls. */
  private static final class FilesAndConnections {
    private static final Learning LEARNING =
        Learning.from(
            """
            openat(AT_FDCWD, "x", O_RDWR|O_CREAT) = 3
            rename("x", "y") = 0
            mkdir("z", 0777) = 0
            utimensat(3, NULL, NULL, 0) = 0
            connect(4, {sa_family=AF_INET}, 16) = 0
            sendmmsg(4, NULL, 0, 0) = 0
            """);

    static final List<String> ALLOWED =
        policy(LEARNING).rules().stream()
            .flatMap(rule -> rule.calls().stream())
            .map(Object::toString)
            .toList();

    static final Withheld WITHHELD = learned(LEARNING).withheld();
  }

  /** Links lead others to files elsewhere; only a program that manages trees makes them unseen. */
  @Test
  void directoriesThatAreMadeMovedAndEmptiedCoverLinks() {
    String text =
        """
        openat(AT_FDCWD, "x", O_RDWR|O_CREAT) = 3
        mkdir("z", 0777) = 0
        renameat2(AT_FDCWD, "x", AT_FDCWD, "z/x", 0) = 0
        unlinkat(AT_FDCWD, "z/x", 0) = 0
        """;
    Policy all = policy(Learning.from(text));
    for (String call : List.of("symlink", "symlinkat", "link")) {
      assertThat(allows(all, call)).as(call).isTrue();
    }
    assertThat(allows(all, "linkat", "3", "0", "3", "0", "0")).isTrue();
    assertThat(allows(all, "linkat", "3", "0", "3", "0", "0x1000")).isFalse(); // AT_EMPTY_PATH
    assertThat(allows(all, "mknod", "0", "010644", "0")).isTrue();
    assertThat(allows(all, "mknodat", "3", "0", "010644", "0")).isTrue();
    for (String mode : List.of("020644", "060644", "0644", "0140644")) { // devices, file, socket
      assertThat(allows(all, "mknod", "0", mode, "0")).as(mode).isFalse();
    }
    for (String call : List.of("chown", "fchownat", "setxattr", "chroot", "mount")) {
      assertThat(allows(all, call)).as(call).isFalse();
    }
    assertThat(learned(Learning.from(text)).needs())
        .filteredOn(need -> need.call().equals("symlink"))
        .singleElement()
        .satisfies(
            need ->
                assertThat(need.comment())
                    .endsWith("; mkdir, renameat2 and unlinkat, which were seen, cover it"));
    for (String without : List.of("mkdir", "renameat2", "unlinkat")) {
      String less =
          text.lines()
              .filter(line -> !line.startsWith(without))
              .collect(Collectors.joining("\n", "", "\n"));
      Learned learned = learned(Learning.from(less));
      assertThat(learned.withheld().calls())
          .as(without)
          .containsKeys("symlink", "symlinkat", "link", "linkat", "mknod", "mknodat");
    }
  }

  @Test
  void rightsThatAreChangedCoverOwners() {
    String open = "openat(AT_FDCWD, \"x\", O_RDWR) = 3\n";
    String rights = "fchmod(3, 0600) = 0\n";
    for (String call : List.of("chown", "fchown", "lchown", "fchownat")) {
      assertThat(allows(policy(Learning.from(open + rights)), call)).as(call).isTrue();
      assertThat(allows(policy(Learning.from(open)), call)).as(call).isFalse();
      assertThat(allows(policy(Learning.from(rights)), call)).as(call).isFalse();
      String base = "version: 1\nname: b\ndefault: kill-process\nrules: []\n";
      Learning limited =
          Learning.from(open + rights).base(base + "landlock:\n  write: [\"/srv\"]\n");
      assertThat(allows(policy(limited), call)).as(call).isFalse();
    }
    for (String call : List.of("setxattr", "fsetxattr", "setuid")) {
      assertThat(allows(policy(Learning.from(open + rights)), call)).as(call).isFalse();
    }
  }

  @Test
  void signalsToProcessesCoverThoseByDescriptorWithoutData() {
    Policy policy = policy(Learning.from("kill(7, SIGUSR1) = 0\n"));
    assertThat(allows(policy, "pidfd_send_signal", "3", "10", "0", "0")).isTrue();
    assertThat(allows(policy, "pidfd_send_signal", "3", "10", "0x7f00", "0")).isFalse();
    assertThat(allows(policy, "rt_sigqueueinfo")).isFalse();
    assertThat(allows(policy(Learning.from("getppid() = 1\n")), "pidfd_send_signal")).isFalse();
  }

  @Test
  void openedFilesCoverRightsWithoutThoseOfTheOwner() {
    Learning learning = Learning.from("openat(AT_FDCWD, \"x\", O_RDWR) = 3\n");
    Policy policy = policy(learning);
    assertThat(allows(policy, "fchmod", "3", "0644")).isTrue();
    assertThat(allows(policy, "chmod", "0", "01777")).isTrue();
    assertThat(allows(policy, "chmod", "0", "04755")).isFalse();
    assertThat(allows(policy, "fchmod", "3", "02755")).isFalse();
    assertThat(allows(policy, "fchmodat", "3", "0", "06755")).isFalse();
    assertThat(allows(policy, "fchmodat2", "3", "0", "0755", "0")).isTrue();
    assertThat(allows(policy, "fchmodat2", "3", "0", "04755", "0")).isFalse();
    assertThat(allows(policy, "renameat2", "3", "0", "3", "0", "0")).isTrue();
    assertThat(allows(policy, "renameat2", "3", "0", "3", "0", "4")).isFalse(); // WHITEOUT
    assertThat(learned(learning).withheld().uses())
        .containsEntry("fchmod", "only without setuid and setgid")
        .containsEntry("renameat2", "only without flags")
        .doesNotContainKey("openat");
  }

  /** Opened files are then those below some directories, and Landlock knows no times and rights. */
  @Test
  void filesThatLandlockLimitsCoverNoNames() {
    String text = "openat(AT_FDCWD, \"/srv/x\", O_RDWR|O_CREAT, 0600) = 3\n";
    String base = "version: 1\nname: b\ndefault: kill-process\nrules: []\n";
    Policy free = policy(Learning.from(text).base(base));
    Policy limited = policy(Learning.from(text).base(base + "landlock:\n  write: [\"/srv\"]\n"));
    Policy proposed =
        policy(Learning.from(text).proposing(new Proposals(true, false, Set.of(), "/")));
    for (String call : List.of("unlink", "rename", "mkdir", "rmdir", "utimensat")) {
      assertThat(allows(free, call)).isTrue();
      assertThat(allows(limited, call)).isFalse();
      assertThat(allows(proposed, call)).isFalse();
    }
    assertThat(allows(limited, "fchmod", "3", "0644")).isFalse();
    assertThat(allows(limited, "truncate")).isTrue();
    String renames = text + "rename(\"/srv/x\", \"/srv/y\") = 0\n";
    assertThat(
            allows(
                policy(Learning.from(renames).base(base + "landlock:\n  write: [\"/srv\"]\n")),
                "unlink"))
        .isTrue();
  }

  /** MSG_FASTOPEN connects a socket past the rules of Landlock for connect(2). */
  @Test
  void dataMayBeSentToAnAddressWhereSocketsMayBeConnected() {
    String text = "connect(3, {sa_family=AF_INET}, 16) = 0\n";
    Policy policy = policy(Learning.from(text));
    assertThat(allows(policy, "sendto", "3", "0", "1", "0", "0x7f00", "16")).isTrue();
    assertThat(allows(policy, "sendto", "3", "0", "1", "0x20000000", "0x7f00", "16")).isFalse();
    assertThat(allows(policy, "sendmsg", "3", "0x7f00", "0x4000")).isTrue(); // NOSIGNAL
    assertThat(allows(policy, "sendmsg", "3", "0x7f00", "0x20004000")).isFalse();
    assertThat(allows(policy, "sendmmsg", "3", "0x7f00", "2", "0")).isTrue();
    assertThat(allows(policy, "sendmmsg", "3", "0x7f00", "2", "0x20000000")).isFalse();
    Policy without = policy(Learning.from("getppid() = 1\n"));
    assertThat(allows(without, "sendto", "3", "0", "1", "0", "0", "0")).isTrue();
    assertThat(allows(without, "sendto", "3", "0", "1", "0", "0x7f00", "16")).isFalse();
    assertThat(allows(without, "sendmsg", "3", "0x7f00", "0")).isFalse();
  }

  @Test
  void aCallWithAConditionCoversNothing() {
    Learning learning = Learning.from("openat(AT_FDCWD, \"x\", O_RDWR) = 3\n");
    Policy policy = policy(learning.flags(true, false, false));
    assertThat(allows(policy, "openat", "3", "0", "2")).isTrue();
    assertThat(allows(policy, "openat", "3", "0", "1")).isFalse();
    assertThat(allows(policy, "truncate")).isFalse();
    assertThat(allows(policy, "creat")).isFalse();
    assertThat(allows(policy, "unlink")).isFalse();
    assertThat(allows(policy, "chmod", "0", "0644")).isFalse();
  }

  /** Their code is not known; the program itself cannot reach creat. */
  @Test
  void programsThatAreExecutedMayMakeCallsThatCanDoNoMore() {
    String opens = "getppid() = 1\nopenat(AT_FDCWD, \"x\", O_RDWR) = 3\n";
    byte[] own =
        ALL.replace("allow", "kill-process")
            .replace("[]", "[{allow: [getppid, openat, execve]}]")
            .getBytes(StandardCharsets.UTF_8);
    Reach reach = Reach.of(YamlPolicyReader.read(own, "own"), "own", Target.X86_64);
    for (boolean executes : List.of(true, false)) {
      String trace = opens + (executes ? "execve(\"./x\", [], 0) = 0\n" : "");
      Learned learned = Learning.from(trace).learned().within(reach);
      Policy policy = LearnedPolicy.of(learned, "test", Optional.empty()).policy();
      assertThat(allows(policy, "creat")).isEqualTo(executes);
      assertThat(allows(policy, "truncate")).isEqualTo(executes);
      assertThat(allows(policy, "unlink")).isFalse();
      assertThat(allows(policy, "setsid")).isFalse();
    }
  }

  @Test
  void withoutTheCodeNothingIsAdded() {
    Learning learning = Learning.from("openat(AT_FDCWD, \"x\", O_RDWR) = 3\n").companions();
    assertThat(allows(learning.policy().policy(), "truncate")).isFalse();
  }

  @Test
  void aPhaseHasThemIfItHasWhatCoversThem() {
    String start =
        """
        7 execve("/usr/sbin/d", ["d"], 0x7f) = 0
        7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=1, filter=0x1}) = 0
        7 getppid() = 1
        """;
    String before = "7 rename(\"a\", \"b\") = 0\n";
    String wait = "7 accept4(4, NULL, NULL, 0) = 5\n";
    Proposals phases = new Proposals(false, true, Set.of(), "/");
    assertThat(inPhase(start + before + wait, phases)).doesNotContain("rename", "renameat");
    assertThat(inPhase(start + before + wait + before, phases)).contains("rename", "renameat");
  }

  private static Set<String> inPhase(String trace, Proposals proposals) {
    return policy(Learning.from(trace).proposing(proposals)).phases().get(0).rules().stream()
        .flatMap(rule -> rule.calls().stream())
        .map(Object::toString)
        .collect(Collectors.toSet());
  }

  /** Calls that give no power need none that cover them. */
  @ParameterizedTest
  @EnumSource(Target.class)
  void onlyCallsThatGivePowerAreListed(Target architecture) {
    HarmlessCalls harmless = HarmlessCalls.of(architecture);
    Set<String> names = Set.copyOf(SyscallTable.of(architecture).names());
    List<CoveredCalls.Cover> covers = CoveredCalls.of(architecture, false).by(names);
    assertThat(covers).isNotEmpty();
    for (CoveredCalls.Cover cover : covers) {
      List<String> named = new ArrayList<>(cover.by());
      named.add(cover.entry().call());
      for (String call : named) {
        assertThat(harmless.contains(call) && harmless.condition(call).isEmpty())
            .as(call)
            .isFalse();
      }
    }
  }

  @Test
  void everyNameIsACallSomewhere() {
    Set<String> known =
        Arrays.stream(Target.values())
            .flatMap(target -> SyscallTable.of(target).names().stream())
            .collect(Collectors.toSet());
    for (String line : CallLines.of("covered.txt")) {
      String calls =
          line.replaceAll("^with |: .*| without landlock$| alike$", "").replace(" and ", " ");
      assertThat(known).contains(calls.split(" ", -1));
    }
  }
}
