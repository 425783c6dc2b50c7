package dev.hardwire.live.trees;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Signals that ask a process to end: it leaves whole files, and nothing that it had begun, and says
 * what it has written.
 */
class SignalTest {
  /** Those that terminals and service managers send, with the exit status that shells show. */
  enum Signal {
    HUP(129),
    INT(130),
    TERM(143);

    private final int status;

    Signal(int status) {
      this.status = status;
    }
  }

  /** What {@code main} loads as soon as the end of the run is watched. */
  private static final String BEGUN = "dev.hardwire.cli.Main$LastWords ";

  private static final Pattern NOTICE =
      Pattern.compile(
          "hardwire: ended by a signal; (nothing was written|(\\d+) files? (was|were) written"
              + " before)\n");

  private static final long LARGE = 1L << 30;
  private static final int FILES = 100;
  private static final int SAMPLE = 60;
  private static final List<String> PATCH = List.of("patch", "--deny", "uname");

  @TempDir private Path folder;
  private final Random random = new Random(11);
  private Path old;
  private Path place;

  @BeforeEach
  void makePlace() throws IOException {
    old = Fixtures.named("gcc-pie").path();
    place = Files.createDirectory(folder.resolve("place"));
  }

  /** Starts a command; whoever runs the test may have signals ignored, which children inherit. */
  private Process start(Object... args) throws IOException {
    return Cli.process()
        .under("env", "--default-signal=HUP,INT,TERM")
        .under("prlimit", "--nofile=256") // files get their places in groups of some dozens then
        .start(folder.resolve("stdout"), folder.resolve("stderr"), args);
  }

