package dev.hardwire.spark.files;

import dev.hardwire.container.ImagePrograms;
import dev.hardwire.elf.ElfFile;
import java.nio.charset.StandardCharsets;

/** Tells from the first bytes what kind of unit a file is. */
public final class PlainOrArchive {
  private static final int USTAR = 257;
  private static final String MAGIC = "ustar";

  /** How many bytes are needed. */
  public static final int START = USTAR + MAGIC.length();

  private PlainOrArchive() {}

  /** Whether it may be a package or an archive of an image. */
  public static boolean isArchive(byte[] start) {
    return ImagePrograms.isPackage(start) || isTar(start);
  }

  /** Whether it may be an archive of an image. */
  private static boolean isTar(byte[] start) {
    return start.length == START
        && !ElfFile.isMagic(start)
        && new String(start, USTAR, MAGIC.length(), StandardCharsets.ISO_8859_1).equals(MAGIC);
  }
}
