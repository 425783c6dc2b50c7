package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a wrong value in one field is called, and where it is said to be. */
@Tag("system")
class CorruptionTableTest {
  @ParameterizedTest
  @CsvSource({
    "lld-pie, EI_MAG,              0x464c457e,         NOT_ELF,              e_ident",
    "lld-pie, EI_CLASS,            0,                  BAD_HEADER,           EI_CLASS",
    "lld-pie, EI_CLASS,            3,                  BAD_HEADER,           EI_CLASS",
    "lld-pie, EI_DATA,             0,                  BAD_HEADER,           EI_DATA",
    "lld-pie, EI_DATA,             2,                  NOT_EXECUTABLE_TYPE,  e_type",
    "lld-pie, EI_VERSION,          0,                  BAD_HEADER,           EI_VERSION",
    "lld-pie, e_type,              1,                  NOT_EXECUTABLE_TYPE,  e_type",
    "lld-pie, e_type,              4,                  NOT_EXECUTABLE_TYPE,  e_type",
    "lld-pie, e_machine,           3,                  UNKNOWN_ARCHITECTURE, e_machine",
    "lld-pie, e_machine,           0x2a,               UNKNOWN_ARCHITECTURE, e_machine",
    "lld-pie, e_entry,             0x10,               BAD_HEADER,           e_entry",
    "lld-pie, e_entry,             0xffffffffffffffff, BAD_HEADER,           e_entry",
    "lld-pie, e_phoff,             0x10000,            TRUNCATED,            e_phoff",
    "lld-pie, e_phoff,             0x8000000000000000, TRUNCATED,            e_phoff",
    "lld-pie, e_phoff,             0xffffffffffffffff, TRUNCATED,            e_phoff",
    "lld-pie, e_shoff,             0x27b9,             TRUNCATED,            e_shoff",
    "lld-pie, e_shoff,             0x8000000000000000, TRUNCATED,            e_shoff",
    "lld-pie, e_ehsize,            52,                 BAD_HEADER,           e_ehsize",
    "lld-pie, e_phentsize,         32,                 BAD_HEADER,           e_phentsize",
    "lld-pie, e_phentsize,         0,                  BAD_HEADER,           e_phentsize",
    "lld-pie, e_phnum,             0,                  NO_LOAD_SEGMENT,      e_phnum",
    "lld-pie, e_phnum,             0xffff,             EXTENDED_NUMBERING,   e_phnum",
    "lld-pie, e_phnum,             0xfffe,             EXTENDED_NUMBERING,   e_phnum",
    "lld-pie, e_phnum,             0x1000,             TRUNCATED,            e_phoff",
    "lld-pie, e_shentsize,         40,                 BAD_HEADER,           e_shentsize",
    "lld-pie, e_shnum,             0,                  EXTENDED_NUMBERING,   e_shnum",
    "lld-pie, e_shnum,             0xfeff,             TRUNCATED,            e_shoff",
    "lld-pie, e_shstrndx,          0,                  BAD_SECTIONS,         e_shstrndx",
    "lld-pie, e_shstrndx,          9,                  BAD_SECTIONS,         e_shstrndx",
    "lld-pie, e_shstrndx,          15,                 BAD_SECTIONS,         e_shstrndx",
    "lld-pie, e_shstrndx,          33,                 BAD_SECTIONS,         e_shstrndx",
    "lld-pie, e_shstrndx,          0xffff,             EXTENDED_NUMBERING,   e_shstrndx",
    "lld-pie, phdr[2].p_offset,    1,                  BAD_SEGMENT,          phdr[2].p_offset",
    "lld-pie, phdr[2].p_offset,    0x10000,            SEGMENT_PAST_END,     phdr[2].p_filesz",
    "lld-pie, phdr[2].p_vaddr,     0x8000000000000000, BAD_SEGMENT,          phdr[2].p_vaddr",
    "lld-pie, phdr[2].p_vaddr,     0x10000,            LOADS_NOT_SORTED,     phdr[3].p_vaddr",
    "lld-pie, phdr[2].p_memsz,     0xffff,             LOADS_NOT_SORTED,     phdr[3].p_vaddr",
    "lld-pie, phdr[2].p_memsz,     1,                  BAD_SEGMENT,          phdr[2].p_memsz",
    "lld-pie, phdr[2].p_memsz,     0xffffffffffffffff, BAD_SEGMENT,          phdr[2].p_vaddr",
    "lld-pie, phdr[2].p_filesz,    0x8000000000000000, SEGMENT_PAST_END,     phdr[2].p_filesz",
    "lld-pie, phdr[1].p_filesz,    0x10000,            SEGMENT_PAST_END,     phdr[1].p_filesz",
    "lld-pie, phdr[1].p_filesz,    0,                  BAD_SEGMENT,          phdr[1].p_filesz",
    "lld-pie, phdr[1].p_filesz,    1,                  BAD_SEGMENT,          phdr[1].p_filesz",
    "lld-pie, phdr[1].p_filesz,    0x1001,             BAD_SEGMENT,          phdr[1].p_filesz",
    "lld-pie, phdr[1].p_filesz,    0x1b,               BAD_SEGMENT,          phdr[1].p_offset",
    "lld-pie, phdr[1].p_offset,    8,                  BAD_SEGMENT,          phdr[1].p_offset",
    "lld-pie, phdr[5].p_memsz,     0x800000000000,     BAD_SEGMENT,          phdr[5].p_vaddr",
    "lld-pie, phdr[7].p_memsz,     0x100000,          BAD_DYNAMIC,          phdr[7].p_memsz",
    "lld-pie, phdr[7].p_memsz,     0xffffffffffffffff, BAD_DYNAMIC,          phdr[7].p_memsz",
    "lld-pie, phdr[8].p_memsz,     0x100000,          BAD_SEGMENT,          phdr[8].p_memsz",
    "lld-pie, phdr[8].p_memsz,     0xffffffffffffffff, BAD_SEGMENT,          phdr[8].p_memsz",
    "gcc-pie, phdr[11].p_type,     4,                  BAD_SEGMENT,          phdr[11].p_type",
    "lld-pie, shdr[1].sh_name,     0x134,              BAD_SECTIONS,         shdr[1].sh_name",
    "lld-pie, shdr[1].sh_name,     0xffffffff,         BAD_SECTIONS,         shdr[1].sh_name",
    "lld-pie, shdr[15].sh_offset,  0x3000,             BAD_SECTIONS,         shdr[15].sh_offset",
    "lld-pie, shdr[15].sh_size,    0xffffffffffffffff, BAD_SECTIONS,         shdr[15].sh_offset",
    "lld-pie, shdr[15].sh_type,    8,                  DEBUG_ONLY,           shdr[15].sh_type",
  })
  void aWrongFieldIsNamed(
      String fixture, String field, String value, Refusal refusal, String reported) {
    CorruptFile file = CorruptFile.of(fixture).set(field, parse(value));
    ElfFormatException e =
        catchThrowableOfType(
            ElfFormatException.class,
            () -> Patching.patch(ElfFile.parse(file.bytes()), Hook.ENTRY));
    assertThat(e).isNotNull();
    assertThat(e.refusal()).as(e.getMessage()).isEqualTo(refusal);
    assertThat(e.field()).isEqualTo(reported.replaceFirst(".*\\.", ""));
    long offset = reported.equals("e_ident") ? 0 : file.field(reported).offset();
    assertThat(e.offset()).as(e.getMessage()).isEqualTo(offset);
  }

