package dev.hardwire.live.files;

import dev.hardwire.os.Faults;
import dev.hardwire.os.HostError;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets {@code hardwire keep} fail, ends it, and swaps names under it, in a process whose {@code
 * /usr/lib}, {@code /etc}, {@code /var/lib} and {@code /srv} are its own ({@code KeepWalkTest}). A
 * path always has a whole program, no upgrade makes it an unpatched one, and the same command, run
 * again, does its work. Prints a line for each fault.
 */
final class KeepWalk {
  private static final int[] ERRORS = {
    HostError.ENOSPC, HostError.EIO, HostError.EINTR, HostError.ENOMEM, HostError.EACCES
  };
  private static final String NOBODY = "65534";
  private static final Path ORIGINALS = Path.of("/usr/lib/hardwire/kept");
  private static final Path WORK = Path.of("/var/lib/hardwire/keep");
  private static final Path MANIFESTS = Path.of("/etc/hardwire/keep.d");
  private static final Path ROOM = Path.of("/srv/keep");
  private static final Path PROGRAM = ROOM.resolve("a/program");
  private static final Path DATABASE = Path.of("/var/lib/dpkg");

  /** What is done with a program. */
  private enum Command {
    ENABLE,
    /** After an upgrade. */
    REFRESH,
    DISABLE;

    List<String> words() {
      return List.of("keep", name().toLowerCase(Locale.ROOT));
    }
  }

  private final Path folder;
  private final Path swapper;
  private final boolean isDebian = Files.exists(DATABASE.resolve("status"));
  private final Random random = new Random(33);
  private final byte[] old;
  private final byte[] upgraded;
  private int runs;
  private int faults;

  private KeepWalk(Path folder, Path program, Path swapper) throws IOException {
    this.folder = folder;
    this.swapper = swapper;
    old = Files.readAllBytes(program);
    upgraded = Arrays.copyOf(old, old.length + 8);
  }

