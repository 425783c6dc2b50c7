package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmulatorTest {
  private static final BpfInstruction RET_A = BpfInstruction.of(Bpf.RET | Bpf.A, 0);
  private static final SeccompData DATA =
      new SeccompData(
          7,
          0xc000003eL,
          0x1122_3344_5566_7788L,
          List.of(0x8000_0001_0000_0002L, 1L, 2L, 3L, 4L, -1L),
          ByteOrder.LITTLE_ENDIAN);

  private static long run(BpfInstruction... instructions) {
    return Emulator.run(new Filter(List.of(instructions)), DATA).verdict().value();
  }

  private static BpfInstruction ld(long k) {
    return BpfInstruction.of(Bpf.LD | Bpf.IMM, k);
  }

  @ParameterizedTest
  @CsvSource({
    "0x00, 0xffffffff, 2, 0x1",
    "0x10, 1, 2, 0xffffffff",
    "0x20, 0x80000001, 2, 0x2",
    "0x30, 0xffffffff, 2, 0x7fffffff",
    "0x40, 0x80000001, 2, 0x80000003",
    "0x50, 0x80000003, 0x80000001, 0x80000001",
    "0x60, 0x80000001, 1, 0x2",
    "0x70, 0x80000000, 31, 0x1",
    "0xa0, 0xf0f0f0f0, 0xffffffff, 0x0f0f0f0f"
  })
  void arithmeticIsUnsigned32Bits(String operation, String a, String operand, String result) {
    int code = Bpf.ALU | Integer.decode(operation);
    long k = Long.decode(operand);
    assertThat(run(ld(Long.decode(a)), BpfInstruction.of(code, k), RET_A))
        .isEqualTo(Long.decode(result));
    assertThat(
            run(
                BpfInstruction.of(Bpf.LDX | Bpf.IMM, k),
                ld(Long.decode(a)),
                BpfInstruction.of(code | Bpf.X, 0),
                RET_A))
        .isEqualTo(Long.decode(result));
  }

  @Test
  void divisionByZeroEndsTheFilterWithZero() {
    assertThat(run(ld(5), BpfInstruction.of(Bpf.ALU | Bpf.DIV | Bpf.X, 0), ld(9), RET_A)).isZero();
  }

  @Test
  void shiftsByXUseFiveBits() {
    BpfInstruction x = BpfInstruction.of(Bpf.LDX | Bpf.IMM, 33);
    assertThat(run(x, ld(1), BpfInstruction.of(Bpf.ALU | Bpf.LSH | Bpf.X, 0), RET_A)).isEqualTo(2);
    assertThat(run(x, ld(4), BpfInstruction.of(Bpf.ALU | Bpf.RSH | Bpf.X, 0), RET_A)).isEqualTo(2);
  }

  @Test
  void negatesAndTransfers() {
    BpfInstruction neg = BpfInstruction.of(Bpf.ALU | Bpf.NEG, 0);
    assertThat(run(ld(1), neg, RET_A)).isEqualTo(0xffff_ffffL);
    assertThat(
            run(
                ld(6),
                BpfInstruction.of(Bpf.MISC | Bpf.TAX, 0),
                ld(0),
                BpfInstruction.of(Bpf.MISC | Bpf.TXA, 0),
                RET_A))
        .isEqualTo(6);
  }

  @Test
  void memoryKeepsWords() {
    assertThat(
            run(
                ld(6),
                BpfInstruction.of(Bpf.ST, 15),
                BpfInstruction.of(Bpf.LDX | Bpf.MEM, 15),
                BpfInstruction.of(Bpf.STX, 0),
                ld(0),
                BpfInstruction.of(Bpf.LD | Bpf.MEM, 0),
                RET_A))
        .isEqualTo(6);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 7",
    "4, 0xc000003e",
    "8, 0x55667788",
    "12, 0x11223344",
    "16, 2",
    "20, 0x80000001",
    "24, 1",
    "28, 0",
    "56, 0xffffffff",
    "60, 0xffffffff"
  })
  void loadsWordsOfTheData(int offset, String value) {
    assertThat(run(BpfInstruction.of(Bpf.LD | Bpf.ABS, offset), RET_A))
        .isEqualTo(Long.decode(value));
  }

  @Test
  void halvesSwapOnBigEndianMachines() {
    SeccompData big =
        new SeccompData(
            DATA.nr(), DATA.arch(), DATA.instructionPointer(), DATA.args(), ByteOrder.BIG_ENDIAN);
    assertThat(big.word(16)).isEqualTo(0x8000_0001L);
    assertThat(big.word(20)).isEqualTo(2);
    assertThat(big.word(0)).isEqualTo(7);
    assertThat(SeccompData.lowHalf(0, ByteOrder.BIG_ENDIAN)).isEqualTo(20);
    assertThat(SeccompData.highHalf(0, ByteOrder.BIG_ENDIAN)).isEqualTo(16);
  }

  @ParameterizedTest
  @CsvSource({
    "0x10, 5, 5, true", "0x10, 5, 6, false", "0x20, 0x80000000, 1, true", "0x20, 5, 5, false",
    "0x30, 5, 5, true", "0x30, 4, 5, false", "0x40, 6, 2, true", "0x40, 6, 1, false"
  })
  void jumpsCompareUnsigned(String operation, String a, String operand, boolean taken) {
    int code = Bpf.JMP | Integer.decode(operation);
    BpfInstruction yes = BpfInstruction.of(Bpf.RET | Bpf.K, 1);
    BpfInstruction no = BpfInstruction.of(Bpf.RET | Bpf.K, 2);
    long k = Long.decode(operand);
    assertThat(run(ld(Long.decode(a)), new BpfInstruction(code, 0, 1, k), yes, no))
        .isEqualTo(taken ? 1 : 2);
    assertThat(
            run(
                BpfInstruction.of(Bpf.LDX | Bpf.IMM, k),
                ld(Long.decode(a)),
                new BpfInstruction(code | Bpf.X, 1, 0, 0),
                no,
                yes))
        .isEqualTo(taken ? 1 : 2);
  }

  @Test
  void lengthIsThatOfTheData() {
    assertThat(run(BpfInstruction.of(Bpf.LD | Bpf.LEN, 0), RET_A)).isEqualTo(64);
  }

  @Test
  void countsTheInstructionsThatRan() {
    Filter filter =
        new Filter(List.of(BpfInstruction.of(Bpf.JMP | Bpf.JA, 1), RET_A, ld(3), RET_A));
    assertThat(Emulator.run(filter, DATA).steps()).isEqualTo(3);
  }
}
