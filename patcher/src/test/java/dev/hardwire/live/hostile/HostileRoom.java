package dev.hardwire.live.hostile;

import static dev.hardwire.testing.Programs.output;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A folder with what commands need, in which one thing after the other is wrong. */
final class HostileRoom {
  static final int NOT_PATCHABLE = 3;
  static final int NOT_VERIFIED = 5;
  static final int INPUT_OUTPUT = 6;

  private static final Duration SOON = Duration.ofSeconds(60);

  /** A command with a place for a file. */
  enum Command {
    PATCH("patch --deny uname -o OUT FILE"),
    PATCH_IN_PLACE("patch --deny uname --in-place FILE"),
    PATCH_PLAN("patch --deny uname --dry-run FILE"),
    INSPECT("inspect FILE"),
    VERIFY("verify FILE"),
    VERIFY_JSON("verify --json FILE"),
    VERIFY_ORIGINAL("verify --original FILE WIRED"),
    RESTORE("restore -o OUT FILE"),
    RESTORE_IN_PLACE("restore --in-place FILE"),
    SIGN_IN_PLACE("sign --sign-key KEY --sign-cert CERT --in-place FILE"),
    SIGN("sign --sign-key KEY --sign-cert CERT -o OUT FILE"),
    SIGN_KEY("sign --sign-key FILE --sign-cert CERT -o OUT WIRED"),
    VERIFY_TRUST("verify --trust FILE WIRED"),
    PATCH_POLICY("patch --policy FILE -o OUT GOOD"),
    VERIFY_POLICY("verify --policy FILE WIRED"),
    LIBRARY_POLICY("library --policy FILE -o OUT"),
    LAUNCHER_POLICY("launcher --policy FILE -o OUT"),
    POLICY_COMPILE("policy compile -o OUT FILE"),
    POLICY_CHECK("policy check FILE"),
    POLICY_CONVERT("policy convert --to oci -o OUT FILE"),
    POLICY_EXPLAIN("policy explain FILE read"),
    POLICY_DIFF("policy diff POLICY FILE"),
    DISASM("disasm FILE"),
    LEARN("learn --from strace -o OUT FILE");

    private final String line;

    Command(String line) {
      this.line = line;
    }

    private List<String> words() {
      return List.of(line.split(" ", -1));
    }

    /** Whether directories are read too. */
    boolean takesDirectories() {
      return this == VERIFY || this == VERIFY_JSON;
    }

    /** Whether there is a result, in a file of its own. */
    boolean writes() {
      return words().contains("OUT");
    }

    boolean worksInPlace() {
      return words().contains("--in-place");
    }

    boolean takesPolicy() {
      return name().contains("POLICY");
    }
  }

  final Path folder;
  final Path good;
  final Path wired;
  final Path policy;
  final Path log;

  private final Function<Object[], Outcome> hardwire;

  /** Where results go. */
  Path out;

  /** What is the same in every room, which is made once. */
  private static final class Prepared {
    private static final Path FOLDER = make();

    private static Path make() {
      try {
        Path made = Files.createTempDirectory("room");
        Path key = made.resolve("key");
        output("openssl", "genpkey", "-algorithm", "ed25519", "-out", key);
        output(
            List.of("openssl", "req", "-x509", "-subj", "/CN=x", "-addext"),
            List.of("extendedKeyUsage=codeSigning", "-key", key, "-out", made.resolve("cert")));
        Path good = Fixtures.named("gcc-pie").path();
        Cli.ok("patch", "--deny", "uname", "-o", made.resolve("wired"), good);
        made.toFile().deleteOnExit();
        for (String name : List.of("key", "cert", "wired")) {
          made.resolve(name).toFile().deleteOnExit();
        }
        return made;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Path copy(String name, Path copy) throws IOException {
      return Files.copy(FOLDER.resolve(name), copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  /**
   * Furnishes it.
   *
   * @param folder an empty folder
   */
  HostileRoom(Path folder) throws IOException {
    this(folder, Cli::run);
  }

  /**
   * Furnishes it, for commands that are run in another way.
   *
   * @param folder an empty folder
   * @param hardwire runs a command
   */
  HostileRoom(Path folder, Function<Object[], Outcome> hardwire) throws IOException {
    this.folder = folder;
    this.hardwire = hardwire;
    this.out = folder.resolve("OUT");
    this.good = Files.copy(Fixtures.named("gcc-pie").path(), folder.resolve("good"));
    this.wired = Prepared.copy("wired", folder.resolve("wired"));
    this.policy = folder.resolve("good.yaml");
    this.log = folder.resolve("log");
    Files.writeString(
        policy, "version: 1\nname: x\ndefault: allow\nrules:\n  - errno EPERM: [acct]\n");
    Files.writeString(log, "1 read(0, \"\", 1) = 0\n");
  }

  /** A file that a command works on without complaint. */
  Path fine(Command command) {
    makeKey(command);
    return switch (command) {
      case SIGN_KEY -> folder.resolve("key");
      case VERIFY_TRUST -> folder.resolve("cert");
      case PATCH, PATCH_IN_PLACE, PATCH_PLAN -> good;
      case LEARN -> log;
      default -> command.takesPolicy() ? policy : wired;
    };
  }

  private void makeKey(Command command) {
    Path certificate = folder.resolve("cert");
    boolean used = command == Command.VERIFY_TRUST || command.words().contains("CERT");
    if (used && !Files.exists(certificate)) {
      try {
        Prepared.copy("key", folder.resolve("key"));
        Prepared.copy("cert", certificate);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  Outcome run(Command command, Path file) {
    makeKey(command);
    List<String> words =
        command.words().stream()
            .map(
                word ->
                    switch (word) {
                      case "FILE" -> file.toString();
                      case "OUT" -> out.toString();
                      case "GOOD" -> good.toString();
                      case "WIRED" -> wired.toString();
                      case "POLICY" -> policy.toString();
                      case "KEY" -> folder.resolve("key").toString();
                      case "CERT" -> folder.resolve("cert").toString();
                      default -> word;
                    })
            .toList();
    return assertTimeoutPreemptively(SOON, () -> hardwire.apply(words.toArray()));
  }

  /** The names of all that is in it. */
  Set<String> names() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command that has to refuse, in one line that names {@code file}. */
  Outcome refused(Command command, Path file, Integer... codes) {
    return refused(command, file, file, codes);
  }

  /** The same, where another file is the one that is wrong. */
  Outcome refused(Command command, Path file, Path wrong, Integer... codes) {
    makeKey(command);
    Set<String> before = names();
    Outcome outcome = run(command, file);
    String all = command + " " + file + ": " + outcome;
    assertThat(outcome.status()).as(all).isIn(Arrays.asList(codes));
    assertThat(outcome.out() + outcome.err()).as(all).doesNotContain("internal error", "\tat ");
    if (outcome.status() != NOT_VERIFIED) {
      assertThat(outcome.err().lines()).as(all).hasSize(1);
      assertThat(outcome.err()).as(all).startsWith("hardwire: ");
      assertThat(outcome.err()).as(all).contains(wrong.getFileName().toString());
    }
    assertThat(names()).as(all).isEqualTo(before);
    return outcome;
  }
}
