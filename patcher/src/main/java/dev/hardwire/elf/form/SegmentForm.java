package dev.hardwire.elf.form;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The program header table: a closed list of types, and for each what its values may be. */
final class SegmentForm {
  private static final long PT_NULL = 0;
  private static final long PT_GNU_SFRAME = 0x6474e554L;

  /** Of hardened kernels; others ignore it. */
  private static final long PT_PAX_FLAGS = 0x65041580L;

  private static final Set<Long> TYPES =
      Set.of(
          PT_NULL,
          SegmentType.LOAD,
          SegmentType.DYNAMIC,
          SegmentType.INTERP,
          SegmentType.NOTE,
          SegmentType.PHDR,
          SegmentType.TLS,
          SegmentType.GNU_EH_FRAME,
          SegmentType.GNU_STACK,
          SegmentType.GNU_RELRO,
          SegmentType.GNU_PROPERTY,
          PT_GNU_SFRAME,
          PT_PAX_FLAGS);

  /** The types of which p_memsz has no meaning of its own: linkers repeat p_filesz. */
  private static final Set<Long> EQUAL_SIZES =
      Set.of(
          SegmentType.DYNAMIC,
          SegmentType.INTERP,
          SegmentType.NOTE,
          SegmentType.PHDR,
          SegmentType.GNU_EH_FRAME,
          SegmentType.GNU_PROPERTY,
          PT_GNU_SFRAME);

  /** Linkers align to pages of 2 MiB at the most. */
  private static final long LARGEST_ALIGNMENT = 0x20_0000;

  /** A position-independent program is linked to address 0, by Go at 4 MiB. */
  private static final long HIGHEST_START = 1L << 32;

  private static final long LARGEST_SPAN = 1L << 40;

  private static final long ALL_FLAGS =
      ProgramHeader.PF_R | ProgramHeader.PF_W | ProgramHeader.PF_X;

  private final ElfFile elf;

  private SegmentForm(ElfFile elf) {
    this.elf = elf;
  }

  static void check(ElfFile elf) {
    SegmentForm form = new SegmentForm(elf);
    List<ProgramHeader> table = elf.programHeaders();
    for (int i = 0; i < table.size(); i++) {
      form.check(i, table.get(i));
    }
    form.tableIsNamed();
    form.span();
  }

  private ElfFormatException refuse(int index, String field, String reason) {
    return elf.header().refuse(Refusal.BAD_SEGMENT, index, field, reason);
  }

  private void check(int index, ProgramHeader segment) {
    long type = segment.type();
    if (!TYPES.contains(type) && !MachineForm.of(elf).isSegment(type)) {
      throw refuse(index, "p_type", "0x%x is no type that linkers use".formatted(type));
    }
    if (type == SegmentType.PHDR && !isFirst(index)) {
      // glibc computes the load address from PT_PHDR while it walks the table (elf/rtld.c)
      throw refuse(index, "p_type", "PT_PHDR is not the first program header");
    }
    if (EQUAL_SIZES.contains(type) && segment.memsz() != segment.filesz()) {
      // the kernel reads p_filesz bytes, dynamic linkers read p_memsz
      throw refuse(
          index,
          "p_memsz",
          "0x%x, but p_filesz is 0x%x".formatted(segment.memsz(), segment.filesz()));
    }
    if (type == SegmentType.LOAD) {
      load(index, segment);
    } else if (type == SegmentType.TLS && (segment.memsz() | segment.filesz()) != 0) {
      threadLocal(index, segment);
    } else if (elf.hasInterpreter()
        && (type == SegmentType.NOTE || type == SegmentType.GNU_PROPERTY)) {
      inOnePlace(index, segment);
    }
  }

  /** The kernel reads at p_offset, the dynamic linker at p_vaddr. */
  private void inOnePlace(int index, ProgramHeader segment) {
    if (segment.filesz() != 0 && !elf.isMapped(segment)) {
      throw refuse(index, "p_vaddr", "p_vaddr and p_offset are not the same place");
    }
  }

