package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.jelf.Elf;
import io.kaitai.struct.ByteBufferKaitaiStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads the tables of one file with the generated parser.
 *
 * <p>Invariant: every range given to it has been checked to lie inside the file, so the parser
 * itself never runs past the end.
 */
final class TableReader {
  /** Bytes of a table that are read at once; a multiple of the size of its entries. */
  private static final long CHUNK = 1 << 16;

  private static final int MOST_ENTRIES = 1 << 14;
  private static final int NOTE_HEADER = 12;

  /** Names that anybody looks for are far shorter. */
  private static final long LONGEST_OWNER = 256;

  private final Bytes file;
  private final Elf root;
  private final FileHeader header;

  /** Reads the file header; {@code file} holds one, and e_ident has been checked. */
  TableReader(Bytes file, ElfClass elfClass) {
    this.file = file;
    this.root = new Elf(stream(0, elfClass.fileHeaderSize()));
    Elf.Image.FileHeader raw = root.image().header();
    this.header =
        new FileHeader(
            elfClass,
            root.ident().data() == Elf.DataEncoding.LSB
                ? ByteOrder.LITTLE_ENDIAN
                : ByteOrder.BIG_ENDIAN,
            raw.eType(),
            raw.eMachine(),
            raw.eEntry(),
            raw.ePhoff(),
            raw.eShoff(),
            raw.ePhnum(),
            raw.eShnum(),
            raw.eShstrndx());
  }

  FileHeader header() {
    return header;
  }

  Elf.Image.FileHeader raw() {
    return root.image().header();
  }

  private ByteBufferKaitaiStream stream(long offset, long length) {
    return new ByteBufferKaitaiStream(file.slice(offset, length).toArray());
  }

  private boolean isLittleEndian() {
    return header.order() == ByteOrder.LITTLE_ENDIAN;
  }

  private <T> List<T> table(
      long offset, int count, int entrySize, Function<ByteBufferKaitaiStream, T> read) {
    ByteBufferKaitaiStream stream = stream(offset, (long) count * entrySize);
    List<T> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(read.apply(stream));
    }
    return entries;
  }

  List<ProgramHeader> programHeaders() {
    return table(
        header.phoff(),
        header.phnum(),
        header.elfClass().programHeaderSize(),
        stream -> {
          var raw = new Elf.Image.ProgramHeader(stream, null, root, isLittleEndian());
          return new ProgramHeader(
              raw.pType(),
              raw.pFlags(),
              raw.pOffset(),
              raw.pVaddr(),
              raw.pPaddr(),
              raw.pFilesz(),
              raw.pMemsz(),
              raw.pAlign());
        });
  }

  /** The section headers, still without names. */
  List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    table(
        header.shoff(),
        header.shnum(),
        header.elfClass().sectionHeaderSize(),
        stream -> {
          var raw = new Elf.Image.SectionHeader(stream, null, root, isLittleEndian());
          return sections.add(
              new Section(
                  sections.size(),
                  "",
                  raw.shName(),
                  raw.shType(),
                  raw.shFlags(),
                  raw.shAddr(),
                  raw.shOffset(),
                  raw.shSize(),
                  raw.shLink(),
                  raw.shInfo(),
                  raw.shAddralign(),
                  raw.shEntsize()));
        });
    return sections;
  }

  /** Dynamic entries of {@code [offset, offset + size)} up to and without the first DT_NULL. */
  List<DynamicEntry> dynamicEntries(long offset, long size) {
    int entrySize = header.elfClass().dynamicSize();
    List<DynamicEntry> entries = new ArrayList<>();
    ByteBufferKaitaiStream stream = null;
    for (long at = 0; at + entrySize <= size; at += entrySize) {
      if (at % CHUNK == 0) {
        stream = stream(offset + at, Math.min(CHUNK, size - at));
      }
      var raw = new Elf.Image.DynamicEntry(stream, null, root, isLittleEndian());
      if (raw.dTag() == DynamicTag.NULL) {
        break;
      }
      entries.add(new DynamicEntry(offset + at, raw.dTag(), raw.dVal()));
      requireFew(entries.size(), offset + at, "PT_DYNAMIC");
    }
    return entries;
  }

  /**
   * Refuses more entries than any program has. Each takes memory, and some take time for each of
   * another table.
   */
  static void requireFew(int entries, long offset, String field) {
    if (entries > MOST_ENTRIES) {
      throw new ElfFormatException(
          Refusal.TOO_LARGE, offset, field, "more than %d entries".formatted(MOST_ENTRIES));
    }
  }

  Relocation rela(long offset) {
    var raw =
        new Elf.Image.Rela(
            stream(offset, header.elfClass().relaSize()), null, root, isLittleEndian());
    return relocation(Relocation.Kind.RELA, offset, raw.rOffset(), raw.rInfo(), raw.rAddend());
  }

  Relocation rel(long offset) {
    var raw =
        new Elf.Image.Rel(
            stream(offset, header.elfClass().relSize()), null, root, isLittleEndian());
    return relocation(Relocation.Kind.REL, offset, raw.rOffset(), raw.rInfo(), 0);
  }

  private Relocation relocation(
      Relocation.Kind kind, long offset, long address, long info, long addend) {
    int type = Relocation.type(header.elfClass(), info);
    long symbol = Relocation.symbol(header.elfClass(), info);
    return new Relocation(kind, offset, address, type, symbol, addend);
  }

  /** Notes of {@code [offset, offset + size)}; a note that runs past the end is an error. */
  List<Note> notes(long offset, long size, int alignment) {
    List<Note> notes = new ArrayList<>();
    long at = 0;
    while (size - at >= NOTE_HEADER) {
      Bytes rest = file.slice(offset + at, size - at).withOrder(header.order());
      long nameEnd = NOTE_HEADER + rest.u32(0);
      long descAt = Math.addExact(nameEnd, Math.floorMod(-nameEnd, alignment));
      long descEnd = Math.addExact(descAt, rest.u32(4));
      if (descEnd > rest.size()) {
        throw new ElfFormatException(
            Refusal.BAD_SEGMENT, offset + at, "n_descsz", "the note ends past its segment");
      }
      Bytes name = rest.slice(NOTE_HEADER, Math.min(rest.u32(0), LONGEST_OWNER));
      Bytes desc = rest.slice(descAt, rest.u32(4));
      notes.add(
          new Note(offset + at, nameOf(name.toArray()), rest.u32(8), offset + at + descAt, desc));
      requireFew(notes.size(), offset + at, "PT_NOTE");
      at += descEnd + Math.floorMod(-descEnd, alignment);
    }
    return notes;
  }

  private static String nameOf(byte[] raw) {
    int length = 0;
    while (length < raw.length && raw[length] != 0) {
      length++;
    }
    return new String(raw, 0, length, java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
