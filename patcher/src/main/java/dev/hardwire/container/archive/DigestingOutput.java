package dev.hardwire.container.archive;

import dev.hardwire.bytes.Digests;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/** Counts the bytes that are written, and computes their digest. */
public final class DigestingOutput extends FilterOutputStream {
  private final MessageDigest digest = Digests.sha256();
  private boolean closed;
  private long count;

  public DigestingOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    out.write(from, offset, length);
    digest.update(from, offset, length);
    count += length;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      super.close();
    }
  }

  /** Bytes that were written. */
  public long count() {
    return count;
  }

  /** The digest, once everything is written. */
  public String text() {
    return CheckedBlob.text(digest);
  }
}
