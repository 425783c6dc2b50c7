package dev.hardwire.elf.form;

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
 */
final class InterpreterForm {
  private InterpreterForm() {}

  static void check(ElfFile elf, Set<String> accepted) {
    Optional<ProgramHeader> segment = elf.segment(SegmentType.INTERP);
    if (segment.isEmpty()) {
      return;
    }
    ProgramHeader name = segment.get();
    String path = elf.bytes().slice(name.offset(), name.filesz()).cString(0);
    if (!MachineForm.of(elf).interpreters().contains(path) && !accepted.contains(path)) {
      throw new ElfFormatException(
          Refusal.UNKNOWN_INTERPRETER,
          name.offset(),
          "PT_INTERP",
          "\"%s\" is not the dynamic linker of glibc or musl for %s"
              .formatted(path, elf.machine().id()));
    }
  }
}
