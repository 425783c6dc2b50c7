package dev.hardwire.live.trees;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Containers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Root works in a directory of another user, who swaps names there meanwhile ({@code
 * fixtures/src/tools/swap-names.c}). Nothing outside that directory changes, and no contents of
 * that user get the rights of root.
 */
class NameSwapTest {
  private static final int NOBODY = 65534;
  private static final int IO_FAILED = ExitCode.INPUT_OUTPUT_FAILED.code();
  private static final Path ORIGINAL = Fixtures.named("gcc-pie").path();

  /** What is derived: without libraries, whose analysis would take longer than all else. */
  private static final Path SMALL = Fixtures.named("musl-static").path();

  private static final List<String> DENY = Policies.UNAME_ERRNO;

  @TempDir private static Path folder;
  private static Path outside;
  private static Path victim;
  private static Path room;
  private static Path program;
  private static Path own;
  private static Path ownPatched;
  private static Path source;
  private static Path patched;
  private static Path manifest;
  private static Path layout;
  private static Path archive;
  private static Path deb;
  private static Map<String, List<String>> commands;

  @BeforeAll
  static void makeFolders() throws IOException {
    Programs.output("chmod", "0755", folder);
    outside = Files.createDirectory(folder.resolve("outside"));
    victim = Files.copy(ORIGINAL, outside.resolve("program"));
    Programs.output("chmod", "4755", victim);
    Programs.output("setcap", "cap_net_raw=ep", victim);
    room = folder.resolve("room");
    program = room.resolve("a/program");
    byte[] content = Files.readAllBytes(ORIGINAL);
    own = folder.resolve("own"); // the attacker's program has one more byte than root's
    Files.write(own, Arrays.copyOf(content, content.length + 1));
    ownPatched = folder.resolve("own-patched");
    Cli.ok("patch", DENY, "-o", ownPatched, own);
    makeSources();
    makeContainers();
    commands = commands();
    containerCommands();
  }

  /** What root puts into the room: a tree, in which a directory is not in the room yet. */
  private static void makeSources() throws IOException {
    source = folder.resolve("source");
    patched = folder.resolve("patched");
    for (String name : List.of("a/program", "a/deeper/program")) {
      Files.createDirectories(source.resolve(name).getParent());
      Files.copy(ORIGINAL, source.resolve(name));
    }
    Files.createLink(source.resolve("a/second"), source.resolve("a/program"));
    Programs.output("chmod", "-R", "0755", source);
    Cli.ok("patch", DENY, "-r", "--output-dir", patched, source);
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(policy, "version: 1\ndefault: allow\nrules:\n  - errno ENETDOWN: [uname]\n");
    manifest = folder.resolve("manifest.yaml");
    Files.writeString(manifest, "version: 1\nfiles:\n  - match: '**'\n    policy: policy.yaml\n");
    OpensslKey.make(folder.resolve("key"), folder.resolve("certificate"), "test");
  }

  private static Map<String, List<String>> commands() {
    List<Object> sign =
        List.of("sign", "--key", folder.resolve("key"), "--cert", folder.resolve("certificate"));
    Path result = room.resolve("a/result");
    Path file = source.resolve("a/program");
    Path wired = patched.resolve("a/program");
    Map<String, List<String>> all = new TreeMap<>();
    all.put("patch in place", Programs.strings("patch", DENY, "--in-place", program));
    all.put("patch tree in place", Programs.strings("patch", DENY, "-r", "--in-place", room));
    all.put("patch to room", Programs.strings("patch", DENY, "-o", result, file));
    all.put(
        "patch tree to room", Programs.strings("patch", DENY, "-r", "--output-dir", room, source));
    all.put(
        "patch to new tree", Programs.strings("patch", DENY, "-r", "--output-dir", result, source));
    all.put(
        "patch tree from room",
        Programs.strings("patch", DENY, "-r", "--output-dir", copies(), room));
    all.put("apply in place", Programs.strings("apply", "--root", room, manifest));
    all.put(
        "apply to room",
        Programs.strings("apply", "--root", source, "--output-dir", room, manifest));
    all.put("restore in place", Programs.strings("restore", "--in-place", program));
    all.put("restore tree in place", Programs.strings("restore", "-r", "--in-place", room));
    all.put("restore to room", Programs.strings("restore", "-o", result, wired));
    all.put(
        "restore tree to room", Programs.strings("restore", "-r", "--output-dir", room, patched));
    all.put("sign in place", Programs.strings(sign, "--in-place", program));
    all.put("sign tree in place", Programs.strings(sign, "-r", "--in-place", room));
    all.put("sign to room", Programs.strings(sign, "-o", result, wired));
    all.put("sign tree to room", Programs.strings(sign, "-r", "--output-dir", room, patched));
    all.put("sign beside", Programs.strings(sign, "--detached", result, wired));
    return all;
  }

