package dev.hardwire.container.archive;

import dev.hardwire.bytes.Digests;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The stream of a blob, whose size and digest are checked when it has been read whole. */
public final class CheckedBlob extends FilterInputStream {
  private final MessageDigest digest = Digests.sha256();
  private final long size;
  private long count;

  /**
   * A stream.
   *
   * @param size bytes that it may have at most
   */
  public CheckedBlob(InputStream in, long size) {
    super(in);
    this.size = size;
  }

  /** The text of a digest. */
  static String text(MessageDigest digest) {
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }

  /** The digest of content as text. */
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
    int read = in.read(into, offset, length);
    if (read > 0) {
      digest.update(into, offset, read);
      count += read;
      if (count > size) {
        throw new IOException("more than " + size + " bytes");
      }
    }
    return read;
  }

  @Override
  public long skip(long wanted) throws IOException {
    byte[] buffer = new byte[(int) Math.min(Math.max(wanted, 1), 1 << 16)];
    return Math.max(0, read(buffer, 0, buffer.length));
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
