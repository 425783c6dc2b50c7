package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Numbers of variable length are read as they were written, and anything else is refused. */
class NumberFormTest {
  private static final long[] NUMBERS = {
    0, 1, 127, 128, 16383, 16384, -1, -64, -65, Long.MAX_VALUE, Long.MIN_VALUE, 0x0123456789abcdefL
  };

  @Test
  void numbersAreReadAsTheyWereWritten() {
    NumberWriter out = new NumberWriter();
    for (long number : NUMBERS) {
      out.number(number).signed(number);
    }
    out.bytes(new byte[] {1, 2, 3}, 1, 2);
    NumberReader in = new NumberReader(out.toArray());
    for (long number : NUMBERS) {
      assertThat(in.number()).isEqualTo(number);
      assertThat(in.signed()).isEqualTo(number);
    }
    assertThat(in.skip(2)).isEqualTo(out.size() - 2);
    in.requireEnd();
  }

  @Test
  void smallNumbersTakeOneByte() {
    assertThat(new NumberWriter().number(127).signed(-64).signed(63).toArray()).hasSize(3);
  }

  @Test
  void whatIsCutOffOrTooLongOrTooLargeIsRefused() {
    byte[] endless = new byte[20];
    java.util.Arrays.fill(endless, (byte) 0x80);
    assertThatThrownBy(() -> new NumberReader(endless).number())
        .isInstanceOf(BytesException.class)
        .hasMessage("at offset 0xa: a number is too long");
    assertThatThrownBy(() -> new NumberReader(endless, 3, 2).number())
        .isInstanceOf(BytesException.class)
        .hasMessage("at offset 0x5: a number is cut off");
    byte[] three = {3, 0, 0};
    assertThatThrownBy(() -> new NumberReader(three).count()).isInstanceOf(BytesException.class);
    assertThatThrownBy(() -> new NumberReader(three).below(3)).isInstanceOf(BytesException.class);
    assertThatThrownBy(() -> new NumberReader(three).skip(4)).isInstanceOf(BytesException.class);
    assertThatThrownBy(() -> new NumberReader(three).requireEnd())
        .isInstanceOf(BytesException.class);
    byte[] negative = new NumberWriter().number(-1).toArray();
    assertThatThrownBy(() -> new NumberReader(negative).count()).isInstanceOf(BytesException.class);
    assertThatThrownBy(() -> new NumberReader(negative).below(9))
        .isInstanceOf(BytesException.class);
  }
}
