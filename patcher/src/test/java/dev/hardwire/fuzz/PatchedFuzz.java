package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Inspection;
import dev.hardwire.verify.Verifier;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for a hard-wired file is verified, shown and restored, or refused. */
class PatchedFuzz {
  static Stream<Arguments> seeds() {
    return Seeds.patched();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void hardWiredFiles(byte[] content) {
    Bytes file = Bytes.wrap(content);
    Verifier.verify(file, Expectations.NONE);
    try {
      Inspection.of(file);
    } catch (ElfFormatException refused) {
      Seeds.requireText(refused);
    }
    try {
      HardwireNotes.last(ElfFile.parse(file))
          .ifPresent(notes -> OriginalBytes.of(file, notes.record()));
    } catch (ElfFormatException refused) {
      Seeds.requireText(refused);
    }
  }
}
