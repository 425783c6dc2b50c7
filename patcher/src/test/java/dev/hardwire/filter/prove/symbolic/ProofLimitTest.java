package dev.hardwire.filter.prove.symbolic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Policies whose proofs are as large as possible, in a heap of 256 MB: each is proven, or refused
 * with the limit that it exceeds.
 */
@Tag("slow")
class ProofLimitTest {
  private static final int HEAP = 256;

  /** Of processor time, which only a command that does not end needs; each needs about three. */
  private static final int ENDLESS_SECONDS = 120;

  /** The process with that heap. */
  private static CommandLoop commands;

  @TempDir private Path dir;

  @BeforeAll
  static void start() throws IOException {
    commands = bounded(HEAP);
  }

  @AfterAll
  static void end() {
    commands.close();
  }

  private static long mask(Random random, int bits, int width) {
    long mask = 0;
    while (Long.bitCount(mask) < bits) {
      mask |= 1L << random.nextInt(width);
    }
    return mask;
  }

  /** Rules for a call, each of which compares random bits of some arguments with random values. */
  private Path masks(int rules, String call, String arguments, int bits, int width)
      throws IOException {
    Random random = new Random(rules + bits);
    StringBuilder text = new StringBuilder("version: 1\ndefault: allow\nrules:\n");
    for (int i = 0; i < rules; i++) {
      StringJoiner when = new StringJoiner(" && ");
      for (String argument : arguments.split("-", -1)) {
        long mask = mask(random, bits, width);
        when.add("(%s & 0x%x) == 0x%x".formatted(argument, mask, random.nextLong() & mask));
      }
      text.append("  - errno EPERM: [%s]\n    when: \"%s\"\n".formatted(call, when));
    }
    return Files.writeString(dir.resolve("p.yaml"), text);
  }

  private static boolean namesTheLimit(String message, String call) {
    return message
            .lines()
            .filter(line -> !line.contains("warning"))
            .allMatch(
                line ->
                    line.matches(
                        "hardwire: .*: the conditions on "
                            + call
                            + " (are too complex: the proof of its filter would need more than"
                            + " [\\d,]+ (nodes|steps)|combine in more than [\\d,]+ ways|compare"
                            + " [\\d,]+ different masks or arguments, and at most 400 are proven);"
                            + " use.*"))
        && message.contains("hardwire: ");
  }

  /** Runs some commands in a process with a heap of so many megabytes. */
  private static CommandLoop bounded(int heap) throws IOException {
    return new CommandLoop(cli -> cli.heap(heap).under("prlimit", "--cpu=" + ENDLESS_SECONDS));
  }

  @ParameterizedTest
  @CsvSource({
    "150, ioctl, cmd, 16, 32",
    "100, mmap, addr-len-fd-off, 3, 32",
  })
  void acceptedPoliciesVerifyAndOthersAreRefused(
      int rules, String call, String arguments, int bits, int width) throws IOException {
    isProvenOrRefused(rules, call, arguments, bits, width);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({
    "80, ioctl, cmd, 4, 32",
    "80, ioctl, cmd, 8, 32",
    "80, ioctl, cmd, 16, 32",
    "300, ioctl, cmd, 16, 32",
    "300, ioctl, cmd, 8, 32",
    "400, ioctl, cmd, 20, 32",
    "1000, ioctl, cmd, 20, 32",
    "3000, ioctl, cmd, 24, 32",
    "300, mmap, addr, 5, 64",
    "300, mmap, addr-len, 5, 64",
  })
  void moreOfThemVerifyOrAreRefused(int rules, String call, String arguments, int bits, int width)
      throws IOException {
    isProvenOrRefused(rules, call, arguments, bits, width);
  }

  private void isProvenOrRefused(int rules, String call, String arguments, int bits, int width)
      throws IOException {
    Path policy = masks(rules, call, arguments, bits, width);
    Path out = dir.resolve("out");
    Outcome checked = commands.run("policy", "check", policy);
    Outcome patched = commands.run("patch", "--policy", policy, "-o", out, "/bin/true");
    assertThat(patched.status()).as(patched.err()).isEqualTo(checked.status());
    if (checked.status() == 0) {
      commands.run("verify", out).succeeds();
    } else {
      assertThat(checked.status()).as(checked.err()).isEqualTo(4);
      assertThat(namesTheLimit(checked.err(), call)).as(checked.err()).isTrue();
      assertThat(namesTheLimit(patched.err(), call)).as(patched.err()).isTrue();
      assertThat(out).doesNotExist();
    }
  }

  /** Rules and alternatives of every form, in a heap that leaves room for the rest of the JVM. */
  @ParameterizedTest
  @CsvSource("fd == 3 && cmd < %d, 1")
  @Tag("long")
  void tenThousandOfThemTakeLittleMemory(String condition, int step) throws IOException {
    takesLittle(rules(conditions(condition, step)));
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({
    "cmd == %d, 1",
    "cmd < %d, 1",
    "cmd >= %1$d && cmd < %1$d + 7, 5",
    "(cmd & 0xffff) == %d, 1",
  })
  void tenThousandOfOtherForms(String condition, int step) throws IOException {
    takesLittle(rules(conditions(condition, step)));
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({
    "fd == 3 && cmd < %d, 1",
    "cmd == %d, 1",
    "cmd < %d, 1",
    "cmd >= %1$d && cmd < %1$d + 7, 5",
    "(cmd & 0xffff) == %d, 1",
  })
  void tenThousandAlternatives(String condition, int step) throws IOException {
    String any = String.join(") || (", conditions(condition, step));
    takesLittle(rules(List.of("(" + any + ")")));
  }

  private static List<String> conditions(String condition, int step) {
    List<String> conditions = new ArrayList<>();
    for (int i = 1; i <= 10_000; i++) {
      conditions.add(condition.replace("%1$d + 7", "" + (step * i + 7)).formatted(step * i));
    }
    return conditions;
  }

  /** A policy with a rule for each condition. */
  private Path rules(List<String> conditions) throws IOException {
    StringBuilder rules = new StringBuilder("version: 1\ndefault: errno EPERM\nrules:\n");
    conditions.forEach(
        one -> rules.append("  - allow: [ioctl]\n    when: \"%s\"\n".formatted(one)));
    return Files.writeString(dir.resolve("p.yaml"), rules);
  }

  private void takesLittle(Path policy) throws IOException {
    Path out = dir.resolve("out");
    try (CommandLoop less = bounded(HEAP / 2)) {
      less.run("policy", "check", policy).succeeds();
      less.run("patch", "--policy", policy, "-o", out, "/bin/true").succeeds();
      less.run("verify", out).succeeds();
    }
  }

  @Test
  void policiesOfBothKindsExist() throws IOException {
    assertThat(Cli.run("policy", "check", masks(150, "ioctl", "cmd", 16, 32)).status()).isZero();
    assertThat(Cli.run("policy", "check", masks(80, "ioctl", "cmd", 4, 32)).status()).isEqualTo(4);
  }

  @Test
  void aSmallHeapIsAnErrorThatNamesIt() throws IOException {
    Path policy = masks(80, "ioctl", "cmd", 4, 32);
    Outcome checked = Cli.process().heap(24).call("policy", "check", policy);
    assertThat(checked.status()).as(checked.err()).isEqualTo(4);
    assertThat(checked.err())
        .contains("needs more than the Java heap of")
        .doesNotContain("OutOfMemoryError");
  }
}
