package dev.hardwire.elf.form;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.CorruptFile;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Patching;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.policy.Hook;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each rule about the kernel's loading refuses a file that breaks it. */
@Tag("system")
class KernelFormTest {
  private static final Bytes GOOD =
      Patching.patch(ElfFile.parse(CorruptFile.of("gcc-pie").bytes()), Hook.FIRST);

  private static final ElfFile ELF = ElfFile.parse(GOOD);

  /** Of the blob, which is the last PT_LOAD. */
  private static final int BLOB = last();

  private static int last() {
    int last = 0;
    for (int i = 0; i < ELF.programHeaders().size(); i++) {
      last = ELF.programHeaders().get(i).isLoad() ? i : last;
    }
    return last;
  }

  private static void check(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    KernelForm.check(elf, elf.programHeaders().get(BLOB));
  }

  @Test
  void aFileWithTheHookFirstIsInThisForm() {
    assertThatCode(() -> check(CorruptFile.of(GOOD))).doesNotThrowAnyException();
  }

  /** {@code B} is the blob, {@code P} the PT_LOAD before it, {@code F} the first one. */
  @ParameterizedTest
  @CsvSource({
    "EI_OSABI, 9, EI_OSABI",
    "phdr[N].p_type, 3, PT_INTERP",
    "e_entry, 0x1000, is not in the blob",
    "phdr[B].p_flags, 7, not readable and executable only",
    "phdr[B].p_flags, 4, not readable and executable only",
    "phdr[B].p_memsz, 0x8000, not as large in memory",
    "phdr[B].p_align, 0x400000, more than 2 MiB",
    "phdr[P].p_align, 0x8000000000000000, more than 2 MiB",
    "phdr[P].p_memsz, 0x100000, ",
    "phdr[P].p_memsz, 0, ",
    "phdr[P].p_filesz, 0x100000, ",
    "phdr[P].p_offset, 0x2008, ",
    "phdr[P].p_vaddr, 0x7fff00000000, ",
    "phdr[F].p_filesz, 0, ",
  })
  void aFileThatBreaksARuleIsRefused(String field, String value, String reason) {
    List<ProgramHeader> table = ELF.programHeaders();
    int note = table.size() - 1;
    int previous = table.indexOf(ELF.loads().get(ELF.loads().size() - 2));
    int first = table.indexOf(ELF.loads().get(0));
    String name =
        field
            .replace("[B]", "[" + BLOB + "]")
            .replace("[P]", "[" + previous + "]")
            .replace("[F]", "[" + first + "]")
            .replace("[N]", "[" + note + "]");
    long number =
        value.startsWith("0x")
            ? Long.parseUnsignedLong(value.substring(2), 16)
            : Long.parseLong(value);
    assertThatThrownBy(() -> check(CorruptFile.of(GOOD).set(name, number)))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining(reason == null ? "" : reason);
  }
}
