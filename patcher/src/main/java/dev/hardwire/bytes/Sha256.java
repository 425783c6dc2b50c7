package dev.hardwire.bytes;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * SHA-256 (FIPS 180-4). The first bytes that a process hashes go through the plain code here:
 * finding the platform's implementation takes longer than hashing a small file. All others go
 * through that one, which uses the processor's instructions.
 */
final class Sha256 {
  private static final int BLOCK = 64;
  private static final int ROUNDS = 64;

  /** How many bytes more are hashed here. */
  private static final AtomicLong PLAIN = new AtomicLong(1 << 19);

  private static final int[] K = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  };

  private final int[] state = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  };
  private final int[] w = new int[ROUNDS];

  private Sha256() {}

  /** The platform's digest. */
  static MessageDigest platform() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Whether {@code size} bytes are few, and the first ones, so that they are hashed here. */
  static boolean takes(long size) {
    return PLAIN.get() >= size && PLAIN.addAndGet(-size) >= 0;
  }

  /** The digest of an array, 32 bytes. */
  static byte[] of(byte[] data) {
    Sha256 digest = new Sha256();
    int whole = data.length / BLOCK * BLOCK;
    for (int at = 0; at < whole; at += BLOCK) {
      digest.block(data, at);
    }
    int rest = data.length - whole;
    byte[] last = new byte[rest < BLOCK - Long.BYTES ? BLOCK : 2 * BLOCK];
    System.arraycopy(data, whole, last, 0, rest);
    last[rest] = (byte) 0x80;
    long bits = 8L * data.length;
    for (int i = 0; i < Long.BYTES; i++) {
      last[last.length - 1 - i] = (byte) (bits >>> (8 * i));
    }
    for (int at = 0; at < last.length; at += BLOCK) {
      digest.block(last, at);
    }
    byte[] result = new byte[32];
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) (digest.state[i / 4] >>> (24 - 8 * (i % 4)));
    }
    return result;
  }

  private void block(byte[] data, int start) {
    for (int i = 0, at = start; i < 16; i++, at += 4) {
      w[i] =
          (data[at] << 24)
              | ((data[at + 1] & 0xff) << 16)
              | ((data[at + 2] & 0xff) << 8)
              | (data[at + 3] & 0xff);
    }
    for (int i = 16; i < ROUNDS; i++) {
      int a = w[i - 15];
      int b = w[i - 2];
      int s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
      int s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    rounds();
  }

  private void rounds() {
    int a = state[0];
    int b = state[1];
    int c = state[2];
    int d = state[3];
    int e = state[4];
    int f = state[5];
    int g = state[6];
    int h = state[7];
    for (int i = 0; i < ROUNDS; i++) {
      int s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      int t1 = h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i];
      int s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      int t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}
