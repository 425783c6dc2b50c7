package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterException;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.symbolic.Counterexample;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FilterProofTest {
  private static final Target X86_64 = Target.X86_64;
  private static final ResolvedPolicy POLICY =
      resolve(
          """
          version: 1
          default: errno EPERM
          rules:
            - allow: [read, write, exit_group, "@network-io", "~socket"]
            - allow: [socket]
              when: "(domain == AF_INET || domain == AF_INET6) && (type & 0xf) in [1, 2]"
            - kill-process: [mmap, mprotect]
              when: "prot & PROT_EXEC"
            - allow: [mmap, mprotect]
            - log: [lseek]
              when: "offset < -3 || offset >= 0x100000000"
          """);

  private static ResolvedPolicy resolve(String yaml) {
    Policy policy = YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "test");
    return ResolvedPolicy.of(policy, X86_64);
  }

  @Test
  void everyCandidateIsAProvableFilter() {
    assertThat(FilterCompiler.candidates(POLICY)).hasSizeGreaterThan(1);
    for (Filter filter : FilterCompiler.candidates(POLICY)) {
      assertThat(FilterProof.check(filter, POLICY)).isEmpty();
    }
  }

  /** Each changed filter either still decides everything alike or the proof names a call. */
  @Test
  void everyChangeOfAConstantOrJumpIsFound() {
    List<BpfInstruction> program = FilterCompiler.compile(POLICY).instructions();
    int found = 0;
    for (int at = 0; at < program.size(); at++) {
      for (BpfInstruction changed : changes(program.get(at))) {
        List<BpfInstruction> copy = new ArrayList<>(program);
        copy.set(at, changed);
        Filter filter;
        try {
          filter = new Filter(copy);
        } catch (FilterException e) {
          continue;
        }
        Optional<Counterexample> difference = FilterProof.check(filter, POLICY);
        if (difference.isPresent()) {
          found++;
          Counterexample example = difference.get();
          assertThat(Emulator.run(filter, example.call()).verdict()).isEqualTo(example.first());
          assertThat(ReferenceInterpreter.decide(POLICY, example.call()))
              .isEqualTo(example.second())
              .isNotEqualTo(example.first());
        }
      }
    }
    assertThat(found).isGreaterThan(program.size());
  }

  private static List<BpfInstruction> changes(BpfInstruction i) {
    List<BpfInstruction> changes = new ArrayList<>();
    for (long k : new long[] {i.k() + 1, i.k() ^ 0x8000_0000L, i.k() ^ 4}) {
      changes.add(new BpfInstruction(i.code(), i.jt(), i.jf(), k & 0xffff_ffffL));
    }
    if (i.kind() == Bpf.JMP) {
      changes.add(new BpfInstruction(i.code(), i.jf(), i.jt(), i.k()));
      changes.add(new BpfInstruction(i.code() ^ 0x20, i.jt(), i.jf(), i.k()));
    }
    return changes;
  }

  @Test
  void followsEveryOperationButMultiplication() {
    ResolvedPolicy policy =
        resolve("{version: 1, default: kill-process, rules: [{allow: [read], when: fd == 6}]}");
    List<BpfInstruction> program =
        List.of(
            BpfInstruction.of(Bpf.LD | Bpf.ABS, SeccompData.ARCH),
            new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 16, 0xc000003eL),
            BpfInstruction.of(Bpf.LD | Bpf.ABS, SeccompData.NR),
            new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 14, 0),
            // -((fd + 3 - 1) ^ 0xff | 0) == -(8 ^ 0xff)
            BpfInstruction.of(Bpf.LD | Bpf.ABS, 16),
            BpfInstruction.of(Bpf.ST, 3),
            BpfInstruction.of(Bpf.LD | Bpf.MEM, 3),
            BpfInstruction.of(Bpf.ALU | Bpf.ADD, 3),
            BpfInstruction.of(Bpf.ALU | Bpf.SUB, 1),
            BpfInstruction.of(Bpf.ALU | Bpf.XOR, 0xff),
            BpfInstruction.of(Bpf.ALU | Bpf.OR, 0),
            BpfInstruction.of(Bpf.ALU | Bpf.NEG, 0),
            BpfInstruction.of(Bpf.MISC | Bpf.TAX, 0),
            BpfInstruction.of(Bpf.LD | Bpf.IMM, -(8 ^ 0xff) & 0xffff_ffffL),
            new BpfInstruction(Bpf.JMP | Bpf.JGT | Bpf.X, 3, 0, 0),
            new BpfInstruction(Bpf.JMP | Bpf.JGE | Bpf.X, 0, 2, 0),
            new BpfInstruction(Bpf.JMP | Bpf.JEQ | Bpf.X, 0, 1, 0),
            BpfInstruction.of(Bpf.RET | Bpf.K, Verdict.ALLOW),
            BpfInstruction.of(Bpf.RET | Bpf.K, Verdict.KILL_PROCESS));
    assertThat(FilterProof.check(new Filter(program), policy)).isEmpty();
  }

  @Test
  void saysWhatItCannotFollow() {
    List<BpfInstruction> program =
        List.of(
            BpfInstruction.of(Bpf.LD | Bpf.ABS, 16),
            BpfInstruction.of(Bpf.ALU | Bpf.MUL, 3),
            BpfInstruction.of(Bpf.RET | Bpf.A, 0));
    assertThatExceptionOfType(UnprovableException.class)
        .isThrownBy(() -> FilterProof.check(new Filter(program), POLICY))
        .withMessage("instruction 1 multiplies or divides, which a proof cannot follow");
  }
}
