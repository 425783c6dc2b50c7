package dev.hardwire.elf.form;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.Refusal;
import java.util.Set;

/**
 * Programs of another operating system have other system-call numbers. Linux does not look at these
 * fields and would execute them (fs/binfmt_elf.c).
 */
final class SystemForm {
  private static final int EI_OSABI = 7;
  private static final int ELFOSABI_NONE = 0;
  private static final int ELFOSABI_GNU = 3;

  /** NT_GNU_ABI_TAG: four words, the first is the system, 0 for Linux. */
  private static final long NT_GNU_ABI_TAG = 1;

  private static final Set<String> OTHER_SYSTEMS =
      Set.of("FreeBSD", "NetBSD", "OpenBSD", "DragonFly", "SolarisABI");

  private SystemForm() {}

  static void check(ElfFile elf) {
    int system = elf.bytes().u8(EI_OSABI);
    int version = elf.bytes().u8(EI_OSABI + 1);
    if ((system != ELFOSABI_NONE && system != ELFOSABI_GNU) || version != 0) {
      throw HeaderField.EI_OSABI.refuse(
          Refusal.OTHER_SYSTEM,
          elf.header().elfClass(),
          "ABI %d, version %d, is not that of Linux".formatted(system, version));
    }
    for (Note note : elf.notes()) {
      check(note);
    }
  }

  private static void check(Note note) {
    boolean gnu = note.owner().equals("GNU") && note.type() == NT_GNU_ABI_TAG;
    if (gnu && note.desc().size() >= Integer.BYTES && note.desc().u32(0) != 0) {
      throw refuse(note, "NT_GNU_ABI_TAG names system %d, not Linux".formatted(note.desc().u32(0)));
    }
    if (OTHER_SYSTEMS.contains(note.owner())) {
      throw refuse(note, "a note of " + note.owner());
    }
  }

  private static ElfFormatException refuse(Note note, String reason) {
    return new ElfFormatException(Refusal.OTHER_SYSTEM, note.fileOffset(), "PT_NOTE", reason);
  }
}
