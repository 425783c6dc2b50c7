package dev.hardwire.bytes;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytesTest {
  private static final Bytes SIXTEEN =
      Bytes.copyOf(
          new byte[] {
            0x00,
            0x11,
            0x22,
            0x33,
            0x44,
            0x55,
            0x66,
            0x77,
            (byte) 0x88,
            (byte) 0x99,
            (byte) 0xaa,
            (byte) 0xbb,
            (byte) 0xcc,
            (byte) 0xdd,
            (byte) 0xee,
            (byte) 0xff
          });

  /** Views of the same 16 bytes: the whole of an array, and the middle of a larger one. */
  private static List<Bytes> views() {
    byte[] larger = new byte[48];
    java.util.Arrays.fill(larger, (byte) 0x5a);
    System.arraycopy(SIXTEEN.toArray(), 0, larger, 16, 16);
    return List.of(SIXTEEN, Bytes.copyOf(larger).slice(16, 16));
  }

  private static Bytes text(String text) {
    return Bytes.copyOf(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void littleEndianReads() {
    for (Bytes view : views()) {
      assertThat(view.order()).isEqualTo(LITTLE_ENDIAN);
      assertThat(view.u8(15)).isEqualTo(0xff);
      assertThat(view.u16(1)).isEqualTo(0x2211);
      assertThat(view.u16(14)).isEqualTo(0xffee);
      assertThat(view.u32(3)).isEqualTo(0x66554433L);
      assertThat(view.u32(12)).isEqualTo(0xffeeddccL);
      assertThat(view.u64(0)).isEqualTo(0x7766554433221100L);
      assertThat(view.u64(8)).isEqualTo(0xffeeddccbbaa9988L);
    }
  }

  @Test
  void bigEndianReads() {
    for (Bytes little : views()) {
      Bytes view = little.withOrder(BIG_ENDIAN);
      assertThat(view.order()).isEqualTo(BIG_ENDIAN);
      assertThat(view.u8(15)).isEqualTo(0xff);
      assertThat(view.u16(1)).isEqualTo(0x1122);
      assertThat(view.u16(14)).isEqualTo(0xeeff);
      assertThat(view.u32(3)).isEqualTo(0x33445566L);
      assertThat(view.u32(12)).isEqualTo(0xccddeeffL);
      assertThat(view.u64(0)).isEqualTo(0x0011223344556677L);
      assertThat(view.u64(8)).isEqualTo(0x8899aabbccddeeffL);
      assertThat(view.slice(4, 4).order()).isEqualTo(BIG_ENDIAN);
      assertThat(little.order()).isEqualTo(LITTLE_ENDIAN);
    }
  }

  @Test
  void everyReadEndsAtTheEndOfTheView() {
    for (Bytes view : views()) {
      stopsAt(view, 1, Bytes::u8);
      stopsAt(view, 2, Bytes::u16);
      stopsAt(view, 4, Bytes::u32);
      stopsAt(view, 8, Bytes::u64);
      stopsAt(view, 3, (bytes, offset) -> bytes.slice(offset, 3));
      stopsAt(view, 5, (bytes, offset) -> bytes.isZero(offset, 5));
    }
  }

  private static void stopsAt(Bytes view, int width, BiConsumer<Bytes, Long> read) {
    read.accept(view, 0L);
    read.accept(view, 16L - width);
    for (long offset :
        new long[] {
          17 - width,
          16,
          17,
          -1,
          -width,
          -16,
          Integer.MAX_VALUE,
          Integer.MIN_VALUE,
          1L << 32,
          (1L << 32) + 1,
          Long.MAX_VALUE,
          Long.MAX_VALUE - width,
          Long.MAX_VALUE - 15,
          Long.MIN_VALUE,
          Long.MIN_VALUE + 1
        }) {
      assertThatThrownBy(() -> read.accept(view, offset))
          .isInstanceOfSatisfying(
              BytesException.class,
              e -> {
                assertThat(e.offset()).isEqualTo(offset);
                assertThat(e.reason()).isEqualTo(width + " bytes needed, the data ends at 0x10");
                assertThat(e)
                    .hasMessage("at offset 0x%s: %s", Long.toHexString(offset), e.reason());
              });
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -16, 17, Integer.MAX_VALUE, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE})
  void lengthsPastTheEnd(long length) {
    assertThat(SIXTEEN.contains(0, length)).isFalse();
    assertThat(SIXTEEN.contains(16, length)).isFalse();
    assertThatThrownBy(() -> SIXTEEN.slice(0, length)).isInstanceOf(BytesException.class);
    assertThatThrownBy(() -> SIXTEEN.isZero(0, length)).isInstanceOf(BytesException.class);
  }

  @Test
  void containsHoldsForEveryPlaceInside() {
    for (long offset = 0; offset <= 16; offset++) {
      for (long length = 0; length <= 17; length++) {
        assertThat(SIXTEEN.contains(offset, length)).isEqualTo(offset + length <= 16);
      }
    }
    assertThat(SIXTEEN.contains(17, 0)).isFalse();
    assertThat(SIXTEEN.contains(-1, 0)).isFalse();
    assertThat(SIXTEEN.contains(-1, 1)).isFalse();
    assertThat(SIXTEEN.contains(Long.MAX_VALUE, Long.MAX_VALUE)).isFalse();
    assertThat(SIXTEEN.contains(1, -1)).isFalse();
  }

  @Test
  void slicesOfSlices() {
    Bytes outer = SIXTEEN.slice(4, 8);
    Bytes inner = outer.slice(2, 4);
    assertThat(inner.size()).isEqualTo(4);
    assertThat(inner.hex()).isEqualTo("66778899");
    assertThatThrownBy(() -> inner.u8(4)).isInstanceOf(BytesException.class);
    assertThatThrownBy(() -> outer.slice(8, 1)).isInstanceOf(BytesException.class);
    assertThat(outer.slice(8, 0).size()).isZero();
  }

  @Test
  void nothingChangesAView() {
    byte[] array = {1, 2, 3};
    Bytes copy = Bytes.copyOf(array);
    array[0] = 9;
    copy.toArray()[1] = 9;
    copy.slice(1, 2).toArray()[0] = 9;
    assertThat(copy.hex()).isEqualTo("010203");
  }

  @Test
  void strings() {
    Bytes bytes = text("ab\0\u00e9\0cd");
    assertThat(bytes.cString(0)).isEqualTo("ab");
    assertThat(bytes.cString(1)).isEqualTo("b");
    assertThat(bytes.cString(2)).isEmpty();
    assertThat(bytes.cString(3)).isEqualTo("\u00e9");
    assertThat(bytes.slice(1, 2).cString(0)).isEqualTo("b");
    for (long offset : new long[] {5, 6, 7, 8, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatThrownBy(() -> bytes.cString(offset))
          .isInstanceOfSatisfying(
              BytesException.class, e -> assertThat(e.offset()).isEqualTo(offset));
    }
    assertThatThrownBy(() -> bytes.slice(0, 2).cString(0)).isInstanceOf(BytesException.class);
  }

  @Test
  void patterns() {
    Bytes bytes = text("xxabab").slice(1, 5);
    byte[] pattern = {'a', 'b'};
    assertThat(bytes.indexOf(pattern, 0)).isEqualTo(1);
    assertThat(bytes.indexOf(pattern, 1)).isEqualTo(1);
    assertThat(bytes.indexOf(pattern, 2)).isEqualTo(3);
    assertThat(bytes.indexOf(pattern, 4)).isEqualTo(-1);
    assertThat(bytes.indexOf(pattern, Long.MAX_VALUE)).isEqualTo(-1);
    assertThat(bytes.slice(0, 4).indexOf(pattern, 2)).isEqualTo(-1);
    assertThat(bytes.indexOf(new byte[6], 0)).isEqualTo(-1);
    assertThat(bytes.indexOf(new byte[0], 5)).isEqualTo(5);
    assertThatThrownBy(() -> bytes.indexOf(new byte[] {'x'}, -1))
        .isInstanceOf(BytesException.class);
  }

  @Test
  void zeros() {
    Bytes bytes = Bytes.copyOf(new byte[] {1, 0, 0, 1});
    assertThat(bytes.isZero(1, 2)).isTrue();
    assertThat(bytes.isZero(1, 0)).isTrue();
    assertThat(bytes.isZero(0, 2)).isFalse();
    assertThat(bytes.isZero(1, 3)).isFalse();
    assertThat(bytes.slice(1, 2).isZero(0, 2)).isTrue();
  }

  @Test
  void theBytesDecideEquality() {
    Bytes one = SIXTEEN.slice(4, 4);
    Bytes other = Bytes.copyOf(new byte[] {0x44, 0x55, 0x66, 0x77}).withOrder(BIG_ENDIAN);
    assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    assertThat(one).isNotEqualTo(SIXTEEN.slice(4, 3)).isNotEqualTo(SIXTEEN.slice(5, 4));
    assertThat(one.equals((Object) "44556677")).isFalse();
  }

  @Test
  void digestOfTheViewAlone() {
    // FIPS 180-2, appendix B.1.
    assertThat(text("xabcx").slice(1, 3).sha256().hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void textForPeople() {
    assertThat(SIXTEEN).hasToString("00112233445566778899aabbccddeeff");
    assertThat(Bytes.copyOf(new byte[33])).hasToString("00".repeat(32) + "... (33 bytes)");
    assertThat(Bytes.copyOf(new byte[0])).hasToString("");
  }

  @Test
  void requireThrowsWhereItIsTold() {
    SIXTEEN.require(true, 3, "fine");
    assertThatThrownBy(() -> SIXTEEN.require(false, 3, "not fine"))
        .isInstanceOf(BytesException.class)
        .hasMessage("at offset 0x3: not fine");
  }
}
