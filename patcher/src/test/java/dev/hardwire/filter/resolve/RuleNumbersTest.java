package dev.hardwire.filter.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.PolicyDiff;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.formats.oci.OciFormat;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Rules for call numbers without a name. */
class RuleNumbersTest {
  private static Policy read(String text) {
    return YamlPolicyReader.read(
        ("version: 1\ndefault: kill-process\n" + text).getBytes(StandardCharsets.UTF_8), "p");
  }

  private static String decision(Policy policy, Target architecture, long nr, long... arguments) {
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, architecture);
    SeccompData call = SeccompData.of(architecture, nr, arguments);
    Filter filter = FilterCompiler.compile(policy, architecture);
    String decision = Emulator.run(filter, call).verdict().toString();
    assertThat(ReferenceInterpreter.decide(resolved, call)).hasToString(decision);
    assertThat(FilterProof.check(filter, resolved)).isEmpty();
    return decision;
  }

  @ParameterizedTest
  @EnumSource
  void unknownNumbersAreAllOthersThanThoseOfTheTable(Target architecture) {
    Policy policy = read("unknown-calls: errno ENOSYS\nrules: [{allow: [exit_group]}]");
    SyscallTable table = SyscallTable.of(architecture);
    for (long nr : new long[] {0, 1, 4, 63, 200, 335, 400, 424, 466, 470, 471, 9999, 0x3fffffffL}) {
      String expected =
          table.name(nr).isEmpty()
              ? "errno ENOSYS"
              : table.name(nr).get().equals("exit_group") ? "allow" : "kill-process";
      assertThat(decision(policy, architecture, nr)).as("%d", nr).isEqualTo(expected);
    }
    boolean refuses = architecture.refusedFrom().isPresent();
    assertThat(decision(policy, architecture, 0xffff_ffffL))
        .isEqualTo(refuses ? "kill-process" : "errno ENOSYS");
    Policy pinned = ResolvedPolicy.pinned(policy, architecture);
    assertThat(YamlPolicyWriter.write(pinned)).doesNotContain("unknown-calls");
    assertThat(
            FilterProof.compare(
                ResolvedPolicy.of(pinned, architecture), ResolvedPolicy.of(policy, architecture)))
        .isEmpty();
  }

  @Test
  void newerNumbersAreAboveTheNewestThatThePolicyNames() {
    Policy policy = read("newer-calls: errno ENOSYS\nrules: [{allow: [exit_group, clone3]}]");
    assertThat(decision(policy, Target.X86_64, 435)).isEqualTo("allow");
    assertThat(decision(policy, Target.X86_64, 436)).isEqualTo("errno ENOSYS");
    assertThat(decision(policy, Target.X86_64, 400)).isEqualTo("kill-process");
    Policy arm = read("newer-calls: errno ENOSYS\nrules: [{allow: [cacheflush, clone3]}]");
    assertThat(decision(arm, Target.ARM, 436)).isEqualTo("errno ENOSYS");
  }

  /** accept is only made through socketcall there, whose number is the newest of the policy. */
  @Test
  void aCallThroughAMultiplexerHasItsNumber() {
    Policy policy = read("newer-calls: allow\nrules: [{allow: [accept, exit_group]}]");
    assertThat(decision(policy, Target.I386, 102, 5)).isEqualTo("allow");
    assertThat(decision(policy, Target.I386, 102, 4)).isEqualTo("kill-process");
    assertThat(decision(policy, Target.I386, 11)).isEqualTo("kill-process");
    Policy alone = read("newer-calls: allow\nrules: [{allow: [accept]}]");
    assertThat(decision(alone, Target.I386, 11)).isEqualTo("kill-process");
    assertThat(decision(alone, Target.I386, 103)).isEqualTo("allow");
  }

  @ParameterizedTest
  @EnumSource
  void aPolicyThatNamesNoCallHasNumbersAboveTheTable(Target architecture) {
    Policy policy = read("newer-calls: allow\nrules: []");
    assertThat(decision(policy, architecture, 471)).isEqualTo("kill-process");
    assertThat(decision(policy, architecture, 472)).isEqualTo("allow");
  }

  /** The calls that other-sockets refuses are not named by the policy. */
  @Test
  void rulesOfOtherSocketsDoNotCount() {
    Policy policy =
        read("newer-calls: log\nrules: [{allow: [exit_group]}]\nlandlock: {connect: []}");
    assertThat(decision(policy, Target.X86_64, 300)).isEqualTo("log");
    ResolvedPolicy pinned =
        ResolvedPolicy.of(ResolvedPolicy.pinned(policy, Target.X86_64), Target.X86_64);
    assertThat(FilterProof.compare(pinned, ResolvedPolicy.of(policy, Target.X86_64))).isEmpty();
  }

  /** Whatever calls the tables have: socket(2) looks at 32 bits of its arguments. */
  @Test
  void theArgumentsOfANumberAreWholeRegisters() {
    Policy policy = read("rules: [{allow: ['nr 41'], when: arg0 == 2}, {trap: [socket]}]");
    assertThat(decision(policy, Target.X86_64, 41, 2)).isEqualTo("allow");
    assertThat(decision(policy, Target.X86_64, 41, 0x1_0000_0002L)).isEqualTo("trap");
    Policy pinned = ResolvedPolicy.pinned(policy, Target.X86_64);
    assertThat(YamlPolicyWriter.write(pinned)).contains("allow: [\"nr 41\"]");
    assertThat(decision(pinned, Target.X86_64, 41, 0x1_0000_0002L)).isEqualTo("trap");
    assertThat(ResolvedPolicy.of(policy, Target.X86_64).warnings().toString())
        .contains("\"nr 41\" is socket on x86_64; name it");
  }

  @ParameterizedTest
  @CsvSource({
    "400, errno EPERM",
    "449, errno EPERM",
    "450, log",
    "451, errno EPERM",
    "500, errno EPERM",
    "501, kill-process",
    "460, trap",
    "461, allow"
  })
  void theFirstMatchingRuleApplies(long nr, String expected) {
    Policy policy =
        read(
            "rules: [{log: [set_mempolicy_home_node]}, {trap: [lsm_set_self_attr]},"
                + " {errno EPERM: ['nr 400-500', '~lsm_list_modules']}, {allow: ['nr 400-470']},"
                + " {trap: [cachestat]}]");
    assertThat(decision(policy, Target.X86_64, nr)).isEqualTo(expected);
  }

  @Test
  void singleNumbersMayHaveConditions() {
    Policy policy =
        read("rules: [{allow: ['nr 9999'], when: arg1 == 5}, {errno EPERM: ['nr 9990-10000']}]");
    assertThat(decision(policy, Target.AARCH64, 9999, 0, 5)).isEqualTo("allow");
    assertThat(decision(policy, Target.AARCH64, 9999, 5, 0)).isEqualTo("errno EPERM");
    assertThat(decision(policy, Target.AARCH64, 10000)).isEqualTo("errno EPERM");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(
            () ->
                ResolvedPolicy.of(
                    read("rules: [{allow: ['nr 500-501'], when: arg0 == 1}]"), Target.X86_64))
        .withMessageContaining("a condition needs single call numbers, not \"nr 500-501\"");
  }

  /** Under every name, and however the call is made. */
  @Test
  void anExclusionOfNumbersIsOneOfTheirCalls() {
    Policy policy = read("rules: [{allow: ['@system-service', '~nr 0-1', '~nr 3']}]");
    for (String name : new String[] {"read", "write", "close"}) {
      int number = SyscallTable.of(Target.X86_64).number(name).orElseThrow();
      assertThat(decision(policy, Target.X86_64, number)).isEqualTo("kill-process");
    }
    assertThat(decision(policy, Target.X86_64, 2)).isEqualTo("allow");
    Policy twoNames = read("rules: [{allow: [sync_file_range2, '~nr 341']}]");
    assertThat(decision(twoNames, Target.ARM, 341)).isEqualTo("kill-process");
    Policy ways = read("rules: [{allow: [socket, bind, '~nr 100-110']}]");
    assertThat(decision(ways, Target.I386, 359)).isEqualTo("allow");
    assertThat(decision(ways, Target.I386, 102, 1)).isEqualTo("kill-process");
    assertThat(YamlPolicyWriter.write(ResolvedPolicy.pinned(ways, Target.I386)))
        .contains("allow: [socket, bind, \"~socketcall\"]");
  }

  /** A rule that excludes numbers does not decide, on some architecture, what a later one names. */
  @Test
  void whatNumbersExcludeIsLeftToLaterRules(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("base.yaml"),
        "version: 1\nrules: [{errno EPERM: [read, write, nr 100-460]}]\n");
    Path top =
        Files.writeString(
            folder.resolve("top.yaml"),
            """
            version: 1
            include: [base.yaml]
            default: trap
            rules: [{allow: [read, write, '~nr 0']}, {allow: [nr 100-460, '~ptrace']}]
            """);
    Policy policy = YamlPolicyReader.read(top);
    assertThat(decision(policy, Target.X86_64, 0)).isEqualTo("errno EPERM");
    assertThat(decision(policy, Target.X86_64, 1)).isEqualTo("allow");
    assertThat(decision(policy, Target.X86_64, 101)).isEqualTo("errno EPERM"); // ptrace
    assertThat(decision(policy, Target.X86_64, 102)).isEqualTo("allow");
  }

  @Test
  void numbersThatEveryFilterRefusesAreAnError() {
    Policy policy = read("rules: [{allow: [read, 'nr 0x40000000']}]");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> ResolvedPolicy.of(policy, Target.X86_64))
        .withMessageContaining(
            "every filter of x86_64 kills the process at numbers from 0x40000000 up");
    assertThat(decision(policy, Target.AARCH64, 0x40000000L)).isEqualTo("allow");
  }

  @Test
  void aNumberWithANameIsThatCall() {
    Policy policy = read("rules: [{allow: ['nr 0', exit_group]}]");
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, Target.X86_64);
    assertThat(resolved.warnings().toString()).contains("\"nr 0\" is read on x86_64; name it");
    assertThat(YamlPolicyWriter.write(ResolvedPolicy.pinned(policy, Target.X86_64)))
        .contains("[read, exit_group]");
  }

  @Test
  void differencesOfNumbersAreFound() {
    ResolvedPolicy first = ResolvedPolicy.of(read("rules: [{allow: ['nr 600']}]"), Target.X86_64);
    ResolvedPolicy second = ResolvedPolicy.of(read("rules: [{allow: ['nr 601']}]"), Target.X86_64);
    assertThat(PolicyDiff.between(first, second)).hasSize(1);
    assertThat(PolicyDiff.between(first, second).get(0).example().call().nr()).isEqualTo(600);
    assertThat(PolicyDiff.between(first, first)).isEmpty();
  }

  @Test
  void otherFormatsHaveNoNumbers() {
    Policy policy = read("unknown-calls: errno ENOSYS\nrules: [{allow: [exit_group]}]");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> new OciFormat().write(policy, Target.X86_64))
        .withMessageContaining("cannot express call numbers without a name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "openat|dfd > 0xfffffff0|0xfffffff0 does not fit dfd of openat, which has 32 bits with a"
            + " sign: -2147483648 to 2147483647; write \"unsigned(dfd)\" to compare it otherwise",
        "read|fd < -1|-1 does not fit fd of read, which has 32 bits without a sign: 0 to"
            + " 4294967295; write \"i32(fd)\" to compare it otherwise",
        "read|fd >= 0x1_0000_0000|does not fit fd of read",
        "lseek|offset > 0x8000000000000000|does not fit offset of lseek, which has 64 bits with",
        "openat|dfd < AT_FDCWD|",
        "openat|dfd > -3|",
        "openat|dfd == 0xffffff9c|",
        "openat|unsigned(dfd) > 0xfffffff0|",
        "read|i32(fd) < -1|",
        "read|count > 0xffffffffffffffff|",
      })
  void anOrderNeedsANumberThatFits(String call, String condition, String message) {
    Policy policy = read("rules: [{allow: [" + call + "], when: '" + condition + "'}]");
    if (message == null) {
      assertThat(ResolvedPolicy.of(policy, Target.X86_64).rules()).hasSize(1);
      return;
    }
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> ResolvedPolicy.of(policy, Target.X86_64))
        .withMessageContaining(message);
  }
}
