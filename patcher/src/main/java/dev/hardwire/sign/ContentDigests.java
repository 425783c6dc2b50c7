package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.Digest;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The digests of a content, each computed once. Safe for use by several threads. */
public final class ContentDigests {
  private final Bytes content;
  private final Map<Digest, Bytes> known = new ConcurrentHashMap<>();

  public ContentDigests(Bytes content) {
    this.content = content;
  }

  /** Computes several, each in a thread of its own. */
  void prepare(Collection<Digest> digests) {
    known.putAll(
        digests.stream()
            .distinct()
            .parallel()
            .collect(Collectors.toMap(digest -> digest, digest -> digest.of(content))));
  }

  Bytes of(Digest digest) {
    return known.computeIfAbsent(digest, one -> one.of(content));
  }
}
