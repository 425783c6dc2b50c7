package dev.hardwire.verify.result;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One signature of a file.
 *
 * @param signer the subject of the signer's certificate
 * @param certificate SHA-256 of it in hexadecimal digits
 * @param algorithm how it was made, for people
 * @param time of its time stamp, or as the signer states it
 * @param stamped whether the time is that of a verified time stamp
 * @param passed whether every check of it passed
 * @param chain the subjects of the verified chain, the signer first and the trust anchor last;
 *     empty if it was not verified
 */
public record SignatureSummary(
    String signer,
    String certificate,
    String algorithm,
    Optional<Instant> time,
    boolean stamped,
    boolean passed,
    List<String> chain) {
  public SignatureSummary {
    chain = List.copyOf(chain);
  }
}
