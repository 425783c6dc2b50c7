package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.files.WritingCommands.Command;
import dev.hardwire.os.Faults;
import dev.hardwire.os.HostError;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every system call that a command makes on files fails once, for n = 1, 2, 3 until the command no
 * longer makes n calls. After each, inputs are as they were, results are whole or absent, nothing
 * else is left, and a command that says that it is done has done it.
 */
class FaultTest {
  private static final int[] ERRORS = {
    HostError.ENOSPC, HostError.EIO, HostError.EINTR, HostError.ENOMEM, HostError.EACCES
  };

  private static final int MOST_CALLS = 20_000;

  /** From so many calls on, each fails in one way only. */
  private static final int MANY_CALLS = 300;

  @TempDir private static Path folder;
  private static WritingCommands commands;
  private Set<String> leftBefore;

  @BeforeAll
  static void makeInputs() throws IOException {
    commands = new WritingCommands(folder);
  }

  @BeforeEach
  void list() throws IOException {
    leftBefore = left();
  }

  /** Temporary files and folders of this process. */
  private static Set<String> left() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("\\.hardwire-.*-" + ProcessHandle.current().pid() + "-.*"))
          .forEach(names::add);
    }
    return names;
  }

  /** Makes every call fail; returns how many runs there were. */
  private int run(Command command, int... errors) throws IOException {
    commands.reset(command);
    List<String> before = commands.state();
    Outcome fine = Cli.run(commands.words(command));
    fine.succeeds();
    List<String> after = commands.state();
    int runs = 0;
    List<Integer> counted = new ArrayList<>();
    boolean isSample = errors.length < ERRORS.length;
    // What may not be read is not there for the dynamic linker, and so for derive.
    boolean derives = command == Command.DERIVE || command == Command.HARDEN;
    for (int n = 1; n < MOST_CALLS; n += isSample ? 1 + 2 * n : 1) {
      boolean isOneOfMany = isSample || n > MANY_CALLS;
      int[] wanted = isOneOfMany ? new int[] {errors[n % errors.length]} : errors;
      for (int one : wanted) {
        commands.reset(command);
        Outcome outcome;
        String failed;
        boolean isAnswer = derives && one == HostError.EACCES;
        try (Faults faults = Faults.inject(n, isAnswer ? HostError.EIO : one)) {
          outcome = Cli.run(commands.words(command));
          failed = faults.failed();
          counted.add(faults.count());
        }
        if (failed.isEmpty()) {
          return runs;
        }
        runs++;
        String what = "%s, call %d, %s: %s: %s".formatted(command, n, failed, one, outcome);
        check(command, what, outcome, before, after);
      }
    }
    throw new AssertionError(command + " makes more calls than " + counted);
  }

  private void check(
      Command command, String what, Outcome outcome, List<String> before, List<String> after)
      throws IOException {
    List<String> now = commands.state();
    assertThat(left()).as(what).isEqualTo(leftBefore);
    if (outcome.status() == 0) {
      if (!command.isReproducible()) {
        assertThat(now).as(what).hasSameSizeAs(after);
      } else {
        assertThat(now).as(what).isEqualTo(after);
      }
      return;
    }
    assertThat(outcome.status()).as(what).isEqualTo(6);
    assertThat(outcome.err())
        .as(what)
        .contains("hardwire: ")
        .doesNotContain("internal error", "null", "Exception");
    commands.assertWhole(command, outcome, before, after, what);
  }

  @ParameterizedTest
  @EnumSource
  void everyCallFailsOnce(Command command) throws IOException {
    int runs = run(command, HostError.ENOSPC, HostError.EIO, HostError.EACCES);
    System.out.println(command + ": " + runs + " faults");
    assertThat(runs).isGreaterThan(1);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  @Timeout(20_000)
  void everyCallFailsInEveryWay(Command command) throws IOException {
    int runs = run(command, ERRORS);
    System.out.println(command + ": " + runs + " faults");
    assertThat(runs).isGreaterThan(3 * ERRORS.length);
  }
}
