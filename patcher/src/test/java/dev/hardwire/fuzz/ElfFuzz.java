package dev.hardwire.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Patching;
import dev.hardwire.patch.LayoutCheck;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.verify.Acceptance;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.verify.result.Report;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for an executable is refused, or planned, patched and verified. */
class ElfFuzz {
  private static final Map<Target, PatchRequest> REQUESTS = new ConcurrentHashMap<>();

  static Stream<Arguments> seeds() {
    return Seeds.executables();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void executables(byte[] file) {
    try {
      ElfFile elf = ElfFile.parse(Bytes.wrap(file));
      PatchRequest request =
          REQUESTS.computeIfAbsent(
              elf.machine(), machine -> Patching.request(machine, Optional.empty()));
      Bytes patched = PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, request));
      LayoutCheck.check(elf, patched);
      Report report =
          Verifier.verify(
              patched,
              Expectations.NONE.with(VerifySettings.NONE.accepting(Acceptance.EMPTY_POLICY)));
      assertThat(report.passed()).as(report.toString()).isTrue();
    } catch (ElfFormatException refused) {
      Seeds.requireText(refused);
    }
  }
}