  /** The dynamic linker copies p_filesz bytes from p_vaddr into a block of p_memsz bytes. */
  private void threadLocal(int index, ProgramHeader segment) {
    long align = segment.align();
    if (align <= 0 || align > LARGEST_ALIGNMENT || (align & (align - 1)) != 0) {
      throw refuse(index, "p_align", "0x%x is no alignment of variables".formatted(align));
    }
    long size = segment.memsz();
    if (size < 0 || size > LARGEST_SPAN || segment.filesz() < 0 || segment.filesz() > size) {
      throw refuse(
          index,
          "p_filesz",
          "0x%x bytes of 0x%x are no image of variables".formatted(segment.filesz(), size));
    }
    inOnePlace(index, segment);
  }

  /** GNU ld puts PT_ARM_EXIDX before PT_PHDR; loaders ignore it. */
  private boolean isFirst(int index) {
    for (int i = 0; i < index; i++) {
      if (!MachineForm.of(elf).isSegment(elf.programHeaders().get(i).type())) {
        return false;
      }
    }
    return true;
  }

  private void load(int index, ProgramHeader load) {
    long align = load.align();
    if (align < 0 || align > LARGEST_ALIGNMENT || (align & (align - 1)) != 0) {
      // the kernel lowers a random load address to a multiple of the largest alignment
      throw refuse(
          index,
          "p_align",
          "0x%x is no power of two up to 0x%x".formatted(align, LARGEST_ALIGNMENT));
    }
    if (align > 1 && ((load.vaddr() - load.offset()) & (align - 1)) != 0) {
      throw refuse(
          index,
          "p_vaddr",
          "0x%x and p_offset 0x%x differ modulo p_align".formatted(load.vaddr(), load.offset()));
    }
    if ((load.flags() & ~ALL_FLAGS) != 0) {
      throw refuse(index, "p_flags", "0x%x has unknown bits".formatted(load.flags()));
    }
  }

  /**
   * Without PT_PHDR, glibc takes a position-independent program to be at address 0. Kernels before
   * 5.18 tell the dynamic linker that the table is where the first PT_LOAD would have it, and it
   * reads that.
   */
  private void tableIsNamed() {
    if (!elf.hasInterpreter()) {
      return;
    }
    if (elf.isPositionIndependent() && elf.segment(SegmentType.PHDR).isEmpty()) {
      throw refuse(0, "p_type", "a position-independent program without PT_PHDR");
    }
    ProgramHeader first = elf.loads().get(0);
    if (first.filesz() == 0) {
      // the kernel maps it for the place of all, and kernels differ if there is nothing to map
      int index = elf.programHeaders().indexOf(first);
      throw refuse(index, "p_filesz", "the first PT_LOAD has no bytes in the file");
    }
    long table = elf.header().phoff();
    Optional<ProgramHeader> holder = elf.loadOf(table);
    if (holder.isEmpty()
        || holder.get().vaddr() - holder.get().offset() != first.vaddr() - first.offset()) {
      throw HeaderField.E_PHOFF.refuse(
          Refusal.BAD_SEGMENT,
          elf.header().elfClass(),
          "0x%x is not mapped as the first PT_LOAD would map it".formatted(table));
    }
  }

  private void span() {
    List<ProgramHeader> loads = elf.loads();
    long start = loads.get(0).vaddr();
    long end = loads.get(loads.size() - 1).memoryEnd();
    int index = elf.programHeaders().indexOf(loads.get(0));
    if (elf.isPositionIndependent() && (start < 0 || start > HIGHEST_START)) {
      throw refuse(index, "p_vaddr", "0x%x in a position-independent program".formatted(start));
    }
    if (end - start < 0 || end - start > LARGEST_SPAN) {
      throw refuse(index, "p_vaddr", "the segments span 0x%x bytes".formatted(end - start));
    }
  }
}
