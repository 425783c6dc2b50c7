package dev.hardwire.stub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.prove.PhaseSetup;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The steps for {@code landlock:} of a phase on models of kernels, for every architecture. */
class PhaseLandlockTest {
  private static final String ALL =
      "read: [/r, /rw, '?/no'], write: [/rw, /w], execute: [/x], connect: [443], scope: [signal]";
  private static final String OLD =
      "hardwire: this kernel's Landlock is older than ABI 8, which the phase \"in f\" takes, so the"
          + " program was not started\n";
  private static final String ENDED =
      ", so the phase \"in f\" could not begin, and the program is ended";

  private static Policy policy(String landlock) {
    String text =
        """
        version: 1
        default: allow
        rules: []
        phases:
          - {name: other, at: main, default: allow, rules: []}
          - name: in f
            at: {first-call-of: f}
            default: allow
            rules: []
            landlock: {%s}
        """
            .formatted(landlock);
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p");
  }

  private static SetupProgram again(Target machine, SetupProgram program) {
    Bytes records = program.encodeRecords(machine.elfClass(), machine.order(), 64);
    SetupProgram decoded = SetupProgram.decode(machine.elfClass(), records, program.data(), 64, 0);
    assertThat(decoded).isEqualTo(program);
    return decoded;
  }

  private static LandlockKernel start(Target machine, int abi) {
    return new LandlockKernel(
        machine, again(machine, SetupCompiler.compile(machine, policy(ALL))), abi);
  }

  private static SetupProgram phaseProgram(Target machine, String landlock) {
    PhaseProgram program = SetupCompiler.phases(machine, policy(landlock)).get(1);
    return again(machine, program.program());
  }

  private static LandlockKernel phase(Target machine, int abi) {
    return new LandlockKernel(machine, phaseProgram(machine, ALL), abi)
        .without("/no")
        .withFile("/x");
  }

  @ParameterizedTest
  @EnumSource
  void theStartLooksForTheKernel(Target machine) {
    for (int abi = 1; abi < 8; abi++) {
      LandlockKernel old = start(machine, abi);
      assertThat(old.run()).isEqualTo(126);
      assertThat(old.printed).hasToString(OLD);
      assertThat(old.made).doesNotContain("seccomp");
    }
    for (int abi = 8; abi < 12; abi++) {
      LandlockKernel kernel = start(machine, abi);
      assertThat(kernel.run()).isZero();
      assertThat(kernel.printed).isEmpty();
      assertThat(kernel.restricted).isFalse();
      assertThat(kernel.made).contains("seccomp").doesNotContain("openat");
    }
    LandlockKernel none = start(machine, 0);
    assertThat(none.run()).isEqualTo(126);
    assertThat(none.printed)
        .hasToString(
            "hardwire: this kernel does not offer Landlock, which the phase \"in f\" takes, so the"
                + " program was not started; the call returned -38\n");
  }

  @Test
  void answersOfAFilterStopTheStart() {
    LandlockKernel zero = start(Target.X86_64, 8).answering("landlock_create_ruleset", 0);
    assertThat(zero.run()).isEqualTo(126);
    LandlockKernel equal = start(Target.X86_64, 8).answering("futex", 0);
    assertThat(equal.run()).isEqualTo(126);
    assertThat(equal.printed).hasToString(OLD);
  }

  @ParameterizedTest
  @EnumSource
  void thePhaseRestrictsAllThreads(Target machine) {
    for (int abi = 8; abi < 12; abi++) {
      LandlockKernel kernel = phase(machine, abi);
      assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
      assertThat(kernel.restricted).isTrue();
      assertThat(kernel.flags).isEqualTo(8);
      assertThat(kernel.handledFiles).isEqualTo(0xffff);
      assertThat(kernel.handledPorts).isEqualTo(3);
      assertThat(kernel.scoped).isEqualTo(2);
      assertThat(kernel.paths)
          .hasSize(4)
          .containsEntry("/r", 0xcL)
          .containsEntry("/rw", 0xf7beL)
          .containsEntry("/w", 0xf7b2L)
          .containsEntry("/x", 1L);
      assertThat(kernel.ports).hasSize(1).containsEntry(443L, 2L);
      assertThat(kernel.left()).isEmpty();
      assertThat(kernel.printed).isEmpty();
      assertThat(kernel.made).endsWith("seccomp").doesNotContain("futex", "prctl");
    }
  }

