package dev.hardwire.stub.library;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;

/** The hash tables of a file that defines no symbol (gABI, Hash Table; GNU's DT_GNU_HASH). */
record EmptyHashes(Target machine) {
  /** The size of an entry of {@link #sysv} in bytes. */
  int width() {
    return machine.hashEntrySize();
  }

  /** One bucket, and only the chain of the null symbol. */
  Bytes sysv() {
    ByteWriter writer = new ByteWriter(machine.order());
    for (int entry : new int[] {1, 1, 0, 0}) {
      if (width() == Long.BYTES) {
        writer.u64(entry);
      } else {
        writer.u32(entry);
      }
    }
    return writer.toBytes();
  }

  /** Bytes of an entry of {@link #gnu}; 0 where they differ. */
  int gnuWidth() {
    return machine.elfClass() == ElfClass.CLASS32 ? Integer.BYTES : 0;
  }

  /** One bucket, symbols from index 1 on, one word of a Bloom filter that rejects every symbol. */
  Bytes gnu() {
    ByteWriter writer = new ByteWriter(machine.order()).u32(1).u32(1).u32(1).u32(0);
    return writer.zeros(machine.elfClass().wordSize()).u32(0).toBytes();
  }
}
