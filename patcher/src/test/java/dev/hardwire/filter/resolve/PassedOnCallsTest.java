package dev.hardwire.filter.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that socketcall(2) and ipc(2) pass on, and arguments in memory. */
class PassedOnCallsTest {
  private static final int SYS_SOCKET = 1;
  private static final int SYS_ACCEPT = 5;
  private static final int MSGGET = 13;
  private static final int SHMGET = 23;

  private static Policy policy(String defaultAction, String... rules) {
    String text =
        "version: 1\ndefault: " + defaultAction + "\nrules:\n  " + String.join("\n  ", rules);
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static String decide(Policy policy, Target on, String call, long... args) {
    Filter filter = FilterCompiler.compile(policy, on);
    assertThat(FilterProof.check(filter, ResolvedPolicy.of(policy, on))).isEmpty();
    Policy pinned = ResolvedPolicy.pinned(policy, on);
    Policy read =
        YamlPolicyReader.read(
            YamlPolicyWriter.write(pinned).getBytes(StandardCharsets.UTF_8), "pinned");
    assertThat(FilterProof.check(filter, ResolvedPolicy.of(read, on))).isEmpty();
    int number = SyscallTable.of(on).number(call).getAsInt();
    return Emulator.run(filter, SeccompData.of(on, number, args)).verdict().toString();
  }

  private static List<String> warnings(Policy policy, Target on) {
    return ResolvedPolicy.of(policy, on).warnings().stream().map(PolicyWarning::message).toList();
  }

  @ParameterizedTest
  @EnumSource(names = {"I386", "S390X", "PPC64LE"})
  void aRuleReachesTheCallBothWays(Target on) {
    Policy policy = policy("kill-process", "- allow: [socket, shmget]");
    assertThat(decide(policy, on, "socket")).isEqualTo("allow");
    assertThat(decide(policy, on, "socketcall", SYS_SOCKET)).isEqualTo("allow");
    assertThat(decide(policy, on, "socketcall", 0x1_0000_0000L | SYS_SOCKET)).isEqualTo("allow");
    assertThat(decide(policy, on, "socketcall", 2)).isEqualTo("kill-process");
    assertThat(decide(policy, on, "socketcall", 0x10000 | SYS_SOCKET)).isEqualTo("kill-process");
    assertThat(decide(policy, on, "ipc", SHMGET)).isEqualTo("allow");
    assertThat(decide(policy, on, "ipc", MSGGET)).isEqualTo("kill-process");
    assertThat(warnings(policy, on)).isEmpty();
  }

  @Test
  void aCallThatIsOnlyPassedOnIsNoUnknownOne() {
    Policy policy = policy("errno EPERM", "- allow: [accept]");
    assertThat(decide(policy, Target.I386, "socketcall", SYS_ACCEPT)).isEqualTo("allow");
    assertThat(warnings(policy, Target.I386)).isEmpty();
    assertThat(warnings(policy, Target.ARM)).isEmpty();
  }

  @Test
  void whatCannotBeCheckedIsNotAllowed() {
    Policy policy = policy("kill-process", "- allow: [socket]", "  when: \"domain == AF_INET\"");
    assertThat(decide(policy, Target.I386, "socket", 2)).isEqualTo("allow");
    assertThat(decide(policy, Target.I386, "socket", 40)).isEqualTo("kill-process");
    assertThat(decide(policy, Target.I386, "socketcall", SYS_SOCKET)).isEqualTo("kill-process");
    assertThat(warnings(policy, Target.I386))
        .containsExactly(
            "the arguments of socket through socketcall are in memory, where a filter cannot see"
                + " them: this rule does not allow such calls");
  }

  @Test
  void whatCannotBeCheckedIsRefusedWhole() {
    Policy policy = policy("allow", "- errno EACCES: [socket]", "  when: \"domain != AF_INET\"");
    assertThat(decide(policy, Target.I386, "socket", 2)).isEqualTo("allow");
    assertThat(decide(policy, Target.I386, "socketcall", SYS_SOCKET)).isEqualTo("errno EACCES");
    assertThat(decide(policy, Target.I386, "socketcall", 2)).isEqualTo("allow");
  }

  @Test
  void theUserMaySayThatItIsAllowed() {
    Policy policy =
        policy(
            "kill-process",
            "- allow: [socket]",
            "  when: \"domain == AF_INET\"",
            "- allow: [socketcall]",
            "  when: \"call == 1\"");
    assertThat(decide(policy, Target.I386, "socketcall", SYS_SOCKET)).isEqualTo("allow");
    assertThat(decide(policy, Target.I386, "socketcall", 2)).isEqualTo("kill-process");
  }

  @Test
  void argumentsInRegistersOfIpcAreChecked() {
    Policy policy = policy("kill-process", "- allow: [shmget]", "  when: \"size < 4096\"");
    assertThat(decide(policy, Target.I386, "ipc", SHMGET, 7, 100)).isEqualTo("allow");
    assertThat(decide(policy, Target.I386, "ipc", 0x10000 | SHMGET, 7, 100)).isEqualTo("allow");
    assertThat(decide(policy, Target.I386, "ipc", SHMGET, 7, 4096)).isEqualTo("kill-process");
    assertThat(warnings(policy, Target.I386)).isEmpty();
  }

  @Test
  void aGroupWithoutACallDoesNotReachItThroughTheMultiplexer() {
    Policy policy = policy("kill-process", "- allow: [\"@network-io\", \"~socket\"]");
    assertThat(decide(policy, Target.I386, "socketcall", 2)).isEqualTo("allow");
    assertThat(decide(policy, Target.I386, "socketcall", SYS_SOCKET)).isEqualTo("kill-process");
  }

  @Test
  void theMultiplexerItselfCanBeLeftOut() {
    Policy policy = policy("kill-process", "- allow: [\"@network-io\", \"~socketcall\"]");
    assertThat(decide(policy, Target.S390X, "socket", 2)).isEqualTo("allow");
    assertThat(decide(policy, Target.S390X, "socketcall", SYS_SOCKET)).isEqualTo("kill-process");
  }

  @Test
  void theOldMmapHasItsArgumentsInMemory() {
    Policy policy = policy("errno EPERM", "- allow: [mmap]", "  when: \"(prot & PROT_EXEC) == 0\"");
    assertThat(decide(policy, Target.X86_64, "mmap", 0, 1, 1)).isEqualTo("allow");
    assertThat(decide(policy, Target.S390X, "mmap", 0, 1, 1)).isEqualTo("errno EPERM");
    assertThat(warnings(policy, Target.S390X))
        .containsExactly(
            "the arguments of mmap are in memory, where a filter cannot see them: this rule does"
                + " not allow such calls");
  }

  @Test
  void theFlagsOfCloneAreWhereTheArchitectureHasThem() {
    Policy policy = policy("kill-process", "- allow: [clone]", "  when: \"flags == 17\"");
    assertThat(decide(policy, Target.AARCH64, "clone", 17)).isEqualTo("allow");
    assertThat(decide(policy, Target.S390X, "clone", 17)).isEqualTo("kill-process");
    assertThat(decide(policy, Target.S390X, "clone", 0, 17)).isEqualTo("allow");
  }
}
