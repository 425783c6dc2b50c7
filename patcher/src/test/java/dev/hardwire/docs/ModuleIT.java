package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar of the library is a module, which other modules can use. */
class ModuleIT {
  private static final List<String> DEPENDENCIES =
      List.of(
          "aircompressor",
          "bcp",
          "bcu",
          "gson",
          "jelf-parser",
          "kaitai",
          "picocli",
          "snakeyaml",
          "xz");

  @TempDir private Path folder;
  private String modulePath;

  @BeforeEach
  void findModules() throws IOException {
    Stream<String> dependencies =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> DEPENDENCIES.stream().anyMatch(path::contains));
    try (Stream<Path> built = Files.list(Path.of("target"))) {
      List<String> jars =
          built
              .map(Path::toString)
              .filter(path -> path.matches(".*/hardwire-\\d.*(?<!-tests)\\.jar"))
              .toList();
      assertThat(jars).hasSize(1);
      modulePath =
          Stream.concat(jars.stream(), dependencies)
              .collect(Collectors.joining(File.pathSeparator));
    }
  }

  @Test
  void runsTheExampleAsAModule() throws IOException {
    String program = LibraryProgram.read();
    Path classes = folder.resolve("classes");
    assertThat(compile(classes, "package example;\n" + program)).isEmpty();
    Path patched = folder.resolve("patched");
    String output =
        LibraryExampleTest.run(
            LibraryExampleTest.java(),
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=dev.hardwire",
            "--module-path",
            classes + File.pathSeparator + modulePath,
            "-m",
            "example/example.Confine",
            "/bin/uname",
            patched.toString());
    assertThat(output).isEqualTo("patched: hook init, verified true\n");
    assertThat(LibraryExampleTest.run(patched.toString())).contains("Operation not permitted");
  }

  @Test
  void hidesTheEngine() throws IOException {
    String program = "package example; class Confine { dev.hardwire.patch.plan.PatchPlan plan; }";
    assertThat(compile(folder.resolve("hidden"), program)).contains("does not export");
  }

  /** Compiles a module with one class, and returns what the compiler says. */
  private String compile(Path classes, String program) throws IOException {
    Path sources = Files.createDirectories(folder.resolve("source/example"));
    Files.writeString(sources.resolve("Confine.java"), program);
    Path module = folder.resolve("source/module-info.java");
    Files.writeString(module, "module example { requires dev.hardwire; }");
    StringWriter output = new StringWriter();
    ToolProvider.getSystemJavaCompiler()
        .getTask(
            new PrintWriter(output),
            null,
            null,
            List.of(
                "-proc:none",
                "--class-path",
                classes.toString(),
                "--module-path",
                modulePath,
                "-d",
                classes.toString()),
            null,
            ToolProvider.getSystemJavaCompiler()
                .getStandardFileManager(null, null, null)
                .getJavaFileObjects(sources.resolve("Confine.java"), module))
        .call();
    return output.toString();
  }
}
