package dev.hardwire.elf;

import dev.hardwire.bytes.Bytes;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses well-formed files of which the kernel or the dynamic linker would see something else than
 * a reader of the tables: where the gABI promises that there is one of a kind, loaders disagree
 * about which of two they take.
 */
public final class LoaderChecks {
  private static final long PAGE = 0x1000;

  /** Of linux/limits.h; the terminating NUL counts. */
  private static final long PATH_MAX = 4096;

  /** Types of which a file has one at most (gABI, Program Header). */
  private static final Set<Long> SINGLE_TYPES =
      Set.of(
          SegmentType.DYNAMIC,
          SegmentType.INTERP,
          SegmentType.PHDR,
          SegmentType.TLS,
          SegmentType.GNU_STACK,
          SegmentType.GNU_RELRO);

  private final ElfFile elf;

  private LoaderChecks(ElfFile elf) {
    this.elf = elf;
  }

  /**
   * Makes all checks.
   *
   * @throws ElfFormatException naming the first field that could be taken in two ways
   */
  public static void check(ElfFile elf) {
    LoaderChecks checks = new LoaderChecks(elf);
    checks.singleTypes();
    checks.pages();
    checks.insideLoads();
    checks.programHeaderTable();
    checks.interpreter();
    checks.dynamicSection();
    checks.singleTags();
    checks.kindOfCalls();
  }

  private ElfFormatException refuse(ProgramHeader segment, String field, String reason) {
    Refusal refusal =
        segment.type() == SegmentType.DYNAMIC ? Refusal.BAD_DYNAMIC : Refusal.BAD_SEGMENT;
    int index = elf.programHeaders().indexOf(segment);
    return elf.header().refuse(refusal, index, field, reason);
  }

  private void singleTypes() {
    Set<Long> seen = new HashSet<>();
    for (ProgramHeader segment : elf.programHeaders()) {
      if (SINGLE_TYPES.contains(segment.type()) && !seen.add(segment.type())) {
        throw refuse(segment, "p_type", "a second segment of type 0x%x".formatted(segment.type()));
      }
    }
  }

  /**
   * The largest pages of a kernel for which a file is made: those of the machine, or fewer bytes if
   * a PT_LOAD is aligned to less. On a kernel with larger ones, segments cover parts of others.
   */
  public static long largestPage(ElfFile elf) {
    long page = elf.machine().pageSize();
    for (ProgramHeader load : elf.loads()) {
      page = Math.min(page, Math.max(load.align(), PAGE));
    }
    return page;
  }

  /**
   * The kernel maps whole pages, and what it maps last covers what was there. Of a PT_LOAD without
   * bytes, some kernels map the page that it begins in, and others nothing.
   */
  private void pages() {
    long page = largestPage(elf);
    ProgramHeader before = null;
    for (ProgramHeader load : elf.loads()) {
      if (load.memsz() == 0) {
        throw refuse(load, "p_memsz", "a PT_LOAD without bytes");
      }
      if (before != null && (load.vaddr() & -page) < ((before.memoryEnd() + page - 1) & -page)) {
        throw refuse(
            load, "p_vaddr", "0x%x is in a page of the PT_LOAD before it".formatted(load.vaddr()));
      }
      before = load;
    }
  }

  /**
   * The dynamic linker reads, writes and protects the addresses that the file names, even if they
   * belong to something mapped after the program.
   */
  private void insideLoads() {
    long page = elf.machine().pageSize();
    List<ProgramHeader> loads = elf.loads();
    long start = loads.get(0).vaddr() & -page;
    long end = (loads.get(loads.size() - 1).memoryEnd() + page - 1) & -page;
    for (ProgramHeader segment : elf.programHeaders()) {
      long size = usedBytes(segment);
      boolean inside =
          size >= 0
              && segment.vaddr() >= start
              && segment.vaddr() <= end
              && size <= end - segment.vaddr();
      if (size != 0 && !inside) {
        throw refuse(
            segment,
            "p_memsz",
            "0x%x bytes at 0x%x are not all loaded".formatted(size, segment.vaddr()));
      }
    }
    reachOfRelocations(end);
  }

  /** What they read or protect; of PT_TLS only the image, as what follows has memory of its own. */
  private static long usedBytes(ProgramHeader segment) {
    if (segment.type() == SegmentType.TLS) {
      return segment.filesz();
    }
    return segment.type() == SegmentType.DYNAMIC || segment.type() == SegmentType.GNU_RELRO
        ? segment.memsz()
        : 0;
  }

