package dev.hardwire.docs;

import static java.util.stream.Collectors.toSet;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The start script chooses a profile of the JVM, which is not visible otherwise. */
class ProfilesIT {
  private static final String DIGESTS = "sun.security.provider.";

  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final int FILES = 60;

  /** A flag of the batch profile. */
  private static final String BATCH = "-XX:CompileThresholdScaling=0.2";

  /** Time, number, marks, level and name of a compiled method, as -XX:+PrintCompilation prints. */
  private static final Pattern SECOND_COMPILER =
      Pattern.compile("(?m)^ *[0-9]+ +[0-9]+ [ %sbn!]{4,8} 4  +([\\w.$]+::[\\w$]+)");

  /** What it refuses before it begins. */
  private static final Pattern REFUSED =
      Pattern.compile(SECOND_COMPILER + " [^\\n]*COMPILE SKIPPED");

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
    isBatch("derive", "-o", "policy", "program");
    isBatch("verify", Collections.nCopies(FILES, "program"));
  }

  private void isShort(Object... words) {
    assertThat(flags(words)).contains("-XX:CompileThresholdScaling=2").doesNotContain(BATCH);
  }

  private void isBatch(Object... words) {
    assertThat(flags(words)).contains(BATCH);
  }

  /** What the JVM is given before {@code -cp}. */
  private List<String> flags(Object... words) {
    Outcome outcome = Cli.script(Cli.SCRIPT, folder.resolve("jvm")).call(words).succeeds();
    List<String> flags = outcome.out().lines().takeWhile(line -> !line.equals("-cp")).toList();
    assertThat(flags)
        .anyMatch(flag -> flag.startsWith("@") && flag.endsWith("/target/hardwire.options"));
    assertThat(flags).contains("-Xms96m");
    return flags;
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  void theSecondCompilerCompilesDigestsOnly(Path home) throws IOException {
    assertThat(secondCompiled(home, BATCH, "-r", tree()))
        .contains("sun.security.provider.DigestBase::implCompressMultiBlock0")
        .allMatch(name -> name.startsWith(DIGESTS));
    assertThat(secondCompiled(home, "-Xms96m", large()))
        .contains("sun.security.provider.DigestBase::implCompressMultiBlock0")
        .allMatch(name -> name.startsWith(DIGESTS));
  }

  /** What it compiles when a command patches in place. */
  private static List<String> secondCompiled(Path home, String profile, Object... words) {
    List<Object> command =
        new ArrayList<>(
            List.of(
                Cli.javaOf(home),
                "@" + TARGET.resolve("hardwire.options"),
                profile,
                "-XX:+PrintCompilation",
                "-jar",
                TARGET.resolve("hardwire.jar"),
                "patch",
                "--deny",
                "uname",
                "--in-place"));
    command.addAll(List.of(words));
    Outcome outcome = Programs.run(command.toArray()).succeeds();
    assertThat(outcome.out()).contains("hook init").doesNotContain("::");
    Set<String> refused = names(REFUSED, outcome.err());
    Set<String> begun = names(SECOND_COMPILER, outcome.err());
    List<String> others = begun.stream().filter(name -> !name.startsWith(DIGESTS)).toList();
    List<String> kept = others.stream().filter(name -> !refused.contains(name)).toList();
    // The end of the process interrupts some, and lines of two threads can stand in one.
    assertThat(kept.size()).as("%s", kept).isLessThanOrEqualTo(Math.max(10, others.size() / 20));
    return begun.stream().filter(name -> name.startsWith(DIGESTS)).toList();
  }

  private static Set<String> names(Pattern lines, String printed) {
    return lines.matcher(printed).results().map(found -> found.group(1)).collect(toSet());
  }

  private Path large() throws IOException {
    Path large = Files.copy(Path.of("/bin/true"), folder.resolve("large"));
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(40 << 20);
    }
    return large;
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
    for (String file : List.of("hardwire.jar", "hardwire.options")) {
      Files.copy(TARGET.resolve(file), lib.resolve(file));
    }
    Cli hardwire = Cli.script(script, home);
    Outcome patched =
        hardwire.call("patch", "--deny", "uname", "--in-place", "-r", tree()).succeeds().isQuiet();
    assertThat(patched.out().lines())
        .allMatch(line -> line.matches("/.*: hook init, .*|60 files: .*"));

    Path large = large();
    Outcome one = hardwire.call("patch", "--deny", "uname", "--in-place", large).succeeds();
    assertThat(one.isQuiet().out()).startsWith(large + ": hook init, ");
  }
}
