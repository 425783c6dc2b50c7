package dev.hardwire.elf;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * An executable's tables, read from its bytes.
 *
 * <p>Invariants: the file is an ET_EXEC or ET_DYN of a {@link Target}; the program header table,
 * the bytes of every segment, the section header table and the bytes of every section lie inside
 * the file; PT_LOADs ascend and do not overlap, and none wraps around the address space.
 */
public final class ElfFile {
  private static final long NT_GNU_BUILD_ID = 3;

  /** Bytes by which {@link #isMagic} knows an ELF file. */
  public static final int MAGIC_SIZE = 4;

  private final Bytes bytes;
  private final Target machine;
  private final TableReader tables;
  private final List<ProgramHeader> programHeaders;
  private final List<Section> sections;
  private final List<ProgramHeader> loads;
  private final List<DynamicEntry> dynamic;
  private final Relocations relocations;

  private ElfFile(Bytes bytes, Target machine, TableReader tables) {
    this.bytes = bytes;
    this.machine = machine;
    this.tables = tables;
    this.programHeaders = List.copyOf(SegmentChecks.checked(tables, bytes.size()));
    this.loads = loads(programHeaders);
    this.sections = List.copyOf(SectionChecks.checked(tables, bytes));
    this.dynamic = List.copyOf(readDynamic());
    this.relocations = new Relocations(this, tables);
  }

  private static List<ProgramHeader> loads(List<ProgramHeader> all) {
    List<ProgramHeader> loads = new ArrayList<>(all);
    loads.removeIf(segment -> !segment.isLoad());
    return List.copyOf(loads);
  }

  /** Whether a file that starts so is an ELF file (gABI, e_ident). */
  public static boolean isMagic(byte[] start) {
    return start.length >= MAGIC_SIZE
        && start[0] == 0x7f
        && start[1] == 'E'
        && start[2] == 'L'
        && start[3] == 'F';
  }

  /**
   * Reads a whole file.
   *
   * @throws ElfFormatException naming the first field that is wrong
   */
  public static ElfFile parse(Bytes file) {
    TableReader tables = HeaderChecks.checked(file);
    Target machine = HeaderChecks.machine(tables);
    return new ElfFile(file.withOrder(tables.header().order()), machine, tables);
  }

  /** Reads where the dynamic linker does: at p_vaddr. Only a debug file has nothing there. */
  private List<DynamicEntry> readDynamic() {
    ProgramHeader at = segment(SegmentType.DYNAMIC).orElse(null);
    if (at == null || at.filesz() == 0) {
      return List.of();
    }
    long offset = fileOffset(at.vaddr(), at.filesz()).orElse(at.offset());
    return tables.dynamicEntries(offset, at.filesz());
  }

  /** The whole file, in its byte order. */
  public Bytes bytes() {
    return bytes;
  }

  public Target machine() {
    return machine;
  }

  public FileHeader header() {
    return tables.header();
  }

  public List<ProgramHeader> programHeaders() {
    return programHeaders;
  }

  public List<ProgramHeader> loads() {
    return loads;
  }

  /** The first PT_LOAD that has the byte at a file offset. */
  public Optional<ProgramHeader> loadOf(long offset) {
    for (ProgramHeader load : loads) {
      if (load.overlapsFile(offset, offset + 1)) {
        return Optional.of(load);
      }
    }
    return Optional.empty();
  }

  /** The first segment of a type. */
  public Optional<ProgramHeader> segment(long type) {
    for (ProgramHeader segment : programHeaders) {
      if (segment.type() == type) {
        return Optional.of(segment);
      }
    }
    return Optional.empty();
  }

  /** All sections, the null one included; empty without a section header table. */
  public List<Section> sections() {
    return sections;
  }

  /** The bytes at the end, behind all that the file's headers name. */
  public Bytes trailer() {
    long end = header().programTableEnd();
    if (!sections.isEmpty()) {
      long size = (long) sections.size() * header().elfClass().sectionHeaderSize();
      end = Math.max(end, header().shoff() + size);
    }
    for (ProgramHeader segment : programHeaders) {
      end = Math.max(end, segment.fileEnd());
    }
    for (Section section : sections) {
      end = Math.max(end, section.fileEnd());
    }
    long start = Math.min(end, bytes.size());
    return bytes.slice(start, bytes.size() - start);
  }

  /** The first section that {@code condition} accepts. */
  public Optional<Section> section(Predicate<Section> condition) {
    for (Section section : sections) {
      if (condition.test(section)) {
        return Optional.of(section);
      }
    }
    return Optional.empty();
  }

  /** The dynamic entries before the first DT_NULL; empty in a static program. */
  public List<DynamicEntry> dynamic() {
    return dynamic;
  }

