package dev.hardwire.bytes;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * A sequence of bytes in several pieces. A large file with small changes is represented in this
 * way, without a copy of the rest.
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

  /** These bytes followed by {@code more}. */
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

  public Bytes join() {
    return Bytes.concat(parts);
  }
}
