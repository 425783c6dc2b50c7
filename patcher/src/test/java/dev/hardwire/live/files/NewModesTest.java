package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Containers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** New files have the mode that the umask leaves, and replaced files keep what they had. */
class NewModesTest {
  @TempDir private static Path common;
  private static Path patched;
  private static Path manifest;

  @TempDir private Path folder;
  private Path out;

  @BeforeAll
  static void makeInputs() throws IOException {
    patched = common.resolve("patched");
    Cli.ok("patch", "--deny", "uname", "-o", patched, Fixtures.named("gcc-pie").path());
    manifest = Containers.manifest(common, "uname");
    for (Containers kind : Containers.values()) {
      kind.make(common.resolve(kind.name()));
    }
  }

  @BeforeEach
  void makeFolder() throws IOException {
    out = Files.createDirectory(folder.resolve("out"));
  }

  /** Commands with the name of their output at the end. */
  private static Map<String, List<String>> commands() {
    Path policy = common.resolve("uname-policy.yaml");
    Path layout = common.resolve(Containers.LAYOUT.name());
    Path archive = common.resolve(Containers.ARCHIVE.name());
    Path deb = common.resolve(Containers.PACKAGE.name());
    Map<String, List<String>> all = new TreeMap<>();
    all.put("report", Programs.strings("report", patched, "-o"));
    all.put("library", Programs.strings("library", "-o"));
    all.put("launcher", Programs.strings("launcher", "-o"));
    all.put("derive", Programs.strings("derive", Fixtures.named("musl-static").path(), "-o"));
    all.put("policy compile", Programs.strings("policy", "compile", policy, "-o"));
    all.put("policy convert", Programs.strings("policy", "convert", "--to", "oci", policy, "-o"));
    all.put(
        "artifact", Programs.strings("policy", "convert", "--to", "oci-artifact", policy, "-o"));
    all.put("layout", Programs.strings("apply", "--root", layout, manifest, "-o"));
    all.put("archive", Programs.strings("apply", "--root", archive, manifest, "-o"));
    all.put("package", Programs.strings("apply", "--root", deb, manifest, "-o"));
    return all;
  }

  private static String modes(Path root) {
    return Programs.output("sh", "-c", "find \"$0\" -printf '%y %m\\n' | sort | uniq", root);
  }

  /** All commands with the umask of the tests; with another, a program and a directory of files. */
  @Test
  void newFilesHaveWhatTheUmaskLeaves() throws IOException {
    int umask = Integer.parseInt(Programs.output("sh", "-c", "umask").strip(), 8);
    check(commands(), Cli::run, "%o".formatted(0777 & ~umask), "%o".formatted(0666 & ~umask));
    Map<String, List<String>> sample = commands();
    sample.keySet().retainAll(Set.of("artifact", "launcher"));
    assertThat(sample).hasSize(2);
    checkUnder("077", sample, "700", "600");
  }

  @ParameterizedTest
  @CsvSource({"077, 700, 600", "022, 755, 644", "002, 775, 664"})
  @Tag("long")
  void newFilesHaveWhatOtherUmasksLeave(String umask, String programs, String files)
      throws IOException {
    checkUnder(umask, commands(), programs, files);
  }

  private void checkUnder(
      String umask, Map<String, List<String>> commands, String programs, String files)
      throws IOException {
    String start = "umask " + umask + " && exec \"$@\"";
    try (CommandLoop hardwire = new CommandLoop(cli -> cli.under("sh", "-c", start, "sh"))) {
      check(commands, hardwire::run, programs, files);
    }
  }

  private void check(
      Map<String, List<String>> commands,
      Function<Object[], Outcome> hardwire,
      String programs,
      String files)
      throws IOException {
    Path results = Files.createTempDirectory(out, "new");
    for (Map.Entry<String, List<String>> command : commands.entrySet()) {
      Path target = results.resolve(command.getKey());
      hardwire.apply(new Object[] {command.getValue(), target}).succeeds();
      String expected = "f " + (command.getKey().equals("launcher") ? programs : files) + "\n";
      if (Files.isDirectory(target)) {
        expected = "d " + programs + "\n" + expected;
      }
      assertThat(modes(target)).as(command.getKey()).isEqualTo(expected);
    }
  }

  @Test
  void replacedFilesKeepModeOwnerAndAttributes() throws IOException {
    for (Map.Entry<String, List<String>> command : commands().entrySet()) {
      if (command.getKey().matches("artifact|layout")) {
        continue; // they are directories, which are not replaced
      }
      Path target = Files.writeString(out.resolve(command.getKey()), "old");
      Programs.output("chown", "1234:5678", target);
      Programs.output("chmod", "0640", target);
      Files.setAttribute(target, "user:note", new byte[] {'x'});
      Cli.ok(command.getValue(), target);
      assertThat(Programs.output("stat", "-c", "%u:%g %a", target))
          .as(command.getKey())
          .isEqualTo("1234:5678 640\n");
      assertThat((byte[]) Files.getAttribute(target, "user:note")).containsExactly('x');
      assertThat(target).as(command.getKey()).isNotEmptyFile();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ARCHIVE", "PACKAGE"})
  void aContainerThatIsReplacedKeepsItsOwner(Containers kind) throws IOException {
    Path container = kind.make(out.resolve("container"));
    Programs.output("chown", "65534:65534", container);
    Programs.output("chmod", "0600", container);
    Path link = Files.createSymbolicLink(folder.resolve("link"), container);
    String before = Containers.content(container);
    Cli.ok("apply", "--root", link, manifest);
    assertThat(Programs.output("stat", "-c", "%u:%g %a", container)).isEqualTo("65534:65534 600\n");
    assertThat(Containers.content(container)).isNotEqualTo(before);
    assertThat(link).isSymbolicLink();
  }

  /** A user who cannot keep the owner writes nothing. */
  @Test
  void whatCannotBeKeptIsNotWritten() throws IOException {
    Path target = Files.writeString(out.resolve("library"), "old");
    Programs.output("chmod", "0777", out);
    Programs.output("chown", "1234:5678", target);
    Programs.output("chmod", "0644", target);
    Outcome outcome = Cli.process().withoutRights().call("library", "-o", target);
    assertThat(outcome.status()).isEqualTo(6);
    assertThat(outcome.err())
        .isEqualTo(
            "hardwire: " + target + ": owner 1234:5678 cannot be kept: Operation not permitted\n");
    assertThat(target).hasContent("old");
  }

  @Test
  void aProgramWithRightsIsNotReplaced() throws IOException {
    Path target = Files.writeString(out.resolve("report"), "old");
    Programs.output("chmod", "4755", target);
    Outcome outcome = Cli.run("report", patched, "-o", target);
    assertThat(outcome.status()).isEqualTo(6);
    assertThat(outcome.err()).contains("is a setuid or setgid file; remove it first");
    assertThat(target).hasContent("old");
  }
}
