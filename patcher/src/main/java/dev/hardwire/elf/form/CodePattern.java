package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A sequence of machine code, of which some bytes may be any and some are captured. */
final class CodePattern {
  private static final int ANY = -1;
  private static final int CAPTURED = -2;
  private static final int FIELD = Integer.BYTES;
  private static final String WORD = ":w";

  /** Captured words that are no addresses, but offsets from the global offset table or indexes. */
  private static final Set<String> OFFSETS = Set.of("index", "at", "offset", "gmon");

  /** One for each byte: its value, {@link #ANY} or {@link #CAPTURED}. */
  private final int[] bytes;

  private final List<Capture> captures;
  private final List<NamedInstruction> instructions;

  private CodePattern(int[] bytes, List<Capture> captures, List<NamedInstruction> instructions) {
    this.bytes = bytes;
    this.captures = captures;
    this.instructions = instructions;
  }

  /**
   * An instruction of aarch64 whose operand is captured.
   *
   * @param at offset in the pattern, in bytes
   */
  private record NamedInstruction(String name, int at, AddressInstruction instruction) {}

  /**
   * A field of 32 bits.
   *
   * @param at offset in the pattern, in bytes
   * @param relative whether it is a displacement from its own end
   */
  record Capture(String name, int at, boolean relative) {}

  /** The patterns that a text with choices stands for. */
  static List<CodePattern> of(String text) {
    int open = text.indexOf('(');
    if (open < 0) {
      return List.of(simple(text));
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

  /** Read without regular expressions, as every patch waits for it. */
  private static CodePattern simple(String text) {
    int[] bytes = new int[text.length()];
    int size = 0;
    List<Capture> captures = new ArrayList<>();
    List<NamedInstruction> instructions = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      char c = text.charAt(at);
      if (c == ' ') {
        at++;
      } else if (c == '{') {
        int end = text.indexOf('}', at);
        boolean word = text.startsWith(WORD, end - WORD.length());
        int colon = text.indexOf(':', at);
        if (word || colon < 0 || colon > end) {
          String name = text.substring(at + 1, word ? end - WORD.length() : end);
          captures.add(new Capture(name, size, !word));
        } else {
          AddressInstruction instruction = AddressInstruction.of(text.substring(colon + 1, end));
          instructions.add(new NamedInstruction(text.substring(at + 1, colon), size, instruction));
        }
        for (int i = 0; i < FIELD; i++) {
          bytes[size++] = CAPTURED;
        }
        at = end + 1;
      } else {
        bytes[size++] = text.startsWith("..", at) ? ANY : Integer.parseInt(text, at, at + 2, 16);
        at += 2;
      }
    }
    return new CodePattern(Arrays.copyOf(bytes, size), captures, instructions);
  }

  /** Length in bytes. */
  int size() {
    return bytes.length;
  }

  /**
   * What the pattern captures in code: virtual addresses for displacements, and words. A name that
   * is captured twice has to have one value.
   *
   * @param code starts with the code
   * @param address virtual address of the code
   * @return empty if the code is not of this pattern
   */
  Optional<Map<String, Long>> match(Bytes code, long address) {
    if (code.size() < bytes.length) {
      return Optional.empty();
    }
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] >= 0 && bytes[i] != code.u8(i)) {
        return Optional.empty();
      }
    }
    Map<String, Long> found = new HashMap<>();
    for (Capture capture : captures) {
      long value = code.u32(capture.at());
      if (capture.relative()) {
        value = address + capture.at() + FIELD + (int) value;
      }
      if (!isSame(found.put(capture.name(), value), value)) {
        return Optional.empty();
      }
    }
    for (NamedInstruction one : instructions) {
      long bits = code.u32(one.at());
      long value = one.instruction().operand(bits, address + one.at());
      if (!one.instruction().is(bits) || !isSame(found.put(one.name(), value), value)) {
        return Optional.empty();
      }
    }
    return Optional.of(found);
  }

  private static boolean isSame(Long before, long value) {
    return before == null || before == value;
  }

  /** Whether words are captured that are addresses, as in position-dependent files only. */
  boolean hasAddressWords() {
    for (Capture capture : captures) {
      if (!capture.relative() && !OFFSETS.contains(capture.name())) {
        return true;
      }
    }
    return false;
  }
}
