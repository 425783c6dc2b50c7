package dev.hardwire.plan;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What a plan adds. The bytes are not made where only the edits are asked for. */
final class Additions {
  private final boolean wanted;
  private final List<Addition> all = new ArrayList<>();

  Additions(boolean wanted) {
    this.wanted = wanted;
  }

  void add(long offset, Supplier<Bytes> bytes, String reason) {
    if (wanted) {
      all.add(new Addition(offset, bytes.get(), reason));
    }
  }

  /**
   * Adds what stands behind all that a file's headers name, once more: programs look for it at the
   * end of their file, behind their section headers, or where it was.
   */
  void addTrailer(ElfFile elf, long at) {
    Bytes trailer = elf.trailer();
    if (trailer.size() > 0) {
      add(at, () -> trailer, "what was appended to the program, at its end again");
    }
  }

  /** Gives what is at an offset other bytes. */
  void replace(long offset, Supplier<Bytes> bytes) {
    all.replaceAll(
        one -> one.offset() == offset ? new Addition(offset, bytes.get(), one.reason()) : one);
  }

  List<Addition> ascending() {
    all.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    return all;
  }
}
