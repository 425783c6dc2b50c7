package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import java.nio.file.Path;

/** What the one who verifies knows about a library that a program needs. */
public sealed interface LibraryFile {
  /** It is in this file. */
  record Found(Path file, Bytes content) implements LibraryFile {}

  /** Nothing, so that the library is not checked. */
  record Unknown(String reason) implements LibraryFile {}

  /** The program must not need a library of this name. */
  record Wrong(String reason) implements LibraryFile {}
}
