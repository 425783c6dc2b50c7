package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.yaml.YamlPolicyReader;
import dev.hardwire.seccomp.SyscallTable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that are allowed because others that were seen can do the same. */
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
    "'sendmsg(3, NULL, 0) = 3', sendmmsg",
    "'unlinkat(3, \"x\", 0) = 0', rmdir",
    "'renameat2(3, \"x\", 3, \"y\", 0) = 0', rename",
    "'clone3({flags=CLONE_VM}, 88) = 7', clone",
    "'kill(7, SIGUSR1) = 0', tgkill",
    "'execve(\"./x\", [], 0) = 0', execveat",
  })
  void aCallIsAllowedByWhatCanDoTheSame(String seen, String covered) {
    Learning both = Learning.from("getppid() = 1\n" + seen + "\n").flags(false, true, false);
    assertThat(allows(policy(both), covered)).isTrue();
    assertThat(learned(both).withheld()).doesNotContainKey(covered);
    Learning without = Learning.from("getppid() = 1\n");
    assertThat(allows(policy(without), covered)).isFalse();
    if (!covered.equals("tgkill")) { // which is allowed with some signals
      assertThat(learned(without).withheld()).containsKey(covered);
    }
  }

  @Test
  void thereIsNoWayBackToWhatCanDoMore() {
    String text = "rename(\"x\", \"y\") = 0\nunlink(\"x\") = 0\nclone(flags=CLONE_VM) = 7\n";
    Policy policy = policy(Learning.from(text));
    assertThat(allows(policy, "renameat2", "3", "0", "3", "0", "0")).isTrue();
    assertThat(allows(policy, "renameat2", "3", "0", "3", "0", "2")).isFalse(); // EXCHANGE
    assertThat(allows(policy, "unlinkat", "3", "0", "0")).isTrue();
    assertThat(allows(policy, "unlinkat", "3", "0", "0x200")).isFalse(); // REMOVEDIR
    assertThat(allows(policy, "rmdir")).isFalse();
    assertThat(allows(policy, "clone3")).isFalse();
  }

  /** MSG_FASTOPEN connects a socket past the rules of Landlock for connect(2). */
  @Test
  void dataMayBeSentToAnAddressWhereSocketsMayBeConnected() {
    String text = "connect(3, {sa_family=AF_INET}, 16) = 0\n";
    Policy policy = policy(Learning.from(text));
    assertThat(allows(policy, "sendto", "3", "0", "1", "0", "0x7f00", "16")).isTrue();
    assertThat(allows(policy, "sendto", "3", "0", "1", "0x20000000", "0x7f00", "16")).isFalse();
    Policy without = policy(Learning.from("getppid() = 1\n"));
    assertThat(allows(without, "sendto", "3", "0", "1", "0", "0", "0")).isTrue();
    assertThat(allows(without, "sendto", "3", "0", "1", "0", "0x7f00", "16")).isFalse();
  }

  @Test
  void aCallWithAConditionCoversNothing() {
    Learning learning = Learning.from("openat(AT_FDCWD, \"x\", O_RDWR) = 3\n");
    Policy policy = policy(learning.flags(true, false, false));
    assertThat(allows(policy, "openat", "3", "0", "2")).isTrue();
    assertThat(allows(policy, "openat", "3", "0", "1")).isFalse();
    assertThat(allows(policy, "truncate")).isFalse();
    assertThat(allows(policy, "creat")).isFalse();
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
    List<CoveredCalls.Cover> covers = CoveredCalls.of(architecture).by(names);
    assertThat(covers).isNotEmpty();
    for (CoveredCalls.Cover cover : covers) {
      for (String call : List.of(cover.by(), cover.entry().call())) {
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
      assertThat(known).contains(line.replaceAll("^with |: .*", "").split(" ", -1));
    }
  }
}
