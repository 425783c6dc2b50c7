package dev.hardwire.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SealStepsTest {
  private static final Policy POLICY =
      YamlPolicyReader.read(
          "version: 1\ndefault: allow\nrules: []\nseal: true\n".getBytes(StandardCharsets.UTF_8),
          "p");

  /** The blob's address is 0, so that addresses are what steps have. */
  private static final List<ProgramHeader> SEGMENTS =
      List.of(
          header(SegmentType.LOAD, 4, -0x50000, 0x900),
          header(SegmentType.LOAD, 5, -0x40000, 0x1234),
          header(SegmentType.LOAD, 4, -0x30000 + 0x2100, 0x20),
          header(SegmentType.LOAD, 6, -0x20000, 0x11800),
          header(SegmentType.GNU_RELRO, 4, -0x20000, 0x11000),
          header(SegmentType.LOAD, 5, 0, 0x300));

  private static ProgramHeader header(long type, long flags, long address, long size) {
    return new ProgramHeader(type, flags, 0, address, address, size, size, 0x10000);
  }

  private static SetupProgram program(Target machine, Optional<Hook> hook, boolean dynamic) {
    List<ProgramHeader> segments = new ArrayList<>(SEGMENTS);
    if (dynamic) {
      segments.add(header(SegmentType.INTERP, 4, -0x50000, 9));
    }
    SetupProgram program =
        SealSteps.added(SetupCompiler.compile(machine, POLICY), machine, segments, 0, hook);
    Bytes records = program.encodeRecords(machine.elfClass(), machine.order(), 64);
    SetupProgram decoded = SetupProgram.decode(machine.elfClass(), records, program.data(), 64, 0);
    assertThat(decoded).isEqualTo(program);
    return decoded;
  }

  private static List<String> sealed(
      Target machine, Optional<Hook> hook, boolean dynamic, int page) {
    LandlockKernel kernel =
        new LandlockKernel(machine, program(machine, hook, dynamic), 8).withPages(page);
    assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
    assertThat(kernel.printed).isEmpty();
    return kernel.sealed.stream()
        .map(range -> range.replaceAll("\\bf+(?=[0-9a-f]{5})", "~"))
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotWritableIsSealedWithPagesOf4KiB(Target machine) {
    String end = machine.pageSize() == 4096 ? "~f1000" : "~f0000";
    assertThat(sealed(machine, Optional.of(Hook.INIT), false, 4096))
        .containsExactly(
            "~b0000-~b1000", "~c0000-~c2000", "~d2000-~d3000", "~e0000-" + end, "0-1000");
    assertThat(sealed(machine, Optional.of(Hook.ENTRY), true, 4096)).contains("~e0000-" + end);
    assertThat(sealed(machine, Optional.empty(), true, 4096)).contains("~e0000-" + end);
  }

  @ParameterizedTest
  @EnumSource(names = {"AARCH64", "ARM", "PPC64LE", "LOONGARCH64"})
  void largerPagesAreTried(Target machine) {
    assertThat(sealed(machine, Optional.of(Hook.INIT), true, 1 << 16))
        .containsExactly(
            "~b0000-~c0000", "~c0000-~d0000", "~d0000-~e0000", "~e0000-~f0000", "0-10000");
    assertThat(sealed(machine, Optional.of(Hook.INIT), true, 1 << 14))
        .contains("~d0000-~d4000", "0-4000");
  }

  @ParameterizedTest
  @EnumSource
  void onlyMsealTakesAddressesOutsideTheBlob(Target machine) {
    assertThat(SyscallTable.of(machine).number("mseal")).hasValue(SetupProgram.MSEAL);
    for (int number : new int[] {SetupProgram.MSEAL, 1}) {
      for (int place = 0; place < 2; place++) {
        List<Argument> arguments = new ArrayList<>(Collections.nCopies(6, new Argument.Value(0)));
        arguments.set(place, new Argument.ImagePointer(-0x1000));
        Step step =
            new Step.SystemCall(
                number, arguments, OptionalInt.empty(), Step.Failure.NEVER, 0, 0, 0, 0);
        Bytes none = Bytes.copyOf(new byte[0]);
        if (number == SetupProgram.MSEAL && place == 0) {
          assertThat(new SetupProgram(List.of(step), none).steps()).hasSize(1);
        } else {
          assertThatIllegalArgumentException()
              .isThrownBy(() -> new SetupProgram(List.of(step), none))
              .withMessage("only mseal takes an address outside the blob");
        }
      }
    }
  }

  /** The start code of a static program makes it read-only itself, after the hook at its entry. */
  @Test
  void relroOfAStaticProgramIsLeftToItsStartCode() {
    assertThat(sealed(Target.X86_64, Optional.of(Hook.ENTRY), false, 4096))
        .containsExactly("~b0000-~b1000", "~c0000-~c2000", "~d2000-~d3000", "0-1000");
  }

  @Test
  void anOldKernelIsAcceptedAndAFailureIsNot() {
    SetupProgram program = program(Target.S390X, Optional.of(Hook.INIT), true);
    LandlockKernel old = new LandlockKernel(Target.S390X, program, 8).answering("mseal", -38);
    assertThat(old.run()).isZero();
    LandlockKernel denying = new LandlockKernel(Target.S390X, program, 8).answering("mseal", -1);
    assertThat(denying.run()).isEqualTo(126);
    assertThat(denying.printed).contains("mseal failed").endsWith("returned -1\n");
    LandlockKernel faking = new LandlockKernel(Target.S390X, program, 8).answering("mseal", 0);
    assertThat(faking.run()).isEqualTo(126);
    assertThat(faking.printed).contains("fakes mseal");
  }
}
