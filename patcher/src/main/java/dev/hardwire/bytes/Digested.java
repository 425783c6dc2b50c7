package dev.hardwire.bytes;

import java.util.Arrays;
import java.util.Optional;

/** Bytes behind their SHA-256, so that damage is noticed. */
public final class Digested {
  private Digested() {}

  public static byte[] of(byte[] content) {
    byte[] both = Arrays.copyOf(digest(content), Digests.SIZE + content.length);
    System.arraycopy(content, 0, both, Digests.SIZE, content.length);
    return both;
  }

  /** The content of what {@link #of} made; empty if it is something else, or damaged. */
  public static Optional<byte[]> content(byte[] both) {
    if (both.length < Digests.SIZE) {
      return Optional.empty();
    }
    byte[] content = Arrays.copyOfRange(both, Digests.SIZE, both.length);
    return Arrays.equals(digest(content), Arrays.copyOf(both, Digests.SIZE))
        ? Optional.of(content)
        : Optional.empty();
  }

  private static byte[] digest(byte[] content) {
    return Bytes.wrap(content).sha256().toArray();
  }
}
