package dev.hardwire.arch;

/** EI_CLASS, with the sizes in bytes that it decides (gABI, ELF Header and following). */
public enum ElfClass {
  CLASS32,
  CLASS64;

  private int choose(int of32, int of64) {
    return this == CLASS32 ? of32 : of64;
  }

  public int code() {
    return choose(1, 2);
  }

  /** Bytes of an address, an offset or a size. */
  public int wordSize() {
    return choose(4, 8);
  }

  public int fileHeaderSize() {
    return choose(52, 64);
  }

  public int programHeaderSize() {
    return choose(32, 56);
  }

  public int sectionHeaderSize() {
    return choose(40, 64);
  }

  public int dynamicSize() {
    return choose(8, 16);
  }

  public int symbolSize() {
    return choose(16, 24);
  }

  public int relSize() {
    return choose(8, 16);
  }

  public int relaSize() {
    return choose(12, 24);
  }
}
