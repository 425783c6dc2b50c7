package dev.hardwire.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on a terminal, which script(1) makes, and with a part of their output elsewhere. */
@Tag("system")
class PseudoTerminalTest {
  private static final String ESCAPE = "\033[";

  @TempDir private static Path folder;
  private static Path wired;

  @BeforeAll
  static void patch() throws IOException {
    wired = Files.createDirectory(folder.resolve("tree")).resolve("true");
    Cli.ok("patch", "--deny", "ptrace", "-o", wired, "/usr/bin/true");
    Files.copy(wired, wired.resolveSibling("again"));
  }

  /** What a terminal shows. */
  private static String shown(Map<String, String> more, String redirection, Object... words) {
    Map<String, String> environment = new HashMap<>(Map.of("TERM", "xterm", "NO_COLOR", ""));
    environment.putAll(more);
    String line = Cli.process().line(words) + redirection;
    return Programs.run(environment, "script", "-q", "-c", line, "/dev/null").out();
  }

  @Test
  void aTerminalGetsColours() {
    assertThat(shown(Map.of(), "", "verify", wired, "/usr/bin/true"))
        .contains("  \033[32mverified\033[0m\r\n")
        .contains("\033[1;31mhardwire:\033[0m /usr/bin/true: ");
  }

  @Test
  void noneWhereAVariableForbidsThem() {
    assertThat(shown(Map.of("NO_COLOR", "1"), "", "verify", wired))
        .contains("  verified\r\n")
        .doesNotContain(ESCAPE);
  }

  /** In each run, a file is what is no terminal, and another variable forbids colours. */
  @Test
  @Tag("long")
  void pipesAndTerminalsWithoutColoursDoNot() throws IOException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    String files = " >" + out + " 2>" + err;
    shown(Map.of(), files, "verify", wired, "/usr/bin/true");
    assertThat(out).content().contains("  verified\n").doesNotContain(ESCAPE);
    assertThat(err).content().contains("hardwire: /usr/bin/true: ").doesNotContain(ESCAPE);
    assertThat(shown(Map.of("TERM", "dumb"), "", "verify", "/usr/bin/true"))
        .contains("hardwire: ")
        .doesNotContain(ESCAPE);
    assertThat(shown(Map.of(), " | cat", "verify", wired)).doesNotContain(ESCAPE);
  }

  /** A file gets neither progress nor colours. */
  @Test
  void progressIsShownOnTheTerminalOfErrorsOnly() throws IOException {
    Path tree = wired.getParent();
    Path file = folder.resolve("file");
    assertThat(shown(Map.of(), " >" + file, "verify", "--recursive", tree))
        .contains("2 of 2 files")
        .endsWith("\r" + ESCAPE + "K");
    assertThat(file).content().contains("confined        " + wired + "\n").doesNotContain(ESCAPE);
    Object[] words = {"verify", "--recursive", tree, "/usr/bin/true"};
    assertThat(shown(Map.of(), " 2>" + file, words)).doesNotContain("of 3 files");
    assertThat(file)
        .content()
        .contains("hardwire: /usr/bin/true: ")
        .doesNotContain(ESCAPE, "of 3 files");
  }
}
