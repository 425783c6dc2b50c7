package dev.hardwire.derive.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares lengths, kinds and targets with those of binutils. */
@Tag("system")
class DecoderObjdumpTest {
  private static final int MOST_DIFFERENCES = 20;

  private static final Pattern PREFIXES =
      Pattern.compile("^((rex[.A-Z]*|data16|notrack|bnd|lock|repz?|repnz|cs|ds|es|ss|addr32) )+");

  private static final Pattern RETURN = Pattern.compile("l?ret[lqw]?|iret[lqw]?");

  private final Instruction instruction = new Instruction();
  private final List<String> differences = new ArrayList<>();
  private int compared;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/lib64/ld-linux-x86-64.so.2",
      })
  void decodesAsObjdumpDoes(String file) throws IOException {
    compareAll(file);
  }

  @Test
  @Tag("long")
  void decodesTheLargestLibraryAsObjdumpDoes() throws IOException {
    compareAll("/lib/x86_64-linux-gnu/libc.so.6");
  }

  private void compareAll(String file) throws IOException {
    compare(file);
    assertThat(compared).isGreaterThan(20_000);
    assertThat(differences).isEmpty();
  }

  private void compare(String file) throws IOException {
    Process objdump =
        new ProcessBuilder("objdump", "-d", "-w", "--insn-width=15", file)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = objdump.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] columns = line.split("\t", -1);
        if (columns.length >= 3 && columns[0].endsWith(":")) {
          compare(columns[0], columns[1].strip(), columns[2].strip(), line);
        }
      }
    }
  }

  private void compare(String place, String digits, String text, String line) {
    if (text.contains("(bad)") || text.startsWith(".byte")) {
      return;
    }
    long address = Long.parseUnsignedLong(place.strip().replace(":", ""), 16);
    boolean waits = digits.startsWith("9b ") && text.startsWith("f"); // fwait and another one
    byte[] bytes = HexFormat.of().parseHex(digits.substring(waits ? 3 : 0).replace(" ", ""));
    new Decoder(bytes).decode(0, bytes.length, address, instruction);
    compared++;
    String[] words = PREFIXES.matcher(text).replaceFirst("").split(" +", 3);
    boolean same =
        instruction.length() == bytes.length
            && flow(words[0]).equals(flow(instruction.kind()))
            && sameTarget(words, text);
    if (!same && differences.size() < MOST_DIFFERENCES) {
      differences.add(line + " is " + instruction.kind() + " of " + instruction.length());
    }
  }

  private boolean sameTarget(String[] words, String text) {
    boolean direct =
        instruction.kind() == Kind.CALL
            || instruction.kind() == Kind.JUMP
            || instruction.kind() == Kind.BRANCH;
    if (direct && words.length > 1) {
      return Long.parseUnsignedLong(words[1].replaceAll("[,].*", ""), 16) == instruction.target();
    }
    int comment = text.indexOf("# ");
    if (text.contains("(%rip)") && comment > 0) {
      String target = text.substring(comment + 2).replaceAll("[ <].*", "").replace("0x", "");
      return instruction.isRipRelative()
          && Long.parseUnsignedLong(target, 16) == instruction.displacement();
    }
    return true;
  }

  private static String flow(String mnemonic) {
    if (mnemonic.startsWith("call")) {
      return "call";
    }
    if (mnemonic.startsWith("jmp")) {
      return "jmp";
    }
    if (mnemonic.startsWith("j") || mnemonic.startsWith("loop") || mnemonic.startsWith("xbegin")) {
      return "branch";
    }
    if (RETURN.matcher(mnemonic).matches()) {
      return "ret";
    }
    return mnemonic.equals("syscall") ? "syscall" : "";
  }

  private static String flow(Kind kind) {
    return switch (kind) {
      case CALL, CALL_INDIRECT -> "call";
      case JUMP, JUMP_INDIRECT -> "jmp";
      case BRANCH -> "branch";
      case RETURN -> "ret";
      case SYSCALL -> "syscall";
      default -> "";
    };
  }
}
