package dev.hardwire.elf;

import dev.hardwire.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * A field of a 64-bit file, as the gABI lays it out; written without the generated parser.
 *
 * @param name with the entry it stands in, such as {@code phdr[3].p_offset}
 * @param offset file offset in bytes
 * @param width bytes
 */
public record ElfField(String name, long offset, int width) {
  private static final String[] HEADER = {
    "EI_MAG:4",
    "EI_CLASS:1",
    "EI_DATA:1",
    "EI_VERSION:1",
    "EI_OSABI:1",
    "EI_ABIVERSION:1",
    "EI_PAD:7",
    "e_type:2",
    "e_machine:2",
    "e_version:4",
    "e_entry:8",
    "e_phoff:8",
    "e_shoff:8",
    "e_flags:4",
    "e_ehsize:2",
    "e_phentsize:2",
    "e_phnum:2",
    "e_shentsize:2",
    "e_shnum:2",
    "e_shstrndx:2"
  };
  private static final String[] PROGRAM_HEADER = {
    "p_type:4",
    "p_flags:4",
    "p_offset:8",
    "p_vaddr:8",
    "p_paddr:8",
    "p_filesz:8",
    "p_memsz:8",
    "p_align:8"
  };
  private static final String[] SECTION_HEADER = {
    "sh_name:4",
    "sh_type:4",
    "sh_flags:8",
    "sh_addr:8",
    "sh_offset:8",
    "sh_size:8",
    "sh_link:4",
    "sh_info:4",
    "sh_addralign:8",
    "sh_entsize:8"
  };
  private static final String[] DYNAMIC_ENTRY = {"d_tag:8", "d_val:8"};
  private static final String[] RELA = {"r_offset:8", "r_info:8", "r_addend:8"};

  /** The fields of the ELF header. */
  public static List<ElfField> header() {
    return structure("", 0, HEADER);
  }

  /** The fields of every program header. */
  public static List<ElfField> programHeaders(Bytes file) {
    return table("phdr", file.u64(32), file.u16(56), 56, PROGRAM_HEADER);
  }

  /** The fields of every section header. */
  public static List<ElfField> sections(Bytes file) {
    return table("shdr", file.u64(40), file.u16(60), 64, SECTION_HEADER);
  }

  /** The fields of every dynamic entry, the last DT_NULL included; none in a static file. */
  public static List<ElfField> dynamic(Bytes file) {
    for (int i = 0; i < file.u16(56); i++) {
      long at = file.u64(32) + i * 56L;
      if (file.u32(at) == SegmentType.DYNAMIC) {
        long count = 0;
        long start = file.u64(at + 8);
        while (file.u64(start + count * 16) != DynamicTag.NULL) {
          count++;
        }
        return table("dyn", start, count + 1, 16, DYNAMIC_ENTRY);
      }
    }
    return List.of();
  }

  /** The fields of a RELA entry. */
  public static List<ElfField> rela(long offset) {
    return structure("rela.", offset, RELA);
  }

  private static List<ElfField> table(
      String name, long offset, long count, int entrySize, String... fields) {
    List<ElfField> all = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      all.addAll(structure("%s[%d].".formatted(name, i), offset + i * entrySize, fields));
    }
    return all;
  }

  private static List<ElfField> structure(String prefix, long offset, String... fields) {
    List<ElfField> all = new ArrayList<>();
    long at = offset;
    for (String field : fields) {
      int colon = field.indexOf(':');
      int width = Integer.parseInt(field.substring(colon + 1));
      all.add(new ElfField(prefix + field.substring(0, colon), at, width));
      at += width;
    }
    return all;
  }

  /** Its value in a little-endian file. */
  public long value(byte[] file) {
    long value = 0;
    for (int i = width - 1; i >= 0; i--) {
      value = value << 8 | (file[(int) offset + i] & 0xff);
    }
    return value;
  }

  /** Sets it in a little-endian file. */
  public void set(byte[] file, long value) {
    for (int i = 0; i < width; i++) {
      file[(int) offset + i] = (byte) (value >>> (8 * i));
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
