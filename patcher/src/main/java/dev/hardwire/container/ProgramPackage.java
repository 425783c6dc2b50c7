package dev.hardwire.container;

import dev.hardwire.output.WorkFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A package of a distribution. */
interface ProgramPackage extends ProgramArchive, Closeable {
  /**
   * Writes the package with the replaced programs, whole or not at all.
   *
   * @param target may be the package itself
   * @param suffix is appended to the version; if absent, the version is one that all updates
   *     replace
   * @return lines about what the package has lost
   */
  List<String> write(WorkFolder work, Path target, Optional<String> suffix) throws IOException;

  /**
   * Writes the package with originals in place of the programs, and the version that it had.
   *
   * @return lines about what the package has lost
   */
  List<String> writeOriginal(WorkFolder work, Path target) throws IOException;
}
