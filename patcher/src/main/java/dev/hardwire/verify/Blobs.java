package dev.hardwire.verify;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.RawRecord;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterException;
import dev.hardwire.stub.Argument;
import dev.hardwire.stub.FilterLength;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.Step;
import java.util.ArrayList;
import java.util.List;

/** Reads setup programs out of blobs, and filters out of setup programs. */
final class Blobs {
  private Blobs() {}

  /**
   * The loader of the hook first, as its header says.
   *
   * @param offset of the header, from the start of the blob
   * @param path of the dynamic linker
   */
  record Loader(long offset, BlobHeader header, String path) {
    /** Of the path, in the data behind the code (LoaderBlob). */
    private static final int PATH = 12;

    /**
     * Reads it.
     *
     * @param blob from the header of the start to the end of its segment
     * @param fileOffset of the blob
     * @throws ElfFormatException if it is not there
     */
    static Loader of(ElfFile elf, Bytes blob, long fileOffset) {
      ElfClass elfClass = elf.header().elfClass();
      long offset = BlobHeader.decode(elfClass, blob, fileOffset).end();
      long start = Math.min(offset, blob.size());
      Bytes rest = blob.slice(start, blob.size() - start);
      BlobHeader header = BlobHeader.decode(elfClass, rest, fileOffset + start);
      Bytes data = rest.slice(header.dataOffset(), header.dataSize());
      try {
        return new Loader(offset, header, data.cString(PATH));
      } catch (BytesException e) {
        throw new ElfFormatException(
                Refusal.DAMAGED_PATCH, fileOffset + start, "loader", "it names no dynamic linker")
            .causedBy(e);
      }
    }

    /** The first byte behind it, from the start of the blob. */
    long end() {
      return offset + header.end();
    }
  }

  /**
   * The setup program of a blob.
   *
   * @param machine that of the file
   * @param fileOffset where the blob starts in the file, for errors
   */
  static SetupProgram program(Target machine, Bytes blob, BlobHeader header, long fileOffset) {
    ElfClass elfClass = machine.elfClass();
    return SetupProgram.decode(
        elfClass,
        blob.slice(header.recordsOffset(), header.recordCount() * RawRecord.size(elfClass)),
        blob.slice(header.dataOffset(), header.dataSize()),
        header.dataOffset(),
        fileOffset + header.recordsOffset());
  }

  /**
   * The filters that a setup program installs: what its stores of a length and a pointer describe.
   *
   * @throws ElfFormatException if one is not a filter that the kernel takes
   */
  static List<Filter> filters(Target machine, SetupProgram program) {
    List<Filter> filters = new ArrayList<>();
    for (Step step : program.steps()) {
      if (step instanceof Step.Store store && store.words().size() == 2) {
        Argument length = store.words().get(0).value();
        Argument place = store.words().get(1).value();
        long size = FilterLength.instructions(machine, length.bits()) * Filter.INSTRUCTION_SIZE;
        if (place instanceof Argument.DataPointer && program.data().contains(place.bits(), size)) {
          filters.add(filter(program.data().withOrder(machine.order()).slice(place.bits(), size)));
        }
      }
    }
    return filters;
  }

  private static Filter filter(Bytes bytes) {
    try {
      return Filter.decode(bytes);
    } catch (FilterException e) {
      throw new ElfFormatException(Refusal.DAMAGED_PATCH, 0, "filter", e.getMessage()).causedBy(e);
    }
  }
}
