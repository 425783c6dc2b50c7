package dev.hardwire.work;

import dev.hardwire.bytes.BytesException;
import dev.hardwire.bytes.Digests;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.elf.ElfFile;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Begins with what takes longest for a large program, its digest, before the words of the command
 * are understood. {@link FilePatcher} takes the digest if it is that of the file to patch.
 */
public final class EarlyDigest {
  /** From this size in bytes on, to digest a file takes as long as to start. */
  private static final long LARGE = 1L << 24;

  private static final int MAGIC = 4;

  /** Options whose value is a file that is not read. */
  private static final Set<String> OUTPUT = Set.of("-o", "--output");

  private EarlyDigest() {}

  /**
   * Begins if exactly one word names a large program; otherwise only loads what digests need.
   *
   * @param words those of {@code patch}
   */
  public static void begin(String... words) {
    Optional<String> large = large(words);
    if (large.isEmpty() || !beginIfProgram(Path.of(large.get()))) {
      Digests.prepare();
    }
  }

  /** Whether it began; what cannot be read is left to those who need it, to say so. */
  static boolean beginIfProgram(Path path) {
    try {
      FileBytes file = FileBytes.open(path);
      if (isProgram(file)) {
        Digests.prepare(file);
        return true;
      }
      file.close();
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether it is no image of containers, no directory, and not of another kind. */
  private static boolean isProgram(FileBytes file) {
    try {
      return ElfFile.isMagic(file.bytes().slice(0, MAGIC).toArray());
    } catch (BytesException | UncheckedIOException e) {
      return false;
    }
  }

  private static Optional<String> large(String... words) {
    String found = null;
    for (int i = 1; i < words.length; i++) {
      if (!OUTPUT.contains(words[i - 1]) && new File(words[i]).length() >= LARGE) {
        if (found != null) {
          return Optional.empty(); // several files take turns, and so do their digests
        }
        found = words[i];
      }
    }
    return Optional.ofNullable(found);
  }
}
