package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java programs of {@code docs/library.md} compile, and do what they say. */
class LibraryExampleTest {
  /** The status of a process that ended by SIGSYS. */
  private static final int KILLED = 128 + 31;

  @TempDir private Path folder;

  @Test
  void confinesAProgram() throws Exception {
    String classPath = System.getProperty("java.class.path");
    compile("Confine", classPath);
    Path patched = folder.resolve("patched");
    String output =
        run(
            java(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            folder + File.pathSeparator + classPath,
            "Confine",
            "/bin/uname",
            patched.toString());
    assertThat(output).isEqualTo("patched: hook init, verified true\n");
    assertThat(run(patched.toString())).contains("Operation not permitted");
  }

  @Test
  void confinesATree() throws Exception {
    String classPath = System.getProperty("java.class.path");
    compile("ConfineTree", classPath);
    Path tree = Files.createDirectories(folder.resolve("tree/bin")).getParent();
    Files.copy(Path.of("/bin/env"), tree.resolve("bin/env"));
    Files.writeString(tree.resolve("bin/script"), "#!/bin/sh\n");
    String output =
        run(
            java(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            folder + File.pathSeparator + classPath,
            "ConfineTree",
            tree.toString(),
            folder.resolve("confined").toString());
    assertThat(output).isEqualTo("bin/env: DONE\nbin/script: SKIPPED\n");
    String confined = folder.resolve("confined/bin/env").toString();
    assertThat(new ProcessBuilder(confined, "/bin/true").start().waitFor()).isEqualTo(KILLED);
  }

  @Test
  void confinesBytes() throws Exception {
    String classPath = System.getProperty("java.class.path");
    compile("ConfineBytes", classPath);
    Path patched = folder.resolve("patched");
    Process process =
        new ProcessBuilder(
                java(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                folder + File.pathSeparator + classPath,
                "ConfineBytes")
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
  @ValueSource(strings = {"Confine", "ConfineTree", "ConfineBytes"})
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

  /** Compiles a program as a class in {@link #folder}. */
  private void compile(String name, String classPath) throws IOException {
    Path source = Files.writeString(folder.resolve(name + ".java"), LibraryProgram.read(name));
    String[] arguments = {"-cp", classPath, "-d", folder.toString(), source.toString()};
    assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments)).isZero();
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