  public Optional<DynamicEntry> dynamicEntry(long tag) {
    for (DynamicEntry entry : dynamic) {
      if (entry.tag() == tag) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  public OptionalLong dynamicValue(long tag) {
    Optional<DynamicEntry> entry = dynamicEntry(tag);
    return entry.isPresent() ? OptionalLong.of(entry.get().value()) : OptionalLong.empty();
  }

  /** Whether a dynamic linker runs before the program: it names one in PT_INTERP. */
  public boolean hasInterpreter() {
    return segment(SegmentType.INTERP).isPresent();
  }

  /** Whether addresses in the file are offsets from a load address. */
  public boolean isPositionIndependent() {
    return header().type() == FileHeader.ET_DYN;
  }

  /**
   * Whether this is a shared library, perhaps one that can be executed too: a position-independent
   * file without DF_1_PIE that has a DT_SONAME, or neither an interpreter nor the DT_DEBUG that
   * linkers put into executables only.
   */
  public boolean isSharedLibrary() {
    boolean pie = (dynamicValue(DynamicTag.FLAGS_1).orElse(0) & DynamicTag.DF_1_PIE) != 0;
    if (!isPositionIndependent() || pie) {
      return false;
    }
    return dynamicEntry(DynamicTag.SONAME).isPresent()
        || (!hasInterpreter() && dynamicEntry(DynamicTag.DEBUG).isEmpty());
  }

  /**
   * The file offset of {@code size} bytes at a virtual address, where one segment maps all of them
   * from the file.
   */
  public OptionalLong fileOffset(long vaddr, long size) {
    for (int i = 0; i < loads.size(); i++) { // without an iterator: this is asked very often
      ProgramHeader load = loads.get(i);
      if (vaddr >= load.vaddr()
          && size >= 0
          && vaddr - load.vaddr() <= load.filesz()
          && size <= load.filesz() - (vaddr - load.vaddr())) {
        return OptionalLong.of(load.offset() + (vaddr - load.vaddr()));
      }
    }
    return OptionalLong.empty();
  }

  /** Whether the bytes of a segment in the file are those that are mapped at its address. */
  public boolean isMapped(ProgramHeader segment) {
    return fileOffset(segment.vaddr(), segment.filesz()).orElse(-1) == segment.offset();
  }

  /**
   * The bytes from a virtual address to the end of its segment in the file.
   *
   * @return empty if the file has no byte for the address
   */
  public Optional<Bytes> from(long vaddr) {
    for (ProgramHeader load : loads) {
      long within = vaddr - load.vaddr();
      if (within >= 0 && within < load.filesz()) {
        return Optional.of(bytes.slice(load.offset() + within, load.filesz() - within));
      }
    }
    return Optional.empty();
  }

  /** Whether a virtual address lies in an executable segment. */
  public boolean isExecutable(long vaddr) {
    for (ProgramHeader load : loads) {
      if ((load.flags() & ProgramHeader.PF_X) != 0 && load.overlapsMemory(vaddr, vaddr + 1)) {
        return true;
      }
    }
    return false;
  }

  public Relocations relocations() {
    return relocations;
  }

  public List<Note> notes(ProgramHeader segment) {
    return tables.notes(segment.offset(), segment.filesz(), segment.align() == 8 ? 8 : 4);
  }

  /** The notes of all PT_NOTE segments, in file order. */
  public List<Note> notes() {
    List<Note> notes = new ArrayList<>();
    for (ProgramHeader segment : programHeaders) {
      if (segment.type() == SegmentType.NOTE) {
        notes.addAll(notes(segment));
        TableReader.requireFew(notes.size(), segment.offset(), "PT_NOTE");
      }
    }
    return notes;
  }

  /** The build ID as hexadecimal digits; empty if there is none. */
  public Optional<String> buildId() {
    return notes().stream()
        .filter(note -> note.owner().equals("GNU") && note.type() == NT_GNU_BUILD_ID)
        .map(note -> note.desc().hex())
        .findFirst();
  }

  /** The symbols of a symbol table section that stand in a section which {@code wanted} accepts. */
  public List<Symbol> symbols(Section table, IntPredicate wanted) {
    Section names = table.link() < sections.size() ? sections.get((int) table.link()) : null;
    SymbolTable entries =
        new SymbolTable(this, bytes.slice(table.offset(), table.fileEnd() - table.offset()));
    List<Symbol> found = new ArrayList<>();
    for (long i = 0; i < entries.count(); i++) {
      int section = entries.section(i);
      if (wanted.test(section)) {
        long at = table.offset() + i * header().elfClass().symbolSize();
        String name = symbolName(names, entries.nameOffset(i));
        found.add(new Symbol(at, name, section, entries.value(i)));
        TableReader.requireFew(found.size(), at, "st_shndx");
      }
    }
    return found;
  }

  private String symbolName(Section names, long offset) {
    if (offset == 0 || names == null || names.type() != Section.SHT_STRTAB) {
      return "";
    }
    try {
      return bytes.slice(names.offset(), names.size()).cString(offset);
    } catch (BytesException e) {
      return "";
    }
  }

  /**
   * DT_STRTAB, as many bytes as DT_STRSZ says: none if the file lacks one of the entries. Empty if
   * the table does not lie in the file.
   */
  public Optional<Bytes> dynamicStrings() {
    OptionalLong start = dynamicValue(DynamicTag.STRTAB);
    OptionalLong size = dynamicValue(DynamicTag.STRSZ);
    if (start.isEmpty() || size.isEmpty()) {
      return Optional.of(bytes.slice(0, 0));
    }
    OptionalLong offset = fileOffset(start.getAsLong(), size.getAsLong());
    return offset.isEmpty()
        ? Optional.empty()
        : Optional.of(bytes.slice(offset.getAsLong(), size.getAsLong()));
  }

  /**
   * The same.
   *
   * @throws ElfFormatException if the table does not lie in the file
   */
  public Bytes requireDynamicStrings() {
    return dynamicStrings()
        .orElseThrow(
            () -> {
              DynamicEntry table = dynamicEntry(DynamicTag.STRTAB).orElseThrow();
              return new ElfFormatException(
                  Refusal.BAD_DYNAMIC,
                  table.fileOffset(),
                  "DT_STRTAB",
                  "the strings at 0x%x, 0x%x bytes, are not in the file"
                      .formatted(table.value(), dynamicValue(DynamicTag.STRSZ).orElseThrow()));
            });
  }

  /**
   * Whether the program takes the symbol from a shared library. Without a dynamic string table, or
   * with one that does not name it, it does not.
   *
   * @throws ElfFormatException if the dynamic string table does not lie in the file
   */
  public boolean imports(String symbol) {
    byte[] wanted = ("\0" + symbol + "\0").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    return requireDynamicStrings().indexOf(wanted, 0) >= 0;
  }
}
