package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The documentation runs: what it shows is what the built jar prints. */
class DocumentationIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    for (String folder : List.of("docs", "docs/development")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
      }
    }
    return documents;
  }

  @TestFactory
  List<DynamicTest> sessions() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      for (List<Console.Step> session : Console.sessions(document)) {
        String name = document.getFileName() + ":" + session.get(0).line();
        tests.add(DynamicTest.dynamicTest(name, () -> run(session)));
      }
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(2);
    return tests;
  }

  private static void run(List<Console.Step> session) throws Exception {
    Path directory = Files.createTempDirectory("docs");
    try {
      for (Console.Step step : session) {
        String printed = bash(step.command(), directory);
        assertThat(printed.lines().map(Console::normalise).toList())
            .as("%s:%d: %s", step.document().getFileName(), step.line(), step.command())
            .isEqualTo(step.output().stream().map(Console::normalise).toList());
      }
    } finally {
      bash("rm -rf \"$PWD\"", directory);
    }
  }

  private static String bash(String command, Path directory) {
    Map<String, String> environment =
        Map.of(
            "PATH",
            Cli.SCRIPT.getParent() + ":" + System.getenv("PATH"),
            "LC_ALL",
            "C",
            "JAVA_HOME",
            Cli.home().toString());
    return Programs.together(directory, environment, "bash", "-c", command).out();
  }

  @Test
  void demonstrationEndsWithTheOriginal() throws Exception {
    String printed = bash(ROOT.resolve("fixtures/demo.sh") + " && echo demonstrated", ROOT);
    assertThat(printed).endsWith("the original, bit for bit\ndemonstrated\n");
  }

  @Test
  void readmeHasExactlyTwoSetUpCommandsOfOneLine() throws IOException {
    Matcher blocks =
        Pattern.compile("^```sh\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Files.readString(ROOT.resolve("README.md")));
    List<String> commands = blocks.results().map(block -> block.group(1).strip()).toList();
    assertThat(commands).hasSize(2).allSatisfy(command -> assertThat(command).doesNotContain("\n"));
    assertThat(Files.readString(ROOT.resolve(".ci/run"))).contains(commands.get(1));
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    for (Path document : documents()) {
      Matcher links =
          Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)").matcher(Files.readString(document));
      while (links.find()) {
        assertThat(document.resolveSibling(links.group(1)))
            .as("%s: %s", document.getFileName(), links.group())
            .exists();
      }
    }
  }
}
