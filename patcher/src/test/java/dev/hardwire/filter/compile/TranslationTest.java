package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TranslationTest {
  private static final BpfInstruction LOAD = BpfInstruction.of(Bpf.LD | Bpf.ABS, 0);
  private static final BpfInstruction ALLOW = BpfInstruction.of(Bpf.RET | Bpf.K, Verdict.ALLOW);
  private static final BpfInstruction KILL =
      BpfInstruction.of(Bpf.RET | Bpf.K, Verdict.KILL_PROCESS);

  private static BpfInstruction jump(int operation, long k, int jt, int jf) {
    return new BpfInstruction(Bpf.JMP | operation, jt, jf, k);
  }

  private static Translation translation(BpfInstruction... instructions) {
    return Translation.of(new Filter(Arrays.asList(instructions)));
  }

  @Test
  void aReturnIsTwoInstructionsAfterThree() {
    assertThat(translation(ALLOW)).isEqualTo(new Translation(5, 3));
  }

  @Test
  void aJumpThatGoesOnIsOneInstruction() {
    assertThat(translation(LOAD, jump(Bpf.JEQ, 1, 0, 1), ALLOW, KILL).instructions()).isEqualTo(9);
    assertThat(translation(LOAD, jump(Bpf.JEQ, 1, 1, 0), ALLOW, KILL).instructions()).isEqualTo(9);
    assertThat(translation(LOAD, jump(Bpf.JSET, 1, 1, 0), ALLOW, KILL).instructions()).isEqualTo(9);
  }

  @Test
  void aJumpToTwoOtherPlacesIsTwoInstructions() {
    BpfInstruction both = jump(Bpf.JGT, 1, 1, 2);
    assertThat(translation(LOAD, both, LOAD, ALLOW, KILL).instructions()).isEqualTo(11);
    // There is no opposite of JSET.
    BpfInstruction bits = jump(Bpf.JSET, 1, 0, 1);
    assertThat(translation(LOAD, bits, ALLOW, KILL).instructions()).isEqualTo(10);
  }

  @Test
  void aConstantOfThirtyTwoBitsIsLoadedFirst() {
    BpfInstruction large = jump(Bpf.JEQ, 0xc000_003eL, 0, 1);
    assertThat(translation(LOAD, large, ALLOW, KILL).instructions()).isEqualTo(10);
  }

  /**
   * A jump over loads, of three bytes each. The first pass believes it to be long if there is more
   * than one. It gets shorter in the second, and nothing more in the third, if 123 bytes are
   * enough; otherwise it stays as it was.
   */
  @ParameterizedTest
  @CsvSource({"1, 3", "2, 4", "41, 4", "42, 3", "100, 3"})
  void passesGoOnUntilNoJumpGetsShorter(int loads, int passes) {
    List<BpfInstruction> instructions = new ArrayList<>(List.of(LOAD));
    instructions.add(jump(Bpf.JEQ, 1, loads, 0));
    for (int i = 0; i < loads; i++) {
      instructions.add(LOAD);
    }
    instructions.add(ALLOW);
    Translation translation = Translation.of(new Filter(instructions));
    assertThat(translation).isEqualTo(new Translation(7 + loads, passes));
    assertThat(translation.steps()).isEqualTo((7L + loads) * passes);
  }

  /** The outer jump comes into reach only when the inner one has become shorter by four bytes. */
  @Test
  void oneShorterJumpMakesAnotherShorter() {
    List<BpfInstruction> instructions = new ArrayList<>(List.of(LOAD));
    instructions.add(jump(Bpf.JEQ, 1, 38, 0)); // over 37 loads and 7 to 13 bytes
    instructions.add(jump(Bpf.JEQ, 0x1234, 2, 0));
    for (int i = 0; i < 37; i++) {
      instructions.add(LOAD);
    }
    instructions.add(ALLOW);
    assertThat(Translation.of(new Filter(instructions)).passes()).isEqualTo(5);
  }
}
