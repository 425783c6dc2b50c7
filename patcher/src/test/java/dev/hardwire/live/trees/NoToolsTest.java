package dev.hardwire.live.trees;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands execute no other program: they do the same where none can be found, and where the
 * programs are those of busybox.
 */
class NoToolsTest {
  private static final List<String> NAMES =
      List.of("plain", "setuid", "capable", "listed", "stale", "restricted", "in/deep/folder");

  @TempDir private Path folder;
  private Path tree;
  private Path key;
  private Path certificate;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectory(folder.resolve("tree"));
    for (String name : NAMES) {
      Files.createDirectories(tree.resolve(name).getParent());
      Path file = Files.copy(Fixtures.named("gcc-pie").path(), tree.resolve(name));
      Programs.output("chmod", "0755", file);
    }
    Programs.output("chown", "1234:2345", tree.resolve("setuid"));
    Programs.output("chmod", "4711", tree.resolve("setuid"));
    Programs.output("setcap", "cap_net_raw=ep", tree.resolve("capable"));
    Programs.output("setfattr", "-n", "trusted.note", "-v", "1", tree.resolve("listed"));
    Programs.output("setfattr", "-n", "security.ima", "-v", "0x0102", tree.resolve("stale"));
    Programs.output("setfacl", "-m", "u:1234:r-x", tree.resolve("restricted"));
    Files.createLink(tree.resolve("second-name"), tree.resolve("plain"));
    key = folder.resolve("key");
    certificate = folder.resolve("certificate");
    OpensslKey.make(key, certificate, "test");
  }

  private Path nothing() throws IOException {
    return Files.createDirectory(folder.resolve("empty"));
  }

  /** A directory with the programs of busybox and nothing else. */
  private Path busybox() throws IOException {
    Path programs = Files.createDirectory(folder.resolve("busybox"));
    Path all = Files.copy(Path.of("/usr/bin/busybox"), programs.resolve("busybox"));
    for (String name : Programs.output(all, "--list").split("\n", -1)) {
      if (!name.isEmpty() && !name.equals("busybox")) {
        Files.createSymbolicLink(programs.resolve(name), all.getFileName());
      }
    }
    assertThat(programs.resolve("cp")).exists();
    assertThat(programs.resolve("perl")).doesNotExist();
    return programs;
  }

  /** The same with that value of PATH, in a process of its own. */
  private List<Outcome> work(Path results, boolean isSample, String path) throws IOException {
    try (CommandLoop process = new CommandLoop(Map.of("PATH", path))) {
      return work(results, isSample, process);
    }
  }

  /** Runs commands in a process, and writes what they make into a directory. */
  private List<Outcome> work(Path results, boolean isSample, CommandLoop process)
      throws IOException {
    Files.createDirectory(results);
    List<Outcome> outcomes = new ArrayList<>();
    List<Object> sign = List.of("sign", "--key", key, "--cert", certificate);
    Path out = results.resolve("out");
    Path signed = results.resolve("signed");
    Path one = results.resolve("one");
    Programs.output("cp", "-p", "--preserve=all", tree.resolve("setuid"), one);
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("patch", "--deny", "uname", "-r", "--output-dir", out, tree),
            List.of("verify", "-r", out),
            Stream.concat(sign.stream(), Stream.of("-r", "--output-dir", signed, out)).toList(),
            List.of("verify", "-r", "--trust", certificate, signed),
            List.of("restore", "-r", "--output-dir", results.resolve("back"), out),
            List.of("patch", "--deny", "uname", "--in-place", one),
            Stream.concat(sign.stream(), Stream.of("--in-place", one)).toList(),
            List.of("restore", "-o", results.resolve("one-back"), one))) {
      boolean writesTree = command.contains("--output-dir");
      if (isSample && !writesTree && !command.get(0).equals("patch")) {
        continue;
      }
      Outcome outcome = process.run(command);
      String root = results.toString();
      outcomes.add(
          new Outcome(
              outcome.status(),
              outcome.out().replace(root, "RESULTS"),
              outcome.err().replace(root, "RESULTS")));
    }
    return outcomes;
  }

  /** Of each file of a directory, by its name. */
  private static Map<String, String> attributes(Path directory) {
    Map<String, String> all = new TreeMap<>();
    String status = "find \"$0\" -type f -printf '%P\\t%m %U:%G %s %n\\n'";
    for (String line : Programs.output("sh", "-c", status, directory).split("\n", -1)) {
      if (!line.isEmpty()) {
        all.put(line.split("\t", -1)[0], line.split("\t", -1)[1]);
      }
    }
    String extended = "cd \"$0\" && find . -type f -exec getfattr -d -m - -e hex {} +";
    for (String file : Programs.output("sh", "-c", extended, directory).split("\n\n", -1)) {
      if (!file.isEmpty()) {
        String[] lines = file.split("\n", 2);
        all.merge(lines[0].replace("# file: ", ""), lines[1], (one, other) -> one + "\n" + other);
      }
    }
    return all;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .map(directory::relativize)
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }

  @Test
  void treesAreTheSameWithoutTools() throws IOException {
    doesTheSame(true, Map.of("in-nothing", nothing()));
  }

  @Test
  @Tag("long")
  void everyCommandDoesTheSameWithOtherTools() throws IOException {
    doesTheSame(false, Map.of("in-nothing", nothing(), "in-busybox", busybox()));
  }

  private void doesTheSame(boolean isSample, Map<String, Path> rooms) throws IOException {
    Path usual = folder.resolve("usual");
    List<Outcome> expected = work(usual, isSample, CommandLoop.shared());
    assertThat(expected).allMatch(done -> done.status() == 0);
    Map<String, String> attributes = attributes(usual);
    for (Map.Entry<String, Path> room : rooms.entrySet()) {
      Path results = folder.resolve(room.getKey());
      assertThat(work(results, isSample, room.getValue().toString()))
          .as(room.getKey())
          .isEqualTo(expected);
      assertThat(files(results)).isEqualTo(files(usual)).hasSizeGreaterThan(3 * NAMES.size());
      for (Path file : files(usual)) {
        assertThat(results.resolve(file)).has(sameBytesAs(usual.resolve(file)));
      }
      assertThat(attributes(results)).as(room.getKey()).isEqualTo(attributes);
    }
    Map<String, String> originals = attributes(tree);
    for (String name : NAMES) {
      assertThat(usual.resolve("back").resolve(name)).has(sameBytesAs(tree.resolve(name)));
      if (!name.equals("stale")) {
        assertThat(attributes.get("back/" + name)).isEqualTo(originals.get(name));
      }
    }
    assertThat(attributes.get("out/capable")).contains("security.capability");
    assertThat(attributes.get("out/restricted")).contains("posix_acl");
    assertThat(originals.get("stale")).contains("security.ima");
    assertThat(attributes.get("out/stale")).doesNotContain("security.ima");
    assertThat(attributes.get("one")).startsWith("4711 1234:2345 ");
  }
}