  /** Containers, and one of root's outside, which nobody else may read. */
  private static void makeContainers() throws IOException {
    layout = Containers.LAYOUT.make(folder.resolve("layout"));
    archive = Containers.ARCHIVE.make(folder.resolve("archive"));
    deb = Containers.PACKAGE.make(folder.resolve("package"));
    Programs.output("cp", "-a", layout, outside.resolve("container"));
    Programs.output("chmod", "-R", "go-rwx", outside.resolve("container"));
  }

  /** Commands with other outputs than programs. */
  private static void containerCommands() {
    Path result = room.resolve("a/result");
    Path container = room.resolve("a/container");
    Path policy = folder.resolve("policy.yaml");
    Path wired = patched.resolve("a/program");
    for (Path root : List.of(layout, archive, deb)) {
      commands.put(
          root.getFileName() + " to room",
          Programs.strings("apply", "--root", root, "-o", result, manifest));
      commands.put(
          root.getFileName() + " in place", Programs.strings("apply", "--root", program, manifest));
    }
    commands.put("layout in place", Programs.strings("apply", "--root", container, manifest));
    commands.put(
        "layout from room",
        Programs.strings("apply", "--root", container, "-o", copies(), manifest));
    commands.put("report to room", Programs.strings("report", "-o", result, wired));
    commands.put("reports to room", Programs.strings("report", "-o", result + "/", wired));
    commands.put("library to room", Programs.strings("library", "-o", result));
    commands.put("launcher to room", Programs.strings("launcher", "-o", result));
    commands.put("derived policy to room", Programs.strings("derive", "-o", result, SMALL));
    commands.put("filter to room", Programs.strings("policy", "compile", "-o", result, policy));
    commands.put(
        "policy to room",
        Programs.strings("policy", "convert", "--to", "oci", "-o", result, policy));
    commands.put(
        "artifact to room",
        Programs.strings("policy", "convert", "--to", "oci-artifact", "-o", result, policy));
    commands.put(
        "trace to room",
        Programs.strings("learn", "--exec", "--log", result, "-o", copies(), SMALL));
    commands.put("harden to room", Programs.strings("harden", "--output-dir", result, SMALL));
  }

  /** What the other user has under the names that a command reads or replaces. */
  private Path own(String command) {
    if (command.startsWith("archive in") || command.startsWith("package in")) {
      return command.startsWith("archive") ? archive : deb;
    }
    return needsPatched(command) ? ownPatched : own;
  }

  private static Path copies() {
    return folder.resolve("copies");
  }

  /** Makes the room as its owner has it before a command. */
  private void reset(String command) throws IOException {
    Programs.output("rm", "-rf", room, copies());
    Files.createDirectories(program.getParent());
    Files.copy(own(command), program);
    if (command.matches("layout (in|from).*")) {
      Programs.output("cp", "-a", layout, room.resolve("a/container"));
    }
    Files.createLink(room.resolve("a/second"), program);
    Programs.output("chmod", "0755", program);
    Programs.output("chown", "-R", NOBODY + ":" + NOBODY, room);
  }

  private static boolean needsPatched(String command) {
    return command.startsWith("restore") || command.startsWith("sign");
  }

  private static Map<String, Object> state(Path file) throws IOException {
    return Files.readAttributes(file, "unix:ino,nlink,uid,gid,mode,size,ctime,lastModifiedTime");
  }

  /** The states of all files of a directory. */
  private static String all(Path directory) {
    return Programs.output(
        "sh", "-c", "find \"$0\" -printf '%p %i %n %U %G %m %s %C@ %T@\\n' | sort", directory);
  }

