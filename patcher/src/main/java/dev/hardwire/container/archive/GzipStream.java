package dev.hardwire.container.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Decompresses gzip (RFC 1952), one member after the other. Unlike {@link
 * java.util.zip.GZIPInputStream}, it refuses what follows the last member: other programs may read
 * it.
 */
final class GzipStream extends InputStream {
  private static final int BUFFER = 1 << 16;
  private static final int DEFLATE = 8;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xe0;

  private final PushbackInputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 sum = new CRC32();
  private final byte[] buffer = new byte[BUFFER];
  private int filled;
  private boolean isAtEnd;

  GzipStream(InputStream compressed) throws IOException {
    this.in = new PushbackInputStream(compressed, BUFFER);
    header();
  }

  private void header() throws IOException {
    if (octet() != 0x1f || octet() != 0x8b || octet() != DEFLATE) {
      throw new ZipException("not in the format of gzip");
    }
    int flags = octet();
    if ((flags & RESERVED) != 0) {
      throw new ZipException("unknown flags of gzip");
    }
    skip(6);
    if ((flags & EXTRA) != 0) {
      skip(octet() | octet() << 8);
    }
    for (int i = 0; i < Integer.bitCount(flags & (NAME | COMMENT)); i++) {
      while (octet() != 0) {
        // to the end of the text
      }
    }
    skip((flags & HEADER_CRC) != 0 ? 2 : 0);
    inflater.reset();
    sum.reset();
  }

  private int octet() throws IOException {
    int octet = in.read();
    if (octet < 0) {
      throw new EOFException();
    }
    return octet;
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      octet();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!isAtEnd) {
      int count = inflate(into, offset, length);
      if (count > 0) {
        sum.update(into, offset, count);
        return count;
      }
      if (inflater.finished()) {
        endOfMember();
      } else if (inflater.needsInput()) {
        filled = in.read(buffer);
        if (filled <= 0) {
          throw new EOFException();
        }
        inflater.setInput(buffer, 0, filled);
      } else {
        throw new ZipException("needs a dictionary, which gzip has not");
      }
    }
    return -1;
  }

  private int inflate(byte[] into, int offset, int length) throws IOException {
    try {
      return inflater.inflate(into, offset, length);
    } catch (DataFormatException e) {
      throw new ZipException(e.getMessage() == null ? "damaged" : e.getMessage());
    }
  }

  private void endOfMember() throws IOException {
    int rest = inflater.getRemaining();
    in.unread(buffer, filled - rest, rest);
    filled = 0;
    if (word() != sum.getValue() || word() != (inflater.getBytesWritten() & 0xffff_ffffL)) {
      throw new ZipException("the checksum or length is wrong");
    }
    int next = in.read();
    if (next < 0) {
      isAtEnd = true;
      return;
    }
    in.unread(next);
    if (next != 0x1f) {
      throw new ZipException("something follows the end of the gzip stream");
    }
    header();
  }

  private long word() throws IOException {
    long word = octet() | octet() << 8 | octet() << 16;
    return word | (long) octet() << 24;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
