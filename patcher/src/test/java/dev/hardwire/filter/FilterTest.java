package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.bytes.Bytes;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {
  private static final BpfInstruction RET = BpfInstruction.of(Bpf.RET | Bpf.K, Verdict.ALLOW);

  private static Filter filter(BpfInstruction... instructions) {
    return new Filter(List.of(instructions));
  }

  @Test
  void encodesAsTheKernelReadsIt() {
    Filter filter = filter(new BpfInstruction(Bpf.JMP | Bpf.JEQ, 1, 0, 0xc000003eL), RET, RET);
    Bytes little = filter.encode(ByteOrder.LITTLE_ENDIAN);
    assertThat(little.hex()).startsWith("15000100" + "3e0000c0" + "06000000" + "0000ff7f");
    assertThat(Filter.decode(little)).isEqualTo(filter);
    Bytes big = filter.encode(ByteOrder.BIG_ENDIAN);
    assertThat(big.hex()).startsWith("00150100" + "c000003e" + "00060000" + "7fff0000");
    assertThat(Filter.decode(big)).isEqualTo(filter);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0x30 | 0 | 0 | 0  | unknown load (code 0x30)",
        "0x20 | 0 | 0 | 64 | load at offset 64, not a word of seccomp_data (code 0x20)",
        "0x20 | 0 | 0 | 2  | load at offset 2, not a word of seccomp_data (code 0x20)",
        "0x60 | 0 | 0 | 16 | memory word 16 of 16 (code 0x60)",
        "0x60 | 0 | 0 | 3  | memory word 3 is read before it is written",
        "0xb1 | 0 | 0 | 0  | unknown load (code 0xb1)",
        "0x02 | 0 | 0 | 16 | memory word 16 of 16 (code 0x02)",
        "0x34 | 0 | 0 | 0  | division by the constant 0 (code 0x34)",
        "0x64 | 0 | 0 | 32 | shift by 32 (code 0x64)",
        "0x94 | 0 | 0 | 3  | unknown arithmetic (code 0x94)",
        "0x8c | 0 | 0 | 0  | unknown arithmetic (code 0x8c)",
        "0xc4 | 0 | 0 | 0  | unknown arithmetic (code 0xc4)",
        "0x05 | 0 | 0 | 1  | jump past the end (code 0x05)",
        "0x05 | 0 | 0 | 0xffffffff | jump past the end (code 0x05)",
        "0x15 | 1 | 0 | 0  | jump past the end (code 0x15)",
        "0x15 | 0 | 1 | 0  | jump past the end (code 0x15)",
        "0x0d | 0 | 0 | 0  | unknown jump (code 0x0d)",
        "0x55 | 0 | 0 | 0  | unknown jump (code 0x55)",
        "0x0e | 0 | 0 | 0  | unknown return (code 0x0e)",
        "0x17 | 0 | 0 | 0  | unknown transfer (code 0x17)",
        "0x115 | 0 | 0 | 0 | unknown jump (code 0x115)",
        "0x104 | 0 | 0 | 0 | unknown arithmetic (code 0x104)"
      })
  void refusesWhatTheKernelRefuses(String code, int jt, int jf, String k, String problem) {
    BpfInstruction bad = new BpfInstruction(Integer.decode(code), jt, jf, Long.decode(k));
    assertThatExceptionOfType(FilterException.class)
        .isThrownBy(() -> filter(bad, RET))
        .withMessage("filter instruction 0: " + problem);
  }

  @Test
  void refusesProgramsThatAreTooLongOrEmptyOrOpenEnded() {
    assertThatExceptionOfType(FilterException.class)
        .isThrownBy(() -> new Filter(List.of()))
        .withMessage("filter: 0 instructions; the kernel accepts 1 to 4096");
    assertThat(new Filter(Collections.nCopies(4096, RET)).size()).isEqualTo(4096);
    assertThatExceptionOfType(FilterException.class)
        .isThrownBy(() -> new Filter(Collections.nCopies(4097, RET)))
        .withMessage("filter: 4097 instructions; the kernel accepts 1 to 4096");
    assertThatExceptionOfType(FilterException.class)
        .isThrownBy(() -> filter(BpfInstruction.of(Bpf.LD | Bpf.IMM, 1)))
        .withMessage("filter instruction 0: the last instruction does not return");
    assertThatExceptionOfType(FilterException.class)
        .isThrownBy(() -> Filter.decode(Bytes.copyOf(new byte[12])))
        .withMessage("filter: 12 bytes are not whole instructions of 8");
    assertThatExceptionOfType(FilterException.class)
        .isThrownBy(() -> Filter.decode(Bytes.copyOf(new byte[8 * 4097])))
        .withMessage("filter: more than 4096 instructions");
  }

  @Test
  void memoryMustBeWrittenOnEveryWay() {
    BpfInstruction branch = new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 1, 5);
    BpfInstruction store = BpfInstruction.of(Bpf.ST, 2);
    BpfInstruction load = BpfInstruction.of(Bpf.LD | Bpf.MEM, 2);
    assertThat(filter(store, branch, RET, load, RET).size()).isEqualTo(5);
    assertThatExceptionOfType(FilterException.class)
        .isThrownBy(() -> filter(branch, store, load, RET))
        .withMessage("filter instruction 2: memory word 2 is read before it is written");
  }

  @Test
  void acceptsEveryOperationOfTheKernel() {
    List<BpfInstruction> all = new ArrayList<>();
    int[] codes = {
      0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x54, 0x5c, 0x44, 0x4c, 0xa4, 0xac, 0x64,
      0x6c, 0x74, 0x7c, 0x84, 0x00, 0x01, 0x07, 0x87, 0x02, 0x03, 0x60, 0x61, 0x05, 0x15, 0x1d,
      0x35, 0x3d, 0x25, 0x2d, 0x45, 0x4d, 0x20, 0x80, 0x81, 0x06, 0x16
    };
    for (int code : codes) {
      boolean jump = (code & 7) == Bpf.JMP;
      all.add(BpfInstruction.of(code, jump ? 0 : 4));
    }
    assertThat(Filter.decode(new Filter(all).encode(ByteOrder.LITTLE_ENDIAN)).size())
        .isEqualTo(codes.length);
  }
}
