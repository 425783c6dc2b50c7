package dev.hardwire.live.files;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the file system knows about a program stays as it was, but for its size and times. */
class AttributesTest {
  private static final Path ORIGINAL = Fixtures.named("gcc-pie").path();

  @TempDir private Path folder;
  private Path program;

  @BeforeEach
  void copyProgram() throws IOException {
    program = folder.resolve("program");
    Files.copy(ORIGINAL, program);
    Programs.output("chmod", "0755", program);
  }

  private static void succeeds(Object... args) {
    Outcome outcome = Cli.run(args);
    outcome.succeeds();
    assertThat(outcome.err()).isEmpty();
  }

  /**
   * Patches to another file and in place, and restores both; the attributes must survive it all.
   */
  private void keeps(Object... tool) {
    List<Object> look = new ArrayList<>(List.of(tool));
    List<String> expected = new ArrayList<>(names());
    expected.addAll(List.of("out", "restored"));
    String before = show(look, program);
    Path out = folder.resolve("out");
    succeeds("patch", Policies.UNAME_ERRNO, "-o", out, program);
    assertThat(show(look, out)).as("-o").isEqualTo(before);
    assertThat(show(look, program)).as("input").isEqualTo(before);
    Path restored = folder.resolve("restored");
    succeeds("restore", "-o", restored, out);
    assertThat(show(look, restored)).as("restore -o").isEqualTo(before);
    succeeds("patch", Policies.UNAME_ERRNO, "--in-place", program);
    assertThat(program).has(sameBytesAs(out));
    assertThat(show(look, program)).as("--in-place").isEqualTo(before);
    succeeds("restore", "--in-place", program);
    assertThat(program).has(sameBytesAs(ORIGINAL));
    assertThat(show(look, program)).as("restore --in-place").isEqualTo(before);
    assertThat(names()).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static String show(List<Object> tool, Path file) {
    return Programs.output(tool, file).replace(file.toString(), "FILE");
  }

  private List<String> names() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"755", "4755", "2755", "6711", "1700", "700", "555", "644"})
  void modeStays(String mode) {
    Programs.output("chmod", mode, program);
    keeps("stat", "--format=%a");
    assertThat(Programs.output("stat", "--format=%a", program)).isEqualTo(mode + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"755", "4755", "2750"})
  void ownerAndGroupStay(String mode) {
    Programs.output("chown", "1234:2345", program);
    Programs.output("chmod", mode, program);
    keeps("stat", "--format=%u:%g %a");
    assertThat(Programs.output("stat", "--format=%u:%g", program)).isEqualTo("1234:2345\n");
  }

  @Test
  void extendedAttributesStay() {
    Programs.output("setfattr", "-n", "user.note", "-v", "kept\nas it is", program);
    Programs.output("setfattr", "-n", "user.empty", program);
    Programs.output("setfattr", "-n", "trusted.note", "-v", "0x00ff", program);
    keeps("getfattr", "--absolute-names", "-d", "-m", "-", "-e", "hex");
    assertThat(Programs.output("getfattr", "--absolute-names", "-d", "-m", "-", program))
        .contains("user.note", "user.empty", "trusted.note");
  }

  @Test
  void capabilitiesStay() {
    Programs.output("setcap", "cap_net_bind_service+ep", program);
    keeps("getcap");
    assertThat(Programs.output("getcap", program)).endsWith("program cap_net_bind_service=ep\n");
  }

  @Test
  void capabilitiesOfSetuidProgramsOfOthersStay() {
    Programs.output("chown", "1234:2345", program);
    Programs.output("chmod", "4755", program);
    Programs.output("setcap", "cap_net_raw,cap_net_admin+ep", program);
    keeps("getcap");
    assertThat(Programs.output("stat", "--format=%u:%g %a", program)).isEqualTo("1234:2345 4755\n");
  }

  /** What a new file inherits from its directory is replaced by what the input has. */
  @ParameterizedTest
  @ValueSource(strings = {"", "u:1234:r-x,g:2345:rw-,m::rwx"})
  void inheritedAccessControlListsAreRemoved(String own) {
    Path tree = tree(folder.resolve("tree"));
    for (Path file : List.of(program, tree.resolve("below/program"))) {
      Programs.output("setfacl", "-m", own.isEmpty() ? "o::r-x" : own, file);
    }
    Programs.output("setfacl", "-d", "-m", "u:4321:rwx,g:5432:rwx,o::rwx", folder);
    Programs.output("touch", folder.resolve("touched"));
    assertThat(acl(folder.resolve("touched"))).contains("user:4321:rwx");
    Programs.output("rm", folder.resolve("touched"));
    assertThat(acl(program)).doesNotContain("4321").contains(own.isEmpty() ? "" : "user:1234:r-x");
    keeps("getfacl", "--absolute-names", "--omit-header", "--numeric");
    Path out = folder.resolve("results");
    succeeds("patch", Policies.UNAME_ERRNO, "-r", "--output-dir", out, tree);
    assertThat(acl(out.resolve("below"))).contains("default:user:4321:rwx");
    assertThat(acl(out.resolve("below/program"))).isEqualTo(acl(program));
  }

  /** A tree with a copy of the program in a directory. */
  private Path tree(Path root) {
    Programs.output("mkdir", "-p", root.resolve("below"));
    Programs.output("cp", "-p", program, root.resolve("below"));
    return root;
  }

  private static String acl(Path file) {
    return Programs.output("getfacl", "--absolute-names", "--omit-header", "--numeric", file);
  }

  /** A user who may read every file cannot make one that is root's. */
  @Test
  void aUserIsToldThatTheSetuidBitOfRootIsGone() {
    Programs.output("chmod", "4755", program);
    Programs.output("chown", "65534", folder);
    Cli user =
        Cli.process()
            .under(
                List.of("setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups"),
                List.of("--inh-caps=-all,+dac_read_search"),
                List.of("--ambient-caps=-all,+dac_read_search"));
    Path out = folder.resolve("out");
    for (List<Object> output : List.<List<Object>>of(List.of("-o", out), List.of("--in-place"))) {
      Outcome outcome = user.call("patch", Policies.UNAME_ERRNO, output, program).succeeds();
      Path result = output.size() == 1 ? program : out;
      assertThat(outcome.err())
          .isEqualTo(
              "hardwire: %s: warning: attributes were not kept: owner 0:0, the setuid bit\n"
                  .formatted(result));
      assertThat(Programs.output("stat", "--format=%u %a", result)).isEqualTo("65534 755\n");
    }
  }

  @Test
  void linkStaysAndItsTargetIsReplaced() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("program"));
    succeeds("patch", Policies.UNAME_ERRNO, "--in-place", link);
    assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("program"));
    assertThat(Programs.run(program).out()).contains("main uname=errno 100");
    succeeds("restore", "--in-place", link);
    assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("program"));
    assertThat(program).has(sameBytesAs(ORIGINAL));
  }

  @Test
  void outputThroughLinkIsTheLinksTarget() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("program"));
    Path out = folder.resolve("out");
    succeeds("patch", Policies.UNAME_ERRNO, "-o", out, link);
    assertThat(out).isRegularFile();
    assertThat(Files.isSymbolicLink(out)).isFalse();
    assertThat(Programs.run(out).out()).contains("main uname=errno 100");
    assertThat(program).has(sameBytesAs(ORIGINAL));
  }

  /** The patched program is a new file; the other name keeps the old one. */
  @Test
  void otherNameOfTheFileKeepsTheOriginal() throws IOException {
    Path other = Files.createLink(folder.resolve("other"), program);
    succeeds("patch", Policies.UNAME_ERRNO, "--in-place", program);
    assertThat(other).has(sameBytesAs(ORIGINAL));
    assertThat(Programs.run(program).out()).contains("main uname=errno 100");
  }
}
