package dev.hardwire.verify;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.image.RepeatedPatch;
import java.util.Optional;

/**
 * Leaves no byte free: section headers, notes that nobody reads, padding, what stands behind the
 * end. The original is patched again with the setup program that the file has, and has to become
 * the file. What the bytes do is proved by the other checks, none of which relies on this one.
 */
final class RestCheck {
  private final Layer layer;
  private final ElfFile original;

  RestCheck(Layer layer, ElfFile original) {
    this.layer = layer;
    this.original = original;
  }

  String check() {
    ElfFile elf = layer.elf();
    Optional<String> library =
        layer.notes().setup().isNeeded()
            ? Optional.of(NeededChecks.library(elf))
            : Optional.empty();
    long difference =
        RepeatedPatch.of(original, layer.notes(), layer.program(), library)
            .differenceFrom(elf.bytes());
    CheckList.require(
        difference < 0,
        "changed at 0x%x since it was patched, or patched by another version of Hardwire"
            .formatted(difference));
    return "every other byte, too, is as the patch writes it";
  }
}