  /** A copy relocation writes as much as its symbol is said to be large. */
  private void reachOfRelocations(long end) {
    List<Relocation> beyond = elf.relocations().touching(end, Long.MAX_VALUE - end);
    if (!beyond.isEmpty()) {
      throw new ElfFormatException(
          Refusal.BAD_RELOCATIONS,
          beyond.get(0).fileOffset(),
          "r_offset",
          "a relocation that writes to 0x%x reaches past what is loaded, which ends at 0x%x"
              .formatted(beyond.get(0).address(), end));
    }
  }

  /** The dynamic linker computes the load address from PT_PHDR and where the kernel found it. */
  private void programHeaderTable() {
    long start = elf.header().phoff();
    long size = elf.header().programTableSize();
    if (size > PAGE) { // older kernels (load_elf_phdrs) leave the file to the next loader
      throw HeaderField.E_PHNUM.refuse(
          Refusal.EXTENDED_NUMBERING,
          elf.header().elfClass(),
          "the kernel takes no table of %d bytes; it takes %d".formatted(size, PAGE));
    }
    int holders = 0;
    for (ProgramHeader load : elf.loads()) {
      holders += load.overlapsFile(start, start + 1) ? 1 : 0;
      if (holders > 1) {
        throw refuse(load, "p_offset", "a second PT_LOAD maps the program header table");
      }
    }
    Optional<ProgramHeader> phdr = elf.segment(SegmentType.PHDR);
    if (phdr.isPresent() && elf.fileOffset(phdr.get().vaddr(), size).orElse(-1) != start) {
      throw refuse(
          phdr.get(),
          "p_vaddr",
          "the program header table is not mapped at 0x%x".formatted(phdr.get().vaddr()));
    }
  }

  /** The kernel executes no file whose dynamic linker has no name, or one that is no path. */
  private void interpreter() {
    ProgramHeader segment = elf.segment(SegmentType.INTERP).orElse(null);
    if (segment == null) {
      return;
    }
    if (segment.filesz() < 2 || segment.filesz() > PATH_MAX) {
      throw refuse(
          segment,
          "p_filesz",
          "the kernel takes no name of a dynamic linker of %d bytes".formatted(segment.filesz()));
    }
    Bytes name = elf.bytes().slice(segment.offset(), segment.filesz());
    if (name.u8(0) == 0 || name.u8(name.size() - 1) != 0) {
      throw refuse(
          segment,
          "p_offset",
          "the name of the dynamic linker is empty, or does not end with a NUL byte");
    }
  }

  /**
   * The dynamic linker starts at p_vaddr and stops at DT_NULL, whatever p_offset and p_filesz say.
   */
  private void dynamicSection() {
    ProgramHeader segment = elf.segment(SegmentType.DYNAMIC).orElse(null);
    if (segment == null) {
      return;
    }
    if (!elf.isMapped(segment)) {
      throw refuse(segment, "p_vaddr", "p_vaddr and p_offset are not the same place");
    }
    int entry = elf.header().elfClass().dynamicSize();
    if ((elf.dynamic().size() + 1L) * entry > segment.filesz()) {
      throw refuse(segment, "p_type", "no DT_NULL ends it");
    }
  }

  private void singleTags() {
    Set<Long> seen = new HashSet<>();
    for (DynamicEntry entry : elf.dynamic()) {
      if (entry.tag() != DynamicTag.NEEDED && !seen.add(entry.tag())) {
        throw new ElfFormatException(
            Refusal.BAD_DYNAMIC,
            entry.fileOffset(),
            "d_tag " + entry.tag(),
            "a second entry of a tag that stands for one value");
      }
    }
  }

  /** C libraries treat any other value as DT_REL or DT_RELA. */
  private void kindOfCalls() {
    DynamicEntry kind = elf.dynamicEntry(DynamicTag.PLTREL).orElse(null);
    boolean known =
        kind == null || kind.value() == DynamicTag.REL || kind.value() == DynamicTag.RELA;
    if (!known || (kind == null && elf.dynamicEntry(DynamicTag.JMPREL).isPresent())) {
      throw new ElfFormatException(
          Refusal.BAD_DYNAMIC,
          kind == null ? elf.dynamicEntry(DynamicTag.JMPREL).get().fileOffset() : kind.fileOffset(),
          "DT_PLTREL",
          "it does not say of which kind the relocations of DT_JMPREL are");
    }
  }
}
