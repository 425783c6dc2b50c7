package dev.hardwire.elf.form;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.LoaderChecks;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import java.util.List;

/**
 * A file of which every kernel maps one segment as the file has it, and enters that segment before
 * everything else (load_elf_binary in fs/binfmt_elf.c). No table but that of the program headers
 * plays a part in this: dynamic section, symbols and relocations are read later.
 *
 * <p>{@code docs/format.md} lists the rules with their reasons.
 */
public final class KernelForm {
  private static final long LARGEST_TABLE = 4096;
  private static final long LARGEST_ALIGNMENT = 0x20_0000;
  private static final long READ_EXECUTE = ProgramHeader.PF_R | ProgramHeader.PF_X;

  private final ElfFile elf;
  private final ProgramHeader entered;

  private KernelForm(ElfFile elf, ProgramHeader entered) {
    this.elf = elf;
    this.entered = entered;
  }

  /**
   * Checks a file whose identification, type and machine are known to be right.
   *
   * @param entered the segment that e_entry has to be in
   * @throws ElfFormatException naming the first field that is not in this form
   */
  public static void check(ElfFile elf, ProgramHeader entered) {
    NormalForm.SystemForm.check(elf);
    KernelForm form = new KernelForm(elf, entered);
    form.table();
    form.entered();
    List<ProgramHeader> loads = elf.loads();
    for (int i = 0; i < loads.size(); i++) {
      form.load(loads.get(i), i == 0 ? 0 : loads.get(i - 1).memoryEnd());
    }
    if (loads.get(0).filesz() == 0) {
      // it is mapped for the place of all
      throw form.refuse(loads.get(0), "p_filesz", "the first PT_LOAD has no bytes in the file");
    }
  }

  private ElfFormatException refuse(ProgramHeader segment, String field, String reason) {
    long index = elf.programHeaders().indexOf(segment);
    return new ElfFormatException(
        Refusal.BAD_SEGMENT, elf.header().programHeaderOffset(index), field, reason);
  }

  private void table() {
    ElfClass elfClass = elf.header().elfClass();
    long size = elf.header().programTableSize();
    if (size == 0 || size > LARGEST_TABLE) {
      // kernels have limits between a page of 4 KiB and 64 KiB
      throw HeaderField.E_PHNUM.refuse(
          Refusal.BAD_HEADER, elfClass, "a table of 0x%x bytes".formatted(size));
    }
    for (ProgramHeader segment : elf.programHeaders()) {
      if (segment.type() == SegmentType.INTERP) {
        throw refuse(segment, "p_type", "the kernel would enter what PT_INTERP names");
      }
    }
  }

  private void entered() {
    long entry = elf.header().entry();
    if (entry < entered.vaddr() || entry - entered.vaddr() >= entered.filesz()) {
      throw HeaderField.E_ENTRY.refuse(
          Refusal.BAD_HEADER, elf.header().elfClass(), "0x%x is not in the blob".formatted(entry));
    }
    if (entered.flags() != READ_EXECUTE) {
      throw refuse(entered, "p_flags", "the blob is not readable and executable only");
    }
    if (entered.filesz() != entered.memsz()) {
      // the kernel clears what follows p_filesz
      throw refuse(entered, "p_memsz", "the blob is not as large in memory as in the file");
    }
    List<ProgramHeader> loads = elf.loads();
    if (!loads.get(loads.size() - 1).equals(entered)) {
      // a later one covers it, and old kernels clear memory behind the highest one
      throw refuse(entered, "p_type", "the blob is not the last PT_LOAD");
    }
  }

  /** The kernel maps whole pages, in the order of the table; what it maps later covers the rest. */
  private void load(ProgramHeader load, long endBefore) {
    long align = load.align();
    if (align < 0 || align > LARGEST_ALIGNMENT) {
      // the kernel lowers a random load address to a multiple of the largest alignment
      throw refuse(load, "p_align", "0x%x is more than 2 MiB".formatted(align));
    }
    if (load.vaddr() < 0
        || load.memsz() <= 0
        || load.filesz() < 0
        || load.filesz() > load.memsz()
        || load.vaddr() > highest() - load.memsz()) {
      throw refuse(
          load,
          "p_memsz",
          "0x%x bytes of 0x%x at 0x%x are no segment"
              .formatted(load.filesz(), load.memsz(), load.vaddr()));
    }
    if (load.vaddr() < endBefore) {
      throw refuse(load, "p_vaddr", "the PT_LOADs do not ascend");
    }
    if (((load.vaddr() - load.offset()) & (LoaderChecks.largestPage(elf) - 1)) != 0) {
      throw refuse(load, "p_offset", "p_vaddr and p_offset differ in their pages");
    }
    long page = elf.machine().pageSize();
    if (!load.equals(entered) && ((load.memoryEnd() - 1) & -page) >= (entered.vaddr() & -page)) {
      throw refuse(load, "p_memsz", "it reaches into the pages of the blob");
    }
  }

  private long highest() {
    return elf.header().elfClass() == ElfClass.CLASS64 ? 1L << 46 : 1L << 32;
  }
}
