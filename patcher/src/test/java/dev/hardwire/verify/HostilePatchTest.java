package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Patching;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.LayoutCheck;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.SampleElf;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever stands in a patched file, reading it ends in an answer or in a refusal. */
class HostilePatchTest {
  private static final int SAMPLE = 150;
  private static final List<Consumer<Bytes>> READERS =
      List.of(
          file -> Verifier.verify(file, Expectations.NONE),
          Inspection::of,
          HostilePatchTest::restore,
          HostilePatchTest::stack);

  private static void restore(Bytes file) {
    HardwireNotes.last(ElfFile.parse(file))
        .ifPresent(notes -> OriginalBytes.of(file, notes.record()));
  }

  private static void stack(Bytes file) {
    PatchRequest plain = Patching.request(Target.X86_64, Optional.empty());
    PatchRequest stacking = plain.with(PatchSettings.DEFAULT.with(PatchSettings.Existing.STACK));
    ElfFile elf = ElfFile.parse(file);
    Bytes patched = PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, stacking));
    LayoutCheck.check(elf, patched);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource(Hook.class)
  void everyReaderEnds(Hook hook) {
    everyReader(hook, SAMPLE);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource(Hook.class)
  @Tag("long")
  void everyReaderOfManyFilesEnds(Hook hook) {
    everyReader(hook, 100 * SAMPLE);
  }

  private static void everyReader(Hook hook, int rounds) {
    Bytes original = new SampleElf().bss(0x2000).build();
    byte[] good = PatchedFile.of(original, hook, PatchedFile.POLICY, false).bytes().toArray();
    long[] values = {
      -1, 0, 1, Long.MAX_VALUE, Long.MIN_VALUE, 0x7fff_ffff, 0x1000, good.length, good.length - 1
    };
    Random random = new Random(List.of(Hook.values()).indexOf(hook) + 1);
    int refused = 0;
    for (int round = 0; round < rounds; round++) {
      int width = 1 << random.nextInt(4);
      int at = place(random, good.length - 8) & -width;
      long value = values[random.nextInt(values.length)];
      byte[] file = good.clone();
      for (int i = 0; i < width; i++) {
        file[at + i] = (byte) (value >>> (8 * i));
      }
      String what = "hook %s: %d bytes at 0x%x are 0x%x".formatted(hook, width, at, value);
      for (Consumer<Bytes> reader : READERS) {
        refused += isRefused(reader, Bytes.wrap(file), what) ? 1 : 0;
      }
    }
    assertThat(refused).isBetween(rounds / 10, rounds * READERS.size());
  }

  /** Half of the time in the headers or in the blob, where most bytes mean something. */
  private static int place(Random random, int size) {
    boolean dense = random.nextBoolean();
    int start = random.nextBoolean() ? 0 : 0x1000;
    return dense ? start + random.nextInt(0x600) : random.nextInt(size);
  }

  private static boolean isRefused(Consumer<Bytes> reader, Bytes file, String what) {
    try {
      reader.accept(file);
      return false;
    } catch (ElfFormatException e) {
      return true;
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
  }
}
