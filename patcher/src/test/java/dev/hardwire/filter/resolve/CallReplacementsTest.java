package dev.hardwire.filter.resolve;

import static dev.hardwire.arch.Target.AARCH64;
import static dev.hardwire.arch.Target.ARM;
import static dev.hardwire.arch.Target.I386;
import static dev.hardwire.arch.Target.RISCV64;
import static dev.hardwire.arch.Target.S390X;
import static dev.hardwire.arch.Target.X86_64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Policies that ask for calls to be mapped, and what is said to those that do not. */
class CallReplacementsTest {
  private static final int CWD = -100;
  private static final int CREAT = 0x40;

  private static Policy read(String text) {
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static Policy plain(String defaultAction, String... rules) {
    return read(
        "version: 1\ndefault: " + defaultAction + "\nrules:\n  " + String.join("\n  ", rules));
  }

  private static Policy mapped(String defaultAction, String... rules) {
    return plain(defaultAction, rules).withMissingCallsMapped(true);
  }

  private static String decide(Policy policy, Target on, String call, long... args) {
    Filter filter = FilterCompiler.compile(policy, on);
    assertThat(FilterProof.check(filter, ResolvedPolicy.of(policy, on))).isEmpty();
    Policy pinned = ResolvedPolicy.pinned(policy, on);
    Policy embedded = read(YamlPolicyWriter.write(pinned));
    assertThat(embedded).isEqualTo(pinned);
    assertThat(embedded.mapsMissingCalls()).isFalse();
    assertThat(FilterProof.check(filter, ResolvedPolicy.of(embedded, on))).isEmpty();
    int number = SyscallTable.of(on).number(call).getAsInt();
    return Emulator.run(filter, SeccompData.of(on, number, args)).verdict().toString();
  }

  private static List<String> warnings(Policy policy, Target on) {
    return ResolvedPolicy.of(policy, on).warnings().stream().map(Object::toString).toList();
  }

  @Test
  void theKeyIsReadAndWritten() {
    Policy policy = mapped("kill-process", "- allow: [open]");
    assertThat(YamlPolicyWriter.write(policy)).endsWith("log: false\nmap_missing_calls: true\n");
    assertThat(read(YamlPolicyWriter.write(policy))).isEqualTo(policy);
    assertThat(policy).isNotEqualTo(plain("kill-process", "- allow: [open]"));
  }

  @Test
  void whatIsAllowedIsTheSameCallAndNoMore() {
    Policy policy = mapped("kill-process", "- allow: [open, unlink, dup2, fork, exit_group]");
    assertThat(decide(policy, AARCH64, "openat", CWD, 7, CREAT, 0600)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "openat", 5, 7, CREAT)).isEqualTo("kill-process");
    assertThat(decide(policy, AARCH64, "unlinkat", CWD, 7, 0)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "unlinkat", CWD, 7, 0x200)).isEqualTo("kill-process");
    assertThat(decide(policy, AARCH64, "dup3", 1, 2, 0)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "dup3", 1, 2, 0x80000)).isEqualTo("kill-process");
    assertThat(decide(policy, AARCH64, "clone", 0x1200011)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "clone", 0x10000000 | 17)).isEqualTo("kill-process");
    assertThat(decide(policy, AARCH64, "exit_group")).isEqualTo("allow");
    assertThat(warnings(policy, AARCH64)).isEmpty();
    assertThat(decide(policy, X86_64, "openat", CWD)).isEqualTo("kill-process");
  }

  @Test
  void whatIsRefusedIsAllThatCanBeTheSame() {
    Policy policy = mapped("allow", "- errno EPERM: [open, unlink, fork]");
    assertThat(decide(policy, AARCH64, "openat", CWD, 7, 0)).isEqualTo("errno EPERM");
    assertThat(decide(policy, AARCH64, "openat", 5, 7, 0)).isEqualTo("errno EPERM");
    assertThat(decide(policy, AARCH64, "unlinkat", 5, 7, 0)).isEqualTo("errno EPERM");
    assertThat(decide(policy, AARCH64, "unlinkat", 5, 7, 0x200)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "clone", 0x4111)).isEqualTo("errno EPERM");
    assertThat(decide(policy, AARCH64, "clone", 0x3d0f00)).isEqualTo("allow");
    assertThat(warnings(policy, AARCH64)).isEmpty();
  }

  @Test
  void conditionsGoWhereTheArgumentsAre() {
    Policy policy =
        mapped(
            "kill-process",
            "- allow: [open]",
            "  when: \"(flags & O_CREAT) == 0 && (arg1 & O_DIRECT) == 0 && mode < 8\"",
            "- errno EACCES: [open]");
    assertThat(decide(policy, AARCH64, "openat", CWD, 7, 0, 7)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "openat", CWD, 7, 0, 8)).isEqualTo("errno EACCES");
    assertThat(decide(policy, AARCH64, "openat", CWD, 7, CREAT)).isEqualTo("errno EACCES");
    assertThat(decide(policy, AARCH64, "openat", CWD, 7, 0x10000)).isEqualTo("errno EACCES");
    assertThat(decide(policy, RISCV64, "openat", CWD, 7, 0x10000)).isEqualTo("allow");
    assertThat(decide(policy, RISCV64, "openat", CWD, 7, 0x4000)).isEqualTo("errno EACCES");
    assertThat(decide(policy, AARCH64, "openat", 5, 7, 0)).isEqualTo("kill-process");
  }

  @Test
  void whatCannotBeSeenIsNotAllowedAndRefusedWhole() {
    Policy allows = mapped("kill-process", "- allow: [poll]", "  when: \"timeout_msecs == 0\"");
    assertThat(decide(allows, AARCH64, "ppoll")).isEqualTo("kill-process");
    assertThat(warnings(allows, AARCH64))
        .containsExactly(
            "p.yaml:5:12: timeout_msecs of poll is not visible in ppoll, which replaces it on"
                + " aarch64: this rule does not allow such calls");
    Policy refuses = mapped("allow", "- errno EPERM: [poll]", "  when: \"timeout_msecs == 0\"");
    assertThat(decide(refuses, AARCH64, "ppoll", 1, 2, 3)).isEqualTo("errno EPERM");
    assertThat(warnings(refuses, AARCH64))
        .containsExactly(
            "p.yaml:5:12: timeout_msecs of poll is not visible in ppoll, which replaces it on"
                + " aarch64: such calls get \"errno EPERM\" for every value");
    Policy seen = mapped("allow", "- errno EPERM: [poll]", "  when: \"nfds > 9\"");
    assertThat(decide(seen, AARCH64, "ppoll", 1, 9, 3)).isEqualTo("allow");
    assertThat(decide(seen, AARCH64, "ppoll", 1, 10, 3)).isEqualTo("errno EPERM");
  }

  @Test
  void anUnknownArgumentIsAnError() {
    Policy policy = mapped("allow", "- errno EPERM: [open]", "  when: \"flag == 0\"");
    assertThatThrownBy(() -> ResolvedPolicy.of(policy, AARCH64))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("p.yaml:5:")
        .hasMessageContaining("\"flag\" is not an argument of open");
  }

  @Test
  void whereRulesOfBothNamesDifferTheRefusalCounts() {
    Policy denied = mapped("kill-process", "- allow: [openat]", "- errno EPERM: [open]");
    assertThat(decide(denied, AARCH64, "openat", CWD)).isEqualTo("errno EPERM");
    assertThat(warnings(denied, AARCH64))
        .containsExactly(
            "p.yaml:5:19: openat stands for open on aarch64, and not every rule names both: where"
                + " they differ, the one that denies applies");
    Policy allowed =
        mapped(
            "kill-process",
            "- allow: [open]",
            "- errno EPERM: [openat]",
            "  when: \"(flags & O_CREAT) != 0\"");
    assertThat(decide(allowed, AARCH64, "openat", CWD, 7, CREAT)).isEqualTo("errno EPERM");
    assertThat(decide(allowed, AARCH64, "openat", CWD, 7, 0)).isEqualTo("allow");
  }

  @Test
  void rulesThatNameBothSayTheSameOfBoth() {
    Policy policy =
        mapped(
            "kill-process",
            "- allow: [open, openat]",
            "  when: \"(flags & O_CREAT) == 0\"",
            "- errno EPERM: [openat, open]");
    assertThat(decide(policy, AARCH64, "openat", CWD, 7, 0)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "openat", 5, 7, 0)).isEqualTo("allow");
    assertThat(decide(policy, AARCH64, "openat", 5, 7, CREAT)).isEqualTo("errno EPERM");
    assertThat(warnings(policy, AARCH64)).isEmpty();
  }

  @Test
  void whatTheOwnNameDecidesIsLeftAsItIs() {
    Policy policy = mapped("kill-process", "- allow: [\"@file-system\", open, stat]");
    Policy same = plain("kill-process", "- allow: [\"@file-system\"]");
    assertThat(ResolvedPolicy.pinned(policy, AARCH64))
        .isEqualTo(ResolvedPolicy.pinned(same, AARCH64));
    assertThat(warnings(policy, AARCH64)).isEmpty();
  }

  /** A rule may cover the other call among several numbers, or by the way that makes it. */
  @Test
  void aRefusalCountsAgainstNumbersAndOtherWays() {
    Policy later = mapped("kill-process", "- errno EPERM: [open]", "- allow: [nr 0-600]");
    assertThat(decide(later, AARCH64, "openat", CWD)).isEqualTo("errno EPERM");
    assertThat(decide(later, AARCH64, "unlinkat", CWD)).isEqualTo("allow");
    Policy earlier = mapped("kill-process", "- allow: [nr 0-600]", "- errno EPERM: [open]");
    assertThat(decide(earlier, AARCH64, "openat", CWD)).isEqualTo("errno EPERM");
    Policy excluding =
        mapped("kill-process", "- errno EPERM: [open]", "- allow: [nr 0-600, '~openat']");
    assertThat(decide(excluding, AARCH64, "openat", CWD)).isEqualTo("errno EPERM");
    Policy way = mapped("kill-process", "- errno EPERM: [accept]", "- allow: [socketcall]");
    assertThat(decide(way, I386, "socketcall", 18)).isEqualTo("errno EPERM");
    assertThat(decide(way, I386, "socketcall", 17)).isEqualTo("allow");
    Policy both = mapped("allow", "- errno EPERM: [accept]", "- errno EPERM: [nr 300-460]");
    assertThat(decide(both, I386, "socketcall", 18)).isEqualTo("errno EPERM");
    Policy without =
        mapped("allow", "- errno EPERM: [sendto]", "- errno EPERM: ['@network-io', '~socketcall']");
    assertThat(decide(without, S390X, "socketcall", 9)).isEqualTo("errno EPERM"); // send
    Policy between =
        mapped(
            "allow", "- errno EPERM: [accept]", "- log: [socketcall]", "- errno EPERM: [accept4]");
    assertThat(decide(between, I386, "socketcall", 18)).isEqualTo("errno EPERM");
    Policy conditional =
        mapped("kill-process", "- errno EPERM: [open]", "- allow: [nr 56]", "  when: arg1 == 0");
    assertThatThrownBy(() -> ResolvedPolicy.of(conditional, AARCH64))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("\"nr 56\" is openat on aarch64")
        .hasMessageContaining("; name it");
    assertThat(decide(conditional, X86_64, "unlinkat")).isEqualTo("kill-process");
  }

  @Test
  void aRuleMayLeaveTheReplacementOut() {
    Policy policy = mapped("kill-process", "- allow: [open, unlink, \"~openat\"]");
    assertThat(decide(policy, AARCH64, "openat", CWD)).isEqualTo("kill-process");
    assertThat(decide(policy, AARCH64, "unlinkat", CWD)).isEqualTo("allow");
  }

  @Test
  void furtherFormsOf32BitsAreCovered() {
    Policy policy =
        mapped("kill-process", "- allow: [futex, mmap, getuid, lseek, stat, rt_sigreturn, accept]");
    for (Target on : List.of(I386, ARM)) {
      assertThat(decide(policy, on, "futex")).isEqualTo("allow");
      assertThat(decide(policy, on, "futex_time64")).isEqualTo("allow");
      assertThat(decide(policy, on, "mmap2")).isEqualTo("allow");
      assertThat(decide(policy, on, "getuid32")).isEqualTo("allow");
      assertThat(decide(policy, on, "_llseek")).isEqualTo("allow");
      assertThat(decide(policy, on, "stat64")).isEqualTo("allow");
      assertThat(decide(policy, on, "statx", 0xffffff9cL, 0, 0x800)).isEqualTo("allow");
      assertThat(decide(policy, on, "statx", 3, 0, 0x800)).isEqualTo("kill-process");
      assertThat(decide(policy, on, "sigreturn")).isEqualTo("allow");
      assertThat(warnings(policy, on)).isEmpty();
    }
    assertThat(decide(policy, I386, "accept4")).isEqualTo("allow");
    assertThat(decide(policy, I386, "accept4", 1, 2, 3, 4)).isEqualTo("kill-process");
    assertThat(decide(policy, S390X, "futex")).isEqualTo("allow");
  }

  @Test
  void conditionsReachFurtherForms() {
    Policy policy =
        mapped("kill-process", "- allow: [mmap, fcntl]", "  when: \"arg2 != 4 && arg1 != 9\"");
    assertThat(decide(policy, I386, "mmap2", 0, 1, 1)).isEqualTo("allow");
    assertThat(decide(policy, I386, "mmap2", 0, 1, 4)).isEqualTo("kill-process");
    assertThat(decide(policy, ARM, "fcntl64", 3, 9)).isEqualTo("kill-process");
    assertThat(decide(policy, ARM, "fcntl64", 3, 8)).isEqualTo("allow");
    assertThat(warnings(policy, ARM)).isEmpty();
    assertThat(warnings(policy, I386))
        .hasSize(1)
        .allMatch(w -> w.contains("arguments of mmap are in memory"));
  }

  @Test
  void withoutBeingAskedNothingIsMappedAndItIsSaid() {
    Policy allows = plain("kill-process", "- allow: [open, futex, stat]");
    assertThat(decide(allows, AARCH64, "openat", CWD)).isEqualTo("kill-process");
    assertThat(warnings(allows, AARCH64))
        .contains(
            "p.yaml:4:13: \"open\" is not a call of aarch64, where openat does the same and is not"
                + " allowed; name it, or set map_missing_calls")
        .hasSize(2);
    assertThat(decide(allows, I386, "futex_time64")).isEqualTo("kill-process");
    assertThat(warnings(allows, I386)).isEmpty();
    Policy refuses = plain("allow", "- errno EPERM: [open, futex]");
    assertThat(warnings(refuses, AARCH64))
        .containsExactly(
            "p.yaml:4:19: \"open\" is not a call of aarch64, where openat does the same and is not"
                + " denied; name it, or set map_missing_calls");
    assertThat(warnings(refuses, I386))
        .containsExactly(
            "p.yaml:4:25: futex_time64 does the same as \"futex\" on i386 and is not denied; name"
                + " it, or set map_missing_calls");
    Policy both = plain("kill-process", "- allow: [open, openat]");
    assertThat(warnings(both, AARCH64))
        .containsExactly("p.yaml:4:13: \"open\" is not a call of aarch64; it is ignored");
  }
}
