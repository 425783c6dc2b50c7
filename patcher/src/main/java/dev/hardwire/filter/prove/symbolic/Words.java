package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.SeccompData;
import java.nio.ByteOrder;

/**
 * Numbers whose bits are functions of the bits of {@code seccomp_data}.
 *
 * <p>A number is an array of functions, the lowest bit first. The bits of the data are numbered so
 * that the architecture and the call's number come first, then the arguments, each from its highest
 * bit down.
 */
public final class Words {
  public static final int ARCH = 0;
  public static final int NR = 32;
  public static final int ARGS = 64;
  static final int INSTRUCTION_POINTER = ARGS + 6 * 64;

  /** Whether a bit is in the high half of an argument, which is 0 in calls of 32-bit programs. */
  public static boolean isHighHalf(int bit) {
    return bit >= ARGS && bit < INSTRUCTION_POINTER && (bit - ARGS) % 64 < 32;
  }

  public final Bdd bdd;
  private final ByteOrder order;

  public Words(Bdd bdd, ByteOrder order) {
    this.bdd = bdd;
    this.order = order;
  }

  private int[] field(int first, int width) {
    int[] word = new int[width];
    for (int i = 0; i < width; i++) {
      word[i] = bdd.bit(first + width - 1 - i);
    }
    return word;
  }

  public int[] nr() {
    return field(NR, 32);
  }

  int[] arch() {
    return field(ARCH, 32);
  }

  /** All 64 bits of an argument. */
  int[] argument(int index) {
    return field(ARGS + 64 * index, 64);
  }

  /** The 32 bits at an offset of the data. */
  int[] load(int offset) {
    if (offset == SeccompData.NR) {
      return nr();
    }
    if (offset == SeccompData.ARCH) {
      return arch();
    }
    int first =
        offset < SeccompData.ARGS
            ? INSTRUCTION_POINTER
            : ARGS + 64 * ((offset - SeccompData.ARGS) / 8);
    boolean high = offset % 8 == SeccompData.highHalf(0, order) % 8;
    return field(high ? first : first + 32, 32);
  }

  public int[] constant(long value, int width) {
    int[] word = new int[width];
    for (int i = 0; i < width; i++) {
      word[i] = (value >>> i & 1) == 0 ? Bdd.FALSE : Bdd.TRUE;
    }
    return word;
  }

  int equal(int[] a, int[] b) {
    int result = Bdd.TRUE;
    for (int i = 0; i < a.length; i++) {
      result = bdd.and(bdd.not(bdd.xor(a[i], b[i])), result);
    }
    return result;
  }

  /**
   * Whether {@code a} is greater than {@code b}, or with {@code orEqual} at least {@code b};
   * unsigned.
   */
  public int greater(int[] a, int[] b, boolean orEqual) {
    int result = orEqual ? Bdd.TRUE : Bdd.FALSE;
    for (int i = 0; i < a.length; i++) {
      result = bdd.choose(bdd.xor(a[i], b[i]), a[i], result);
    }
    return result;
  }

  /** Whether the two have a bit in common. */
  int meets(int[] a, int[] b) {
    int result = Bdd.FALSE;
    for (int i = 0; i < a.length; i++) {
      result = bdd.or(bdd.and(a[i], b[i]), result);
    }
    return result;
  }

  int[] and(int[] a, int[] b) {
    int[] word = new int[a.length];
    for (int i = 0; i < a.length; i++) {
      word[i] = bdd.and(a[i], b[i]);
    }
    return word;
  }

  int[] or(int[] a, int[] b) {
    int[] word = new int[a.length];
    for (int i = 0; i < a.length; i++) {
      word[i] = bdd.or(a[i], b[i]);
    }
    return word;
  }

  int[] xor(int[] a, int[] b) {
    int[] word = new int[a.length];
    for (int i = 0; i < a.length; i++) {
      word[i] = bdd.xor(a[i], b[i]);
    }
    return word;
  }

  /** The sum, and one more if {@code carry} is {@link Bdd#TRUE}. */
  int[] add(int[] a, int[] b, int carry) {
    int[] word = new int[a.length];
    int c = carry;
    for (int i = 0; i < a.length; i++) {
      int either = bdd.xor(a[i], b[i]);
      word[i] = bdd.xor(either, c);
      c = bdd.choose(either, c, a[i]);
    }
    return word;
  }

  int[] subtract(int[] a, int[] b) {
    return add(a, xor(b, constant(-1, b.length)), Bdd.TRUE);
  }

  /** Shifted to higher bits or, if {@code by} is negative, to lower ones. */
  static int[] shift(int[] a, int by) {
    int[] word = new int[a.length];
    for (int i = 0; i < a.length; i++) {
      int from = i - by;
      word[i] = from >= 0 && from < a.length ? a[from] : Bdd.FALSE;
    }
    return word;
  }
}
