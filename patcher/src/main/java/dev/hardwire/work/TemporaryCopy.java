package dev.hardwire.work;

import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks whether an unnamed copy of a program can run in its place. */
public final class TemporaryCopy {
  private static final int SET_ID_BITS = 06000;

  private TemporaryCopy() {}

  /**
   * Checks that the program gets no rights from its file; a copy would run without them.
   *
   * @throws ElfFormatException if it is setuid or setgid
   */
  public static void check(Path program) throws IOException {
    int mode = (int) Files.getAttribute(program, "unix:mode");
    if ((mode & SET_ID_BITS) != 0) {
      throw new ElfFormatException(
          Refusal.PRIVILEGED, 0, "st_mode", program + " is setuid or setgid");
    }
  }
}
