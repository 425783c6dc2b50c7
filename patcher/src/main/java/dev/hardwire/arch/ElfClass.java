package dev.hardwire.arch;

/** EI_CLASS, with the sizes in bytes that it decides (gABI, ELF Header and following). */
public enum ElfClass {
  CLASS32(1, 4, 52, 32, 40, 8, 16, 8, 12),
  CLASS64(2, 8, 64, 56, 64, 16, 24, 16, 24);

  private final int code;
  private final int wordSize;
  private final int fileHeaderSize;
  private final int programHeaderSize;
  private final int sectionHeaderSize;
  private final int dynamicSize;
  private final int symbolSize;
  private final int relSize;
  private final int relaSize;

  ElfClass(
      int code,
      int wordSize,
      int fileHeaderSize,
      int programHeaderSize,
      int sectionHeaderSize,
      int dynamicSize,
      int symbolSize,
      int relSize,
      int relaSize) {
    this.code = code;
    this.wordSize = wordSize;
    this.fileHeaderSize = fileHeaderSize;
    this.programHeaderSize = programHeaderSize;
    this.sectionHeaderSize = sectionHeaderSize;
    this.dynamicSize = dynamicSize;
    this.symbolSize = symbolSize;
    this.relSize = relSize;
    this.relaSize = relaSize;
  }

  public int code() {
    return code;
  }

  /** Bytes of an address, an offset or a size. */
  public int wordSize() {
    return wordSize;
  }

  public int fileHeaderSize() {
    return fileHeaderSize;
  }

  public int programHeaderSize() {
    return programHeaderSize;
  }

  public int sectionHeaderSize() {
    return sectionHeaderSize;
  }

  public int dynamicSize() {
    return dynamicSize;
  }

  public int symbolSize() {
    return symbolSize;
  }

  public int relSize() {
    return relSize;
  }

  public int relaSize() {
    return relaSize;
  }
}
