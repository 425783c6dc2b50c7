package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Descriptor;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Sets extended attributes outside the user name space, for which Java has no interface. */
public final class ExtendedAttribute {
  private ExtendedAttribute() {}

  /**
   * Sets one that says something about a file's contents.
   *
   * @param content what the file must hold; the attribute is set on no other file
   */
  public static void set(Path file, String name, Bytes value, Bytes content) throws IOException {
    try (Descriptor open = Descriptor.open(file)) {
      try (FileBytes found = FileBytes.open(file, open.path())) {
        if (found.size() != content.size() || found.bytes().differenceFrom(content) >= 0) {
          throw new FileSystemException(
              file.toString(), null, "the file changed after it was written");
        }
      }
      open.setAttribute(name, value.toArray());
    } catch (FileSystemException e) {
      throw new FileSystemException(
          file.toString(),
          null,
          "the attribute %s cannot be set: %s".formatted(name, e.getReason()));
    }
  }
}
