package dev.hardwire.live.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kernels before 5.18 compute AT_PHDR from e_phoff and the first PT_LOAD; {@code old-phdr} does as
 * they did.
 */
class OldKernelPhdrTest {
  /** Exit status of {@code moved-table} where AT_PHDR does not point to its program headers. */
  private static final int WRONG_TABLE = 8;

  @Test
  void theEmulationMisleadsAProgramWhoseTableIsElsewhere() {
    Path program = Fixtures.tool("moved-table");
    assertThat(Programs.run(program).status()).isNotEqualTo(WRONG_TABLE);
    assertThat(Programs.run(Fixtures.tool("old-phdr"), program).status()).isEqualTo(WRONG_TABLE);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.hardwire.testing.Fixtures#programs64")
  @Execution(ExecutionMode.CONCURRENT)
  void patchedProgramsFindTheirProgramHeaders(Fixture fixture, @TempDir Path folder) {
    check(fixture, Expected.sample(fixture), folder);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.hardwire.testing.Fixtures#programs64")
  @Execution(ExecutionMode.CONCURRENT)
  @Tag("long")
  void programsWithAnyHookFindTheirProgramHeaders(Fixture fixture, @TempDir Path folder) {
    check(fixture, Expected.hooks(fixture), folder);
  }

  private static void check(Fixture fixture, List<Hook> hooks, Path folder) {
    Fixtures.copyLibraries(fixture, folder);
    Outcome original = Programs.run(fixture.path());
    assertAll(
        hooks.stream()
            .map(hook -> () -> check(fixture, hook, folder.resolve(hook.id()), original)));
  }

  private static void check(Fixture fixture, Hook hook, Path out, Outcome original) {
    Outcome patched =
        Cli.run("patch", Policies.ALLOW_ALL, "--hook", hook, "-o", out, fixture.path());
    patched.succeeds();
    assertThat(Programs.run(Fixtures.tool("old-phdr"), out))
        .as("%s, hook %s", fixture, hook)
        .isEqualTo(Expected.under(hook, original));
  }
}
