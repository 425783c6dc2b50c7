package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteWriterTest {
  private static final List<ByteOrder> ORDERS =
      List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

  private static String hex(ByteWriter writer) {
    return writer.toBytes().hex();
  }

  @Test
  void fieldsInBothOrders() {
    ByteWriter little = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    little.u8(0x01).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0fL);
    assertThat(hex(little)).isEqualTo("01" + "0302" + "07060504" + "0f0e0d0c0b0a0908");
    ByteWriter big = new ByteWriter(ByteOrder.BIG_ENDIAN);
    big.u8(0x01).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0fL);
    assertThat(hex(big)).isEqualTo("01" + "0203" + "04050607" + "08090a0b0c0d0e0f");
    assertThat(big.toBytes().order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(big.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(big.size()).isEqualTo(15);
  }

  private static List<LongConsumer> narrow(ByteWriter writer) {
    return List.of(writer::u8, writer::u16, writer::u32);
  }

  @Test
  void narrowingNeverLosesBits() {
    for (ByteOrder order : ORDERS) {
      ByteWriter writer = new ByteWriter(order);
      for (int i = 0; i < 3; i++) {
        int width = 1 << i;
        long max = (1L << (8 * width)) - 1;
        LongConsumer put = narrow(writer).get(i);
        for (long value : new long[] {max + 1, max << 1, -1, -max, Long.MIN_VALUE, 1L << 62}) {
          assertThatThrownBy(() -> put.accept(value))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessage("0x%s does not fit %d bytes", Long.toHexString(value), width);
        }
        int before = writer.size();
        put.accept(max);
        put.accept(0);
        assertThat(writer.size()).isEqualTo(before + 2 * width);
      }
      assertThat(hex(writer)).isEqualTo("ff00" + "ffff0000" + "ffffffff00000000");
    }
  }

  @Test
  void sixtyFourBitsTakeEveryValue() {
    for (ByteOrder order : ORDERS) {
      for (long value : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
        assertThat(new ByteWriter(order).u64(value).toBytes().u64(0)).isEqualTo(value);
      }
    }
  }

  @Test
  void alignment() {
    ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    assertThat(writer.align(8).size()).isZero();
    assertThat(hex(writer.u8(1).align(1))).isEqualTo("01");
    assertThat(hex(writer.align(8))).isEqualTo("0100000000000000");
    assertThat(hex(writer.align(8))).isEqualTo("0100000000000000");
    assertThat(writer.u8(1).align(4096).size()).isEqualTo(4096);
    assertThatThrownBy(() -> writer.zeros(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(writer.size()).isEqualTo(4096);
  }

  @Test
  void whatWasTakenDoesNotChange() {
    ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN).u8(1);
    Bytes early = writer.toBytes();
    byte[] array = {2};
    writer.bytes(array);
    array[0] = 9;
    assertThat(early.hex()).isEqualTo("01");
    assertThat(hex(writer)).isEqualTo("0102");
  }

  /** What was put, and how it reads. */
  private record Field(int width, long offset, long value) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatIsWrittenIsRead(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      ByteWriter writer = new ByteWriter(ORDERS.get(random.nextInt(2)));
      List<Field> fields = new ArrayList<>();
      int count = random.nextInt(40);
      for (int i = 0; i < count; i++) {
        fields.add(put(writer, random));
      }
      Bytes read = writer.toBytes();
      assertThat(read.size()).isEqualTo(writer.size());
      for (Field field : fields) {
        assertThat(get(read, field))
            .as("seed %d, round %d, %s of %s", seed, round, field, fields)
            .isEqualTo(field.value());
      }
    }
  }

  private static Field put(ByteWriter writer, Random random) {
    if (random.nextInt(5) == 0) {
      writer.bytes(Bytes.wrap(new byte[random.nextInt(300)])).align(1 << random.nextInt(5));
    }
    long offset = writer.size();
    int width = 1 << random.nextInt(4);
    long value = random.nextLong() >>> (64 - 8 * width) >>> random.nextInt(8 * width);
    switch (width) {
      case 1 -> writer.u8(value);
      case 2 -> writer.u16(value);
      case 4 -> writer.u32(value);
      default -> writer.u64(value);
    }
    return new Field(width, offset, value);
  }

  private static long get(Bytes bytes, Field field) {
    return switch (field.width()) {
      case 1 -> bytes.u8(field.offset());
      case 2 -> bytes.u16(field.offset());
      case 4 -> bytes.u32(field.offset());
      default -> bytes.u64(field.offset());
    };
  }
}
