package dev.hardwire.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.Programs.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The folder that a guest gets as {@code /t}, with the commands that it shall run there; after
 * {@link #boot} also what they did.
 */
final class GuestFolder {
  private final Guest guest;
  private final Path folder;
  private final List<String> cases = new ArrayList<>();
  private final Map<String, Outcome> outcomes = new HashMap<>();
  private String kernel;

  /**
   * @param folder an empty one
   */
  GuestFolder(Guest guest, Path folder) {
    this.guest = guest;
    this.folder = folder;
    try {
      Files.writeString(folder.resolve("data"), "alpha\nbeta\ngamma\nbeta\n");
      Files.createDirectory(folder.resolve("words"));
      Files.writeString(folder.resolve("words/text.md"), "# Title\n\n*hello* world\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Programs.output("xz", "-k", folder.resolve("data"));
  }

  /** Where {@code guests.sh get} puts kernels and programs. */
  static Path directory() {
    return Fixtures.directory().resolve("guests");
  }

  /** Fetches what the guest needs, unless it is there. */
  static void get(Guest guest) {
    script("get", guest, List.of());
  }

  /** Runs guests.sh, whose commands end in a bounded time, but may take some minutes. */
  private static void script(String command, Guest guest, List<String> arguments) {
    List<String> words = new ArrayList<>();
    Collections.addAll(words, "../fixtures/guests.sh", command, directory().toString(), guest.id());
    words.addAll(arguments);
    try {
      Path out = Files.createTempFile("guests", ".txt");
      int status = Programs.start(Map.of(), words, out, out).waitFor();
      assertThat(status).as("%s: %s", words, Files.readString(out)).isZero();
      Files.delete(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether the guest's kernel has what a way needs. */
  boolean has(Way way) {
    return guest.has(way);
  }

  /** The file of a name in the folder. */
  Path file(String name) {
    return folder.resolve(name);
  }

  /** Puts a copy of a program into the folder. */
  void copy(Path file, String name) {
    try {
      Files.copy(file, folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a command; lists are taken apart. Its result has the name {@code id}. */
  void run(String id, Object... words) {
    assertThat(id).matches("[a-zA-Z0-9.-]+");
    cases.add(
        Programs.strings(words).stream()
            .map(GuestFolder::quoted)
            .collect(Collectors.joining(" ", "c " + id + " ", "")));
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** Boots the guest once and runs every command. */
  void boot() {
    try {
      Files.write(folder.resolve("cases.sh"), cases);
      script("boot", guest, List.of(folder.toString()));
      Path results = folder.resolve("results");
      kernel = Files.readString(results.resolve("kernel")).strip();
      for (String line : Files.readAllLines(results.resolve("status"))) {
        int space = line.indexOf(' ');
        if (space > 0) { // the last line is "done"
          String id = line.substring(0, space);
          int status = Integer.parseInt(line.substring(space + 1));
          outcomes.put(
              id, new Outcome(status, read(results, id + ".out"), read(results, id + ".err")));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(outcomes).as("results of %s", guest).hasSameSizeAs(cases);
  }

  private static String read(Path results, String name) throws IOException {
    return Files.readString(results.resolve(name), StandardCharsets.ISO_8859_1);
  }

  /** The release of the kernel that ran. */
  String kernel() {
    return kernel;
  }

  /** What a command did. */
  Outcome outcome(String id) {
    return outcomes.get(id);
  }
}
