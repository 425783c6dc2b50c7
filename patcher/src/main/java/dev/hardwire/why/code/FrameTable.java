package dev.hardwire.why.code;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The call frame information of a file, {@code .eh_frame} (LSB, exception frames; DWARF 5, 6.4). It
 * is found by its section, or through PT_GNU_EH_FRAME.
 */
final class FrameTable {
  private static final long HEADER_TYPE = 0x6474e550L;

  /** What functions have in common. */
  record Common(
      long codeFactor,
      long dataFactor,
      int returnRegister,
      int encoding,
      boolean isSignalFrame,
      boolean isAugmented,
      Dwarf instructions) {}

  /**
   * A function.
   *
   * @param start its address in the file
   */
  record Function(long start, long size, Common common, Dwarf instructions) {}

  private final Dwarf all;
  private final Map<Long, Optional<Common>> commons = new HashMap<>();

  private FrameTable(Dwarf all) {
    this.all = all;
  }

  /**
   * The function that has an address of the file.
   *
   * @throws dev.hardwire.bytes.BytesException if the table is damaged
   */
  static Optional<Function> find(ElfFile elf, long address) {
    return table(elf).flatMap(table -> table.search(address));
  }

  private static Optional<FrameTable> table(ElfFile elf) {
    Optional<Section> section =
        elf.section(s -> s.name().equals(".eh_frame") && s.type() != Section.SHT_NOBITS);
    if (section.isPresent()) {
      Section found = section.get();
      return elf.bytes().contains(found.offset(), found.size())
          ? Optional.of(of(elf, found.addr(), found.offset(), found.size()))
          : Optional.empty();
    }
    return elf.segment(HEADER_TYPE).flatMap(header -> throughHeader(elf, header));
  }

  private static FrameTable of(ElfFile elf, long address, long offset, long size) {
    Bytes bytes = elf.bytes().slice(offset, size).withOrder(elf.machine().order());
    return new FrameTable(new Dwarf(bytes, address, elf.header().elfClass().wordSize()));
  }

  private static Optional<FrameTable> throughHeader(ElfFile elf, ProgramHeader header) {
    if (header.filesz() < 8 || !elf.bytes().contains(header.offset(), header.filesz())) {
      return Optional.empty();
    }
    Bytes bytes =
        elf.bytes().slice(header.offset(), header.filesz()).withOrder(elf.machine().order());
    Dwarf reader = new Dwarf(bytes, header.vaddr(), elf.header().elfClass().wordSize());
    int version = reader.u8();
    int encoding = reader.u8();
    reader.skip(2);
    if (version != 1 || encoding == Dwarf.OMITTED) {
      return Optional.empty();
    }
    long address = reader.pointer(encoding);
    for (ProgramHeader load : elf.loads()) {
      long within = address - load.vaddr();
      if (within >= 0 && within < load.filesz()) {
        return Optional.of(of(elf, address, load.offset() + within, load.filesz() - within));
      }
    }
    return Optional.empty();
  }

  private Optional<Function> search(long address) {
    long record = 0;
    long size = all.rest();
    while (size - record >= 8) {
      Dwarf reader = all.part(record, size);
      long length = reader.u32();
      if (length == 0) { // ends the table of one object file; others may follow
        record += 4;
        continue;
      }
      if (length == 0xffff_ffffL || length > reader.rest() || length < 4) {
        return Optional.empty();
      }
      long end = reader.at() + length;
      long place = reader.at();
      long back = reader.u32();
      if (back != 0) {
        Optional<Function> function = function(place - back, place + 4, end, address);
        if (function.isPresent()) {
          return function;
        }
      }
      record = end;
    }
    return Optional.empty();
  }

  private Optional<Function> function(long commonAt, long from, long to, long address) {
    Optional<Common> common = commons.computeIfAbsent(commonAt, this::common);
    if (common.isEmpty()) {
      return Optional.empty();
    }
    Dwarf reader = all.part(from, to);
    long start = reader.pointer(common.get().encoding());
    long size = reader.pointer(common.get().encoding() & 0x0f);
    if (Long.compareUnsigned(address - start, size) >= 0) {
      return Optional.empty();
    }
    if (common.get().isAugmented()) {
      reader.skip(reader.unsigned());
    }
    return Optional.of(new Function(start, size, common.get(), all.part(reader.at(), to)));
  }

  private Optional<Common> common(long at) {
    Dwarf start = all.part(at, at + all.rest() - at);
    long length = start.u32();
    if (length == 0xffff_ffffL || length > start.rest() || length < 4 || start.u32() != 0) {
      return Optional.empty();
    }
    Dwarf reader = all.part(start.at(), at + 4 + length);
    int version = reader.u8();
    StringBuilder text = new StringBuilder();
    for (int next = reader.u8(); next != 0; next = reader.u8()) {
      text.append((char) next);
    }
    long code = reader.unsigned();
    long data = reader.signed();
    int register = version == 1 ? reader.u8() : (int) reader.unsigned();
    int encoding = 0;
    boolean signal = false;
    if (text.isEmpty()) {
      return Optional.of(new Common(code, data, register, 0, false, false, reader));
    }
    if (text.charAt(0) != 'z') {
      return Optional.empty();
    }
    long size = reader.unsigned();
    long instructions = reader.at() + size;
    for (int i = 1; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case 'R' -> encoding = reader.u8();
        case 'L' -> reader.skip(1);
        case 'P' -> reader.pointer(reader.u8() & 0x0f);
        case 'S' -> signal = true;
        default -> {
          return Optional.empty(); // what it means for the frame is not known
        }
      }
    }
    Dwarf rest = all.part(instructions, at + 4 + length);
    return Optional.of(new Common(code, data, register, encoding, signal, true, rest));
  }
}
