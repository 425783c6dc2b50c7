package dev.hardwire.live.restrict;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same restrictions by every way in which a policy gets into a program. */
@Takes(KernelFeature.SCOPE)
class CarriersTest {
  private static final String[] SECTIONS = {
    "landlock: {read: [/usr/lib, /etc/passwd], bind: [81], scope: [signal]}",
    "limits: {core: 0, close-from: 3}",
    "capabilities: {keep: [kill], securebits: [noroot]}"
  };
  private static final Object[] ATTEMPTS = {
    "list:/usr/lib",
    "list:/etc",
    "read:/etc/passwd",
    "read:/etc/group",
    "connect:9",
    "udp:9",
    "signal:" + ProcessHandle.current().pid(),
    "limit:core",
    "descriptors",
    "capabilities"
  };
  private static final List<String> RESULTS =
      List.of(
          "ok",
          "EACCES",
          "ok",
          "EACCES",
          "EACCES",
          "EACCES",
          "EPERM",
          "0/0",
          "0 1 2",
          "Inh=0 Prm=20 Eff=20 Bnd=20 Amb=0 bits=3");

  @TempDir private Path folder;
  private Restricted restricted;
  private Path policy;

  @BeforeEach
  void writeThePolicy() throws IOException {
    restricted = new Restricted(folder);
    policy = restricted.policy(SECTIONS);
  }

  private static void confines(Map<String, String> variables, Object... command) {
    Object[] words = Arrays.copyOf(command, command.length + ATTEMPTS.length);
    System.arraycopy(ATTEMPTS, 0, words, command.length, ATTEMPTS.length);
    Outcome outcome = Programs.run(variables, words);
    assertThat(Restricted.results(outcome).values()).containsExactlyElementsOf(RESULTS);
  }

  @Test
  void everyHookInstallsThem() throws IOException {
    for (String hook : List.of("init", "post-init", "entry")) {
      Path out = folder.resolve(hook);
      Cli.ok("patch", "--policy", policy, "--hook", hook, "-o", out, Restricted.TRY);
      confines(Map.of(), out);
      Cli.ok("verify", "--policy", policy, out);
      Outcome floor = Cli.run("verify", "--require-policy-at-least", policy, out);
      assertThat(floor.status()).isEqualTo(hook.equals("post-init") ? 5 : 0);
      Cli.ok("verify", "--require-policy-at-least", policy, "--require-hook", hook, out);
      Path restored = folder.resolve(hook + "-restored");
      Cli.ok("restore", "-o", restored, out);
      assertThat(restored).has(sameBytesAs(Restricted.TRY));
    }
  }

  @Test
  void libraryAndLauncherInstallThem() {
    Path library = folder.resolve("libsandbox.so");
    Cli.ok("library", "--policy", policy, "-o", library);
    confines(Map.of("LD_PRELOAD", library.toString()), Restricted.TRY);
    Path launcher = folder.resolve("launcher");
    Cli.ok("launcher", "--policy", policy, "-o", launcher);
    confines(Map.of(), launcher, Restricted.TRY);
  }

  @Test
  void aNeededLibraryInstallsThoseOfTheProgram() {
    Path library = folder.resolve("libneeded.so");
    Cli.ok("library", "-o", library);
    Path out = folder.resolve("needing");
    Cli.ok(
        "patch",
        "--mode",
        "needed",
        "--library",
        library,
        "--policy",
        policy,
        "-o",
        out,
        Restricted.TRY);
    confines(Map.of(), out);
    Cli.ok("verify", "--policy", policy, out);
  }

  @Test
  void aLimitOnThePolicyCountsThem() throws IOException {
    Path program = restricted.patched(Restricted.TRY, SECTIONS);
    Path tighter = restricted.policy("landlock: {read: [/usr/lib], bind: [81], scope: [signal]}");
    Outcome outcome = Cli.run("verify", "--require-policy-at-least", tighter, program);
    outcome.endsWith(5);
    assertThat(outcome.failedChecks()).contains("to read /etc/passwd");
    Path wider = restricted.policy("landlock: {read: [/usr, /etc], bind: [80, 81]}");
    Cli.ok("verify", "--require-policy-at-least", wider, program);
    Path replaced = folder.resolve("replaced");
    Cli.ok("patch", "--replace", "--policy", wider, "-o", replaced, program);
    assertThat(Restricted.results(replaced, "read:/etc/group")).containsValue("ok");
    Cli.run("verify", "--require-policy-at-least", policy, replaced).endsWith(5);
    Files.delete(replaced);
  }
}
