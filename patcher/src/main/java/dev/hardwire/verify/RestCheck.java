package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import java.util.Optional;

/**
 * Checks the bytes that no other check needs: section headers, unused notes, padding, and the end
 * of the file. Patching the original again, with the setup program that the file has, must give the
 * same file. The other checks prove what the bytes do; none of them relies on this one.
 */
final class RestCheck {
  private final PatchLayer layer;
  private final ElfFile original;

  RestCheck(PatchLayer layer, ElfFile original) {
    this.layer = layer;
    this.original = original;
  }

  String check() {
    ElfFile elf = layer.elf();
    Optional<String> library =
        layer.notes().setup().isNeeded()
            ? Optional.of(NeededChecks.library(elf))
            : Optional.empty();
    long difference = repeated(library).differenceFrom(elf.bytes());
    CheckList.require(
        difference < 0,
        "changed at 0x%x since it was patched, or patched by another version of Hardwire"
            .formatted(difference));
    return "every other byte, too, is as the patch writes it";
  }

  private Bytes repeated(Optional<String> library) {
    try {
      return layer
          .format()
          .repeated(original, layer.notes(), layer.policy(), layer.program(), library);
    } catch (IllegalStateException inconsistent) {
      throw new CheckList.Failed(inconsistent.getMessage());
    }
  }
}