  /**
   * Runs a walk.
   *
   * @param args a folder, a program, the attacker's program, {@code faults}, {@code kills} or
   *     {@code swaps}, and: with how many errors each call fails, 0 for a sample; or how many
   *     rounds
   */
  public static void main(String... args) throws Exception {
    KeepWalk walk = new KeepWalk(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]));
    int number = Integer.parseInt(args[4]);
    boolean isSample = args[3].equals("faults") && number == 0;
    walk.prepare(isSample ? List.of(Command.ENABLE, Command.REFRESH) : List.of(Command.values()));
    switch (args[3]) {
      case "faults" -> walk.faults(number);
      case "kills" -> walk.kills(number);
      default -> walk.swaps(number);
    }
    System.out.printf("%d runs, %d faults%n", walk.runs, walk.faults);
  }

  private static String sh(String script, Object... arguments) {
    return Programs.output("sh", "-euc", script, "sh", List.of(arguments));
  }

  /** Keeps the state before each command, to go back to. */
  private void prepare(List<Command> commands) throws IOException {
    sh("rm -rf \"$@\"; mkdir -p \"$3\"", ORIGINALS.getParent(), WORK.getParent(), MANIFESTS);
    Files.writeString(
        MANIFESTS.resolve("test.yaml"),
        "version: 1\nfiles:\n  - match: srv/keep/a/program\n    preset: no-exec\n");
    for (Command command : commands) {
      if (command == Command.ENABLE) {
        sh("rm -rf \"$1\"; mkdir -p \"$1/a\"", ROOM);
        Files.write(PROGRAM, old);
        sh("chmod 755 \"$1\"", PROGRAM);
      } else {
        reset(Command.ENABLE);
        Cli.ok(Command.ENABLE.words());
      }
      if (command == Command.REFRESH) { // as dpkg does, and as others do
        Files.write(isDebian ? kept() : PROGRAM, upgraded);
      }
      sh(
          "to=$1; shift; for one; do [ ! -e \"$one\" ] || echo \"$one\"; done | tar -PcT - -f"
              + " \"$to\"",
          saved(command),
          ORIGINALS.getParent(),
          WORK.getParent(),
          ROOM,
          DATABASE.resolve("diversions"));
    }
  }

  private Path saved(Command command) {
    return folder.resolve(command + ".tar");
  }

  private static Path kept() {
    return ORIGINALS.resolve(Path.of("/").relativize(PROGRAM));
  }

  private void reset(Command command) {
    sh(
        "rm -rf \"$2\" \"$3\" \"$4\"; tar -Pxpf \"$1\"",
        saved(command),
        ORIGINALS.getParent(),
        WORK.getParent(),
        ROOM);
  }

  /** What keep has made, without its lock and the times in its state. */
  private static String state() {
    return sh(
        "find \"$1\" \"$2\" -type f -exec sha256sum {} + 2>/dev/null | sort -k2; dpkg-divert --list"
            + " '/srv/*'",
        ORIGINALS,
        ROOM);
  }

  /** The files that keep or the other user has made for which a test of find(1) holds. */
  private static String find(String test) {
    String script = "find \"$1\" \"$2\" \"$3\" " + test + " 2>/dev/null || :";
    return sh(script, ROOM, WORK, ORIGINALS.getParent());
  }

  private void fault(String what) {
    faults++;
    System.out.println("FAULT " + what.replace("\n", "\n  "));
  }

  /** The state after a command that nothing disturbed. */
  private String whole(Command command) throws IOException {
    reset(command);
    Cli.ok(command.words());
    return state();
  }

  /** Checks what a disturbed command has left, and that the same command makes it good. */
  private void check(Command command, String what, int status, String whole) throws IOException {
    byte[] now = Files.exists(PROGRAM) ? Files.readAllBytes(PROGRAM) : new byte[0];
    boolean isOld = Arrays.equals(now, old);
    boolean isUpgraded = Arrays.equals(now, upgraded);
    boolean mayBePlain = command != Command.REFRESH ? isOld : isUpgraded && !isDebian;
    boolean isWired =
        !isOld
            && !isUpgraded
            && Cli.run("verify", "--preset", "no-exec", PROGRAM).status() == 0
            && Files.isExecutable(PROGRAM);
    if (!isWired && !mayBePlain) {
      fault(what + ": no such program was there before: " + now.length + " bytes");
    }
    if (status == 0 && !state().equals(whole)) {
      fault(what + ": says that it is done\n" + state());
    }
    Outcome again = Cli.run(command.words());
    if (again.status() != 0 || !state().equals(whole)) {
      fault(what + ": again: " + again + "\n" + state() + "\n" + whole);
    }
    String left = find("-name .hardwire-*");
    if (!left.isEmpty()) {
      fault(what + ": left " + left);
    }
  }

  /** Every call fails once, with so many errors; with 0, some calls fail with one error each. */
  private void faults(int each) throws IOException {
    for (Command command : each == 0 ? List.of(Command.REFRESH) : List.of(Command.values())) {
      String whole = whole(command);
      int before = runs;
      boolean isOver = false;
      for (int n = 1; !isOver; n += each == 0 ? 1 + 2 * n : 1) {
        for (int i = 0; i < Math.max(1, each) && !isOver; i++) {
          int error = ERRORS[(n + i) % ERRORS.length];
          reset(command);
          Outcome outcome;
          String failed;
          try (Faults injected = Faults.inject(n, error)) {
            outcome = Cli.run(command.words());
            failed = injected.failed();
          }
          isOver = failed.isEmpty();
          if (!isOver) {
            runs++;
            String what = "%s, call %d, %s: %d: %s".formatted(command, n, failed, error, outcome);
            boolean isSaid = outcome.status() == 0 || outcome.err().contains("hardwire: ");
            if (!List.of(0, 6).contains(outcome.status())
                || !isSaid
                || outcome.err().matches("(?s).*(internal error|null|Exception).*")) {
              fault(what);
            }
            check(command, what, outcome.status(), whole);
          }
        }
      }
      System.out.printf("%s: %d calls failed%n", command, runs - before);
    }
  }

  private Process start(Command command) throws IOException {
    return Cli.process()
        .under("env", "--default-signal=TERM")
        .start(folder.resolve("out"), folder.resolve("err"), command.words());
  }

  private void kills(int rounds) throws Exception {
    for (int round = 0; round < rounds; round++) {
      Command command = Command.values()[round % 3];
      String whole = whole(command);
      reset(command);
      long start = System.nanoTime();
      Process process = start(command);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError(command + " does not end");
      }
      long duration = System.nanoTime() - start;
      for (int i = 0; i < 4; i++) {
        reset(command);
        process = start(command);
        LockSupport.parkNanos((long) (duration * (0.4 + 0.7 * random.nextDouble())));
        if (i % 2 == 0) {
          process.destroyForcibly();
        } else {
          Programs.run("kill", "-TERM", process.pid());
        }
        process.waitFor(60, TimeUnit.SECONDS);
        runs++;
        String what = "%s, ended with %d".formatted(command, process.exitValue());
        check(command, what, process.exitValue(), whole);
      }
    }
  }

  /** The directory of the program belongs to another user. */
  private void swaps(int rounds) throws Exception {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Path victim = outside.resolve("program");
    Files.write(victim, old);
    Path own = folder.resolve("own");
    Files.write(own, Arrays.copyOf(old, old.length + 1));
    sh(
        "chmod 4755 \"$1\"; chmod 755 \"$2\" \"$3\"; chmod 600 /etc/hardwire/keep.d/*",
        victim,
        own,
        folder);
    String list = "find \"$1\" -printf '%p %i %n %U %G %m %s %C@ %T@\\n' | sort";
    String before = sh(list, outside);
    for (int round = 0; round < rounds; round++) {
      Command command = Command.values()[round % 3];
      reset(command);
      sh("chown -R " + NOBODY + " \"$1\"", ROOM);
      List<String> words =
          Programs.strings(
              List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"),
              List.of(swapper, ROOM, outside, victim, own));
      Process attacker = Programs.start(new ProcessBuilder(words));
      BufferedReader output = attacker.inputReader(StandardCharsets.US_ASCII);
      if (!"ready".equals(output.readLine())) {
        throw new AssertionError("the attacker has not begun");
      }
      Outcome outcome;
      try {
        outcome = Cli.run(command.words());
      } finally {
        attacker.destroyForcibly().waitFor();
      }
      runs++;
      String what = "%s, round %d: %s".formatted(command, round, outcome);
      if (!sh(list, outside).equals(before)) {
        fault(what + sh(list, outside) + before);
      }
      String privileged = find("-type f -perm /6000");
      if (!privileged.isEmpty() || outcome.status() == 1) {
        fault(what + privileged);
      }
      System.out.println(command + ": " + outcome.status());
    }
  }
}