  @ParameterizedTest
  @EnumSource
  void failuresEndTheProgram(Target machine) {
    for (int abi = 0; abi < 8; abi++) {
      LandlockKernel old = phase(machine, abi);
      assertThat(old.run()).isEqualTo(126);
      assertThat(old.restricted).isFalse();
      assertThat(old.printed.toString()).contains(ENDED);
    }
    LandlockKernel missing = phase(machine, 8).without("/w");
    assertThat(missing.run()).isEqualTo(126);
    assertThat(missing.printed)
        .hasToString(
            "hardwire: the Landlock rule for /w failed" + ENDED + "; the call returned -2\n");
    assertThat(missing.restricted).isFalse();
    assertThat(phase(machine, 8).withDescriptors(0).run()).isEqualTo(126);
    assertThat(phase(machine, 8).withDescriptors(1).run()).isEqualTo(126);
  }

  @Test
  void fakedCallsEndTheProgram() {
    for (String call : List.of("landlock_restrict_self", "seccomp")) {
      LandlockKernel kernel = phase(Target.X86_64, 8).answering(call, 0);
      assertThat(kernel.run()).isEqualTo(126);
      assertThat(kernel.printed.toString()).contains("a filter outside this program fakes", ENDED);
    }
    for (String call : List.of("landlock_create_ruleset", "landlock_add_rule", "openat")) {
      assertThat(phase(Target.X86_64, 8).answering(call, -1).run()).as(call).isEqualTo(126);
    }
  }

  /** What a policy is checked for is what the phase does. */
  @ParameterizedTest
  @EnumSource
  void everyCallIsKnownWherePoliciesAreChecked(Target machine) {
    for (String landlock :
        List.of(ALL, "read: []", "bind: []", "bind: [1]", "scope: [signal]", "execute: [/x]")) {
      Set<List<Object>> made = new LinkedHashSet<>();
      for (Step step : phaseProgram(machine, landlock).steps()) {
        if (step instanceof Step.SystemCall call) {
          made.add(seen(machine, call));
        }
      }
      Set<List<Object>> known = new LinkedHashSet<>();
      Phase phase = policy(landlock).phases().get(1);
      for (PhaseSetup.Call call : PhaseSetup.calls(phase)) {
        known.add(
            List.of(call.name(), constants(call.arguments().stream().map(Argument.Value::new))));
      }
      made.removeIf(call -> call.get(0).equals("write") || call.get(0).equals("seccomp"));
      assertThat(known).as(landlock).isEqualTo(made);
    }
  }

  private static List<Object> seen(Target machine, Step.SystemCall call) {
    Stream<Argument> arguments = call.arguments().stream().map(PhaseLandlockTest::meant);
    return List.of(
        SyscallTable.of(machine).name(call.number()).orElseThrow(), constants(arguments));
  }

  /** Flags are in the scratch area, and descriptors. */
  private static Argument meant(Argument argument) {
    return argument.equals(new Argument.ScratchWord(LandlockSteps.FLAGS))
        ? new Argument.Value(8)
        : argument;
  }

  /** The arguments up to the last one that is not 0, with a star for addresses and descriptors. */
  private static String constants(Stream<? extends Argument> arguments) {
    StringBuilder text = new StringBuilder();
    arguments.forEach(
        argument -> {
          boolean constant =
              argument instanceof Argument.Value
                  && argument.bits() != 3
                  && argument.bits() != 0x7fff_0000L;
          text.append(constant ? Long.toHexString(argument.bits()) : "*").append(' ');
        });
    return text.toString().replaceAll("( 0)* $", "");
  }
}
