package dev.hardwire.container.archive;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** A container image that cannot be used: damaged, hostile, or of a kind that is not supported. */
public final class ContainerException extends FileSystemException {
  /**
   * An error.
   *
   * @param place the image, or the part of it, such as {@code image.tar: layer 2: usr/bin/x}
   * @param reason what is wrong, and what to do
   */
  public ContainerException(String place, String reason) {
    super(place, null, reason);
  }

  public static void require(boolean condition, String place, String reason) throws IOException {
    if (!condition) {
      throw new ContainerException(place, reason);
    }
  }
}
