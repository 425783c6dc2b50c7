package dev.hardwire.stub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.stub.Argument.ScratchPointer;
import dev.hardwire.stub.Argument.ScratchWord;
import dev.hardwire.stub.Argument.Value;
import dev.hardwire.stub.Step.Failure;
import dev.hardwire.stub.Step.Word;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Setup programs as people read them. */
class SetupTextTest {
  private static List<String> lines(Policy policy) {
    return SetupText.lines(Target.X86_64, SetupCompiler.compile(Target.X86_64, policy));
  }

  private static List<String> lines(ProgramBuilder program) {
    return SetupText.lines(Target.X86_64, program.build());
  }

  @Test
  void aPolicyTakesTwoCallsAndAProbe() {
    Policy policy = CallLists.policy(Optional.empty(), Optional.of("uname"), Action.KILL_PROCESS);
    assertThat(lines(policy))
        .hasSize(4)
        .first()
        .isEqualTo("prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); unless it returns 0: exit_group(126)");
    assertThat(lines(policy).get(1))
        .isEqualTo(
            "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, {len=0, filter=0});"
                + " on an error: skip 1 step");
    assertThat(lines(policy).get(2))
        .matches("write\\(2, data\\+0x[0-9a-f]+, 0x[0-9a-f]+\\); exit_group\\(126\\)");
    assertThat(lines(policy).get(3))
        .matches(
            "seccomp\\(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, \\{len=[0-9]+,"
                + " filter=data\\+0x[0-9a-f]+}\\); unless it returns 0: exit_group\\(126\\)");
  }

  @Test
  void optionsOfThePolicyShow() {
    String yaml =
        "version: 1\nname: x\ndefault: allow\nrules: []\nno_new_privs: false\nlog: true\n";
    Policy policy = YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "x");
    assertThat(lines(policy))
        .hasSize(3)
        .filteredOn(line -> line.startsWith("seccomp("))
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith(
                        "seccomp(SECCOMP_SET_MODE_FILTER,"
                            + " SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_LOG, {len="));
  }

  @Test
  void argumentsShowTheirKinds() {
    ProgramBuilder program = new ProgramBuilder();
    program.call(
        9,
        Failure.NEVER,
        new Value(9),
        new Value(10),
        new Value(-1),
        program.data("x"),
        new ScratchPointer(16),
        new ScratchWord(32));
    assertThat(lines(program))
        .containsExactly(
            "syscall_9(9, 0xa, 0xffffffffffffffff, data+0x0, &scratch[0x10], scratch[0x20])");
  }

  @Test
  void whatFollowsAFailureShows() {
    ProgramBuilder program =
        new ProgramBuilder()
            .skipping(2, 0, 1, Failure.ERROR)
            .skipping(0, 1, 1, Failure.ERROR)
            .call(1, Failure.NON_ZERO);
    assertThat(lines(program))
        .extracting(line -> line.replaceFirst("^write\\(0, 0, 0\\)", ""))
        .containsExactly(
            "; on an error: skip 2 steps",
            "; on an error: exit_group(126), else skip 1 step",
            "; unless it returns 0: exit_group(126)");
  }

  @Test
  void otherUsesOfTheKnownCallsShowTheirArguments() {
    ProgramBuilder program =
        new ProgramBuilder()
            .call(157, Failure.NEVER, new Value(65), new Value(3))
            .call(317, Failure.NEVER, new Value(2), new Value(0), new ScratchPointer(8))
            .call(317, Failure.NEVER, new Value(1), new Value(8), new Value(7))
            .store(new Word(new Value(5), 8), new Word(new Value(0x1000), 16))
            .call(317, Failure.NEVER, new Value(1), new Value(9), new ScratchPointer(8))
            .call(317, Failure.NEVER, new Value(1), new Value(0), new ScratchPointer(0));
    assertThat(lines(program))
        .containsExactly(
            "prctl(0x41, 3, 0, 0, 0)",
            "seccomp(2, 0, &scratch[0x8])",
            "seccomp(1, 8, 7)",
            "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC|0x8, {len=5,"
                + " filter=0x1000})",
            "seccomp(SECCOMP_SET_MODE_FILTER, 0x0, {len=0, filter=5})");
  }
}
