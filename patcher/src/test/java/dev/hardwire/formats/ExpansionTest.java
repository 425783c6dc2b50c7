package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.policy.text.Expansion;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small policies that stand for large ones end with an error in seconds, in every format. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExpansionTest {
  private static final String TOO_MANY =
      String.format(Locale.ROOT, "stand for more than %,d calls", Expansion.LIMIT);
  private static final String HEAD = "version: 1\ndefault: kill-process\n";

  @TempDir private Path folder;

  /** Each line but the first names the one before twice. */
  private static String chain(int links, String first, String link) {
    return first
        + IntStream.range(1, links)
            .mapToObj(i -> link.replace("NEW", "" + i).replace("OLD", "" + (i - 1)))
            .collect(Collectors.joining());
  }

  private Outcome check(String name, String text) throws IOException {
    return Cli.run("policy", "check", Files.writeString(folder.resolve(name), text));
  }

  private void refused(String name, String text, String message) throws IOException {
    Outcome outcome = check(name, text).fails(4, message);
    assertThat(outcome.err()).matches("hardwire: [^ ]+: .+\n").doesNotContain("null");
  }

  @Test
  void groupsThatDouble() throws IOException {
    String groups =
        chain(
            40,
            "groups:\n  a0: [read]\n  b0: [write]\n",
            "  aNEW: ['@aOLD', '@bOLD']\n  bNEW: ['@aOLD', '@bOLD']\n");
    refused("groups.yaml", HEAD + groups + "rules:\n  - allow: ['@a39']\n", TOO_MANY);
    refused("denied.yaml", HEAD + groups + "rules:\n  - allow: [read, ~@a39]\n", TOO_MANY);
    assertThat(check("few.yaml", HEAD + groups + "rules:\n  - allow: ['@a15']\n").status())
        .isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "A0: 1; AOLD | AOLD; ==",
        "A0: [1]; '[AOLD, AOLD]'; in",
        "A0: 1; ~AOLD | ~AOLD; ==",
        "A0: 1; '[~AOLD, ~AOLD]'; in",
      })
  void constantsThatDouble(String first, String next, String operator) throws IOException {
    String constants = chain(40, "constants:\n  " + first + "\n", "  ANEW: " + next + "\n");
    String rule = "rules:\n  - allow: [socket]\n    when: family " + operator + " A39\n";
    refused("constants.yaml", HEAD + constants + rule, TOO_MANY);
    String mask = "rules:\n  - allow: [socket]\n    when: (family & A39) == 0\n";
    refused("mask.yaml", HEAD + constants + mask, TOO_MANY);
  }

  @Test
  void namesInALongRow() throws IOException {
    row(5_000);
  }

  @Test
  @Tag("long")
  void namesInALongerRow() throws IOException {
    row(20_000);
  }

  private void row(int names) throws IOException {
    String constants = chain(names, "constants:\n  A0: 1\n", "  ANEW: AOLD\n");
    String rule = "rules:\n  - allow: [socket]\n    when: family == A%d\n".formatted(names - 1);
    refused("constants.yaml", HEAD + constants + rule, "more than 100 names");
    String groups = chain(names, "groups:\n  a0: [read]\n", "  aNEW: ['@aOLD']\n");
    String all = HEAD + groups + "rules:\n  - allow: ['@a%d']\n".formatted(names - 1);
    refused("groups.yaml", all, "more than 100 names");
  }

  @Test
  void policiesOfKafelThatUseOthers() throws IOException {
    String use =
        chain(40, "POLICY p0 { ALLOW { read } }\n", "POLICY pNEW { USE pOLD, USE pOLD }\n");
    refused("use.kafel", use + "USE p39 DEFAULT KILL\n", TOO_MANY);
    String more =
        chain(
            3_000, "POLICY p0 { ALLOW { read } }\n", "POLICY pNEW { USE pOLD, ALLOW { write } }\n");
    refused("more.kafel", more + "USE p2999 DEFAULT KILL\n", TOO_MANY);
  }

  @ParameterizedTest
  @ValueSource(strings = {".kafel", ".policy", ".profile", ".yaml"})
  void filesThatIncludeOthersTwice(String type) throws IOException {
    String line =
        switch (type) {
          case ".kafel" -> "#include \"fOLD.kafel\"\n";
          case ".policy" -> "@include ./fOLD.policy\n";
          case ".profile" -> "include fOLD.profile\n";
          default -> "  - include: fOLD.yaml\n";
        };
    String head = type.equals(".yaml") ? "version: 1\nrules:\n" : "";
    for (int i = 0; i < 15; i++) {
      String text = head + (i == 0 ? "" : line.replace("OLD", "" + (i - 1)).repeat(2));
      Files.writeString(
          folder.resolve("f" + i + type), i == 0 && !head.isEmpty() ? head + "  []" : text);
    }
    String top =
        switch (type) {
          case ".kafel" -> line + "ALLOW { read } DEFAULT KILL\n";
          case ".policy" -> line + "read: 1\n";
          case ".profile" -> line + "seccomp\n";
          default -> HEAD + "rules:\n" + line;
        };
    refused("top" + type, top.replace("OLD", "14"), "more than 100 includes");
  }

  @Test
  void includedFilesAreNotLargerThanOne() throws IOException {
    Files.writeString(folder.resolve("large.policy"), "# comment\n".repeat(150_000));
    refused("top.policy", "@include ./large.policy\n".repeat(5) + "read: 1\n", "bytes together");
  }

  @Test
  void listsOfGroups() throws IOException {
    listOfGroups("SystemCallFilter");
    refused("firejail.profile", "seccomp " + "@default,".repeat(20_000) + "read\n", TOO_MANY);
    String rules = "  - allow: ['@known']\n    when: arg0 == 1\n".repeat(1_000);
    refused("known.yaml", HEAD + "rules:\n" + rules, "list more than 250,000 calls");
  }

  @Test
  @Tag("long")
  void listsOfGroupsToLog() throws IOException {
    listOfGroups("SystemCallLog");
  }

  private void listOfGroups(String setting) throws IOException {
    String groups = "@system-service ".repeat(10_000);
    refused("unit.service", "[Service]\n%s=%s".formatted(setting, groups), TOO_MANY);
  }

  @Test
  void listsOfCallsTimesListsOfFilters() throws IOException {
    product(SyscallTable.of(Target.X86_64).names(), 4_000);
  }

  @Test
  @Tag("long")
  void listsOfCallsTimesLongerListsOfFilters() throws IOException {
    product(
        List.of("read", "write", "open", "close", "mmap", "munmap", "brk", "poll", "dup", "pipe"),
        110_000);
  }

  private void product(Collection<String> names, int count) throws IOException {
    String calls = names.stream().sorted().collect(Collectors.joining(", ", "{", "}"));
    String filters =
        IntStream.range(0, count)
            .mapToObj(i -> "arg0 == " + i)
            .collect(Collectors.joining(", ", "{", "}"));
    refused("product.policy", calls + ": " + filters + "\n", TOO_MANY);
  }

  /** Regular expressions that repeat groups need stack for each, and some need quadratic time. */
  @Test
  @Tag("slow")
  void longLinesAndManyLines() throws IOException {
    lines(10);
  }

  @Test
  @Tag("long")
  void longerLinesAndMoreLines() throws IOException {
    lines(1);
  }

  private void lines(int divisor) throws IOException {
    String valid = HEAD + "rules:\n  - allow: [read]\n";
    assertThat(check("blank.yaml", "\n".repeat(100_000 / divisor) + valid).status()).isZero();
    assertThat(check("comments.yaml", "# x\n".repeat(100_000 / divisor) + valid).status()).isZero();
    assertThat(
            check(
                    "wall.yaml",
                    HEAD + "rules:\n" + "  # x\n".repeat(200_000 / divisor) + "  - allow: [read]\n")
                .status())
        .isZero();
    refused("empty.yaml", "\n".repeat(1_000_000 / divisor), "the file is empty");
    refused("open.policy", "{\n".repeat(500_000 / divisor), "not a policy in any known format");
    String lxc = "2\nallowlist\n";
    String tests = "[0,1,SCMP_CMP_EQ]".repeat(5_000);
    assertThat(check("tests.conf", lxc + "read allow " + tests + "\n").status()).isZero();
    refused(
        "open.conf", lxc + "read" + " [".repeat(500_000 / divisor) + "\n", "expected CALL ACTION");
    refused(
        "wide.conf", lxc + "read" + " ".repeat(500_000 / divisor) + "x\n", "unknown action \"x\"");
    refused(
        "open.src",
        "# snap\nread " + "- ".repeat(50_000 / divisor) + "1\n",
        "at most six arguments");
    String aliases = "int read" + "|a".repeat(200_000 / divisor) + ":read(int) all\n";
    assertThat(check("aliases.txt", aliases).status()).isZero();
    String calls =
        IntStream.range(0, 200_000 / divisor)
            .mapToObj(i -> "c" + i)
            .collect(Collectors.joining(", "));
    refused("calls.yaml", HEAD + "rules:\n  - allow: [" + calls + "]\n", "unknown system call");
    assertThat(check("comments.policy", "# x\n".repeat(200_000 / divisor) + "read: 1\n").status())
        .isZero();
  }
}
