package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.sign.TrustStore;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the verifier is told beside the file: the settings, and what was read for them. Immutable:
 * each {@code with} method returns new expectations.
 *
 * @param settings what the file must meet
 * @param policy the policy that the file must enforce
 * @param atMost a policy that must allow all that the file allows
 * @param original the file that must have been patched
 * @param trust whom the user trusts; without it a signature cannot be checked, which fails
 * @param now when the certificates of signatures without a time stamp must be valid
 * @param detached signatures that are in a file of their own: a ContentInfo in DER
 * @param libraries what is known about libraries that programs need, by the names that programs
 *     give them
 */
public record Expectations(
    VerifySettings settings,
    Optional<PolicyOn> policy,
    Optional<PolicyOn> atMost,
    Optional<Bytes> original,
    Optional<TrustStore> trust,
    Instant now,
    Optional<Bytes> detached,
    Function<String, LibraryFile> libraries) {
  /** A policy, which may be another one on each architecture. */
  @FunctionalInterface
  public interface PolicyOn {
    /**
     * The policy of an architecture.
     *
     * @throws dev.hardwire.policy.PolicyException if it is not valid there
     */
    Policy on(Target architecture);
  }

  /** Nothing: the file speaks for itself. */
  public static final Expectations NONE =
      new Expectations(
          VerifySettings.NONE,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Instant.EPOCH,
          Optional.empty(),
          name -> new LibraryFile.Unknown("none was given"));

  /** The same with other settings, for which nothing has been read. */
  public Expectations with(VerifySettings newSettings) {
    return new Expectations(newSettings, policy, atMost, original, trust, now, detached, libraries);
  }

  /** The same, of files that enforce this policy. */
  public Expectations withPolicy(PolicyOn required) {
    return new Expectations(
        settings, Optional.of(required), atMost, original, trust, now, detached, libraries);
  }

  /** The same, of files that allow no more than this policy. */
  public Expectations withLimit(PolicyOn limit) {
    return new Expectations(
        settings, policy, Optional.of(limit), original, trust, now, detached, libraries);
  }

  /** The same, of files that were made from this one. */
  public Expectations withOriginal(Bytes file) {
    return new Expectations(
        settings, policy, atMost, Optional.of(file), trust, now, detached, libraries);
  }

  /** The same, of files that are signed by whom the user trusts, unless the settings say less. */
  public Expectations withTrust(TrustStore trusted, Instant validAt) {
    return new Expectations(
        settings, policy, atMost, original, Optional.of(trusted), validAt, detached, libraries);
  }

  /** The same with signatures that are in a file of their own: a ContentInfo in DER. */
  public Expectations withDetached(Bytes cms) {
    return new Expectations(
        settings, policy, atMost, original, trust, now, Optional.of(cms), libraries);
  }

  /** The same with other knowledge about libraries. */
  public Expectations withLibraries(Function<String, LibraryFile> known) {
    return new Expectations(settings, policy, atMost, original, trust, now, detached, known);
  }

  boolean accepts(Acceptance one) {
    return settings.accepted().contains(one);
  }

  /** Whether a file without any signature passes. */
  boolean passUnsigned() {
    VerifySettings.Signatures signatures = settings.signatures();
    return (signatures.unsignedAllowed() || trust.isEmpty())
        && signatures.signers().isEmpty()
        && signatures.minimum() == 0;
  }
}
