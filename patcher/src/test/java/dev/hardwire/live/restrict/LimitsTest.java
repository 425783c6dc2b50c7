package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      core: 0                 | limit:core      | 0/0
      core: 64KiB             | limit:core      | 65536/65536
      file-size: 5GiB         | limit:file      | 5368709120/5368709120
      open-files: 33          | limit:nofile    | 33/33
      dumpable: false         | dumpable        | 0
      """)
  void aLimitIsSet(String limit, String attempt, String result) throws IOException {
    for (Path program : List.of(Restricted.TRY, Restricted.TRY_I386)) {
      if (result.contains("5368709120") && program.equals(Restricted.TRY_I386)) {
        continue; // its struct rlimit has 32 bits
      }
      assertThat(Restricted.results(program, attempt)).doesNotContainEntry(attempt, result);
      Path patched = new Restricted(folder).patched(program, "limits: {" + limit + "}");
      assertThat(Restricted.results(patched, attempt)).containsEntry(attempt, result);
    }
  }

  @ParameterizedTest
  @Takes(KernelFeature.DENY_GAIN)
  @CsvSource("no-write-execute: true, make-executable, EACCES")
  void memoryThatWasWrittenIsNotExecuted(String limit, String attempt, String result)
      throws IOException {
    aLimitIsSet(limit, attempt, result);
  }

  @Test
  void descriptorsAreClosedButThoseToKeep() throws IOException {
    Path program =
        new Restricted(folder).patched(Restricted.TRY, "limits: {close-from: 3, keep: [5, 7]}");
    Outcome outcome =
        Programs.run(
            "bash", "-c", "exec 3</ 4</ 5</ 6</ 7</ 8</ 9</; exec \"$0\" descriptors", program);
    assertThat(outcome.out()).isEqualTo("descriptors: 0 1 2 5 7 \n");
  }

  @ParameterizedTest
  @CsvSource({
    "prlimit64, core: 0, core",
    "prlimit64, file-size: 0, file-size",
    "prlimit64, open-files: 9, open-files",
    "prctl:4, dumpable: false, dumpable",
    "prctl:65, no-write-execute: true, no-write-execute",
    "close_range, close-from: 3, close-from",
  })
  void aFailureNamesTheLimit(String call, String limit, String name) throws IOException {
    Path program = new Restricted(folder).patched(Restricted.TRY, "limits: {" + limit + "}");
    Programs.run(Restricted.DENY_CALL, call, "EPERM", "--", program, "dumpable")
        .fails(
            126,
            "hardwire: limit "
                + name
                + " failed, so the program was not started; the call returned -1\n");
  }

  @ParameterizedTest
  @CsvSource({
    "prlimit64, core: 0, prlimit64",
    "prctl:4, dumpable: false, prctl",
    "prctl:65, no-write-execute: true, prctl",
    "close_range, close-from: 3, close_range",
  })
  void aFakedSuccessIsFoundOut(String call, String limit, String name) throws IOException {
    Path program = new Restricted(folder).patched(Restricted.TRY, "limits: {" + limit + "}");
    Programs.run(Restricted.DENY_CALL, call, "0", "--", program, "dumpable")
        .fails(
            126,
            "hardwire: a filter outside this program fakes "
                + name
                + ", so the program was not started\n");
  }

  /** The limits come after Landlock and before the filter, which may deny their calls. */
  @Test
  @Takes(KernelFeature.FILES)
  void theFilterMayDenyTheCallsOfTheSetup() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("deny.yaml"),
            """
            version: 1
            default: allow
            rules:
              - kill-process: [prlimit64, prctl, close_range, landlock_create_ruleset, openat]
            landlock: {read: [/usr]}
            limits: {core: 0, dumpable: false, close-from: 3}
            """);
    Path out = folder.resolve("denied");
    Cli.ok("patch", "--policy", policy, "-o", out, Restricted.TRY_I386);
    Programs.run(out, "descriptors").succeeds();
  }
}
