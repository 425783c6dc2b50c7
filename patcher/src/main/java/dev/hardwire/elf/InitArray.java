package dev.hardwire.elf;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The array of constructors: DT_INIT_ARRAY, or in a static program without a dynamic section its
 * only section of type SHT_INIT_ARRAY.
 *
 * @param address virtual address
 * @param count number of elements, at least one
 */
public record InitArray(ElfFile elf, long address, long count) {
  /** Functions by which start code hands control to the C library, which then runs the array. */
  private static final List<String> START_FUNCTIONS =
      List.of("__libc_start_main", "__uClibc_main", "__libc_init");

  /**
   * One element.
   *
   * @param index from 0
   * @param address virtual address of the element
   * @param fileOffset file offset of the element in bytes
   * @param target virtual address that it points to
   * @param wordInPlace the word that stands in the file
   * @param relocation what sets it at load time; empty where the word in place counts as it is
   */
  public record Element(
      long index,
      long address,
      long fileOffset,
      long target,
      long wordInPlace,
      Optional<Relocation> relocation) {}

  /**
   * The array of a file.
   *
   * @throws ElfFormatException if there is none
   */
  public static InitArray of(ElfFile elf) {
    long word = elf.header().elfClass().wordSize();
    Optional<DynamicEntry> start = elf.dynamicEntry(DynamicTag.INIT_ARRAY);
    long size = elf.dynamicValue(DynamicTag.INIT_ARRAYSZ).orElse(0);
    if (start.isPresent() && size >= word) {
      return new InitArray(elf, start.get().value(), size / word);
    }
    List<Section> sections =
        elf.sections().stream()
            .filter(s -> s.type() == Section.SHT_INIT_ARRAY && s.size() >= word)
            .toList();
    if (elf.dynamic().isEmpty() && sections.size() == 1) {
      return new InitArray(elf, sections.get(0).addr(), sections.get(0).size() / word);
    }
    long where =
        elf.segment(SegmentType.DYNAMIC).map(ProgramHeader::offset).orElse(elf.header().shoff());
    throw new ElfFormatException(
        Refusal.NO_INIT_ARRAY,
        where,
        elf.dynamic().isEmpty() ? "SHT_INIT_ARRAY" : "DT_INIT_ARRAY",
        "there is no init array");
  }

  /** Throws if code of the program runs before the first element. */
  public void requireFirst() {
    Optional<DynamicEntry> entry = elf.dynamicEntry(DynamicTag.PREINIT_ARRAY);
    if (entry.isPresent() && elf.dynamicValue(DynamicTag.PREINIT_ARRAYSZ).orElse(1) != 0) {
      throw runsBefore(entry.get().fileOffset(), "DT_PREINIT_ARRAY");
    }
    Optional<Section> section =
        elf.section(s -> s.type() == Section.SHT_PREINIT_ARRAY && s.size() > 0);
    if (elf.dynamic().isEmpty() && section.isPresent()) {
      throw runsBefore(section.get().offset(), "SHT_PREINIT_ARRAY");
    }
  }

  private static ElfFormatException runsBefore(long offset, String field) {
    return new ElfFormatException(
        Refusal.RUNS_BEFORE_INIT,
        offset,
        field,
        "functions of the program run before its init array");
  }

  /**
   * Throws if nothing is seen to run the array of a file: the dynamic linker runs those of
   * libraries only, an executable's is run by the C library's start function. The start code of a
   * static program is not checked.
   */
  public static void requireRun(ElfFile elf) {
    if (!elf.hasInterpreter() || elf.isSharedLibrary()) {
      return;
    }
    for (String function : START_FUNCTIONS) {
      if (elf.imports(function)) {
        return;
      }
    }
    throw new ElfFormatException(
        Refusal.INIT_NOT_RUN,
        HeaderField.E_ENTRY.offset(elf.header().elfClass()),
        "e_entry",
        "the start code does not call __libc_start_main, so that nothing may run the init array");
  }

  /**
   * Reads an element.
   *
   * @throws ElfFormatException if its target is not known before the program is loaded
   */
  public Element element(long index) {
    int word = elf.header().elfClass().wordSize();
    long place = address + index * word;
    OptionalLong mapped = elf.fileOffset(place, word);
    if (mapped.isEmpty()) {
      throw new ElfFormatException(
          Refusal.INIT_UNMAPPED,
          elf.dynamicEntry(DynamicTag.INIT_ARRAY).map(DynamicEntry::fileOffset).orElse(0L),
          "DT_INIT_ARRAY",
          "element %d at 0x%x is not in the file".formatted(index, place));
    }
    long offset = mapped.getAsLong();
    long inPlace = elf.header().readWord(elf.bytes(), offset);
    Optional<Relocation> relocation = relocation(index, place, offset, word);
    boolean rela = relocation.isPresent() && relocation.get().kind() == Relocation.Kind.RELA;
    long target = rela ? relocation.get().addend() : inPlace;
    if (!elf.isExecutable(target)) {
      throw new ElfFormatException(
          Refusal.INIT_UNMAPPED,
          offset,
          "DT_INIT_ARRAY",
          "element %d points to 0x%x, which is not in an executable segment"
              .formatted(index, target));
    }
    return new Element(index, place, offset, target, inPlace, relocation);
  }

  private Optional<Relocation> relocation(long index, long place, long offset, int word) {
    List<Relocation> relocations = elf.relocations().touching(place, word);
    if (relocations.isEmpty()) {
      if (elf.isPositionIndependent()) {
        throw new ElfFormatException(
            Refusal.INIT_UNRELOCATED,
            offset,
            "DT_INIT_ARRAY",
            "element %d of a position-independent file has no relocation".formatted(index));
      }
      return Optional.empty();
    }
    Relocation relocation = relocations.get(0);
    boolean relative =
        relocations.size() == 1
            && relocation.address() == place
            && relocation.type() == elf.machine().relativeType()
            && relocation.symbol() == 0
            && elf.isPositionIndependent();
    if (!relative) {
      throw new ElfFormatException(
          Refusal.INIT_SYMBOLIC,
          relocation.fileOffset(),
          "r_info",
          "element %d is set by a relocation of type %d, not by one relative relocation"
              .formatted(index, relocation.type()));
    }
    return Optional.of(relocation);
  }
}
