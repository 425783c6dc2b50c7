package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.KernelFilterRunner;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Filters for i386 decide 32-bit calls in the running kernel of x86-64 as in the emulator. */
@Tag("system")
class LiveI386FilterTest {
  private static final Target I386 = Target.I386;
  private static final String POLICY =
      """
      version: 1
      default: errno ENOSYS
      rules:
        - errno ENETDOWN: [bind, semget]
        - errno EACCES: [socket]
          when: "domain != AF_UNIX"
        - errno ENOMEM: [shmget]
          when: "size > 4096"
        - errno EMFILE: [setuid]
          when: "uid == 0x1234"
        - errno EIO: [setuid32]
          when: "uid == 0x1234"
        - allow: [getpid]
      """;

  /**
   * The filter, with every call that is not of i386 allowed: the tool that makes them is 64-bit.
   */
  private static Filter filter() {
    Policy policy =
        YamlPolicyReader.read(POLICY.getBytes(StandardCharsets.UTF_8), "i386-live.yaml");
    List<BpfInstruction> instructions = new ArrayList<>();
    instructions.add(new BpfInstruction(Bpf.LD | Bpf.ABS, 0, 0, SeccompData.ARCH));
    instructions.add(new BpfInstruction(Bpf.JMP | Bpf.JEQ, 1, 0, I386.auditNumber()));
    instructions.add(new BpfInstruction(Bpf.RET, 0, 0, Verdict.ALLOW));
    instructions.addAll(FilterCompiler.compile(policy, I386).instructions());
    return new Filter(instructions);
  }

  private static SeccompData call(String name, long... args) {
    return SeccompData.of(I386, SyscallTable.of(I386).number(name).getAsInt(), args);
  }

  @Test
  void theKernelDecidesCallsOfI386() {
    List<SeccompData> calls =
        List.of(
            call("bind", -1),
            call("socketcall", 2),
            call("socketcall", 3),
            call("socket", 1),
            call("socket", 2),
            call("socketcall", 1),
            call("ipc", 2),
            call("ipc", 0x10002),
            call("ipc", 23, 7, 4097),
            call("ipc", 23, 7, 4096),
            call("shmget", 7, 4097),
            call("setuid", 0x51234),
            call("setuid", 0x1235),
            call("setuid32", 0x51234),
            call("setuid32", 0x1234),
            call("uname"));
    List<String> answers = KernelFilterRunner.run(filter(), calls);
    assertThat(answers)
        .containsExactly(
            "ret -100",
            "ret -100",
            "ret -38",
            "ret -38",
            "ret -13",
            "ret -13",
            "ret -100",
            "ret -100",
            "ret -12",
            "ret -38",
            "ret -12",
            "ret -24",
            "ret -38",
            "ret -38",
            "ret -5",
            "ret -38");
    for (int i = 0; i < calls.size(); i++) {
      int number = (int) (Emulator.run(filter(), calls.get(i)).verdict().value() & 0xffff);
      assertThat(answers.get(i)).as(calls.get(i).toString()).isEqualTo("ret -" + number);
    }
  }
}
