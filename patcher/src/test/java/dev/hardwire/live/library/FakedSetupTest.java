package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A filter outside the program answers seccomp with success, and the call is not made. */
class FakedSetupTest {
  private static final Outcome NOTICED =
      new Outcome(
          126,
          "",
          "hardwire: a filter outside this program fakes seccomp, so the program was not started\n");
  private static final String DENY = "SECCOMP_SYSCALL_DENY=uname";

  @TempDir private Path folder;

  private Path made(String command, Object... options) {
    Path file = folder.resolve(command + ".so");
    Cli.ok(command, "-o", file, List.of(options));
    return file;
  }

  private static Outcome under(String tool, String error, Object... command) {
    return Programs.run(
        Map.of(), Fixtures.tool(tool), "seccomp", error, "--", Programs.strings(command));
  }

  @ParameterizedTest
  @CsvSource({"gcc-pie, deny-call, x86_64", "i386-pie, deny-call-i386, i386"})
  void policyInTheEnvironment(String name, String tool, String architecture) {
    Path program = Fixtures.named(name).path();
    String preload = "LD_PRELOAD=" + made("library", "--arch", architecture);
    assertThat(under(tool, "0", "env", preload, DENY, program)).isEqualTo(NOTICED);
    assertThat(under(tool, "EPERM", "env", preload, DENY, program).endsWith(126).err())
        .isEqualTo(
            "hardwire: seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started\n");
  }

  @Test
  void policyOfAPreloadedLibrary() {
    Path program = Fixtures.named("gcc-pie").path();
    Path library = made("library", "--deny", "uname");
    assertThat(under("deny-call", "0", "env", "LD_PRELOAD=" + library, program)).isEqualTo(NOTICED);
  }

  @Test
  void libraryThatAProgramNeeds() {
    Path library = made("library");
    Path needed = folder.resolve("needed");
    Cli.ok(
        "patch",
        Policies.UNAME_KILLS,
        List.of("--mode", "needed", "--library", library, "-o", needed),
        Fixtures.named("gcc-pie").path());
    assertThat(under("deny-call", "0", needed)).isEqualTo(NOTICED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--before-exec"})
  void launcher(String option) {
    Path program = Fixtures.named("gcc-pie").path();
    List<String> options = option.isEmpty() ? List.of() : List.of(option);
    Path fromEnvironment = made("launcher");
    Outcome outcome =
        under("deny-call", "0", "env", DENY, fromEnvironment, Programs.strings(options, program));
    assertThat(outcome.status()).isEqualTo(126);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).endsWith(NOTICED.err());
    Path builtIn = made("launcher", "--deny", "uname");
    assertThat(under("deny-call", "0", builtIn, Programs.strings(options, program)).err())
        .endsWith(NOTICED.err());
  }
}
