package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Views with changes read as a changed copy would, small and large, in memory and on disk. */
class ChangedBytesTest {
  private static final int LARGE = 10_000_001;
  @TempDir private Path directory;

  private Bytes bytes(int size, boolean mapped) throws IOException {
    byte[] array = new byte[size];
    new Random(size).nextBytes(array);
    if (!mapped) {
      return Bytes.wrap(array);
    }
    return FileBytes.open(Files.write(directory.resolve("file"), array)).bytes();
  }

  private static Bytes random(int size, long seed) {
    byte[] array = new byte[size];
    new Random(seed).nextBytes(array);
    return Bytes.wrap(array);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readAsAChangedCopy(boolean mapped) throws IOException {
    for (int size : new int[] {200_000, LARGE}) {
      Bytes before = bytes(size, mapped);
      List<Change> changes =
          List.of(
              new Change(0, random(3, 1)),
              new Change(65_530, random(20, 2)),
              new Change(size - 5, random(5, 3)));
      byte[] array = before.toArray();
      for (Change change : changes) {
        System.arraycopy(
            change.bytes().toArray(), 0, array, (int) change.offset(), (int) change.bytes().size());
      }
      Bytes copy = Bytes.wrap(array);
      Bytes changed = before.withChanges(changes);
      assertThat(changed).isEqualTo(copy).isNotEqualTo(before).hasSameHashCodeAs(copy);
      assertThat(copy).isEqualTo(changed);
      assertThat(changed.sha256()).isEqualTo(copy.sha256());
      assertThat(changed.toArray()).isEqualTo(array);
      for (long at :
          new long[] {0, 1, 2, 3, 65_525, 65_529, 65_535, 65_549, size - 9L, size - 8L}) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
          Bytes one = changed.withOrder(order);
          Bytes two = copy.withOrder(order);
          assertThat(one.u8(at)).isEqualTo(two.u8(at));
          assertThat(one.u16(at)).isEqualTo(two.u16(at));
          assertThat(one.u32(at)).isEqualTo(two.u32(at));
          assertThat(one.u64(at)).isEqualTo(two.u64(at));
        }
      }
      assertThat(changed.slice(2, size - 4L)).isEqualTo(copy.slice(2, size - 4L));
      assertThat(changed.slice(65_520, 40).slice(12, 5)).isEqualTo(copy.slice(65_532, 5));
      byte[] pattern = copy.slice(65_528, 24).toArray();
      assertThat(changed.indexOf(pattern, 0)).isEqualTo(65_528);
      assertThat(before.indexOf(pattern, 0)).isEqualTo(-1);
      List<Change> more =
          List.of(
              new Change(1, random(1, 9)),
              new Change(65_520, random(12, 8)),
              new Change(65_540, random(40, 7)));
      assertThat(changed.withChanges(more)).isEqualTo(copy.withChanges(more)).isNotEqualTo(changed);
    }
  }

  @Test
  void zerosAreSeenThroughChanges() {
    Bytes zeros = Bytes.wrap(new byte[LARGE]);
    assertThat(zeros.isZero(0, LARGE)).isTrue();
    Bytes changed = zeros.withChanges(List.of(new Change(9_000_000, random(1, 4))));
    assertThat(changed.isZero(0, LARGE)).isFalse();
    assertThat(changed.isZero(0, 9_000_000)).isTrue();
  }

  @Test
  void changesMustFit() {
    Bytes bytes = Bytes.wrap(new byte[10]);
    for (List<Change> wrong :
        List.of(
            List.of(new Change(9, random(2, 1))),
            List.of(new Change(-1, random(1, 1))),
            List.of(new Change(4, random(2, 1)), new Change(5, random(1, 1))))) {
      assertThatThrownBy(() -> bytes.withChanges(wrong)).isInstanceOf(BytesException.class);
    }
  }
}