  /** In place of PT_GNU_STACK, a segment of zeros is the first one. */
  @Test
  void theFirstSegmentHasBytes() {
    CorruptFile file = CorruptFile.of("noseparate-nonpie");
    Bytes between = file.bytes().slice(64 + 2 * 56, 9 * 56);
    file.put(64 + 3 * 56, between)
        .set("phdr[2].p_offset", 0)
        .set("phdr[2].p_vaddr", 0x3f0000)
        .set("phdr[2].p_filesz", 0)
        .set("phdr[2].p_memsz", 0x1000);
    assertThatThrownBy(() -> Patching.patch(ElfFile.parse(file.bytes()), Hook.INIT))
        .hasMessageContaining("the first PT_LOAD has no bytes in the file");
  }

  private static long parse(String number) {
    return number.startsWith("0x")
        ? Long.parseUnsignedLong(number.substring(2), 16)
        : Long.parseLong(number);
  }

  @ParameterizedTest
  @CsvSource({
    "25, 0x100000, BAD_DYNAMIC,      DT_INIT_ARRAY",
    "27, 7,        BAD_DYNAMIC,      DT_INIT_ARRAYSZ",
    "7,  0x100000, BAD_RELOCATIONS,  d_tag 7",
    "8,  0x100000, BAD_RELOCATIONS,  d_tag 7",
    "23, 0x100000, BAD_RELOCATIONS,  d_tag 23",
    "5,  0x100000, BAD_DYNAMIC,      DT_STRTAB",
    "10, 0x100000, BAD_DYNAMIC,      DT_STRTAB",
  })
  void aWrongDynamicEntryIsNamed(long tag, String value, Refusal refusal, String reported) {
    CorruptFile file = CorruptFile.of("lld-pie").setDynamic(tag, parse(value));
    ElfFormatException e =
        catchThrowableOfType(
            ElfFormatException.class, () -> Patching.patch(ElfFile.parse(file.bytes()), Hook.INIT));
    assertThat(e).isNotNull();
    assertThat(e.refusal()).as(e.getMessage()).isEqualTo(refusal);
    assertThat(e.field()).isEqualTo(reported);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lld-pie", "noseparate-nonpie", "start-raw", "no-sections-pie"})
  void everyTruncationIsRefused(String fixture) {
    CorruptFile file = CorruptFile.of(fixture);
    ElfFile elf = ElfFile.parse(file.bytes());
    long end = elf.programHeaders().stream().mapToLong(ProgramHeader::fileEnd).max().orElseThrow();
    long needed = elf.header().shoff() == 0 ? end : file.size();
    long headers = 64 + elf.header().phnum() * 56L;
    for (long size = 0; size < needed; size += size < headers ? 1 : 64) {
      checkTruncated(CorruptFile.of(file.bytes()).cutTo(size).bytes());
    }
    checkTruncated(CorruptFile.of(file.bytes()).cutTo(needed - 1).bytes());
  }

  private static void checkTruncated(Bytes file) {
    ElfFormatException e =
        catchThrowableOfType(ElfFormatException.class, () -> ElfFile.parse(file));
    assertThat(e).as("%d bytes", file.size()).isNotNull();
    if (file.size() < 4) {
      assertThat(e.refusal()).isEqualTo(Refusal.NOT_ELF);
    } else if (file.size() < 64) {
      assertThat(e.refusal()).isEqualTo(Refusal.TRUNCATED);
      assertThat(e.offset()).isEqualTo(file.size());
    } else {
      assertThat(e.refusal()).isIn(Refusal.TRUNCATED, Refusal.SEGMENT_PAST_END);
      assertThat(e.field()).isIn("e_phoff", "p_filesz", "e_shoff");
    }
  }
}
