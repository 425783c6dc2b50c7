package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DigestsTest {
  private static byte[] random(int length) {
    byte[] data = new byte[length];
    new Random(length).nextBytes(data);
    return data;
  }

  @Test
  void sameAsThePlatformsForEveryLength() {
    for (int length = 0; length < 300; length++) {
      byte[] data = random(length);
      Bytes expected = Bytes.wrap(Digests.sha256().digest(data));
      Bytes pieces = Bytes.wrap(data);
      ByteParts parts =
          ByteParts.of(pieces.slice(0, length / 3), pieces.slice(length / 3, length - length / 3));
      assertThat(pieces.sha256()).as("%d bytes", length).isEqualTo(expected);
      assertThat(parts.sha256()).as("%d bytes in two pieces", length).isEqualTo(expected);
    }
    byte[] large = random(1_000_003);
    assertThat(Bytes.wrap(large).sha256()).isEqualTo(Bytes.wrap(Digests.sha256().digest(large)));
  }

  /** FIPS 180-4, example of one block. */
  @Test
  void itIsSha256() {
    assertThat(Bytes.wrap(new byte[] {'a', 'b', 'c'}).sha256().hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void anotherThreadComputesTheSame() {
    Bytes bytes = Bytes.wrap(random(100_000));
    assertThat(new Digests.Task(bytes).await()).isEqualTo(bytes.sha256());
  }
}
