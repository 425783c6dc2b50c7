package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The batch profile of the JVM is used for what takes long, and is not visible otherwise. */
class BatchProfileIT {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final int FILES = 60;

  /** Time, number, marks, level and name of a compiled method, as -XX:+PrintCompilation prints. */
  private static final Pattern SECOND_COMPILER =
      Pattern.compile("(?m)^ *[0-9]+ +[0-9]+ [ %sbn!]{4,8} 4  +([\\w.$]+)::");

  @TempDir private Path folder;

  static Stream<Path> runtimes() throws IOException {
    return JarIT.runtimes();
  }

  @Test
  void isOfCommandsThatTakeLong() throws IOException {
    Path java = Files.createDirectories(folder.resolve("jvm/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    isShort("patch", "--deny", "uname", "-o", "out", "program");
    isShort("patch", "--deny", "uname", "-o", "out", "--", "-r");
    isShort("run", "--deny", "uname", "--", "ls", "-r");
    isBatch("patch", "--deny", "uname", "-r", "directory");
    isBatch("verify", "--recursive", "directory");
    isBatch("sign", "--key", "key", "program");
    isBatch("apply", "manifest");
    isBatch("verify", Collections.nCopies(FILES, "program"));
  }

  private void isShort(Object... words) {
    assertThat(flags(words))
        .contains("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xms96m")
        .noneMatch(flag -> flag.contains("hardwire.options") || flag.contains(".directives"));
  }

  private void isBatch(Object... words) {
    assertThat(flags(words))
        .doesNotContain("-XX:TieredStopAtLevel=1", "-Xms96m")
        .anyMatch(flag -> flag.startsWith("@") && flag.endsWith("/target/hardwire.options"))
        .anyMatch(flag -> flag.startsWith("-XX:CompilerDirectivesFile="));
  }

  /** What the JVM is given before {@code -jar}. */
  private List<String> flags(Object... words) {
    Outcome outcome = Cli.script(Cli.SCRIPT, folder.resolve("jvm")).call(words).succeeds();
    return outcome.out().lines().takeWhile(line -> !line.equals("-jar")).toList();
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  void theSecondCompilerCompilesDigestsOnly(Path home) throws IOException {
    String printed =
        Programs.run(
                Cli.javaOf(home),
                "@" + TARGET.resolve("hardwire.options"),
                "-XX:CompilerDirectivesFile=" + TARGET.resolve("hardwire.directives"),
                "-XX:+DisplayVMOutput",
                "-XX:+PrintCompilation",
                "-jar",
                TARGET.resolve("hardwire.jar"),
                "patch",
                "--deny",
                "uname",
                "--in-place",
                "-r",
                tree())
            .succeeds()
            .out();
    assertThat(
            SECOND_COMPILER.matcher(printed).results().map((MatchResult found) -> found.group(1)))
        .as(printed)
        .contains("sun.security.provider.DigestBase")
        .allMatch(name -> name.startsWith("sun.security.provider."));
  }

  private Path tree() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (int i = 0; i < FILES; i++) {
      Files.copy(Path.of("/bin/ls"), tree.resolve("program" + i));
    }
    return tree;
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  void printsNothingAndCanBeAnywhere(Path home) throws IOException {
    Path installed = Files.createDirectory(folder.resolve("an \u00e9 'installation"));
    Path bin = Files.createDirectory(installed.resolve("bin"));
    Path script = bin.resolve("hardwire");
    Files.copy(Cli.SCRIPT, script, StandardCopyOption.COPY_ATTRIBUTES);
    Path lib = Files.createDirectory(installed.resolve("lib"));
    for (String file : List.of("hardwire.jar", "hardwire.options", "hardwire.directives")) {
      Files.copy(TARGET.resolve(file), lib.resolve(file));
    }
    Cli hardwire = Cli.script(script, home);
    Outcome patched =
        hardwire.call("patch", "--deny", "uname", "--in-place", "-r", tree()).succeeds().isQuiet();
    assertThat(patched.out().lines())
        .allMatch(line -> line.matches("/.*: hook init, .*|60 files: .*"));

    Path large = Files.copy(Path.of("/bin/true"), folder.resolve("large"));
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(17 << 20);
    }
    Path trace = folder.resolve("trace");
    Outcome one =
        Programs.run(
                Map.of("JAVA_HOME", home.toString()),
                "strace",
                "-f",
                "-e",
                "trace=execve,execveat",
                "-s",
                "1000",
                "-o",
                trace,
                script,
                "patch",
                "--deny",
                "uname",
                "--in-place",
                large)
            .succeeds()
            .isQuiet();
    assertThat(one.out()).startsWith(large + ": hook init, ");
    assertThat(Files.readString(trace).lines().filter(line -> line.contains("execveat(")))
        .singleElement()
        .asString()
        .contains("lib/hardwire.directives")
        .doesNotContain("-Xms");
  }
}
