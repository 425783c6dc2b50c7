package dev.hardwire.jelf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs the example of README.md on the java command of this JVM. */
class ListImportsTest {
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  private static List<String> run() throws IOException {
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      ListImports.main(new String[] {JAVA.toString()});
    } finally {
      System.setOut(out);
    }
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void theExampleReadsARealProgram() throws IOException {
    List<String> lines = run();
    assertThat(lines.get(0)).matches("machine [A-Z][A-Z0-9_]+");
    assertThat(lines.get(1)).matches("interpreter /.*ld.*");
    assertThat(lines).contains("import JLI_Launch");
  }

  @Test
  void theReadmeShowsTheExample() throws IOException {
    String example = Files.readString(Path.of("src/test/java/dev/hardwire/jelf/ListImports.java"));
    assertThat(Files.readString(Path.of("README.md"))).contains("```java\n" + example + "```\n");
  }
}
