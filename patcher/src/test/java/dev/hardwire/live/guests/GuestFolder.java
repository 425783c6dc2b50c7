package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The folder that a guest gets as {@code /t}, with the commands that it shall run there; after
 * {@link #boot} also what they did.
 */
final class GuestFolder {
  /** What asks the kernel. */
  private static final String ASKED = "asked";

  private final Guest guest;
  private final Path folder;
  private final Path patched;
  private final List<Map<String, List<String>>> machines = new ArrayList<>();
  private final Map<String, Outcome> outcomes = new HashMap<>();
  private int commands;
  private String kernel;

  /**
   * @param parent an empty folder for this one, and for one beside it that the guest does not get
   */
  GuestFolder(Guest guest, Path parent) {
    this(guest, parent, 1);
  }

  /**
   * The same for several machines of the guest, which share the commands.
   *
   * @param machines how many
   */
  GuestFolder(Guest guest, Path parent, int machines) {
    this.guest = guest;
    this.folder = parent.resolve("t");
    this.patched = parent.resolve("patched");
    for (int i = 0; i < machines; i++) {
      this.machines.add(new LinkedHashMap<>());
    }
    try {
      Files.createDirectory(folder);
      Files.createDirectory(patched);
      Files.writeString(folder.resolve("data"), "alpha\nbeta\ngamma\nbeta\n");
      Files.createDirectory(folder.resolve("words"));
      Files.writeString(folder.resolve("words/text.md"), "# Title\n\n*hello* world\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Programs.output("xz", "-k", folder.resolve("data"));
    guest.architectures().forEach(this::addRunners);
    String architecture = guest.architectures().get(0);
    copy(directory().resolve("built").resolve(architecture).resolve("try-access"), ASKED);
    run(ASKED, List.of("/t/" + ASKED), KernelFeature.attempts());
  }

  /** What runs commands, and what does so where seccomp(2) fails. */
  private void addRunners(String architecture) {
    Path runner = directory().resolve("built").resolve(architecture).resolve("run-cases");
    copy(runner, runner(architecture));
    Outcome answer =
        hardwire(
            "patch",
            List.of("--deny", "seccomp", "--default-action", "errno:ENOSYS"),
            "-o",
            file(withoutSeccomp(architecture)),
            runner);
    answer.succeeds();
  }

  private static String runner(String architecture) {
    return "run-" + architecture;
  }

  private static String withoutSeccomp(String architecture) {
    return "run-without-seccomp-" + architecture;
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
      try {
        int status = Programs.start(Map.of(), words, out, out).waitFor();
        assertThat(status).as("%s: %s", words, Files.readString(out)).isZero();
      } finally {
        Files.delete(out);
      }
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

  /** The patched file of a name, which the guest has as changes to the original. */
  Path patched(String name) {
    return patched.resolve(name);
  }

  /** Lets the guest have the patched file of a name. */
  void addChanges(Path original, String name) {
    GuestChanges.write(original, patched(name), file(name));
  }

  /** Puts a copy of a program into the folder. */
  void copy(Path file, String name) {
    try {
      Files.copy(file, folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Adds a command: variables of its environment and changes of the program's file, if any, the
   * program and its arguments. Lists are taken apart. Its result has the name {@code id}.
   */
  void run(String id, Object... words) {
    add(runner(guest.architectures().get(0)), id, Programs.strings(words));
  }

  /** Adds a command that cannot call seccomp(2): it fails with ENOSYS. */
  void runWithoutSeccomp(String architecture, String id, Object... words) {
    add(withoutSeccomp(architecture), id, Programs.strings(words));
  }

  private void add(String runner, String id, List<String> words) {
    assertThat(id).matches("[a-zA-Z0-9.-]+");
    assertThat(words).doesNotContain("");
    machines
        .get(commands++ % machines.size())
        .computeIfAbsent(runner, unused -> new ArrayList<>())
        .add(id + "\0" + String.join("\0", words) + "\0\0");
  }

  /** Runs Hardwire's command, in a process that has run others. */
  Outcome hardwire(Object... words) {
    return CommandLoop.shared().run(words);
  }

  /** Boots the guest's machines and runs every command; all patching is done. */
  void boot() {
    try {
      for (int i = 0; i < machines.size(); i++) {
        writeScript("machine" + i, machines.get(i));
      }
      script("boot", guest, List.of(folder.toString()));
      for (int i = 0; i < machines.size(); i++) {
        Path results = folder.resolve("results").resolve("machine" + i);
        kernel = Files.readString(results.resolve("kernel")).strip();
        for (String runner : machines.get(i).keySet()) {
          read(Files.readString(results.resolve(runner), StandardCharsets.ISO_8859_1));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(outcomes).as("results of %s", guest).hasSize(commands);
  }

  private void writeScript(String name, Map<String, List<String>> runs) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, List<String>> entry : runs.entrySet()) {
      String runner = entry.getKey();
      String cases = name + "-" + runner + ".cases";
      Files.writeString(folder.resolve(cases), String.join("", entry.getValue()));
      lines.add("./%s %s /r/%s $1".formatted(runner, cases, runner));
    }
    Files.write(folder.resolve(name + ".sh"), lines);
  }

  /** Of each command the name, the status, and the lengths of what it printed, which follows. */
  private void read(String results) {
    for (int at = 0; at < results.length(); ) {
      int end = results.indexOf('\n', at);
      List<String> head = List.of(results.substring(at, end).split(" ", -1));
      int out = end + 1;
      int err = out + Integer.parseInt(head.get(2));
      at = err + Integer.parseInt(head.get(3));
      int status = Integer.parseInt(head.get(1));
      Outcome outcome =
          new Outcome(status, results.substring(out, err), results.substring(err, at));
      assertThat(outcomes.put(head.get(0), outcome)).as("%s: once", head).isNull();
    }
  }

  /** Whether the kernel that ran offers something, as a program without a policy found. */
  boolean offers(KernelFeature feature) {
    return KernelFeature.offered(outcome(ASKED)).get(feature);
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
