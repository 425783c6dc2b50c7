package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.SharedCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.junit.jupiter.api.io.TempDir;

/**
 * The documentation runs: what it shows is what the built jar prints. In the usual profile, one
 * process runs the commands of sessions that need none of their own ({@link SharedCommand}).
 */
class DocumentationIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path README = ROOT.resolve("README.md");

  /** Where {@link #sessions} run: the process that runs their commands stays there. */
  private static Path shared;

  @TempDir private static Path bin;

  private static SharedCommand command;

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(README));
    for (String folder : List.of("docs", "docs/development")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
      }
    }
    return documents;
  }

  @TestFactory
  List<DynamicTest> sessions() throws IOException {
    shared = Files.createTempDirectory("docs"); // a name as in the documentation
    command = new SharedCommand(shared, bin);
    return tests(
        session -> {
          if (session.get(0).document().equals(README)) {
            run(session);
          } else {
            runShared(session);
          }
        });
  }

  @AfterAll
  static void endCommand() throws IOException {
    if (command != null) {
      command.close();
      Files.delete(shared);
    }
  }

  @TestFactory
  @Tag("long")
  List<DynamicTest> sessionsByTheStartScript() throws IOException {
    return tests(DocumentationIT::run);
  }

  private static List<DynamicTest> tests(ThrowingConsumer<List<Console.Step>> runs)
      throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      for (List<Console.Step> session : Console.sessions(document)) {
        String name = document.getFileName() + ":" + session.get(0).line();
        tests.add(DynamicTest.dynamicTest(name, () -> runs.accept(session)));
      }
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(2);
    return tests;
  }

  private static void run(List<Console.Step> session) throws Throwable {
    Path directory = Files.createTempDirectory("docs");
    try {
      run(session, directory, "");
    } finally {
      bash("rm -rf \"$PWD\"", directory, "");
    }
  }

  private static void runShared(List<Console.Step> session) throws Throwable {
    try {
      run(session, shared, bin + ":");
    } finally {
      bash("find . -mindepth 1 -delete", shared, "");
    }
  }

  private static void run(List<Console.Step> session, Path directory, String path) {
    for (Console.Step step : session) {
      String printed = bash(step.command(), directory, path);
      assertThat(printed.lines().map(Console::normalise).toList())
          .as("%s:%d: %s", step.document().getFileName(), step.line(), step.command())
          .isEqualTo(step.output().stream().map(Console::normalise).toList());
    }
  }

  /**
   * Runs a line of a shell.
   *
   * @param path what comes before the directory of the start script, with a colon, or nothing
   */
  private static String bash(String command, Path directory, String path) {
    Map<String, String> environment =
        Map.of(
            "PATH",
            path + Cli.SCRIPT.getParent() + ":" + System.getenv("PATH"),
            "LC_ALL",
            "C",
            "JAVA_HOME",
            Cli.home().toString());
    return Programs.together(directory, environment, "bash", "-c", command).out();
  }

  @Test
  void demonstrationEndsWithTheOriginal() throws Exception {
    String printed = bash(ROOT.resolve("fixtures/demo.sh") + " && echo demonstrated", ROOT, "");
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