  /** Starts the other user, and waits until it has begun. */
  private Process attack(String command) throws IOException {
    List<String> words =
        Programs.strings(
            List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"),
            List.of(Fixtures.tool("swap-names"), room, outside, victim, own(command)));
    Process process =
        Programs.start(new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT));
    BufferedReader output = process.inputReader(StandardCharsets.US_ASCII);
    assertThat(output.readLine()).isEqualTo("ready");
    return process;
  }

  private void race(int rounds) throws IOException, InterruptedException {
    Map<String, Object> before = state(victim);
    String folderBefore = all(outside);
    Map<String, Integer> successes = new TreeMap<>();
    Map<String, Integer> failures = new TreeMap<>();
    List<String> names = new ArrayList<>(commands.keySet());
    for (int round = 0; round < rounds; round++) {
      String name = names.get(round % names.size());
      reset(name);
      Process attacker = attack(name);
      Outcome outcome;
      try {
        outcome = Cli.run(commands.get(name));
      } finally {
        attacker.destroyForcibly().waitFor();
      }
      String what = "round %d, %s: %s".formatted(round, name, outcome);
      (outcome.status() == 0 ? successes : failures).merge(name, 1, Integer::sum);
      assertThat(state(victim)).as(what).isEqualTo(before);
      assertThat(all(outside)).as(what).isEqualTo(folderBefore);
      assertNothingIsPrivileged(what, room);
      assertNothingIsPrivileged(what, copies());
      if (outcome.status() != 0) {
        assertThat(outcome.err()).as(what).startsWith("hardwire: ");
      }
    }
    assertThat(victim).has(sameBytesAs(ORIGINAL));
    assertThat(Programs.output("getcap", victim)).endsWith("cap_net_raw=ep\n");
    assertThat(successes).as("commands that succeeded").isNotEmpty();
    assertThat(failures).as("commands that failed").isNotEmpty();
  }

  /** No file in the directory has the rights of the victim. */
  private static void assertNothingIsPrivileged(String what, Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      for (Path file :
          files.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
        Map<String, Object> state = state(file);
        assertThat((Integer) state.get("mode") & 06000).as("%s: %s", what, file).isZero();
        if (!file.endsWith("copy")) { // which its owner may have been writing
          assertThat((Long) state.get("size")).as("%s: %s", what, file).isPositive();
        }
      }
    }
  }

  @Test
  void namesThatAreSwappedHarmNothingElse() throws Exception {
    race(11);
  }

  @Test
  @Tag("long")
  @Timeout(20_000)
  void namesThatAreSwappedForLongHarmNothingElse() throws Exception {
    race(1160);
  }

  /** A link that is there all the time is refused by every command, and named. */
  @Test
  void linksOfTheOwnerAreRefusedByName() throws IOException {
    for (Map.Entry<String, List<String>> command : commands.entrySet()) {
      reset(command.getKey());
      Files.move(room.resolve("a"), room.resolve("kept"));
      Path target = target(command.getKey());
      String before = all(target);
      Path link = Files.createSymbolicLink(room.resolve("a"), target);
      Files.setAttribute(link, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
      Outcome outcome = Cli.run(command.getValue());
      String what = command.getKey() + ": " + outcome;
      boolean isInTree = command.getKey().matches(".*(tree in place|tree from room|apply in.*)");
      boolean isRead = command.getKey().equals("layout from room"); // as every program follows it
      assertThat(outcome.status()).as(what).isEqualTo(isInTree || isRead ? 0 : IO_FAILED);
      if (isInTree) { // a tree has the directory under its other name
        assertThat(outcome.out()).as(what).contains("/kept/program: ");
      } else if (!isRead) {
        assertThat(outcome.err()).as(what).contains("symbolic link");
      }
      assertThat(all(target)).as(what).isEqualTo(before);
    }
  }

  /** Where a link leads so that the command would find there what it needs. */
  private Path target(String command) throws IOException {
    if (command.startsWith("archive in") || command.startsWith("package in")) {
      Path other = Files.createDirectories(folder.resolve("other"));
      Programs.output("cp", own(command), other.resolve("program"));
      return other;
    }
    return needsPatched(command) ? patched.resolve("a") : outside;
  }
}
