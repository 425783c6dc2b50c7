package dev.hardwire.filter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An assembler for the language of {@code bpf_asm}, after the grammar in the kernel's {@code
 * tools/bpf/bpf_exp.y} and {@code bpf_exp.l}, as far as it concerns words of seccomp's data.
 */
public final class BpfAssembler {
  private static final Pattern LINE =
      Pattern.compile("\\s*(?:(?<label>[A-Za-z_]\\w+)\\s*:)?\\s*(?<name>[a-z]+)\\s*(?<rest>.*?)");
  private static final Map<String, Integer> ARITHMETIC =
      Map.of(
          "add", Bpf.ADD, "sub", Bpf.SUB, "mul", Bpf.MUL, "div", Bpf.DIV, "or", Bpf.OR, "and",
          Bpf.AND, "lsh", Bpf.LSH, "rsh", Bpf.RSH, "xor", Bpf.XOR);
  private static final Map<String, Integer> JUMPS =
      Map.of("jeq", Bpf.JEQ, "jgt", Bpf.JGT, "jge", Bpf.JGE, "jset", Bpf.JSET);

  private final Map<String, Integer> labels = new HashMap<>();

  private BpfAssembler() {}

  /** The instructions that the kernel's assembler makes of a text. */
  public static List<BpfInstruction> assemble(String text) {
    BpfAssembler assembler = new BpfAssembler();
    List<String[]> statements = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String code = line.replaceAll(";.*", "");
      if (code.isBlank()) {
        continue;
      }
      Matcher matcher = LINE.matcher(code.stripTrailing());
      if (!matcher.matches()) {
        throw new IllegalArgumentException("not an instruction: " + line);
      }
      if (matcher.group("label") != null) {
        assembler.labels.put(matcher.group("label"), statements.size());
      }
      statements.add(new String[] {matcher.group("name"), matcher.group("rest")});
    }
    List<BpfInstruction> program = new ArrayList<>();
    for (String[] statement : statements) {
      program.add(assembler.one(program.size(), statement[0], statement[1]));
    }
    return program;
  }

  private int to(int at, String label) {
    return labels.get(label) - at - 1;
  }

  private BpfInstruction one(int at, String name, String rest) {
    if (JUMPS.containsKey(name)) {
      String[] parts = rest.split("\\s*,\\s*", -1);
      int code = Bpf.JMP | JUMPS.get(name) | (parts[0].equals("x") ? Bpf.X : Bpf.K);
      return new BpfInstruction(code, to(at, parts[1]), to(at, parts[2]), immediate(parts[0]));
    }
    if (ARITHMETIC.containsKey(name)) {
      int source = rest.equals("x") ? Bpf.X : Bpf.K;
      return BpfInstruction.of(Bpf.ALU | ARITHMETIC.get(name) | source, immediate(rest));
    }
    return switch (name) {
      case "ld" -> load(Bpf.LD, rest);
      case "ldx" -> load(Bpf.LDX, rest);
      case "st" -> BpfInstruction.of(Bpf.ST, memory(rest));
      case "stx" -> BpfInstruction.of(Bpf.STX, memory(rest));
      case "neg" -> BpfInstruction.of(Bpf.ALU | Bpf.NEG, 0);
      case "ja" -> BpfInstruction.of(Bpf.JMP | Bpf.JA, to(at, rest));
      case "tax" -> BpfInstruction.of(Bpf.MISC | Bpf.TAX, 0);
      case "txa" -> BpfInstruction.of(Bpf.MISC | Bpf.TXA, 0);
      case "ret" ->
          BpfInstruction.of(Bpf.RET | (rest.equals("a") ? Bpf.A : Bpf.K), immediate(rest));
      default -> throw new IllegalArgumentException("unknown instruction " + name);
    };
  }

  private static BpfInstruction load(int kind, String rest) {
    if (rest.equals("#len")) {
      return BpfInstruction.of(kind | Bpf.LEN, 0);
    }
    if (rest.startsWith("#")) {
      return BpfInstruction.of(kind | Bpf.IMM, immediate(rest));
    }
    if (rest.startsWith("M")) {
      return BpfInstruction.of(kind | Bpf.MEM, memory(rest));
    }
    return BpfInstruction.of(kind | Bpf.ABS, Long.decode(rest.replaceAll("[\\[\\]]", "")));
  }

  private static long memory(String text) {
    return Long.decode(text.toUpperCase(Locale.ROOT).replaceAll("M\\[|\\]", ""));
  }

  private static long immediate(String text) {
    return text.startsWith("#") ? Long.decode(text.substring(1)) : 0;
  }
}
