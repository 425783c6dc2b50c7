package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytesTest {
  private static final Bytes NINE = Bytes.wrap(new byte[] {-1, -2, -3, -4, -5, -6, -7, -8, -9});

  /** Offsets at which nothing can be read, whatever the size. */
  private static final long[] OUTSIDE = {
    -1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 7, 1L << 32, -(1L << 32), 0xffff_ffffL
  };

  private static void refuses(long offset, ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            BytesException.class,
            e -> {
              assertThat(e.offset()).isEqualTo(offset);
              assertThat(e).hasMessage("at offset 0x%x: %s", offset, e.reason());
            });
  }

  @Test
  void readsAreUnsigned() {
    assertThat(NINE.u8(0)).isEqualTo(0xff);
    assertThat(NINE.u16(0)).isEqualTo(0xfeff);
    assertThat(NINE.u32(0)).isEqualTo(0xfcfd_feffL);
    assertThat(NINE.u64(0)).isEqualTo(0xf8f9_fafb_fcfd_feffL);
    Bytes big = NINE.withOrder(ByteOrder.BIG_ENDIAN);
    assertThat(big.u16(0)).isEqualTo(0xfffe);
    assertThat(big.u32(0)).isEqualTo(0xfffe_fdfcL);
    assertThat(big.u64(1)).isEqualTo(0xfefd_fcfb_faf9_f8f7L);
    assertThat(big.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(NINE.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void everyReadStaysInside() {
    List<LongFunction<Number>> reads = List.of(NINE::u8, NINE::u16, NINE::u32, NINE::u64);
    for (int i = 0; i < reads.size(); i++) {
      LongFunction<Number> read = reads.get(i);
      long last = NINE.size() - (1L << i);
      assertThatCode(() -> read.apply(last)).doesNotThrowAnyException();
      refuses(last + 1, () -> read.apply(last + 1));
      for (long offset : OUTSIDE) {
        refuses(offset, () -> read.apply(offset));
      }
    }
  }

  @Test
  void sliceStaysInside() {
    assertThat(NINE.slice(9, 0).size()).isZero();
    assertThat(NINE.slice(0, 9)).isEqualTo(NINE);
    refuses(9, () -> NINE.slice(9, 1));
    refuses(10, () -> NINE.slice(10, 0));
    refuses(0, () -> NINE.slice(0, 10));
    for (long extreme : OUTSIDE) {
      refuses(extreme, () -> NINE.slice(extreme, 1));
      refuses(extreme, () -> NINE.slice(extreme, 0));
      refuses(1, () -> NINE.slice(1, extreme));
      assertThat(NINE.contains(extreme, 1)).isFalse();
      assertThat(NINE.contains(1, extreme)).isFalse();
      assertThat(NINE.contains(extreme, extreme)).isFalse();
    }
  }

  @Test
  void slicesHaveOffsetsOfTheirOwn() {
    Bytes slice = NINE.withOrder(ByteOrder.BIG_ENDIAN).slice(4, 4);
    assertThat(slice.u32(0)).isEqualTo(0xfbfa_f9f8L);
    refuses(4, () -> slice.u8(4));
    refuses(-1, () -> slice.u8(-1));
    assertThat(slice.slice(1, 2).u16(0)).isEqualTo(0xfaf9);
    assertThat(slice.toArray()).containsExactly(-5, -6, -7, -8);
  }

  @Test
  void nothingChangesTheBytesBehindAView() {
    byte[] array = {1, 2, 3};
    Bytes copy = Bytes.copyOf(array);
    array[0] = 9;
    copy.toArray()[1] = 9;
    assertThat(copy.toArray()).containsExactly(1, 2, 3);
  }

  @Test
  void stringsEndWithNul() {
    Bytes bytes = Bytes.wrap(new byte[] {'a', (byte) 0xe9, 0, 'b', 0, 'c'});
    assertThat(bytes.cString(0)).isEqualTo("a\u00e9");
    assertThat(bytes.cString(2)).isEmpty();
    assertThat(bytes.cString(3)).isEqualTo("b");
    refuses(5, () -> bytes.cString(5));
    refuses(6, () -> bytes.cString(6));
    refuses(-1, () -> bytes.cString(-1));
    refuses(Long.MAX_VALUE, () -> bytes.cString(Long.MAX_VALUE));
    assertThatThrownBy(() -> bytes.slice(3, 1).cString(0)).isInstanceOf(BytesException.class);
  }

  @Test
  void zerosAreFound() {
    Bytes bytes = Bytes.wrap(new byte[] {1, 0, 0, 0, 2});
    assertThat(bytes.isZero(1, 3)).isTrue();
    assertThat(bytes.isZero(0, 2)).isFalse();
    assertThat(bytes.isZero(3, 2)).isFalse();
    assertThat(bytes.isZero(5, 0)).isTrue();
    assertThat(bytes.slice(1, 3).isZero(0, 3)).isTrue();
    refuses(3, () -> bytes.isZero(3, 3));
  }

  @Test
  void patternsAreFound() {
    Bytes bytes = Bytes.wrap(new byte[] {1, 2, 1, 2, 1});
    byte[] pattern = {1, 2, 1};
    assertThat(bytes.indexOf(pattern, 0)).isZero();
    assertThat(bytes.indexOf(pattern, 1)).isEqualTo(2);
    assertThat(bytes.indexOf(pattern, 3)).isEqualTo(-1);
    assertThat(bytes.indexOf(pattern, Long.MAX_VALUE)).isEqualTo(-1);
    assertThat(bytes.indexOf(new byte[6], 0)).isEqualTo(-1);
    assertThat(bytes.slice(1, 2).indexOf(pattern, 0)).isEqualTo(-1);
  }

  @Test
  void theBytesDecideEquality() {
    Bytes one = Bytes.wrap(new byte[] {0, 1, 2, 3}).slice(1, 2);
    Bytes same = Bytes.copyOf(new byte[] {1, 2}).withOrder(ByteOrder.BIG_ENDIAN);
    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(one).isNotEqualTo(Bytes.wrap(new byte[] {1, 2, 3}));
    assertThat(one).isNotEqualTo(Bytes.wrap(new byte[] {1}));
    assertThat(one).isNotEqualTo("0102");
  }

  @Test
  void digestAndText() {
    Bytes empty = Bytes.wrap(new byte[0]);
    assertThat(empty.sha256().hex())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(Bytes.wrap(new byte[] {'x', 'a', 'b', 'c'}).slice(1, 3).sha256().hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(NINE).hasToString("fffefdfcfbfaf9f8f7");
    assertThat(Bytes.wrap(new byte[33])).hasToString("00".repeat(32) + "... (33 bytes)");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 7, -1})
  void requirementsCarryTheirPlace(long offset) {
    assertThatCode(() -> NINE.require(true, offset, "x")).doesNotThrowAnyException();
    assertThatThrownBy(() -> NINE.require(false, offset, "too small"))
        .isInstanceOf(BytesException.class)
        .hasMessage("at offset 0x%x: too small", offset);
  }
}