  /** Sends the signal, and says whether it came before the work was done. */
  private boolean ends(Process process, Signal signal) throws Exception {
    Programs.run("sh", "-c", "kill -s \"$0\" \"$1\"", signal, process.pid());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isIn(0, signal.status);
    String notice = Files.readString(folder.resolve("stderr"));
    if (process.exitValue() == 0) {
      assertThat(notice).isEmpty();
    } else {
      assertThat(notice).matches(NOTICE);
    }
    return process.exitValue() != 0;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HUP", "INT"})
  void aLargeFileThatIsBeingWrittenIsRemoved(Signal signal) throws Exception {
    interruptLarge(signal);
  }

  @ParameterizedTest
  @EnumSource(Signal.class)
  @Tag("long")
  void aLargeFileThatIsBeingWrittenIsRemovedAtEverySignal(Signal signal) throws Exception {
    interruptLarge(signal);
  }

  private void interruptLarge(Signal signal) throws Exception {
    Path input = Files.copy(old, folder.resolve("input"));
    try (RandomAccessFile access = new RandomAccessFile(input.toFile(), "rw")) {
      access.setLength(LARGE);
    }
    Path out = Files.writeString(place.resolve("out"), "old");
    Process process = start(PATCH, "-o", out, input);
    while (process.isAlive() && !isWriting(process)) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(ends(process, signal)).isTrue();
    assertThat(folder.resolve("stderr")).content().contains("nothing was written");
    assertThat(names()).containsExactly("out");
    assertThat(out).hasContent("old");
    assertThat(input).hasSize(LARGE);
  }

  /** Whether a process has a file open that has no name yet. */
  private boolean isWriting(Process process) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc", "" + process.pid(), "fd"))) {
      for (Path link : open.toList()) {
        if (Files.readSymbolicLink(link).toString().startsWith(place + "/#")) {
          return true;
        }
      }
    } catch (NoSuchFileException e) {
      // closed in the meantime
    }
    return false;
  }

  @ParameterizedTest
  @EnumSource(names = "TERM")
  void aTreeThatIsBeingPatchedHasWholeFilesOnly(Signal signal) throws Exception {
    interrupt(signal, SAMPLE, 1);
  }

  @ParameterizedTest
  @EnumSource(Signal.class)
  @Tag("long")
  void aTreeThatIsOftenInterruptedHasWholeFilesOnly(Signal signal) throws Exception {
    interrupt(signal, FILES, 3);
  }

  private void interrupt(Signal signal, int files, int times) throws Exception {
    Path patched = folder.resolve("patched");
    Outcome outcome = Cli.run(PATCH, "-o", patched, old);
    outcome.succeeds();
    String[] expected = new String[files];
    for (int i = 0; i < files; i++) {
      expected[i] = Files.copy(old, place.resolve("file" + i)).getFileName().toString();
    }
    Arrays.sort(expected);
    int interrupted = 0;
    for (int round = 0; round < 20 && interrupted < times; round++) {
      Process process = start(PATCH, "--jobs", 2, "--recursive", "--in-place", place);
      while (process.isAlive() && grown(files) < 1 + round % 3) {
        LockSupport.parkNanos(200_000);
      }
      LockSupport.parkNanos(random.nextInt(2_000_000));
      boolean inTime = ends(process, signal);
      assertThat(names()).containsExactly(expected);
      int changed = changed(patched, files);
      assertThat(inTime || changed == files).isTrue();
      interrupted += changed < files ? 1 : 0;
      outcome = Cli.run("restore", "--recursive", "--in-place", place);
      assertThat(outcome.out()).contains(changed + " restored");
    }
    assertThat(interrupted).isEqualTo(times);
  }

  @Test
  void theEndIsToldAtAnyMoment() throws Exception {
    assertThat(interruptAtMoments(12)).isPositive();
  }

  @Test
  @Tag("long")
  void theEndIsToldAtTwoHundredMoments() throws Exception {
    assertThat(interruptAtMoments(200)).isGreaterThan(60);
  }

  /**
   * Sends signals from the start of the JVM to the end of the command.
   *
   * @return how many came when {@code main} had begun and ended the command
   */
  private int interruptAtMoments(int moments) throws Exception {
    int files = 8;
    for (int i = 0; i < files; i++) {
      Files.copy(old, place.resolve("file" + i));
    }
    Path patched = folder.resolve("patched");
    Cli.run(PATCH, "-o", patched, old).succeeds();
    List<List<Object>> commands =
        List.of(
            List.of(PATCH, "--recursive", "--in-place", place),
            List.of("inspect", patched),
            List.of(PATCH, "-o", folder.resolve("out"), old));
    int told = 0;
    int early = 0;
    for (List<Object> command : commands) {
      long duration = Long.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        long start = System.nanoTime();
        assertThat(start(command.toArray()).waitFor()).isZero();
        duration = Math.min(duration, System.nanoTime() - start);
        restore(files);
      }
      int share = (moments + commands.size() - 1) / commands.size();
      for (int i = 0; i < share; i++) {
        Signal signal = Signal.values()[i % Signal.values().length];
        Path classes = folder.resolve("classes");
        Files.deleteIfExists(classes);
        Process process = watched(classes, command);
        LockSupport.parkNanos(duration * (i + 1) / share);
        boolean begun = Files.exists(classes) && Files.readString(classes).contains(BEGUN);
        Programs.run("sh", "-c", "kill -s \"$0\" \"$1\"", signal, process.pid());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String what = "%s, %s, moment %d of %d".formatted(command, signal, i, share);
        String notice = Files.readString(folder.resolve("stderr"));
        int changed = changed(patched, files);
        Matcher matcher = NOTICE.matcher(notice);
        if (process.exitValue() == 0) {
          assertThat(notice).as(what).isEmpty();
          assertThat(changed).as(what).isEqualTo(command.contains(place) ? files : 0);
        } else if (matcher.matches()) {
          assertThat(process.exitValue()).as(what).isEqualTo(signal.status);
          int written = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
          int outputs = Files.exists(folder.resolve("out")) ? 1 : 0;
          assertThat(written).as(what).isEqualTo(changed + outputs);
          told++;
        } else {
          assertThat(notice).as(what).isEmpty();
          assertThat(begun).as(what).isFalse();
          assertThat(process.exitValue()).as(what).isEqualTo(signal.status);
          assertThat(changed).as(what).isZero();
          assertThat(folder.resolve("out")).doesNotExist();
          early++;
        }
        assertThat(names()).hasSize(files);
        restore(files);
      }
    }
    System.out.printf("signals: %d before main, %d told%n", early, told);
    return told;
  }

  private Process watched(Path classes, List<Object> command) throws IOException {
    return Cli.process()
        .jvm("-Xlog:class+load:file=" + classes)
        .under("env", "--default-signal=HUP,INT,TERM")
        .start(folder.resolve("stdout"), folder.resolve("stderr"), command.toArray());
  }

  private void restore(int files) throws IOException {
    for (int i = 0; i < files; i++) {
      Files.copy(old, place.resolve("file" + i), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.deleteIfExists(folder.resolve("out"));
  }

  /** How many files have another size. */
  private int grown(int files) throws IOException {
    int grown = 0;
    for (int i = 0; i < files; i++) {
      grown += Files.size(place.resolve("file" + i)) == Files.size(old) ? 0 : 1;
    }
    return grown;
  }

  /** How many files are patched; each must be that, or as it was. */
  private int changed(Path patched, int files) throws IOException {
    int changed = 0;
    for (int i = 0; i < files; i++) {
      Path file = place.resolve("file" + i);
      if (Files.mismatch(file, old) != -1) {
        assertThat(file).has(sameBytesAs(patched));
        changed++;
      }
    }
    return changed;
  }
}
