package dev.hardwire.sign.algorithm;

import dev.hardwire.bytes.Bytes;

/**
 * Checks a DER encoding (X.690 chapter 10) before a recursive parser reads it, and rejects
 * encodings that would exhaust one: indefinite lengths, deep nesting, millions of elements.
 */
public final class DerScan {
  private static final int MAXIMUM_DEPTH = 48;
  private static final int MAXIMUM_ELEMENTS = 20_000;
  private static final int CONSTRUCTED = 0x20;

  private final Bytes der;
  private final long[] ends = new long[MAXIMUM_DEPTH];
  private int depth;
  private int elements;

  private DerScan(Bytes der) {
    this.der = der;
  }

  /** Throws unless {@code der} is exactly one element that is safe to parse. */
  public static void check(Bytes der) {
    SignatureFault.require(der.size() > 0, "the signature is empty");
    SignatureFault.require(
        der.u8(0) != '-' && der.u8(0) != 'M', // no valid element here has such a tag
        "the signature is PEM or S/MIME, not DER; openssl cms -cmsout -outform DER converts it");
    new DerScan(der).walk();
  }

  private void walk() {
    long at = 0;
    do {
      SignatureFault.require(
          ++elements <= MAXIMUM_ELEMENTS, "the encoding has more than 20000 elements");
      int tag = byteAt(at++);
      if ((tag & 0x1f) == 0x1f) {
        at = skipHighTag(at);
      }
      int first = byteAt(at++);
      long length = first;
      if (first >= 0x80) {
        int count = first & 0x7f;
        SignatureFault.require(
            count >= 1 && count <= 4,
            count == 0
                ? "the encoding has an indefinite length"
                : "a length of the encoding is too large");
        length = 0;
        for (int i = 0; i < count; i++) {
          length = length << 8 | byteAt(at++);
        }
        SignatureFault.require(
            length >= 0x80 && length >>> (8 * (count - 1)) != 0,
            "a length of the encoding is not minimal");
      }
      long limit = depth == 0 ? der.size() : ends[depth - 1];
      SignatureFault.require(
          length <= limit - at, "an element of the encoding ends past the one around it");
      SignatureFault.require(
          depth > 0 || at + length == der.size(), "bytes follow the end of the encoding");
      if ((tag & CONSTRUCTED) != 0) {
        SignatureFault.require(depth < MAXIMUM_DEPTH, "the encoding is nested too deeply");
        ends[depth++] = at + length;
      } else {
        at += length;
      }
      while (depth > 0 && at == ends[depth - 1]) {
        depth--;
      }
    } while (depth > 0);
  }

  private long skipHighTag(long from) {
    long at = from;
    while ((byteAt(at) & 0x80) != 0) {
      at++;
      SignatureFault.require(at - from < 4, "a tag of the encoding is too large");
    }
    return at + 1;
  }

  private int byteAt(long at) {
    SignatureFault.require(at < der.size(), "the encoding is cut off");
    return der.u8(at);
  }
}
