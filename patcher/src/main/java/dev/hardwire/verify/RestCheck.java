package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.image.PatchedImage;
import dev.hardwire.plan.PatchPlanner;
import dev.hardwire.plan.PatchRequest;
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
    Bytes file = layer.elf().bytes();
    long difference =
        PatchedImage.of(
                original.bytes(),
                PatchPlanner.plan(original, request(), layer.notes().record().originalSha256()))
            .differenceFrom(file);
    CheckList.require(
        difference < 0,
        difference < 0
            ? ""
            : "changed at 0x%x since it was patched, or patched by another version of Hardwire"
                .formatted(difference));
    return "every other byte, too, is as the patch writes it";
  }

  private PatchRequest request() {
    BlobHeader header =
        BlobHeader.decode(layer.elf().header().elfClass(), layer.blob(), layer.blobOffset());
    boolean needed = layer.notes().setup().isNeeded();
    return new PatchRequest(
        Blobs.program(layer.elf().machine(), layer.blob(), header, layer.blobOffset()),
        layer.notes().policy(),
        layer.notes().setup().hook(),
        needed ? Optional.of(NeededChecks.library(layer.elf())) : Optional.empty(),
        true,
        true);
  }
}
