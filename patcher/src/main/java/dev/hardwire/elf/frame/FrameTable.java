package dev.hardwire.elf.frame;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The call frame information of a file, {@code .eh_frame} (LSB, exception frames; DWARF 5, 6.4). It
 * is found by its section, or through PT_GNU_EH_FRAME where there are no section headers.
 *
 * <p>All methods throw {@link ElfFormatException} with the offset of the first record that is
 * damaged. Without section headers the end of the table is not known, so that it ends there.
 */
public final class FrameTable {
  private static final long LONG_RECORD = 0xffff_ffffL;
  private static final int NONE = -1;

  /**
   * What functions have in common (CIE).
   *
   * @param encoding of the addresses of functions
   * @param landingEncoding of the addresses of their tables of landing pads; -1 if they have none
   * @param personality the address of the function that finds landing pads, or of the word that has
   *     it; 0 for none
   * @param personalityIsIndirect whether it is that of a word
   * @param isAugmented whether the records of functions have more than addresses and instructions
   * @param isUnderstood whether nothing else may change the meaning of the instructions
   */
  public record Common(
      long codeFactor,
      long dataFactor,
      int returnRegister,
      int encoding,
      int landingEncoding,
      long personality,
      boolean personalityIsIndirect,
      boolean isSignalFrame,
      boolean isAugmented,
      boolean isUnderstood,
      FrameReader instructions) {
    /** Whether the functions may have landing pads. */
    public boolean mayLand() {
      return landingEncoding != NONE;
    }

    private boolean hasTables() {
      return mayLand()
          && landingEncoding != FrameReader.OMITTED
          && (landingEncoding & FrameReader.INDIRECT) == 0;
    }
  }

  /**
   * A function.
   *
   * @param start its address in the file
   * @param size of its code, in bytes
   * @param landingPads the address of its table of landing pads; 0 for none
   */
  public record Function(
      long start, long size, Common common, long landingPads, FrameReader instructions) {}

  private final FrameReader all;

  /** Where the table is in the file, in bytes. */
  private final long offset;

  private final boolean isBounded;

  /** By their offsets in the table; each is before the functions that use it. */
  private final Map<Long, Common> commons = new HashMap<>();

  private FrameTable(ElfFile elf, FrameReader all, long offset) {
    this.all = all;
    this.offset = offset;
    this.isBounded = !elf.sections().isEmpty();
  }

  /** The table of a file; empty if it has none. */
  public static Optional<FrameTable> of(ElfFile elf) {
    Optional<Section> section =
        elf.section(s -> s.name().equals(".eh_frame") && s.type() != Section.SHT_NOBITS);
    if (section.isEmpty()) {
      return elf.segment(SegmentType.GNU_EH_FRAME).flatMap(header -> throughHeader(elf, header));
    }
    Section found = section.get();
    Bytes bytes = elf.bytes();
    if (!bytes.contains(found.offset(), found.size())) {
      throw refuse(found.offset(), "the section is not in the file");
    }
    int wordSize = elf.header().elfClass().wordSize();
    FrameReader all =
        new FrameReader(bytes.slice(found.offset(), found.size()), found.addr(), wordSize);
    return Optional.of(new FrameTable(elf, all, found.offset()));
  }

  private static Optional<FrameTable> throughHeader(ElfFile elf, ProgramHeader header) {
    if (!elf.bytes().contains(header.offset(), header.filesz())) {
      throw refuse(header.offset(), "the header is not in the file");
    }
    FrameReader reader =
        new FrameReader(
            elf.bytes().slice(header.offset(), header.filesz()),
            header.vaddr(),
            elf.header().elfClass().wordSize());
    try {
      int version = reader.rest() < 8 ? 0 : reader.u8();
      int encoding = version == 1 ? reader.u8() : FrameReader.OMITTED;
      if (encoding == FrameReader.OMITTED) {
        return Optional.empty();
      }
      reader.skip(2);
      long address = reader.pointer(encoding);
      FrameReader all =
          FrameReader.of(elf, address)
              .orElseThrow(
                  () ->
                      refuse(
                          header.offset(),
                          "the table at 0x%x is not in the file".formatted(address)));
      return Optional.of(new FrameTable(elf, all, elf.fileOffset(address, 0).orElseThrow()));
    } catch (BytesException damaged) {
      throw refuse(header.offset(), damaged.reason());
    }
  }

