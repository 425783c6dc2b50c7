package dev.hardwire.output;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Writes one file, in one step or not at all. */
public final class OutputFile {
  private OutputFile() {}

  /** Writes a file with the permissions of a new file. */
  public static void write(Path target, Bytes content) throws IOException {
    AtomicFile.write(target, content);
  }

  /** Writes content that is in several parts. */
  public static void write(Path target, ByteParts content) throws IOException {
    AtomicFile.write(target, content);
  }

  /** Writes text in UTF-8. */
  public static void write(Path target, String text) throws IOException {
    AtomicFile.write(target, Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Writes a file with the permissions of a new program. */
  public static void writeExecutable(Path target, Bytes content) throws IOException {
    AtomicFile.writeExecutable(target, content);
  }

  /**
   * Writes a file with mode, owner and attributes of another one.
   *
   * @return the attributes that could not be kept; empty if there are none
   */
  public static Optional<String> write(Path target, Bytes content, Path attributesOf)
      throws IOException {
    return AtomicFile.write(target, content, attributesOf);
  }
}
