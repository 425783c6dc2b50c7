package dev.hardwire.why.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.testing.SampleElf;
import dev.hardwire.why.CallLine;
import dev.hardwire.why.DeniedCall;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CoreDeathTest {
  private static long lseek(Target target) {
    SyscallTable table = SyscallTable.of(target);
    return table.number("lseek").getAsInt();
  }

  private static DeniedCall read(Bytes core) {
    return CoreDeath.of(core, path -> Optional.empty());
  }

  @ParameterizedTest
  @EnumSource
  void theCallIsReadOnEveryArchitecture(Target target) {
    DeniedCall call = read(new SampleCore(target).build(lseek(target)));
    assertThat(call.program()).isEqualTo("/opt/program");
    assertThat(call.process()).isEqualTo(4711);
    assertThat(call.data().arch()).isEqualTo(target.auditNumber());
    assertThat(call.data().args()).containsExactly(11L, 12L, 13L, 14L, 15L, 16L);
    assertThat(call.data().instructionPointer()).isEqualTo(0x40_1007L);
    assertThat(CallLine.of(call)).isEqualTo("lseek(fd=11, offset=12, whence=13)");
    assertThat(call.frames().get(0)).hasToString("0x401007 in /opt/program");
  }

  @Test
  void otherDeathsAreNotExplained() {
    assertThatThrownBy(() -> read(new SampleCore(Target.X86_64).withSignal(11, 1).build(0)))
        .isInstanceOfSatisfying(CoreException.class, e -> assertThat(e.isOfOtherDeath()).isTrue())
        .hasMessage("no filter ended the program: it died of signal 11, not of SIGSYS (31)");
    assertThatThrownBy(() -> read(new SampleCore(Target.X86_64).withSignal(31, 0).build(0)))
        .isInstanceOfSatisfying(CoreException.class, e -> assertThat(e.isOfOtherDeath()).isTrue())
        .hasMessageContaining("not of a filter's (si_code 0)");
  }

  @Test
  void otherFilesAreRefused() {
    assertThatThrownBy(() -> read(Bytes.zeros(100)))
        .isInstanceOf(CoreException.class)
        .hasMessageContaining("not an ELF file");
    assertThatThrownBy(() -> read(new SampleElf().build()))
        .isInstanceOfSatisfying(CoreException.class, e -> assertThat(e.isOfOtherDeath()).isFalse())
        .hasMessageContaining("an ELF file of another type");
  }

  /** Wherever the file ends, and whatever byte is wrong, there is an answer or a refusal. */
  @ParameterizedTest
  @EnumSource
  void damagedFilesAreRefused(Target target) {
    Bytes whole = new SampleCore(target).build(lseek(target));
    int refused = 0;
    for (int size = 0; size < whole.size(); size++) {
      refused += isRefused(whole.slice(0, size)) ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(0x400);
    for (int at = 0; at < whole.size(); at++) {
      byte[] changed = whole.toArray();
      changed[at] ^= (byte) 0x81;
      isRefused(Bytes.wrap(changed));
    }
  }

  private static boolean isRefused(Bytes core) {
    try {
      read(core);
      return false;
    } catch (CoreException refused) {
      assertThat(refused).hasMessageMatching(".{10,}");
      return true;
    }
  }
}
