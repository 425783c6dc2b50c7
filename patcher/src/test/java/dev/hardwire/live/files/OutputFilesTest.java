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
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results are written whole or not at all, and never to where they do not belong. */
class OutputFilesTest {
  private static final Path ORIGINAL = Fixtures.named("gcc-pie").path();
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);
  private static final int USAGE = 2;
  private static final int NOT_PATCHABLE = 3;
  private static final int INPUT_OUTPUT_FAILED = 6;

  @TempDir private Path folder;
  private Path program;
  private boolean mounted;

  @BeforeEach
  void copyProgram() throws IOException {
    program = folder.resolve("program");
    Files.copy(ORIGINAL, program);
    Programs.output("chmod", "0755", program);
    Files.setLastModifiedTime(program, LONG_AGO);
  }

  @AfterEach
  void unmount() {
    if (mounted) {
      Programs.output("umount", folder.resolve("mounted"));
    }
  }

  private Path mount(String options) throws IOException {
    Path place = Files.createDirectory(folder.resolve("mounted"));
    Programs.output("mount", "-t", "tmpfs", "-o", options, "tmpfs", place);
    mounted = true;
    return place;
  }

  private static Outcome patch(Object... args) {
    return Cli.run("patch", Policies.UNAME_ERRNO, List.of(args));
  }

  private static void succeeds(Outcome outcome) {
    outcome.succeeds();
    assertThat(outcome.err()).isEmpty();
  }

  private static void fails(Outcome outcome, int status, String... reasons) {
    outcome.endsWith(status);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).startsWith("hardwire: ").hasLineCount(1).contains(reasons);
  }

  private void inputIsUntouched() throws IOException {
    assertThat(program).has(sameBytesAs(ORIGINAL));
    assertThat(Files.getLastModifiedTime(program)).isEqualTo(LONG_AGO);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void inputIsOnlyRead() throws IOException {
    succeeds(patch("-o", folder.resolve("out"), program));
    inputIsUntouched();
    Path directory = Files.createDirectory(folder.resolve("directory"));
    succeeds(patch("--output-dir", directory, program));
    inputIsUntouched();
    assertThat(directory.resolve("program")).has(sameBytesAs(folder.resolve("out")));
    succeeds(patch("--dry-run", program));
    inputIsUntouched();
    succeeds(Cli.run("restore", "-o", folder.resolve("restored"), folder.resolve("out")));
    assertThat(folder.resolve("restored")).has(sameBytesAs(ORIGINAL));
    assertThat(names(folder)).containsExactly("directory", "out", "program", "restored");
  }

  @Test
  void existingOutputIsReplacedWhole() throws IOException {
    Path out = Files.writeString(folder.resolve("out"), "x".repeat(1 << 20));
    Path other = Files.createLink(folder.resolve("other"), out);
    succeeds(patch("-o", out, program));
    Path fresh = folder.resolve("fresh");
    succeeds(patch("-o", fresh, program));
    assertThat(out).has(sameBytesAs(fresh));
    assertThat(Files.getPosixFilePermissions(out))
        .isEqualTo(Files.getPosixFilePermissions(program));
    assertThat(other).hasSize(1 << 20);
    assertThat(names(folder)).containsExactly("fresh", "other", "out", "program");
  }

  @Test
  void outputThatIsALinkIsReplacedAndNotFollowed() throws IOException {
    Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "untouched");
    Path out = Files.createSymbolicLink(folder.resolve("out"), elsewhere);
    succeeds(patch("-o", out, program));
    assertThat(Files.isSymbolicLink(out)).isFalse();
    assertThat(elsewhere).hasContent("untouched");
  }

  @Test
  void outputThatIsTheInputIsRefused() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), program);
    Path other = Files.createLink(folder.resolve("other"), program);
    for (Path out :
        List.of(program, link, other, folder.resolve("../" + folder.getFileName() + "/program"))) {
      fails(patch("-o", out, program), USAGE, "is the input");
      inputIsUntouched();
    }
    fails(patch("--output-dir", folder, program), USAGE, "is the input");
    inputIsUntouched();
    assertThat(names(folder)).containsExactly("link", "other", "program");
  }

  @Test
  void refusedFileStaysAsItIs() throws IOException {
    succeeds(patch("--in-place", program));
    byte[] patched = Files.readAllBytes(program);
    Files.setLastModifiedTime(program, LONG_AGO);
    fails(
        Cli.run("patch", Policies.UNAME_KILLS, "--in-place", program),
        NOT_PATCHABLE,
        "already-patched");
    assertThat(program).hasBinaryContent(patched);
    assertThat(Files.getLastModifiedTime(program)).isEqualTo(LONG_AGO);
    assertThat(names(folder)).containsExactly("program");
  }

  @Test
  void whatIsPatchedInTheSameWayStaysAsItIs() throws IOException {
    succeeds(patch("--in-place", program));
    byte[] patched = Files.readAllBytes(program);
    Files.setLastModifiedTime(program, LONG_AGO);
    Outcome again = patch("--in-place", program);
    succeeds(again);
    assertThat(again.out()).isEqualTo(program + ": already\n");
    assertThat(program).hasBinaryContent(patched);
    assertThat(Files.getLastModifiedTime(program)).isEqualTo(LONG_AGO);
    fails(patch("--in-place", "--hook", "entry", program), NOT_PATCHABLE, "already-patched");
    fails(patch("-o", folder.resolve("out"), program), NOT_PATCHABLE, "already-patched");
  }

  /** Writing into the file would fail with ETXTBSY, or change the running program. */
  @Test
  void runningProgramIsReplacedUnderIt() throws Exception {
    Path sleeper = Files.copy(Path.of("/usr/bin/sleep"), folder.resolve("sleeper"));
    Programs.output("chmod", "0755", sleeper);
    Path nothing = Path.of("/dev/null");
    Process process =
        Programs.start(Map.of(), List.of(sleeper.toString(), "600"), nothing, nothing);
    try {
      succeeds(patch("--in-place", sleeper));
      assertThat(process.isAlive()).isTrue();
      assertThat(Path.of("/proc/" + process.pid() + "/exe"))
          .has(sameBytesAs(Path.of("/usr/bin/sleep")));
      assertThat(Programs.run(sleeper, "0").status()).isZero();
    } finally {
      process.destroy();
      process.waitFor();
    }
    assertThat(names(folder)).containsExactly("program", "sleeper");
  }

  @Test
  void readOnlyFileSystemIsReported() throws IOException {
    Path place = mount("ro");
    fails(patch("-o", place.resolve("out"), program), INPUT_OUTPUT_FAILED, "mounted", "ead-only");
    assertThat(names(place)).isEmpty();
    inputIsUntouched();
  }

  @Test
  void fullFileSystemIsReportedAndLeftAsItWas() throws IOException {
    Path place = mount("size=16k");
    Path out = Files.writeString(place.resolve("out"), "old");
    fails(patch("-o", out, program), INPUT_OUTPUT_FAILED, "o space left");
    assertThat(names(place)).containsExactly("out");
    assertThat(out).hasContent("old");
    inputIsUntouched();
  }

  @Test
  void placesWithoutFilesAreReported() throws IOException {
    fails(patch("-o", "/proc/hardwire", program), INPUT_OUTPUT_FAILED, "/proc");
    fails(patch("-o", folder.resolve("no/out"), program), INPUT_OUTPUT_FAILED, "does not exist");
    fails(patch("-o", folder, program), INPUT_OUTPUT_FAILED, "is a directory");
    fails(patch("--output-dir", folder.resolve("no"), program), INPUT_OUTPUT_FAILED, "no");
    fails(patch("-o", folder.resolve("out"), folder), INPUT_OUTPUT_FAILED, "not a regular file");
    fails(
        patch("-o", folder.resolve("out"), folder.resolve("no")),
        INPUT_OUTPUT_FAILED,
        "no such file");
    inputIsUntouched();
    assertThat(names(folder)).containsExactly("program");
  }
}
