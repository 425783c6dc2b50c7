package dev.hardwire.image;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Sets extended attributes outside the user name space, for which Java has no interface. */
public final class ExtendedAttribute {
  private ExtendedAttribute() {}

  /** Sets one, with {@code setfattr} of the attr tools. */
  public static void set(Path file, String name, Bytes value) throws IOException {
    try (PlainName plain = PlainName.of(file)) {
      set(file, plain.toString(), name, value);
    }
  }

  private static void set(Path file, String argument, String name, Bytes value) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("setfattr", "-n", name, "-v", "0x" + value.hex(), "--", argument)
            .redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    process.getOutputStream().close();
    String message =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      if (process.waitFor() != 0) {
        throw new FileSystemException(
            file.toString(), null, "the attribute %s cannot be set: %s".formatted(name, message));
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while setting an attribute of " + file, e);
    }
  }
}
