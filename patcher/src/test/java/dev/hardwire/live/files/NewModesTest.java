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
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** New files have the mode that the umask leaves, and replaced files keep what they had. */
class NewModesTest {
  @TempDir private Path folder;
  private Path patched;
  private Path out;

  @BeforeEach
  void patch() throws IOException {
    patched = folder.resolve("patched");
    Cli.ok("patch", "--deny", "uname", "-o", patched, Fixtures.named("gcc-pie").path());
    out = Files.createDirectory(folder.resolve("out"));
  }

  /** Commands with the name of their output at the end. */
  private Map<String, List<String>> commands() throws IOException {
    Path policy = folder.resolve("uname-policy.yaml");
    Path manifest = Containers.manifest(folder, "uname");
    Path layout = Containers.LAYOUT.make(folder.resolve("layout"));
    Path archive = Containers.ARCHIVE.make(folder.resolve("archive"));
    Path deb = Containers.PACKAGE.make(folder.resolve("package"));
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

  @ParameterizedTest
  @CsvSource("077, 700, 600")
  void newFilesHaveWhatTheUmaskLeaves(String umask, String programs, String files)
      throws IOException {
    check(umask, programs, files);
  }

  @ParameterizedTest
  @CsvSource({"022, 755, 644", "002, 775, 664"})
  @Tag("long")
  void newFilesHaveWhatOtherUmasksLeave(String umask, String programs, String files)
      throws IOException {
    check(umask, programs, files);
  }

  private void check(String umask, String programs, String files) throws IOException {
    String start = "umask " + umask + " && exec \"$@\"";
    try (CommandLoop hardwire = new CommandLoop(cli -> cli.under("sh", "-c", start, "sh"))) {
      for (Map.Entry<String, List<String>> command : commands().entrySet()) {
        Path target = out.resolve(command.getKey());
        hardwire.run(command.getValue(), target).succeeds();
        String expected = "f " + (command.getKey().equals("launcher") ? programs : files) + "\n";
        if (Files.isDirectory(target)) {
          expected = "d " + programs + "\n" + expected;
        }
        assertThat(modes(target)).as(command.getKey()).isEqualTo(expected);
      }
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
    Cli.ok("apply", "--root", link, Containers.manifest(folder, "uname"));
    assertThat(Programs.output("stat", "-c", "%u:%g %a", container)).isEqualTo("65534:65534 600\n");
    assertThat(Containers.content(container)).isNotEqualTo(before);
    assertThat(link).isSymbolicLink();
  }

  /** A user who cannot keep the owner writes nothing. */
  @Test
  void whatCannotBeKeptIsNotWritten() throws IOException {
    Path target = Files.writeString(out.resolve("report"), "old");
    Programs.output("chmod", "0777", out);
    Programs.output("chown", "1234:5678", target);
    Programs.output("chmod", "0644", target);
    Outcome outcome = Cli.process().withoutRights().call("report", patched, "-o", target);
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
