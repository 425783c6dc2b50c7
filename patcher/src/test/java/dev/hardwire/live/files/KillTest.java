package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.files.WritingCommands.Command;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command that writes is ended at random moments, by SIGTERM and by SIGKILL: files are whole,
 * as they were or as they become. After SIGTERM nothing else is left, and after SIGKILL nothing
 * that the next run does not remove.
 */
class KillTest {
  private static final int TERMINATED = 128 + 15;
  private static final int KILLED = 128 + 9;

  @TempDir private Path folder;
  private final Random random = new Random(33);
  private WritingCommands commands;
  private Path temporary;
  private int ended;

  /** What each command leaves that runs to its end, and how long it takes, in nanoseconds. */
  private record Whole(Set<String> after, long duration) {}

  @BeforeEach
  void makeInputs() throws IOException {
    commands = new WritingCommands(Files.createDirectory(folder.resolve("files")));
    temporary = Files.createDirectory(folder.resolve("temporary"));
  }

  private Process start(Command command) throws IOException {
    return Cli.process()
        .under("env", "--default-signal=TERM")
        .environment(
            Map.of(
                "TMPDIR",
                temporary.toString(),
                "XDG_CACHE_HOME",
                folder.resolve("cache").toString()))
        .start(folder.resolve("stdout"), folder.resolve("stderr"), commands.words(command));
  }

  private Whole whole(Command command) throws Exception {
    commands.reset(command);
    long start = System.nanoTime();
    Process process = start(command);
    assertThat(process.waitFor(600, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s", command).isZero();
    assertNothingIsLeft(command.toString());
    return new Whole(new TreeSet<>(commands.state()), System.nanoTime() - start);
  }

  private void assertNothingIsLeft(String what) throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      assertThat(files.map(Path::getFileName).filter(name -> name.toString().startsWith(".hard")))
          .as(what)
          .isEmpty();
    }
  }

  private void end(Command command, Whole whole, boolean kills) throws Exception {
    commands.reset(command);
    Set<String> before = new TreeSet<>(commands.state());
    Set<String> allowed = new TreeSet<>(before);
    allowed.addAll(whole.after());
    Process process = start(command);
    LockSupport.parkNanos((long) (whole.duration() * (0.4 + 0.7 * random.nextDouble())));
    if (kills) {
      process.destroyForcibly();
    } else {
      Programs.run("kill", "-TERM", process.pid());
    }
    assertThat(process.waitFor(600, TimeUnit.SECONDS)).isTrue();
    int status = process.exitValue();
    String said = Files.readString(folder.resolve("stdout"));
    Set<String> now = new TreeSet<>(commands.state());
    String what = "%s, status %d: %s".formatted(command, status, said);
    assertThat(status).as(what).isIn(0, TERMINATED, KILLED);
    ended += status == 0 ? 0 : 1;
    if (kills) { // the next run removes it
      now.removeIf(line -> line.contains("/.hardwire-"));
    } else {
      assertNothingIsLeft(what);
    }
    if (!command.isReproducible()) {
      assertThat(now.size()).as(what).isIn(before.size(), whole.after().size());
    } else if (command.mayBeHalfDone()) {
      assertThat(allowed).as(what).containsAll(now);
    } else {
      assertThat(now).as(what).isIn(before, whole.after());
    }
    if (said.contains(" 1 patched")) {
      assertThat(now).as(what).isEqualTo(whole.after());
    }
    if (status != 0 && !kills && now.equals(before)) {
      assertThat(Files.readString(folder.resolve("stderr")))
          .as(what)
          .doesNotContain("written before");
    }
    if (kills) {
      Process next = start(command);
      assertThat(next.waitFor(600, TimeUnit.SECONDS)).isTrue();
      if (next.exitValue() == 0) { // others find that the work is done
        assertThat(commands.state()).as(what).noneMatch(line -> line.contains("/.hardwire-"));
        assertNothingIsLeft(what);
      }
    }
  }

  private void run(int rounds, Command... kinds) throws Exception {
    Map<Command, Whole> all = new EnumMap<>(Command.class);
    List<Command> order = new ArrayList<>(List.of(kinds));
    Collections.shuffle(order, random);
    for (int round = 0; round < rounds; round++) {
      Command command = order.get(round % order.size());
      if (!all.containsKey(command)) {
        all.put(command, whole(command));
      }
      end(command, all.get(command), round / order.size() % 2 == 1 || round % 5 == 0);
      if ((round + 1) % 100 == 0 || round + 1 == rounds) {
        System.out.printf("%d runs, %d of them ended by a signal%n", round + 1, ended);
      }
    }
    assertThat(ended).isGreaterThan(rounds / 4);
  }

  @Test
  void endedRunsLeaveWholeFiles() throws Exception {
    run(2, Command.RESTORE_IN_PLACE, Command.PATCH_TREE);
  }

  @Test
  @Tag("long")
  @Timeout(20_000)
  void aThousandEndedRunsLeaveWholeFiles() throws Exception {
    run(1000, Command.values());
  }
}
