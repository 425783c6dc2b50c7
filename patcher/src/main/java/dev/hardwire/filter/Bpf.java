package dev.hardwire.filter;

/**
 * Operation codes of classic BPF, {@code include/uapi/linux/bpf_common.h} and {@code filter.h}.
 *
 * <p>A code is a class plus, by class, a size and a mode, or an operation and a source.
 */
public final class Bpf {
  /** Classes: bits 0 to 2. */
  public static final int LD = 0x00;

  public static final int LDX = 0x01;
  public static final int ST = 0x02;
  public static final int STX = 0x03;
  public static final int ALU = 0x04;
  public static final int JMP = 0x05;
  public static final int RET = 0x06;
  public static final int MISC = 0x07;

  /** Modes of loads: bits 5 to 7. The size, bits 3 and 4, is that of a word, 0. */
  public static final int IMM = 0x00;

  public static final int ABS = 0x20;
  public static final int MEM = 0x60;
  public static final int LEN = 0x80;

  /** Operations of {@link #ALU}: bits 4 to 7. */
  public static final int ADD = 0x00;

  public static final int SUB = 0x10;
  public static final int MUL = 0x20;
  public static final int DIV = 0x30;
  public static final int OR = 0x40;
  public static final int AND = 0x50;
  public static final int LSH = 0x60;
  public static final int RSH = 0x70;
  public static final int NEG = 0x80;
  public static final int XOR = 0xa0;

  /** Operations of {@link #JMP}: bits 4 to 7. */
  public static final int JA = 0x00;

  public static final int JEQ = 0x10;
  public static final int JGT = 0x20;
  public static final int JGE = 0x30;
  public static final int JSET = 0x40;

  /** Sources of {@link #ALU} and {@link #JMP}: bit 3. */
  public static final int K = 0x00;

  public static final int X = 0x08;

  /** The source of {@link #RET} that is the accumulator. */
  public static final int A = 0x10;

  /** Operations of {@link #MISC}. */
  public static final int TAX = 0x00;

  public static final int TXA = 0x80;

  /** Words of scratch memory, BPF_MEMWORDS. */
  public static final int MEMORY_WORDS = 16;

  /** Longest program, BPF_MAXINSNS. */
  public static final int MAXIMUM_LENGTH = 4096;

  private Bpf() {}
}
