package dev.hardwire.container.archive;

import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalInt;

/**
 * How many bytes a layer, or a member of a package, may have when it is unpacked.
 *
 * @param gibibytes that the user allows; empty for what is usual: 16 GiB, and at most 250 times the
 *     size of the compressed file, but always 64 MiB
 */
public record UnpackLimit(OptionalInt gibibytes) {
  /** The limits that apply unless the user sets another. */
  public static final UnpackLimit USUAL = new UnpackLimit(OptionalInt.empty());

  /** The option that sets it. */
  public static final String OPTION = "--max-unpacked";

  /** The largest value of the option, in GiB. */
  public static final int MOST = 1 << 20;

  private static final long USUAL_BYTES = 16L << 30;
  private static final long ALWAYS = 1L << 26;
  private static final long RATIO = 250;
  private static final int GIBIBYTE = 30;

  /**
   * Decompresses a stream.
   *
   * @param size of the compressed bytes
   * @param place of the file, for messages
   * @return a stream that fails with a {@link ContainerException} if there are too many bytes, or
   *     if they are not compressed in this way
   */
  public CheckedBlob open(Compression compression, InputStream in, long size, String place)
      throws IOException {
    try {
      return new CheckedBlob(compression.open(in), bytes(compression, size), place, advice());
    } catch (ContainerException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // the decompressors throw several
      throw CheckedBlob.damaged(place, e);
    }
  }

  private long bytes(Compression compression, long size) {
    if (compression == Compression.NONE) {
      return size;
    }
    return gibibytes.isPresent()
        ? (long) gibibytes.getAsInt() << GIBIBYTE
        : Math.min(USUAL_BYTES, Math.max(ALWAYS, size * RATIO));
  }

  private static String advice() {
    return "; if you trust the file, allow more by " + OPTION + " GIB";
  }
}
