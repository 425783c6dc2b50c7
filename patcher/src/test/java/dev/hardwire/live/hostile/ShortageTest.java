package dev.hardwire.live.hostile;

import static dev.hardwire.testing.Programs.output;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import dev.hardwire.cli.HardwireCommand;
import dev.hardwire.cli.Main;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command where the disk of its result or its temporary directory is full, or a file may not
 * be read: it does its work, or ends with a message that names what failed. No result is left that
 * is not whole.
 */
@Tag("system")
class ShortageTest {
  private static final String FULL = "No space left on device";

  /**
   * Command lines. {@code OUT} is the result; words with a slash in front are files of the folder.
   */
  private static final List<String> LINES =
      List.of(
          "patch --policy /policy.yaml -o OUT /good",
          "patch --deny uname --output-dir OUT -r /tree",
          "patch --deny uname --sign-key /key --sign-cert /cert -o OUT /good",
          "patch --deny uname --mode needed --library /lib.so -o OUT /good",
          "apply --root /tree --output-dir OUT /manifest.yaml",
          "apply --root /image --output OUT /manifest.yaml",
          "apply --root /image.tar --output OUT /manifest.yaml",
          "apply --root /image.tar --squash-into --output OUT /manifest.yaml",
          "apply --root /gz.deb --output OUT /manifest.yaml",
          "apply --root /xz.deb --output OUT /manifest.yaml",
          "apply --root /zst.deb --output OUT /manifest.yaml",
          "inspect --policy /policy.yaml /wired",
          "verify --original /good /wired",
          "verify --policy /policy.yaml --json /wired",
          "verify --allow-unsigned /image",
          "verify --allow-unsigned /xz.deb",
          "report -o OUT /tree",
          "report --json -o OUT /image.tar",
          "restore -o OUT /wired",
          "learn --from strace -o OUT /log",
          "learn --exec -o OUT -- /small",
          "derive -o OUT /small",
          "why --deny uname -- /good",
          "library --policy /policy.yaml -o OUT",
          "launcher --policy /policy.yaml -o OUT",
          "sign --key /key --cert /cert -o OUT /wired",
          "sign --key /key --cert /cert --detached OUT /wired",
          "policy check /policy.yaml",
          "policy compile -o OUT /policy.yaml",
          "policy convert --to oci -o OUT /policy.yaml",
          "policy convert --to oci-artifact -o OUT /policy.yaml",
          "policy explain /policy.yaml read",
          "policy diff /policy.yaml /other.yaml",
          "policy size /policy.yaml",
          "policy import -o OUT /wired",
          "policy presets no-exec",
          "disasm /wired",
          "emulate --filter /wired uname()");

  /** What takes long: the analysis of a large library. */
  private static final List<String> ALL_LINES =
      Stream.concat(
              LINES.stream(), Stream.of("learn --exec -o OUT -- /good", "derive -o OUT /good"))
          .toList();

  @TempDir private static Path folder;
  private static Path place;

  /** Has its temporary directory in the place and no rights, and is ended if it waits. */
  private static CommandLoop elsewhere;

  @BeforeAll
  static void furnish() throws IOException {
    place = Files.createDirectory(folder.resolve("place"));
    Path tree = Files.createDirectories(folder.resolve("tree/bin"));
    Path good = Files.copy(Fixtures.named("gcc-pie").path(), folder.resolve("good"));
    Files.copy(Fixtures.named("musl-static").path(), folder.resolve("small"));
    Files.copy(good, tree.resolve("one"));
    Files.copy(good, tree.resolve("two"));
    Path many = Files.createDirectory(folder.resolve("many"));
    for (int i = 0; i < 8; i++) {
      Files.copy(good, many.resolve("file" + i));
    }
    Files.writeString(
        folder.resolve("policy.yaml"),
        "version: 1\ndefault: allow\nrules:\n  - errno EPERM: [acct]\n");
    Files.writeString(
        folder.resolve("other.yaml"),
        "version: 1\ndefault: allow\nrules:\n  - errno EPERM: [acct]\n");
    Files.writeString(
        folder.resolve("manifest.yaml"),
        "version: 1\nfiles:\n  - match: \"**\"\n    preset: no-exec\n");
    Files.writeString(folder.resolve("log"), "1 read(0, \"\", 1) = 0\n");
    Cli.ok("patch", "--policy", folder.resolve("policy.yaml"), "-o", folder.resolve("wired"), good);
    Cli.ok("library", "--policy", folder.resolve("policy.yaml"), "-o", folder.resolve("lib.so"));
    OpensslKey.make(folder.resolve("key"), folder.resolve("cert"), "Vendor");
    containers(Files.readAllBytes(good));
    elsewhere =
        new CommandLoop(
            cli ->
                cli.jvm("-Djava.io.tmpdir=" + place)
                    .withoutRights()
                    .under("env", "TMPDIR=" + place, "timeout", "-s", "KILL", "300"));
  }