  private static ElfFormatException refuse(long offset, String reason) {
    return new ElfFormatException(Refusal.BAD_SECTIONS, offset, ".eh_frame", reason);
  }

  /** The function that has an address of the file, if its frames are understood. */
  public Optional<Function> at(long address) {
    return find(
        function ->
            Long.compareUnsigned(address - function.start(), function.size()) < 0
                && function.common().isUnderstood());
  }

  /** Passes all functions to a visitor, in the order of the table. */
  public void forEach(Consumer<Function> visitor) {
    find(
        function -> {
          visitor.accept(function);
          return false;
        });
  }

  private Optional<Function> find(Predicate<Function> isWanted) {
    long record = 0;
    while (all.rest() - record >= Integer.BYTES) {
      try {
        FrameReader reader = all.part(record, all.rest());
        long length = reader.u32();
        if (length == 0) { // ends the table of one object file; others may follow
          record += Integer.BYTES;
          continue;
        }
        if (length == LONG_RECORD || length < Integer.BYTES || length > reader.rest()) {
          if (record == 0 || isBounded) {
            throw refuse(
                offset + record, "the record of 0x%x bytes ends past the table".formatted(length));
          }
          return Optional.empty();
        }
        reader = all.part(reader.at(), reader.at() + length);
        long place = reader.at();
        long back = reader.u32();
        if (back == 0) {
          commons.put(record, common(reader));
        } else {
          Optional<Function> function = function(place - back, reader);
          if (function.filter(isWanted).isPresent()) {
            return function;
          }
        }
        record = place + length;
      } catch (BytesException damaged) {
        throw refuse(offset + damaged.offset(), damaged.reason());
      }
    }
    return Optional.empty();
  }

  private Optional<Function> function(long commonAt, FrameReader reader) {
    Common common = commons.get(commonAt);
    if (common == null) {
      if (isBounded) {
        throw refuse(offset + reader.at(), "no CIE at offset 0x%x".formatted(offset + commonAt));
      }
      return Optional.empty();
    }
    long start = reader.pointer(common.encoding());
    long size = reader.pointer(common.encoding() & 0x0f);
    long landingPads = 0;
    FrameReader instructions = reader;
    if (common.isAugmented()) {
      long length = reader.unsigned();
      instructions = reader.part(reader.at(), reader.at() + reader.rest());
      instructions.skip(length);
      if (length > 0 && common.hasTables()) {
        long place = reader.address();
        long table = reader.pointer(common.landingEncoding());
        landingPads = table == place ? 0 : table; // a distance of 0
      }
    }
    return Optional.of(new Function(start, size, common, landingPads, instructions));
  }

  private static Common common(FrameReader reader) {
    int version = reader.u8();
    StringBuilder text = new StringBuilder();
    for (int next = reader.u8(); next != 0; next = reader.u8()) {
      text.append((char) next);
    }
    boolean isAugmented = text.indexOf("z") == 0;
    boolean isUnderstood = isAugmented || text.isEmpty();
    int encoding = text.indexOf("e") == 0 ? FrameReader.OMITTED : 0; // of GCC 2
    if (!isUnderstood) {
      return new Common(0, 0, 0, encoding, NONE, 0, false, false, false, false, reader);
    }
    long code = reader.unsigned();
    long data = reader.signed();
    int register = version == 1 ? reader.u8() : (int) reader.unsigned();
    FrameReader instructions = reader;
    if (isAugmented) {
      long size = reader.unsigned();
      instructions = reader.part(reader.at(), reader.at() + reader.rest());
      instructions.skip(size);
    }
    int landing = NONE;
    long personality = 0;
    boolean isIndirect = false;
    boolean isSignal = false;
    for (int i = 1; i < text.length() && isUnderstood; i++) {
      switch (text.charAt(i)) {
        case 'R' -> encoding = reader.u8();
        case 'L' -> landing = reader.u8();
        case 'P' -> {
          int form = reader.u8();
          isIndirect = (form & FrameReader.INDIRECT) != 0;
          personality = form == FrameReader.OMITTED ? 0 : reader.pointer(form);
        }
        case 'S' -> isSignal = true;
        case 'B' -> {
          // another key for return addresses of aarch64
        }
        default -> isUnderstood = false;
      }
    }
    return new Common(
        code,
        data,
        register,
        encoding,
        landing,
        personality,
        isIndirect,
        isSignal,
        isAugmented,
        isUnderstood,
        instructions);
  }
}
