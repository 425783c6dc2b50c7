package dev.hardwire.cli;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * A file that is worked on, or the reason why not: what is named has to be an executable, but in a
 * directory other files are skipped. A file that starts like an executable and cannot be parsed is
 * none of those, so that damage does not hide it.
 */
final class ProgramFile {
  private static final int E_CLASS = 4;
  private static final int E_DATA = 5;
  private static final int E_TYPE = 16;
  private static final int ET_REL = 1;
  private static final int ET_CORE = 4;

  private final Bytes content;
  private final String skipped;

  private ProgramFile(Bytes content, String skipped) {
    this.content = content;
    this.skipped = skipped;
  }

  /** Reads a file. */
  static ProgramFile read(TreeEntry entry) throws IOException {
    if (entry.named()) {
      return new ProgramFile(InputFile.read(entry.file()), null);
    }
    try {
      String kind = kind(entry);
      return kind == null
          ? new ProgramFile(InputFile.read(entry.file()), null)
          : new ProgramFile(null, kind);
    } catch (NoSuchFileException e) {
      return new ProgramFile(null, "vanished"); // another process replaces files in the tree
    }
  }

  /** What a file is that is no executable; null where it may be one. */
  private static String kind(TreeEntry entry) throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(entry.file())) {
      start = in.readNBytes(E_TYPE + 2);
    }
    if (start.length < E_CLASS
        || start[0] != 0x7f
        || start[1] != 'E'
        || start[2] != 'L'
        || start[3] != 'F') {
      return "not-elf";
    }
    if (start.length == E_TYPE + 2) {
      int type = start[E_DATA] == 2 ? start[E_TYPE + 1] : start[E_TYPE];
      if (type == ET_REL || type == ET_CORE) {
        return "object";
      }
    }
    return null;
  }

  /** The same file, skipped if it is a shared library that was not named. */
  static Optional<String> skipsLibrary(TreeEntry entry, ElfFile elf) {
    return !entry.named() && elf.isSharedLibrary()
        ? Optional.of("shared-library")
        : Optional.empty();
  }

  /** Whether a file in a directory is a shared library; a damaged one is none. */
  static Optional<String> skipsLibrary(TreeEntry entry, Bytes content) {
    try {
      return entry.named() ? Optional.empty() : skipsLibrary(entry, ElfFile.parse(content));
    } catch (ElfFormatException | BytesException damaged) {
      return Optional.empty();
    }
  }

  /** A stable word for why the file is skipped, if it is. */
  Optional<String> skipped() {
    return Optional.ofNullable(skipped);
  }

  Bytes content() {
    return content;
  }
}
