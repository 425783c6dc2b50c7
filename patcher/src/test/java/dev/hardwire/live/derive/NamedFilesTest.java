package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies name the files that they were derived from; what differs later is a warning. */
@Tag("system")
class NamedFilesTest {
  @TempDir private Path folder;
  private Path plugin;
  private Path policy;
  private Path wired;

  @BeforeEach
  void names() {
    plugin = folder.resolve("plug in.so");
    policy = folder.resolve("policy.yaml");
    wired = folder.resolve("true-wired");
  }

  private void compile(String returned, String identity) throws IOException {
    Path source = folder.resolve("plugin.c");
    Files.writeString(source, "int plugin(void) { return %s; }\n".formatted(returned));
    String option = "-Wl,--build-id=" + identity;
    Gcc.run("-shared", "-fPIC", option, "-o", plugin, source);
  }

  private void derive() {
    CommandLoop.shared()
        .run("derive", "--with-library", plugin, "-o", policy, "/usr/bin/true")
        .succeeds();
    Cli.ok("patch", "--policy", policy, "-o", wired, "/usr/bin/true");
  }

  private String warnings() {
    String verified = Cli.ok("verify", "--policy", policy, wired).err();
    assertThat(Cli.ok("inspect", "--policy", policy, wired).err()).isEqualTo(verified);
    assertThat(Cli.ok("verify", wired).err()).isEmpty();
    assertThat(Cli.ok("inspect", wired).err()).isEmpty();
    return verified;
  }

  @ParameterizedTest
  @CsvSource({"sha1, build-id:", "none, sha256:"})
  void aLibraryThatHasChangedIsNamed(String kind, String identity) throws IOException {
    compile("1", kind);
    derive();
    assertThat(Files.readString(policy)).contains("#   %s %s".formatted(plugin, identity));
    assertThat(warnings()).isEmpty();
    compile("2", kind);
    assertThat(warnings())
        .startsWith("hardwire: %s: warning: %s is another file (".formatted(policy, plugin))
        .hasLineCount(1)
        .contains(identity);
  }

  @Test
  void aLibraryThatIsMissingOrDamagedIsNamed() throws IOException {
    compile("1", "sha1");
    derive();
    Files.delete(plugin);
    assertThat(warnings()).endsWith(" which the policy was derived from, is missing\n");
    Files.writeString(plugin, "not a library");
    assertThat(warnings()).contains("cannot be compared: ").hasLineCount(1);
    Files.delete(plugin);
    Programs.output("mkfifo", plugin);
    assertThat(warnings()).contains("cannot be compared: not a regular file");
  }

  @Test
  void aLibraryWithDamagedNotesIsNamed() throws IOException {
    compile("1", "sha1");
    derive();
    byte[] content = Files.readAllBytes(plugin);
    byte[] note = HexFormat.of().parseHex("040000001400000003000000474e5500");
    content[(int) Bytes.wrap(content).indexOf(note, 0) + 5] = 1; // of its size
    Files.write(plugin, content);
    String reason = plugin + ": n_descsz at offset ";
    assertThat(warnings()).contains("cannot be compared: " + reason).hasLineCount(1);
    assertThat(Cli.run("derive", "--no-cache", "--with-library", plugin, "/usr/bin/true").err())
        .startsWith("hardwire: " + reason)
        .hasLineCount(1);
  }

  /** The program may have been patched in its place. */
  @Test
  void theProgramItselfDoesNotCount() throws IOException {
    compile("1", "sha1");
    derive();
    String text = Files.readString(policy);
    Files.writeString(
        policy, text.replaceFirst("# {3}/usr/bin/true \\S+", "#   /no/true sha256:0"));
    assertThat(warnings()).isEmpty();
  }

  @Test
  void relativeNamesAreMadeAbsolute() throws IOException {
    compile("1", "sha1");
    Path near = Path.of("").toAbsolutePath().relativize(plugin);
    assertThat(CommandLoop.shared().run("derive", "--with-library", near, "/usr/bin/true").out())
        .contains("#   %s build-id:".formatted(near.toAbsolutePath()));
  }

  @Test
  void quietVerificationPrintsNoWarning() throws IOException {
    compile("1", "sha1");
    derive();
    Files.delete(plugin);
    assertThat(Cli.ok("verify", "-q", "--policy", policy, wired).err()).isEmpty();
  }

  /** Comments that only look like these are none. */
  @Test
  void otherCommentsDoNotCount() throws IOException {
    compile("1", "sha1");
    derive();
    String text = Files.readString(policy);
    Files.writeString(policy, text.replace("# This holds for these files:", "# Files:"));
    Files.delete(plugin);
    assertThat(warnings()).isEmpty();
  }
}
