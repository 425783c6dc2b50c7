package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fixes of Landlock that the kernel lists, and a right that its ABI promises and that it lacks. */
class ErrataTest {
  private static final String LACKS =
      "this kernel's Landlock refuses the scope of signals, which its ABI promises";

  @TempDir private Path folder;

  private static boolean has(int erratum) {
    int errata = Integer.parseInt(Restricted.results(Restricted.TRY, "errata").get("errata"));
    return errata > 0 && (errata & 1 << (erratum - 1)) != 0;
  }

  /** What the page says of kernels with an erratum, under rulesets made by hand. */
  @Test
  void whatIsListedIsFixed() {
    String mptcp = "mptcp:1";
    String whiteout = "landlock:0x2040:0:0:whiteout:" + folder.resolve("whiteout");
    Map<String, String> results =
        Restricted.results(
            Restricted.TRY,
            mptcp,
            SocketProbes.LANDLOCK_ALONE + mptcp,
            "landlock:0:0:2:signal-thread",
            whiteout);
    if (has(1)) {
      assertThat(results).containsEntry(SocketProbes.LANDLOCK_ALONE + mptcp, results.get(mptcp));
    }
    if (has(2)) {
      assertThat(results).containsEntry("landlock:0:0:2:signal-thread", "ok");
    }
    if (has(4)) {
      assertThat(results).containsEntry(whiteout, "ok");
    }
  }

  @Test
  @Takes(KernelFeature.FILES)
  void devicesCannotBeMadeExceptWhiteouts() throws IOException {
    Restricted restricted = new Restricted(folder);
    String device = "device:" + folder.resolve("device");
    String whiteout = "whiteout:" + folder.resolve("whiteout");
    Path program =
        restricted.patched(Restricted.TRY, "landlock: {read: [/], write: [" + folder + "]}");
    assertThat(Restricted.results(program, device, whiteout))
        .containsEntry(device, "EACCES")
        .containsEntry(whiteout, has(4) ? "ok" : "EACCES");
    assertThat(Restricted.results(Restricted.TRY, device)).containsEntry(device, "ok");
  }

  /** strace answers as such a kernel does: to the ruleset, and to the question for that scope. */
  @Test
  @Takes(KernelFeature.SCOPE)
  void aScopeThatIsPromisedAndMissingCountsAsAnOldKernel() throws IOException {
    for (Path program : List.of(Restricted.TRY, Restricted.TRY_I386)) {
      lacking(program, "require", "2..3").fails(126, LACKS + ", so the program was not started; ");
      Outcome warned = lacking(program, "{at-least: 6, below: warn}", "2..3");
      assertThat(warned.err())
          .isEqualTo(
              "hardwire: warning: " + LACKS + " (erratum 2), so the program is less restricted\n");
      assertThat(warned.out().lines())
          .containsExactly("signal:" + ProcessHandle.current().pid() + ": ok", "list:/etc: EACCES");
      Outcome accepted = lacking(program, "{at-least: 5}", "2..3");
      assertThat(accepted.isQuiet().out()).isEqualTo(warned.out());
      lacking(program, "{at-least: 5}", "2..9")
          .fails(126, "hardwire: landlock_create_ruleset failed (the policy takes ABI 5 of");
      Outcome other = lacking(program, "require", "2");
      assertThat(other.isQuiet().out()).contains("EPERM", "list:/etc: EACCES");
    }
  }

  /**
   * Runs a program whose rulesets some calls of landlock_create_ruleset refuse.
   *
   * @param when of these calls, the first of which asks for the version
   */
  private Outcome lacking(Path program, String kernel, String when) throws IOException {
    Path patched =
        new Restricted(folder)
            .patched(program, "landlock: {kernel: " + kernel + ", read: [/usr], scope: [signal]}");
    List<Object> command = new ArrayList<>();
    command.addAll(List.of("strace", "-o", folder.resolve("trace")));
    command.addAll(List.of("-e", "inject=landlock_create_ruleset:error=EINVAL:when=" + when));
    command.addAll(List.of(patched, "signal:" + ProcessHandle.current().pid(), "list:/etc"));
    return Programs.run(command.toArray());
  }
}
