package dev.hardwire.filter.prove.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.RandomPolicies;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Filters become policies that decide alike. */
class FilterImportTest {
  private static FilterImport.Result imported(Filter filter, Target architecture) {
    return FilterImport.of(
        List.of(new FilterExplanation.Labelled("", filter)), architecture, "f.bpf");
  }

  private static Policy read(String rules) {
    return YamlPolicyReader.read(
        ("version: 1\ndefault: kill-process\n" + rules).getBytes(StandardCharsets.UTF_8), "p");
  }

  private static void isItself(Policy policy, Target architecture) {
    Filter filter = FilterCompiler.compile(policy, architecture);
    FilterImport.Result result = imported(filter, architecture);
    assertThat(result.differences()).isEmpty();
    byte[] text = YamlPolicyWriter.write(result.policy()).getBytes(StandardCharsets.UTF_8);
    assertThat(
            FilterProof.compare(
                ResolvedPolicy.of(policy, architecture),
                ResolvedPolicy.of(YamlPolicyReader.read(text, "again"), architecture)))
        .as("%s", policy)
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void rulesOfAllKindsComeBack(Target architecture) {
    isItself(
        read(
            """
            unknown-calls: errno ENOSYS
            rules:
              - allow: [read, write, exit_group]
              - errno EACCES: [openat]
                when: dfd < 0 && (flags & O_CREAT) != 0
              - allow: [openat]
              - log: ['nr 9990-9999']
              - trap: ['nr 8888']
                when: arg0 == 3
              - allow: [mprotect]
                when: (prot & PROT_EXEC) == 0 && (prot & 0xffff) != 3 && start > 5
            """),
        architecture);
  }

  /** Neighbours with one condition: the filter has a range, and a policy names each number. */
  @Test
  void numbersWithoutANameShareAConditionOneByOne() {
    String condition = "when: arg0 == 1 && arg1 > 5";
    isItself(
        read("rules:\n  - trap: ['nr 1003', 'nr 1004', 'nr 1005']\n    " + condition + "\n"),
        Target.X86_64);
  }

  @ParameterizedTest
  @EnumSource
  void randomPoliciesComeBack(Target architecture) {
    comeBack(architecture, 0, 15);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void manyRandomPoliciesComeBack(Target architecture) {
    comeBack(architecture, 15, 1_000);
  }

  private static void comeBack(Target architecture, long first, long end) {
    int imported = 0;
    for (long seed = first; seed < end; seed++) {
      Policy policy = new RandomPolicies(seed, architecture).policy();
      try {
        isItself(policy, architecture);
        imported++;
      } catch (UnprovableException e) {
        assertThat(e).hasMessageContaining("depends on too many cases");
      }
    }
    assertThat(imported).isGreaterThan((int) (end - first) / 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"I386", "ARM"})
  void highHalvesAreZeroInCallsOf32BitPrograms(Target architecture) {
    Filter filter =
        new Filter(
            List.of(
                new BpfInstruction(Bpf.LD | Bpf.ABS, 0, 0, 4),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 1, 0, architecture.auditNumber()),
                new BpfInstruction(Bpf.RET, 0, 0, 0x80000000L),
                new BpfInstruction(Bpf.LD | Bpf.ABS, 0, 0, 0),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 4, 3),
                new BpfInstruction(Bpf.LD | Bpf.ABS, 0, 0, 20),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 3, 0),
                new BpfInstruction(Bpf.LD | Bpf.ABS, 0, 0, 16),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 1, 0, 2),
                new BpfInstruction(Bpf.RET, 0, 0, 0x7fff0000L),
                new BpfInstruction(Bpf.RET, 0, 0, 0x50001L)));
    Policy policy = imported(filter, architecture).policy();
    assertThat(policy.defaultAction()).hasToString("allow");
    assertThat(policy.rules()).hasSize(1);
    assertThat(policy.rules().get(0).action()).hasToString("errno EPERM");
    assertThat(policy.rules().get(0).condition().orElseThrow()).hasToString("fd == 2");
  }

  @Test
  void whatNoPolicyDoesIsReported() {
    Filter filter =
        new Filter(
            List.of(
                BpfInstruction.of(Bpf.LD | Bpf.ABS, 0),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 1, 39),
                BpfInstruction.of(Bpf.RET | Bpf.K, 0x50001),
                BpfInstruction.of(Bpf.RET | Bpf.K, 0x7fff0000L)));
    FilterImport.Result result = imported(filter, Target.X86_64);
    assertThat(YamlPolicyWriter.write(result.policy()))
        .contains("default: allow\nrules:\n  - errno EPERM: [getpid]\n");
    assertThat(result.differences())
        .containsExactly(
            "call numbers from 0x40000000: the filter does not kill the process, every policy of"
                + " x86_64 does",
            "other architectures: the filter does not kill the process, every policy of x86_64"
                + " does");
    Filter tracing = new Filter(List.of(BpfInstruction.of(Bpf.RET | Bpf.K, 0x7ff00000L)));
    assertThatExceptionOfType(UnprovableException.class)
        .isThrownBy(() -> imported(tracing, Target.X86_64))
        .withMessageContaining("the filter returns trace (0x7ff00000), no policy's action");
  }

  @Test
  void allFiltersOfAPolicyGiveTheSamePolicy() {
    Policy policy = read("rules:\n  - allow: [read]\n    when: count in [1, 5, 9, 77]\n");
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, Target.X86_64);
    for (Filter filter : FilterCompiler.candidates(resolved)) {
      assertThat(imported(filter, Target.X86_64).policy().rules().get(0).condition().orElseThrow())
          .hasToString("count in [1, 5, 9, 77]");
    }
  }
}
