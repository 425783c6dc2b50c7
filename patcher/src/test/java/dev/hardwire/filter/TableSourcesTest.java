package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The committed tables are what {@code src/build/tables.sh} makes from the installed packages.
 *
 * <p>Versions of packages are not compared, only lines. An update of Debian's headers may add
 * constants; that fails in the long profile only.
 */
@Tag("slow")
class TableSourcesTest {
  private static final Path RESOURCES = Path.of("src/main/resources/dev/hardwire");
  private static final String MENDED_BY =
      "To write these tables anew: patcher/src/build/tables.sh ";

  private record Check(int status, List<String> lines) {}

  private static Check check(Path resources, String table) throws Exception {
    Process process =
        new ProcessBuilder(
                "src/build/tables.sh", "--check", "--resources", resources.toString(), table)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Check(process.waitFor(), out.lines().toList());
  }

  private static void assertInStep(String table) throws Exception {
    Check check = check(RESOURCES, table);
    assertThat(check.lines()).isEmpty();
    assertThat(check.status()).isZero();
  }

  /** The installed headers may have a hundred names more, but none with another value. */
  private static void assertHeadersHaveAll(String table) throws Exception {
    Check check = check(RESOURCES, table);
    assertThat(check.status()).isIn(0, 1);
    assertThat(check.lines())
        .allMatch(line -> line.contains(": missing, in ") || line.startsWith(MENDED_BY))
        .hasSizeLessThan(101);
  }

  @ParameterizedTest
  @EnumSource
  void systemCallsAreThoseOfTheInstalledHeaders(Target architecture) throws Exception {
    assertInStep("syscalls-" + architecture.id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"errno", "groups"})
  void errorNumbersAndGroupsAreThoseOfTheInstalledPackages(String table) throws Exception {
    assertInStep(table);
  }

  @Test
  void constantsAreThoseOfTheInstalledHeaders() throws Exception {
    assertHeadersHaveAll("constants-x86_64");
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource
  void constantsAreExactlyThoseOfTheArchitecturesHeaders(Target architecture) throws Exception {
    assertInStep("constants-" + architecture.id());
  }

  /**
   * Another kernel may declare other arguments, so the tables are compared on the kernel that the
   * table names; on others the table must name a kernel.
   */
  @Test
  void argumentsAreThoseThatTheKernelDeclares() throws Exception {
    String source = Files.readAllLines(RESOURCES.resolve("calls/arguments-x86_64.txt")).get(0);
    String running = System.getProperty("os.version").replaceFirst("^(\\d+\\.\\d+).*", "$1");
    assertThat(source).containsPattern(" Linux \\d+\\.\\d+ \\(tracefs\\)");
    if (source.contains(" Linux " + running + " (tracefs)")) {
      assertInStep("arguments-x86_64");
    }
  }

  @Test
  void everyGeneratedTableSaysWhatItWasMadeFrom() throws IOException {
    List<Path> tables = new ArrayList<>();
    tables.add(RESOURCES.resolve("policy/errno.txt"));
    tables.add(RESOURCES.resolve("calls/groups.txt"));
    tables.add(RESOURCES.resolve("calls/arguments-x86_64.txt"));
    for (Target architecture : Target.values()) {
      tables.add(RESOURCES.resolve("calls/syscalls-" + architecture.id() + ".txt"));
      tables.add(RESOURCES.resolve("calls/constants-" + architecture.id() + ".txt"));
    }
    for (Path table : tables) {
      assertThat(Files.readAllLines(table).get(0))
          .as("%s", table)
          .matches("# Made by patcher/src/build/tables\\.sh from [A-Za-z].* [0-9].*\\.");
    }
  }

  /** A changed line, a removed one and an added one are each named, with the command. */
  @Test
  void whatIsOutOfStepIsNamed(@TempDir Path resources) throws Exception {
    Path table = Files.createDirectory(resources.resolve("policy")).resolve("errno.txt");
    List<String> lines = new ArrayList<>(Files.readAllLines(RESOURCES.resolve("policy/errno.txt")));
    assertThat(lines.subList(1, 4)).containsExactly("1 EPERM", "2 ENOENT", "3 ESRCH");
    lines.set(1, "1 EPERMIT");
    lines.remove(3);
    lines.add("4000 ENEW");
    Files.write(table, lines);
    Check check = check(resources, "errno");
    assertThat(check.status()).isEqualTo(1);
    assertThat(check.lines()).hasSize(5);
    assertThat(check.lines().get(0)).startsWith("errno.txt:2: 1 EPERMIT: not in linux-libc-dev ");
    assertThat(check.lines().get(1)).startsWith("errno.txt: 1 EPERM: missing, in linux-libc-dev ");
    assertThat(check.lines().get(2)).startsWith("errno.txt: 3 ESRCH: missing, in linux-libc-dev ");
    assertThat(check.lines().get(3))
        .startsWith("errno.txt:" + lines.size() + ": 4000 ENEW: not in linux-libc-dev ");
    assertThat(check.lines().get(4)).isEqualTo(MENDED_BY + "errno");
    assertThat(Files.readAllLines(table)).isEqualTo(lines);

    Files.write(table, Files.readAllLines(RESOURCES.resolve("policy/errno.txt")).subList(1, 10));
    assertThat(check(resources, "errno").lines()).isNotEmpty();
  }
}