  @AfterAll
  static void end() {
    elsewhere.close();
  }

  private static void containers(byte[] program) throws IOException {
    byte[] layer = new ImageBuilder.Archive().directory("bin").file("bin/one", program).end();
    new ImageBuilder(folder.resolve("image")).layer(layer).write();
    output("tar", "-C", folder.resolve("image"), "-cf", folder.resolve("image.tar"), ".");
    Path files = Files.createDirectories(folder.resolve("package/DEBIAN"));
    Files.write(Files.createDirectory(folder.resolve("package/bin")).resolve("one"), program);
    Files.writeString(
        files.resolve("control"),
        """
        Package: x
        Version: 1
        Architecture: amd64
        Maintainer: N <n@example.org>
        Description: x
        """,
        UTF_8);
    for (String[] kind : new String[][] {{"gz", "gzip"}, {"xz", "xz"}, {"zst", "zstd"}}) {
      Path deb = folder.resolve(kind[0] + ".deb");
      output(
          "dpkg-deb",
          "--uniform-compression",
          "-Z" + kind[1],
          "-b",
          folder.resolve("package"),
          deb);
    }
  }

  @AfterEach
  void unmount() {
    output("sh", "-c", "! mountpoint -q \"$1\" || umount \"$1\"", "sh", place);
  }

  private static void fill() throws IOException {
    output("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", place);
    Files.write(place.resolve("filler"), new byte[4096]);
  }

  private static List<String> words(String line, Path out) {
    return Stream.of(line.split(" ", -1))
        .map(word -> word.equals("OUT") ? out.toString() : word)
        .map(
            word ->
                word.matches("/[a-z].*") && !word.equals(out.toString()) && !word.equals(ENDLESS)
                    ? folder + word
                    : word)
        .toList();
  }

  /** What a command said and did is in order; whether it did its work. */
  private static boolean isDone(String line, Outcome outcome) {
    String all = line + ": " + outcome;
    assertThat(outcome.err())
        .as(all)
        .doesNotContain("internal error", "\tat ", "null", ": : ", "Self-suppression", "Exception");
    assertThat(outcome.status()).as(all).isNotEqualTo(1);
    if (outcome.status() == 0 || line.startsWith("why")) {
      return true;
    }
    assertThat(outcome.err()).as(all).contains("hardwire: ");
    return false;
  }

  private static void fails(String line, Outcome outcome, String reason) {
    assertThat(isDone(line, outcome)).as(line + ": " + outcome).isFalse();
    String all = line + ": " + outcome;
    assertThat(outcome.status()).as(all).isEqualTo(6);
    assertThat(outcome.err().lines().filter(ShortageTest::isError))
        .as(all)
        .isNotEmpty()
        .allMatch(one -> one.contains("/") && one.contains(reason));
  }

  private static boolean isError(String line) {
    return line.startsWith("hardwire: ")
        && !line.contains(": warning: ")
        && !line.contains("exited with status");
  }

  @Test
  void everyCommandIsThere() {
    Set<String> all = new TreeSet<>(HardwireCommand.commandLine().getSubcommands().keySet());
    // made of others; becomes the program; works on the installed system (KeepIT)
    all.removeAll(Set.of("help", "harden", "run", "keep"));
    assertThat(LINES.stream().map(line -> line.split(" ", 2)[0]).collect(Collectors.toSet()))
        .isEqualTo(all);
  }

