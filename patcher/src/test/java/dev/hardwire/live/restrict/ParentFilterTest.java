package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a filter outside the program answers in place of the kernel. */
@Takes(KernelFeature.FILES)
class ParentFilterTest {
  @TempDir private Path folder;

  private Outcome under(String call, String error, String kernel) throws IOException {
    Path program =
        new Restricted(folder)
            .patched(Restricted.TRY, "landlock: {kernel: " + kernel + ", read: [/usr]}");
    return Programs.run(Restricted.DENY_CALL, call, error, "--", program, "list:/etc");
  }

  @ParameterizedTest
  @CsvSource({
    "landlock_create_ruleset, ENOSYS, -38",
    "landlock_create_ruleset, EOPNOTSUPP, -95",
    "landlock_create_ruleset, EPERM, -1",
    "landlock_create_ruleset, E2BIG, -7",
    "landlock_add_rule, ENOSYS, -38",
    "landlock_restrict_self, E2BIG, -7",
    "landlock_restrict_self, EPERM, -1",
  })
  void requireStopsTheProgram(String call, String error, int number) throws IOException {
    under(call, error, "require")
        .fails(126, "so the program was not started; the call returned " + number);
    if (!call.equals("landlock_create_ruleset")) {
      under(call, error, "{at-least: 0}").fails(126, "the call returned " + number);
      under(call, error, "{at-least: 5, below: warn}").fails(126, "returned " + number);
    }
  }

  @ParameterizedTest
  @CsvSource({"ENOSYS", "EOPNOTSUPP", "EPERM", "E2BIG"})
  @Takes({})
  void warnSaysThatLandlockIsMissing(String error) throws IOException {
    for (String kernel : new String[] {"{at-least: 0}", "{at-least: 5, below: warn}"}) {
      assertThat(under("landlock_create_ruleset", error, kernel))
          .isEqualTo(
              new Outcome(
                  0,
                  "list:/etc: ok\n",
                  "hardwire: warning: this kernel does not offer Landlock, so the program runs"
                      + " without it\n"));
    }
    under("landlock_create_ruleset", error, "{at-least: 5}").fails(126, "was not started");
  }

  @Test
  void aFakedSuccessIsFoundOut() throws IOException {
    under("landlock_restrict_self", "0", "require").fails(126, "fakes Landlock");
    under("landlock_create_ruleset", "0", "require").fails(126, "was not started");
    assertThat(under("landlock_create_ruleset", "0", "{at-least: 0}").err())
        .startsWith("hardwire: warning: ");
    under("landlock_add_rule", "0", "require").succeeds();
    assertThat(under("landlock_add_rule", "0", "require").out()).isEqualTo("list:/etc: EACCES\n");
    assertThat(under("futex", "0", "require").out()).isEqualTo("list:/etc: EACCES\n");
    assertThat(under("futex", "EPERM", "require").status()).isEqualTo(126);
  }
}
