package dev.hardwire.container;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.util.List;

/** Makes attestations about images that are written. */
public interface Attester {
  /** Makes none. */
  Attester NONE = subject -> List.of();

  /**
   * A manifest or an index that is written.
   *
   * @param digest such as {@code sha256:0123...}
   * @param original the digest of what it replaces
   * @param images that were changed and that it names
   */
  record Subject(String digest, String original, List<ContainerImage> images) {}

  /**
   * An attestation.
   *
   * @param predicateType what its statement is about
   * @param envelope the statement in a DSSE envelope
   */
  record Attestation(String predicateType, Bytes envelope) {}

  /** Makes the attestations about one subject. */
  List<Attestation> attest(Subject subject) throws IOException;
}
