package dev.hardwire.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColouredWriterTest {
  private final StringWriter shown = new StringWriter();
  private final ColouredWriter writer = new ColouredWriter(shown);

  private String printed() {
    writer.flush();
    String text = shown.toString();
    shown.getBuffer().setLength(0);
    return text.replace("\033[1;31m", "<red>")
        .replace("\033[32m", "<green>")
        .replace("\033[1;33m", "<yellow>")
        .replace("\033[0m", "</>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "hardwire: warning: too wide|hardwire: <yellow>warning:</> too wide",
        "hardwire: a: b: warning: odd|hardwire: a: b: <yellow>warning:</> odd",
        "hardwire: learned from 2|hardwire: learned from 2",
        "  verified|  <green>verified</>",
        "  NOT VERIFIED|  <red>NOT VERIFIED</>",
        "  FAIL hook: no|  <red>FAIL</> hook: no",
        "  ok   hook: yes|  ok   hook: yes",
        "text with verified in it|text with verified in it",
      })
  void wordsThatMatterAreColoured(String line, String expected) {
    writer.println(line);
    assertThat(printed()).isEqualTo(expected + System.lineSeparator());
    writer.print("first\n" + line + "\nlast  verified\n");
    assertThat(printed()).isEqualTo("first\n" + expected + "\nlast  verified\n");
  }

  @Test
  void onlyTheStartOfALineCounts() {
    writer.print("name");
    writer.print("  verified");
    writer.println();
    writer.print("  verified");
    assertThat(printed()).isEqualTo("name  verified\n  <green>verified</>");
  }

  @Test
  void errorsAreRedOnATerminalOnly() {
    ColouredWriter.printError(writer, "hardwire: no");
    assertThat(printed()).isEqualTo("<red>hardwire:</> no\n");
    PrintWriter pipe = new PrintWriter(shown);
    ColouredWriter.printError(pipe, "hardwire: no");
    pipe.flush();
    assertThat(printed()).isEqualTo("hardwire: no\n");
  }

  @Test
  void theEnvironmentDecides() {
    assertThat(Terminal.wantsColours(Map.of("TERM", "xterm"))).isTrue();
    assertThat(Terminal.wantsColours(Map.of("TERM", "xterm", "NO_COLOR", ""))).isTrue();
    assertThat(Terminal.wantsColours(Map.of("TERM", "xterm", "NO_COLOR", "1"))).isFalse();
    assertThat(Terminal.wantsColours(Map.of("TERM", "dumb"))).isFalse();
    assertThat(Terminal.wantsColours(Map.of())).isFalse();
  }
}
