package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link FaultTest}, {@link KillTest} and {@code NameSwapTest} do, for {@code keep}, which
 * works on the installed system: {@link KeepWalk} runs where the directories that it changes are
 * layers above those of the machine.
 */
@Tag("system")
class KeepWalkTest {
  private static final String DPKG = "";

  /** Without it, keep puts originals aside itself. */
  private static final String NO_DPKG = "rm /var/lib/dpkg/status; ";

  @TempDir private Path folder;

  private void walk(String before, String kind, int number) throws Exception {
    String script =
        """
        mount -t tmpfs none "$1"
        for one in usr/lib etc var/lib srv; do
          mkdir -p "$1/$one/upper" "$1/$one/work"
          mount -t overlay none -o "lowerdir=/$one,upperdir=$1/$one/upper,workdir=$1/$one/work" "/$one"
        done
        shift
        """
            + before
            + "exec \"$@\"";
    Path program = Fixtures.named("gcc-pie").path().toAbsolutePath();
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Path work = Files.createDirectories(folder.resolve("work"));
    Process process =
        Cli.java(KeepWalk.class)
            .under("unshare", "--mount", "sh", "-euc", script, "sh", work)
            .start(out, err, work, program, Fixtures.tool("swap-names"), kind, number);
    boolean hasEnded = process.waitFor(2, TimeUnit.HOURS);
    process.destroyForcibly();
    String text = Files.readString(out) + Files.readString(err);
    System.out.print(text);
    assertThat(hasEnded && process.exitValue() == 0).as(text).isTrue();
    assertThat(text).doesNotContain("FAULT").containsPattern("[1-9][0-9]* runs, 0 faults");
  }

  @Test
  void someCallsFail() throws Exception {
    walk(DPKG, "faults", 0);
  }

  @Test
  @Tag("long")
  @Timeout(20_000)
  void everyCallFailsInTwoWays() throws Exception {
    walk(DPKG, "faults", 2);
    walk(NO_DPKG, "faults", 2);
  }

  @Test
  @Tag("long")
  @Timeout(20_000)
  void endedRuns() throws Exception {
    walk(DPKG, "kills", 21);
    walk(NO_DPKG, "kills", 6);
  }

  @Test
  @Tag("long")
  @Timeout(20_000)
  void namesAreSwapped() throws Exception {
    walk(DPKG, "swaps", 60);
    walk(NO_DPKG, "swaps", 60);
  }
}
