package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A sequence of machine code, of which some bits may be any and some are captured. */
final class CodePattern {
  private static final int BYTE = 0xff;

  /** Captured words that are no addresses, but offsets from the global offset table or indexes. */
  private static final Set<String> OFFSETS = Set.of("index", "at", "offset", "gmon", "low");

  /** An address that instructions hold as it is. */
  private static final String ABSOLUTE = "absolute";

  /** Of each byte the bits that count, and their values. */
  private final byte[] masks;

  private final byte[] values;

  private final List<Operand> operands;

  private CodePattern(byte[] masks, byte[] values, List<Operand> operands) {
    this.masks = masks;
    this.values = values;
    this.operands = operands;
  }

  /**
   * What is captured.
   *
   * @param at offset in the pattern, in bytes
   * @param displacement added to the value
   */
  private record Operand(String name, int at, OperandFormat format, int displacement) {
    long value(Bytes code, long address) {
      long[] words = new long[format.size() / Integer.BYTES];
      for (int i = 0; i < words.length; i++) {
        words[i] = code.u32(at + i * Integer.BYTES);
      }
      return format.value(words, address + at) + displacement;
    }

    boolean isAddress() {
      return name.equals(ABSOLUTE) || (format == OperandFormat.WORD && !OFFSETS.contains(name));
    }
  }

  /** The patterns that a text with choices stands for. */
  static List<CodePattern> of(String text) {
    int open = text.indexOf('(');
    if (open < 0) {
      return List.of(new Reader(text).read());
    }
    int close = text.indexOf(')', open);
    List<CodePattern> all = new ArrayList<>();
    for (int from = open + 1, to; from <= close; from = to + 1) {
      int bar = text.indexOf('|', from);
      to = bar < 0 || bar > close ? close : bar;
      all.addAll(
          of(text.substring(0, open) + text.substring(from, to) + text.substring(close + 1)));
    }
    return all;
  }

  /** Reads a text without choices, without regular expressions, as every patch waits for it. */
  private static final class Reader {
    private final String text;
    private final byte[] masks;
    private final byte[] values;
    private final List<Operand> operands = new ArrayList<>();
    private int size;

    Reader(String text) {
      this.text = text;
      this.masks = new byte[text.length() * Integer.BYTES];
      this.values = new byte[masks.length];
    }

    CodePattern read() {
      for (int at = 0; at < text.length(); ) {
        char c = text.charAt(at);
        if (c == ' ') {
          at++;
        } else if (c == '{') {
          int end = text.indexOf('}', at);
          operand(text.substring(at + 1, end));
          at = end + 1;
        } else {
          digits(at, 0);
          at += 2;
        }
      }
      return new CodePattern(
          Arrays.copyOf(masks, size), Arrays.copyOf(values, size), List.copyOf(operands));
    }

    /** One byte as two digits, of which {@code .} may be any. */
    private void digits(int at, int captured) {
      int high = Character.digit(text.charAt(at), 16);
      int low = Character.digit(text.charAt(at + 1), 16);
      add((high < 0 ? 0 : 0xf0) | (low < 0 ? 0 : 0xf), captured, (high & 0xf) << 4 | (low & 0xf));
    }

    private void add(int mask, int captured, int value) {
      masks[size] = (byte) (mask & ~captured);
      values[size] = (byte) (value & masks[size]);
      size++;
    }

    /** {@code NAME}, {@code NAME:FORMAT}, or {@code NAME:FORMAT ARGUMENT}. */
    private void operand(String inner) {
      int colon = inner.indexOf(':');
      int space = inner.indexOf(' ');
      String name = colon < 0 ? inner : inner.substring(0, colon);
      OperandFormat format = OperandFormat.PC;
      int displacement = colon < 0 ? Integer.BYTES : 0;
      if (colon >= 0) {
        int end = space < 0 ? inner.length() : space;
        format = OperandFormat.named(inner.substring(colon + 1, end));
      }
      if (format.isWord() && space >= 0) {
        displacement = Integer.parseInt(inner, space + 1, inner.length(), 10);
      }
      operands.add(new Operand(name, size, format, displacement));
      for (int i = 0; i < format.size(); i++) {
        int at = space + 1 + 2 * i;
        int value = format.isWord() ? 0 : Integer.parseInt(inner, at, at + 2, 16);
        add(BYTE, format.mask(i), value);
      }
    }
  }

  /** Length in bytes. */
  int size() {
    return masks.length;
  }

  /**
   * What the pattern captures in code: addresses and numbers. A name that is captured twice has to
   * have one value.
   *
   * @param code starts with the code
   * @param address virtual address of the code
   * @return empty if the code is not of this pattern
   */
  Optional<Map<String, Long>> match(Bytes code, long address) {
    if (code.size() < masks.length) {
      return Optional.empty();
    }
    for (int i = 0; i < masks.length; i++) {
      if ((code.u8(i) & masks[i] & BYTE) != (values[i] & BYTE)) {
        return Optional.empty();
      }
    }
    Map<String, Long> found = new HashMap<>();
    for (Operand operand : operands) {
      long value = operand.value(code, address);
      Long before = found.put(operand.name(), value);
      if (before != null && before != value) {
        return Optional.empty();
      }
    }
    return Optional.of(found);
  }

  /** Whether addresses are captured that are not relative, as in position-dependent files only. */
  boolean hasAddressWords() {
    return operands.stream().anyMatch(Operand::isAddress);
  }
}
