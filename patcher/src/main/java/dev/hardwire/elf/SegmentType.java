package dev.hardwire.elf;

/** Values of p_type that are looked at (gABI, Program Header; Linux gABI supplement). */
public final class SegmentType {
  public static final long LOAD = 1;
  public static final long DYNAMIC = 2;
  public static final long INTERP = 3;
  public static final long NOTE = 4;
  public static final long PHDR = 6;
  public static final long TLS = 7;
  public static final long GNU_EH_FRAME = 0x6474e550L;
  public static final long GNU_STACK = 0x6474e551L;
  public static final long GNU_RELRO = 0x6474e552L;
  public static final long GNU_PROPERTY = 0x6474e553L;

  private SegmentType() {}
}
