package dev.hardwire.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.CorruptFile;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Patching;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The original comes back from every patched file, or nothing does. */
@Tag("system")
class OriginalBytesTest {
  static List<Fixture> programs() {
    return Fixtures.programs();
  }

  private static PatchRecord record(Bytes patched) {
    return HardwireNotes.last(ElfFile.parse(patched)).orElseThrow().record();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void everyFixtureComesBackFromEveryHook(Fixture fixture) {
    Bytes original = Bytes.wrap(Patching.fixture(fixture.name()));
    int hooks = 0;
    for (Hook hook : Hook.values()) {
      try {
        Bytes patched = Patching.patch(ElfFile.parse(original), hook);
        assertThat(OriginalBytes.of(patched, record(patched))).isEqualTo(original);
        hooks++;
      } catch (ElfFormatException e) {
        boolean before =
            e.refusal() == Refusal.RUNS_BEFORE_HOOK
                && fixture.runsBeforeHooks()
                && hook != Hook.POST_INIT;
        boolean needsLinker = e.refusal() == Refusal.NO_INTERPRETER && !fixture.isDynamic();
        assertThat(before || needsLinker || e.refusal().allowsEntryHook())
            .as(e.getMessage())
            .isTrue();
      }
    }
    assertThat(hooks).isPositive();
  }

  private static void refused(Bytes patched, PatchRecord record) {
    assertThatThrownBy(() -> OriginalBytes.of(patched, record))
        .isInstanceOfSatisfying(
            ElfFormatException.class,
            e -> assertThat(e.refusal()).isIn(Refusal.DAMAGED_PATCH, Refusal.REWRITTEN));
  }

  @Test
  void everyByteOfTheOriginalCounts() {
    CorruptFile file = CorruptFile.patched("lld-pie");
    PatchRecord record = record(file.bytes());
    for (int at = 0; at < record.originalSize(); at += 61) {
      int here = at;
      boolean restored =
          record.ranges().stream().anyMatch(r -> r.offset() <= here && here < r.end());
      file.flip(at);
      if (restored) {
        assertThat(OriginalBytes.of(file.bytes(), record).sha256())
            .isEqualTo(record.originalSha256());
      } else {
        refused(file.bytes(), record);
      }
      file.flip(at);
    }
  }

  @Test
  void aRecordOfAnotherFileIsRefused() {
    Bytes patched = CorruptFile.patched("lld-pie").bytes();
    PatchRecord record = record(patched);
    refused(patched, record(CorruptFile.patched("gcc-pie").bytes()));
    refused(patched, new PatchRecord(patched.size() + 1, record.originalSha256(), List.of()));
    refused(patched, new PatchRecord(record.originalSize(), record.originalSha256(), List.of()));
    refused(
        patched,
        new PatchRecord(record.originalSize() - 1, record.originalSha256(), record.ranges()));
  }

  @Test
  void aFileThatLostItsEndIsRefused() {
    CorruptFile file = CorruptFile.patched("lld-pie");
    PatchRecord record = record(file.bytes());
    refused(file.cutTo(record.originalSize() - 1).bytes(), record);
  }
}
