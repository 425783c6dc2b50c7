package dev.hardwire.bytes;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes in several pieces that count as one: what a large file becomes when a little of it is
 * changed, without a copy of the rest.
 */
public record ByteParts(List<Bytes> parts) {
  public ByteParts {
    parts = List.copyOf(parts);
  }

  public static ByteParts of(Bytes... parts) {
    return new ByteParts(List.of(parts));
  }

  /** Length in bytes. */
  public long size() {
    long size = 0;
    for (Bytes part : parts) {
      size += part.size();
    }
    return size;
  }

  /** These bytes, and {@code more} behind them. */
  public ByteParts append(Bytes more) {
    List<Bytes> all = new ArrayList<>(parts);
    all.add(more);
    return new ByteParts(all);
  }

  /** The same for several. */
  public ByteParts append(ByteParts more) {
    List<Bytes> all = new ArrayList<>(parts);
    all.addAll(more.parts);
    return new ByteParts(all);
  }

  /** Feeds all of them into {@code digest}. */
  public void update(MessageDigest digest) {
    parts.forEach(part -> part.update(digest));
  }

  /** The SHA-256 digest, 32 bytes. */
  public Bytes sha256() {
    MessageDigest digest = Digests.sha256();
    update(digest);
    return Bytes.wrap(digest.digest());
  }

  /** All of them as one. */
  public Bytes join() {
    return Bytes.concat(parts);
  }
}
