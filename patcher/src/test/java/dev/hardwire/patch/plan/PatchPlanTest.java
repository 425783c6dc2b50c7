package dev.hardwire.patch.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.policy.Hook;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A plan cannot contradict itself, and does not fit another file. */
class PatchPlanTest {
  private static final long SIZE = 16;

  private static Edit edit(long offset, int size) {
    return new Edit(offset, Bytes.wrap(new byte[size]), Bytes.wrap(filled(size)), "test");
  }

  private static byte[] filled(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) 0xff);
    return bytes;
  }

  private static Addition addition(long offset, int size) {
    return new Addition(offset, Bytes.wrap(filled(size)), "test");
  }

  private static PatchPlan plan(List<Edit> edits, List<Addition> additions) {
    return new PatchPlan(SIZE, Optional.of(Hook.INIT), List.of("test"), edits, additions);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 2, 0, 2", // the second lies before the first
    "4, 2, 5, 2",
    "4, 2, 4, 2",
    "4, 4, 5, 1", // they overlap
    "0, 1, 15, 2",
    "0, 1, 16, 1",
    "0, 1, 9223372036854775806, 1", // past the original
  })
  void editsAscendInsideTheOriginal(long first, int firstSize, long second, int secondSize) {
    List<Edit> edits = List.of(edit(first, firstSize), edit(second, secondSize));
    assertThatThrownBy(() -> plan(edits, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unsorted or overlaps");
  }

  @ParameterizedTest
  @CsvSource({"15, 1, 20, 1", "16, 4, 19, 1", "20, 1, 16, 1", "16, 1, 16, 1"})
  void additionsAscendBehindTheOriginal(long first, int firstSize, long second, int secondSize) {
    List<Addition> additions = List.of(addition(first, firstSize), addition(second, secondSize));
    assertThatThrownBy(() -> plan(List.of(), additions))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unsorted or overlaps");
  }

  @ParameterizedTest
  @CsvSource({"-1, 1, 1", "9223372036854775807, 1, 1", "0, 0, 0", "0, 1, 2", "0, 2, 1"})
  void anEditReplacesBytesByAsMany(long offset, int expected, int replacement) {
    assertThatThrownBy(
            () ->
                new Edit(
                    offset,
                    Bytes.wrap(new byte[expected]),
                    Bytes.wrap(new byte[replacement]),
                    "test"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE})
  void anAdditionHasAPlace(long offset) {
    assertThatThrownBy(() -> addition(offset, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatNoAdditionCoversIsZero() {
    PatchPlan plan = plan(List.of(edit(0, 1), edit(1, 2), edit(15, 1)), List.of(addition(18, 1)));
    assertThat(plan.patchedSize()).isEqualTo(19);
    assertThat(PatchedBytes.of(Bytes.wrap(new byte[16]), plan).hex())
        .isEqualTo("ffffff" + "00".repeat(12) + "ff" + "0000" + "ff");
    assertThat(plan(List.of(), List.of()).patchedSize()).isEqualTo(SIZE);
  }

  @Test
  void aPlanFitsOnlyTheFileItWasMadeFor() {
    PatchPlan plan = plan(List.of(edit(4, 2)), List.of());
    byte[] other = new byte[16];
    other[5] = 1;
    assertThatThrownBy(() -> PatchedBytes.of(Bytes.wrap(other), plan))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0x4 are not those that the plan expects");
    assertThatThrownBy(() -> PatchedBytes.of(Bytes.wrap(new byte[17]), plan))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 bytes");
  }

  @Test
  void aPlanDoesNotChange() {
    List<Edit> edits = new ArrayList<>(List.of(edit(0, 1)));
    PatchPlan plan = plan(edits, List.of());
    edits.clear();
    assertThat(plan.edits()).hasSize(1);
    assertThatThrownBy(() -> plan.edits().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
