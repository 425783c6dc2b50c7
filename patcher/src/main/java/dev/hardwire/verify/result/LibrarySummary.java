package dev.hardwire.verify.result;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The library that a program was made to need.
 *
 * @param name as the program names it: an absolute path or a soname
 * @param file the file that was looked at; empty if there was none
 * @param proven whether that file is a library by Hardwire that runs the program's policy
 * @param reason why nothing is proven; empty if it is
 */
public record LibrarySummary(String name, Optional<Path> file, boolean proven, String reason) {
  /** Whether nothing is known about it, good or bad. */
  public boolean isUnchecked() {
    return !proven && file.isEmpty();
  }
}
