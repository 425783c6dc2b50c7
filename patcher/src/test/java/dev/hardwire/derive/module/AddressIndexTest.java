package dev.hardwire.derive.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index finds what a look at all addresses finds. */
class AddressIndexTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 10, 63, 64})
  void findsWhatIsThere(int bits) {
    Random random = new Random(bits);
    for (int round = 0; round < 200; round++) {
      long[] sorted = new long[random.nextInt(60)];
      Arrays.setAll(sorted, i -> some(random, bits));
      Arrays.sort(sorted);
      AddressIndex index = new AddressIndex(sorted);
      for (int i = 0; i < 100; i++) {
        boolean near = sorted.length > 0 && random.nextBoolean();
        long address =
            near
                ? sorted[random.nextInt(sorted.length)] + random.nextInt(3) - 1
                : some(random, bits);
        int from = (int) Arrays.stream(sorted).filter(one -> one < address).count();
        boolean there = from < sorted.length && sorted[from] == address;
        assertThat(index.last(address))
            .isEqualTo((int) Arrays.stream(sorted).filter(one -> one <= address).count() - 1);
        assertThat(index.from(address)).isEqualTo(from);
        assertThat(index.at(address)).isEqualTo(there ? from : -1);
      }
    }
  }

  /** Numbers of so many bits, sometimes the smallest or the largest of all. */
  private static long some(Random random, int bits) {
    if (bits == 64) {
      return switch (random.nextInt(4)) {
        case 0 -> Long.MIN_VALUE;
        case 1 -> Long.MAX_VALUE;
        default -> random.nextLong();
      };
    }
    return bits == 0 ? 7 : random.nextLong() >>> (64 - bits);
  }
}
