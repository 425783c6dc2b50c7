package dev.hardwire.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Patching;
import dev.hardwire.patch.plan.PatchPlan;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.SampleElf;
import org.junit.jupiter.api.Test;

/** A plan changes what it says, in the file that it was made for. */
class PatchedBytesTest {
  @Test
  void aPlanFitsOneFile() {
    Bytes original = new SampleElf().build();
    PatchPlan plan = Patching.plan(ElfFile.parse(original), Hook.INIT);
    assertThatThrownBy(() -> PatchedBytes.of(original.slice(0, original.size() - 1), plan))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the plan is for a file of %d bytes", original.size());
    byte[] other = original.toArray();
    other[(int) plan.edits().get(0).offset()] ^= 1;
    assertThatThrownBy(() -> PatchedBytes.of(Bytes.wrap(other), plan))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("are not those that the plan expects");
  }

  @Test
  void theEditsAreMadeAndNothingElse() {
    Bytes original = new SampleElf().build();
    PatchPlan plan = Patching.plan(ElfFile.parse(original), Hook.POST_INIT);
    Bytes patched = PatchedBytes.of(original, plan);
    long at = 0;
    for (var edit : plan.edits()) {
      assertThat(patched.slice(at, edit.offset() - at))
          .isEqualTo(original.slice(at, edit.offset() - at));
      assertThat(patched.slice(edit.offset(), edit.replacement().size()))
          .isEqualTo(edit.replacement());
      at = edit.end();
    }
    assertThat(patched.slice(at, original.size() - at))
        .isEqualTo(original.slice(at, original.size() - at));
  }

  @Test
  void whatNoAdditionCoversIsZero() {
    Bytes original = new SampleElf().withoutSections().bss(0x54321).build();
    PatchPlan plan = Patching.plan(ElfFile.parse(original), Hook.ENTRY);
    Bytes patched = PatchedBytes.of(original, plan);
    long end = original.size();
    for (var addition : plan.additions()) {
      assertThat(patched.isZero(end, addition.offset() - end)).isTrue();
      assertThat(patched.slice(addition.offset(), addition.bytes().size()))
          .isEqualTo(addition.bytes());
      end = addition.end();
    }
    assertThat(patched.size()).isEqualTo(end);
  }
}