  /** What is tried with each command. */
  private interface Trial {
    void of(String line) throws IOException;
  }

  /** Tries all commands, and reports all that are wrong. */
  private static void each(Trial trial) throws IOException {
    each(LINES, trial);
  }

  private static void each(List<String> lines, Trial trial) throws IOException {
    StringBuilder faults = new StringBuilder();
    for (String line : lines) {
      try {
        trial.of(line);
      } catch (AssertionError e) {
        faults.append(e.getMessage()).append("\n\n");
      }
    }
    assertThat(faults.toString()).isEmpty();
  }

  @Test
  void everyCommandWorks() throws IOException {
    each(
        line -> {
          Outcome outcome = Cli.run(words(line, folder.resolve("OUT")));
          MutatedInputs.delete(folder.resolve("OUT"));
          assertThat(isDone(line, outcome)).as(line + ": " + outcome).isTrue();
        });
  }

  @Test
  void fullDisk() throws IOException {
    fill();
    each(
        line -> {
          if (line.contains("OUT")) {
            Outcome outcome = Cli.run(words(line, place.resolve("OUT")));
            List<String> left = files(place);
            MutatedInputs.delete(place.resolve("OUT"));
            fails(line, outcome, FULL);
            assertThat(left).as(line).containsExactly("filler");
          }
        });
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).map(f -> directory.relativize(f).toString()).toList();
    }
  }

  private static final String NO_MEMORY = "not enough memory";
  private static final String NO_PROOF = "the proof of its filter needs more than the Java heap";

  /**
   * A command with a heap of so many megabytes, in a JVM of its own, so that classes are
   * initialized with little memory, too.
   *
   * @return whether it was enough
   */
  private boolean hasEnough(String line, int megabytes) throws IOException {
    Outcome outcome =
        Cli.process()
            .heap(megabytes)
            .under("timeout", "-s", "KILL", "120")
            .environment(Map.of("TMPDIR", place.toString()))
            .call(words(line, folder.resolve("OUT")));
    String all = "%s with %d MB: %s".formatted(line, megabytes, outcome);
    boolean hasDied = line.startsWith("why") && outcome.status() == 159; // as it should
    boolean isDone = isDone(all, outcome) && (outcome.status() == 0 || hasDied);
    if (!isDone) {
      assertThat(outcome.status()).as(all).isEqualTo(6);
      assertThat(outcome.err()).as(all).contains(NO_MEMORY);
      assertThat(folder.resolve("OUT")).as(all).doesNotExist();
    }
    output("rm", "-rf", folder.resolve("OUT"));
    try (Stream<Path> left = Files.list(place)) {
      assertThat(left.filter(file -> file.getFileName().toString().startsWith(".hardwire")))
          .as(all)
          .isEmpty();
    }
    return isDone;
  }

  /** Whether a command compresses by xz, whose own code takes about 100 MB. */
  private static boolean isXz(String line) {
    return line.startsWith("apply --root /xz.deb");
  }

  /** Each command with the least heap that a JVM starts with, and with more until it is enough. */
  @Test
  @Tag("long")
  @Timeout(20_000)
  void littleHeap() throws IOException {
    int[] runs = new int[1];
    each(
        ALL_LINES,
        line -> {
          int megabytes = 2;
          while (!hasEnough(line, megabytes)) {
            megabytes += 2; // the JVM rounds to that
            runs[0]++;
            assertThat(megabytes).as(line).isLessThan(isXz(line) ? 200 : 100);
          }
        });
    System.out.printf("%d runs lacked memory%n", runs[0]);
  }

  @Test
  void littleHeapOfSome() throws IOException {
    hasEnough("patch --deny uname --mode needed --library /lib.so -o OUT /good", 4);
    hasEnough("library --policy /policy.yaml -o OUT", 12);
  }

  /**
   * Runs a command again and again in one process: first with all memory, then with almost none,
   * and then each time with more, until it has enough.
   */
  static final class Squeezed {
    private static final int STEP = 4096;

    private Squeezed() {}

    /** Takes all memory but so many bytes. */
    private static void fill(List<byte[]> ballast, long rest) {
      try {
        while (true) {
          ballast.add(new byte[STEP]);
        }
      } catch (OutOfMemoryError e) {
        int kept = (int) Math.max(0, ballast.size() - rest / STEP);
        ballast.subList(kept, ballast.size()).clear();
      }
    }

    private static Outcome run(List<String> words) {
      try {
        return Cli.run(words);
      } catch (OutOfMemoryError | NoClassDefFoundError e) {
        return new Outcome(6, "", "hardwire: " + NO_MEMORY); // as Main says
      }
    }

    /** A command that lacked the memory to wait for its threads would have ended the process. */
    private static void finish() {
      while (Thread.getAllStackTraces().keySet().stream()
          .anyMatch(one -> one.getName().startsWith("pool-"))) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    /**
     * Writes the outcomes, one in each line; what they leave becomes directories.
     *
     * @param args where to, the output of the command, the least memory, and the command
     */
    public static void main(String... args) throws IOException {
      Main.main("--version"); // which prepares a process
      List<String> words = List.of(args).subList(3, args.length);
      List<byte[]> ballast = new ArrayList<>(1 << 16);
      int round = 0;
      Outcome outcome = run(words);
      long most = Runtime.getRuntime().maxMemory();
      for (long rest = Long.parseLong(args[2]); rest < most; rest += rest / 2) {
        Path kept = Path.of(args[0]).resolve(Integer.toString(round));
        Files.writeString(
            kept.resolveSibling(round + ".json"),
            new Gson().toJson(outcome),
            StandardOpenOption.CREATE_NEW);
        if (Files.exists(Path.of(args[1]))) {
          Files.move(Path.of(args[1]), kept);
        }
        if (round++ > 0 && outcome.status() == 0) {
          return;
        }
        fill(ballast, rest);
        outcome = run(words);
        ballast.clear();
        finish();
      }
      throw new AssertionError("no memory is enough");
    }
  }

  /** What a command leaves: the digest of each file. */
  private Map<String, String> left(Path file) {
    String list = "test -e \"$1\" || exit 0; find \"$1\" -type f -exec sha256sum {} +";
    return output("sh", "-c", list, "sh", file)
        .lines()
        .collect(
            Collectors.toMap(
                l -> l.substring(66 + file.toString().length()), l -> l.substring(0, 64)));
  }

  /** Returns in how many runs the memory was not enough. */
  private int squeeze(String line, int least) throws IOException {
    Path kept = Files.createTempDirectory(folder, "kept");
    Path out = folder.resolve("OUT");
    Outcome all =
        Cli.java(Squeezed.class)
            .heap(isXz(line) ? 400 : 40)
            .call(kept, out, least, words(line, out));
    assertThat(all.status()).as(line + ": " + all).isZero();
    assertThat(all.err()).as(line).isEmpty();
    Map<String, String> whole = left(kept.resolve("0"));
    Outcome full = null;
    int round = 0;
    for (; Files.exists(kept.resolve(round + ".json")); round++) {
      Outcome outcome =
          new Gson().fromJson(Files.readString(kept.resolve(round + ".json")), Outcome.class);
      Map<String, String> now = left(kept.resolve(Integer.toString(round)));
      full = round == 0 ? outcome : full;
      String what = "%s, run %d: %s".formatted(line, round, outcome);
      if (isDone(line, outcome) && outcome.status() == 0) {
        assertThat(outcome.out()).as(what).isEqualTo(full.out());
        if (line.startsWith("learn --exec")) { // numbers of processes are in it
          assertThat(now).as(what).containsOnlyKeys(whole.keySet());
        } else {
          assertThat(now).as(what).isEqualTo(whole);
        }
        continue;
      }
      assertThat(outcome.status()).as(what).isEqualTo(6);
      assertThat(outcome.err()).as(what).containsAnyOf(NO_MEMORY, NO_PROOF);
      assertThat(whole.entrySet()).as(what).containsAll(now.entrySet());
      for (String name : whole.keySet()) { // what is said of a file is so
        if (outcome.out().contains(name + ": hook")) {
          assertThat(now).as(what).containsKey(name);
        } else if (outcome.err().contains(name + ": " + NO_MEMORY)
            || outcome.err().contains(name + ": " + NO_PROOF)) {
          assertThat(now).as(what).doesNotContainKey(name);
        }
      }
    }
    output("rm", "-rf", kept);
    return round - 2;
  }

  /** Of a tree, each file is done or not, and the command says which. */
  @Test
  void littleMemoryForATree() throws IOException {
    String line = "patch --deny uname --jobs 2 --output-dir OUT -r /many";
    assertThat(squeeze(line, 100_000)).isPositive();
  }

  @Test
  @Tag("long")
  @Timeout(20_000)
  void littleMemory() throws IOException {
    int[] runs = new int[1];
    each(ALL_LINES, line -> runs[0] += line.startsWith("why") ? 0 : squeeze(line, 100_000));
    System.out.printf("%d runs lacked memory%n", runs[0]);
  }

  /** Runs a command that has its temporary directory elsewhere, and deletes its result. */
  private static Outcome runElsewhere(String line) throws IOException {
    Path out = folder.resolve("OUT");
    Outcome outcome = elsewhere.run(words(line, out));
    MutatedInputs.delete(out);
    return outcome;
  }

  @Test
  void fullTemporaryDirectory() throws IOException {
    fill();
    each(
        line -> {
          Outcome outcome = runElsewhere(line);
          if (!isDone(line, outcome)) {
            fails(line, outcome, FULL);
          }
        });
    assertThat(files(place)).containsExactly("filler");
  }

  /** A regular file whose size is 0, and in which a read waits for the next message. */
  private static final String ENDLESS = "/proc/kmsg";

  @Test
  void filesThatWaitForMessages() throws IOException {
    List<String> lines =
        List.of(
            "policy check KMSG",
            "patch --policy KMSG -o OUT /good",
            "patch --deny uname --weights KMSG -o OUT /good",
            "apply --root /tree --output-dir OUT KMSG",
            "sign --key KMSG --cert /cert -o OUT /wired",
            "sign --key /key --cert KMSG -o OUT /wired",
            "verify --trust /cert --crl KMSG /wired",
            "report --waivers KMSG -o OUT /wired",
            "patch --deny uname -o OUT KMSG",
            "verify KMSG");
    for (String line : lines) {
      Outcome outcome = runElsewhere(line.replace("KMSG", ENDLESS));
      assertThat(isDone(line, outcome)).as(line).isFalse();
      assertThat(outcome.err()).contains("hardwire: " + ENDLESS + ": ");
    }
  }

  @Test
  void unreadableFiles() throws IOException {
    Map<String, List<String>> byFile = new TreeMap<>();
    for (String line : LINES) {
      for (String word : line.split(" ", -1)) {
        if (word.matches("/[a-z].*") && Files.isRegularFile(Path.of(folder + word))) {
          byFile.computeIfAbsent(word, key -> new ArrayList<>()).add(line);
        }
      }
    }
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, List<String>> entry : byFile.entrySet()) {
      Path file = Path.of(folder + entry.getKey());
      Set<PosixFilePermission> before = Files.getPosixFilePermissions(file);
      Files.setPosixFilePermissions(file, Set.of());
      for (String line : entry.getValue()) {
        Outcome outcome = runElsewhere(line);
        boolean goesOn = outcome.status() == 0 && outcome.err().contains(": warning: ");
        if ((outcome.status() != 6 && !goesOn)
            || !outcome.err().contains(entry.getKey())
            || !outcome.err().toLowerCase(Locale.ROOT).contains("permission denied")) {
          faults.add(line + " without " + entry.getKey() + ": " + outcome);
        }
      }
      Files.setPosixFilePermissions(file, before);
    }
    assertThat(faults).isEmpty();
  }
}
