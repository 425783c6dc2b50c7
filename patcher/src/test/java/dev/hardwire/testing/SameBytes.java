package dev.hardwire.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.assertj.core.api.Condition;
import org.assertj.core.condition.VerboseCondition;

/**
 * Compares files block by block. AssertJ reads single bytes, for which large files take seconds.
 */
public final class SameBytes {
  private SameBytes() {}

  /** A file whose contents are those of another. */
  public static Condition<Path> sameBytesAs(Path expected) {
    Predicate<Path> isSame = file -> mismatch(file, expected) == -1;
    return VerboseCondition.verboseCondition(
        isSame,
        "the bytes of " + expected,
        file -> " but they differ from offset %d on".formatted(mismatch(file, expected)));
  }

  private static long mismatch(Path file, Path expected) {
    try {
      return Files.mismatch(file, expected);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
