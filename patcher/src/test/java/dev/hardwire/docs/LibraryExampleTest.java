package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java program of {@code docs/library.md} compiles, and does what it says. */
class LibraryExampleTest {
  @TempDir private Path folder;

  @Test
  void confinesAProgram() throws Exception {
    String classPath = System.getProperty("java.class.path");
    compile(List.of("-cp", classPath));
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
  void isAShortProgram() throws IOException {
    assertThat(LibraryProgram.read().lines().filter(line -> !line.isBlank()))
        .hasSizeLessThanOrEqualTo(16);
  }

  /** Compiles the program as a class in {@link #folder}. */
  private void compile(List<String> options) throws IOException {
    Path source = Files.writeString(folder.resolve("Confine.java"), LibraryProgram.read());
    List<String> arguments = new ArrayList<>(options);
    Stream.of("-d", folder.toString(), source.toString()).forEach(arguments::add);
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(String[]::new)))
        .isZero();
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
