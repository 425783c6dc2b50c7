package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What {@code run-cases} takes to make a patched file out of the original: the length, and the
 * bytes that differ, each time after a line with their offset and their number.
 */
final class GuestChanges {
  /** So many equal bytes end what differs. */
  private static final int GAP = 64;

  private GuestChanges() {}

  /** The changes that make {@code patched} out of {@code original}, which is not longer. */
  static byte[] between(byte[] original, byte[] patched) {
    assertThat(patched.length).isGreaterThanOrEqualTo(original.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(line(patched.length + "\n"));
    for (int at = nextDifference(original, patched, 0); at < patched.length; ) {
      int end = at;
      int next = at;
      while (next < patched.length && next - end <= GAP) {
        end = next + 1;
        next = nextDifference(original, patched, end);
      }
      out.writeBytes(line(at + " " + (end - at) + "\n"));
      out.write(patched, at, end - at);
      at = next;
    }
    return out.toByteArray();
  }

  /** Writes the changes between two files. */
  static void write(Path original, Path patched, Path changes) {
    try {
      Files.write(changes, between(Files.readAllBytes(original), Files.readAllBytes(patched)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the files differ first, from an offset on: behind the end of the original everywhere. */
  private static int nextDifference(byte[] original, byte[] patched, int from) {
    if (from >= original.length) {
      return from;
    }
    int length = original.length;
    int next = Arrays.mismatch(original, from, length, patched, from, length);
    return next < 0 ? length : from + next;
  }

  private static byte[] line(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
