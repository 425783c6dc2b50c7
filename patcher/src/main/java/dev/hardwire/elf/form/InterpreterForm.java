package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import java.util.Optional;
import java.util.Set;

/**
 * The kernel starts the file that PT_INTERP names, so its code runs before any hook. The name must
 * be that of a dynamic linker of the machine, or one that the user accepts.
 *
 * <p>The kernel reads the name at p_offset. Dynamic linkers read it at p_vaddr, and take any file
 * of that name for themselves (glibc elf/rtld.c, rtld_setup_main_map; musl ldso/dynlink.c, __dls3).
 */
final class InterpreterForm {
  private InterpreterForm() {}

  /** The name in PT_INTERP; empty in a static program. */
  static Optional<String> of(ElfFile elf) {
    return elf.segment(SegmentType.INTERP)
        .map(name -> elf.bytes().slice(name.offset(), name.filesz()).cString(0));
  }

  /** The same as bytes. */
  static Optional<Bytes> path(ElfFile elf) {
    return elf.segment(SegmentType.INTERP)
        .map(name -> elf.bytes().slice(name.offset(), name.filesz()))
        .map(name -> name.slice(0, name.indexOf(new byte[1], 0)));
  }

  /**
   * Checks the name.
   *
   * @param accepted names beside the usual ones; empty for any name
   */
  static void check(ElfFile elf, Optional<Set<String>> accepted) {
    Optional<String> path = of(elf);
    if (path.isPresent()
        && accepted.isPresent()
        && !MachineForm.of(elf).interpreters().contains(path.get())
        && !accepted.get().contains(path.get())) {
      throw new ElfFormatException(
          Refusal.UNKNOWN_INTERPRETER,
          elf.segment(SegmentType.INTERP).map(ProgramHeader::offset).orElse(0L),
          "PT_INTERP",
          "\"%s\" is not the dynamic linker of glibc or musl for %s"
              .formatted(path.get(), elf.machine().id()));
    }
    Optional<ProgramHeader> segment = elf.segment(SegmentType.INTERP);
    if (segment.isPresent() && !elf.isMapped(segment.get())) {
      throw new ElfFormatException(
          Refusal.BAD_SEGMENT,
          segment.get().offset(),
          "PT_INTERP",
          "p_vaddr and p_offset are not the same place");
    }
  }
}
