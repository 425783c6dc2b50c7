package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class Sha256Test {
  @Test
  void sameAsThePlatformsForEveryLength() {
    Random random = new Random(1);
    for (int length = 0; length < 300; length++) {
      byte[] data = new byte[length];
      random.nextBytes(data);
      assertThat(Sha256.of(data)).as("%d bytes", length).isEqualTo(Sha256.platform().digest(data));
    }
    byte[] large = new byte[1_000_003];
    random.nextBytes(large);
    assertThat(Sha256.of(large)).isEqualTo(Sha256.platform().digest(large));
  }
}
