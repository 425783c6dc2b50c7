package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Java programs of {@code docs/library.md} compile, and do what they say. */
class LibraryExampleTest {
  /** The status of a process that ended by SIGSYS. */
  private static final int KILLED = 128 + 31;

  /** The compiled programs. */
  @TempDir private static Path classes;

  @TempDir private Path folder;

  private static List<String> names() {
    return List.of("Confine", "ConfineTree", "ConfineBytes");
  }

  @BeforeAll
  static void compile() throws IOException {
    String classPath = System.getProperty("java.class.path");
    List<String> words = new ArrayList<>(List.of("-cp", classPath, "-d", classes.toString()));
    for (String name : names()) {
      Path source = classes.resolve(name + ".java");
      words.add(Files.writeString(source, LibraryProgram.read(name)).toString());
    }
    int status =
        ToolProvider.getSystemJavaCompiler().run(null, null, null, words.toArray(String[]::new));
    assertThat(status).isZero();
  }

  /** Runs one of the programs: it takes their directory, the name, and the program's arguments. */
  static final class Example {
    private Example() {}

    public static void main(String... args) throws Exception {
      URL[] place = {Path.of(args[0]).toUri().toURL()};
      try (URLClassLoader loader = new URLClassLoader(place)) {
        String[] words = Arrays.copyOfRange(args, 2, args.length);
        loader.loadClass(args[1]).getMethod("main", String[].class).invoke(null, (Object) words);
      }
    }
  }

  @Test
  void confinesAProgram() throws IOException {
    Path patched = folder.resolve("patched");
    Outcome outcome = Cli.java(Example.class).call(classes, "Confine", "/bin/uname", patched);
    assertThat(outcome).isEqualTo(new Outcome(0, "patched: hook init, verified true\n", ""));
    assertThat(run(patched.toString())).contains("Operation not permitted");
  }

  @Test
  void confinesATree() throws Exception {
    Path tree = Files.createDirectories(folder.resolve("tree/bin")).getParent();
    Files.copy(Path.of("/bin/env"), tree.resolve("bin/env"));
    Files.writeString(tree.resolve("bin/script"), "#!/bin/sh\n");
    Outcome outcome =
        Cli.java(Example.class).call(classes, "ConfineTree", tree, folder.resolve("confined"));
    assertThat(outcome).isEqualTo(new Outcome(0, "bin/env: DONE\nbin/script: SKIPPED\n", ""));
    String confined = folder.resolve("confined/bin/env").toString();
    assertThat(new ProcessBuilder(confined, "/bin/true").start().waitFor()).isEqualTo(KILLED);
  }

  @Test
  void confinesBytes() throws Exception {
    Path patched = folder.resolve("patched");
    Process process =
        new ProcessBuilder(Cli.java(Example.class).command(classes, "ConfineBytes"))
            .redirectInput(new File("/bin/env"))
            .redirectOutput(patched.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.waitFor()).isZero();
    assertThat(patched.toFile().setExecutable(true)).isTrue();
    assertThat(new ProcessBuilder(patched.toString(), "/bin/true").start().waitFor())
        .isEqualTo(KILLED);
  }

  @ParameterizedTest
  @MethodSource("names")
  void isAShortProgram(String name) throws IOException {
    assertThat(LibraryProgram.read(name).lines().filter(line -> !line.isBlank()))
        .hasSizeLessThanOrEqualTo(16);
  }

  /** The page names each module that has to be there, and the artifact as it is. */
  @Test
  void thePageNamesModulesAndCoordinates() throws IOException {
    String page = Files.readString(Path.of("../docs/library.md"));
    Matcher required =
        Pattern.compile("requires ([\\w.]+);")
            .matcher(Files.readString(Path.of("src/main/java/module-info.java")));
    assertThat(required.results().map(module -> "`" + module.group(1) + "`"))
        .isNotEmpty()
        .allMatch(page::contains);
    String version =
        Files.readString(Path.of("pom.xml")).replaceAll("(?s).*?<version>(.*?)</version>.*", "$1");
    assertThat(page)
        .contains(
            """
              <groupId>dev.hardwire</groupId>
              <artifactId>hardwire</artifactId>
              <version>%s</version>
            """
                .formatted(version)
                .stripTrailing());
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
