package dev.hardwire.live.patch;

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
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code verify} and {@code restore} say of patched files that other tools have rewritten, and
 * that these stay confined.
 */
class RewrittenFileTest {
  private static final String SAID =
      "the file was rewritten after it was patched, as strip, objcopy and patchelf do: ";
  private static final String ADVICE =
      "; take the original, run such tools on it, and patch last; the policy still applies";

  /** Where section headers and segments are still read as those of the original. */
  private static final String CHANGED = "the file was changed after it was patched, by strip";

  private static final Map<String, List<String>> TOOLS = new TreeMap<>();

  static {
    TOOLS.put("strip", List.of("strip"));
    TOOLS.put("strip-debug", List.of("strip", "-g"));
    TOOLS.put("strip-headers", List.of("strip", "--strip-section-headers"));
    TOOLS.put("eu-strip", List.of("eu-strip"));
    TOOLS.put("llvm-strip", List.of("llvm-strip"));
    TOOLS.put("objcopy", List.of("objcopy"));
    TOOLS.put("objcopy-remove", List.of("objcopy", "-R", ".comment"));
    TOOLS.put("llvm-objcopy", List.of("llvm-objcopy"));
  }

  @TempDir private Path dir;

  private Path patched(String fixture, String how) {
    Path out = dir.resolve(fixture);
    List<Object> options = new ArrayList<>(Policies.UNAME_ERRNO);
    if (how.equals("needed")) {
      Path library = dir.resolve("libsandbox.so");
      Cli.ok("library", "--require-policy", "-o", library);
      options.addAll(List.of("--mode", "needed", "--library", library));
    } else {
      options.addAll(List.of("--hook", how));
    }
    Cli.ok("patch", options, "-o", out, Fixtures.named(fixture).path());
    assertConfined(out);
    return out;
  }

  private static void assertConfined(Path program) {
    assertThat(Programs.run(program, "status").out())
        .as(program.toString())
        .contains("main uname=errno 100\n");
  }

  @ParameterizedTest
  @CsvSource({"gcc-pie, init", "debug-pie, post-init", "lld-pie, needed", "gcc-static, entry"})
  void itIsSaidThatAToolRewroteIt(String fixture, String how) throws IOException {
    isSaid(fixture, how);
  }

  @ParameterizedTest
  @CsvSource({
    "gcc-pie, needed",
    "debug-pie, needed",
    "gcc-nonpie, entry",
    "gcc-nonpie, needed",
    "gcc-static-pie, entry",
  })
  @Tag("long")
  void itIsSaidThatAToolRewroteMore(String fixture, String how) throws IOException {
    isSaid(fixture, how);
  }

  private void isSaid(String fixture, String how) throws IOException {
    Path file = patched(fixture, how);
    Map<String, List<String>> tools = new TreeMap<>(TOOLS);
    if (!fixture.contains("static")) {
      tools.put("patchelf", List.of("patchelf", "--set-rpath", "$ORIGIN:/nonexistent"));
    }
    for (Map.Entry<String, List<String>> tool : tools.entrySet()) {
      Path copy = Files.copy(file, dir.resolve(fixture + "-" + tool.getKey()));
      Programs.run(tool.getValue(), copy).succeeds();
      assertConfined(copy);
      Outcome verified = Cli.run("verify", copy).endsWith(5);
      boolean sameHeaders = fixture.equals("lld-pie") && tool.getKey().equals("patchelf");
      assertThat(verified.failedChecks())
          .as("%s %s", tool.getKey(), fixture)
          .contains("  FAIL patch-record: patch record at offset 0x0: ")
          .contains(sameHeaders ? CHANGED : SAID)
          .contains(sameHeaders ? "; patch the original again" : ADVICE);
      Cli.run("restore", "-o", dir.resolve("restored"), copy)
          .fails(3, sameHeaders ? CHANGED : SAID);
      assertThat(dir.resolve("restored")).doesNotExist();
      if (!tool.getKey().equals("patchelf") || !how.equals("needed")) {
        assertThat(Cli.ok("inspect", copy).out()).contains("errno ENETDOWN: [uname]");
      }
    }
  }

  /** What it does depends on the layout; a program that it breaks does not start. */
  @ParameterizedTest
  @CsvSource({"debug-pie, init", "debug-pie, needed"})
  void dwzRefusesOrBreaksFilesWithDebugInformation(String fixture, String how) throws IOException {
    Path file = patched(fixture, how);
    byte[] before = Files.readAllBytes(file);
    Outcome outcome = Programs.run("dwz", file);
    if (outcome.status() != 0) {
      assertThat(outcome.err()).contains("Allocatable section in", "after non-allocatable ones");
      assertThat(Files.readAllBytes(file)).isEqualTo(before);
      Cli.ok("verify", file);
    } else {
      assertThat(Files.readAllBytes(file)).isNotEqualTo(before);
      Cli.run("verify", file).endsWith(5);
      Outcome run = Programs.run(file);
      assertThat(run.status()).isIn(128 + 11, 127); // SIGSEGV, or refused by the dynamic linker
      assertThat(run.out()).isEmpty();
    }
  }

  @Test
  void dwzLeavesOthersAlone() throws IOException {
    Path file = patched("gcc-pie", "init");
    byte[] before = Files.readAllBytes(file);
    assertThat(Programs.run("dwz", file).err()).contains(".debug_info section not present");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({"gcc-pie, init", "gcc-static, entry"})
  void aPackedProgramIsConfinedAndDoesNotVerify(String fixture, String how) {
    Path file = patched(fixture, how);
    Programs.run("upx", "-q", file).succeeds();
    assertConfined(file);
    assertThat(Cli.run("verify", file).endsWith(5).failedChecks())
        .contains("notes: the file is not hard-wired");
  }

  @Test
  void aPackedProgramOfModeNeededStopsWithMessage() {
    Path file = patched("gcc-pie", "needed");
    Programs.run("upx", "-q", file).succeeds();
    Outcome outcome = Programs.run(file, "status");
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .isEqualTo(
            "hardwire: the arguments are not where the kernel put them, so the program was not"
                + " started\n");
    assertThat(outcome.status()).isEqualTo(126);
  }
}
