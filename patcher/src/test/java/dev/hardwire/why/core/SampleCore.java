package dev.hardwire.why.core;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.testing.ElfBuilder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Core files as the kernel writes them, of every architecture (fs/binfmt_elf.c). */
public final class SampleCore {
  /** The words of the registers: the program counter, and the arguments from 11 to 16. */
  private static final Map<Target, List<Integer>> WORDS =
      Map.of(
          Target.X86_64, List.of(27, 16, 14, 13, 12, 7, 9, 8),
          Target.I386, List.of(17, 12, 0, 1, 2, 3, 4, 5),
          Target.AARCH64, List.of(34, 32, 0, 1, 2, 3, 4, 5),
          Target.ARM, List.of(18, 15, 17, 1, 2, 3, 4, 5),
          Target.RISCV64, List.of(32, 0, 10, 11, 12, 13, 14, 15),
          Target.PPC64LE, List.of(48, 32, 34, 4, 5, 6, 7, 8),
          Target.S390X, List.of(27, 1, 26, 5, 6, 7, 8, 9),
          Target.LOONGARCH64, List.of(45, 33, 32, 5, 6, 7, 8, 9));

  private static final int SIGSYS = 31;
  private static final long INSTRUCTION = 0x40_1007L;

  private final Target target;
  private final ByteWriter notes;
  private int signal = SIGSYS;
  private int code = 1;

  /** One of an architecture. */
  public SampleCore(Target target) {
    this.target = target;
    this.notes = new ByteWriter(target.order());
  }

  /** With another signal, or another reason for it. */
  SampleCore withSignal(int newSignal, int newCode) {
    signal = newSignal;
    code = newCode;
    return this;
  }

  private boolean isWide() {
    return target.wordBits() == Long.SIZE;
  }

  private void word(ByteWriter writer, long value) {
    if (isWide()) {
      writer.u64(value);
    } else {
      writer.u32(value);
    }
  }

  private ByteWriter writer() {
    return new ByteWriter(target.order());
  }

  private void note(long type, ByteWriter content) {
    notes.u32(5).u32(content.size()).u32(type);
    notes.bytes("CORE\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
    notes.bytes(content.toBytes().toArray());
    notes.zeros((4 - content.size() % 4) % 4);
  }

  private ByteWriter status() {
    List<Integer> words = WORDS.get(target);
    long[] registers = new long[words.get(0)];
    registers[words.get(1)] = INSTRUCTION;
    for (int i = 0; i < 6; i++) {
      registers[words.get(i + 2)] = 11L + i;
    }
    ByteWriter status = writer().u32(signal).u32(0).u32(0).u16(signal).zeros(isWide() ? 18 : 10);
    status.u32(4711).zeros((isWide() ? 112 : 72) - (int) status.size());
    for (long register : registers) {
      word(status, register);
    }
    return status.u32(0);
  }

  private ByteWriter info(long number) {
    ByteWriter info = writer().u32(signal).u32(0).u32(code);
    if (isWide()) {
      info.u32(0);
    }
    word(info, INSTRUCTION);
    return info.u32(number).u32(target.auditNumber()).zeros(64);
  }

  private ByteWriter files() {
    ByteWriter files = writer();
    word(files, 1);
    word(files, 0x1000);
    word(files, 0x40_1000);
    word(files, 0x40_2000);
    word(files, 1);
    return files.bytes("/opt/program\0".getBytes(StandardCharsets.US_ASCII));
  }

  private ByteWriter auxiliary() {
    ByteWriter vector = writer();
    word(vector, 9);
    word(vector, 0x40_1000);
    word(vector, 0);
    word(vector, 0);
    return vector;
  }

  /** The file; a call of that number was denied. */
  public Bytes build(long number) {
    note(1, status());
    note(0x53494749, info(number));
    note(6, auxiliary());
    note(0x46494c45, files());
    Bytes all = notes.toBytes();
    ElfBuilder builder =
        new ElfBuilder(target.elfClass(), target.order(), 4, target.code()).withoutSectionHeaders();
    builder.segment(4, 0, 0x400, 0, all.size(), 0, 4);
    builder.segment(1, 6, 0x400 + all.size(), 0x7fff_0000L, 16, 0x1000, 0x1000);
    builder.section("notes", 7, 0, 0, 0x400, all);
    builder.section("stack", 1, 0, 0, 0x400 + all.size(), Bytes.zeros(16));
    return builder.build();
  }
}
