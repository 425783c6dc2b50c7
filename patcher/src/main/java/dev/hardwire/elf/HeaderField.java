package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;

/**
 * The fields of the file header that are checked or changed, with their places (gABI, ELF Header).
 */
public enum HeaderField {
  EI_CLASS(4, 4, 1),
  EI_DATA(5, 5, 1),
  EI_VERSION(6, 6, 1),
  EI_OSABI(7, 7, 1),
  E_TYPE(16, 16, 2),
  E_MACHINE(18, 18, 2),
  E_VERSION(20, 20, 4),
  E_ENTRY(24, 24, 0),
  E_PHOFF(28, 32, 0),
  E_SHOFF(32, 40, 0),
  E_FLAGS(36, 48, 4),
  E_EHSIZE(40, 52, 2),
  E_PHENTSIZE(42, 54, 2),
  E_PHNUM(44, 56, 2),
  E_SHENTSIZE(46, 58, 2),
  E_SHNUM(48, 60, 2),
  E_SHSTRNDX(50, 62, 2);

  private final int offset32;
  private final int offset64;
  private final int width;

  HeaderField(int offset32, int offset64, int width) {
    this.offset32 = offset32;
    this.offset64 = offset64;
    this.width = width;
  }

  /** File offset in bytes. */
  public int offset(ElfClass elfClass) {
    return elfClass == ElfClass.CLASS32 ? offset32 : offset64;
  }

  /** Width in bytes. */
  public int width(ElfClass elfClass) {
    return width == 0 ? elfClass.wordSize() : width;
  }

  /** The gABI's name, such as {@code e_phoff}. */
  public String field() {
    return name().startsWith("EI_") ? name() : name().toLowerCase(java.util.Locale.ROOT);
  }

  /** An error about this field. */
  public ElfFormatException refuse(Refusal refusal, ElfClass elfClass, String reason) {
    return new ElfFormatException(refusal, offset(elfClass), field(), reason);
  }
}
