package dev.hardwire.cli;

import dev.hardwire.os.Kernel;
import dev.hardwire.os.ProgramImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts the JVM once more for a large file. The start script cannot find out the size of a file
 * without another program, so it chooses the flags for small ones, and the variable {@link
 * #VARIABLE} names the directory of the other ones. Starting again takes less time than computing
 * the digest by code that does not use the processor's instructions.
 */
final class BatchProfile {
  private static final String VARIABLE = "HARDWIRE_BATCH";
  private static final String SHORT = "-XX:TieredStopAtLevel=1";

  /** Another flag of the short profile. */
  private static final String HEAP = "-Xms96m";

  private static final long LARGE = 1L << 24;

  private BatchProfile() {}

  /** Does so if one of the words names a large file; returns if not, or if it fails. */
  static void enterFor(String... words) {
    String directory = System.getenv(VARIABLE);
    if (directory == null || directory.isEmpty()) {
      return;
    }
    for (int i = 1; i < words.length; i++) {
      if (new File(words[i]).length() >= LARGE && Kernel.isAvailable()) {
        try {
          enter();
        } catch (IOException e) {
          return; // the flags only save time
        }
      }
    }
  }

  private static void enter() throws IOException {
    List<byte[]> environment = new ArrayList<>();
    String directory = "";
    for (String entry : texts("environ")) {
      if (entry.startsWith(VARIABLE + "=")) {
        directory = entry.substring(VARIABLE.length() + 1);
      } else {
        environment.add(bytes(entry));
      }
    }
    List<byte[]> arguments = new ArrayList<>();
    boolean found = false;
    boolean isHeapFound = false;
    for (String word : texts("cmdline")) {
      if (!found && word.equals(SHORT)) {
        found = true;
        arguments.add(bytes("@" + directory + "/hardwire.options"));
        arguments.add(bytes("-XX:CompilerDirectivesFile=" + directory + "/hardwire.directives"));
      } else if (!isHeapFound && word.equals(HEAP)) {
        isHeapFound = true; // left out
      } else {
        arguments.add(bytes(word));
      }
    }
    if (found) {
      throw ProgramImage.execute(Path.of("/proc/self/exe").toRealPath(), arguments, environment);
    }
  }

  /** Byte for byte. */
  private static String[] texts(String file) throws IOException {
    byte[] all = Files.readAllBytes(Path.of("/proc/self", file));
    String text = new String(all, StandardCharsets.ISO_8859_1);
    return text.substring(0, Math.max(0, text.length() - 1)).split("\0", -1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
