package dev.hardwire.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.elf.Refusal;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdviceTest {
  private static Check failed(CheckFinding finding, Optional<Refusal> refusal) {
    return new Check("name", finding, "what was found", refusal);
  }

  @Test
  void failedChecksOfPartsThatCannotBeReadSayWhatToDo() {
    assertThat(Advice.detail(failed(CheckFinding.FAILED, Optional.of(Refusal.NOT_PATCHED))))
        .isEqualTo("what was found; patch it first");
    assertThat(Advice.detail(failed(CheckFinding.FAILED, Optional.empty())))
        .isEqualTo("what was found");
    assertThat(Advice.detail(new Check("name", true, "sound"))).isEqualTo("sound");
  }

  @Test
  void trustAnchorsAreGivenByAnOption() {
    assertThat(Advice.detail(failed(CheckFinding.NO_TRUST_ANCHORS, Optional.empty())))
        .contains("(--trust)");
  }
}
