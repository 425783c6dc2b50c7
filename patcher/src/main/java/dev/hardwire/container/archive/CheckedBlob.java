package dev.hardwire.container.archive;

import dev.hardwire.bytes.Digests;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The stream of a blob, whose size and digest are checked when it has been read whole. */
public final class CheckedBlob extends FilterInputStream {
  private final MessageDigest digest = Digests.sha256();
  private final long size;
  private final String place;
  private final String advice;
  private long count;

  /**
   * A stream.
   *
   * @param size bytes that it may have at most
   * @param place of the file, for messages
   * @param advice what to do about more bytes
   */
  public CheckedBlob(InputStream in, long size, String place, String advice) {
    super(in);
    this.size = size;
    this.place = place;
    this.advice = advice;
  }

  /** The error for content that cannot be decompressed. */
  static ContainerException damaged(String place, Exception cause) {
    boolean ends = cause instanceof EOFException || cause.getMessage() == null;
    String reason = ends ? "ends early, or is damaged" : cause.getMessage();
    return new ContainerException(place, "cannot be unpacked: " + reason);
  }

  static String text(MessageDigest digest) {
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }

  public static String digest(byte[] content) {
    MessageDigest whole = Digests.sha256();
    whole.update(content);
    return text(whole);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int read = next(into, offset, length);
    if (read > 0) {
      digest.update(into, offset, read);
      count += read;
      if (count > size) {
        throw new ContainerException(place, "has more than %,d bytes%s".formatted(size, advice));
      }
    }
    return read;
  }

  private int next(byte[] into, int offset, int length) throws IOException {
    try {
      return in.read(into, offset, length);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // the decompressors throw several
      throw damaged(place, e);
    }
  }

  @Override
  public long skip(long wanted) throws IOException {
    byte[] buffer = new byte[(int) Math.min(Math.max(wanted, 1), 1 << 16)];
    return Math.max(0, read(buffer, 0, buffer.length));
  }

  /** Unknown: decompressors fail here with what they found before. */
  @Override
  public int available() {
    return 0;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** Bytes that were read. */
  public long count() {
    return count;
  }

  /** Reads what is left, and returns the digest of everything. */
  public String finish() throws IOException {
    byte[] buffer = new byte[1 << 16];
    while (read(buffer, 0, buffer.length) >= 0) {
      // to the end
    }
    return text(digest);
  }
}
