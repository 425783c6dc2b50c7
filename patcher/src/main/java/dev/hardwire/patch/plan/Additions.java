package dev.hardwire.patch.plan;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The additions of a plan. If only the edits are needed, the bytes are not made. */
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
   * Adds a copy of the data after everything that a file's headers describe: programs look for it
   * at the end of their file, after their section headers, or at its old place.
   */
  void addTrailer(ElfFile elf, long at) {
    Bytes trailer = elf.trailer();
    if (trailer.size() > 0) {
      add(at, () -> trailer, "what was appended to the program, at its end again");
    }
  }

  /** Replaces the bytes of the addition at an offset. */
  void replace(long offset, Supplier<Bytes> bytes) {
    all.replaceAll(
        one -> one.offset() == offset ? new Addition(offset, bytes.get(), one.reason()) : one);
  }

  List<Addition> ascending() {
    all.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    return all;
  }
}
