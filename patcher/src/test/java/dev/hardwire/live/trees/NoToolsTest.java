package dev.hardwire.live.trees;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
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
    Programs.output(
        List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
        List.of("ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-days", 9),
        List.of("-addext", "extendedKeyUsage=codeSigning", "-keyout", key, "-out", certificate));
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
  private List<Outcome> work(Path results, String path) throws IOException {
    try (CommandLoop process = new CommandLoop(Map.of("PATH", path))) {
      return work(results, process);
    }
  }

  /** Runs every command in a process, and writes what it makes into a directory. */
  private List<Outcome> work(Path results, CommandLoop process) throws IOException {
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

  private static String attributes(Path file) {
    return Programs.output("stat", "-c", "%a %u:%g %s %h", file)
        + Programs.output("getfattr", "--absolute-names", "-d", "-m", "-", "-e", "hex", file)
            .replace(file.toString(), "");
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
  void everyCommandDoesTheSameWithoutTools() throws IOException {
    Path usual = folder.resolve("usual");
    List<Outcome> expected = work(usual, CommandLoop.shared());
    assertThat(expected).allMatch(done -> done.status() == 0);
    Map<String, String> rooms =
        Map.of(
            "in-nothing",
            Files.createDirectory(folder.resolve("empty")).toString(),
            "in-busybox",
            busybox().toString());
    for (Map.Entry<String, String> room : rooms.entrySet()) {
      Path results = folder.resolve(room.getKey());
      assertThat(work(results, room.getValue())).as(room.getKey()).isEqualTo(expected);
      assertThat(files(results)).isEqualTo(files(usual)).hasSizeGreaterThan(3 * NAMES.size());
      for (Path file : files(usual)) {
        assertThat(results.resolve(file)).has(sameBytesAs(usual.resolve(file)));
        assertThat(attributes(results.resolve(file)))
            .as("%s, %s", room.getKey(), file)
            .isEqualTo(attributes(usual.resolve(file)));
      }
    }
    for (String name : NAMES) {
      Path back = folder.resolve("in-busybox/back").resolve(name);
      assertThat(back).has(sameBytesAs(tree.resolve(name)));
      if (!name.equals("stale")) {
        assertThat(attributes(back)).isEqualTo(attributes(tree.resolve(name)));
      }
    }
    assertThat(attributes(folder.resolve("in-busybox/out/capable")))
        .contains("security.capability");
    assertThat(attributes(folder.resolve("in-busybox/out/restricted"))).contains("posix_acl");
    assertThat(attributes(folder.resolve("in-busybox/out/stale"))).doesNotContain("security.ima");
    assertThat(attributes(folder.resolve("in-busybox/one"))).startsWith("4711 1234:2345 ");
  }
}
