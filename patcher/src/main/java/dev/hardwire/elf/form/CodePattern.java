package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A sequence of machine code, of which some bytes may be any and some are captured. */
final class CodePattern {
  private static final int ANY = -1;
  private static final int CAPTURED = -2;
  private static final int FIELD = Integer.BYTES;

  /** Captured words that are no addresses, but offsets from the global offset table or indexes. */
  private static final Set<String> OFFSETS = Set.of("index", "at", "offset", "gmon");

  private static final Pattern CHOICE = Pattern.compile("\\(([^()]*)\\)");
  private static final Pattern TOKEN =
      Pattern.compile(
          "([0-9a-f]{2})|(\\.\\.)|\\{([a-z]+)(:w)?\\}|\\{([a-z]+):([a-z]+)([0-9]*),?([0-9]*)\\}|"
              + " +");

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
    Matcher choice = CHOICE.matcher(text);
    if (!choice.find()) {
      return List.of(simple(text));
    }
    List<CodePattern> all = new ArrayList<>();
    for (String one : choice.group(1).split("\\|", -1)) {
      all.addAll(of(text.substring(0, choice.start()) + one + text.substring(choice.end())));
    }
    return all;
  }

  private static CodePattern simple(String text) {
    List<Integer> bytes = new ArrayList<>();
    List<Capture> captures = new ArrayList<>();
    List<NamedInstruction> instructions = new ArrayList<>();
    Matcher token = TOKEN.matcher(text);
    int end = 0;
    while (token.find() && token.start() == end) {
      end = token.end();
      if (token.group(1) != null) {
        bytes.add(Integer.parseInt(token.group(1), 16));
      } else if (token.group(2) != null) {
        bytes.add(ANY);
      } else if (token.group(3) != null) {
        captures.add(new Capture(token.group(3), bytes.size(), token.group(4) == null));
        bytes.addAll(Collections.nCopies(FIELD, CAPTURED));
      } else if (token.group(5) != null) {
        AddressInstruction instruction =
            AddressInstruction.of(token.group(6), token.group(7), token.group(8));
        instructions.add(new NamedInstruction(token.group(5), bytes.size(), instruction));
        bytes.addAll(Collections.nCopies(FIELD, CAPTURED));
      }
    }
    if (end != text.length()) {
      throw new IllegalStateException("no code pattern: " + text.substring(end));
    }
    return new CodePattern(bytes.stream().mapToInt(i -> i).toArray(), captures, instructions);
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
      long code32 = code.u32(one.at());
      long value = one.instruction().operand(code32, address + one.at());
      if (!one.instruction().is(code32) || !isSame(found.put(one.name(), value), value)) {
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
    return captures.stream().anyMatch(c -> !c.relative() && !OFFSETS.contains(c.name()));
  }
}
