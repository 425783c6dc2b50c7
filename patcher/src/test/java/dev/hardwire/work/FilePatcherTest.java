package dev.hardwire.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A large file is copied while its digest is computed, and not before. */
class FilePatcherTest {
  private final AtomicInteger begun = new AtomicInteger();

  private FilePatcher patcher(int files) throws IOException {
    Policy policy = Policy.of("test", Action.ALLOW, List.of(Rule.of(Action.TRAP, "uname")));
    return FilePatcher.of(
        PatchSettings.DEFAULT, GivenPolicy.NONE.of(policy, "the test"), Optional.empty(), files);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void tellsWhenOnlyTheDigestIsMissing(int files) throws IOException {
    try (ProgramFile program = ProgramFile.open(Path.of("/bin/true"))) {
      Patch patch = patcher(files).plan(program, begun::incrementAndGet, (file, message) -> {});
      assertThat(patch.lines()).isNotEmpty();
    }
    assertThat(begun).hasValue(1);
  }

  @Test
  void doesNotForAFileThatIsRefused() throws IOException {
    Path library = Path.of("/lib/x86_64-linux-gnu/libm.so.6");
    try (ProgramFile program = ProgramFile.open(library)) {
      assertThatExceptionOfType(ElfFormatException.class)
          .isThrownBy(
              () -> patcher(1).plan(program, begun::incrementAndGet, (file, message) -> {}));
    }
    assertThat(begun).hasValue(0);
  }
}
