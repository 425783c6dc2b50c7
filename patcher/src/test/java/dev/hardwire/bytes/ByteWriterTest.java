package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteWriterTest {
  static List<ByteOrder> orders() {
    return List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
  }

  private static ByteWriter put(ByteWriter writer, int width, long value) {
    return switch (width) {
      case 1 -> writer.u8(value);
      case 2 -> writer.u16(value);
      case 4 -> writer.u32(value);
      default -> writer.u64(value);
    };
  }

  private static long get(Bytes bytes, int width, long offset) {
    return switch (width) {
      case 1 -> bytes.u8(offset);
      case 2 -> bytes.u16(offset);
      case 4 -> bytes.u32(offset);
      default -> bytes.u64(offset);
    };
  }

  private record Field(int width, long offset, long value) {}

  @ParameterizedTest
  @MethodSource("orders")
  void randomFieldsComeBack(ByteOrder order) {
    Random random = new Random(1);
    for (int round = 0; round < 50; round++) {
      ByteWriter writer = new ByteWriter(order);
      List<Field> fields = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        int width = 1 << random.nextInt(4);
        long mask = width == 8 ? -1 : (1L << (8 * width)) - 1;
        long value = random.nextInt(8) == 0 ? mask : random.nextLong() & mask;
        fields.add(new Field(width, writer.size(), value));
        put(writer, width, value);
      }
      Bytes bytes = writer.toBytes();
      assertThat(bytes.order()).isEqualTo(order);
      assertThat(bytes.size()).isEqualTo(writer.size());
      for (Field field : fields) {
        assertThat(get(bytes, field.width(), field.offset())).isEqualTo(field.value());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void narrowingLosesNoBits(int width) {
    long max = (1L << (8 * width)) - 1;
    for (ByteOrder order : orders()) {
      ByteWriter writer = put(new ByteWriter(order), width, max);
      for (long value : new long[] {max + 1, -1, -max, Long.MIN_VALUE, Long.MAX_VALUE}) {
        assertThatThrownBy(() -> put(writer, width, value))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("0x%x does not fit %d bytes", value, width);
      }
      assertThat(writer.size()).as("nothing is written of what does not fit").isEqualTo(width);
    }
  }

  @Test
  void sixtyFourBitsFitSignedAndUnsigned() {
    Bytes bytes = new ByteWriter(ByteOrder.BIG_ENDIAN).u64(-1).u64(Long.MIN_VALUE).toBytes();
    assertThat(bytes.hex()).isEqualTo("ffffffffffffffff8000000000000000");
  }

  @Test
  void bytesGoInAsTheyAre() {
    Bytes little = Bytes.wrap(new byte[] {1, 2});
    Bytes all = new ByteWriter(ByteOrder.BIG_ENDIAN).bytes(little).bytes(new byte[] {3}).toBytes();
    assertThat(all.hex()).isEqualTo("010203");
  }

  @Test
  void alignmentAddsZeros() {
    for (int size = 0; size < 20; size++) {
      ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN).bytes(new byte[size]).align(8);
      assertThat(writer.size()).isEqualTo((size + 7) / 8 * 8);
    }
    assertThat(new ByteWriter(ByteOrder.LITTLE_ENDIAN).u8(1).align(4).toBytes().hex())
        .isEqualTo("01000000");
  }

  @Test
  void laterWritesDoNotShow() {
    ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN).u8(1);
    Bytes before = writer.toBytes();
    writer.u8(2).zeros(1000);
    assertThat(before.hex()).isEqualTo("01");
    assertThat(writer.toBytes().size()).isEqualTo(1002);
    assertThat(writer.toBytes().isZero(2, 1000)).isTrue();
  }
}
